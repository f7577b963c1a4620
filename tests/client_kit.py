"""A gateway that only answers, and both clients behind one handle, so that each test of the client is of both.

with FakeGateway() as gateway, Handle("asyncio", gateway.address) as client:
    gateway.hold()
    answers = [client.start("pay", request) for request in requests]
    gateway.release()
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, NamedTuple, Self

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from gateway.client import AsyncMedSettleClient, MedSettleClient, Retry
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2, payment_service_pb2_grpc

pb = payment_service_pb2
WAIT_S = 10.0
QUICK = Retry(attempts_max=4, deadline_s=WAIT_S, backoff_ms=0, backoff_max_ms=0)


class Call(NamedTuple):
    """A call as the gateway got it."""

    rpc: str
    request_ids: tuple[str, ...]
    peer: str
    token: str


class Fault(NamedTuple):
    """A refusal to come; without a reason it is the runtime's."""

    code: grpc.StatusCode
    reason: str = ""
    retry_after_ms: int | None = None
    metadata: dict[str, str] = {}  # noqa: RUF012  # a NamedTuple's default, never written to


class FakeGateway(payment_service_pb2_grpc.PaymentServiceServicer):
    """PaymentService that pays whatever it gets.

    Attributes:
        calls: what it got, in order.
        faults: what the next calls are refused with, the first one first.
        results: by request_id, what BatchPay answers of the next attempts of a payment; else it is paid.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.results: dict[str, list[pb.BatchPayResult]] = {}
        self._changed = threading.Condition()
        self._held = False
        self._server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.so_reuseport", 0)])
        payment_service_pb2_grpc.add_PaymentServiceServicer_to_server(self, self._server)  # type: ignore[no-untyped-call]
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.release()
        self._server.stop(None).wait(WAIT_S)

    def hold(self) -> None:
        """Answers nobody until `release`."""
        self._held = True

    def release(self) -> None:
        """Answers."""
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def wait_for_calls(self, count: int) -> None:
        """Waits until it got so many calls."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.calls) >= count, WAIT_S), self.calls

    def Pay(self, request: Any, context: Any) -> Any:
        """Paid."""
        self._take("Pay", (request.request_id,), context)
        return pb.PayResponse(status=pb.PAY_STATUS_PAID, order={"order_id": request.order_id})

    def BatchPay(self, request: Any, context: Any) -> Any:
        """Each paid, or what `results` has."""
        self._take("BatchPay", tuple(payment.request_id for payment in request.payments), context)
        return pb.BatchPayResponse(results=[self._result(payment) for payment in request.payments])

    def GetOrder(self, request: Any, context: Any) -> Any:
        """A paid order."""
        self._take("GetOrder", (), context)
        return pb.GetOrderResponse(order={"order_id": request.order_id, "state": enums_pb2.ORDER_STATE_PAID})

    def WatchOrders(self, request: Any, context: Any) -> Any:
        """Two events."""
        self._take("WatchOrders", (), context)
        yield pb.WatchOrdersResponse(cursor="1")
        yield pb.WatchOrdersResponse(cursor="2")

    def _result(self, payment: Any) -> pb.BatchPayResult:
        if self.results.get(payment.request_id):
            return self.results[payment.request_id].pop(0)
        return pb.BatchPayResult(status=pb.PAY_STATUS_PAID, order_id=payment.order_id)

    def _take(self, rpc: str, request_ids: tuple[str, ...], context: Any) -> None:
        token = dict(context.invocation_metadata())["authorization"]
        with self._changed:
            self.calls.append(Call(rpc, request_ids, context.peer(), token))
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._held, WAIT_S)
            fault = self.faults.pop(0) if self.faults else None
        if fault is None:
            return
        if not fault.reason:
            context.abort(fault.code, "the runtime")
        details = [packed(error_details_pb2.ErrorInfo(reason=fault.reason, domain="medsettle.v1",
                                                      metadata=fault.metadata))]  # fmt: skip
        if fault.retry_after_ms is not None:
            delay = duration_pb2.Duration(nanos=fault.retry_after_ms * 1_000_000)
            details.append(packed(error_details_pb2.RetryInfo(retry_delay=delay)))
        status = status_pb2.Status(code=fault.code.value[0], message="refused", details=details)
        context.abort_with_status(rpc_status.to_status(status))


class Handle:
    """A client of either kind; what it is told to do goes on beside the test."""

    def __init__(self, kind: str, address: str, **settings: Any) -> None:
        self._settings = {"connections": 1, "retry": QUICK} | settings
        self._address = address
        self._loop = asyncio.new_event_loop() if kind == "asyncio" else None
        self._threads = ThreadPoolExecutor(64)
        self.client: Any = None

    def __enter__(self) -> Self:
        if self._loop is None:
            self.client = MedSettleClient(self._address, "mst_test", **self._settings)
            return self
        self._threads.submit(self._loop.run_forever)

        async def made() -> AsyncMedSettleClient:
            return AsyncMedSettleClient(self._address, "mst_test", **self._settings)

        self.client = self._run(made()).result(WAIT_S)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.do("close")
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._threads.shutdown()
        if self._loop is not None:
            self._loop.close()

    def start(self, name: str, *arguments: Any, client: Any = None, **named: Any) -> "Future[Any]":
        """Begins a method of the client; calls that are begun in one go wait together."""
        method = getattr(client or self.client, name)
        if self._loop is None:
            return self._threads.submit(method, *arguments, **named)
        return self._run(method(*arguments, **named))

    def do(self, name: str, *arguments: Any, **named: Any) -> Any:
        """Does a method of the client to its end."""
        return self.start(name, *arguments, **named).result(WAIT_S)

    def read_all(self, method: str, request: Any) -> list[Any]:
        """Reads a stream to its end."""
        if self._loop is None:
            return list(self.client.read(method, request))

        async def read() -> list[Any]:
            return [part async for part in self.client.read(method, request)]

        return list(self._run(read()).result(WAIT_S))

    def wait_for_waiting(self, count: int) -> None:
        """Waits until so many payments wait for a connection."""
        deadline = threading.Event()
        for _ in range(int(WAIT_S * 1000)):
            if len(self.client._joiner._waiting) == count:
                return
            deadline.wait(0.001)
        raise AssertionError(f"{len(self.client._joiner._waiting)} payments wait, not {count}")

    def _run(self, what: Coroutine[Any, Any, Any]) -> "Future[Any]":
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(what, self._loop)


def packed(detail: Any) -> any_pb2.Any:
    """A detail of a status."""
    message = any_pb2.Any()
    message.Pack(detail)
    return message


def pay_request(number: int, **values: Any) -> pb.PayRequest:
    """Payment `number`."""
    return pb.PayRequest(**({"request_id": f"req-{number}", "order_id": f"o{number}"} | values))
