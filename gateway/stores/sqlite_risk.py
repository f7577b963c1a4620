"""Risk in SQLite: assessments with their cases, lists, models, policies; and the payments that risk remembers."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from gateway.stores.risk_rows import AssessmentRow, CaseRow, ListRow, NoteRow, RiskActivationRow, RiskPolicyRow

_PLACES = ", ".join("?" * len(AssessmentRow._fields))
_LIKE = {"person_id": "person_id = ?", "device": "device = ? AND device != 0"}
# Approved payments have no case, nor has one that only wanted a proof.
_WANTS_CASE = "a.decision != 1 AND a.decision != 4"


class RiskTables:
    """What is asked and written of risk."""

    _db: sqlite3.Connection

    def person_visits(self, person_ids: Iterable[int], since_ms: int) -> list[bytes]:
        """Orders of persons, in journal form, that insurance pays or refunded, but those paid before a time."""
        rows = self._db.execute(
            "SELECT facts FROM orders WHERE person_id IN (SELECT value FROM json_each(?)) AND state IN (5, 6, 7, 8)"
            " AND (paid_at_ms = 0 OR paid_at_ms > ?)",
            (orjson.dumps(list(person_ids)).decode(), since_ms),
        )
        return [row[0] for row in rows]

    def visits_since(self, at_ms: int, limit: int) -> list[bytes]:
        """Orders in journal form as their last events since a time left them, of at most so many events."""
        newest: dict[int, bytes] = {}
        rows = self._db.execute(
            "SELECT at_ms, order_id, facts FROM events WHERE order_id != 0 ORDER BY seq DESC LIMIT ?", (limit,)
        )
        for event_ms, order_id, facts in rows:
            if event_ms <= at_ms:
                break
            newest.setdefault(order_id, facts)
        return list(newest.values())

    def assessment(self, assessment_id: int) -> AssessmentRow | None:
        """One assessment."""
        row = self._db.execute("SELECT * FROM assessments WHERE assessment_id = ?", (assessment_id,)).fetchone()
        return AssessmentRow(*row) if row else None

    def assessments(self, before_id: int, limit: int, *, order_id: int, open_only: bool) -> list[AssessmentRow]:
        """Assessments with smaller ids, the newest first: of one order unless it is 0, or with an open case."""
        where, args = "a.assessment_id < ?", [before_id]
        if order_id:
            where, args = f"{where} AND a.order_id = ?", [*args, order_id]
        if open_only:
            where += (
                f" AND {_WANTS_CASE} AND NOT EXISTS (SELECT 1 FROM risk_cases c"
                " WHERE c.assessment_id = a.assessment_id AND c.state = 3)"
            )
        rows = self._db.execute(
            f"SELECT a.* FROM assessments a WHERE {where} ORDER BY a.assessment_id DESC LIMIT ?", (*args, limit)
        )
        return [AssessmentRow(*row) for row in rows]

    def assessments_like(self, row: AssessmentRow, column: str, limit: int) -> list[AssessmentRow]:
        """Others that were not approved of the same person or device, the newest first."""
        rows = self._db.execute(
            f"SELECT * FROM assessments WHERE {_LIKE[column]} AND decision != 1 AND assessment_id != ?"
            " ORDER BY assessment_id DESC LIMIT ?",
            (getattr(row, column), row.assessment_id, limit),
        )
        return [AssessmentRow(*one) for one in rows]

    def risk_cases(self, assessment_ids: Iterable[int]) -> dict[int, CaseRow]:
        """Cases by assessment, of those that something was done about."""
        rows = self._db.execute(
            "SELECT * FROM risk_cases WHERE assessment_id IN (SELECT value FROM json_each(?))",
            (orjson.dumps(list(assessment_ids)).decode(),),
        )
        return {row[0]: CaseRow(*row) for row in rows}

    def risk_notes(self, assessment_id: int) -> list[NoteRow]:
        """What was done about a case, the oldest first."""
        rows = self._db.execute("SELECT * FROM risk_notes WHERE assessment_id = ? ORDER BY batch", (assessment_id,))
        return [NoteRow(*row) for row in rows]

    def list_entries(self, after: tuple[int, int, int], limit: int) -> list[ListRow]:
        """Entries behind a (kind, value, effect), in their order."""
        rows = self._db.execute(
            "SELECT * FROM risk_lists WHERE (kind, value, effect) > (?, ?, ?) ORDER BY kind, value, effect LIMIT ?",
            (*after, limit),
        )
        return [ListRow(*row) for row in rows]

    def risk_model(self, sha256: str) -> bytes | None:
        """A model bundle by its digest."""
        row = self._db.execute("SELECT document FROM risk_models WHERE sha256 = ?", (sha256,)).fetchone()
        return row[0] if row else None

    def risk_policies(self) -> list[RiskPolicyRow]:
        """All risk policies, the oldest first."""
        return [RiskPolicyRow(*row) for row in self._db.execute("SELECT * FROM risk_policies ORDER BY risk_policy_id")]

    def risk_activations(self) -> list[RiskActivationRow]:
        """The last activation of each role."""
        rows = self._db.execute(
            "SELECT * FROM risk_activations a"
            " WHERE batch = (SELECT max(batch) FROM risk_activations b WHERE b.role = a.role)"
        )
        return [RiskActivationRow(*row) for row in rows]

    # Written by a batch.

    def insert_assessments(self, rows: Iterable[Sequence[Any]]) -> None:
        """Adds assessments (ASSESSMENT_COLUMNS)."""
        self._db.executemany(f"INSERT INTO assessments VALUES ({_PLACES})", rows)

    def put_risk_case(self, row: CaseRow) -> None:
        """Adds or replaces a case."""
        self._db.execute("INSERT OR REPLACE INTO risk_cases VALUES (?, ?, ?, ?, ?)", row)

    def insert_risk_note(self, row: NoteRow) -> None:
        """Adds what was done about a case."""
        self._db.execute("INSERT INTO risk_notes VALUES (?, ?, ?, ?, ?, ?)", row)

    def put_list_entries(self, rows: Iterable[ListRow]) -> None:
        """Adds or replaces entries."""
        self._db.executemany("INSERT OR REPLACE INTO risk_lists VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def delete_list_entry(self, kind: int, value: int, effect: int) -> bool:
        """Takes an entry out; gives whether there was one."""
        gone = self._db.execute(
            "DELETE FROM risk_lists WHERE kind = ? AND value = ? AND effect = ?", (kind, value, effect)
        )
        return gone.rowcount == 1

    def put_risk_model(self, sha256: str, document: bytes, put_at_ms: int) -> None:
        """Adds a model bundle; the same one is there once."""
        self._db.execute("INSERT OR IGNORE INTO risk_models VALUES (?, ?, ?)", (sha256, document, put_at_ms))

    def insert_risk_policy(self, row: RiskPolicyRow) -> None:
        """Adds a risk policy."""
        self._db.execute("INSERT INTO risk_policies VALUES (?, ?, ?, ?)", row)

    def insert_risk_activation(self, row: RiskActivationRow) -> None:
        """Adds an activation."""
        self._db.execute("INSERT INTO risk_activations VALUES (?, ?, ?, ?, ?, ?)", row)
