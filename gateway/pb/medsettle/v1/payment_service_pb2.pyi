from gateway.pb.medsettle.v1 import enums_pb2 as _enums_pb2
from gateway.pb.medsettle.v1 import error_reason_pb2 as _error_reason_pb2
from gateway.pb.medsettle.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PayStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAY_STATUS_UNSPECIFIED: _ClassVar[PayStatus]
    PAY_STATUS_AUTHORIZED: _ClassVar[PayStatus]
    PAY_STATUS_PAID: _ClassVar[PayStatus]
    PAY_STATUS_CASH_TO_RETURN: _ClassVar[PayStatus]
    PAY_STATUS_STEP_UP: _ClassVar[PayStatus]
    PAY_STATUS_IN_REVIEW: _ClassVar[PayStatus]
    PAY_STATUS_DECLINED: _ClassVar[PayStatus]

class OrderEventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORDER_EVENT_KIND_UNSPECIFIED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_CREATED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_CLAIMED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_AUTHORIZED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_PAID: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_VOIDED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_CLOSED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_REFUNDED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_CASH_REFUNDED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_CASH_TO_RETURN: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_CASH_RETURNED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_RISK_ANSWERED: _ClassVar[OrderEventKind]
    ORDER_EVENT_KIND_RISK_JUDGED: _ClassVar[OrderEventKind]
PAY_STATUS_UNSPECIFIED: PayStatus
PAY_STATUS_AUTHORIZED: PayStatus
PAY_STATUS_PAID: PayStatus
PAY_STATUS_CASH_TO_RETURN: PayStatus
PAY_STATUS_STEP_UP: PayStatus
PAY_STATUS_IN_REVIEW: PayStatus
PAY_STATUS_DECLINED: PayStatus
ORDER_EVENT_KIND_UNSPECIFIED: OrderEventKind
ORDER_EVENT_KIND_CREATED: OrderEventKind
ORDER_EVENT_KIND_CLAIMED: OrderEventKind
ORDER_EVENT_KIND_AUTHORIZED: OrderEventKind
ORDER_EVENT_KIND_PAID: OrderEventKind
ORDER_EVENT_KIND_VOIDED: OrderEventKind
ORDER_EVENT_KIND_CLOSED: OrderEventKind
ORDER_EVENT_KIND_REFUNDED: OrderEventKind
ORDER_EVENT_KIND_CASH_REFUNDED: OrderEventKind
ORDER_EVENT_KIND_CASH_TO_RETURN: OrderEventKind
ORDER_EVENT_KIND_CASH_RETURNED: OrderEventKind
ORDER_EVENT_KIND_RISK_ANSWERED: OrderEventKind
ORDER_EVENT_KIND_RISK_JUDGED: OrderEventKind

class Refund(_message.Message):
    __slots__ = ("refund_id", "order_id", "institution_id", "refund_no", "kind", "state", "amounts", "cash_to_return_fen", "reason", "created_at_ms", "channel_refund_no", "cash_refunded_at_ms", "completed_at_ms")
    REFUND_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    REFUND_NO_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    CASH_TO_RETURN_FEN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_REFUND_NO_FIELD_NUMBER: _ClassVar[int]
    CASH_REFUNDED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    refund_id: str
    order_id: str
    institution_id: str
    refund_no: str
    kind: _enums_pb2.RefundKind
    state: _enums_pb2.RefundState
    amounts: _types_pb2.PayerAmounts
    cash_to_return_fen: int
    reason: str
    created_at_ms: int
    channel_refund_no: str
    cash_refunded_at_ms: int
    completed_at_ms: int
    def __init__(self, refund_id: _Optional[str] = ..., order_id: _Optional[str] = ..., institution_id: _Optional[str] = ..., refund_no: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.RefundKind, int, str]] = ..., state: _Optional[_Union[_enums_pb2.RefundState, int, str]] = ..., amounts: _Optional[_Union[_types_pb2.PayerAmounts, _Mapping]] = ..., cash_to_return_fen: _Optional[int] = ..., reason: _Optional[str] = ..., created_at_ms: _Optional[int] = ..., channel_refund_no: _Optional[str] = ..., cash_refunded_at_ms: _Optional[int] = ..., completed_at_ms: _Optional[int] = ...) -> None: ...

class ReturnedLine(_message.Message):
    __slots__ = ("line_no", "amount_fen", "quantity_ten_thousandths")
    LINE_NO_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    line_no: str
    amount_fen: int
    quantity_ten_thousandths: int
    def __init__(self, line_no: _Optional[str] = ..., amount_fen: _Optional[int] = ..., quantity_ten_thousandths: _Optional[int] = ...) -> None: ...

