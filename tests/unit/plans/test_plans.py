"""What plans pay, by both cores: numbers worked out by hand."""

from typing import Any

import pytest

from core.cases import CaseError, compute_case, read_case, settle_case
from core.plans import CompiledPlan, Cover, NoPlan, PlanBook, check
from core.plans.book import PlanFault
from core.policy import RuleBook
from core.reference import CaseRefused
from core.reference import settle_case as settle_by_twin
from tests.unit.split.made_up import Object, bill, line, region

WHOLE = {"bands": [{"from": 0, "to": None, "ppm": 1_000_000}]}


def band(start: int, end: int | None, ppm: int) -> Object:
    return {"from": start, "to": end, "ppm": ppm}


def part_with(*bands: Object) -> Object:
    return {"counts": ["copay"], "bands": list(bands)}


def plan(**terms: Any) -> Object:
    """A commercial plan that pays the co-pay part whole, unless said otherwise."""
    return {
        "plan_id": "test",
        "name": "test",
        "insurer": "test",
        "tender": "commercial",
        "regions": ["990100"],
        "effective_from": "2020-01-01",
        "services": ["inpatient"],
        "parts": [{"counts": ["copay"]} | WHOLE],
    } | terms


def settled(case: Object, rule: Object | None = None) -> tuple[dict[str, int], dict[str, int]]:
    """A case by both cores, which must agree: the split, and what it adds."""
    document, book = region(rule or {}), RuleBook()
    book.put(document)
    compiled = settle_case(read_case(case), book)
    assert tuple(settle_by_twin(read_case(case), {document["region_code"]: document})) == tuple(compiled)
    split = compiled.split
    payers = ("pooled", "major", "civil_servant", "assistance", "other_fund", "hospital", "account", "family_account")
    assert sum(split[f"{name}_fen"] for name in (*payers, "commercial", "cash")) == split["total_fen"]
    return compiled.split, compiled.used


def held(document: Object, **used: Any) -> list[Object]:
    return [{"plan": document} | used]


# A bill of 1,000 in scope of which the pooled fund pays half: 500 of co-pay are left.
@pytest.mark.parametrize(
    ("part", "used", "paid"),
    [
        ({}, {}, 500),
        ({"deductible_fen": 200}, {}, 300),
        ({"deductible_fen": 500}, {}, 0),
        ({"deductible_fen": 600}, {}, 0),
        # What was counted before fills the deductible of the year, not of a bill.
        ({"deductible_fen": 600}, {"counted_fen": [400], "paid_fen": [0]}, 300),
        ({"deductible_fen": 600, "per": "bill"}, {"counted_fen": [400], "paid_fen": [0]}, 0),
        # The year's edges: 300 at a half, the rest at a tenth, behind a deductible of 100.
        (
            {"deductible_fen": 100, "bands": [band(0, 300, 500_000), band(300, None, 100_000)]},
            {},
            160,
        ),
        (
            {"deductible_fen": 100, "bands": [band(0, 300, 500_000), band(300, None, 100_000)]},
            {"counted_fen": [300], "paid_fen": [100]},
            90,
        ),
        # Above a closed last band nothing is paid.
        ({"bands": [band(0, 300, 500_000)]}, {}, 150),
        ({"cap_fen": 499}, {}, 499),
        ({"cap_fen": 499}, {"counted_fen": [0], "paid_fen": [400]}, 99),
        ({"cap_fen": 499}, {"counted_fen": [0], "paid_fen": [600]}, 0),
        ({"cap_fen": 0}, {}, 0),
    ],
)
def test_one_part(part: Object, used: Object, paid: int) -> None:
    split, added = settled(bill(1000, plans=held(plan(parts=[{"counts": ["copay"]} | WHOLE | part]), **used)))
    assert split["commercial_fen"] == paid
    assert split["cash_fen"] == 500 - paid
    assert (added["plans[0].counted_fen[0]"], added["plans[0].paid_fen[0]"]) == (500, paid)


@pytest.mark.parametrize(("way", "paid"), [("half_up", 3), ("half_even", 2), ("down", 2), ("up", 3)])
def test_ways_of_rounding(way: str, paid: int) -> None:
    parts = [{"counts": ["copay"], "bands": [band(0, None, 500_000)]}]
    assert settled(bill(10, plans=held(plan(parts=parts, rounding=way))))[0]["commercial_fen"] == paid


