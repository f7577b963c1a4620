"""Explains the split of an order from what was recorded at its payment."""

from collections.abc import Sequence
from typing import Any

from core.benefit.rule import ASSISTANCE_NAMES, LEVEL_NAMES, STATUS_NAMES
from core.cases.reading import CLASSES
from core.explain import Explanation, ExplanationWrong, explain
from core.order import Order
from core.plans import Cover, PlanBook
from core.policy import REFERRALS, SCHEMES, SERVICES
from core.reference import CaseRefused
from gateway.catalogue.lines import core_lines_of
from gateway.clock import day_text
from gateway.pb.medsettle.v1.types_pb2 import InstitutionDetail
from gateway.verify.splits import SEATS, covers_of

Case = dict[str, Any]

_CLASS_NAMES = {number: name for name, number in CLASSES.items()}
_NO_LIMIT = -1


class NotExplained(RuntimeError):
    """The policy and what was recorded come to another split than the order's; one line."""


def case_of_order(order: Order, lines: bytes, covers: Sequence[Cover]) -> Case:
    """An order that was priced as a worked case, in the form that core.cases.read_case gives.

    Its purses hold what they paid: what else was in them is not recorded, and changes no step but for their balances.
    """
    detail = InstitutionDetail.FromString(lines)
    purses = (
        ("self_current_year", order.account_current_fen),
        ("self", order.account_prior_fen),
        ("family", order.family_account_fen),
    )
    return {
        "insured_region": f"{order.insured_region:06d}",
        "treatment_region": f"{order.treatment_region:06d}",
        "scheme": SCHEMES[order.scheme],
        "service": SERVICES[order.service],
        "service_date": day_text(order.service_day),
        "referral": REFERRALS[order.referral],
        "stay_number": order.stay_number or order.stays_before + 1,
        "institution": {"level": LEVEL_NAMES[order.level - 1]},
        "person": {
            "status": STATUS_NAMES[order.person_status - 1],
            "age": order.age,
            "civil_servant": bool(order.civil_servant),
            "assistance": ASSISTANCE_NAMES[order.assistance],
            "family_doctor": bool(order.family_doctor),
        },
        "lines": [
            {
                "amount_fen": amount_fen,
                "class": _CLASS_NAMES[item_class],
                "self_pay_ppm": self_pay_ppm,
                "price_limit_fen": None if limit_fen == _NO_LIMIT else limit_fen,
                "deductible_exempt": exempt,
            }
            for amount_fen, item_class, self_pay_ppm, limit_fen, exempt in core_lines_of(detail)
        ],
        "amounts": None,
        "accumulators": {
            "deductible_used_fen": order.deductible_used_before_fen,
            "in_scope_fen": order.in_scope_before_fen,
            "pooled_paid_fen": order.pooled_paid_before_fen,
            "major_in_scope_fen": order.major_in_scope_before_fen,
            "major_paid_fen": order.major_paid_before_fen,
            "as_of": None,
        },
        "accounts": [{"owner": owner, "balance_fen": fen} for owner, fen in purses if fen],
        "plans": [_held(cover) for cover in covers],
        "given": {"pooled_fen": None, "major_fen": None, "hospital_fen": order.hospital_borne_fen or None},
        "rule_override": {},
    }


def _held(cover: Cover) -> Case:
    return {
        "plan": cover.plan.document,
        "counted_fen": list(cover.counted_before_fen),
        "paid_fen": list(cover.paid_before_fen),
        "as_of": None,
    }


def explanation_of_order(order: Order, lines: bytes, document: dict[str, Any], plans: PlanBook) -> Explanation:
    """Explains an order that was priced.

    Args:
        order: with its split and what was recorded before it.
        lines: its InstitutionDetail, serialised.
        document: the policy version that priced it.
        plans: those that orders name.
    Raises:
        NotExplained: what comes out is not the order's split.
    """
    covers = covers_of(order, plans)
    if isinstance(covers, str):
        raise NotExplained(covers)
    case = case_of_order(order, lines, covers)
    try:
        found = explain(case, {case["insured_region"]: document})
    except (CaseRefused, ExplanationWrong) as error:
        raise NotExplained(str(error)) from error
    wrong = [name for name, fen in found.split.items() if getattr(order, name) != fen]
    used = found.steps[-1].used
    added = {name: fen - found.used_before[name] for name, fen in used.items()}
    recorded = {"in_scope_fen": order.used_in_scope_fen, "major_in_scope_fen": order.major_counted_fen}
    for place, cover in enumerate(covers):
        for what in ("counted", "paid"):
            for part in range(1, cover.plan.part_count + 1):
                recorded[f"plans[{place}].{what}_fen[{part - 1}]"] = getattr(
                    order, f"{SEATS[cover.plan.seat]}_{what}_{part}_fen"
                )
    wrong += [name for name, fen in recorded.items() if added[name] != fen]
    if wrong:
        raise NotExplained(f"the policy comes to another {', '.join(wrong)}")
    return found
