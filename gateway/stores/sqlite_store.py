"""The embedded store: one SQLite file (WAL, synchronous=FULL), or the same in memory for tests.

`sqlite:PATH` is durable and belongs to one gateway process, which holds an advisory lock on `PATH.lock` while it
runs. `memory:` is a private database that ends with the process.
"""

import contextlib
import fcntl
import itertools
import operator
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

from core.accounts import ACCOUNT_COLUMNS
from core.order import ORDER_COLUMNS
from gateway.stores import base
from gateway.stores.schema import DDL, ORDER_FIXED, ORDER_TEXTS, SCHEMA_VERSION
from gateway.stores.sqlite_batch import BatchTables
from gateway.stores.sqlite_connection import connect
from gateway.stores.sqlite_reader import SqliteReader

_WRITER_CACHE_KIB = 65_536
_READER_CACHE_KIB = 1_024  # every stream has a reader of its own
_QUICK_CHECK_SIZE_MAX = 256 * 1024 * 1024  # a larger file is left to `medsettle verify`: the check reads every page
# The log is brought into the file after so many commits or changed rows, some 4 MB of it when commits are small.
_CHECKPOINT_COMMITS = 64
_CHECKPOINT_CHANGES = 1_000
_MEMORY_NUMBERS = itertools.count(1)

# Whose an order is changes seldom, and two indexes are on it: compared first, so that their pages stay clean. (In small
# batches a payment dirties 2.9 pages of the log so, 3.7 otherwise.)
_CLAIM = ("binding_id", "channel_id", "person_id")
_claim = operator.itemgetter(*map(ORDER_COLUMNS.index, (*_CLAIM, "order_id")))
_CLAIM_ORDER = "UPDATE orders SET {} WHERE order_id = ?4 AND ({}) IS NOT (?1, ?2, ?3)".format(
    ", ".join(f"{name} = ?{number}" for number, name in enumerate(_CLAIM, 1)), ", ".join(_CLAIM)
)
_ROW = (*ORDER_COLUMNS, "facts")
_CHANGING = tuple(name for name in _ROW if name not in ORDER_FIXED and name not in _CLAIM)
_changing = operator.itemgetter(*map(_ROW.index, _CHANGING))
_UPDATE_ORDER = "UPDATE orders SET {}, channel_order_no = ?, cancel_reason = ? WHERE order_id = ?".format(
    ", ".join(f"{name} = ?" for name in _CHANGING)
)
_INSERT_ORDER = "INSERT INTO orders ({}) VALUES ({})".format(
    ", ".join(_ROW + ORDER_TEXTS), ", ".join("?" * len(_ROW + ORDER_TEXTS))
)
_WRITE_ACCOUNT = "INSERT OR REPLACE INTO accounts ({}) VALUES ({})".format(
    ", ".join(ACCOUNT_COLUMNS), ", ".join("?" * len(ACCOUNT_COLUMNS))
)


