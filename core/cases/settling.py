"""Splits cases that have been read: one by one, or many in one call of the core."""

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from core.batch import SPLIT_COLUMNS, split_batch
from core.benefit.natures import natures
from core.benefit.rule import ASSISTANCE_NAMES, LEVEL_NAMES, STATUS_NAMES, CompiledRule
from core.cases.fields import Case, CaseError, number_of
from core.cases.plans import added_by, plans_of
from core.cases.reading import AMOUNTS, CLASSES, USAGE, read_case
from core.cases.ruling import rule_of
from core.policy import RuleBook
from core.rules.words import OWNERS
from core.split import SplitResult, split

NO_RULE_FOR_BILL = 71

_DEDUCTIBLE = SPLIT_COLUMNS.index("deductible_fen")


class Settled(NamedTuple):
    """A split, and what it adds to the accumulators."""

    split: dict[str, int]  # natures, deductible and payers in fen, by the sixteen names of a case's `expected`
    used: dict[str, int]  # by the names of a case's `accumulators`, and for its plans by paths of the case


def compute_case(case: Any, rule_book: RuleBook) -> dict[str, int]:
    """The split of a case by the compiled core.

    Args:
        case: the parsed JSON of one case.
        rule_book: the policies that hold.
    Returns:
        Natures, payers and deductible in fen, by the sixteen names that a case's `expected` may have.
    Raises:
        CaseError: a field is missing or wrong, no rule holds, or its numbers are none that a bill can have.
    """
    return settle_case(read_case(case), rule_book).split


def settle_case(case: Case, rule_book: RuleBook) -> Settled:
    """The split of a case that `read_case` gave, and what it adds to the accumulators; errors as in `compute_case`."""
    compiled, same_year = rule_of(case, rule_book)
    bill, base_fen = natures_of(case)
    hospital_fen = case["given"]["hospital_fen"] or 0
    if hospital_fen > bill["total_fen"] - bill["in_scope_fen"]:
        raise CaseError("given.hospital_fen is more than the bill has out of scope")
    plans = plans_of(case, rule_book)
    result = split(
        compiled,
        (*(bill[name] for name in AMOUNTS), base_fen, hospital_fen),
        insured_of(case),
        usage_of(case, same_year),
        purses_of(case),
        given_of(case),
        [plan.cover for plan in plans],
    )
    if result.reason == NO_RULE_FOR_BILL:
        status, level = case["person"]["status"], case["institution"]["level"]
        raise CaseError(f"the rule has no value for {status} at level {level}")
    if result.reason:
        raise CaseError("the funds would pay more than the bill has in scope: mend given, or the order of major")
    return Settled(named(bill, result), used_by(result) | dict(added_by(plans)))


class Batch(NamedTuple):
    """Cases as `core.batch.split_batch` takes them."""

    rules: list[CompiledRule]
    bills: "array[int]"  # a class of the library that takes no parameter before Python 3.12
    lines: "array[int]"


def batch_of(cases: Sequence[Case], rule_book: RuleBook) -> Batch:
    """The rows of cases that `read_case` gave, each with lines, not amounts alone, and without plans; errors as in
    `rule_of`."""
    batch, places = Batch([], array("q"), array("q")), dict[int, int]()
    for case in cases:
        compiled, same_year = rule_of(case, rule_book)
        place = places.setdefault(id(compiled), len(batch.rules))
        if place == len(batch.rules):
            batch.rules.append(compiled)
        row = (place, len(case["lines"]), case["given"]["hospital_fen"] or 0, *insured_of(case))
        batch.bills.extend((*row, *usage_of(case, same_year), *purses_of(case), *given_of(case)))
        for line in case["lines"]:
            batch.lines.extend(line_of(line))
    return batch


def settle_cases(cases: Sequence[Case], rule_book: RuleBook) -> list[Settled | None]:
    """What `settle_case` gives for each of many cases, in one call of the core; None for one without a split."""
    batch = batch_of(cases, rule_book)
    width, rows = len(SPLIT_COLUMNS), array("q", bytes(8 * len(SPLIT_COLUMNS) * len(cases)))
    split_batch(batch.rules, batch.bills, batch.lines, rows)
    settled: list[Settled | None] = []
    for at in range(0, len(rows), width):
        row = rows[at : at + width]
        result = SplitResult(row[0], *row[_DEDUCTIBLE:])
        bill = dict(zip(AMOUNTS, row[1:_DEDUCTIBLE], strict=False))
        settled.append(None if result.reason else Settled(named(bill, result), used_by(result)))
    return settled


# --- Cases as the core's numbers ---


def insured_of(case: Case) -> tuple[int, ...]:
    """Status, age, civil servant, assistance, family doctor, level of the institution, number of the stay."""
    person = case["person"]
    return (
        STATUS_NAMES.index(person["status"]) + 1,
        person["age"],
        person["civil_servant"],
        number_of(ASSISTANCE_NAMES, person["assistance"]),
        person["family_doctor"],
        LEVEL_NAMES.index(case["institution"]["level"]) + 1,
        case["stay_number"] if case["service"] == "inpatient" else 1,
    )


def usage_of(case: Case, same_year: bool) -> tuple[int, ...]:
    """The accumulators before the bill; those of an earlier benefit year count as nothing."""
    return tuple(case["accumulators"][name] if same_year else 0 for name in USAGE)


def purses_of(case: Case) -> tuple[int, ...]:
    """Account money by owner."""
    return tuple(
        sum(account["balance_fen"] for account in case["accounts"] if account["owner"] == owner) for owner in OWNERS
    )


def given_of(case: Case) -> tuple[int, ...]:
    """Payers that are facts of the record; -1: computed."""
    return tuple(-1 if case["given"][name] is None else case["given"][name] for name in ("pooled_fen", "major_fen"))


def line_of(line: Case) -> tuple[int, int, int, int, bool]:
    """A line as the core takes it."""
    limit_fen = -1 if line["price_limit_fen"] is None else line["price_limit_fen"]
    return line["amount_fen"], CLASSES[line["class"]], line["self_pay_ppm"], limit_fen, line["deductible_exempt"]


def natures_of(case: Case) -> tuple[dict[str, int], int]:
    """A checked case's bill by nature, and how much of it the deductible may fill; fen."""
    if case["amounts"] is not None:
        return dict(case["amounts"]), case["amounts"]["in_scope_fen"]
    try:
        bill = natures([line_of(line) for line in case["lines"]])
    except ValueError as error:
        raise CaseError(f"lines: {error}") from error
    return {name: getattr(bill, name) for name in AMOUNTS}, bill.deductible_base_fen


# --- The core's numbers as those of cases ---


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
