"""A disk that is full, one that fails, and one that is slow.

The full disk is a small tmpfs where this process may mount one, and the shim's ENOSPC everywhere. RLIMIT_FSIZE would
not do: a write past it fails with EFBIG, which SQLite takes for an error and not for a full disk.
"""

import contextlib
import errno
import subprocess
from collections.abc import Iterator
from pathlib import Path

from gateway.client import Retry
from tests.faults.arena import Arena
from tests.faults.shim import STORE, WAL

FULL = "STORE_UNAVAILABLE"
LATE = "DEADLINE_EXCEEDED"
BROKEN_STATUS = 74
# Gives up before a slow sync is done; with what its attempts may take in all, now and then it does get its answer.
HASTY = Retry(attempts_max=2, deadline_s=1.0, attempt_s=0.1, backoff_ms=5, backoff_max_ms=10)
_TMPFS_SIZE = "24m"


class NoTmpfs(Exception):
    """This process may not mount one."""


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A folder on a file system of its own, of 24 MiB.

    Raises:
        NoTmpfs: this process may not mount one.
    """
    place = folder / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_TMPFS_SIZE}", "medsettle-faults", str(place)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NoTmpfs("there is no mount command here") from error
    if done.returncode != 0:
        raise NoTmpfs(done.stderr.strip() or "mount was refused")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path, free_size: int) -> Path:
    """Takes all of a disk but so many bytes, while others write on it; gives the file that holds them."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
        file.truncate(max(file.tell() - free_size, 0))
    return filler


def full_tmpfs(folder: Path, seed: int, rounds: int) -> dict[str, int]:
    """A real file system without space, so many times; in some rounds the gateway is killed and started meanwhile.

    Raises:
        NoTmpfs: this process may not mount one.
    """
    with small_disk(folder) as disk, Arena(folder, seed, store=disk / "gateway.db") as arena:
        arena.open()
        for _ in range(rounds):
            arena.serve(arena.chance.randint(20, 120))
            filler = fill(disk, arena.chance.choice((0, 4096, 65536)))
            _refuses(arena, arena.chance.randint(5, 60))
            if arena.chance.random() < 0.4:
                arena.tally["killed while full"] += 1
                arena.server.kill()
                _start_without_space(arena, filler)
            else:
                filler.unlink()
            arena.serve(20)
        arena.close()
        arena.tally["times full"] = rounds
        arena.tally["refused"] = arena.book.count(FULL)
        return dict(arena.tally)


def _refuses(arena: Arena, refusals: int) -> None:
    wanted = arena.book.count(FULL) + refusals
    arena.until(lambda: arena.book.count(FULL) >= wanted, f"{refusals} refusals")


def _start_without_space(arena: Arena, filler: Path) -> None:
    """A start on a full disk serves and refuses, or says in one line why it cannot; then there is space again."""
    before = arena.server.errors.read_text() if arena.server.errors.exists() else ""
    arena.server.launch()
    if arena.server.listens():
        arena.tally["started while full"] += 1
        arena.server.kill()
    else:
        arena.tally["said why it cannot start"] += 1
        assert arena.server.wait() == 1
        said = arena.server.errors.read_text().removeprefix(before)
        assert "Traceback" not in said and "medsettle serve: " in said, said
    filler.unlink()
    arena.come_back()


def full_shim(folder: Path, seed: int, rounds: int) -> dict[str, int]:
    """Writes that end with ENOSPC, some after half of their bytes, for a while or for a single one."""
    with Arena(folder, seed) as arena:
        arena.open()
        for _ in range(rounds):
            chance = arena.chance
            arena.serve(chance.randint(20, 120))
            single = chance.random() < 0.5
            arena.shim.fail_writes(
                errno.ENOSPC, after=chance.randint(0, 40), half=chance.random() < 0.5,
                files=chance.choice((WAL, STORE | WAL)), **({"count": 1} if single else {}),
            )  # fmt: skip
            if single:
                arena.tally["single writes"] += 1
            else:
                arena.tally["lasting"] += 1
                _refuses(arena, chance.randint(5, 60))
            arena.shim["write_files"] = 0
            arena.serve(20)
        arena.tally["writes failed"] = arena.shim["writes_failed"]
        arena.close()
        arena.tally["refused"] = arena.book.count(FULL)
        return dict(arena.tally)


