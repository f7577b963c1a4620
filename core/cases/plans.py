"""A case's plans: read, found in the book, and turned into what the core computes with."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from core.benefit.rule import LEVEL_NAMES
from core.cases.fields import Case, CaseError, check_names, day_of, number_of
from core.plans import PARTS_MAX, CompiledPlan, Cover, NoPlan, check
from core.policy import REFERRALS, SERVICES, RuleBook, year_start_day
from core.rules.checker import MONEY, Checker, shown

PLAN_KEYS = ("plan", "counted_fen", "paid_fen", "as_of")


class HeldPlan(NamedTuple):
    """One plan of a case, and where it stands in its list."""

    place: int
    cover: Cover


def read_plans(checker: Checker, plans: Any) -> list[Case]:
    """The plans that the person has: each an id or a whole document, with what it has counted and paid by part."""
    read = []
    for index, held in enumerate(plans if checker.is_list(plans, "plans") else []):
        path = f"plans[{index}]"
        if not isinstance(held, dict):
            checker.add(path, "is no object: write plan, counted_fen and paid_fen")
            continue
        check_names(checker, held, path, PLAN_KEYS)
        plan = held.get("plan")
        if isinstance(plan, dict):
            for problem in check(plan, ""):
                checker.add(f"{path}.plan.{problem.rule}", problem.message)
        elif not (isinstance(plan, str) and plan):
            checker.add(f"{path}.plan", f"is {shown(plan)}: write the id of a plan, or its document")
        if held.get("as_of") is not None:
            checker.is_date(held["as_of"], f"{path}.as_of")
        amounts = {name: _amounts(checker, held.get(name), f"{path}.{name}") for name in ("counted_fen", "paid_fen")}
        read.append({"plan": plan, "as_of": held.get("as_of")} | amounts)
    return read


def _amounts(checker: Checker, values: Any, path: str) -> list[int] | None:
    if values is None:
        return None
    if checker.is_list(values, path):
        if len(values) > PARTS_MAX:
            checker.add(path, f"has {len(values)} entries: write one a part of the plan")
        for index, value in enumerate(values):
            checker.is_whole(value, f"{path}[{index}]", MONEY)
    return list(values) if isinstance(values, list) else None


def plans_of(case: Case, rule_book: RuleBook) -> list[HeldPlan]:
    """The plans of a checked case that cover its bill.

    Raises:
        CaseError: a plan that is not known or does not hold then, is not for such persons, or is one too many.
    """
    found = []
    tenders: dict[str, int] = {}
    service, referral = number_of(SERVICES, case["service"]), number_of(REFERRALS, case["referral"])
    level = LEVEL_NAMES.index(case["institution"]["level"]) + 1
    for place, held in enumerate(case["plans"]):
        path = f"plans[{place}]"
        plan = _plan_of(held["plan"], case["service_date"], rule_book, path)
        if case["insured_region"] not in plan.document["regions"]:
            raise CaseError(f"{path}.plan {plan.plan_id} is not for persons of region {case['insured_region']}")
        first = tenders.setdefault(plan.tender, place)
        if first != place:
            raise CaseError(f"{path}.plan pays as {plan.tender}, as plans[{first}] does: a person has one of each")
        usage = _usage_of(held, plan, case["service_date"], path)
        if plan.covers(service, referral, level):
            found.append(HeldPlan(place, Cover(plan, *usage)))
    return found


def _plan_of(plan: Any, date: str, rule_book: RuleBook, path: str) -> CompiledPlan:
    if isinstance(plan, str):
        try:
            return rule_book.plans.find(plan, date)
        except NoPlan as error:
            raise CaseError(f"{path}.plan: {error}") from error
    start, end = plan["effective_from"], plan.get("effective_to")
    if date < start or (end is not None and date >= end):
        raise CaseError(f"{path}.plan does not hold on {date}")
    return CompiledPlan(plan)


def _usage_of(held: Case, plan: CompiledPlan, date: str, path: str) -> tuple[list[int], list[int]]:
    usage = []
    for name in ("counted_fen", "paid_fen"):
        amounts = held[name] if held[name] is not None else [0] * plan.part_count
        if len(amounts) != plan.part_count:
            raise CaseError(f"{path}.{name} has {len(amounts)} entries: the plan has {plan.part_count} parts")
        usage.append(amounts)
    if held["as_of"] is not None and day_of(held["as_of"]) < year_start_day(
        plan.year_month, plan.year_day, day_of(date)
    ):
        usage = [[0] * plan.part_count, [0] * plan.part_count]
    return usage[0], usage[1]


def added_by(plans: list[HeldPlan]) -> Iterator[tuple[str, int]]:
    """What a bill that was split adds to its plans, by the paths of a case."""
    for held in plans:
        for name in ("counted_fen", "paid_fen"):
            for index, fen in enumerate(getattr(held.cover, name)):
                yield f"plans[{held.place}].{name}[{index}]", fen
