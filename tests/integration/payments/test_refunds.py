"""Refunds of parts: lines, cash in pieces, the insurance part alone, and every reason why not."""

import pytest

from core.order import ORDER_FIELDS
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2, settlement_service_pb2
from gateway.reasons import Reason
from tests.gateway_kit import NOW_MS, POLICY, Kit, credit, over_stores, refused
from tests.integration.payments.refund_kit import (
    B,
    C,
    account_row,
    amounts,
    facts_of,
    give_cash_back,
    legs,
    line,
    order_now,
    paid_bill,
    refund,
    refund_lines,
)
from tests.verify_kit import findings

pb = payment_service_pb2
DAY_MS = 86_400_000
PAID, PARTIAL, REFUNDED = (
    enums_pb2.ORDER_STATE_PAID,
    enums_pb2.ORDER_STATE_PARTIALLY_REFUNDED,
    enums_pb2.ORDER_STATE_REFUNDED,
)
POSTED, HALF, BACK = (
    enums_pb2.LEG_STATE_POSTED,
    enums_pb2.LEG_STATE_PARTIALLY_REFUNDED,
    enums_pb2.LEG_STATE_REFUNDED,
)
POOLED, CURRENT, CASH = (
    enums_pb2.TENDER_KIND_POOLED,
    enums_pb2.TENDER_KIND_ACCOUNT_CURRENT,
    enums_pb2.TENDER_KIND_CASH,
)

# A bill of 4,000.00 in scope and 100.00 that nobody but the patient pays: deductible 1,800.00, fund 70 % of 2,200.00.
BILL = [line(1, 250_000), line(2, 100_000, B, self_pay_ppm=100_000), line(3, 60_000), line(4, 10_000, C)]


async def bound(kit: Kit, *credits_fen: int) -> str:
    await kit.furnish()
    for number, amount_fen in enumerate(credits_fen, 1):
        await kit.post_credits(credit(number, amount_fen))
    return await kit.bind()


@over_stores
async def test_a_returned_line_moves_only_the_difference(kit: Kit) -> None:
    binding = await bound(kit, 200_000)
    before = account_row(kit)
    order = await paid_bill(kit, binding, BILL)
    assert (order.split.pooled_fen, order.split.account_fen, order.split.cash_fen) == (154_000, 200_000, 66_000)
    answer = await refund_lines(kit, order.order_id, 2)
    # Kept are 310,000 in scope and 10,000 of class C: fund 91,000; account 200,000; cash 29,000.
    assert amounts(answer.refund) == {"total_fen": 100_000, "pooled_fen": 63_000, "cash_fen": 37_000}
    assert answer.order.state == PARTIAL
    assert answer.refund.state == enums_pb2.REFUND_STATE_CASH_PENDING and answer.refund.cash_to_return_fen == 37_000
    assert legs(answer.order) == {
        POOLED: (154_000, 63_000, HALF),
        CURRENT: (200_000, 0, POSTED),
        CASH: (66_000, 0, enums_pb2.LEG_STATE_CASH_TO_RETURN),
    }
    summary = answer.order.refunds
    assert (summary.refund_count, summary.insurance_refunded_fen) == (1, 63_000)
    assert (summary.cash_refunded_fen, summary.cash_pending_fen) == (37_000, 37_000)
    assert [(one.line_no, one.amount_fen) for one in answer.returned_lines] == [("2", 100_000)]
    row = account_row(kit)
    assert (row["outpatient_in_scope_fen"], row["outpatient_pooled_fen"]) == (310_000, 91_000)
    assert row["outpatient_deductible_fen"] == 180_000
    confirmed = await give_cash_back(kit, answer.refund)
    assert legs(confirmed.order)[CASH] == (66_000, 37_000, HALF)
    assert confirmed.order.receipts[0].state == enums_pb2.RECEIPT_STATE_APPLIED
    # The rest in one: everything that still stands, and the account is as if the bill had never been.
    rest = await refund(kit, order.order_id, "ALL")
    assert amounts(rest.refund) == {
        "total_fen": 320_000, "pooled_fen": 91_000, "account_current_fen": 200_000, "cash_fen": 29_000,
    }  # fmt: skip
    assert rest.order.state == REFUNDED and rest.order.ended_at_ms == NOW_MS
    assert account_row(kit) == before | {"year_day": account_row(kit)["year_day"]}
    last = await give_cash_back(kit, rest.refund)
    assert last.order.receipts[0].state == enums_pb2.RECEIPT_STATE_RETURNED
    assert legs(last.order)[CASH] == (66_000, 66_000, BACK)
    assert findings(kit) == []


