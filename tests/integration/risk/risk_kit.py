"""What tests of risk need: policies by their rules, payments with signals, and the bureau's calls."""

from typing import Any

import orjson

from gateway.pb.medsettle.v1 import enums_pb2, types_pb2
from gateway.pb.medsettle.v1 import risk_service_pb2 as pb
from tests.gateway_kit import Kit, credit, person

FACE = enums_pb2.PROOF_KIND_FACE
LIVE, CHALLENGER, SHADOW = 1, 2, 3
LIMITS = {
    "proof_minutes": 10,
    "wait_minutes": 60,
    "unanswered": "APPROVE",
    "second_reviewer_fen": 1_000_000,
    "change_permille": 100,
}


def rule(decision: str, feature: str, op: str, value: int, **values: Any) -> dict[str, Any]:
    """A rule of one condition."""
    return {
        "id": f"{decision.lower().replace('_', '-')}-{feature}".replace("_", "-"),
        "typology": "test",
        "level": "certain" if decision == "DECLINE" else "suspected",
        "stage": "during",
        "when": [{"feature": feature, "op": op, "value": value}],
        "at_least": decision,
        "zh": "测试",
        "en": "a test",
    } | values


def policy(*rules: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A policy of rules, under which everything else is approved."""
    return {
        "schema": "medsettle.risk/1",
        "name": "test",
        "version": "1",
        "rules": list(rules),
        "scorecard": [],
        "decisions": [{"bands": [{"from": 0, "decision": "APPROVE"}]}],
        "limits": LIMITS,
    } | values


async def put(kit: Kit, document: dict[str, Any]) -> str:
    """Stores a policy; gives its id."""
    request = pb.PutRiskPolicyRequest(request_id=kit.request_id(), document=orjson.dumps(document))
    return str((await kit.call("RiskService/PutRiskPolicy", request, party="bureau")).risk_policy_id)


async def activate(kit: Kit, policy_id: str, role: int = LIVE, **values: Any) -> Any:
    """Puts a policy in force."""
    settings = {"request_id": kit.request_id(), "risk_policy_id": policy_id, "role": role} | values
    request = pb.ActivateRiskPolicyRequest(**settings)
    return await kit.call("RiskService/ActivateRiskPolicy", request, party="bureau")


async def in_force(kit: Kit, *rules: dict[str, Any], **values: Any) -> str:
    """A furnished gateway under a policy, person 1 with 1,000 yuan bound; gives the binding."""
    await kit.furnish()
    await kit.post_credits(credit(1, 100_000))
    await activate(kit, await put(kit, policy(*rules, **values)))
    return await kit.bind()


async def another(kit: Kit, number: int, credit_fen: int = 100_000) -> str:
    """The binding of another person."""
    await kit.import_persons(person(number))
    await kit.post_credits(credit(number, credit_fen, person_no=f"P{number}"))
    return await kit.bind(f"user-{number}", number)


async def pay(kit: Kit, binding_id: str, total_fen: int = 10_000, *, order_id: str = "", **values: Any) -> Any:
    """Pays a new order, or one that is there, with what a quote shows; gives the response."""
    order_id = order_id or await kit.create_order(total_fen, binding_id)
    request = await kit.pay_request(order_id, binding_id, **values)
    return await kit.call("PaymentService/Pay", request, party="wallet")


def signals(device_id: str = "", **values: Any) -> types_pb2.RiskSignals:
    """What the channel tells."""
    return types_pb2.RiskSignals(device_id=device_id, **values)


def proof(response: Any, kind: int = FACE) -> types_pb2.RiskSignals:
    """The proof that an answer asks for."""
    proved = types_pb2.StepUpProof(assessment_id=response.order.risk.assessment_id, reference="V-1")
    proved.kind = kind  # type: ignore[assignment]
    return types_pb2.RiskSignals(proof=proved)


async def assessments(kit: Kit, **values: Any) -> list[pb.Assessment]:
    """Assessments, the newest first."""
    request = pb.ListAssessmentsRequest(**values)
    return list((await kit.call("RiskService/ListAssessments", request, party="bureau")).assessments)


async def explained(kit: Kit, assessment_id: str) -> Any:
    """An assessment in full."""
    request = pb.GetAssessmentRequest(assessment_id=assessment_id)
    return await kit.call("RiskService/GetAssessment", request, party="bureau")


async def features(kit: Kit) -> dict[str, int]:
    """The features of the newest assessment."""
    newest = (await assessments(kit))[0]
    return {one.name: one.value for one in (await explained(kit, newest.assessment_id)).features}


async def review(kit: Kit, assessment_id: str, verdict: int = 0, **values: Any) -> Any:
    """Does something about a case."""
    settings = {"request_id": kit.request_id(), "assessment_id": assessment_id, "reviewer": "clerk-1"} | values
    request = pb.ReviewAssessmentRequest(**settings)
    request.verdict = verdict  # type: ignore[assignment]
    return await kit.call("RiskService/ReviewAssessment", request, party="bureau")


async def listed(kit: Kit, kind: int, value: str, effect: int, **values: Any) -> Any:
    """Puts one list entry."""
    entry = pb.RiskListEntry(value=value, reason="a test", author="clerk-1", **values)
    entry.kind, entry.effect = kind, effect  # type: ignore[assignment]
    request = pb.PutListEntriesRequest(request_id=kit.request_id(), entries=[entry])
    return await kit.call("RiskService/PutListEntries", request, party="bureau")
