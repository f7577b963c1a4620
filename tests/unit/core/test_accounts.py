"""The account cache against a dict: what is put is found, evicted rows are whole, pinned rows stay."""

import os
import random
from pathlib import Path

import pytest

from core.accounts import ACCOUNT_COLUMNS, AccountCache


def row_of(person_id: int, money_fen: int = 0) -> tuple[int, ...]:
    """A row with an amount in its first purse."""
    row = dict.fromkeys(ACCOUNT_COLUMNS, 0)
    row |= {"person_id": person_id, "current_year_fen": money_fen, "region": 110100, "scheme": 1}
    return tuple(row.values())


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_every_column_comes_back() -> None:
    cache = AccountCache(4)
    row = tuple(range(1, len(ACCOUNT_COLUMNS) + 1))
    cache.put(row)
    assert cache.row(1) == row


def test_a_row_fits_the_goal_of_160_bytes_and_says_so() -> None:
    assert AccountCache(1).row_size <= 160


@pytest.mark.parametrize("seed", range(5))
def test_it_behaves_like_a_dict_that_forgets(seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    cache, model = AccountCache(64), {}
    for step in range(5_000):
        person_id = rng.randrange(1, 200)
        if rng.random() < 0.1:
            cache.drop(person_id)
            model.pop(person_id, None)
        else:
            cache.put(row_of(person_id, step))
            model[person_id] = step
        cache.unpin_all()
        assert len(cache) <= 64
        found = [(known, cache.row(known)) for known in model if known in cache]
        assert all(row is not None and row[1] == model[known] for known, row in found)
        assert len(found) == len(cache)


def test_a_pinned_row_outlives_any_number_of_others() -> None:
    cache = AccountCache(8)
    cache.put(row_of(1, 7))
    for person_id in range(2, 100):
        cache.unpin_all()
        cache.pin(1)
        cache.put(row_of(person_id))
    assert cache.row(1) == row_of(1, 7)


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 100])
def test_many_are_pinned_at_once_and_the_missing_told(count: int) -> None:
    cache = AccountCache(200)
    for person_id in range(1, 101, 2):
        cache.put(row_of(person_id))
    cache.unpin_all()
    asked = range(1, count + 1)
    assert cache.pin_all(asked) == [person_id for person_id in asked if person_id % 2 == 0]
    assert cache.pinned_count == cache.hit_count == (count + 1) // 2
    assert cache.miss_count == count // 2


def test_what_is_needed_again_and_again_outlives_what_came_once() -> None:
    cache = AccountCache(100)
    for person_id in range(1, 1_000):
        cache.put(row_of(1_000 + person_id))
        cache.unpin_all()
        for regular in range(1, 21):
            if not cache.pin(regular):
                cache.put(row_of(regular))
        cache.unpin_all()
    assert all(regular in cache for regular in range(1, 21))
    assert cache.miss_count == 20 and len(cache) == 100


def test_pins_of_a_period_end_with_it_however_many_there_were() -> None:
    cache = AccountCache(2)
    cache.put(row_of(1))
    for _ in range(70_000):
        cache.unpin_all()
        cache.pin(2) or cache.put(row_of(2))
    assert cache.pinned_count == 1
    cache.put(row_of(3))
    assert 1 not in cache and 2 in cache


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc tells what is resident")
def test_rows_that_nobody_has_had_take_no_memory_however_long_it_runs() -> None:
    cache = AccountCache(1_000_000)
    cache.put(row_of(1))
    before = resident_bytes()
    for _ in range(70_000):  # more periods than have a number of their own
        cache.unpin_all()
        cache.pin(1)
    assert resident_bytes() - before < cache.capacity * cache.row_size // 10


def test_a_batch_that_needs_more_than_there_is_room_for_is_told_so() -> None:
    cache = AccountCache(2)
    cache.put(row_of(1))
    cache.put(row_of(2))
    with pytest.raises(MemoryError, match="more accounts than the cache holds"):
        cache.put(row_of(3))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: AccountCache(0), "capacity of 1 to"),
    (lambda: AccountCache(1).put((1, 2)), "an account row has"),
    (lambda: AccountCache(1).put(row_of(0)), "names nobody"),
])  # fmt: skip
def test_misuse_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
