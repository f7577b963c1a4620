"""Rules that few regions have, one by one, with numbers worked out by hand: both cores have to give them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.split.made_up import HALF, Object, bands, bill, by_compiled, by_twin, region

Splitter = Callable[[Object, Object], dict[str, int]]

TWO = bands(500_000, 1000, 900_000)
PAY: Object = {"kind": "per_visit", "amounts": 200}
FOUR: Object = {"kind": "per_visit", "amounts": 400}
ALL_OVER: Object = {
    "effective_from": "2020-01-01",
    "kind": "over_cap",
    "services": ["inpatient"],
    "bands": bands(10**6),
}
BURDEN: Object = {
    "effective_from": "2020-01-01", "kind": "over_burden", "services": ["inpatient"], "bands": bands(500_000),
}  # fmt: skip


@pytest.fixture(params=[by_twin, by_compiled], ids=["twin", "compiled"])
def split(request: pytest.FixtureRequest) -> Splitter:
    splitter: Splitter = request.param
    return splitter


# (measured_on, measured_from, used, pooled fen of 1400 in scope, of which 200 fill the deductible)
EDGES = [
    ("stay_in_scope", "zero", {}, 400 + 360),
    ("stay_in_scope", None, {}, 400 + 360),
    ("stay_in_scope", "deductible", {}, 500 + 180),
    ("year_in_scope", "zero", {"in_scope_fen": 700, "deductible_used_fen": 100}, 50 + 990),
    ("year_in_scope", "deductible", {"in_scope_fen": 700, "deductible_used_fen": 100}, 200 + 720),
    ("year_in_scope", "deductible", {"in_scope_fen": 0, "deductible_used_fen": 100}, 500 + 180),
]


@pytest.mark.parametrize(("measured_on", "measured_from", "used", "pooled"), EDGES)
def test_edges_lie_from_zero_or_behind_the_deductible(
    measured_on: str, measured_from: str | None, used: Object, pooled: int, split: Splitter
) -> None:
    ratio = {"bands": TWO, "measured_on": measured_on, "measured_from": measured_from}
    assert split(bill(1400, used=used), region({"ratio": ratio, "deductible": PAY}))["pooled_fen"] == pooled


# (caps, deductible, used in scope, pooled fen, over the cap) of 1400 in scope, half of it pooled
CEILINGS = [
    ({"in_scope_fen": 1000}, None, 0, 500, 400),
    ({"in_scope_fen": 1000}, None, 300, 350, 700),
    ({"in_scope_fen": 1000}, None, 1000, 0, 1400),
    ({"in_scope_fen": 1000}, None, 2000, 0, 1400),
    ({"in_scope_fen": 1400}, None, 0, 700, 0),
    ({"in_scope_fen": {"active": [200, 200, 200, 1000, 200]}}, PAY, 0, 400, 400),
    ({"in_scope_fen": 1000}, PAY, 900, 0, 1200),
    ({"in_scope_fen": 1000, "pooled_paid_fen": 300}, PAY, 0, 300, 200 + 400),
    ({"in_scope_fen": None, "pooled_paid_fen": 300}, PAY, 0, 300, 600),
]


@pytest.mark.parametrize(("caps", "deductible", "used", "pooled", "over"), CEILINGS)
def test_a_ceiling_of_in_scope_money(
    caps: Object, deductible: Object | None, used: int, pooled: int, over: int, split: Splitter
) -> None:
    rule: Object = {"caps": {"pooled_paid_fen": None} | caps}
    if deductible is not None:
        rule["deductible"] = deductible
    done = split(bill(1400, used={"in_scope_fen": used}), region(rule, major=[ALL_OVER]))
    assert (done["pooled_fen"], done["major_fen"]) == (pooled, over)


# 2000 in scope: 400 deductible, 800 pooled, 800 co-pay; under a cap of 500: 500 pooled, 500 co-pay, 600 cut off.
# (counts, cap, second stage at a half, what the account pays of the deductible)
COUNTED = [
    (None, None, 600, 400),
    (["copay", "over_cap", "deductible"], None, 600, 400),
    (["copay"], None, 400, 400),
    (["deductible"], None, 200, 200),
    (["over_cap"], None, 0, 400),
    (["over_cap"], 500, 300, 400),
    (["copay", "over_cap"], 500, 550, 400),
    (["deductible", "over_cap"], 500, 500, 400),
]


@pytest.mark.parametrize(("counts", "cap", "paid", "account"), COUNTED)
@pytest.mark.parametrize("payer", ["major", "civil_servant", "assistance"])
def test_a_payer_counts_parts_of_the_personal_burden(
    payer: str, counts: list[str] | None, cap: int | None, paid: int, account: int, split: Splitter
) -> None:
    said = {} if counts is None else {"counts": counts}
    rule: Object = {"deductible": FOUR, "caps": {"pooled_paid_fen": cap}, "account": {"pays": ["deductible"]}}
    if payer == "civil_servant":
        rule["civil_servant"] = {"ppm": 500_000} | said
    elif payer == "assistance":
        rule["assistance"] = {"destitute": {"ppm": 500_000} | said}
    stages = [BURDEN | said] if payer == "major" else []
    person = {"civil_servant": True, "assistance": "destitute"}
    accounts = [{"owner": "self", "balance_fen": 10_000}]
    done = split(bill(2000, person=person, accounts=accounts), region(rule, major=stages))
    assert (done[f"{payer}_fen"], done["account_fen"]) == (paid, account)


@pytest.mark.parametrize(("cap_fen", "paid"), [(None, 250), (250, 250), (249, 249), (0, 0)])
def test_the_subsidy_has_a_ceiling_a_bill(cap_fen: int | None, paid: int, split: Splitter) -> None:
    rule = {"civil_servant": {"ppm": 500_000, "cap_fen": cap_fen}}
    assert split(bill(1000, person={"civil_servant": True}), region(rule))["civil_servant_fen"] == paid


# 1000 in scope: 400 deductible, 300 pooled, 300 co-pay. (own natures, family's, own money, own, family, cash)
FAMILIES = [
    (["copay"], ["deductible", "class_b"], 100, 100, 400, 200),
    (["copay"], None, 100, 100, 200, 400),
    (["copay"], [], 100, 100, 0, 600),
    (["copay", "deductible"], ["deductible"], 350, 350, 350, 0),
    (["deductible", "copay"], ["deductible"], 350, 350, 50, 300),
]


@pytest.mark.parametrize(("own", "family", "money", "by_own", "by_family", "cash"), FAMILIES)
def test_a_family_account_pays_natures_of_its_own(
    own: list[str], family: list[str] | None, money: int, by_own: int, by_family: int, cash: int, split: Splitter
) -> None:
    accounts = [{"owner": "self", "balance_fen": money}, {"owner": "family", "balance_fen": 1000}]
    rule = {"deductible": FOUR, "account": {"pays": own, "family_pays": family}}
    done = split(bill(1000, accounts=accounts), region(rule))
    assert (done["account_fen"], done["family_account_fen"], done["cash_fen"]) == (by_own, by_family, cash)


# (share, in-scope fen, pooled fen by way of rounding)
WAYS = ("half_up", "half_even", "down", "up")
ROUNDED = [
    (500_000, 1, (1, 0, 0, 1)),
    (500_000, 3, (2, 2, 1, 2)),
    (500_000, 5, (3, 2, 2, 3)),
    (500_000, 4, (2, 2, 2, 2)),
    (500_001, 1, (1, 1, 0, 1)),
    (300_000, 1, (0, 0, 0, 1)),
    (0, 1, (0, 0, 0, 0)),
]


@pytest.mark.parametrize(("share", "in_scope", "pooled"), ROUNDED)
@pytest.mark.parametrize("referral", ["local", "transfer"])
def test_a_policy_declares_how_funds_round(
    share: int, in_scope: int, pooled: tuple[int, ...], referral: str, split: Splitter
) -> None:
    # Away from home the share is the same, but made with a multiplier, so that it has parts of a ppm.
    change = [{"area": "any", "services": "all", "shape": "multiplier", "transfer": 333_333}]
    for way, fen in zip(WAYS, pooled, strict=True):
        rule: Object = {"ratio": {"bands": bands(share)}}
        rule["rounding"] = {"fund": f"{way}_per_settlement_and_payer"}
        case = bill(in_scope)
        if referral == "transfer":
            case |= {"treatment_region": "990200", "referral": "transfer"}
            rule["ratio"] = {"bands": bands(0)} if share == 0 else {"bands": bands(1_000_000)}
            exact = in_scope * (0 if share == 0 else 333_333)
            half = {"half_up": exact + 500_000, "half_even": exact + 500_000, "down": exact, "up": exact + 999_999}
            fen = half[way] // 1_000_000  # 333,333 of a million is never a half
        assert split(case, region(rule, cross_region=change))["pooled_fen"] == fen, way


@pytest.mark.parametrize(("edge", "pooled"), [(2, 2 + 0), (3, 3 + 1)])
def test_an_exact_half_goes_to_the_even_amount_not_to_the_even_part(edge: int, pooled: int, split: Splitter) -> None:
    """What reaches an edge is whole fen; half a fen behind it makes 2.5, which is 2, or 3.5, which is 4."""
    ratio = {"bands": bands(1_000_000, edge, 500_000), "measured_on": "year_pooled_paid"}
    rule = {"ratio": ratio, "rounding": {"fund": "half_even_per_settlement_and_payer"}}
    assert split(bill(edge + 1), region(rule))["pooled_fen"] == pooled


@pytest.mark.parametrize(("way", "paid"), list(zip(WAYS, (1, 0, 0, 1), strict=True)))
def test_later_funds_round_the_same_way(way: str, paid: int, split: Splitter) -> None:
    rounding = {"fund": f"{way}_per_settlement_and_payer"}
    two = {"rounding": rounding, "civil_servant": {"ppm": 500_000}}
    # Of 2 fen 1 is pooled, and half of the other is the next payer's.
    assert split(bill(2, person={"civil_servant": True}), region(two))["civil_servant_fen"] == paid
    assert split(bill(2), region({"rounding": rounding}, major=[BURDEN]))["major_fen"] == paid
    assisted = {"rounding": rounding, "assistance": {"destitute": {"ppm": 500_000}}}
    assert split(bill(2, person={"assistance": "destitute"}), region(assisted))["assistance_fen"] == paid


@pytest.mark.parametrize("measured_on", [None, "stay_in_scope", "year_pooled_paid"])
@pytest.mark.parametrize(
    ("share", "way", "over"),
    [
        (700_000, "ceil_to_fen", 857),  # 70 % of 143 fen are 100.1, of 142 fen 99.4
        (700_000, "floor_to_fen", 858),
        (500_000, "ceil_to_fen", 800),
        (500_000, "floor_to_fen", 800),  # half of 200 fen is the room of 100 exactly
    ],
)
def test_the_segment_under_a_ceiling_is_cut_to_whole_fen(
    share: int, way: str, over: int, measured_on: str | None, split: Splitter
) -> None:
    ratio = {"bands": bands(share), "measured_on": measured_on}
    rule = {"ratio": ratio, "caps": {"pooled_paid_fen": 100}, "rounding": {"cap_segment": way}}
    done = split(bill(1000), region(rule, major=[ALL_OVER]))
    assert (done["pooled_fen"], done["major_fen"]) == (100, over)


def test_a_service_is_as_another_but_for_what_it_says(split: Splitter) -> None:
    chronic: Object = {"effective_from": "2021-01-01", "same_as": "inpatient", "as_level": "level1"}
    chronic |= {"deductible": {"kind": "annual", "amounts": 300}}
    inpatient = {"deductible": PAY, "ratio": {"bands": [{"from": 0, "to": None, "ppm": [1, 600_000, 1, 500_000, 1]}]}}
    document = region(inpatient, chronic=[chronic])
    case = bill(1000, service="chronic", used={"deductible_used_fen": 100})
    done = split(case, document)
    assert (done["deductible_fen"], done["pooled_fen"]) == (200, 480)
    done = split(bill(1000), document)
    assert (done["deductible_fen"], done["pooled_fen"]) == (200, 400)


def test_an_over_cap_stage_takes_from_what_was_cut_off(split: Splitter) -> None:
    # 1000 in scope, 100 pooled and 800 cut off: the stage pays them all, and 100 of co-pay are left to be assisted.
    rule: Object = {"caps": {"pooled_paid_fen": 100}, "assistance": {"destitute": {"ppm": 10**6, "counts": ["copay"]}}}
    done = split(bill(1000, person={"assistance": "destitute"}), region(rule, major=[ALL_OVER]))
    assert [done[name] for name in ("pooled_fen", "major_fen", "assistance_fen", "cash_fen")] == [100, 800, 100, 0]


@pytest.mark.parametrize("override", [{"rounding": {"fund": "down_per_settlement_and_payer"}}, {"caps": None}])
def test_a_case_may_override_them(override: Any, split: Splitter) -> None:
    rule = {"ratio": HALF, "caps": {"pooled_paid_fen": 0}}
    done = split(bill(1, rule_override=override), region(rule))
    assert done["pooled_fen"] == (1 if override == {"caps": None} else 0)
