"""The client library as the demo uses it: every latency kept, and no answer at all is a fault of the demo."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from typing import Any

from google.protobuf.message import Message

from gateway.client import AsyncMedSettleClient, MedSettleError, Payment, Retry
from gateway.demo import DemoFault
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay

# The imports of a large morning take their time, and a crowd may find the queue full more than once.
_RETRY = Retry(attempts_max=20, deadline_s=60.0, attempt_s=20.0)


class Refused(Exception):
    """A call that the gateway did not execute."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason


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
        self._client = AsyncMedSettleClient(address, token="", retry=_RETRY, observe=self._observe)
        self.measures = Measures()

    async def close(self) -> None:
        """Ends the connections, and with them every stream."""
        await self._client.close()

    def as_party(self, token: str) -> "Party":
        """The same connections under a party's token."""
        return Party(self, self._client.as_party(token))

    def _observe(self, method: str, seconds: float, error: MedSettleError | None) -> None:
        self.measures.took(method, int(seconds * 1e9))
        if error is not None and error.reason and error.retryable:
            self.measures.refusals[error.reason] += 1


class Party:
    """Calls as one party."""

    def __init__(self, owner: Client, client: AsyncMedSettleClient) -> None:
        self._owner = owner
        self._client = client

    async def call(self, method: str, request: Message) -> Any:
        """Calls `Service/Rpc`; a gateway that is too busy is asked again with the same request, as it wants.

        Raises:
            Refused: it was not executed.
            DemoFault: the gateway cannot be reached, or refused without an ErrorInfo.
        """
        with self._told(method):
            return await self._client.call(method, request)

    async def pay(self, request: pay.PayRequest) -> Payment:
        """Pays; payments that wait at the same time go together in one BatchPay.

        Raises:
            Refused: it was not executed.
            DemoFault: as `call`.
        """
        with self._told("PaymentService/Pay"):
            return await self._client.pay(request)

    async def send(self, method: str, requests: Iterable[Message]) -> Any:
        """Calls a client-streaming rpc with every request."""
        with self._told(method):
            return await self._client.send(method, requests)

    async def read(self, method: str, request: Message) -> AsyncIterator[Any]:
        """Reads a server-streaming rpc until it ends, or is cancelled with the reading task."""
        with self._told(method):
            async for part in self._client.read(method, request):
                yield part

    @contextlib.contextmanager
    def _told(self, method: str) -> Iterator[None]:
        try:
            yield
        except MedSettleError as error:
            if not error.reason:
                raise DemoFault(f"{method} failed without a reason: {error.code.name} {error.message}") from None
            # Here and not attempt by attempt: a payment that is refused inside a BatchPay is no attempt of its own.
            self._owner.measures.refusals[error.reason] += 1
            raise Refused(error.reason, error.message) from None


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
