"""Many bills in one call: each is split as it is alone, and what does not fit is refused before any work."""

import json
import random
from array import array
from pathlib import Path
from typing import Any

import pytest

from core.batch import BILL_COLUMNS, LINE_COLUMNS, SPLIT_COLUMNS, split_batch
from core.cases import CaseError, batch_of, compute_case, read_case, rule_of, settle_case, settle_cases
from core.policy import RuleBook
from core.reference import load_regions
from tests.prove.worlds import World

ROOT = Path(__file__).parents[3]
SHIPPED = load_regions(ROOT / "policies")
CASES = json.loads((ROOT / "tests/data/cases.json").read_text(encoding="utf-8"))["cases"]
MONEY_MAX_FEN = 100_000_000_000


@pytest.fixture(scope="module")
def book() -> RuleBook:
    book = RuleBook()
    for document in SHIPPED.values():
        book.put(document)
    return book


def room(count: int) -> "array[int]":
    """Room for the splits of some bills, filled with what nobody computed."""
    return array("q", [-7] * len(SPLIT_COLUMNS) * count)


def test_the_worked_cases_in_one_call(book: RuleBook) -> None:
    cases = [read_case(case) for case in CASES if case.get("lines") is not None]
    assert len(cases) > 50
    for case, settled in zip(cases, settle_cases(cases, book), strict=True):
        assert settled == settle_case(case, book)


def test_a_thousand_random_bills_in_one_call() -> None:
    refused = 0
    for number in range(20):
        world, book = World(random.Random(f"batch {number}"), list(SHIPPED.values())), RuleBook()
        book.put(world.document)
        made = [case for case in (world.case() for _ in range(80)) if "lines" in case]
        cases = [read_case(case | {"plans": []}) for case in made]  # a row has no room for plans
        cases = [case for case in cases if has_rule(case, book)]
        for case, settled in zip(cases, settle_cases(cases, book), strict=True):
            try:
                expected = settle_case(case, book)
            except CaseError:
                refused += 1
                assert settled is None
            else:
                assert settled == expected
    assert refused, "no bill without a split was among them"


def has_rule(case: dict[str, Any], book: RuleBook) -> bool:
    """Whether a bill has a rule; one without refuses a whole batch, as it is no row of numbers."""
    try:
        rule_of(case, book)
    except CaseError:
        return False
    return True


def test_a_bill_without_a_split_is_a_row_of_zeros_and_its_reason(book: RuleBook) -> None:
    good = read_case(CASES[0])
    bad = [
        good | {"person": good["person"] | {"status": "elder"}},
        good | {"given": {"hospital_fen": MONEY_MAX_FEN, "pooled_fen": None, "major_fen": None}},
        good | {"lines": [good["lines"][0]]},
    ]
    batch = batch_of([good, *bad, good], book)
    # The fourth bill's only line is worth more than any bill may be.
    batch.lines[-len(good["lines"]) * len(LINE_COLUMNS) - len(LINE_COLUMNS)] = MONEY_MAX_FEN + 1
    splits = room(5)
    assert split_batch(batch.rules, batch.bills, batch.lines, splits) == 3
    rows = [splits[at : at + len(SPLIT_COLUMNS)].tolist() for at in range(0, len(splits), len(SPLIT_COLUMNS))]
    assert [row[0] for row in rows] == [0, 71, 31, 31, 0]
    assert all(not any(row[1:]) for row in rows[1:4])
    assert rows[0] == rows[4] and rows[0][1] == compute_case(CASES[0], book)["total_fen"]


@pytest.mark.parametrize("column", ["status", "age", "assistance", "level", "stay_number"])
@pytest.mark.parametrize("wrong", [-1, (1 << 32) + 1])
def test_a_number_of_the_person_is_not_cut_down(column: str, wrong: int, book: RuleBook) -> None:
    batch, splits = batch_of([read_case(CASES[0])], book), room(1)
    batch.bills[BILL_COLUMNS.index(column)] = wrong
    assert split_batch(batch.rules, batch.bills, batch.lines, splits) == 1
    assert splits[0] == 31 and not any(splits[1:])


def test_no_bills_are_no_work(book: RuleBook) -> None:
    assert split_batch([], array("q"), array("q"), array("q")) == 0
    assert settle_cases([], book) == []


def test_a_bill_may_have_no_line(book: RuleBook) -> None:
    case = read_case(CASES[0] | {"lines": []})
    (settled,) = settle_cases([case], book)
    assert settled is not None and settled.split["total_fen"] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda batch: batch.bills.append(0), "a bill is 20 numbers and a line is 5"),
        (lambda batch: batch.lines.pop(), "a bill is 20 numbers and a line is 5"),
        (lambda batch: batch.bills.__setitem__(0, 1), "bill 0 names rule 1 of 1"),
        (lambda batch: batch.bills.__setitem__(0, -1), "bill 0 names rule -1 of 1"),
        (lambda batch: batch.bills.__setitem__(1, 3), "bill 0 has 3 lines, but 2 are left"),
        (lambda batch: batch.bills.__setitem__(1, -1), "bill 0 has -1 lines"),
        (lambda batch: batch.bills.__setitem__(1, 1), "1 lines belong to no bill"),
        (lambda batch: batch.rules.extend(batch.rules * 5_000), "at most 4096 rules, not 5001"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_work(change: Any, message: str, book: RuleBook) -> None:
    batch, splits = batch_of([read_case(CASES[0])], book), room(1)
    assert len(batch.lines) == 2 * len(LINE_COLUMNS) and len(batch.bills) == len(BILL_COLUMNS)
    change(batch)
    with pytest.raises(ValueError, match=message):
        split_batch(batch.rules, batch.bills, batch.lines, splits)
    assert set(splits) == {-7}


def test_too_little_room_is_refused(book: RuleBook) -> None:
    batch = batch_of([read_case(CASES[0])], book)
    with pytest.raises(ValueError, match="1 bills need room for 21 numbers"):
        split_batch(batch.rules, batch.bills, batch.lines, room(1)[:-1])
