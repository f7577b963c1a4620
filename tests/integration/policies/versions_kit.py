"""Versions of the region's policy that differ in one number each, so that a split tells which one made it."""

import copy
from typing import Any

from gateway.pb.medsettle.v1 import operator_service_pb2 as op
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay
from gateway.pb.medsettle.v1 import types_pb2
from tests.gateway_kit import POLICY, REGION, Kit

# What the pooled fund pays of a first bill of 2,500 yuan: 70 % of what is above the deductible.
BILL_FEN = 250_000
POOLED_FEN = {"2026-01": 49_000, "2026-02": 168_000, "2026-03": 105_000}
_DEDUCTIBLE_FEN = {"2026-01": 180_000, "2026-02": 10_000, "2026-03": 100_000}


def version(name: str, effective_from: str | None = None, effective_to: str | None = None, **values: Any) -> Any:
    """The region's policy as a version from and to a date."""
    document = copy.deepcopy(POLICY) | {"version": name} | values
    for key, date in (("effective_from", effective_from), ("effective_to", effective_to)):
        if date is not None:
            document[key] = date
    if name in _DEDUCTIBLE_FEN:
        document["schemes"]["employee"]["outpatient"][0]["deductible"]["amounts"] = _DEDUCTIBLE_FEN[name]
    return document


async def versions_of(kit: Kit) -> list[tuple[str, int, str, str]]:
    """The region's versions as ListPolicies tells them: name, state, from, to."""
    response = await kit.call(
        "OperatorService/ListPolicies", op.ListPoliciesRequest(region_code=REGION), party="bureau"
    )
    return [(one.policy_version, one.state, one.effective_from, one.effective_to) for one in response.versions]


async def order_of(kit: Kit, order_id: str) -> types_pb2.Order:
    """An order as its institution sees it."""
    response = await kit.call("PaymentService/GetOrder", pay.GetOrderRequest(order_id=order_id), party="his")
    order: types_pb2.Order = response.order
    return order


async def quoted(kit: Kit, order_id: str, binding_id: str) -> tuple[str, int]:
    """By which version a quote prices an order, and what the pooled fund pays."""
    request = pay.QuoteOrderRequest(order_id=order_id, binding_id=binding_id, use_account=True)
    quote = await kit.call("PaymentService/QuoteOrder", request, party="wallet")
    return quote.policy_version, quote.split.pooled_fen
