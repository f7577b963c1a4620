"""What must hold after a run: the store by itself, and beside what every caller was told.

check_memory     the core's orders and accounts, and the texts, are what the store has
check_store      medsettle verify finds nothing; money is conserved
check_watched    who watched has seen every event of its orders once, in the journal's order
check_answers    every acknowledged request is in the store exactly once with its sums; no refused one is
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from core.order import Order
from core.words import EventKind
from gateway.catalogue.entries import entries_of
from gateway.ids import id_number, id_text, key_of
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2
from gateway.security.request_key import request_key
from gateway.stores.schema import PAYER_COLUMNS
from gateway.stores.sqlite_batch import BatchTables
from gateway.verify import Report, open_store, verify
from tests.sim.network import Asked, Watching
from tests.sim.process import SECRETS, GatewayProcess

pb = payment_service_pb2
Found = Callable[[str], None]

_SPLIT = (*PAYER_COLUMNS, "deductible_fen")
_TABLES = (
    "accounts",
    "bindings",
    "catalogue",
    "credits",
    "events",
    "institutions",
    "order_lines",
    "orders",
    "parties",
    "pay_codes",
    "receipts",
    "refunds",
    "requests",
    "windows",
)
_OF_PARTY = {
    "wal": "channel_id = ?",
    "his": "institution_id IN (SELECT institution_key FROM institutions WHERE party_key = ?)",
    "bur": "? != 0",
}
_EVENT_OF_STATUS = {
    pb.PAY_STATUS_AUTHORIZED: EventKind.EVENT_ORDER_AUTHORIZED,
    pb.PAY_STATUS_PAID: EventKind.EVENT_ORDER_PAID,
    pb.PAY_STATUS_CASH_TO_RETURN: EventKind.EVENT_CASH_TO_RETURN,
}


def check_memory(process: GatewayProcess, found: Found) -> None:
    """Called while nothing is on its way."""
    ledger, pipeline, db = process.ledger, process.pipeline, process.store._real
    order_ids = [row[0] for row in db.execute("SELECT order_id FROM orders ORDER BY 1")]
    plain = BatchTables(db)  # the store's lookups, and nothing that steps in
    stored = {order.order_id: (order, texts) for order, texts in plain.orders(order_ids)}
    for order_id, (order, texts) in stored.items():
        known = ledger.order(order_id)
        if known is not None and known.row() != order.row():
            found(f"order {order_id} is in memory what it is not in the store")
        if pipeline._texts.get(order_id, texts) != texts:
            found(f"the texts of order {order_id} are in memory what they are not in the store")
    if unknown := set(pipeline._texts) - set(stored):
        found(f"orders {sorted(unknown)} are in memory and not in the store")
    person_ids = [row[0] for row in db.execute("SELECT person_id FROM persons ORDER BY 1")]
    for row in plain.accounts(person_ids):
        known_row = ledger.accounts.row(row[0])
        if known_row is not None and tuple(known_row) != tuple(row):
            found(f"the account of person {row[0]} is in memory what it is not in the store")
    for key, entries in {**process.catalogue._young, **process.catalogue._old}.items():
        item = (int(key[:6]), key[6:])
        if entries != entries_of(plain.catalogue([item]).get(item, ())):
            found(f"item {item[1]} of the catalogue is in memory what it is not in the store")
    last = db.execute("SELECT max(seq) FROM events").fetchone()[0]
    if pipeline.last_seq != last:
        found(f"the pipeline is at event {pipeline.last_seq}, the journal at {last}")


def check_store(db: sqlite3.Connection, found: Found) -> None:
    """The store by itself."""
    verify(db, Report(lambda line: found(f"verify: {line}"), lambda *_: None))
    (held_fen,) = db.execute("SELECT sum(current_year_fen + prior_years_fen + held_fen) FROM accounts").fetchone()
    paid = [Order.unpack(facts) for (facts,) in db.execute("SELECT facts FROM orders WHERE state IN (6, 7)")]
    names = ("account_current_fen", "account_prior_fen", "family_account_fen")
    paid_fen = sum(getattr(order, name) - getattr(order, f"refunded_{name}") for order in paid for name in names)
    (credited_fen,) = db.execute("SELECT sum(amount_fen) FROM credits").fetchone()
    if held_fen + paid_fen != credited_fen:
        found(f"{credited_fen} fen were credited, {held_fen} are in the accounts and {paid_fen} were paid from them")
    for kind in (EventKind.EVENT_ORDER_CREATED, EventKind.EVENT_ORDER_PAID):
        query = "SELECT order_id FROM events WHERE kind = ? GROUP BY order_id HAVING count(*) > 1"
        for (order_id,) in db.execute(query, (int(kind),)):
            found(f"order {order_id} has {kind.name} twice")


def check_answers(db: sqlite3.Connection, all_asked: list[Asked], furnished_count: int, found: Found) -> None:
    """Every caller's knowledge beside the store."""
    answered = 0
    receipts: Counter[tuple[int, str, int]] = Counter()
    for asked in all_asked:
        key = request_key(SECRETS.secret, key_of(asked.party), asked.name, asked.request)
        query = (
            "SELECT e.request_fields, e.kind, e.facts FROM requests r JOIN events e ON e.seq = r.seq"
            " WHERE r.request_key = ?"
        )
        row = db.execute(query, (key.request_key,)).fetchone()
        if asked.response is None:
            if row is not None:
                found(f"{asked.name} was refused ({asked.refusal}) and is in the store: {asked.request}")
            continue
        answered += 1
        if row is None:
            found(f"{asked.name} was acknowledged and is not in the store: {asked.request}")
            continue
        if row[0] != key.fields:
            found(f"{asked.name} is in the store with other fields")
        _check_sums(asked, row[1], row[2], found)
        receipt = _receipt_of(asked)
        if receipt:
            receipts[receipt] += 1
    (stored,) = db.execute("SELECT count(*) FROM requests").fetchone()
    if stored != answered + furnished_count:
        found(f"{answered} requests were acknowledged, {stored - furnished_count} are in the store")
    kept = Counter(db.execute("SELECT channel_key, receipt_no, amount_fen FROM receipts").fetchall())
    if kept != receipts:
        found(f"cash that was acknowledged {receipts - kept} or is kept {kept - receipts} stands on one side only")
    _check_lives(db, all_asked, found)


