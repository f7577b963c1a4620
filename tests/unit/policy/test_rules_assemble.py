"""Assembling a rule: dates, defaults, another service's rule, overrides, and what changes it away from home."""

import copy
from typing import Any

import pytest

from core import rules
from tests.unit.policy.documents import EMPLOYEE, GOOD, LEVEL_SHARES, changed, good

# RFC 7396, appendix A, with all fifteen examples: original, patch, result.
RFC_7396 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "merged"), RFC_7396)
def test_merge_patch(target: Any, patch: Any, merged: Any) -> None:
    before = copy.deepcopy((target, patch))
    assert rules.merge_patch(target, patch) == merged
    assert (target, patch) == before


def assemble(service: str, date: str, scheme: str = "employee", **more: Any) -> dict[str, Any]:
    return rules.assemble(GOOD, scheme, service, date, **more)


# The first day is in a version, the last no more.
@pytest.mark.parametrize(
    ("date", "version_from"),
    [
        ("2020-01-01", "2020-01-01"),
        ("2022-12-31", "2020-01-01"),
        ("2023-01-01", "2023-01-01"),
        ("2099-12-31", "2023-01-01"),
    ],
)
def test_version_in_force(date: str, version_from: str) -> None:
    assert assemble("outpatient", date)["effective_from"] == version_from


@pytest.mark.parametrize(
    ("scheme", "service", "date"),
    [
        ("employee", "outpatient", "2019-12-31"),
        ("employee", "chronic", "2024-01-01"),
        ("employee", "pharmacy", "2022-12-31"),
        ("resident", "outpatient", "2024-01-01"),
    ],
)
def test_no_rule(scheme: str, service: str, date: str) -> None:
    for override in (None, {}, {"version_date": date}):
        with pytest.raises(rules.NoRule, match=f"region 990100 has no rule for {scheme} {service} on {date}"):
            rules.assemble(GOOD, scheme, service, date, override=override)


def test_no_rule_in_a_document_without_schemes() -> None:
    with pytest.raises(LookupError):
        rules.assemble({"region_code": "990200"}, "employee", "outpatient", "2024-01-01")


def test_version_is_laid_over_the_defaults() -> None:
    old, new = assemble("outpatient", "2022-06-01"), assemble("outpatient", "2024-06-01")
    assert (old["order"], new["order"]) == ("account_first", "standard")
    assert (old["civil_servant"], new["civil_servant"]) == (None, {"ppm": 500_000})
    assert old["account"] == GOOD["defaults"]["account"]
    assert new["account"]["pays"] == ["copay"]
    assert new["account"]["owner_order"] == ["self_current_year", "self", "family"]
    assert new["caps"] == {"pooled_paid_fen": None}


def test_region_and_scheme_are_in_the_rule() -> None:
    rule = assemble("inpatient", "2024-06-01")
    assert rule["benefit_year_start"] == "07-01"
    assert rule["counts_to"] == dict.fromkeys(("deductible", "in_scope", "pooled_paid"), "inpatient")
    assert "as_level" not in rule
    assert [stage["kind"] for stage in rule["major"]] == ["over_cap", "over_burden"]
    assert [stage["kind"] for stage in assemble("inpatient", "2023-06-01")["major"]] == ["over_cap"]


def test_scheme_changes_come_before_the_region_s() -> None:
    assert assemble("inpatient", "2024-06-01")["cross_region"] == GOOD["cross_region"]
    of_residents = assemble("inpatient", "2024-06-01", "resident")["cross_region"]
    assert [entry["shape"] for entry in of_residents] == ["own_table", "points"]
    none = rules.assemble(changed(f"{EMPLOYEE}.cross_region", []), "employee", "inpatient", "2024-06-01")
    assert none["cross_region"] == []


def test_same_as_reads_the_other_service_at_a_level() -> None:
    rule, outpatient = assemble("pharmacy", "2024-06-01"), assemble("outpatient", "2024-06-01")
    assert (rule["as_level"], rule["counts_to"]["deductible"]) == ("level3", "outpatient")
    for key in ("deductible", "ratio", "caps", "account", "civil_servant"):
        assert rule[key] == outpatient[key]
    assert (rule["effective_from"], rule["note"]) == ("2023-01-01", "双通道")
    assert "same_as" not in rule


