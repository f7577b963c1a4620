"""Puts the versions of a region's policy on one time line, on which a service date finds the one that prices it.

Design
    A document may say from which service date on it holds (`effective_from`) and before which it ends (`effective_to`).
    Without the first it has no beginning; without the second it holds until the next version begins. Two documents
    with the same beginning are the same place on the line: the one put later takes it, which is how a version is
    mended.

Invariants
    A line is ordered, has one version a beginning, and no day after its first one without a version before its end.
    A benefit year never goes back along it.
"""

import datetime
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from core.rules.checker import Checker, shown

Document = dict[str, Any]

_EPOCH = datetime.date(1970, 1, 1)
FIRST_DAY = "0001-01-01"  # what `effective_from` stands for where it is left out


class Version(NamedTuple):
    """One document on the line: from `start`, before `end` (dates; None: until the next version begins)."""

    start: str
    end: str | None
    policy_id: int
    document: Document

    @property
    def effective_from(self) -> str:
        """Its beginning as people write it: empty where it has none."""
        return "" if self.start == FIRST_DAY else self.start

    @property
    def name(self) -> str:
        """What messages call it."""
        label = self.document.get("version") or "without a name"
        return f"version {label}"


class VersionConflict(ValueError):
    """A version that cannot stand beside those in force: `message` says why and what to do."""

    def __init__(self, message: str, beside: Version, date: str) -> None:
        super().__init__(message)
        self.message = message
        self.beside = beside  # the version in force that it cannot stand beside
        self.date = date  # the first day on which they do not fit


def check_span(checker: Checker, document: Document) -> None:
    """Checks what a document says of its own beginning and end."""
    start, end = document.get("effective_from"), document.get("effective_to")
    sound = start is None or checker.is_date(start, "effective_from")
    if end is not None and checker.is_date(end, "effective_to") and sound and end <= (start or ""):
        checker.add("effective_to", f"is {shown(end)}, not after effective_from {start}: write a later date or null")


def version_of(document: Document, policy_id: int = 0) -> Version:
    """A document without problems, with its place on the line."""
    return Version(document.get("effective_from") or FIRST_DAY, document.get("effective_to"), policy_id, document)


def placed(line: Sequence[Version], new: Version) -> list[Version]:
    """A line with one more version on it, in the place of one with the same beginning.

    Raises:
        VersionConflict: there would be two versions on one day, or none between two, or a benefit year would go back.
    """
    after = sorted([new, *(version for version in line if version.start != new.start)], key=lambda one: one.start)
    for earlier, later in pairwise(after):
        beside = earlier if later is new else later
        if earlier.end is not None and earlier.end != later.start:
            message, date = _misfit(earlier, later, new)
            raise VersionConflict(message, beside, date)
        first = datetime.date.fromisoformat(later.start)
        before = year_start(earlier.document, first - datetime.timedelta(days=1))
        if year_start(later.document, first) < before:
            raise VersionConflict(
                f"{later.name} begins on {later.start} with the benefit year of {year_start(later.document, first)}, "
                f"but {earlier.name} has begun that of {before}: let it begin on the first day of a benefit year",
                beside,
                later.start,
            )
    return after


def _misfit(earlier: Version, later: Version, new: Version) -> tuple[str, str]:
    """Why an end and the beginning after it do not fit, with the mend, and since when."""
    assert earlier.end is not None
    ends = f"{earlier.name} ends on {earlier.end} and {later.name} begins on {later.start}"
    if earlier is new:
        mend = f"give it effective_to {later.start}, or leave it out"
    else:
        mend = f"let it begin on {earlier.end}, or put {earlier.name} again without effective_to"
    if earlier.end > later.start:
        return f"{ends}: both would hold from {later.start} on; {mend}", later.start
    return f"{ends}: no version would hold from {earlier.end} on; {mend}", earlier.end


def version_on(line: Sequence[Version], date: str) -> Version | None:
    """The version that prices a service date (YYYY-MM-DD); None before the first and after the end of the last."""
    found = None
    for version in line:
        if version.start <= date:
            found = version
    return None if found is None or (found.end is not None and date >= found.end) else found


def nearest(line: Sequence[Version], date: str) -> Version:
    """The version of a date, or the first or last one where it is before or behind all of them."""
    return version_on(line, date) or (line[0] if date < line[0].start else line[-1])


def clamped(version: Version, day: int) -> int:
    """A service day (days since 1970-01-01), or the nearest one that a version holds on."""
    start = datetime.date.fromisoformat(version.start)
    day = max(day, (start - _EPOCH).days)
    if version.end is not None:
        day = min(day, (datetime.date.fromisoformat(version.end) - _EPOCH).days - 1)
    return day


def year_start(document: Document, date: datetime.date) -> datetime.date:
    """First day of a document's benefit year that a date is in."""
    month, day = map(int, document.get("benefit_year_start", "01-01").split("-"))
    start = datetime.date(date.year, month, day)
    return start if start <= date or date.year == 1 else datetime.date(date.year - 1, month, day)
