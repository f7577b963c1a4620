"""What stands of a bill when lines of it come back: by any way the same, never more of anybody, as the twin has it."""

import random
from collections import Counter

import pytest

from core.cases import read_case
from core.cases.ruling import rule_of
from core.cases.settling import insured_of, usage_of
from core.policy import RuleBook
from core.refunds import kept_split
from core.split import SplitResult, natures, split
from tests.unit.split.kept import (
    FUNDS,
    PAYERS,
    Bill,
    Object,
    alone,
    as_case,
    bill_left,
    bills,
    by_twin,
    purses_of,
    rising,
    stands,
    ways,
)
from tests.unit.split.made_up import bill as made_up_bill
from tests.unit.split.made_up import region

WAY_COUNT = 4
WORLDS = 70


def walk(bill: Bill, way: list[list[int]]) -> tuple[SplitResult, int]:
    """What stands at the end of a way, and the most fen that a payer had to be held by; each step is checked."""
    stood, held_fen = bill.paid, 0
    for left in way:
        now, natures = stands(bill, left, stood), bill_left(bill, left)
        assert now.reason == 0
        assert all(0 <= part <= before for part, before in zip(now[1:], stood[1:], strict=True)), "nothing rises"
        assert sum(getattr(now, name) for name in PAYERS) == natures[0], "the payers are the lines that are left"
        assert sum(getattr(now, name) for name in FUNDS) <= natures[4], "no fund pays out of scope"
        over = rising(bill, left, stood)
        held_fen = max(held_fen, *over.values()) if over else held_fen
        if not over:
            assert as_case(bill, left, now) == by_twin(bill, left, stood)
        stood = now
    return stood, held_fen


@pytest.mark.parametrize("seed", range(4))
def test_every_way_to_the_same_rest_leaves_the_same(seed: int) -> None:
    """Where the deductible leaves no line out: no payer is ever held, so that the way cannot matter; no fen."""
    rng, tally = random.Random(seed), Counter[str]()
    for bill in bills(seed, WORLDS, exempt=False):
        amounts = [line["amount_fen"] for line in bill.raw["lines"]]
        rests = set()
        for way in ways(rng, amounts, WAY_COUNT):
            rest, held_fen = walk(bill, way)
            if held_fen:
                assert may_hold(bill), f"held by {held_fen} fen: {bill.raw} {bill.terms}"
                tally["held"] += 1
            else:
                # The purses as they were, whatever was in them, would not have made another split.
                assert rest == alone(bill, way[-1], purses_of(bill.case))
                rests.add(rest)
            tally["steps"] += len(way)
        assert len(rests) <= 1
        tally.update(name for name in PAYERS if getattr(bill.paid, name))
    assert tally["steps"] > 4_000 and not {"other_fund_fen", "commercial_fen"} & tally.keys()
    assert all(tally[name] > 5 for name in PAYERS if name not in ("other_fund_fen", "commercial_fen"))


def may_hold(bill: Bill) -> bool:
    """Whether a rule has one of the parts by which a smaller bill may ask more of a payer (docs/refunds.md)."""
    stages = [stage for stage in bill.terms.get("major") or [] if bill.raw["service"] in stage["services"]]
    shares = [bill.terms.get("civil_servant"), *(bill.terms.get("assistance") or {}).values(), *stages]
    return (
        any((terms or {}).get("counts") is not None for terms in shares)
        or any(stage["kind"] == "over_cap" for stage in stages)
        or "half_even" in str(bill.terms.get("rounding"))
    )


@pytest.mark.parametrize("seed", range(2))
def test_lines_that_the_deductible_leaves_out_hold_payers_and_nobody_rises(seed: int) -> None:
    rng, held = random.Random(seed), 0
    for bill in bills(seed, WORLDS, exempt=True):
        amounts = [line["amount_fen"] for line in bill.raw["lines"]]
        for way in ways(rng, amounts, WAY_COUNT):
            _, held_fen = walk(bill, way)
            assert not held_fen or may_hold(bill) or any(line["deductible_exempt"] for line in bill.raw["lines"])
            held += held_fen > 0
    assert held > 2


def test_nothing_left_is_nothing_and_nothing_returned_changes_nothing() -> None:
    for bill in bills(77, WORLDS, exempt=True):
        amounts = [line["amount_fen"] for line in bill.raw["lines"]]
        assert stands(bill, amounts, bill.paid) == bill.paid
        assert stands(bill, [0] * len(amounts), bill.paid) == SplitResult(*[0] * len(bill.paid))


