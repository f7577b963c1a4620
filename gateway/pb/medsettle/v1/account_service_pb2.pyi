from gateway.pb.medsettle.v1 import enums_pb2 as _enums_pb2
from gateway.pb.medsettle.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PersonNumber(_message.Message):
    __slots__ = ("region_code", "person_no")
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    PERSON_NO_FIELD_NUMBER: _ClassVar[int]
    region_code: str
    person_no: str
    def __init__(self, region_code: _Optional[str] = ..., person_no: _Optional[str] = ...) -> None: ...

class Account(_message.Message):
    __slots__ = ("person_id", "region_code", "person_no", "scheme", "status", "current_year_fen", "prior_years_fen", "held_fen", "benefit_year_start", "stay_count", "accumulators")
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    PERSON_NO_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CURRENT_YEAR_FEN_FIELD_NUMBER: _ClassVar[int]
    PRIOR_YEARS_FEN_FIELD_NUMBER: _ClassVar[int]
    HELD_FEN_FIELD_NUMBER: _ClassVar[int]
    BENEFIT_YEAR_START_FIELD_NUMBER: _ClassVar[int]
    STAY_COUNT_FIELD_NUMBER: _ClassVar[int]
    ACCUMULATORS_FIELD_NUMBER: _ClassVar[int]
    person_id: str
    region_code: str
    person_no: str
    scheme: _enums_pb2.Scheme
    status: _enums_pb2.PersonStatus
    current_year_fen: int
    prior_years_fen: int
    held_fen: int
    benefit_year_start: str
    stay_count: int
    accumulators: _containers.RepeatedCompositeFieldContainer[_types_pb2.Accumulators]
    def __init__(self, person_id: _Optional[str] = ..., region_code: _Optional[str] = ..., person_no: _Optional[str] = ..., scheme: _Optional[_Union[_enums_pb2.Scheme, int, str]] = ..., status: _Optional[_Union[_enums_pb2.PersonStatus, int, str]] = ..., current_year_fen: _Optional[int] = ..., prior_years_fen: _Optional[int] = ..., held_fen: _Optional[int] = ..., benefit_year_start: _Optional[str] = ..., stay_count: _Optional[int] = ..., accumulators: _Optional[_Iterable[_Union[_types_pb2.Accumulators, _Mapping]]] = ...) -> None: ...

class GetAccountRequest(_message.Message):
    __slots__ = ("binding_id", "person_id", "person_number")
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_NUMBER_FIELD_NUMBER: _ClassVar[int]
    binding_id: str
    person_id: str
    person_number: PersonNumber
    def __init__(self, binding_id: _Optional[str] = ..., person_id: _Optional[str] = ..., person_number: _Optional[_Union[PersonNumber, _Mapping]] = ...) -> None: ...

class GetAccountResponse(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: Account
    def __init__(self, account: _Optional[_Union[Account, _Mapping]] = ...) -> None: ...
