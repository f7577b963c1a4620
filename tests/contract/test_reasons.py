"""Refusals on the wire: one ErrorInfo each, and the ones that only a front or a sick gateway can give."""

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from gateway.bootstrap import running
from gateway.config import Config
from gateway.engine.work import Desk, Needs, Work
from gateway.errors import DOMAIN, Refusal, facts_of, status_of
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2, payment_service_pb2_grpc
from gateway.reasons import Reason
from gateway.security.request_key import Key
from gateway.stores.base import StoreBroken, StoreFull
from tests.gateway_kit import Kit, refused, running_gateway

pb = payment_service_pb2
TOKEN = "mst_contract_test_token"


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason], ids=lambda reason: reason.name)
def test_every_reason_goes_to_the_wire_as_one_error_info(reason: Reason) -> None:
    status = status_of(Refusal(reason, field="x"))
    infos = [detail for detail in status.details if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR)]
    assert len(infos) == 1
    info = error_details_pb2.ErrorInfo()
    infos[0].Unpack(info)
    assert (info.reason, info.domain, dict(info.metadata)) == (reason.name, DOMAIN, {"field": "x"})
    assert status.code == facts_of(reason).grpc_code in range(1, 17)
    assert status.message
    retry = [detail for detail in status.details if detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR)]
    assert bool(retry) == facts_of(reason).retryable


def test_every_reason_is_expected_by_some_test() -> None:
    sources = [path for path in Path(__file__).parents[1].rglob("test_*.py") if path.name != "test_proto.py"]
    words = {word for path in sources for word in re.findall(r"[A-Z]+(?:_[A-Z]+)*", path.read_text())}
    # 42 asks for cash to be returned before the next payment; it is in the contract, and no code gives it.
    assert {reason for reason in Reason if reason and reason.name not in words} == {Reason(42)}


def reason_of(error: Any) -> str:
    """The reason of a call that was refused once and for all."""
    status = rpc_status.from_call(error)
    assert status is not None and len(status.details) == 1
    info = error_details_pb2.ErrorInfo()
    status.details[0].Unpack(info)
    return str(info.reason)


async def refusal_over_socket(token: str | None, request: bytes, method: str) -> tuple[str, Any]:
    """The reason and code that a raw call over a real channel gets."""
    config = Config(listen="127.0.0.1:0", store="memory:", bootstrap_token=TOKEN, outbox="/dev/null")
    async with running(config) as gateway, grpc.aio.insecure_channel(f"127.0.0.1:{gateway.port}") as channel:
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        try:
            await channel.unary_unary(method)(request, metadata=metadata, timeout=10)
        except grpc.aio.AioRpcError as error:
            return reason_of(error), error.code()
    raise AssertionError("the call was not refused")


ORDER = pb.GetOrderRequest(order_id="o0000000000001").SerializeToString()
GET = "/medsettle.v1.PaymentService/GetOrder"
CREATE = "/medsettle.v1.PaymentService/CreateOrder"


@pytest.mark.parametrize(
    ("token", "request_bytes", "method", "reason", "code"),
    [
        (None, ORDER, GET, "TOKEN_UNKNOWN", grpc.StatusCode.UNAUTHENTICATED),
        ("mst_nobody", ORDER, GET, "TOKEN_UNKNOWN", grpc.StatusCode.UNAUTHENTICATED),
        (TOKEN, b"", CREATE, "ROLE_FORBIDDEN", grpc.StatusCode.PERMISSION_DENIED),
        (TOKEN, b"\xff\xff", GET, "FIELD_INVALID", grpc.StatusCode.INVALID_ARGUMENT),
        (TOKEN, ORDER, GET, "ORDER_NOT_FOUND", grpc.StatusCode.NOT_FOUND),
    ],
)
def test_the_front_refuses_with_a_reason(
    token: str | None, request_bytes: bytes, method: str, reason: str, code: grpc.StatusCode
) -> None:
    assert asyncio.run(refusal_over_socket(token, request_bytes, method)) == (reason, code)


def test_a_suspended_party_is_told_so() -> None:
    async def whole() -> None:
        config = Config(listen="127.0.0.1:0", store="memory:", bootstrap_token=TOKEN, outbox="/dev/null")
        async with running(config) as gateway, grpc.aio.insecure_channel(f"127.0.0.1:{gateway.port}") as channel:
            bureau = gateway.directory.parties()[0]
            gateway.directory.put_party(bureau._replace(suspended=1))
            stub = payment_service_pb2_grpc.PaymentServiceStub(channel)
            with pytest.raises(grpc.aio.AioRpcError, match="suspended") as caught:
                await stub.GetOrder(pb.GetOrderRequest(), metadata=(("authorization", f"Bearer {TOKEN}"),))
            assert reason_of(caught.value) == "PARTY_SUSPENDED"

    asyncio.run(whole())


class Slow(Work):
    """A work that keeps the pipeline's thread busy for a moment."""

    method = "Slow"

    def prepare(self, store: Any, needs: Needs, now_ms: int) -> None:
        time.sleep(0.2)


class Faulty(Work):
    """A work with a defect."""

    method = "Faulty"

    def finish(self, desk: Desk, results: list[Any]) -> bytes | None:
        raise ZeroDivisionError


async def furnished(kit: Kit) -> tuple[str, str]:
    await kit.furnish()
    binding_id = await kit.bind()
    return await kit.create_order(1_000, binding_id), binding_id


