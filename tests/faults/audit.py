"""The books compared: what the callers were told, against the rows of the store, read by nothing of the gateway's."""

import sqlite3
from collections import Counter, defaultdict
from pathlib import Path

from core.order import Order
from core.words import (
    EVENT_CASH_REFUNDED,
    EVENT_ORDER_AUTHORIZED,
    EVENT_ORDER_CREATED,
    EVENT_ORDER_PAID,
    EVENT_ORDER_REFUNDED,
    EVENT_ORDER_VOIDED,
    ORDER_PAID,
    ORDER_REFUNDED,
)
from tests.faults.crowd import OPENING_FEN, Bill, Crowd

SUMS = (
    "total_fen", "pooled_fen", "major_fen", "civil_servant_fen", "assistance_fen", "other_fund_fen", "hospital_fen",
    "account_current_fen", "account_prior_fen", "family_account_fen", "commercial_fen", "cash_fen",
)  # fmt: skip
_ORDER = f"SELECT order_id, {', '.join(SUMS)}, state, facts FROM orders WHERE institution_order_no = ?"


def differences(store: Path, crowd: Crowd) -> list[str]:
    """What the store has not as the callers know it; every bill of the crowd must have come to its end."""
    db = sqlite3.connect(store)
    try:
        found = [line for bill in crowd.bills for line in _of_bill(db, bill)]
        found += _of_balances(db, crowd)
        counts = {
            "orders": len(crowd.bills),
            "refunds": sum(bill.state == ORDER_REFUNDED for bill in crowd.bills),
            "receipts": sum(bill.to_collect_fen > 0 for bill in crowd.bills),
        }
        for table, wanted in counts.items():
            (there,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
            if there != wanted:
                found.append(f"{there} {table} where the callers know of {wanted}")
        return found
    finally:
        db.close()


def _of_bill(db: sqlite3.Connection, bill: Bill) -> list[str]:
    rows = db.execute(_ORDER, (bill.order_no,)).fetchall()
    if len(rows) != 1:
        return [f"bill {bill.order_no} is there {len(rows)} times"]
    order_id, *sums, state, facts = rows[0]
    order = Order.unpack(facts)
    wanted = [getattr(bill.split, name) for name in SUMS]
    found = []
    if sums != wanted:
        found.append(f"bill {bill.order_no} has {sums}, its patient agreed to {wanted}")
    wanted_cash = (bill.to_collect_fen, 0, bill.to_collect_fen if bill.cash_returned else 0)
    cash = (order.cash_collected_fen, order.cash_to_return_fen, order.cash_returned_fen)
    if (state, cash) != (bill.state, wanted_cash):
        found.append(
            f"bill {bill.order_no} is in state {state} with cash {cash};"
            f" its callers left it in {bill.state} with {wanted_cash}"
        )
    events = Counter(row[0] for row in db.execute("SELECT kind FROM events WHERE order_id = ?", (order_id,)))
    if events != _events_of(bill):
        found.append(f"bill {bill.order_no} has the events {dict(events)}, not {dict(_events_of(bill))}")
    return found


def _events_of(bill: Bill) -> Counter[int]:
    wanted = Counter({int(EVENT_ORDER_CREATED): 1})
    wanted[EVENT_ORDER_PAID if bill.state in (ORDER_PAID, ORDER_REFUNDED) else EVENT_ORDER_VOIDED] = 1
    if bill.held:
        wanted[EVENT_ORDER_AUTHORIZED] = 1
    if bill.state == ORDER_REFUNDED:
        wanted[EVENT_ORDER_REFUNDED] = 1
    if bill.cash_returned and bill.to_collect_fen:
        wanted[EVENT_CASH_REFUNDED] = 1
    return wanted


def _of_balances(db: sqlite3.Connection, crowd: Crowd) -> list[str]:
    spent: dict[str, int] = defaultdict(int)
    for bill in crowd.bills:
        if bill.state == ORDER_PAID:
            spent[bill.person_no] += bill.split.account_current_fen + bill.split.account_prior_fen
    found = []
    for number in range(crowd.size):
        person_no = f"{crowd.name}{number}"
        row = db.execute(
            "SELECT a.current_year_fen + a.prior_years_fen, a.held_fen FROM accounts a JOIN persons p"
            " ON p.person_id = a.person_id WHERE p.person_no = ?",
            (person_no,),
        ).fetchone()
        if row != (OPENING_FEN - spent[person_no], 0):
            found.append(f"{person_no} has (balance, held) {row}, its payments leave {OPENING_FEN - spent[person_no]}")
    return found