class CreateOrderRequest(_message.Message):
    __slots__ = ("request_id", "institution_id", "institution_order_no", "binding_id", "kind", "scenario", "service", "referral", "service_date", "stay_number", "lines", "diagnoses", "total_fen", "hospital_borne_fen", "cash_additions", "cash_reductions", "title", "expires_at_ms", "credential_kind", "references", "operator", "terminal", "geo_location", "attach", "passthrough_request_content")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ORDER_NO_FIELD_NUMBER: _ClassVar[int]
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REFERRAL_FIELD_NUMBER: _ClassVar[int]
    SERVICE_DATE_FIELD_NUMBER: _ClassVar[int]
    STAY_NUMBER_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FEN_FIELD_NUMBER: _ClassVar[int]
    HOSPITAL_BORNE_FEN_FIELD_NUMBER: _ClassVar[int]
    CASH_ADDITIONS_FIELD_NUMBER: _ClassVar[int]
    CASH_REDUCTIONS_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_KIND_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    GEO_LOCATION_FIELD_NUMBER: _ClassVar[int]
    ATTACH_FIELD_NUMBER: _ClassVar[int]
    PASSTHROUGH_REQUEST_CONTENT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    institution_id: str
    institution_order_no: str
    binding_id: str
    kind: _enums_pb2.OrderKind
    scenario: _enums_pb2.Scenario
    service: _enums_pb2.Service
    referral: _enums_pb2.Referral
    service_date: str
    stay_number: int
    lines: _containers.RepeatedCompositeFieldContainer[_types_pb2.OrderLine]
    diagnoses: _containers.RepeatedCompositeFieldContainer[_types_pb2.Diagnosis]
    total_fen: int
    hospital_borne_fen: int
    cash_additions: _containers.RepeatedCompositeFieldContainer[_types_pb2.CashAddition]
    cash_reductions: _containers.RepeatedCompositeFieldContainer[_types_pb2.CashReduction]
    title: str
    expires_at_ms: int
    credential_kind: _enums_pb2.CredentialKind
    references: _types_pb2.InstitutionReferences
    operator: str
    terminal: str
    geo_location: str
    attach: str
    passthrough_request_content: str
    def __init__(self, request_id: _Optional[str] = ..., institution_id: _Optional[str] = ..., institution_order_no: _Optional[str] = ..., binding_id: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.OrderKind, int, str]] = ..., scenario: _Optional[_Union[_enums_pb2.Scenario, int, str]] = ..., service: _Optional[_Union[_enums_pb2.Service, int, str]] = ..., referral: _Optional[_Union[_enums_pb2.Referral, int, str]] = ..., service_date: _Optional[str] = ..., stay_number: _Optional[int] = ..., lines: _Optional[_Iterable[_Union[_types_pb2.OrderLine, _Mapping]]] = ..., diagnoses: _Optional[_Iterable[_Union[_types_pb2.Diagnosis, _Mapping]]] = ..., total_fen: _Optional[int] = ..., hospital_borne_fen: _Optional[int] = ..., cash_additions: _Optional[_Iterable[_Union[_types_pb2.CashAddition, _Mapping]]] = ..., cash_reductions: _Optional[_Iterable[_Union[_types_pb2.CashReduction, _Mapping]]] = ..., title: _Optional[str] = ..., expires_at_ms: _Optional[int] = ..., credential_kind: _Optional[_Union[_enums_pb2.CredentialKind, int, str]] = ..., references: _Optional[_Union[_types_pb2.InstitutionReferences, _Mapping]] = ..., operator: _Optional[str] = ..., terminal: _Optional[str] = ..., geo_location: _Optional[str] = ..., attach: _Optional[str] = ..., passthrough_request_content: _Optional[str] = ...) -> None: ...

class CreateOrderResponse(_message.Message):
    __slots__ = ("replayed", "order", "detail")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    order: _types_pb2.Order
    detail: _types_pb2.InstitutionDetail
    def __init__(self, replayed: _Optional[bool] = ..., order: _Optional[_Union[_types_pb2.Order, _Mapping]] = ..., detail: _Optional[_Union[_types_pb2.InstitutionDetail, _Mapping]] = ...) -> None: ...

