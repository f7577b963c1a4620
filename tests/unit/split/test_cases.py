"""The worked cases: receipts and constructed bills whose numbers are known, by both cores."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.cases import compute_case, read_case
from core.policy import RuleBook
from core.reference import load_regions, split_case
from tests.cases_kit import worked_cases

ROOT = Path(__file__).parents[3]
# Lies beside a checkout where the maintainers keep the rules of all regions.
ALL = ROOT.parent / "shared" / "policies"

FUNDS = ("pooled_fen", "major_fen", "civil_servant_fen", "assistance_fen", "other_fund_fen", "hospital_fen")
PAYERS = (*FUNDS, "account_fen", "family_account_fen", "commercial_fen", "cash_fen")
NATURES = ("full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")


def cases_with_regions() -> list[Any]:
    """Every case with where its rules are: those that ship, and all where these are at hand."""
    places = [(worked_cases(), ROOT / "policies")]
    if ALL.is_dir():
        places.append((cases_at_hand(), ALL / "regions.json"))
    return [pytest.param(case, rules, id=f"{rules.name}-{case['id']}") for cases, rules in places for case in cases]


def cases_at_hand() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((ALL / "cases.json").read_text(encoding="utf-8"))["cases"]
    return cases


CASES = cases_with_regions()
LOADED: dict[Path, tuple[dict[str, dict[str, Any]], RuleBook]] = {}


def loaded(rules: Path) -> tuple[dict[str, dict[str, Any]], RuleBook]:
    """The regions of a place and a book of them, read once."""
    if rules not in LOADED:
        regions, book = load_regions(rules), RuleBook()
        for document in regions.values():
            book.put(document, rules.name)
        LOADED[rules] = (regions, book)
    return LOADED[rules]


def check(split: dict[str, int], expected: dict[str, int]) -> None:
    assert {name: split[name] for name in expected} == expected
    assert sum(split[name] for name in PAYERS) == sum(split[name] for name in NATURES) == split["total_fen"]
    assert min(split.values()) >= 0


@pytest.mark.parametrize(("case", "rules"), CASES)
def test_twin(case: dict[str, Any], rules: Path) -> None:
    check(split_case(case, loaded(rules)[0]), case["expected"])


@pytest.mark.parametrize(("case", "rules"), CASES)
def test_compiled(case: dict[str, Any], rules: Path) -> None:
    check(compute_case(case, loaded(rules)[1]), case["expected"])


@pytest.mark.parametrize(("case", "rules"), CASES)
def test_both_agree_on_what_no_case_states(case: dict[str, Any], rules: Path) -> None:
    regions, book = loaded(rules)
    assert compute_case(case, book) == split_case(read_case(case), regions)


def test_every_case_at_hand_is_in_the_project() -> None:
    if not ALL.is_dir():
        pytest.skip("the maintainers' cases are not beside this checkout")
    kept, found = ({case["id"]: case for case in cases} for cases in (worked_cases(), cases_at_hand()))
    assert found.items() <= kept.items()
