"""What a figure was measured on: processor, versions, what a sync to this disk takes; and which core a process gets."""

import importlib.metadata
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

_PACKAGES = ("grpcio", "pygrpc-native", "protobuf", "uvloop", "locust")
_SYNC_COUNT = 400
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def describe(folder: Path) -> dict[str, Any]:
    """The machine, the versions, and fdatasync as measured in a folder now (microseconds)."""
    sync_us = sorted(sync_times_us(folder))
    return {
        "processor": _processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: _version(name) for name in _PACKAGES},
        "fsync_us_p50": round(percentile(sync_us, 50)),
        "fsync_us_p99": round(percentile(sync_us, 99)),
        "load_average_1m": round(os.getloadavg()[0], 2),
    }


def cores() -> list[int]:
    """The cores this process may run on."""
    return sorted(os.sched_getaffinity(0))


def server_cores() -> set[int]:
    """Where the measured server goes: the first core alone, where there is a second one for the generator."""
    return set(cores()[:1])


def generator_cores() -> set[int]:
    """Where the load generator goes: every core but the server's, if there is one."""
    return set(cores()[1:] or cores())


def sync_times_us(folder: Path, count: int = _SYNC_COUNT) -> list[float]:
    """Microseconds that each of so many appends of 4 KiB takes until fdatasync has returned."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        block = b"x" * 4096
        for _ in range(count):
            began = time.perf_counter_ns()
            os.write(file.fileno(), block)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter_ns() - began) / 1_000)
    return times


def cpu_s(pid: int) -> float:
    """Seconds of processor time a process has used, all its threads together, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def resident_bytes(pid: int) -> int:
    """Bytes of memory a process holds now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def percentile(ordered: list[float], percent: float) -> float:
    """The value below which `percent` of the values lie; of an ordered list that is not empty."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def median(values: list[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
