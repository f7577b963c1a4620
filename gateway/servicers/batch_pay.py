"""BatchPay: many payments in one call, in slices of one core batch each."""

from collections.abc import Callable, Sequence

from core.wire.answers import payment_result
from core.wire.requests import payments_of_batch
from core.words import EVENT_ORDER_AUTHORIZED, EVENT_ORDER_PAID, EVENT_RISK_ANSWERED
from gateway.engine.pipeline import Pipeline
from gateway.engine.work import Outcome
from gateway.errors import Refusal, facts_of, invalid
from gateway.pb.medsettle.v1 import error_reason_pb2, payment_service_pb2
from gateway.reasons import Reason
from gateway.servicers.base import Caller, parsed
from gateway.works.payments import Pay

pb = payment_service_pb2

WorkOf = Callable[[Caller, pb.PayRequest | bytes], Pay]

PAYMENTS_MAX = 8192
PAYMENT_SIZE_MAX = 256
_SLICE = 1024  # between two slices whatever was queued meanwhile goes first
_PAY_STATUS: dict[int, pb.PayStatus] = {
    EVENT_ORDER_AUTHORIZED: pb.PAY_STATUS_AUTHORIZED,
    EVENT_ORDER_PAID: pb.PAY_STATUS_PAID,
}
_RISK_STATUS: dict[int, pb.PayStatus] = {
    Reason.RISK_STEP_UP: pb.PAY_STATUS_STEP_UP,
    Reason.RISK_IN_REVIEW: pb.PAY_STATUS_IN_REVIEW,
    Reason.RISK_DECLINED: pb.PAY_STATUS_DECLINED,
}


def pay_status(outcome: Outcome) -> pb.PayStatus:
    """The outcome of a payment by the event that it made."""
    if outcome.event == EVENT_RISK_ANSWERED:
        return _RISK_STATUS[outcome.reason]
    return _PAY_STATUS.get(outcome.event, pb.PAY_STATUS_CASH_TO_RETURN)


async def batch_pay(pipeline: Pipeline, work_of: WorkOf, caller: Caller, request: pb.BatchPayRequest | bytes) -> bytes:
    """Pays each; `work_of` makes a payment's work or refuses it. Gives a BatchPayResponse's bytes.

    Raises:
        Refusal: FIELD_INVALID for a count or size out of range; no payment was looked at.
    """
    payments = _payments_of(request)
    results: list[bytes] = []
    for start in range(0, len(payments), _SLICE):
        made = [_made(work_of, caller, payment) for payment in payments[start : start + _SLICE]]
        outcomes = iter(await pipeline.submit_all([work for work in made if isinstance(work, Pay)]))
        results += [_result(next(outcomes) if isinstance(work, Pay) else work) for work in made]
    return b"".join(results)


def _payments_of(request: pb.BatchPayRequest | bytes) -> Sequence[pb.PayRequest | bytes]:
    if isinstance(request, bytes):
        payments = payments_of_batch(request, PAYMENTS_MAX, PAYMENT_SIZE_MAX)
        if payments is not None:
            return payments
        request = parsed(pb.BatchPayRequest, request)
    if not 1 <= len(request.payments) <= PAYMENTS_MAX:
        raise invalid("payments", f"must be 1 to {PAYMENTS_MAX} payments")
    for index, payment in enumerate(request.payments):
        if payment.ByteSize() > PAYMENT_SIZE_MAX:
            raise invalid(f"payments[{index}]", f"must be at most {PAYMENT_SIZE_MAX} bytes")
    return request.payments


def _made(work_of: WorkOf, caller: Caller, payment: pb.PayRequest | bytes) -> Pay | Refusal:
    try:
        work = work_of(caller, payment)
    except Refusal as refusal:
        return refusal
    work.wants_extra = False
    return work


def _result(outcome: Outcome | Refusal) -> bytes:
    """One result as it stands in the response's bytes."""
    if isinstance(outcome, Refusal):
        result = pb.BatchPayResult(
            refusal=error_reason_pb2.ErrorReason.Name(outcome.reason),
            field=outcome.metadata.get("field", ""),
            retry_after_ms=outcome.retry_after_ms if facts_of(outcome.reason).retryable else 0,
        )
        return pb.BatchPayResponse(results=[result]).SerializeToString()
    status = pay_status(outcome)
    return payment_result(outcome.facts, status, outcome.reason, outcome.replayed, status == pb.PAY_STATUS_AUTHORIZED)
