"""Step 1 of the reference, the bill by nature, and what stands before it: accumulators and account money."""

import datetime
from fractions import Fraction
from typing import Any

from core.reference.numbers import MONEY_MAX_FEN, PPM, CaseRefused, fen, half_up

NATURES = ("full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")
USAGE = ("deductible_used_fen", "in_scope_fen", "pooled_paid_fen", "major_in_scope_fen", "major_paid_fen")
OWNERS = ("self_current_year", "self", "family")


def natures_of(case: dict[str, Any]) -> tuple[dict[str, int], int]:
    """Step 1: the bill by nature, with total_fen, and the in-scope amount that the deductible may fill."""
    if case.get("lines") is None:
        amounts = case["amounts"]
        natures = {name: fen(amounts, name) for name in ("total_fen", *NATURES)}
        if natures["total_fen"] != sum(natures[name] for name in NATURES):
            raise CaseRefused("amounts: the natures do not add up to total_fen")
        return natures, natures["in_scope_fen"]
    total = full = over = 0
    in_scope = base = Fraction(0)
    for line in case["lines"]:
        amount, limit = fen(line, "amount_fen"), line.get("price_limit_fen")
        total += amount
        self_pay = Fraction(line.get("self_pay_ppm", 0), PPM)
        if not 0 <= self_pay <= 1:
            raise CaseRefused(f"self_pay_ppm must be 0 to {PPM}")
        if line["class"] == "C" or self_pay == 1:
            full += amount
            continue
        above = 0 if limit is None else max(amount - fen(line, "price_limit_fen"), 0)
        over += above
        in_scope += (amount - above) * (1 - self_pay)
        if not line.get("deductible_exempt", False):
            base += (amount - above) * (1 - self_pay)
    if total > MONEY_MAX_FEN:
        raise CaseRefused(f"the lines add up to more than {MONEY_MAX_FEN} fen")
    whole = half_up(in_scope)
    natures = dict(zip(("total_fen", *NATURES), (total, full, over, total - full - over - whole, whole), strict=True))
    return natures, min(half_up(base), whole)


def usage_of(case: dict[str, Any], year_start: str) -> dict[str, int]:
    """The accumulators before the bill; those of an earlier benefit year count as 0."""
    accumulators = case.get("accumulators") or {}
    as_of = accumulators.get("as_of")
    if as_of is not None and benefit_year(as_of, year_start) < benefit_year(case["service_date"], year_start):
        return dict.fromkeys(USAGE, 0)
    return {name: fen(accumulators, name, 0) for name in USAGE}


def benefit_year(date: str, year_start: str) -> int:
    """The calendar year in which the benefit year of a date began."""
    try:
        year = datetime.date.fromisoformat(date).year
    except (TypeError, ValueError) as error:
        raise CaseRefused(f"{date!r} is not a date YYYY-MM-DD") from error
    return year if date[5:] >= year_start else year - 1


def balances_of(case: dict[str, Any]) -> dict[str, int]:
    """Account money by owner."""
    balances = dict.fromkeys(OWNERS, 0)
    for account in case.get("accounts") or []:
        balances[account["owner"]] += fen(account, "balance_fen")
    return balances
