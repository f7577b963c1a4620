"""The store of the simulator: the real one on real files, whose disk fails as the weather has it.

    Disk          the files, and what of them is there after a process has died or the power has failed
    FaultyStore   gateway.stores.sqlite_store with a fault at every boundary: statement, write, fsync, acknowledgement

SQLite itself runs unchanged, so what a torn write leaves is what its own recovery makes of a log cut short. The log
grows by appending only: SQLite's checkpoints run at the start of a process and not in the middle of it.
"""

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from gateway.stores.base import Reader, StoreBroken, StoreFull
from gateway.stores.sqlite_connection import connect
from gateway.stores.sqlite_reader import SqliteReader
from gateway.stores.sqlite_store import SqliteStore

_BLOCK = 4096


class Planted(Exception):
    """A defect that is none of the gateway's."""


class Doubt(NamedTuple):
    """Where the journal may end after a death: before a batch, or after it too."""

    how: str
    seqs: tuple[int, ...]


class Disk:
    """The files of one gateway: the process before, and from it those that the next one finds.

    Args:
        folder: an empty one, best in memory.
        image: of a store that was closed in good order.
    """

    def __init__(self, folder: Path, image: bytes, rng: random.Random) -> None:
        self._folder = folder
        self._rng = rng
        self._number = 0
        self._closing: list[Callable[[], None]] = []
        self.synced_size = 0  # of the log: what a power failure cannot take
        self.never_synced: list[tuple[int, int]] = []  # parts of the log that a failed fsync has left in memory only
        self.doubt: Doubt | None = None
        self.path.write_bytes(image)

    @property
    def path(self) -> Path:
        """The store's file."""
        return self._folder / f"store-{self._number}.db"

    @property
    def log_size(self) -> int:
        """Size of the log as the operating system shows it."""
        try:
            return os.stat(f"{self.path}-wal").st_size
        except FileNotFoundError:
            return 0

    def opened(self, close: Callable[[], None]) -> None:
        """Notes what is to be closed once the process is dead."""
        self._closing.append(close)

    def process_died(self, *, cut_log_at: int | None = None) -> None:
        """Keeps what was written, synced or not, up to a point in the log."""
        self._next_life(self._log()[:cut_log_at])

    def power_failed(self) -> None:
        """Keeps what was synced; of the rest any block may be there or not."""
        log = bytearray(self._log())
        for start, end in [*self.never_synced, (self.synced_size, len(log))]:
            lost = [at for at in range(start, end, _BLOCK) if self._rng.random() < 0.7] or [start]
            for at in lost:
                stop = min(at + _BLOCK, end)
                log[at:stop] = bytes(stop - at)
        self._next_life(bytes(log))

    def _log(self) -> bytes:
        log = Path(f"{self.path}-wal")
        return log.read_bytes() if log.exists() else b""

    def _next_life(self, log: bytes) -> None:
        before = self.path
        data = before.read_bytes()
        self._number += 1
        self.path.write_bytes(data)
        Path(f"{self.path}-wal").write_bytes(log)
        for close in self._closing:
            close()
        self._closing.clear()
        for name in os.listdir(self._folder):
            if name.startswith(before.name):
                os.unlink(self._folder / name)
        self.synced_size, self.never_synced = 0, []


class Machine(Protocol):
    """What the store tells of its process, and asks of the weather."""

    disk: Disk

    @property
    def last_seq(self) -> int: ...
    def step(self, statement: str, on_batch: bool) -> None: ...
    def commit_fault(self) -> str: ...
    def rollback_fails(self) -> bool: ...
    def die(self, how: str, *, power: bool = False, cut_log_at: int | None = None) -> None: ...
    def sleep(self, us: int) -> None: ...
    def commit_us(self) -> int: ...
    def tell(self, what: str) -> None: ...
    def between(self, low: int, high: int) -> int: ...


class Wire:
    """A connection on which the machine may step in before each statement."""

    def __init__(self, db: sqlite3.Connection, machine: Machine) -> None:
        self._db = db
        self._machine = machine

    def execute(self, statement: str, *args: Any) -> sqlite3.Cursor:
        self._machine.step(statement, self._db.in_transaction)
        return self._db.execute(statement, *args)

    def executemany(self, statement: str, *args: Any) -> sqlite3.Cursor:
        self._machine.step(statement, self._db.in_transaction)
        return self._db.executemany(statement, *args)

    @property
    def total_changes(self) -> int:
        return self._db.total_changes

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def close(self) -> None:
        """Left to the disk: SQLite would tidy up what a crash leaves."""


class FaultyStore(SqliteStore):
    """See the module. Faults begin with `attach`."""

    _machine: Machine
    _real: sqlite3.Connection

    def attach(self, machine: Machine) -> None:
        """Puts the store into a machine's hands."""
        self._machine = machine
        self._real = self._db
        self._real.execute("PRAGMA wal_autocheckpoint = 0")
        self._db = Wire(self._real, machine)  # type: ignore[assignment]
        machine.disk.opened(self._close_for_good)

    def _close_for_good(self) -> None:
        self._real.close()
        super().close()

    def close(self) -> None:
        """Left to the disk; see Wire.close."""

    def reader(self) -> Reader:  # type: ignore[override]
        """A reader on a wire of its own."""
        db = connect(str(self._target), 1024)
        self._machine.disk.opened(db.close)
        return SqliteReader(Wire(db, self._machine))  # type: ignore[arg-type]

    def commit(self) -> None:
        """Writes and syncs as the real one does, or goes wrong."""
        machine, disk = self._machine, self._machine.disk
        fault = machine.commit_fault()
        disk.doubt = None
        if fault == "before the write":
            machine.die(fault)
        machine.sleep(machine.commit_us())  # readers see the batch once it is synced, so it is written after the time
        if fault.startswith("full"):
            if fault == "full, database rolled back":
                self._real.execute("ROLLBACK")
            raise StoreFull("the disk is full")
        size_before = disk.log_size
        if not self._real.in_transaction:
            raise StoreBroken("there is nothing to commit")
        seqs = (machine.last_seq, self.last_batch_in_hand)
        self._real.execute("COMMIT")
        if fault == "torn write":
            disk.doubt = Doubt(fault, seqs[:1])
            machine.die(fault, cut_log_at=machine.between(size_before, disk.log_size - 1))
        if fault == "written, not synced":
            disk.doubt = Doubt(fault, seqs)
            machine.die(fault, power=True)
        if fault == "failed fsync":
            disk.doubt = Doubt(fault, seqs)
            disk.never_synced.append((size_before, disk.log_size))
            disk.synced_size = disk.log_size  # the page cache holds it to be clean: no later fsync writes it
            raise StoreBroken("the store cannot be used (SQLITE_IOERR_FSYNC)")
        disk.synced_size = disk.log_size
        if fault == "synced, not acknowledged":
            disk.doubt = Doubt(fault, seqs[1:])
            machine.die(fault, power=bool(machine.between(0, 1)))

    @property
    def last_batch_in_hand(self) -> int:
        """Number of the journal's last event, those of the batch in hand included."""
        row = self._real.execute("SELECT max(seq) FROM events").fetchone()
        return row[0] or 0

    def rollback(self) -> None:
        """Rolls back, or cannot."""
        if self._real.in_transaction:
            if self._machine.rollback_fails():
                raise Planted("the rollback failed")
            super().rollback()


def fault_of_statement(name: str) -> BaseException:
    """What a statement raises."""
    if name == "full":
        return StoreFull("the disk is full")
    if name == "defect":
        return Planted("a defect")
    assert name == "broken"
    return StoreBroken("the store cannot be used (SQLITE_IOERR_READ)")
