from gateway.pb.medsettle.v1 import enums_pb2 as _enums_pb2
from gateway.pb.medsettle.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Window(_message.Message):
    __slots__ = ("window_id", "institution_id", "period", "state", "opened_at_ms", "cut_off_at_ms", "payment_count", "refund_count", "totals", "payable_fen", "digest", "bank_reference", "paid_out_at_ms")
    WINDOW_ID_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CUT_OFF_AT_MS_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUND_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    PAYABLE_FEN_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    BANK_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PAID_OUT_AT_MS_FIELD_NUMBER: _ClassVar[int]
    window_id: str
    institution_id: str
    period: str
    state: _enums_pb2.WindowState
    opened_at_ms: int
    cut_off_at_ms: int
    payment_count: int
    refund_count: int
    totals: _types_pb2.PayerAmounts
    payable_fen: int
    digest: str
    bank_reference: str
    paid_out_at_ms: int
    def __init__(self, window_id: _Optional[str] = ..., institution_id: _Optional[str] = ..., period: _Optional[str] = ..., state: _Optional[_Union[_enums_pb2.WindowState, int, str]] = ..., opened_at_ms: _Optional[int] = ..., cut_off_at_ms: _Optional[int] = ..., payment_count: _Optional[int] = ..., refund_count: _Optional[int] = ..., totals: _Optional[_Union[_types_pb2.PayerAmounts, _Mapping]] = ..., payable_fen: _Optional[int] = ..., digest: _Optional[str] = ..., bank_reference: _Optional[str] = ..., paid_out_at_ms: _Optional[int] = ...) -> None: ...

class CloseWindowRequest(_message.Message):
    __slots__ = ("request_id", "institution_id", "period")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    institution_id: str
    period: str
    def __init__(self, request_id: _Optional[str] = ..., institution_id: _Optional[str] = ..., period: _Optional[str] = ...) -> None: ...

class CloseWindowResponse(_message.Message):
    __slots__ = ("replayed", "window")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    window: Window
    def __init__(self, replayed: _Optional[bool] = ..., window: _Optional[_Union[Window, _Mapping]] = ...) -> None: ...

class GetWindowRequest(_message.Message):
    __slots__ = ("window_id", "period", "institution_id")
    WINDOW_ID_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    window_id: str
    period: str
    institution_id: str
    def __init__(self, window_id: _Optional[str] = ..., period: _Optional[str] = ..., institution_id: _Optional[str] = ...) -> None: ...

class GetWindowResponse(_message.Message):
    __slots__ = ("window",)
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    window: Window
    def __init__(self, window: _Optional[_Union[Window, _Mapping]] = ...) -> None: ...

class ListWindowsRequest(_message.Message):
    __slots__ = ("institution_id", "page_size", "page_token")
    INSTITUTION_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    institution_id: str
    page_size: int
    page_token: str
    def __init__(self, institution_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListWindowsResponse(_message.Message):
    __slots__ = ("windows", "next_page_token")
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    windows: _containers.RepeatedCompositeFieldContainer[Window]
    next_page_token: str
    def __init__(self, windows: _Optional[_Iterable[_Union[Window, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DownloadStatementRequest(_message.Message):
    __slots__ = ("window_id",)
    WINDOW_ID_FIELD_NUMBER: _ClassVar[int]
    window_id: str
    def __init__(self, window_id: _Optional[str] = ...) -> None: ...

class DownloadStatementResponse(_message.Message):
    __slots__ = ("header", "row", "trailer")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    TRAILER_FIELD_NUMBER: _ClassVar[int]
    header: StatementHeader
    row: StatementRow
    trailer: StatementTrailer
    def __init__(self, header: _Optional[_Union[StatementHeader, _Mapping]] = ..., row: _Optional[_Union[StatementRow, _Mapping]] = ..., trailer: _Optional[_Union[StatementTrailer, _Mapping]] = ...) -> None: ...

class StatementHeader(_message.Message):
    __slots__ = ("window",)
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    window: Window
    def __init__(self, window: _Optional[_Union[Window, _Mapping]] = ...) -> None: ...

class StatementRow(_message.Message):
    __slots__ = ("row_no", "posted_at_ms", "order_id", "institution_order_no", "refund_id", "refund_no", "channel_id", "settlement_id", "visit_id", "insured_region_code", "scheme", "service", "service_date", "amounts")
    ROW_NO_FIELD_NUMBER: _ClassVar[int]
    POSTED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    INSTITUTION_ORDER_NO_FIELD_NUMBER: _ClassVar[int]
    REFUND_ID_FIELD_NUMBER: _ClassVar[int]
    REFUND_NO_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_ID_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    INSURED_REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_DATE_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    row_no: int
    posted_at_ms: int
    order_id: str
    institution_order_no: str
    refund_id: str
    refund_no: str
    channel_id: str
    settlement_id: str
    visit_id: str
    insured_region_code: str
    scheme: _enums_pb2.Scheme
    service: _enums_pb2.Service
    service_date: str
    amounts: _types_pb2.PayerAmounts
    def __init__(self, row_no: _Optional[int] = ..., posted_at_ms: _Optional[int] = ..., order_id: _Optional[str] = ..., institution_order_no: _Optional[str] = ..., refund_id: _Optional[str] = ..., refund_no: _Optional[str] = ..., channel_id: _Optional[str] = ..., settlement_id: _Optional[str] = ..., visit_id: _Optional[str] = ..., insured_region_code: _Optional[str] = ..., scheme: _Optional[_Union[_enums_pb2.Scheme, int, str]] = ..., service: _Optional[_Union[_enums_pb2.Service, int, str]] = ..., service_date: _Optional[str] = ..., amounts: _Optional[_Union[_types_pb2.PayerAmounts, _Mapping]] = ...) -> None: ...

class StatementTrailer(_message.Message):
    __slots__ = ("row_count", "totals", "digest")
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    row_count: int
    totals: _types_pb2.PayerAmounts
    digest: str
    def __init__(self, row_count: _Optional[int] = ..., totals: _Optional[_Union[_types_pb2.PayerAmounts, _Mapping]] = ..., digest: _Optional[str] = ...) -> None: ...

class ConfirmPayoutRequest(_message.Message):
    __slots__ = ("request_id", "window_id", "amount_fen", "bank_reference", "paid_at_ms")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    WINDOW_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    BANK_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PAID_AT_MS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    window_id: str
    amount_fen: int
    bank_reference: str
    paid_at_ms: int
    def __init__(self, request_id: _Optional[str] = ..., window_id: _Optional[str] = ..., amount_fen: _Optional[int] = ..., bank_reference: _Optional[str] = ..., paid_at_ms: _Optional[int] = ...) -> None: ...

class ConfirmPayoutResponse(_message.Message):
    __slots__ = ("replayed", "window")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    window: Window
    def __init__(self, replayed: _Optional[bool] = ..., window: _Optional[_Union[Window, _Mapping]] = ...) -> None: ...
