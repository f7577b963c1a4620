"""What a batch needs read, any number of keys in one statement: from the writer's connection or from one beside it."""

from collections.abc import Iterable
from typing import Any

import orjson

from core.accounts import ACCOUNT_COLUMNS
from core.order import Order
from core.plans.enrolment import ENROLMENT_COLUMNS
from gateway.stores.base import (
    BindingRow,
    CatalogueRow,
    EventRow,
    FamilyLinkRow,
    OrderTexts,
    PayCodeRow,
    PersonRow,
    ReceiptRow,
    RefundRow,
)
from gateway.stores.schema import ORDER_TEXTS
from gateway.stores.sqlite_desk import DeskTables

_ORDER = "SELECT facts, {} FROM orders".format(", ".join(ORDER_TEXTS))


class BatchTables(DeskTables):
    """Lookups by many keys."""

    def answers(self, request_keys: Iterable[bytes]) -> dict[bytes, EventRow]:
        """The events that answer the requests of these keys, of those that were journalled before."""
        rows = self._by_blobs(
            "SELECT e.* FROM requests r JOIN events e ON e.seq = r.seq WHERE r.request_key IN", request_keys
        )
        return {event.request_key: event for event in map(EventRow._make, rows)}

    def orders(self, order_ids: Iterable[int]) -> list[tuple[Order, OrderTexts]]:
        """Orders by id; ids that do not exist are left out."""
        rows = self._by_ids(f"{_ORDER} WHERE order_id IN", order_ids)
        return [(Order.unpack(row[0]), OrderTexts(*row[1:])) for row in rows]

    def order_ids_by_code(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """Order ids by the keyed hash of their scanned code."""
        return dict(self._by_blobs("SELECT order_code_hash, order_id FROM orders WHERE order_code_hash IN", hashes))

    def order_ids_by_no(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
        """Order ids by (institution, institution order number)."""
        rows = self._by_pairs(
            "SELECT o.institution_id, o.institution_order_no, o.order_id FROM orders o",
            "o.institution_id",
            "o.institution_order_no",
            keys,
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def order_ids_by_channel_no(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
        """Order ids by (channel, channel order number)."""
        rows = self._by_pairs(
            "SELECT o.channel_id, o.channel_order_no, o.order_id FROM orders o",
            "o.channel_id",
            "o.channel_order_no",
            keys,
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def accounts(self, person_ids: Iterable[int]) -> list[tuple[Any, ...]]:
        """Account rows (ACCOUNT_COLUMNS) by person id."""
        return self._by_ids(f"SELECT {', '.join(ACCOUNT_COLUMNS)} FROM accounts WHERE person_id IN", person_ids)

    def enrolments(self, person_ids: Iterable[int]) -> list[tuple[Any, ...]]:
        """The plans of persons (ENROLMENT_COLUMNS), in the order of their ids."""
        names = ", ".join(ENROLMENT_COLUMNS)
        rows = self._by_ids(f"SELECT {names} FROM enrolments WHERE person_id IN", person_ids)
        return sorted(rows)

    def bindings(self, binding_ids: Iterable[int]) -> dict[int, BindingRow]:
        """Bindings by id."""
        rows = self._by_ids("SELECT * FROM bindings WHERE binding_id IN", binding_ids)
        return {row[0]: BindingRow(*row) for row in rows}

    def family_links(self, link_ids: Iterable[int]) -> dict[int, FamilyLinkRow]:
        """Family links by id."""
        rows = self._by_ids("SELECT * FROM family_links WHERE link_id IN", link_ids)
        return {row[0]: FamilyLinkRow(*row) for row in rows}

    def pay_codes(self, hashes: Iterable[bytes]) -> dict[bytes, PayCodeRow]:
        """Pay codes by keyed hash."""
        rows = self._by_blobs("SELECT * FROM pay_codes WHERE code_hash IN", hashes)
        return {row[0]: PayCodeRow(*row) for row in rows}

    def receipts(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], ReceiptRow]:
        """Receipts by (channel, number)."""
        rows = self._by_pairs("SELECT t.* FROM receipts t", "t.channel_key", "t.receipt_no", keys)
        return {(row[0], row[1]): ReceiptRow(*row) for row in rows}

    def refunds(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], RefundRow]:
        """Refunds by (institution, number)."""
        rows = self._by_pairs("SELECT t.* FROM refunds t", "t.institution_key", "t.refund_no", keys)
        return {(row[1], row[2]): RefundRow(*row) for row in rows}

    def persons_by_no(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], PersonRow]:
        """Persons by (region, person number)."""
        rows = self._by_pairs("SELECT t.* FROM persons t", "t.region", "t.person_no", keys)
        return {(row[1], row[2]): PersonRow(*row) for row in rows}

    def persons_by_id_hash(self, keys: Iterable[tuple[int, bytes]]) -> list[PersonRow]:
        """Persons by (region, keyed hash of the identity number)."""
        wanted = [(region, id_hash.hex()) for region, id_hash in keys]
        rows = self._db.execute(
            "SELECT t.* FROM persons t"
            " JOIN json_each(?) k ON t.id_hash = unhex(k.value ->> 1) AND t.region = k.value ->> 0",
            (orjson.dumps(wanted).decode(),),
        )
        return [PersonRow(*row) for row in rows.fetchall()]

    def credits(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], tuple[Any, ...]]:
        """Booked credits (columns of the table) by (region, credit number)."""
        rows = self._by_pairs("SELECT t.* FROM credits t", "t.region", "t.credit_no", keys)
        return {(row[0], row[1]): row for row in rows}

    def used_elsewhere(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], tuple[Any, ...]]:
        """Booked settlements of elsewhere (columns of the table) by (region, settlement number)."""
        rows = self._by_pairs("SELECT t.* FROM used_elsewhere t", "t.region", "t.settlement_no", keys)
        return {(row[0], row[1]): row for row in rows}

    def catalogue(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], list[CatalogueRow]]:
        """The entries of catalogues by (region, item), each as it was put last, by rising valid_from."""
        items: dict[tuple[int, str], list[CatalogueRow]] = {}
        rows = self._by_pairs("SELECT t.* FROM catalogue t", "t.region", "t.item_code", keys)
        # An entry's forms come together, the newest last: dict keeps that one.
        newest = {row[:3]: row for row in sorted(rows)}
        for row in newest.values():
            items.setdefault((row[0], row[1]), []).append(CatalogueRow(*row))
        return items

    def due_orders(self, now_ms: int, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        """(expires_at_ms, order id) of orders that nobody ended in time, past a pair, the longest overdue first."""
        return self._db.execute(
            "SELECT expires_at_ms, order_id FROM orders WHERE state IN (1, 5) AND expires_at_ms BETWEEN ? AND ?"
            " AND (expires_at_ms, order_id) > (?, ?) ORDER BY expires_at_ms, order_id LIMIT ?",
            (after[0], now_ms, *after, limit),
        ).fetchall()

    # How the queries above are asked: any number of keys in one statement.

    def _by_ids(self, select: str, ids: Iterable[int]) -> list[tuple[Any, ...]]:
        wanted = list(ids)
        if not wanted:
            return []
        return self._db.execute(
            f"{select} (SELECT value FROM json_each(?))", (orjson.dumps(wanted).decode(),)
        ).fetchall()

    def _by_blobs(self, select: str, keys: Iterable[bytes]) -> list[tuple[Any, ...]]:
        wanted = [key.hex() for key in keys]
        if not wanted:
            return []
        return self._db.execute(
            f"{select} (SELECT unhex(value) FROM json_each(?))", (orjson.dumps(wanted).decode(),)
        ).fetchall()

    def _by_pairs(self, select: str, first: str, second: str, keys: Iterable[tuple[int, str]]) -> list[tuple[Any, ...]]:
        wanted = list(keys)
        if not wanted:
            return []
        return self._db.execute(
            f"{select} JOIN json_each(?) k ON {first} = k.value ->> 0 AND {second} = k.value ->> 1",
            (orjson.dumps(wanted).decode(),),
        ).fetchall()
