"""What a log line holds, and what never gets into one."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2
from gateway.seeing.logs import configure, log_of, tell_call
from gateway.servicers.base import Caller

SECRET = "11010119800517001X"
CALLER = Caller(7, "wallet", enums_pb2.ROLE_CHANNEL, None)


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, as it was again afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("gateway")
    before = root.handlers[:], root.level, ours.level
    yield root
    root.handlers[:], root.level, ours.level = before
    ours.setLevel(before[2])


def lines_of(stream: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def pay(request_id: str) -> payment_service_pb2.PayRequest:
    return payment_service_pb2.PayRequest(request_id=request_id, order_id="o-1")


def test_a_call_is_one_line_of_chosen_values(root: logging.Logger) -> None:
    stream = io.StringIO()
    configure("info", "json", stream)
    tell_call("PaymentService/Pay", "NOT_FOUND", "ORDER_NOT_FOUND", 0.0123456, CALLER, pay("req-1"), False)
    [line] = lines_of(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "call", "level": "info", "logger": "gateway.calls", "rpc": "PaymentService/Pay", "party": "wallet",
        "request_id": "req-1", "code": "NOT_FOUND", "reason": "ORDER_NOT_FOUND", "ms": 12.346,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("level", "told"),
    [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)],
)
def test_the_level_says_which_calls_are_told(root: logging.Logger, level: str, told: int) -> None:
    stream = io.StringIO()
    configure(level, "json", stream)
    tell_call("PaymentService/Pay", "INTERNAL", "INTERNAL_FAULT", 0.1, None, None, False)
    tell_call("PaymentService/Pay", "OK", "", 2.0, CALLER, pay("slow"), True)
    tell_call("PaymentService/Pay", "CANCELLED", "", 0.1, CALLER, pay("gone"), False)
    tell_call("PaymentService/Pay", "OK", "", 0.1, CALLER, pay("fine"), False)
    assert [line["level"] for line in lines_of(stream)] == ["error", "warning", "info", "debug"][:told]


@pytest.mark.parametrize(
    ("request_id", "shown"),
    [
        ("a3f0c2d4-5b6e-4f70-8192-a3b4c5d6e7f8", True),
        ("wallet:2026/11/06.000123", True),
        ("20261106000000000123", True),
        (SECRET, False),
        (f"pay-{SECRET}", False),
        ("110101800517001", False),
        ("13800138000", False),
        ("张伟", False),
        ("Zhang Wei", False),
        ("x" * 65, False),
        ("", False),
    ],
)
def test_a_request_id_is_shown_unless_it_looks_like_a_person(
    root: logging.Logger, request_id: str, shown: bool
) -> None:
    stream = io.StringIO()
    configure("info", "json", stream)
    tell_call("PaymentService/Pay", "CANCELLED", "", 0.1, CALLER, pay(request_id), False)
    assert lines_of(stream)[0]["request_id"] == (request_id if shown else None)


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_is_shown_by_its_type_and_place_alone(root: logging.Logger, form: str) -> None:
    stream = io.StringIO()
    configure("info", form, stream)
    for log in (logging.getLogger("gateway.engine.pipeline"), log_of("gateway.other"), logging.getLogger("elsewhere")):
        try:
            raise ValueError(f"no person {SECRET}") from KeyError(SECRET)
        except ValueError as error:
            log.error("a work failed", exc_info=error)
    text = stream.getvalue()
    assert text.count("ValueError") == 3 and text.count("test_an_exception_is_shown") == 3
    assert SECRET not in text and "no person" not in text


def test_of_other_packages_only_their_own_words_are_shown(root: logging.Logger) -> None:
    stream = io.StringIO()
    configure("debug", "json", stream)
    logging.getLogger("grpc").error("Unexpected [%s] raised by servicer method [%s]", SECRET, "x")
    logging.getLogger("asyncio").error(f"Task exception was never retrieved\nfuture: <Task {SECRET}>")
    logging.getLogger("asyncio").error(f"{SECRET} is wrong")
    logging.getLogger("grpc").info("not even this")
    logging.getLogger("gateway.servicers.binding").warning("the code of binding %s was not sent", "b-1")
    assert SECRET not in stream.getvalue()
    assert [line["event"] for line in lines_of(stream)] == [
        "Unexpected [%s] raised by servicer method [%s]",
        "Task exception was never retrieved",
        "",
        "the code of binding b-1 was not sent",
    ]


def test_a_value_that_is_no_json_is_shown_by_its_type(root: logging.Logger) -> None:
    stream = io.StringIO()
    configure("info", "json", stream)
    log_of("gateway.test").info("odd", value=pay(SECRET))
    assert lines_of(stream)[0]["value"] == "PayRequest"


def test_a_line_that_cannot_be_written_tells_nothing_of_itself(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = io.StringIO()
    configure("info", "json", stream)
    log_of("gateway.test").info(SECRET, number=1 << 70)
    assert lines_of(stream) == [{"event": "a line could not be written", "logger": "gateway.test"}]
    assert capsys.readouterr().err == ""
