"""One thread that plays many: fibers that run one at a time, in an order that comes from a seed, in virtual time.

A fiber runs until it pauses, waits or sleeps; then the scheduler picks another by its random numbers. When none can
run, time moves on to the next timer. Fibers have a home (a gateway process, or the world around it); a home that dies
takes its fibers with it, in whatever line they stand.
"""

import heapq
import queue
import random
from collections import deque
from collections.abc import Callable
from typing import Any

from greenlet import greenlet

from gateway.engine.threads import Threads

_STEP_US_MAX = 40  # what a step costs of virtual time, at most
_UNWINDS_MAX = 50


class Died(BaseException):
    """The home of the fiber is dead; nothing in it may go on."""


class Stuck(Exception):
    """Fibers wait, and nothing will ever wake them."""


class Home:
    """Where fibers live: `dead` ends all of them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.fibers: list[Fiber] = []
        self.after_burial: list[Callable[[], None]] = []


class Fiber:
    """A thread of the simulated world."""

    __slots__ = ("greenlet", "home", "is_ready", "name")

    def __init__(self, name: str, home: Home, body: greenlet) -> None:
        self.name = name
        self.home = home
        self.greenlet = body
        self.is_ready = True


class Scheduler:
    """Runs fibers; see the module.

    Args:
        rng: decides who is next.
        stickiness: how likely the running fiber goes on when it pauses.
    """

    def __init__(self, rng: random.Random, stickiness: float) -> None:
        self.now_us = 0
        self._random = rng.random
        self._stickiness = stickiness
        self._hub = greenlet.getcurrent()
        self._ready: list[Fiber] = []
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._timer_count = 0
        self._homes: list[Home] = []
        self._dying: list[Home] = []
        self.current: Fiber | None = None
        self.step_count = 0

    def spawn(self, name: str, home: Home, target: Callable[[], None]) -> Fiber:
        """A new fiber that is ready to run."""

        def body() -> None:
            try:
                target()
            except Died:
                assert home.dead

        fiber = Fiber(name, home, greenlet(body, parent=self._hub))
        home.fibers.append(fiber)
        if home not in self._homes:
            self._homes.append(home)
        self._ready.append(fiber)
        return fiber

    def after(self, us: int, call: Callable[[], None]) -> None:
        """Calls something at a later time, outside all fibers."""
        self._timer_count += 1
        heapq.heappush(self._timers, (self.now_us + us, self._timer_count, call))

    def kill(self, home: Home) -> None:
        """Ends a home. Called by one of its own fibers it does not return."""
        if not home.dead:
            home.dead = True
            self._dying.append(home)
        if self.current is not None and self.current.home is home:
            raise Died

    def run(self, until: Callable[[], bool], us_max: int) -> None:
        """Runs until a condition holds.

        Raises:
            Stuck: it does not within a time, or nothing can happen any more.
        """
        ready, timers = self._ready, self._timers
        latest_us = self.now_us + us_max
        while not until():
            if self.now_us > latest_us:
                raise Stuck(f"not done after {us_max // 1_000_000} s of virtual time")
            while timers and timers[0][0] <= self.now_us:
                heapq.heappop(timers)[2]()
            if self._dying:
                self.bury_all()
            if not ready:
                if not timers:
                    raise Stuck("nobody can run and no time is set")
                self.now_us = timers[0][0]
                continue
            index = int(self._random() * len(ready))
            fiber, ready[index] = ready[index], ready[-1]
            ready.pop()
            if not fiber.greenlet.dead:
                self._switch_to(fiber)

    def kill_all(self) -> None:
        """Ends every home; called by no fiber."""
        self.current = None
        for home in self._homes:
            self.kill(home)
        self.bury_all()
        self._homes.clear()

    def bury_all(self) -> None:
        """Buries every home that has died."""
        while self._dying:
            self._bury(self._dying.pop(0))

    def _switch_to(self, fiber: Fiber) -> None:
        fiber.is_ready = False
        self.current = fiber
        self.step_count += 1
        fiber.greenlet.switch()
        self.current = None

    def _bury(self, home: Home) -> None:
        self._ready[:] = [fiber for fiber in self._ready if fiber.home is not home]
        for fiber in home.fibers:
            self.current = fiber
            for _ in range(_UNWINDS_MAX):
                if not fiber.greenlet:  # ended, or never begun
                    break
                fiber.greenlet.throw(Died)
            assert not fiber.greenlet, f"{fiber.name} outlives its process"
        self.current = None
        home.fibers.clear()
        for call in home.after_burial:
            call()
        home.after_burial.clear()

    # Called by fibers.

    def pause(self) -> None:
        """Lets others run."""
        fiber = self._alive()
        self.now_us += 1 + int(self._random() * _STEP_US_MAX)
        if self._random() < self._stickiness:
            return
        fiber.is_ready = True
        self._ready.append(fiber)
        self._hub.switch()
        self._alive()

    def wait(self) -> None:
        """Stops until somebody wakes the fiber."""
        self._alive()
        self._hub.switch()
        self._alive()

    def wake(self, fiber: Fiber) -> None:
        """Makes a waiting fiber ready; does nothing to one that is."""
        if not fiber.is_ready and fiber is not self.current and not fiber.home.dead:
            fiber.is_ready = True
            self._ready.append(fiber)

    def sleep(self, us: int) -> None:
        """Stops for a time."""
        fiber = self._alive()
        woken = False

        def wake() -> None:
            nonlocal woken
            woken = True
            self.wake(fiber)

        self.after(us, wake)
        while not woken:
            self.wait()

    def _alive(self) -> Fiber:
        fiber = self.current
        assert fiber is not None, "only a fiber can wait"
        if fiber.home.dead:
            raise Died
        return fiber


class _Waiters:
    """Fibers that wait for one thing."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._waiting: list[Fiber] = []

    def wait(self, there: Callable[[], bool]) -> None:
        while not there():
            fiber = self._scheduler.current
            assert fiber is not None
            self._waiting.append(fiber)
            self._scheduler.wait()

    def wake_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for fiber in waiting:
            self._scheduler.wake(fiber)