@over_stores
@pytest.mark.parametrize("way", [[(1, 2, 3, 4)], [(1,), (2,), (3,), (4,)], [(4, 2), (3,), (1,)], [(3,), (1, 4), (2,)]])
async def test_lines_returned_by_any_way_leave_the_same(kit: Kit, way: list[tuple[int, ...]]) -> None:
    binding = await bound(kit, 90_000)
    first = await paid_bill(kit, binding, [line(1, 70_000)])
    before = account_row(kit)
    order = await paid_bill(kit, binding, BILL)
    for numbers in way:
        answer = await refund_lines(kit, order.order_id, *numbers)
    assert answer.order.state == REFUNDED
    assert account_row(kit) == before
    back = facts_of(kit, order.order_id)
    assert back.refunded_cash_fen == back.cash_fen and back.refunded_pooled_fen == back.pooled_fen
    assert (await order_now(kit, first.order_id)).order.state == PAID
    assert findings(kit) == []


@over_stores
async def test_a_part_of_a_line_shrinks_its_limit_with_it(kit: Kit) -> None:
    binding = await bound(kit)
    lines = [line(1, 200_000), line(2, 90_000, price_limit_fen=60_000, quantity_ten_thousandths=30_000)]
    order = await paid_bill(kit, binding, lines)
    assert order.natures.over_limit_fen == 30_000
    part = pb.ReturnedLine(line_no="2", amount_fen=30_000, quantity_ten_thousandths=10_000)
    answer = await refund(kit, order.order_id, "LINES", returned_lines=[part])
    # 20,000 of the in-scope money at 70 % and 10,000 above the limit.
    assert amounts(answer.refund) == {"total_fen": 30_000, "pooled_fen": 14_000, "cash_fen": 16_000}
    assert facts_of(kit, order.order_id).returned_over_limit_fen == 10_000
    rest = await refund_lines(kit, order.order_id, 2)
    assert [(one.amount_fen, one.quantity_ten_thousandths) for one in rest.returned_lines] == [(60_000, 20_000)]
    assert amounts(rest.refund) == {"total_fen": 60_000, "pooled_fen": 28_000, "cash_fen": 32_000}
    assert findings(kit) == []


@over_stores
async def test_cash_goes_back_in_pieces_and_lines_give_what_is_left_of_it(kit: Kit) -> None:
    binding = await bound(kit)
    order = await paid_bill(kit, binding, [line(1, 100_000), line(2, 50_000)])
    account = account_row(kit)
    for amount_fen in (30_000, 90_000):
        piece = await refund(kit, order.order_id, "CASH", amount_fen=amount_fen)
        assert amounts(piece.refund) == {"total_fen": amount_fen, "cash_fen": amount_fen}
    assert account_row(kit) == account, "the bill stands in the accumulators"
    with refused(Reason.CASH_REFUND_TOO_LARGE, left_fen=30_000, amount_fen=30_001):
        await refund(kit, order.order_id, "CASH", amount_fen=30_001)
    lines = await refund_lines(kit, order.order_id, 2)
    assert amounts(lines.refund) == {"total_fen": 30_000, "cash_fen": 30_000}, "of 50,000 only so much cash is left"
    assert lines.order.state == PARTIAL, "100,000 of deductible still stand"
    with refused(Reason.NOTHING_TO_REFUND):
        await refund(kit, order.order_id, "CASH", amount_fen=1)
    rest = await refund(kit, order.order_id, "ALL")
    assert amounts(rest.refund) == {} and rest.refund.state == enums_pb2.REFUND_STATE_COMPLETED
    assert rest.order.state == REFUNDED and account_row(kit)["outpatient_deductible_fen"] == 0
    for number in (1, 2):
        assert await give_cash_back(kit, [piece.refund, lines.refund][number - 1])
    assert findings(kit) == []


