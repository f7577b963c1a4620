from gateway.pb.medsettle.v1 import enums_pb2 as _enums_pb2
from gateway.pb.medsettle.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Assessment(_message.Message):
    __slots__ = ("assessment_id", "assessed_at_ms", "order_id", "institution_id", "channel_id", "risk_policy_id", "decision", "score", "points", "model_points", "rules", "shadow_decision", "shadow_score", "total_fen", "fund_fen", "review_state", "verdict", "assignee", "watermark_batch_count")
    ASSESSMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ASSESSED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    RISK_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    MODEL_POINTS_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    SHADOW_DECISION_FIELD_NUMBER: _ClassVar[int]
    SHADOW_SCORE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FEN_FIELD_NUMBER: _ClassVar[int]
    FUND_FEN_FIELD_NUMBER: _ClassVar[int]
    REVIEW_STATE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    WATERMARK_BATCH_COUNT_FIELD_NUMBER: _ClassVar[int]
    assessment_id: str
    assessed_at_ms: int
    order_id: str
    institution_id: str
    channel_id: str
    risk_policy_id: str
    decision: _enums_pb2.RiskDecision
    score: int
    points: int
    model_points: int
    rules: _containers.RepeatedScalarFieldContainer[str]
    shadow_decision: _enums_pb2.RiskDecision
    shadow_score: int
    total_fen: int
    fund_fen: int
    review_state: _enums_pb2.ReviewState
    verdict: _enums_pb2.ReviewVerdict
    assignee: str
    watermark_batch_count: int
    def __init__(self, assessment_id: _Optional[str] = ..., assessed_at_ms: _Optional[int] = ..., order_id: _Optional[str] = ..., institution_id: _Optional[str] = ..., channel_id: _Optional[str] = ..., risk_policy_id: _Optional[str] = ..., decision: _Optional[_Union[_enums_pb2.RiskDecision, int, str]] = ..., score: _Optional[int] = ..., points: _Optional[int] = ..., model_points: _Optional[int] = ..., rules: _Optional[_Iterable[str]] = ..., shadow_decision: _Optional[_Union[_enums_pb2.RiskDecision, int, str]] = ..., shadow_score: _Optional[int] = ..., total_fen: _Optional[int] = ..., fund_fen: _Optional[int] = ..., review_state: _Optional[_Union[_enums_pb2.ReviewState, int, str]] = ..., verdict: _Optional[_Union[_enums_pb2.ReviewVerdict, int, str]] = ..., assignee: _Optional[str] = ..., watermark_batch_count: _Optional[int] = ...) -> None: ...

class RiskReason(_message.Message):
    __slots__ = ("code", "typology", "level", "stage", "points", "text_zh", "text_en")
    CODE_FIELD_NUMBER: _ClassVar[int]
    TYPOLOGY_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    TEXT_ZH_FIELD_NUMBER: _ClassVar[int]
    TEXT_EN_FIELD_NUMBER: _ClassVar[int]
    code: str
    typology: str
    level: str
    stage: str
    points: int
    text_zh: str
    text_en: str
    def __init__(self, code: _Optional[str] = ..., typology: _Optional[str] = ..., level: _Optional[str] = ..., stage: _Optional[str] = ..., points: _Optional[int] = ..., text_zh: _Optional[str] = ..., text_en: _Optional[str] = ...) -> None: ...

class RiskFeature(_message.Message):
    __slots__ = ("name", "value", "meaning")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: int
    meaning: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[int] = ..., meaning: _Optional[str] = ...) -> None: ...

class ReviewNote(_message.Message):
    __slots__ = ("noted_at_ms", "reviewer", "verdict", "comment")
    NOTED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    REVIEWER_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    noted_at_ms: int
    reviewer: str
    verdict: _enums_pb2.ReviewVerdict
    comment: str
    def __init__(self, noted_at_ms: _Optional[int] = ..., reviewer: _Optional[str] = ..., verdict: _Optional[_Union[_enums_pb2.ReviewVerdict, int, str]] = ..., comment: _Optional[str] = ...) -> None: ...

