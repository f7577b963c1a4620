"""What risk does to a payment: approved, proved, looked at, held back, declined."""

from typing import Any

import pytest

from gateway.pb.medsettle.v1 import (
    account_service_pb2,
    enums_pb2,
    payment_service_pb2,
    settlement_service_pb2,
)
from gateway.pb.medsettle.v1 import risk_service_pb2 as pb
from gateway.reasons import Reason
from tests.gateway_kit import Kit, over_stores, refused
from tests.integration.risk.risk_kit import (
    FACE,
    LIMITS,
    another,
    assessments,
    explained,
    features,
    in_force,
    listed,
    pay,
    proof,
    review,
    rule,
    signals,
)
from tests.verify_kit import findings

PAID = payment_service_pb2.PAY_STATUS_PAID
STEP_UP = payment_service_pb2.PAY_STATUS_STEP_UP
IN_REVIEW = payment_service_pb2.PAY_STATUS_IN_REVIEW
DECLINED = payment_service_pb2.PAY_STATUS_DECLINED
CASH_TO_RETURN = payment_service_pb2.PAY_STATUS_CASH_TO_RETURN
SOUND, FRAUD = enums_pb2.REVIEW_VERDICT_SOUND, enums_pb2.REVIEW_VERDICT_FRAUD
LARGE = rule("STEP_UP", "amount_fen", ">=", 50_000, proofs=["face"])


async def balance(kit: Kit, binding_id: str) -> int:
    request = account_service_pb2.GetAccountRequest(binding_id=binding_id)
    account = (await kit.call("AccountService/GetAccount", request, party="wallet")).account
    return int(account.current_year_fen)


async def payable(kit: Kit, period: str) -> tuple[int, int]:
    """Closes the hospital's window: (payments in it, what is payable)."""
    request = settlement_service_pb2.CloseWindowRequest(request_id=kit.request_id(), institution_id="H1", period=period)
    window = (await kit.call("SettlementService/CloseWindow", request, party="bureau")).window
    return window.payment_count, window.payable_fen


@over_stores
async def test_an_ordinary_payment_is_approved_and_written_down(kit: Kit) -> None:
    binding = await in_force(kit, LARGE)

    response = await pay(kit, binding, 10_000, risk_signals=signals("phone-1"))

    assert response.status == PAID and not response.order.HasField("risk")
    (assessed,) = await assessments(kit)
    assert assessed.decision == enums_pb2.RISK_DECISION_APPROVE and assessed.score == 0
    assert (assessed.order_id, assessed.total_fen) == (response.order.order_id, 10_000)
    assert (await features(kit))["device_told"] == 1
    assert findings(kit) == []


@over_stores
async def test_a_proof_lets_the_same_order_go_on(kit: Kit) -> None:
    binding = await in_force(kit, LARGE)
    before = await balance(kit, binding)

    asked = await pay(kit, binding, 60_000, cash_receipt=None)

    assert asked.status == STEP_UP and asked.refusal == Reason.RISK_STEP_UP
    assert list(asked.order.risk.proofs) == [FACE]
    assert asked.order.state == enums_pb2.ORDER_STATE_OPEN and await balance(kit, binding) == before
    paid = await pay(kit, binding, order_id=asked.order.order_id, risk_signals=proof(asked))
    assert paid.status == PAID and await balance(kit, binding) < before
    assert [one.decision for one in await assessments(kit)] == [enums_pb2.RISK_DECISION_STEP_UP] * 2
    assert findings(kit) == []


@over_stores
async def test_a_repeated_request_hears_the_same_answer(kit: Kit) -> None:
    binding = await in_force(kit, LARGE)
    order = await kit.create_order(60_000, binding)
    request = await kit.pay_request(order, binding, cash_receipt=None)

    first = await kit.call("PaymentService/Pay", request, party="wallet")
    again = await kit.call("PaymentService/Pay", request, party="wallet")

    assert again.replayed and (again.status, again.order.risk) == (STEP_UP, first.order.risk)
    assert len(await assessments(kit)) == 1


