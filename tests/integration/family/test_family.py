"""Family accounts over the rpcs: links made, listed and ended; what an owner's account pays, and gets back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.pb.medsettle.v1 import (
    account_service_pb2,
    binding_service_pb2,
    enums_pb2,
    payment_service_pb2,
    types_pb2,
)
from gateway.reasons import Reason
from gateway.works.upkeep import ExpireOrders
from tests.gateway_kit import NOW_MS, Kit, credit, over_stores, person, refused, running_gateway
from tests.verify_kit import findings

pb = binding_service_pb2
CHILD, SPOUSE = enums_pb2.FAMILY_RELATION_CHILD, enums_pb2.FAMILY_RELATION_SPOUSE
ENDED = enums_pb2.FAMILY_LINK_STATE_ENDED
PATIENT, OWNER = 1, 2


async def bound(kit: Kit, owner_fen: int = 100_000, **credits: Any) -> tuple[str, str]:
    """The bindings of a patient without account money and of an owner with some: (patient's, owner's)."""
    await kit.furnish()
    await kit.import_persons(person(OWNER))
    if owner_fen:
        await kit.post_credits(credit(1, owner_fen, person_no="P2", **credits))
    return await kit.bind("user-1", PATIENT), await kit.bind("user-2", OWNER)


async def add(kit: Kit, owner: str, member: str, party: str = "wallet", **values: Any) -> Any:
    settings = {"request_id": kit.request_id(), "owner_binding_id": owner, "member_binding_id": member}
    request = pb.AddFamilyMemberRequest(**(settings | {"relation": CHILD} | values))
    return await kit.call("BindingService/AddFamilyMember", request, party=party)


async def remove(kit: Kit, link_id: str, party: str = "wallet", **values: Any) -> Any:
    request = pb.RemoveFamilyMemberRequest(**({"request_id": kit.request_id(), "family_link_id": link_id} | values))
    return await kit.call("BindingService/RemoveFamilyMember", request, party=party)


async def listed(kit: Kit, binding_id: str, party: str = "wallet") -> tuple[list[Any], list[Any]]:
    request = pb.ListFamilyMembersRequest(binding_id=binding_id)
    response = await kit.call("BindingService/ListFamilyMembers", request, party=party)
    return list(response.members), list(response.owners)


async def linked(kit: Kit, owner_fen: int = 100_000, **credits: Any) -> tuple[str, str, str]:
    """(patient's binding, owner's binding, link)."""
    patient, owner = await bound(kit, owner_fen, **credits)
    return patient, owner, (await add(kit, owner, patient)).link.family_link_id


async def quote(kit: Kit, order_id: str, binding_id: str, link_id: str) -> Any:
    request = payment_service_pb2.QuoteOrderRequest(
        order_id=order_id, binding_id=binding_id, use_account=True, family_link_id=link_id
    )
    return await kit.call("PaymentService/QuoteOrder", request, party="wallet")


async def pay_request(kit: Kit, order_id: str, binding_id: str, link_id: str, *, receipt: bool = True) -> Any:
    request = await kit.pay_request(order_id, binding_id, family_link_id=link_id)
    if not receipt:
        request.ClearField("cash_receipt")
    return request


def receipt_of(kit: Kit, amount_fen: int) -> types_pb2.CashReceipt:
    return types_pb2.CashReceipt(receipt_no=kit.request_id(), amount_fen=amount_fen, paid_at_ms=kit.clock.now_ms())


async def pay(kit: Kit, order_id: str, binding_id: str, link_id: str, **values: Any) -> Any:
    request = await pay_request(kit, order_id, binding_id, link_id, **values)
    return await kit.call("PaymentService/Pay", request, party="wallet")


async def purses(kit: Kit, binding_id: str) -> tuple[int, int, int]:
    """(this year's, earlier years', held)."""
    request = account_service_pb2.GetAccountRequest(binding_id=binding_id)
    account = (await kit.call("AccountService/GetAccount", request, party="wallet")).account
    return account.current_year_fen, account.prior_years_fen, account.held_fen


def check_books(kit: Kit) -> None:
    """`medsettle verify` finds nothing."""
    assert findings(kit) == []


@over_stores
async def test_link_is_made_listed_and_ended(kit: Kit) -> None:
    patient, owner = await bound(kit)
    made = await add(kit, owner, patient, request_id="one")
    again = await add(kit, owner, patient, request_id="one")
    assert (made.replayed, again.replayed, again.link) == (False, True, made.link)
    assert made.link == pb.FamilyLink(
        family_link_id=made.link.family_link_id,
        owner_binding_id=owner,
        owner_name_masked="**明",
        member_name_masked="**明",
        relation=CHILD,
        state=enums_pb2.FAMILY_LINK_STATE_ACTIVE,
        created_at_ms=NOW_MS,
    )
    assert await listed(kit, owner) == ([made.link], [])
    assert await listed(kit, patient) == ([], [made.link])
    kit.clock.advance(5)
    ended = await remove(kit, made.link.family_link_id)
    assert (ended.link.state, ended.link.ended_at_ms) == (ENDED, NOW_MS + 5)
    with refused(Reason.FAMILY_LINK_ENDED, family_link_id=made.link.family_link_id):
        await remove(kit, made.link.family_link_id)
    assert (await add(kit, owner, patient)).link.family_link_id != made.link.family_link_id
    assert len((await listed(kit, patient))[1]) == 2


@over_stores
async def test_what_makes_no_link(kit: Kit) -> None:
    patient, owner, link_id = await linked(kit)
    await kit.put_party("bank", enums_pb2.ROLE_CHANNEL)
    with refused(Reason.FAMILY_LINK_EXISTS, family_link_id=link_id):
        await add(kit, owner, patient, relation=SPOUSE)
    with refused(Reason.FAMILY_OWNER_IS_MEMBER, field="member_binding_id"):
        await add(kit, owner, owner)
    with refused(Reason.FIELD_INVALID, field="relation"):
        await add(kit, owner, patient, relation=0)
    with refused(Reason.BINDING_NOT_FOUND, field="owner_binding_id"):
        await add(kit, "nobody", patient)
    their_owner = await kit.bind("theirs", OWNER, channel="bank")
    their_patient = await kit.bind("theirs", PATIENT, channel="bank")
    with refused(Reason.BINDING_NOT_FOUND, field="owner_binding_id"):
        await add(kit, their_owner, patient)
    with refused(Reason.BINDING_NOT_FOUND, field="member_binding_id"):
        await add(kit, owner, their_patient)
    with refused(Reason.FAMILY_LINK_NOT_FOUND, field="family_link_id"):
        await remove(kit, link_id, party="bank")
    with refused(Reason.FAMILY_LINK_NOT_FOUND, field="family_link_id"):
        await remove(kit, "nonsense")
    with refused(Reason.BINDING_NOT_FOUND, field="binding_id"):
        await listed(kit, owner, party="bank")


@over_stores
async def test_an_owner_has_at_most_ten_members(kit: Kit) -> None:
    patient, owner = await bound(kit)
    for number in range(3, 13):
        await kit.import_persons(person(number))
        await add(kit, owner, await kit.bind(f"user-{number}", number))
    with refused(Reason.TOO_MANY_FAMILY_MEMBERS, maximum=10):
        await add(kit, owner, patient)
    members, _ = await listed(kit, owner)
    await remove(kit, members[0].family_link_id)
    await add(kit, owner, patient)


@over_stores
async def test_end_of_a_binding_ends_what_its_owner_agreed_to(kit: Kit) -> None:
    patient, owner, link_id = await linked(kit)
    back = (await add(kit, patient, owner)).link.family_link_id
    order_id = await kit.create_order(5_000, patient)
    await kit.call(
        "BindingService/Unbind", pb.UnbindRequest(request_id=kit.request_id(), binding_id=owner), party="wallet"
    )
    members, owners = await listed(kit, patient)
    assert [(link.family_link_id, link.state) for link in owners] == [(link_id, ENDED)]
    assert [(link.family_link_id, link.state) for link in members] == [(back, enums_pb2.FAMILY_LINK_STATE_ACTIVE)]
    with refused(Reason.FAMILY_LINK_ENDED, family_link_id=link_id):
        await quote(kit, order_id, patient, link_id)
    with refused(Reason.BINDING_NOT_ACTIVE, field="owner_binding_id", binding_id=owner):
        await add(kit, owner, patient)


@over_stores
async def test_owner_pays_what_the_patient_has_not(kit: Kit) -> None:
    patient, owner, link_id = await linked(kit, 4_000)
    await kit.post_credits(credit(2, 1_000))
    order_id = await kit.create_order(6_000, patient)
    shown = await quote(kit, order_id, patient, link_id)
    split = shown.split
    assert (split.account_current_fen, split.family_account_fen, split.cash_fen) == (1_000, 4_000, 1_000)
    paid = await pay(kit, order_id, patient, link_id)
    assert paid.status == payment_service_pb2.PAY_STATUS_PAID
    assert (await purses(kit, patient), await purses(kit, owner)) == ((0, 0, 0), (0, 0, 0))
    legs = {leg.kind: leg.amount_fen for leg in paid.order.legs}
    assert legs[enums_pb2.TENDER_KIND_FAMILY_ACCOUNT] == 4_000
    check_books(kit)
    await kit.refund(order_id)
    assert (await purses(kit, patient), await purses(kit, owner)) == ((1_000, 0, 0), (4_000, 0, 0))
    check_books(kit)


@over_stores
async def test_hold_of_an_owner_ends_with_the_cash_or_the_order(kit: Kit) -> None:
    patient, owner, link_id = await linked(kit, 4_000)
    for ends_by_cash in (False, True):
        order_id = await kit.create_order(6_000, patient)
        held = await pay(kit, order_id, patient, link_id, receipt=False)
        assert held.status == payment_service_pb2.PAY_STATUS_AUTHORIZED
        assert await purses(kit, owner) == (0, 0, 4_000)
        check_books(kit)
        if ends_by_cash:
            request: Any = payment_service_pb2.ConfirmCashRequest(
                request_id=kit.request_id(), order_id=order_id, cash_receipt=receipt_of(kit, 2_000)
            )
            await kit.call("PaymentService/ConfirmCash", request, party="wallet")
        else:
            request = payment_service_pb2.CancelOrderRequest(request_id=kit.request_id(), order_id=order_id)
            await kit.call("PaymentService/CancelOrder", request, party="wallet")
        assert await purses(kit, owner) == ((0, 0, 0) if ends_by_cash else (4_000, 0, 0))
        check_books(kit)


@over_stores
async def test_refund_by_lines_gives_the_owner_a_part(kit: Kit) -> None:
    patient, owner, link_id = await linked(kit, 4_000)
    lines = [
        types_pb2.OrderLine(
            line_no=str(number),
            item_code=f"X{number}",
            item_name="药",
            item_class=enums_pb2.ITEM_CLASS_A,
            amount_fen=fen,
        )
        for number, fen in ((1, 1_500), (2, 4_500))
    ]
    order_id = await kit.create_order(6_000, patient, lines=lines)
    await pay(kit, order_id, patient, link_id)
    for line, expected_fen in (("2", 2_500), ("1", 4_000)):
        request = payment_service_pb2.RefundRequest(
            request_id=kit.request_id(),
            order_id=order_id,
            refund_no=kit.request_id(),
            kind=enums_pb2.REFUND_KIND_LINES,
            returned_lines=[payment_service_pb2.ReturnedLine(line_no=line)],
        )
        await kit.call("PaymentService/Refund", request, party="his")
        assert await purses(kit, owner) == (expected_fen, 0, 0)
        check_books(kit)


@over_stores
async def test_links_that_do_not_fit_a_payment(kit: Kit) -> None:
    patient, owner, link_id = await linked(kit)
    await kit.put_party("bank", enums_pb2.ROLE_CHANNEL)
    order_id = await kit.create_order(5_000, patient)
    with refused(Reason.FAMILY_LINK_NOT_FOUND, field="family_link_id"):
        await quote(kit, order_id, patient, "f" + link_id[1:-1] + ("0" if link_id[-1] != "0" else "1"))
    foreign_patient = await kit.bind("theirs-1", PATIENT, channel="bank")
    foreign_owner = await kit.bind("theirs-2", OWNER, channel="bank")
    foreign = (await add(kit, foreign_owner, foreign_patient, party="bank")).link.family_link_id
    with refused(Reason.FAMILY_LINK_NOT_FOUND, field="family_link_id"):
        await quote(kit, order_id, patient, foreign)
    others = await kit.create_order(5_000, owner)
    with refused(Reason.FAMILY_LINK_NOT_OF_PATIENT, field="family_link_id"):
        await quote(kit, others, owner, link_id)
    # Another link, or none, is another quote.
    request = await pay_request(kit, order_id, patient, link_id)
    request.family_link_id = ""
    with refused(Reason.QUOTE_CHANGED):
        await kit.call("PaymentService/Pay", request, party="wallet")
    assert await purses(kit, owner) == (100_000, 0, 0)


@over_stores
async def test_link_that_ends_before_the_payment_takes_nothing(kit: Kit) -> None:
    patient, owner, link_id = await linked(kit, 4_000)
    order_id = await kit.create_order(6_000, patient)
    request = await pay_request(kit, order_id, patient, link_id)
    assert request.HasField("cash_receipt")
    bare = payment_service_pb2.PayRequest.FromString(request.SerializeToString())
    bare.ClearField("cash_receipt")
    bare.request_id = kit.request_id()
    await remove(kit, link_id)
    with refused(Reason.FAMILY_LINK_ENDED, family_link_id=link_id):
        await kit.call("PaymentService/Pay", bare, party="wallet")
    response = await kit.call("PaymentService/Pay", request, party="wallet")
    assert response.status == payment_service_pb2.PAY_STATUS_CASH_TO_RETURN
    assert response.refusal == Reason.FAMILY_LINK_ENDED
    assert await purses(kit, owner) == (4_000, 0, 0)
    check_books(kit)


@over_stores
async def test_many_members_at_once_never_take_more_than_the_owner_has(kit: Kit) -> None:
    _, owner, _ = await linked(kit, 10_000)
    requests = []
    for number in range(3, 9):
        await kit.import_persons(person(number))
        member = await kit.bind(f"user-{number}", number)
        link = (await add(kit, owner, member)).link.family_link_id
        order_id = await kit.create_order(3_000, member)
        requests.append(await pay_request(kit, order_id, member, link))
    calls = [kit.call("PaymentService/Pay", request, party="wallet") for request in requests]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 3
    assert await purses(kit, owner) == (1_000, 0, 0)
    check_books(kit)


@pytest.mark.parametrize("after", ["paid", "held"])
def test_owner_is_loaded_with_the_order_after_a_restart(tmp_path: Path, after: str) -> None:
    path = str(tmp_path / "store.db")

    async def before() -> tuple[str, str]:
        async with running_gateway(path) as kit:
            patient, owner, link_id = await linked(kit, 4_000, purse=enums_pb2.PURSE_PRIOR_YEARS)
            order_id = await kit.create_order(6_000, patient)
            await pay(kit, order_id, patient, link_id, receipt=after == "paid")
            return order_id, owner

    async def again(order_id: str, owner: str) -> None:
        async with running_gateway(path) as kit:
            kit.clock.advance(60_000)
            kit._numbers = iter(range(1_000_000, 2_000_000))
            if after == "paid":
                await kit.refund(order_id)
            else:
                request = payment_service_pb2.CancelOrderRequest(request_id=kit.request_id(), order_id=order_id)
                await kit.call("PaymentService/CancelOrder", request, party="wallet")
            assert await purses(kit, owner) == (0, 4_000, 0)
            check_books(kit)

    asyncio.run(again(*asyncio.run(before())))


@over_stores
async def test_batch_pay_takes_a_link(kit: Kit) -> None:
    patient, owner, link_id = await linked(kit)
    payments = []
    for _ in range(3):
        order_id = await kit.create_order(2_000, patient)
        payments.append(await pay_request(kit, order_id, patient, link_id))
    request = payment_service_pb2.BatchPayRequest(payments=payments)
    response = await kit.call("PaymentService/BatchPay", request, party="wallet")
    assert [result.status for result in response.results] == [payment_service_pb2.PAY_STATUS_PAID] * 3
    assert await purses(kit, owner) == (94_000, 0, 0)
    check_books(kit)


@over_stores
async def test_order_that_expires_gives_the_owner_back(kit: Kit) -> None:
    patient, owner, link_id = await linked(kit, 4_000)
    order_id = await kit.create_order(6_000, patient)
    await pay(kit, order_id, patient, link_id, receipt=False)
    kit.clock.advance(31 * 60_000)
    await kit.pipeline.submit(ExpireOrders())
    assert await purses(kit, owner) == (4_000, 0, 0)
    # The cash came late: the same split is taken again, the owner's share with it.
    request = payment_service_pb2.ConfirmCashRequest(
        request_id=kit.request_id(), order_id=order_id, cash_receipt=receipt_of(kit, 2_000)
    )
    response = await kit.call("PaymentService/ConfirmCash", request, party="wallet")
    assert response.status == payment_service_pb2.PAY_STATUS_PAID
    assert await purses(kit, owner) == (0, 0, 0)
    check_books(kit)


@over_stores
async def test_owner_without_money_pays_nothing_and_is_left_alone(kit: Kit) -> None:
    patient, owner, link_id = await linked(kit, 0)
    order_id = await kit.create_order(6_000, patient)
    paid = await pay(kit, order_id, patient, link_id)
    assert paid.order.split.family_account_fen == 0
    assert await purses(kit, owner) == (0, 0, 0)
    check_books(kit)
    await kit.refund(order_id)
    check_books(kit)
