"""BatchPay: many payments in one call, each as Pay would have made it."""

import asyncio
from typing import Any

import pytest

from gateway.pb.medsettle.v1 import enums_pb2, error_reason_pb2, payment_service_pb2
from gateway.reasons import Reason
from gateway.servicers import batch_pay
from tests.gateway_kit import Kit, credit, over_stores, refused, running_gateway

pb = payment_service_pb2
RESULT_SIZE_MAX = 448


async def furnished(kit: Kit, balance_fen: int = 100_000) -> str:
    await kit.furnish()
    await kit.post_credits(credit(amount_fen=balance_fen))
    return await kit.bind()


async def requests(kit: Kit, binding_id: str, count: int, total_fen: int = 10) -> list[pb.PayRequest]:
    return [await kit.pay_request(await kit.create_order(total_fen, binding_id), binding_id) for _ in range(count)]


async def pay_all(kit: Kit, payments: list[pb.PayRequest]) -> list[pb.BatchPayResult]:
    response = await kit.call("PaymentService/BatchPay", pb.BatchPayRequest(payments=payments), party="wallet")
    return list(response.results)


def refusal_of(result: pb.BatchPayResult) -> int:
    return int(result.refusal)


@over_stores
async def test_each_is_paid_as_pay_would_have(kit: Kit) -> None:
    binding_id = await furnished(kit)
    payments = await requests(kit, binding_id, 3)
    results = await pay_all(kit, payments)
    waits = await kit.pay_request(await kit.create_order(1_000_000, binding_id), binding_id)
    waits.ClearField("cash_receipt")
    results += await pay_all(kit, [waits])
    assert [result.status for result in results] == [pb.PAY_STATUS_PAID] * 3 + [pb.PAY_STATUS_AUTHORIZED]
    for payment, result in zip([*payments, waits], results, strict=True):
        order = (
            await kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=payment.order_id), party="wallet")
        ).order
        assert (result.order_id, result.state, result.paid_at_ms) == (order.order_id, order.state, order.paid_at_ms)
        assert not result.replayed and result.refusal == error_reason_pb2.ERROR_REASON_UNSPECIFIED
    assert results[-1].cash_to_collect_fen == order.cash.cash_to_collect_fen > 0
    assert results[-1].expires_at_ms == order.expires_at_ms


@over_stores
async def test_a_refused_payment_holds_up_no_other(kit: Kit) -> None:
    binding_id = await furnished(kit)
    good, stale, stray, unknown, bad = await requests(kit, binding_id, 5)
    stale.quote_digest, stale.cash_due_fen = "stale", stale.cash_due_fen
    stale.ClearField("cash_receipt")
    stray.quote_digest = "stale"
    stray.cash_receipt.receipt_no, stray.cash_receipt.amount_fen = "STRAY", 10
    stray.cash_receipt.paid_at_ms = kit.clock.now_ms()
    unknown.order_id = "o0000000000001"
    bad.cash_due_fen = -1
    results = await pay_all(kit, [stale, stray, unknown, bad, good])
    assert [refusal_of(result) for result in results] == [
        Reason.QUOTE_CHANGED, Reason.QUOTE_CHANGED, Reason.ORDER_NOT_FOUND, Reason.AMOUNT_OUT_OF_RANGE, 0,
    ]  # fmt: skip
    assert [result.status for result in results] == [
        pb.PAY_STATUS_UNSPECIFIED, pb.PAY_STATUS_CASH_TO_RETURN, pb.PAY_STATUS_UNSPECIFIED, pb.PAY_STATUS_UNSPECIFIED,
        pb.PAY_STATUS_PAID,
    ]  # fmt: skip
    assert results[1].cash_to_return_fen == 10
    assert results[3].field == "cash_due_fen"
    assert not any(result.retry_after_ms for result in results)


@over_stores
async def test_a_request_is_the_same_whether_pay_or_batch_pay_carries_it(kit: Kit) -> None:
    first, second = await requests(kit, await furnished(kit), 2)
    await kit.call("PaymentService/Pay", first, party="wallet")
    results = await pay_all(kit, [first, second, second])
    assert [(result.status, result.replayed) for result in results] == [
        (pb.PAY_STATUS_PAID, True), (pb.PAY_STATUS_PAID, False), (pb.PAY_STATUS_PAID, True),
    ]  # fmt: skip
    assert (await kit.call("PaymentService/Pay", second, party="wallet")).replayed
    second.use_account = not second.use_account
    (result,) = await pay_all(kit, [second])
    assert (refusal_of(result), result.field) == (Reason.REQUEST_ID_CONFLICT, "use_account")


