from gateway.pb.medsettle.v1 import enums_pb2 as _enums_pb2
from gateway.pb.medsettle.v1 import error_reason_pb2 as _error_reason_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Natures(_message.Message):
    __slots__ = ("total_fen", "full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")
    TOTAL_FEN_FIELD_NUMBER: _ClassVar[int]
    FULL_SELF_PAY_FEN_FIELD_NUMBER: _ClassVar[int]
    OVER_LIMIT_FEN_FIELD_NUMBER: _ClassVar[int]
    CLASS_B_SELF_PAY_FEN_FIELD_NUMBER: _ClassVar[int]
    IN_SCOPE_FEN_FIELD_NUMBER: _ClassVar[int]
    total_fen: int
    full_self_pay_fen: int
    over_limit_fen: int
    class_b_self_pay_fen: int
    in_scope_fen: int
    def __init__(self, total_fen: _Optional[int] = ..., full_self_pay_fen: _Optional[int] = ..., over_limit_fen: _Optional[int] = ..., class_b_self_pay_fen: _Optional[int] = ..., in_scope_fen: _Optional[int] = ...) -> None: ...

class Split(_message.Message):
    __slots__ = ("total_fen", "pooled_fen", "major_fen", "civil_servant_fen", "assistance_fen", "other_fund_fen", "hospital_fen", "account_fen", "account_current_fen", "account_prior_fen", "family_account_fen", "commercial_fen", "cash_fen", "deductible_fen")
    TOTAL_FEN_FIELD_NUMBER: _ClassVar[int]
    POOLED_FEN_FIELD_NUMBER: _ClassVar[int]
    MAJOR_FEN_FIELD_NUMBER: _ClassVar[int]
    CIVIL_SERVANT_FEN_FIELD_NUMBER: _ClassVar[int]
    ASSISTANCE_FEN_FIELD_NUMBER: _ClassVar[int]
    OTHER_FUND_FEN_FIELD_NUMBER: _ClassVar[int]
    HOSPITAL_FEN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_CURRENT_FEN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_PRIOR_FEN_FIELD_NUMBER: _ClassVar[int]
    FAMILY_ACCOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    COMMERCIAL_FEN_FIELD_NUMBER: _ClassVar[int]
    CASH_FEN_FIELD_NUMBER: _ClassVar[int]
    DEDUCTIBLE_FEN_FIELD_NUMBER: _ClassVar[int]
    total_fen: int
    pooled_fen: int
    major_fen: int
    civil_servant_fen: int
    assistance_fen: int
    other_fund_fen: int
    hospital_fen: int
    account_fen: int
    account_current_fen: int
    account_prior_fen: int
    family_account_fen: int
    commercial_fen: int
    cash_fen: int
    deductible_fen: int
    def __init__(self, total_fen: _Optional[int] = ..., pooled_fen: _Optional[int] = ..., major_fen: _Optional[int] = ..., civil_servant_fen: _Optional[int] = ..., assistance_fen: _Optional[int] = ..., other_fund_fen: _Optional[int] = ..., hospital_fen: _Optional[int] = ..., account_fen: _Optional[int] = ..., account_current_fen: _Optional[int] = ..., account_prior_fen: _Optional[int] = ..., family_account_fen: _Optional[int] = ..., commercial_fen: _Optional[int] = ..., cash_fen: _Optional[int] = ..., deductible_fen: _Optional[int] = ...) -> None: ...

