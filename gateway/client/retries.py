"""When a call is asked again, and how long that goes on: the policy, and one call's way through it."""

import random
import time
from dataclasses import dataclass

from gateway.client.errors import MedSettleError


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how long a call is asked again, always with the same request.

    Attributes:
        attempts_max: attempts in all, the first counted.
        deadline_s: for all attempts and the waits between them, in seconds.
        attempt_s: for the first attempt, in seconds; each next one has twice as long, up to what is left of deadline_s,
            so that a slow gateway is not made slower by those who come back early.
        backoff_ms: the longest wait before the second attempt, in milliseconds; it doubles with each attempt.
        backoff_max_ms: where it stops doubling.
    """

    attempts_max: int = 6
    deadline_s: float = 20.0
    attempt_s: float = 5.0
    backoff_ms: int = 50
    backoff_max_ms: int = 2_000

    def __post_init__(self) -> None:
        if self.attempts_max < 1 or min(self.deadline_s, self.attempt_s) <= 0:
            raise ValueError("a call needs at least one attempt, and time for it")
        if not 0 <= self.backoff_ms <= self.backoff_max_ms:
            raise ValueError("backoff_ms must be 0 to backoff_max_ms")


class Attempts:
    """One call's way through its attempts. `next_timeout_s` opens each; `wait_s_after` says how it goes on."""

    def __init__(self, retry: Retry, deadline_s: float | None = None) -> None:
        self._retry = retry
        self._ends_s = time.monotonic() + (retry.deadline_s if deadline_s is None else deadline_s)
        self._count = 0

    def next_timeout_s(self) -> float:
        """How long the next attempt may take, in seconds."""
        timeout_s = self._retry.attempt_s * (1 << self._count)
        self._count += 1
        return max(min(timeout_s, self._ends_s - time.monotonic()), 0.0)

    def wait_s_after(self, error: MedSettleError) -> float:
        """How long to wait before the next attempt, in seconds: at least what the gateway asked for, and full jitter
        on top of it, so that those who were refused together do not come back together.

        Raises:
            MedSettleError: the same, when it is final, or attempts or time have run out.
        """
        if not error.retryable or self._count >= self._retry.attempts_max:
            raise error
        longest_ms = min(self._retry.backoff_ms << (self._count - 1), self._retry.backoff_max_ms)
        wait_s = ((error.retry_after_ms or 0) + random.uniform(0, longest_ms)) / 1000
        if time.monotonic() + wait_s >= self._ends_s:
            raise error
        return wait_s
