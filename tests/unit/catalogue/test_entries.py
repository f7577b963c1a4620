"""Entries and lines by themselves: against slow obvious twins, over random catalogues, days, limits and words."""

from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.order import Order
from gateway.catalogue.cache import Catalogue
from gateway.catalogue.entries import NO_END, NO_LIMIT, Terms, entries_of, holding
from gateway.catalogue.lines import BillLines, Strictness, line_limit_fen, strictness_of
from gateway.pb.medsettle.v1 import enums_pb2, types_pb2
from gateway.stores.base import CatalogueRow

MARKS = Strictness(refuses_unlisted=False, refuses_differing=False)
REGION = 110100
DAYS = st.integers(0, 12)
ROWS = st.dictionaries(
    DAYS, st.one_of(st.just(NO_END), st.just(-1), st.integers(0, 6)), max_size=6
)  # how many days after its first an entry ends, by first day


def rows_of(lasts: dict[int, int]) -> list[CatalogueRow]:
    """One row each, told apart by its ratio, which is its first day."""
    return [
        CatalogueRow(REGION, "X", first, 1, NO_END if last == NO_END else first + last, 2, first, NO_LIMIT, 0, "")
        for first, last in sorted(lasts.items())
    ]


@given(ROWS, DAYS)
def test_the_entry_of_a_day_is_the_one_painted_last(lasts: dict[int, int], day: int) -> None:
    painted: dict[int, CatalogueRow] = {}
    for row in rows_of(lasts):
        if row.valid_to < row.valid_from:
            continue
        for later in range(row.valid_from, 40):  # a new entry ends what was, for good
            painted.pop(later, None)
        for covered in range(row.valid_from, min(row.valid_to, 40) + 1):
            painted[covered] = row
    found = holding(entries_of(rows_of(lasts)), day)
    assert (found and found.valid_from) == (painted[day].valid_from if day in painted else None)


@given(st.integers(0, 100_000_000_000), st.integers(1, (1 << 63) - 1))
def test_the_limit_of_a_line_is_rounded_half_up_once(unit_fen: int, quantity: int) -> None:
    exact = Fraction(unit_fen) * Fraction(quantity, 10_000)
    assert line_limit_fen(unit_fen, quantity) == min(floor(exact + Fraction(1, 2)), 100_000_000_000)


TERMS = st.one_of(
    st.none(),
    st.builds(
        lambda letter, ppm, limit, exempt: Terms(
            0, NO_END, letter, {1: 0, 2: ppm, 3: 1_000_000}[letter], limit, int(exempt)
        ),
        st.sampled_from((1, 2, 3)),
        st.integers(0, 1_000_000),
        st.one_of(st.just(NO_LIMIT), st.integers(0, 3_000)),
        st.booleans(),
    ),
)
WORDS = st.fixed_dictionaries(
    {"item_class": st.sampled_from((1, 2, 3)), "self_pay_ppm": st.integers(0, 1_000_000)},
    optional={"price_limit_fen": st.integers(0, 20_000), "deductible_exempt": st.booleans()},
)
LINES = st.lists(st.tuples(TERMS, WORDS, st.integers(0, 20_000), st.integers(1, 90_000)), min_size=1, max_size=8)


def priced(rows: list[tuple[Any, dict[str, Any], int, int]], *, said: bool) -> tuple[Order, Any]:
    """A bill through the catalogue, with or without what the institution says of listed items."""
    catalogue, lines = Catalogue(), []
    for number, (terms, words, amount_fen, quantity) in enumerate(rows):
        catalogue.learn(REGION, f"X{number}", () if terms is None else (terms,))
        line = types_pb2.OrderLine(
            line_no=str(number),
            item_code=f"X{number}",
            amount_fen=amount_fen,
            quantity_ten_thousandths=quantity,
            **(words if said or terms is None else {}),
        )
        lines.append(line)
    order = Order(treatment_region=REGION, service_day=20_000, kind=1)
    bill = BillLines(lines, [], catalogue)
    assert bill.missing(REGION) == set()
    bill.take(REGION, {})
    return order, bill.price(order, MARKS)