class AssessOrderRequest(_message.Message):
    __slots__ = ("order_id", "binding_id", "use_account", "risk_signals")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    USE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    RISK_SIGNALS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    binding_id: str
    use_account: bool
    risk_signals: _types_pb2.RiskSignals
    def __init__(self, order_id: _Optional[str] = ..., binding_id: _Optional[str] = ..., use_account: _Optional[bool] = ..., risk_signals: _Optional[_Union[_types_pb2.RiskSignals, _Mapping]] = ...) -> None: ...

class AssessOrderResponse(_message.Message):
    __slots__ = ("assessment", "reasons", "features")
    ASSESSMENT_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    assessment: Assessment
    reasons: _containers.RepeatedCompositeFieldContainer[RiskReason]
    features: _containers.RepeatedCompositeFieldContainer[RiskFeature]
    def __init__(self, assessment: _Optional[_Union[Assessment, _Mapping]] = ..., reasons: _Optional[_Iterable[_Union[RiskReason, _Mapping]]] = ..., features: _Optional[_Iterable[_Union[RiskFeature, _Mapping]]] = ...) -> None: ...

class GetAssessmentRequest(_message.Message):
    __slots__ = ("assessment_id",)
    ASSESSMENT_ID_FIELD_NUMBER: _ClassVar[int]
    assessment_id: str
    def __init__(self, assessment_id: _Optional[str] = ...) -> None: ...

class GetAssessmentResponse(_message.Message):
    __slots__ = ("assessment", "reasons", "features", "notes", "of_person", "of_device")
    ASSESSMENT_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    OF_PERSON_FIELD_NUMBER: _ClassVar[int]
    OF_DEVICE_FIELD_NUMBER: _ClassVar[int]
    assessment: Assessment
    reasons: _containers.RepeatedCompositeFieldContainer[RiskReason]
    features: _containers.RepeatedCompositeFieldContainer[RiskFeature]
    notes: _containers.RepeatedCompositeFieldContainer[ReviewNote]
    of_person: _containers.RepeatedCompositeFieldContainer[Assessment]
    of_device: _containers.RepeatedCompositeFieldContainer[Assessment]
    def __init__(self, assessment: _Optional[_Union[Assessment, _Mapping]] = ..., reasons: _Optional[_Iterable[_Union[RiskReason, _Mapping]]] = ..., features: _Optional[_Iterable[_Union[RiskFeature, _Mapping]]] = ..., notes: _Optional[_Iterable[_Union[ReviewNote, _Mapping]]] = ..., of_person: _Optional[_Iterable[_Union[Assessment, _Mapping]]] = ..., of_device: _Optional[_Iterable[_Union[Assessment, _Mapping]]] = ...) -> None: ...

