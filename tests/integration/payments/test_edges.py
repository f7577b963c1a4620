"""Where planted bugs went unseen: an order's last millisecond, both purses of a refund, what an undone batch noted."""

import asyncio
from pathlib import Path

import pytest

from core.accounts import ACCOUNT_COLUMNS
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2
from gateway.reasons import Reason
from gateway.stores.base import StoreFull
from tests.gateway_kit import Kit, credit, over_stores, refused, running_gateway

pb = payment_service_pb2


@over_stores
async def test_an_order_is_open_up_to_the_millisecond_in_which_it_expires(kit: Kit) -> None:
    await kit.furnish()
    await kit.post_credits(credit())
    binding_id = await kit.bind()
    order_id = await kit.create_order(1_000, binding_id)
    pay = await kit.pay_request(order_id, binding_id)
    pay.ClearField("cash_receipt")
    quote = pb.QuoteOrderRequest(order_id=order_id, binding_id=binding_id, use_account=True)
    seen = await kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=order_id), party="wallet")
    kit.clock.advance(seen.order.expires_at_ms - kit.clock.now_ms() - 1)
    await kit.call("PaymentService/QuoteOrder", quote, party="wallet")
    kit.clock.advance(1)
    for rpc, request in (("QuoteOrder", quote), ("Pay", pay)):
        with refused(Reason.ORDER_EXPIRED):
            await kit.call(f"PaymentService/{rpc}", request, party="wallet")


@over_stores
async def test_a_refund_gives_each_purse_its_own_back(kit: Kit) -> None:
    await kit.furnish()
    await kit.post_credits(credit(1, 3_000), credit(2, 5_000, purse=enums_pb2.PURSE_PRIOR_YEARS))
    binding_id = await kit.bind()

    def purses() -> list[int]:
        ((person_id,),) = kit.store._db.execute("SELECT person_id FROM persons").fetchall()
        (row,) = kit.store.accounts([person_id])
        return [row[ACCOUNT_COLUMNS.index(name)] for name in ("current_year_fen", "prior_years_fen", "held_fen")]

    order = await kit.pay(await kit.create_order(10_000, binding_id), binding_id)
    assert purses() == [0, 0, 0]
    await kit.refund(order.order_id)
    assert purses() == [3_000, 5_000, 0]


def test_a_number_that_was_not_committed_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a batch has noted beside the core's numbers is forgotten with it."""

    async def play() -> None:
        async with running_gateway(str(tmp_path / "store.db")) as kit:
            await kit.furnish()
            await kit.post_credits(credit())
            binding_id = await kit.bind()
            order_id = await kit.create_order(1_000, binding_id)
            request = await kit.pay_request(order_id, binding_id, channel_order_no="W-1")

            def full() -> None:
                raise StoreFull("the disk is full")

            with monkeypatch.context() as patch:
                patch.setattr(kit.store, "commit", full)
                with refused(Reason.STORE_UNAVAILABLE):
                    await kit.call("PaymentService/Pay", request, party="wallet")
            shown = await kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=order_id), party="wallet")
            assert (shown.order.state, shown.order.channel_order_no) == (enums_pb2.ORDER_STATE_OPEN, "")

    asyncio.run(play())