def test_override_comes_last() -> None:
    patch = {
        "deductible": {"amounts": None, "kind": "none"},
        "ratio": {"max_ppm": 950_000, "age_points_ppm": None},
        "major": [],
        "civil_servant": {"ppm": 1},
    }
    rule = assemble("inpatient", "2024-06-01", override=patch)
    assert rule["deductible"]["kind"] == "none"
    assert "amounts" not in rule["deductible"]
    assert (rule["ratio"]["max_ppm"], rule["ratio"]["bands"][0]["ppm"]) == (950_000, LEVEL_SHARES)
    assert "age_points_ppm" not in rule["ratio"]
    assert (rule["major"], rule["civil_servant"]) == ([], {"ppm": 1})


def test_override_picks_another_version() -> None:
    rule = assemble("inpatient", "2010-06-01", override={"version_date": "2024-06-01"})
    assert rule["effective_from"] == "2020-01-01"
    assert len(rule["major"]) == 2
    assert "version_date" not in rule


def test_override_stands_in_for_a_version() -> None:
    patch = {"deductible": {"kind": "none"}, "ratio": {"bands": [{"from": 0, "to": None, "ppm": 500_000}]}}
    bare = {"region_code": "990200", "defaults": GOOD["defaults"]}
    rule = rules.assemble(bare, "employee", "outpatient", "2024-06-01", override=patch)
    assert rule["ratio"] == patch["ratio"]
    assert rule["account"] == GOOD["defaults"]["account"]
    assert (rule["major"], rule["cross_region"], rule["benefit_year_start"]) == ([], [], "01-01")


def test_document_is_left_as_it_was() -> None:
    document = good()
    rule = rules.assemble(
        document, "resident", "inpatient", "2024-06-01", override={"defaults": {}, "ratio": {"bands": []}}
    )
    rules.apply_cross_region(rule, rule["cross_region"][0], "unfiled")
    assert document == GOOD


# --- Away from home: treatment region, referral, service, and which of the residents' entries holds ---
AWAY = [
    ("990100", "unfiled", "inpatient", None),  # at home
    ("990200", "local", "inpatient", None),
    ("990200", "unfiled", "inpatient", 0),
    ("990200", "filed", "inpatient", 0),
    ("990200", "emergency", "inpatient", None),  # not named: as at home
    ("990200", "unfiled", "outpatient", None),  # no entry for outpatients inside the province
    ("880100", "unfiled", "outpatient", 1),
    ("880100", "filed", "inpatient", 1),
    ("880100", "transfer", "inpatient", None),
]


@pytest.mark.parametrize(("treatment_region", "referral", "service", "index"), AWAY)
def test_cross_region_entry(treatment_region: str, referral: str, service: str, index: int | None) -> None:
    rule = assemble("inpatient", "2024-06-01", "resident")
    entry = rules.cross_region_entry(rule, "990100", treatment_region, referral, service)
    assert entry == (None if index is None else rule["cross_region"][index])


def test_first_entry_that_fits_decides() -> None:
    """A later entry does not stand in for a referral that the first fitting one leaves as at home."""
    first, second = {"area": "any", "services": "all", "shape": "points"}, GOOD["cross_region"][0]
    assert rules.cross_region_entry({"cross_region": [first, second]}, "990100", "880100", "filed", "inpatient") is None


def test_own_table_is_merged_into_the_rule() -> None:
    rule = assemble("inpatient", "2024-06-01", "resident")
    filed, *changes = rules.apply_cross_region(rule, rule["cross_region"][0], "filed")
    assert changes == [0, 1_000_000]
    assert filed["deductible"]["amounts"] == 100_000
    assert filed["caps"].get("pooled_paid_fen") is None
    assert filed["ratio"] == rule["ratio"]
    unfiled, *_ = rules.apply_cross_region(rule, rule["cross_region"][0], "unfiled")
    assert unfiled["ratio"]["bands"] == [{"from": 0, "to": None, "ppm": 400_000}]
    assert unfiled["caps"] == rule["caps"]


def test_points_and_multiplier_are_handed_on() -> None:
    rule = assemble("inpatient", "2024-06-01", "resident")
    assert rules.apply_cross_region(rule, rule["cross_region"][1], "unfiled") == (rule, 200_000, 1_000_000)
    assert rules.apply_cross_region(rule, GOOD["cross_region"][0], "unfiled") == (rule, 0, 700_000)
    assert rules.apply_cross_region(rule, GOOD["cross_region"][0], "local") == (rule, 0, 1_000_000)
    assert rules.apply_cross_region(rule, None, "unfiled") == (rule, 0, 1_000_000)
