"""Refunds computed again: what each gave back is the difference between what stood before it and what stands since."""

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.order import Order
from core.refunds import CASH_REFUND_DAYS, CASH_REFUNDS_MAX, standing_split
from core.split import SplitResult
from core.words import KIND_CASH_ONLY, EventKind, LegState, OrderState, RefundKind
from gateway.catalogue.returned import Kept, ReturnedLine, kept_bill
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2, types_pb2
from gateway.stores.base import RefundRow
from gateway.stores.schema import PAYER_COLUMNS, REFUNDED_COLUMNS
from gateway.verify.life import Step
from gateway.verify.report import Report
from gateway.verify.rules.policies import Policies

_NOTHING = SplitResult(*[0] * len(SplitResult._fields))
_DAY_MS = 86_400_000
_USED = ("refunded_deductible_fen", "refunded_used_in_scope_fen", "refunded_major_counted_fen", "refunded_stay")
_COMPLETED = enums_pb2.REFUND_STATE_COMPLETED


class Told(NamedTuple):
    """A refund's row beside the order as it was before it and after it."""

    row: RefundRow
    before: Order
    step: Step
    lines: list[ReturnedLine]  # what it and the refunds before it took back


def check_refunds(
    order: Order,
    rows: list[RefundRow],
    steps: list[Step],
    lines: bytes | None,
    where: str,
    report: Report,
    policies: Policies,
) -> None:
    """Every refund of an order beside its event, and what they come to."""
    _check_sums(order, rows, where, report)
    events = [
        (before.order, step)
        for before, step in itertools.pairwise(steps)
        if step.kind == EventKind.EVENT_ORDER_REFUNDED
    ]
    by_id = {row.refund_id: row for row in rows}
    ids = sorted(step.order.refund_id for _, step in events)
    report.same(where, "refunds", sorted(by_id), ids, "the journal has")
    returned: list[ReturnedLine] = []
    for before, step in events:
        row = by_id.get(step.order.refund_id)
        if row is None:
            continue
        try:
            returned += payment_service_pb2.GetRefundResponse.FromString(row.returned_lines).returned_lines
        except Exception as error:  # damaged bytes fail in the protobuf runtime's own ways
            report.wrong(where, f"lines of a refund cannot be read ({type(error).__name__})")
            return
        told = Told(row, before, step, list(returned))
        _check_row(told, report)
        _check_amounts(told, lines, report, policies)


def _check_sums(order: Order, rows: list[RefundRow], where: str, report: Report) -> None:
    """No payer gives back more than it paid, and the refunds add up to what the order says."""
    for name, refunded in zip(PAYER_COLUMNS[1:], REFUNDED_COLUMNS, strict=True):
        back_fen = getattr(order, refunded)
        report.must(0 <= back_fen <= getattr(order, name), where, f"{refunded} is not 0 to what it paid")
        report.same(where, refunded, back_fen, sum(getattr(row, name) for row in rows), "its refunds add up to")
    cash_fen = sum(row.cash_to_return_fen for row in rows)
    report.same(where, "refunded_collected_fen", order.refunded_collected_fen, cash_fen, "its refunds add up to")
    report.must(cash_fen <= order.cash_collected_fen, where, "more cash goes back than was collected")
    pending_fen = sum(row.cash_to_return_fen for row in rows if row.state != _COMPLETED)
    report.same(where, "refund_cash_pending_fen", order.refund_cash_pending_fen, pending_fen, "its refunds wait for")
    report.same(where, "refund_count", order.refund_count, len(rows), "its refunds are")
    of_cash = sum(row.cash_to_return_fen > 0 for row in rows)
    report.same(where, "cash_refund_count", order.cash_refund_count, of_cash, "its refunds of cash are")
    report.must(of_cash <= CASH_REFUNDS_MAX, where, f"{of_cash} refunds give cash back")


