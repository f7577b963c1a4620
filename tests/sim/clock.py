"""Virtual time: the gateway's clock, and an event loop that runs as a fiber."""

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from tests.sim.scheduler import Home, Scheduler

START_MS = 1_794_000_000_000  # 2026-11-06 in China


class VirtualClock:
    """The clock of a machine: the scheduler's time, set wrong by `offset_ms`."""

    def __init__(self, scheduler: Scheduler, offset_ms: int = 0) -> None:
        self._scheduler = scheduler
        self.offset_ms = offset_ms

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return START_MS + self.offset_ms + self._scheduler.now_us // 1000

    def monotonic_s(self) -> float:
        """Seconds that no setting of the clock moves."""
        return self._scheduler.now_us / 1_000_000


class VirtualLoop(asyncio.AbstractEventLoop):
    """An event loop of one home: as much of asyncio as the servicers and the pipeline use.

    Its callbacks run on one fiber, in their order; between two of them others run.
    """

    def __init__(self, scheduler: Scheduler, home: Home) -> None:
        self._scheduler = scheduler
        self._home = home
        self._ready: deque[asyncio.Handle] = deque()
        self._tasks: dict[asyncio.Task[Any], Coroutine[Any, Any, Any]] = {}
        self._fiber = scheduler.spawn("loop", home, self._serve)
        home.after_burial.append(self._close_tasks)

    def _serve(self) -> None:
        while True:
            while not self._ready:
                self._scheduler.wait()
            handle = self._ready.popleft()
            if not handle.cancelled():
                asyncio._set_running_loop(self)
                try:
                    handle._run()
                finally:
                    asyncio._set_running_loop(None)
            self._scheduler.pause()

    def within(self, call: Callable[[], Any]) -> Any:
        """Calls something as if on the loop."""
        asyncio._set_running_loop(self)
        try:
            return call()
        finally:
            asyncio._set_running_loop(None)

    # What asyncio asks of a loop.

    def time(self) -> float:
        return self._scheduler.now_us / 1_000_000

    def call_soon(self, callback: Any, *args: Any, context: contextvars.Context | None = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        self._scheduler.wake(self._fiber)
        return handle

    call_soon_threadsafe = call_soon

    def call_later(
        self, delay: float, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Any, *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)

        def due() -> None:
            if not handle.cancelled() and not self._home.dead:
                self._ready.append(handle)
                self._scheduler.wake(self._fiber)

        self._scheduler.after(max(0, round(when * 1_000_000) - self._scheduler.now_us), due)
        return handle

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(self, coro: Coroutine[Any, Any, Any], **_: Any) -> "asyncio.Task[Any]":  # type: ignore[override]
        task = asyncio.Task(coro, loop=self)
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # a process that dies does not tidy up
        self._tasks[task] = coro
        task.add_done_callback(self._tasks.pop)
        return task

    def _close_tasks(self) -> None:
        for coro in self._tasks.values():
            coro.close()
        self._tasks.clear()

    def run_in_executor(self, executor: None, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]
        """Runs a function on a fiber of its own."""
        future = self.create_future()

        def body() -> None:
            try:
                result = func(*args)
            except Exception as error:
                self.call_soon(self._settle, future, None, error)
            else:
                self.call_soon(self._settle, future, result, None)

        self._scheduler.spawn("executor", self._home, body)
        return future

    @staticmethod
    def _settle(future: "asyncio.Future[Any]", result: Any, error: Exception | None) -> None:
        if future.cancelled():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None and not self._home.dead:
            raise error

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass
