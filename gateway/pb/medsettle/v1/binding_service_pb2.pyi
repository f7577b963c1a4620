from gateway.pb.medsettle.v1 import enums_pb2 as _enums_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Binding(_message.Message):
    __slots__ = ("binding_id", "channel_user_id", "state", "region_code", "scheme", "name_masked", "created_at_ms", "code_expires_at_ms", "attempts_left", "confirmed_at_ms", "unbound_at_ms")
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_USER_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    NAME_MASKED_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CODE_EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_LEFT_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    UNBOUND_AT_MS_FIELD_NUMBER: _ClassVar[int]
    binding_id: str
    channel_user_id: str
    state: _enums_pb2.BindingState
    region_code: str
    scheme: _enums_pb2.Scheme
    name_masked: str
    created_at_ms: int
    code_expires_at_ms: int
    attempts_left: int
    confirmed_at_ms: int
    unbound_at_ms: int
    def __init__(self, binding_id: _Optional[str] = ..., channel_user_id: _Optional[str] = ..., state: _Optional[_Union[_enums_pb2.BindingState, int, str]] = ..., region_code: _Optional[str] = ..., scheme: _Optional[_Union[_enums_pb2.Scheme, int, str]] = ..., name_masked: _Optional[str] = ..., created_at_ms: _Optional[int] = ..., code_expires_at_ms: _Optional[int] = ..., attempts_left: _Optional[int] = ..., confirmed_at_ms: _Optional[int] = ..., unbound_at_ms: _Optional[int] = ...) -> None: ...

class StartBindingRequest(_message.Message):
    __slots__ = ("request_id", "channel_user_id", "id_document_kind", "id_number", "name", "phone", "region_code")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_USER_ID_FIELD_NUMBER: _ClassVar[int]
    ID_DOCUMENT_KIND_FIELD_NUMBER: _ClassVar[int]
    ID_NUMBER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    channel_user_id: str
    id_document_kind: _enums_pb2.IdDocumentKind
    id_number: str
    name: str
    phone: str
    region_code: str
    def __init__(self, request_id: _Optional[str] = ..., channel_user_id: _Optional[str] = ..., id_document_kind: _Optional[_Union[_enums_pb2.IdDocumentKind, int, str]] = ..., id_number: _Optional[str] = ..., name: _Optional[str] = ..., phone: _Optional[str] = ..., region_code: _Optional[str] = ...) -> None: ...

class StartBindingResponse(_message.Message):
    __slots__ = ("replayed", "binding")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    binding: Binding
    def __init__(self, replayed: _Optional[bool] = ..., binding: _Optional[_Union[Binding, _Mapping]] = ...) -> None: ...