def test_a_full_queue_a_passed_deadline_and_a_stopping_gateway() -> None:
    async def whole() -> None:
        async with running_gateway() as kit:
            busy = [asyncio.ensure_future(kit.pipeline.submit(Slow(0)))]
            await asyncio.sleep(0.05)
            kit.pipeline._queue_max = 2
            late = asyncio.ensure_future(kit.pipeline.submit(Work(0, deadline=time.monotonic() + 0.01)))
            busy += [asyncio.ensure_future(kit.pipeline.submit(Work(0)))]
            await asyncio.sleep(0)
            with refused(Reason.OVERLOADED):
                await kit.pipeline.submit(Work(0))
            with refused(Reason.EXPIRED_IN_QUEUE):
                await late
            await asyncio.gather(*busy)
            await kit.pipeline.stop()
            with refused(Reason.SHUTTING_DOWN):
                await kit.pipeline.submit(Work(0))

    asyncio.run(whole())


def test_a_faulty_work_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    async def whole() -> None:
        async with running_gateway() as kit:
            order_id, _ = await furnished(kit)
            slow = asyncio.ensure_future(kit.pipeline.submit(Slow(0)))  # the rest waits behind it, for one batch
            await asyncio.sleep(0.05)
            faulty = asyncio.ensure_future(kit.pipeline.submit(Faulty(0)))
            neighbour = asyncio.ensure_future(
                kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=order_id), party="wallet")
            )
            with refused(Reason.INTERNAL_FAULT):
                await faulty
            assert (await neighbour).order.state == enums_pb2.ORDER_STATE_OPEN
            await slow

    asyncio.run(whole())
    assert "ZeroDivisionError" in caplog.text


def test_a_full_disk_refuses_the_batch_writes_nothing_and_passes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async def whole() -> None:
        async with running_gateway() as kit:
            order_id, binding_id = await furnished(kit)
            request = await kit.pay_request(order_id, binding_id)
            before = list(kit.store._db.iterdump())
            commit = kit.store.commit

            def full() -> None:
                raise StoreFull("the disk is full")

            monkeypatch.setattr(kit.store, "commit", full)
            with refused(Reason.STORE_UNAVAILABLE):
                await kit.call("PaymentService/Pay", request, party="wallet")
            assert list(kit.store._db.iterdump()) == before
            monkeypatch.setattr(kit.store, "commit", commit)
            paid = await kit.call("PaymentService/Pay", request, party="wallet")
            assert (paid.status, paid.replayed) == (pb.PAY_STATUS_PAID, False)

    asyncio.run(whole())


class Locked(Work):
    """A work that only one of its name may do in a batch."""

    method = "Locked"

    def __init__(self, ended: list[str], name: str) -> None:
        super().__init__(0)
        self._ended, self._name = ended, name
        self.locks = frozenset({name})

    def finish(self, desk: Desk, results: list[Any]) -> bytes | None:
        self._ended.append(self._name)
        return b""


class Kept(Work):
    """A work that writes."""

    method = "Kept"

    def finish(self, desk: Desk, results: list[Any]) -> bytes | None:
        return b""


class Lost(Work):
    """A work after whose commit memory cannot follow."""

    method = "Lost"

    def finish(self, desk: Desk, results: list[Any]) -> bytes | None:
        return b""

    def committed(self) -> None:
        raise ZeroDivisionError


async def unanswered(kit: Kit, work: Work) -> None:
    """Sees that a work on a broken pipeline hears nothing: any answer might be untrue."""
    asked = asyncio.ensure_future(kit.pipeline.submit(work))
    await asyncio.sleep(0)
    await kit.pipeline.stop()
    await asyncio.sleep(0)
    assert not asked.done()
    asked.cancel()


def test_memory_that_cannot_follow_a_commit_ends_the_process(caplog: pytest.LogCaptureFixture) -> None:
    async def whole() -> None:
        async with running_gateway() as kit:
            await unanswered(kit, Lost(0, Key(b"lost" * 4, b"", {})))
            assert kit.broken == ["memory cannot follow a commit"]
            kit.broken.clear()

    asyncio.run(whole())
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("error_name", ["SQLITE_IOERR_FSYNC", "SQLITE_CORRUPT"])
def test_a_commit_of_unknown_outcome_answers_nobody(monkeypatch: pytest.MonkeyPatch, error_name: str) -> None:
    async def whole() -> None:
        async with running_gateway() as kit:

            def fails() -> None:
                raise StoreBroken(f"the store cannot be used ({error_name})")

            monkeypatch.setattr(kit.store, "commit", fails)
            await unanswered(kit, Kept(0, Key(b"kept" * 4, b"", {})))
            assert kit.broken == [f"the store cannot be used ({error_name})"]
            kit.broken.clear()

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("part", "name", "said"),
    [
        ("store", "rollback", "a batch cannot be rolled back"),
        ("pipeline", "_rest", "the pipeline failed (ZeroDivisionError)"),
    ],
)
def test_a_pipeline_that_fails_outside_a_batch_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: str, name: str, said: str
) -> None:
    async def whole() -> None:
        async with running_gateway() as kit:

            def fails() -> None:
                raise ZeroDivisionError

            monkeypatch.setattr(getattr(kit, part), name, fails)
            await unanswered(kit, Faulty(0))
            assert kit.broken == [said]
            kit.broken.clear()

    asyncio.run(whole())
    assert "ZeroDivisionError" in caplog.text


def test_works_on_one_lock_hold_up_nobody_else() -> None:
    async def whole() -> None:
        async with running_gateway() as kit:
            slow = asyncio.ensure_future(kit.pipeline.submit(Slow(0)))
            await asyncio.sleep(0.05)
            ended: list[str] = []
            crowd = [asyncio.ensure_future(kit.pipeline.submit(Locked(ended, "crowd"))) for _ in range(2_000)]
            await asyncio.sleep(0)
            other = asyncio.ensure_future(kit.pipeline.submit(Locked(ended, "other")))
            await asyncio.gather(slow, other, *crowd)
            assert ended.count("crowd") == 2_000
            assert ended.index("other") < 500

    asyncio.run(whole())
