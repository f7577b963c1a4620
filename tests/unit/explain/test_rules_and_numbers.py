"""What a step cites is the rule that counted, and its numbers come to what it pays; over worked and random cases."""

import math
import random
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from core.cases import CaseError, read_case
from core.cases.fields import day_of, number_of
from core.cases.reading import CLASSES
from core.cases.ruling import rule_of
from core.cases.settling import insured_of, natures_of, purses_of, usage_of
from core.explain import Explanation, explain
from core.order import Order
from core.plans import PlanBook
from core.policy import REFERRALS, SCHEMES, SERVICES, RuleBook
from core.reference import CaseRefused, load_regions
from core.reference.documents import assemble, away_from_home
from core.split import split
from gateway.explaining.messages import explained
from gateway.explaining.orders import NotExplained, explanation_of_order
from gateway.pb.medsettle.v1 import enums_pb2, types_pb2
from tests.cases_kit import worked_cases
from tests.prove.run import shipped
from tests.prove.worlds import World

Documents = dict[str, dict[str, Any]]
REGIONS = load_regions("policies")


def worlds(seed: str, count: int, bills: int) -> Iterator[tuple[dict[str, Any], Documents, World]]:
    for number in range(count):
        world = World(random.Random(f"{seed} {number}"), shipped())
        for _ in range(bills):
            yield read_case(world.case()), {world.document["region_code"]: world.document}, world


def cases() -> Iterator[tuple[dict[str, Any], Documents, Explanation]]:
    """Worked and random cases with their explanations."""
    for case in worked_cases():
        checked = read_case(case)
        yield checked, REGIONS, explain(checked, REGIONS)
    for checked, documents, _ in worlds("origins", 150, 6):
        try:
            yield checked, documents, explain(checked, documents)
        except CaseRefused:
            continue


def at(document: Any, path: str) -> Any:
    for key in re.findall(r"[^.\[\]]+|\[\d+\]", path):
        document = document[int(key[1:-1])] if key[0] == "[" else document[key]
    return document


def test_what_is_cited_is_there_and_is_what_counted() -> None:
    seen = 0
    for case, documents, found in cases():
        rule, _, _ = away_from_home(assemble(case, documents), case)
        document = documents.get(case["insured_region"]) or documents[min(documents)]
        for step in found.steps:
            path = step.origin.path
            if not path or path.startswith("plan "):
                assert path or step.kind in ("natures", "amounts", "hospital", "cash", "given"), step.kind
                continue
            value = at({"rule_override": case["rule_override"]} if path.startswith("rule_override") else document, path)
            if step.kind.startswith("band_"):
                assert value == rule["ratio"]["bands"][int(path[:-1].rpartition("[")[2])]
            elif step.kind == "stage_band":
                assert {"from", "to", "ppm"} <= set(value)
            elif "deductible" in step.kind:
                assert value["kind"] == rule["deductible"]["kind"]
            elif step.kind == "pooled_capped":
                assert value == rule["caps"]["pooled_paid_fen"]
            elif step.kind.startswith("account_") and step.kind != "account_first":
                assert isinstance(value, dict) and (set(value) & {"pays", "pays_at_pharmacy", "family_pays"})
            seen += 1
    assert seen > 3_000


def test_a_table_for_elsewhere_is_cited_where_it_stands() -> None:
    case = next(case for case in worked_cases() if case["id"] == "K52")
    found = explain(read_case(case), REGIONS)
    paths = {step.kind: step.origin.path for step in found.steps}
    assert paths["deductible_per_stay"].endswith("cross_region[0].filed.deductible")


def test_numbers_of_steps_come_to_what_they_pay() -> None:
    ways = {
        "down": math.floor,
        "up": math.ceil,
        "half_even": round,
        "half_up": lambda x: math.floor(x + Fraction(1, 2)),
    }
    seen: dict[str, int] = {}
    for _, _, found in cases():
        bands = Fraction(0)
        for step in found.steps:
            facts: dict[str, Any] = step.facts
            if step.kind.startswith("band_") or step.kind in ("stage_band", "plan_band"):
                assert facts["cost_fen"] * facts["share"] == facts["benefit_fen"] != 0 or not facts["share"]
                bands += facts["benefit_fen"]
                continue
            if "benefit_fen" not in facts:
                continue
            if step.kind in ("civil_servant", "assistance"):
                assert facts["base_fen"] * facts["share"] == facts["benefit_fen"]
            else:
                assert facts["benefit_fen"] == bands, step.kind
                bands = Fraction(0)
            whole = ways[facts["way"]](facts["benefit_fen"])
            if step.kind == "pooled_capped":
                assert step.paid_fen < whole
            elif "room_fen" in facts:
                assert step.paid_fen == facts["room_fen"] < whole
            else:
                assert step.paid_fen == whole, step.kind
            seen[step.kind] = seen.get(step.kind, 0) + ("room_fen" in facts)
    assert set(seen) >= {
        "pooled",
        "pooled_capped",
        "stage_over_cap",
        "stage_over_burden",
        "civil_servant",
        "assistance",
    }
    assert seen["plan_commercial"] and seen["stage_over_burden"] and seen["assistance"], "none met its ceiling"


