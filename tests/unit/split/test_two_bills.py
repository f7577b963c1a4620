"""A bill written as two, one after the other: what that may move of the funds' money, by kind of rule."""

import random
from collections import Counter
from typing import NamedTuple

import pytest

from core import reference
from core.cases.settling import insured_of, purses_of, usage_of
from core.split import SplitResult, split
from tests.unit.split.kept import FUNDS, Bill, Object, bill_left, bills, lines_left

WORLDS = 250


class Two(NamedTuple):
    """A bill's funds' money when it is one bill, and when it is two."""

    once_fen: int
    twice_fen: int


def in_two(bill: Bill, first: list[int]) -> Two:
    """By the compiled core: the second bill begins where the first left accumulators and purses."""
    second = [line["amount_fen"] - part for line, part in zip(bill.raw["lines"], first, strict=True)]
    usage, purses = usage_of(bill.case, True), purses_of(bill.case)
    paid_fen = 0
    for left in (first, second):
        result = split(bill.rule, (*bill_left(bill, left)[:-1], 0), insured_of(bill.case), usage, purses)
        assert result.reason == 0
        paid_fen += funds_fen(result)
        added = (
            result.deductible_fen, result.used_in_scope_fen, result.pooled_fen, result.major_counted_fen,
            result.major_fen,
        )  # fmt: skip
        usage = tuple(map(sum, zip(usage, added, strict=True)))
        parts = (result.account_current_fen, result.account_prior_fen, result.family_account_fen)
        purses = tuple(purse - part for purse, part in zip(purses, parts, strict=True))
    once = split(bill.rule, (*bill_left(bill, amounts_of(bill))[:-1], 0), insured_of(bill.case),
                 usage_of(bill.case, True), purses_of(bill.case))  # fmt: skip
    return Two(funds_fen(once), paid_fen)


def by_twin_in_two(bill: Bill, first: list[int]) -> Two:
    """The same by the reference; accounts left out: none pays before the funds."""
    second = [line["amount_fen"] - part for line, part in zip(bill.raw["lines"], first, strict=True)]
    used, paid_fen = dict(bill.raw["accumulators"]), 0
    for left in (first, second):
        settled = reference.settle_case(case_of(bill, left, used), bill.regions)
        paid_fen += sum(settled.split[name] for name in FUNDS)
        used = {name: used.get(name, 0) + value for name, value in settled.used.items()}
    whole = case_of(bill, amounts_of(bill), dict(bill.raw["accumulators"]))
    once = reference.split_case(whole, bill.regions)
    return Two(sum(once[name] for name in FUNDS), paid_fen)


def case_of(bill: Bill, left: list[int], used: Object) -> Object:
    return bill.raw | {"lines": lines_left(bill, left), "accumulators": used, "accounts": []}


def amounts_of(bill: Bill) -> list[int]:
    return [line["amount_fen"] for line in bill.raw["lines"]]


def funds_fen(result: SplitResult) -> int:
    return sum(getattr(result, name) for name in FUNDS)


def stages_of(bill: Bill) -> list[Object]:
    return [
        stage
        for stage in bill.terms.get("major") or []
        if bill.raw["service"] in stage["services"] and stage.get("when") != "year_end"
    ]


def rounding_fen(bill: Bill) -> int:
    """A fen for the bill's in-scope money, and one for each payer that rounds: pooled fund, stages, two shares."""
    return 1 + 1 + len(stages_of(bill)) + 2


def of_the_year(bill: Bill) -> bool:
    """Whether everything that the rule measures it measures over the year, so that it cannot see where a bill ends."""
    terms, ratio = bill.terms, bill.terms["ratio"]
    shares = [terms.get("civil_servant"), *(terms.get("assistance") or {}).values()]
    stages = stages_of(bill)
    return (
        terms.get("order") != "account_first"  # a first bill's account money may go to parts that no fund looks at
        and (ratio.get("measured_on") == "year_in_scope" or one_open_band(bill))
        and all((share or {}).get("cap_fen") is None for share in shares)
        and all((one or {}).get("counts") is None for one in [*shares, *stages])
        and all(stage["kind"] == "over_burden" for stage in stages)
        and len(stages) < 2
    )


def one_open_band(bill: Bill) -> bool:
    """Whether the fund pays one share of whatever comes; a closed band of a bill would begin again with each."""
    (first, *more) = bill.terms["ratio"]["bands"]
    return not more and first["to"] is None


@pytest.mark.parametrize("seed", range(2))
def test_a_bill_in_two_moves_no_more_than_its_roundings(seed: int) -> None:
    """With a deductible of the year, or none, both ways cost the funds the same; with one of each visit or stay, two
    bills fill it twice, and the funds pay the less."""
    rng, tally = random.Random(seed), Counter[str]()
    for bill in bills(seed + 100, WORLDS, exempt=False):
        used = bill.raw["accumulators"]
        if not of_the_year(bill) or used.get("deductible_used_fen", 0) > used.get("in_scope_fen", 0):
            continue  # no bills before it could have left such accumulators
        first = [rng.choice((0, amount)) for amount in amounts_of(bill)]
        for two in (in_two(bill, first), by_twin_in_two(bill, first)):
            if bill.terms["deductible"]["kind"] in ("none", "annual"):
                assert abs(two.twice_fen - two.once_fen) <= rounding_fen(bill), (two, bill.raw, bill.terms)
                tally["year"] += two.once_fen > 0 and 0 < sum(first) < sum(amounts_of(bill))
            elif one_open_band(bill):
                assert two.twice_fen <= two.once_fen + rounding_fen(bill), (two, bill.raw, bill.terms)
                tally["visit"] += two.twice_fen < two.once_fen
    assert tally["year"] > 50 and tally["visit"] > 10, tally
