"""Single fields of a case: each is checked, and a fault in it is taken down with its place."""

import datetime
import difflib
from collections.abc import Collection
from typing import Any

from core.rules.checker import Checker, Range

Case = dict[str, Any]

_EPOCH = datetime.date(1970, 1, 1)
_REQUIRED = object()


class CaseError(ValueError):
    """A case that has no split; one line that says what is wrong with it."""


def part(checker: Checker, case: Case, name: str, keys: Collection[str]) -> Case:
    """An object of a case; an empty one where it is left out or null."""
    value = case.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        checker.add(name, "is no object: write one")
        return {}
    check_names(checker, value, name, keys)
    return value


def word(checker: Checker, fields: Case, path: str, words: Collection[str], default: str | None = None) -> Any:
    """A field that is one of some words."""
    name = path.rpartition(".")[2]
    if name not in fields:
        if default is None:
            checker.add(path, f"is missing: write one of {', '.join(words)}")
        return default
    checker.is_one_of(fields[name], path, words)
    return fields[name]


def whole(checker: Checker, fields: Case, path: str, limits: Range, default: Any = _REQUIRED) -> Any:
    """A field that is a whole number; left out or null it is the default, if it has one."""
    value = fields.get(path.rpartition(".")[2])
    if value is None and default is not _REQUIRED:
        return default
    if value is None:
        checker.add(path, f"is missing: write a whole number of {limits.unit}")
    else:
        checker.is_whole(value, path, limits)
    return value


def truth(checker: Checker, fields: Case, path: str) -> bool:
    """A field that is true or false, and false where it is left out."""
    value = fields.get(path.rpartition(".")[2], False)
    if not isinstance(value, bool):
        checker.add(path, "is neither true nor false: write one of them")
    return bool(value)


def check_region(checker: Checker, code: Any, path: str) -> None:
    """Checks a region's code."""
    if not (isinstance(code, str) and len(code) == 6 and code.isascii() and code.isdigit()):
        checker.add(path, 'is no region: write its 6 digits in quotes, for instance "110100"')


def check_names(checker: Checker, fields: Case, path: str, keys: Collection[str]) -> None:
    """Takes down field names that are nearly, but not quite, known ones."""
    for name in fields:
        meant = [] if name in keys else [key for key in keys if key not in fields and is_near(name, key)]
        if meant:
            checker.add(f"{path}.{name}" if path else name, f"is an unknown field: did you mean {meant[0]}?")


def is_near(name: str, key: str) -> bool:
    """Whether a name is so like a key, four letters of five in its order, that it must be a slip."""
    blocks = difflib.SequenceMatcher(None, name, key, autojunk=False).get_matching_blocks()
    return 5 * 2 * sum(block.size for block in blocks) >= 4 * (len(name) + len(key))


def refuse_problems(checker: Checker) -> None:
    """Raises the first problem that was found, and says how many more there are."""
    if checker.problems:
        problem, more = checker.problems[0], len(checker.problems) - 1
        raise CaseError(f"{problem.rule} {problem.message}{f' (and {more} more)' if more else ''}")


def number_of(names: dict[int, str], name: str) -> int:
    """The number of a name."""
    return next(number for number, other in names.items() if other == name)


def day_of(date: str) -> int:
    """Days since 1970-01-01 of a date YYYY-MM-DD."""
    return (datetime.date.fromisoformat(date) - _EPOCH).days
