"""Batch n+1 applied while batch n is on its way to the disk: what it stands on, and what becomes of it."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from core.order import Order
from gateway.engine.batch import Batch
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2
from gateway.reasons import Reason
from gateway.stores.base import StoreBroken, StoreFull
from tests.gateway_kit import Kit, credit, refused, running_gateway

pb = payment_service_pb2


class Gate:
    """Holds every commit of a store until it is let through; the next one may be made to fail."""

    def __init__(self, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
        self._commit = kit.store.commit
        self._passes = threading.Semaphore(0)
        self._failures: list[Exception] = []
        self.waiting = threading.Semaphore(0)
        self.overlapped = 0
        apply = Batch.apply

        def counted(batch: Batch, *args: Any) -> None:
            self.overlapped += kit.pipeline._flying is not None
            apply(batch, *args)

        monkeypatch.setattr(kit.store, "commit", self._gated)
        monkeypatch.setattr(Batch, "apply", counted)
        monkeypatch.setattr(kit.pipeline, "_batch_max", 1)

    def _gated(self) -> None:
        self.waiting.release()
        self._passes.acquire()
        if self._failures:
            raise self._failures.pop(0)
        self._commit()

    async def arrived(self) -> None:
        """Returns when a commit waits at the gate."""
        assert await asyncio.to_thread(self.waiting.acquire, timeout=5)
        await asyncio.sleep(0.05)  # time for what comes after it to be applied

    def let_pass(self, count: int = 1) -> None:
        self._passes.release(count)

    def fail_next(self, error: Exception) -> None:
        self._failures.append(error)


@contextlib.asynccontextmanager
async def running(tmp_path: Path) -> AsyncIterator[Kit]:
    async with running_gateway(str(tmp_path / "store.db")) as kit:
        try:
            yield kit
        except BaseException:  # a test that fails must not leave the gate closed: the gateway could not stop
            gate = getattr(kit.store.commit, "__self__", None)
            if isinstance(gate, Gate):
                gate.let_pass(1_000)
            raise


async def ready(kit: Kit, count: int) -> list[pb.PayRequest]:
    await kit.furnish()
    await kit.post_credits(credit(amount_fen=1_000_000))
    binding_id = await kit.bind()
    return [await kit.pay_request(await kit.create_order(10_000, binding_id), binding_id) for _ in range(count)]


async def state_of(kit: Kit, order_id: str) -> int:
    seen = await kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=order_id), party="wallet")
    return int(seen.order.state)


def pay(kit: Kit, request: pb.PayRequest) -> "asyncio.Task[Any]":
    return asyncio.ensure_future(kit.call("PaymentService/Pay", request, party="wallet"))


async def queued(*asked: Callable[[], "asyncio.Task[Any]"]) -> list["asyncio.Task[Any]"]:
    """Asks one after the other, so that they are queued in this order."""
    tasks = []
    for ask in asked:
        tasks.append(ask())
        await asyncio.sleep(0.01)
    return tasks


def test_the_next_batch_stands_on_the_one_that_is_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def whole() -> None:
        async with running(tmp_path) as kit:
            requests = await ready(kit, 6)
            gate = Gate(kit, monkeypatch)
            tasks = await queued(*(lambda request=request: pay(kit, request) for request in requests))
            gate.let_pass(len(requests))
            answers = await asyncio.gather(*tasks)
            assert [answer.status for answer in answers] == [pb.PAY_STATUS_PAID] * 6
            assert gate.overlapped >= 3
            # The balances that each split was made from follow one another.
            orders = [Order.unpack(row[0]) for row in kit.store._db.execute("SELECT facts FROM events WHERE kind = 4")]
            spent = [order.in_scope_before_fen for order in orders]
            assert spent == sorted(spent) and len(set(spent)) == 6

    asyncio.run(whole())


def test_nothing_is_answered_before_its_own_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def whole() -> None:
        async with running(tmp_path) as kit:
            requests = await ready(kit, 3)
            gate = Gate(kit, monkeypatch)
            tasks = await queued(*(lambda request=request: pay(kit, request) for request in requests))
            for done in range(3):
                await gate.arrived()
                assert [task.done() for task in tasks] == [True] * done + [False] * (3 - done)
                gate.let_pass()
                await asyncio.sleep(0.05)
            await asyncio.gather(*tasks)

    asyncio.run(whole())


@pytest.mark.parametrize("error", [StoreFull("the disk is full"), ZeroDivisionError()])
def test_what_stood_on_a_batch_that_failed_is_applied_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def whole() -> None:
        async with running(tmp_path) as kit:
            first, second, third = await ready(kit, 3)
            gate = Gate(kit, monkeypatch)
            tasks = await queued(
                lambda: pay(kit, first),
                lambda: pay(kit, second),
                lambda: asyncio.ensure_future(state_of(kit, second.order_id)),
                lambda: pay(kit, third),
            )
            await gate.arrived()
            gate.let_pass()  # the first goes alone: nothing was queued behind it
            await gate.arrived()
            assert gate.overlapped == 1, "the reading of the second order was applied on its payment"
            gate.fail_next(error)
            gate.let_pass(10)
            assert (await tasks[0]).status == pb.PAY_STATUS_PAID
            with refused(Reason.STORE_UNAVAILABLE if isinstance(error, StoreFull) else Reason.INTERNAL_FAULT):
                await tasks[1]
            assert await tasks[2] == enums_pb2.ORDER_STATE_OPEN  # what it saw at first was never so
            assert (await tasks[3]).status == pb.PAY_STATUS_PAID
            again = await kit.call("PaymentService/Pay", second, party="wallet")
            assert (again.status, again.replayed) == (pb.PAY_STATUS_PAID, False)

    asyncio.run(whole())


def test_a_batch_of_unknown_outcome_takes_what_stood_on_it_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def whole() -> None:
        async with running(tmp_path) as kit:
            requests = await ready(kit, 4)
            gate = Gate(kit, monkeypatch)
            tasks = await queued(*(lambda request=request: pay(kit, request) for request in requests))
            await gate.arrived()
            gate.let_pass()
            await gate.arrived()
            gate.fail_next(StoreBroken("the store cannot be used (SQLITE_IOERR_FSYNC)"))
            gate.let_pass(10)
            await kit.pipeline.stop()
            await asyncio.sleep(0)
            assert [task.done() for task in tasks] == [True, False, False, False]
            assert kit.broken == ["the store cannot be used (SQLITE_IOERR_FSYNC)"]
            kit.broken.clear()
            for task in tasks:
                task.cancel()

    asyncio.run(whole())


def test_a_request_asked_again_while_it_is_being_written_is_one_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def whole() -> None:
        async with running(tmp_path) as kit:
            first, second, third = await ready(kit, 3)
            gate = Gate(kit, monkeypatch)
            asked = (first, second, second, third)
            tasks = await queued(*(lambda request=request: pay(kit, request) for request in asked))
            gate.let_pass(10)
            answers = await asyncio.gather(*tasks)
            assert [answer.replayed for answer in answers] == [False, False, True, False]

    asyncio.run(whole())


def test_a_work_that_may_not_overlap_waits_for_the_batch_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def whole() -> None:
        async with running(tmp_path) as kit:
            first, second, third = await ready(kit, 3)
            gate = Gate(kit, monkeypatch)
            refund = pb.RefundRequest(
                request_id="refund", order_id=second.order_id, refund_no="R1", kind=enums_pb2.REFUND_KIND_ALL
            )
            tasks = await queued(
                lambda: pay(kit, first),
                lambda: pay(kit, second),
                lambda: asyncio.ensure_future(kit.call("PaymentService/Refund", refund, party="his")),
                lambda: pay(kit, third),
            )
            await gate.arrived()
            gate.let_pass()
            await gate.arrived()
            assert gate.overlapped == 0
            gate.let_pass(10)
            await asyncio.gather(*tasks)
            assert await state_of(kit, second.order_id) == enums_pb2.ORDER_STATE_REFUNDED

    asyncio.run(whole())
