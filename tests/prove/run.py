"""Runs worlds of random bills through both cores, tells what was covered, and writes a failure as a small case file."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from core.policy import RuleBook
from core.reference import load_regions
from tests.prove.compare import Answers, Judge, judge, judge_alone
from tests.prove.shrink import shrunk
from tests.prove.worlds import World

ROOT = Path(__file__).parents[2]
BILLS_OF_A_WORLD = 30
REFUSED_MAX = 0.3  # a share of bills that both cores refuse; more would mean that little is compared

Object = dict[str, Any]

# What a run of any size worth the name must have met, by the words of the tally.
COVERED = (
    *("deductible paid", "pooled fund paid", "no pooled payment", "second stage paid", "civil servant paid"),
    *("assistance paid", "hospital paid", "own account paid", "family account paid", "cash paid"),
    *("away from home", "over the yearly ceiling", "over the in-scope ceiling", "account first", "refused by both"),
    *("bands on year_pooled_paid", "bands on year_in_scope", "bands behind the deductible", "as another service"),
    *("half_up", "half_even", "down", "up", "segment cut down", "parts counted", "family has its own natures"),
    *("accumulators of last year", "amounts alone", "given by the record", "overridden"),
    *("other fund paid", "commercial plan paid", "a plan paid nothing", "a plan reached a ceiling", "two plans paid"),
)


class Failure(NamedTuple):
    """A bill that the two cores split differently."""

    seed: int
    world: int
    document: Object
    case: Object
    answers: Answers


@cache
def shipped() -> list[Object]:
    """The policies that ship, which worlds begin with."""
    return list(load_regions(ROOT / "policies").values())


def run_world(seed: int, number: int, by: Judge = judge) -> tuple[Counter[str], Failure | None]:
    """Splits the bills of one world; gives what they covered, and the first on which the cores differ."""
    world, book = World(random.Random(f"{seed} {number}"), shipped()), RuleBook()
    book.put(world.document, f"world {number}")
    regions = {world.document["region_code"]: world.document}
    tally: Counter[str] = Counter()
    for _ in range(BILLS_OF_A_WORLD):
        case = world.case()
        answers = by(case, book, regions)
        if answers.differ:
            return tally, Failure(seed, number, world.document, case, answers)
        tally.update(covered(world, case, answers))
    return tally, None


def covered(world: World, case: Object, answers: Answers) -> Iterator[str]:
    """What a bill was a case of, for the tally of a run."""
    if answers.twin is None:
        yield "refused by both"
        return
    split, used = answers.twin
    payers = ("deductible", "second stage", "civil servant", "assistance", "hospital", "own account", "family account")
    fields = ("deductible", "major", "civil_servant", "assistance", "hospital", "account", "family_account")
    yield from (f"{payer} paid" for payer, field in zip(payers, fields, strict=True) if split[f"{field}_fen"])
    yield "pooled fund paid" if split["pooled_fen"] else "no pooled payment"
    if split["cash_fen"]:
        yield "cash paid"
    yield from plans_of(case, split, used)
    if case["treatment_region"] != case["insured_region"] and case["referral"] != "local":
        yield "away from home"
    for name in ("amounts", "given", "rule_override"):
        if case.get(name):
            yield {"amounts": "amounts alone", "given": "given by the record", "rule_override": "overridden"}[name]
    if "as_of" in case["accumulators"]:
        yield "accumulators of last year"
    if world.made:
        yield from rules_of(world, case, split)


def plans_of(case: Object, split: dict[str, int], used: dict[str, int]) -> Iterator[str]:
    """What the person's plans did."""
    if not case.get("plans"):
        return
    paid = [name for name in ("other_fund", "commercial") if split[f"{name}_fen"]]
    yield from (f"{'commercial plan' if name == 'commercial' else 'other fund'} paid" for name in paid)
    if len(paid) == 2:
        yield "two plans paid"
    if len(paid) < len(case["plans"]):
        yield "a plan paid nothing"
    for place, held in enumerate(case["plans"]):
        plan = held["plan"]
        pays = [used.get(f"plans[{place}].paid_fen[{index}]", 0) for index in range(len(plan["parts"]))]
        if sum(pays) and sum(pays) == plan["cap_per_bill_fen"]:
            yield "a plan reached a ceiling"


def rules_of(world: World, case: Object, split: dict[str, int]) -> Iterator[str]:
    """The parts of a made-up rule that a bill was split by."""
    rule, used = world.rule(case["service_date"]), case["accumulators"]
    ratio, caps, rounding = rule["ratio"], rule["caps"], rule.get("rounding") or {}
    if "measured_on" in ratio:
        behind = ratio.get("measured_from") == "deductible"
        yield "bands behind the deductible" if behind else f"bands on {ratio['measured_on']}"
    if (
        type(caps["pooled_paid_fen"]) is int
        and split["pooled_fen"] + used["pooled_paid_fen"] >= caps["pooled_paid_fen"]
    ):
        yield "over the yearly ceiling"
    if type(caps.get("in_scope_fen")) is int and split["in_scope_fen"] + used["in_scope_fen"] > caps["in_scope_fen"]:
        yield "over the in-scope ceiling"
    if rule.get("order") == "account_first":
        yield "account first"
    yield rounding.get("fund", "half_up").removesuffix("_per_settlement_and_payer")
    if rounding.get("cap_segment") == "floor_to_fen":
        yield "segment cut down"
    if any("counts" in stage for stage in world.stages()) or "counts" in (rule.get("civil_servant") or {}):
        yield "parts counted"
    if (rule.get("account") or {}).get("family_pays") is not None:
        yield "family has its own natures"
    if world.meant != world.service:
        yield "as another service"


def written(failure: Failure, folder: Path, by: Judge = judge) -> str:
    """Shrinks a failure, writes it as a policy and a case beside each other, and says how to see it again."""
    document, case = shrunk(failure.document, failure.case, by)
    answers = judge_alone(document, case, by)
    assert answers is not None
    name = f"seed{failure.seed}-world{failure.world}"
    folder.mkdir(parents=True, exist_ok=True)
    policy_file, case_file = folder / f"{name}.policy.json", folder / f"{name}.case.json"
    policy_file.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    titled = {"id": name, "title": f"differs in: {answers.kind}"} | case
    if answers.twin is not None:
        titled["expected"] = answers.twin[0]
    case_file.write_text(json.dumps(titled, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return (
        f"seed {failure.seed}, world {failure.world}: the cores differ in {answers.kind}\n"
        f"  compiled {answers.compiled}\n  twin     {answers.twin}\n"
        f"  again: medsettle split {case_file} --policies {policy_file} [--twin]\n"
        f"  policy {json.dumps(document, ensure_ascii=False)}\n  case   {json.dumps(case, ensure_ascii=False)}"
    )
