"""The client for threads, and for gevent: monkey.patch_all(), grpc.experimental.gevent.init_gevent(), then a client.

One client is for any number of threads or greenlets. Payments join without a thread of the client's own: who finds a
connection free carries what waits, and hands the connection on to one of those who came meanwhile.
"""

import copy
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
from google.protobuf.message import Message

from gateway.client.calls import BATCH_PAY, CONNECTIONS, OPTIONS, PAY, Connections, Observer, check_kind, metadata_of
from gateway.client.errors import MedSettleError, error_of
from gateway.client.payments import JOINED_MAX, Payment, may_join, outcome_of_result, payment_of_response
from gateway.client.retries import Attempts, Retry
from gateway.pb.medsettle.v1 import payment_service_pb2

pb = payment_service_pb2
_T = TypeVar("_T")


class MedSettleClient:
    """Calls of one party over several connections, asked again as the gateway wants it.

    with MedSettleClient("127.0.0.1:50051", token) as client:
        quote = client.call("PaymentService/QuoteOrder", quote_request)
        payment = client.pay(pay_request)

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
        def channel() -> grpc.Channel:
            if credentials is None:
                return grpc.insecure_channel(address, options=OPTIONS)
            return grpc.secure_channel(address, credentials, options=OPTIONS)

        self.retry = retry or Retry()
        self.observe = observe
        self._connections = Connections(channel, connections)
        self._metadata = metadata_of(token)
        self._joiner = _Joiner(self._send_payments, connections)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections, those of every party of `as_party` included, and every call and stream over them."""
        self._connections.closed = True
        for connection in self._connections.all:
            connection.channel.close()

    def as_party(self, token: str) -> "MedSettleClient":
        """The same connections under another party's token. Payments join within a party only."""
        party = copy.copy(self)
        party._metadata = metadata_of(token)
        party._joiner = _Joiner(party._send_payments, len(self._connections.all))
        return party

    def call(self, method: str, request: Message, *, deadline_s: float | None = None) -> Any:
        """Calls an rpc ("PaymentService/QuoteOrder"); `deadline_s` replaces the one of `retry`.

        Raises:
            MedSettleError: it was refused for good, or not answered in time.
            ValueError: there is no such rpc, or it is one of a stream.
        """
        check_kind(method)
        return self._persist(lambda timeout_s: self._attempt(method, request, timeout_s), deadline_s)

    def send(self, method: str, requests: Iterable[Message], *, deadline_s: float | None = None) -> Any:
        """Calls an rpc that takes a stream with every request; an attempt that failed is made again from the first.

        Raises:
            MedSettleError: as `call`.
            ValueError: as `call`.
        """
        check_kind(method, takes_stream=True)
        kept = list(requests)
        return self._persist(lambda timeout_s: self._attempt(method, iter(kept), timeout_s), deadline_s)

    def read(self, method: str, request: Message) -> Iterator[Any]:
        """Reads an rpc that gives a stream, until it ends or the reader stops. It is not opened again: a reader of
        WatchOrders goes on from the cursor of the last event that it has dealt with.

        Raises:
            MedSettleError: it was refused, or broke off.
            ValueError: as `call`.
        """
        check_kind(method, gives_stream=True)
        stream = self._connections.rpc(method)(request, metadata=self._metadata)
        try:
            yield from stream
        except grpc.RpcError as failed:
            raise error_of(failed) from None
        finally:
            stream.cancel()

    def pay(self, request: pb.PayRequest, *, deadline_s: float | None = None) -> Payment:
        """Pays. Payments that wait at the same time go together in one BatchPay; one that waits alone goes as Pay.

        A caller who gives up waiting has not undone the payment: the same request tells what became of it.

        Raises:
            MedSettleError: it was refused for good, or not answered in time.
        """
        if not may_join(request):
            return payment_of_response(self.call(PAY, request, deadline_s=deadline_s))
        return self._persist(lambda timeout_s: self._joiner.pay(request, timeout_s), deadline_s)

    def _persist(self, attempt: Callable[[float], _T], deadline_s: float | None) -> _T:
        attempts = Attempts(self.retry, deadline_s)
        while True:
            try:
                return attempt(attempts.next_timeout_s())
            except MedSettleError as error:
                wait_s = attempts.wait_s_after(error)
            time.sleep(wait_s)

    def _attempt(self, method: str, request: Any, timeout_s: float) -> Any:
        rpc, error, began_s = self._connections.rpc(method), None, time.perf_counter()
        try:
            return rpc(request, metadata=self._metadata, timeout=timeout_s)
        except grpc.RpcError as failed:
            error = error_of(failed)
            raise error from None
        finally:
            if self.observe is not None:
                self.observe(method, time.perf_counter() - began_s, error)

    def _send_payments(self, requests: list[pb.PayRequest], timeout_s: float) -> list[Payment | Exception]:
        if len(requests) == 1:
            return [payment_of_response(self._attempt(PAY, requests[0], timeout_s))]
        response = self._attempt(BATCH_PAY, pb.BatchPayRequest(payments=requests), timeout_s)
        return [outcome_of_result(result) for result in response.results]


