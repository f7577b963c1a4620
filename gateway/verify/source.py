"""The store under verification: opened read-only, read in the order of keys, from one snapshot."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway.stores.schema import SCHEMA_VERSION

Row = tuple[Any, ...]

_BUSY_TIMEOUT_S = 5.0


class NotAStore(Exception):
    """The store cannot be opened; the message is one line for the operator."""


def open_store(path: Path) -> sqlite3.Connection:
    """A read-only connection with its snapshot taken; a gateway may go on writing.

    Raises:
        NotAStore: no such file, no SQLite file, no MedSettle store, another version, or locked.
    """
    if not path.is_file():
        raise NotAStore(f"there is no store {path}")
    try:
        db = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT_S
        )
        db.execute("PRAGMA query_only = ON")
        db.execute("PRAGMA cache_size = -65536")
        db.execute("BEGIN")
        if db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'meta'").fetchone()[0] == 0:
            raise NotAStore(f"{path} is no MedSettle store")
        version = db.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()
    except sqlite3.Error as error:
        raise NotAStore(f"the store {path} cannot be opened ({error})") from error
    if version is None or version[0] != str(SCHEMA_VERSION):
        raise NotAStore(f"the store {path} has schema version {version and version[0]}, not {SCHEMA_VERSION}")
    return db


def count(db: sqlite3.Connection, table: str) -> int:
    """How many rows a table has."""
    number: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return number


class Groups:
    """Rows in the order of their first column, handed out key by key beside another table in the same order.

    Args:
        orphan: called with each key that was never asked for.
    """

    def __init__(self, rows: Iterator[Row], orphan: Callable[[int], None]) -> None:
        self._groups = itertools.groupby(rows, itemgetter(0))
        self._orphan = orphan
        self._key: int | None = None
        self._rows: list[Row] = []
        self._advance()

    def of(self, key: int) -> list[Row]:
        """The rows of a key; keys are asked for in ascending order."""
        while self._key is not None and self._key < key:
            self._orphan(self._key)
            self._advance()
        if self._key != key:
            return []
        rows = self._rows
        self._advance()
        return rows

    def finish(self) -> None:
        """Reports what nobody asked for."""
        while self._key is not None:
            self._orphan(self._key)
            self._advance()

    def _advance(self) -> None:
        group = next(self._groups, None)
        self._key, self._rows = (None, []) if group is None else (group[0], list(group[1]))
