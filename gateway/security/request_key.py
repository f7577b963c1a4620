"""What makes two requests the same request: a keyed hash of the request id, and one of each field.

The body itself is never stored. Its hashes are keyed, so that a copy of the store does not let anybody test guesses
of what was in it.
"""

import functools
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

_NUMBER_SIZE = 2
_HASH_SIZE = 8
_KEY_SIZE = 16
_ENTRY_SIZE = _NUMBER_SIZE + _HASH_SIZE


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
    identity = f"{party_key}|{method}|{request_id}".encode()
    new_hash = _keyed(secret, b"field", _HASH_SIZE).copy
    entries = []
    for descriptor, value in request.ListFields():  # by number
        if descriptor.name == "request_id":
            continue
        hashed = new_hash()
        hashed.update(_bytes_of(value))
        entries.append(descriptor.number.to_bytes(_NUMBER_SIZE, "big") + hashed.digest())
    identity_hash = _keyed(secret, b"request", _KEY_SIZE).copy()
    identity_hash.update(identity)
    return Key(identity_hash.digest(), b"".join(entries), _names(request.DESCRIPTOR))


@functools.lru_cache(maxsize=8)
def _keyed(secret: bytes, person: bytes, size: int) -> "hashlib.blake2b":
    """A hash that has taken in its key: to be copied, because that step costs as much as a field."""
    return hashlib.blake2b(digest_size=size, key=secret, person=person)


@functools.cache
def _names(message: Descriptor) -> Mapping[int, str]:
    return {number: field.name for number, field in message.fields_by_number.items()}


def _entries(fields: bytes) -> dict[int, bytes]:
    return {
        int.from_bytes(fields[at : at + _NUMBER_SIZE], "big"): fields[at + _NUMBER_SIZE : at + _ENTRY_SIZE]
        for at in range(0, len(fields), _ENTRY_SIZE)
    }


def _bytes_of(value: Any) -> bytes:
    if isinstance(value, (str, int, float)):
        return repr(value).encode()
    if isinstance(value, Message):
        return value.SerializeToString(deterministic=True)
    if isinstance(value, bytes):
        return value
    parts = [_bytes_of(part) for part in value]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
