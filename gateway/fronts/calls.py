"""What every front does with a call: who calls, what the bytes say, and how a refusal leaves.

PortInUse           the address cannot be listened on
FrontUnavailable    the front that was asked for is not installed
"""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from functools import cache
from typing import Any, Protocol

from google.protobuf.message import Message
from google.rpc import status_pb2

from gateway.directory import PartyRow
from gateway.errors import Refusal, status_of
from gateway.limits.limiter import Limiter, refusal_after
from gateway.limits.priorities import Priority
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.reasons import Reason
from gateway.servicers.base import Caller, Rpc, parsed

log = logging.getLogger(__name__)

MESSAGE_SIZE_MAX = 4 * 1024 * 1024
STATUS_DETAILS_KEY = "grpc-status-details-bin"
_ROLE_WORDS: dict[int, str] = {
    enums_pb2.ROLE_CHANNEL: "channel",
    enums_pb2.ROLE_INSTITUTION: "institution",
    enums_pb2.ROLE_BUREAU: "bureau",
    enums_pb2.ROLE_MESH: "mesh",
}

PartyOfToken = Callable[[str], PartyRow | None]


class Front(Protocol):
    """A server over the servicers' tables of rpcs."""

    async def start(self, address: str) -> int:
        """Listens and serves; gives the port, which an address with port 0 leaves to the system.

        Raises:
            PortInUse: somebody else listens there, or the address is none of this machine's.
        """

    async def stop(self, grace_s: float) -> None:
        """Tells health checks, takes no new calls, and lets the running ones end within a time."""


class PortInUse(Exception):
    """The address cannot be listened on."""

    def __init__(self, address: str) -> None:
        super().__init__(f"cannot listen on {address}: it is in use, or no address of this machine")


class FrontUnavailable(Exception):
    """The front that was asked for is not installed."""


def caller_of(
    rpc: Rpc, metadata: Iterable[tuple[str, str | bytes]], remaining_s: float | None, party_of_token: PartyOfToken
) -> Caller:
    """Who calls, once the token is known, the party in good standing, and its role allowed.

    Args:
        metadata: of the request, names in lower case.
        remaining_s: until the caller's deadline, None for none.

    Raises:
        Refusal: TOKEN_UNKNOWN, PARTY_SUSPENDED or ROLE_FORBIDDEN.
    """
    token = ""
    for name, value in metadata:
        if name == "authorization":
            token = str(value).removeprefix("Bearer ").strip()
    party = party_of_token(token) if token else None
    if party is None:
        raise Refusal(Reason.TOKEN_UNKNOWN)
    if party.suspended:
        raise Refusal(Reason.PARTY_SUSPENDED, party_id=party.party_id)
    if party.role not in rpc.roles:
        word = _ROLE_WORDS[party.role]
        raise Refusal(
            Reason.ROLE_FORBIDDEN, f"a party of role {word} may not call {rpc.name}", role=word, method=rpc.name
        )
    deadline = None if remaining_s is None or rpc.gives_stream else time.monotonic() + remaining_s
    return Caller(party.party_key, party.party_id, party.role, deadline)


def request_of(rpc: Rpc, request: bytes) -> Any:
    """One request as the rpc's handler takes it.

    Raises:
        Refusal: FIELD_INVALID, for what is no message of the contract.
    """
    return request if rpc.takes_bytes else parsed(rpc.request_type, request)


def bytes_of(response: Message | bytes) -> bytes:
    """A response as it goes out."""
    return response if isinstance(response, bytes) else response.SerializeToString()


async def parsed_stream(rpc: Rpc, requests: AsyncIterator[bytes]) -> AsyncIterator[Message]:
    """The requests of a stream out of their bytes."""
    async for request in requests:
        yield parsed(rpc.request_type, request)


def status_of_shed(limiter: Limiter, priority: Priority) -> status_pb2.Status:
    """The status of a call that was not let in. It is not to be changed: the next one gets the same."""
    return _shed_status(limiter.closed, limiter.refused_delay_ms(priority))


@cache  # a full gateway makes thousands a second, of a few dozen different ones
def _shed_status(closed: bool, delay_ms: int) -> status_pb2.Status:
    return status_of(refusal_after(delay_ms, closed=closed))


def status_of_failure(rpc: Rpc, error: Exception) -> status_pb2.Status:
    """The status a failed call ends with. A defect of ours is logged here with its trace, and told to nobody."""
    if isinstance(error, Refusal):
        return status_of(error)
    log.error("%s failed", rpc.name, exc_info=error)
    return status_of(Refusal(Reason.INTERNAL_FAULT))
