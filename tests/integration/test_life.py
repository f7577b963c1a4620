"""The life of an order as tables: which step from which state, what it leaves, and what it refuses."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.accounts import ACCOUNT_COLUMNS
from gateway.errors import Refusal
from gateway.ids import id_number
from gateway.pb.medsettle.v1 import account_service_pb2, enums_pb2, payment_service_pb2, types_pb2
from gateway.reasons import Reason
from gateway.works.upkeep import ExpireOrders
from tests.gateway_kit import Kit, credit, over_stores, person, refused, running_gateway

pb = payment_service_pb2
HALF_HOUR_MS = 30 * 60_000

Step = Callable[[Kit, str, str], Awaitable[Any]]


async def furnished(kit: Kit, balance_fen: int = 30_000) -> str:
    """A bound person whose deductible is filled and who has some money; gives the binding."""
    await kit.furnish()
    await kit.post_credits(credit(amount_fen=balance_fen))
    return await kit.bind()


async def pay_on_credit(kit: Kit, order_id: str, binding_id: str) -> Any:
    """Pay without the cash's receipt: held until it is confirmed."""
    request = await kit.pay_request(order_id, binding_id)
    request.ClearField("cash_receipt")
    return await kit.call("PaymentService/Pay", request, party="wallet")


async def pay_whole(kit: Kit, order_id: str, binding_id: str) -> Any:
    return await kit.call("PaymentService/Pay", await kit.pay_request(order_id, binding_id), party="wallet")


async def confirm(kit: Kit, order_id: str, binding_id: str, amount_fen: int = 0) -> Any:
    if not amount_fen:
        seen = await kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=order_id), party="wallet")
        amount_fen = seen.order.cash.cash_to_collect_fen or 1
    receipt = types_pb2.CashReceipt(receipt_no=kit.request_id(), amount_fen=amount_fen, paid_at_ms=kit.clock.now_ms())
    request = pb.ConfirmCashRequest(request_id=kit.request_id(), order_id=order_id, cash_receipt=receipt)
    return await kit.call("PaymentService/ConfirmCash", request, party="wallet")


async def cancel(kit: Kit, order_id: str, binding_id: str, party: str = "wallet") -> Any:
    request = pb.CancelOrderRequest(request_id=kit.request_id(), order_id=order_id, reason="changed my mind")
    return await kit.call("PaymentService/CancelOrder", request, party=party)


async def cancel_by_hospital(kit: Kit, order_id: str, binding_id: str) -> Any:
    return await cancel(kit, order_id, binding_id, party="his")


async def expire(kit: Kit, order_id: str, binding_id: str) -> Any:
    kit.clock.advance(HALF_HOUR_MS)
    return await kit.pipeline.submit(ExpireOrders())


async def refund(kit: Kit, order_id: str, binding_id: str) -> Any:
    return await kit.refund(order_id)


def account_row(kit: Kit) -> dict[str, int]:
    """The one person's account as the core has it, without its version."""
    person_id = kit.store.persons_by_no([(110100, "P1")])[110100, "P1"].person_id
    row = kit.ledger.accounts.row(person_id) or kit.store.accounts([person_id])[0]
    stored = kit.store.accounts([person_id])[0]
    assert tuple(row) == tuple(stored), "the core and the store tell different things"
    account = dict(zip(ACCOUNT_COLUMNS, row, strict=True))
    del account["version"]
    return account


STATES = {
    "OPEN": [],
    "AUTHORIZED": [pay_on_credit],
    "PAID": [pay_whole],
    "CLOSED": [cancel],
    "EXPIRED": [expire],
    "VOIDED": [pay_on_credit, cancel],
    "LAPSED": [pay_on_credit, expire],
    "REFUNDED": [pay_whole, refund],
}
# state    pay                    confirm              cancel                 hospital               refund
TABLE = """
OPEN       AUTHORIZED             ORDER_NOT_AUTHORIZED CLOSED                 CLOSED                 ORDER_NOT_PAID
AUTHORIZED ORDER_ALREADY_PAID     PAID                 VOIDED                 VOIDED                 ORDER_NOT_PAID
PAID       ORDER_ALREADY_PAID     CASH_TO_RETURN       ORDER_ALREADY_PAID     ORDER_ALREADY_PAID     REFUNDED
CLOSED     ORDER_CLOSED           ORDER_CLOSED         ORDER_CLOSED           ORDER_CLOSED           ORDER_NOT_PAID
EXPIRED    ORDER_EXPIRED          ORDER_CLOSED         ORDER_EXPIRED          ORDER_EXPIRED          ORDER_NOT_PAID
VOIDED     ORDER_CLOSED           CASH_TO_RETURN       ORDER_CLOSED           ORDER_CLOSED           ORDER_NOT_PAID
LAPSED     ORDER_EXPIRED          PAID                 ORDER_EXPIRED          ORDER_EXPIRED          ORDER_NOT_PAID
REFUNDED   ORDER_ALREADY_REFUNDED CASH_TO_RETURN       ORDER_ALREADY_REFUNDED ORDER_ALREADY_REFUNDED ORDER_ALREADY_REFUNDED
"""  # noqa: E501
STEPS: list[Step] = [pay_on_credit, confirm, cancel, cancel_by_hospital, refund]
ROWS = [
    (line.split()[0], step, outcome)
    for line in TABLE.strip().splitlines()
    for step, outcome in zip(STEPS, line.split()[1:], strict=True)
]


