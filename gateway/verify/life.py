"""The life of an order as the journal tells it: legal steps only, and an order row that is the last of them."""

from typing import NamedTuple

from core.order import ORDER_FIELDS, Order
from core.words import EventKind, OrderState
from gateway.verify.report import Report
from gateway.verify.source import Row
from gateway.verify.splits import SPLIT_FIELDS

OPEN, AUTHORIZED, PAID = OrderState.ORDER_OPEN, OrderState.ORDER_AUTHORIZED, OrderState.ORDER_PAID
REFUNDED, VOIDED, CLOSED = OrderState.ORDER_REFUNDED, OrderState.ORDER_VOIDED, OrderState.ORDER_CLOSED
PARTIAL = OrderState.ORDER_PARTIALLY_REFUNDED
LIVED = frozenset({OPEN, AUTHORIZED, PAID, PARTIAL, REFUNDED, VOIDED, CLOSED})

# What an event does: (state before, event) -> state after; 0 is before the order was made. A refund may leave REFUNDED
# where PARTIAL stands: what it has to leave is checked with the refund.
STEPS: dict[tuple[int, int], int] = {
    (0, EventKind.EVENT_ORDER_CREATED): OPEN,
    (OPEN, EventKind.EVENT_ORDER_CLAIMED): OPEN,
    (OPEN, EventKind.EVENT_ORDER_AUTHORIZED): AUTHORIZED,
    (OPEN, EventKind.EVENT_ORDER_PAID): PAID,
    (OPEN, EventKind.EVENT_ORDER_CLOSED): CLOSED,
    (AUTHORIZED, EventKind.EVENT_ORDER_PAID): PAID,
    (AUTHORIZED, EventKind.EVENT_ORDER_VOIDED): VOIDED,
    (VOIDED, EventKind.EVENT_ORDER_PAID): PAID,  # cash confirmed after expiry, the same split held again
    (PAID, EventKind.EVENT_ORDER_REFUNDED): PARTIAL,
    (PARTIAL, EventKind.EVENT_ORDER_REFUNDED): PARTIAL,
    (PARTIAL, EventKind.EVENT_CASH_REFUNDED): PARTIAL,
    (REFUNDED, EventKind.EVENT_CASH_REFUNDED): REFUNDED,
    (OPEN, EventKind.EVENT_RISK_ANSWERED): OPEN,
    **{(state, EventKind.EVENT_RISK_JUDGED): state for state in LIVED},
    **{(state, EventKind.EVENT_CASH_TO_RETURN): state for state in LIVED},
    **{(state, EventKind.EVENT_CASH_RETURNED): state for state in LIVED},
}
# The order's own time that an event sets.
TIMES = {
    EventKind.EVENT_ORDER_CREATED: "created_at_ms",
    EventKind.EVENT_ORDER_AUTHORIZED: "authorized_at_ms",
    EventKind.EVENT_ORDER_PAID: "paid_at_ms",
    EventKind.EVENT_ORDER_VOIDED: "ended_at_ms",
    EventKind.EVENT_ORDER_CLOSED: "ended_at_ms",
}
WINDOWS = {EventKind.EVENT_ORDER_PAID: "paid_window", EventKind.EVENT_ORDER_REFUNDED: "refund_window"}
_BILL = (
    "order_id", "institution_id", "party_id", "created_at_ms", "expires_at_ms", "scenario", "kind", "service", "level",
    "referral", "service_day", "treatment_region", "stay_number", "total_fen", "full_self_pay_fen", "over_limit_fen",
    "class_b_self_pay_fen", "in_scope_fen", "deductible_base_fen", "hospital_borne_fen", "cash_additions_fen",
    "cash_reductions_fen",
)  # fmt: skip
_REFUNDS = tuple(name for name in ORDER_FIELDS if name.startswith(("refunded_", "returned_")))
_REFUNDS += ("refund_count", "cash_refund_count", "cash_pieces_fen", "refund_window")
_PRICES = (
    *SPLIT_FIELDS, "policy_id", "quote_digest", "benefit_year_day", "use_account", "family_person_id",
    "family_prior_fen", "family_year_day",
)  # fmt: skip


class Step(NamedTuple):
    """An event of one order, with the order as it left it."""

    seq: int
    batch: int
    at_ms: int
    kind: int
    row: Row
    order: Order


