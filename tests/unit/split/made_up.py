"""Made-up regions and bills for the tables of tests, and both cores as functions of the two."""

from typing import Any

from core.cases import compute_case
from core.policy import RuleBook
from core.reference import split_case

Object = dict[str, Any]

NO_DEDUCTIBLE: Object = {"kind": "none"}
HALF: Object = {"bands": [{"from": 0, "to": None, "ppm": 500_000}]}


def region(rule: Object, **scheme: Any) -> Object:
    """A made-up region with one rule for every service; a part that is not said is: half is paid, no more rules."""
    version = {"deductible": NO_DEDUCTIBLE, "ratio": HALF, "caps": {"pooled_paid_fen": None}} | rule
    version = {"effective_from": "2020-01-01", "effective_to": None} | version
    account = {"pays": ["deductible", "copay", "class_b"], "owner_order": ["self_current_year", "self", "family"]}
    services = {service: [version] for service in ("outpatient", "inpatient", "chronic")}
    return {
        "region_code": "990100",
        "name": "Testville",
        "benefit_year_start": "07-01",
        "defaults": {"order": "standard", "account": account, "civil_servant": None, "assistance": None},
        "schemes": {"employee": services | scheme},
    }


def bill(in_scope_fen: int, **fields: Any) -> Object:
    """A case of an active person of 40 at a level3 hospital; `person` and `used` change or add single fields."""
    person = {"status": "active", "age": 40} | fields.pop("person", {})
    case: Object = {
        "insured_region": "990100",
        "treatment_region": "990100",
        "scheme": "employee",
        "service_date": "2025-03-01",
        "referral": "local",
        "service": "inpatient",
        "person": person,
        "institution": {"level": "level3"},
        "accumulators": fields.pop("used", {}),
    }
    if "lines" not in fields:
        case["lines"] = [{"amount_fen": in_scope_fen, "class": "A", "self_pay_ppm": 0}]
    return case | fields


def by_twin(case: Object, document: Object) -> dict[str, int]:
    return split_case(case, {document["region_code"]: document})


def by_compiled(case: Object, document: Object) -> dict[str, int]:
    book = RuleBook()
    book.put(document)
    return compute_case(case, book)


def line(amount_fen: int, self_pay_ppm: int = 0, limit_fen: int | None = None, exempt: bool = False) -> Object:
    return {
        "amount_fen": amount_fen,
        "class": "B",
        "self_pay_ppm": self_pay_ppm,
        "price_limit_fen": limit_fen,
        "deductible_exempt": exempt,
    }


def bands(*edges_and_shares: int) -> list[Object]:
    """share, edge, share, ..., share"""
    edges = [0, *edges_and_shares[1::2]]
    ends = [*edges_and_shares[1::2], None]
    return [
        {"from": start, "to": end, "ppm": share}
        for start, end, share in zip(edges, ends, edges_and_shares[::2], strict=True)
    ]