def _check_row(told: Told, report: Report) -> None:
    """A refund's own row is what its event says, and its cash is back when it says so."""
    row, after = told.row, told.step.order
    where = f"refund {id_text('r', row.refund_id)}"
    report.same(where, "institution", row.institution_key, after.institution_id, "the order's is")
    report.same(where, "refunded_at_ms", row.refunded_at_ms, told.step.at_ms, "the journal says")
    report.same(where, "refund_window", row.refund_window, after.refund_window, "the order said")
    for name, refunded in zip(PAYER_COLUMNS[1:], REFUNDED_COLUMNS, strict=True):
        moved_fen = getattr(after, refunded) - getattr(told.before, refunded)
        report.same(where, name, getattr(row, name), moved_fen, "the order gave back")
        report.must(moved_fen >= 0, where, f"{name} rises by a refund")
    cash_fen = after.refunded_collected_fen - told.before.refunded_collected_fen
    report.same(where, "cash_to_return_fen", row.cash_to_return_fen, cash_fen, "the order gave back")
    moved = row.total_fen + cash_fen + any(getattr(after, name) != getattr(told.before, name) for name in _USED)
    report.must(moved > 0, where, "gives nothing back")
    late = cash_fen > 0 and row.refunded_at_ms > after.paid_at_ms + CASH_REFUND_DAYS * _DAY_MS
    report.must(not late, where, "gives cash back too late")
    known = row.state in (enums_pb2.REFUND_STATE_CASH_PENDING, _COMPLETED)
    report.must(known, where, f"state {row.state} is none")
    completed = row.state == _COMPLETED
    report.must(completed == (row.completed_batch > 0), where, "completion and state do not fit")
    report.must(completed or row.cash_to_return_fen > 0, where, "waits for cash, and there is none to return")


def _check_amounts(told: Told, lines: bytes | None, report: Report, policies: Policies) -> None:
    """What stands since a refund is what its kind leaves: nothing, cash alone, or the lines kept, split again."""
    row, before, after = told.row, told.before, told.step.order
    where = f"refund {id_text('r', row.refund_id)}"
    stood, stands = standing_split(before), standing_split(after)
    kept: Sequence[int] = _returned_natures(before)
    expected: SplitResult | str = stood
    pieces_fen = before.cash_pieces_fen
    if row.kind == RefundKind.REFUND_ALL:
        expected, kept = _NOTHING, [getattr(before, name) for name in Kept._fields]
    elif row.kind == RefundKind.REFUND_INSURANCE:
        expected = _NOTHING._replace(cash_fen=stood.cash_fen)
    elif row.kind == RefundKind.REFUND_CASH:
        pieces_fen += row.cash_to_return_fen
    elif row.kind == RefundKind.REFUND_LINES and lines is not None and before.kind != KIND_CASH_ONLY:
        try:
            bill = kept_bill(types_pb2.InstitutionDetail.FromString(lines), told.lines)
        except Exception as error:  # damaged bytes fail in the protobuf runtime's or the core's own ways
            report.wrong(where, f"the lines that are kept cannot be read ({type(error).__name__})")
            return
        expected = policies.kept_again(before, bill, stood)
        kept = [getattr(before, name) - value for name, value in zip(Kept._fields, bill, strict=True)]
    else:
        report.wrong(where, f"kind {row.kind} is none of such an order")
        return
    if isinstance(expected, str):
        report.wrong(where, expected)
        return
    changed = [name for name in SplitResult._fields[1:] if getattr(stands, name) != getattr(expected, name)]
    report.must(not changed, where, f"computed again another {', '.join(changed)} stands")
    report.same(where, "the bill that is back", _returned_natures(after), list(kept), "its lines come to")
    report.same(where, "cash_pieces_fen", after.cash_pieces_fen, pieces_fen, "its refunds of cash come to")
    back_fen = pieces_fen + after.cash_fen - stands.cash_fen
    whole = row.kind == RefundKind.REFUND_ALL
    tender_fen, cash_fen = min(after.cash_fen, back_fen), min(after.cash_collected_fen, back_fen)
    report.same(where, "refunded_cash_fen", after.refunded_cash_fen, tender_fen, "lines and pieces come to")
    cash_fen = after.cash_collected_fen if whole else cash_fen
    report.same(where, "refunded_collected_fen", after.refunded_collected_fen, cash_fen, "lines and pieces come to")
    parts = (*REFUNDED_COLUMNS, *_USED[:3])
    left = any(getattr(after, name) != getattr(after, name.removeprefix("refunded_")) for name in parts)
    left = left or after.refunded_collected_fen != after.cash_collected_fen
    state = OrderState.ORDER_PARTIALLY_REFUNDED if left else OrderState.ORDER_REFUNDED
    report.same(where, "state of the order", after.state, int(state), "with what is left it must be")


def _returned_natures(order: Order) -> list[int]:
    return [getattr(order, f"returned_{name}") for name in Kept._fields]


def leg_of(paid_fen: int, refunded_fen: int) -> int:
    """Where a leg of a paid order must stand that has given so much back."""
    if not paid_fen:
        return LegState.LEG_NONE
    if not refunded_fen:
        return LegState.LEG_POSTED
    return LegState.LEG_REFUNDED if refunded_fen == paid_fen else LegState.LEG_PARTIALLY_REFUNDED


def refunded_fen(order: Order, columns: Iterable[str]) -> int:
    """What refunds gave back of some payers."""
    return sum(getattr(order, f"refunded_{name}") for name in columns)
