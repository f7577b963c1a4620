"""Between callers and gateway: copies of requests that are late, lost, doubled, cancelled, and what was heard of each.

Asked      one request, and everything that was ever heard about it
Network    carries copies of it to the process that is up, and answers back
"""

import functools
import random
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from gateway.errors import Refusal
from gateway.reasons import Reason
from tests.sim.process import GatewayProcess
from tests.sim.scheduler import Fiber, Scheduler
from tests.sim.weather import Weather

ASK_AGAIN = {
    Reason.OVERLOADED,
    Reason.EXPIRED_IN_QUEUE,
    Reason.STORE_UNAVAILABLE,
    Reason.SHUTTING_DOWN,
    Reason.INTERNAL_FAULT,
}


_STREAM_US = 3_000


class Asked:
    """A request with its id, and what became of it as far as its caller knows."""

    def __init__(self, name: str, party: str, request: Message, fiber: Fiber) -> None:
        self.name = name
        self.party = party
        self.request = request
        self.fiber = fiber
        self.wire = request.SerializeToString()
        self.is_query = "request_id" not in request.DESCRIPTOR.fields_by_name
        self.response: Any = None  # without `replayed`
        self.refusal: Refusal | None = None  # what was heard last, when a repeat would not help
        self.refusal_is_settled = False
        self.executed_count = 0
        self.unknown_count = 0  # copies of which nothing was heard: each may have been executed
        self.is_known = False  # whether the same request was answered before under another record
        self.open_copies: list[Copy] = []
        self.copy_count = 0


class Copy:
    """One transmission of a request."""

    __slots__ = ("asked", "cancel", "is_open", "number", "sent_after_answer")

    def __init__(self, asked: Asked) -> None:
        asked.copy_count += 1
        self.asked = asked
        self.number = asked.copy_count
        self.sent_after_answer = asked.response is not None
        self.is_open = True
        self.cancel: Callable[[], None] = lambda: None

    def close(self, *, heard: bool = False) -> None:
        """Nothing more will be heard of it."""
        if self.is_open:
            self.is_open = False
            self.asked.unknown_count += not heard
            self.asked.open_copies.remove(self)


class Watching:
    """A party that watches its orders over all restarts: each event once, in order, whatever happens."""

    def __init__(self, scheduler: Scheduler, network: "Network", party: str) -> None:
        self.party = party
        self.seen: list[tuple[int, int, str]] = []  # number in the journal, kind, order
        self._scheduler = scheduler
        self._network = network
        self._cursor = ""
        self._streaming: GatewayProcess | None = None

    def whole(self) -> None:
        """The program of a fiber, without end."""
        while True:
            process = self._network.process
            if process is not self._streaming and process is not None and process.is_up:
                self._streaming = process
                process.watch(self.party, self._cursor, functools.partial(self._sent, process), self._ended)
            self._scheduler.sleep(300_000)

    def _ended(self) -> None:
        self._streaming = None

    def _sent(self, process: GatewayProcess, response: Any) -> None:
        def arrive() -> None:
            if process is self._streaming and not process.has_ended:
                self._cursor = response.cursor
                self.seen.append((int(response.cursor, 16), response.kind, response.order.order_id))

        self._scheduler.after(_STREAM_US, arrive)


class Network:
    """Carries calls; see the module."""

    def __init__(
        self,
        scheduler: Scheduler,
        weather: Weather,
        rng: random.Random,
        tell: Callable[[str], None],
        found: Callable[[str], None],
        trace: Callable[..., None],
    ) -> None:
        self._scheduler = scheduler
        self._weather = weather
        self._rng = rng
        self._tell = tell
        self._found = found
        self._trace = trace
        self._delivered_max = 0
        self.process: GatewayProcess | None = None
        self.in_process: list[Copy] = []
        self.calm = False

    def send(self, asked: Asked) -> None:
        """Sends a copy of a request."""
        copy = Copy(asked)
        asked.open_copies.append(copy)
        rates = {} if self.calm else self._weather.call_rates
        if self._rng.random() < rates.get("request lost", 0.0):
            self._tell("call: request lost")
            copy.close()
            return
        deadline_s = None
        if self._rng.random() < rates.get("deadline", 0.0):
            deadline_s = (self._scheduler.now_us + self._rng.randint(1_000, self._weather.patience_us)) / 1_000_000
        self._scheduler.after(self._delay_us(), lambda: self._deliver(copy, deadline_s))

    def cancel(self, copy: Copy) -> None:
        """The caller hangs up."""
        self._tell("call: cancelled")
        copy.close()
        copy.cancel()

    def process_ended(self) -> None:
        """Every connection is reset."""
        self.process = None
        for copy in self.in_process:
            if copy.is_open:
                copy.close()
                self._scheduler.after(self._delay_us(), lambda copy=copy: self._scheduler.wake(copy.asked.fiber))  # type: ignore[misc]
        self.in_process.clear()

    def _delay_us(self) -> int:
        return self._rng.randint(50, self._weather.network_us)

    def _deliver(self, copy: Copy, deadline_s: float | None) -> None:
        if not copy.is_open:
            return
        asked, process = copy.asked, self.process
        if copy.number < asked.copy_count and len(asked.open_copies) > 1:
            self._tell("call: out of order")
        if process is None or not process.is_up:
            copy.close()
            self._scheduler.wake(asked.fiber)
            return
        self.in_process.append(copy)

        def answer(heard: Message | Refusal) -> None:
            if copy in self.in_process:
                self.in_process.remove(copy)
            rates = {} if self.calm else self._weather.call_rates
            if self._rng.random() < rates.get("answer lost", 0.0):
                self._tell("call: answer lost")
                copy.close()
                return
            self._scheduler.after(self._delay_us(), lambda: self._hear(copy, heard))

        copy.cancel = process.accept(asked.name, asked.party, asked.wire, deadline_s, answer)

    def _hear(self, copy: Copy, heard: Any) -> None:
        if not copy.is_open:
            return
        copy.close(heard=True)
        asked = copy.asked
        if isinstance(heard, Refusal):
            self._trace("refused", asked.name, asked.party, asked.wire, heard.reason.name)
            self._tell(f"refused: {heard.reason.name}")
            if heard.reason not in ASK_AGAIN:
                asked.refusal = heard
                if copy.sent_after_answer and not asked.is_query:
                    self._found(f"{asked.name} was answered and is now refused: {heard}")
        else:
            self._hear_response(copy, heard)
        self._scheduler.wake(asked.fiber)

    def _hear_response(self, copy: Copy, heard: Any) -> None:
        asked = copy.asked
        if "replayed" in heard.DESCRIPTOR.fields_by_name:
            if heard.replayed:
                self._tell("answer: replayed")
                if not (asked.executed_count or asked.unknown_count or asked.open_copies or asked.is_known):
                    self._found(f"{asked.name} was refused each time, and executed: {asked.request}")
            else:
                asked.executed_count += 1
            if asked.executed_count > 1 or (copy.sent_after_answer and not heard.replayed):
                self._found(f"{asked.name} was executed twice: {asked.request}")
            heard.replayed = False
        self._trace("answered", asked.name, asked.party, asked.wire, heard.SerializeToString(deterministic=True))
        if asked.response is not None and not asked.is_query and asked.response != heard:
            self._found(f"{asked.name} has two answers:\n{asked.response}\n{heard}")
        asked.response = heard
