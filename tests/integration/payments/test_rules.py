"""When a payment is refused and when it is not: kinds of orders, passwords, additions and reductions, codes, claims."""

import asyncio
from typing import Any

import pytest

from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import binding_service_pb2, enums_pb2, payment_service_pb2, types_pb2
from gateway.reasons import Reason
from tests.gateway_kit import REGION, Kit, credit, over_stores, person, refused

pb = payment_service_pb2
LIMIT_FEN = 20_000  # of the kit's policy: a total up to it needs no password
MINUTE_MS = 60_000


async def furnished(kit: Kit, balance_fen: int = 30_000) -> str:
    await kit.furnish()
    await kit.post_credits(credit(amount_fen=balance_fen))
    return await kit.bind()


async def call(kit: Kit, name: str, request: Any, party: str = "wallet") -> Any:
    return await kit.call(f"PaymentService/{name}", request, party=party)


def adjusted(additions_fen: int, reductions_fen: int) -> dict[str, Any]:
    """Fields of a bill with cash to add and not to collect."""
    values: dict[str, Any] = {}
    if additions_fen:
        values["cash_additions"] = [types_pb2.CashAddition(kind=1, amount_fen=additions_fen)]
    if reductions_fen:
        values["cash_reductions"] = [types_pb2.CashReduction(kind=1, amount_fen=reductions_fen)]
    return values


