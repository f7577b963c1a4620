"""What makes two requests the same request: a keyed hash of the request id, and one of each field.

The body itself is never stored. Its hashes are keyed, so that a copy of the store does not let anybody test guesses
of what was in it.
"""

import functools
import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from core.rules.checks import MONEY_MAX_FEN
from core.wire.fingerprint import ENTRY_SIZE, field_hashes, text_hash
from core.wire.requests import RequestReader
from gateway.clock import AT_MAX_MS, AT_MIN_MS
from gateway.pb.medsettle.v1 import enums_pb2

_NUMBER_SIZE = 2


class Key(NamedTuple):
    """The identity of one mutating request."""

    request_key: bytes
    fields: bytes
    names: Mapping[int, str]

    def first_difference(self, fields: bytes) -> str:
        """Name of the first field, by number, in which another request with the same id differs."""
        ours, theirs = _entries(self.fields), _entries(fields)
        for number in sorted(ours.keys() | theirs.keys()):
            if ours.get(number) != theirs.get(number):
                return self.names.get(number, f"field {number}")
        return "unknown"


def request_key(secret: bytes, party_key: int, method: str, request: Message) -> Key:
    """The key of a request that carries a `request_id`.

    Args:
        secret: at most 64 bytes.
        party_key: who asks; two parties' ids never clash.
        method: name of the rpc; two methods' ids never clash.
    """
    request_id: str = request.request_id  # type: ignore[attr-defined]
    names = names_of(request.DESCRIPTOR)
    return Key(
        text_hash(_derived(secret, b"request"), key_prefix(party_key, method) + request_id.encode()),
        field_hashes(_derived(secret, b"field"), request.SerializeToString(deterministic=True), names[0]),
        names[1],
    )


def reader_of_requests(secret: bytes) -> RequestReader:
    """Reads hot requests out of their bytes, with the keys and hashes that `request_key` makes."""
    return RequestReader(
        _derived(secret, b"request"),
        _derived(secret, b"field"),
        money_max_fen=MONEY_MAX_FEN,
        at_min_ms=AT_MIN_MS,
        at_max_ms=AT_MAX_MS,
        authentication_max=max(enums_pb2.UserAuthentication.values()),
    )


@functools.lru_cache(maxsize=1024)
def key_prefix(party_key: int, method: str) -> bytes:
    """What stands before the request id in the text that a request's key is made of."""
    return f"{party_key}|{method}|".encode()


@functools.lru_cache(maxsize=8)
def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(digest_size=16, key=secret, person=purpose).digest()


@functools.cache
def names_of(message: Descriptor) -> tuple[int, Mapping[int, str]]:
    """The number of the request id, and each field's name by number."""
    numbers = {field.name: field.number for field in message.fields}
    return numbers["request_id"], {number: name for name, number in numbers.items()}


def _entries(fields: bytes) -> dict[int, bytes]:
    return {
        int.from_bytes(fields[at : at + _NUMBER_SIZE], "big"): fields[at + _NUMBER_SIZE : at + ENTRY_SIZE]
        for at in range(0, len(fields), ENTRY_SIZE)
    }
