"""Time, which comes in from outside: the gateway asks a clock, the core is told."""

import datetime
import functools
import time
from typing import Protocol

from core.policy import iso_date

AT_MIN_MS, AT_MAX_MS = 946_684_800_000, 7_258_118_400_000  # 2000 to 2199: what a time in a request may be
_EPOCH = datetime.date(1970, 1, 1)
_DATES_MAX = 1024
_DAY_MS = 86_400_000
_CHINA_MS = 8 * 3_600_000  # UTC+8, no summer time


def day(value: datetime.date) -> int:
    """Days since 1970-01-01."""
    return (value - _EPOCH).days


day_text = functools.lru_cache(maxsize=_DATES_MAX)(iso_date)  # YYYY-MM-DD of a day number


def china_day(now_ms: int) -> int:
    """The day it is in China at a time."""
    return (now_ms + _CHINA_MS) // _DAY_MS


class Clock(Protocol):
    """Unix time in milliseconds, and the `time.monotonic()` scale of deadlines in seconds."""

    def now_ms(self) -> int: ...
    def monotonic_s(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Seconds that no setting of the clock moves."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until a test moves it; deadlines pass as they do."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """The time it was set to."""
        return self._now_ms

    def monotonic_s(self) -> float:
        """Seconds that no setting of the clock moves."""
        return time.monotonic()

    def advance(self, ms: int) -> None:
        """Moves on."""
        self._now_ms += ms