# The person has 300 yuan, the deductible of 1,800 yuan is not begun: what is over 300 is cash.
# kind           total    added  reduced  outcome
TABLE = """
MIXED            30000    0      0        PAID
MIXED            40000    0      0        AUTHORIZED
MIXED            40000    0      10000    PAID
MIXED            40000    0      10001    CASH_REDUCTION_TOO_LARGE
MIXED            30000    1      0        AUTHORIZED
MIXED            30000    5      5        PAID
INSURANCE_ONLY   30000    0      0        PAID
INSURANCE_ONLY   30001    0      0        CASH_NOT_ALLOWED
INSURANCE_ONLY   30000    1      0        CASH_NOT_ALLOWED
INSURANCE_ONLY   30001    0      1        PAID
CASH_ONLY        30000    0      0        AUTHORIZED
CASH_ONLY        30000    0      30000    PAID
CASH_ONLY        30000    0      30001    CASH_REDUCTION_TOO_LARGE
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=["-".join(row) for row in ROWS])
@over_stores
async def test_kinds_additions_and_reductions_decide_how_a_payment_ends(kit: Kit, row: list[str]) -> None:
    kind, total, added, reduced, outcome = row
    binding_id = await furnished(kit)
    values = {"kind": enums_pb2.OrderKind.Value(f"ORDER_KIND_{kind}")} | adjusted(int(added), int(reduced))
    order_id = await kit.create_order(int(total), binding_id, **values)
    try:
        request = await kit.pay_request(order_id, binding_id)
        request.ClearField("cash_receipt")
        response = await call(kit, "Pay", request)
    except Refusal as refusal:
        assert refusal.reason.name == outcome
        return
    assert pb.PayStatus.Name(response.status) == f"PAY_STATUS_{outcome}"
    order = response.order
    assert order.cash.cash_to_collect_fen == order.split.cash_fen + int(added) - int(reduced)
    assert sum(leg.amount_fen for leg in order.legs) == int(total) + int(added) - int(reduced)
    if kind == "CASH_ONLY":
        assert (order.accumulators_after.in_scope_fen, order.split.account_fen) == (0, 0)


@pytest.mark.parametrize(
    ("total_fen", "authentication", "allowed"),
    [
        (LIMIT_FEN, enums_pb2.USER_AUTHENTICATION_NONE, True),
        (LIMIT_FEN + 1, enums_pb2.USER_AUTHENTICATION_NONE, False),
        (LIMIT_FEN + 1, enums_pb2.USER_AUTHENTICATION_PASSWORD, True),
        (LIMIT_FEN + 1, enums_pb2.USER_AUTHENTICATION_CODE, True),
        (LIMIT_FEN + 1, enums_pb2.USER_AUTHENTICATION_FACE, True),
    ],
)
@over_stores
async def test_a_small_amount_needs_no_password(kit: Kit, total_fen: int, authentication: int, allowed: bool) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(total_fen, binding_id)
    quote = await call(kit, "QuoteOrder", pb.QuoteOrderRequest(order_id=order_id, binding_id=binding_id))
    assert quote.authentication_required == (total_fen > LIMIT_FEN)
    request = await kit.pay_request(order_id, binding_id, user_authentication=authentication)
    if allowed:
        assert (await call(kit, "Pay", request)).status == pb.PAY_STATUS_PAID
    else:
        with refused(Reason.AUTHENTICATION_REQUIRED):
            await call(kit, "Pay", request)


@over_stores
async def test_a_bill_without_a_rule_is_not_quoted(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(1_000, binding_id, service=enums_pb2.SERVICE_CHRONIC)
    told = {"region_code": REGION, "scheme": "EMPLOYEE", "service": "CHRONIC", "service_date": "2026-11-06"}
    with refused(Reason.NO_RULE_FOR_BILL, **told):
        await kit.pay_request(order_id, binding_id)


@pytest.mark.parametrize("receipt", [False, True], ids=["bare", "receipt"])
@over_stores
async def test_an_ended_binding_pays_nothing_and_its_cash_goes_back(kit: Kit, receipt: bool) -> None:
    binding_id = await furnished(kit)
    request = await kit.pay_request(await kit.create_order(100_000, binding_id), binding_id)
    unbind = binding_service_pb2.UnbindRequest(request_id="u", binding_id=binding_id)
    await kit.call("BindingService/Unbind", unbind, party="wallet")
    if receipt:
        response = await call(kit, "Pay", request)
        assert (response.status, response.refusal) == (pb.PAY_STATUS_CASH_TO_RETURN, Reason.BINDING_NOT_ACTIVE)
        assert response.order.state == enums_pb2.ORDER_STATE_OPEN
    else:
        request.ClearField("cash_receipt")
        with refused(Reason.BINDING_NOT_ACTIVE):
            await call(kit, "Pay", request)
    quote = pb.QuoteOrderRequest(order_id=request.order_id, binding_id=binding_id)
    with refused(Reason.BINDING_NOT_ACTIVE):
        await call(kit, "QuoteOrder", quote)
    with refused(Reason.BINDING_NOT_ACTIVE):
        await kit.create_order(1_000, binding_id)


@over_stores
async def test_cash_that_is_not_the_due_amount_goes_back(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(100_000, binding_id)
    for amount_fen in (69_999, 70_001):
        request = await kit.pay_request(order_id, binding_id)
        request.cash_receipt.amount_fen = amount_fen
        response = await call(kit, "Pay", request)
        assert (response.status, response.refusal) == (pb.PAY_STATUS_CASH_TO_RETURN, Reason.CASH_AMOUNT_MISMATCH)
    held = await kit.pay_request(order_id, binding_id)
    held.ClearField("cash_receipt")
    await call(kit, "Pay", held)
    receipt = types_pb2.CashReceipt(receipt_no="PART", amount_fen=69_999, paid_at_ms=kit.clock.now_ms())
    confirm = pb.ConfirmCashRequest(request_id="part", order_id=order_id, cash_receipt=receipt)
    with refused(Reason.CASH_AMOUNT_MISMATCH):
        await call(kit, "ConfirmCash", confirm)
    confirm.cash_receipt.amount_fen = 70_000  # the same id: the refused call left no trace
    assert (await call(kit, "ConfirmCash", confirm)).status == pb.PAY_STATUS_PAID


@over_stores
async def test_a_scanned_order_is_quoted_and_paid_by_its_code_alone(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(10_000)
    code = (await call(kit, "GetOrder", pb.GetOrderRequest(order_id=order_id), "his")).detail.order_code
    with refused(Reason.ORDER_NOT_CLAIMED):
        await call(kit, "QuoteOrder", pb.QuoteOrderRequest(order_id=order_id, binding_id=binding_id))
    with refused(Reason.ORDER_NOT_YOURS):
        await call(kit, "GetOrder", pb.GetOrderRequest(order_id=order_id))
    quote = await call(
        kit, "QuoteOrder", pb.QuoteOrderRequest(order_code=code, binding_id=binding_id, use_account=True)
    )
    request = pb.PayRequest(
        request_id="p", order_code=code, binding_id=binding_id, quote_digest=quote.quote_digest,
        cash_due_fen=quote.cash_due_fen, use_account=True, channel_order_no="CH",
        user_authentication=enums_pb2.USER_AUTHENTICATION_PASSWORD,
    )  # fmt: skip
    paid = await call(kit, "Pay", request)
    assert (paid.status, paid.order.binding_id) == (pb.PAY_STATUS_PAID, binding_id)
    by_no = await call(kit, "GetOrder", pb.GetOrderRequest(channel_order_no="CH"))
    assert by_no.order == paid.order
    other = await kit.create_order(10_000, binding_id)
    with refused(Reason.ORDER_NO_TAKEN, field="channel_order_no"):
        await call(kit, "Pay", await kit.pay_request(other, binding_id, channel_order_no="CH"))


@over_stores
async def test_a_pay_code_is_good_once_for_a_minute_and_for_its_person(kit: Kit) -> None:
    binding_id = await furnished(kit)
    await kit.import_persons(person(2))
    other = await kit.bind("user-2", 2)

    async def code_of(binding: str) -> str:
        request = binding_service_pb2.IssuePayCodeRequest(request_id=kit.request_id(), binding_id=binding)
        return str((await kit.call("BindingService/IssuePayCode", request, party="wallet")).pay_code)

    async def attach(order_id: str, code: str, party: str = "his") -> Any:
        request = pb.AttachPayCodeRequest(request_id=kit.request_id(), order_id=order_id, pay_code=code)
        return await call(kit, "AttachPayCode", request, party)

    first, second = await kit.create_order(1_000), await kit.create_order(1_000)
    code = await code_of(binding_id)
    answer = await attach(first, code)
    assert (answer.order.state, answer.order.channel_id) == (enums_pb2.ORDER_STATE_OPEN, "wallet")
    assert (answer.order.binding_id, answer.order.HasField("accumulators_before")) == ("", False)
    with refused(Reason.PAY_CODE_USED, field="pay_code"):
        await attach(second, code)
    with refused(Reason.ORDER_CLAIMED_BY_ANOTHER):
        await attach(first, await code_of(other))
    late = await code_of(binding_id)
    kit.clock.advance(MINUTE_MS)
    with refused(Reason.PAY_CODE_EXPIRED, field="pay_code"):
        await attach(second, late)
    await kit.put_party("his-2", enums_pb2.ROLE_INSTITUTION)
    with refused(Reason.ORDER_NOT_YOURS):
        await attach(second, await code_of(binding_id), "his-2")
    kit.clock.advance(30 * MINUTE_MS)
    with refused(Reason.ORDER_EXPIRED):
        await attach(second, await code_of(binding_id))
    with refused(Reason.ORDER_CLAIMED_BY_ANOTHER):
        await call(kit, "QuoteOrder", pb.QuoteOrderRequest(order_id=first, binding_id=other))


@over_stores
async def test_two_cards_of_one_person_have_one_balance(kit: Kit) -> None:
    first = await furnished(kit)
    second = await kit.bind("user-2", 1)
    orders = [await kit.create_order(20_000, binding_id) for binding_id in (first, second)]
    requests = [await kit.pay_request(order_id, card) for order_id, card in zip(orders, (first, second), strict=True)]
    assert [request.cash_due_fen for request in requests] == [0, 0]
    assert (await call(kit, "Pay", requests[0])).order.split.account_fen == 20_000
    with refused(Reason.QUOTE_CHANGED):
        await call(kit, "Pay", requests[1])
    again = await kit.pay_request(orders[1], second)
    assert again.cash_due_fen == 10_000


@over_stores
async def test_receipts_that_come_at_once_are_answered_one_after_the_other(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(100_000, binding_id)
    held = await kit.pay_request(order_id, binding_id)
    held.ClearField("cash_receipt")
    await call(kit, "Pay", held)
    receipts = [
        types_pb2.CashReceipt(receipt_no=f"R{number}", amount_fen=70_000, paid_at_ms=kit.clock.now_ms())
        for number in range(5)
    ]
    requests = [
        pb.ConfirmCashRequest(request_id=receipt.receipt_no, order_id=order_id, cash_receipt=receipt)
        for receipt in receipts
    ]
    answers = await asyncio.gather(*(call(kit, "ConfirmCash", request) for request in requests))
    for number, answer in enumerate(answers):
        assert answer.status == (pb.PAY_STATUS_CASH_TO_RETURN if number else pb.PAY_STATUS_PAID)
        assert [row.receipt.receipt_no for row in answer.order.receipts] == [f"R{n}" for n in range(number + 1)]
