"""Policies: a region's benefit rules, published as one document and in force from the next batch on."""

from typing import NamedTuple

import orjson

from core.commands import Result
from core.ledger import Ledger
from gateway.engine.work import Desk, Work
from gateway.errors import Refusal
from gateway.ids import key_of
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.reasons import Reason
from gateway.security.request_key import Key
from gateway.stores.base import PolicyRow


class PolicyFacts(NamedTuple):
    """A document that has passed every check of core.rules."""

    region: int
    version: str
    file: str
    document: bytes


class PutPolicy(Work):
    """A document published."""

    method = "PutPolicy"

    def __init__(self, caller_key: int, facts: PolicyFacts, ledger: Ledger, key: Key, deadline: float | None) -> None:
        super().__init__(caller_key, key, deadline)
        self._facts = facts
        self._ledger = ledger
        self.locks = frozenset({("policy", facts.region)})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Puts the document beside the region's earlier ones, as the newest; the same document again only moves up."""
        facts = self._facts
        newest = desk.store.policy(facts.region)
        put_at_ms = max(desk.found.now_ms, newest.put_at_ms + 1 if newest else 0)
        desk.store.insert_policy(policy_row(facts, put_at_ms))
        return pb.PutPolicyResponse(region_code=f"{facts.region:06d}", policy_version=facts.version).SerializeToString()

    def committed(self) -> None:
        """The next batch splits by it."""
        row = policy_row(self._facts, 0)
        self._ledger.pricer.rules.put(orjson.loads(row.document), row.file)
        self._ledger.set_policy(row.region, row.policy_id)


class ReadPolicy(Work):
    """A published document: the one in force, or the newest that calls itself by a version."""

    method = "GetPolicy"

    def __init__(self, caller_key: int, region: int, version: str, deadline: float | None) -> None:
        super().__init__(caller_key, None, deadline)
        self._region = region
        self._version = version

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The document byte for byte."""
        row = desk.store.policy(self._region, self._version)
        if row is None:
            code = f"{self._region:06d}"
            if self._version and desk.store.policy(self._region):
                message = f"region {code} has no policy of this version: leave it empty for the one in force"
                raise Refusal(Reason.REGION_UNKNOWN, message, field="policy_version", region_code=code)
            raise Refusal(Reason.REGION_UNKNOWN, region_code=code)
        return pb.GetPolicyResponse(
            region_code=f"{row.region:06d}",
            policy_version=row.version,
            document=row.document,
            file_name=row.file,
            published_at_ms=row.put_at_ms,
        ).SerializeToString()


def policy_row(facts: PolicyFacts, put_at_ms: int) -> PolicyRow:
    """A document's row; its id follows from what it says, so that equal documents are one policy."""
    policy_id = key_of(f"{facts.region}|{facts.document.hex()}")
    return PolicyRow(policy_id, facts.region, facts.version, facts.file, facts.document, put_at_ms)