@over_stores
async def test_additions_go_back_with_the_whole_and_reductions_were_never_paid(kit: Kit) -> None:
    binding = await bound(kit)
    added = pb.CreateOrderRequest().cash_additions.add(kind=enums_pb2.CASH_ADDITION_KIND_FREIGHT, amount_fen=700)
    taken = pb.CreateOrderRequest().cash_reductions.add(kind=enums_pb2.CASH_REDUCTION_KIND_DISCOUNT, amount_fen=900)
    more = await paid_bill(kit, binding, [line(1, 5_000), line(2, 5_000)], cash_additions=[added])
    less = await paid_bill(kit, binding, [line(1, 5_000), line(2, 5_000)], cash_reductions=[taken])
    for order, cash in ((more, [5_000, 5_000, 700]), (less, [5_000, 4_100, 0])):
        both = [await refund_lines(kit, order.order_id, 1), await refund_lines(kit, order.order_id, 2)]
        assert [answer.refund.cash_to_return_fen for answer in both] == cash[:2]
        if cash[2]:
            assert both[1].order.state == PARTIAL
            rest = await refund(kit, order.order_id, "ALL")
            assert rest.refund.cash_to_return_fen == cash[2] and amounts(rest.refund) == {}
        assert (await order_now(kit, order.order_id)).order.state == REFUNDED
    assert findings(kit) == []


@over_stores
async def test_the_insurance_part_goes_back_alone_and_the_cash_stays(kit: Kit) -> None:
    binding = await bound(kit, 200_000)
    empty = account_row(kit)
    order = await paid_bill(kit, binding, BILL)
    answer = await refund(kit, order.order_id, "INSURANCE")
    assert amounts(answer.refund) == {"total_fen": 354_000, "pooled_fen": 154_000, "account_current_fen": 200_000}
    assert answer.refund.state == enums_pb2.REFUND_STATE_COMPLETED and answer.order.state == PARTIAL
    assert legs(answer.order) == {
        POOLED: (154_000, 154_000, BACK),
        CURRENT: (200_000, 200_000, BACK),
        CASH: (66_000, 0, POSTED),
    }
    assert account_row(kit) == empty | {"year_day": account_row(kit)["year_day"]}
    for kind in ("INSURANCE", "LINES"):
        reason = Reason.NOTHING_TO_REFUND if kind == "INSURANCE" else Reason.REFUND_KIND_NOT_FITTING
        with refused(reason):
            lines = [pb.ReturnedLine(line_no="1")] if kind == "LINES" else []
            await refund(kit, order.order_id, kind, returned_lines=lines)
    rest = await refund(kit, order.order_id, "ALL")
    assert amounts(rest.refund) == {"total_fen": 66_000, "cash_fen": 66_000} and rest.order.state == REFUNDED
    with refused(Reason.ORDER_ALREADY_REFUNDED):
        await refund(kit, order.order_id, "ALL")
    assert findings(kit) == []