class _Waiting:
    """One payment on its way; `carries` once its caller has been handed a connection."""

    __slots__ = ("carries", "ends_s", "outcome", "request", "woken")

    def __init__(self, request: pb.PayRequest, ends_s: float) -> None:
        self.request = request
        self.ends_s = ends_s
        self.outcome: Payment | Exception | None = None
        self.carries = False
        self.woken = threading.Event()


class _Joiner:
    """Payments on their way: one call a connection at a time, and what has come meanwhile is the next call.

    While anybody waits every connection is taken, by a caller who is calling or by one who was woken to call.
    """

    def __init__(self, send: Callable[[list[pb.PayRequest], float], list[Payment | Exception]], calls_max: int) -> None:
        self._send = send
        self._free = calls_max
        self._waiting: deque[_Waiting] = deque()
        self._lock = threading.Lock()

    def pay(self, request: pb.PayRequest, timeout_s: float) -> Payment:
        own = _Waiting(request, time.monotonic() + timeout_s)
        with self._lock:
            if self._free:
                self._free -= 1
                own.carries = True
            else:
                self._waiting.append(own)
        try:
            if own.carries or (own.woken.wait(timeout_s) and own.carries):
                self._carry(own)
        finally:
            # Also when the caller is killed while it waits: nobody else would carry what waits behind it.
            self._leave(own)
        if own.outcome is None:
            raise MedSettleError(grpc.StatusCode.DEADLINE_EXCEEDED, message="no answer in time")
        if isinstance(own.outcome, Exception):
            raise own.outcome
        return own.outcome

    def _carry(self, own: _Waiting) -> None:
        with self._lock:
            joined = [own]
            while self._waiting and len(joined) < JOINED_MAX:
                joined.append(self._waiting.popleft())
        outcomes: list[Payment | Exception] = [MedSettleError(grpc.StatusCode.CANCELLED, message="its call was ended")]
        outcomes *= len(joined)
        try:
            outcomes = self._send(
                [waiting.request for waiting in joined], max(waiting.ends_s for waiting in joined) - time.monotonic()
            )
        except Exception as error:
            outcomes = [error] * len(joined)
        finally:
            for waiting, outcome in zip(joined, outcomes, strict=True):
                # A copy for each: an exception that several threads raise collects the traces of all.
                waiting.outcome = copy.copy(outcome)
                waiting.woken.set()

    def _leave(self, own: _Waiting) -> None:
        """Hands the connection on, or gives it back; one who waits no more is not waited for."""
        with self._lock:
            if not own.carries:
                if own in self._waiting:
                    self._waiting.remove(own)
                return
            own.carries = False
            if self._waiting:
                heir = self._waiting.popleft()
                heir.carries = True
                heir.woken.set()
            else:
                self._free += 1
