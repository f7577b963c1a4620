"""A thin client: one call of an rpc as one party, with refusals decoded and every latency kept."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from typing import Any

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from gateway.demo import DemoFault
from gateway.pb.medsettle.v1 import (
    account_service_pb2_grpc,
    binding_service_pb2_grpc,
    operator_service_pb2_grpc,
    payment_service_pb2_grpc,
    settlement_service_pb2_grpc,
)

_DEADLINE_S = 20.0
_OVERLOADED = "OVERLOADED"
_ATTEMPTS_MAX = 20


class Refused(Exception):
    """A call that the gateway did not execute."""

    def __init__(self, reason: str, message: str, metadata: dict[str, str]) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.metadata = metadata


class Measures:
    """What the calls took and how many were refused.

    Attributes:
        latencies_ns: by rpc name, one number a call that was answered.
        refusals: calls refused, by reason.
    """

    def __init__(self) -> None:
        self.latencies_ns: dict[str, list[int]] = {}
        self.refusals: Counter[str] = Counter()

    def took(self, method: str, latency_ns: int) -> None:
        """Keeps one call."""
        self.latencies_ns.setdefault(method, []).append(latency_ns)

    @property
    def call_count(self) -> int:
        """How many calls were answered."""
        return sum(len(values) for values in self.latencies_ns.values())


class Client:
    """A connection to the gateway. Every party calls through it under its own token.

    Attributes:
        measures: what calls are added to; a phase of the demo puts its own here.
    """

    def __init__(self, address: str) -> None:
        self._channel = grpc.aio.insecure_channel(address)
        self._stubs: dict[str, Any] = {
            "PaymentService": payment_service_pb2_grpc.PaymentServiceStub(self._channel),  # type: ignore[no-untyped-call]
            "BindingService": binding_service_pb2_grpc.BindingServiceStub(self._channel),  # type: ignore[no-untyped-call]
            "AccountService": account_service_pb2_grpc.AccountServiceStub(self._channel),  # type: ignore[no-untyped-call]
            "OperatorService": operator_service_pb2_grpc.OperatorServiceStub(self._channel),  # type: ignore[no-untyped-call]
            "SettlementService": settlement_service_pb2_grpc.SettlementServiceStub(self._channel),  # type: ignore[no-untyped-call]
        }
        self.measures = Measures()

    async def close(self) -> None:
        """Ends the connection, and with it every stream."""
        await self._channel.close(None)

    def as_party(self, token: str) -> "Party":
        """The same connection under a party's token."""
        return Party(self, token)

    def rpc(self, method: str) -> Any:
        """The callable of `Service/Rpc`."""
        service, _, name = method.partition("/")
        return getattr(self._stubs[service], name)


class Party:
    """Calls as one party."""

    def __init__(self, client: Client, token: str) -> None:
        self._client = client
        self._metadata = (("authorization", f"Bearer {token}"),)

    async def call(self, method: str, request: Message) -> Any:
        """Calls `Service/Rpc`; a gateway that is too busy is asked again with the same request, as it wants.

        Raises:
            Refused: it was not executed.
            DemoFault: the gateway cannot be reached, or refused without an ErrorInfo.
        """
        for attempt in range(_ATTEMPTS_MAX):
            began_ns = time.perf_counter_ns()
            measures = self._client.measures
            try:
                answer = await self._client.rpc(method)(request, metadata=self._metadata, timeout=_DEADLINE_S)
            except grpc.aio.AioRpcError as error:
                measures.took(method, time.perf_counter_ns() - began_ns)
                refused = decoded(method, error)
                measures.refusals[refused.reason] += 1
                if refused.reason != _OVERLOADED or attempt == _ATTEMPTS_MAX - 1:
                    raise refused from None
                await asyncio.sleep(0.2)
            else:
                measures.took(method, time.perf_counter_ns() - began_ns)
                return answer
        raise AssertionError("the last attempt returns or raises")

    async def send(self, method: str, requests: Iterable[Message]) -> Any:
        """Calls a client-streaming rpc with every request."""
        try:
            return await self._client.rpc(method)(iter(requests), metadata=self._metadata, timeout=_DEADLINE_S * 3)
        except grpc.aio.AioRpcError as error:
            raise decoded(method, error) from None

    async def read(self, method: str, request: Message) -> AsyncIterator[Any]:
        """Reads a server-streaming rpc until it ends, or is cancelled with the reading task."""
        call = self._client.rpc(method)(request, metadata=self._metadata)
        try:
            async for part in call:
                yield part
        except grpc.aio.AioRpcError as error:
            raise decoded(method, error) from None
        finally:
            with contextlib.suppress(asyncio.InvalidStateError):
                call.cancel()


async def expect_refused(reason: str, call: Awaitable[Any]) -> Refused:
    """Awaits a call that must be refused for one reason; gives the refusal.

    Raises:
        DemoFault: it was executed, or refused for another reason.
    """
    try:
        await call
    except Refused as refused:
        if refused.reason != reason:
            raise DemoFault(f"expected {reason}, was refused with {refused}") from None
        return refused
    raise DemoFault(f"expected {reason}, but the gateway executed the call")


def decoded(method: str, error: grpc.aio.AioRpcError) -> Refused:
    """The refusal in a status.

    Raises:
        DemoFault: there is none: the gateway cannot be reached, or broke its own contract.
    """
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # reads what both kinds of error have
    info = error_details_pb2.ErrorInfo()
    if status is None or not any(detail.Unpack(info) for detail in status.details):
        raise DemoFault(f"{method} failed without a reason: {error.code().name} {error.details()}") from None
    return Refused(info.reason, status.message, dict(info.metadata))
