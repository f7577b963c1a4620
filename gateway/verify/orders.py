"""Each order by itself: sums, legs, receipts, refund, windows, split and life."""

import sqlite3
from typing import NamedTuple

from core.order import ORDER_COLUMNS, Order
from core.risk.policy import Decision
from core.words import EventKind, LegState, OrderState
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.stores.base import ReceiptRow, RefundRow
from gateway.stores.schema import PAYER_COLUMNS
from gateway.verify.life import (
    AUTHORIZED,
    CLOSED,
    LIVED,
    OPEN,
    PAID,
    PARTIAL,
    REFUNDED,
    STEP_COLUMNS,
    VOIDED,
    Step,
    check_life,
    steps_of,
)
from gateway.verify.refunds import check_refunds, leg_of, refunded_fen
from gateway.verify.report import Report
from gateway.verify.rules.catalogue import Catalogues, check_classifications
from gateway.verify.rules.policies import Policies
from gateway.verify.source import Groups, count
from gateway.verify.splits import SPLIT_FIELDS, check_natures, check_split

_NATURES = ("full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")
_FUNDS = ("pooled_fen", "major_fen", "civil_servant_fen", "assistance_fen", "other_fund_fen")
_NOT_NEGATIVE = (
    *_NATURES, "total_fen", "deductible_base_fen", "hospital_borne_fen", "cash_additions_fen", "cash_reductions_fen",
    *SPLIT_FIELDS, "cash_collected_fen", "cash_to_return_fen", "cash_returned_fen",
)  # fmt: skip
_FREE = {LegState.LEG_NONE, LegState.LEG_CASH_TO_RETURN, LegState.LEG_REFUNDED}
_BACK = {LegState.LEG_CASH_TO_RETURN, LegState.LEG_REFUNDED}
_ACCOUNTS = ("account_current_fen", "account_prior_fen", "family_account_fen")


class Legs(NamedTuple):
    """What the legs of an order may be in a state: insurance legs that carry money, and the cash leg."""

    insurance: int  # of one that gave nothing back; what did says its amounts
    cash: set[LegState]  # where cash was collected, or is asked for
    no_cash: set[LegState]  # where none was; cash that could not be applied may still pass through


LEGS = {
    OPEN: Legs(LegState.LEG_NONE, _FREE, _FREE),
    AUTHORIZED: Legs(LegState.LEG_HELD, {LegState.LEG_REQUESTED}, {LegState.LEG_REQUESTED}),
    PAID: Legs(LegState.LEG_POSTED, {LegState.LEG_POSTED}, _FREE),
    PARTIAL: Legs(LegState.LEG_POSTED, _BACK | {LegState.LEG_POSTED, LegState.LEG_PARTIALLY_REFUNDED}, _FREE),
    REFUNDED: Legs(LegState.LEG_REFUNDED, _BACK, _FREE),
    VOIDED: Legs(
        LegState.LEG_VOIDED,
        set(),
        {LegState.LEG_VOIDED, LegState.LEG_CASH_TO_RETURN, LegState.LEG_REFUNDED},
    ),
    CLOSED: Legs(LegState.LEG_NONE, _FREE, _FREE),
}  # fmt: skip


