"""Whether a process kept its size: the slope of its memory after warming up, its descriptors and its threads."""

from dataclasses import dataclass

from bench.load.watch import Sample

# What a minute may add after warming up: a leak of 1 KB a cancelled call at 20 cancels a second adds 1.2 MB.
SLOPE_KIB_MAX = 1_024.0
# Fewer seconds than these tell warming up from a leak by chance only.
JUDGED_S = 120.0
_WARM_SHARE = 0.3
_SPARE = 2


@dataclass
class Size:
    """What the samples of a process say.

    Attributes:
        slope_kib: KiB a minute that memory grew after warming up, by least squares.
        descriptors: the most in the first and in the last third after warming up; threads alike.
        flat: whether memory did not grow by more than the bound; None when the run was too short to say.
        kept: whether descriptors and threads did not grow.
    """

    seconds: float
    resident_first_mib: float
    resident_warm_mib: float
    resident_last_mib: float
    slope_kib: float
    descriptors: tuple[int, int]
    threads: tuple[int, int]
    flat: bool | None
    kept: bool


def size_of(samples: list[Sample]) -> Size:
    """Judges the samples of one process under a steady load."""
    warm = samples[int(len(samples) * _WARM_SHARE) :]
    third = max(1, len(warm) // 3)
    begin, end = warm[:third], warm[-third:]
    descriptors = (max(one.descriptors for one in begin), max(one.descriptors for one in end))
    threads = (max(one.threads for one in begin), max(one.threads for one in end))
    slope_kib = slope([(one.at_s / 60, one.resident_bytes / 1_024) for one in warm])
    seconds = samples[-1].at_s - samples[0].at_s
    return Size(
        seconds=round(seconds, 1),
        resident_first_mib=samples[0].resident_bytes / 2**20,
        resident_warm_mib=warm[0].resident_bytes / 2**20,
        resident_last_mib=samples[-1].resident_bytes / 2**20,
        slope_kib=slope_kib,
        descriptors=descriptors,
        threads=threads,
        flat=slope_kib <= SLOPE_KIB_MAX if seconds >= JUDGED_S else None,
        kept=descriptors[1] <= descriptors[0] + _SPARE and threads[1] <= threads[0] + _SPARE,
    )


def slope(points: list[tuple[float, float]]) -> float:
    """How much y grows with x, by least squares; 0 for fewer than two points."""
    if len(points) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    over = sum((x - mean_x) * (y - mean_y) for x, y in points)
    under = sum((x - mean_x) ** 2 for x, _ in points)
    return over / under if under else 0.0
