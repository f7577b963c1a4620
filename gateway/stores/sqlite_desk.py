"""The desk's tables in SQLite: parties, institutions, people, bindings, codes, receipts, refunds, windows."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from core.order import Order
from gateway.stores.base import (
    BindingRow,
    CatalogueRow,
    FamilyLinkRow,
    InstitutionRow,
    OrderTexts,
    PartyRow,
    PayCodeRow,
    PersonRow,
    Posting,
    ReceiptRow,
    RefundRow,
    WindowRow,
)
from gateway.stores.schema import PAYER_COLUMNS
from gateway.stores.sqlite_policies import PolicyTables

# Each half is read off an index of its own in the order of posting, so that a page costs what it holds. A payment
# (refund 0) comes before a refund of the same order in the same millisecond.
_POSTED = (
    "SELECT {at} AS posted_at_ms, o.order_id AS order_id, {refund_id} AS refund_id, {refund_no} AS refund_no,"
    " o.institution_order_no, o.details, o.facts, {amounts} FROM {tables}"
    " WHERE {institution} = :institution AND {window} = :window AND {window} > 0"
    " AND {at} >= :at AND ({at}, o.order_id, {refund_id}) > (:at, :order, :refund)"
)
_PAYMENTS = _POSTED.format(
    at="o.paid_at_ms",
    refund_id="0",
    refund_no="''",
    amounts=", ".join(f"o.{name}" for name in PAYER_COLUMNS),
    tables="orders o",
    institution="o.institution_id",
    window="o.paid_window",
)
_REFUNDS = _POSTED.format(
    at="r.refunded_at_ms",
    refund_id="r.refund_id",
    refund_no="r.refund_no",
    amounts=", ".join(f"r.{name}" for name in PAYER_COLUMNS),
    tables="refunds r JOIN orders o ON o.order_id = r.order_id",
    institution="r.institution_key",
    window="r.refund_window",
)
_POSTINGS = (
    f"SELECT * FROM (SELECT * FROM ({_PAYMENTS}) ORDER BY posted_at_ms, order_id LIMIT :limit)"
    f" UNION ALL SELECT * FROM (SELECT * FROM ({_REFUNDS}) ORDER BY posted_at_ms, order_id, refund_id LIMIT :limit)"
    " ORDER BY posted_at_ms, order_id, refund_id LIMIT :limit"
)

_SET_TEXTS = f"UPDATE orders SET {', '.join(f'{name} = ?' for name in OrderTexts._fields)} WHERE order_id = ?"


class DeskTables(PolicyTables):
    """What servicers read and write one row at a time, inside a batch."""

    def parties(self) -> list[PartyRow]:
        """All parties."""
        return [PartyRow(*row) for row in self._db.execute("SELECT * FROM parties ORDER BY party_id")]

    def institutions(self) -> list[InstitutionRow]:
        """All institutions."""
        return [InstitutionRow(*row) for row in self._db.execute("SELECT * FROM institutions ORDER BY institution_id")]

    def person_by_id_hash(self, id_hash: bytes, region: int) -> PersonRow | None:
        """The person insured in a region under an identity number, by its keyed hash."""
        row = self._db.execute("SELECT * FROM persons WHERE id_hash = ? AND region = ?", (id_hash, region)).fetchone()
        return PersonRow(*row) if row else None

    def person(self, person_id: int) -> PersonRow | None:
        """A person."""
        row = self._db.execute("SELECT * FROM persons WHERE person_id = ?", (person_id,)).fetchone()
        return PersonRow(*row) if row else None

    def bindings_of_user(self, channel_key: int, channel_user_id: str, after_id: int, limit: int) -> list[BindingRow]:
        """A page of a channel user's bindings, oldest first."""
        rows = self._db.execute(
            "SELECT * FROM bindings WHERE channel_key = ? AND channel_user_id = ? AND binding_id > ?"
            " ORDER BY binding_id LIMIT ?",
            (channel_key, channel_user_id, after_id, limit),
        )
        return [BindingRow(*row) for row in rows]

    def active_binding(self, channel_key: int, channel_user_id: str, person_id: int) -> BindingRow | None:
        """The binding by which a channel's user is joined to a person now."""
        row = self._db.execute(
            "SELECT * FROM bindings WHERE channel_key = ? AND channel_user_id = ? AND person_id = ? AND state = 2",
            (channel_key, channel_user_id, person_id),
        ).fetchone()
        return BindingRow(*row) if row else None

    def family_links_of_person(self, channel_key: int, person_id: int) -> list[FamilyLinkRow]:
        """A channel's family links in which a person is owner or member, oldest first."""
        rows = self._db.execute(
            "SELECT * FROM family_links WHERE channel_key = :channel AND owner_person_id = :person UNION ALL"
            " SELECT * FROM family_links WHERE channel_key = :channel AND member_person_id = :person ORDER BY link_id",
            {"channel": channel_key, "person": person_id},
        )
        return [FamilyLinkRow(*row) for row in rows]

    def refund(self, refund_id: int) -> RefundRow | None:
        """A refund."""
        row = self._db.execute("SELECT * FROM refunds WHERE refund_id = ?", (refund_id,)).fetchone()
        return RefundRow(*row) if row else None

    def refunds_of_order(self, order_id: int) -> list[RefundRow]:
        """The refunds of an order, oldest first."""
        rows = self._db.execute(
            "SELECT * FROM refunds WHERE order_id = ? ORDER BY refunded_at_ms, refund_id", (order_id,)
        )
        return [RefundRow(*row) for row in rows]

    def standing_orders(self, person_id: int) -> list[Order]:
        """The orders that a person holds or has paid, those refunded in part included."""
        rows = self._db.execute(
            "SELECT facts FROM orders WHERE person_id = ? AND state IN (5, 6, 7) ORDER BY order_id", (person_id,)
        )
        return [Order.unpack(facts) for (facts,) in rows]

    def order_lines(self, order_id: int) -> bytes:
        """The clinical part of an order's bill."""
        row = self._db.execute("SELECT lines FROM order_lines WHERE order_id = ?", (order_id,)).fetchone()
        return row[0] if row else b""

    def receipts_of_order(self, order_id: int) -> list[ReceiptRow]:
        """The receipts that channels gave for an order, oldest first."""
        rows = self._db.execute("SELECT * FROM receipts WHERE order_id = ? ORDER BY batch, receipt_no", (order_id,))
        return [ReceiptRow(*row) for row in rows]

    def window(self, window_id: int) -> WindowRow | None:
        """A closed window."""
        row = self._db.execute("SELECT * FROM windows WHERE window_id = ?", (window_id,)).fetchone()
        return WindowRow(*row) if row else None

    def window_of_period(self, institution_key: int, period: str) -> WindowRow | None:
        """The window that an institution's period was closed as."""
        row = self._db.execute(
            "SELECT * FROM windows WHERE institution_key = ? AND period = ?", (institution_key, period)
        ).fetchone()
        return WindowRow(*row) if row else None

    def windows(self, institution_keys: Sequence[int], before_id: int, limit: int) -> list[WindowRow]:
        """A page of closed windows, newest first: of these institutions, or of all when none is named."""
        where, args = "", []
        if institution_keys:
            where = "institution_key IN (SELECT value FROM json_each(?)) AND"
            args = [orjson.dumps(list(institution_keys)).decode()]
        rows = self._db.execute(
            f"SELECT * FROM windows WHERE {where} window_id < ? ORDER BY window_id DESC LIMIT ?",
            (*args, before_id, limit),
        )
        return [WindowRow(*row) for row in rows]

    def postings(self, institution_key: int, window: int, after: Posting | None, limit: int) -> list[Posting]:
        """A page of the payments and refunds posted in a window, the batch's own included, in the order of posting."""
        page = {
            "institution": institution_key,
            "window": window,
            "limit": limit,
            "at": after.posted_at_ms if after else -1,
            "order": after.order_id if after else 0,
            "refund": after.refund_id if after else 0,
        }
        return [_posting(row) for row in self._db.execute(_POSTINGS, page)]

    def put_party(self, row: PartyRow) -> None:
        """Adds or replaces a party."""
        self._put("parties", "party_key", row)

    def put_institution(self, row: InstitutionRow) -> None:
        """Adds or replaces an institution."""
        self._put("institutions", "institution_key", row)

    def insert_catalogue(self, rows: Iterable[CatalogueRow]) -> None:
        """Adds forms of catalogue entries; the earlier forms stay."""
        self._db.executemany("INSERT INTO catalogue VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def put_persons(self, rows: Iterable[PersonRow]) -> None:
        """Adds or replaces persons, in this order."""
        self._db.executemany(_upsert("persons", "person_id", PersonRow._fields), rows)

    def insert_credits(self, rows: Iterable[Sequence[Any]]) -> None:
        """Books credits (columns of the table)."""
        self._db.executemany("INSERT INTO credits VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def insert_used_elsewhere(self, rows: Iterable[Sequence[Any]]) -> None:
        """Books settlements made elsewhere (columns of the table)."""
        self._db.executemany("INSERT INTO used_elsewhere VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def put_binding(self, row: BindingRow) -> None:
        """Adds or replaces a binding."""
        self._put("bindings", "binding_id", row)

    def put_family_link(self, row: FamilyLinkRow) -> None:
        """Adds or replaces a family link."""
        self._put("family_links", "link_id", row)

    def put_pay_code(self, row: PayCodeRow) -> None:
        """Adds or replaces a pay code."""
        self._put("pay_codes", "code_hash", row)

    def put_receipt(self, row: ReceiptRow) -> None:
        """Adds or replaces a receipt."""
        self._put("receipts", "channel_key, receipt_no", row)

    def put_refund(self, row: RefundRow) -> None:
        """Adds or replaces a refund."""
        self._put("refunds", "refund_id", row)

    def put_window(self, row: WindowRow) -> None:
        """Adds or replaces a window."""
        self._put("windows", "window_id", row)

    def set_order_texts(self, order_id: int, texts: OrderTexts) -> None:
        """Replaces what an order holds beside the core's numbers."""
        self._db.execute(_SET_TEXTS, (*texts, order_id))

    def put_order_lines(self, order_id: int, lines: bytes) -> None:
        """Keeps the clinical part of a new order's bill."""
        self._db.execute("INSERT INTO order_lines VALUES (?, ?)", (order_id, lines))

    def _put(self, table: str, key: str, row: tuple[Any, ...]) -> None:
        self._db.execute(_upsert(table, key, row._fields), row)  # type: ignore[attr-defined]


def _posting(row: tuple[Any, ...]) -> Posting:
    posted_at_ms, order_id, refund_id, refund_no, institution_order_no, details, facts, *amounts_fen = row
    order = Order.unpack(facts)
    return Posting(
        posted_at_ms,
        order_id,
        refund_id,
        refund_no,
        institution_order_no,
        order.channel_id,
        order.insured_region,
        order.scheme,
        order.service,
        order.service_day,
        details,
        tuple(amounts_fen),
    )


@functools.cache
def _upsert(table: str, key: str, names: tuple[str, ...]) -> str:
    # Not INSERT OR REPLACE: that would delete a row that another one refers to, or that clashes on another key.
    updates = ", ".join(f"{name} = excluded.{name}" for name in names)
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        f" ON CONFLICT ({key}) DO UPDATE SET {updates}"
    )
