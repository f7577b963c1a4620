"""Orders and refunds as their parties may see them.

Three rules of the contract live here and nowhere else: a channel never sees a line or an institution's own numbers,
an institution never sees a person's accumulators or binding, and an answer shows the event it answers, live and
replayed alike.
"""

from typing import cast

from core.order import Order
from core.wire.answers import order_numbers
from core.words import OrderState
from gateway.directory import Directory
from gateway.engine.work import Outcome, ReceiptRow
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import enums_pb2, error_reason_pb2, payment_service_pb2, types_pb2
from gateway.servicers.base import Caller
from gateway.servicers.fields import day_text
from gateway.works.orders import OrderExtra

_PAYERS = tuple(field.name for field in types_pb2.PayerAmounts.DESCRIPTOR.fields)
_PROOFS = (enums_pb2.PROOF_KIND_CODE, enums_pb2.PROOF_KIND_FACE, enums_pb2.PROOF_KIND_PASSWORD)
_ENDED = {OrderState.ORDER_VOIDED, OrderState.ORDER_CLOSED}


def order_message(outcome: Outcome, caller: Caller, directory: Directory) -> types_pb2.Order:
    """The order of an outcome, as the caller may see it."""
    order = Order.unpack(outcome.facts)
    assert outcome.texts is not None and isinstance(outcome.extra, OrderExtra)
    texts, extra = outcome.texts, outcome.extra
    own_channel = caller.is_channel and order.channel_id == caller.party_key
    message = types_pb2.Order.FromString(
        order_numbers(outcome.facts, accumulators=own_channel or caller.role == enums_pb2.ROLE_BUREAU)
    )
    message.order_id = id_text("o", order.order_id)
    message.institution_id = directory.institution_id(order.institution_id)
    institution = directory.institution(order.institution_id)
    message.institution_name = institution.name if institution else ""
    message.institution_order_no = texts.institution_order_no
    message.channel_id = directory.party_id(order.channel_id)
    if order.authorized_at_ms and texts.channel_order_no:
        message.channel_order_no = texts.channel_order_no
    if own_channel:
        message.binding_id = id_text("b", order.binding_id)
    message.service_date = day_text(order.service_day)
    if order.insured_region:
        message.insured_region_code = f"{order.insured_region:06d}"
    message.treatment_region_code = f"{order.treatment_region:06d}"
    if message.HasField("split"):
        message.policy_version, message.policy_document = extra.policy_version, extra.policy_document
    if order.state in _ENDED:
        message.cancel_reason = texts.cancel_reason
    message.receipts.extend(map(_receipt, extra.receipts))
    _set_refunds(message.refunds, order)
    _set_bill(message, order, texts.details)
    if order.risk_decision >= enums_pb2.RISK_DECISION_STEP_UP:
        _set_risk(message.risk, order)
    return message


def _set_risk(message: types_pb2.RiskAnswer, order: Order) -> None:
    """What is waited for, or that nothing will come: why, only the bureau may know."""
    message.assessment_id = id_text("a", order.risk_assessment_id)
    message.decision = cast("enums_pb2.RiskDecision", order.risk_decision)
    message.proofs.extend(kind for kind in _PROOFS if order.risk_proofs >> kind - 1 & 1)
    message.assessed_at_ms = order.risk_assessed_at_ms


def _set_bill(message: types_pb2.Order, order: Order, details: bytes) -> None:
    """What the institution said of the bill, beside its lines."""
    bill = payment_service_pb2.CreateOrderRequest.FromString(details)
    message.title, message.credential_kind = bill.title, bill.credential_kind
    message.cash.additions.extend(bill.cash_additions)
    message.cash.reductions.extend(bill.cash_reductions)
    if order.paid_at_ms:
        message.settlement.settlement_id, message.settlement.settled_at_ms = (
            id_text("s", order.order_id),
            order.paid_at_ms,
        )
        if bill.HasField("references"):
            for field in ("hospital_settlement_id", "clearing_type", "clearing_way", "clearing_agency"):
                if value := getattr(bill.references, field):
                    setattr(message.settlement, field, value)


