"""Rows of risk, as stores give and take them, and what a store can be asked about them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol


class AssessmentRow(NamedTuple):
    """What risk found of one try to pay; core.risk.assessing.ASSESSMENT_COLUMNS."""

    assessment_id: int
    batch: int
    at_ms: int
    order_id: int
    person_id: int
    channel_id: int
    institution_id: int
    policy_id: int
    decision: int
    score: int
    points: int
    model_points: int
    rules: int
    proofs: int
    listed: int
    watermark: int
    total_fen: int
    fund_fen: int
    device: int
    network: int
    shadow_policy_id: int
    shadow_decision: int
    shadow_score: int
    features: bytes


class CaseRow(NamedTuple):
    """Where the case of an assessment stands."""

    assessment_id: int
    state: int
    verdict: int
    assignee: str
    first_reviewer: str


class NoteRow(NamedTuple):
    """One thing done about a case."""

    assessment_id: int
    batch: int
    at_ms: int
    reviewer: str
    verdict: int
    comment: str


class ListRow(NamedTuple):
    """One entry of a list. `value`: a person or institution by number, a device or network by keyed hash."""

    kind: int
    value: int
    effect: int
    reason: str
    author: str
    expires_at_ms: int
    batch: int


class RiskPolicyRow(NamedTuple):
    """A stored risk policy."""

    risk_policy_id: int
    digest: str
    document: bytes
    put_at_ms: int


class RiskActivationRow(NamedTuple):
    """What a policy was put in force as."""

    batch: int
    role: int
    risk_policy_id: int
    share_permille: int
    forced: int
    at_ms: int


class RiskReads(Protocol):
    """What can be read of risk, inside a batch or beside it."""

    def person_visits(self, person_ids: Iterable[int], since_ms: int) -> list[bytes]: ...
    def assessment(self, assessment_id: int) -> AssessmentRow | None: ...
    def assessments(self, before_id: int, limit: int, *, order_id: int, open_only: bool) -> list[AssessmentRow]: ...
    def assessments_like(self, row: AssessmentRow, column: str, limit: int) -> list[AssessmentRow]: ...
    def risk_cases(self, assessment_ids: Iterable[int]) -> dict[int, CaseRow]: ...
    def risk_notes(self, assessment_id: int) -> list[NoteRow]: ...
    def list_entries(self, after: tuple[int, int, int], limit: int) -> list[ListRow]: ...
    def risk_model(self, sha256: str) -> bytes | None: ...
    def risk_policies(self) -> list[RiskPolicyRow]: ...
    def risk_activations(self) -> list[RiskActivationRow]: ...


class RiskWrites(Protocol):
    """What a batch writes of risk."""

    def visits_since(self, at_ms: int, limit: int) -> list[bytes]: ...
    def insert_assessments(self, rows: Iterable[Sequence[Any]]) -> None: ...
    def put_risk_case(self, row: CaseRow) -> None: ...
    def insert_risk_note(self, row: NoteRow) -> None: ...
    def put_list_entries(self, rows: Iterable[ListRow]) -> None: ...
    def delete_list_entry(self, kind: int, value: int, effect: int) -> bool: ...
    def put_risk_model(self, sha256: str, document: bytes, put_at_ms: int) -> None: ...
    def insert_risk_policy(self, row: RiskPolicyRow) -> None: ...
    def insert_risk_activation(self, row: RiskActivationRow) -> None: ...
