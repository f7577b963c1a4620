"""The reference split: the same rules as the compiled core, in exact fractions, slow and obvious.

Design
    Written from the rules of policy documents and worked cases alone, not from the compiled core: it has its
    own assembly, its own look-ups and other algorithms, so that a slip in one of the two shows as a difference. Every
    amount is a Fraction until the rules name a rounding; the segment under a cap is found by walking the exact costs
    that lie in each band.
    Where the rules are silent, both cores do this: the deductible base of a bill with exempt lines is the half-up of
    the exact in-scope sum of its other lines, at most the bill's in-scope amount. Later-stay amounts are half-up.
    `later_stays` holds for `per_stay` only. Bands without `measured_on` start at 0 behind the deductible. What
    later funds pay comes off the co-pay part first, then off the deductible part. `assistance` ceilings are for one
    bill. Several second stages share the accumulator as it was before the bill, and a stage's ceiling is less what the
    bill's earlier stages paid. What the cap cut off stays the base of `over_cap` when the pooled amount is given.

Invariants
    total = the sum of all payers, no amount is negative, and the funds never pay more than what is in scope.
"""

from collections.abc import Mapping
from typing import Any

from core.reference.bills import OWNERS, balances_of, natures_of, usage_of
from core.reference.documents import assemble, away_from_home
from core.reference.documents import load_regions as load_regions
from core.reference.funds import deductible_due, funds_of, shares_of, take
from core.reference.numbers import CaseRefused as CaseRefused
from core.reference.numbers import fen
from core.reference.persons import Reader


def split_case(case: dict[str, Any], regions: Mapping[str, dict[str, Any]]) -> dict[str, int]:
    """The split of a worked case.

    Args:
        case: as written in the cases file; amounts in fen, ratios in ppm.
        regions: documents by region code (load_regions).
    Returns:
        Natures, payers and deductible in fen, by the sixteen names of a case's `expected`.
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
    scope, first = natures["in_scope_fen"], 0
    if rule.get("order", "standard") == "account_first":
        first = min(balances["self_current_year"], scope)
    balances["self_current_year"] -= first
    reader = Reader(case, rule.get("as_level"))
    deductible = min(deductible_due(rule, case, reader, usage["deductible_used_fen"]), base, scope - first)
    left = {"copay": scope - first - deductible, "deductible": deductible}
    funds = funds_of(case, rule, usage, shares_of(rule, reader, points, factor), left)
    given = case.get("given") or {}
    hospital = 0 if given.get("hospital_fen") is None else fen(given, "hospital_fen")
    left |= {"full_self": natures["full_self_pay_fen"], "over_limit": natures["over_limit_fen"]}
    left["class_b"] = natures["class_b_self_pay_fen"]
    take(left, ("full_self", "over_limit", "class_b"), hospital, "hospital_fen")
    pays = rule["account"]["pays"]
    if case["service"] == "pharmacy":
        pays = rule["account"].get("pays_at_pharmacy", pays)
    paid = dict.fromkeys(OWNERS, 0)
    for owner in rule["account"]["owner_order"]:
        paid[owner] = min(balances[owner], sum(left[nature] for nature in pays))
        take(left, tuple(pays), paid[owner], owner)
    return {
        **natures,
        "deductible_fen": deductible,
        **funds,
        "hospital_fen": hospital,
        "account_fen": first + paid["self_current_year"] + paid["self"],
        "family_account_fen": paid["family"],
        "commercial_fen": 0,
        "cash_fen": sum(left.values()),
    }