@given(LINES)
def test_what_the_institution_says_of_listed_items_moves_no_fen(rows: list[Any]) -> None:
    told, detail = priced(rows, said=True)
    untold, _ = priced(rows, said=False)
    names = ("total", "full_self_pay", "over_limit", "class_b_self_pay", "in_scope", "deductible_base")
    amounts = [getattr(told, f"{name}_fen") for name in names]
    assert amounts == [getattr(untold, f"{name}_fen") for name in names]
    assert amounts[0] == sum(amounts[1:5]) == sum(amount_fen for *_, amount_fen, _ in rows)
    sources = [said.source for said in detail.line_classifications]
    catalogue, institution = (
        enums_pb2.CLASSIFICATION_SOURCE_CATALOGUE,
        enums_pb2.CLASSIFICATION_SOURCE_INSTITUTION,
    )
    assert sources == [institution if terms is None else catalogue for terms, *_ in rows]


@given(LINES)
def test_natures_are_what_exact_fractions_give(rows: list[Any]) -> None:
    """Each line by the book: wholly self-paid, else over the limit, then the first share, then in scope."""
    order, _ = priced(rows, said=True)
    full = over = 0
    scope = base = Fraction(0)
    for terms, words, amount_fen, quantity in rows:
        if terms is None:
            letter, ppm, limit = words["item_class"], words["self_pay_ppm"], words.get("price_limit_fen")
            exempt = words.get("deductible_exempt", False)
        else:
            letter, ppm, exempt = terms.item_class, terms.self_pay_ppm, bool(terms.deductible_exempt)
            limit = None if terms.price_limit_fen == NO_LIMIT else floor(
                Fraction(terms.price_limit_fen * quantity, 10_000) + Fraction(1, 2)
            )  # fmt: skip
        if letter == 3 or ppm == 1_000_000:
            full += amount_fen
            continue
        within = amount_fen if limit is None else min(amount_fen, limit)
        over += amount_fen - within
        share = within * (1 - Fraction(ppm, 1_000_000))
        scope += share
        base += 0 if exempt else share
    half = Fraction(1, 2)
    assert (order.full_self_pay_fen, order.over_limit_fen) == (full, over)
    assert (order.in_scope_fen, order.deductible_base_fen) == (floor(scope + half), floor(base + half))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (None, (False, False)),
        ({}, (False, False)),
        ({"catalogue": {}}, (False, False)),
        ({"catalogue": {"unlisted": "mark", "differing": "mark"}}, (False, False)),
        ({"catalogue": {"unlisted": "refuse"}}, (True, False)),
        ({"catalogue": {"differing": "refuse"}}, (False, True)),
        ({"catalogue": {"unlisted": "refuse", "differing": "refuse"}}, (True, True)),
    ],
)
def test_a_policy_says_what_is_refused(document: dict[str, Any] | None, expected: tuple[bool, bool]) -> None:
    assert tuple(strictness_of(document)) == expected


@given(
    st.lists(st.tuples(st.sampled_from((110100, 310100)), st.sampled_from("ABCDEF"), st.integers(0, 3)), max_size=60)
)
def test_the_cache_is_a_part_of_the_store(steps: list[tuple[int, str, int]]) -> None:
    """Whatever is put, forgotten and asked for: what is known is what the store says, and never more than fits."""
    catalogue, store = Catalogue(items_max=4), dict[tuple[int, str], tuple[Terms, ...]]()
    for region, code, ppm in steps:
        if ppm == 0:
            store[region, code] = (Terms(len(store), NO_END, 2, ppm, NO_LIMIT, 0),)
            catalogue.forget([(region, code)])
        elif not catalogue.known(region, [code]):
            catalogue.learn(region, code, store.get((region, code), ()))
        for known_region in (110100, 310100):
            for known_code, entries in catalogue.known(known_region, "ABCDEF").items():
                assert entries == store.get((known_region, known_code), ())
        assert len(catalogue) <= 4