class PayerAmounts(_message.Message):
    __slots__ = ("total_fen", "pooled_fen", "major_fen", "civil_servant_fen", "assistance_fen", "other_fund_fen", "hospital_fen", "account_current_fen", "account_prior_fen", "family_account_fen", "commercial_fen", "cash_fen")
    TOTAL_FEN_FIELD_NUMBER: _ClassVar[int]
    POOLED_FEN_FIELD_NUMBER: _ClassVar[int]
    MAJOR_FEN_FIELD_NUMBER: _ClassVar[int]
    CIVIL_SERVANT_FEN_FIELD_NUMBER: _ClassVar[int]
    ASSISTANCE_FEN_FIELD_NUMBER: _ClassVar[int]
    OTHER_FUND_FEN_FIELD_NUMBER: _ClassVar[int]
    HOSPITAL_FEN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_CURRENT_FEN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_PRIOR_FEN_FIELD_NUMBER: _ClassVar[int]
    FAMILY_ACCOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    COMMERCIAL_FEN_FIELD_NUMBER: _ClassVar[int]
    CASH_FEN_FIELD_NUMBER: _ClassVar[int]
    total_fen: int
    pooled_fen: int
    major_fen: int
    civil_servant_fen: int
    assistance_fen: int
    other_fund_fen: int
    hospital_fen: int
    account_current_fen: int
    account_prior_fen: int
    family_account_fen: int
    commercial_fen: int
    cash_fen: int
    def __init__(self, total_fen: _Optional[int] = ..., pooled_fen: _Optional[int] = ..., major_fen: _Optional[int] = ..., civil_servant_fen: _Optional[int] = ..., assistance_fen: _Optional[int] = ..., other_fund_fen: _Optional[int] = ..., hospital_fen: _Optional[int] = ..., account_current_fen: _Optional[int] = ..., account_prior_fen: _Optional[int] = ..., family_account_fen: _Optional[int] = ..., commercial_fen: _Optional[int] = ..., cash_fen: _Optional[int] = ...) -> None: ...

class Accumulators(_message.Message):
    __slots__ = ("service", "deductible_used_fen", "in_scope_fen", "pooled_paid_fen", "major_in_scope_fen", "major_paid_fen")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    DEDUCTIBLE_USED_FEN_FIELD_NUMBER: _ClassVar[int]
    IN_SCOPE_FEN_FIELD_NUMBER: _ClassVar[int]
    POOLED_PAID_FEN_FIELD_NUMBER: _ClassVar[int]
    MAJOR_IN_SCOPE_FEN_FIELD_NUMBER: _ClassVar[int]
    MAJOR_PAID_FEN_FIELD_NUMBER: _ClassVar[int]
    service: _enums_pb2.Service
    deductible_used_fen: int
    in_scope_fen: int
    pooled_paid_fen: int
    major_in_scope_fen: int
    major_paid_fen: int
    def __init__(self, service: _Optional[_Union[_enums_pb2.Service, int, str]] = ..., deductible_used_fen: _Optional[int] = ..., in_scope_fen: _Optional[int] = ..., pooled_paid_fen: _Optional[int] = ..., major_in_scope_fen: _Optional[int] = ..., major_paid_fen: _Optional[int] = ...) -> None: ...

class Leg(_message.Message):
    __slots__ = ("kind", "amount_fen", "refunded_fen", "state")
    KIND_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_FEN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    kind: _enums_pb2.TenderKind
    amount_fen: int
    refunded_fen: int
    state: _enums_pb2.LegState
    def __init__(self, kind: _Optional[_Union[_enums_pb2.TenderKind, int, str]] = ..., amount_fen: _Optional[int] = ..., refunded_fen: _Optional[int] = ..., state: _Optional[_Union[_enums_pb2.LegState, int, str]] = ...) -> None: ...

class CashAddition(_message.Message):
    __slots__ = ("kind", "amount_fen")
    KIND_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    kind: _enums_pb2.CashAdditionKind
    amount_fen: int
    def __init__(self, kind: _Optional[_Union[_enums_pb2.CashAdditionKind, int, str]] = ..., amount_fen: _Optional[int] = ...) -> None: ...

class CashReduction(_message.Message):
    __slots__ = ("kind", "amount_fen")
    KIND_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    kind: _enums_pb2.CashReductionKind
    amount_fen: int
    def __init__(self, kind: _Optional[_Union[_enums_pb2.CashReductionKind, int, str]] = ..., amount_fen: _Optional[int] = ...) -> None: ...