class ConfirmBindingRequest(_message.Message):
    __slots__ = ("request_id", "binding_id", "code")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    binding_id: str
    code: str
    def __init__(self, request_id: _Optional[str] = ..., binding_id: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class ConfirmBindingResponse(_message.Message):
    __slots__ = ("replayed", "binding")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    binding: Binding
    def __init__(self, replayed: _Optional[bool] = ..., binding: _Optional[_Union[Binding, _Mapping]] = ...) -> None: ...

class GetBindingRequest(_message.Message):
    __slots__ = ("binding_id",)
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    binding_id: str
    def __init__(self, binding_id: _Optional[str] = ...) -> None: ...

class GetBindingResponse(_message.Message):
    __slots__ = ("binding",)
    BINDING_FIELD_NUMBER: _ClassVar[int]
    binding: Binding
    def __init__(self, binding: _Optional[_Union[Binding, _Mapping]] = ...) -> None: ...

class ListBindingsRequest(_message.Message):
    __slots__ = ("channel_user_id", "page_size", "page_token")
    CHANNEL_USER_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    channel_user_id: str
    page_size: int
    page_token: str
    def __init__(self, channel_user_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListBindingsResponse(_message.Message):
    __slots__ = ("bindings", "next_page_token")
    BINDINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    bindings: _containers.RepeatedCompositeFieldContainer[Binding]
    next_page_token: str
    def __init__(self, bindings: _Optional[_Iterable[_Union[Binding, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UnbindRequest(_message.Message):
    __slots__ = ("request_id", "binding_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    binding_id: str
    def __init__(self, request_id: _Optional[str] = ..., binding_id: _Optional[str] = ...) -> None: ...

class UnbindResponse(_message.Message):
    __slots__ = ("replayed", "binding")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    binding: Binding
    def __init__(self, replayed: _Optional[bool] = ..., binding: _Optional[_Union[Binding, _Mapping]] = ...) -> None: ...

class IssuePayCodeRequest(_message.Message):
    __slots__ = ("request_id", "binding_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    binding_id: str
    def __init__(self, request_id: _Optional[str] = ..., binding_id: _Optional[str] = ...) -> None: ...

class IssuePayCodeResponse(_message.Message):
    __slots__ = ("replayed", "pay_code", "expires_at_ms")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    PAY_CODE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    pay_code: str
    expires_at_ms: int
    def __init__(self, replayed: _Optional[bool] = ..., pay_code: _Optional[str] = ..., expires_at_ms: _Optional[int] = ...) -> None: ...

class FamilyLink(_message.Message):
    __slots__ = ("family_link_id", "owner_binding_id", "owner_name_masked", "member_name_masked", "relation", "state", "created_at_ms", "ended_at_ms")
    FAMILY_LINK_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_NAME_MASKED_FIELD_NUMBER: _ClassVar[int]
    MEMBER_NAME_MASKED_FIELD_NUMBER: _ClassVar[int]
    RELATION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    family_link_id: str
    owner_binding_id: str
    owner_name_masked: str
    member_name_masked: str
    relation: _enums_pb2.FamilyRelation
    state: _enums_pb2.FamilyLinkState
    created_at_ms: int
    ended_at_ms: int
    def __init__(self, family_link_id: _Optional[str] = ..., owner_binding_id: _Optional[str] = ..., owner_name_masked: _Optional[str] = ..., member_name_masked: _Optional[str] = ..., relation: _Optional[_Union[_enums_pb2.FamilyRelation, int, str]] = ..., state: _Optional[_Union[_enums_pb2.FamilyLinkState, int, str]] = ..., created_at_ms: _Optional[int] = ..., ended_at_ms: _Optional[int] = ...) -> None: ...

class AddFamilyMemberRequest(_message.Message):
    __slots__ = ("request_id", "owner_binding_id", "member_binding_id", "relation")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    MEMBER_BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    RELATION_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    owner_binding_id: str
    member_binding_id: str
    relation: _enums_pb2.FamilyRelation
    def __init__(self, request_id: _Optional[str] = ..., owner_binding_id: _Optional[str] = ..., member_binding_id: _Optional[str] = ..., relation: _Optional[_Union[_enums_pb2.FamilyRelation, int, str]] = ...) -> None: ...

class AddFamilyMemberResponse(_message.Message):
    __slots__ = ("replayed", "link")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    link: FamilyLink
    def __init__(self, replayed: _Optional[bool] = ..., link: _Optional[_Union[FamilyLink, _Mapping]] = ...) -> None: ...

class RemoveFamilyMemberRequest(_message.Message):
    __slots__ = ("request_id", "family_link_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_LINK_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    family_link_id: str
    def __init__(self, request_id: _Optional[str] = ..., family_link_id: _Optional[str] = ...) -> None: ...

class RemoveFamilyMemberResponse(_message.Message):
    __slots__ = ("replayed", "link")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    replayed: bool
    link: FamilyLink
    def __init__(self, replayed: _Optional[bool] = ..., link: _Optional[_Union[FamilyLink, _Mapping]] = ...) -> None: ...

class ListFamilyMembersRequest(_message.Message):
    __slots__ = ("binding_id",)
    BINDING_ID_FIELD_NUMBER: _ClassVar[int]
    binding_id: str
    def __init__(self, binding_id: _Optional[str] = ...) -> None: ...

class ListFamilyMembersResponse(_message.Message):
    __slots__ = ("members", "owners")
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    OWNERS_FIELD_NUMBER: _ClassVar[int]
    members: _containers.RepeatedCompositeFieldContainer[FamilyLink]
    owners: _containers.RepeatedCompositeFieldContainer[FamilyLink]
    def __init__(self, members: _Optional[_Iterable[_Union[FamilyLink, _Mapping]]] = ..., owners: _Optional[_Iterable[_Union[FamilyLink, _Mapping]]] = ...) -> None: ...

class ListRegionsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListRegionsResponse(_message.Message):
    __slots__ = ("regions",)
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    regions: _containers.RepeatedCompositeFieldContainer[Region]
    def __init__(self, regions: _Optional[_Iterable[_Union[Region, _Mapping]]] = ...) -> None: ...

class Region(_message.Message):
    __slots__ = ("region_code", "name", "schemes", "scenarios", "passwordless_limit_fen")
    REGION_CODE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCHEMES_FIELD_NUMBER: _ClassVar[int]
    SCENARIOS_FIELD_NUMBER: _ClassVar[int]
    PASSWORDLESS_LIMIT_FEN_FIELD_NUMBER: _ClassVar[int]
    region_code: str
    name: str
    schemes: _containers.RepeatedCompositeFieldContainer[RegionScheme]
    scenarios: _containers.RepeatedScalarFieldContainer[_enums_pb2.Scenario]
    passwordless_limit_fen: int
    def __init__(self, region_code: _Optional[str] = ..., name: _Optional[str] = ..., schemes: _Optional[_Iterable[_Union[RegionScheme, _Mapping]]] = ..., scenarios: _Optional[_Iterable[_Union[_enums_pb2.Scenario, int, str]]] = ..., passwordless_limit_fen: _Optional[int] = ...) -> None: ...

class RegionScheme(_message.Message):
    __slots__ = ("scheme", "services")
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    scheme: _enums_pb2.Scheme
    services: _containers.RepeatedScalarFieldContainer[_enums_pb2.Service]
    def __init__(self, scheme: _Optional[_Union[_enums_pb2.Scheme, int, str]] = ..., services: _Optional[_Iterable[_Union[_enums_pb2.Service, int, str]]] = ...) -> None: ...
