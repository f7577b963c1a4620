"""Cash that could not be applied stays on the order's cash leg, whatever becomes of the order."""

from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import payment_service_pb2 as pb
from gateway.pb.medsettle.v1 import types_pb2
from tests.gateway_kit import Kit, credit, over_stores


async def refused_cash(kit: Kit, request: pb.PayRequest, receipt_no: str) -> None:
    """A Pay with a receipt that the order cannot take."""
    request.cash_receipt.receipt_no, request.cash_receipt.amount_fen = receipt_no, 777
    request.cash_receipt.paid_at_ms = kit.clock.now_ms()
    response = await kit.call("PaymentService/Pay", request, party="wallet")
    assert response.status == pb.PAY_STATUS_CASH_TO_RETURN


async def give_back(kit: Kit, receipt_no: str) -> int:
    """The channel returns the cash; gives the cash leg after it."""
    request = pb.ConfirmCashRefundRequest(
        request_id=kit.request_id(),
        receipt_no=receipt_no,
        amount_fen=777,
        channel_refund_no="x",
        refunded_at_ms=kit.clock.now_ms(),
    )
    return cash_leg((await kit.call("PaymentService/ConfirmCashRefund", request, party="wallet")).order)


def cash_leg(order: types_pb2.Order) -> int:
    """State of the cash leg, which must be there."""
    (state,) = [leg.state for leg in order.legs if leg.kind == e.TENDER_KIND_CASH]
    return state


@over_stores
async def test_a_payment_without_cash_keeps_what_was_refused_before(kit: Kit) -> None:
    await kit.furnish()
    await kit.post_credits(credit(1, 500_000))
    binding_id = await kit.bind()
    order_id = await kit.create_order(30_000, binding_id)
    await refused_cash(kit, await kit.pay_request(order_id, binding_id, quote_digest="00"), "R1")
    order = await kit.pay(order_id, binding_id)
    assert cash_leg(order) == e.LEG_STATE_CASH_TO_RETURN
    assert await give_back(kit, "R1") == e.LEG_STATE_REFUNDED


@over_stores
async def test_an_authorization_that_ends_keeps_what_was_refused_meanwhile(kit: Kit) -> None:
    await kit.furnish()
    binding_id = await kit.bind()
    order_id = await kit.create_order(30_000, binding_id)
    request = await kit.pay_request(order_id, binding_id)
    request.ClearField("cash_receipt")
    await kit.call("PaymentService/Pay", request, party="wallet")
    request.request_id = kit.request_id()
    await refused_cash(kit, request, "R1")
    cancel = pb.CancelOrderRequest(request_id=kit.request_id(), order_id=order_id)
    response = await kit.call("PaymentService/CancelOrder", cancel, party="his")
    assert cash_leg(response.order) == e.LEG_STATE_CASH_TO_RETURN
    assert await give_back(kit, "R1") == e.LEG_STATE_REFUNDED


@over_stores
async def test_cash_that_comes_after_a_refund_is_no_part_of_it(kit: Kit) -> None:
    await kit.furnish()
    binding_id = await kit.bind()
    order_id = await kit.create_order(30_000, binding_id)
    await kit.pay(order_id, binding_id)
    refund = await kit.refund(order_id)
    request = pb.ConfirmCashRefundRequest(
        request_id=kit.request_id(),
        refund_id=refund.refund_id,
        amount_fen=refund.cash_to_return_fen,
        channel_refund_no="x",
        refunded_at_ms=kit.clock.now_ms(),
    )
    returned = await kit.call("PaymentService/ConfirmCashRefund", request, party="wallet")
    assert returned.order.refunds.cash_pending_fen == 0
    late = pb.ConfirmCashRequest(
        request_id=kit.request_id(),
        order_id=order_id,
        cash_receipt=types_pb2.CashReceipt(receipt_no="R1", amount_fen=777, paid_at_ms=kit.clock.now_ms()),
    )
    response = await kit.call("PaymentService/ConfirmCash", late, party="wallet")
    assert response.status == pb.PAY_STATUS_CASH_TO_RETURN
    assert (cash_leg(response.order), response.order.refunds.cash_pending_fen) == (e.LEG_STATE_CASH_TO_RETURN, 0)
    assert await give_back(kit, "R1") == e.LEG_STATE_REFUNDED
