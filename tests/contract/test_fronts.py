"""What a caller sees on the wire, the same on every front, through grpcio's own client."""

import asyncio
import contextlib
import importlib.util
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.bootstrap import make_front
from gateway.errors import Refusal
from gateway.fronts.calls import MESSAGE_SIZE_MAX, FrontUnavailable, PortInUse
from gateway.limits.limiter import Limiter
from gateway.limits.priorities import Priority
from gateway.pb.medsettle.v1 import account_service_pb2, enums_pb2
from gateway.reasons import Reason
from gateway.servicers.base import Caller, Rpc
from gateway.stores.base import PartyRow

Request, Response = account_service_pb2.GetAccountRequest, account_service_pb2.GetAccountResponse
SERVICE = "medsettle.v1.AccountService"
BUREAU = frozenset({enums_pb2.ROLE_BUREAU})
WAIT_S = 10.0


def party(party_id: str, role: int, suspended: int = 0) -> PartyRow:
    return PartyRow(7, party_id, role, party_id, suspended, 0, b"", 0, 0)


LISTEN = "127.0.0.1:0"
PARTIES = {
    "good": party("office", enums_pb2.ROLE_BUREAU),
    "other": party("other", enums_pb2.ROLE_BUREAU)._replace(party_key=8),
    "wallet": party("wallet", enums_pb2.ROLE_CHANNEL),
    "gone": party("former", enums_pb2.ROLE_BUREAU, suspended=1),
}


class Wire:
    """One front over three rpcs that do as the test says, and a client's channel to it.

    Attributes:
        unary: the handler of Unary; `stream` of Gives, and `upload` of Takes.
    """

    def __init__(self, front: str) -> None:
        self.unary: Callable[[Caller, Any], Awaitable[Any]] = self._echo
        rpcs = [
            Rpc(SERVICE, "Unary", Request, Response, False, False, BUREAU, lambda *call: self.unary(*call)),
            Rpc(SERVICE, "Urgent", Request, Response, False, False, BUREAU, self._echo, Priority.MONEY_MOVED),
            Rpc(SERVICE, "Gives", Request, Response, False, True, BUREAU, self._gives),
            Rpc(SERVICE, "Takes", Request, Response, True, False, BUREAU, self._takes),
            Rpc(SERVICE, "Lasts", Request, Response, False, True, BUREAU, self._lasts, Priority.WATCH),
        ]
        self.limiter = Limiter(2_000, streams_max=3, party_streams_max=2)
        self.front = make_front(front, LISTEN, rpcs, PARTIES.get, self.limiter)
        self.callers: list[Caller] = []
        self.channel: grpc.aio.Channel

    async def _echo(self, caller: Caller, request: Any) -> Any:
        self.callers.append(caller)
        return said(request.person_id)

    async def _gives(self, caller: Caller, request: Any) -> AsyncIterator[Any]:
        for letter in request.person_id:
            yield said(letter)
        if "!" in request.person_id:
            raise Refusal(Reason.OVERLOADED)

    async def _lasts(self, caller: Caller, request: Any) -> AsyncIterator[Any]:
        yield said("open")
        await asyncio.Event().wait()

    async def _takes(self, caller: Caller, requests: AsyncIterator[Any]) -> Any:
        return said("".join([request.person_id async for request in requests]))

    def call(self, request: bytes = b"", *, token: str = "good", name: str = "Unary", **options: Any) -> Any:
        """A unary call of raw bytes; a token of "" sends none."""
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        return self.channel.unary_unary(f"/{SERVICE}/{name}")(request, metadata=metadata, **options)


def said(text: str) -> Any:
    return Response(account={"person_id": text})


def asked(text: str) -> bytes:
    return bytes(Request(person_id=text).SerializeToString())


def text_of(answer: bytes) -> str:
    return str(Response.FromString(answer).account.person_id)


@contextlib.asynccontextmanager
async def serving(front: str) -> AsyncIterator[Wire]:
    wire = Wire(front)
    port = await wire.front.start("127.0.0.1:0")
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1)]
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as wire.channel:
            yield wire
    finally:
        await wire.front.stop(0)


def over_fronts(test: Callable[[Wire], Awaitable[None]]) -> Callable[[str], None]:
    """Makes an async test of a `wire` one test a front."""

    def run(front: str) -> None:
        async def whole() -> None:
            async with serving(front) as wire, asyncio.timeout(WAIT_S * 3):
                await test(wire)

        asyncio.run(whole())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return pytest.mark.parametrize("front", ["grpcio", "native"])(run)


async def failure(call: Any) -> grpc.aio.AioRpcError:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error
    raise AssertionError("the call did not fail")