@over_stores
async def test_two_payments_of_one_order_in_one_call_pay_it_once(kit: Kit) -> None:
    (first,) = await requests(kit, await furnished(kit), 1)
    second = pb.PayRequest()
    second.CopyFrom(first)
    second.request_id = "another"
    second.ClearField("cash_receipt")
    results = await pay_all(kit, [first, second])
    assert sorted(result.status for result in results) == [pb.PAY_STATUS_UNSPECIFIED, pb.PAY_STATUS_PAID]
    assert {refusal_of(result) for result in results} == {0, Reason.ORDER_ALREADY_PAID}


@over_stores
async def test_more_than_a_core_batch_goes_through_in_its_order(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_pay, "_SLICE", 8)
    payments = await requests(kit, await furnished(kit), 20)
    results = await pay_all(kit, payments)
    assert [result.order_id for result in results] == [payment.order_id for payment in payments]
    assert {result.status for result in results} == {pb.PAY_STATUS_PAID}


@over_stores
@pytest.mark.parametrize("count", [0, batch_pay.PAYMENTS_MAX + 1])
async def test_a_wrong_count_is_refused_before_any_work(kit: Kit, count: int) -> None:
    await furnished(kit)
    with refused(Reason.FIELD_INVALID, field="payments"):
        await pay_all(kit, [pb.PayRequest()] * count)


@over_stores
async def test_one_too_large_payment_refuses_the_call_before_any_work(kit: Kit) -> None:
    first, second = await requests(kit, await furnished(kit), 2)
    second.channel_order_no = "x" * 200
    events = kit.pipeline.last_seq
    with refused(Reason.FIELD_INVALID, field="payments[1]"):
        await pay_all(kit, [first, second])
    assert kit.pipeline.last_seq == events


@over_stores
async def test_the_largest_call_fits_its_limits(kit: Kit) -> None:
    payments = [
        pb.PayRequest(
            request_id=f"{index:064d}", order_id="o0000000000001", binding_id="b0000000000001", quote_digest="0" * 16,
            user_authentication=enums_pb2.USER_AUTHENTICATION_FACE, channel_order_no="x" * 64,
        )
        for index in range(batch_pay.PAYMENTS_MAX)
    ]  # fmt: skip
    await furnished(kit)
    results = await pay_all(kit, payments)
    assert len(results) == batch_pay.PAYMENTS_MAX
    assert {refusal_of(result) for result in results} == {Reason.BINDING_NOT_FOUND}


def test_a_result_is_never_larger_than_the_contract_says() -> None:
    largest = (1 << 63) - 1
    result = pb.BatchPayResult(
        replayed=True, status=pb.PAY_STATUS_CASH_TO_RETURN, refusal=error_reason_pb2.ERROR_REASON_CURSOR_INVALID,
        field="cash_receipt.channel_transaction_no", retry_after_ms=largest, order_id="o" * 14,
        state=enums_pb2.ORDER_STATE_AUTHORIZED, cash_to_collect_fen=largest, cash_to_return_fen=largest,
        expires_at_ms=largest, paid_at_ms=largest,
    )  # fmt: skip
    assert result.ByteSize() <= RESULT_SIZE_MAX
    assert {field.name for field, _ in result.ListFields()} == set(pb.BatchPayResult.DESCRIPTOR.fields_by_name)


def test_a_full_queue_refuses_the_slice_and_tells_when_to_come_again() -> None:
    async def whole() -> None:
        async with running_gateway() as kit:
            payments = await requests(kit, await furnished(kit), 3)
            kit.pipeline._queue_max = 2
            results = await pay_all(kit, payments)
            assert {refusal_of(result) for result in results} == {Reason.OVERLOADED}
            assert all(result.retry_after_ms > 0 for result in results)
            kit.pipeline._queue_max = 8192
            assert {result.status for result in await pay_all(kit, payments)} == {pb.PAY_STATUS_PAID}

    asyncio.run(whole())


def test_a_caller_who_hangs_up_has_paid_all_the_same() -> None:
    async def whole() -> None:
        async with running_gateway() as kit:
            payments = await requests(kit, await furnished(kit), 3)
            asked: asyncio.Task[Any] = asyncio.ensure_future(pay_all(kit, payments))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            asked.cancel()
            results = await pay_all(kit, payments)
            assert [result.replayed for result in results] == [True] * 3

    asyncio.run(whole())
