"""The audit of a load finds what it is for: each fault is planted into books that agree."""

import copy
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from bench.load.audit import Books, Row, Seen, audit_of, compare, compare_orders
from bench.load.facts import AUTHORIZED, CLOSED, OPEN, PAID, REFUNDED, VOIDED, Facts, Told, read_facts
from gateway.demo.visit import PAYERS
from gateway.ids import id_text

POOLED, CURRENT, CASH = (PAYERS.index(name) for name in ("pooled_fen", "account_current_fen", "cash_fen"))
CREDITED = {0: 10_000, 1: 500}


def split(pooled: int, account: int, cash: int) -> tuple[int, ...]:
    parts = [0] * len(PAYERS)
    parts[POOLED], parts[CURRENT], parts[CASH] = pooled, account, cash
    return tuple(parts)


WHOLE, HELD, BACK = split(700, 200, 100), split(50, 30, 20), split(500, 0, 0)


def told() -> dict[str, Told]:
    """One order paid, one that waits for cash, one refunded, one closed, one that nobody looked at."""
    return {
        "paid": Told(0, "H1", 1_000, {OPEN, AUTHORIZED, PAID}, WHOLE),
        "held": Told(1, "H1", 100, {OPEN, AUTHORIZED}, HELD),
        "back": Told(0, "H2", 500, {OPEN, PAID, REFUNDED}, BACK),
        "left": Told(1, "H2", 300, {OPEN, CLOSED}),
        "open": Told(1, "H2", 300),
    }


def books() -> Books:
    return Books(
        orders={
            "paid": Seen(PAID, WHOLE), "held": Seen(AUTHORIZED, HELD), "back": Seen(REFUNDED, BACK),
            "left": Seen(CLOSED, None), "open": Seen(OPEN, None),
        },
        rows=[Row("paid", "", WHOLE), Row("back", "", BACK), Row("back", "r1", tuple(-fen for fen in BACK))],
        accounts={0: (9_800, 0), 1: (470, 30)},
    )  # fmt: skip


def kinds(orders: dict[str, Told], of: Books) -> set[str]:
    return {kind for kind, _ in compare(orders, of, CREDITED)}


def test_books_that_agree_have_no_finding() -> None:
    audit = audit_of(told(), books(), CREDITED)
    assert audit.findings == []
    assert (audit.payments, audit.refunds, audit.paid_fen) == (2, 1, 1_500)
    assert audit.by_payer_fen == {"pooled_fen": 700, "account_current_fen": 200, "cash_fen": 100}
    assert (audit.credited_fen, audit.left_fen, audit.held_fen) == (10_500, 10_270, 30)


def lose(of: Books) -> None:
    of.rows = [row for row in of.rows if row.order_id != "paid"]


def forget(of: Books) -> None:
    del of.orders["open"]


def double(of: Books) -> None:
    of.rows.append(Row("paid", "", WHOLE))


def refund_twice(of: Books) -> None:
    of.rows.append(Row("back", "r2", tuple(-fen for fen in BACK)))


def shift(of: Books) -> None:
    of.rows[0] = Row("paid", "", split(700, 201, 99))


def add(of: Books) -> None:
    of.orders["paid"] = Seen(PAID, split(700, 200, 101))


def keep_some(of: Books) -> None:
    of.rows[2] = Row("back", "r1", split(-499, 0, 0))


def pay_what_nobody_paid(of: Books) -> None:
    of.orders["open"] = Seen(PAID, split(300, 0, 0))
    of.rows.append(Row("open", "", split(300, 0, 0)))


def invent(of: Books) -> None:
    of.rows.append(Row("stranger", "", split(1, 0, 0)))


def steal(of: Books) -> None:
    of.accounts[0] = (9_799, 0)


def hold(of: Books) -> None:
    of.accounts[1] = (471, 29)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lose, "lost"),
        (forget, "lost"),
        (double, "doubled"),
        (refund_twice, "doubled"),
        (shift, "wrong sum"),
        (add, "wrong sum"),
        (keep_some, "wrong sum"),
        (pay_what_nobody_paid, "wrong state"),
        (invent, "unknown payment"),
        (steal, "account"),
        (hold, "account"),
    ],
)
def test_a_planted_fault_is_found(fault: object, kind: str) -> None:
    wrong = copy.deepcopy(books())
    assert callable(fault)
    fault(wrong)
    assert kind in kinds(told(), wrong)


def test_a_call_that_nobody_heard_of_may_have_happened_or_not() -> None:
    orders, seen = told(), books()
    orders["held"].tried = Counter({"cancel": 1})
    assert kinds(orders, seen) == set()
    seen.orders["held"], seen.accounts[1] = Seen(VOIDED, HELD), (500, 0)
    assert kinds(orders, seen) == set()
    orders["held"].tried = Counter()
    assert kinds(orders, seen) == {"wrong state"}


def test_two_users_who_were_told_opposite_things_are_a_finding() -> None:
    orders = told()
    orders["paid"].states.add(CLOSED)
    assert "wrong state" in kinds(orders, books())


def test_facts_are_read_as_they_were_written(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    facts.made("o1", 3, "H1", 1_000)
    facts.trying("o1", "pay")
    facts.refused("o1", "pay", "QUOTE_CHANGED")
    facts.trying("o1", "pay")
    facts.told("o1", "pay", AUTHORIZED, WHOLE)
    facts.trying("o1", "confirm")
    facts.note("repeated")
    facts.wrong("till looks: no")
    facts.close()
    orders, refusals, notes, wrong = read_facts(tmp_path)
    assert orders["o1"].state == AUTHORIZED and orders["o1"].split == WHOLE
    assert orders["o1"].may_be == {AUTHORIZED, PAID}
    assert (refusals, notes) == (Counter(QUOTE_CHANGED=1), Counter(repeated=1))
    assert wrong == ["till looks: no"]


@pytest.mark.parametrize(
    ("state", "amounts", "kind"),
    [
        (PAID, WHOLE, ""),
        (PAID, split(700, 201, 99), "wrong sum"),
        (AUTHORIZED, WHOLE, "wrong state"),
        (0, WHOLE, "lost"),
    ],
)
def test_the_rows_of_the_store_are_looked_at_as_well(state: int, amounts: tuple[int, ...], kind: str) -> None:
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE TABLE orders (order_id, state, total_fen, {', '.join(PAYERS)})")
    if state:
        db.execute(f"INSERT INTO orders VALUES ({', '.join('?' * (3 + len(PAYERS)))})", (7, state, 1_000, *amounts))
    orders = {id_text("o", 7): Told(0, "H1", 1_000, {OPEN, AUTHORIZED, PAID}, WHOLE)}
    assert {found for found, _ in compare_orders(orders, db)} == ({kind} if kind else set())
    db.execute(f"INSERT INTO orders VALUES ({', '.join('?' * (3 + len(PAYERS)))})", (8, PAID, 1_000, *WHOLE))
    assert "unknown payment" in {found for found, _ in compare_orders(orders, db)}
