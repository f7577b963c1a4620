"""Which version prices an order: the service date's, and for an order that was priced the one that priced it."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from core.cases.fields import day_of
from gateway.ids import id_number
from gateway.pb.medsettle.v1 import binding_service_pb2, enums_pb2, types_pb2
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay
from gateway.reasons import Reason
from gateway.works.upkeep import ExpireOrders
from tests.gateway_kit import POLICY, REGION, Kit, credit, over_stores, refused, running_gateway
from tests.integration.policies.versions_kit import BILL_FEN, POOLED_FEN, order_of, quoted, version
from tests.verify_kit import findings_in


async def furnished(kit: Kit) -> str:
    """Versions 2026-01 up to and 2026-02 from 6 November; gives a binding."""
    await kit.furnish()
    await kit.post_credits(credit(amount_fen=1_000_000))
    await kit.put_policy(version("2026-02", "2026-11-06"))
    return await kit.bind()


@pytest.mark.parametrize(("service_date", "name"), [("2026-11-05", "2026-01"), ("2026-11-06", "2026-02")])
@over_stores
async def test_the_service_date_picks_the_version(kit: Kit, service_date: str, name: str) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(BILL_FEN, binding_id, service_date=service_date)
    assert await quoted(kit, order_id, binding_id) == (name, POOLED_FEN[name])
    order = await kit.pay(order_id, binding_id)
    assert (order.policy_version, order.split.pooled_fen) == (name, POOLED_FEN[name])
    assert (await kit.refund(order_id)).state == enums_pb2.REFUND_STATE_COMPLETED
    assert (await order_of(kit, order_id)).policy_version == name


@over_stores
async def test_a_person_of_a_region_without_a_policy_is_told_which(kit: Kit) -> None:
    await kit.furnish_people()
    binding_id = await kit.bind()
    order_id = await kit.create_order(BILL_FEN, binding_id)
    with refused(Reason.REGION_UNKNOWN, region_code=REGION):
        await quoted(kit, order_id, binding_id)
    # Once there is one, the same order is priced.
    await kit.put_policy(version("2026-02"))
    assert await quoted(kit, order_id, binding_id) == ("2026-02", POOLED_FEN["2026-02"])


@over_stores
async def test_a_date_that_no_version_holds_on_is_refused_by_name(kit: Kit) -> None:
    await kit.put_policy(version("2026-02", "2026-11-05", "2026-11-06"))
    await kit.furnish_people()
    binding_id = await kit.bind()
    for service_date, holds in (("2026-11-04", False), ("2026-11-05", True), ("2026-11-06", False)):
        order_id = await kit.create_order(BILL_FEN, binding_id, service_date=service_date)
        if holds:
            assert await quoted(kit, order_id, binding_id) == ("2026-02", POOLED_FEN["2026-02"])
            continue
        with refused(Reason.NO_POLICY_ON_DATE, region_code=REGION, service_date=service_date):
            await quoted(kit, order_id, binding_id)


@over_stores
async def test_a_region_whose_policy_begins_later_keeps_books_already(kit: Kit) -> None:
    await kit.put_policy(POLICY | {"effective_from": "2027-01-01"})
    await kit.furnish_people()
    await kit.post_credits(credit())
    binding_id = await kit.bind()
    order_id = await kit.create_order(BILL_FEN, binding_id)
    with refused(Reason.NO_POLICY_ON_DATE, service_date="2026-11-06"):
        await quoted(kit, order_id, binding_id)


def held(request: pay.PayRequest) -> pay.PayRequest:
    """A payment whose cash is still to be taken."""
    bare = pay.PayRequest.FromString(request.SerializeToString())
    bare.ClearField("cash_receipt")
    return bare


@over_stores
async def test_a_quote_of_the_version_before_is_a_changed_quote(kit: Kit) -> None:
    await kit.furnish()
    binding_id = await kit.bind()
    order_id = await kit.create_order(BILL_FEN, binding_id)
    request = await kit.pay_request(order_id, binding_id)
    # The same numbers by another document: what the patient was shown rested on a version that holds no more.
    await kit.put_policy(version("renamed", "2026-11-06"))
    with refused(Reason.QUOTE_CHANGED):
        await kit.call("PaymentService/Pay", held(request), party="wallet")


async def authorized(kit: Kit, binding_id: str) -> types_pb2.Order:
    """An order that holds and waits for its cash."""
    order_id = await kit.create_order(BILL_FEN, binding_id)
    request = held(await kit.pay_request(order_id, binding_id))
    response = await kit.call("PaymentService/Pay", request, party="wallet")
    assert response.status == pay.PAY_STATUS_AUTHORIZED
    order: types_pb2.Order = response.order
    return order


def confirmation(kit: Kit, order: types_pb2.Order) -> pay.ConfirmCashRequest:
    """The cash of an authorized order."""
    (due_fen,) = (leg.amount_fen for leg in order.legs if leg.kind == enums_pb2.TENDER_KIND_CASH)
    receipt = types_pb2.CashReceipt(receipt_no=order.order_id, amount_fen=due_fen, paid_at_ms=kit.clock.now_ms())
    return pay.ConfirmCashRequest(request_id=kit.request_id(), order_id=order.order_id, cash_receipt=receipt)


async def expire(kit: Kit) -> None:
    """Lets every order run out."""
    kit.clock.advance(86_400_000)
    work: ExpireOrders | None = ExpireOrders()
    while work is not None:
        await kit.pipeline.submit(work)
        work = work.next_page


def test_an_order_keeps_its_version_whatever_takes_its_place(tmp_path: Path) -> None:
    """Held, voided, confirmed late, refunded, over a restart: by the version that priced it first."""
    path = tmp_path / "store.db"
    mended = version("2026-03")  # without a beginning, as 2026-01 is: it takes its place

    async def before() -> tuple[str, list[types_pb2.Order]]:
        async with running_gateway(str(path)) as kit:
            await kit.furnish()
            binding_id = await kit.bind()
            late = await authorized(kit, binding_id)
            other = await kit.bind("user-2")
            in_time = await authorized(kit, other)
            await kit.put_policy(mended)
            confirmed = await kit.call("PaymentService/ConfirmCash", confirmation(kit, in_time), party="wallet")
            assert confirmed.order.policy_version == "2026-01"
            await kit.refund(in_time.order_id)
            await expire(kit)
            assert (await order_of(kit, late.order_id)).state == enums_pb2.ORDER_STATE_VOIDED
            return binding_id, [late, in_time]

    async def after(binding_id: str, orders: list[types_pb2.Order]) -> None:
        async with running_gateway(str(path)) as kit:
            kit.clock.advance(90_000_000)
            late, _ = orders
            confirmed = await kit.call("PaymentService/ConfirmCash", confirmation(kit, late), party="wallet")
            assert confirmed.order.state == enums_pb2.ORDER_STATE_PAID
            assert (confirmed.order.policy_version, confirmed.order.split) == ("2026-01", late.split)
            new = await kit.create_order(BILL_FEN, binding_id)
            assert (await quoted(kit, new, binding_id))[0] == "2026-03"
            await kit.pay(new, binding_id)
            await kit.refund(late.order_id)
            for order in orders:
                assert (await order_of(kit, order.order_id)).policy_version == "2026-01"

    asyncio.run(after(*asyncio.run(before())))
    assert findings_in(path) == []


@over_stores
async def test_the_passwordless_limit_is_the_service_dates(kit: Kit) -> None:
    await furnished(kit)
    await kit.put_policy(version("2026-03", "2026-11-08", payment={"passwordless_limit_fen": 5}))
    for date, limit_fen in (("2026-11-07", 20_000), ("2026-11-08", 5)):
        assert kit.rules.passwordless_limit_fen(REGION, day_of(date)) == limit_fen
    request = binding_service_pb2.ListRegionsRequest()
    (region,) = (await kit.call("BindingService/ListRegions", request, party="wallet")).regions
    assert region.passwordless_limit_fen == 20_000


@over_stores
async def test_a_region_is_open_while_a_version_holds(kit: Kit) -> None:
    await kit.put_policy(version("2026-02", "2026-11-08", "2026-11-09"))
    await kit.furnish_people()
    for open_today in (False, True, False):
        regions = await kit.call("BindingService/ListRegions", binding_service_pb2.ListRegionsRequest(), party="wallet")
        assert [region.region_code for region in regions.regions] == [REGION] * open_today
        kit.clock.advance(86_400_000)


def test_verify_tells_a_version_that_was_not_in_force_then(tmp_path: Path) -> None:
    path = tmp_path / "store.db"

    async def whole() -> None:
        async with running_gateway(str(path)) as kit:
            binding_id = await furnished(kit)
            for service_date in ("2026-11-05", "2026-11-06"):
                await kit.pay(await kit.create_order(BILL_FEN, binding_id, service_date=service_date), binding_id)

    asyncio.run(whole())
    assert findings_in(path) == []
    db = sqlite3.connect(path)
    # The second activation behind everything: then nothing of 2026-02 was in force when it priced.
    db.execute("UPDATE policy_activations SET batch = 10000 WHERE batch = (SELECT max(batch) FROM policy_activations)")
    db.commit()
    db.close()
    found: Any = findings_in(path)
    assert any("the journal does not tell of it" in line for line in found), found
    assert sum("in force for its service date was then" in line for line in found) == 1, found


def test_cash_taken_for_a_date_without_a_version_is_to_be_returned(tmp_path: Path) -> None:
    path = tmp_path / "store.db"

    async def whole() -> None:
        async with running_gateway(str(path)) as kit:
            await kit.put_policy(version("2026-02", "2026-11-05"))
            await kit.furnish_people()
            binding_id = await kit.bind()
            order_id = await kit.create_order(BILL_FEN, binding_id, service_date="2026-11-04")
            receipt = types_pb2.CashReceipt(receipt_no="R", amount_fen=5, paid_at_ms=kit.clock.now_ms())
            request = pay.PayRequest(
                request_id="P", order_id=order_id, binding_id=binding_id, quote_digest="0", cash_due_fen=5,
                user_authentication=enums_pb2.USER_AUTHENTICATION_PASSWORD, cash_receipt=receipt,
            )  # fmt: skip
            response = await kit.call("PaymentService/Pay", request, party="wallet")
            assert response.status == pay.PAY_STATUS_CASH_TO_RETURN
            (kept,) = kit.store.receipts_of_order(id_number("o", order_id) or 0)
            assert kept.refusal == Reason.NO_POLICY_ON_DATE

    asyncio.run(whole())
    assert findings_in(path) == []
