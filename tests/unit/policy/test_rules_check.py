"""The check of policy documents: every kind of fault is named with its place, and good documents pass."""

import json
from pathlib import Path
from typing import Any

import pytest

from core import rules
from tests.unit.policy.documents import DELETED, EMPLOYEE, RESIDENT, changed, good

SHIPPED = sorted((Path(__file__).parents[3] / "policies").glob("*.json"))

OUT0, OUT1 = f"{EMPLOYEE}.outpatient[0]", f"{EMPLOYEE}.outpatient[1]"
IN, PHARMACY, STAGES = f"{EMPLOYEE}.inpatient[0]", f"{EMPLOYEE}.pharmacy[0]", f"{EMPLOYEE}.major"
STAGE = f"{RESIDENT}.major[0]"
CROSS, OWN, POINTS = "cross_region[0]", f"{RESIDENT}.cross_region[0]", f"{RESIDENT}.cross_region[1]"
BANDS = f"{IN}.ratio.bands"
LATER = f"{IN}.deductible.later_stays"
OUT0_WITH_GAP = good()["schemes"]["employee"]["outpatient"][0] | {"effective_to": "2022-01-01", "gap_after": True}
AS_PHARMACY = [{"effective_from": "2023-01-01", "same_as": "pharmacy"}]


def band(start: Any, end: Any, ppm: Any = 500_000) -> dict[str, Any]:
    return {"from": start, "to": end, "ppm": ppm}


def steep_bands(count: int) -> list[dict[str, Any]]:
    return [band(index, index + 1 if index + 1 < count else None) for index in range(count)]


