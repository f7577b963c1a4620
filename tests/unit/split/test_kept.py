"""What stands of a bill when lines of it come back: by any way the same, never more of anybody, as the twin has it."""

import random
from collections import Counter

import pytest

from core.split import SplitResult
from tests.unit.split.kept import (
    FUNDS,
    PAYERS,
    Bill,
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
