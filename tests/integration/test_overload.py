"""A real gateway that is full, on both fronts: what it refuses is not queued, and the client comes back in time."""

import asyncio
import itertools
import time
from typing import Any

import grpc
import pytest

from gateway.bootstrap import running
from gateway.client import AsyncMedSettleClient, MedSettleError, Retry
from gateway.config import Config
from gateway.pb.medsettle.v1 import operator_service_pb2, payment_service_pb2

BUREAU = "mst_test_bureau_0123456789"


@pytest.mark.parametrize("front", ["grpcio", "native"])
def test_a_full_gateway_queues_nothing_and_its_client_waits_as_told(
    front: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def whole() -> None:
        config = Config("127.0.0.1:0", front, "memory:", BUREAU, calls_max=10)
        async with running(config) as gateway:
            submitted: list[object] = []
            submit = gateway.pipeline.submit

            async def watched(work: Any) -> Any:
                if work.party_key:  # else it is the gateway's own
                    submitted.append(work)
                return await submit(work)

            monkeypatch.setattr(gateway.pipeline, "submit", watched)
            gateway.limiter.in_hand = 5  # as far as lists are let in
            heard: list[tuple[float, MedSettleError | None]] = []

            def observe(method: str, seconds: float, error: MedSettleError | None) -> None:
                heard.append((time.perf_counter(), error))
                assert submitted == []
                if len(heard) == 2:
                    gateway.limiter.in_hand = 0

            async with AsyncMedSettleClient(
                f"127.0.0.1:{gateway.port}", BUREAU, retry=Retry(backoff_ms=20), observe=observe
            ) as client:
                with pytest.raises(MedSettleError, match="FIELD_INVALID"):
                    await client.call("OperatorService/PutInstitution", operator_service_pb2.PutInstitutionRequest())
            assert [error and error.reason for _, error in heard] == ["OVERLOADED", "OVERLOADED", "FIELD_INVALID"]
            for (refused_at, error), (asked_at, _) in itertools.pairwise(heard):
                assert error is not None and error.retry_after_ms is not None and error.retry_after_ms >= 200
                assert asked_at - refused_at >= error.retry_after_ms / 1000
            assert gateway.limiter.in_hand == 0

    asyncio.run(whole())


@pytest.mark.parametrize("front", ["grpcio", "native"])
def test_who_asks_what_became_of_a_payment_is_heard_while_payments_are_refused(
    front: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def whole() -> None:
        async with running(Config("127.0.0.1:0", front, "memory:", BUREAU, calls_max=10)) as gateway:
            gateway.limiter.in_hand = 9
            async with AsyncMedSettleClient(f"127.0.0.1:{gateway.port}", BUREAU, retry=Retry(attempts_max=1)) as client:
                for method, request, reason in (
                    ("PaymentService/Pay", payment_service_pb2.PayRequest(), "OVERLOADED"),
                    ("PaymentService/BatchPay", payment_service_pb2.BatchPayRequest(), "OVERLOADED"),
                    ("PaymentService/GetOrder", payment_service_pb2.GetOrderRequest(order_id="o-1"), "ORDER_NOT_FOUND"),
                ):
                    with pytest.raises(MedSettleError) as caught:
                        await client.call(method, request)
                    assert caught.value.reason == reason
                    assert caught.value.code != grpc.StatusCode.UNKNOWN
            gateway.limiter.in_hand -= 9
            await gateway._tell_shed()
            await gateway._tell_shed()

    caplog.set_level("WARNING", "gateway.bootstrap")

    asyncio.run(whole())
    # However many were refused, one line tells of them (two when a second began between them).
    told = [record.msg for record in caplog.records if record.name == "gateway.bootstrap"]
    assert sum(line.get("pay", 0) for line in told) == sum(line.get("batch_pay", 0) for line in told) == 1
    assert {line["event"] for line in told} == {"calls were not let in"} and len(told) <= 2