# Where the good document is changed, to what; the rule that the problem names ("" : the same), a part of its message.
# fmt: off
BAD = [
    # The document's head.
    ("region_code", "99010", "", "write 6 digits"),
    ("region_code", 990100, "", "write 6 digits"),
    ("region_code", DELETED, "", "is missing"),
    ("name", "", "", "write a text"),
    ("name", DELETED, "", "is missing"),
    ("version", 7, "", "write a text"),
    ("levels", ["level1"], "", "lists have this order"),
    ("benefit_year_start", "7-1", "", "MM-DD"),
    ("benefit_year_start", "02-29", "", "day of every year"),
    ("benefit_year_start", "13-01", "", "MM-DD"),
    ("benefit_year_start", None, "", "MM-DD"),
    ("payment.passwordless_limit_fen", -1, "", "must not be below 0"),
    ("catalogue", {"unlisted": "maybe"}, "catalogue.unlisted", "known are refuse, mark"),
    ("refund", {"later_bills": "maybe"}, "refund.later_bills", "known are keep, refund_first"),
    ("refund", {"later": "keep"}, "refund.later", "did you mean later_bills?"),
    ("catalogue", {"differing": "refused"}, "catalogue.differing", "did you mean refuse?"),
    ("catalogue", {"unlist": "mark"}, "catalogue.unlist", "did you mean unlisted?"),
    ("catalogue", "mark", "", "write an object"),
    ("payment.limit", 1, "", "unknown key"),
    ("shemes", {}, "", "did you mean schemes?"),
    ("schemes", DELETED, "", "is missing"),
    ("schemes", [], "", "write an object"),
    ("schemes", {}, "", "is empty"),
    ("schemes.employees", {}, "", "did you mean employee?"),
    ("schemes.employee", None, "", "write an object"),
    # Defaults.
    ("defaults", DELETED, "", "is missing"),
    ("defaults.account", DELETED, "", "is missing"),
    ("defaults.account.pays", ["copay", "class_c"], "defaults.account.pays[1]", "did you mean class_b?"),
    ("defaults.account.pays", ["copay", "copay"], "", "only once"),
    ("defaults.account.pays", DELETED, "", "is missing"),
    ("defaults.account.pays_at_pharmacy", "copay", "", "write a list"),
    ("defaults.account.owner_order", ["self", "family"], "", "once"),
    ("defaults.account.owner_order", ["self", "self", "family"], "", "once"),
    ("defaults.account.owner_order", [1, None, {}], "", "once"),
    ("defaults.order", "account_last", "", "did you mean account_first?"),
    ("defaults.rounding.class_b", "half_up", "", "only residual is computed"),
    ("defaults.rounding.fund", "half_up", "", "only half_up_per_settlement_and_payer, half_even_per"),
    ("defaults.rounding.cap_segment", "floor", "", "only ceil_to_fen, floor_to_fen"),
    ("defaults.rounding.pooled", "down", "", "unknown key"),
    ("defaults.account.family_pays", ["copays"], "defaults.account.family_pays[0]", "did you mean copay?"),
    ("defaults.ratio", {}, "", "unknown key"),
    # Versions and their periods.
    (f"{EMPLOYEE}.impatient", [], "", "did you mean inpatient?"),
    (f"{EMPLOYEE}.inpatient", {}, "", "write a list"),
    (f"{IN}", 7, "", "write an object"),
    (f"{IN}.effective_from", DELETED, "", "is missing"),
    (f"{IN}.effective_from", "2020-1-1", "", "YYYY-MM-DD"),
    (f"{IN}.effective_from", "2023-02-29", "", "date of the calendar"),
    (f"{IN}.effective_from", 20200101, "", "YYYY-MM-DD"),
    (f"{IN}.effective_to", "2020-01-01", "", "not after effective_from 2020-01-01"),
    (f"{IN}.effective_to", "never", "", "YYYY-MM-DD"),
    (f"{OUT0}.effective_to", None, OUT1, "overlaps version [0] on 2023-01-01"),
    (f"{OUT0}.effective_to", "2023-01-02", OUT1, "overlaps version [0] on 2023-01-01"),
    (f"{OUT1}.effective_from", "2019-12-31", OUT1, "overlaps version [0] on 2020-01-01"),
    (f"{OUT0}.effective_to", "2022-12-31", "", "is 2022-12-31, but version [1] starts on 2023-01-01: no version holds"),
    (f"{OUT1}.effective_from", "2023-01-02", f"{OUT0}.effective_to", "write gap_after: true if the law leaves one"),
    (f"{OUT0}.gap_after", True, "", "a gap that is not there"),
    (f"{OUT1}.gap_after", True, "", "a gap that is not there"),
    (f"{OUT0}.gap_after", False, "", "write true, or leave it out"),
    (f"{OUT0}", OUT0_WITH_GAP | {"gap_after": 1}, f"{OUT0}.gap_after", "write true, or leave it out"),
    (f"{IN}.deductible", DELETED, "", "is missing"),
    (f"{IN}.ratio", DELETED, "", "is missing"),
    (f"{IN}.caps", DELETED, "", "is missing"),
    (f"{IN}.deductable", {}, "", "did you mean deductible?"),
    (f"{IN}.order", None, "", "known are standard, account_first"),
    (f"{IN}.rounding", {"fund": "down"}, f"{IN}.rounding.fund", "is computed"),
    (f"{IN}.provenance", "hearsay", "", "known are source, secondary_unverified"),
    (f"{OUT0}.document", "", "", "write its number, or null"),
    (f"{STAGES}[0].provenance", "law", "", "known are source"),
    (f"{CROSS}.document", 7, "", "write its number, or null"),
    # Whose accumulators.
    (f"{IN}.counts_to", "dental", "", "known are outpatient, inpatient"),
    (f"{IN}.counts_to", {"deductible": "dental"}, f"{IN}.counts_to.deductible", "known are outpatient"),
    (f"{IN}.counts_to", {"major": "inpatient"}, f"{IN}.counts_to.major", "unknown key"),
    (f"{IN}.counts_to", ["inpatient"], "", "known are"),
    (f"{OUT1}.account.owner_order", None, "", "once"),
    # Another service's rule.
    (f"{PHARMACY}.same_as", "inpatients", "", "did you mean inpatient?"),
    (f"{PHARMACY}.same_as", "pharmacy", "", "known are outpatient, inpatient, chronic"),
    (f"{PHARMACY}.same_as", "chronic", "", "has no version here"),
    (f"{PHARMACY}.effective_from", "2019-01-01", f"{PHARMACY}.same_as", "has no version on 2019-01-01"),
    (f"{EMPLOYEE}.chronic", AS_PHARMACY, f"{EMPLOYEE}.chronic[0].same_as", "is same_as itself"),
    (f"{PHARMACY}.as_level", "level9", "", "did you mean level3"),
    (f"{PHARMACY}.as_level", DELETED, "", "is missing"),
    (f"{PHARMACY}.ratio", {}, f"{PHARMACY}.ratio.bands", "is missing"),
    # Values by person and level.
    (f"{IN}.deductible.amounts", [1, 2, 3, 4], "", "has 4 values: write 5"),
    (f"{IN}.deductible.amounts", [1] * 6, "", "has 6 values: write 5"),
    (f"{IN}.deductible.amounts", [1, 2, 3, 4, -5], f"{IN}.deductible.amounts[4]", "must not be below 0"),
    (f"{IN}.deductible.amounts", {}, "", "is empty"),
    (f"{IN}.deductible.amounts", None, "", "whole number of fen"),
    (f"{IN}.deductible.amounts", 800.0, "", "is 800.0: write a whole number of fen"),
    (f"{IN}.deductible.amounts", True, "", "is true: write a whole number of fen"),
    (f"{IN}.deductible.amounts", "800", "", 'is "800": write a whole number'),
    (f"{IN}.deductible.amounts", 100_000_000_001, "", "must not be over 100000000000"),
    (f"{IN}.deductible.amounts", {"level1": 5}, f"{IN}.deductible.amounts.level1", "unknown status"),
    (f"{IN}.deductible.amounts", {"active@": 5}, f"{IN}.deductible.amounts.active@", "unknown status"),
    (f"{IN}.deductible.amounts", {"active@07": 5}, f"{IN}.deductible.amounts.active@07", "unknown status"),
    (f"{IN}.deductible.amounts", {"active@200": 5}, f"{IN}.deductible.amounts.active@200", "unknown status"),
    (f"{IN}.deductible.amounts", {"active": [1, 2]}, f"{IN}.deductible.amounts.active", "has 2 values"),
    (f"{IN}.deductible.amounts", {"active": {"level1": 1}}, f"{IN}.deductible.amounts.active", "whole number"),
    (f"{IN}.deductible.amounts", {f"active@{age}": 1 for age in range(40, 60)}, IN, "at most 15"),
    # Deductible.
    (f"{IN}.deductible.kind", "yearly", "", "known are none, annual, per_visit, per_stay"),
    (f"{IN}.deductible.kind", DELETED, "", "is missing"),
    (f"{IN}.deductible.amounts", DELETED, "", "of kind per_stay needs it"),
    (f"{OUT1}.deductible.reduced_for.friend", 1, "", "known are family_doctor"),
    (f"{OUT1}.deductible.reduced_for.family_doctor", None, "", "whole number of fen"),
    (f"{LATER}[1].from_stay", 2, "", "rising order"),
    (f"{LATER}[0].from_stay", 1, "", "must not be below 2"),
    (f"{LATER}[0].from_stay", DELETED, "", "is missing"),
    (f"{LATER}[0].ppm", 1_000_001, "", "must not be over 1000000 (100 %)"),
    (f"{LATER}[0].ppm", DELETED, f"{LATER}[0]", "says nothing"),
    (f"{LATER}[0].amounts", 5, f"{LATER}[0]", "write one of them"),
    (f"{LATER}[1].step_ppm", -1, f"{LATER}[1]", "write one of them"),
    (f"{LATER}[1].floor", -1, "", "must not be below 0"),
    (f"{LATER}[1].step", 1, "", "unknown key"),
    (LATER, [{"from_stay": 2 + stay, "ppm": 0} for stay in range(9)], "", "at most 8"),
    # Bands and shares.
    (f"{BANDS}[1].from", 3_100_000, f"{BANDS}[1]", "starts at 3100000 but the band before ends at 3000000: leave no"),
    (f"{BANDS}[1].from", 2_900_000, f"{BANDS}[1]", "but the band before ends at 3000000: let them not overlap"),
    (f"{BANDS}[0].from", 100, f"{BANDS}[0]", "the first band starts at 0"),
    (f"{BANDS}[0].to", 0, f"{BANDS}[0]", "not after its start"),
    (f"{BANDS}[0].to", None, f"{BANDS}[0]", "but not the last"),
    (f"{BANDS}[0].to", DELETED, "", "is missing"),
    (f"{BANDS}[0].from", 0.5, "", "whole number of fen"),
    (f"{BANDS}[0].ppm", 1_000_001, "", "must not be over 1000000 (100 %)"),
    (f"{BANDS}[0].ppm", -1, "", "must not be below 0"),
    (f"{BANDS}[0].ppm", 0.85, "", "is 0.85: write a whole number of ppm"),
    (f"{BANDS}[0].ppm", DELETED, "", "is missing"),
    (f"{BANDS}[0].upto", 1, "", "unknown key"),
    (BANDS, [], "", "is empty"),
    (BANDS, {}, "", "write a list"),
    (BANDS, DELETED, "", "is missing"),
    (BANDS, steep_bands(13), "", "at most 12"),
    (f"{OUT1}.ratio.bands", steep_bands(5), "", "at most 4 are exact"),
    (f"{IN}.ratio.measured_on", DELETED, "", "2 bands need one of"),
    (f"{IN}.ratio.measured_on", "month_in_scope", "", "did you mean"),
    (f"{IN}.ratio.measured_from", "cost", "", "known are zero, deductible"),
    (f"{OUT1}.ratio.measured_from", "deductible", "", "is for edges on in-scope money"),
    (f"{OUT0}.ratio.measured_from", "zero", "", "is for edges on in-scope money"),
    (f"{IN}.ratio.max_ppm", 1_000_001, "", "must not be over"),
    (f"{IN}.ratio.max_ppm", DELETED, f"{BANDS}[0]", "reaches 1030000 ppm with the added points"),
    (f"{IN}.ratio.age_points_ppm", [[60, -760_000]], f"{BANDS}[0]", "falls to -10000 ppm"),
    (f"{IN}.ratio.age_points_ppm", [[60, 1], [60, 2]], f"{IN}.ratio.age_points_ppm[1]", "rising order"),
    (f"{IN}.ratio.age_points_ppm", [[60]], f"{IN}.ratio.age_points_ppm[0]", "pair [age, ppm]"),
    (f"{IN}.ratio.age_points_ppm", {"60": 1}, "", "write a list"),
    (f"{IN}.ratio.age_points_ppm", [[160, 1]], f"{IN}.ratio.age_points_ppm[0][0]", "must not be over 150"),
    (f"{RESIDENT}.inpatient[0].ratio.assistance_points_ppm", 300_001, f"{RESIDENT}.inpatient[0].ratio.bands[0]",
     "reaches 1000001 ppm"),
    # What else pays.
    (f"{IN}.caps.pooled_paid_fen", DELETED, "", "is missing"),
    (f"{IN}.caps.pooled_paid_fen", -1, "", "must not be below 0"),
    (f"{IN}.caps.pooled", 1, "", "known are pooled_paid_fen"),
    (f"{IN}.caps.in_scope_fen", [1, 2], "", "has 2 values"),
    (f"{IN}.caps.in_scope_fen", 79_999, "", "is 79999 fen for all at level3, below the deductible of 80000"),
    (f"{OUT0}.caps.pooled_paid_fen", {"active": 180_000, "retired": 129_999}, "", "is 129999 fen for retired at comm"),
    (f"{OUT1}.civil_servant.cap_fen", -1, "", "must not be below 0"),
    (f"{OUT1}.civil_servant.counts", [], "", "is empty: write some of deductible, copay, over_cap"),
    (f"{OUT1}.assistance.destitute.counts", ["class_b"], f"{OUT1}.assistance.destitute.counts[0]", "known are ded"),
    (f"{OUT1}.civil_servant", {"ratio": 1}, f"{OUT1}.civil_servant.ratio", "unknown key"),
    (f"{OUT1}.civil_servant", 500_000, "", "write an object"),
    (f"{OUT1}.civil_servant.ppm", 2_000_000, "", "must not be over"),
    (f"{OUT1}.assistance.poor", {"ppm": 1}, "", "known are low_income, destitute"),
    (f"{OUT1}.assistance.low_income.ppm", DELETED, "", "is missing"),
    (f"{OUT1}.assistance.low_income.cap_fen", 1.5, "", "whole number of fen"),
    # Second stages.
    (STAGES, {}, "", "write a list"),
    (f"{STAGE}.kind", "excess", "", "known are over_cap, over_burden"),
    (f"{STAGE}.kind", DELETED, "", "is missing"),
    (f"{STAGE}.when", "month_end", "", "known are year_end"),
    (f"{STAGE}.services", ["dental"], f"{STAGE}.services[0]", "known are"),
    (f"{STAGE}.services", DELETED, "", "is missing"),
    (f"{STAGE}.bands", DELETED, "", "is missing"),
    (f"{STAGE}.edges_from", "start", "", "known are threshold, zero"),
    (f"{STAGE}.threshold_fen", -1, "", "must not be below 0"),
    (f"{STAGE}.threshold_fen", 900_000, f"{STAGE}.bands[0]", "start at the threshold"),
    (f"{STAGE}.edges_from", "threshold", f"{STAGE}.bands[0]", "the first band starts at 0"),
    (f"{STAGE}.cap_fen", "none", "", "whole number of fen"),
    (f"{STAGE}.counts", ["copay", "copay"], "", "only once"),
    (f"{STAGES}[0].counts", ["over_cap"], "", "is for over_burden"),
    (f"{STAGE}.assistance_patch.bands", DELETED, f"{STAGE}.assistance_patch.bands[0]", "the threshold is 500000"),
    (f"{STAGE}.assistance_patch.kind", "over_cap", "", "unknown key"),
    (f"{STAGE}.assistance_patch.bands[0].ppm", 1_500_000, "", "must not be over"),
    (f"{STAGES}[1].when", DELETED, f"{STAGES}[1].services", "counts inpatient, as [0] does on 2024-01-01"),
    # Away from home.
    ("cross_region", {}, "", "write a list"),
    (f"{CROSS}.area", "abroad", "", "known are any, in_province, out_of_province"),
    (f"{CROSS}.area", DELETED, "", "is missing"),
    (f"{CROSS}.services", "inpatient", "", "known are all"),
    (f"{CROSS}.services", ["inpatients"], f"{CROSS}.services[0]", "did you mean inpatient?"),
    (f"{CROSS}.shape", "factor", "", "known are points, multiplier, own_table"),
    (f"{CROSS}.shape", DELETED, "", "is missing"),
    (f"{CROSS}.transfer", 1_000_001, "", "must not be over 1000000"),
    (f"{CROSS}.transfer", {}, "", "whole number of ppm"),
    (f"{CROSS}.transfered", 1, "", "did you mean transfer?"),
    (f"{POINTS}.unfiled", -1, "", "must not be below 0"),
    (f"{OWN}.filed", 900_000, "", "write an object"),
    (f"{OWN}.filed.major", [], "", "unknown key"),
    (f"{OWN}.filed.deductible.kind", "free", "", "known are none"),
    (f"{OWN}.filed.ratio", {"max_ppm": "all"}, f"{OWN}.filed.ratio.max_ppm", "whole number of ppm"),
    (f"{OWN}.filed.ratio", {"assistance_points_ppm": 400_000}, f"{OWN}.filed.ratio.bands[0]", "reaches 1100000 ppm"),
    (f"{OWN}.filed.ratio", None, "", "is taken away"),
    (f"{OWN}.unfiled.ratio.bands", [band(0, 5), band(6, None)], f"{OWN}.unfiled.ratio.bands[1]", "leave no gap"),
    (f"{OWN}.unfiled.deductible.amounts", None, "", "needs it"),
    (f"{OWN}.unfiled.account", {"owner_order": None}, f"{OWN}.unfiled.account.owner_order", "is missing"),
]
# fmt: on


