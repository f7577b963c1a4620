"""When a call is asked again: how long an attempt may take, how long the wait is, and when it is over."""

import random

import grpc
import pytest

from gateway.client import MedSettleError, Retry
from gateway.client.retries import Attempts

BUSY = MedSettleError(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", retry_after_ms=200)
GONE = MedSettleError(grpc.StatusCode.UNAVAILABLE)


def test_waits_have_full_jitter_over_what_the_gateway_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    retry = Retry(attempts_max=9, deadline_s=100.0, backoff_ms=50, backoff_max_ms=300)
    for share, error, waits in (
        (1.0, GONE, [0.05, 0.1, 0.2, 0.3, 0.3]),
        (1.0, BUSY, [0.25, 0.3, 0.4, 0.5, 0.5]),
        (0.0, GONE, [0.0] * 5),
        (0.0, BUSY, [0.2] * 5),
    ):
        monkeypatch.setattr(random, "uniform", lambda low, high, share=share: low + share * (high - low))
        attempts, found = Attempts(retry), []
        for _ in waits:
            attempts.next_timeout_s()
            found.append(attempts.wait_s_after(error))
        assert found == pytest.approx(waits)


def test_each_attempt_has_twice_the_time_up_to_what_is_left() -> None:
    attempts = Attempts(Retry(attempt_s=5.0, deadline_s=18.0))
    assert [attempts.next_timeout_s() for _ in range(3)] == pytest.approx([5, 10, 18], abs=1)
    assert Attempts(Retry(attempt_s=5.0), deadline_s=2.0).next_timeout_s() == pytest.approx(2, abs=0.5)
    assert Attempts(Retry(), deadline_s=-1.0).next_timeout_s() == 0


def test_the_last_attempt_gives_its_own_error() -> None:
    attempts = Attempts(Retry(attempts_max=2, backoff_ms=0))
    attempts.next_timeout_s()
    assert attempts.wait_s_after(GONE) == 0
    attempts.next_timeout_s()
    with pytest.raises(MedSettleError) as raised:
        attempts.wait_s_after(GONE)
    assert raised.value is GONE


@pytest.mark.parametrize(
    "settings",
    [{"attempts_max": 0}, {"deadline_s": 0.0}, {"attempt_s": -1.0}, {"backoff_ms": -1}, {"backoff_ms": 3_000}],
)
def test_a_policy_that_cannot_be_kept_is_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Retry(**settings)  # type: ignore[arg-type]
