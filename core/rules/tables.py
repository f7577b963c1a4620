"""Checks values by person and level, and bands."""

import re
from collections.abc import Iterator
from typing import Any

from core.rules.checker import MONEY, SHARE, Checker, Range, below
from core.rules.words import AGE_MAX, AGES_MAX, BANDS_MAX, LEVELS, STATUSES

_PERSON = re.compile(r"([a-z_]+)(?:@(0|[1-9]\d{0,2}))?", re.ASCII)


def check_table(checker: Checker, table: Any, path: str, limits: Range) -> None:
    """Checks a value by person and level: a number, a list of one a level, or an object of these by status."""
    if isinstance(table, list):
        check_levels(checker, table, path, limits)
    elif isinstance(table, dict):
        if not table:
            checker.add(path, "is empty: write a value for at least one status")
        for key, value in table.items():
            person = _PERSON.fullmatch(key)
            if person is None or person[1] not in STATUSES or int(person[2] or 0) > AGE_MAX:
                checker.add(
                    below(path, key), f"is an unknown status: write one of {', '.join(STATUSES)}, or status@age"
                )
            if isinstance(value, list):
                check_levels(checker, value, below(path, key), limits)
            else:
                checker.is_whole(value, below(path, key), limits)
    else:
        checker.is_whole(table, path, limits)


def check_levels(checker: Checker, values: list[Any], path: str, limits: Range) -> None:
    """Checks a list of values, one a level."""
    if len(values) != len(LEVELS):
        checker.add(path, f"has {len(values)} values: write {len(LEVELS)}, one a level ({', '.join(LEVELS)})")
    for index, value in enumerate(values):
        checker.is_whole(value, f"{path}[{index}]", limits)


def leaves(table: Any) -> Iterator[tuple[int, int, int]]:
    """Every number of a checked table with the ages it is for: (from, before, number)."""
    if not isinstance(table, dict):
        yield from ((0, AGE_MAX + 1, number) for number in (table if isinstance(table, list) else [table]))
        return
    ages: dict[str, list[int]] = {}
    for key in table:
        status, _, age = key.partition("@")
        ages.setdefault(status, []).append(int(age or 0))
    for key, value in table.items():
        status, _, age = key.partition("@")
        before = min((other for other in ages[status] if other > int(age or 0)), default=AGE_MAX + 1)
        yield from ((int(age or 0), before, number) for number in (value if isinstance(value, list) else [value]))


def values_by_person(table: Any) -> Iterator[tuple[str, str, int]]:
    """Every (person, level, number) of a checked table; a person is a key of it, or all."""
    for person, values in table.items() if isinstance(table, dict) else [("all", table)]:
        for level, number in zip(LEVELS, values if isinstance(values, list) else [values] * len(LEVELS), strict=True):
            yield person, level, number


def least_for(table: Any, person: str, level: str) -> int:
    """The least number of a checked table that any such person (of `values_by_person`) can have at a level.

    It looks past ages, and a status that the table does not name may have any of its numbers.
    """
    status = person.partition("@")[0]
    found = [(name.partition("@")[0], number) for name, at, number in values_by_person(table) if at == level]
    return min([number for name, number in found if name == status] or [number for _, number in found])


def check_bands(checker: Checker, bands: Any, path: str) -> bool:
    """Checks bands in themselves and against each other; whether all are sound. Where the first starts is not seen to.

    Bands are in order without gap or overlap, and only the last may be open (`to` null).
    """
    if not checker.is_list(bands, path):
        return False
    found = len(checker.problems)
    if not bands:
        checker.add(path, "is empty: write at least one band")
    if len(bands) > BANDS_MAX:
        checker.add(path, f"has {len(bands)} bands: at most {BANDS_MAX} are possible")
    end: int | None = None  # of the band before, if that is known
    for index, band in enumerate(bands):
        at = f"{path}[{index}]"
        if not checker.is_object(band, at, ("from", "to", "ppm"), ("from", "to", "ppm")):
            end = None
            continue
        if "ppm" in band:
            check_table(checker, band["ppm"], f"{at}.ppm", SHARE)
        start, before, end = band.get("from"), end, None
        start_known = "from" in band and checker.is_whole(start, f"{at}.from", MONEY)
        if start_known and before is not None and start != before:
            wish = "leave no gap" if start > before else "let them not overlap"
            checker.add(at, f"starts at {start} but the band before ends at {before}: {wish}")
        if band.get("to", 0) is None:
            if index + 1 < len(bands):
                checker.add(at, "is open (to is null) but not the last: say where it ends")
        elif "to" in band and checker.is_whole(band["to"], f"{at}.to", MONEY):
            end = band["to"]
            if start_known and end <= start:
                checker.add(at, f"ends at {end}, not after its start {start}: write a larger to")
    return len(checker.problems) == found


def check_age_count(checker: Checker, parts: list[Any], path: str) -> None:
    """Checks that the parts of a rule name no more ages than a compiled rule has room for."""
    ages: set[str] = set()
    waiting = list(parts)
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            ages.update(key.partition("@")[2] for key in part if "@" in key)
            points = part.get("age_points_ppm")
            ages.update(str(pair[0]) for pair in (points if isinstance(points, list) else []) if is_pair(pair))
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    ages.discard("0")
    if len(ages) > AGES_MAX:
        checker.add(path, f"names {len(ages)} ages, its second stages included: at most {AGES_MAX} are possible")


def is_pair(value: Any) -> bool:
    """Whether a value is a list of two."""
    return isinstance(value, list) and len(value) == 2