class CashBlock(_message.Message):
    __slots__ = ("cash_due_fen", "additions", "reductions", "cash_to_collect_fen")
    CASH_DUE_FEN_FIELD_NUMBER: _ClassVar[int]
    ADDITIONS_FIELD_NUMBER: _ClassVar[int]
    REDUCTIONS_FIELD_NUMBER: _ClassVar[int]
    CASH_TO_COLLECT_FEN_FIELD_NUMBER: _ClassVar[int]
    cash_due_fen: int
    additions: _containers.RepeatedCompositeFieldContainer[CashAddition]
    reductions: _containers.RepeatedCompositeFieldContainer[CashReduction]
    cash_to_collect_fen: int
    def __init__(self, cash_due_fen: _Optional[int] = ..., additions: _Optional[_Iterable[_Union[CashAddition, _Mapping]]] = ..., reductions: _Optional[_Iterable[_Union[CashReduction, _Mapping]]] = ..., cash_to_collect_fen: _Optional[int] = ...) -> None: ...

class CashReceipt(_message.Message):
    __slots__ = ("receipt_no", "amount_fen", "paid_at_ms", "channel_transaction_no")
    RECEIPT_NO_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    PAID_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_TRANSACTION_NO_FIELD_NUMBER: _ClassVar[int]
    receipt_no: str
    amount_fen: int
    paid_at_ms: int
    channel_transaction_no: str
    def __init__(self, receipt_no: _Optional[str] = ..., amount_fen: _Optional[int] = ..., paid_at_ms: _Optional[int] = ..., channel_transaction_no: _Optional[str] = ...) -> None: ...

class CashReceiptStatus(_message.Message):
    __slots__ = ("receipt", "state", "refusal", "channel_refund_no", "returned_at_ms")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_REFUND_NO_FIELD_NUMBER: _ClassVar[int]
    RETURNED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    receipt: CashReceipt
    state: _enums_pb2.ReceiptState
    refusal: _error_reason_pb2.ErrorReason
    channel_refund_no: str
    returned_at_ms: int
    def __init__(self, receipt: _Optional[_Union[CashReceipt, _Mapping]] = ..., state: _Optional[_Union[_enums_pb2.ReceiptState, int, str]] = ..., refusal: _Optional[_Union[_error_reason_pb2.ErrorReason, int, str]] = ..., channel_refund_no: _Optional[str] = ..., returned_at_ms: _Optional[int] = ...) -> None: ...

class RefundSummary(_message.Message):
    __slots__ = ("refund_count", "insurance_refunded_fen", "cash_refunded_fen", "cash_pending_fen")
    REFUND_COUNT_FIELD_NUMBER: _ClassVar[int]
    INSURANCE_REFUNDED_FEN_FIELD_NUMBER: _ClassVar[int]
    CASH_REFUNDED_FEN_FIELD_NUMBER: _ClassVar[int]
    CASH_PENDING_FEN_FIELD_NUMBER: _ClassVar[int]
    refund_count: int
    insurance_refunded_fen: int
    cash_refunded_fen: int
    cash_pending_fen: int
    def __init__(self, refund_count: _Optional[int] = ..., insurance_refunded_fen: _Optional[int] = ..., cash_refunded_fen: _Optional[int] = ..., cash_pending_fen: _Optional[int] = ...) -> None: ...

