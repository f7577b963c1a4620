"""Payments of one batch: the same as one after the other, and forgotten with a batch that failed."""

from typing import Any

import pytest

from gateway.pb.medsettle.v1 import account_service_pb2, enums_pb2, payment_service_pb2
from gateway.reasons import Reason
from gateway.stores.base import StoreFull
from tests.gateway_kit import Kit, over_stores, refused
from tests.integration.risk.risk_kit import another, assessments, explained, features, in_force, pay, rule, signals
from tests.verify_kit import findings

PAID = payment_service_pb2.PAY_STATUS_PAID


async def paid_together(kit: Kit, *requests: payment_service_pb2.PayRequest) -> list[Any]:
    request = payment_service_pb2.BatchPayRequest(payments=requests)
    return list((await kit.call("PaymentService/BatchPay", request, party="wallet")).results)


async def request_for(kit: Kit, binding: str, total_fen: int) -> payment_service_pb2.PayRequest:
    return await kit.pay_request(await kit.create_order(total_fen, binding), binding, risk_signals=signals("phone-1"))


@over_stores
async def test_one_person_twice_in_a_batch_is_seen_twice(kit: Kit) -> None:
    binding = await in_force(kit, rule("REVIEW", "person_count_1h", ">=", 1))
    other = await another(kit, 2)
    requests = [await request_for(kit, one, fen) for one, fen in ((binding, 3_000), (other, 4_000), (binding, 5_000))]

    results = await paid_together(kit, *requests)

    assert [one.status for one in results] == [PAID] * 3
    newest, *rest = await assessments(kit)
    assert newest.total_fen == 5_000 and newest.decision == enums_pb2.RISK_DECISION_REVIEW
    assert [one.decision for one in rest] == [enums_pb2.RISK_DECISION_APPROVE] * 2
    account = account_service_pb2.GetAccountRequest(binding_id=binding)
    balance = (await kit.call("AccountService/GetAccount", account, party="wallet")).account
    assert balance.current_year_fen + balance.prior_years_fen == 100_000 - 3_000 - 5_000
    assert findings(kit) == []


@over_stores
async def test_payments_of_a_batch_are_decided_each_by_itself(kit: Kit) -> None:
    binding = await in_force(kit, rule("STEP_UP", "amount_fen", ">=", 5_000))
    other = await another(kit, 2)
    requests = [await request_for(kit, binding, 6_000), await request_for(kit, other, 4_000)]

    stopped, let_through = await paid_together(kit, *requests)

    assert (stopped.status, stopped.refusal) == (payment_service_pb2.PAY_STATUS_STEP_UP, Reason.RISK_STEP_UP)
    assert let_through.status == PAID


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("decision = 2", "decision is 2, its features and its policy say 1"),
        ("score = 7", "score is 7, its features and its policy say 0"),
        ("rules = 1", "rules is 1, its features and its policy say 0"),
        ("features = x'ff'", "its features cannot be read"),
        ("policy_id = 9", "is of no policy that is there"),
        ("order_id = 9", "is of no order"),
    ],
)
@over_stores
async def test_an_assessment_that_was_changed_is_named(kit: Kit, change: str, finding: str) -> None:
    binding = await in_force(kit, rule("REVIEW", "amount_fen", ">=", 5_000))
    await pay(kit, binding, 1_000)

    kit.store._db.execute(f"UPDATE assessments SET {change}")

    assert any(finding in line for line in findings(kit)), findings(kit)


@over_stores
async def test_a_batch_that_failed_is_not_remembered(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    binding = await in_force(kit)
    await pay(kit, binding, 1_000, risk_signals=signals("phone-1"))
    request = await request_for(kit, binding, 2_000)
    commit = kit.store.commit

    def full() -> None:
        raise StoreFull("the disk is full")

    monkeypatch.setattr(kit.store, "commit", full)
    with refused(Reason.STORE_UNAVAILABLE):
        await kit.call("PaymentService/Pay", request, party="wallet")
    monkeypatch.setattr(kit.store, "commit", commit)
    await pay(kit, binding, 3_000, risk_signals=signals("phone-1"))

    seen = await features(kit)
    assert (seen["person_count_1h"], seen["person_amount_1h_fen"], seen["device_count_1h"]) == (1, 1_000, 1)
    newest, *_ = await assessments(kit)
    assert (await explained(kit, newest.assessment_id)).assessment.total_fen == 3_000
    assert len(await assessments(kit)) == 2
