"""A disk that fails on command: shim.c, compiled here and loaded before the C library of a gateway's process.

shim = Shim(folder, store)
server = Server(folder, environment=shim.environment)
...
shim.fail_syncs(EIO, after=3)
...                             # the process has ended
shim.cut_power(random)          # what was not synced is lost, wholly or in part
"""

import atexit
import functools
import mmap
import os
import random
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

STORE, WAL = 1, 2  # the files of a store, as bits
ALL = 1 << 40  # as a count: every one from then on

_SOURCE = Path(__file__).with_name("shim.c")
# struct page of shim.c.
_FIELDS = (
    "sync_files", "sync_after", "sync_count", "sync_errno", "sync_sleep_us",
    "write_files", "write_after", "write_count", "write_errno", "write_short",
    "kill_in", "kill_late", "writes_seen", "syncs_seen", "writes_failed", "syncs_failed",
)  # fmt: skip
_ENTRY = struct.Struct("=5q")


class NoCompiler(Exception):
    """There is no C compiler here."""


@functools.cache
def library() -> Path:
    """The compiled shim; one a process, in the system's temporary folder.

    Raises:
        NoCompiler: `cc` is not installed.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NoCompiler("needs a C compiler; on Debian: apt-get install gcc libc6-dev")
    target = Path(tempfile.mkdtemp(prefix="medsettle-shim-")) / "shim.so"
    atexit.register(shutil.rmtree, target.parent, ignore_errors=True)
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(target), str(_SOURCE)]
    done = subprocess.run([*command, "-ldl", "-lpthread"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


class Shim:
    """Faults of one store's files. A process reads them as they are now, at every write and sync.

    Args:
        folder: where the shared page lies; not on the disk that is made to fail.
        store: path of the SQLite file.
    """

    def __init__(self, folder: Path, store: Path) -> None:
        self._store = store
        path = folder / "shim.page"
        path.write_bytes(bytes(8 * len(_FIELDS)))
        self._records = {STORE: path.with_name("shim.page.1"), WAL: path.with_name("shim.page.2")}
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), 8 * len(_FIELDS))
        self.environment = {
            "LD_PRELOAD": str(library()),
            "MEDSETTLE_SHIM_STORE": str(store.resolve()),
            "MEDSETTLE_SHIM_PAGE": str(path),
        }

    def __getitem__(self, name: str) -> int:
        at = 8 * _FIELDS.index(name)
        return int.from_bytes(self._page[at : at + 8], "little", signed=True)

    def __setitem__(self, name: str, value: int) -> None:
        at = 8 * _FIELDS.index(name)
        self._page[at : at + 8] = value.to_bytes(8, "little", signed=True)

    def heal(self) -> None:
        """Nothing fails any more, and nothing has; for the next process."""
        for name in _FIELDS:
            self[name] = 0
        for record in self._records.values():
            record.write_bytes(b"")

    def fail_syncs(self, error: int, *, after: int = 0, count: int = ALL, files: int = STORE | WAL) -> None:
        """Makes syncs fail, after so many more good ones."""
        self["sync_after"], self["sync_count"], self["sync_errno"] = after, count, error
        self["sync_files"] = files

    def fail_writes(
        self, error: int, *, after: int = 0, count: int = ALL, files: int = WAL, half: bool = False
    ) -> None:
        """Makes writes fail, after so many more good ones; `half`: half of the bytes are written, and it is said."""
        self["write_after"], self["write_count"], self["write_errno"] = after, count, error
        self["write_short"] = half
        self["write_files"] = files

    def slow_syncs(self, sleep_ms: int) -> None:
        """Makes every sync take so much longer; 0: no longer."""
        self["sync_sleep_us"] = 1000 * sleep_ms

    def kill_at(self, call: int, *, late: bool) -> None:
        """Kills the process at the so-many-th write or sync from now, before or after it is done."""
        self["kill_late"] = late
        self["kill_in"] = call

    def cut_power(self, chance: random.Random) -> int:
        """Takes away what the process, which has ended, had written and not synced; gives how many writes were lost.

        A disk may have written any of it all the same: half the time all is lost, else each write with even odds.
        Where the same place was written several times, it holds what the last of them wrote or what was there before.
        """
        lost = 0
        for file, record in self._records.items():
            path = self._store if file == STORE else self._store.with_name(self._store.name + "-wal")
            entries = _read(record)
            if path.exists() and entries:
                lost += _take_away(path, _unsynced(entries), chance if chance.random() < 0.5 else None)
            record.write_bytes(b"")
        return lost


def _read(record: Path) -> list[tuple[str, int, int, int, bytes]]:
    """(kind, offset, size, size of the file before, bytes before) of a record, in order."""
    raw, at, entries = record.read_bytes(), 0, []
    while at + _ENTRY.size <= len(raw):
        kind, offset, size, old_size, file_size = _ENTRY.unpack_from(raw, at)
        at += _ENTRY.size
        entries.append((chr(kind), offset, size, file_size, raw[at : at + old_size]))
        at += old_size
    return entries


def _unsynced(entries: list[tuple[str, int, int, int, bytes]]) -> list[tuple[int, int, int, bytes]]:
    """What no good sync stands behind. A sync that failed has dropped its pages: a later good one does not bring them
    back, unless they were written again meanwhile."""
    pending: list[tuple[int, int, int, bytes]] = []
    dropped: list[tuple[int, int, int, bytes]] = []
    for kind, *rest in entries:
        if kind == "W":
            offset, size, file_size, old = rest
            pending.append((offset, size, file_size, old))
        elif kind == "S":
            again = {offset for offset, *_ in pending}
            dropped = [entry for entry in dropped if entry[0] not in again]
            pending = []
        else:
            dropped += pending
            pending = []
    return dropped + pending


def _take_away(path: Path, entries: list[tuple[int, int, int, bytes]], chance: random.Random | None) -> int:
    places: dict[int, list[tuple[int, int, int, bytes]]] = {}
    for entry in entries:
        places.setdefault(entry[0], []).append(entry)
    size_now = path.stat().st_size
    end = min((file_size for _, _, file_size, _ in entries), default=size_now)
    lost = 0
    with path.open("r+b") as file:
        for offset, writes in places.items():
            kept = 0 if chance is None else chance.choice((0, len(writes)))
            if kept == len(writes):
                end = max(end, offset + writes[-1][1])
                continue
            lost += len(writes)
            _, _, _, old = writes[0]
            file.seek(offset)
            file.write(old)
            file.write(bytes(writes[0][1] - len(old)))  # a hole, should the file go on behind it
        file.flush()
        os.ftruncate(file.fileno(), min(end, size_now))
    return lost
