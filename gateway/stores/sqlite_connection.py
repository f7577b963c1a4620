"""A connection to SQLite whose every error comes as the store's own, whichever statement or row it meets it at."""

import sqlite3
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from gateway.stores.base import StoreBroken, StoreFull

P = ParamSpec("P")
R = TypeVar("R")

_BUSY_TIMEOUT_S = 2.0
_BROKEN = ("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PROTOCOL")


def connect(target: str, cache_kib: int) -> sqlite3.Connection:
    """Opens a database file or `file:` URI, to be synced in full at every commit.

    Raises:
        StoreFull, StoreBroken: here and from every statement; see `_translated`.
    """
    db = sqlite3.connect(
        target,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
        uri=target.startswith("file:"),
        cached_statements=256,
        factory=_Connection,
    )
    db.create_function("unhex", 1, bytes.fromhex, deterministic=True)  # SQLite has its own from 3.41 on
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA cache_size = -{cache_kib}")
    return db


def _translated(call: Callable[P, R]) -> Callable[P, R]:
    """A database call whose errors come as the store's own: full (try again later), broken (stop), else a bug."""

    def translated(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            if name == "SQLITE_FULL":
                raise StoreFull("the disk is full") from error
            if name.startswith(_BROKEN):
                raise StoreBroken(f"the store cannot be used ({name})") from error
            if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise StoreFull("the store is locked by another program") from error
            raise

    return translated


class _Cursor(sqlite3.Cursor):
    execute = _translated(sqlite3.Cursor.execute)
    executemany = _translated(sqlite3.Cursor.executemany)
    fetchone = _translated(sqlite3.Cursor.fetchone)
    fetchall = _translated(sqlite3.Cursor.fetchall)
    __next__ = _translated(sqlite3.Cursor.__next__)  # type: ignore[arg-type]  # an Iterator of itself


class _Connection(sqlite3.Connection):
    def execute(self, *args: Any) -> sqlite3.Cursor:
        """Runs one statement."""
        return super().cursor(_Cursor).execute(*args)

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        """Runs one statement for each row."""
        return super().cursor(_Cursor).executemany(*args)