@over_stores
async def test_proofs_that_answer_nothing_are_refused(kit: Kit) -> None:
    binding = await in_force(kit, LARGE)
    asked = await pay(kit, binding, 60_000, cash_receipt=None)
    order = asked.order.order_id
    other = proof(asked)
    other.proof.assessment_id = "a0000000000001"

    with refused(Reason.RISK_PROOF_UNKNOWN):
        await pay(kit, binding, order_id=order, cash_receipt=None, risk_signals=other)
    with refused(Reason.RISK_PROOF_NOT_FITTING):
        password = proof(asked, enums_pb2.PROOF_KIND_PASSWORD)
        await pay(kit, binding, order_id=order, cash_receipt=None, risk_signals=password)
    kit.clock.advance(10 * 60_000 + 1)
    with refused(Reason.RISK_PROOF_EXPIRED):
        await pay(kit, binding, order_id=order, cash_receipt=None, risk_signals=proof(asked))


@over_stores
async def test_cash_that_came_before_the_proof_goes_back(kit: Kit) -> None:
    binding = await in_force(kit, LARGE)

    response = await pay(kit, binding, 200_000)

    assert response.status == CASH_TO_RETURN and response.refusal == Reason.RISK_STEP_UP
    assert response.order.HasField("risk")
    assert findings(kit) == []


@over_stores
async def test_a_person_looks_first_and_the_order_waits(kit: Kit) -> None:
    binding = await in_force(kit, rule("WAIT", "amount_fen", ">=", 50_000))
    waiting = await pay(kit, binding, 60_000, cash_receipt=None)
    order = waiting.order.order_id
    assert (waiting.status, waiting.refusal) == (IN_REVIEW, Reason.RISK_IN_REVIEW)

    kit.clock.advance(60_000)
    again = await pay(kit, binding, order_id=order, cash_receipt=None)
    assert again.order.risk == waiting.order.risk  # neither the case nor its time begins anew
    assert len(await assessments(kit, open_only=True)) == 1
    await review(kit, waiting.order.risk.assessment_id, SOUND)

    assert (await pay(kit, binding, order_id=order)).status == PAID
    assert findings(kit) == []


@over_stores
async def test_a_case_of_fraud_declines_what_waited(kit: Kit) -> None:
    binding = await in_force(kit, rule("WAIT", "amount_fen", ">=", 50_000))
    waiting = await pay(kit, binding, 60_000, cash_receipt=None)
    await review(kit, waiting.order.risk.assessment_id, FRAUD)

    response = await pay(kit, binding, order_id=waiting.order.order_id, cash_receipt=None)

    assert (response.status, response.refusal) == (DECLINED, Reason.RISK_DECLINED)


@pytest.mark.parametrize(("unanswered", "status"), [("APPROVE", PAID), ("DECLINE", DECLINED)])
@over_stores
async def test_a_case_that_nobody_answers_ends_as_the_policy_says(kit: Kit, unanswered: str, status: int) -> None:
    wait = rule("WAIT", "amount_fen", ">=", 50_000)
    binding = await in_force(kit, wait, limits=LIMITS | {"wait_minutes": 5, "unanswered": unanswered})
    waiting = await pay(kit, binding, 60_000, cash_receipt=None)

    kit.clock.advance(5 * 60_000)
    values: dict[str, Any] = {} if status == PAID else {"cash_receipt": None}
    response = await pay(kit, binding, order_id=waiting.order.order_id, **values)

    assert response.status == status


