"""Cases that cannot be split: each gets one line that says what to mend, whatever is wrong with it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases import CaseError, compute_case, read_case
from core.policy import RuleBook
from core.reference import CaseRefused, load_regions, split_case

REGIONS = load_regions(Path(__file__).parents[3] / "policies")
BOOK = RuleBook()
for _document in REGIONS.values():
    BOOK.put(_document)

GOOD: dict[str, Any] = {
    "insured_region": "110100",
    "treatment_region": "110100",
    "scheme": "employee",
    "service_date": "2024-03-01",
    "referral": "local",
    "service": "outpatient",
    "stay_number": 1,
    "person": {"status": "active", "age": 40, "civil_servant": False, "assistance": "none"},
    "institution": {"level": "level3"},
    "lines": [{"amount_fen": 500_000, "class": "B", "self_pay_ppm": 100_000, "price_limit_fen": None}],
    "accumulators": {"deductible_used_fen": 0, "in_scope_fen": 0, "as_of": "2024-02-01"},
    "accounts": [{"owner": "self", "balance_fen": 100}],
    "rule_override": None,
    "given": {"hospital_fen": 100},
}
BILLION = 100_000_000_001

FAULTS = [
    ("insured_region", 110100, "insured_region is no region: write its 6 digits"),
    ("insured_region", "130100", "no policy for region 130100"),
    ("scheme", "employe", "scheme is"),
    ("service", None, "service is"),
    ("service", "chronic", "no rule for employee chronic"),
    ("service_date", "2024-02-30", "service_date is"),
    ("service_date", "2009-01-01", "no rule for employee outpatient"),
    ("referral", "elsewhere", "referral is"),
    ("stay_number", 0, "stay_number is 0"),
    ("person.age", -1, "person.age is -1"),
    ("person.age", 40.0, "person.age is 40.0"),
    ("person.civil_servant", 1, "person.civil_servant is neither true nor false"),
    ("person.status", "resident", "the rule has no value for resident at level level3"),
    ("institution.level", "pharmacy", "no value for active at level pharmacy"),
    ("lines", {}, "lines is {}: write a list"),
    ("lines", None, "lines and amounts: write one of the two"),
    ("lines.0.amount_fen", -1, "lines[0].amount_fen is -1"),
    ("lines.0.amount_fen", BILLION, "lines[0].amount_fen is 100000000001"),
    ("lines.0.amount_fen", True, "lines[0].amount_fen is true"),
    ("lines.0.self_pay_ppm", None, "lines[0].self_pay_ppm is missing"),
    ("lines.0.class", "D", "lines[0].class is"),
    ("accumulators.pooled_paid_fen", -5, "accumulators.pooled_paid_fen is -5"),
    ("accumulators.pooled_payed_fen", 5, "did you mean pooled_paid_fen?"),
    ("accumulators.as_of", "yesterday", "accumulators.as_of is"),
    ("accounts.0.owner", "neighbour", "accounts[0].owner is"),
    ("accounts.0.balance_fen", BILLION, "accounts[0].balance_fen is"),
    ("acounts", [], "acounts is an unknown field: did you mean"),
    ("given.hospital_fen", 50_001, "given.hospital_fen is more than the bill has out of scope"),
    ("given.pooled_fen", 450_001, "the funds would pay more than the bill has in scope"),
    ("given.major_fen", 450_001, "the funds would pay more than the bill has in scope"),
    ("amounts", {"total_fen": 5}, "lines and amounts: write one of the two"),
    ("rule_override", [], "rule_override is no object"),
    ("rule_override", {"version_date": "2024"}, "rule_override.version_date is"),
    ("rule_override", {"ratio": None}, "no ratio is known for employee outpatient in region 110100"),
    ("rule_override", {"ratios": {}}, "rule_override.ratios is an unknown field: did you mean ratio?"),
    ("rule_override", {"deductible": {"kind": "monthly"}}, "rule_override.deductible.kind is"),
    ("rule_override", {"benefit_year_start": "02-29"}, "rule_override.benefit_year_start is no day of every year"),
    ("rule_override", {"major": [{}]}, "rule_override.major[0].kind is missing"),
    ("rule_override", {"cross_region": [5]}, "rule_override.cross_region[0] is 5"),
]


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good case with one place of it replaced."""
    case = copy.deepcopy(GOOD)
    *parents, last = path.split(".")
    place: Any = case
    for name in parents:
        place = place[int(name)] if name.isdigit() else place[name]
    place[last] = value
    return case


