"""Structured logs: one JSON object a line on standard error.

What goes into a line is chosen, never dumped: of a call its rpc, party, request id, status and time; of an exception
its type and where it came from. An exception's own words, and what other packages fill into theirs, can hold what a
request said, and stay out.
"""

import contextlib
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, MutableMapping
from typing import Any, TextIO

import orjson
import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import Processor

from gateway.servicers.base import Caller

_OURS = "gateway"
_FRAMES_MAX = 12
_LAST_LINE_S = 1.0
_PLAIN = re.compile(r"[0-9A-Za-z._:/-]{1,64}")
# The forms of an identity card's number, old and new, and of a phone's.
_PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:\d{15}|\d{17}[0-9Xx]|1\d{10})(?![0-9A-Za-z])")
_WORDS = re.compile(r"[A-Za-z ,.'_-]*")

_Event = MutableMapping[str, Any]


def configure(level: str = "info", form: str = "json", stream: TextIO | None = None) -> None:
    """Sends every log line of the process to a stream, standard error when none is named; replaces what was there."""
    stream = stream or sys.stderr
    renderer = (
        structlog.processors.JSONRenderer(serializer=_json)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    )
    handler = _Handler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            processors=[_only_the_place, ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[_foreign, *_SHARED],
            pass_foreign_args=True,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(level.upper())


def log_of(name: str) -> BoundLogger:
    """A logger whose lines are an event and its values; it goes the way of the standard library's of that name."""
    logger: BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.stdlib.filter_by_level, *_SHARED, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=BoundLogger,
    )
    return logger


def say_last(say: Callable[[], None]) -> None:
    """Logs the last line of a process that ends itself, and does not wait for long: who reads it may hang."""

    def say_and_flush() -> None:
        say()
        logging.shutdown()

    speaker = threading.Thread(target=say_and_flush, daemon=True)
    speaker.start()
    speaker.join(_LAST_LINE_S)


def tell_call(
    rpc: str, code: str, reason: str, seconds: float, caller: Caller | None, request: Any, slow: bool
) -> None:
    """One line about a call: a defect is an error, a slow one a warning, one that failed an info, else a debug."""
    level = logging.DEBUG
    if code == "INTERNAL":
        level = logging.ERROR
    elif slow:
        level = logging.WARNING
    elif code != "OK":
        level = logging.INFO
    if not _CALLS_LOGGER.isEnabledFor(level):
        return
    _CALLS.log(
        level,
        "call",
        rpc=rpc,
        party=None if caller is None else caller.party_id,
        request_id=_request_id_of(request),
        code=code,
        reason=reason or None,
        ms=round(seconds * 1000, 3),
    )


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:
        """The standard one prints everything there is about a line that it could not write."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f'{{"event":"a line could not be written","logger":"{record.name}"}}\n')


def _request_id_of(request: Any) -> str | None:
    """The request id, unless it looks like what a caller should not have made one of."""
    request_id = getattr(request, "request_id", "")
    if not isinstance(request_id, str) or not _PLAIN.fullmatch(request_id) or _PERSONAL.search(request_id):
        return None
    return request_id


def _only_the_place(logger: Any, name: str, event: _Event) -> _Event:
    """An exception as its type and the places it came through."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_MAX:]
        event["error"] = type(error).__name__
        event["at"] = [
            f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames
        ]
    return event


def _foreign(logger: Any, name: str, event: _Event) -> _Event:
    """A line of the standard library's kind: ours in full, of others the words without what is filled into them."""
    record: logging.LogRecord = event["_record"]
    values = event.pop("positional_args", ())
    if record.name.partition(".")[0] != _OURS:
        # The words as they stand in that package's code; without values to fill in, somebody may have filled them in.
        words = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        plain = _WORDS.match(words)
        event["event"] = words if values or plain is None else plain[0].strip()
    if record.exc_info:
        event["exc_info"] = record.exc_info
    return event


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=lambda value: type(value).__name__).decode()


_SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_CALLS_LOGGER = logging.getLogger("gateway.calls")
_CALLS = log_of("gateway.calls")
