"""What is counted of a call by how it ended, and which are told."""

import asyncio
import time
from typing import Any

import pytest

from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import account_service_pb2
from gateway.reasons import Reason
from gateway.seeing.calls import Calls
from gateway.seeing.histogram import Histogram
from gateway.servicers.base import Rpc


async def answer(caller: Any, request: Any) -> Any:
    raise AssertionError("is not called")


def calls(
    told: list[Any], *, slow_s: float = 1.0, gives_stream: bool = False, told_of: int | slice = slice(3)
) -> Calls:
    message = account_service_pb2.GetAccountRequest
    rpc = Rpc("medsettle.v1.AccountService", "GetAccount", message, message, False, gives_stream, frozenset(), answer)
    return Calls(rpc, slow_s, lambda *call: told.append(call[told_of]))


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (Refusal(Reason.PERSON_NOT_FOUND), "NOT_FOUND", "PERSON_NOT_FOUND"),
        (ZeroDivisionError(), "INTERNAL", "INTERNAL_FAULT"),
        (asyncio.CancelledError(), "CANCELLED", ""),
        (GeneratorExit(), "CANCELLED", ""),
    ],
)
def test_a_failure_is_counted_and_told(error: BaseException, code: str, reason: str) -> None:
    told: list[Any] = []
    seen = calls(told)
    seen.failed(time.perf_counter(), error, None, None)
    assert seen.ended == {("OK", ""): 0, (code, reason): 1}
    assert told == [("AccountService/GetAccount", code, reason)]
    assert seen.seconds.buckets()[0][-1] == ("+Inf", 1.0)


def test_only_what_was_slow_is_told_of_what_went_well() -> None:
    told: list[Any] = []
    calls(told).answered(time.perf_counter(), None, None)
    assert told == []
    calls(told).answered(time.perf_counter() - 2, None, None)
    assert told == [("AccountService/GetAccount", "OK", "")]
    calls(told, gives_stream=True).answered(time.perf_counter() - 2, None, None)
    assert len(told) == 1


def test_a_request_that_came_as_bytes_is_told_as_its_message() -> None:
    told: list[Any] = []
    seen = calls(told, told_of=5)
    request = account_service_pb2.GetAccountRequest(binding_id="b1")
    seen.failed(time.perf_counter(), ZeroDivisionError(), None, request.SerializeToString())
    seen.failed(time.perf_counter(), ZeroDivisionError(), None, b"\x0a\xff")
    assert told == [request, None]


def test_what_was_not_let_in_is_counted_and_not_told() -> None:
    told: list[Any] = []
    seen = calls(told)
    seen.shed(closed=False)
    seen.shed(closed=True)
    assert seen.ended == {("OK", ""): 0, ("RESOURCE_EXHAUSTED", "OVERLOADED"): 1, ("UNAVAILABLE", "SHUTTING_DOWN"): 1}
    assert told == [] and seen.seconds.buckets()[0][-1] == ("+Inf", 0.0)


def test_a_histogram_counts_at_or_under_a_bound() -> None:
    histogram = Histogram((1, 2, 4))
    for value in (0.5, 1, 1.5, 4, 9):
        histogram.observe(value)
    assert histogram.buckets() == ([("1", 2.0), ("2", 3.0), ("4", 4.0), ("+Inf", 5.0)], 16.0)