class ListAssessmentsRequest(_message.Message):
    __slots__ = ("order_id", "open_only", "page_size", "page_token")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    OPEN_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    open_only: bool
    page_size: int
    page_token: str
    def __init__(self, order_id: _Optional[str] = ..., open_only: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAssessmentsResponse(_message.Message):
    __slots__ = ("assessments", "next_page_token")
    ASSESSMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    assessments: _containers.RepeatedCompositeFieldContainer[Assessment]
    next_page_token: str
    def __init__(self, assessments: _Optional[_Iterable[_Union[Assessment, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReviewAssessmentRequest(_message.Message):
    __slots__ = ("request_id", "assessment_id", "reviewer", "assignee", "verdict", "comment")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ASSESSMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REVIEWER_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    assessment_id: str
    reviewer: str
    assignee: str
    verdict: _enums_pb2.ReviewVerdict
    comment: str
    def __init__(self, request_id: _Optional[str] = ..., assessment_id: _Optional[str] = ..., reviewer: _Optional[str] = ..., assignee: _Optional[str] = ..., verdict: _Optional[_Union[_enums_pb2.ReviewVerdict, int, str]] = ..., comment: _Optional[str] = ...) -> None: ...

class ReviewAssessmentResponse(_message.Message):
    __slots__ = ("replayed", "review_state", "verdict")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    REVIEW_STATE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    review_state: _enums_pb2.ReviewState
    verdict: _enums_pb2.ReviewVerdict
    def __init__(self, replayed: _Optional[bool] = ..., review_state: _Optional[_Union[_enums_pb2.ReviewState, int, str]] = ..., verdict: _Optional[_Union[_enums_pb2.ReviewVerdict, int, str]] = ...) -> None: ...

class RiskListEntry(_message.Message):
    __slots__ = ("kind", "value", "effect", "reason", "author", "expires_at_ms", "value_hash")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    VALUE_HASH_FIELD_NUMBER: _ClassVar[int]
    kind: _enums_pb2.RiskListKind
    value: str
    effect: _enums_pb2.RiskListEffect
    reason: str
    author: str
    expires_at_ms: int
    value_hash: str
    def __init__(self, kind: _Optional[_Union[_enums_pb2.RiskListKind, int, str]] = ..., value: _Optional[str] = ..., effect: _Optional[_Union[_enums_pb2.RiskListEffect, int, str]] = ..., reason: _Optional[str] = ..., author: _Optional[str] = ..., expires_at_ms: _Optional[int] = ..., value_hash: _Optional[str] = ...) -> None: ...

class PutListEntriesRequest(_message.Message):
    __slots__ = ("request_id", "entries")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    entries: _containers.RepeatedCompositeFieldContainer[RiskListEntry]
    def __init__(self, request_id: _Optional[str] = ..., entries: _Optional[_Iterable[_Union[RiskListEntry, _Mapping]]] = ...) -> None: ...

class PutListEntriesResponse(_message.Message):
    __slots__ = ("replayed", "entry_count")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    entry_count: int
    def __init__(self, replayed: _Optional[bool] = ..., entry_count: _Optional[int] = ...) -> None: ...

class DeleteListEntryRequest(_message.Message):
    __slots__ = ("request_id", "kind", "value", "effect")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    kind: _enums_pb2.RiskListKind
    value: str
    effect: _enums_pb2.RiskListEffect
    def __init__(self, request_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.RiskListKind, int, str]] = ..., value: _Optional[str] = ..., effect: _Optional[_Union[_enums_pb2.RiskListEffect, int, str]] = ...) -> None: ...

class DeleteListEntryResponse(_message.Message):
    __slots__ = ("replayed",)
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    def __init__(self, replayed: _Optional[bool] = ...) -> None: ...

class ListListEntriesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListListEntriesResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[RiskListEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[RiskListEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PutRiskModelRequest(_message.Message):
    __slots__ = ("request_id", "document")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    document: bytes
    def __init__(self, request_id: _Optional[str] = ..., document: _Optional[bytes] = ...) -> None: ...

class PutRiskModelResponse(_message.Message):
    __slots__ = ("replayed", "sha256")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    sha256: str
    def __init__(self, replayed: _Optional[bool] = ..., sha256: _Optional[str] = ...) -> None: ...

class PutRiskPolicyRequest(_message.Message):
    __slots__ = ("request_id", "document")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    document: bytes
    def __init__(self, request_id: _Optional[str] = ..., document: _Optional[bytes] = ...) -> None: ...

class PutRiskPolicyResponse(_message.Message):
    __slots__ = ("replayed", "risk_policy_id")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    RISK_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    risk_policy_id: str
    def __init__(self, replayed: _Optional[bool] = ..., risk_policy_id: _Optional[str] = ...) -> None: ...

class ActivateRiskPolicyRequest(_message.Message):
    __slots__ = ("request_id", "risk_policy_id", "role", "share_permille", "force")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RISK_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SHARE_PERMILLE_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    risk_policy_id: str
    role: _enums_pb2.RiskPolicyRole
    share_permille: int
    force: bool
    def __init__(self, request_id: _Optional[str] = ..., risk_policy_id: _Optional[str] = ..., role: _Optional[_Union[_enums_pb2.RiskPolicyRole, int, str]] = ..., share_permille: _Optional[int] = ..., force: _Optional[bool] = ...) -> None: ...

class ActivateRiskPolicyResponse(_message.Message):
    __slots__ = ("replayed", "changed_permille")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    CHANGED_PERMILLE_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    changed_permille: int
    def __init__(self, replayed: _Optional[bool] = ..., changed_permille: _Optional[int] = ...) -> None: ...

class RiskPolicy(_message.Message):
    __slots__ = ("risk_policy_id", "name", "version", "document_digest", "put_at_ms", "roles", "document")
    RISK_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PUT_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    risk_policy_id: str
    name: str
    version: str
    document_digest: str
    put_at_ms: int
    roles: _containers.RepeatedScalarFieldContainer[_enums_pb2.RiskPolicyRole]
    document: bytes
    def __init__(self, risk_policy_id: _Optional[str] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., document_digest: _Optional[str] = ..., put_at_ms: _Optional[int] = ..., roles: _Optional[_Iterable[_Union[_enums_pb2.RiskPolicyRole, int, str]]] = ..., document: _Optional[bytes] = ...) -> None: ...

class ListRiskPoliciesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListRiskPoliciesResponse(_message.Message):
    __slots__ = ("risk_policies",)
    RISK_POLICIES_FIELD_NUMBER: _ClassVar[int]
    risk_policies: _containers.RepeatedCompositeFieldContainer[RiskPolicy]
    def __init__(self, risk_policies: _Optional[_Iterable[_Union[RiskPolicy, _Mapping]]] = ...) -> None: ...

class RunBacktestRequest(_message.Message):
    __slots__ = ("risk_policy_id", "assessment_count")
    RISK_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    ASSESSMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    risk_policy_id: str
    assessment_count: int
    def __init__(self, risk_policy_id: _Optional[str] = ..., assessment_count: _Optional[int] = ...) -> None: ...

class RunBacktestResponse(_message.Message):
    __slots__ = ("assessment_count", "first_at_ms", "last_at_ms", "changes", "regions", "typologies", "fraud_caught", "fraud_count", "sound_stopped", "sound_count")
    ASSESSMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_AT_MS_FIELD_NUMBER: _ClassVar[int]
    LAST_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    TYPOLOGIES_FIELD_NUMBER: _ClassVar[int]
    FRAUD_CAUGHT_FIELD_NUMBER: _ClassVar[int]
    FRAUD_COUNT_FIELD_NUMBER: _ClassVar[int]
    SOUND_STOPPED_FIELD_NUMBER: _ClassVar[int]
    SOUND_COUNT_FIELD_NUMBER: _ClassVar[int]
    assessment_count: int
    first_at_ms: int
    last_at_ms: int
    changes: _containers.RepeatedCompositeFieldContainer[BacktestChange]
    regions: _containers.RepeatedCompositeFieldContainer[BacktestGroup]
    typologies: _containers.RepeatedCompositeFieldContainer[BacktestGroup]
    fraud_caught: int
    fraud_count: int
    sound_stopped: int
    sound_count: int
    def __init__(self, assessment_count: _Optional[int] = ..., first_at_ms: _Optional[int] = ..., last_at_ms: _Optional[int] = ..., changes: _Optional[_Iterable[_Union[BacktestChange, _Mapping]]] = ..., regions: _Optional[_Iterable[_Union[BacktestGroup, _Mapping]]] = ..., typologies: _Optional[_Iterable[_Union[BacktestGroup, _Mapping]]] = ..., fraud_caught: _Optional[int] = ..., fraud_count: _Optional[int] = ..., sound_stopped: _Optional[int] = ..., sound_count: _Optional[int] = ...) -> None: ...

class BacktestChange(_message.Message):
    __slots__ = ("before", "after", "payment_count", "total_fen")
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FEN_FIELD_NUMBER: _ClassVar[int]
    before: _enums_pb2.RiskDecision
    after: _enums_pb2.RiskDecision
    payment_count: int
    total_fen: int
    def __init__(self, before: _Optional[_Union[_enums_pb2.RiskDecision, int, str]] = ..., after: _Optional[_Union[_enums_pb2.RiskDecision, int, str]] = ..., payment_count: _Optional[int] = ..., total_fen: _Optional[int] = ...) -> None: ...

class BacktestGroup(_message.Message):
    __slots__ = ("name", "payment_count", "total_fen")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    payment_count: int
    total_fen: int
    def __init__(self, name: _Optional[str] = ..., payment_count: _Optional[int] = ..., total_fen: _Optional[int] = ...) -> None: ...
