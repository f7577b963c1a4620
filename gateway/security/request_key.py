"""What makes two requests the same request: a keyed hash of the request id, and one of each field.

The body itself is never stored. Its hashes are keyed, so that a copy of the store does not let anybody test guesses
of what was in it.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from google.protobuf.message import Message

_NUMBER_SIZE = 2
_HASH_SIZE = 8
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
    entries = []
    for descriptor, value in sorted(request.ListFields(), key=lambda field: field[0].number):
        if descriptor.name == "request_id":
            continue
        digest = hashlib.blake2b(_bytes_of(value), digest_size=_HASH_SIZE, key=secret, person=b"field").digest()
        entries.append(descriptor.number.to_bytes(_NUMBER_SIZE, "big") + digest)
    return Key(
        hashlib.blake2b(identity, digest_size=16, key=secret, person=b"request").digest(),
        b"".join(entries),
        {number: field.name for number, field in request.DESCRIPTOR.fields_by_number.items()},
    )


def _entries(fields: bytes) -> dict[int, bytes]:
    return {
        int.from_bytes(fields[at : at + _NUMBER_SIZE], "big"): fields[at + _NUMBER_SIZE : at + _ENTRY_SIZE]
        for at in range(0, len(fields), _ENTRY_SIZE)
    }


def _bytes_of(value: Any) -> bytes:
    if isinstance(value, Message):
        return value.SerializeToString(deterministic=True)
    if isinstance(value, bytes):
        return value
    if isinstance(value, str | int | bool | float):
        return repr(value).encode()
    parts = [_bytes_of(part) for part in value]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