@pytest.mark.parametrize(("path", "value", "rule", "message"), BAD, ids=lambda part: str(part)[:60])
def test_fault_is_named(path: str, value: Any, rule: str, message: str) -> None:
    problems = rules.check(changed(path, value), "990100.json")
    named = [problem for problem in problems if problem.rule == (rule or path)]
    assert any(message in problem.message for problem in named), problems
    assert {problem.file for problem in problems} == {"990100.json"}


def test_message_is_whole() -> None:
    assert rules.check(changed(f"{BANDS}[0].to", 2_900_000), "990100.json") == [
        (
            "990100.json",
            "schemes.employee.inpatient[0].ratio.bands[1]",
            "starts at 3000000 but the band before ends at 2900000: leave no gap",
        )
    ]


# What is odd but right: changes that must not be held against a document.
GOOD_CHANGES = [
    ("defaults.rounding", DELETED),
    ("version", DELETED),
    ("benefit_year_start", DELETED),
    ("payment", DELETED),
    ("cross_region", DELETED),
    ("cross_region", []),
    ("schemes.resident", DELETED),
    ("schemes.note", "two schemes"),
    (f"{IN}.effective_to", "2020-01-02"),
    (f"{OUT0}", OUT0_WITH_GAP),
    (f"{IN}.note", "remarks may stand anywhere"),
    (f"{BANDS}[0].note", "remarks may stand anywhere"),
    (f"{BANDS}[1].to", 5_000_000),
    (f"{IN}.deductible", {"kind": "none"}),
    (f"{IN}.caps", {"pooled_paid_fen": 0, "in_scope_fen": 80_000}),
    (f"{IN}.caps", {"pooled_paid_fen": None, "in_scope_fen": None}),
    (f"{IN}.ratio.measured_from", "deductible"),
    (f"{IN}.counts_to", "chronic"),
    (f"{IN}.counts_to", {"pooled_paid": "outpatient"}),
    (f"{IN}.rounding", {"fund": "half_even_per_settlement_and_payer", "cap_segment": "floor_to_fen"}),
    (f"{OUT1}.account", {"pays": ["copay"], "family_pays": None}),
    (f"{OUT1}.civil_servant", {"ppm": [1, 2, 3, 4, 5], "cap_fen": None, "counts": ["over_cap"]}),
    (f"{STAGE}.counts", ["copay", "deductible"]),
    (f"{PHARMACY}.caps", {"pooled_paid_fen": 1_000}),
    (f"{IN}.deductible.amounts", {"elder": 5, "active@45": [1, 2, 3, 4, 5], "retired": 0}),
    (f"{IN}.ratio.age_points_ppm", [[60, -20_000]]),
    (f"{STAGES}[1].services", ["chronic"]),
    (f"{STAGE}.assistance_patch", DELETED),
    (f"{CROSS}.filed", DELETED),
    (f"{OWN}.unfiled.caps", {"pooled_paid_fen": 100}),
    (f"{OWN}.services", ["chronic"]),
]


