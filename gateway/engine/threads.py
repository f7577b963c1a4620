"""What the pipeline runs on: threads, and what they wait for. A simulator puts its own in place and steps them."""

import queue
import threading
from collections.abc import Callable
from typing import Any


class Threads:
    """The machine's own."""

    def queue(self) -> "queue.SimpleQueue[Any]":
        """Handed from one thread to another."""
        return queue.SimpleQueue()

    def event(self) -> threading.Event:
        """Waited for by one thread and set by another."""
        return threading.Event()

    def thread(self, name: str, target: Callable[[], None]) -> threading.Thread:
        """A thread to be started and joined; it does not keep the process alive."""
        return threading.Thread(target=target, name=name, daemon=True)
