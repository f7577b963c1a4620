from gateway.pb.medsettle.v1 import enums_pb2 as _enums_pb2
from gateway.pb.medsettle.v1 import types_pb2 as _types_pb2
from gateway.pb.medsettle.v1 import error_reason_pb2 as _error_reason_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Party(_message.Message):
    __slots__ = ("party_id", "role", "name", "suspended", "created_at_ms", "token_created_at_ms")
    PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    TOKEN_CREATED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    party_id: str
    role: _enums_pb2.Role
    name: str
    suspended: bool
    created_at_ms: int
    token_created_at_ms: int
    def __init__(self, party_id: _Optional[str] = ..., role: _Optional[_Union[_enums_pb2.Role, int, str]] = ..., name: _Optional[str] = ..., suspended: _Optional[bool] = ..., created_at_ms: _Optional[int] = ..., token_created_at_ms: _Optional[int] = ...) -> None: ...

class PutPartyRequest(_message.Message):
    __slots__ = ("request_id", "party_id", "role", "name", "suspended", "rotate_token")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    ROTATE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    party_id: str
    role: _enums_pb2.Role
    name: str
    suspended: bool
    rotate_token: bool
    def __init__(self, request_id: _Optional[str] = ..., party_id: _Optional[str] = ..., role: _Optional[_Union[_enums_pb2.Role, int, str]] = ..., name: _Optional[str] = ..., suspended: _Optional[bool] = ..., rotate_token: _Optional[bool] = ...) -> None: ...

class PutPartyResponse(_message.Message):
    __slots__ = ("replayed", "party", "token")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    party: Party
    token: str
    def __init__(self, replayed: _Optional[bool] = ..., party: _Optional[_Union[Party, _Mapping]] = ..., token: _Optional[str] = ...) -> None: ...

class ListPartiesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPartiesResponse(_message.Message):
    __slots__ = ("parties", "next_page_token")
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parties: _containers.RepeatedCompositeFieldContainer[Party]
    next_page_token: str
    def __init__(self, parties: _Optional[_Iterable[_Union[Party, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Institution(_message.Message):
    __slots__ = ("institution_id", "party_id", "name", "level", "treatment_region_code", "scenarios", "suspended", "created_at_ms")
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TREATMENT_REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    SCENARIOS_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    institution_id: str
    party_id: str
    name: str
    level: _enums_pb2.InstitutionLevel
    treatment_region_code: str
    scenarios: _containers.RepeatedScalarFieldContainer[_enums_pb2.Scenario]
    suspended: bool
    created_at_ms: int
    def __init__(self, institution_id: _Optional[str] = ..., party_id: _Optional[str] = ..., name: _Optional[str] = ..., level: _Optional[_Union[_enums_pb2.InstitutionLevel, int, str]] = ..., treatment_region_code: _Optional[str] = ..., scenarios: _Optional[_Iterable[_Union[_enums_pb2.Scenario, int, str]]] = ..., suspended: _Optional[bool] = ..., created_at_ms: _Optional[int] = ...) -> None: ...

class PutInstitutionRequest(_message.Message):
    __slots__ = ("request_id", "institution_id", "party_id", "name", "level", "treatment_region_code", "scenarios", "suspended")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TREATMENT_REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    SCENARIOS_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    institution_id: str
    party_id: str
    name: str
    level: _enums_pb2.InstitutionLevel
    treatment_region_code: str
    scenarios: _containers.RepeatedScalarFieldContainer[_enums_pb2.Scenario]
    suspended: bool
    def __init__(self, request_id: _Optional[str] = ..., institution_id: _Optional[str] = ..., party_id: _Optional[str] = ..., name: _Optional[str] = ..., level: _Optional[_Union[_enums_pb2.InstitutionLevel, int, str]] = ..., treatment_region_code: _Optional[str] = ..., scenarios: _Optional[_Iterable[_Union[_enums_pb2.Scenario, int, str]]] = ..., suspended: _Optional[bool] = ...) -> None: ...

class PutInstitutionResponse(_message.Message):
    __slots__ = ("replayed", "institution")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    institution: Institution
    def __init__(self, replayed: _Optional[bool] = ..., institution: _Optional[_Union[Institution, _Mapping]] = ...) -> None: ...

class ListInstitutionsRequest(_message.Message):
    __slots__ = ("party_id", "page_size", "page_token")
    PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    party_id: str
    page_size: int
    page_token: str
    def __init__(self, party_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListInstitutionsResponse(_message.Message):
    __slots__ = ("institutions", "next_page_token")
    INSTITUTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    institutions: _containers.RepeatedCompositeFieldContainer[Institution]
    next_page_token: str
    def __init__(self, institutions: _Optional[_Iterable[_Union[Institution, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PutPolicyRequest(_message.Message):
    __slots__ = ("request_id", "document", "file_name", "dry_run")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    document: bytes
    file_name: str
    dry_run: bool
    def __init__(self, request_id: _Optional[str] = ..., document: _Optional[bytes] = ..., file_name: _Optional[str] = ..., dry_run: _Optional[bool] = ...) -> None: ...

class PolicyProblem(_message.Message):
    __slots__ = ("file_name", "rule", "message")
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    file_name: str
    rule: str
    message: str
    def __init__(self, file_name: _Optional[str] = ..., rule: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class PutPolicyResponse(_message.Message):
    __slots__ = ("replayed", "region_code", "policy_version", "problems", "document_digest")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    region_code: str
    policy_version: str
    problems: _containers.RepeatedCompositeFieldContainer[PolicyProblem]
    document_digest: str
    def __init__(self, replayed: _Optional[bool] = ..., region_code: _Optional[str] = ..., policy_version: _Optional[str] = ..., problems: _Optional[_Iterable[_Union[PolicyProblem, _Mapping]]] = ..., document_digest: _Optional[str] = ...) -> None: ...

class GetPolicyRequest(_message.Message):
    __slots__ = ("region_code", "policy_version")
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    region_code: str
    policy_version: str
    def __init__(self, region_code: _Optional[str] = ..., policy_version: _Optional[str] = ...) -> None: ...

class GetPolicyResponse(_message.Message):
    __slots__ = ("region_code", "policy_version", "document", "file_name", "published_at_ms", "document_digest")
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    region_code: str
    policy_version: str
    document: bytes
    file_name: str
    published_at_ms: int
    document_digest: str
    def __init__(self, region_code: _Optional[str] = ..., policy_version: _Optional[str] = ..., document: _Optional[bytes] = ..., file_name: _Optional[str] = ..., published_at_ms: _Optional[int] = ..., document_digest: _Optional[str] = ...) -> None: ...

class RowError(_message.Message):
    __slots__ = ("row_no", "reason", "field", "message")
    ROW_NO_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    row_no: int
    reason: _error_reason_pb2.ErrorReason
    field: str
    message: str
    def __init__(self, row_no: _Optional[int] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, int, str]] = ..., field: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class ImportCounts(_message.Message):
    __slots__ = ("row_count", "created_count", "updated_count", "unchanged_count", "refused_count")
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    row_count: int
    created_count: int
    updated_count: int
    unchanged_count: int
    refused_count: int
    def __init__(self, row_count: _Optional[int] = ..., created_count: _Optional[int] = ..., updated_count: _Optional[int] = ..., unchanged_count: _Optional[int] = ..., refused_count: _Optional[int] = ...) -> None: ...

class PersonRecord(_message.Message):
    __slots__ = ("person_no", "region_code", "scheme", "status", "birth_date", "sex", "id_document_kind", "id_number", "name", "phone", "civil_servant", "assistance", "family_doctor")
    PERSON_NO_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    BIRTH_DATE_FIELD_NUMBER: _ClassVar[int]
    SEX_FIELD_NUMBER: _ClassVar[int]
    ID_DOCUMENT_KIND_FIELD_NUMBER: _ClassVar[int]
    ID_NUMBER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    CIVIL_SERVANT_FIELD_NUMBER: _ClassVar[int]
    ASSISTANCE_FIELD_NUMBER: _ClassVar[int]
    FAMILY_DOCTOR_FIELD_NUMBER: _ClassVar[int]
    person_no: str
    region_code: str
    scheme: _enums_pb2.Scheme
    status: _enums_pb2.PersonStatus
    birth_date: str
    sex: _enums_pb2.Sex
    id_document_kind: _enums_pb2.IdDocumentKind
    id_number: str
    name: str
    phone: str
    civil_servant: bool
    assistance: _enums_pb2.Assistance
    family_doctor: bool
    def __init__(self, person_no: _Optional[str] = ..., region_code: _Optional[str] = ..., scheme: _Optional[_Union[_enums_pb2.Scheme, int, str]] = ..., status: _Optional[_Union[_enums_pb2.PersonStatus, int, str]] = ..., birth_date: _Optional[str] = ..., sex: _Optional[_Union[_enums_pb2.Sex, int, str]] = ..., id_document_kind: _Optional[_Union[_enums_pb2.IdDocumentKind, int, str]] = ..., id_number: _Optional[str] = ..., name: _Optional[str] = ..., phone: _Optional[str] = ..., civil_servant: _Optional[bool] = ..., assistance: _Optional[_Union[_enums_pb2.Assistance, int, str]] = ..., family_doctor: _Optional[bool] = ...) -> None: ...

class ImportPersonsRequest(_message.Message):
    __slots__ = ("request_id", "records")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    records: _containers.RepeatedCompositeFieldContainer[PersonRecord]
    def __init__(self, request_id: _Optional[str] = ..., records: _Optional[_Iterable[_Union[PersonRecord, _Mapping]]] = ...) -> None: ...

class ImportPersonsResponse(_message.Message):
    __slots__ = ("replayed", "counts", "errors")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    counts: ImportCounts
    errors: _containers.RepeatedCompositeFieldContainer[RowError]
    def __init__(self, replayed: _Optional[bool] = ..., counts: _Optional[_Union[ImportCounts, _Mapping]] = ..., errors: _Optional[_Iterable[_Union[RowError, _Mapping]]] = ...) -> None: ...

class CreditRecord(_message.Message):
    __slots__ = ("credit_no", "region_code", "person_no", "kind", "amount_fen", "purse", "credited_at_ms")
    CREDIT_NO_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    PERSON_NO_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    PURSE_FIELD_NUMBER: _ClassVar[int]
    CREDITED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    credit_no: str
    region_code: str
    person_no: str
    kind: _enums_pb2.CreditKind
    amount_fen: int
    purse: _enums_pb2.Purse
    credited_at_ms: int
    def __init__(self, credit_no: _Optional[str] = ..., region_code: _Optional[str] = ..., person_no: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.CreditKind, int, str]] = ..., amount_fen: _Optional[int] = ..., purse: _Optional[_Union[_enums_pb2.Purse, int, str]] = ..., credited_at_ms: _Optional[int] = ...) -> None: ...

class PostCreditsRequest(_message.Message):
    __slots__ = ("request_id", "records")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    records: _containers.RepeatedCompositeFieldContainer[CreditRecord]
    def __init__(self, request_id: _Optional[str] = ..., records: _Optional[_Iterable[_Union[CreditRecord, _Mapping]]] = ...) -> None: ...

class PostCreditsResponse(_message.Message):
    __slots__ = ("replayed", "counts", "errors", "posted_fen")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    POSTED_FEN_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    counts: ImportCounts
    errors: _containers.RepeatedCompositeFieldContainer[RowError]
    posted_fen: int
    def __init__(self, replayed: _Optional[bool] = ..., counts: _Optional[_Union[ImportCounts, _Mapping]] = ..., errors: _Optional[_Iterable[_Union[RowError, _Mapping]]] = ..., posted_fen: _Optional[int] = ...) -> None: ...

class ElsewhereRecord(_message.Message):
    __slots__ = ("settlement_no", "region_code", "person_no", "service", "service_date", "in_scope_fen", "deductible_fen", "pooled_fen", "major_counted_fen", "major_fen", "stays")
    SETTLEMENT_NO_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    PERSON_NO_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_DATE_FIELD_NUMBER: _ClassVar[int]
    IN_SCOPE_FEN_FIELD_NUMBER: _ClassVar[int]
    DEDUCTIBLE_FEN_FIELD_NUMBER: _ClassVar[int]
    POOLED_FEN_FIELD_NUMBER: _ClassVar[int]
    MAJOR_COUNTED_FEN_FIELD_NUMBER: _ClassVar[int]
    MAJOR_FEN_FIELD_NUMBER: _ClassVar[int]
    STAYS_FIELD_NUMBER: _ClassVar[int]
    settlement_no: str
    region_code: str
    person_no: str
    service: _enums_pb2.Service
    service_date: str
    in_scope_fen: int
    deductible_fen: int
    pooled_fen: int
    major_counted_fen: int
    major_fen: int
    stays: int
    def __init__(self, settlement_no: _Optional[str] = ..., region_code: _Optional[str] = ..., person_no: _Optional[str] = ..., service: _Optional[_Union[_enums_pb2.Service, int, str]] = ..., service_date: _Optional[str] = ..., in_scope_fen: _Optional[int] = ..., deductible_fen: _Optional[int] = ..., pooled_fen: _Optional[int] = ..., major_counted_fen: _Optional[int] = ..., major_fen: _Optional[int] = ..., stays: _Optional[int] = ...) -> None: ...

class ImportSettlementsRequest(_message.Message):
    __slots__ = ("request_id", "records")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    records: _containers.RepeatedCompositeFieldContainer[ElsewhereRecord]
    def __init__(self, request_id: _Optional[str] = ..., records: _Optional[_Iterable[_Union[ElsewhereRecord, _Mapping]]] = ...) -> None: ...

class ImportSettlementsResponse(_message.Message):
    __slots__ = ("replayed", "counts", "errors")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    counts: ImportCounts
    errors: _containers.RepeatedCompositeFieldContainer[RowError]
    def __init__(self, replayed: _Optional[bool] = ..., counts: _Optional[_Union[ImportCounts, _Mapping]] = ..., errors: _Optional[_Iterable[_Union[RowError, _Mapping]]] = ...) -> None: ...

class PolicyReplay(_message.Message):
    __slots__ = ("report_digest", "order_count", "event_count", "cases")
    REPORT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ORDER_COUNT_FIELD_NUMBER: _ClassVar[int]
    EVENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CASES_FIELD_NUMBER: _ClassVar[int]
    report_digest: str
    order_count: int
    event_count: int
    cases: bytes
    def __init__(self, report_digest: _Optional[str] = ..., order_count: _Optional[int] = ..., event_count: _Optional[int] = ..., cases: _Optional[bytes] = ...) -> None: ...

class ActivatePolicyRequest(_message.Message):
    __slots__ = ("request_id", "region_code", "document_digest", "replay", "accept_unpriced_count")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_UNPRICED_COUNT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    region_code: str
    document_digest: str
    replay: PolicyReplay
    accept_unpriced_count: int
    def __init__(self, request_id: _Optional[str] = ..., region_code: _Optional[str] = ..., document_digest: _Optional[str] = ..., replay: _Optional[_Union[PolicyReplay, _Mapping]] = ..., accept_unpriced_count: _Optional[int] = ...) -> None: ...

class PolicyVersion(_message.Message):
    __slots__ = ("policy_version", "document_digest", "state", "effective_from", "effective_to", "file_name", "put_at_ms", "activated_at_ms", "report_digest")
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TO_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    PUT_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ACTIVATED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    REPORT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    policy_version: str
    document_digest: str
    state: _enums_pb2.PolicyState
    effective_from: str
    effective_to: str
    file_name: str
    put_at_ms: int
    activated_at_ms: int
    report_digest: str
    def __init__(self, policy_version: _Optional[str] = ..., document_digest: _Optional[str] = ..., state: _Optional[_Union[_enums_pb2.PolicyState, int, str]] = ..., effective_from: _Optional[str] = ..., effective_to: _Optional[str] = ..., file_name: _Optional[str] = ..., put_at_ms: _Optional[int] = ..., activated_at_ms: _Optional[int] = ..., report_digest: _Optional[str] = ...) -> None: ...

class ActivatePolicyResponse(_message.Message):
    __slots__ = ("replayed", "region_code", "versions")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    region_code: str
    versions: _containers.RepeatedCompositeFieldContainer[PolicyVersion]
    def __init__(self, replayed: _Optional[bool] = ..., region_code: _Optional[str] = ..., versions: _Optional[_Iterable[_Union[PolicyVersion, _Mapping]]] = ...) -> None: ...

class ListPoliciesRequest(_message.Message):
    __slots__ = ("region_code",)
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    region_code: str
    def __init__(self, region_code: _Optional[str] = ...) -> None: ...

class ListPoliciesResponse(_message.Message):
    __slots__ = ("versions",)
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[PolicyVersion]
    def __init__(self, versions: _Optional[_Iterable[_Union[PolicyVersion, _Mapping]]] = ...) -> None: ...

class CatalogueEntry(_message.Message):
    __slots__ = ("region_code", "item_code", "item_name", "item_class", "self_pay_ppm", "price_limit_fen", "deductible_exempt", "valid_from", "valid_to")
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_NAME_FIELD_NUMBER: _ClassVar[int]
    ITEM_CLASS_FIELD_NUMBER: _ClassVar[int]
    SELF_PAY_PPM_FIELD_NUMBER: _ClassVar[int]
    PRICE_LIMIT_FEN_FIELD_NUMBER: _ClassVar[int]
    DEDUCTIBLE_EXEMPT_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    region_code: str
    item_code: str
    item_name: str
    item_class: _enums_pb2.ItemClass
    self_pay_ppm: int
    price_limit_fen: int
    deductible_exempt: bool
    valid_from: str
    valid_to: str
    def __init__(self, region_code: _Optional[str] = ..., item_code: _Optional[str] = ..., item_name: _Optional[str] = ..., item_class: _Optional[_Union[_enums_pb2.ItemClass, int, str]] = ..., self_pay_ppm: _Optional[int] = ..., price_limit_fen: _Optional[int] = ..., deductible_exempt: _Optional[bool] = ..., valid_from: _Optional[str] = ..., valid_to: _Optional[str] = ...) -> None: ...

class PutCatalogueRequest(_message.Message):
    __slots__ = ("request_id", "records")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    records: _containers.RepeatedCompositeFieldContainer[CatalogueEntry]
    def __init__(self, request_id: _Optional[str] = ..., records: _Optional[_Iterable[_Union[CatalogueEntry, _Mapping]]] = ...) -> None: ...

class PutCatalogueResponse(_message.Message):
    __slots__ = ("replayed", "counts", "errors")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    counts: ImportCounts
    errors: _containers.RepeatedCompositeFieldContainer[RowError]
    def __init__(self, replayed: _Optional[bool] = ..., counts: _Optional[_Union[ImportCounts, _Mapping]] = ..., errors: _Optional[_Iterable[_Union[RowError, _Mapping]]] = ...) -> None: ...

class GetCatalogueItemRequest(_message.Message):
    __slots__ = ("region_code", "item_code", "date")
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    region_code: str
    item_code: str
    date: str
    def __init__(self, region_code: _Optional[str] = ..., item_code: _Optional[str] = ..., date: _Optional[str] = ...) -> None: ...

class GetCatalogueItemResponse(_message.Message):
    __slots__ = ("entries", "holding")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    HOLDING_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[CatalogueEntry]
    holding: CatalogueEntry
    def __init__(self, entries: _Optional[_Iterable[_Union[CatalogueEntry, _Mapping]]] = ..., holding: _Optional[_Union[CatalogueEntry, _Mapping]] = ...) -> None: ...

class ExplainSplitRequest(_message.Message):
    __slots__ = ("order_id",)
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    def __init__(self, order_id: _Optional[str] = ...) -> None: ...

class ExplainSplitResponse(_message.Message):
    __slots__ = ("order_id", "policy_version", "split", "steps", "summary_zh", "summary_en")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_ZH_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_EN_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    policy_version: str
    split: _types_pb2.Split
    steps: _containers.RepeatedCompositeFieldContainer[SplitStep]
    summary_zh: str
    summary_en: str
    def __init__(self, order_id: _Optional[str] = ..., policy_version: _Optional[str] = ..., split: _Optional[_Union[_types_pb2.Split, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[SplitStep, _Mapping]]] = ..., summary_zh: _Optional[str] = ..., summary_en: _Optional[str] = ...) -> None: ...

class SplitStep(_message.Message):
    __slots__ = ("kind", "payer", "paid_fen", "rule", "facts", "left", "accumulators", "text_zh", "text_en")
    KIND_FIELD_NUMBER: _ClassVar[int]
    PAYER_FIELD_NUMBER: _ClassVar[int]
    PAID_FEN_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    ACCUMULATORS_FIELD_NUMBER: _ClassVar[int]
    TEXT_ZH_FIELD_NUMBER: _ClassVar[int]
    TEXT_EN_FIELD_NUMBER: _ClassVar[int]
    kind: str
    payer: _enums_pb2.TenderKind
    paid_fen: int
    rule: RuleReference
    facts: _containers.RepeatedCompositeFieldContainer[SplitFact]
    left: _containers.RepeatedCompositeFieldContainer[AmountChange]
    accumulators: _containers.RepeatedCompositeFieldContainer[AmountChange]
    text_zh: str
    text_en: str
    def __init__(self, kind: _Optional[str] = ..., payer: _Optional[_Union[_enums_pb2.TenderKind, int, str]] = ..., paid_fen: _Optional[int] = ..., rule: _Optional[_Union[RuleReference, _Mapping]] = ..., facts: _Optional[_Iterable[_Union[SplitFact, _Mapping]]] = ..., left: _Optional[_Iterable[_Union[AmountChange, _Mapping]]] = ..., accumulators: _Optional[_Iterable[_Union[AmountChange, _Mapping]]] = ..., text_zh: _Optional[str] = ..., text_en: _Optional[str] = ...) -> None: ...

class RuleReference(_message.Message):
    __slots__ = ("path", "document", "provenance", "effective_from")
    PATH_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    path: str
    document: str
    provenance: str
    effective_from: str
    def __init__(self, path: _Optional[str] = ..., document: _Optional[str] = ..., provenance: _Optional[str] = ..., effective_from: _Optional[str] = ...) -> None: ...

class SplitFact(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class AmountChange(_message.Message):
    __slots__ = ("name", "before_fen", "after_fen")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FEN_FIELD_NUMBER: _ClassVar[int]
    AFTER_FEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    before_fen: int
    after_fen: int
    def __init__(self, name: _Optional[str] = ..., before_fen: _Optional[int] = ..., after_fen: _Optional[int] = ...) -> None: ...

class PutPlanRequest(_message.Message):
    __slots__ = ("request_id", "document", "file_name")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    document: bytes
    file_name: str
    def __init__(self, request_id: _Optional[str] = ..., document: _Optional[bytes] = ..., file_name: _Optional[str] = ...) -> None: ...

class PutPlanResponse(_message.Message):
    __slots__ = ("replayed", "plan_id", "effective_from", "document_digest")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    plan_id: str
    effective_from: str
    document_digest: str
    def __init__(self, replayed: _Optional[bool] = ..., plan_id: _Optional[str] = ..., effective_from: _Optional[str] = ..., document_digest: _Optional[str] = ...) -> None: ...

class Plan(_message.Message):
    __slots__ = ("plan_id", "tender", "effective_from", "effective_to", "region_codes", "document_digest")
    PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    TENDER_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TO_FIELD_NUMBER: _ClassVar[int]
    REGION_CODES_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    plan_id: str
    tender: _enums_pb2.TenderKind
    effective_from: str
    effective_to: str
    region_codes: _containers.RepeatedScalarFieldContainer[str]
    document_digest: str
    def __init__(self, plan_id: _Optional[str] = ..., tender: _Optional[_Union[_enums_pb2.TenderKind, int, str]] = ..., effective_from: _Optional[str] = ..., effective_to: _Optional[str] = ..., region_codes: _Optional[_Iterable[str]] = ..., document_digest: _Optional[str] = ...) -> None: ...

class ListPlansRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListPlansResponse(_message.Message):
    __slots__ = ("plans",)
    PLANS_FIELD_NUMBER: _ClassVar[int]
    plans: _containers.RepeatedCompositeFieldContainer[Plan]
    def __init__(self, plans: _Optional[_Iterable[_Union[Plan, _Mapping]]] = ...) -> None: ...

class EnrolmentRecord(_message.Message):
    __slots__ = ("region_code", "person_no", "plan_id", "valid_from", "valid_to")
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    PERSON_NO_FIELD_NUMBER: _ClassVar[int]
    PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    region_code: str
    person_no: str
    plan_id: str
    valid_from: str
    valid_to: str
    def __init__(self, region_code: _Optional[str] = ..., person_no: _Optional[str] = ..., plan_id: _Optional[str] = ..., valid_from: _Optional[str] = ..., valid_to: _Optional[str] = ...) -> None: ...

class ImportEnrolmentsRequest(_message.Message):
    __slots__ = ("request_id", "records")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    records: _containers.RepeatedCompositeFieldContainer[EnrolmentRecord]
    def __init__(self, request_id: _Optional[str] = ..., records: _Optional[_Iterable[_Union[EnrolmentRecord, _Mapping]]] = ...) -> None: ...

class ImportEnrolmentsResponse(_message.Message):
    __slots__ = ("replayed", "counts", "errors")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    counts: ImportCounts
    errors: _containers.RepeatedCompositeFieldContainer[RowError]
    def __init__(self, replayed: _Optional[bool] = ..., counts: _Optional[_Union[ImportCounts, _Mapping]] = ..., errors: _Optional[_Iterable[_Union[RowError, _Mapping]]] = ...) -> None: ...
