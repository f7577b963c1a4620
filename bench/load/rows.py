"""The rows of the stopped gateway's store against what the users were told: a second look past the API."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bench.load.facts import PAID, REFUNDED, Told
from gateway.demo.visit import PAYERS
from gateway.ids import id_text
from gateway.verify import open_store


def compare_rows(told: dict[str, Told], store: Path) -> Iterator[tuple[str, str]]:
    """Every difference: (kind, what)."""
    db = open_store(store)
    try:
        yield from compare_orders(told, db)
    finally:
        db.close()


def compare_orders(told: dict[str, Told], db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """The same over a connection."""
    missing = dict(told)
    columns = ", ".join(PAYERS)
    for number, state, total_fen, *amounts in db.execute(f"SELECT order_id, state, total_fen, {columns} FROM orders"):
        order_id = id_text("o", number)
        one = missing.pop(order_id, None)
        if one is None:
            if state in (PAID, REFUNDED):
                yield "unknown payment", f"order {order_id} is paid in the store, and no till made it"
            continue
        if state not in one.may_be:
            yield "wrong state", f"order {order_id}: the store has another state than its users were told"
        if total_fen != one.total_fen:
            yield "wrong sum", f"order {order_id}: the store has a bill of {total_fen} fen, the till {one.total_fen}"
        if state in (PAID, REFUNDED) and one.split is not None and tuple(amounts) != one.split:
            yield "wrong sum", f"order {order_id}: the store has other sums than its patient was told"
    for order_id in missing:
        yield "lost", f"order {order_id} was made, and the store has no row of it"
