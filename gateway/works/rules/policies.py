"""Policies: a region's benefit rules, stored as drafts, put in force one version after another, and read."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import orjson

from core import rules
from core.commands import Result
from core.ledger import Ledger
from core.policy import LookupFailed
from core.rules.versions import Version, VersionConflict, placed, version_of
from gateway.clock import china_day
from gateway.engine.work import Desk, Work
from gateway.errors import Refusal
from gateway.ids import key_of
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.reasons import Reason
from gateway.replay.proof import Proof, invalid_document, mismatch, not_found, required
from gateway.security.request_key import Key
from gateway.stores.base import ActivationRow, PolicyRow, Reads

_IN_FORCE = enums_pb2.POLICY_STATE_IN_FORCE


class PolicyFacts(NamedTuple):
    """A document that has passed every check of core.rules."""

    region: int
    version: str
    file: str
    document: bytes


class PutPolicy(Work):
    """A draft stored."""

    method = "PutPolicy"

    def __init__(self, caller_key: int, facts: PolicyFacts, key: Key, deadline: float | None) -> None:
        super().__init__(caller_key, key, deadline)
        self._facts = facts
        self.locks = frozenset({("policy", facts.region)})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Puts the document beside the region's others, as the one put last."""
        facts = self._facts
        put_at_ms = max([desk.found.now_ms, *(row.put_at_ms + 1 for row in desk.store.policies(facts.region))])
        row = policy_row(facts, put_at_ms)
        desk.store.insert_policy(row)
        return pb.PutPolicyResponse(
            region_code=f"{facts.region:06d}", policy_version=facts.version, document_digest=row.digest
        ).SerializeToString()


