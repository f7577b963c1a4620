"""A candidate tried on what was stored: the last assessments decided again from their features."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator

import orjson

from core.risk.features import unpack_features
from core.risk.meanings import FEATURES
from core.risk.policy import RiskPolicy
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import risk_service_pb2 as pb
from gateway.reasons import Reason
from gateway.risk.book import compiled
from gateway.stores.base import Reader, Store
from gateway.stores.risk_rows import AssessmentRow, CaseRow

_PAGE = 5000
_NO_ID = 1 << 62
_REGION = FEATURES.index("insured_region")
_APPROVE = enums_pb2.RISK_DECISION_APPROVE


def backtest(policy: RiskPolicy, rows: Iterable[AssessmentRow], cases: dict[int, CaseRow]) -> pb.RunBacktestResponse:
    """Decides assessments again by a policy, and compares.

    Args:
        cases: of those of the assessments that have one, by assessment; a decided one labels its payment.
    """
    found = pb.RunBacktestResponse()
    changes: Counter[tuple[int, int]] = Counter()
    regions: Counter[str] = Counter()
    typologies: Counter[str] = Counter()
    sums: Counter[object] = Counter()
    rules = policy.document["rules"]
    for row in rows:
        features = unpack_features(row.features)
        verdict = policy.verdict(features, row.listed)
        after = verdict["decision"]
        changes[row.decision, after] += 1
        sums[row.decision, after] += row.total_fen
        if after != row.decision:
            region = f"{features[_REGION]:06d}"
            regions[region] += 1
            sums["region", region] += row.total_fen
        for typology in {rule["typology"] for index, rule in enumerate(rules) if verdict["rules"] >> index & 1}:
            typologies[typology] += 1
            sums["typology", typology] += row.total_fen
        case = cases.get(row.assessment_id)
        if case is not None and case.state == enums_pb2.REVIEW_STATE_DECIDED:
            fraud = case.verdict == enums_pb2.REVIEW_VERDICT_FRAUD
            found.fraud_count += fraud
            found.fraud_caught += fraud and after != _APPROVE
            found.sound_count += not fraud
            found.sound_stopped += not fraud and after != _APPROVE
        found.assessment_count += 1
        found.first_at_ms = min(found.first_at_ms or row.at_ms, row.at_ms)
        found.last_at_ms = max(found.last_at_ms, row.at_ms)
    for (before, after), count in sorted(changes.items()):
        found.changes.add(
            before=enums_pb2.RiskDecision.Name(before),
            after=enums_pb2.RiskDecision.Name(after),
            payment_count=count,
            total_fen=sums[before, after],
        )
    for name, count in sorted(regions.items()):
        found.regions.add(name=name, payment_count=count, total_fen=sums["region", name])
    for name, count in sorted(typologies.items()):
        found.typologies.add(name=name, payment_count=count, total_fen=sums["typology", name])
    return found


def changed_permille(result: pb.RunBacktestResponse) -> int:
    """Of 1,000 payments, how many a candidate would decide otherwise."""
    changed = sum(change.payment_count for change in result.changes if change.before != change.after)
    return changed * 1000 // result.assessment_count if result.assessment_count else 0


class Backtests:
    """Backtests beside the pipeline, each through a connection of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(self, risk_policy_id: int, count: int) -> pb.RunBacktestResponse:
        """Decides the last so many assessments again by a stored policy.

        Raises:
            Refusal: RISK_POLICY_NOT_FOUND.
        """
        return await asyncio.to_thread(self._run, risk_policy_id, count)

    def _run(self, risk_policy_id: int, count: int) -> pb.RunBacktestResponse:
        reader = self._store.reader()
        try:
            row = next((one for one in reader.risk_policies() if one.risk_policy_id == risk_policy_id), None)
            if row is None:
                raise Refusal(Reason.RISK_POLICY_NOT_FOUND, field="risk_policy_id")
            policy, _ = compiled(reader, orjson.loads(row.document), risk_policy_id)
            rows = list(_last(reader, count))
            return backtest(policy, rows, reader.risk_cases([one.assessment_id for one in rows]))
        finally:
            reader.close()


def _last(reader: Reader, count: int) -> Iterator[AssessmentRow]:
    before = _NO_ID
    while count > 0:
        page = reader.assessments(before, min(count, _PAGE), order_id=0, open_only=False)
        yield from page
        if not page:
            return
        before, count = page[-1].assessment_id, count - len(page)
