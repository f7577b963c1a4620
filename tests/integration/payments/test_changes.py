"""Payments where parties, policies and books change between one request and the next."""

import copy
from typing import Any

import pytest

from gateway.pb.medsettle.v1 import binding_service_pb2, enums_pb2, operator_service_pb2, payment_service_pb2, types_pb2
from gateway.reasons import Reason
from gateway.works.upkeep import ExpireOrders
from tests.gateway_kit import POLICY, TODAY, Kit, credit, over_stores, person, refused

pb = payment_service_pb2
DOCUMENT = "京医保发〔2026〕1号"


async def furnished(kit: Kit, balance_fen: int = 30_000) -> str:
    """A bound person with some money; gives the binding."""
    await kit.furnish()
    await kit.post_credits(credit(amount_fen=balance_fen))
    return await kit.bind()


async def call(kit: Kit, name: str, request: Any, party: str) -> Any:
    return await kit.call(f"PaymentService/{name}", request, party=party)


async def order_as_seen(kit: Kit, order_id: str, party: str) -> types_pb2.Order:
    order: types_pb2.Order = (await call(kit, "GetOrder", pb.GetOrderRequest(order_id=order_id), party)).order
    return order


async def pay_code(kit: Kit, binding_id: str, party: str = "wallet") -> str:
    request = binding_service_pb2.IssuePayCodeRequest(request_id=kit.request_id(), binding_id=binding_id)
    return str((await kit.call("BindingService/IssuePayCode", request, party=party)).pay_code)


async def attach(kit: Kit, order_id: str, code: str) -> Any:
    request = pb.AttachPayCodeRequest(request_id=kit.request_id(), order_id=order_id, pay_code=code)
    return await call(kit, "AttachPayCode", request, "his")


async def return_cash(kit: Kit, party: str = "wallet", **values: Any) -> Any:
    settings = {"channel_refund_no": "W", "refunded_at_ms": kit.clock.now_ms()} | values
    request = pb.ConfirmCashRefundRequest(request_id=kit.request_id(), **settings)
    return await call(kit, "ConfirmCashRefund", request, party)


def leg_of(order: types_pb2.Order, kind: int) -> tuple[int, int, int]:
    """State, amount and what went back of one leg; zeros without it."""
    legs = [(leg.state, leg.amount_fen, leg.refunded_fen) for leg in order.legs if leg.kind == kind]
    assert len(legs) <= 1
    return legs[0] if legs else (0, 0, 0)


@pytest.mark.parametrize("digest", ["zz", "-1", "-" + "f" * 60, "f" * 64, " 1 ", "ffffffffffffffff"])
@pytest.mark.parametrize("has_receipt", [False, True], ids=["bare", "receipt"])
@over_stores
async def test_a_digest_is_any_text_and_a_wrong_one_is_a_changed_quote(
    kit: Kit, digest: str, has_receipt: bool
) -> None:
    binding_id = await furnished(kit)
    request = await kit.pay_request(await kit.create_order(100_000, binding_id), binding_id, quote_digest=digest)
    if has_receipt:
        response = await call(kit, "Pay", request, "wallet")
        assert (response.status, response.refusal) == (pb.PAY_STATUS_CASH_TO_RETURN, Reason.QUOTE_CHANGED)
    else:
        request.ClearField("cash_receipt")
        with refused(Reason.QUOTE_CHANGED):
            await call(kit, "Pay", request, "wallet")


