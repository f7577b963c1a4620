"""Splits a worked case, a bill written down in full as JSON, with the compiled core.

Design
    `read_case` checks every field of a case and fills in what is left out, so that nothing behind it has to look
    twice; the reference takes the same checked case. A case without an override takes its rule from the book. One
    with an override has its rule assembled, checked as a policy document is, and compiled for this case alone.
    Remarks and unknown fields are let through, unless one is so near to a known name that it must be a slip.

Invariants
    A case is never changed. Whatever the JSON, the answer is a split or a CaseError of one line.
"""

from typing import Any, NamedTuple

from core import rules
from core.benefit.natures import natures
from core.benefit.rule import ASSISTANCE_NAMES, LEVEL_NAMES, STATUS_NAMES, CompiledRule
from core.cases.fields import Case as Case
from core.cases.fields import CaseError as CaseError
from core.cases.fields import check_names, day_of, number_of, refuse_problems
from core.cases.reading import AMOUNTS, CLASSES, OVERRIDE_KEYS, USAGE
from core.cases.reading import read_case as read_case
from core.policy import REFERRALS, SCHEMES, SERVICES, LookupFailed, RuleBook, compile_for_bill, year_start_day
from core.rules.checker import Checker
from core.rules.documents import check_counts_to, is_month_and_day
from core.rules.stages import check_cross_region, check_own_table, check_stage
from core.rules.words import LEVELS, OWNERS, TERMS
from core.split import SplitResult, split

NO_RULE_FOR_BILL = 71


class Settled(NamedTuple):
    """A split, and what it adds to the accumulators."""

    split: dict[str, int]  # natures, deductible and payers in fen, by the sixteen names of a case's `expected`
    used: dict[str, int]  # by the names of a case's `accumulators`


def compute_case(case: Any, rule_book: RuleBook) -> dict[str, int]:
    """The split of a case by the compiled core; arguments and errors as in `settle_case`."""
    return settle_case(read_case(case), rule_book).split


def settle_case(case: Case, rule_book: RuleBook) -> Settled:
    """The split of a checked case by the compiled core, and what it adds to the person's accumulators.

    Args:
        case: what `read_case` made of it.
        rule_book: the policies that hold.
    Raises:
        CaseError: no rule holds, or its numbers are none that a bill can have.
    """
    compiled, same_year = rule_of(case, rule_book)
    bill, base_fen = natures_of(case)
    given, person = case["given"], case["person"]
    hospital_fen = given["hospital_fen"] or 0
    if hospital_fen > bill["total_fen"] - bill["in_scope_fen"]:
        raise CaseError("given.hospital_fen is more than the bill has out of scope")
    purses = {owner: sum(one["balance_fen"] for one in case["accounts"] if one["owner"] == owner) for owner in OWNERS}
    result = split(
        compiled,
        (*(bill[name] for name in AMOUNTS), base_fen, hospital_fen),
        (
            STATUS_NAMES.index(person["status"]) + 1,
            person["age"],
            person["civil_servant"],
            number_of(ASSISTANCE_NAMES, person["assistance"]),
            person["family_doctor"],
            LEVEL_NAMES.index(case["institution"]["level"]) + 1,
            case["stay_number"] if case["service"] == "inpatient" else 1,
        ),
        tuple(case["accumulators"][name] if same_year else 0 for name in USAGE),
        tuple(purses[owner] for owner in OWNERS),
        tuple(-1 if given[name] is None else given[name] for name in ("pooled_fen", "major_fen")),
    )
    if result.reason == NO_RULE_FOR_BILL:
        raise CaseError(f"the rule has no value for {person['status']} at level {case['institution']['level']}")
    if result.reason:
        raise CaseError("the funds would pay more than the bill has in scope: mend given, or the order of major")
    return Settled(named(bill, result), used_by(result))


def named(bill: dict[str, int], result: SplitResult) -> dict[str, int]:
    """A split by the names of a case's `expected`."""
    return {
        **bill,
        "deductible_fen": result.deductible_fen,
        "pooled_fen": result.pooled_fen,
        "major_fen": result.major_fen,
        "civil_servant_fen": result.civil_servant_fen,
        "assistance_fen": result.assistance_fen,
        "other_fund_fen": result.other_fund_fen,
        "hospital_fen": result.hospital_fen,
        "account_fen": result.account_current_fen + result.account_prior_fen,
        "family_account_fen": result.family_account_fen,
        "commercial_fen": result.commercial_fen,
        "cash_fen": result.cash_fen,
    }