class SettlementRecord(_message.Message):
    __slots__ = ("settlement_id", "hospital_settlement_id", "clearing_type", "clearing_way", "clearing_agency", "settled_at_ms")
    SETTLEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    HOSPITAL_SETTLEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CLEARING_TYPE_FIELD_NUMBER: _ClassVar[int]
    CLEARING_WAY_FIELD_NUMBER: _ClassVar[int]
    CLEARING_AGENCY_FIELD_NUMBER: _ClassVar[int]
    SETTLED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    settlement_id: str
    hospital_settlement_id: str
    clearing_type: str
    clearing_way: str
    clearing_agency: str
    settled_at_ms: int
    def __init__(self, settlement_id: _Optional[str] = ..., hospital_settlement_id: _Optional[str] = ..., clearing_type: _Optional[str] = ..., clearing_way: _Optional[str] = ..., clearing_agency: _Optional[str] = ..., settled_at_ms: _Optional[int] = ...) -> None: ...

class Order(_message.Message):
    __slots__ = ("order_id", "institution_id", "institution_name", "institution_order_no", "channel_id", "channel_order_no", "binding_id", "state", "kind", "scenario", "service", "referral", "service_date", "stay_number", "title", "credential_kind", "insured_region_code", "treatment_region_code", "scheme", "natures", "split", "legs", "cash", "receipts", "refunds", "policy_version", "policy_document", "accumulators_before", "accumulators_after", "settlement", "created_at_ms", "expires_at_ms", "claimed_at_ms", "authorized_at_ms", "paid_at_ms", "ended_at_ms", "cancel_reason", "risk")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_NAME_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ORDER_NO_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_ORDER_NO_FIELD_NUMBER: _ClassVar[int]
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REFERRAL_FIELD_NUMBER: _ClassVar[int]
    SERVICE_DATE_FIELD_NUMBER: _ClassVar[int]
    STAY_NUMBER_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_KIND_FIELD_NUMBER: _ClassVar[int]
    INSURED_REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    TREATMENT_REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    NATURES_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    CASH_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    REFUNDS_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    POLICY_DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    ACCUMULATORS_BEFORE_FIELD_NUMBER: _ClassVar[int]
    ACCUMULATORS_AFTER_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    AUTHORIZED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    PAID_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REASON_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    institution_id: str
    institution_name: str
    institution_order_no: str
    channel_id: str
    channel_order_no: str
    binding_id: str
    state: _enums_pb2.OrderState
    kind: _enums_pb2.OrderKind
    scenario: _enums_pb2.Scenario
    service: _enums_pb2.Service
    referral: _enums_pb2.Referral
    service_date: str
    stay_number: int
    title: str
    credential_kind: _enums_pb2.CredentialKind
    insured_region_code: str
    treatment_region_code: str
    scheme: _enums_pb2.Scheme
    natures: Natures
    split: Split
    legs: _containers.RepeatedCompositeFieldContainer[Leg]
    cash: CashBlock
    receipts: _containers.RepeatedCompositeFieldContainer[CashReceiptStatus]
    refunds: RefundSummary
    policy_version: str
    policy_document: str
    accumulators_before: Accumulators
    accumulators_after: Accumulators
    settlement: SettlementRecord
    created_at_ms: int
    expires_at_ms: int
    claimed_at_ms: int
    authorized_at_ms: int
    paid_at_ms: int
    ended_at_ms: int
    cancel_reason: str
    risk: RiskAnswer
    def __init__(self, order_id: _Optional[str] = ..., institution_id: _Optional[str] = ..., institution_name: _Optional[str] = ..., institution_order_no: _Optional[str] = ..., channel_id: _Optional[str] = ..., channel_order_no: _Optional[str] = ..., binding_id: _Optional[str] = ..., state: _Optional[_Union[_enums_pb2.OrderState, int, str]] = ..., kind: _Optional[_Union[_enums_pb2.OrderKind, int, str]] = ..., scenario: _Optional[_Union[_enums_pb2.Scenario, int, str]] = ..., service: _Optional[_Union[_enums_pb2.Service, int, str]] = ..., referral: _Optional[_Union[_enums_pb2.Referral, int, str]] = ..., service_date: _Optional[str] = ..., stay_number: _Optional[int] = ..., title: _Optional[str] = ..., credential_kind: _Optional[_Union[_enums_pb2.CredentialKind, int, str]] = ..., insured_region_code: _Optional[str] = ..., treatment_region_code: _Optional[str] = ..., scheme: _Optional[_Union[_enums_pb2.Scheme, int, str]] = ..., natures: _Optional[_Union[Natures, _Mapping]] = ..., split: _Optional[_Union[Split, _Mapping]] = ..., legs: _Optional[_Iterable[_Union[Leg, _Mapping]]] = ..., cash: _Optional[_Union[CashBlock, _Mapping]] = ..., receipts: _Optional[_Iterable[_Union[CashReceiptStatus, _Mapping]]] = ..., refunds: _Optional[_Union[RefundSummary, _Mapping]] = ..., policy_version: _Optional[str] = ..., policy_document: _Optional[str] = ..., accumulators_before: _Optional[_Union[Accumulators, _Mapping]] = ..., accumulators_after: _Optional[_Union[Accumulators, _Mapping]] = ..., settlement: _Optional[_Union[SettlementRecord, _Mapping]] = ..., created_at_ms: _Optional[int] = ..., expires_at_ms: _Optional[int] = ..., claimed_at_ms: _Optional[int] = ..., authorized_at_ms: _Optional[int] = ..., paid_at_ms: _Optional[int] = ..., ended_at_ms: _Optional[int] = ..., cancel_reason: _Optional[str] = ..., risk: _Optional[_Union[RiskAnswer, _Mapping]] = ...) -> None: ...