@over_stores
async def test_a_refused_payment_leaves_the_channels_number_of_the_standing_one(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(100_000, binding_id)
    first = await kit.pay_request(order_id, binding_id, channel_order_no="CH-1")
    second = await kit.pay_request(order_id, binding_id, channel_order_no="CH-2")
    paid = await call(kit, "Pay", first, "wallet")
    again = await call(kit, "Pay", second, "wallet")
    assert (again.status, again.refusal) == (pb.PAY_STATUS_CASH_TO_RETURN, Reason.ORDER_ALREADY_PAID)
    assert again.order.channel_order_no == "CH-1"
    seen = await call(kit, "GetOrder", pb.GetOrderRequest(channel_order_no="CH-1"), "wallet")
    assert seen.order.order_id == order_id
    with refused(Reason.ORDER_NOT_FOUND):
        await call(kit, "GetOrder", pb.GetOrderRequest(channel_order_no="CH-2"), "wallet")
    replay = await call(kit, "Pay", first, "wallet")
    assert replay.replayed
    assert replay.order == paid.order


@over_stores
async def test_an_order_stays_with_the_channel_that_claimed_it(kit: Kit) -> None:
    binding_id = await furnished(kit)
    await kit.put_party("wallet-2", enums_pb2.ROLE_CHANNEL)
    other = await kit.bind("user-9", 1, channel="wallet-2")
    order_id = await kit.create_order(100_000, binding_id)
    code = await pay_code(kit, other, "wallet-2")
    with refused(Reason.ORDER_CLAIMED_BY_ANOTHER):
        await attach(kit, order_id, code)
    assert (await order_as_seen(kit, order_id, "wallet")).binding_id == binding_id
    free = await attach(kit, await kit.create_order(100_000), code)  # the refusal has not used the code up
    assert free.order.channel_id == "wallet-2"
    await attach(kit, order_id, await pay_code(kit, binding_id))  # its own binding may show a code as well


@over_stores
async def test_a_claimed_order_tells_who_insures_its_person(kit: Kit) -> None:
    binding_id = await furnished(kit)
    pushed = await order_as_seen(kit, await kit.create_order(100_000, binding_id), "his")
    assert (pushed.insured_region_code, pushed.scheme) == ("110100", enums_pb2.SCHEME_EMPLOYEE)
    order_id = await kit.create_order(100_000)
    free = await order_as_seen(kit, order_id, "his")
    assert (free.insured_region_code, free.scheme, free.claimed_at_ms) == ("", 0, 0)
    scanned = (await attach(kit, order_id, await pay_code(kit, binding_id))).order
    assert (scanned.insured_region_code, scanned.scheme) == ("110100", enums_pb2.SCHEME_EMPLOYEE)


@over_stores
async def test_cash_that_comes_for_nobodys_order_claims_it(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(100_000)
    detail = (await call(kit, "GetOrder", pb.GetOrderRequest(order_id=order_id), "his")).detail
    request = pb.PayRequest(
        request_id="r", order_code=detail.order_code, binding_id=binding_id, quote_digest="1", cash_due_fen=5,
        user_authentication=enums_pb2.USER_AUTHENTICATION_FACE,
        cash_receipt=types_pb2.CashReceipt(receipt_no="R", amount_fen=5, paid_at_ms=kit.clock.now_ms()),
    )  # fmt: skip
    order = (await call(kit, "Pay", request, "wallet")).order
    assert (order.channel_id, order.claimed_at_ms) == ("wallet", kit.clock.now_ms())
    assert (order.insured_region_code, order.scheme) == ("110100", enums_pb2.SCHEME_EMPLOYEE)
    assert leg_of(order, enums_pb2.TENDER_KIND_CASH) == (enums_pb2.LEG_STATE_CASH_TO_RETURN, 5, 0)


@over_stores
async def test_a_repeated_bill_is_answered_whatever_became_of_its_institution(kit: Kit) -> None:
    await kit.furnish()
    values = {"request_id": "R", "institution_order_no": "N"}
    order_id = await kit.create_order(100_000, **values)
    for change, reason in (
        ({"suspended": True}, Reason.INSTITUTION_SUSPENDED),
        ({"scenarios": [enums_pb2.SCENARIO_PHARMACY]}, Reason.FIELD_INVALID),
    ):
        await kit.put_institution("H1", "his", **change)
        assert await kit.create_order(100_000, **values) == order_id
        with refused(reason):
            await kit.create_order(100_000)


@over_stores
async def test_a_repeated_payment_tells_the_policy_of_its_time(kit: Kit) -> None:
    policy = copy.deepcopy(POLICY)
    policy["schemes"]["employee"]["outpatient"][0]["document"] = DOCUMENT
    binding_id = await furnished(kit)
    await kit.put_policy(policy)
    order_id = await kit.create_order(250_000, binding_id)
    request = await kit.pay_request(order_id, binding_id)
    paid = await call(kit, "Pay", request, "wallet")
    assert paid.order.policy_document == DOCUMENT
    policy["version"] = "2026-02"
    policy["schemes"]["employee"]["outpatient"][0]["document"] = "京医保发〔2026〕2号"
    await kit.put_policy(policy)
    again = await call(kit, "Pay", request, "wallet")
    assert again.replayed
    assert again.order == paid.order
    assert (await order_as_seen(kit, order_id, "his")).policy_document == DOCUMENT


@over_stores
async def test_what_the_institution_bears_comes_off_a_cash_order(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(10_000, binding_id, kind=enums_pb2.ORDER_KIND_CASH_ONLY, hospital_borne_fen=4_000)
    order = await kit.pay(order_id, binding_id)
    assert (order.split.hospital_fen, order.split.cash_fen) == (4_000, 6_000)
    assert leg_of(order, enums_pb2.TENDER_KIND_HOSPITAL) == (enums_pb2.LEG_STATE_POSTED, 4_000, 0)


@over_stores
async def test_the_institutions_leg_lives_with_the_order(kit: Kit) -> None:
    binding_id = await furnished(kit)
    line = types_pb2.OrderLine(
        line_no="1", item_code="X", item_name="x", item_class=enums_pb2.ITEM_CLASS_C, amount_fen=10_000
    )
    with refused(Reason.AMOUNT_OUT_OF_RANGE, field="hospital_borne_fen", maximum=0):
        await kit.create_order(10_000, binding_id, hospital_borne_fen=1)  # all of it is in scope
    order_id = await kit.create_order(10_000, binding_id, hospital_borne_fen=4_000, lines=[line])
    order = await kit.pay(order_id, binding_id)
    assert order.split.pooled_fen == 0
    assert leg_of(order, enums_pb2.TENDER_KIND_HOSPITAL) == (enums_pb2.LEG_STATE_POSTED, 4_000, 0)
    await kit.refund(order_id)
    order = await order_as_seen(kit, order_id, "his")
    assert leg_of(order, enums_pb2.TENDER_KIND_HOSPITAL) == (enums_pb2.LEG_STATE_REFUNDED, 4_000, 4_000)


@over_stores
async def test_an_order_whose_bill_the_books_have_taken_back_is_not_taken_back_again(kit: Kit) -> None:
    binding_id = await furnished(kit)
    paid = await kit.create_order(100_000, binding_id)
    await kit.pay(paid, binding_id)
    held = await kit.create_order(100_000, binding_id)
    request = await kit.pay_request(held, binding_id)
    request.ClearField("cash_receipt")
    await call(kit, "Pay", request, "wallet")
    record = operator_service_pb2.ElsewhereRecord(
        settlement_no="S1", region_code="110100", person_no="P1", service_date=TODAY,
        service=enums_pb2.SERVICE_OUTPATIENT, in_scope_fen=-150_000,
    )  # fmt: skip
    message = operator_service_pb2.ImportSettlementsRequest(request_id=kit.request_id(), records=[record])
    await kit.call("OperatorService/ImportSettlements", [message], party="bureau")
    before = list(kit.store._db.iterdump())
    with refused(Reason.BALANCE_OUT_OF_RANGE):
        await kit.refund(paid)
    with refused(Reason.BALANCE_OUT_OF_RANGE):
        await call(kit, "CancelOrder", pb.CancelOrderRequest(request_id="c", order_id=held), "his")
    assert list(kit.store._db.iterdump()) == before
    record.settlement_no, record.in_scope_fen = "S2", 150_000
    message = operator_service_pb2.ImportSettlementsRequest(request_id=kit.request_id(), records=[record])
    await kit.call("OperatorService/ImportSettlements", [message], party="bureau")
    await kit.refund(paid)


@over_stores
async def test_a_refund_tells_nothing_to_those_it_is_not_for(kit: Kit) -> None:
    binding_id = await furnished(kit)
    await kit.put_party("wallet-2", enums_pb2.ROLE_CHANNEL)
    await kit.put_party("his-2", enums_pb2.ROLE_INSTITUTION)
    await kit.put_institution("H2", "his-2")
    await kit.import_persons(person(2))
    orders = [await kit.create_order(100_000, binding_id) for _ in range(2)]
    for order_id in orders:
        await kit.pay(order_id, binding_id)
    refund = await kit.refund(orders[0])
    with refused(Reason.ORDER_NOT_YOURS):  # not the amount that is due
        await return_cash(kit, "wallet-2", refund_id=refund.refund_id, amount_fen=1)
    with refused(Reason.ORDER_NOT_YOURS):  # not that the number is taken
        request = pb.RefundRequest(
            request_id="x", order_id=orders[1], refund_no=refund.refund_no, kind=enums_pb2.REFUND_KIND_ALL
        )
        await call(kit, "Refund", request, "his-2")
    with refused(Reason.REFUND_NO_TAKEN, field="refund_no"):
        await call(kit, "Refund", request, "his")
    for party in ("wallet-2", "his-2"):
        with refused(Reason.ORDER_NOT_YOURS):
            await call(kit, "GetRefund", pb.GetRefundRequest(refund_id=refund.refund_id), party)
    with refused(Reason.INSTITUTION_NOT_YOURS):
        by_no = pb.GetRefundRequest(institution_id="H1", refund_no=refund.refund_no)
        await call(kit, "GetRefund", by_no, "his-2")


@over_stores
async def test_orders_that_cannot_end_yet_do_not_keep_others_from_expiring(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.works.upkeep._DUE_MAX", 2)
    binding_id = await furnished(kit)
    stuck = []
    for _ in range(3):
        stuck.append(await kit.create_order(100_000, binding_id))
        request = await kit.pay_request(stuck[-1], binding_id)
        request.ClearField("cash_receipt")
        await call(kit, "Pay", request, "wallet")
    kit.clock.advance(1)
    other = await kit.create_order(100_000, binding_id)
    record = operator_service_pb2.ElsewhereRecord(
        settlement_no="S1", region_code="110100", person_no="P1", service_date=TODAY,
        service=enums_pb2.SERVICE_OUTPATIENT, in_scope_fen=-250_000,
    )  # fmt: skip
    message = operator_service_pb2.ImportSettlementsRequest(request_id=kit.request_id(), records=[record])
    await kit.call("OperatorService/ImportSettlements", [message], party="bureau")
    kit.clock.advance(30 * 60_000)
    work: ExpireOrders | None = ExpireOrders()
    while work is not None:
        await kit.pipeline.submit(work)
        work = work.next_page
    states = [(await order_as_seen(kit, order_id, "his")).state for order_id in (*stuck, other)]
    assert states[:3] == [enums_pb2.ORDER_STATE_AUTHORIZED] * 3
    assert states[3] == enums_pb2.ORDER_STATE_CLOSED
