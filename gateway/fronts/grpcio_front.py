"""The complete front: grpc.aio. Tokens, roles and deadlines are checked here; refusals go to the wire here.

Every rpc comes out of the servicers' tables, so that another front can serve the same ones.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, NoReturn

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc_channelz.v1 import channelz
from grpc_health.v1 import _async as health_aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status

from gateway.fronts.calls import (
    MESSAGE_SIZE_MAX,
    PartyOfToken,
    PortInUse,
    bytes_of,
    caller_of,
    parsed_stream,
    request_of,
    status_of_failure,
    status_of_shed,
)
from gateway.limits.limiter import Limiter
from gateway.limits.priorities import Priority
from gateway.seeing.calls import Calls
from gateway.servicers.base import Caller, Rpc

_OPTIONS = (
    # Off: a second server on the same port must fail at start, not share its calls.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MESSAGE_SIZE_MAX),
    ("grpc.max_send_message_length", MESSAGE_SIZE_MAX),
    # Clients may keep quiet connections alive: a till sends nothing for hours.
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
)


class GrpcioFront:
    """A grpc.aio server over a table of rpcs.

    Args:
        rpcs: what to serve.
        party_of_token: the party a bearer token belongs to, or None.
        limiter: who is let in.
        seen: counts of each rpc's calls.
    """

    def __init__(
        self, rpcs: Iterable[Rpc], party_of_token: PartyOfToken, limiter: Limiter, seen: Mapping[Rpc, Calls]
    ) -> None:
        self._limiter = limiter
        self._seen = seen
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
            raise PortInUse(address) from error
        await self._server.start()
        for service in ("", *self._services):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        return int(port)

    async def stop(self, grace_s: float) -> None:
        """Tells health checks, takes no new calls, and lets the running ones end within a time."""
        self._limiter.close()
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
        return make(serve, response_serializer=bytes_of)

    def _serve_unary(self, rpc: Rpc) -> Callable[[Any, Any], Any]:
        handler: Callable[[Caller, Any], Any] = rpc.handler
        limiter, priority, seen = self._limiter, rpc.priority, self._seen[rpc]

        async def serve(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Message | bytes | None:
            weight = limiter.admit(priority, 0 if rpc.takes_stream else len(request))
            if not weight:
                seen.shed(closed=limiter.closed)
                await _abort(context, status_of_shed(limiter, priority))
            began_s, caller, message = time.perf_counter(), None, None
            try:
                caller = self._caller(rpc, context)
                message = _request(rpc, request)
                response: Message | bytes = await handler(caller, message)
                seen.answered(began_s, caller, message)
            except Exception as error:
                seen.failed(began_s, error, caller, message)
                await _abort(context, status_of_failure(rpc, error))
            except asyncio.CancelledError as error:
                seen.failed(began_s, error, caller, message)
                raise
            else:
                return response
            finally:
                limiter.release(weight)
            return None

        return serve

    def _serve_stream(self, rpc: Rpc) -> Callable[[Any, Any], Any]:
        handler: Callable[[Caller, Any], Any] = rpc.handler

        limiter, priority, seen = self._limiter, rpc.priority, self._seen[rpc]
        lasts = priority == Priority.WATCH

        async def serve(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Message]:
            weight = 0 if lasts else limiter.admit(priority, len(request))
            if not (weight or lasts):
                seen.shed(closed=limiter.closed)
                await _abort(context, status_of_shed(limiter, priority))
            began_s, caller, message = time.perf_counter(), None, None
            watches: Caller | None = None
            try:
                caller = self._caller(rpc, context)
                if lasts:
                    limiter.open_stream(caller.party_key)
                    watches = caller
                message = _request(rpc, request)
                async for response in handler(caller, message):
                    yield response
                seen.answered(began_s, caller, message)
            except Exception as error:
                seen.failed(began_s, error, caller, message)
                await _abort(context, status_of_failure(rpc, error))
            except (asyncio.CancelledError, GeneratorExit) as error:
                seen.failed(began_s, error, caller, message)
                raise
            finally:
                if weight:
                    limiter.release(weight)
                if watches is not None:
                    limiter.close_stream(watches.party_key)

        return serve

    def _caller(self, rpc: Rpc, context: grpc.aio.ServicerContext[Any, Any]) -> Caller:
        metadata = context.invocation_metadata() or ()
        return caller_of(rpc, metadata, context.time_remaining(), self._party_of_token)


def _request(rpc: Rpc, request: Any) -> Any:
    """The request of a unary call, or the requests of a stream, out of bytes."""
    return parsed_stream(rpc, request) if rpc.takes_stream else request_of(rpc, request)


async def _abort(context: grpc.aio.ServicerContext[Any, Any], failed: status_pb2.Status) -> NoReturn:
    status = rpc_status.to_status(failed)
    await context.abort(status.code, status.details, status.trailing_metadata)