class OrderLine(_message.Message):
    __slots__ = ("line_no", "item_code", "item_name", "institution_item_code", "item_class", "self_pay_ppm", "price_limit_fen", "deductible_exempt", "amount_fen", "quantity_ten_thousandths", "unit_price_micro_yuan", "prescription_no", "occurred_at_ms", "trace_codes")
    LINE_NO_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_NAME_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_CLASS_FIELD_NUMBER: _ClassVar[int]
    SELF_PAY_PPM_FIELD_NUMBER: _ClassVar[int]
    PRICE_LIMIT_FEN_FIELD_NUMBER: _ClassVar[int]
    DEDUCTIBLE_EXEMPT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_MICRO_YUAN_FIELD_NUMBER: _ClassVar[int]
    PRESCRIPTION_NO_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    TRACE_CODES_FIELD_NUMBER: _ClassVar[int]
    line_no: str
    item_code: str
    item_name: str
    institution_item_code: str
    item_class: _enums_pb2.ItemClass
    self_pay_ppm: int
    price_limit_fen: int
    deductible_exempt: bool
    amount_fen: int
    quantity_ten_thousandths: int
    unit_price_micro_yuan: int
    prescription_no: str
    occurred_at_ms: int
    trace_codes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, line_no: _Optional[str] = ..., item_code: _Optional[str] = ..., item_name: _Optional[str] = ..., institution_item_code: _Optional[str] = ..., item_class: _Optional[_Union[_enums_pb2.ItemClass, int, str]] = ..., self_pay_ppm: _Optional[int] = ..., price_limit_fen: _Optional[int] = ..., deductible_exempt: _Optional[bool] = ..., amount_fen: _Optional[int] = ..., quantity_ten_thousandths: _Optional[int] = ..., unit_price_micro_yuan: _Optional[int] = ..., prescription_no: _Optional[str] = ..., occurred_at_ms: _Optional[int] = ..., trace_codes: _Optional[_Iterable[str]] = ...) -> None: ...

