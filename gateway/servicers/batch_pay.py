"""BatchPay: many payments in one call, in slices of one core batch each."""

from collections.abc import Callable

from core.order import Order
from core.words import EVENT_ORDER_AUTHORIZED, EVENT_ORDER_PAID
from gateway.engine.pipeline import Pipeline
from gateway.engine.work import Outcome
from gateway.errors import Refusal, facts_of, invalid
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import error_reason_pb2, payment_service_pb2
from gateway.servicers.base import Caller
from gateway.works.payments import Pay

pb = payment_service_pb2

PAYMENTS_MAX = 8192
PAYMENT_SIZE_MAX = 256
_SLICE = 1024  # between two slices whatever was queued meanwhile goes first
_PAY_STATUS: dict[int, pb.PayStatus] = {
    EVENT_ORDER_AUTHORIZED: pb.PAY_STATUS_AUTHORIZED,
    EVENT_ORDER_PAID: pb.PAY_STATUS_PAID,
}


def pay_status(outcome: Outcome) -> pb.PayStatus:
    """The outcome of a payment by the event that it made."""
    return _PAY_STATUS.get(outcome.event, pb.PAY_STATUS_CASH_TO_RETURN)


async def batch_pay(
    pipeline: Pipeline, work_of: Callable[[Caller, pb.PayRequest], Pay], caller: Caller, request: pb.BatchPayRequest
) -> pb.BatchPayResponse:
    """Pays each; `work_of` makes a payment's work or refuses it.

    Raises:
        Refusal: FIELD_INVALID for a count or size out of range; no payment was looked at.
    """
    _check_sizes(request)
    results: list[pb.BatchPayResult] = []
    for start in range(0, len(request.payments), _SLICE):
        made = [_made(work_of, caller, payment) for payment in request.payments[start : start + _SLICE]]
        outcomes = iter(await pipeline.submit_all([work for work in made if isinstance(work, Pay)]))
        results += [_result(next(outcomes) if isinstance(work, Pay) else work) for work in made]
    return pb.BatchPayResponse(results=results)


def _check_sizes(request: pb.BatchPayRequest) -> None:
    if not 1 <= len(request.payments) <= PAYMENTS_MAX:
        raise invalid("payments", f"must be 1 to {PAYMENTS_MAX} payments")
    for index, payment in enumerate(request.payments):
        if payment.ByteSize() > PAYMENT_SIZE_MAX:
            raise invalid(f"payments[{index}]", f"must be at most {PAYMENT_SIZE_MAX} bytes")


def _made(work_of: Callable[[Caller, pb.PayRequest], Pay], caller: Caller, payment: pb.PayRequest) -> Pay | Refusal:
    try:
        work = work_of(caller, payment)
    except Refusal as refusal:
        return refusal
    work.wants_extra = False
    return work


def _result(outcome: Outcome | Refusal) -> pb.BatchPayResult:
    if isinstance(outcome, Refusal):
        return pb.BatchPayResult(
            refusal=error_reason_pb2.ErrorReason.Name(outcome.reason),
            field=outcome.metadata.get("field", ""),
            retry_after_ms=outcome.retry_after_ms if facts_of(outcome.reason).retryable else 0,
        )
    order, status = Order.unpack(outcome.facts), pay_status(outcome)
    authorized = status == pb.PAY_STATUS_AUTHORIZED
    return pb.BatchPayResult(
        replayed=outcome.replayed,
        status=status,
        refusal=error_reason_pb2.ErrorReason.Name(outcome.reason),
        order_id=id_text("o", order.order_id),
        state=order.state,
        cash_to_collect_fen=order.cash_to_collect_fen if authorized else 0,
        cash_to_return_fen=order.cash_to_return_fen,
        expires_at_ms=order.expires_at_ms if authorized else 0,
        paid_at_ms=order.paid_at_ms,
    )
