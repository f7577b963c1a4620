"""An explanation as the bureau's message."""

from fractions import Fraction

from core.explain import Explanation, Step, sentence, summary
from core.explain.notes import Fact
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb

_TENDERS = {
    "": enums_pb2.TENDER_KIND_UNSPECIFIED,
    "pooled": enums_pb2.TENDER_KIND_POOLED,
    "major": enums_pb2.TENDER_KIND_MAJOR,
    "civil_servant": enums_pb2.TENDER_KIND_CIVIL_SERVANT,
    "assistance": enums_pb2.TENDER_KIND_ASSISTANCE,
    "other_fund": enums_pb2.TENDER_KIND_OTHER_FUND,
    "hospital": enums_pb2.TENDER_KIND_HOSPITAL,
    "account": enums_pb2.TENDER_KIND_ACCOUNT_CURRENT,
    "family_account": enums_pb2.TENDER_KIND_FAMILY_ACCOUNT,
    "commercial": enums_pb2.TENDER_KIND_COMMERCIAL,
    "cash": enums_pb2.TENDER_KIND_CASH,
}


def explained(found: Explanation) -> pb.ExplainSplitResponse:
    """The steps and the summaries; which order it is, is the caller's to say."""
    response = pb.ExplainSplitResponse(summary_zh=summary(found.split, "zh"), summary_en=summary(found.split, "en"))
    left, used = found.before, found.used_before
    for step in found.steps:
        response.steps.append(_step(step, left, used))
        left, used = step.left, step.used
    return response


def _step(step: Step, left: dict[str, int], used: dict[str, int]) -> pb.SplitStep:
    return pb.SplitStep(
        kind=step.kind,
        payer=_payer(step),
        paid_fen=step.paid_fen,
        rule=pb.RuleReference(**step.origin._asdict()),
        facts=[pb.SplitFact(name=name, value=_value(fact)) for name, fact in step.facts.items()],
        left=_amounts(left, step.left),
        accumulators=_amounts(used, step.used),
        text_zh=sentence(step, "zh"),
        text_en=sentence(step, "en"),
    )


def _payer(step: Step) -> enums_pb2.TenderKind:
    if step.kind == "account_self":
        return enums_pb2.TENDER_KIND_ACCOUNT_PRIOR
    return _TENDERS[step.payer]


def _value(fact: Fact) -> str:
    return str(fact) if not isinstance(fact, Fraction) else f"{fact.numerator}/{fact.denominator}"


def _amounts(before: dict[str, int], after: dict[str, int]) -> list[pb.AmountChange]:
    return [pb.AmountChange(name=name, before_fen=fen, after_fen=after[name]) for name, fen in before.items()]