class LineClassification(_message.Message):
    __slots__ = ("line_no", "source", "differs", "item_class", "self_pay_ppm", "price_limit_fen", "deductible_exempt", "valid_from")
    LINE_NO_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DIFFERS_FIELD_NUMBER: _ClassVar[int]
    ITEM_CLASS_FIELD_NUMBER: _ClassVar[int]
    SELF_PAY_PPM_FIELD_NUMBER: _ClassVar[int]
    PRICE_LIMIT_FEN_FIELD_NUMBER: _ClassVar[int]
    DEDUCTIBLE_EXEMPT_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    line_no: str
    source: _enums_pb2.ClassificationSource
    differs: bool
    item_class: _enums_pb2.ItemClass
    self_pay_ppm: int
    price_limit_fen: int
    deductible_exempt: bool
    valid_from: str
    def __init__(self, line_no: _Optional[str] = ..., source: _Optional[_Union[_enums_pb2.ClassificationSource, int, str]] = ..., differs: _Optional[bool] = ..., item_class: _Optional[_Union[_enums_pb2.ItemClass, int, str]] = ..., self_pay_ppm: _Optional[int] = ..., price_limit_fen: _Optional[int] = ..., deductible_exempt: _Optional[bool] = ..., valid_from: _Optional[str] = ...) -> None: ...

class LineNature(_message.Message):
    __slots__ = ("line_no", "natures")
    LINE_NO_FIELD_NUMBER: _ClassVar[int]
    NATURES_FIELD_NUMBER: _ClassVar[int]
    line_no: str
    natures: Natures
    def __init__(self, line_no: _Optional[str] = ..., natures: _Optional[_Union[Natures, _Mapping]] = ...) -> None: ...

class Diagnosis(_message.Message):
    __slots__ = ("code", "name", "main")
    CODE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    MAIN_FIELD_NUMBER: _ClassVar[int]
    code: str
    name: str
    main: bool
    def __init__(self, code: _Optional[str] = ..., name: _Optional[str] = ..., main: _Optional[bool] = ...) -> None: ...

class InstitutionReferences(_message.Message):
    __slots__ = ("medical_record_no", "visit_id", "charge_batch_no", "invoice_no", "hospital_settlement_id", "medical_type", "settlement_way", "clearing_type", "clearing_way", "clearing_agency", "department_code", "doctor_code")
    MEDICAL_RECORD_NO_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    CHARGE_BATCH_NO_FIELD_NUMBER: _ClassVar[int]
    INVOICE_NO_FIELD_NUMBER: _ClassVar[int]
    HOSPITAL_SETTLEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    MEDICAL_TYPE_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_WAY_FIELD_NUMBER: _ClassVar[int]
    CLEARING_TYPE_FIELD_NUMBER: _ClassVar[int]
    CLEARING_WAY_FIELD_NUMBER: _ClassVar[int]
    CLEARING_AGENCY_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_CODE_FIELD_NUMBER: _ClassVar[int]
    DOCTOR_CODE_FIELD_NUMBER: _ClassVar[int]
    medical_record_no: str
    visit_id: str
    charge_batch_no: str
    invoice_no: str
    hospital_settlement_id: str
    medical_type: str
    settlement_way: str
    clearing_type: str
    clearing_way: str
    clearing_agency: str
    department_code: str
    doctor_code: str
    def __init__(self, medical_record_no: _Optional[str] = ..., visit_id: _Optional[str] = ..., charge_batch_no: _Optional[str] = ..., invoice_no: _Optional[str] = ..., hospital_settlement_id: _Optional[str] = ..., medical_type: _Optional[str] = ..., settlement_way: _Optional[str] = ..., clearing_type: _Optional[str] = ..., clearing_way: _Optional[str] = ..., clearing_agency: _Optional[str] = ..., department_code: _Optional[str] = ..., doctor_code: _Optional[str] = ...) -> None: ...

