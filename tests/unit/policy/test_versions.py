"""The time line of a region's versions, and the rule book that reads it."""

from typing import Any

import pytest

from core import rules
from core.cases.fields import day_of
from core.policy import LookupFailed, RuleBook, iso_date
from core.rules.versions import VersionConflict, clamped, nearest, placed, version_of, version_on
from core.words import Reason
from tests.unit.policy.documents import good

CODE = "990100"


def document(name: str, start: str | None = None, end: str | None = None, year: str = "01-01") -> dict[str, Any]:
    """A good document with a period of its own."""
    dates = {"effective_from": start, "effective_to": end}
    return good() | {"version": name, "benefit_year_start": year} | {key: day for key, day in dates.items() if day}


def line_of(*documents: dict[str, Any]) -> Any:
    """The line after putting them one after another."""
    line: Any = ()
    for one in documents:
        line = placed(line, version_of(one))
    return line


A, B, C = document("A"), document("B", "2024-01-01"), document("C", "2025-01-01")

FITTING = [
    # put one after another, (date, the version that prices it)
    ([A], [("1999-01-01", "A"), ("2030-01-01", "A")]),
    ([A, B, C], [("2023-12-31", "A"), ("2024-01-01", "B"), ("2024-12-31", "B"), ("2025-01-01", "C")]),
    ([C, A, B], [("2023-12-31", "A"), ("2024-01-01", "B"), ("2024-12-31", "B"), ("2025-01-01", "C")]),
    ([B], [("2023-12-31", None), ("2024-01-01", "B")]),
    ([document("D", "2024-01-01", "2025-01-01"), C], [("2024-12-31", "D"), ("2025-01-01", "C"), ("2023-12-31", None)]),
    ([document("D", None, "2024-01-01")], [("2023-12-31", "D"), ("2024-01-01", None)]),
    ([A, B, document("D", "2024-01-01")], [("2023-12-31", "A"), ("2024-06-01", "D")]),
    ([A, document("D")], [("2024-06-01", "D")]),
]


@pytest.mark.parametrize(("documents", "days"), FITTING)
def test_a_date_finds_its_version(documents: list[Any], days: list[tuple[str, str | None]]) -> None:
    line = line_of(*documents)
    assert [version.start for version in line] == sorted({version.start for version in line})
    for date, name in days:
        found = version_on(line, date)
        assert (found.document["version"] if found else None) == name, date


CONFLICTS = [
    # put one after another, the last does not fit: what is said, beside which, since when
    ([document("D", None, "2024-06-01"), B], "both would hold from 2024-01-01", "D", "2024-01-01"),
    ([document("D", None, "2023-06-01"), B], "no version would hold from 2023-06-01", "D", "2023-06-01"),
    ([C, document("D", "2024-01-01", "2025-02-01")], "give it effective_to 2025-01-01", "C", "2025-01-01"),
    ([C, document("D", "2024-01-01", "2024-12-01")], "give it effective_to 2025-01-01", "C", "2024-12-01"),
    ([document("D", None, "2024-06-01"), B], "put version D again without effective_to", "D", "2024-01-01"),
    ([A, document("D", "2024-03-01", year="07-01")], "the first day of a benefit year", "A", "2024-03-01"),
    ([document("D", "2024-08-01", year="07-01"), A, document("E", year="07-15")], "benefit year", "D", "2024-08-01"),
]  # fmt: skip


@pytest.mark.parametrize(("documents", "said", "beside", "date"), CONFLICTS)
def test_versions_that_do_not_fit(documents: list[Any], said: str, beside: str, date: str) -> None:
    line = line_of(*documents[:-1])
    with pytest.raises(VersionConflict, match=said) as caught:
        placed(line, version_of(documents[-1]))
    assert (caught.value.beside.document["version"], caught.value.date) == (beside, date)


def test_a_moved_benefit_year_may_begin_with_itself() -> None:
    line = line_of(A, document("D", "2024-07-01", year="07-01"))
    assert [version.document["benefit_year_start"] for version in line] == ["01-01", "07-01"]


