"""Everything made from the gateway's secret: hashes of identities, one-time codes, bearer tokens.

Nobody's number, name or phone is stored, only keyed hashes. Codes and tokens are not stored either: they are computed
from the secret and an id, so that a repeated request gets the same one and a copy of the store holds none.
"""

import hashlib
import hmac
import os
import secrets
import unicodedata
from pathlib import Path

_SECRET_SIZE = 32
_PAY_CODE_PREFIX = "86"
_ORDER_CODE_PREFIX = "68"
_CODE_DIGITS = 28


class SecretUnusable(Exception):
    """The secret's file cannot be read or made."""


class Secrets:
    """Hashes and codes under one secret of 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _SECRET_SIZE:
            raise SecretUnusable(f"a secret has {_SECRET_SIZE} bytes, this one has {len(secret)}")
        self.secret = secret

    @classmethod
    def from_file(cls, path: Path) -> "Secrets":
        """Reads the secret, or makes it on first use, readable by its owner only.

        Losing it makes every binding, code and token of the store useless: back it up apart from the store.
        """
        try:
            if not path.exists():
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w") as file:
                    file.write(secrets.token_hex(_SECRET_SIZE))
            return cls(bytes.fromhex(path.read_text().strip()))
        except (OSError, ValueError) as error:
            raise SecretUnusable(f"the secret file {path} cannot be used: {error}") from error

    @classmethod
    def ephemeral(cls) -> "Secrets":
        """A secret that ends with the process, for a store in memory."""
        return cls(secrets.token_bytes(_SECRET_SIZE))

    def identity_hash(self, kind: str, text: str) -> bytes:
        """Keyed hash of an identity number, name or phone; equal for spellings that people hold equal."""
        plain = "".join(unicodedata.normalize("NFKC", text).upper().split())
        return self._hash(b"identity", f"{kind}|{plain}")

    def code_hash(self, code: str) -> bytes:
        """What a pay code or order code is found by."""
        return self._hash(b"code", code)

    def risk_hash(self, kind: str, text: str) -> int:
        """Keyed hash of a device id or a network, a positive number of 63 bits."""
        return int.from_bytes(self._hash(b"risk", f"{kind}|{text}", 8), "big") >> 1 or 1

    def token_hash(self, token: str) -> bytes:
        """What a bearer token is found by."""
        return self._hash(b"token", token)

    def party_token(self, party_id: str, epoch: int) -> str:
        """The bearer token of a party; a new epoch makes a new one."""
        return "mst_" + self._hash(b"make-token", f"{party_id}|{epoch}", 24).hex()

    def binding_code(self, binding_id: int) -> str:
        """The six digits that are sent to a person to confirm a binding."""
        return self._digits(b"binding-code", binding_id, 6)

    def pay_code(self, pay_code_id: int) -> str:
        """The 28 digits that a patient shows."""
        return _PAY_CODE_PREFIX + self._digits(b"pay-code", pay_code_id, _CODE_DIGITS - len(_PAY_CODE_PREFIX))

    def order_code(self, order_id: int) -> str:
        """The 28 digits of an order's own code, which a patient scans."""
        return _ORDER_CODE_PREFIX + self._digits(b"order-code", order_id, _CODE_DIGITS - len(_ORDER_CODE_PREFIX))

    def same(self, left: str, right: str) -> bool:
        """Compares two codes in a time that does not depend on where they differ."""
        return hmac.compare_digest(left.encode(), right.encode())

    def _digits(self, purpose: bytes, number: int, count: int) -> str:
        return str(int.from_bytes(self._hash(purpose, str(number), 32), "big") % 10**count).zfill(count)

    def _hash(self, purpose: bytes, text: str, size: int = 16) -> bytes:
        return hashlib.blake2b(text.encode(), digest_size=size, key=self.secret, person=purpose).digest()