def used_by(result: SplitResult) -> dict[str, int]:
    """What a split adds to the accumulators, by the names of a case's `accumulators`."""
    return {
        "deductible_used_fen": result.deductible_fen,
        "in_scope_fen": result.used_in_scope_fen,
        "pooled_paid_fen": result.pooled_fen,
        "major_in_scope_fen": result.major_counted_fen,
        "major_paid_fen": result.major_fen,
    }


def natures_of(case: Case) -> tuple[dict[str, int], int]:
    """A checked case's bill by nature, and how much of it the deductible may fill; fen."""
    if case["amounts"] is not None:
        return dict(case["amounts"]), case["amounts"]["in_scope_fen"]
    try:
        bill = natures(
            [
                (
                    line["amount_fen"],
                    CLASSES[line["class"]],
                    line["self_pay_ppm"],
                    -1 if line["price_limit_fen"] is None else line["price_limit_fen"],
                    line["deductible_exempt"],
                )
                for line in case["lines"]
            ]
        )
    except ValueError as error:
        raise CaseError(f"lines: {error}") from error
    return {name: getattr(bill, name) for name in AMOUNTS}, bill.deductible_base_fen


def rule_of(case: Case, rule_book: RuleBook) -> tuple[CompiledRule, bool]:
    """A checked case's rule, and whether its accumulators are of the bill's benefit year."""
    code, override = case["insured_region"], case["rule_override"]
    scheme, service = number_of(SCHEMES, case["scheme"]), number_of(SERVICES, case["service"])
    referral, day = number_of(REFERRALS, case["referral"]), day_of(case["service_date"])
    try:
        if override:
            assembled = assembled_for(case, rule_book)
            month, first = map(int, assembled["benefit_year_start"].split("-"))
            year_day = year_start_day(month, first, day)
            found = compile_for_bill(assembled, code, case["treatment_region"], scheme, service, referral)
        else:
            found = rule_book.find(code, case["treatment_region"], scheme, service, referral, day)
            year_day = rule_book.benefit_year_day(code, day)
    except (LookupFailed, rules.NoRule) as error:
        raise CaseError(f"{error}: add a policy, or write a rule_override") from error
    except rules.PolicyError as error:
        raise CaseError(f"rule_override: {error}") from error
    as_of = case["accumulators"]["as_of"]
    return found, as_of is None or day_of(as_of) >= year_day


def assembled_for(case: Case, rule_book: RuleBook) -> dict[str, Any]:
    """The rule of a checked case with its override on it, checked as if it stood in a policy document.

    A region that the book does not have starts from the defaults of the first region by code.
    """
    home, away, referral, service = (case[k] for k in ("insured_region", "treatment_region", "referral", "service"))
    document = rule_book.document(home)
    if document is None:
        known = rule_book.regions()
        first = rule_book.document(known[0]) if known else None
        document = {"region_code": home, "defaults": first["defaults"] if first else {}}
    override = case["rule_override"]
    assembled = rules.assemble(document, case["scheme"], service, case["service_date"], override=override)
    assembled.setdefault("benefit_year_start", "01-01")
    check_override(override, assembled, case)
    # What is computed with is the rule where the person is treated.
    entry = rules.cross_region_entry(assembled, home, away, referral, service)
    moved, _, _ = rules.apply_cross_region(assembled, entry, referral)
    for needed in ("deductible", "ratio"):
        if needed not in moved:
            rule = f"{case['scheme']} {service} in region {home}"
            raise CaseError(f"no {needed} is known for {rule}: write rule_override.{needed}, or add a policy")
    checker = Checker("")
    check_own_table(checker, moved, "rule_override")
    refuse_problems(checker)
    return assembled


def check_override(override: Case, assembled: dict[str, Any], case: Case) -> None:
    """Checks what an override says besides the terms of the rule; what it takes from the policy has been checked."""
    checker = Checker("")
    check_names(checker, override, "rule_override", OVERRIDE_KEYS)
    if "counts_to" in override:
        check_counts_to(checker, override, "rule_override")
    if "as_level" in assembled:
        checker.is_one_of(assembled["as_level"], "rule_override.as_level", LEVELS)
    if not is_month_and_day(assembled["benefit_year_start"]):
        checker.add("rule_override.benefit_year_start", "is no day of every year: write MM-DD")
    stages = override.get("major") or []
    if checker.is_list(stages, "rule_override.major"):
        for index, stage in enumerate(stages):
            dated = {"effective_from": case["service_date"]} | stage if isinstance(stage, dict) else stage
            check_stage(checker, dated, f"rule_override.major[{index}]")
    changes = override.get("cross_region") or []
    terms = {key: assembled[key] for key in TERMS if key in assembled}
    check_cross_region(checker, changes, "rule_override.cross_region", [{case["service"]: [terms]}])
    refuse_problems(checker)
