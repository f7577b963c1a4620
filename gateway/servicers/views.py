"""Orders and refunds as their parties may see them.

Three rules of the contract live here and nowhere else: a channel never sees a line or an institution's own numbers,
an institution never sees a person's accumulators or binding, and an answer shows the event it answers, live and
replayed alike.
"""

from core.order import Order
from core.words import OrderState
from gateway.directory import Directory
from gateway.engine.work import Outcome, ReceiptRow, RefundRow
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import enums_pb2, error_reason_pb2, payment_service_pb2, types_pb2
from gateway.servicers.base import Caller
from gateway.servicers.fields import day_text
from gateway.works.orders import OrderExtra

_SPLIT_KNOWN = {
    OrderState.ORDER_AUTHORIZED,
    OrderState.ORDER_PAID,
    OrderState.ORDER_PARTIALLY_REFUNDED,
    OrderState.ORDER_REFUNDED,
    OrderState.ORDER_VOIDED,
}
_HOSPITAL_LEG: dict[int, int] = {
    OrderState.ORDER_AUTHORIZED: enums_pb2.LEG_STATE_HELD,
    OrderState.ORDER_PAID: enums_pb2.LEG_STATE_POSTED,
    OrderState.ORDER_REFUNDED: enums_pb2.LEG_STATE_REFUNDED,
    OrderState.ORDER_VOIDED: enums_pb2.LEG_STATE_VOIDED,
}
_ENDED = {OrderState.ORDER_VOIDED, OrderState.ORDER_CLOSED}
_GROUP: dict[int, int] = {
    enums_pb2.SERVICE_OUTPATIENT: enums_pb2.SERVICE_OUTPATIENT,
    enums_pb2.SERVICE_PHARMACY: enums_pb2.SERVICE_OUTPATIENT,
    enums_pb2.SERVICE_INPATIENT: enums_pb2.SERVICE_INPATIENT,
    enums_pb2.SERVICE_CHRONIC: enums_pb2.SERVICE_CHRONIC,
}
_FUNDS = (
    (enums_pb2.TENDER_KIND_POOLED, "pooled_fen"),
    (enums_pb2.TENDER_KIND_MAJOR, "major_fen"),
    (enums_pb2.TENDER_KIND_CIVIL_SERVANT, "civil_servant_fen"),
    (enums_pb2.TENDER_KIND_ASSISTANCE, "assistance_fen"),
    (enums_pb2.TENDER_KIND_OTHER_FUND, "other_fund_fen"),
)
_ACCOUNTS = (
    (enums_pb2.TENDER_KIND_ACCOUNT_CURRENT, "account_current_fen"),
    (enums_pb2.TENDER_KIND_ACCOUNT_PRIOR, "account_prior_fen"),
    (enums_pb2.TENDER_KIND_FAMILY_ACCOUNT, "family_account_fen"),
)


