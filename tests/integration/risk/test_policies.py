"""Changing risk safely: policies put, refused, in force, tried beside, brought back; and what is remembered."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2
from gateway.pb.medsettle.v1 import risk_service_pb2 as pb
from gateway.reasons import Reason
from tests.gateway_kit import NOW_MS, Kit, ManualClock, over_stores, refused, running_gateway
from tests.integration.risk.risk_kit import (
    CHALLENGER,
    LIVE,
    SHADOW,
    activate,
    another,
    assessments,
    explained,
    features,
    in_force,
    pay,
    policy,
    put,
    review,
    rule,
    signals,
)
from tests.verify_kit import findings

APPROVE, REVIEW = enums_pb2.RISK_DECISION_APPROVE, enums_pb2.RISK_DECISION_REVIEW
EVERYTHING = rule("REVIEW", "amount_fen", ">=", 0)


async def roles(kit: Kit) -> dict[str, list[int]]:
    response = await kit.call("RiskService/ListRiskPolicies", pb.ListRiskPoliciesRequest(), party="bureau")
    return {one.risk_policy_id: list(one.roles) for one in response.risk_policies}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (policy(rule("REVIEW", "amount", ">=", 1)), "rules[0].when[0].feature"),
        (policy(rule("REVIEW", "amount_fen", "~", 1)), "rules[0].when[0].op"),
        (policy(rule("DECLINE", "amount_fen", ">=", 1, level="suspected")), "rules[0].at_least"),
        (policy(decisions=[{"bands": [{"from": 0, "decision": "DECLINE"}]}]), "decisions[0].bands[0].decision"),
        (policy(rules=[rule("REVIEW", "hour", "==", 1)] * 2), "rules[1].id"),
        (policy(rules=[rule("REVIEW", "hour", "==", 1, id=f"r{i}") for i in range(64)]), "rules"),
        (policy(scorecard=[{"feature": "hour", "bins": [{"up_to": 3, "points": 1}]}]), "scorecard[0].bins[0].up_to"),
        (policy() | {"limits": {}}, "limits"),
        (policy(extra=1), "policy.extra"),
    ],
)
@over_stores
async def test_a_policy_that_could_not_be_used_is_refused(kit: Kit, document: dict[str, Any], path: str) -> None:
    with refused(Reason.RISK_POLICY_INVALID, path=path):
        await put(kit, document)
    assert await roles(kit) == {}


@over_stores
async def test_models_that_nobody_put_or_that_are_none(kit: Kit) -> None:
    with refused(Reason.RISK_MODEL_NOT_FOUND, sha256="ab" * 32):
        await put(kit, policy(model={"sha256": "ab" * 32}))
    request = pb.PutRiskModelRequest(request_id=kit.request_id(), document=b'{"schema": "medsettle.model/1"}')
    with refused(Reason.RISK_MODEL_INVALID):
        await kit.call("RiskService/PutRiskModel", request, party="bureau")


@over_stores
async def test_what_does_not_exist(kit: Kit) -> None:
    with refused(Reason.RISK_POLICY_NOT_FOUND):
        await activate(kit, "k0000000000009")
    with refused(Reason.ASSESSMENT_NOT_FOUND):
        await explained(kit, "a0000000000009")
    with refused(Reason.ASSESSMENT_NOT_FOUND):
        await review(kit, "a0000000000009", comment="nobody's")


@over_stores
async def test_a_change_of_too_much_needs_force_and_is_rolled_back(kit: Kit) -> None:
    binding = await in_force(kit)
    (before,) = await roles(kit)
    for _ in range(3):
        await pay(kit, binding, 1_000)
    strict = await put(kit, policy(EVERYTHING))

    with refused(Reason.RISK_CHANGE_TOO_LARGE, changed_permille=1000, maximum_permille=100):
        await activate(kit, strict)
    assert (await activate(kit, strict, force=True)).changed_permille == 1000
    await pay(kit, binding, 1_000)
    assert (await assessments(kit))[0].decision == REVIEW
    await activate(kit, before, force=True)
    await pay(kit, binding, 1_000)

    assert (await assessments(kit))[0].decision == APPROVE
    assert await roles(kit) == {strict: [], before: [LIVE]}


@over_stores
async def test_a_shadow_is_asked_and_does_not_decide(kit: Kit) -> None:
    binding = await in_force(kit)
    await activate(kit, await put(kit, policy(EVERYTHING, name="shadow")), SHADOW)

    await pay(kit, binding, 1_000)
    await activate(kit, "", SHADOW)
    await pay(kit, binding, 1_000)

    after, beside = await assessments(kit)
    assert (beside.decision, beside.shadow_decision) == (APPROVE, REVIEW)
    assert after.shadow_decision == enums_pb2.RISK_DECISION_UNSPECIFIED


@over_stores
async def test_a_challenger_decides_for_the_same_share_of_persons(kit: Kit) -> None:
    first = await in_force(kit)
    bindings = [first, *[await another(kit, number) for number in range(2, 13)]]
    await activate(kit, await put(kit, policy(EVERYTHING, name="challenger")), CHALLENGER, share_permille=500)

    decided = []
    for _ in range(2):
        for binding in bindings:
            await pay(kit, binding, 1_000)
        decided.append([one.decision for one in await assessments(kit, page_size=len(bindings))])

    assert decided[0] == decided[1] and set(decided[0]) == {APPROVE, REVIEW}


@over_stores
async def test_a_backtest_counts_what_would_change(kit: Kit) -> None:
    binding = await in_force(kit, rule("REVIEW", "amount_fen", "==", 3_000))
    for fen in (1_000, 2_000, 3_000):
        await pay(kit, binding, fen)
    await review(kit, (await assessments(kit))[0].assessment_id, enums_pb2.REVIEW_VERDICT_FRAUD)
    candidate = await put(kit, policy(rule("REVIEW", "amount_fen", ">=", 2_000)))

    request = pb.RunBacktestRequest(risk_policy_id=candidate)
    response = await kit.call("RiskService/RunBacktest", request, party="bureau")

    changes = {(one.before, one.after): (one.payment_count, one.total_fen) for one in response.changes}
    assert changes == {(APPROVE, APPROVE): (1, 1_000), (APPROVE, REVIEW): (1, 2_000), (REVIEW, REVIEW): (1, 3_000)}
    assert (response.fraud_caught, response.fraud_count, response.sound_count) == (1, 1, 0)
    assert [(one.name, one.payment_count) for one in response.regions] == [("110100", 1)]
    assert [(one.name, one.payment_count) for one in response.typologies] == [("test", 2)]


@over_stores
async def test_a_void_and_a_refund_undo_their_counts(kit: Kit) -> None:
    binding = await in_force(kit)
    kept = await pay(kit, binding, 10_000)
    gone = await pay(kit, binding, 20_000)
    order = await kit.create_order(300_000, binding)
    held = await kit.call(
        "PaymentService/Pay", await kit.pay_request(order, binding, cash_receipt=None), party="wallet"
    )
    assert held.status == payment_service_pb2.PAY_STATUS_AUTHORIZED
    await pay(kit, binding, 1_000)
    assert (await features(kit))["person_count_24h"] == 3

    await kit.refund(gone.order.order_id)
    cancel = payment_service_pb2.CancelOrderRequest(request_id=kit.request_id(), order_id=order)
    await kit.call("PaymentService/CancelOrder", cancel, party="wallet")
    await pay(kit, binding, 1_000)

    seen = await features(kit)
    assert (seen["person_count_24h"], seen["refunds_30d"]) == (2, 1)
    assert seen["person_amount_24h_fen"] == 10_000 + 1_000
    assert kept.status == payment_service_pb2.PAY_STATUS_PAID


@pytest.mark.parametrize("times", [1, 2])
def test_a_restart_remembers_everything(tmp_path: Path, times: int) -> None:
    async def whole() -> None:
        clock = ManualClock(NOW_MS)
        path = str(tmp_path / "store.db")
        async with running_gateway(path, clock=clock) as kit:
            binding = await in_force(kit, rule("REVIEW", "hour", "==", 99))
            other = await another(kit, 2)
            for _ in range(4):
                await pay(kit, binding, 3_000, risk_signals=signals("phone-1"))
            await pay(kit, other, 3_000, risk_signals=signals("phone-1"))
        for number in range(times):
            clock.advance(1_000)
            async with running_gateway(path, clock=clock) as kit:
                await pay(kit, binding, 3_000, risk_signals=signals("phone-1"))
                seen = await features(kit)
                assert seen["person_count_24h"] == 4 + number
                assert (seen["device_persons_24h"], seen["device_count_1h"]) == (2, 5 + number)
                assert seen["new_device"] == 0
                assert findings(kit) == []

    asyncio.run(whole())


def test_a_gateway_without_risk_scores_nothing(tmp_path: Path) -> None:
    async def whole() -> None:
        async with running_gateway(scores=False) as kit:
            await kit.furnish()
            policy_id = await put(kit, policy(EVERYTHING))
            with refused(Reason.RISK_OFF):
                await activate(kit, policy_id)
            response = await pay(kit, await kit.bind(), 1_000, risk_signals=signals("phone-1"))
            assert response.status == payment_service_pb2.PAY_STATUS_PAID
            assert await assessments(kit) == []

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("risk_signals.device_id", {"device_id": "x" * 10_240}),
        ("risk_signals.ip_address", {"ip_address": "nowhere"}),
        ("risk_signals.location.latitude_e6", {"location": {"latitude_e6": 90_000_001}}),
        ("risk_signals.location.longitude_e6", {"location": {"longitude_e6": -180_000_001}}),
        ("risk_signals.proof.kind", {"proof": {"assessment_id": "a0000000000001", "reference": "1"}}),
        ("risk_signals.proof.reference", {"proof": {"assessment_id": "a0000000000001", "kind": 1}}),
    ],
)
@over_stores
async def test_signals_that_break_their_rule_are_refused(kit: Kit, field: str, values: dict[str, Any]) -> None:
    binding = await in_force(kit)
    with refused(Reason.FIELD_INVALID, field=field):
        await pay(kit, binding, risk_signals=signals(**values))
    assert await assessments(kit) == []


@over_stores
async def test_the_policy_that_ships_pays_ordinary_bills(kit: Kit) -> None:
    await kit.furnish()
    document = orjson.loads((Path(__file__).parents[3] / "policies/risk/standard.json").read_bytes())
    await activate(kit, await put(kit, document))

    response = await pay(kit, await kit.bind(), 12_345, risk_signals=signals("phone-1"))

    assert response.status == payment_service_pb2.PAY_STATUS_PAID
    assert (await assessments(kit))[0].decision == APPROVE