class AttachPayCodeRequest(_message.Message):
    __slots__ = ("request_id", "order_id", "pay_code", "terminal", "operator")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    PAY_CODE_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    order_id: str
    pay_code: str
    terminal: str
    operator: str
    def __init__(self, request_id: _Optional[str] = ..., order_id: _Optional[str] = ..., pay_code: _Optional[str] = ..., terminal: _Optional[str] = ..., operator: _Optional[str] = ...) -> None: ...

class AttachPayCodeResponse(_message.Message):
    __slots__ = ("replayed", "order")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    order: _types_pb2.Order
    def __init__(self, replayed: _Optional[bool] = ..., order: _Optional[_Union[_types_pb2.Order, _Mapping]] = ...) -> None: ...

class GetOrderRequest(_message.Message):
    __slots__ = ("order_id", "institution_order_no", "channel_order_no", "institution_id")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ORDER_NO_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_ORDER_NO_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    institution_order_no: str
    channel_order_no: str
    institution_id: str
    def __init__(self, order_id: _Optional[str] = ..., institution_order_no: _Optional[str] = ..., channel_order_no: _Optional[str] = ..., institution_id: _Optional[str] = ...) -> None: ...

class GetOrderResponse(_message.Message):
    __slots__ = ("order", "detail")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    order: _types_pb2.Order
    detail: _types_pb2.InstitutionDetail
    def __init__(self, order: _Optional[_Union[_types_pb2.Order, _Mapping]] = ..., detail: _Optional[_Union[_types_pb2.InstitutionDetail, _Mapping]] = ...) -> None: ...

class QuoteOrderRequest(_message.Message):
    __slots__ = ("order_id", "order_code", "binding_id", "use_account", "family_link_id")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_CODE_FIELD_NUMBER: _ClassVar[int]
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    USE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    FAMILY_LINK_ID_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    order_code: str
    binding_id: str
    use_account: bool
    family_link_id: str
    def __init__(self, order_id: _Optional[str] = ..., order_code: _Optional[str] = ..., binding_id: _Optional[str] = ..., use_account: _Optional[bool] = ..., family_link_id: _Optional[str] = ...) -> None: ...

class QuoteOrderResponse(_message.Message):
    __slots__ = ("split", "quote_digest", "cash_due_fen", "cash_to_collect_fen", "authentication_required", "policy_version", "policy_document", "order")
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    QUOTE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CASH_DUE_FEN_FIELD_NUMBER: _ClassVar[int]
    CASH_TO_COLLECT_FEN_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATION_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    POLICY_DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    split: _types_pb2.Split
    quote_digest: str
    cash_due_fen: int
    cash_to_collect_fen: int
    authentication_required: bool
    policy_version: str
    policy_document: str
    order: _types_pb2.Order
    def __init__(self, split: _Optional[_Union[_types_pb2.Split, _Mapping]] = ..., quote_digest: _Optional[str] = ..., cash_due_fen: _Optional[int] = ..., cash_to_collect_fen: _Optional[int] = ..., authentication_required: _Optional[bool] = ..., policy_version: _Optional[str] = ..., policy_document: _Optional[str] = ..., order: _Optional[_Union[_types_pb2.Order, _Mapping]] = ...) -> None: ...

class PayRequest(_message.Message):
    __slots__ = ("request_id", "order_id", "order_code", "binding_id", "quote_digest", "cash_due_fen", "use_account", "user_authentication", "cash_receipt", "channel_order_no", "family_link_id", "risk_signals")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_CODE_FIELD_NUMBER: _ClassVar[int]
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    QUOTE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CASH_DUE_FEN_FIELD_NUMBER: _ClassVar[int]
    USE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    USER_AUTHENTICATION_FIELD_NUMBER: _ClassVar[int]
    CASH_RECEIPT_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_ORDER_NO_FIELD_NUMBER: _ClassVar[int]
    FAMILY_LINK_ID_FIELD_NUMBER: _ClassVar[int]
    RISK_SIGNALS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    order_id: str
    order_code: str
    binding_id: str
    quote_digest: str
    cash_due_fen: int
    use_account: bool
    user_authentication: _enums_pb2.UserAuthentication
    cash_receipt: _types_pb2.CashReceipt
    channel_order_no: str
    family_link_id: str
    risk_signals: _types_pb2.RiskSignals
    def __init__(self, request_id: _Optional[str] = ..., order_id: _Optional[str] = ..., order_code: _Optional[str] = ..., binding_id: _Optional[str] = ..., quote_digest: _Optional[str] = ..., cash_due_fen: _Optional[int] = ..., use_account: _Optional[bool] = ..., user_authentication: _Optional[_Union[_enums_pb2.UserAuthentication, int, str]] = ..., cash_receipt: _Optional[_Union[_types_pb2.CashReceipt, _Mapping]] = ..., channel_order_no: _Optional[str] = ..., family_link_id: _Optional[str] = ..., risk_signals: _Optional[_Union[_types_pb2.RiskSignals, _Mapping]] = ...) -> None: ...

