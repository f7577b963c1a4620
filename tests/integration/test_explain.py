"""ExplainSplit: what the bureau hears of an order's split, in every state of the order, and from whom it is kept."""

from typing import Any

import pytest

from gateway.ids import id_number
from gateway.pb.medsettle.v1 import enums_pb2, types_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.reasons import Reason
from tests.gateway_kit import REGION, Kit, credit, over_stores, refused

TENDERS = {
    enums_pb2.TENDER_KIND_POOLED: "pooled_fen",
    enums_pb2.TENDER_KIND_ACCOUNT_CURRENT: "account_current_fen",
    enums_pb2.TENDER_KIND_ACCOUNT_PRIOR: "account_prior_fen",
    enums_pb2.TENDER_KIND_CASH: "cash_fen",
}


async def explained(kit: Kit, order_id: str, party: str = "bureau") -> Any:
    return await kit.call("OperatorService/ExplainSplit", pb.ExplainSplitRequest(order_id=order_id), party=party)


async def furnished(kit: Kit) -> str:
    await kit.furnish()
    await kit.post_credits(credit(amount_fen=50_000), credit(amount_fen=20_000, purse=enums_pb2.PURSE_PRIOR_YEARS))
    return await kit.bind()


def lines() -> list[types_pb2.OrderLine]:
    """A bill of 2,650 yuan: class A, class B with a tenth paid first, and class C."""
    rows = (("1", enums_pb2.ITEM_CLASS_A, 0, 200_000), ("2", enums_pb2.ITEM_CLASS_B, 100_000, 60_000),
            ("3", enums_pb2.ITEM_CLASS_C, 1_000_000, 5_000))  # fmt: skip
    return [
        types_pb2.OrderLine(
            line_no=number,
            item_code=f"SECRET-{number}",
            item_name="秘密",
            item_class=item_class,
            self_pay_ppm=ppm,
            amount_fen=fen,
        )
        for number, item_class, ppm, fen in rows
    ]


@over_stores
async def test_an_order_is_explained_as_it_was_paid(kit: Kit) -> None:
    binding_id = await furnished(kit)
    for _ in range(2):  # the second one begins where the deductible of the year is filled
        order_id = await kit.create_order(265_000, binding_id, lines=lines())
        order = await kit.pay(order_id, binding_id)
        answer = await explained(kit, order_id)
        assert (answer.order_id, answer.policy_version, answer.split) == (order_id, "2026-01", order.split)
        paid = dict.fromkeys(TENDERS, 0)
        for step in answer.steps:
            if step.payer:
                paid[step.payer] += step.paid_fen
        assert {name: paid[tender] for tender, name in TENDERS.items()} == {
            name: getattr(order.split, name) for name in TENDERS.values()
        }
        for before, after in zip(answer.steps, answer.steps[1:], strict=False):
            assert [one.after_fen for one in before.left] == [one.before_fen for one in after.left]
            assert [one.after_fen for one in before.accumulators] == [one.before_fen for one in after.accumulators]
        assert not any(one.after_fen for one in answer.steps[-1].left)
        assert "秘密" not in str(answer) and "SECRET" not in str(answer)
    deductible = next(step for step in answer.steps if step.kind.startswith("deductible"))
    assert deductible.rule.path == "schemes.employee.outpatient[0].deductible"
    assert {fact.name: fact.value for fact in deductible.facts}["used_before_fen"] == "180000"
    assert "统筹基金" in answer.summary_zh and "pooled fund" in answer.summary_en


@over_stores
async def test_what_was_paid_stays_explained_when_policy_and_person_have_moved_on(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(265_000, binding_id, lines=lines())
    await kit.pay(order_id, binding_id)
    first = await explained(kit, order_id)
    await kit.pay(await kit.create_order(400_000, binding_id), binding_id)
    await kit.refund(order_id)
    assert await explained(kit, order_id) == first


@over_stores
async def test_orders_that_no_policy_has_split(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(1_000, binding_id)
    with refused(Reason.ORDER_HAS_NO_SPLIT, order_id=order_id):
        await explained(kit, order_id)
    cash = await kit.create_order(1_000, binding_id, kind=enums_pb2.ORDER_KIND_CASH_ONLY)
    await kit.pay(cash, binding_id)
    with refused(Reason.ORDER_HAS_NO_SPLIT, order_id=cash):
        await explained(kit, cash)
    with refused(Reason.ORDER_NOT_FOUND):
        await explained(kit, "o-12345")


@over_stores
async def test_a_split_that_the_policy_does_not_come_to_is_told_and_not_explained(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(265_000, binding_id, lines=lines())
    await kit.pay(order_id, binding_id)
    order = kit.ledger.order(id_number("o", order_id))
    assert order is not None
    order.pooled_fen += 1
    order.cash_fen -= 1
    with refused(Reason.SPLIT_NOT_EXPLAINED, order_id=order_id):
        await explained(kit, order_id)


@pytest.mark.parametrize("party", ["wallet", "his"])
@over_stores
async def test_only_the_bureau_hears_it(kit: Kit, party: str) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(265_000, binding_id)
    with refused(Reason.ROLE_FORBIDDEN):
        await explained(kit, order_id, party)
    assert REGION not in order_id
