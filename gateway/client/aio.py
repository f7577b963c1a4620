"""The client for asyncio. One client is for one event loop, and for any number of tasks."""

import asyncio
import contextlib
import copy
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import grpc
from google.protobuf.message import Message

from gateway.client.calls import BATCH_PAY, CONNECTIONS, OPTIONS, PAY, Connections, Observer, check_kind, metadata_of
from gateway.client.errors import MedSettleError, error_of
from gateway.client.payments import JOINED_MAX, Payment, may_join, outcome_of_result, payment_of_response
from gateway.client.retries import Attempts, Retry
from gateway.pb.medsettle.v1 import payment_service_pb2

pb = payment_service_pb2
_T = TypeVar("_T")


class AsyncMedSettleClient:
    """Calls of one party over several connections, asked again as the gateway wants it.

    async with AsyncMedSettleClient("127.0.0.1:50051", token) as client:
        quote = await client.call("PaymentService/QuoteOrder", quote_request)
        payment = await client.pay(pay_request)

    Attributes:
        retry: how often and how long a call is asked again.
        observe: is told of every attempt over the wire; None: nobody is.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        connections: int = CONNECTIONS,
        retry: Retry | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        observe: Observer | None = None,
    ) -> None:
        def channel() -> grpc.aio.Channel:
            if credentials is None:
                return grpc.aio.insecure_channel(address, options=OPTIONS)
            return grpc.aio.secure_channel(address, credentials, options=OPTIONS)

        self.retry = retry or Retry()
        self.observe = observe
        self._connections = Connections(channel, connections)
        self._metadata = metadata_of(token)
        self._joiner = _Joiner(self._send_payments, connections)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connections, those of every party of `as_party` included, and every call and stream over them."""
        self._connections.closed = True
        await asyncio.gather(*(connection.channel.close(None) for connection in self._connections.all))

    def as_party(self, token: str) -> "AsyncMedSettleClient":
        """The same connections under another party's token. Payments join within a party only."""
        party = copy.copy(self)
        party._metadata = metadata_of(token)
        party._joiner = _Joiner(party._send_payments, len(self._connections.all))
        return party

    async def call(self, method: str, request: Message, *, deadline_s: float | None = None) -> Any:
        """Calls an rpc ("PaymentService/QuoteOrder"); `deadline_s` replaces the one of `retry`.

        Raises:
            MedSettleError: it was refused for good, or not answered in time.
            ValueError: there is no such rpc, or it is one of a stream.
        """
        check_kind(method)
        return await self._persist(lambda timeout_s: self._attempt(method, request, timeout_s), deadline_s)

    async def send(self, method: str, requests: Iterable[Message], *, deadline_s: float | None = None) -> Any:
        """Calls an rpc that takes a stream with every request; an attempt that failed is made again from the first.

        Raises:
            MedSettleError: as `call`.
            ValueError: as `call`.
        """
        check_kind(method, takes_stream=True)
        kept = list(requests)
        return await self._persist(lambda timeout_s: self._attempt(method, iter(kept), timeout_s), deadline_s)

    async def read(self, method: str, request: Message) -> AsyncIterator[Any]:
        """Reads an rpc that gives a stream, until it ends or the reader stops. It is not opened again: a reader of
        WatchOrders goes on from the cursor of the last event that it has dealt with.

        Raises:
            MedSettleError: it was refused, or broke off.
            ValueError: as `call`.
        """
        check_kind(method, gives_stream=True)
        stream = self._connections.rpc(method)(request, metadata=self._metadata)
        try:
            async for part in stream:
                yield part
        except grpc.aio.AioRpcError as failed:
            raise error_of(failed) from None
        finally:
            with contextlib.suppress(asyncio.InvalidStateError):
                stream.cancel()

    async def pay(self, request: pb.PayRequest, *, deadline_s: float | None = None) -> Payment:
        """Pays. Payments that wait at the same time go together in one BatchPay; one that waits alone goes as Pay.

        A caller who gives up waiting has not undone the payment: the same request tells what became of it.

        Raises:
            MedSettleError: it was refused for good, or not answered in time.
        """
        if not may_join(request):
            return payment_of_response(await self.call(PAY, request, deadline_s=deadline_s))
        return await self._persist(lambda timeout_s: self._joiner.pay(request, timeout_s), deadline_s)

    async def _persist(self, attempt: Callable[[float], Awaitable[_T]], deadline_s: float | None) -> _T:
        attempts = Attempts(self.retry, deadline_s)
        while True:
            try:
                return await attempt(attempts.next_timeout_s())
            except MedSettleError as error:
                wait_s = attempts.wait_s_after(error)
            await asyncio.sleep(wait_s)

    async def _attempt(self, method: str, request: Any, timeout_s: float) -> Any:
        rpc, error, began_s = self._connections.rpc(method), None, time.perf_counter()
        try:
            return await rpc(request, metadata=self._metadata, timeout=timeout_s)
        except grpc.aio.AioRpcError as failed:
            error = error_of(failed)
            raise error from None
        finally:
            if self.observe is not None:
                self.observe(method, time.perf_counter() - began_s, error)

    async def _send_payments(self, requests: list[pb.PayRequest], timeout_s: float) -> list[Payment | Exception]:
        if len(requests) == 1:
            return [payment_of_response(await self._attempt(PAY, requests[0], timeout_s))]
        response = await self._attempt(BATCH_PAY, pb.BatchPayRequest(payments=requests), timeout_s)
        return [outcome_of_result(result) for result in response.results]


