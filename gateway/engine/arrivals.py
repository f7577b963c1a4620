"""Works between the event loop and the pipeline's queue: those that come in the same moment go in together.

A front brings calls one a turn of the event loop. Were each queued at once, the pipeline's thread would commit batches
of a few works, each with its sync, and fight the loop for the interpreter in between. So under load works are held for
as long as every few turns bring another one; a turn is microseconds, and there is no timer. With one call in flight
none is held.
"""

import asyncio
import queue
from collections.abc import Sequence

from gateway.engine.batch import Item

# grpc.aio takes some turns for a call (accepted, message read, handler begun), so a few quiet ones prove nothing yet.
_QUIET_TURNS = 8
_TURNS_MAX = 256


class Arrivals:
    """What was submitted and is not queued yet. Used on the event loop alone.

    Args:
        batch_max: works that fill a batch; they go in without waiting for more.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, works: "queue.SimpleQueue[Item | None]", batch_max: int
    ) -> None:
        self._loop = loop
        self._queue = works
        self._batch_max = batch_max
        self._items: list[Item] = []
        self._together = 0  # how many went in the last time
        self._unanswered = 0
        self._seen = self._quiet = self._turns = 0
        self._holding = False

    def __len__(self) -> int:
        return len(self._items)

    def add(self, items: Sequence[Item]) -> None:
        """Takes works; they are queued now or some turns later, in their order."""
        self._items += items
        self._unanswered += len(items)
        if len(self._items) >= self._batch_max or max(self._unanswered, self._together) <= 1:
            self.flush()
        elif not self._holding:
            self._holding = True
            self._seen = self._quiet = self._turns = 0
            self._loop.call_soon(self._turn)

    def answered(self, count: int) -> None:
        """So many works have their answer."""
        self._unanswered -= count

    def flush(self) -> None:
        """Queues what there is."""
        items, self._items = self._items, []
        for item in items:
            self._queue.put(item)
        self._holding = False
        self._together = len(items)

    def _turn(self) -> None:
        if not self._holding:
            return
        count = len(self._items)
        self._quiet = self._quiet + 1 if count == self._seen else 0
        self._seen = count
        self._turns += 1
        if self._quiet >= _QUIET_TURNS or self._turns >= _TURNS_MAX or count >= self._batch_max:
            self.flush()
        else:
            self._loop.call_soon(self._turn)