@pytest.mark.parametrize(("state", "step", "outcome"), ROWS, ids=[f"{s}-{f.__name__}" for s, f, _ in ROWS])
def test_every_step_from_every_state(state: str, step: Step, outcome: str) -> None:
    async def whole() -> None:
        async with running_gateway() as kit:
            binding_id = await furnished(kit)
            order_id = await kit.create_order(250_000, binding_id)
            quoted = await kit.pay_request(order_id, binding_id)  # while it is open: later states quote nothing
            quoted.ClearField("cash_receipt")
            for earlier in STATES[state]:
                await earlier(kit, order_id, binding_id)
            before = account_row(kit)
            try:
                if step is pay_on_credit:
                    await kit.call("PaymentService/Pay", quoted, party="wallet")
                else:
                    await step(kit, order_id, binding_id)
            except Refusal as refusal:
                assert refusal.reason.name == outcome
                assert account_row(kit) == before
                return
            seen = await kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=order_id), party="bureau")
            if outcome == "CASH_TO_RETURN":
                assert seen.order.legs[-1].kind == enums_pb2.TENDER_KIND_CASH
                assert account_row(kit) == before
            else:
                assert enums_pb2.OrderState.Name(seen.order.state) == f"ORDER_STATE_{outcome}"

    asyncio.run(whole())


@pytest.mark.parametrize("undoing", [[cancel], [expire], [cancel_by_hospital]], ids=lambda steps: steps[0].__name__)
def test_a_void_leaves_the_account_as_it_was(undoing: list[Step]) -> None:
    async def whole() -> None:
        async with running_gateway() as kit:
            binding_id = await furnished(kit)
            await kit.pay(await kit.create_order(190_000, binding_id), binding_id)
            before = account_row(kit)
            order_id = await kit.create_order(50_000, binding_id)
            await pay_on_credit(kit, order_id, binding_id)
            assert account_row(kit) != before
            for step in undoing:
                await step(kit, order_id, binding_id)
            assert account_row(kit) == before

    asyncio.run(whole())


@over_stores
async def test_a_refund_with_nothing_after_it_restores_the_same_account(kit: Kit) -> None:
    binding_id = await furnished(kit)
    await kit.pay(await kit.create_order(150_000, binding_id), binding_id)
    before = account_row(kit)
    order_id = await kit.create_order(90_000, binding_id)
    await kit.pay(order_id, binding_id)
    await kit.refund(order_id)
    assert account_row(kit) == before


@over_stores
async def test_a_refund_in_the_middle_takes_out_its_own_part_only(kit: Kit) -> None:
    binding_id = await furnished(kit, balance_fen=1_000_000)
    first = await kit.create_order(150_000, binding_id)
    await kit.pay(first, binding_id)
    second = await kit.pay(await kit.create_order(90_000, binding_id), binding_id)
    await kit.refund(first)
    account = account_row(kit)
    assert account["outpatient_pooled_fen"] == second.split.pooled_fen == 42_000
    assert account["outpatient_in_scope_fen"] == 90_000
    assert account["outpatient_deductible_fen"] == second.split.deductible_fen == 30_000
    assert account["current_year_fen"] == 1_000_000 - second.split.account_fen


