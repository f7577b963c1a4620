"""What every servicer is made of: who calls, and a table of rpcs that any front can serve.

A servicer checks a request's fields, hands the pipeline a work, and makes the response out of the outcome. It knows
neither grpc nor the store. A handler takes (caller, request) and gives a response; of a client stream it takes an
iterator of requests, of a server stream it gives an iterator of responses. It raises Refusal.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from typing import Any, NamedTuple, TypeVar

from google.protobuf.descriptor import FileDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from gateway.engine.work import Outcome
from gateway.errors import invalid
from gateway.limits.priorities import PRIORITIES, Priority
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.security.request_key import Key, request_key
from gateway.security.roles import ROLES
from gateway.security.secrets import Secrets
from gateway.servicers import fields

M = TypeVar("M", bound=Message)
Handler = Callable[["Caller", Any], Awaitable[Message | bytes] | AsyncIterator[Message]]


class Caller(NamedTuple):
    """The party behind a call. `deadline` is on the `time.monotonic()` scale, None for none."""

    party_key: int
    party_id: str
    role: int
    deadline: float | None

    @property
    def is_channel(self) -> bool:
        """Whether clinical lines and institutions' own numbers must be kept from it."""
        return self.role == enums_pb2.ROLE_CHANNEL


class Rpc(NamedTuple):
    """One rpc as a front serves it.

    `takes_bytes`: its handler may be given the request's bytes as they came, and may give the response's.
    """

    service: str
    name: str
    request_type: type[Message]
    response_type: type[Message]
    takes_stream: bool
    gives_stream: bool
    roles: frozenset[int]
    handler: Handler
    priority: Priority = Priority.REST
    takes_bytes: bool = False

    @property
    def path(self) -> str:
        """The HTTP/2 path, for example /medsettle.v1.PaymentService/Pay."""
        return f"/{self.service}/{self.name}"


def rpcs_of(
    file: FileDescriptor, service_name: str, handlers: Mapping[str, Handler], take_bytes: Collection[str] = ()
) -> list[Rpc]:
    """The rpcs of one service of a proto file; every method must have a handler and its roles."""
    service: ServiceDescriptor = file.services_by_name[service_name]
    assert set(handlers) == set(service.methods_by_name), (
        f"{service_name}: {set(handlers) ^ set(service.methods_by_name)}"
    )
    return [
        Rpc(
            service.full_name,
            method.name,
            GetMessageClass(method.input_type),
            GetMessageClass(method.output_type),
            method.client_streaming,
            method.server_streaming,
            ROLES[f"{service_name}/{method.name}"],
            handlers[method.name],
            PRIORITIES[f"{service_name}/{method.name}"],
            method.name in take_bytes,
        )
        for method in service.methods
    ]


def key_of_request(secrets: Secrets, caller: Caller, method: str, request: Any) -> Key:
    """The key of a mutating request; FIELD_INVALID when its request_id is none."""
    fields.request_id(request.request_id)
    return request_key(secrets.secret, caller.party_key, method, request)


def answer_of(response_type: type[M], outcome: Outcome) -> M:
    """The response that a journalled answer carries, with whether it is the answer of an earlier request."""
    response = response_type.FromString(outcome.facts)
    response.replayed = outcome.replayed  # type: ignore[attr-defined]
    return response


def parsed(request_type: type[M], request: bytes) -> M:
    """One request out of its bytes.

    Raises:
        Refusal: FIELD_INVALID, for what is no message of the contract.
    """
    try:
        return request_type.FromString(request)
    except DecodeError:
        raise invalid(request_type.DESCRIPTOR.name, "must be a well-formed message of the contract") from None