# What each kind of rule that can hold a payer does, in its smallest case: rule, lines, what is left, what is held.
_OVER_CAP = {
    "effective_from": "2020-01-01",
    "kind": "over_cap",
    "services": ["inpatient"],
    "bands": [{"from": 0, "to": None, "ppm": 1_000_000}],
    "cap_fen": None,
}
_FALLING = {
    "measured_on": "stay_in_scope",
    "bands": [{"from": 0, "to": 100, "ppm": 900_000}, {"from": 100, "to": None, "ppm": 500_000}],
}


def test_a_line_that_filled_the_deductible_holds_the_fund() -> None:
    """50 fill the deductible of 100, 200 are exempt and begin at 50: 120 of them; without the 50 it were 140."""
    rule = {"deductible": {"kind": "per_visit", "amounts": 100}, "ratio": _FALLING}
    lines = [(50, False), (200, True)]
    paid, free, kept = kept_of(rule, lines, [0, 200])
    assert (paid.pooled_fen, paid.cash_fen) == (45 + 75, 130)
    assert (free.pooled_fen, free.cash_fen) == (90 + 50, 60)
    assert (kept.pooled_fen, kept.cash_fen) == (120, 80), "the patient gets the 50 back, the fund nothing"


def test_the_segment_under_a_ceiling_is_held_by_less_than_one_over_the_share() -> None:
    """A tenth is paid, at most 100: of 1,006 the fund's 100.6 would round to 101, so that 1,000 are under the ceiling
    and the stage has 6; of 1,003 it is 100 without a ceiling, and the person's part would rise by 3."""
    rule = {
        "ratio": {"bands": [{"from": 0, "to": None, "ppm": 100_000}]},
        "caps": {"pooled_paid_fen": 100},
    }
    paid, free, kept = kept_of(rule, [(1_003, False), (3, False)], [1_003, 0], major=[_OVER_CAP])
    assert (paid.pooled_fen, paid.major_fen, paid.cash_fen) == (100, 6, 900)
    assert (free.pooled_fen, free.major_fen, free.cash_fen) == (100, 0, 903)
    assert (kept.pooled_fen, kept.major_fen, kept.cash_fen) == (100, 3, 900)


def test_half_even_with_a_share_of_the_whole_is_held_by_a_fen() -> None:
    """Half of the first fen, all of the rest: 0.5 is 0 and 1.5 is 2, so that one fen costs more cash than two."""
    rule = {
        "ratio": {
            "measured_on": "stay_in_scope",
            "bands": [{"from": 0, "to": 1, "ppm": 500_000}, {"from": 1, "to": None, "ppm": 1_000_000}],
        },
        "rounding": {"fund": "half_even_per_settlement_and_payer"},
    }
    paid, free, kept = kept_of(rule, [(1, False), (1, False)], [1, 0])
    assert (paid.pooled_fen, paid.cash_fen) == (2, 0)
    assert (free.pooled_fen, free.cash_fen) == (0, 1)
    assert (kept.pooled_fen, kept.cash_fen) == (1, 0)


def kept_of(
    rule: Object, lines: list[tuple[int, bool]], left: list[int], **scheme: Object | list[Object]
) -> tuple[SplitResult, SplitResult, SplitResult]:
    """(as paid, as the lines left would be alone, as it stands) of a stay of class A lines (fen, exempt)."""
    document, book = region(rule, **scheme), RuleBook()
    book.put(document)
    class_a = {"class": "A", "self_pay_ppm": 0}
    raw_lines = [class_a | {"amount_fen": fen, "deductible_exempt": exempt} for fen, exempt in lines]
    case = read_case(made_up_bill(0, lines=raw_lines))
    compiled, _ = rule_of(case, book)

    def natures_left(amounts: list[int]) -> tuple[int, ...]:
        return (*natures([(fen, 1, 0, -1, exempt) for fen, (_, exempt) in zip(amounts, lines, strict=True)]), 0)

    insured, usage = insured_of(case), usage_of(case, True)
    paid = split(compiled, natures_left([fen for fen, _ in lines]), insured, usage, (0, 0, 0))
    free = split(compiled, natures_left(left), insured, usage, (0, 0, 0))
    return paid, free, kept_split(compiled, natures_left(left), insured, usage, paid)