@pytest.mark.parametrize(
    ("ceilings", "paid"),
    [
        ({"cap_fen": 700}, (500, 200)),
        ({"cap_fen": 700, "cap_per_bill_fen": 300}, (300, 0)),
        ({"cap_per_bill_fen": 600}, (500, 100)),
    ],
)
def test_parts_share_a_ceiling_the_first_goes_first(ceilings: Object, paid: tuple[int, int]) -> None:
    document = plan(parts=[{"counts": ["copay"]} | WHOLE, {"counts": ["full_self"]} | WHOLE], **ceilings)
    lines = [line(1000), line(400, 1_000_000)]
    split, added = settled(bill(0, lines=lines, plans=held(document)))
    assert tuple(added[f"plans[0].paid_fen[{index}]"] for index in range(2)) == paid
    assert split["commercial_fen"] == sum(paid) and split["cash_fen"] == 900 - sum(paid)


def test_the_hospital_bears_first_and_the_account_pays_what_the_plans_leave() -> None:
    document = plan(parts=[{"counts": ["full_self", "class_b"], "bands": [band(0, None, 500_000)]}])
    lines = [line(1000), line(400, 1_000_000), line(200, 500_000)]
    # 400 wholly self-paid, 100 of class B, 1,100 in scope of which 550 is co-pay; the hospital bears 100 of the 400.
    accounts = [{"owner": "self", "balance_fen": 570}]
    case = bill(0, lines=lines, given={"hospital_fen": 100}, accounts=accounts, plans=held(document))
    split, _ = settled(case)
    assert (split["hospital_fen"], split["commercial_fen"]) == (100, 200)
    # The plan has taken 200 of the 300 left of the wholly self-paid; the account pays 550 and 20 of class B.
    assert (split["account_fen"], split["cash_fen"]) == (570, 180)


def test_mutual_aid_pays_before_the_insurance() -> None:
    aid = plan(tender="other_fund", parts=[{"counts": ["copay"], "bands": [band(0, None, 600_000)]}])
    insurance = plan(parts=[{"counts": ["copay"], "bands": [band(0, None, 500_000)]}])
    for both in ([{"plan": aid}, {"plan": insurance}], [{"plan": insurance}, {"plan": aid}]):
        split, _ = settled(bill(1000, plans=both))
        assert (split["other_fund_fen"], split["commercial_fen"], split["cash_fen"]) == (300, 100, 100)


@pytest.mark.parametrize(
    "terms",
    [
        {"services": ["outpatient"]},
        {"excludes": {"referrals": ["local"]}},
        {"excludes": {"levels": ["level1", "level3"]}},
    ],
)
def test_a_bill_that_is_not_covered_adds_nothing(terms: Object) -> None:
    split, added = settled(bill(1000, plans=held(plan(**terms))))
    assert split["commercial_fen"] == 0 and not any(name.startswith("plans") for name in added)


def test_a_new_plan_year_begins_with_nothing() -> None:
    document = plan(plan_year_start="03-01", parts=[{"counts": ["copay"], "deductible_fen": 400} | WHOLE])
    used = {"counted_fen": [400], "paid_fen": [0]}
    # The bill is of 2025-03-01, the first day of a plan year.
    assert settled(bill(1000, plans=held(document, **used, as_of="2025-03-01")))[0]["commercial_fen"] == 500
    assert settled(bill(1000, plans=held(document, **used, as_of="2025-02-28")))[0]["commercial_fen"] == 100


@pytest.mark.parametrize(
    ("plans", "told"),
    [
        ([{"plan": plan(regions=["110100"])}], "plans[0].plan test is not for persons of region 990100"),
        ([{"plan": plan()}, {"plan": plan()}], "plans[1].plan pays as commercial, as plans[0] does"),
        ([{"plan": plan(effective_from="2025-03-02")}], "plans[0].plan does not hold on 2025-03-01"),
        ([{"plan": plan(effective_to="2025-03-01")}], "plans[0].plan does not hold on 2025-03-01"),
        ([{"plan": "unknown"}], "plans[0].plan: no plan is called unknown"),
        ([{"plan": plan(), "counted_fen": [0, 0]}], "plans[0].counted_fen has 2 entries: the plan has 1 parts"),
        ([{"plan": plan(), "counted_fen": [-1]}], "plans[0].counted_fen[0] is -1 fen: it must not be below 0"),
        ([{"plan": plan(tender="pension")}], 'plans[0].plan.tender is "pension": known are other_fund, commercial'),
        ([{"plan": 7}], "plans[0].plan is 7: write the id of a plan, or its document"),
        ({"plan": plan()}, "plans is {"),
        ([plan()], "plans[0].plan is null: write the id of a plan, or its document"),
        ([{"plan": plan(), "as_of": "yesterday"}], 'plans[0].as_of is "yesterday": write a date'),
    ],
)
def test_plans_of_a_case_that_cannot_be_used(plans: Any, told: str) -> None:
    book = RuleBook()
    book.put(region({}))
    with pytest.raises(CaseError) as caught:
        compute_case(bill(1000, plans=plans), book)
    assert str(caught.value).startswith(told)


