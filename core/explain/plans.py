"""The steps of the plans that pay after the statutory funds."""

from fractions import Fraction
from typing import Any

from core.explain.notes import Notes
from core.explain.origins import Origin
from core.reference.numbers import PPM
from core.reference.plans import TENDERS, Plans, benefit, covered, parts_pay, usage_of_plan, version_of, whole_fen

Case = dict[str, Any]


def explain_plans(notes: Notes, case: Case, plans: Plans) -> None:
    """A step a part of each plan that covers the bill, mutual aid before commercial insurance."""
    held = [
        (place, version_of(one["plan"], case["service_date"], plans))
        for place, one in enumerate(case.get("plans") or [])
    ]
    for place, plan in sorted(held, key=lambda entry: TENDERS.index(entry[1]["tender"])):
        counted, paid = usage_of_plan(case["plans"][place], plan, case["service_date"])
        if covered(plan, case):
            _parts(notes, plan, place, counted, parts_pay(plan, counted, paid, dict(notes.left)))


def plan_usage(case: Case, plans: Plans) -> dict[str, int]:
    """What the plans that cover a bill have counted and paid before it, by paths of the case."""
    usage: dict[str, int] = {}
    for place, one in enumerate(case.get("plans") or []):
        plan = version_of(one["plan"], case["service_date"], plans)
        if covered(plan, case):
            for name, amounts in zip(
                ("counted_fen", "paid_fen"), usage_of_plan(one, plan, case["service_date"]), strict=True
            ):
                usage |= {f"plans[{place}].{name}[{index}]": amount for index, amount in enumerate(amounts)}
    return usage


def _parts(notes: Notes, plan: dict[str, Any], place: int, counted: list[int], added: list[tuple[int, int]]) -> None:
    of_plan = (plan.get("document") or "", plan.get("provenance") or "", plan["effective_from"])
    for index, (part, (base, paid)) in enumerate(zip(plan["parts"], added, strict=True)):
        at = Origin(f"plan {plan['plan_id']}: parts[{index}]", *of_plan)
        before = counted[index] if part.get("per", "year") == "year" else 0
        for number, band in enumerate(part["bands"]):
            alone = part | {"bands": [band]}
            piece = benefit(alone, before + base) - benefit(alone, before)
            if piece:
                share = Fraction(band["ppm"], PPM)
                facts = {"cost_fen": piece / share, "share": share, "benefit_fen": piece}
                notes.add("plan_band", at.below(f".bands[{number}]"), **facts)
        exact = benefit(part, before + base) - benefit(part, before)
        notes.pay(plan["tender"], tuple(part["counts"]), paid)
        notes.count(f"plans[{place}].counted_fen[{index}]", base)
        notes.count(f"plans[{place}].paid_fen[{index}]", paid)
        capped = {"room_fen": paid} if paid < whole_fen(exact, plan) else {}
        notes.add(
            f"plan_{plan['tender']}",
            at,
            plan=plan["plan_id"],
            base_fen=base,
            before_fen=before,
            deductible_fen=part.get("deductible_fen", 0),
            benefit_fen=exact,
            way=plan.get("rounding", "half_up"),
            **capped,
        )