@pytest.mark.parametrize(("path", "value"), GOOD_CHANGES, ids=lambda part: str(part)[:60])
def test_good_change_passes(path: str, value: Any) -> None:
    assert rules.check(changed(path, value), "990100.json") == []


def test_share_of_the_young_takes_no_points_of_the_old() -> None:
    """retired@60 has its own, lower share: the points from 60 on do not come on top of the 98 % of younger people."""
    ratio = {
        "bands": [band(0, None, {"retired": 980_000, "retired@60": 900_000})],
        "age_points_ppm": [[60, 50_000]],
    }
    assert rules.check(changed(f"{IN}.ratio", ratio), "") == []
    ratio["age_points_ppm"] = [[59, 50_000]]
    assert [problem.rule for problem in rules.check(changed(f"{IN}.ratio", ratio), "")] == [f"{BANDS}[0]"]


def test_multiplier_keeps_bands_on_paid_money_exact() -> None:
    """Three bands with fractions of a ppm would leave the integers in which an edge is exact."""
    document = changed(f"{OUT1}.ratio.bands", steep_bands(3))
    assert rules.check(document, "") == []
    document["schemes"]["employee"]["outpatient"][1]["ratio"]["bands"][0]["ppm"] = 333_333
    problems = rules.check(document, "")
    assert [problem.rule for problem in problems] == [f"{CROSS}.{key}" for key in ("transfer", "emergency", "unfiled")]
    assert "3 bands on year_pooled_paid cannot be computed with exactly" in problems[0].message


