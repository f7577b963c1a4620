"""Ids: unique, growing, and read back from their outside form."""

import pytest

from gateway.ids import IdMaker, id_number, id_text, key_of

NOW_MS = 1_795_000_000_000


def test_ids_are_unique_and_grow_even_when_the_clock_stands_or_goes_back() -> None:
    maker = IdMaker(3)
    ids = [maker.new_id(NOW_MS - (number % 7)) for number in range(20_000)]
    assert ids == sorted(set(ids))
    assert all(0 < number < 1 << 63 for number in ids)


def test_two_writers_never_make_the_same_id() -> None:
    assert not {IdMaker(1).new_id(NOW_MS)} & {IdMaker(2).new_id(NOW_MS)}


@pytest.mark.parametrize("number", [1, 31, 32, (1 << 63) - 1, 4_242_424_242_424])
def test_the_outside_form_reads_back(number: int) -> None:
    text = id_text("o", number)
    assert len(text) == 14
    assert id_number("o", text) == number


@pytest.mark.parametrize("text", ["", "o", "x0000000000001", "o000000000000l", "o0000000000000", "o00000000000011"])
def test_what_is_no_id_is_none(text: str) -> None:
    assert id_number("o", text) is None


def test_nobody_has_no_text_and_keys_are_positive() -> None:
    assert id_text("b", 0) == ""
    assert 0 <= key_of("wallet-a") < 1 << 63
    assert key_of("wallet-a") != key_of("wallet-b")


def test_a_clock_set_back_between_starts_makes_no_id_again() -> None:
    before = IdMaker().new_id(NOW_MS)
    assert IdMaker(after_ms=NOW_MS + 1).new_id(NOW_MS - 60_000) > before
