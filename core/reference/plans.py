"""Step 8 of the reference: what a person's plans pay of what the funds and the hospital leave to the patient."""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from core.reference.bills import benefit_year
from core.reference.funds import take
from core.reference.numbers import MONEY_MAX_FEN, PPM, CaseRefused, half_up

Document = dict[str, Any]
Plans = Mapping[str, Sequence[Document]]  # versions by plan id

TENDERS = ("other_fund", "commercial")


def plans_pay(case: dict[str, Any], plans: Plans, left: dict[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """What the plans pay, by tender, and what the bill adds to them, by the paths of a case; takes it off `left`."""
    paid, added = dict.fromkeys(TENDERS, 0), {}
    held: dict[str, tuple[int, Document]] = {}
    for place, one in enumerate(case.get("plans") or []):
        plan = version_of(one["plan"], case["service_date"], plans)
        if case["insured_region"] not in plan["regions"]:
            raise CaseRefused(f"plan {plan['plan_id']} is for persons of other regions")
        if plan["tender"] in held:
            raise CaseRefused(f"two plans pay as {plan['tender']}")
        held[plan["tender"]] = (place, plan)
    for tender in TENDERS:
        if tender not in held:
            continue
        place, plan = held[tender]
        counted, payments = usage_of_plan(case["plans"][place], plan, case["service_date"])
        if not covered(plan, case):
            continue
        for index, (base, pays) in enumerate(parts_pay(plan, counted, payments, left)):
            added[f"plans[{place}].counted_fen[{index}]"] = base
            added[f"plans[{place}].paid_fen[{index}]"] = pays
            paid[tender] += pays
    return paid, added


def version_of(plan: Any, date: str, plans: Plans) -> Document:
    """The version of a plan that holds on a date: the last that has begun, unless it has ended."""
    versions = plans.get(plan, ()) if isinstance(plan, str) else [plan]
    begun = [version for version in versions if version["effective_from"] <= date]
    if not begun:
        raise CaseRefused("no version of the plan has begun")
    version = max(begun, key=lambda one: str(one["effective_from"]))
    if version.get("effective_to") is not None and date >= version["effective_to"]:
        raise CaseRefused("the plan has ended")
    return version


def usage_of_plan(held: dict[str, Any], plan: Document, date: str) -> tuple[list[int], list[int]]:
    """What each part has counted and paid in the plan year of the bill."""
    start = plan.get("plan_year_start", "01-01")
    nothing = [0] * len(plan["parts"])
    counted = nothing if held.get("counted_fen") is None else held["counted_fen"]
    paid = nothing if held.get("paid_fen") is None else held["paid_fen"]
    if len(counted) != len(nothing) or len(paid) != len(nothing):
        raise CaseRefused("counted_fen and paid_fen have one amount a part")
    if held.get("as_of") is not None and benefit_year(held["as_of"], start) < benefit_year(date, start):
        return nothing, nothing
    if not all(0 <= fen <= MONEY_MAX_FEN for fen in (*counted, *paid)):
        raise CaseRefused("an amount of a plan is out of range")
    return counted, paid


def covered(plan: Document, case: dict[str, Any]) -> bool:
    """Whether a plan pays for bills like this."""
    excludes = plan.get("excludes") or {}
    return (
        case["service"] in plan["services"]
        and case["referral"] not in excludes.get("referrals", ())
        and case["institution"]["level"] not in excludes.get("levels", ())
    )


def parts_pay(plan: Document, counted: list[int], paid: list[int], left: dict[str, int]) -> list[tuple[int, int]]:
    """By part, what the bill adds to what it counts, and what it pays."""
    room = math.inf if plan.get("cap_fen") is None else max(plan["cap_fen"] - sum(paid), 0)
    if plan.get("cap_per_bill_fen") is not None:
        room = min(room, plan["cap_per_bill_fen"])
    added = []
    for index, part in enumerate(plan["parts"]):
        base = sum(left[name] for name in part["counts"])
        before = counted[index] if part.get("per", "year") == "year" else 0
        pays = whole_fen(benefit(part, before + base) - benefit(part, before), plan)
        if part.get("cap_fen") is not None:
            pays = min(pays, max(part["cap_fen"] - paid[index], 0))
        pays = int(min(pays, room))
        room -= pays
        take(left, tuple(part["counts"]), pays, plan["plan_id"])
        added.append((base, pays))
    return added


def benefit(part: Document, counted: int) -> Fraction:
    """What a part pays on an amount that it has counted in all, exactly."""
    behind = max(counted - part.get("deductible_fen", 0), 0)
    pays = Fraction(0)
    for band in part["bands"]:
        end = behind if band["to"] is None else min(band["to"], behind)
        pays += max(end - band["from"], 0) * Fraction(band["ppm"], PPM)
    return pays


def whole_fen(amount: Fraction, plan: Document) -> int:
    """A part's benefit by the rounding that the plan declares; half-up where it declares none."""
    way = plan.get("rounding", "half_up")
    if way == "half_even":
        return round(amount)
    if way == "down":
        return math.floor(amount)
    return math.ceil(amount) if way == "up" else half_up(amount)
