"""Amounts and counts as people read them."""

import pytest

from gateway.wording import counted, yuan


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (0, "0.00"),
        (1, "0.01"),
        (99, "0.99"),
        (100, "1.00"),
        (123_456_789, "1,234,567.89"),
        (-1, "-0.01"),
        (-123_456, "-1,234.56"),
        # More than a float is exact for.
        (9_007_199_254_740_993, "90,071,992,547,409.93"),
    ],
)
def test_yuan(fen: int, shown: str) -> None:
    assert yuan(fen) == shown


@pytest.mark.parametrize(
    ("count", "nouns", "shown"),
    [
        (0, ("bill",), "0 bills"),
        (1, ("bill",), "1 bill"),
        (1_234, ("bill",), "1,234 bills"),
        (1, ("entry", "entries"), "1 entry"),
        (2, ("entry", "entries"), "2 entries"),
    ],
)
def test_counted(count: int, nouns: tuple[str, ...], shown: str) -> None:
    assert counted(count, *nouns) == shown