def _check_sums(asked: Asked, kind: int, facts: bytes, found: Found) -> None:
    if kind == EventKind.EVENT_DESK:
        return
    told, order = asked.response.order, Order.unpack(facts)
    same = {
        "order_id": (id_number("o", told.order_id), order.order_id),
        "state": (told.state, order.state),
        "total_fen": (told.natures.total_fen, order.total_fen),
        "paid_at_ms": (told.paid_at_ms, order.paid_at_ms),
    }
    if told.HasField("split"):
        same |= {name: (getattr(told.split, name), getattr(order, name)) for name in _SPLIT}
    if asked.name in ("Pay", "ConfirmCash"):
        same["kind"] = (_EVENT_OF_STATUS[asked.response.status], kind)
    if asked.name == "Refund":
        same["kind"] = (EventKind.EVENT_ORDER_REFUNDED, kind)
        same["refund_id"] = (id_number("r", asked.response.refund.refund_id), order.refund_id)
    for name, (acknowledged, stored) in same.items():
        if acknowledged != stored:
            found(f"{asked.name} was acknowledged with {name} {acknowledged}, the store has {stored}")


def _receipt_of(asked: Asked) -> tuple[int, str, int] | None:
    if asked.name not in ("Pay", "ConfirmCash") or not asked.request.HasField("cash_receipt"):
        return None
    receipt = asked.request.cash_receipt  # type: ignore[attr-defined]
    return key_of(asked.party), receipt.receipt_no, receipt.amount_fen


def _check_lives(db: sqlite3.Connection, all_asked: list[Asked], found: Found) -> None:
    """An order ends where the acknowledged requests about it have left it; only time may have ended it besides."""
    told: dict[int, Counter[str]] = {}
    for asked in all_asked:
        if asked.response is None or asked.name not in ("CreateOrder", "Pay", "ConfirmCash", "CancelOrder", "Refund"):
            continue
        order_id = id_number("o", asked.response.order.order_id)
        assert order_id is not None
        what = asked.name
        if what in ("Pay", "ConfirmCash"):
            what = pb.PayStatus.Name(asked.response.status).removeprefix("PAY_STATUS_")
        told.setdefault(order_id, Counter())[what] += 1
    for (facts,) in db.execute("SELECT facts FROM orders"):
        order = Order.unpack(facts)
        order_id, state, expired, account_fen = order.order_id, order.state, order.expired, order.account_fen
        life = told.pop(order_id, Counter())
        paid, refunded, cancelled = life["PAID"], life["Refund"], life["CancelOrder"]
        expected = {
            enums_pb2.ORDER_STATE_OPEN: (0, 0, 0),
            enums_pb2.ORDER_STATE_AUTHORIZED: (0, 0, 0),
            enums_pb2.ORDER_STATE_PAID: (1, 0, 0),
            enums_pb2.ORDER_STATE_PARTIALLY_REFUNDED: (1, max(refunded, 1), 0),
            enums_pb2.ORDER_STATE_REFUNDED: (1, max(refunded, 1), 0),
            enums_pb2.ORDER_STATE_VOIDED: (0, 0, 0 if expired else 1),
            enums_pb2.ORDER_STATE_CLOSED: (0, 0, 0 if expired else 1),
        }[state]
        known = (paid, refunded, cancelled) == expected and refunded == order.refund_count
        if life["CreateOrder"] != 1 or not known:
            found(
                f"order {order_id} ended as {state} with {account_fen} fen of the account, its callers know of {life}"
            )
    if told:
        found(f"orders {sorted(told)} were acknowledged and are not there")


def check_watched(db: sqlite3.Connection, watching: list[Watching], found: Found) -> None:
    """Who watched has seen every event of its orders once, in the journal's order."""
    for watcher in watching:
        of_party = _OF_PARTY[watcher.party[:3]]
        query = f"SELECT seq, kind, order_id FROM events WHERE order_id != 0 AND {of_party} ORDER BY seq"
        journal = [
            (seq, kind, id_text("o", order_id)) for seq, kind, order_id in db.execute(query, (key_of(watcher.party),))
        ]
        if watcher.seen != journal:
            seen, kept = Counter(watcher.seen), Counter(journal)
            found(f"{watcher.party} saw {seen - kept} besides, and not {kept - seen}, or in another order")


def content_hash(db: sqlite3.Connection) -> bytes:
    """A hash of every row of the store."""
    digest = hashlib.sha256()
    for table in _TABLES:
        for row in db.execute(f"SELECT * FROM {table} ORDER BY 1, 2"):
            digest.update(repr(row).encode())
    return digest.digest()


def check_all(
    path: Path, all_asked: list[Asked], furnished_count: int, watching: list[Watching], found: Found
) -> tuple[bytes, int]:
    """Opens the store that a run has left, and checks it; gives its content's hash, and how many orders expired."""
    db = open_store(path)
    try:
        check_store(db, found)
        check_answers(db, all_asked, furnished_count, found)
        check_watched(db, watching, found)
        expired_count = sum(Order.unpack(facts).expired for (facts,) in db.execute("SELECT facts FROM orders"))
        return content_hash(db), expired_count
    finally:
        db.close()
