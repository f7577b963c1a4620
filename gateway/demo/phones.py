"""What the parties hear by themselves: one-time codes on phones, and orders on a channel's stream."""

import asyncio
import re
from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from gateway.demo import DemoFault, demand
from gateway.demo.client import Party
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay

_WAIT_S = 15.0
_POLL_S = 0.01


class Phones:
    """Reads the file that the gateway's simulated message sender delivers into."""

    def __init__(self, outbox: Path) -> None:
        self._file = outbox.open("rb")
        self._rest = b""
        self._codes: dict[str, str] = {}

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    async def code(self, phone: str) -> str:
        """The next code that a phone gets; each is given once."""
        for _ in range(int(_WAIT_S / _POLL_S)):
            self._read()
            if phone in self._codes:
                return self._codes.pop(phone)
            await asyncio.sleep(_POLL_S)
        raise DemoFault(f"no one-time code was delivered within {_WAIT_S:.0f} s")

    def _read(self) -> None:
        lines = (self._rest + self._file.read()).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            message = orjson.loads(line)
            found = re.search(r"\b\d{6}\b", message["text"])
            if found:
                self._codes[message["phone"]] = found[0]


class Watch:
    """A channel's WatchOrders, read from the first event on.

    Attributes:
        counts: events heard, by kind.
    """

    def __init__(self, channel: Party) -> None:
        self.counts: Counter[int] = Counter()
        self._channel = channel
        self._seen: set[str] = set()
        self._orders: dict[str, asyncio.Future[Any]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Opens the stream."""
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Ends the stream."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def order(self, institution_id: str, institution_order_no: str) -> Any:
        """The order of an institution's number, as soon as the channel hears of it.

        Raises:
            DemoFault: it does not, in time.
        """
        assert self._task is not None
        heard = self._future(f"{institution_id} {institution_order_no}")
        await asyncio.wait({heard, self._task}, timeout=_WAIT_S, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            self._task.result()
        demand(heard.done(), f"the channel did not hear of order {institution_order_no} within {_WAIT_S:.0f} s")
        return heard.result()

    async def settle(self, kind: int, count: int) -> None:
        """Waits until so many events of a kind were heard: the stream runs behind the calls."""
        for _ in range(int(_WAIT_S / _POLL_S)):
            if self.counts[kind] >= count:
                return
            await asyncio.sleep(_POLL_S)

    async def _listen(self) -> None:
        async for event in self._channel.read("PaymentService/WatchOrders", pay.WatchOrdersRequest()):
            if event.event_id in self._seen:
                continue  # every event comes at least once
            self._seen.add(event.event_id)
            self.counts[event.kind] += 1
            heard = self._future(f"{event.order.institution_id} {event.order.institution_order_no}")
            if not heard.done():
                heard.set_result(event.order)

    def _future(self, key: str) -> "asyncio.Future[Any]":
        return self._orders.setdefault(key, asyncio.get_running_loop().create_future())