def test_the_twin_refuses_what_it_cannot_split() -> None:
    document = region({})
    for plans in ([{"plan": "unknown"}], [{"plan": plan()}, {"plan": plan()}], [{"plan": plan(), "paid_fen": []}]):
        with pytest.raises(CaseRefused):
            settle_by_twin(bill(1000, plans=plans), {document["region_code"]: document})


def test_the_book_finds_the_version_of_a_day() -> None:
    book = PlanBook()
    book.put(plan(effective_from="2024-01-01", cap_fen=1))
    book.put(plan(effective_from="2025-01-01", effective_to="2025-07-01", cap_fen=2))
    assert book.plan_ids() == ["test"] and [one["cap_fen"] for one in book.documents("test")] == [1, 2]
    assert book.find("test", "2024-12-31").document["cap_fen"] == 1
    assert book.find("test", "2025-06-30").document["cap_fen"] == 2
    for date, told in (("2023-12-31", "begins on 2024-01-01"), ("2025-07-01", "ended before 2025-07-01")):
        with pytest.raises(NoPlan, match=told):
            book.find("test", date)
    with pytest.raises(PlanFault, match="rounding"):
        book.put(plan(effective_from="2025-01-01", rounding="sideways"))
    assert book.find("test", "2025-01-01").document["cap_fen"] == 2, "a fault leaves the book as it was"


def test_a_cover_has_amounts_for_each_part() -> None:
    with pytest.raises(ValueError, match="has 1 parts, not 2"):
        Cover(CompiledPlan(plan()), [0, 0], [0, 0])


@pytest.mark.parametrize(
    ("change", "place", "told"),
    [
        ({"plan_id": "Wuhan Plan"}, "plan_id", "small letters"),
        ({"tender": "pension"}, "tender", "other_fund"),
        ({"regions": []}, "regions", "1 to 500"),
        ({"regions": ["42"]}, "regions[0]", "6 digits"),
        ({"regions": ["420100", "420100"]}, "regions", "twice"),
        ({"services": []}, "services", "is empty"),
        ({"services": ["dental"]}, "services[0]", "known are"),
        ({"excludes": {"level": []}}, "excludes.level", "did you mean levels?"),
        ({"plan_year_start": "02-29"}, "plan_year_start", "MM-DD"),
        ({"effective_to": "2020-01-01"}, "effective_to", "later date"),
        ({"rounding": "nearest"}, "rounding", "known are"),
        ({"cap_fen": -1}, "cap_fen", "below 0"),
        ({"cap_per_bill_fen": 1.5}, "cap_per_bill_fen", "whole number"),
        ({"parts": []}, "parts", "1 to 3"),
        ({"deductible": 1}, "deductible", "unknown key"),
        ({"parts": [{"counts": [], **WHOLE}]}, "parts[0].counts", "is empty"),
        ({"parts": [{"counts": ["copay"], **WHOLE}] * 2}, "parts[1].counts", "as parts[0] does"),
        ({"tender": "other_fund", "parts": [{"counts": ["class_b"], **WHOLE}]}, "parts[0].counts", "out of scope"),
        ({"parts": [{"counts": ["copay"]}]}, "parts[0].bands", "is missing"),
        ({"parts": [{"counts": ["copay"], "per": "month", **WHOLE}]}, "parts[0].per", "known are"),
        ({"parts": [part_with(band(0, None, 1_000_001))]}, "parts[0].bands[0].ppm", "100 %"),
        ({"parts": [part_with(band(5, None, 1))]}, "parts[0].bands[0].from", "begins at 0"),
        ({"parts": [part_with(band(0, 5, 1), band(6, None, 1))]}, "parts[0].bands[1].from", "a gap; write 5"),
        ({"parts": [part_with(band(0, 5, 1), band(4, None, 1))]}, "parts[0].bands[1].from", "an overlap; write 5"),
        ({"parts": [part_with(band(0, None, 1), band(4, None, 1))]}, "parts[0].bands[1]", "behind an open band"),
        ({"parts": [part_with(band(5, 5, 1))]}, "parts[0].bands[0].to", "not above"),
    ],
)
def test_a_fault_is_named_with_its_place_and_the_mend(change: Object, place: str, told: str) -> None:
    problems = check(plan() | change, "file.json")
    assert [problem.rule for problem in problems] == [place]
    assert told in problems[0].message and problems[0].file == "file.json"


def test_no_json_makes_the_check_fall_over() -> None:
    for document in (None, 1, "plan", [], [plan()], {}, {"parts": [[]]}, {"parts": [{"bands": [{}], "counts": [[]]}]}):
        assert check(document, "")
    assert not check(plan(), "")


def test_a_document_may_have_very_many_faults() -> None:
    assert len(check({f"key {number}": number for number in range(5_000)}, "")) == 1_000
