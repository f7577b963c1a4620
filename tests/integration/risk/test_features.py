"""Features against an oracle that counts them the obvious way, over a random month."""

import asyncio
import random
from typing import Any

import pytest

from core.order import Order
from core.risk.features import unpack_features
from core.risk.meanings import FEATURES
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2, types_pb2
from tests.gateway_kit import Kit, running_gateway
from tests.integration.risk.oracle import Now, counts, window_features
from tests.integration.risk.risk_kit import another, in_force, rule, signals

PLACES = [(39_904_200, 116_407_400), (39_990_000, 116_300_000), (31_230_400, 121_473_700), (0, 0)]
PAYMENTS = 120
ROUNDED = {"km_since_last": 2, "kmh_since_last": 2}  # the core measures on a plane: so many per cent


async def visit(kit: Kit, rng: random.Random, bindings: list[str]) -> str:
    """One random payment, now and then refunded, cancelled or left to its cash; gives its order."""
    binding = rng.choice(bindings)
    order = await kit.create_order(
        rng.choice([1_000, 10_000, 17_000, 19_500, 20_000, 300_000]),
        binding,
        institution_id=rng.choice(["H1", "H2", "P1"]),
        service=enums_pb2.SERVICE_OUTPATIENT,
    )
    place = rng.choice(PLACES)
    told = signals(rng.choice(["", "phone-1", "phone-2"]))
    if any(place):
        told.location.CopyFrom(types_pb2.GeoPoint(latitude_e6=place[0], longitude_e6=place[1]))
    values: dict[str, Any] = {"cash_receipt": None} if rng.random() < 0.3 else {}
    request = await kit.pay_request(order, binding, risk_signals=told, **values)
    response = await kit.call("PaymentService/Pay", request, party="wallet")
    if response.status == payment_service_pb2.PAY_STATUS_AUTHORIZED and rng.random() < 0.5:
        cancel = payment_service_pb2.CancelOrderRequest(request_id=kit.request_id(), order_id=order)
        await kit.call("PaymentService/CancelOrder", cancel, party="wallet")
    elif response.status == payment_service_pb2.PAY_STATUS_PAID and rng.random() < 0.2:
        await kit.refund(order)
    return order


def check_every_assessment(kit: Kit) -> int:
    """Each assessment's features are what the journal up to its batch gives; gives how many were looked at."""
    reader = kit.store.reader()
    checked = 0
    try:
        events = [event for event, _ in reader.events_after(0, 1_000_000)]
        for row in reversed(reader.assessments(1 << 62, 1_000_000, order_id=0, open_only=False)):
            known: dict[int, Order] = {}
            own: Order | None = None
            for event in events:
                if event.batch < row.batch:
                    known[event.order_id] = Order.unpack(event.facts)
                elif event.order_id == row.order_id and own is None:
                    own = Order.unpack(event.facts)
            assert own is not None
            visits = [one for one in known.values() if counts(one) and one.order_id != row.order_id]
            place = (own.risk_latitude_e6, own.risk_longitude_e6)
            now = Now(row.at_ms, own, row.channel_id, row.device, place, 20_000)
            expected = window_features(
                now,
                [one for one in visits if one.person_id == row.person_id],
                [one for one in visits if row.device and one.risk_device == row.device],
                [one for one in visits if one.institution_id == row.institution_id],
            )
            found = dict(zip(FEATURES, unpack_features(row.features), strict=True))
            for name, value in expected.items():
                slack = value * ROUNDED.get(name, 0) // 100 + (name in ROUNDED)
                assert abs(found[name] - value) <= slack, f"{name} of {row.assessment_id}: {found[name]}, not {value}"
            checked += 1
    finally:
        reader.close()
    return checked


@pytest.mark.parametrize("seed", range(3))
def test_features_are_what_an_oracle_counts(seed: int) -> None:
    async def whole() -> None:
        rng = random.Random(seed)
        async with running_gateway() as kit:
            bindings = [await in_force(kit, rule("REVIEW", "hour", "==", 99))]
            bindings += [await another(kit, 2), await another(kit, 3)]
            await kit.put_institution("H2", "his")
            await kit.put_institution("P1", "his", level=enums_pb2.INSTITUTION_LEVEL_PHARMACY)
            for _ in range(PAYMENTS):
                await visit(kit, rng, bindings)
                kit.clock.advance(rng.choice([1, 1_000, 60_000, 600_000, 3_600_000, 40_000_000, 200_000_000]))
            assert check_every_assessment(kit) == PAYMENTS

    asyncio.run(whole())
