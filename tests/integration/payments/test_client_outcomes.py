"""The client tells the same of a payment whether Pay or BatchPay carried it."""

from gateway.client.errors import MedSettleError
from gateway.client.payments import outcome_of_result, payment_of_response
from gateway.pb.medsettle.v1 import payment_service_pb2
from tests.gateway_kit import Kit, credit, over_stores

pb = payment_service_pb2


@over_stores
async def test_both_ways_tell_the_same(kit: Kit) -> None:
    await kit.furnish()
    await kit.post_credits(credit(amount_fen=1_000))
    binding_id = await kit.bind()
    found = []
    for total_fen, keep_receipt, digest in ((500, True, ""), (90_000, False, ""), (90_000, True, "stale")):
        request = await kit.pay_request(await kit.create_order(total_fen, binding_id), binding_id)
        if not keep_receipt:
            request.ClearField("cash_receipt")
        request.quote_digest = digest or request.quote_digest
        response = await kit.call("PaymentService/Pay", request, party="wallet")
        batch = await kit.call("PaymentService/BatchPay", pb.BatchPayRequest(payments=[request]), party="wallet")
        one, other = payment_of_response(response), outcome_of_result(batch.results[0])
        assert not isinstance(other, Exception)
        assert (one.replayed, other.replayed) == (False, True)
        assert one == other._replace(replayed=False)
        found.append(one)
    assert [payment.status for payment in found] == [
        pb.PAY_STATUS_PAID, pb.PAY_STATUS_AUTHORIZED, pb.PAY_STATUS_CASH_TO_RETURN,
    ]  # fmt: skip
    assert found[0].paid_at_ms == kit.clock.now_ms()
    assert found[1].cash_to_collect_fen > 0 and found[1].expires_at_ms > kit.clock.now_ms()
    assert found[2].cash_to_return_fen == request.cash_receipt.amount_fen
    assert found[2].refusal == "QUOTE_CHANGED"


@over_stores
async def test_a_refusal_inside_a_batch_has_the_code_and_words_of_its_reason(kit: Kit) -> None:
    await kit.furnish()
    request = pb.PayRequest(request_id="r", order_id="o0000000000001", binding_id="b0000000000001", quote_digest="0")
    batch = await kit.call("PaymentService/BatchPay", pb.BatchPayRequest(payments=[request]), party="wallet")
    error = outcome_of_result(batch.results[0])
    assert isinstance(error, MedSettleError)
    assert (error.code.name, error.reason, error.field) == ("INVALID_ARGUMENT", "FIELD_INVALID", "user_authentication")
    assert error.message and not error.retryable
