"""Entries put into a running gateway's catalogue, and bills whose lines they classify."""

from typing import Any

from gateway.pb.medsettle.v1 import enums_pb2, operator_service_pb2, payment_service_pb2, types_pb2
from gateway.pb.medsettle.v1.error_reason_pb2 import ErrorReason
from tests.gateway_kit import REGION, TODAY, Kit

pb = operator_service_pb2
A, B, C = enums_pb2.ITEM_CLASS_A, enums_pb2.ITEM_CLASS_B, enums_pb2.ITEM_CLASS_C
CATALOGUE = enums_pb2.CLASSIFICATION_SOURCE_CATALOGUE
INSTITUTION = enums_pb2.CLASSIFICATION_SOURCE_INSTITUTION


def entry(item_code: str = "X1", **values: Any) -> pb.CatalogueEntry:
    """An entry of the region's catalogue: class B with 10 %, from 2026-01-01 on."""
    settings: dict[str, Any] = {
        "region_code": REGION,
        "item_code": item_code,
        "item_name": "药",
        "item_class": B,
        "self_pay_ppm": 100_000,
        "valid_from": "2026-01-01",
    }
    return pb.CatalogueEntry(**(settings | values))


def line(item_code: str = "X1", amount_fen: int = 10_000, **values: Any) -> types_pb2.OrderLine:
    """A line as an institution sends it: class A unless it says otherwise."""
    settings: dict[str, Any] = {"line_no": item_code, "item_code": item_code, "item_name": "药", "item_class": A}
    return types_pb2.OrderLine(**(settings | {"amount_fen": amount_fen} | values))


async def put(kit: Kit, *records: pb.CatalogueEntry, request_id: str = "") -> Any:
    """Puts entries in one message."""
    request = pb.PutCatalogueRequest(request_id=request_id or kit.request_id(), records=records)
    return await kit.call("OperatorService/PutCatalogue", [request], party="bureau")


async def create(kit: Kit, *lines: types_pb2.OrderLine, **values: Any) -> Any:
    """Creates an order of these lines; gives the whole answer."""
    number = kit.request_id()
    settings: dict[str, Any] = {
        "request_id": number,
        "institution_id": "H1",
        "institution_order_no": f"NO-{number}",
        "kind": enums_pb2.ORDER_KIND_MIXED,
        "scenario": enums_pb2.SCENARIO_DIAGNOSIS,
        "service": enums_pb2.SERVICE_OUTPATIENT,
        "referral": enums_pb2.REFERRAL_LOCAL,
        "service_date": TODAY,
        "total_fen": sum(line.amount_fen for line in lines),
        "title": "门诊缴费",
        "lines": lines,
    }
    request = payment_service_pb2.CreateOrderRequest(**(settings | values))
    return await kit.call("PaymentService/CreateOrder", request, party="his")


async def item(kit: Kit, item_code: str = "X1", party: str = "bureau", **values: Any) -> Any:
    """What GetCatalogueItem answers."""
    request = pb.GetCatalogueItemRequest(**({"region_code": REGION, "item_code": item_code} | values))
    return await kit.call("OperatorService/GetCatalogueItem", request, party=party)


def counts_of(response: Any) -> tuple[int, int, int, int, int]:
    """Rows, created, updated, unchanged, refused."""
    counts = response.counts
    return (counts.row_count, counts.created_count, counts.updated_count, counts.unchanged_count, counts.refused_count)


def errors_of(response: Any) -> list[tuple[int, str, str]]:
    """Row, reason and field of each refused row."""
    return [
        (error.row_no, ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_"), error.field)
        for error in response.errors
    ]


def natures_of(response: Any) -> tuple[int, int, int, int]:
    """Full self-pay, over limit, class B and in scope of an answered order, in fen."""
    natures = response.order.natures
    return (
        natures.full_self_pay_fen,
        natures.over_limit_fen,
        natures.class_b_self_pay_fen,
        natures.in_scope_fen,
    )