def failed_sync(folder: Path, seed: int, rounds: int) -> dict[str, int]:
    """A sync of the log fails: the process ends with status 74, and the pages that the sync has dropped are gone.

    What was answered after it, had anything been, would be among them.
    """
    with Arena(folder, seed) as arena:
        arena.open()
        for _ in range(rounds):
            chance = arena.chance
            arena.serve(chance.randint(20, 120))
            # Once, or from then on: whoever syncs again after a failure may be told that all is well.
            count = chance.choice((1, 1_000_000))
            arena.shim.fail_syncs(chance.choice((errno.EIO, errno.ENOSPC)), after=chance.randint(0, 12), count=count,
                                  files=WAL)  # fmt: skip
            _ends_broken(arena)
            assert arena.shim["syncs_failed"] == 1, "it has synced again after a sync had failed"
            arena.tally["unsynced writes lost"] += arena.shim.cut_power(chance)
            arena.come_back()
            arena.replay_some()
        arena.close()
        arena.tally["syncs failed"] = rounds
        return dict(arena.tally)


def failed_write(folder: Path, seed: int, rounds: int) -> dict[str, int]:
    """A write to the log fails with EIO: the same end."""
    with Arena(folder, seed) as arena:
        arena.open()
        for _ in range(rounds):
            chance = arena.chance
            arena.serve(chance.randint(20, 120))
            arena.shim.fail_writes(errno.EIO, after=chance.randint(0, 60), count=1)
            _ends_broken(arena)
            arena.cut_power()
            arena.come_back()
            arena.replay_some()
        arena.close()
        arena.tally["writes failed"] = rounds
        return dict(arena.tally)


def failed_checkpoint(folder: Path, seed: int, rounds: int) -> dict[str, int]:
    """A sync fails while the log is brought into the file, that of the log before or that of the file after it.

    SQLite would keep the error of a checkpoint of its own to itself and try again; what was acknowledged would be safe
    in the log, but nobody would know that the disk has begun to fail. The process ends as after any other failed sync.
    """
    with Arena(folder, seed) as arena:
        arena.open()
        for _ in range(rounds):
            chance = arena.chance
            arena.serve(chance.randint(20, 120))
            arena.shim.fail_syncs(errno.EIO, count=chance.choice((1, 1_000_000)), files=STORE)
            _ends_broken(arena)
            assert arena.shim["syncs_failed"] == 1, "it has synced again after a sync had failed"
            arena.tally["unsynced writes lost"] += arena.shim.cut_power(chance)
            arena.check_store()
            arena.come_back()
            arena.replay_some()
        arena.close()
        arena.tally["syncs failed"] = rounds
        return dict(arena.tally)


def slow_sync(folder: Path, seed: int, rounds: int) -> dict[str, int]:
    """Syncs that take longer than callers wait: answers come too late, and what is asked again is not done again."""
    with Arena(folder, seed, retry=HASTY) as arena:
        arena.open()
        for _ in range(rounds):
            chance = arena.chance
            arena.serve(chance.randint(20, 60))
            arena.shim.slow_syncs(chance.randint(150, 400))
            wanted = arena.book.count(LATE) + chance.randint(20, 60)
            arena.until(lambda wanted=wanted: arena.book.count(LATE) >= wanted, "late answers")  # type: ignore[misc]
            if chance.random() < 0.3:
                arena.tally["killed meanwhile"] += 1
                arena.server.kill()
                arena.cut_power()
                arena.come_back()
            arena.shim.slow_syncs(0)
            arena.serve(20)
        arena.close()
        arena.tally["answers too late"] = arena.book.count(LATE)
        return dict(arena.tally)


def _ends_broken(arena: Arena) -> None:
    arena.until(lambda: arena.server.has_ended, "the end of the gateway")
    status = arena.server.wait()
    assert status == BROKEN_STATUS, f"ended with {status}: {arena.server.errors.read_text()}"
    assert "start again once the disk is sound" in arena.server.errors.read_text()
