"""Reading a SQLite store beside its writer: the journal for watchers and replays, windows for statements."""

import sqlite3
from collections.abc import Sequence

import orjson

from core.words import EventKind
from gateway.stores.base import EventRow, OrderTexts
from gateway.stores.schema import ORDER_TEXTS
from gateway.stores.sqlite_batch import BatchTables

_EVENT_COLUMNS = ", ".join(f"e.{name}" for name in EventRow._fields)
_TEXT_COLUMNS = ", ".join(f"o.{name}" for name in ORDER_TEXTS)


class SqliteReader(BatchTables):
    """A connection that sees committed batches only."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__(db)
        self._db.execute("PRAGMA query_only = ON")

    def events_after(
        self, seq: int, limit: int, *, channel_id: int = 0, institution_keys: Sequence[int] = ()
    ) -> list[tuple[EventRow, OrderTexts]]:
        """Order events past a journal number in their order: of a channel, of institutions, of both, or all."""
        where = "e.order_id != 0"
        args: list[object] = []
        # The "!= 0" lets SQLite use the partial index, so that a new stream of a quiet party need not read the journal.
        if channel_id:
            where, args = "e.channel_id = ? AND e.channel_id != 0", [channel_id]
        elif len(institution_keys) == 1:
            where, args = "e.institution_id = ? AND e.institution_id != 0", [institution_keys[0]]
        if institution_keys and (channel_id or len(institution_keys) > 1):
            where += " AND e.institution_id IN (SELECT value FROM json_each(?))"
            args.append(orjson.dumps(list(institution_keys)).decode())
        rows = self._db.execute(
            f"SELECT {_EVENT_COLUMNS}, {_TEXT_COLUMNS} FROM events e JOIN orders o ON o.order_id = e.order_id"
            f" WHERE {where} AND e.seq > ? ORDER BY e.seq LIMIT ?",
            (*args, seq, limit),
        )
        split = len(EventRow._fields)
        return [(EventRow(*row[:split]), OrderTexts(*row[split:])) for row in rows]

    def paid_orders(self, before_seq: int, limit: int) -> list[tuple[int, bytes]]:
        """(journal number, order in journal form) of the last payments before a journal number, the newest first."""
        return self._db.execute(
            "SELECT seq, facts FROM events WHERE seq < ? AND kind = ? ORDER BY seq DESC LIMIT ?",
            (before_seq, EventKind.EVENT_ORDER_PAID, limit),
        ).fetchall()

    def last_seq(self) -> int:
        """The journal's last number; 0 for an empty one."""
        number: int = self._db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        return number

    def time_after(self, seq: int) -> int | None:
        """When the journal went on behind a number; None where it ends there."""
        row = self._db.execute("SELECT at_ms FROM events WHERE seq > ? ORDER BY seq LIMIT 1", (seq,)).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Closes the connection."""
        self._db.close()