def test_good_case_is_good() -> None:
    assert compute_case(GOOD, BOOK) == split_case(GOOD, REGIONS)


@pytest.mark.parametrize(("path", "value", "message"), FAULTS)
def test_fault_is_named(path: str, value: Any, message: str) -> None:
    case = changed(path, value)
    before = copy.deepcopy(case)
    with pytest.raises(CaseError) as refused:
        compute_case(case, BOOK)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert case == before


def test_several_faults_are_counted() -> None:
    with pytest.raises(CaseError, match=r"scheme is .* \(and 1 more\)$"):
        compute_case(changed("scheme", "none") | {"service": "none"}, BOOK)


@pytest.mark.parametrize("path", ["given.hospital_fen", "given.pooled_fen", "given.major_fen"])
def test_twin_refuses_given_amounts_over_the_bill(path: str) -> None:
    with pytest.raises(CaseRefused, match=r"is \d+ fen more than what it may pay"):
        split_case(changed(path, 450_001), REGIONS)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("insured_region", "130100", "no policy for region 130100"),
        ("service", "chronic", "has no rule for employee chronic on 2024-03-01"),
        ("lines.0.amount_fen", BILLION, "amount_fen must be 0 to 100000000000 fen"),
        ("lines.0.amount_fen", -1, "amount_fen must be 0 to 100000000000 fen"),
        ("lines.0.amount_fen", "1", "must be a whole number of fen"),
        ("institution.level", "pharmacy", "has no value for level pharmacy"),
        ("person.status", "student", "has no value for status student"),
        ("rule_override", {"ratio": None}, "the rule has no ratio"),
    ],
)
def test_twin_refuses(path: str, value: Any, message: str) -> None:
    with pytest.raises(CaseRefused, match=message):
        split_case(changed(path, value), REGIONS)


def test_what_is_left_out_means_nothing_of_it() -> None:
    short = {name: GOOD[name] for name in ("insured_region", "scheme", "service_date", "service", "institution")}
    short |= {"person": {"status": "active", "age": 40}, "lines": [{"amount_fen": 500, "class": "C"}]}
    assert read_case(short)["referral"] == "local"
    split = compute_case(short, BOOK)
    assert (split["full_self_pay_fen"], split["cash_fen"]) == (500, 500)


def places(value: Any, path: str = "") -> list[str]:
    """Every place in a case."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, one in inner for place in places(one, f"{path}.{key}".lstrip("."))]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2))
RULE: dict[str, Any] = {
    "deductible": {"kind": "per_stay", "amounts": 5, "later_stays": [{"from_stay": 2, "ppm": 1}], "reduced_for": {}},
    "ratio": {"bands": [{"from": 0, "to": None, "ppm": {"active": 1, "active@50": 2}}], "max_ppm": 1},
    "caps": {"pooled_paid_fen": 1},
    "major": [{"kind": "over_cap", "services": ["outpatient"], "bands": [{"from": 0, "to": None, "ppm": 1}]}],
    "cross_region": [{"area": "any", "services": "all", "shape": "own_table", "filed": {"ratio": {}}}],
    "account": {"pays": [], "owner_order": ["self", "family", "self_current_year"]},
    "assistance": {"destitute": {"ppm": 1, "cap_fen": None}},
    "civil_servant": {"ppm": 1},
    "benefit_year_start": "07-01",
}
WHOLE = GOOD | {"rule_override": RULE, "treatment_region": "120100", "referral": "filed"}


@pytest.mark.parametrize("unwrap", [lambda case: case, lambda case: case | {"rule_override": None}])
@given(path=st.sampled_from(places(WHOLE)), value=JSON)
def test_any_json_gives_a_split_or_a_case_error(
    unwrap: Callable[[dict[str, Any]], dict[str, Any]], path: str, value: Any
) -> None:
    case: Any = copy.deepcopy(WHOLE)
    *parents, last = path.split(".")
    place = case
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[int(last) if isinstance(place, list) else last] = value
    try:
        split = compute_case(unwrap(case), BOOK)
    except CaseError as error:
        assert "\n" not in str(error)
    else:
        assert min(split.values()) >= 0