@over_stores
async def test_what_cannot_come_back_of_lines_is_refused_by_name(kit: Kit) -> None:
    binding = await bound(kit)
    order = await paid_bill(kit, binding, [line(1, 5_000, quantity_ten_thousandths=20_000), line(2, 3_000)])

    async def back(*lines: pb.ReturnedLine) -> None:
        await refund(kit, order.order_id, "LINES", returned_lines=lines)

    with refused(Reason.REFUND_LINE_UNKNOWN, line_no="7"):
        await back(pb.ReturnedLine(line_no="7"))
    with refused(Reason.REFUND_LINE_UNKNOWN, line_no="2"):
        await back(pb.ReturnedLine(line_no="2", amount_fen=1), pb.ReturnedLine(line_no="2", amount_fen=1))
    with refused(Reason.REFUND_LINE_EXCEEDED, line_no="2", left_fen=3_000, amount_fen=3_001):
        await back(pb.ReturnedLine(line_no="2", amount_fen=3_001))
    with refused(Reason.REFUND_LINE_INCOMPLETE, line_no="1"):
        await back(pb.ReturnedLine(line_no="1", quantity_ten_thousandths=10_000))
    with refused(Reason.REFUND_LINE_INCOMPLETE, line_no="2"):
        await back(pb.ReturnedLine(line_no="2", amount_fen=1, quantity_ten_thousandths=10_000))
    for amount_fen, quantity in ((5_000, 10_000), (2_500, 20_000)):
        with refused(Reason.REFUND_LINE_INCOMPLETE, line_no="1"):
            await back(pb.ReturnedLine(line_no="1", amount_fen=amount_fen, quantity_ten_thousandths=quantity))
    with refused(Reason.REFUND_LINE_EXCEEDED, line_no="1", left_quantity=20_000):
        await back(pb.ReturnedLine(line_no="1", amount_fen=2_500, quantity_ten_thousandths=20_001))
    with refused(Reason.AMOUNT_OUT_OF_RANGE, field="returned_lines.amount_fen"):
        await back(pb.ReturnedLine(line_no="1", amount_fen=0))
    with refused(Reason.FIELD_INVALID, field="returned_lines.quantity_ten_thousandths"):
        await back(pb.ReturnedLine(line_no="1", amount_fen=1, quantity_ten_thousandths=-1))
    with refused(Reason.FIELD_INVALID, field="returned_lines"):
        await back(*[pb.ReturnedLine(line_no=str(number)) for number in range(2_001)])
    await back(pb.ReturnedLine(line_no="2"))
    with refused(Reason.REFUND_LINE_EXCEEDED, line_no="2", left_fen=0):
        await back(pb.ReturnedLine(line_no="2"))
    assert facts_of(kit, order.order_id).refund_count == 1


@over_stores
async def test_a_cash_only_order_goes_back_in_cash(kit: Kit) -> None:
    binding = await bound(kit)
    order = await paid_bill(kit, binding, [line(1, 9_000)], kind=enums_pb2.ORDER_KIND_CASH_ONLY)
    with refused(Reason.REFUND_KIND_NOT_FITTING, field="kind"):
        await refund_lines(kit, order.order_id, 1)
    with refused(Reason.REFUND_KIND_NOT_FITTING, field="kind"):
        await refund(kit, order.order_id, "INSURANCE")
    answer = await refund(kit, order.order_id, "CASH", amount_fen=4_000)
    assert answer.order.state == PARTIAL and legs(answer.order)[CASH][0] == 9_000
    last = await refund(kit, order.order_id, "CASH", amount_fen=5_000)
    assert last.order.state == REFUNDED, "nothing of it is left, in nobody's books"
    assert findings(kit) == []


@over_stores
async def test_cash_goes_back_fifty_times_and_within_a_year(kit: Kit) -> None:
    binding = await bound(kit, 20_000)
    order = await paid_bill(kit, binding, [line(1, 30_000)])
    for _ in range(49):
        await refund(kit, order.order_id, "CASH", amount_fen=100)
    kit.clock.advance(365 * DAY_MS)
    await refund(kit, order.order_id, "CASH", amount_fen=100)
    with refused(Reason.TOO_MANY_CASH_REFUNDS, maximum=50):
        await refund(kit, order.order_id, "CASH", amount_fen=100)
    with refused(Reason.TOO_MANY_CASH_REFUNDS):
        await refund(kit, order.order_id, "ALL")
    await refund(kit, order.order_id, "INSURANCE")
    assert findings(kit) == []