class InstitutionDetail(_message.Message):
    __slots__ = ("order_code", "lines", "line_natures", "diagnoses", "references", "operator", "terminal", "geo_location", "attach", "passthrough_request_content", "line_classifications")
    ORDER_CODE_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    LINE_NATURES_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSES_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    GEO_LOCATION_FIELD_NUMBER: _ClassVar[int]
    ATTACH_FIELD_NUMBER: _ClassVar[int]
    PASSTHROUGH_REQUEST_CONTENT_FIELD_NUMBER: _ClassVar[int]
    LINE_CLASSIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    order_code: str
    lines: _containers.RepeatedCompositeFieldContainer[OrderLine]
    line_natures: _containers.RepeatedCompositeFieldContainer[LineNature]
    diagnoses: _containers.RepeatedCompositeFieldContainer[Diagnosis]
    references: InstitutionReferences
    operator: str
    terminal: str
    geo_location: str
    attach: str
    passthrough_request_content: str
    line_classifications: _containers.RepeatedCompositeFieldContainer[LineClassification]
    def __init__(self, order_code: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[OrderLine, _Mapping]]] = ..., line_natures: _Optional[_Iterable[_Union[LineNature, _Mapping]]] = ..., diagnoses: _Optional[_Iterable[_Union[Diagnosis, _Mapping]]] = ..., references: _Optional[_Union[InstitutionReferences, _Mapping]] = ..., operator: _Optional[str] = ..., terminal: _Optional[str] = ..., geo_location: _Optional[str] = ..., attach: _Optional[str] = ..., passthrough_request_content: _Optional[str] = ..., line_classifications: _Optional[_Iterable[_Union[LineClassification, _Mapping]]] = ...) -> None: ...

class RiskSignals(_message.Message):
    __slots__ = ("device_id", "ip_address", "location", "login_assurance", "user_presence", "proof")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    IP_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    LOGIN_ASSURANCE_FIELD_NUMBER: _ClassVar[int]
    USER_PRESENCE_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    device_id: str
    ip_address: str
    location: GeoPoint
    login_assurance: _enums_pb2.LoginAssurance
    user_presence: _enums_pb2.UserPresence
    proof: StepUpProof
    def __init__(self, device_id: _Optional[str] = ..., ip_address: _Optional[str] = ..., location: _Optional[_Union[GeoPoint, _Mapping]] = ..., login_assurance: _Optional[_Union[_enums_pb2.LoginAssurance, int, str]] = ..., user_presence: _Optional[_Union[_enums_pb2.UserPresence, int, str]] = ..., proof: _Optional[_Union[StepUpProof, _Mapping]] = ...) -> None: ...

class GeoPoint(_message.Message):
    __slots__ = ("latitude_e6", "longitude_e6")
    LATITUDE_E6_FIELD_NUMBER: _ClassVar[int]
    LONGITUDE_E6_FIELD_NUMBER: _ClassVar[int]
    latitude_e6: int
    longitude_e6: int
    def __init__(self, latitude_e6: _Optional[int] = ..., longitude_e6: _Optional[int] = ...) -> None: ...

class StepUpProof(_message.Message):
    __slots__ = ("assessment_id", "kind", "reference")
    ASSESSMENT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    assessment_id: str
    kind: _enums_pb2.ProofKind
    reference: str
    def __init__(self, assessment_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.ProofKind, int, str]] = ..., reference: _Optional[str] = ...) -> None: ...

class RiskAnswer(_message.Message):
    __slots__ = ("assessment_id", "decision", "proofs", "assessed_at_ms")
    ASSESSMENT_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    PROOFS_FIELD_NUMBER: _ClassVar[int]
    ASSESSED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    assessment_id: str
    decision: _enums_pb2.RiskDecision
    proofs: _containers.RepeatedScalarFieldContainer[_enums_pb2.ProofKind]
    assessed_at_ms: int
    def __init__(self, assessment_id: _Optional[str] = ..., decision: _Optional[_Union[_enums_pb2.RiskDecision, int, str]] = ..., proofs: _Optional[_Iterable[_Union[_enums_pb2.ProofKind, int, str]]] = ..., assessed_at_ms: _Optional[int] = ...) -> None: ...
