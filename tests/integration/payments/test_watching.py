"""WatchOrders: who hears what, in which order, from where on, and what each event shows."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.pb.medsettle.v1 import binding_service_pb2, enums_pb2, payment_service_pb2
from gateway.reasons import Reason
from gateway.works.upkeep import ExpireOrders
from tests.gateway_kit import Kit, credit, over_stores, person, refused

pb = payment_service_pb2
PARTY_ROLES = {"wallet-2": enums_pb2.ROLE_CHANNEL, "his-2": enums_pb2.ROLE_INSTITUTION, "data": enums_pb2.ROLE_MESH}


async def furnished(kit: Kit) -> str:
    """Two wallets, two hospitals' parties, a mesh service, and a bound person; gives the binding."""
    await kit.furnish()
    for party_id, role in PARTY_ROLES.items():
        await kit.put_party(party_id, role)
    await kit.put_institution("H2", "his-2")
    await kit.post_credits(credit(amount_fen=30_000))
    return await kit.bind()


@contextlib.asynccontextmanager
async def stream_of(kit: Kit, party: str, **values: Any) -> AsyncIterator[Any]:
    stream: Any = kit.rpcs["PaymentService/WatchOrders"].handler(kit.caller(party), pb.WatchOrdersRequest(**values))
    try:
        yield stream
    finally:
        await stream.aclose()


async def heard(kit: Kit, party: str, count: int, **values: Any) -> list[pb.WatchOrdersResponse]:
    """The first events of a stream; there must be no more at once."""
    async with stream_of(kit, party, **values) as stream:
        events = [await asyncio.wait_for(anext(stream), 10) for _ in range(count)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(stream), 0.05)
    return events


def kinds_of(events: list[pb.WatchOrdersResponse]) -> str:
    return " ".join(pb.OrderEventKind.Name(event.kind).removeprefix("ORDER_EVENT_KIND_") for event in events)


async def live_through(kit: Kit, binding_id: str) -> dict[str, str]:
    """One order for each way an order can go; gives their ids."""
    orders = {name: await kit.create_order(100_000, binding_id) for name in ("paid", "late", "closed")}
    orders["scanned"] = await kit.create_order(100_000)
    held = await kit.pay_request(orders["late"], binding_id)
    held.ClearField("cash_receipt")
    await kit.call("PaymentService/Pay", held, party="wallet")
    whole = await kit.pay_request(orders["paid"], binding_id, channel_order_no="CH")
    await kit.call("PaymentService/Pay", whole, party="wallet")
    refund = await kit.refund(orders["paid"])
    await kit.call(
        "PaymentService/ConfirmCashRefund",
        pb.ConfirmCashRefundRequest(
            request_id="cash", refund_id=refund.refund_id, amount_fen=refund.cash_to_return_fen,
            channel_refund_no="W", refunded_at_ms=kit.clock.now_ms(),
        ),
        party="wallet",
    )  # fmt: skip
    cancel = pb.CancelOrderRequest(request_id="cancel", order_id=orders["closed"], reason="changed my mind")
    await kit.call("PaymentService/CancelOrder", cancel, party="wallet")
    code = binding_service_pb2.IssuePayCodeRequest(request_id="code", binding_id=binding_id)
    pay_code = (await kit.call("BindingService/IssuePayCode", code, party="wallet")).pay_code
    attach = pb.AttachPayCodeRequest(request_id="attach", order_id=orders["scanned"], pay_code=pay_code)
    await kit.call("PaymentService/AttachPayCode", attach, party="his")
    stray = await kit.pay_request(orders["scanned"], binding_id, quote_digest="stale")
    await kit.call("PaymentService/Pay", stray, party="wallet")
    await kit.call(
        "PaymentService/ConfirmCashRefund",
        pb.ConfirmCashRefundRequest(
            request_id="stray", receipt_no=stray.cash_receipt.receipt_no, amount_fen=stray.cash_receipt.amount_fen,
            channel_refund_no="W", refunded_at_ms=kit.clock.now_ms(),
        ),
        party="wallet",
    )  # fmt: skip
    kit.clock.advance(30 * 60_000)
    await kit.pipeline.submit(ExpireOrders())
    return orders


