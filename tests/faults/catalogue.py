"""Every fault by name: what it does, how often in `make test` and in `make faults`, and how to do it again."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.faults import disks, kills


class Fault(NamedTuple):
    """One kind of fault.

    Attributes:
        name: for the command line.
        title: for people.
        play: does it in an empty folder, from a seed, so many times; gives what happened by name.
        rounds_test: how often `make test` does it.
        rounds_all: how often `make faults` does it.
    """

    name: str
    title: str
    play: Callable[[Path, int, int], dict[str, int]]
    rounds_test: int
    rounds_all: int

    def again(self, seed: int, rounds: int) -> str:
        """The command that does the same again."""
        return f".venv/bin/python -m tests.faults --only {self.name} --seed {seed} --rounds {rounds}"


FAULTS = (
    Fault("kill", "kill -9, power cut", kills.killed, 4, 50),
    Fault("full", "disk full (tmpfs)", disks.full_tmpfs, 2, 25),
    Fault("enospc", "writes end with ENOSPC", disks.full_shim, 2, 40),
    Fault("write", "a write of the log fails", disks.failed_write, 1, 25),
    Fault("sync", "a sync of the log fails", disks.failed_sync, 2, 40),
    Fault("checkpoint", "a sync of the file fails", disks.failed_checkpoint, 1, 15),
    Fault("slow", "syncs slower than callers", disks.slow_sync, 1, 20),
)
