"""Checks of request fields; each raises FIELD_INVALID naming the field and the rule, never the value."""

import datetime
import re

from core.rules.checks import MONEY_MAX_FEN as MONEY_MAX_FEN
from gateway.clock import AT_MAX_MS, AT_MIN_MS
from gateway.clock import china_day as china_day
from gateway.clock import day as day
from gateway.clock import day_text as day_text
from gateway.errors import Refusal, invalid
from gateway.ids import id_number
from gateway.reasons import Reason

_REGION = re.compile(r"[1-9][0-9]{5}")
_DIGITS = re.compile(r"[0-9]+")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def text(field: str, value: str, size_min: int, size_max: int) -> str:
    """A text of so many bytes, without control characters."""
    size = len(value.encode())
    if not size_min <= size <= size_max:
        raise invalid(field, f"must be {size_min} to {size_max} bytes of text")
    if _CONTROL.search(value):
        raise invalid(field, "must hold no control characters")
    return value


def digits(field: str, value: str, count_min: int, count_max: int) -> str:
    """A text of so many decimal digits."""
    if not (count_min <= len(value) <= count_max and _DIGITS.fullmatch(value)):
        wanted = str(count_min) if count_min == count_max else f"{count_min} to {count_max}"
        raise invalid(field, f"must be {wanted} digits")
    return value


def digest(field: str, value: str) -> str:
    """A SHA-256 in lower-case hex."""
    if not _DIGEST.fullmatch(value):
        raise invalid(field, "must be a SHA-256 in 64 lower-case hex digits")
    return value


def request_id(value: str) -> str:
    """A caller-made request id."""
    return text("request_id", value, 1, 64)


def number_of_id(field: str, prefix: str, value: str, absent: Reason) -> int:
    """The number behind one of our ids; a text that is none names nothing that exists."""
    number = id_number(prefix, text(field, value, 1, 64))
    if number is None:
        raise Refusal(absent, field=field)
    return number


def region(field: str, value: str) -> int:
    """A six-digit region code as a number."""
    if not _REGION.fullmatch(value):
        raise invalid(field, "must be a region code of 6 digits")
    return int(value)


def date(field: str, value: str) -> datetime.date:
    """A date YYYY-MM-DD between 1900 and 2199."""
    try:
        parsed = datetime.date.fromisoformat(value)
    except ValueError:
        parsed = None
    if parsed is None or len(value) != 10 or not 1900 <= parsed.year <= 2199:
        raise invalid(field, "must be a date YYYY-MM-DD")
    return parsed


def fen(field: str, value: int, minimum: int = 0, maximum: int = MONEY_MAX_FEN) -> int:
    """An amount of money in a range."""
    if not minimum <= value <= maximum:
        raise Refusal(
            Reason.AMOUNT_OUT_OF_RANGE,
            f"{field} must be {minimum} to {maximum} fen",
            field=field,
            minimum=minimum,
            maximum=maximum,
        )
    return value


def at_ms(field: str, value: int) -> int:
    """A time that has been set, in Unix milliseconds between 2000 and 2199."""
    if not AT_MIN_MS <= value <= AT_MAX_MS:
        raise invalid(field, "must be a time in Unix milliseconds")
    return value


def choice(field: str, value: int, values: object) -> int:
    """A set and known value of an enum (its DESCRIPTOR-bearing type)."""
    if value == 0 or value not in values.DESCRIPTOR.values_by_number:  # type: ignore[attr-defined]
        raise invalid(field, "must be set to a known value")
    return value


def page_size(value: int) -> int:
    """How many to give at most: 1 to 1,000, 100 when not told."""
    if not 0 <= value <= 1000:
        raise invalid("page_size", "must be 1 to 1,000, or 0 for 100")
    return value or 100
