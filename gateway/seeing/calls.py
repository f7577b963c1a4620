"""What becomes of calls, by rpc: counted here, and those that failed or were slow told to the log."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from gateway.errors import Refusal, facts_of
from gateway.reasons import Reason
from gateway.seeing.histogram import CALL_BOUNDS_S, Histogram
from gateway.servicers.base import Caller, Rpc

_CODES = {code.value[0]: code.name for code in grpc.StatusCode}

# Of a call that failed or was slow: rpc, code, reason, seconds, what is known of its caller and request, and whether it
# was told because it was slow.
Tell = Callable[[str, str, str, float, Caller | None, Any, bool], None]


class Calls:
    """The calls of one rpc. Used on the event loop alone.

    Args:
        rpc: which.
        slow_s: an answered call that took longer is told as slow.
        tell: where to; None: nobody hears.
        tells_all: whether the others are told as well.

    Attributes:
        ended: how many, by status code and reason; reason is empty for what the gateway did not refuse.
        seconds: of those that were let in.
    """

    def __init__(self, rpc: Rpc, slow_s: float = 1.0, tell: Tell | None = None, *, tells_all: bool = False) -> None:
        self.name = f"{rpc.service.rpartition('.')[2]}/{rpc.name}"
        # A stream that lasts is not slow.
        self._slow_s = float("inf") if rpc.gives_stream else slow_s
        self._rpc = rpc
        self._tell = tell
        self._tell_from_s = 0.0 if tells_all else self._slow_s
        self.ended: Counter[tuple[str, str]] = Counter({("OK", ""): 0})
        self.seconds = Histogram(CALL_BOUNDS_S)

    def answered(self, began_s: float, caller: Caller | None, request: Any) -> None:
        """It ended well. `began_s` is on the scale of `time.perf_counter()`."""
        seconds = time.perf_counter() - began_s
        self.ended["OK", ""] += 1
        self.seconds.observe(seconds)
        if seconds >= self._tell_from_s and self._tell is not None:
            self._tell(self.name, "OK", "", seconds, caller, self._read(request), seconds >= self._slow_s)

    def failed(self, began_s: float, error: BaseException, caller: Caller | None, request: Any) -> None:
        """It was refused, or cancelled by its caller, its deadline or the stop, or failed by a defect."""
        if isinstance(error, Refusal):
            self._failed(began_s, _CODES[facts_of(error.reason).grpc_code], error.reason.name, caller, request)
        elif isinstance(error, Exception):
            self._failed(began_s, "INTERNAL", Reason.INTERNAL_FAULT.name, caller, request)
        else:
            self._failed(began_s, "CANCELLED", "", caller, request)

    def too_large(self, began_s: float, caller: Caller | None = None, request: Any = None) -> None:
        """Its request, or its answer, is larger than the limit."""
        self._failed(began_s, "RESOURCE_EXHAUSTED", "", caller, request)

    def _failed(self, began_s: float, code: str, reason: str, caller: Caller | None, request: Any) -> None:
        seconds = time.perf_counter() - began_s
        self.ended[code, reason] += 1
        self.seconds.observe(seconds)
        if self._tell is not None:
            self._tell(self.name, code, reason, seconds, caller, self._read(request), False)

    def _read(self, request: Any) -> Any:
        """The request's message, also where the handler takes bytes; None for what is none."""
        if not isinstance(request, bytes):
            return request
        try:
            return self._rpc.request_type.FromString(request)
        except DecodeError:
            return None

    def shed(self, *, closed: bool) -> None:
        """It was not let in. It is not told: a flood of calls is not to become a flood of lines."""
        self.ended[("UNAVAILABLE", "SHUTTING_DOWN") if closed else ("RESOURCE_EXHAUSTED", "OVERLOADED")] += 1