def test_own_table_of_a_pharmacy_is_merged_into_the_rule_it_takes_over() -> None:
    table = {"deductible": {"amounts": None}}
    change = {"area": "any", "services": ["pharmacy"], "shape": "own_table", "filed": table}
    (problem,) = rules.check(changed(f"{EMPLOYEE}.cross_region", [change]), "")
    assert problem.rule == f"{EMPLOYEE}.cross_region[0].filed.deductible.amounts"


def test_own_table_is_merged_into_what_a_service_says_beside_same_as() -> None:
    document = changed(f"{PHARMACY}.deductible", {"kind": "annual", "amounts": 5})
    table = {"deductible": {"amounts": None}}
    change = {"area": "any", "services": ["pharmacy"], "shape": "own_table", "filed": table}
    document["schemes"]["employee"]["cross_region"] = [change]
    (problem,) = rules.check(document, "")
    assert problem.rule == f"{EMPLOYEE}.cross_region[0].filed.deductible.amounts"
    assert "of kind annual needs it" in problem.message
    document["schemes"]["employee"]["pharmacy"][0]["deductible"] = {"kind": "none", "amounts": 5}
    assert rules.check(document, "") == []


def test_edges_behind_the_deductible_need_both_accumulators_together() -> None:
    document = changed(f"{IN}.ratio.measured_on", "year_in_scope")
    version = document["schemes"]["employee"]["inpatient"][0]
    version["ratio"]["measured_from"] = "deductible"
    version["counts_to"] = {"deductible": "outpatient", "in_scope": "outpatient"}
    assert rules.check(document, "") == []
    del version["counts_to"]["in_scope"]
    (problem,) = rules.check(document, "")
    assert problem.rule == f"{IN}.counts_to" and "need them together" in problem.message


def test_good_document_passes() -> None:
    assert rules.check(good(), "990100.json") == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_shipped_policy_passes(file: Path) -> None:
    assert rules.check(json.loads(file.read_text(encoding="utf-8")), file.name) == []


@pytest.mark.parametrize("value", [None, True, 7, 0.5, "policy", [], [{}]])
def test_no_object_is_no_document(value: Any) -> None:
    (problem,) = rules.check(value, "x.json")
    assert (problem.file, problem.rule) == ("x.json", "document")
    assert "write an object" in problem.message


def test_all_faults_are_named_at_once_up_to_a_limit() -> None:
    document = good()
    del document["name"]
    document["schemes"]["resident"]["inpatient"][0]["caps"]["pooled_paid_fen"] = -1
    assert len(rules.check(document, "")) == 2
    document |= {f"key{index}": None for index in range(10_000)}
    assert len(rules.check(document, "")) == rules.PROBLEMS_MAX


def test_policy_error_names_its_place() -> None:
    error = rules.PolicyError("a.json", "schemes", "is missing: write it")
    assert (error.file, error.rule, error.message) == ("a.json", "schemes", "is missing: write it")
    assert str(error) == "a.json: schemes: is missing: write it"