def detail_message(outcome: Outcome, caller: Caller, order_code: str) -> types_pb2.InstitutionDetail | None:
    """The clinical part of an order for the institution that made it and for the bureau; None for anybody else."""
    order = Order.unpack(outcome.facts)
    own = caller.role == enums_pb2.ROLE_INSTITUTION and order.party_id == caller.party_key
    if not own and caller.role != enums_pb2.ROLE_BUREAU:
        return None
    assert outcome.texts is not None and isinstance(outcome.extra, OrderExtra)
    bill = payment_service_pb2.CreateOrderRequest.FromString(outcome.texts.details)
    detail = types_pb2.InstitutionDetail.FromString(outcome.extra.lines)
    detail.order_code = order_code
    detail.references.CopyFrom(bill.references)
    detail.operator, detail.terminal, detail.geo_location = bill.operator, bill.terminal, bill.geo_location
    detail.attach, detail.passthrough_request_content = bill.attach, bill.passthrough_request_content
    return detail


def refund_message(extra: OrderExtra, directory: Directory) -> payment_service_pb2.Refund | None:
    """The refund that an answer is about, as it stood at the answered event; None without one."""
    row = extra.refund
    if row is None:
        return None
    return payment_service_pb2.Refund(
        refund_id=id_text("r", row.refund_id),
        order_id=id_text("o", row.order_id),
        institution_id=directory.institution_id(row.institution_key),
        refund_no=row.refund_no,
        kind=row.kind,
        state=row.state,
        amounts=types_pb2.PayerAmounts(**{name: getattr(row, name) for name in _PAYERS}),
        cash_to_return_fen=row.cash_to_return_fen,
        reason=row.reason,
        created_at_ms=row.refunded_at_ms,
        channel_refund_no=row.channel_refund_no,
        cash_refunded_at_ms=row.cash_refunded_at_ms,
        completed_at_ms=row.completed_at_ms,
    )


def returned_lines(outcome: Outcome, caller: Caller) -> list[payment_service_pb2.ReturnedLine]:
    """The lines that a refund took back, for the institution that made the order and the bureau; none for others."""
    order, extra = Order.unpack(outcome.facts), outcome.extra
    assert isinstance(extra, OrderExtra)
    own = caller.role == enums_pb2.ROLE_INSTITUTION and order.party_id == caller.party_key
    if extra.refund is None or not (own or caller.role == enums_pb2.ROLE_BUREAU):
        return []
    return list(payment_service_pb2.GetRefundResponse.FromString(extra.refund.returned_lines).returned_lines)


def receipt_message(extra: OrderExtra, receipt_no: str) -> types_pb2.CashReceiptStatus | None:
    """One receipt of an order."""
    return next((_receipt(row) for row in extra.receipts if row.receipt_no == receipt_no), None)


def _receipt(row: ReceiptRow) -> types_pb2.CashReceiptStatus:
    return types_pb2.CashReceiptStatus(
        receipt=types_pb2.CashReceipt(
            receipt_no=row.receipt_no,
            amount_fen=row.amount_fen,
            paid_at_ms=row.paid_at_ms,
            channel_transaction_no=row.channel_transaction_no,
        ),
        state=row.state,
        refusal=error_reason_pb2.ErrorReason.Name(row.refusal),
        channel_refund_no=row.channel_refund_no,
        returned_at_ms=row.returned_at_ms,
    )


def _set_refunds(summary: types_pb2.RefundSummary, order: Order) -> None:
    summary.SetInParent()
    summary.refund_count = order.refund_count
    back_fen = sum(getattr(order, f"refunded_{name}") for name in _PAYERS if name != "total_fen")
    summary.insurance_refunded_fen = back_fen - order.refunded_cash_fen
    summary.cash_refunded_fen = order.refunded_collected_fen
    summary.cash_pending_fen = order.refund_cash_pending_fen