def check_orders(db: sqlite3.Connection, report: Report, policies: Policies, catalogues: Catalogues) -> None:
    """Every order of the store, beside its lines, events, receipts and refund."""
    report.stage("orders", count(db, "orders"))
    orders = db.execute(
        f"SELECT {', '.join(f'o.{name}' for name in ORDER_COLUMNS)}, o.facts, l.lines"
        " FROM orders o LEFT JOIN order_lines l ON l.order_id = o.order_id ORDER BY o.order_id"
    )

    def groups(what: str, query: str) -> Groups:
        return Groups(
            db.execute(query),
            lambda order_id: report.wrong(f"order {id_text('o', order_id)}", f"has {what} but is not there"),
        )

    events = groups("events", f"SELECT {STEP_COLUMNS} FROM events WHERE order_id != 0 ORDER BY order_id, seq")
    receipts = groups("receipts", "SELECT order_id, * FROM receipts ORDER BY order_id, batch")
    refunds = groups("refunds", "SELECT order_id, * FROM refunds ORDER BY order_id, refund_id")
    for row in orders:
        *columns, facts, lines = row
        where = f"order {id_text('o', columns[0])}"
        try:
            order = Order.unpack(facts)
        except ValueError as error:
            report.wrong(where, f"its row cannot be read: {error}")
            continue
        told = [name for name, value in zip(ORDER_COLUMNS, columns, strict=True) if getattr(order, name) != value]
        report.must(not told, where, f"its columns differ from its facts in {', '.join(told)}")
        steps = steps_of(events.of(columns[0]), where, report)
        receipt_rows = [ReceiptRow(*receipt[1:]) for receipt in receipts.of(columns[0])]
        refund_rows = [RefundRow(*refund[1:]) for refund in refunds.of(columns[0])]
        if order.state not in LIVED:
            report.wrong(where, f"state {order.state} is none that this gateway puts an order in")
        else:
            _check_sums(order, where, report)
            _check_legs(order, where, report)
            _check_prices(order, where, report, policies)
            _check_receipts(order, receipt_rows, refund_rows, where, report)
            check_refunds(order, refund_rows, steps, lines, where, report, policies)
            _check_receipts_journalled(receipt_rows, steps, where, report)
        check_natures(order, lines, where, report)
        created_batch = steps[0].batch if steps else 0
        check_classifications(order, lines, created_batch, where, report, catalogues)
        check_life(order, steps, where, report)
        policies.check_version(order, steps, where, report)
        report.step()
    for group in (events, receipts, refunds):
        group.finish()
    _check_bindings(db, report)


def _check_sums(order: Order, where: str, report: Report) -> None:
    for name in _NOT_NEGATIVE:
        report.must(getattr(order, name) >= 0, where, f"{name} is below 0")
    natures_fen = sum(getattr(order, name) for name in _NATURES)
    report.same(where, "total_fen", order.total_fen, natures_fen, "its natures add up to")
    funds_fen = sum(getattr(order, name) for name in _FUNDS)
    report.must(funds_fen <= order.in_scope_fen, where, f"the funds pay {funds_fen}, in scope are {order.in_scope_fen}")
    if order.state in (AUTHORIZED, PAID, PARTIAL, REFUNDED, VOIDED):
        payers_fen = sum(getattr(order, name) for name in PAYER_COLUMNS[1:])
        report.same(where, "total_fen", order.total_fen, payers_fen, "its payers add up to")


def _check_legs(order: Order, where: str, report: Report) -> None:
    legs = LEGS[OrderState(order.state)]
    state = OrderState(order.state).name
    for name, columns in (("fund", _FUNDS), ("account", _ACCOUNTS)):
        leg, amount_fen = getattr(order, f"{name}_leg"), sum(getattr(order, column) for column in columns)
        expected = legs.insurance if amount_fen else LegState.LEG_NONE
        if order.state in (PARTIAL, REFUNDED):
            expected = leg_of(amount_fen, refunded_fen(order, columns))
        report.same(where, f"the {name} leg in {state}", leg, int(expected), "with its amount it must be")
    allowed = legs.cash if order.cash_collected_fen else legs.no_cash
    report.must(order.cash_leg in allowed, where, f"the cash leg is {order.cash_leg} in {state}")
    if order.state == PARTIAL and order.cash_collected_fen and order.cash_leg != LegState.LEG_CASH_TO_RETURN:
        expected = leg_of(order.cash_collected_fen, order.refunded_collected_fen)
        report.same(where, "the cash leg", order.cash_leg, int(expected), "with its amount it must be")
    if order.cash_leg not in (LegState.LEG_POSTED, LegState.LEG_REQUESTED):
        to_return = order.cash_leg == LegState.LEG_CASH_TO_RETURN
        report.must(
            to_return == (order.cash_to_return_fen > 0), where, "the cash leg and cash_to_return_fen do not fit"
        )