class PayResponse(_message.Message):
    __slots__ = ("replayed", "status", "refusal", "order")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    status: PayStatus
    refusal: _error_reason_pb2.ErrorReason
    order: _types_pb2.Order
    def __init__(self, replayed: _Optional[bool] = ..., status: _Optional[_Union[PayStatus, int, str]] = ..., refusal: _Optional[_Union[_error_reason_pb2.ErrorReason, int, str]] = ..., order: _Optional[_Union[_types_pb2.Order, _Mapping]] = ...) -> None: ...

class BatchPayRequest(_message.Message):
    __slots__ = ("payments",)
    PAYMENTS_FIELD_NUMBER: _ClassVar[int]
    payments: _containers.RepeatedCompositeFieldContainer[PayRequest]
    def __init__(self, payments: _Optional[_Iterable[_Union[PayRequest, _Mapping]]] = ...) -> None: ...

class BatchPayResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[BatchPayResult]
    def __init__(self, results: _Optional[_Iterable[_Union[BatchPayResult, _Mapping]]] = ...) -> None: ...

class BatchPayResult(_message.Message):
    __slots__ = ("replayed", "status", "refusal", "field", "retry_after_ms", "order_id", "state", "cash_to_collect_fen", "cash_to_return_fen", "expires_at_ms", "paid_at_ms")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CASH_TO_COLLECT_FEN_FIELD_NUMBER: _ClassVar[int]
    CASH_TO_RETURN_FEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    PAID_AT_MS_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    status: PayStatus
    refusal: _error_reason_pb2.ErrorReason
    field: str
    retry_after_ms: int
    order_id: str
    state: _enums_pb2.OrderState
    cash_to_collect_fen: int
    cash_to_return_fen: int
    expires_at_ms: int
    paid_at_ms: int
    def __init__(self, replayed: _Optional[bool] = ..., status: _Optional[_Union[PayStatus, int, str]] = ..., refusal: _Optional[_Union[_error_reason_pb2.ErrorReason, int, str]] = ..., field: _Optional[str] = ..., retry_after_ms: _Optional[int] = ..., order_id: _Optional[str] = ..., state: _Optional[_Union[_enums_pb2.OrderState, int, str]] = ..., cash_to_collect_fen: _Optional[int] = ..., cash_to_return_fen: _Optional[int] = ..., expires_at_ms: _Optional[int] = ..., paid_at_ms: _Optional[int] = ...) -> None: ...

class ConfirmCashRequest(_message.Message):
    __slots__ = ("request_id", "order_id", "cash_receipt")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CASH_RECEIPT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    order_id: str
    cash_receipt: _types_pb2.CashReceipt
    def __init__(self, request_id: _Optional[str] = ..., order_id: _Optional[str] = ..., cash_receipt: _Optional[_Union[_types_pb2.CashReceipt, _Mapping]] = ...) -> None: ...

class ConfirmCashResponse(_message.Message):
    __slots__ = ("replayed", "status", "refusal", "order")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    status: PayStatus
    refusal: _error_reason_pb2.ErrorReason
    order: _types_pb2.Order
    def __init__(self, replayed: _Optional[bool] = ..., status: _Optional[_Union[PayStatus, int, str]] = ..., refusal: _Optional[_Union[_error_reason_pb2.ErrorReason, int, str]] = ..., order: _Optional[_Union[_types_pb2.Order, _Mapping]] = ...) -> None: ...

