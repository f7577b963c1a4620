"""The rule of a case: from the book, or assembled with the case's override and checked as a policy document is."""

from typing import Any

from core import rules
from core.benefit.rule import CompiledRule
from core.cases.fields import Case, CaseError, check_names, day_of, number_of, refuse_problems
from core.cases.reading import OVERRIDE_KEYS
from core.policy import REFERRALS, SCHEMES, SERVICES, LookupFailed, RuleBook, compile_for_bill, year_start_day
from core.rules.checker import Checker
from core.rules.documents import check_counts_to, is_month_and_day
from core.rules.stages import check_cross_region, check_own_table, check_stage
from core.rules.words import LEVELS, TERMS


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
    document = rule_book.document(home, day_of(case["service_date"]))
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
