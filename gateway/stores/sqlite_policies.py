"""Policy documents, their activations, and plans in SQLite: what was put, and what was in force since when."""

import sqlite3

from gateway.stores.base import ActivationRow, PlanRow, PolicyRow
from gateway.stores.sqlite_risk import RiskTables

_POLICY = ", ".join(f"p.{name}" for name in PolicyRow._fields)
_ACTIVATED = f"SELECT {_POLICY} FROM policy_activations a JOIN policies p ON p.policy_id = a.policy_id"


class PolicyTables(RiskTables):
    """Both are facts: a document is never changed, and an activation never undone but by the next one."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._policy_versions: dict[int, str] = {}  # a document's version never changes

    def policies_activated(self, region: int = 0) -> list[PolicyRow]:
        """The documents of a region, or of all, as they were put in force, one after another; one may come again."""
        where, args = ("WHERE a.region = ?", (region,)) if region else ("", ())
        return [PolicyRow(*row) for row in self._db.execute(f"{_ACTIVATED} {where} ORDER BY a.batch, a.region", args)]

    def activations(self, region: int) -> list[ActivationRow]:
        """A region's activations, oldest first."""
        rows = self._db.execute("SELECT * FROM policy_activations WHERE region = ? ORDER BY batch", (region,))
        return [ActivationRow(*row) for row in rows]

    def policies(self, region: int) -> list[PolicyRow]:
        """All documents of a region, drafts included, in the order in which they were put last."""
        rows = self._db.execute(
            f"SELECT {_POLICY} FROM policies p WHERE region = ? ORDER BY put_at_ms, policy_id", (region,)
        )
        return [PolicyRow(*row) for row in rows]

    def policy(self, region: int, version: str) -> PolicyRow | None:
        """The newest policy document of a region that calls itself by a version, draft or not."""
        row = self._db.execute(
            f"SELECT {_POLICY} FROM policies p WHERE region = ? AND version = ? ORDER BY put_at_ms DESC LIMIT 1",
            (region, version),
        ).fetchone()
        return PolicyRow(*row) if row else None

    def policy_by_digest(self, region: int, digest: str) -> PolicyRow | None:
        """A policy document of a region by the SHA-256 of its bytes."""
        row = self._db.execute(
            f"SELECT {_POLICY} FROM policies p WHERE region = ? AND digest = ?", (region, digest)
        ).fetchone()
        return PolicyRow(*row) if row else None

    def policy_by_id(self, policy_id: int) -> PolicyRow | None:
        """A policy document, in force or not."""
        row = self._db.execute(f"SELECT {_POLICY} FROM policies p WHERE policy_id = ?", (policy_id,)).fetchone()
        return PolicyRow(*row) if row else None

    def policy_version(self, policy_id: int) -> str:
        """The version that a policy document calls itself; the empty text for 0, an order that rests on none."""
        version = self._policy_versions.get(policy_id)
        if version is None:
            row = self._db.execute("SELECT version FROM policies WHERE policy_id = ?", (policy_id,)).fetchone()
            if row is None:
                return ""
            version = self._policy_versions[policy_id] = str(row[0])
        return version

    def insert_policy(self, row: PolicyRow) -> None:
        """Adds a policy document; the same document again only becomes the one put last."""
        self._db.execute(
            "INSERT INTO policies (policy_id, region, version, file, document, put_at_ms, digest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (policy_id) DO UPDATE SET put_at_ms = excluded.put_at_ms",
            row,
        )

    def plans(self) -> list[PlanRow]:
        """All versions of all plans by id and beginning; of those with one beginning the one put last comes last."""
        rows = self._db.execute("SELECT * FROM plans ORDER BY plan_id, effective_from, batch, plan_key")
        return [PlanRow(*row) for row in rows]

    def insert_plan(self, row: PlanRow) -> None:
        """Adds a version of a plan; the same document again only becomes the one put last."""
        self._db.execute(
            "INSERT INTO plans VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (plan_key) DO UPDATE SET batch = excluded.batch",
            row,
        )

    def insert_activation(self, row: ActivationRow) -> None:
        """Notes that a document was put in force."""
        self._db.execute("INSERT INTO policy_activations VALUES (?, ?, ?, ?, ?, ?)", row)
