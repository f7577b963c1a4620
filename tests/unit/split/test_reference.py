"""Rules one by one, with numbers worked out by hand: both cores have to give them."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.split.made_up import NO_DEDUCTIBLE, Object, bands, bill, by_compiled, by_twin, line, region

Splitter = Callable[[Object, Object], dict[str, int]]

NATURES = ("full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")
PAYERS = (
    *("pooled_fen", "major_fen", "civil_servant_fen", "assistance_fen", "other_fund_fen", "hospital_fen"),
    *("account_fen", "family_account_fen", "commercial_fen", "cash_fen"),
)


@pytest.fixture(params=[by_twin, by_compiled], ids=["twin", "compiled"])
def split(request: pytest.FixtureRequest) -> Splitter:
    splitter: Splitter = request.param
    return splitter


# (lines, (full self-pay, over limit, class B, in scope))
BILLS = [
    pytest.param([line(5, 100_000)], (0, 0, 0, 5), id="4.5 rounds up"),
    pytest.param([line(2058, 100_000), line(1347, 100_000)], (0, 0, 340, 3065), id="once over the bill, not a line"),
    pytest.param([line(5, 100_000), line(5, 100_000)], (0, 0, 1, 9), id="two halves make a whole"),
    pytest.param([line(5, 100_001)], (0, 0, 1, 4), id="a hair under a half"),
    pytest.param([line(1000, 100_000, 600)], (0, 400, 60, 540), id="over the limit comes first"),
    pytest.param([line(1000, 0, 1000)], (0, 0, 0, 1000), id="at the limit"),
    pytest.param([line(1000, 0, 0)], (0, 1000, 0, 0), id="a limit of nothing"),
    pytest.param([line(1000, 1_000_000, 10)], (1000, 0, 0, 0), id="wholly self-paid has no limit"),
    pytest.param([line(1000) | {"class": "C"}], (1000, 0, 0, 0), id="class C whatever its ratio"),
]


@pytest.mark.parametrize(("lines", "natures"), BILLS)
def test_natures(lines: list[Object], natures: tuple[int, ...], split: Splitter) -> None:
    done = split(bill(0, lines=lines), region({}))
    assert tuple(done[name] for name in NATURES) == natures


def test_ten_thousand_lines_are_rounded_once(split: Splitter) -> None:
    # 10,000 times 0.5 fen in scope; line by line they would come to 10,000 or to nothing.
    done = split(bill(0, lines=[line(1, 500_000)] * 10_000), region({}))
    assert tuple(done[name] for name in NATURES) == (0, 0, 5_000, 5_000)


# (deductible, stay number, fields of the bill, deductible_fen of a bill of 1,000,000)
STAYS: Object = {"kind": "per_stay", "amounts": 1001}
DEDUCTIBLES = [
    (NO_DEDUCTIBLE | {"amounts": 500}, 1, {}, 0),
    ({"kind": "annual", "amounts": 1001}, 1, {}, 1001),
    ({"kind": "annual", "amounts": 1001}, 1, {"used": {"deductible_used_fen": 1000}}, 1),
    ({"kind": "annual", "amounts": 1001}, 1, {"used": {"deductible_used_fen": 1002}}, 0),
    ({"kind": "per_visit", "amounts": 1001}, 1, {"used": {"deductible_used_fen": 1000}}, 1001),
    (STAYS, 9, {}, 1001),
    (STAYS | {"later_stays": [{"from_stay": 2, "ppm": 500_000}]}, 1, {}, 1001),
    (STAYS | {"later_stays": [{"from_stay": 2, "ppm": 500_000}]}, 2, {}, 501),
    (STAYS | {"later_stays": [{"from_stay": 2, "ppm": 500_000}]}, 2, {"service": "chronic"}, 1001),
    (STAYS | {"later_stays": [{"from_stay": 2, "amounts": 7}, {"from_stay": 3, "ppm": 0}]}, 2, {}, 7),
    (STAYS | {"later_stays": [{"from_stay": 2, "amounts": 7}, {"from_stay": 3, "ppm": 0}]}, 5, {}, 0),
    (STAYS | {"later_stays": [{"from_stay": 2, "step_fen": -300, "floor": 100}]}, 3, {}, 401),
    (STAYS | {"later_stays": [{"from_stay": 2, "step_fen": -300, "floor": 100}]}, 5, {}, 100),
    (STAYS | {"later_stays": [{"from_stay": 2, "step_fen": -300, "floor": 2000}]}, 5, {}, 1001),
    (STAYS | {"later_stays": [{"from_stay": 2, "step_fen": 300, "floor": 1001}]}, 3, {}, 1601),
    (STAYS | {"later_stays": [{"from_stay": 2, "step_ppm": -250_000}]}, 3, {}, 501),
    (STAYS | {"later_stays": [{"from_stay": 2, "step_ppm": 100_000}]}, 3, {}, 1201),
    (STAYS | {"later_stays": [{"from_stay": 2, "step_ppm": -400_000}]}, 4, {}, 0),
    (STAYS | {"reduced_for": {"family_doctor": 1}}, 1, {"person": {"family_doctor": True}}, 1000),
    (STAYS | {"reduced_for": {"family_doctor": 1002}}, 1, {"person": {"family_doctor": True}}, 0),
    (STAYS | {"reduced_for": {"family_doctor": 1}}, 1, {}, 1001),
]


@pytest.mark.parametrize(("deductible", "stay", "fields", "fen"), DEDUCTIBLES)
def test_deductible(deductible: Object, stay: int, fields: Object, fen: int, split: Splitter) -> None:
    done = split(bill(1_000_000, stay_number=stay, **fields), region({"deductible": deductible}))
    assert done["deductible_fen"] == fen


def test_exempt_lines_do_not_fill_the_deductible(split: Splitter) -> None:
    lines = [line(5, 100_000), line(1000, exempt=True)]
    done = split(bill(0, lines=lines), region({"deductible": {"kind": "per_stay", "amounts": 800}}))
    assert (done["deductible_fen"], done["in_scope_fen"], done["pooled_fen"]) == (5, 1005, 500)


TWO = bands(500_000, 1000, 900_000)
PAY: Object = {"kind": "per_visit", "amounts": 200}
# (rule, used, in-scope fen, pooled fen)
POOLED = [
    pytest.param({}, {}, 1, 1, id="half a fen up"),
    pytest.param({"ratio": {"bands": bands(499_999)}}, {}, 1, 0, id="a hair under half a fen"),
    pytest.param({"ratio": {"bands": bands(500_000)}, "deductible": PAY}, {}, 1400, 600, id="bill, from 0 behind it"),
    pytest.param(
        {"ratio": {"bands": TWO, "measured_on": "stay_in_scope"}, "deductible": PAY}, {}, 1400, 400 + 360, id="stay"
    ),
    pytest.param(
        {"ratio": {"bands": TWO, "measured_on": "year_in_scope"}, "deductible": PAY},
        {"in_scope_fen": 700},
        1400,
        50 + 990,
        id="year: 100 fen to the edge, 1100 over it",
    ),
    pytest.param(
        {"ratio": {"bands": bands(700_000, 1000, 600_000), "measured_on": "year_pooled_paid"}},
        {"pooled_paid_fen": 900},
        1000,
        614,
        id="paid: 142 6/7 fen reach the edge, 857 1/7 of 60 % are 514.29",
    ),
    pytest.param(
        {"ratio": {"bands": [{"from": 0, "to": 1000, "ppm": 500_000}], "measured_on": "stay_in_scope"}},
        {},
        5000,
        500,
        id="nothing above a closed last band",
    ),
    pytest.param({"caps": {"pooled_paid_fen": 1000}}, {"pooled_paid_fen": 500}, 1000, 500, id="exactly the room"),
    pytest.param({"caps": {"pooled_paid_fen": 1000}}, {"pooled_paid_fen": 501}, 1000, 499, id="a fen less room"),
    pytest.param({"caps": {"pooled_paid_fen": 1000}}, {"pooled_paid_fen": 2000}, 1000, 0, id="no room"),
]


@pytest.mark.parametrize(("rule", "used", "in_scope", "pooled"), POOLED)
def test_pooled(rule: Object, used: Object, in_scope: int, pooled: int, split: Splitter) -> None:
    assert split(bill(in_scope, used=used), region(rule))["pooled_fen"] == pooled


AGED: Object = {"bands": bands(800_000), "age_points_ppm": [[50, 20_000], [70, 60_000]]}
# (ratio, person, pooled fen of 1,000,000 fen in scope)
SHARES = [
    (AGED, {"age": 49}, 800_000),
    (AGED, {"age": 50}, 820_000),
    (AGED, {"age": 99}, 860_000),
    (AGED | {"max_ppm": 850_000}, {"age": 70}, 850_000),
    ({"bands": bands(800_000), "assistance_points_ppm": 50_000}, {"assistance": "low_income"}, 850_000),
    ({"bands": bands(800_000), "assistance_points_ppm": 50_000}, {}, 800_000),
    ({"bands": [{"from": 0, "to": None, "ppm": [1, 2, 3, 400_000, 5]}]}, {}, 400_000),
    ({"bands": [{"from": 0, "to": None, "ppm": {"active": 300_000, "active@41": 5}}]}, {}, 300_000),
    ({"bands": [{"from": 0, "to": None, "ppm": {"active": 300_000, "active@40": 5}}]}, {}, 5),
    ({"bands": [{"from": 0, "to": None, "ppm": {"resident": 7, "resident@60": 9}}]}, {"status": "elder", "age": 60}, 9),
    ({"bands": [{"from": 0, "to": None, "ppm": {"resident": 7, "student": 8}}]}, {"status": "student"}, 8),
]


@pytest.mark.parametrize(("ratio", "person", "pooled"), SHARES)
def test_shares(ratio: Object, person: Object, pooled: int, split: Splitter) -> None:
    assert split(bill(1_000_000, person=person), region({"ratio": ratio}))["pooled_fen"] == pooled


# (kind, threshold, edges, cap_fen, used, pooled cap, in-scope fen, major fen)
STAGES = [
    pytest.param("over_burden", 1000, "threshold", None, {}, None, 2000, 0, id="at the threshold"),
    pytest.param("over_burden", 1000, "threshold", None, {}, None, 2002, 1, id="half of one fen over it, half-up"),
    pytest.param("over_burden", 1000, "threshold", None, {}, None, 6000, 500 + 900, id="edge counts from threshold"),
    pytest.param("over_burden", 1000, "zero", None, {}, None, 6000, 1800, id="edge counts from zero"),
    pytest.param("over_burden", 1000, "zero", None, {"major_in_scope_fen": 999}, None, 2, 0, id="up to the threshold"),
    pytest.param("over_burden", 1000, "zero", 1800, {}, None, 6000, 1800, id="exactly the cap"),
    pytest.param(
        "over_burden", 1000, "zero", 1800, {"major_paid_fen": 1}, None, 6000, 1799, id="a fen less of the cap"
    ),
    pytest.param("over_burden", 1000, "zero", 1800, {"major_paid_fen": 1801}, None, 6000, 0, id="no room"),
    pytest.param("over_cap", 0, "threshold", None, {}, 500, 1000, 0, id="cap reached exactly: nothing over it"),
    pytest.param("over_cap", 0, "threshold", None, {}, 499, 1000, 1, id="2 fen over the cap"),
    pytest.param("over_cap", 0, "threshold", None, {}, 0, 1000, 500, id="all over the cap"),
]


@pytest.mark.parametrize(("kind", "threshold", "edges", "cap_fen", "used", "pooled_cap", "in_scope", "major"), STAGES)
def test_second_stage(
    kind: str,
    threshold: int,
    edges: str,
    cap_fen: int | None,
    used: Object,
    pooled_cap: int | None,
    in_scope: int,
    major: int,
    split: Splitter,
) -> None:
    stage = {
        "effective_from": "2020-01-01",
        "kind": kind,
        "services": ["inpatient"],
        "threshold_fen": threshold,
        "edges_from": edges,
        "bands": bands(500_000, 1000, 900_000),
        "cap_fen": cap_fen,
    }
    document = region({"caps": {"pooled_paid_fen": pooled_cap}}, major=[stage])
    assert split(bill(in_scope, used=used), document)["major_fen"] == major
    assert split(bill(in_scope, used=used, service="chronic"), document)["major_fen"] == 0
    year_end = region({"caps": {"pooled_paid_fen": pooled_cap}}, major=[stage | {"when": "year_end"}])
    assert split(bill(in_scope, used=used), year_end)["major_fen"] == 0


def test_cap_segment_is_the_smallest_that_reaches_the_room(split: Splitter) -> None:
    # 70 % of 143 fen are 100.1, of 142 fen 99.4: the room of 100 takes 143 fen, so 857 are over the cap.
    stage = {"effective_from": "2020-01-01", "kind": "over_cap", "services": ["inpatient"], "bands": bands(1_000_000)}
    document = region({"ratio": {"bands": bands(700_000)}, "caps": {"pooled_paid_fen": 100}}, major=[stage])
    done = split(bill(1000), document)
    assert (done["pooled_fen"], done["major_fen"], done["cash_fen"]) == (100, 857, 43)


def test_two_stages_in_one_bill_share_accumulator_and_cap(split: Splitter) -> None:
    stage = {"kind": "over_burden", "services": ["inpatient"], "bands": bands(500_000), "cap_fen": 800}
    override = {"major": [stage, stage]}
    # Of the 1000 left: 500, then half of the 500 left; the second has 300 of its cap left, 250 fit.
    assert split(bill(2000, rule_override=override), region({}))["major_fen"] == 750
    assert split(bill(2000, rule_override=override, used={"major_paid_fen": 200}), region({}))["major_fen"] == 600


def test_civil_servant_then_assistance(split: Splitter) -> None:
    rule = {"civil_servant": {"ppm": 500_000}, "assistance": {"destitute": {"ppm": 700_000, "cap_fen": 150}}}
    done = split(bill(1001, person={"civil_servant": True, "assistance": "destitute"}), region(rule))
    # 501 pooled, 500 left; 250; 175, cut to 150.
    assert (done["pooled_fen"], done["civil_servant_fen"], done["assistance_fen"]) == (501, 250, 150)
    done = split(bill(1001, person={"assistance": "low_income"}), region(rule))
    assert (done["civil_servant_fen"], done["assistance_fen"], done["cash_fen"]) == (0, 0, 500)


CHANGES = [
    ("points", 600_000, 0),
    ("points", 100_000, 400_000),
    ("multiplier", 900_000, 450_000),
    ("multiplier", 333_333, 166_667),
    (
        "own_table",
        {"deductible": {"kind": "per_stay", "amounts": 100_000}, "ratio": {"bands": bands(200_000)}},
        180_000,
    ),
]


@pytest.mark.parametrize(("shape", "value", "pooled"), CHANGES)
@pytest.mark.parametrize("area", ["any", "in_province", "out_of_province"])
def test_cross_region(shape: str, value: Any, pooled: int, area: str, split: Splitter) -> None:
    entry = {"area": area, "services": ["inpatient"], "shape": shape, "unfiled": value}
    document = region({}, cross_region=[entry])
    near, far = (
        split(bill(1_000_000, treatment_region=code, referral="unfiled"), document)["pooled_fen"]
        for code in ("990200", "110100")
    )
    assert near == (500_000 if area == "out_of_province" else pooled)
    assert far == (500_000 if area == "in_province" else pooled)
    for fields in (
        {"treatment_region": "990200", "referral": "transfer"},  # a referral that the entry does not name
        {"treatment_region": "990200", "referral": "local"},
        {"treatment_region": "990100", "referral": "unfiled"},
        {"treatment_region": "990200", "referral": "unfiled", "service": "outpatient"},
    ):
        assert split(bill(1_000_000, **fields), document)["pooled_fen"] == 500_000


@pytest.mark.parametrize(
    ("as_of", "deductible"),
    [("2024-06-30", 1000), ("2024-07-01", 0), ("2025-02-28", 0), (None, 0), ("2023-12-31", 1000)],
)
def test_accumulators_of_an_earlier_benefit_year_count_as_nothing(
    as_of: str | None, deductible: int, split: Splitter
) -> None:
    used = {"deductible_used_fen": 1000, "as_of": as_of}
    done = split(bill(5000, used=used), region({"deductible": {"kind": "annual", "amounts": 1000}}))
    assert done["deductible_fen"] == deductible


def test_account_first_money_counts_in_no_later_step(split: Splitter) -> None:
    rule = {"order": "account_first", "deductible": {"kind": "annual", "amounts": 300}}
    accounts = [{"owner": "self", "balance_fen": 50}, {"owner": "self_current_year", "balance_fen": 400}]
    done = split(bill(1000, accounts=accounts), region(rule))
    # 400 of the account; 300 of the 600 left fill the deductible, half of 300 is pooled; 50 more of the account.
    expected = {"deductible_fen": 300, "pooled_fen": 150, "account_fen": 450, "cash_fen": 400}
    assert {name: done[name] for name in expected} == expected


def test_funds_take_from_the_copay_part_first(split: Splitter) -> None:
    rule = {
        "deductible": {"kind": "annual", "amounts": 400},
        "account": {"pays": ["deductible"]},
        "assistance": {"destitute": {"ppm": 800_000}},
    }
    accounts = [{"owner": "self", "balance_fen": 10_000}]
    done = split(bill(1000, accounts=accounts, person={"assistance": "destitute"}), region(rule))
    # 300 pooled; 560 of the 700 left: 300 of co-pay and 260 of the deductible, of which 140 stay for the account.
    assert (done["assistance_fen"], done["account_fen"], done["cash_fen"]) == (560, 140, 0)


def test_hospital_takes_full_self_then_over_limit_then_class_b(split: Splitter) -> None:
    lines = [line(100, 1_000_000), line(300, 500_000, 200)]
    rule = {"account": {"pays": ["class_b"]}, "ratio": {"bands": bands(0)}}
    accounts = [{"owner": "family", "balance_fen": 10_000}]
    done = split(bill(0, lines=lines, accounts=accounts, given={"hospital_fen": 230}), region(rule))
    assert (done["hospital_fen"], done["family_account_fen"], done["cash_fen"]) == (230, 70, 100)


@given(
    amounts=st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**6), st.booleans()), max_size=5),
    share_ppm=st.integers(0, 10**6),
    cap_fen=st.none() | st.integers(200, 10**9),
    paid_fen=st.integers(0, 10**9),
    balance_fen=st.integers(0, 10**9),
)
def test_identities(
    amounts: list[tuple[int, int, bool]], share_ppm: int, cap_fen: int | None, paid_fen: int, balance_fen: int
) -> None:
    rule = {"deductible": PAY, "ratio": {"bands": bands(share_ppm)}, "caps": {"pooled_paid_fen": cap_fen}}
    lines = [line(amount_fen, self_pay_ppm, exempt=exempt) for amount_fen, self_pay_ppm, exempt in amounts]
    accounts = [{"owner": "self", "balance_fen": balance_fen}]
    case = bill(0, lines=lines, used={"pooled_paid_fen": paid_fen}, accounts=accounts)
    done = by_twin(case, region(rule))
    assert done == by_compiled(case, region(rule))
    assert min(done.values()) >= 0
    assert sum(done[name] for name in PAYERS) == sum(done[name] for name in NATURES) == done["total_fen"]
    assert done["deductible_fen"] + done["pooled_fen"] <= done["in_scope_fen"]
    assert cap_fen is None or done["pooled_fen"] <= max(cap_fen - paid_fen, 0)
    assert done["account_fen"] <= balance_fen
