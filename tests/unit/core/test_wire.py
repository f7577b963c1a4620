"""Hot requests read out of their bytes are what protobuf and a check a field make of them; so are hot answers."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.order import ORDER_FIELDS, Order
from core.wire.answers import payment_result
from core.wire.requests import payments_of_batch
from core.words import OrderState
from gateway.errors import Refusal
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import error_reason_pb2, types_pb2
from gateway.pb.medsettle.v1 import payment_service_pb2 as pb
from gateway.security.request_key import key_prefix, reader_of_requests
from gateway.security.secrets import Secrets
from gateway.servicers.base import Caller, parsed
from gateway.servicers.payment import PaymentServicer

SECRETS = Secrets(bytes(range(32)))
READER = reader_of_requests(SECRETS.secret)
CALLER = Caller(77, "wallet", 1, None)
NOTHING: Any = None
SERVICER = PaymentServicer(NOTHING, SECRETS, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)

ids = st.integers(1, (1 << 63) - 1)
names = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=64)
# Texts as callers send them wrongly: empty, too long, beyond ASCII, with control characters.
any_text = st.one_of(names, st.text(max_size=70), st.just("x" * 64), st.just("x" * 65))
any_fen = st.one_of(st.integers(0, 100_000), st.sampled_from([100_000_000_000, 100_000_000_001, (1 << 63) - 1, -1]))
receipts = st.builds(
    types_pb2.CashReceipt,
    receipt_no=names,
    amount_fen=st.integers(1, 100_000_000_000),
    paid_at_ms=st.integers(946_684_800_000, 7_258_118_400_000),
    channel_transaction_no=st.one_of(st.just(""), names),
)
any_receipt = st.one_of(
    receipts,
    st.builds(
        types_pb2.CashReceipt,
        receipt_no=any_text,
        amount_fen=any_fen,
        paid_at_ms=st.sampled_from([0, 946_684_799_999, 946_684_800_000, 7_258_118_400_000, 7_258_118_400_001]),
        channel_transaction_no=any_text,
    ),
)
digests = st.integers(0, (1 << 63) - 1).map(lambda number: f"{number:016x}")
payments = st.builds(
    pb.PayRequest,
    request_id=names,
    order_id=ids.map(lambda number: id_text("o", number)),
    binding_id=ids.map(lambda number: id_text("b", number)),
    quote_digest=digests,
    cash_due_fen=st.integers(0, 100_000_000_000),
    use_account=st.booleans(),
    user_authentication=st.integers(1, 4),
    cash_receipt=st.one_of(st.none(), receipts),
    channel_order_no=st.one_of(st.just(""), names),
)
any_id = st.one_of(ids.map(lambda number: id_text("o", number)), ids.map(lambda number: id_text("b", number)), any_text)
any_payment = st.builds(
    pb.PayRequest,
    request_id=any_text,
    order_id=any_id,
    binding_id=any_id,
    quote_digest=st.one_of(digests, any_text, st.just("8" + "0" * 15), st.just("0" * 15 + "G")),
    cash_due_fen=any_fen,
    use_account=st.booleans(),
    user_authentication=st.integers(0, 9),
    cash_receipt=st.one_of(st.none(), any_receipt),
    channel_order_no=any_text,
)
confirmations = st.builds(
    pb.ConfirmCashRequest,
    request_id=names,
    order_id=ids.map(lambda number: id_text("o", number)),
    cash_receipt=receipts,
)


def work_of(method: str, request: Any) -> Any:
    """The work's attributes, or the refusal's reason and words."""
    make = SERVICER._pay_work if method == "Pay" else SERVICER._confirm_cash_work
    try:
        return vars(make(CALLER, request))
    except Refusal as refusal:
        return refusal.reason, str(refusal), refusal.metadata


@given(payments)
def test_a_well_made_payment_is_read_without_protobuf(request: pb.PayRequest) -> None:
    message = request.SerializeToString(deterministic=True)
    assert READER.payment(key_prefix(CALLER.party_key, "Pay"), message) is not None
    assert work_of("Pay", message) == work_of("Pay", request)


@given(any_payment)
def test_any_payment_is_taken_or_refused_as_protobuf_reads_it(request: pb.PayRequest) -> None:
    assert work_of("Pay", request.SerializeToString(deterministic=True)) == work_of("Pay", request)


@given(confirmations)
def test_a_well_made_confirmation_is_read_without_protobuf(request: pb.ConfirmCashRequest) -> None:
    message = request.SerializeToString(deterministic=True)
    assert READER.cash_confirmation(key_prefix(CALLER.party_key, "ConfirmCash"), message) is not None
    assert work_of("ConfirmCash", message) == work_of("ConfirmCash", request)


@given(st.one_of(payments, confirmations), st.data())
def test_damaged_bytes_are_read_as_protobuf_reads_them(
    request: pb.PayRequest | pb.ConfirmCashRequest, data: st.DataObject
) -> None:
    message = bytearray(request.SerializeToString(deterministic=True))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(message) - 1))
        kind = data.draw(st.sampled_from(["flip", "drop", "insert", "double"]))
        if kind == "flip":
            message[at] ^= 1 << data.draw(st.integers(0, 7))
        elif kind == "drop" and len(message) > 1:
            del message[at]
        elif kind == "insert":
            message.insert(at, data.draw(st.integers(0, 255)))
        else:
            message += message[at:]
    check_as_protobuf(request, bytes(message))


def check_as_protobuf(request: Any, message: bytes) -> None:
    """The bytes make the same work, or the same refusal, by either way."""
    method = "Pay" if isinstance(request, pb.PayRequest) else "ConfirmCash"
    try:
        slow = work_of(method, parsed(type(request), message))
    except Refusal as refusal:
        slow = refusal.reason, str(refusal), refusal.metadata
    assert work_of(method, message) == slow


@pytest.mark.parametrize(
    "tail",
    [
        b"\x38\x00",  # a default that is written out
        b"\x38\x81\x00",  # a number in more bytes than it needs
        b"\x38\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",  # 64 bits
        b"\x52\x00",  # an empty text
        b"\x5a\x01x",  # a field that the contract does not have
        b"\xf8\xff\xff\x0f\x01",  # one of a number that no entry holds
        b"\xa3\x06\x10\x01\xa4\x06",  # a group
        b"\x0a\x01x",  # a field again, before those it comes after
        b"\x52\x7f",  # cut off
        b"\x52",
    ],
)
def test_what_is_not_as_protobuf_writes_it_goes_the_long_way(tail: bytes) -> None:
    request = pb.PayRequest(request_id="r", order_id=id_text("o", 5), binding_id=id_text("b", 6), quote_digest="0" * 16)
    message = request.SerializeToString(deterministic=True) + tail
    assert READER.payment(b"77|Pay|", message) is None
    check_as_protobuf(request, message)


@given(st.lists(payments, min_size=1, max_size=4))
def test_a_batch_is_cut_into_its_payments(requests: list[pb.PayRequest]) -> None:
    message = pb.BatchPayRequest(payments=requests).SerializeToString(deterministic=True)
    wanted = [request.SerializeToString(deterministic=True) for request in requests]
    assert payments_of_batch(message, 4, 512) == wanted
    assert payments_of_batch(message, len(wanted) - 1, 512) is None
    assert payments_of_batch(message, 4, max(map(len, wanted)) - 1) is None
    assert payments_of_batch(message[:-1], 4, 512) is None
    assert payments_of_batch(message + b"\x10\x01", 4, 512) is None
    assert payments_of_batch(b"", 4, 512) is None


@given(
    st.builds(dict, **{name: st.integers(0, 10**12) for name in ORDER_FIELDS}),
    ids,
    st.sampled_from([1, 2, 3]),
    st.booleans(),
    st.booleans(),
)
@example(dict.fromkeys(ORDER_FIELDS, 0), (1 << 63) - 1, 1, False, True)
def test_a_result_is_the_message_of_the_contract(
    values: dict[str, int], order_id: int, status: int, replayed: bool, authorized: bool
) -> None:
    order = Order(**values)
    order.order_id, order.state = order_id, OrderState.ORDER_PAID
    reason = error_reason_pb2.ERROR_REASON_QUOTE_CHANGED
    wanted = pb.BatchPayResult(
        replayed=replayed,
        status=status,
        refusal=error_reason_pb2.ErrorReason.Name(reason),
        order_id=id_text("o", order_id),
        state=order.state,
        cash_to_collect_fen=order.cash_to_collect_fen if authorized else 0,
        cash_to_return_fen=order.cash_to_return_fen,
        expires_at_ms=order.expires_at_ms if authorized else 0,
        paid_at_ms=order.paid_at_ms,
    )
    written = payment_result(order.pack(), status, reason, replayed, authorized)
    assert written == pb.BatchPayResponse(results=[wanted]).SerializeToString(deterministic=True)
