"""Why a payment was decided as it was, for the bureau: rules, the points card, and what moved the model."""

from collections.abc import Sequence

from core.risk.features import unpack_features
from core.risk.meanings import FEATURES, MEANINGS
from core.risk.policy import Listed, RiskPolicy
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import risk_service_pb2 as pb
from gateway.stores.risk_rows import AssessmentRow, CaseRow

_MODEL_REASONS = 5
_LISTS = (
    (
        Listed.LISTED_BLOCK_FINAL,
        "block-final",
        "命中不可解除的禁止名单",
        "a final block list names somebody of the payment",
    ),
    (Listed.LISTED_BLOCK, "block", "命中禁止名单", "a block list names somebody of it"),
    (Listed.LISTED_WATCH, "watch", "命中关注名单", "a watch list names somebody of it"),
    (Listed.LISTED_ALLOW, "allow", "命中信任名单", "an allow list names somebody of it"),
)
# What an order that was decided so has a case for.
WITH_CASE = (
    enums_pb2.RISK_DECISION_REVIEW,
    enums_pb2.RISK_DECISION_HOLD_SETTLEMENT,
    enums_pb2.RISK_DECISION_WAIT,
    enums_pb2.RISK_DECISION_DECLINE,
)


def rules_fired(policy: RiskPolicy, bits: int) -> list[str]:
    """The ids of rules by their bits."""
    return [rule["id"] for index, rule in enumerate(policy.document["rules"]) if bits >> index & 1]


def reasons_of(policy: RiskPolicy, row: AssessmentRow, defaults: Sequence[tuple[str, int]]) -> list[pb.RiskReason]:
    """The reasons of an assessment, the weightiest first.

    Of a model a feature weighs what the points fall by when it alone has its usual value: that needs nothing but the
    model itself, and holds for every kind of trees.
    """
    features = unpack_features(row.features)
    found = [
        pb.RiskReason(
            code=rule["id"],
            typology=rule["typology"],
            level=rule["level"],
            stage=rule["stage"],
            points=rule.get("points", 0),
            text_zh=rule["zh"],
            text_en=rule["en"],
        )
        for index, rule in enumerate(policy.document["rules"])
        if row.rules >> index & 1
    ]
    texts = {card["feature"]: card for card in policy.document["scorecard"]}
    for name, points in policy.card_of(features):
        if points:
            card = texts[name]
            said = card.get("zh", MEANINGS[name]), card.get("en", MEANINGS[name])
            found.append(pb.RiskReason(code=name, points=points, text_zh=said[0], text_en=said[1]))
    found.sort(key=lambda reason: -abs(reason.points))
    return _list_reasons(row.listed) + found + _model_reasons(policy, row, features, defaults)


def _list_reasons(listed: int) -> list[pb.RiskReason]:
    """What lists did; who is on them is not told again."""
    return [
        pb.RiskReason(code=f"list:{word}", level="certain", stage="before", text_zh=said_zh, text_en=said_en)
        for bit, word, said_zh, said_en in _LISTS
        if listed & bit
    ]


def _model_reasons(
    policy: RiskPolicy, row: AssessmentRow, features: Sequence[int], defaults: Sequence[tuple[str, int]]
) -> list[pb.RiskReason]:
    if policy.forest is None or row.model_points < 0:
        return []
    moved = []
    for name, usual in defaults:
        index = FEATURES.index(name)
        if features[index] != usual:
            other = (*features[:index], usual, *features[index + 1 :])
            moved.append((row.model_points - policy.verdict(other)["model_points"], name))
    moved.sort(key=lambda one: -one[0])
    return [
        pb.RiskReason(code=f"model:{name}", points=points, text_zh=MEANINGS[name], text_en=MEANINGS[name])
        for points, name in moved[:_MODEL_REASONS]
        if points > 0
    ]


def features_of(row: AssessmentRow) -> list[pb.RiskFeature]:
    """All numbers that an assessment rests on."""
    return [
        pb.RiskFeature(name=name, value=value, meaning=MEANINGS[name])
        for name, value in zip(FEATURES, unpack_features(row.features), strict=True)
    ]


def assessment_message(
    row: AssessmentRow, case: CaseRow | None, policy: RiskPolicy, institution_id: str, channel_id: str
) -> pb.Assessment:
    """An assessment as the bureau sees it."""
    state = enums_pb2.REVIEW_STATE_OPEN if row.decision in WITH_CASE else enums_pb2.REVIEW_STATE_UNSPECIFIED
    return pb.Assessment(
        assessment_id=id_text("a", row.assessment_id),
        assessed_at_ms=row.at_ms,
        order_id=id_text("o", row.order_id),
        institution_id=institution_id,
        channel_id=channel_id,
        risk_policy_id=id_text("k", row.policy_id),
        decision=enums_pb2.RiskDecision.Name(row.decision),
        score=row.score,
        points=row.points,
        model_points=row.model_points,
        rules=rules_fired(policy, row.rules),
        shadow_decision=enums_pb2.RiskDecision.Name(row.shadow_decision),
        shadow_score=row.shadow_score,
        total_fen=row.total_fen,
        fund_fen=row.fund_fen,
        review_state=enums_pb2.ReviewState.Name(case.state if case else state),
        verdict=enums_pb2.ReviewVerdict.Name(case.verdict if case else 0),
        assignee=case.assignee if case else "",
        watermark_batch_count=row.watermark,
    )