class _Waiting(NamedTuple):
    request: pb.PayRequest
    ends_s: float
    outcome: "asyncio.Future[Payment | Exception]"


class _Joiner:
    """Payments on their way: one call a connection at a time, and what has come meanwhile is the next call."""

    def __init__(
        self, send: Callable[[list[pb.PayRequest], float], Awaitable[list[Payment | Exception]]], calls_max: int
    ) -> None:
        self._send = send
        self._calls_max = calls_max
        self._calls: set[asyncio.Task[None]] = set()
        self._waiting: deque[_Waiting] = deque()
        self._woken = False

    async def pay(self, request: pb.PayRequest, timeout_s: float) -> Payment:
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Payment | Exception] = loop.create_future()
        self._waiting.append(_Waiting(request, time.monotonic() + timeout_s, outcome))
        if not self._woken and len(self._calls) < self._calls_max:
            # Not at once: whoever else is ready to pay in this turn of the loop comes along.
            self._woken = True
            loop.call_soon(self._go)
        try:
            async with asyncio.timeout(timeout_s):
                became = await outcome
        except TimeoutError:
            raise MedSettleError(grpc.StatusCode.DEADLINE_EXCEEDED, message="no answer in time") from None
        if isinstance(became, Exception):
            raise became
        return became

    def _go(self) -> None:
        self._woken = False
        while self._waiting and len(self._calls) < self._calls_max:
            joined: list[_Waiting] = []
            while self._waiting and len(joined) < JOINED_MAX:
                waiting = self._waiting.popleft()
                if not waiting.outcome.done():  # else its caller has given up
                    joined.append(waiting)
            if joined:
                call = asyncio.get_running_loop().create_task(self._call(joined))
                self._calls.add(call)
                call.add_done_callback(self._called)

    def _called(self, call: "asyncio.Task[None]") -> None:
        self._calls.discard(call)
        self._go()

    async def _call(self, joined: list[_Waiting]) -> None:
        outcomes: list[Payment | Exception]
        try:
            outcomes = await self._send(
                [waiting.request for waiting in joined], max(waiting.ends_s for waiting in joined) - time.monotonic()
            )
        except asyncio.CancelledError:  # the connection was closed, or the loop ends
            outcomes = [MedSettleError(grpc.StatusCode.CANCELLED, message="the client is closed")] * len(joined)
        except Exception as error:
            outcomes = [error] * len(joined)
        for waiting, outcome in zip(joined, outcomes, strict=True):
            if not waiting.outcome.done():
                # A copy for each: an exception that several tasks raise collects the traces of all.
                waiting.outcome.set_result(copy.copy(outcome))
