"""Who is let in and who is not, the same on every front; and that every place is given back, however a call ended."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import grpc
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.servicers.base import Caller
from tests.contract.test_fronts import (
    SERVICE,
    WAIT_S,
    Parked,
    Wire,
    asked,
    details_of,
    failure,
    over_fronts,
    serving,
    text_of,
)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():
            await asyncio.sleep(0.005)


def stream(wire: Wire, token: str) -> Any:
    metadata = (("authorization", f"Bearer {token}"),)
    return wire.channel.unary_stream(f"/{SERVICE}/Lasts")(asked(""), metadata=metadata)


@over_fronts
async def test_the_less_urgent_is_refused_before_anything_is_looked_at(wire: Wire) -> None:
    """With half of the places taken the lowest class is out, whoever asks and whatever it sends; the highest is in."""
    wire.limiter.in_hand = 1_000
    for options in ({}, {"token": "bad"}, {"token": ""}, {"request": b"\xff"}):
        error = await failure(wire.call(**options))
        info, retry = details_of(error)
        assert (error.code(), info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
        assert retry.retry_delay.ToMilliseconds() == int(info.metadata["retry_after_ms"]) >= 200
    token = (("authorization", "Bearer good"),)
    error = await failure(wire.channel.stream_unary(f"/{SERVICE}/Takes")(iter([asked("a")]), metadata=token))
    assert details_of(error)[0].reason == "OVERLOADED"
    error = await failure(wire.channel.unary_stream(f"/{SERVICE}/Gives")(asked("a"), metadata=token).read())
    assert details_of(error)[0].reason == "OVERLOADED"
    assert wire.callers == []
    assert text_of(await wire.call(asked("P1"), name="Urgent")) == "P1"
    assert wire.limiter.in_hand == 1_000
    wire.limiter.in_hand = 999
    assert text_of(await wire.call(asked("P2"))) == "P2"


@over_fronts
async def test_streams_that_last_have_places_of_their_own(wire: Wire) -> None:
    wire.limiter.in_hand = 2_000  # no place for a call
    open_ones = [stream(wire, token) for token in ("good", "good", "other")]
    assert [text_of(await one.read()) for one in open_ones] == ["open"] * 3
    assert (wire.limiter.streams, wire.limiter.in_hand) == (3, 2_000)
    error = await failure(stream(wire, "other").read())  # the gateway is full
    assert details_of(error)[0].reason == "OVERLOADED"
    open_ones[2].cancel()
    await until(lambda: wire.limiter.streams == 2)
    error = await failure(stream(wire, "good").read())  # the party is
    info, retry = details_of(error)
    assert (info.reason, retry.retry_delay.ToMilliseconds() >= 200) == ("OVERLOADED", True)
    again = stream(wire, "other")
    assert text_of(await again.read()) == "open"
    for one in (*open_ones, again):
        one.cancel()
    await until(lambda: wire.limiter.streams == 0)
    assert wire.limiter._streams_by_party == {}


@over_fronts
async def test_a_stopping_gateway_takes_nothing_and_says_so(wire: Wire) -> None:
    wire.limiter.close()
    error = await failure(wire.call(name="Urgent"))
    info, retry = details_of(error)
    assert (error.code(), info.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    assert retry.retry_delay.ToMilliseconds() == 200
    assert details_of(await failure(stream(wire, "good").read()))[0].reason == "SHUTTING_DOWN"
    assert sum(wire.limiter.shed) == 0


# How a call may end: what it sends, what its handler does, and whether its caller stays.
ENDS: dict[str, Callable[[Wire], Any]] = {
    "answered": lambda wire: wire.call(asked("a"), name="Urgent"),
    "unknown token": lambda wire: wire.call(token="bad"),
    "no message": lambda wire: wire.call(b"\xff"),
    "refused": lambda wire: wire.call(asked("refuse")),
    "defect": lambda wire: wire.call(asked("fail")),
    "deadline": lambda wire: wire.call(asked("park"), timeout=0.02),
    "given up": lambda wire: given_up(wire.call(asked("park")), 0.02),
    "given up at once": lambda wire: given_up(wire.call(asked("park")), 0),
    "stream": lambda wire: drained(wire, "Gives", "abc"),
    "stream refused": lambda wire: drained(wire, "Gives", "a!"),
    "stream given up": lambda wire: given_up(stream(wire, "good"), 0.02),
    "stream of nobody": lambda wire: drained(wire, "Lasts", "", token="bad"),
}


async def given_up(call: Any, after_s: float) -> None:
    await asyncio.sleep(after_s)
    call.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await call.code()


async def drained(wire: Wire, name: str, text: str, token: str = "good") -> None:
    metadata = (("authorization", f"Bearer {token}"),)
    async for _ in wire.channel.unary_stream(f"/{SERVICE}/{name}")(asked(text), metadata=metadata):
        pass


async def as_asked(caller: Caller, request: Any) -> Any:
    match request.person_id:
        case "refuse":
            raise Refusal(Reason.ORDER_NOT_FOUND)
        case "fail":
            raise ZeroDivisionError
    return await Parked()(caller, request)


@settings(max_examples=15)
@given(
    front=st.sampled_from(["grpcio", "native"]), ends=st.lists(st.sampled_from(sorted(ENDS)), min_size=1, max_size=24)
)
def test_every_place_is_given_back(front: str, ends: list[str]) -> None:
    async def whole() -> None:
        async with serving(front) as wire:
            wire.unary = as_asked
            async with asyncio.timeout(WAIT_S * 3):
                await asyncio.gather(*(ENDS[end](wire) for end in ends), return_exceptions=True)
                await until(lambda: wire.limiter.in_hand == 0 and wire.limiter.streams == 0)
            assert wire.limiter._streams_by_party == {}

    asyncio.run(whole())


@over_fronts
async def test_a_stop_gives_the_places_of_those_it_ends_back(wire: Wire) -> None:
    wire.unary = parked = Parked()
    call = asyncio.ensure_future(wire.call())
    await asyncio.wait_for(parked.begun.wait(), WAIT_S)
    assert wire.limiter.in_hand == 1
    await wire.front.stop(0)
    await failure(call)
    await until(lambda: wire.limiter.in_hand == 0)
