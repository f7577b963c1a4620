"""Shrinks a bill that the two cores split differently, and the policy under it, to what still makes them differ.

Both are JSON. Whatever can be left out is left out, larger parts first; a table becomes one of its values; a number
becomes a smaller one. Each step is kept only if the cores then differ in the same amounts as before, so that one
failure is not shrunk into another.
"""

import copy
from collections.abc import Iterator
from typing import Any

from tests.prove.compare import Judge, judge, judge_alone

Object = dict[str, Any]
Path = tuple[str | int, ...]

_ROUNDS_MAX = 30


def shrunk(document: Object, case: Object, by: Judge = judge) -> tuple[Object, Object]:
    """The smallest policy and case found that still make the cores differ as these do."""
    answers = judge_alone(document, case, by)
    assert answers is not None and answers.differ, "there is nothing to shrink"
    kind, whole = answers.kind, {"document": document, "case": case}

    def still_differs(candidate: Object) -> bool:
        try:
            found = judge_alone(candidate["document"], candidate["case"], by)
        except (AssertionError, LookupError, TypeError, ValueError):
            return False  # too little is left to be judged
        return found is not None and found.differ and found.kind == kind

    for _ in range(_ROUNDS_MAX):
        smaller = one_round(whole, still_differs)
        if smaller == whole:
            break
        whole = smaller
    return whole["document"], whole["case"]


def one_round(whole: Object, still_differs: Any) -> Object:
    """Every place tried once, from the outside inwards."""
    waiting: list[Path] = [("document",), ("case",)]
    while waiting:
        path = waiting.pop(0)
        value = at(whole, path)
        for smaller in replacements(value):
            candidate = replaced(whole, path, smaller)
            if still_differs(candidate):
                whole, value = candidate, smaller
                break
        # From the end, so that taking an element out leaves the places before it as they are.
        for key in reversed(list(keys_of(value))):
            candidate = without(whole, (*path, key))
            if still_differs(candidate):
                whole = candidate
        waiting += [(*path, key) for key in keys_of(at(whole, path))]
    return whole


def replacements(value: Any) -> Iterator[Any]:
    """What may stand in a value's place and is simpler, the simplest first."""
    if type(value) is int:
        yield from dict.fromkeys(
            number for number in (0, 1, 1_000_000, value // 1000 * 1000, value // 2, value - 1)
            if abs(number) < abs(value)
        )  # fmt: skip
    elif value is True:
        yield False
    elif isinstance(value, list) and value and all(type(one) is int for one in value):
        yield from dict.fromkeys(value)
    elif isinstance(value, dict) and value and all("@" in key or key in PERSONS for key in value):
        yield from value.values()


PERSONS = ("active", "retired", "resident", "student", "elder")


def keys_of(value: Any) -> list[str | int]:
    """The keys or places of a value."""
    if isinstance(value, dict):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []


def at(whole: Any, path: Path) -> Any:
    """What stands at a path."""
    for key in path:
        whole = whole[key]
    return whole


def replaced(whole: Object, path: Path, value: Any) -> Object:
    """A copy with another value at a path."""
    copied = copy.deepcopy(whole)
    at(copied, path[:-1])[path[-1]] = copy.deepcopy(value)
    return copied


def without(whole: Object, path: Path) -> Object:
    """A copy without what stands at a path."""
    copied = copy.deepcopy(whole)
    del at(copied, path[:-1])[path[-1]]
    return copied
