"""Ids: 63-bit numbers inside, short opaque texts outside.

A number is time (42 bits of milliseconds since 2024), writer (9 bits) and a count within the millisecond (12 bits), so
that ids of one gateway are unique and grow. Outside they are a letter and 13 digits of Crockford's base 32.
"""

import hashlib
import re

from core.wire import ID_DIGITS as _DIGITS

_EPOCH_MS = 1_704_067_200_000  # 2024-01-01
_COUNT_BITS = 12
_WRITER_BITS = 9
_DIGIT_COUNT = 13
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_FORM = re.compile(f"[{_DIGITS}]{{{_DIGIT_COUNT}}}")
_TO_PYTHON = str.maketrans(_DIGITS, "0123456789abcdefghijklmnopqrstuv")  # the digits of int(text, 32)


class IdMaker:
    """Makes ids for one writer; not for use by several threads."""

    def __init__(self, writer: int = 0, after_ms: int = 0) -> None:
        assert 0 <= writer < 1 << _WRITER_BITS
        self._writer = writer
        self._last_ms = after_ms  # newest time in the store: a clock set back must not make an id again
        self._count = 0

    def new_id(self, now_ms: int) -> int:
        """The next id. More than 4,096 in a millisecond borrow from the milliseconds to come."""
        if now_ms > self._last_ms:
            self._last_ms, self._count = now_ms, 0
        else:
            self._count += 1
            if self._count == 1 << _COUNT_BITS:
                self._last_ms, self._count = self._last_ms + 1, 0
        since_epoch = self._last_ms - _EPOCH_MS
        assert since_epoch > 0, "the clock stands before 2024"
        return (since_epoch << _WRITER_BITS | self._writer) << _COUNT_BITS | self._count


def id_text(prefix: str, number: int) -> str:
    """The outside form of an id, for example `o0c5x2k9m3q7t1`; the empty text for 0, which is nobody."""
    if number == 0:
        return ""
    pairs = _PAIRS
    return (
        f"{prefix}{_DIGITS[number >> 60]}{pairs[number >> 50 & 1023]}{pairs[number >> 40 & 1023]}"
        f"{pairs[number >> 30 & 1023]}{pairs[number >> 20 & 1023]}{pairs[number >> 10 & 1023]}{pairs[number & 1023]}"
    )


def id_number(prefix: str, text: str) -> int | None:
    """The number of an outside form with this prefix, or None when the text is none."""
    if not text.startswith(prefix) or not _FORM.fullmatch(text, len(prefix)):
        return None
    number = int(text[len(prefix) :].translate(_TO_PYTHON), 32)
    return number if 0 < number < 1 << 63 else None


def key_of(text: str) -> int:
    """The number that stands for a party or institution inside: a hash, so that no counter is needed to give it out."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
