"""The reference split: the same rules as the compiled core, in exact fractions, slow and obvious.

Design
    Written from the rules of policy documents and worked cases alone, not from the compiled core: it has its
    own assembly, its own look-ups and other algorithms, so that a slip in one of the two shows as a difference. Every
    amount is a Fraction until the rules name a rounding; the segment under a cap is found by walking the exact costs
    that lie in each band.
    Where the rules are silent, both cores do this: the deductible base of a bill with exempt lines is the half-up of
    the exact in-scope sum of its other lines, at most the bill's in-scope amount. Later-stay amounts are half-up.
    `later_stays` holds for `per_stay` only. Bands without `measured_on` start at 0 behind the deductible. What
    later funds pay comes off the co-pay part first, then off what a ceiling cut off, then off the deductible part; what
    an over-cap stage pays comes off what was cut off first. Ceilings of `civil_servant` and `assistance` are for one
    bill. Several second stages share the accumulator as it was before the bill, and a stage's ceiling is less what the
    bill's earlier stages paid. What the cap cut off stays the base of `over_cap` when the pooled amount is given.

Invariants
    total = the sum of all payers, no amount is negative, and the funds never pay more than what is in scope.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from core.reference.bills import balances_of, natures_of, usage_of
from core.reference.documents import assemble, away_from_home
from core.reference.documents import load_regions as load_regions
from core.reference.documents import regions_in as regions_in
from core.reference.funds import deductible_due, funds_of, shares_of, take
from core.reference.numbers import CaseRefused as CaseRefused
from core.reference.numbers import fen
from core.reference.persons import Reader
from core.reference.plans import Plans, plans_pay


class Settled(NamedTuple):
    """A split, and what it adds to the accumulators."""

    split: dict[str, int]  # natures, payers and deductible in fen, by the sixteen names of a case's `expected`
    used: dict[str, int]  # by the names of a case's `accumulators`, and for its plans by paths of the case


def split_case(
    case: dict[str, Any], regions: Mapping[str, dict[str, Any]], plans: Plans = MappingProxyType({})
) -> dict[str, int]:
    """The split of a worked case; arguments and errors as in `settle_case`."""
    return settle_case(case, regions, plans).split


def settle_case(
    case: dict[str, Any], regions: Mapping[str, dict[str, Any]], plans: Plans = MappingProxyType({})
) -> Settled:
    """The split of a worked case and what it adds to the person's accumulators.

    Args:
        case: as written in the cases file; amounts in fen, ratios in ppm.
        regions: documents by region code (load_regions).
        plans: documents by plan id, for the plans that the case names.
    Raises:
        CaseRefused: no rule for it, or numbers that no bill can have.
    """
    rule, points, factor = away_from_home(assemble(case, regions), case)
    for part in ("deductible", "ratio", "account"):
        if part not in rule:
            raise CaseRefused(f"the rule has no {part}: write it in the rule_override")
    natures, base = natures_of(case)
    usage = usage_of(case, rule["benefit_year_start"])
    balances = balances_of(case)
    first = 0
    if rule.get("order", "standard") == "account_first":
        first = min(balances["self_current_year"], natures["in_scope_fen"])
    balances["self_current_year"] -= first
    scope = natures["in_scope_fen"] - first
    reader = Reader(case, rule.get("as_level"))
    deductible = min(deductible_due(rule, case, reader, usage["deductible_used_fen"]), base, scope)
    bill = {"scope": scope, "deductible": deductible}
    funds = funds_of(case, rule, usage, shares_of(rule, reader, points, factor), bill)
    given = case.get("given") or {}
    hospital = 0 if given.get("hospital_fen") is None else fen(given, "hospital_fen")
    left = {
        "full_self": natures["full_self_pay_fen"],
        "over_limit": natures["over_limit_fen"],
        "class_b": natures["class_b_self_pay_fen"],
        **funds.left,
    }
    take(left, ("full_self", "over_limit", "class_b"), hospital, "hospital_fen")
    by_plans, added = plans_pay(case, plans, left)
    left["copay"] += left.pop("over_cap")
    paid = accounts_of(rule["account"], case["service"], balances, left)
    split = {
        **natures,
        "deductible_fen": deductible,
        **funds.paid,
        "other_fund_fen": by_plans["other_fund"],
        "hospital_fen": hospital,
        "account_fen": first + paid["self_current_year"] + paid["self"],
        "family_account_fen": paid["family"],
        "commercial_fen": by_plans["commercial"],
        "cash_fen": sum(left.values()),
    }
    used = {
        "deductible_used_fen": deductible,
        "in_scope_fen": scope,
        "pooled_paid_fen": funds.paid["pooled_fen"],
        "major_in_scope_fen": funds.major_counted,
        "major_paid_fen": funds.paid["major_fen"],
    }
    return Settled(split, used | added)


def accounts_of(
    account: dict[str, Any], service: str, balances: dict[str, int], left: dict[str, int]
) -> dict[str, int]:
    """Step 9: what each owner's account pays, which it takes off `left` by nature, in the order that the rule lists."""
    own = account.get("pays_at_pharmacy", account["pays"]) if service == "pharmacy" else account["pays"]
    family = own if account.get("family_pays") is None else account["family_pays"]
    paid = {}
    for owner in account["owner_order"]:
        natures = family if owner == "family" else own
        paid[owner] = min(balances[owner], sum(left[nature] for nature in natures))
        take(left, tuple(natures), paid[owner], owner)
    return paid
