"""What became of a payment, read alike from Pay's whole order and from BatchPay's compact result."""

from typing import NamedTuple

from gateway.client.errors import error_of_result, reason_name
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2

pb = payment_service_pb2

JOINED_MAX = 1024  # one core batch of the gateway's; a larger call would only make all its payments wait for the last
JOINED_SIZE_MAX = 256  # bytes; what is larger goes alone, BatchPay would refuse the whole call


class Payment(NamedTuple):
    """What became of a payment that was not refused. GetOrder has the whole order.

    Attributes:
        replayed: whether an earlier attempt, or an earlier request with the same id and body, did it.
        status: PAY_STATUS_AUTHORIZED, PAY_STATUS_PAID or PAY_STATUS_CASH_TO_RETURN; or, where risk did not let it be
            paid yet, PAY_STATUS_STEP_UP, PAY_STATUS_IN_REVIEW or PAY_STATUS_DECLINED: GetOrder's `risk` says what is
            asked.
        refusal: why the cash must be returned, by the name of ErrorReason without prefix; empty otherwise.
        order_id: the order.
        state: its OrderState, as the payment left it.
        cash_to_collect_fen: what the channel has still to collect before expires_at_ms; 0 unless AUTHORIZED.
        cash_to_return_fen: what the channel has to return.
        expires_at_ms: when an authorized order expires, Unix milliseconds; 0 unless AUTHORIZED.
        paid_at_ms: when it was paid, Unix milliseconds; 0 when it is not.
    """

    replayed: bool
    status: int
    refusal: str
    order_id: str
    state: int
    cash_to_collect_fen: int
    cash_to_return_fen: int
    expires_at_ms: int
    paid_at_ms: int


def may_join(request: pb.PayRequest) -> bool:
    """Whether BatchPay takes it."""
    return bool(request.ByteSize() <= JOINED_SIZE_MAX)


def payment_of_response(response: pb.PayResponse) -> Payment:
    """What Pay answered."""
    order, authorized = response.order, response.status == pb.PAY_STATUS_AUTHORIZED
    to_return_fen = sum(
        status.receipt.amount_fen for status in order.receipts if status.state == enums_pb2.RECEIPT_STATE_TO_RETURN
    )
    return Payment(
        response.replayed,
        response.status,
        reason_name(response.refusal),
        order.order_id,
        order.state,
        order.cash.cash_to_collect_fen if authorized else 0,
        to_return_fen,
        order.expires_at_ms if authorized else 0,
        order.paid_at_ms,
    )


def outcome_of_result(result: pb.BatchPayResult) -> Payment | Exception:
    """What BatchPay answered of one payment: what became of it, or why it was refused."""
    if result.status == pb.PAY_STATUS_UNSPECIFIED:
        return error_of_result(result)
    return Payment(
        result.replayed,
        result.status,
        reason_name(result.refusal),
        result.order_id,
        result.state,
        result.cash_to_collect_fen,
        result.cash_to_return_fen,
        result.expires_at_ms,
        result.paid_at_ms,
    )