@over_stores
async def test_cash_of_a_year_ago_does_not_go_back(kit: Kit) -> None:
    binding = await bound(kit, 20_000)
    order = await paid_bill(kit, binding, [line(1, 30_000)])
    kit.clock.advance(365 * DAY_MS + 1)
    for kind, amount_fen in (("CASH", 1), ("ALL", 0)):
        with refused(Reason.CASH_REFUND_TOO_LATE, maximum_days=365):
            await refund(kit, order.order_id, kind, amount_fen=amount_fen)
    answer = await refund(kit, order.order_id, "INSURANCE")
    assert amounts(answer.refund) == {"total_fen": 20_000, "account_current_fen": 20_000}


@over_stores
async def test_a_refund_of_lines_is_repeated_word_for_word(kit: Kit) -> None:
    binding = await bound(kit)
    order = await paid_bill(kit, binding, [line(1, 5_000), line(2, 3_000)])
    values = {"request_id": "once", "refund_no": "R1", "returned_lines": [pb.ReturnedLine(line_no="2")]}
    first = await refund(kit, order.order_id, "LINES", **values)
    await refund(kit, order.order_id, "CASH", amount_fen=1)
    again = await refund(kit, order.order_id, "LINES", **values)
    assert again.replayed and (again.refund, again.order) == (first.refund, first.order)
    with refused(Reason.REQUEST_ID_CONFLICT, field="returned_lines"):
        await refund(kit, order.order_id, "LINES", **(values | {"returned_lines": [pb.ReturnedLine(line_no="1")]}))
    with refused(Reason.REFUND_NO_TAKEN):
        await refund(kit, order.order_id, "LINES", **(values | {"request_id": "twice"}))
    # Each refund is read by its own id, whichever came last; a channel sees no line of it.
    for party, shown in (("his", ["2"]), ("bureau", ["2"]), ("wallet", [])):
        request = pb.GetRefundRequest(refund_id=first.refund.refund_id)
        read = await kit.call("PaymentService/GetRefund", request, party=party)
        assert read.refund == first.refund
        assert [one.line_no for one in read.returned_lines] == shown


@over_stores
async def test_each_refund_is_cleared_in_its_own_window(kit: Kit) -> None:
    binding = await bound(kit, 20_000)
    order = await paid_bill(kit, binding, BILL)

    async def close(period: str) -> settlement_service_pb2.Window:
        request = settlement_service_pb2.CloseWindowRequest(
            request_id=kit.request_id(), institution_id="H1", period=period
        )
        return (await kit.call("SettlementService/CloseWindow", request, party="bureau")).window

    await refund_lines(kit, order.order_id, 1)
    kit.clock.advance(1)
    first = await close("one")
    assert (first.payment_count, first.refund_count) == (1, 1)
    kit.clock.advance(1)
    lines = await refund_lines(kit, order.order_id, 3)
    kit.clock.advance(1)
    whole = await refund(kit, order.order_id, "ALL")
    kit.clock.advance(1)
    second = await close("two")
    assert (second.payment_count, second.refund_count) == (0, 2)
    assert second.totals.total_fen == -(lines.refund.amounts.total_fen + whole.refund.amounts.total_fen)
    assert first.totals.total_fen + second.totals.total_fen == 0
    assert first.payable_fen + second.payable_fen == 0
    assert findings(kit) == []