def _check_prices(order: Order, where: str, report: Report, policies: Policies) -> None:
    """A priced order is priced right; another one has no prices."""
    if order.state in (OPEN, CLOSED):
        priced = [name for name in SPLIT_FIELDS if getattr(order, name)]
        report.must(not priced, where, f"nobody has paid it, and it has {', '.join(priced)}")
    else:
        check_split(order, where, report, policies.split_again)
    posted = order.state in (PAID, PARTIAL, REFUNDED)
    collected_fen = order.cash_to_collect_fen if posted else 0
    report.same(where, "cash_collected_fen", order.cash_collected_fen, collected_fen, "it must be")
    cleared = posted and not order.risk_held
    report.must((order.paid_window > 0) == cleared, where, "paid_window and state do not fit")
    report.must(
        not order.risk_held or order.risk_decision == Decision.DECISION_HOLD_SETTLEMENT,
        where,
        "is held, and no assessment says so",
    )
    refunded = order.state in (PARTIAL, REFUNDED)
    report.must((order.refund_window > 0) == refunded, where, "refund_window and state do not fit")
    report.must((order.refund_count > 0) == refunded, where, "refunds and state do not fit")
    if order.state in (AUTHORIZED, PAID, PARTIAL, REFUNDED):
        report.must(order.person_id != 0 and order.channel_id != 0, where, "is paid by nobody")


def _check_receipts(
    order: Order, receipts: list[ReceiptRow], refunds: list[RefundRow], where: str, report: Report
) -> None:
    applied_fen = sum(row.amount_fen for row in receipts if not row.refusal)
    to_return_fen = sum(row.amount_fen for row in receipts if row.state == enums_pb2.RECEIPT_STATE_TO_RETURN)
    to_return_fen += sum(row.cash_to_return_fen for row in refunds if row.state == enums_pb2.REFUND_STATE_CASH_PENDING)
    returned_fen = sum(row.amount_fen for row in receipts if row.returned_batch and row.refusal)
    returned_fen += sum(row.cash_to_return_fen for row in refunds if row.state == enums_pb2.REFUND_STATE_COMPLETED)
    all_back = 0 < order.cash_collected_fen == order.refunded_collected_fen - order.refund_cash_pending_fen
    report.same(where, "cash_collected_fen", order.cash_collected_fen, applied_fen, "its receipts add up to")
    report.same(where, "cash_to_return_fen", order.cash_to_return_fen, to_return_fen, "receipts and refund add up to")
    report.same(
        where, "cash_returned_fen", order.cash_returned_fen, returned_fen, "returned receipts and refunds add up to"
    )
    for row in receipts:
        unreturned = enums_pb2.RECEIPT_STATE_TO_RETURN if row.refusal else enums_pb2.RECEIPT_STATE_APPLIED
        report.must(
            row.state in (unreturned, enums_pb2.RECEIPT_STATE_RETURNED),
            where,
            "a receipt's state and refusal do not fit",
        )
        report.must(
            (row.returned_batch > 0) == (row.state == enums_pb2.RECEIPT_STATE_RETURNED),
            where,
            "a receipt's return and state do not fit",
        )
        report.must(
            bool(row.refusal) or all_back == (row.state == enums_pb2.RECEIPT_STATE_RETURNED),
            where,
            "a receipt that was applied is returned before all its cash is, or not then",
        )
        report.same(where, "a receipt's channel", row.channel_key, order.channel_id, "the order's is")


def _check_receipts_journalled(receipts: list[ReceiptRow], steps: list[Step], where: str, report: Report) -> None:
    """Each receipt came with an event of its batch that took or refused it, and each such event with a receipt."""
    taken = sorted(row.batch for row in receipts if not row.refusal)
    refused = sorted(row.batch for row in receipts if row.refusal)
    paid = [step.batch for step in steps if step.kind == EventKind.EVENT_ORDER_PAID and step.order.cash_collected_fen]
    to_return = [step.batch for step in steps if step.kind == EventKind.EVENT_CASH_TO_RETURN]
    report.same(where, "batches of applied receipts", taken, paid, "the journal has")
    report.same(where, "batches of refused receipts", refused, to_return, "the journal has")


def _check_bindings(db: sqlite3.Connection, report: Report) -> None:
    """The binding behind an order joins its channel to its person."""
    rows = db.execute(
        "SELECT o.order_id FROM orders o LEFT JOIN bindings b ON b.binding_id = o.binding_id WHERE o.binding_id != 0"
        " AND (b.binding_id IS NULL OR b.person_id != o.person_id OR b.channel_key != o.channel_id)"
    )
    for (order_id,) in rows:
        report.wrong(f"order {id_text('o', order_id)}", "its binding is not of its person and channel")