def order_of(case: dict[str, Any], document: dict[str, Any]) -> tuple[Order, bytes] | None:
    """The order that a gateway would have recorded of a case, and its lines; None for a case without a split."""
    book = RuleBook()
    book.put(document)
    try:
        compiled, same_year = rule_of(case, book)
        bill, base_fen = natures_of(case)
    except CaseError:
        return None
    hospital_fen = case["given"]["hospital_fen"] or 0
    if hospital_fen > bill["total_fen"] - bill["in_scope_fen"]:
        return None
    usage, insured = usage_of(case, same_year), insured_of(case)
    result = split(compiled, (*bill.values(), base_fen, hospital_fen), insured, usage, purses_of(case))
    if result.reason:
        return None
    before = ("deductible_used", "in_scope", "pooled_paid", "major_in_scope", "major_paid")
    names = ("person_status", "age", "civil_servant", "assistance", "family_doctor", "level")
    order = Order(
        **{name: fen for name, fen in (bill | result._asdict()).items() if name != "reason"},
        **{f"{name}_before_fen": fen for name, fen in zip(before, usage, strict=True)},
        **{name: int(value) for name, value in zip(names, insured, strict=False)},
        hospital_borne_fen=hospital_fen,
        insured_region=int(case["insured_region"]),
        treatment_region=int(case["treatment_region"]),
        scheme=number_of(SCHEMES, case["scheme"]),
        service=number_of(SERVICES, case["service"]),
        referral=number_of(REFERRALS, case["referral"]),
        service_day=day_of(case["service_date"]),
        stay_number=case["stay_number"],
    )
    detail = types_pb2.InstitutionDetail()
    for number, line in enumerate(case["lines"]):
        limit = {} if line["price_limit_fen"] is None else {"price_limit_fen": line["price_limit_fen"]}
        detail.lines.add(
            line_no=str(number),
            amount_fen=line["amount_fen"],
            item_class=CLASSES[line["class"]],
            self_pay_ppm=line["self_pay_ppm"],
            deductible_exempt=line["deductible_exempt"],
            **limit,
        )
        detail.line_classifications.add(line_no=str(number), source=enums_pb2.CLASSIFICATION_SOURCE_INSTITUTION)
    return order, detail.SerializeToString()


def test_an_order_is_explained_as_its_case_is() -> None:
    seen = 0
    for case, documents, world in worlds("orders", 200, 6):
        given = {"pooled_fen": None, "major_fen": None, "hospital_fen": case["given"]["hospital_fen"]}
        case = case | {"rule_override": {}, "plans": [], "given": given}
        recorded = order_of(case, world.document) if case["lines"] else None
        if recorded is None:
            continue
        found = explanation_of_order(*recorded, world.document, PlanBook())
        expected = explain(case, documents)
        assert [step[:3] + step[4:] for step in found.steps] == [step[:3] + step[4:] for step in expected.steps]
        paid: dict[int, int] = {}
        for step in explained(found).steps:
            paid[step.payer] = paid.get(step.payer, 0) + step.paid_fen
        order = recorded[0]
        for kind, name in (
            (enums_pb2.TENDER_KIND_POOLED, "pooled_fen"),
            (enums_pb2.TENDER_KIND_MAJOR, "major_fen"),
            (enums_pb2.TENDER_KIND_CIVIL_SERVANT, "civil_servant_fen"),
            (enums_pb2.TENDER_KIND_ASSISTANCE, "assistance_fen"),
            (enums_pb2.TENDER_KIND_HOSPITAL, "hospital_fen"),
            (enums_pb2.TENDER_KIND_ACCOUNT_CURRENT, "account_current_fen"),
            (enums_pb2.TENDER_KIND_ACCOUNT_PRIOR, "account_prior_fen"),
            (enums_pb2.TENDER_KIND_FAMILY_ACCOUNT, "family_account_fen"),
            (enums_pb2.TENDER_KIND_CASH, "cash_fen"),
        ):
            assert paid.get(kind, 0) == getattr(order, name), name
        seen += 1
    assert seen > 300


@pytest.mark.parametrize("name", ["used_in_scope_fen", "major_counted_fen"])
def test_accumulators_of_an_order_are_held_to_the_record(name: str) -> None:
    case, _, world = next(
        found for found in worlds("orders", 50, 6) if found[0]["lines"] and not found[0]["rule_override"]
    )
    case = case | {"plans": [], "given": {"pooled_fen": None, "major_fen": None, "hospital_fen": None}}
    recorded = order_of(case, world.document)
    assert recorded is not None
    setattr(recorded[0], name, getattr(recorded[0], name) + 1)
    with pytest.raises(NotExplained, match="in_scope_fen"):
        explanation_of_order(*recorded, world.document, PlanBook())
