"""What the engine counts when batches fail, and that nobody who counts can harm a batch."""

import asyncio

import pytest

from core.words import EVENT_ORDER_CREATED
from gateway.engine.batch import Batch, Item
from gateway.engine.meter import Meter
from gateway.engine.work import Work
from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.seeing.engine_meter import EngineMeter
from gateway.stores.base import StoreFull
from tests.gateway_kit import Kit, running_gateway
from tests.integration.payments.refund_kit import refund_lines


class Faulty(Work):
    def commands(self, found: object) -> list[object]:  # type: ignore[override]
        raise ZeroDivisionError


async def metered(kit: Kit) -> EngineMeter:
    """A meter that has seen nothing: a batch is counted after its answers are on their way."""
    kit.pipeline._meter = before = EngineMeter()
    already: int = kit.store._db.execute("SELECT count(*) FROM events").fetchone()[0]
    await kit.furnish()
    made: int = kit.store._db.execute("SELECT count(*) FROM events").fetchone()[0]
    while sum(before.events.values()) < made - already:
        await asyncio.sleep(0.001)
    kit.pipeline._meter = meter = EngineMeter()
    return meter


def test_a_full_disk_and_a_faulty_work_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def whole() -> None:
        async with running_gateway() as kit:
            meter = await metered(kit)

            def full() -> None:
                raise StoreFull("the disk is full")

            with monkeypatch.context() as patch:
                patch.setattr(kit.store, "commit", full)
                with pytest.raises(Refusal, match=Reason.STORE_UNAVAILABLE.name):
                    await kit.create_order(1_000)
            with pytest.raises(Refusal, match=Reason.INTERNAL_FAULT.name):
                await kit.pipeline.submit(Faulty(0))
            await kit.pipeline.stop()
            assert meter.undone_batches == {"store_full": 1, "fault": 1, "stood_on_another": 0}
            assert meter.events == {} and meter.works.buckets()[0][-1] == ("+Inf", 0.0)

    asyncio.run(whole())


class Broken(Meter):
    def committed(self, batch: Batch) -> None:
        raise ZeroDivisionError

    def undone(self, items: list[Item], error: BaseException | None) -> None:
        raise ZeroDivisionError

    def delivered(self, batch: Batch) -> None:
        raise ZeroDivisionError


def test_a_meter_that_fails_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def whole() -> None:
        async with running_gateway() as kit:
            await kit.furnish()
            kit.pipeline._meter = Broken()
            order_id = await kit.create_order(1_000)
            with pytest.raises(Refusal, match=Reason.INTERNAL_FAULT.name):
                await kit.pipeline.submit(Faulty(0))
            kit.pipeline._meter = meter = EngineMeter()
            assert order_id != await kit.create_order(2_000)
            await kit.pipeline.stop()
            assert meter.events == {EVENT_ORDER_CREATED: 1}
            assert kit.store._db.execute("SELECT count(*) FROM orders").fetchone() == (2,)

    asyncio.run(whole())
    assert "the meter failed" in caplog.text


@pytest.mark.parametrize("store", ["memory", "file"])
def test_money_is_counted_by_payer_and_direction(store: str, tmp_path: object) -> None:
    async def whole() -> None:
        async with running_gateway("memory:" if store == "memory" else f"{tmp_path}/store.db") as kit:
            meter = await metered(kit)
            binding_id = await kit.bind()
            orders = [await kit.pay(await kit.create_order(total, binding_id), binding_id) for total in (190_000, 700)]
            await kit.refund(orders[0].order_id)
            await refund_lines(kit, orders[1].order_id, (1, 100))
            await kit.pipeline.stop()
            money = {key: fen for key, fen in meter.money_fen.items() if fen}
            # Below a deductible of 180,000 nothing is pooled; of the 10,000 above it, seven tenths.
            assert money["paid", "pooled"] == 7_490 and money["refunded", "pooled"] == 7_070
            assert sum(fen for (direction, _), fen in money.items() if direction == "paid") == 190_700
            assert sum(fen for (direction, _), fen in money.items() if direction == "refunded") == 190_100

    asyncio.run(whole())
