"""Works that come in the same moment are queued together; one that comes alone is not held."""

import asyncio
import queue
from collections.abc import Callable

from gateway.engine.arrivals import Arrivals
from gateway.engine.batch import Item
from gateway.engine.work import Work


def item() -> Item:
    return Item(Work(0), lambda item: None)


def on_a_loop(test: Callable[[Arrivals, "queue.SimpleQueue[Item | None]"], object], batch_max: int = 10) -> None:
    async def run() -> None:
        works: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        await test(Arrivals(asyncio.get_running_loop(), works, batch_max), works)  # type: ignore[misc]

    asyncio.run(run())


async def until_queued(works: "queue.SimpleQueue[Item | None]", count: int) -> None:
    async with asyncio.timeout(5):
        while works.qsize() < count:
            await asyncio.sleep(0)


def test_one_in_flight_is_queued_at_once() -> None:
    async def test(arrivals: Arrivals, works: "queue.SimpleQueue[Item | None]") -> None:
        for count in range(1, 4):
            arrivals.add([item()])
            assert (works.qsize(), len(arrivals)) == (count, 0)
            arrivals.answered(1)

    on_a_loop(test)


def test_works_of_neighbouring_turns_go_in_together_and_in_order() -> None:
    async def test(arrivals: Arrivals, works: "queue.SimpleQueue[Item | None]") -> None:
        items = [item() for _ in range(6)]
        arrivals.add(items[:1])
        for later in items[1:]:
            arrivals.add([later])
            assert works.qsize() == 1
            for _ in range(3):
                await asyncio.sleep(0)
        assert len(arrivals) == 5
        await until_queued(works, 6)
        assert [works.get_nowait() for _ in items] == items

    on_a_loop(test)


def test_a_full_batch_does_not_wait() -> None:
    async def test(arrivals: Arrivals, works: "queue.SimpleQueue[Item | None]") -> None:
        arrivals.add([item(), item()])
        assert works.qsize() == 0
        arrivals.add([item() for _ in range(8)])
        assert (works.qsize(), len(arrivals)) == (10, 0)

    on_a_loop(test)


def test_arrivals_without_end_are_not_held_for_ever() -> None:
    async def test(arrivals: Arrivals, works: "queue.SimpleQueue[Item | None]") -> None:
        arrivals.add([item(), item()])
        for _ in range(1_000):
            arrivals.add([item()])
            await asyncio.sleep(0)
            if works.qsize():
                return
        raise AssertionError("nothing was queued while works kept coming")

    on_a_loop(test, batch_max=10_000)


def test_a_flush_queues_what_was_held_once() -> None:
    async def test(arrivals: Arrivals, works: "queue.SimpleQueue[Item | None]") -> None:
        arrivals.add([item(), item()])
        arrivals.flush()
        for _ in range(20):
            await asyncio.sleep(0)
        assert works.qsize() == 2

    on_a_loop(test)