class CancelOrderRequest(_message.Message):
    __slots__ = ("request_id", "order_id", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    order_id: str
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., order_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CancelOrderResponse(_message.Message):
    __slots__ = ("replayed", "order")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    order: _types_pb2.Order
    def __init__(self, replayed: _Optional[bool] = ..., order: _Optional[_Union[_types_pb2.Order, _Mapping]] = ...) -> None: ...

class RefundRequest(_message.Message):
    __slots__ = ("request_id", "order_id", "refund_no", "kind", "reason", "operator", "terminal", "amount_fen", "returned_lines")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    REFUND_NO_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    RETURNED_LINES_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    order_id: str
    refund_no: str
    kind: _enums_pb2.RefundKind
    reason: str
    operator: str
    terminal: str
    amount_fen: int
    returned_lines: _containers.RepeatedCompositeFieldContainer[ReturnedLine]
    def __init__(self, request_id: _Optional[str] = ..., order_id: _Optional[str] = ..., refund_no: _Optional[str] = ..., kind: _Optional[_Union[_enums_pb2.RefundKind, int, str]] = ..., reason: _Optional[str] = ..., operator: _Optional[str] = ..., terminal: _Optional[str] = ..., amount_fen: _Optional[int] = ..., returned_lines: _Optional[_Iterable[_Union[ReturnedLine, _Mapping]]] = ...) -> None: ...

class RefundResponse(_message.Message):
    __slots__ = ("replayed", "refund", "order", "returned_lines")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    REFUND_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    RETURNED_LINES_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    refund: Refund
    order: _types_pb2.Order
    returned_lines: _containers.RepeatedCompositeFieldContainer[ReturnedLine]
    def __init__(self, replayed: _Optional[bool] = ..., refund: _Optional[_Union[Refund, _Mapping]] = ..., order: _Optional[_Union[_types_pb2.Order, _Mapping]] = ..., returned_lines: _Optional[_Iterable[_Union[ReturnedLine, _Mapping]]] = ...) -> None: ...

class GetRefundRequest(_message.Message):
    __slots__ = ("refund_id", "refund_no", "institution_id")
    REFUND_ID_FIELD_NUMBER: _ClassVar[int]
    REFUND_NO_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    refund_id: str
    refund_no: str
    institution_id: str
    def __init__(self, refund_id: _Optional[str] = ..., refund_no: _Optional[str] = ..., institution_id: _Optional[str] = ...) -> None: ...

class GetRefundResponse(_message.Message):
    __slots__ = ("refund", "returned_lines")
    REFUND_FIELD_NUMBER: _ClassVar[int]
    RETURNED_LINES_FIELD_NUMBER: _ClassVar[int]
    refund: Refund
    returned_lines: _containers.RepeatedCompositeFieldContainer[ReturnedLine]
    def __init__(self, refund: _Optional[_Union[Refund, _Mapping]] = ..., returned_lines: _Optional[_Iterable[_Union[ReturnedLine, _Mapping]]] = ...) -> None: ...

class ConfirmCashRefundRequest(_message.Message):
    __slots__ = ("request_id", "refund_id", "receipt_no", "amount_fen", "channel_refund_no", "refunded_at_ms")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REFUND_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NO_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_REFUND_NO_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    refund_id: str
    receipt_no: str
    amount_fen: int
    channel_refund_no: str
    refunded_at_ms: int
    def __init__(self, request_id: _Optional[str] = ..., refund_id: _Optional[str] = ..., receipt_no: _Optional[str] = ..., amount_fen: _Optional[int] = ..., channel_refund_no: _Optional[str] = ..., refunded_at_ms: _Optional[int] = ...) -> None: ...

class ConfirmCashRefundResponse(_message.Message):
    __slots__ = ("replayed", "refund", "receipt", "order")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    REFUND_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    refund: Refund
    receipt: _types_pb2.CashReceiptStatus
    order: _types_pb2.Order
    def __init__(self, replayed: _Optional[bool] = ..., refund: _Optional[_Union[Refund, _Mapping]] = ..., receipt: _Optional[_Union[_types_pb2.CashReceiptStatus, _Mapping]] = ..., order: _Optional[_Union[_types_pb2.Order, _Mapping]] = ...) -> None: ...

class WatchOrdersRequest(_message.Message):
    __slots__ = ("cursor", "institution_id")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    institution_id: str
    def __init__(self, cursor: _Optional[str] = ..., institution_id: _Optional[str] = ...) -> None: ...

class WatchOrdersResponse(_message.Message):
    __slots__ = ("cursor", "event_id", "kind", "occurred_at_ms", "order", "refund")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    REFUND_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    event_id: str
    kind: OrderEventKind
    occurred_at_ms: int
    order: _types_pb2.Order
    refund: Refund
    def __init__(self, cursor: _Optional[str] = ..., event_id: _Optional[str] = ..., kind: _Optional[_Union[OrderEventKind, int, str]] = ..., occurred_at_ms: _Optional[int] = ..., order: _Optional[_Union[_types_pb2.Order, _Mapping]] = ..., refund: _Optional[_Union[Refund, _Mapping]] = ...) -> None: ...
