"""What both clients know of the wire: the rpcs by name, the options of a connection, the token."""

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor

from gateway.client.errors import MedSettleError
from gateway.pb.medsettle.v1 import (
    account_service_pb2,
    account_service_pb2_grpc,
    binding_service_pb2,
    binding_service_pb2_grpc,
    operator_service_pb2,
    operator_service_pb2_grpc,
    payment_service_pb2,
    payment_service_pb2_grpc,
    settlement_service_pb2,
    settlement_service_pb2_grpc,
)

PAY = "PaymentService/Pay"
BATCH_PAY = "PaymentService/BatchPay"
CONNECTIONS = 2
_MESSAGE_SIZE_MAX = 4 * 1024 * 1024

# Told of every attempt that went over the wire: the rpc, the seconds it took, and its error or None.
Observer = Callable[[str, float, MedSettleError | None], None]

OPTIONS = (
    # Channels with equal options share one TCP connection otherwise, however many are made.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_receive_message_length", _MESSAGE_SIZE_MAX),
    ("grpc.max_send_message_length", _MESSAGE_SIZE_MAX),
    # A gateway that starts again is found within the time that a call is asked again.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # A connection that has gone without a word is noticed; the gateway permits a ping every 10 s.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
)

_SERVICES: dict[str, tuple[Any, Any]] = {
    "AccountService": (account_service_pb2, account_service_pb2_grpc.AccountServiceStub),
    "BindingService": (binding_service_pb2, binding_service_pb2_grpc.BindingServiceStub),
    "OperatorService": (operator_service_pb2, operator_service_pb2_grpc.OperatorServiceStub),
    "PaymentService": (payment_service_pb2, payment_service_pb2_grpc.PaymentServiceStub),
    "SettlementService": (settlement_service_pb2, settlement_service_pb2_grpc.SettlementServiceStub),
}
_METHODS: dict[str, MethodDescriptor] = {
    f"{service}/{method.name}": method
    for service, (module, _) in _SERVICES.items()
    for method in module.DESCRIPTOR.services_by_name[service].methods
}
METHODS = tuple(_METHODS)


class Connection:
    """The stubs over one channel of either kind.

    Attributes:
        channel: the channel.
    """

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self._stubs = {service: make(channel) for service, (_, make) in _SERVICES.items()}

    def rpc(self, method: str) -> Any:
        """The callable of "Service/Rpc"."""
        service, _, name = method.partition("/")
        return getattr(self._stubs[service], name)


class Connections:
    """Several connections, taken in turn. They are not tied to a party: each call brings its own token.

    Attributes:
        all: the connections.
        closed: set by the client that owns them.
    """

    def __init__(self, make_channel: Callable[[], Any], count: int) -> None:
        if count < 1:
            raise ValueError("a client needs at least one connection")
        self.all = tuple(Connection(make_channel()) for _ in range(count))
        self.closed = False
        self._turn = 0

    def rpc(self, method: str) -> Any:
        """The callable of "Service/Rpc" over the connection whose turn it is.

        Raises:
            MedSettleError: CANCELLED, the client is closed.
        """
        if self.closed:
            raise MedSettleError(grpc.StatusCode.CANCELLED, message="the client is closed")
        # Two threads that read the same turn take the same connection, which harms nobody.
        self._turn = turn = (self._turn + 1) % len(self.all)
        return self.all[turn].rpc(method)


def metadata_of(token: str) -> tuple[tuple[str, str], ...]:
    """The metadata of every call of a party."""
    return (("authorization", f"Bearer {token}"),)


def check_kind(method: str, *, takes_stream: bool = False, gives_stream: bool = False) -> None:
    """A method must exist and be called in its own way.

    Raises:
        ValueError: it is no rpc of the contract, or one of another kind.
    """
    found = _METHODS.get(method)
    if found is None:
        raise ValueError(f"{method} is no rpc of medsettle.v1; name it like PaymentService/Pay")
    if (found.client_streaming, found.server_streaming) != (takes_stream, gives_stream):
        right = "send" if found.client_streaming else "read" if found.server_streaming else "call"
        raise ValueError(f"{method} is called with {right}()")
