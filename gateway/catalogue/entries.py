"""What a catalogue says of an item, and which of its entries holds on a day."""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.stores.base import CatalogueRow

NO_LIMIT = -1
NO_END = 99_999_999  # the last day of an entry that names none


class Terms(NamedTuple):
    """An entry of an item, by what money depends on."""

    valid_from: int  # a day
    valid_to: int  # the last day
    item_class: int
    self_pay_ppm: int  # 1,000,000 for class C
    price_limit_fen: int  # a unit; NO_LIMIT
    deductible_exempt: int


Entries = tuple[Terms, ...]  # of one item, by rising valid_from, none of them withdrawn


def entries_of(rows: Iterable[CatalogueRow]) -> Entries:
    """An item's entries from the rows of them that stand, by rising valid_from; withdrawn ones left out."""
    return tuple(terms_of(row) for row in rows if row.valid_to >= row.valid_from)


def terms_of(row: CatalogueRow) -> Terms:
    """What money depends on of a row."""
    return Terms(
        row.valid_from, row.valid_to, row.item_class, row.self_pay_ppm, row.price_limit_fen, row.deductible_exempt
    )


def holding(entries: Entries, day: int) -> Terms | None:
    """The entry that holds on a day: the last that has begun, unless it has ended.

    An entry so ends where the next begins, and what has ended does not come back when a later entry ends.
    """
    begun = None
    for terms in entries:
        if terms.valid_from > day:
            break
        begun = terms
    return begun if begun is not None and day <= begun.valid_to else None
