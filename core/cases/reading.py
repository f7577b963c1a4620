"""Reads a case: every field checked, and those left out filled in."""

from typing import Any

from core.benefit.rule import ASSISTANCE_NAMES, LEVEL_NAMES, STATUS_NAMES
from core.cases.fields import (
    Case,
    CaseError,
    check_names,
    check_region,
    part,
    refuse_problems,
    truth,
    whole,
    word,
)
from core.cases.plans import read_plans
from core.policy import REFERRALS, SCHEMES, SERVICES
from core.rules.checker import AGE, MONEY, SHARE, Checker, Range
from core.rules.words import MONEY_MAX_FEN, OWNERS, PPM, STAY_MAX, TERMS

CLASSES = {"A": 1, "B": 2, "C": 3}
USAGE = ("deductible_used_fen", "in_scope_fen", "pooled_paid_fen", "major_in_scope_fen", "major_paid_fen")
AMOUNTS = ("total_fen", "full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")
GIVEN = ("pooled_fen", "major_fen", "hospital_fen")
PERSON_KEYS = ("status", "age", "civil_servant", "assistance", "family_doctor")
LINE_KEYS = ("amount_fen", "class", "self_pay_ppm", "price_limit_fen", "deductible_exempt")
OVERRIDE_KEYS = (*TERMS, "counts_to", "major", "cross_region", "benefit_year_start", "version_date", "as_level")
CASE_KEYS = (
    *("insured_region", "treatment_region", "scheme", "service_date", "referral", "person", "institution", "service"),
    *("stay_number", "lines", "amounts", "accumulators", "accounts", "plans", "given", "rule_override", "expected"),
)
STAY_NUMBER = Range("stays", 1, STAY_MAX)


def read_case(case: Any) -> Case:
    """A case with every field checked, and those left out filled in: nobody else's money, no history, at home.

    Raises:
        CaseError: the first field that is wrong, and how many more are.
    """
    checker = Checker("")
    if not isinstance(case, dict):
        raise CaseError("a case is a JSON object")
    check_names(checker, case, "", CASE_KEYS)
    read: Case = {"insured_region": case.get("insured_region")}
    check_region(checker, read["insured_region"], "insured_region")
    read["treatment_region"] = case.get("treatment_region", read["insured_region"])
    check_region(checker, read["treatment_region"], "treatment_region")
    at_home = read["treatment_region"] == read["insured_region"]
    read["scheme"] = word(checker, case, "scheme", SCHEMES.values())
    read["service"] = word(checker, case, "service", SERVICES.values())
    read["referral"] = word(checker, case, "referral", REFERRALS.values(), "local" if at_home else None)
    read["service_date"] = case.get("service_date")
    checker.is_date(read["service_date"], "service_date")
    read["stay_number"] = whole(checker, case, "stay_number", STAY_NUMBER, 1)
    institution = part(checker, case, "institution", ("level",))
    read["institution"] = {"level": word(checker, institution, "institution.level", LEVEL_NAMES)}
    read["person"] = read_person(checker, part(checker, case, "person", PERSON_KEYS))
    read |= read_bill(checker, case)
    history = part(checker, case, "accumulators", (*USAGE, "as_of"))
    read["accumulators"] = {name: whole(checker, history, f"accumulators.{name}", MONEY, 0) for name in USAGE}
    read["accumulators"]["as_of"] = history.get("as_of")
    if history.get("as_of") is not None:
        checker.is_date(history["as_of"], "accumulators.as_of")
    read["accounts"] = read_accounts(checker, case.get("accounts") or [])
    read["plans"] = read_plans(checker, case.get("plans") or [])
    given = part(checker, case, "given", GIVEN)
    read["given"] = {name: whole(checker, given, f"given.{name}", MONEY, None) for name in GIVEN}
    read["rule_override"] = part(checker, case, "rule_override", OVERRIDE_KEYS)
    if "version_date" in read["rule_override"]:
        checker.is_date(read["rule_override"]["version_date"], "rule_override.version_date")
    refuse_problems(checker)
    return read


def read_person(checker: Checker, person: Case) -> Case:
    """The fields of the person, checked."""
    return {
        "status": word(checker, person, "person.status", STATUS_NAMES),
        "age": whole(checker, person, "person.age", AGE),
        "civil_servant": truth(checker, person, "person.civil_servant"),
        "assistance": word(checker, person, "person.assistance", ASSISTANCE_NAMES.values(), "none"),
        "family_doctor": truth(checker, person, "person.family_doctor"),
    }


def read_bill(checker: Checker, case: Case) -> Case:
    """The lines of the bill, or its sums where only these are known; the other of the two is None."""
    lines, amounts = case.get("lines"), case.get("amounts")
    if (lines is None) == (amounts is None):
        checker.add("lines", "and amounts: write one of the two")
    elif lines is None:
        sums = part(checker, case, "amounts", AMOUNTS)
        amounts = {name: whole(checker, sums, f"amounts.{name}", MONEY) for name in AMOUNTS}
        if not checker.problems and amounts["total_fen"] != sum(amounts[name] for name in AMOUNTS[1:]):
            checker.add("amounts.total_fen", f"is {amounts['total_fen']}: the other sums do not add up to it")
    elif checker.is_list(lines, "lines"):
        lines = [read_line(checker, line, f"lines[{index}]") for index, line in enumerate(lines)]
        if not checker.problems and sum(line["amount_fen"] for line in lines) > MONEY_MAX_FEN:
            checker.add("lines", f"add up to more than {MONEY_MAX_FEN} fen")
    return {"lines": lines, "amounts": amounts}


def read_line(checker: Checker, line: Any, path: str) -> Case:
    """One line of the bill, checked; only class B has to say its self-pay ratio."""
    if not isinstance(line, dict):
        checker.add(path, "is no object: write one a line")
        return {}
    check_names(checker, line, path, LINE_KEYS)
    item_class = word(checker, line, f"{path}.class", CLASSES)
    usual_ppm = {"A": 0, "C": PPM}.get(item_class) if isinstance(item_class, str) else 0
    limit_fen = line.get("price_limit_fen")
    return {
        "amount_fen": whole(checker, line, f"{path}.amount_fen", MONEY),
        "class": item_class,
        "self_pay_ppm": whole(
            checker, line, f"{path}.self_pay_ppm", SHARE, *([] if usual_ppm is None else [usual_ppm])
        ),
        "price_limit_fen": None if limit_fen is None else whole(checker, line, f"{path}.price_limit_fen", MONEY),
        "deductible_exempt": truth(checker, line, f"{path}.deductible_exempt"),
    }


def read_accounts(checker: Checker, accounts: Any) -> list[Case]:
    """Whose accounts may pay, and what is in them."""
    read = []
    for index, account in enumerate(accounts if checker.is_list(accounts, "accounts") else []):
        path = f"accounts[{index}]"
        if not isinstance(account, dict):
            checker.add(path, "is no object: write owner and balance_fen")
            continue
        check_names(checker, account, path, ("owner", "balance_fen"))
        owner = word(checker, account, f"{path}.owner", OWNERS)
        read.append({"owner": owner, "balance_fen": whole(checker, account, f"{path}.balance_fen", MONEY)})
    if not checker.problems and sum(account["balance_fen"] for account in read) > MONEY_MAX_FEN:
        checker.add("accounts", f"hold more than {MONEY_MAX_FEN} fen")
    return read