class SimQueue:
    """A SimpleQueue between fibers."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._items: deque[Any] = deque()
        self._waiters = _Waiters(scheduler)

    def put(self, item: Any) -> None:
        self._items.append(item)
        self._waiters.wake_all()

    def get(self) -> Any:
        self._scheduler.pause()
        self._waiters.wait(lambda: bool(self._items))
        return self._items.popleft()

    def get_nowait(self) -> Any:
        if not self._items:
            raise queue.Empty
        return self._items.popleft()

    def empty(self) -> bool:
        return not self._items

    def qsize(self) -> int:
        return len(self._items)


class SimEvent:
    """An Event between fibers."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._is_set = False
        self._waiters = _Waiters(scheduler)

    def set(self) -> None:
        self._is_set = True
        self._waiters.wake_all()

    def is_set(self) -> bool:
        return self._is_set

    def wait(self) -> bool:
        self._waiters.wait(self.is_set)
        return True


class SimThread:
    """A Thread that is a fiber."""

    def __init__(self, scheduler: Scheduler, home: Home, name: str, target: Callable[[], None]) -> None:
        self._scheduler = scheduler
        self._home = home
        self._name = name
        self._target = target
        self._ended = SimEvent(scheduler)

    def start(self) -> None:
        self._scheduler.spawn(self._name, self._home, self._run)

    def _run(self) -> None:
        self._target()
        self._ended.set()

    def join(self) -> None:
        self._ended.wait()


class SimThreads(Threads):
    """What a pipeline runs on in the simulator."""

    def __init__(self, scheduler: Scheduler, home: Home) -> None:
        self._scheduler = scheduler
        self._home = home

    def queue(self) -> Any:
        return SimQueue(self._scheduler)

    def event(self) -> Any:
        return SimEvent(self._scheduler)

    def thread(self, name: str, target: Callable[[], None]) -> Any:
        return SimThread(self._scheduler, self._home, name, target)