LIVES = {
    "paid": "CREATED PAID REFUNDED CASH_REFUNDED",
    "late": "CREATED AUTHORIZED VOIDED",
    "closed": "CREATED CLOSED",
    "scanned": "CREATED CLAIMED CASH_TO_RETURN CASH_RETURNED CLOSED",
}
COUNT = sum(len(kinds.split()) for kinds in LIVES.values())


@over_stores
async def test_every_party_hears_the_life_of_its_orders_in_their_order(kit: Kit) -> None:
    orders = await live_through(kit, await furnished(kit))
    # A channel has no part in an order that nobody has claimed.
    for party, count in (("wallet", COUNT - 1), ("his", COUNT), ("bureau", COUNT), ("data", COUNT)):
        events = await heard(kit, party, count)
        for name, kinds in LIVES.items():
            wanted = kinds.removeprefix("CREATED ") if (party, name) == ("wallet", "scanned") else kinds
            assert kinds_of([event for event in events if event.order.order_id == orders[name]]) == wanted
        assert len({event.event_id for event in events}) == count
        with_refund = {pb.ORDER_EVENT_KIND_REFUNDED, pb.ORDER_EVENT_KIND_CASH_REFUNDED}
        assert all(event.HasField("refund") == (event.kind in with_refund) for event in events)
    for party in ("wallet-2", "his-2"):
        assert await heard(kit, party, 0) == []


@over_stores
async def test_an_event_shows_the_order_as_it_left_it(kit: Kit) -> None:
    orders = await live_through(kit, await furnished(kit))
    events = await heard(kit, "wallet", COUNT - 1)

    def of(name: str, kind: int) -> pb.WatchOrdersResponse:
        (event,) = [event for event in events if event.order.order_id == orders[name] and event.kind == kind]
        return event

    created = of("paid", pb.ORDER_EVENT_KIND_CREATED).order
    assert (created.state, created.channel_order_no, len(created.legs)) == (enums_pb2.ORDER_STATE_OPEN, "", 0)
    paid = of("paid", pb.ORDER_EVENT_KIND_PAID).order
    assert [row.state for row in paid.receipts] == [enums_pb2.RECEIPT_STATE_APPLIED]
    assert paid.channel_order_no == "CH"
    assert paid.refunds.refund_count == 0
    refunded = of("paid", pb.ORDER_EVENT_KIND_REFUNDED)
    assert refunded.refund.state == enums_pb2.REFUND_STATE_CASH_PENDING
    assert refunded.order.refunds.cash_pending_fen == refunded.refund.cash_to_return_fen > 0
    returned = of("paid", pb.ORDER_EVENT_KIND_CASH_REFUNDED)
    assert returned.refund.state == enums_pb2.REFUND_STATE_COMPLETED
    assert [row.state for row in returned.order.receipts] == [enums_pb2.RECEIPT_STATE_RETURNED]
    held = of("late", pb.ORDER_EVENT_KIND_AUTHORIZED).order
    assert (held.state, held.ended_at_ms) == (enums_pb2.ORDER_STATE_AUTHORIZED, 0)
    stray = of("scanned", pb.ORDER_EVENT_KIND_CASH_TO_RETURN).order
    assert [row.refusal for row in stray.receipts] == [Reason.QUOTE_CHANGED]
    assert of("closed", pb.ORDER_EVENT_KIND_CLOSED).order.cancel_reason == "changed my mind"
    assert of("closed", pb.ORDER_EVENT_KIND_CREATED).order.cancel_reason == ""