def order_message(outcome: Outcome, caller: Caller, directory: Directory) -> types_pb2.Order:
    """The order of an outcome, as the caller may see it."""
    order = Order.unpack(outcome.facts)
    assert outcome.texts is not None and isinstance(outcome.extra, OrderExtra)
    texts, extra = outcome.texts, outcome.extra
    bill = payment_service_pb2.CreateOrderRequest.FromString(texts.details)
    institution = directory.institution(order.institution_id)
    known = order.state in _SPLIT_KNOWN and order.authorized_at_ms > 0
    own_channel = caller.is_channel and order.channel_id == caller.party_key
    message = types_pb2.Order(
        order_id=id_text("o", order.order_id),
        institution_id=directory.institution_id(order.institution_id),
        institution_name=institution.name if institution else "",
        institution_order_no=texts.institution_order_no,
        channel_id=directory.party_id(order.channel_id),
        channel_order_no=(texts.channel_order_no or "") if order.authorized_at_ms else "",
        binding_id=id_text("b", order.binding_id) if own_channel else "",
        state=order.state,
        kind=order.kind,
        scenario=order.scenario,
        service=order.service,
        referral=order.referral,
        service_date=day_text(order.service_day),
        stay_number=order.stays_before + 1 if order.stay_counted and not order.stay_number else order.stay_number,
        title=bill.title,
        credential_kind=bill.credential_kind,
        insured_region_code=f"{order.insured_region:06d}" if order.insured_region else "",
        treatment_region_code=f"{order.treatment_region:06d}",
        scheme=order.scheme,
        natures=natures_message(order),
        cash=_cash_block(order, bill, known=known),
        receipts=[_receipt(row) for row in extra.receipts],
        refunds=_refund_summary(order, extra.refund),
        policy_version=extra.policy_version if known else "",
        policy_document=extra.policy_document if known else "",
        created_at_ms=order.created_at_ms,
        expires_at_ms=order.expires_at_ms,
        claimed_at_ms=order.claimed_at_ms,
        authorized_at_ms=order.authorized_at_ms,
        paid_at_ms=order.paid_at_ms,
        ended_at_ms=order.ended_at_ms,
        cancel_reason=texts.cancel_reason if order.state in _ENDED else "",
    )
    if known:
        message.split.CopyFrom(split_message(order))
        message.legs.extend(_legs(order, extra.refund))
        if own_channel or caller.role == enums_pb2.ROLE_BUREAU:
            message.accumulators_before.CopyFrom(_accumulators(order, after=False))
            message.accumulators_after.CopyFrom(_accumulators(order, after=True))
    elif order.cash_to_return_fen or order.cash_returned_fen:
        message.legs.append(_stray_cash_leg(order))
    if order.paid_at_ms:
        message.settlement.CopyFrom(_settlement(order, bill.references))
    return message


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


def natures_message(order: Order) -> types_pb2.Natures:
    """The bill by nature."""
    return types_pb2.Natures(
        total_fen=order.total_fen,
        full_self_pay_fen=order.full_self_pay_fen,
        over_limit_fen=order.over_limit_fen,
        class_b_self_pay_fen=order.class_b_self_pay_fen,
        in_scope_fen=order.in_scope_fen,
    )


def split_message(order: Order) -> types_pb2.Split:
    """The bill by payer."""
    return types_pb2.Split(
        total_fen=order.total_fen,
        pooled_fen=order.pooled_fen,
        major_fen=order.major_fen,
        civil_servant_fen=order.civil_servant_fen,
        assistance_fen=order.assistance_fen,
        other_fund_fen=order.other_fund_fen,
        hospital_fen=order.hospital_fen,
        account_fen=order.account_fen,
        account_current_fen=order.account_current_fen,
        account_prior_fen=order.account_prior_fen,
        family_account_fen=order.family_account_fen,
        commercial_fen=order.commercial_fen,
        cash_fen=order.cash_fen,
        deductible_fen=order.deductible_fen,
    )


def payer_amounts(order: Order, sign: int = 1) -> types_pb2.PayerAmounts:
    """The bill by payer as a movement; with sign -1 as the movement back."""
    amounts = types_pb2.PayerAmounts()
    for field in amounts.DESCRIPTOR.fields:
        setattr(amounts, field.name, sign * getattr(order, field.name))
    return amounts


def refund_message(order: Order, extra: OrderExtra, directory: Directory) -> payment_service_pb2.Refund | None:
    """The refund of an order as it stood at the answered event; None without one."""
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
        amounts=payer_amounts(order),
        cash_to_return_fen=row.cash_to_return_fen,
        reason=row.reason,
        created_at_ms=row.refunded_at_ms,
        channel_refund_no=row.channel_refund_no,
        cash_refunded_at_ms=row.cash_refunded_at_ms,
        completed_at_ms=row.completed_at_ms,
    )


def receipt_message(extra: OrderExtra, receipt_no: str) -> types_pb2.CashReceiptStatus | None:
    """One receipt of an order."""
    return next((_receipt(row) for row in extra.receipts if row.receipt_no == receipt_no), None)


