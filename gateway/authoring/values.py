"""Numbers of policies as people read them."""

from typing import Any

from core.rules.words import LEVELS
from gateway.wording import yuan


def percent(ppm: int) -> str:
    """A share in percent, as exact as it is written."""
    return f"{ppm / 10_000:.4f}".rstrip("0").rstrip(".") + " %"


def is_share(key: str) -> bool:
    """Whether a key's numbers are parts per million; else they are fen."""
    return key.endswith("ppm")


def number(key: str, value: Any) -> str:
    """A number by its key: a share in percent, an amount in yuan; what is no number as it is written."""
    if type(value) is not int:
        return "none" if value is None else str(value)
    if is_share(key):
        return percent(value)
    return str(value) if key in ("from_stay", "age") else yuan(value)


def table(key: str, value: Any) -> str:
    """A value by person and level: one number, a list by level, an object by status."""
    if isinstance(value, dict):
        return "; ".join(f"{person}: {table(key, part)}" for person, part in value.items())
    if isinstance(value, list):
        return ", ".join(f"{level} {number(key, part)}" for level, part in zip(LEVELS, value, strict=False))
    return number(key, value)