# Columns that a Step is read from, after the order's id.
STEP_COLUMNS = "order_id, seq, batch, at_ms, kind, person_id, channel_id, institution_id, window, facts"


def steps_of(rows: list[Row], where: str, report: Report) -> list[Step]:
    """The readable events of an order."""
    steps = []
    for row in rows:
        try:
            steps.append(Step(row[1], row[2], row[3], row[4], row, Order.unpack(row[9])))
        except ValueError as error:
            report.wrong(where, f"event {row[1]} cannot be read: {error}")
    return steps


def check_life(order: Order, steps: list[Step], where: str, report: Report) -> None:
    """Every step is legal and changes only what it may; the last one is the order as it stands."""
    if not steps:
        report.wrong(where, "the journal has no event of it")
        return
    state, before = 0, None
    for step in steps:
        _check_columns(step, where, report)
        kind = _name(EventKind, step.kind)
        after = STEPS.get((state, step.kind))
        if after is None:
            report.wrong(where, f"event {step.seq} ({kind}) cannot follow {_name(OrderState, state)}")
        elif step.order.state != after and (after, step.order.state) != (PARTIAL, REFUNDED):
            report.wrong(where, f"event {step.seq} ({kind}) leaves {_name(OrderState, step.order.state)}")
        if before is not None:
            _check_unchanged(before, step, where, report)
        state, before = step.order.state, step.order
    last = steps[-1]
    if order.row() != last.order.row():
        names = [name for name in ORDER_FIELDS if getattr(order, name) != getattr(last.order, name)]
        report.wrong(where, f"the row differs from its last event {last.seq} in {', '.join(names)}")


def _check_columns(step: Step, where: str, report: Report) -> None:
    order = step.order
    event = f"event {step.seq}"
    columns = (order.order_id, order.person_id, order.channel_id, order.institution_id)
    report.same(where, f"{event}: whose it is", (step.row[0], *step.row[5:8]), columns, "its facts say")
    report.same(where, f"{event}: version", order.version, step.batch, "its batch is")
    if step.kind in TIMES:
        name = TIMES[EventKind(step.kind)]
        report.same(where, f"{event}: {name}", getattr(order, name), step.at_ms, "the journal says")
    if step.kind == EventKind.EVENT_ORDER_REFUNDED:
        ended_at_ms = step.at_ms if order.state == REFUNDED else 0
        report.same(where, f"{event}: ended_at_ms", order.ended_at_ms, ended_at_ms, "the journal says")
    window = getattr(order, WINDOWS[EventKind(step.kind)]) if step.kind in WINDOWS else 0
    if step.kind == EventKind.EVENT_RISK_JUDGED and step.row[8]:  # it released what was held
        window = order.paid_window
    report.same(where, f"{event}: window", step.row[8], window, "its facts say")


def _check_unchanged(before: Order, step: Step, where: str, report: Report) -> None:
    after, fixed = step.order, list(_BILL)
    if before.person_id:
        fixed += ("person_id", "insured_region")
    if step.kind == EventKind.EVENT_ORDER_PAID and before.state == VOIDED:
        fixed.append("quote_digest")
    elif before.state != OPEN or step.kind not in (EventKind.EVENT_ORDER_AUTHORIZED, EventKind.EVENT_ORDER_PAID):
        fixed += _PRICES
    if before.paid_window:
        fixed += ("paid_window", "paid_at_ms", "cash_collected_fen")
    elif before.paid_at_ms and before.state == PAID:
        may = (EventKind.EVENT_RISK_JUDGED, EventKind.EVENT_ORDER_REFUNDED)
        released = after.paid_window and (before.risk_held == 0 or step.kind not in may)
        report.must(not released, where, f"event {step.seq} clears a payment that no case has released")
    if step.kind != EventKind.EVENT_ORDER_REFUNDED:
        fixed += _REFUNDS
    if step.kind not in (EventKind.EVENT_ORDER_REFUNDED, EventKind.EVENT_CASH_REFUNDED):
        fixed += ("refund_id", "refund_cash_pending_fen")
    changed = [name for name in fixed if getattr(after, name) != getattr(before, name)]
    report.must(not changed, where, f"event {step.seq} changes {', '.join(changed)}, which stand")


def _name(words: type[EventKind] | type[OrderState], number: int) -> str:
    try:
        return words(number).name if number else "nothing"
    except ValueError:
        return f"the unknown {number}"
