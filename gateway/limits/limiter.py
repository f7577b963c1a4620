"""How many calls are in hand, and who is let in: one object for all fronts of a gateway, on the event loop's thread.

    admit    before anything is done about a call: gives its weight, or 0 when it is to be refused
    release  exactly once for each that was let in, with that weight, however the call ended

A refused caller is told how long to wait. The time doubles with every second in which somebody was refused and
halves with every one in which nobody was, and is longer the further its class is over what it may fill.
"""

import time
from collections.abc import Callable

from gateway.errors import RETRY_AFTER_MS, Refusal
from gateway.limits.priorities import SHARE_PERCENT, Priority
from gateway.reasons import Reason

DELAY_MAX_MS = 5_000
_DELAY_STEP_MS = 100  # delays are rounded to it, so that a front makes few different answers
_LEVEL_MAX = 5
# A payment of a batch is about 128 bytes on the wire, and costs about a quarter of a call of its own.
_BATCH_BYTES_A_PLACE = 512


class Limiter:
    """Places for calls and for streams.

    Args:
        calls_max: places; a call takes one, a BatchPay one for every four of its payments.
        streams_max: watching streams open at a time.
        party_streams_max: of one party.
        now_s: a clock that never goes back.

    Attributes:
        in_hand: places taken.
        streams: watching streams that are open.
        shed: calls and streams refused so far, by class.
    """

    def __init__(
        self,
        calls_max: int = 4096,
        streams_max: int = 1024,
        party_streams_max: int = 64,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        assert min(calls_max, streams_max, party_streams_max) >= 1, "a gateway that takes nothing is no gateway"
        self.calls_max = calls_max
        self.streams_max = streams_max
        self.party_streams_max = party_streams_max
        self.in_hand = 0
        self.streams = 0
        self.shed = [0] * len(Priority)
        self._limits = [max(1, calls_max * SHARE_PERCENT[priority] // 100) for priority in SHARE_PERCENT]
        self._streams_by_party: dict[int, int] = {}
        self._now_s = now_s
        self._level = 0
        self._second = int(now_s())
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the gateway takes nothing any more."""
        return self._closed

    def close(self) -> None:
        """Takes nothing from now on: the gateway is stopping."""
        self._closed = True

    # Calls.

    def admit(self, priority: Priority, size: int = 0) -> int:
        """Lets a call in, with its weight, or gives 0; `size` is that of the request, in bytes, before it is parsed."""
        limit = self._limits[priority]
        weight = 1
        if priority == Priority.BATCH_PAY:
            # Never more than its class may fill, so that an idle gateway takes every batch.
            weight = min(1 + size // _BATCH_BYTES_A_PLACE, limit)
        if self.in_hand + weight > limit or self._closed:
            return 0
        self.in_hand += weight
        return weight

    def release(self, weight: int) -> None:
        """Gives the places of a call that was let in back."""
        assert 0 < weight <= self.in_hand, "released twice, or never let in"
        self.in_hand -= weight

    def refused_delay_ms(self, priority: Priority) -> int:
        """Counts a refusal; gives how long its caller is to wait, in milliseconds: 200 to 5,000."""
        if self._closed:
            return RETRY_AFTER_MS
        self.shed[priority] += 1
        second = int(self._now_s())
        passed = second - self._second
        if passed == 1:
            self._level = min(_LEVEL_MAX, self._level + 1)
        elif passed > 1:
            self._level = max(0, self._level - (passed - 1))
        self._second = second
        delay_ms = RETRY_AFTER_MS << self._level
        if priority != Priority.WATCH:
            limit = self._limits[priority]
            delay_ms = delay_ms * max(self.in_hand, limit) // limit
        return min(-(-delay_ms // _DELAY_STEP_MS) * _DELAY_STEP_MS, DELAY_MAX_MS)

    # Streams that last.

    def open_stream(self, party_key: int) -> None:
        """Lets a watching stream in, to be given back with `close_stream`.

        Raises:
            Refusal: OVERLOADED; SHUTTING_DOWN.
        """
        of_party = self._streams_by_party.get(party_key, 0)
        if self._closed or self.streams >= self.streams_max or of_party >= self.party_streams_max:
            raise refusal_after(self.refused_delay_ms(Priority.WATCH), closed=self._closed)
        self._streams_by_party[party_key] = of_party + 1
        self.streams += 1

    def close_stream(self, party_key: int) -> None:
        """Gives a stream's place back."""
        left = self._streams_by_party[party_key] - 1
        self.streams -= 1
        if left:
            self._streams_by_party[party_key] = left
        else:
            del self._streams_by_party[party_key]


def refusal_after(delay_ms: int, *, closed: bool) -> Refusal:
    """What a caller is told who was not let in."""
    if closed:
        return Refusal(Reason.SHUTTING_DOWN)
    words = f"the gateway has as much in hand as it takes: repeat in {delay_ms} ms"
    return Refusal(Reason.OVERLOADED, words, retry_after_ms=delay_ms)
