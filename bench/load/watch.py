"""The gateway's own figures, second by second: processor, memory, descriptors, threads, syncs, and its metrics."""

import contextlib
import os
import re
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.machine import cpu_s, resident_bytes

_EVERY_S = 1.0
_SCRAPE_S = 2.0
# What is kept of the metrics: name in the samples -> the series it is the sum of.
_SERIES = {
    "calls": r"medsettle_calls_total\{",
    "shed": r"medsettle_shed_total\{",
    "commits": r'medsettle_stage_duration_seconds_count\{stage="commit"\}',
    "commit_s": r'medsettle_stage_duration_seconds_sum\{stage="commit"\}',
    "works": r"medsettle_batch_works_sum",
    "queue_works": r"medsettle_queue_works",
    "calls_in_hand": r"medsettle_calls_in_hand",
    "paid_fen": r'medsettle_money_fen_total\{direction="paid"',
}


@dataclass
class Sample:
    """One second of a process.

    Attributes:
        cpu: cores it used since the sample before.
        sync_ms: what one fdatasync of 4 KiB beside the store took.
        metrics: sums of the gateway's own series; nothing without --metrics.
    """

    at_s: float
    cpu: float
    resident_bytes: int
    descriptors: int
    threads: int
    sync_ms: float
    metrics: dict[str, float] = field(default_factory=dict)


class Watch:
    """Samples a process from a thread of its own, until the body ends or the process does."""

    def __init__(self, pid: int, folder: Path, metrics: str = "") -> None:
        self.samples: list[Sample] = []
        self._pid, self._folder, self._metrics = pid, folder, metrics
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        with (
            contextlib.suppress(FileNotFoundError, ProcessLookupError),
            tempfile.NamedTemporaryFile(dir=self._folder) as file,
        ):
            before_s, before_cpu_s = time.time(), cpu_s(self._pid)
            while not self._ended.wait(_EVERY_S):
                now_s, now_cpu_s = time.time(), cpu_s(self._pid)
                self.samples.append(
                    Sample(
                        now_s, (now_cpu_s - before_cpu_s) / (now_s - before_s), resident_bytes(self._pid),
                        descriptors(self._pid), threads(self._pid), _sync_ms(file.fileno()), self._scrape(),
                    )
                )  # fmt: skip
                before_s, before_cpu_s = now_s, now_cpu_s

    def _scrape(self) -> dict[str, float]:
        if not self._metrics:
            return {}
        try:
            with urllib.request.urlopen(f"http://{self._metrics}/metrics", timeout=_SCRAPE_S) as answer:
                text = answer.read().decode()
        except OSError:
            return {}
        return {
            name: sum(float(value) for value in re.findall(rf"^{series}\S* (\S+)$", text, re.MULTILINE))
            for name, series in _SERIES.items()
        }


def descriptors(pid: int) -> int:
    """How many files, sockets and pipes a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid: int) -> int:
    """How many threads a process has."""
    return len(os.listdir(f"/proc/{pid}/task"))


def _sync_ms(file: int) -> float:
    began_s = time.perf_counter()
    os.pwrite(file, b"x" * 4_096, 0)
    os.fdatasync(file)
    return (time.perf_counter() - began_s) * 1_000