def details_of(error: grpc.aio.AioRpcError) -> list[Any]:
    """The details of a refusal, held against code and message of the status itself."""
    found = [value for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin"]
    assert len(found) == 1
    status = status_pb2.Status.FromString(found[0])
    assert (status.code, status.message) == (error.code().value[0], error.details())
    kinds = {"ErrorInfo": error_details_pb2.ErrorInfo, "RetryInfo": error_details_pb2.RetryInfo}
    details = []
    for packed in status.details:
        detail = kinds[packed.TypeName().rpartition(".")[2]]()
        assert packed.Unpack(detail)
        details.append(detail)
    return details


@over_fronts
async def test_a_call_is_answered_and_its_caller_known(wire: Wire) -> None:
    assert text_of(await wire.call(asked("P1"))) == "P1"
    assert wire.callers == [Caller(7, "office", enums_pb2.ROLE_BUREAU, None)]


@over_fronts
async def test_many_calls_at_once_get_each_its_own_answer(wire: Wire) -> None:
    answers = await asyncio.gather(*(wire.call(asked(str(number))) for number in range(300)))
    assert [text_of(answer) for answer in answers] == [str(number) for number in range(300)]


@over_fronts
async def test_tokens_and_roles(wire: Wire) -> None:
    for token, code, reason in (
        ("", "UNAUTHENTICATED", "TOKEN_UNKNOWN"),
        ("bad", "UNAUTHENTICATED", "TOKEN_UNKNOWN"),
        ("gone", "PERMISSION_DENIED", "PARTY_SUSPENDED"),
        ("wallet", "PERMISSION_DENIED", "ROLE_FORBIDDEN"),
    ):
        error = await failure(wire.call(token=token))
        [info] = details_of(error)
        assert (error.code().name, info.reason, info.domain) == (code, reason, "medsettle.v1")
    assert dict(info.metadata) == {"role": "channel", "method": "Unary"}
    assert wire.callers == []


@over_fronts
async def test_bytes_that_are_no_message(wire: Wire) -> None:
    error = await failure(wire.call(b"\xff\xff\xff"))
    [info] = details_of(error)
    assert (error.code(), info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID")
    assert info.metadata["field"] == "GetAccountRequest"


@over_fronts
async def test_a_refusal_of_other_words_and_a_retry_time(wire: Wire) -> None:
    async def refuse(caller: Caller, request: Any) -> Any:
        raise Refusal(Reason.OVERLOADED, "忙 50% \n")

    wire.unary = refuse
    error = await failure(wire.call())
    info, retry = details_of(error)
    assert (error.details(), info.reason, retry.retry_delay.nanos) == ("忙 50% \n", "OVERLOADED", 200_000_000)


@over_fronts
async def test_a_defect_is_told_to_nobody(wire: Wire) -> None:
    async def fail(caller: Caller, request: Any) -> Any:
        raise ZeroDivisionError("a secret")

    wire.unary = fail
    logging.getLogger("gateway.fronts.calls").disabled = True
    try:
        error = await failure(wire.call())
    finally:
        logging.getLogger("gateway.fronts.calls").disabled = False
    assert error.code() == grpc.StatusCode.INTERNAL and "secret" not in str(error)
    assert details_of(error)[0].reason == "INTERNAL_FAULT"


@over_fronts
async def test_a_message_over_the_limit_is_refused_before_it_is_read(wire: Wire) -> None:
    room = MESSAGE_SIZE_MAX - len(asked("x" * MESSAGE_SIZE_MAX)) + MESSAGE_SIZE_MAX
    request = asked("x" * room)
    assert len(request) == MESSAGE_SIZE_MAX

    async def short(caller: Caller, request: Any) -> Any:
        return said(str(len(request.person_id)))

    wire.unary = short
    assert text_of(await wire.call(request)) == str(room)
    # Without a token: size goes first, on both.
    error = await failure(wire.call(request + b"x", token=""))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert f"{MESSAGE_SIZE_MAX + 1} vs. {MESSAGE_SIZE_MAX}" in error.details()


@over_fronts
async def test_an_answer_over_the_limit(wire: Wire) -> None:
    async def long(caller: Caller, request: Any) -> Any:
        return said("x" * MESSAGE_SIZE_MAX)

    wire.unary = long
    assert (await failure(wire.call())).code() == grpc.StatusCode.RESOURCE_EXHAUSTED


@over_fronts
async def test_a_method_that_is_not_there(wire: Wire) -> None:
    assert (await failure(wire.call(name="Nothing"))).code() == grpc.StatusCode.UNIMPLEMENTED


class Parked:
    """A handler that waits until it is let go, and says how it ended."""

    def __init__(self) -> None:
        self.begun, self.go, self.cancelled = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.caller: Caller | None = None

    async def __call__(self, caller: Caller, request: Any) -> Any:
        self.caller = caller
        self.begun.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return said("late")


@over_fronts
async def test_a_deadline_bounds_the_call_and_is_told_to_the_handler(wire: Wire) -> None:
    wire.unary = parked = Parked()
    before = asyncio.get_running_loop().time()
    error = await failure(wire.call(timeout=0.4))
    assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    await asyncio.wait_for(parked.cancelled.wait(), WAIT_S)
    assert parked.caller is not None and parked.caller.deadline is not None
    assert before < parked.caller.deadline < before + 5
    wire.unary = wire._echo
    assert text_of(await wire.call(asked("next"))) == "next"


@over_fronts
async def test_a_caller_that_leaves_ends_its_handler(wire: Wire) -> None:
    wire.unary = parked = Parked()
    call = wire.call()
    await asyncio.wait_for(parked.begun.wait(), WAIT_S)
    call.cancel()
    await asyncio.wait_for(parked.cancelled.wait(), WAIT_S)
    wire.unary = wire._echo
    assert text_of(await wire.call(asked("next"))) == "next"


@over_fronts
async def test_streams(wire: Wire) -> None:
    token = (("authorization", "Bearer good"),)
    gives = wire.channel.unary_stream(f"/{SERVICE}/Gives")
    assert [text_of(part) async for part in gives(asked("abc"), metadata=token)] == ["a", "b", "c"]
    takes = wire.channel.stream_unary(f"/{SERVICE}/Takes")
    assert text_of(await takes(iter([asked("a"), asked("b")]), metadata=token)) == "ab"
    parts = gives(asked("a!"), metadata=token)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        assert [text_of(part) async for part in parts]
    assert details_of(caught.value)[0].reason == "OVERLOADED"
    error = await failure(takes(iter([asked("a"), b"\xff"]), metadata=token))
    assert details_of(error)[0].reason == "FIELD_INVALID"
    error = await failure(takes(iter([asked("a")])))
    assert details_of(error)[0].reason == "TOKEN_UNKNOWN"


@over_fronts
async def test_a_stop_finishes_what_is_running_and_tells_health(wire: Wire) -> None:
    wire.unary = parked = Parked()
    call = asyncio.ensure_future(wire.call())
    await asyncio.wait_for(parked.begun.wait(), WAIT_S)
    watch = health_pb2_grpc.HealthStub(wire.channel).Watch(health_pb2.HealthCheckRequest())
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
    stop = asyncio.ensure_future(wire.front.stop(WAIT_S))
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
    watch.cancel()
    late = await failure(wire.call(timeout=WAIT_S))
    assert late.code() == grpc.StatusCode.UNAVAILABLE
    assert not stop.done()
    parked.go.set()
    assert text_of(await call) == "late"
    await stop


@pytest.mark.parametrize("front", ["grpcio", "native"])
def test_a_stop_loses_no_answer_on_its_last_way(front: str) -> None:
    """What was decided is told: an answer that is handed over just before the connections close still arrives."""

    async def whole() -> None:
        async with serving(front) as wire:
            wire.unary = parked = Parked()
            call = asyncio.ensure_future(wire.call())
            await asyncio.wait_for(parked.begun.wait(), WAIT_S)
            stop = asyncio.ensure_future(wire.front.stop(WAIT_S))
            while not wire.limiter.closed:
                await asyncio.sleep(0)
            parked.go.set()
            assert text_of(await call) == "late"
            await stop

    for _ in range(12):  # without care one in six or so is lost
        asyncio.run(whole())


@over_fronts
async def test_a_stop_without_time_ends_what_is_running(wire: Wire) -> None:
    wire.unary = parked = Parked()
    call = asyncio.ensure_future(wire.call())
    await asyncio.wait_for(parked.begun.wait(), WAIT_S)
    await wire.front.stop(0)
    assert (await failure(call)).code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    assert parked.cancelled.is_set()


@pytest.mark.parametrize("front", ["grpcio", "native"])
@pytest.mark.parametrize("other", ["grpcio", "native"])
def test_a_port_belongs_to_one_front(front: str, other: str) -> None:
    async def whole() -> None:
        first, second = make_front(front, LISTEN, [], PARTIES.get), make_front(other, LISTEN, [], PARTIES.get)
        port = await first.start("127.0.0.1:0")
        try:
            with pytest.raises(PortInUse, match=f"127.0.0.1:{port}"):
                await second.start(f"127.0.0.1:{port}")
        finally:
            await first.stop(0)

    asyncio.run(whole())


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    async def whole() -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(FrontUnavailable, match="pygrpc-native"):
            make_front("native", LISTEN, [], PARTIES.get)
        assert type(make_front("auto", LISTEN, [], PARTIES.get)).__name__ == "GrpcioFront"
        monkeypatch.undo()
        assert type(make_front("auto", LISTEN, [], PARTIES.get)).__name__ == "NativeFront"
        # Whoever reaches the native front can make it hold a message of any size.
        assert type(make_front("auto", "0.0.0.0:0", [], PARTIES.get)).__name__ == "GrpcioFront"

    asyncio.run(whole())
