"""Orders: fields, copies, and the journal form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.order import ORDER_COLUMNS, ORDER_FIELDS, Order

ANY_INT64 = st.integers(min_value=-(1 << 63), max_value=(1 << 63) - 1)


def test_every_field_has_its_own_place() -> None:
    order = Order(**{name: index for index, name in enumerate(ORDER_FIELDS)})
    assert order.row() == tuple(range(len(ORDER_FIELDS)))
    assert order.stored_row() == (*map(ORDER_FIELDS.index, ORDER_COLUMNS), order.pack())


@given(st.lists(ANY_INT64, min_size=len(ORDER_FIELDS), max_size=len(ORDER_FIELDS)))
def test_the_journal_form_is_exact(values: list[int]) -> None:
    order = Order(**dict(zip(ORDER_FIELDS, values, strict=True)))
    assert Order.unpack(order.pack()).row() == tuple(values)


def test_a_form_of_an_older_gateway_reads_back_with_zeros() -> None:
    whole = Order(**dict.fromkeys(ORDER_FIELDS, 3)).pack()
    assert Order.unpack(whole[:-2]).row()[-3:] == (3, 0, 0)


@pytest.mark.parametrize("damage", [b"\x80", b"\xff" * 12, b"\x00" * (len(ORDER_FIELDS) + 1)])
def test_a_damaged_form_is_refused(damage: bytes) -> None:
    with pytest.raises(ValueError, match=r"damaged|newer one"):
        Order.unpack(damage)


def test_a_copy_is_apart() -> None:
    order = Order(total_fen=5, cash_fen=4, cash_additions_fen=3, cash_reductions_fen=2)
    twin = order.copy()
    twin.total_fen = 6
    assert (order.total_fen, twin.total_fen, order.cash_to_collect_fen) == (5, 6, 5)