@over_stores
async def test_a_late_confirmation_finds_the_money_gone_and_the_cash_goes_back(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(190_000, binding_id)
    held = await pay_on_credit(kit, order_id, binding_id)
    await expire(kit, order_id, binding_id)
    await kit.pay(await kit.create_order(185_000, binding_id), binding_id)  # takes deductible and money meanwhile
    late = await confirm(kit, order_id, binding_id, held.order.cash.cash_to_collect_fen)
    assert (late.status, late.refusal) == (pb.PAY_STATUS_CASH_TO_RETURN, Reason.ORDER_EXPIRED)
    assert late.order.state == enums_pb2.ORDER_STATE_VOIDED
    receipt = late.order.receipts[0].receipt
    request = pb.ConfirmCashRefundRequest(
        request_id=kit.request_id(), receipt_no=receipt.receipt_no, amount_fen=receipt.amount_fen,
        channel_refund_no="W1", refunded_at_ms=kit.clock.now_ms(),
    )  # fmt: skip
    returned = await kit.call("PaymentService/ConfirmCashRefund", request, party="wallet")
    assert returned.receipt.state == enums_pb2.RECEIPT_STATE_RETURNED
    with refused(Reason.NOTHING_TO_RETURN):
        again = pb.ConfirmCashRefundRequest()
        again.CopyFrom(request)
        again.request_id = kit.request_id()
        await kit.call("PaymentService/ConfirmCashRefund", again, party="wallet")


@over_stores
async def test_fifty_payments_of_one_order_at_once_are_one_payment(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(250_000, binding_id)
    request = await kit.pay_request(order_id, binding_id)
    request.ClearField("cash_receipt")
    requests = []
    for _ in range(50):
        one = pb.PayRequest()
        one.CopyFrom(request)
        one.request_id = kit.request_id()
        requests.append(kit.call("PaymentService/Pay", one, party="wallet"))
    answers = await asyncio.gather(*requests, return_exceptions=True)
    paid = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert len(paid) == 1
    assert {answer.reason for answer in answers if isinstance(answer, Refusal)} == {Reason.ORDER_ALREADY_PAID}
    assert account_row(kit)["held_fen"] == paid[0].order.split.account_fen == 30_000


@over_stores
async def test_the_same_request_sent_at_once_is_executed_once(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(250_000, binding_id)
    request = await kit.pay_request(order_id, binding_id)
    answers = await asyncio.gather(*(kit.call("PaymentService/Pay", request, party="wallet") for _ in range(20)))
    assert [answer.replayed for answer in answers].count(False) == 1
    assert len({answer.order.SerializeToString(deterministic=True) for answer in answers}) == 1


@over_stores
async def test_two_hundred_bills_of_one_person_never_overdraw_the_account(kit: Kit) -> None:
    binding_id = await furnished(kit, balance_fen=100_000)
    orders = await asyncio.gather(*(kit.create_order(3_000, binding_id) for _ in range(200)))

    async def settle(order_id: str) -> int:
        while True:
            try:
                return int((await kit.pay(order_id, binding_id)).split.account_fen)
            except Refusal as refusal:
                assert refusal.reason == Reason.QUOTE_CHANGED
            except AssertionError:  # its cash was taken, and is to be returned: pay again with a new receipt
                continue

    paid = await asyncio.gather(*(settle(order_id) for order_id in orders))
    assert sum(paid) == 100_000
    assert account_row(kit)["current_year_fen"] == 0


@over_stores
async def test_a_new_benefit_year_rolls_the_account_and_a_refund_of_the_old_one_leaves_it_alone(kit: Kit) -> None:
    binding_id = await furnished(kit)
    old = await kit.create_order(250_000, binding_id)
    await kit.pay(old, binding_id)
    kit.clock.advance(70 * 86_400_000)
    new = await kit.create_order(250_000, binding_id, service_date="2027-01-10")
    split = (await kit.pay(new, binding_id)).split
    assert split.deductible_fen == 180_000, "the deductible begins again"
    year = {name: value for name, value in account_row(kit).items() if "outpatient" in name}
    await kit.refund(old)
    after = account_row(kit)
    assert {name: value for name, value in after.items() if "outpatient" in name} == year
    assert after["prior_years_fen"] == 30_000, "last year's money comes back as earlier years' money"
    with refused(Reason.BENEFIT_YEAR_CLOSED):
        late = await kit.create_order(1_000, binding_id)
        await kit.pay_request(late, binding_id)


@over_stores
async def test_what_was_answered_is_answered_again_whatever_came_after(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(250_000, binding_id)
    pay = await kit.pay_request(order_id, binding_id, channel_order_no="CH-1")
    pay.ClearField("cash_receipt")
    held = await kit.call("PaymentService/Pay", pay, party="wallet")
    await confirm(kit, order_id, binding_id)
    refund_request = pb.RefundRequest(
        request_id=kit.request_id(), order_id=order_id, refund_no="RF", kind=enums_pb2.REFUND_KIND_ALL, reason="x"
    )
    refund_answer = await kit.call("PaymentService/Refund", refund_request, party="his")
    give_back = pb.ConfirmCashRefundRequest(
        request_id=kit.request_id(), refund_id=refund_answer.refund.refund_id,
        amount_fen=refund_answer.refund.cash_to_return_fen, channel_refund_no="W", refunded_at_ms=kit.clock.now_ms(),
    )  # fmt: skip
    await kit.call("PaymentService/ConfirmCashRefund", give_back, party="wallet")
    for name, request, party, answer in (
        ("PaymentService/Pay", pay, "wallet", held),
        ("PaymentService/Refund", refund_request, "his", refund_answer),
    ):
        again = await kit.call(name, request, party=party)
        assert again.replayed
        again.replayed = False
        assert again == answer


def texts_in(message: Any) -> list[str]:
    """Every text anywhere in a message."""
    found = []
    for descriptor, value in message.ListFields():
        values = value if descriptor.is_repeated else [value]
        for one in values:
            if descriptor.type == descriptor.TYPE_MESSAGE:
                found += texts_in(one)
            elif isinstance(one, str):
                found.append(one)
    return found


@over_stores
async def test_nothing_clinical_reaches_a_channel_or_the_mesh(kit: Kit) -> None:
    binding_id = await furnished(kit)
    await kit.put_party("records", enums_pb2.ROLE_MESH)
    order_id = await kit.create_order(
        250_000, binding_id,
        lines=[types_pb2.OrderLine(line_no="SECRET1", item_code="SECRET2", item_name="SECRET3",
                                   item_class=enums_pb2.ITEM_CLASS_A, amount_fen=250_000)],
        diagnoses=[types_pb2.Diagnosis(code="SECRET4", name="SECRET5")], operator="SECRET6", attach="SECRET7",
        references=types_pb2.InstitutionReferences(medical_record_no="SECRET8"),
    )  # fmt: skip
    quote = pb.QuoteOrderRequest(order_id=order_id, binding_id=binding_id, use_account=True)
    answers = [
        await kit.call("PaymentService/QuoteOrder", quote, party="wallet"),
        await pay_on_credit(kit, order_id, binding_id),
        await confirm(kit, order_id, binding_id),
        await kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=order_id), party="wallet"),
        await kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=order_id), party="records"),
    ]
    stream = kit.rpcs["PaymentService/WatchOrders"].handler(kit.caller("wallet"), pb.WatchOrdersRequest())
    answers += [await anext(stream) for _ in range(3)]  # type: ignore[arg-type]
    await stream.aclose()  # type: ignore[union-attr]
    assert not [text for answer in answers for text in texts_in(answer) if "SECRET" in text]
    own = await kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=order_id), party="his")
    assert {f"SECRET{number}" for number in range(1, 9)} <= set(texts_in(own))
    assert not own.order.binding_id and not own.order.HasField("accumulators_before")


