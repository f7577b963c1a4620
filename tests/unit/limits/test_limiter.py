"""Who is let in at which fill, and how long those who are not have to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.limits.limiter import DELAY_MAX_MS, Limiter, refusal_after
from gateway.limits.priorities import PRIORITIES, SHARE_PERCENT, Priority
from gateway.reasons import Reason
from gateway.security.roles import ROLES

CALLS = [priority for priority in Priority if priority != Priority.WATCH]


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def test_every_rpc_has_its_class() -> None:
    assert set(PRIORITIES) == set(ROLES)
    assert set(SHARE_PERCENT) == set(CALLS)
    shares = list(SHARE_PERCENT.values())
    assert shares[0] == 100 and shares == sorted(shares, reverse=True) and len(set(shares)) == len(shares)


@pytest.mark.parametrize("priority", CALLS)
def test_a_class_is_let_in_up_to_its_share(priority: Priority) -> None:
    limiter = Limiter(100)
    for _ in range(SHARE_PERCENT[priority]):
        assert limiter.admit(priority) == 1
    assert limiter.admit(priority) == 0
    assert limiter.in_hand == SHARE_PERCENT[priority]
    for other in CALLS:
        assert bool(limiter.admit(other)) == (other < priority)


def test_a_batch_weighs_by_its_bytes_and_an_idle_gateway_takes_any() -> None:
    limiter = Limiter(100)
    small = limiter.admit(Priority.BATCH_PAY, 4 * 128)
    assert small == 2
    assert limiter.admit(Priority.BATCH_PAY, 1024 * 128) == 0
    limiter.release(small)
    assert limiter.admit(Priority.BATCH_PAY, 1024 * 128) == 80
    assert limiter.admit(Priority.PAY, 1024 * 128) == 1  # the size of any other call does not count


def test_even_the_smallest_gateway_takes_one_of_each_class() -> None:
    for priority in CALLS:
        assert Limiter(1).admit(priority, 4_000_000) == 1


@given(st.lists(st.tuples(st.sampled_from(CALLS), st.integers(0, 1 << 22), st.booleans()), max_size=200))
def test_what_is_in_hand_is_the_sum_of_those_let_in(steps: list[tuple[Priority, int, bool]]) -> None:
    limiter, weights = Limiter(50), list[int]()
    for priority, size, ends in steps:
        if ends and weights:
            limiter.release(weights.pop())
        elif weight := limiter.admit(priority, size):
            weights.append(weight)
            assert limiter.in_hand <= 50 * SHARE_PERCENT[priority] // 100
        assert limiter.in_hand == sum(weights)
    for weight in weights:
        limiter.release(weight)
    assert limiter.in_hand == 0


def test_the_wait_grows_while_it_lasts_and_shrinks_again() -> None:
    clock = Clock()
    limiter = Limiter(100, now_s=clock)
    limiter.in_hand = 90
    waits = []
    for _ in range(7):
        waits.append({limiter.refused_delay_ms(Priority.PAY) for _ in range(50)})
        clock.now_s += 1
    assert waits == [{200}, {400}, {800}, {1_600}, {3_200}, {5_000}, {5_000}]
    clock.now_s += 3
    assert limiter.refused_delay_ms(Priority.PAY) == 800
    clock.now_s += 60
    assert limiter.refused_delay_ms(Priority.PAY) == 200
    assert limiter.shed[Priority.PAY] == 352


def test_the_wait_is_longer_the_further_a_class_is_out() -> None:
    limiter = Limiter(100, now_s=Clock())
    limiter.in_hand = 100
    waits = [limiter.refused_delay_ms(priority) for priority in CALLS]
    assert waits == [200, 300, 300, 300, 400, 400]
    assert limiter.refused_delay_ms(Priority.WATCH) == 200


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.lists(st.integers(0, 5), max_size=30))
def test_the_wait_has_bounds(calls_max: int, in_hand: int, steps: list[int]) -> None:
    clock = Clock()
    limiter = Limiter(calls_max, now_s=clock)
    limiter.in_hand = min(in_hand, calls_max)
    for step in steps:
        clock.now_s += step
        for priority in Priority:
            wait_ms = limiter.refused_delay_ms(priority)
            assert 200 <= wait_ms <= DELAY_MAX_MS and wait_ms % 100 == 0


def test_streams_and_those_of_one_party() -> None:
    limiter = Limiter(1, streams_max=3, party_streams_max=2)
    for party_key in (7, 7, 8):
        limiter.open_stream(party_key)
    for party_key in (7, 9):
        with pytest.raises(Refusal, match="OVERLOADED"):
            limiter.open_stream(party_key)
    limiter.close_stream(8)
    with pytest.raises(Refusal, match="OVERLOADED"):
        limiter.open_stream(7)
    limiter.open_stream(9)
    for party_key in (7, 7, 9):
        limiter.close_stream(party_key)
    assert (limiter.streams, limiter._streams_by_party, limiter.shed[Priority.WATCH]) == (0, {}, 3)


def test_a_closed_gateway_takes_nothing() -> None:
    limiter = Limiter()
    weight = limiter.admit(Priority.PAY)
    limiter.close()
    assert not any(limiter.admit(priority) for priority in CALLS)
    with pytest.raises(Refusal, match="SHUTTING_DOWN"):
        limiter.open_stream(7)
    limiter.release(weight)
    assert refusal_after(200, closed=True).reason == Reason.SHUTTING_DOWN


def test_nothing_is_given_back_twice() -> None:
    limiter = Limiter()
    weight = limiter.admit(Priority.PAY)
    limiter.release(weight)
    for again in (weight, 0):
        with pytest.raises(AssertionError):
            limiter.release(again)