def _cash_block(order: Order, bill: payment_service_pb2.CreateOrderRequest, *, known: bool) -> types_pb2.CashBlock:
    return types_pb2.CashBlock(
        cash_due_fen=order.cash_fen if known else 0,
        additions=bill.cash_additions,
        reductions=bill.cash_reductions,
        cash_to_collect_fen=order.cash_to_collect_fen if known else 0,
    )


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


def _refund_summary(order: Order, refund: RefundRow | None) -> types_pb2.RefundSummary:
    if refund is None:
        return types_pb2.RefundSummary()
    return types_pb2.RefundSummary(
        refund_count=1,
        insurance_refunded_fen=order.total_fen - order.cash_fen,
        cash_refunded_fen=order.cash_collected_fen,
        cash_pending_fen=order.cash_collected_fen if refund.state == enums_pb2.REFUND_STATE_CASH_PENDING else 0,
    )


def _legs(order: Order, refund: RefundRow | None) -> list[types_pb2.Leg]:
    cash_back = refund is not None and refund.state == enums_pb2.REFUND_STATE_COMPLETED
    refunded = order.state == OrderState.ORDER_REFUNDED
    legs = []
    for state, tenders in ((order.fund_leg, _FUNDS), (order.account_leg, _ACCOUNTS)):
        for kind, field in tenders:
            amount_fen = getattr(order, field)
            if amount_fen:
                legs.append(
                    types_pb2.Leg(
                        kind=kind, amount_fen=amount_fen, refunded_fen=amount_fen if refunded else 0, state=state
                    )
                )
    if order.hospital_fen:
        legs.append(
            types_pb2.Leg(
                kind=enums_pb2.TENDER_KIND_HOSPITAL,
                amount_fen=order.hospital_fen,
                refunded_fen=order.hospital_fen if refunded else 0,
                state=_HOSPITAL_LEG[order.state],
            )
        )
    if order.cash_to_collect_fen or order.cash_to_return_fen or order.cash_returned_fen:
        legs.append(
            types_pb2.Leg(
                kind=enums_pb2.TENDER_KIND_CASH,
                amount_fen=order.cash_to_collect_fen,
                refunded_fen=order.cash_collected_fen if cash_back else 0,
                state=order.cash_leg,
            )
        )
    return sorted(legs, key=lambda leg: leg.kind)


def _stray_cash_leg(order: Order) -> types_pb2.Leg:
    """Cash that was taken for an order which never was authorized."""
    return types_pb2.Leg(
        kind=enums_pb2.TENDER_KIND_CASH,
        amount_fen=order.cash_to_return_fen + order.cash_returned_fen,
        refunded_fen=order.cash_returned_fen,
        state=order.cash_leg,
    )


def _accumulators(order: Order, *, after: bool) -> types_pb2.Accumulators:
    sign = 1 if after else 0
    return types_pb2.Accumulators(
        service=_GROUP[order.service],
        deductible_used_fen=order.deductible_used_before_fen + sign * order.deductible_fen,
        in_scope_fen=order.in_scope_before_fen + sign * order.used_in_scope_fen,
        pooled_paid_fen=order.pooled_paid_before_fen + sign * order.pooled_fen,
        major_in_scope_fen=order.major_in_scope_before_fen + sign * order.major_counted_fen,
        major_paid_fen=order.major_paid_before_fen + sign * order.major_fen,
    )


def _settlement(order: Order, references: types_pb2.InstitutionReferences) -> types_pb2.SettlementRecord:
    record = types_pb2.SettlementRecord(settlement_id=id_text("s", order.order_id), settled_at_ms=order.paid_at_ms)
    for field in ("hospital_settlement_id", "clearing_type", "clearing_way", "clearing_agency"):
        if getattr(references, field):
            setattr(record, field, getattr(references, field))
    return record