@over_stores
async def test_another_partys_order_is_not_ones_own(kit: Kit) -> None:
    binding_id = await furnished(kit)
    await kit.put_party("wallet-2", enums_pb2.ROLE_CHANNEL)
    await kit.import_persons(person(2))
    order_id = await kit.create_order(250_000, binding_id)
    other = await kit.bind("user-2", 2, channel="wallet-2")
    quote = pb.QuoteOrderRequest(order_id=order_id, binding_id=other)
    with refused(Reason.ORDER_NOT_YOURS):
        await kit.call("PaymentService/QuoteOrder", quote, party="wallet-2")
    with refused(Reason.BINDING_NOT_FOUND):
        await kit.call(
            "PaymentService/QuoteOrder", pb.QuoteOrderRequest(order_id=order_id, binding_id=other), party="wallet"
        )
    with refused(Reason.ORDER_NOT_YOURS):
        await kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=order_id), party="wallet-2")
    with refused(Reason.BINDING_NOT_FOUND):
        account = account_service_pb2.GetAccountRequest(binding_id=binding_id)
        await kit.call("AccountService/GetAccount", account, party="wallet-2")
    assert id_number("o", order_id)


@over_stores
async def test_a_leg_never_gives_back_more_than_it_took(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(250_000, binding_id)
    await pay_whole(kit, order_id, binding_id)
    stray = await confirm(kit, order_id, binding_id, 777)  # cash for a bill that is paid already
    request = pb.ConfirmCashRefundRequest(
        request_id=kit.request_id(), receipt_no=stray.order.receipts[-1].receipt.receipt_no, amount_fen=777,
        channel_refund_no="W1", refunded_at_ms=kit.clock.now_ms(),
    )  # fmt: skip
    order = (await kit.call("PaymentService/ConfirmCashRefund", request, party="wallet")).order
    cash = next(leg for leg in order.legs if leg.kind == enums_pb2.TENDER_KIND_CASH)
    assert (cash.state, cash.refunded_fen) == (enums_pb2.LEG_STATE_POSTED, 0)
    assert sorted(row.state for row in order.receipts) == [
        enums_pb2.RECEIPT_STATE_APPLIED, enums_pb2.RECEIPT_STATE_RETURNED,
    ]  # fmt: skip