@over_stores
async def test_a_stream_goes_on_after_its_cursor(kit: Kit) -> None:
    await live_through(kit, await furnished(kit))
    whole = await heard(kit, "his", COUNT)
    for seen in range(COUNT):
        assert await heard(kit, "his", COUNT - 1 - seen, cursor=whole[seen].cursor) == whole[seen + 1 :]


@over_stores
async def test_an_institution_may_be_named_by_everybody(kit: Kit) -> None:
    binding_id = await furnished(kit)
    await kit.put_institution("H3", "his")
    await kit.import_persons(person(2))
    other = await kit.bind("user-2", 2, channel="wallet-2")
    first = await kit.create_order(1_000, binding_id)
    third = await kit.create_order(1_000, binding_id, institution_id="H3")
    await kit.create_order(1_000, other, institution_id="H3")
    for party, institution_id, orders in (
        ("wallet", "", [first, third]),
        ("wallet", "H1", [first]),
        ("wallet", "H3", [third]),
        ("wallet-2", "H1", []),
        ("his", "H1", [first]),
    ):
        events = await heard(kit, party, len(orders), institution_id=institution_id)
        assert [event.order.order_id for event in events] == orders
    for party, count in (("his", 3), ("bureau", 3), ("data", 3)):
        assert len(await heard(kit, party, count)) == count
    assert len(await heard(kit, "bureau", 2, institution_id="H3")) == 2


@pytest.mark.parametrize(
    ("party", "values", "reason"),
    [
        ("wallet", {"cursor": "zz"}, Reason.CURSOR_INVALID),
        ("wallet", {"cursor": "-1"}, Reason.CURSOR_INVALID),
        ("wallet", {"cursor": "f" * 17}, Reason.CURSOR_INVALID),
        ("wallet", {"cursor": "f" * 1100}, Reason.CURSOR_INVALID),
        ("his", {"institution_id": "H2"}, Reason.INSTITUTION_NOT_YOURS),
        ("his", {"institution_id": "H9"}, Reason.INSTITUTION_NOT_YOURS),
        ("bureau", {"institution_id": "H9"}, Reason.INSTITUTION_NOT_FOUND),
        ("wallet", {"institution_id": "H9"}, Reason.INSTITUTION_NOT_FOUND),
    ],
)
@over_stores
async def test_a_stream_that_cannot_begin_says_why(
    kit: Kit, party: str, values: dict[str, str], reason: Reason
) -> None:
    await furnished(kit)
    async with stream_of(kit, party, **values) as stream:
        with refused(reason):
            await anext(stream)


@over_stores
async def test_many_streams_hear_each_of_many_orders_once_as_it_comes(kit: Kit) -> None:
    binding_id = await furnished(kit)

    async def listen() -> list[str]:
        async with stream_of(kit, "wallet") as stream:
            return [(await anext(stream)).order.order_id for _ in range(60)]

    listeners = [asyncio.ensure_future(listen()) for _ in range(8)]
    orders = [await kit.create_order(1_000, binding_id) for _ in range(20)]
    orders += await asyncio.gather(*(kit.create_order(1_000, binding_id) for _ in range(40)))
    for listened in await asyncio.wait_for(asyncio.gather(*listeners), 20):
        assert listened[:20] == orders[:20]
        assert sorted(listened) == sorted(orders)


@over_stores
@pytest.mark.parametrize(
    ("change", "reason"),
    [({"suspended": True}, Reason.PARTY_SUSPENDED), ({"rotate_token": True}, Reason.TOKEN_UNKNOWN)],
)
async def test_a_stream_ends_when_its_party_may_no_longer_call(kit: Kit, change: dict[str, bool], reason: int) -> None:
    await furnished(kit)
    async with stream_of(kit, "wallet") as stream:
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.05)
        await kit.put_party("wallet", enums_pb2.ROLE_CHANNEL, **change)
        with refused(reason):
            await asyncio.wait_for(waiting, 2)
