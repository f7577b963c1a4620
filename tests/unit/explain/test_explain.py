"""Explanations: they add up for every worked case and for random ones, and both languages have words for every step."""

import random
import re
import string
from collections import Counter
from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest

from core.cases import CaseError, read_case, settle_case
from core.explain import LEFT, PAYERS, Explanation, ExplanationWrong, explain, sentence, steps, summary
from core.explain.origins import Origin
from core.explain.words import _CLAUSES_OF, CLAUSES, EDGES, NAMES, PAYER_NAMES, WORDS, yuan
from core.policy import RuleBook
from core.reference import CaseRefused, load_regions
from gateway.plan_files import load_plans
from tests.cases_kit import worked_cases
from tests.prove.run import shipped
from tests.prove.worlds import World
from tests.unit.split.made_up import bill, region

REGIONS = load_regions("policies")
CASES = worked_cases()


def in_yuan(text: str) -> list[Fraction]:
    return [Fraction(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\.\d\d", text)]


def check(found: Explanation, compiled: tuple[dict[str, int], dict[str, int]]) -> None:
    """An explanation adds up, step by step, and to what the compiled core says."""
    split, used = compiled
    assert found.split == split
    left, paid = found.before, dict.fromkeys(PAYERS, 0)
    assert sum(left.values()) == split["total_fen"]
    for step in found.steps:
        assert set(step.left) == set(LEFT)
        assert sum(left.values()) - sum(step.left.values()) == step.paid_fen >= 0
        assert bool(step.payer) or step.paid_fen == 0
        if step.payer:
            paid[step.payer] += step.paid_fen
        left = step.left
        for language in ("zh", "en"):
            words = sentence(step, language)
            assert "{" not in words and "\n" not in words
            if step.paid_fen:
                assert Fraction(step.paid_fen, 100) in in_yuan(words), "who pays says how much"
    assert not any(left.values())
    assert {f"{payer}_fen": fen for payer, fen in paid.items()} == {
        f"{payer}_fen": split[f"{payer}_fen"] for payer in PAYERS
    }
    after = found.steps[-1].used
    assert {name: after[name] - found.used_before[name] for name in after} == used
    for language in ("zh", "en"):
        total, *parts = in_yuan(summary(split, language))
        assert total == Fraction(split["total_fen"], 100) and sum(parts) == total


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_worked_case_adds_up(case: dict[str, Any]) -> None:
    book = RuleBook()
    for document in REGIONS.values():
        book.put(document)
    checked = read_case(case)
    found = explain(checked, REGIONS)
    check(found, tuple(settle_case(checked, book)))  # type: ignore[arg-type]
    for name, fen in case["expected"].items():
        assert found.split[name] == fen


@pytest.mark.parametrize("seed", range(8))
def test_random_bills_add_up_and_every_kind_of_step_is_met(seed: int) -> None:
    met: Counter[str] = Counter()
    for number in range(60):
        world, book = World(random.Random(f"explain {seed} {number}"), shipped()), RuleBook()
        book.put(world.document)
        for _ in range(6):
            case = read_case(world.case())
            try:
                found = explain(case, {world.document["region_code"]: world.document})
            except CaseRefused:
                with suppress(CaseError):
                    settle_case(case, book)
                    pytest.fail("the compiled core splits it")
                continue
            check(found, tuple(settle_case(case, book)))  # type: ignore[arg-type]
            met.update(step.kind for step in found.steps)
    assert len(met) > 0.8 * len(WORDS), set(WORDS) - set(met)
    assert set(met) <= set(WORDS)


def test_both_languages_say_everything() -> None:
    for table in (WORDS, CLAUSES, NAMES, EDGES, PAYER_NAMES):
        for key, words in table.items():
            assert words.zh and words.en, key
            fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in words]
            assert fields[0] == fields[1], f"{key}: one language tells more than the other"
            assert re.search(r"[\u4e00-\u9fff]", words.zh + "至") and not re.search(r"[\u4e00-\u9fff]", words.en)
    assert set(_CLAUSES_OF) == set(CLAUSES) and all(kind in WORDS for kinds in _CLAUSES_OF.values() for kind in kinds)


def test_amounts_in_words() -> None:
    assert [yuan(fen) for fen in (0, 5, 123_456_789, -1)] == ["0.00", "0.05", "1,234,567.89", "-0.01"]
    assert yuan(Fraction(123_456, 10)) == "123.456"
    assert yuan(Fraction(100, 3)) == "≈ 0.33333333"


def test_a_rule_is_named_with_its_place_and_its_document() -> None:
    rule = {"document": "Test 1", "provenance": "source", "ratio": {"bands": [{"from": 0, "to": None, "ppm": 500_000}]}}
    stage = {"effective_from": "2021-01-01", "kind": "over_burden", "services": ["inpatient"], "bands": [
        {"from": 0, "to": None, "ppm": 500_000}]}  # fmt: skip
    document = region(rule, major=[stage])
    found = explain(read_case(bill(1000)), {document["region_code"]: document})
    at = {step.kind: step.origin for step in found.steps}
    place = "schemes.employee.inpatient[0]"
    assert at["band_bill"] == Origin(f"{place}.ratio.bands[0]", "Test 1", "source", "2020-01-01")
    assert at["pooled"].path == f"{place}.ratio"
    assert at["stage_over_burden"] == Origin("schemes.employee.major[0]", "", "", "2021-01-01")
    assert at["natures"] == Origin("")
    override = {"ratio": {"bands": [{"from": 0, "to": None, "ppm": 400_000}]}}
    found = explain(read_case(bill(1000, rule_override=override)), {document["region_code"]: document})
    assert {step.kind: step.origin.path for step in found.steps}["pooled"] == "rule_override.ratio"


def test_a_plan_that_ships_is_explained() -> None:
    plans = {document["plan_id"]: [document] for document, _ in load_plans()}
    case = bill(5_000_000, insured_region="420100", treatment_region="420100", service_date="2026-04-01")
    found = explain(read_case(case | {"plans": [{"plan": "wuhan-supplement"}]}), REGIONS, plans)
    kinds = [step.kind for step in found.steps]
    assert kinds.count("plan_commercial") == 2 and kinds.index("plan_commercial") < kinds.index("cash")


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        (lambda notes: notes.left.update(copay=notes.left["copay"] + 1), "step cash does not take off what it pays"),
        (lambda notes: notes.count("pooled_paid_fen", 1), "do not add up to the split: pooled_paid_fen"),
    ],
)
def test_a_wrong_explanation_is_never_given(slip: Any, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case, document = read_case(bill(1000)), region({})
    explained = steps.explain_funds

    def with_a_slip(notes: Any, *args: Any) -> None:
        explained(notes, *args)
        slip(notes)

    monkeypatch.setattr(steps, "explain_funds", with_a_slip)
    with pytest.raises(ExplanationWrong, match=told):
        explain(case, {document["region_code"]: document})


def test_what_has_no_split_has_no_explanation() -> None:
    with pytest.raises(CaseRefused):
        explain(read_case(bill(1000, scheme="resident", person={"status": "resident"})), {"990100": region({})})
