"""What makes a stop end: signals taken by a thread of their own, and a deadline that no hanging part can hold up.

    first SIGTERM or SIGINT    the gateway is told to stop, and the deadline begins
    deadline passed            the process ends with EXIT_OVERDUE and a line that says so
    second signal              the process ends at once with 128 + its number
    no Python runs any more    the system ends the process with SIGALRM, a little after the deadline

Neither the event loop nor the main thread is needed for any of it; only the first signal must still be heard by Python.
Ended like that, a gateway loses nothing that it has acknowledged: the next start reads it from the store.
"""

import os
import signal
import threading
from collections.abc import Callable

from gateway.seeing.logs import say_last

EXIT_OVERDUE = 75  # EX_TEMPFAIL of sysexits.h
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LAST_RESORT_S = 2.0


class Stopper:
    """Takes the process's stop signals. To be made before any thread is, since threads inherit what is blocked.

    Args:
        deadline_s: how long a stop may take.
        say: tells the operator why the process ends, and with which status; called on a thread of its own.
    """

    def __init__(self, deadline_s: float, say: Callable[[str, int], None]) -> None:
        self._deadline_s = deadline_s
        self._say = say
        self._stop: Callable[[], object] | None = None
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        threading.Thread(target=self._wait, name="stopper", daemon=True).start()

    def serve(self, stop: Callable[[], object]) -> None:
        """From now on there is something to finish: `stop` is called, from another thread, on the first signal."""
        self._stop = stop

    def _wait(self) -> None:
        number = signal.sigwait(_SIGNALS)
        if self._stop is None:
            self._end(128 + number, "ended before it was ready")
        else:
            signal.setitimer(signal.ITIMER_REAL, self._deadline_s + _LAST_RESORT_S)
            threading.Thread(target=self._overdue, name="stop-deadline", daemon=True).start()
            self._stop()
            number = signal.sigwait(_SIGNALS)
            self._end(128 + number, "ended by a second signal: what was in hand is not finished")

    def _overdue(self) -> None:
        threading.Event().wait(self._deadline_s)
        self._end(EXIT_OVERDUE, f"the stop took longer than {self._deadline_s:g} s: what was in hand is not finished")

    def _end(self, status: int, why: str) -> None:
        say_last(lambda: self._say(why, status))
        os._exit(status)