class ActivatePolicy(Work):
    """A document put in force.

    Args:
        proof: what the gateway's own replay says to the request's; None where the request names none.
    """

    method = "ActivatePolicy"

    def __init__(
        self,
        caller_key: int,
        region: int,
        digest: str,
        proof: Proof | None,
        ledger: Ledger,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(caller_key, key, deadline)
        self._region = region
        self._digest = digest
        self._proof = proof
        self._ledger = ledger
        self._activated: PolicyRow | None = None
        self.locks = frozenset({("policy", region)})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Notes the activation; nothing of it where the document is in force already."""
        self._activated = None
        row = desk.store.policy_by_digest(self._region, self._digest)
        if row is None:
            raise not_found(self._region)
        line = self._ledger.pricer.rules.line(f"{self._region:06d}")
        if all(version.policy_id != row.policy_id for version in line):
            line = self._fitting(row, line)
            self._check_proof(desk.store)
            proof = self._proof or Proof("", b"", (), None)
            desk.store.insert_activation(
                ActivationRow(self._region, desk.batch, row.policy_id, desk.found.now_ms, proof.digest, proof.report)
            )
            self._activated = row
        return pb.ActivatePolicyResponse(
            region_code=f"{self._region:06d}",
            versions=[message for message in version_messages(desk.store, self._region, line) if _in_force(message)],
        ).SerializeToString()

    def committed(self) -> None:
        """From the next batch on it prices what is in its period."""
        row = self._activated
        if row is not None:
            self._ledger.pricer.rules.put(orjson.loads(row.document), row.file, row.policy_id)

    def _fitting(self, row: PolicyRow, line: list[Version]) -> list[Version]:
        """The versions in force with the document among them."""
        document = orjson.loads(row.document)
        problems = rules.check(document, row.file)
        if problems:
            raise invalid_document(problems[0])
        try:
            return placed(line, version_of(document, row.policy_id))
        except VersionConflict as conflict:
            raise Refusal(
                Reason.POLICY_DATES_CONFLICT,
                conflict.message,
                region_code=f"{self._region:06d}",
                policy_version=conflict.beside.document.get("version", ""),
                date=conflict.date,
            ) from None

    def _check_proof(self, store: Reads) -> None:
        """The replay is the gateway's own, over the versions that are in force now."""
        before = self._ledger.pricer.rules.line(f"{self._region:06d}")
        if self._proof is None:
            if before:
                raise required(self._region)
            return
        if self._proof.refusal is not None:
            # A region without a version has nothing to compare with: whatever a request says of it is as good as none.
            if before:
                raise self._proof.refusal
            self._proof = None
            return
        digests = []
        for version in before:
            held = store.policy_by_id(version.policy_id)
            assert held is not None, "a version in force is in the store"
            digests.append(held.digest)
        if tuple(digests) != self._proof.in_force:
            raise mismatch(self._region)


class ReadPolicy(Work):
    """A document: the one that prices today's services, or the newest that calls itself by a version."""

    method = "GetPolicy"

    def __init__(self, caller_key: int, region: int, version: str, deadline: float | None) -> None:
        super().__init__(caller_key, None, deadline)
        self._region = region
        self._version = version

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The document byte for byte."""
        row = self._named(desk) if self._version else self._of_today(desk)
        return pb.GetPolicyResponse(
            region_code=f"{row.region:06d}",
            policy_version=row.version,
            document=row.document,
            file_name=row.file,
            published_at_ms=row.put_at_ms,
            document_digest=row.digest,
        ).SerializeToString()

    def _named(self, desk: Desk) -> PolicyRow:
        row = desk.store.policy(self._region, self._version)
        if row is None:
            code = f"{self._region:06d}"
            message = f"region {code} has no policy of this version: leave it empty for the one in force"
            raise Refusal(Reason.REGION_UNKNOWN, message, field="policy_version", region_code=code)
        return row

    def _of_today(self, desk: Desk) -> PolicyRow:
        code = f"{self._region:06d}"
        try:
            version = desk.found.ledger.pricer.rules.version(code, china_day(desk.found.now_ms))
        except LookupFailed as failure:
            raise Refusal(failure.reason, region_code=code) from None
        row = desk.store.policy_by_id(version.policy_id)
        assert row is not None, "a version in force is in the store"
        return row


class ListPolicies(Work):
    """All versions of a region."""

    method = "ListPolicies"

    def __init__(self, caller_key: int, region: int, deadline: float | None) -> None:
        super().__init__(caller_key, None, deadline)
        self._region = region

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Those in force first."""
        line = desk.found.ledger.pricer.rules.line(f"{self._region:06d}")
        return pb.ListPoliciesResponse(versions=version_messages(desk.store, self._region, line)).SerializeToString()


def version_messages(store: Reads, region: int, line: Iterable[Version]) -> list[pb.PolicyVersion]:
    """A region's versions as the bureau sees them: those of the line, then the others in the order of their putting."""
    line = list(line)
    last = {activation.policy_id: activation for activation in store.activations(region)}
    rows = {row.policy_id: row for row in store.policies(region)}
    messages = []
    for index, version in enumerate(line):
        message = _message(rows.pop(version.policy_id), version, last.get(version.policy_id), _IN_FORCE)
        if not message.effective_to and index + 1 < len(line):
            message.effective_to = line[index + 1].start
        messages.append(message)
    for row in rows.values():
        activation = last.get(row.policy_id)
        state = enums_pb2.POLICY_STATE_REPLACED if activation else enums_pb2.POLICY_STATE_DRAFT
        messages.append(_message(row, version_of(orjson.loads(row.document)), activation, state))
    return messages


def policy_row(facts: PolicyFacts, put_at_ms: int) -> PolicyRow:
    """A document's row; its id follows from what it says, so that equal documents are one policy."""
    policy_id = key_of(f"{facts.region}|{facts.document.hex()}")
    digest = hashlib.sha256(facts.document).hexdigest()
    return PolicyRow(policy_id, facts.region, facts.version, facts.file, facts.document, put_at_ms, digest)


def _message(row: PolicyRow, version: Version, activation: ActivationRow | None, state: int) -> pb.PolicyVersion:
    return pb.PolicyVersion(
        policy_version=row.version,
        document_digest=row.digest,
        state=state,
        effective_from=version.effective_from,
        effective_to=version.end or "",
        file_name=row.file,
        put_at_ms=row.put_at_ms,
        activated_at_ms=activation.activated_at_ms if activation else 0,
        report_digest=activation.replay_digest if activation else "",
    )


def _in_force(message: pb.PolicyVersion) -> bool:
    return message.state == _IN_FORCE
