"""The steps of a split, computed with the exact twin's functions."""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

from core import reference
from core.explain.funds import explain_funds
from core.explain.notes import LEFT as LEFT
from core.explain.notes import Notes
from core.explain.notes import Step as Step
from core.explain.origins import NOWHERE, Origins
from core.explain.plans import explain_plans, plan_usage
from core.reference.bills import balances_of, natures_of, usage_of
from core.reference.documents import assemble, away_from_home
from core.reference.funds import deductible_due, shares_of
from core.reference.numbers import fen
from core.reference.persons import Reader
from core.reference.plans import Plans

# Who pays, in the order of a case's `expected`; the person's two own purses are one payer.
PAYERS = (
    "pooled", "major", "civil_servant", "assistance", "other_fund", "hospital", "account", "family_account",
    "commercial", "cash",
)  # fmt: skip

Case = dict[str, Any]


class Explanation(NamedTuple):
    """A split and how it came to be; amounts in fen."""

    split: dict[str, int]  # by the sixteen names of a case's `expected`
    before: dict[str, int]  # what is left before the first step, by LEFT
    used_before: dict[str, int]  # accumulators before the bill
    steps: list[Step]


class ExplanationWrong(RuntimeError):
    """Steps that do not add up to the split: a fault of the gateway, and nothing that anybody may be told."""


def explain(case: Case, regions: Mapping[str, dict[str, Any]], plans: Plans = MappingProxyType({})) -> Explanation:
    """Explains the split of a case.

    Args:
        case: that core.cases.read_case has read; amounts in fen, ratios in ppm.
        regions: documents by region code.
        plans: documents by plan id, for the plans that the case names.
    Raises:
        CaseRefused: it has no split.
        ExplanationWrong: the steps do not add up to the twin's split.
    """
    settled = reference.settle_case(case, regions, plans)
    assembled = assemble(case, regions)
    rule, points, factor = away_from_home(assembled, case)
    natures, base = natures_of(case)
    usage = usage_of(case, rule["benefit_year_start"])
    notes = Notes(natures, usage | plan_usage(case, plans), settled.used)
    before, used_before = dict(notes.left), dict(notes.used)
    origins = Origins(case, regions)
    line_count = len(case.get("lines") or [])
    notes.add("natures" if line_count else "amounts", NOWHERE, line_count=line_count, **natures)
    _away(notes, assembled, case, origins, points, factor)
    balances = balances_of(case)
    _account_first(notes, rule, balances, origins)
    scope = notes.left["copay"]
    notes.count("in_scope_fen", scope)
    reader = Reader(case, rule.get("as_level"))
    due = deductible_due(rule, case, reader, usage["deductible_used_fen"])
    deductible = min(due, base, scope)
    notes.move("copay", "deductible", deductible)
    notes.count("deductible_used_fen", deductible)
    kind = rule["deductible"]["kind"]
    at = origins.part("deductible", "kind")
    if kind == "none":
        notes.add("no_deductible", at)
    else:
        used = usage["deductible_used_fen"] if kind == "annual" else 0
        exempt = {} if base >= scope else {"base_fen": base}
        notes.add(f"deductible_{kind}", at, used_before_fen=used, due_fen=due, deductible_fen=deductible, **exempt)
    explain_funds(notes, case, rule, usage, shares_of(rule, reader, points, factor), (scope, deductible), origins)
    given = case.get("given") or {}
    hospital = 0 if given.get("hospital_fen") is None else fen(given, "hospital_fen")
    if hospital:
        notes.pay("hospital", ("full_self", "over_limit", "class_b"), hospital)
        notes.add("hospital", NOWHERE)
    explain_plans(notes, case, plans)
    notes.move("over_cap", "copay", notes.left["over_cap"])
    _accounts(notes, rule["account"], case["service"], balances, origins)
    left = {f"{name}_fen": amount for name, amount in notes.left.items()}
    notes.pay("cash", LEFT, sum(notes.left.values()))
    notes.add("cash", NOWHERE, **left)
    found = Explanation(settled.split, before, used_before, notes.steps)
    _check(found, settled.used)
    return found


def _account_first(notes: Notes, rule: dict[str, Any], balances: dict[str, int], origins: Origins) -> None:
    if rule.get("order", "standard") != "account_first":
        return
    first = min(balances["self_current_year"], notes.left["copay"])
    balances["self_current_year"] -= first
    notes.pay("account", ("copay",), first)
    notes.add("account_first", origins.part("order"))


def _away(
    notes: Notes, assembled: dict[str, Any], case: Case, origins: Origins, points: Fraction, factor: Fraction
) -> None:
    """What the place of treatment changes, where it changes something."""
    home, there, referral = case["insured_region"], case["treatment_region"], case["referral"]
    if home == there or referral == "local":
        return
    area = "in_province" if home[:2] == there[:2] else "out_of_province"
    for entry in assembled.get("cross_region") or []:
        fits = entry["services"] == "all" or case["service"] in entry["services"]
        if entry["area"] in ("any", area) and fits:
            if entry.get(referral) is not None:
                at = origins.change(entry, referral)
                notes.add(f"away_{entry['shape']}", at, region=there, points=points, factor_share=factor)
            return


def _accounts(notes: Notes, account: dict[str, Any], service: str, balances: dict[str, int], origins: Origins) -> None:
    """What each owner's money pays, a step a nature."""
    at_pharmacy = service == "pharmacy" and "pays_at_pharmacy" in account
    own = account["pays_at_pharmacy"] if at_pharmacy else account["pays"]
    family = own if account.get("family_pays") is None else account["family_pays"]
    for owner in account["owner_order"]:
        payer = "family_account" if owner == "family" else "account"
        key = "pays_at_pharmacy" if at_pharmacy else "pays"
        if owner == "family" and account.get("family_pays") is not None:
            key = "family_pays"
        at = origins.part("account", key)
        for nature in family if owner == "family" else own:
            paid = min(balances[owner], notes.left[nature])
            if paid > 0:
                balances[owner] -= paid
                notes.pay(payer, (nature,), paid)
                notes.add(f"account_{owner}", at, nature=nature)


def _check(found: Explanation, used: dict[str, int]) -> None:
    """Holds an explanation to the split and to itself."""
    paid = dict.fromkeys(PAYERS, 0)
    left = found.before
    for step in found.steps:
        if sum(left.values()) - sum(step.left.values()) != step.paid_fen or min(step.left.values()) < 0:
            raise ExplanationWrong(f"step {step.kind} does not take off what it pays")
        if step.payer:
            paid[step.payer] += step.paid_fen
        left = step.left
    after = found.steps[-1].used
    wrong = [payer for payer in PAYERS if paid[payer] != found.split[f"{payer}_fen"]]
    wrong += [name for name, added in used.items() if after[name] - found.used_before[name] != added]
    if wrong or any(left.values()):
        raise ExplanationWrong(f"the steps do not add up to the split: {', '.join(wrong) or 'something is left'}")
