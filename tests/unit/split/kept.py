"""Random bills of which lines come back, step by step: what stands, by the compiled core and by its twin."""

import contextlib
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from core import reference
from core.benefit.rule import CompiledRule
from core.cases import CaseError, read_case
from core.cases.fields import Case
from core.cases.ruling import assembled_for, rule_of
from core.cases.settling import insured_of, line_of, named, purses_of, usage_of
from core.policy import RuleBook
from core.refunds import kept_split
from core.rules import apply_cross_region, cross_region_entry
from core.split import SplitResult, natures, split
from tests.prove.run import shipped
from tests.prove.worlds import World

Object = dict[str, Any]

PAYERS = SplitResult._fields[2:13]
FUNDS = PAYERS[:5]


class Bill(NamedTuple):
    """A bill that was split, and what it was split by."""

    raw: Object
    case: Case
    rule: CompiledRule
    terms: Object  # the assembled rule as it holds where the person is treated
    hospital_fen: int
    paid: SplitResult
    regions: dict[str, Object]


def bills(seed: int, world_count: int, *, exempt: bool, bills_of_a_world: int = 12) -> Iterator[Bill]:
    """Random bills with lines that both cores take, under random policies; `exempt` leaves lines that are exempt from
    the deductible as they come, else there are none."""
    for number in range(world_count):
        world, book = World(random.Random(f"kept {seed} {number}"), shipped()), RuleBook()
        book.put(world.document)
        for _ in range(bills_of_a_world):
            raw = world.case()
            for name in ("given", "rule_override", "plans"):
                raw.pop(name, None)
            for line in raw.get("lines", ()) if not exempt else ():
                line["deductible_exempt"] = False
            bill = None
            with contextlib.suppress(CaseError):
                bill = split_bill(raw, book, world)
            if bill is not None:
                yield bill


def split_bill(raw: Object, book: RuleBook, world: World) -> Bill | None:
    """The bill of a case; None for one that has no lines or no split."""
    if "lines" not in raw or not sum(line["amount_fen"] for line in raw["lines"]):
        return None
    case = read_case(raw)
    rule, same_year = rule_of(case, book)
    raw["accumulators"].pop("as_of", None)
    if not same_year:
        raw["accumulators"] = {}
        case = read_case(raw)
    terms = assembled_for(case, book)
    entry = cross_region_entry(
        terms, case["insured_region"], case["treatment_region"], case["referral"], case["service"]
    )
    terms, _, _ = apply_cross_region(terms, entry, case["referral"])
    whole = natures([line_of(line) for line in case["lines"]])
    hospital_fen = world.rng.choice((0, 0, (whole.total_fen - whole.in_scope_fen) // 3))
    paid = split(rule, (*whole, hospital_fen), insured_of(case), usage_of(case, True), purses_of(case))
    if paid.reason:
        return None
    return Bill(raw, case, rule, terms, hospital_fen, paid, {world.document["region_code"]: world.document})


def lines_left(bill: Bill, left: list[int]) -> list[Object]:
    """The lines with what is left of each, limits in proportion, as a case has them."""
    lines = []
    for line, kept_fen in zip(bill.raw["lines"], left, strict=True):
        amount_fen, limit_fen = line["amount_fen"], line["price_limit_fen"]
        if limit_fen is not None and amount_fen:
            limit_fen = (2 * limit_fen * kept_fen + amount_fen) // (2 * amount_fen)
        lines.append(line | {"amount_fen": kept_fen, "price_limit_fen": limit_fen})
    return lines


def bill_left(bill: Bill, left: list[int]) -> tuple[int, ...]:
    """The natures of what is left, and what the hospital bears of it."""
    whole = natures([line_of(line) for line in read_case(bill.raw | {"lines": lines_left(bill, left)})["lines"]])
    return (*whole, min(bill.hospital_fen, whole.total_fen - whole.in_scope_fen))


def stands(bill: Bill, left: list[int], stood: SplitResult) -> SplitResult:
    """What stands of the bill when so much is left of each line, and stood for more of them."""
    return kept_split(bill.rule, bill_left(bill, left), insured_of(bill.case), usage_of(bill.case, True), stood)


def alone(bill: Bill, left: list[int], purses: tuple[int, ...]) -> SplitResult:
    """The split of what is left as a bill of its own, with purses of that size."""
    return split(bill.rule, bill_left(bill, left), insured_of(bill.case), usage_of(bill.case, True), purses)


def by_twin(bill: Bill, left: list[int], stood: SplitResult) -> Object:
    """The same by the reference: a case with the lines that are left, and the accounts' parts as balances."""
    owners = ("self_current_year", "self", "family")
    parts = (stood.account_current_fen, stood.account_prior_fen, stood.family_account_fen)
    whole = bill_left(bill, left)
    case = bill.raw | {
        "lines": lines_left(bill, left),
        "accounts": [{"owner": owner, "balance_fen": fen} for owner, fen in zip(owners, parts, strict=True)],
        "given": {"hospital_fen": whole[-1]},
    }
    return reference.split_case(case, bill.regions)


def as_case(bill: Bill, left: list[int], result: SplitResult) -> Object:
    """A split by the names that the twin has."""
    names = ("total_fen", "full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")
    return named(dict(zip(names, bill_left(bill, left), strict=False)), result)


def rising(bill: Bill, left: list[int], stood: SplitResult) -> dict[str, int]:
    """How much more a split of what is left would take than what stood, by field: what `kept_split` has to hold."""
    purses = (stood.account_current_fen, stood.account_prior_fen, stood.family_account_fen)
    free = alone(bill, left, purses)
    return {
        name: getattr(free, name) - getattr(stood, name)
        for name in SplitResult._fields[1:]
        if getattr(free, name) > getattr(stood, name)
    }


def ways(rng: random.Random, amounts: list[int], count: int) -> list[list[list[int]]]:
    """Ways from a whole bill to the same rest: each a list of what is left of every line, step by step."""
    rest = [rng.choice((0, amount, amount, rng.randint(0, amount))) for amount in amounts]
    found = [[rest]]
    for _ in range(count):
        left, way = list(amounts), []
        for index in rng.sample(range(len(amounts)), len(amounts)):
            if left[index] == rest[index]:
                continue
            if rng.random() < 0.4:
                left[index] = rng.randint(rest[index], left[index])
                way.append(list(left))
            left[index] = rest[index]
            way.append(list(left))
        found.append(way or [rest])
    return found