@over_stores
async def test_the_patient_is_paid_for_and_the_hospital_waits(kit: Kit) -> None:
    binding = await in_force(kit, rule("HOLD_SETTLEMENT", "amount_fen", ">=", 50_000))
    held = await pay(kit, binding, 300_000)
    await pay(kit, binding, 10_000)
    assert held.status == PAID and findings(kit) == []

    assert (await payable(kit, "2026-11-A"))[0] == 1  # the other one
    case = (await assessments(kit, open_only=True))[0]
    await review(kit, case.assessment_id, SOUND)

    count, fen = await payable(kit, "2026-11-B")
    assert count == 1 and fen > 0
    assert findings(kit) == []


@over_stores
async def test_held_money_of_a_fraud_stays_held(kit: Kit) -> None:
    binding = await in_force(kit, rule("HOLD_SETTLEMENT", "amount_fen", ">=", 50_000))
    await pay(kit, binding, 300_000)
    await review(kit, (await assessments(kit))[0].assessment_id, FRAUD)

    assert await payable(kit, "2026-11-A") == (0, 0)
    assert findings(kit) == []


@over_stores
async def test_a_held_payment_is_refunded_whole_or_not(kit: Kit) -> None:
    binding = await in_force(kit, rule("HOLD_SETTLEMENT", "amount_fen", ">=", 50_000))
    held = await pay(kit, binding, 300_000)
    part = payment_service_pb2.RefundRequest(
        request_id=kit.request_id(),
        order_id=held.order.order_id,
        refund_no="RF-part",
        kind=enums_pb2.REFUND_KIND_INSURANCE,
        reason="a test",
    )

    with refused(Reason.SETTLEMENT_HELD):
        await kit.call("PaymentService/Refund", part, party="his")
    await kit.refund(held.order.order_id)

    assert (await payable(kit, "2026-11-A"))[1] == 0  # both sides of it in one window
    assert findings(kit) == []


@over_stores
async def test_a_certain_fact_declines_and_leaves_the_order_open(kit: Kit) -> None:
    binding = await in_force(kit, rule("DECLINE", "service", "==", 1))

    response = await pay(kit, binding, cash_receipt=None)

    assert (response.status, response.order.state) == (DECLINED, enums_pb2.ORDER_STATE_OPEN)
    assert response.order.risk.decision == enums_pb2.RISK_DECISION_DECLINE
    assert findings(kit) == []


@over_stores
async def test_an_order_of_cash_alone_is_not_assessed(kit: Kit) -> None:
    binding = await in_force(kit, rule("DECLINE", "service", "==", 1))
    order = await kit.create_order(10_000, binding, kind=enums_pb2.ORDER_KIND_CASH_ONLY)

    assert (await pay(kit, binding, order_id=order)).status == PAID
    assert await assessments(kit) == []


@over_stores
async def test_lists_outweigh_each_other_in_their_order(kit: Kit) -> None:
    binding = await in_force(kit, LARGE)
    device, person = enums_pb2.RISK_LIST_KIND_DEVICE, enums_pb2.RISK_LIST_KIND_PERSON
    told = signals("phone-1")

    await listed(kit, device, "phone-1", enums_pb2.RISK_LIST_EFFECT_WATCH)
    await pay(kit, binding, risk_signals=told)
    assert (await assessments(kit))[0].decision == enums_pb2.RISK_DECISION_REVIEW
    assert (await features(kit))["listed_watch"] == 1

    await listed(kit, device, "phone-1", enums_pb2.RISK_LIST_EFFECT_BLOCK)
    assert (await pay(kit, binding, cash_receipt=None, risk_signals=told)).status == DECLINED
    reasons = (await explained(kit, (await assessments(kit))[0].assessment_id)).reasons
    assert [reason.code for reason in reasons] == ["list:block", "list:watch"]
    await listed(kit, person, "110100:P1", enums_pb2.RISK_LIST_EFFECT_ALLOW)
    assert (await pay(kit, binding, 60_000, risk_signals=told)).status == PAID  # the step-up too
    await listed(kit, device, "phone-1", enums_pb2.RISK_LIST_EFFECT_BLOCK_FINAL)
    assert (await pay(kit, binding, cash_receipt=None, risk_signals=told)).status == DECLINED