@pytest.mark.parametrize(
    ("values", "rule", "said"),
    [
        ({"effective_from": "2024-13-01"}, "effective_from", ""),
        ({"effective_from": 20240101}, "effective_from", ""),
        ({"effective_to": "soon"}, "effective_to", ""),
        ({"effective_from": "2024-01-01", "effective_to": "2024-01-01"}, "effective_to", "write a later date or null"),
    ],
)
def test_a_documents_own_dates_are_checked(values: dict[str, Any], rule: str, said: str) -> None:
    problems = rules.check(good() | values, "x.json")
    assert [problem.rule for problem in problems] == [rule] and said in problems[0].message


@pytest.mark.parametrize("values", [{}, {"effective_from": None, "effective_to": None}, {"effective_to": "2031-01-01"}])
def test_dates_may_be_left_out(values: dict[str, Any]) -> None:
    assert rules.check(good() | values, "x.json") == []


def test_nearest_and_clamped() -> None:
    line = line_of(document("D", "2024-01-01", "2025-01-01"))
    assert nearest(line, "1990-01-01") is nearest(line, "2030-01-01") is line[0]
    for date, held in (("2023-05-05", "2024-01-01"), ("2024-05-05", "2024-05-05"), ("2030-01-01", "2024-12-31")):
        assert iso_date(clamped(line[0], day_of(date))) == held
    assert clamped(version_of(A), 3) == 3


# --- The book ---

BILL = (CODE, CODE, 1, 1, 1)  # an employee's out-patient bill at home


def book_of(*documents: dict[str, Any]) -> RuleBook:
    """A book with these versions, numbered from 1 in the order of putting."""
    book = RuleBook()
    for number, one in enumerate(documents, 1):
        book.put(one, policy_id=number)
    return book


def test_the_book_finds_a_rule_by_date_and_by_what_priced_before() -> None:
    book = book_of(A, B, document("B2", "2024-01-01"))
    for date, number in (("2023-12-31", 1), ("2024-01-01", 3)):
        assert book.find(*BILL, day_of(date)).policy_id == number
    replaced = book.find(*BILL, day_of("2024-01-01"), 2)
    assert (replaced.policy_id, replaced.policy_version) == (2, "B")
    # An id that is nobody's, or another region's, is none: the date picks.
    assert book.find(*BILL, day_of("2024-01-01"), 77).policy_id == 3
    assert [version.policy_id for version in book.line(CODE)] == [1, 3]
    assert book.document(CODE, day_of("2023-01-01")) is not book.document(CODE)


def test_what_the_book_has_no_rule_for() -> None:
    book = book_of(document("D", "2021-01-01", "2025-01-01"))
    for date, reason, said in (
        ("2020-12-31", Reason.NO_POLICY_ON_DATE, "holds from 2021-01-01 on, not on 2020-12-31"),
        ("2025-01-01", Reason.NO_POLICY_ON_DATE, "holds before 2025-01-01, not on 2025-01-01"),
    ):
        with pytest.raises(LookupFailed, match=said) as caught:
            book.find(*BILL, day_of(date))
        assert caught.value.reason == reason
    with pytest.raises(LookupFailed) as caught:
        book.find("990200", CODE, 1, 1, 1, day_of("2024-01-01"))
    assert caught.value.reason == Reason.REGION_UNKNOWN


def test_a_version_that_does_not_fit_leaves_the_book_as_it_was() -> None:
    book = book_of(document("D", None, "2024-06-01"))
    with pytest.raises(VersionConflict):
        book.put(B, policy_id=9)
    assert [version.policy_id for version in book.line(CODE)] == [1]
    assert book.find(*BILL, day_of("2024-02-01"), 9).policy_id == 1


def test_the_benefit_year_is_the_dates_versions() -> None:
    book = book_of(A, document("D", "2024-07-01", year="07-01"))
    for date, year in (("2024-06-30", "2024-01-01"), ("2024-07-01", "2024-07-01"), ("2025-06-30", "2024-07-01")):
        assert iso_date(book.benefit_year_day(CODE, day_of(date))) == year
    # An order that was priced before keeps the year of its version.
    assert iso_date(book.benefit_year_day(CODE, day_of("2024-07-01"), 1)) == "2024-01-01"
