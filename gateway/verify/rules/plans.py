"""Plans: each document is the one that was put, and what persons have used of a plan is what stands of their orders."""

import contextlib
import hashlib
import sqlite3
from collections import Counter

import orjson

from core.order import Order
from core.plans import PlanBook
from core.plans.book import PlanFault
from core.plans.enrolment import ENROLMENT_COLUMNS
from core.words import OrderState
from gateway.ids import id_text, key_of
from gateway.verify.report import Report
from gateway.verify.source import count
from gateway.verify.splits import SEATS

_STANDING = (OrderState.ORDER_AUTHORIZED, OrderState.ORDER_PAID, OrderState.ORDER_PARTIALLY_REFUNDED)
_USED = tuple(f"{what}_{part}_fen" for what in ("counted", "paid") for part in (1, 2, 3))


def read_plans(db: sqlite3.Connection, report: Report) -> PlanBook:
    """Every version of every plan that can be used, by the key that orders name it by."""
    book = PlanBook()
    rows = db.execute("SELECT plan_key, plan_id, effective_from, document, digest FROM plans ORDER BY batch").fetchall()
    report.stage("plans", len(rows))
    for plan_key, plan_id, effective_from, document, digest in rows:
        where = f"plan {plan_id} from {effective_from}"
        sound = plan_key == key_of(f"plan|{document.hex()}") and digest == hashlib.sha256(document).hexdigest()
        report.must(sound, where, "the document is not the one that was put")
        try:
            compiled = book.put(orjson.loads(document), where, plan_key)
        except (ValueError, PlanFault) as error:
            report.wrong(where, f"the document cannot be used: {error}")
            continue
        report.same(where, "plan_id", compiled.plan_id, plan_id, "the row says")
        report.step()
    return book


def check_enrolments(db: sqlite3.Connection, report: Report, plans: PlanBook) -> None:
    """Every enrolment beside the orders that its plan covered."""
    report.stage("enrolments", count(db, "enrolments"))
    used = _used(db, plans)
    latest: dict[tuple[int, str], int] = {}
    for person_id, plan_id, year_day in used:
        latest[person_id, plan_id] = max(latest.get((person_id, plan_id), 0), year_day)
    for row in db.execute(f"SELECT {', '.join(ENROLMENT_COLUMNS)} FROM enrolments ORDER BY person_id, plan_id"):
        enrolment = dict(zip(ENROLMENT_COLUMNS, row, strict=True))
        key = (enrolment["person_id"], enrolment["plan_id"])
        where = f"person {id_text('p', key[0])}, plan {key[1]}"
        report.must(plans.last(key[1]) is not None, where, "there is no such plan")
        report.must(enrolment["valid_from"] <= enrolment["valid_to"], where, "it ends before it begins")
        report.must(enrolment["year_day"] >= latest.pop(key, 0), where, "an order of a later plan year stands")
        stands = used.get((*key, enrolment["year_day"]), Counter())
        for name in _USED:
            report.same(where, name, enrolment[name], stands[name], "what stands adds up to")
        report.step()
    for person_id, plan_id in latest:
        report.wrong(
            f"person {id_text('p', person_id)}", f"an order was covered by {plan_id}, and no enrolment is there"
        )


def _used(db: sqlite3.Connection, plans: PlanBook) -> dict[tuple[int, str, int], Counter[str]]:
    """What stands of all orders, by person, plan and plan year."""
    used: dict[tuple[int, str, int], Counter[str]] = {}
    states = ", ".join(str(int(state)) for state in _STANDING)
    refunded = int(OrderState.ORDER_REFUNDED)
    query = f"SELECT facts FROM orders WHERE state IN ({states}, {refunded}) AND (other_fund_fen + commercial_fen > 0"
    for (facts,) in db.execute(f"{query} OR person_id IN (SELECT person_id FROM enrolments))"):
        with contextlib.suppress(ValueError):  # told with the orders
            order = Order.unpack(facts)
            for seat in SEATS:
                plan = plans.kept(getattr(order, f"{seat}_plan_key"))
                if plan is not None and not order.plans_given_back:
                    of_year = used.setdefault(
                        (order.person_id, plan.plan_id, getattr(order, f"{seat}_year_day")), Counter()
                    )
                    of_year.update({name: getattr(order, f"{seat}_{name}") for name in _USED})
    return used