@over_stores
async def test_entries_end_and_are_taken_out(kit: Kit) -> None:
    binding = await in_force(kit)
    network, block = enums_pb2.RISK_LIST_KIND_NETWORK, enums_pb2.RISK_LIST_EFFECT_BLOCK
    told = signals(ip_address="203.0.113.77")
    await listed(kit, network, "203.0.113.7", block, expires_at_ms=kit.clock.now_ms() + 60_000)
    assert (await pay(kit, binding, cash_receipt=None, risk_signals=told)).status == DECLINED

    kit.clock.advance(60_000)
    assert (await pay(kit, binding, risk_signals=told)).status == PAID
    await listed(kit, network, "203.0.113.7", block)
    delete = pb.DeleteListEntryRequest(request_id=kit.request_id(), kind=network, value="203.0.113.200", effect=block)
    await kit.call("RiskService/DeleteListEntry", delete, party="bureau")
    assert (await pay(kit, binding, risk_signals=told)).status == PAID
    delete.request_id = kit.request_id()
    with refused(Reason.LIST_ENTRY_NOT_FOUND):
        await kit.call("RiskService/DeleteListEntry", delete, party="bureau")


@over_stores
async def test_a_large_case_wants_two_who_agree(kit: Kit) -> None:
    hold = rule("HOLD_SETTLEMENT", "amount_fen", ">=", 50_000)
    binding = await in_force(kit, hold, limits=LIMITS | {"second_reviewer_fen": 100_000})
    await pay(kit, binding, 300_000)
    case = (await assessments(kit))[0].assessment_id

    first = await review(kit, case, SOUND)
    assert first.review_state == enums_pb2.REVIEW_STATE_SECOND
    with refused(Reason.SECOND_REVIEWER_NEEDED):
        await review(kit, case, SOUND)
    differs = await review(kit, case, FRAUD, reviewer="clerk-2", comment="not convinced")
    assert differs.review_state == enums_pb2.REVIEW_STATE_OPEN
    await review(kit, case, SOUND, reviewer="clerk-2", assignee="clerk-3")
    decided = await review(kit, case, SOUND, reviewer="clerk-3")

    assert decided.review_state == enums_pb2.REVIEW_STATE_DECIDED
    full = await explained(kit, case)
    assert [note.reviewer for note in full.notes] == ["clerk-1", "clerk-2", "clerk-2", "clerk-3"]
    assert full.assessment.assignee == "clerk-3"
    with refused(Reason.REVIEW_NOT_OPEN):
        await review(kit, case, SOUND, reviewer="clerk-4")
    assert (await payable(kit, "2026-11-A"))[0] == 1


@over_stores
async def test_many_persons_on_one_phone_are_seen_once_it_is_durable(kit: Kit) -> None:
    many = rule("STEP_UP", "device_persons_24h", ">=", 3, proofs=["face"])
    first = await in_force(kit, many)
    second, third = await another(kit, 2), await another(kit, 3)

    statuses = [
        (await pay(kit, binding, 10_000, cash_receipt=None, risk_signals=signals("phone-1"))).status
        for binding in (first, second, third)
    ]

    assert statuses[2] == STEP_UP and STEP_UP not in statuses[:2]


@over_stores
async def test_a_dry_run_tells_the_decision_and_keeps_nothing(kit: Kit) -> None:
    binding = await in_force(kit, LARGE)
    order = await kit.create_order(60_000, binding)
    request = pb.AssessOrderRequest(order_id=order, binding_id=binding, use_account=True)

    response = await kit.call("RiskService/AssessOrder", request, party="bureau")

    assert response.assessment.decision == enums_pb2.RISK_DECISION_STEP_UP
    assert [reason.code for reason in response.reasons] == [LARGE["id"]]
    assert await assessments(kit) == []
