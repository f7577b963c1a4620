"""What two policies of a region say differently, rule by rule."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from core.rules.words import REMARKS
from gateway.authoring.values import number

_ABSENT = object()


class Difference(NamedTuple):
    """One place where two documents differ."""

    place: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.place}: {self.before} -> {self.after}"


def differences(before: Any, after: Any, *, remarks: bool = False) -> list[Difference]:
    """The places where two documents differ, in the order of the first one.

    Versions of a rule, second stages and cross-region changes are matched by what names them, other lists by place.

    Args:
        remarks: also what is said to people only.
    """
    return list(_compared(before, after, "", "", remarks))


def _compared(before: Any, after: Any, place: str, key: str, remarks: bool) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            if name in REMARKS and not remarks:
                continue
            below = f"{place}.{name}" if place else name
            # A table's number is of the table's unit, whoever it is for.
            unit = key if key.endswith("ppm") or key == "amounts" else name
            yield from _compared(before.get(name, _ABSENT), after.get(name, _ABSENT), below, unit, remarks)
    elif isinstance(before, list) and isinstance(after, list) and before != after:
        yield from _lists(before, after, place, key, remarks)
    elif before != after or type(before) is not type(after):
        yield Difference(place, _shown(before, key), _shown(after, key))


def _lists(before: list[Any], after: list[Any], place: str, key: str, remarks: bool) -> Iterator[Difference]:
    one, other = _named(before), _named(after)
    if len(one) != len(before) or len(other) != len(after):  # two entries of one name: by place
        one, other = dict(enumerate(before)), dict(enumerate(after))
    for name in dict.fromkeys((*one, *other)):
        below = f"{place}[{name}]"
        yield from _compared(one.get(name, _ABSENT), other.get(name, _ABSENT), below, key, remarks)


def _named(entries: list[Any]) -> dict[Any, Any]:
    """Entries by what names them: the day they begin, what they change, else their place."""
    found = {}
    for index, entry in enumerate(entries):
        name: Any = index
        if isinstance(entry, dict) and "effective_from" in entry:
            kind = f"{entry['kind']} " if "kind" in entry else ""
            name = f"{kind}from {entry['effective_from']}"
        elif isinstance(entry, dict) and "area" in entry:
            services = entry.get("services")
            name = f"{entry['area']} {services if isinstance(services, str) else ' '.join(services or ())}"
        found[name] = entry
    return found


def _shown(value: Any, key: str) -> str:
    if value is _ABSENT:
        return "not there"
    if isinstance(value, dict):
        said = ", ".join(
            f"{name} {_shown(part, _unit(key, name))}" for name, part in value.items() if name not in REMARKS
        )
        return f"{{{said}}}"
    if isinstance(value, list):
        return f"[{', '.join(_shown(part, key) for part in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return number(key, value)


def _unit(key: str, name: str) -> str:
    return key if key.endswith("ppm") or key == "amounts" else name