class SqliteStore(BatchTables):
    """The writing side of one SQLite database; see gateway.stores.base.Store for what each method promises."""

    def __init__(self, target: str, *, lock_file: int | None) -> None:
        super().__init__(connect(target, _WRITER_CACHE_KIB))
        self._target = target
        self._lock_file = lock_file
        self._changes_before = 0
        self._commits_in_log = 0
        self._changes_in_log = 0

    @classmethod
    def open(cls, path: str | None) -> Self:
        """Opens (and creates) the store at a path, or a private one in memory for None.

        Raises:
            StoreUnusable: locked by another process, damaged, no SQLite file, or of another version.
        """
        if path is None:
            store = cls(f"file:/medsettle-{os.getpid()}-{next(_MEMORY_NUMBERS)}?vfs=memdb", lock_file=None)
            store._prepare(path)
            return store
        lock_file = _lock(path)
        try:
            store = cls(path, lock_file=lock_file)
            store._prepare(path)
        except base.StoreUnusable:
            os.close(lock_file)
            raise
        except (base.StoreError, sqlite3.Error) as error:
            os.close(lock_file)
            raise base.StoreUnusable(_why_unusable(path, error.__cause__ or error)) from error
        return store

    def _prepare(self, path: str | None) -> None:
        db = self._db
        if path is not None:
            # Before the first acknowledgement: what a crash left in the log is brought into the file.
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA wal_autocheckpoint = 0")  # _checkpoint does it
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if os.path.getsize(path) <= _QUICK_CHECK_SIZE_MAX:
                found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
                if found != "ok":
                    found = " ".join(found.split())  # SQLite tells some of its faults in two lines
                    raise base.StoreUnusable(f"the store {path} is damaged ({found}): restore it from a backup")
        db.execute("BEGIN IMMEDIATE")
        empty = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
        if empty:
            for statement in DDL.split(";\n"):
                if statement.strip():
                    db.execute(statement)
            db.execute("INSERT INTO meta VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),))
        elif db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'meta'").fetchone()[0] == 0:
            raise base.StoreUnusable(f"{path} is an SQLite file but no MedSettle store: choose another path")
        version = db.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()
        db.execute("COMMIT")
        if version is None or version[0] != str(SCHEMA_VERSION):
            raise base.StoreUnusable(
                f"the store {path} has schema version {version and version[0]}, this gateway needs {SCHEMA_VERSION}"
            )

    # The life of a batch.

    def begin(self) -> None:
        """Starts a batch."""
        if self._commits_in_log >= _CHECKPOINT_COMMITS or self._changes_in_log >= _CHECKPOINT_CHANGES:
            self._checkpoint()
        self._db.execute("BEGIN IMMEDIATE")
        self._changes_before = self._db.total_changes

    @property
    def dirty(self) -> bool:
        """Whether the batch in hand has written anything."""
        return self._db.total_changes != self._changes_before

    def commit(self) -> None:
        """Makes the batch durable: when it returns, the log is synced."""
        self._db.execute("COMMIT")
        self._commits_in_log += 1
        self._changes_in_log += self._db.total_changes - self._changes_before

    def _checkpoint(self) -> None:
        """Brings the log into the file, as far as no reader needs it.

        SQLite would do so by itself within a commit, but then a write or sync that fails there is told to nobody, and
        the next batches would be acknowledged on a disk that has begun to fail. A full disk is no reason to stop: the
        log keeps everything, and grows until there is space.

        Raises:
            StoreBroken: a write or sync failed.
        """
        self._commits_in_log = self._changes_in_log = 0
        with contextlib.suppress(base.StoreFull):
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def rollback(self) -> None:
        """Gives the batch up; does nothing when the database has already done so."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the batch that is undone alone when its body raises."""
        self._db.execute("SAVEPOINT work")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK TO work")
                self._db.execute("RELEASE work")
            raise
        self._db.execute("RELEASE work")

    @property
    def reads_beside_writes(self) -> bool:
        """Whether a reader can read while a batch is written: of a file with its log, yes; in memory it must wait."""
        return self._lock_file is not None

    def reader(self) -> SqliteReader:
        """Another connection, which sees committed batches only; may be used from any one thread at a time."""
        return SqliteReader(connect(self._target, _READER_CACHE_KIB))

    def close(self) -> None:
        """Closes the database and gives up the lock."""
        self._db.close()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    # Read at start.

    def last_batch(self) -> base.LastBatch:
        """Where the journal ends; zeros for an empty one."""
        row = self._db.execute("SELECT seq, batch, at_ms FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        return base.LastBatch(*row) if row else base.LastBatch(0, 0, 0)

    def open_orders(self, limit: int) -> list[int]:
        """Ids of orders that still wait for their payment or its cash, those that wait longest last."""
        rows = self._db.execute(
            "SELECT order_id FROM orders WHERE state IN (1, 5) ORDER BY expires_at_ms DESC LIMIT ?", (limit,)
        )
        return [row[0] for row in rows]

    def persons_seen_lately(self, event_count: int) -> list[int]:
        """Ids of the persons whom the journal's last so many events are about."""
        rows = self._db.execute(
            "SELECT DISTINCT person_id FROM (SELECT person_id FROM events ORDER BY seq DESC LIMIT ?)"
            " WHERE person_id != 0",
            (event_count,),
        )
        return [row[0] for row in rows]

    # Written by a batch.

    def insert_orders(self, orders: Iterable[tuple[Sequence[Any], base.OrderTexts]]) -> None:
        """Adds new orders."""
        self._many(_INSERT_ORDER, [(*row, *texts) for row, texts in orders])

    def update_orders(self, orders: Iterable[tuple[Sequence[Any], base.OrderTexts]]) -> None:
        """Brings orders that exist up to date: of their columns those that ever change, of their texts likewise."""
        rows = list(orders)
        self._many(_CLAIM_ORDER, [_claim(row) for row, _ in rows])
        self._many(
            _UPDATE_ORDER,
            [(*_changing(row), texts.channel_order_no, texts.cancel_reason, row[0]) for row, texts in rows],
        )

    def write_accounts(self, rows: Iterable[Sequence[int]]) -> None:
        """Adds or replaces account rows."""
        self._many(_WRITE_ACCOUNT, rows)

    def write_enrolments(self, rows: Iterable[Sequence[int | str]]) -> None:
        """Adds or replaces plans of persons."""
        self._many("INSERT OR REPLACE INTO enrolments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def insert_events(self, rows: Sequence[base.EventRow]) -> None:
        """Appends to the journal, and remembers which requests it answers."""
        self._many("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._many(
            "INSERT INTO requests VALUES (?, ?)", [(row.request_key, row.seq) for row in rows if row.request_key]
        )

    def forget_requests(self, before_ms: int, limit: int) -> int:
        """Forgets the requests of at most `limit` events from before a time, the oldest not yet gone through first.

        Gives of how many events. They themselves stay: the journal is kept.
        """
        mark = self._db.execute("SELECT value FROM meta WHERE name = 'requests_forgotten'").fetchone()
        page = self._db.execute(
            "SELECT seq, at_ms, request_key FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
            (int(mark[0]) if mark else 0, limit),
        ).fetchall()
        # Times never go back along the journal. Asked for in SQL, a time would be looked for up to the journal's end.
        old = list(itertools.takewhile(lambda row: row[1] < before_ms, page))
        if old:
            self._many("DELETE FROM requests WHERE request_key = ?", [(key,) for _, _, key in old if key])
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('requests_forgotten', ?)", (str(old[-1][0]),))
        return len(old)

    def _many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self._db.executemany(statement, rows)


def _lock(path: str) -> int:
    """Takes the advisory lock beside a store: two writers on one file would each believe its own memory."""
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise base.StoreUnusable(f"cannot create {path}.lock: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise base.StoreUnusable(
            f"the store {path} is in use by another gateway: stop it, or choose another path"
        ) from error
    return descriptor


def _why_unusable(path: str, error: BaseException) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"the store {path} is locked by another program: close it and start again"
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return f"the store {path} is damaged or no SQLite file: restore it from a backup"
    if name.startswith("SQLITE_CANTOPEN"):
        return f"the store {path} cannot be opened: does its folder exist, and may it be written?"
    return f"the store {path} cannot be used: {error}"