@over_stores
@pytest.mark.parametrize("year_start", ["01-01", "07-01", "12-01"])
async def test_a_refund_of_a_year_that_is_over_gives_money_and_no_accumulators(kit: Kit, year_start: str) -> None:
    await kit.put_policy(POLICY | {"benefit_year_start": year_start})
    await kit.furnish_people()
    await kit.post_credits(credit(1, 200_000))
    order = await paid_bill(kit, await kit.bind(), BILL)
    kit.clock.advance(300 * DAY_MS)
    await kit.post_credits(credit(9, 1_000, credited_at_ms=kit.clock.now_ms()))
    rolled = account_row(kit)
    assert (rolled["current_year_fen"], rolled["outpatient_in_scope_fen"]) == (1_000, 0)
    await refund_lines(kit, order.order_id, 1, 2)
    after = account_row(kit)
    assert after == rolled | {"prior_years_fen": rolled["prior_years_fen"] + 140_000}
    await refund(kit, order.order_id, "ALL")
    assert account_row(kit) == rolled | {"prior_years_fen": rolled["prior_years_fen"] + 200_000}
    assert findings(kit) == []


@over_stores
async def test_a_bill_in_the_middle_goes_back_and_the_later_one_stands(kit: Kit) -> None:
    binding = await bound(kit, 500_000)
    await paid_bill(kit, binding, [line(1, 150_000)])
    before = account_row(kit)
    middle = await paid_bill(kit, binding, BILL)
    between = account_row(kit)
    last = await paid_bill(kit, binding, [line(1, 80_000)])
    after = account_row(kit)
    await refund_lines(kit, middle.order_id, 3)
    await refund(kit, middle.order_id, "ALL")
    added = {name: after[name] - between[name] for name in after}
    assert account_row(kit) == {name: before[name] + added[name] for name in before}
    assert (await order_now(kit, last.order_id)).order.split == last.split
    assert findings(kit) == []


@over_stores
async def test_cash_and_lines_go_back_in_either_order(kit: Kit) -> None:
    """A bill twice, the first one taken out again: what is back is the same, whichever came first."""
    binding = await bound(kit, 200_000)
    ends = []
    for order_of in (("CASH", "LINES"), ("LINES", "CASH")):
        order = await paid_bill(kit, binding, BILL)
        for kind in order_of:
            lines = [pb.ReturnedLine(line_no="2")] if kind == "LINES" else []
            await refund(kit, order.order_id, kind, returned_lines=lines, amount_fen=0 if lines else 20_000)
        facts = facts_of(kit, order.order_id)
        names = [name for name in ORDER_FIELDS if name.startswith(("refunded_", "returned_", "cash_", "refund_c"))]
        ends.append([getattr(facts, name) for name in names] + [account_row(kit)])
        await refund(kit, order.order_id, "ALL")
    assert ends[0] == ends[1] and facts.refunded_cash_fen == 57_000


@over_stores
async def test_a_policy_may_want_later_bills_refunded_first(kit: Kit) -> None:
    await kit.put_policy(POLICY | {"refund": {"later_bills": "refund_first"}})
    await kit.furnish_people()
    binding = await kit.bind()
    first = await paid_bill(kit, binding, [line(1, 50_000), line(2, 1_000)])
    kit.clock.advance(1)
    second = await paid_bill(kit, binding, [line(1, 40_000)])
    kit.clock.advance(1)
    await paid_bill(kit, binding, [line(1, 40_000)], kind=enums_pb2.ORDER_KIND_CASH_ONLY)
    third = await paid_bill(kit, binding, [line(1, 300_000)])
    for kind, lines in (("ALL", []), ("INSURANCE", []), ("LINES", [pb.ReturnedLine(line_no="2")])):
        with refused(Reason.LATER_BILLS_STAND, count=2):
            await refund(kit, first.order_id, kind, returned_lines=lines)
    await refund(kit, first.order_id, "CASH", amount_fen=1)  # moves no accumulator
    await refund(kit, third.order_id, "INSURANCE")
    with refused(Reason.LATER_BILLS_STAND, count=1):
        await refund(kit, first.order_id, "ALL")
    await refund(kit, second.order_id, "ALL")
    await refund_lines(kit, first.order_id, 2)
    assert findings(kit) == []
