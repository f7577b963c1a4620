"""What `medsettle verify` says of a test's store, on disk or in a running gateway."""

import sqlite3
from pathlib import Path

from gateway.verify import Report, open_store, verify
from tests.gateway_kit import Kit


def findings_in(path: Path) -> list[str]:
    """Of a store's file, whether a gateway has it open or not."""
    db = open_store(path)
    try:
        return _findings(db)
    finally:
        db.close()


def findings(kit: Kit) -> list[str]:
    """Of a gateway's store as it is; the gateway may go on after it."""
    reader = kit.store.reader()  # verify makes a connection read-only for good
    try:
        return _findings(reader._db)
    finally:
        reader.close()


def _findings(db: sqlite3.Connection) -> list[str]:
    found: list[str] = []
    verify(db, Report(found.append, lambda *_: None))
    return found
