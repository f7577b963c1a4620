"""The complete front: grpc.aio. Tokens, roles and deadlines are checked here; refusals go to the wire here.

Every rpc comes out of the servicers' tables, so that another front can serve the same ones.
"""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message
from grpc_channelz.v1 import channelz
from grpc_health.v1 import _async as health_aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status

from gateway.directory import PartyRow
from gateway.errors import Refusal, invalid, status_of
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.reasons import Reason
from gateway.servicers.base import Caller, Rpc

log = logging.getLogger(__name__)

MESSAGE_SIZE_MAX = 4 * 1024 * 1024
_ROLE_WORDS: dict[int, str] = {
    enums_pb2.ROLE_CHANNEL: "channel",
    enums_pb2.ROLE_INSTITUTION: "institution",
    enums_pb2.ROLE_BUREAU: "bureau",
    enums_pb2.ROLE_MESH: "mesh",
}
_OPTIONS = (
    # Off: a second server on the same port must fail at start, not share its calls.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MESSAGE_SIZE_MAX),
    ("grpc.max_send_message_length", MESSAGE_SIZE_MAX),
    # Clients may keep quiet connections alive: a till sends nothing for hours.
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
)

PartyOfToken = Callable[[str], PartyRow | None]


class PortInUse(Exception):
    """The address cannot be listened on."""


class GrpcioFront:
    """A grpc.aio server over a table of rpcs.

    Args:
        rpcs: what to serve.
        party_of_token: the party a bearer token belongs to, or None.
    """

    def __init__(self, rpcs: Iterable[Rpc], party_of_token: PartyOfToken) -> None:
        self._party_of_token = party_of_token
        self._server = grpc.aio.server(options=_OPTIONS)
        self._health = health_aio.HealthServicer()
        services: dict[str, dict[str, Any]] = {}
        for rpc in rpcs:
            services.setdefault(rpc.service, {})[rpc.name] = self._handler(rpc)
        self._services = list(services)
        for service, handlers in services.items():
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (*self._services, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )
        channelz.add_channelz_servicer(self._server)  # type: ignore[arg-type]  # takes an aio server too

    async def start(self, address: str) -> int:
        """Listens and serves; gives the port, which an address with port 0 leaves to the system.

        Raises:
            PortInUse: somebody else listens there, or the address is none of this machine's.
        """
        try:
            port = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise PortInUse(f"cannot listen on {address}: it is in use, or no address of this machine") from error
        await self._server.start()
        for service in ("", *self._services):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        return int(port)

    async def stop(self, grace_s: float) -> None:
        """Tells health checks, takes no new calls, and lets the running ones end within a time."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_s)

    def _handler(self, rpc: Rpc) -> Any:
        make = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
        }[rpc.takes_stream, rpc.gives_stream]
        serve = self._serve_stream(rpc) if rpc.gives_stream else self._serve_unary(rpc)
        # Requests come as bytes: what is no message of ours is refused with a reason like any other bad input.
        return make(serve, response_serializer=rpc.response_type.SerializeToString)

    def _serve_unary(self, rpc: Rpc) -> Callable[[Any, Any], Any]:
        handler: Callable[[Caller, Any], Any] = rpc.handler

        async def serve(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Message | None:
            try:
                response: Message = await handler(self._caller(rpc, context), _parsed(rpc, request))
            except Refusal as refusal:
                await _abort(context, refusal)
            except Exception:
                await _abort(context, _fault(rpc))
            else:
                return response
            return None

        return serve

    def _serve_stream(self, rpc: Rpc) -> Callable[[Any, Any], Any]:
        handler: Callable[[Caller, Any], Any] = rpc.handler

        async def serve(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Message]:
            try:
                async for response in handler(self._caller(rpc, context), _parsed(rpc, request)):
                    yield response
            except Refusal as refusal:
                await _abort(context, refusal)
            except Exception:
                await _abort(context, _fault(rpc))

        return serve

    def _caller(self, rpc: Rpc, context: grpc.aio.ServicerContext[Any, Any]) -> Caller:
        """Who calls, once the token is known, the party in good standing, and its role allowed."""
        token = ""
        for name, value in context.invocation_metadata() or ():
            if name == "authorization":
                token = str(value).removeprefix("Bearer ").strip()
        party = self._party_of_token(token) if token else None
        if party is None:
            raise Refusal(Reason.TOKEN_UNKNOWN)
        if party.suspended:
            raise Refusal(Reason.PARTY_SUSPENDED, party_id=party.party_id)
        if party.role not in rpc.roles:
            word = _ROLE_WORDS[party.role]
            raise Refusal(
                Reason.ROLE_FORBIDDEN, f"a party of role {word} may not call {rpc.name}", role=word, method=rpc.name
            )
        remaining_s = context.time_remaining()
        deadline = None if remaining_s is None or rpc.gives_stream else time.monotonic() + remaining_s
        return Caller(party.party_key, party.party_id, party.role, deadline)


def _parsed(rpc: Rpc, request: Any) -> Any:
    """The request of a unary call, or the requests of a stream, out of bytes."""
    if rpc.takes_stream:
        return _parsed_stream(rpc, request)
    try:
        return rpc.request_type.FromString(request)
    except DecodeError:
        raise invalid(rpc.request_type.DESCRIPTOR.name, "must be a well-formed message of the contract") from None


async def _parsed_stream(rpc: Rpc, requests: AsyncIterator[bytes]) -> AsyncIterator[Message]:
    unary = rpc._replace(takes_stream=False)
    async for request in requests:
        yield _parsed(unary, request)


def _fault(rpc: Rpc) -> Refusal:
    """A defect of ours: logged here with its trace, told to nobody."""
    log.exception("%s failed", rpc.name)
    return Refusal(Reason.INTERNAL_FAULT)


async def _abort(context: grpc.aio.ServicerContext[Any, Any], refusal: Refusal) -> None:
    status = rpc_status.to_status(status_of(refusal))
    await context.abort(status.code, status.details, status.trailing_metadata)
