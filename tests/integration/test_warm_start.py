"""After a restart what the first batches need is in memory already: open orders, and the accounts of who came last."""

import asyncio
from pathlib import Path

import pytest

from gateway.engine import pipeline
from gateway.ids import id_number
from gateway.pb.medsettle.v1 import payment_service_pb2 as pb
from tests.gateway_kit import Kit, running_gateway


def number(text: str) -> int:
    found = id_number(text[0], text)
    assert found is not None
    return found


async def furnished(path: str) -> tuple[list[str], str]:
    """Three open orders and a paid one."""
    async with running_gateway(path) as kit:
        await kit.furnish()
        binding_id = await kit.bind()
        orders = [await kit.create_order(1_000 + count, binding_id) for count in range(4)]
        await kit.pay(orders[3], binding_id)
    return orders[:3], orders[3]


def in_memory(kit: Kit, order_id: str) -> bool:
    return not kit.pipeline._ledger.missing_orders([number(order_id)])


def test_open_orders_and_the_accounts_of_late_events_are_there(tmp_path: Path) -> None:
    async def whole() -> None:
        path = str(tmp_path / "store.db")
        open_orders, paid = await furnished(path)
        async with running_gateway(path) as kit:
            assert all(in_memory(kit, order_id) for order_id in open_orders)
            assert not in_memory(kit, paid)
            accounts = kit.pipeline._ledger.accounts
            assert (accounts.count, accounts.pinned_count, accounts.miss_count) == (1, 0, 0)

    asyncio.run(whole())


def test_a_start_reads_only_so_much_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def whole() -> None:
        path = str(tmp_path / "store.db")
        open_orders, _ = await furnished(path)
        monkeypatch.setattr(pipeline, "_WARM_ORDERS_MAX", 2)
        monkeypatch.setattr(pipeline, "_WARM_EVENTS_MAX", 0)
        async with running_gateway(path) as kit:
            assert sum(in_memory(kit, order_id) for order_id in open_orders) == 2
            # What was not read ahead is read when it is asked for.
            for order_id in open_orders:
                request = pb.GetOrderRequest(order_id=order_id)
                answer = await kit.call("PaymentService/GetOrder", request, party="his")
                assert answer.order.order_id == order_id

    asyncio.run(whole())
