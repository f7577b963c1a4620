"""Splits a worked case, a bill written down in full as JSON, with the compiled core.

Design
    `read_case` checks every field of a case and fills in what is left out, so that nothing behind it has to look
    twice; the reference takes the same checked case. A case without an override takes its rule from the book. One
    with an override has its rule assembled, checked as a policy document is, and compiled for this case alone.
    Remarks and unknown fields are let through, unless one is so near to a known name that it must be a slip.

Invariants
    A case is never changed. Whatever the JSON, the answer is a split or a CaseError of one line.
"""

import datetime
import difflib
from collections.abc import Collection
from typing import Any

from core import rules
from core.policy import (
    ASSISTANCE_NAMES,
    LEVEL_NAMES,
    REFERRALS,
    SCHEMES,
    SERVICES,
    STATUS_NAMES,
    CompiledRule,
    LookupFailed,
    RuleBook,
    compile_for_bill,
    year_start_day,
)
from core.rules.checks import AGE, LEVELS, MONEY, MONEY_MAX_FEN, OWNERS, PPM, SHARE, STAY_MAX, TERMS, Checker, Range
from core.split import SplitResult, natures, split

Case = dict[str, Any]

NO_RULE_FOR_BILL = 71
CLASSES = {"A": 1, "B": 2, "C": 3}
USAGE = ("deductible_used_fen", "in_scope_fen", "pooled_paid_fen", "major_in_scope_fen", "major_paid_fen")
AMOUNTS = ("total_fen", "full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")
GIVEN = ("pooled_fen", "major_fen", "hospital_fen")
PERSON_KEYS = ("status", "age", "civil_servant", "assistance", "family_doctor")
LINE_KEYS = ("amount_fen", "class", "self_pay_ppm", "price_limit_fen", "deductible_exempt")
OVERRIDE_KEYS = (*TERMS, "major", "cross_region", "benefit_year_start", "version_date", "as_level")
CASE_KEYS = (
    *("insured_region", "treatment_region", "scheme", "service_date", "referral", "person", "institution", "service"),
    *("stay_number", "lines", "amounts", "accumulators", "accounts", "given", "rule_override", "expected"),
)
STAY_NUMBER = Range("stays", 1, STAY_MAX)

_EPOCH = datetime.date(1970, 1, 1)


class CaseError(ValueError):
    """A case that has no split; one line that says what is wrong with it."""


def compute_case(case: Any, rule_book: RuleBook) -> dict[str, int]:
    """The split of a case by the compiled core.

    Args:
        case: the parsed JSON of one case.
        rule_book: the policies that hold.
    Returns:
        Natures, deductible and payers in fen, by the sixteen names that a case's `expected` may have.
    Raises:
        CaseError: a field is missing or wrong, no rule holds, or its numbers are none that a bill can have.
    """
    case = read_case(case)
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
    return named(bill, result)


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


# --- The rule of a case ---


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
    rules.check_own_table(checker, moved, "rule_override")
    refuse_problems(checker)
    return assembled


def check_override(override: Case, assembled: dict[str, Any], case: Case) -> None:
    """Checks what an override says besides the terms of the rule; what it takes from the policy has been checked."""
    checker = Checker("")
    check_names(checker, override, "rule_override", OVERRIDE_KEYS)
    if "as_level" in assembled:
        checker.is_one_of(assembled["as_level"], "rule_override.as_level", LEVELS)
    if not rules.is_month_and_day(assembled["benefit_year_start"]):
        checker.add("rule_override.benefit_year_start", "is no day of every year: write MM-DD")
    stages = override.get("major") or []
    if checker.is_list(stages, "rule_override.major"):
        for index, stage in enumerate(stages):
            dated = {"effective_from": case["service_date"]} | stage if isinstance(stage, dict) else stage
            rules.check_stage(checker, dated, f"rule_override.major[{index}]")
    changes = override.get("cross_region") or []
    terms = {key: assembled[key] for key in TERMS if key in assembled}
    rules.check_cross_region(checker, changes, "rule_override.cross_region", [{case["service"]: [terms]}])
    refuse_problems(checker)


# --- The fields of a case ---


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


# --- Single fields ---

_REQUIRED = object()


def part(checker: Checker, case: Case, name: str, keys: Collection[str]) -> Case:
    """An object of a case; an empty one where it is left out or null."""
    value = case.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        checker.add(name, "is no object: write one")
        return {}
    check_names(checker, value, name, keys)
    return value


def word(checker: Checker, fields: Case, path: str, words: Collection[str], default: str | None = None) -> Any:
    """A field that is one of some words."""
    name = path.rpartition(".")[2]
    if name not in fields:
        if default is None:
            checker.add(path, f"is missing: write one of {', '.join(words)}")
        return default
    checker.is_one_of(fields[name], path, words)
    return fields[name]


def whole(checker: Checker, fields: Case, path: str, limits: Range, default: Any = _REQUIRED) -> Any:
    """A field that is a whole number; left out or null it is the default, if it has one."""
    value = fields.get(path.rpartition(".")[2])
    if value is None and default is not _REQUIRED:
        return default
    if value is None:
        checker.add(path, f"is missing: write a whole number of {limits.unit}")
    else:
        checker.is_whole(value, path, limits)
    return value


def truth(checker: Checker, fields: Case, path: str) -> bool:
    """A field that is true or false, and false where it is left out."""
    value = fields.get(path.rpartition(".")[2], False)
    if not isinstance(value, bool):
        checker.add(path, "is neither true nor false: write one of them")
    return bool(value)


def check_region(checker: Checker, code: Any, path: str) -> None:
    """Checks a region's code."""
    if not (isinstance(code, str) and len(code) == 6 and code.isascii() and code.isdigit()):
        checker.add(path, 'is no region: write its 6 digits in quotes, for instance "110100"')


def check_names(checker: Checker, fields: Case, path: str, keys: Collection[str]) -> None:
    """Takes down field names that are nearly, but not quite, known ones."""
    for name in fields:
        meant = [] if name in keys else [key for key in keys if key not in fields and is_near(name, key)]
        if meant:
            checker.add(f"{path}.{name}" if path else name, f"is an unknown field: did you mean {meant[0]}?")


def is_near(name: str, key: str) -> bool:
    """Whether a name is so like a key, four letters of five in its order, that it must be a slip."""
    blocks = difflib.SequenceMatcher(None, name, key, autojunk=False).get_matching_blocks()
    return 5 * 2 * sum(block.size for block in blocks) >= 4 * (len(name) + len(key))


def refuse_problems(checker: Checker) -> None:
    """Raises the first problem that was found, and says how many more there are."""
    if checker.problems:
        problem, more = checker.problems[0], len(checker.problems) - 1
        raise CaseError(f"{problem.rule} {problem.message}{f' (and {more} more)' if more else ''}")


def number_of(names: dict[int, str], name: str) -> int:
    """The number of a name."""
    return next(number for number, other in names.items() if other == name)


def day_of(date: str) -> int:
    """Days since 1970-01-01 of a date YYYY-MM-DD."""
    return (datetime.date.fromisoformat(date) - _EPOCH).days
