"""Whole fen and exact fractions, and the refusal of a case that has no split."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

MONEY_MAX_FEN = 100_000_000_000
PPM = 1_000_000


class CaseRefused(ValueError):
    """A case that has no split: no rule for it, or numbers that no bill can have."""


def half_up(amount: Fraction) -> int:
    """Whole fen, half a fen up."""
    return math.floor(amount + Fraction(1, 2))


def rounded(amount: Fraction, rule: Mapping[str, Any]) -> int:
    """What a fund pays of an exact benefit, by the rounding that a rule declares; half-up where it declares none."""
    way = (rule.get("rounding") or {}).get("fund", "half_up_per_settlement_and_payer")
    if way.startswith("half_even"):
        return round(amount)
    if way.startswith("down"):
        return math.floor(amount)
    return math.ceil(amount) if way.startswith("up") else half_up(amount)


def fen(fields: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """An amount of a case, checked to be whole fen from 0 to MONEY_MAX_FEN."""
    amount = fields.get(name, default)
    if type(amount) is not int:
        raise CaseRefused(f"{name} must be a whole number of fen, not {amount!r}")
    if not 0 <= amount <= MONEY_MAX_FEN:
        raise CaseRefused(f"{name} must be 0 to {MONEY_MAX_FEN} fen, not {amount}")
    return amount
