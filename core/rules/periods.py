"""When the entries of a list hold: their dates, and where two of them hold at once."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from core.rules.checker import Checker, below
from core.rules.words import Document


class Period(NamedTuple):
    """When an entry of a list holds: from start, before end (dates; open ones end with the calendar)."""

    start: str
    end: str
    place: int  # in the list, from 0


def check_period(checker: Checker, version: Document, path: str) -> None:
    """Checks since when and until when a version holds."""
    start, end = version.get("effective_from"), version.get("effective_to")
    sound = "effective_from" in version and checker.is_date(start, below(path, "effective_from"))
    ends = below(path, "effective_to")
    if end is not None and checker.is_date(end, ends) and sound and end <= start:
        checker.add(ends, f"is {end}, not after effective_from {start}: write a later date or null")


def periods(versions: Any) -> list[Period]:
    """The periods of the versions whose dates are dates, by their start."""
    quiet = Checker("")
    found = []
    for index, version in enumerate(versions if isinstance(versions, list) else []):
        if not isinstance(version, dict):
            continue
        start, end = version.get("effective_from"), version.get("effective_to")
        if quiet.is_date(start, "") and (end is None or quiet.is_date(end, "")):
            found.append(Period(str(start), "9999-99-99" if end is None else end, index))
    return sorted(found)


def gaps(dated: list[Period]) -> Iterator[tuple[Period, Period]]:
    """(the period that ends last before a gap, the one behind it), for each time between periods that none covers."""
    longest: Period | None = None
    for period in dated:
        if longest is not None and longest.end < period.start:
            yield longest, period
        if longest is None or period.end > longest.end:
            longest = period


def overlaps(dated: list[Period]) -> Iterator[tuple[int, int, str]]:
    """(index, index of an entry before it, first common day) of the periods that reach into another one."""
    longest: Period | None = None  # of those before, the one that ends last
    for period in dated:
        if longest is not None and period.start < min(longest.end, period.end):
            yield max(longest.place, period.place), min(longest.place, period.place), period.start
        if longest is None or period.end > longest.end:
            longest = period
