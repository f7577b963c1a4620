"""Refusals, and the one table that takes them to the wire.

    Refusal          the call was not executed: nothing of it was written, and it may be repeated as it is
      reason         a Reason; what it means, whether a repeat helps and who has to act stand in error_reason.proto
      message        what was wrong and what to do; never SQL, a path or a person
      metadata       every dynamic value of the message

A decided outcome (a payment whose cash must be returned) is no refusal: it is journalled and answered with OK.
"""

from typing import NamedTuple

from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from gateway.pb.medsettle.v1 import error_reason_pb2
from gateway.reasons import Reason

DOMAIN = "medsettle.v1"
RETRY_AFTER_MS = 200  # where a refusal names no time of its own


class Refusal(Exception):
    """A call, or one row of it, that was not executed."""

    def __init__(self, reason: int, message: str = "", **metadata: object) -> None:
        self.reason = Reason(reason)
        self.metadata = {name: str(value) for name, value in metadata.items()}
        self.retry_after_ms = int(self.metadata.get("retry_after_ms", RETRY_AFTER_MS))
        self.message = message or facts_of(self.reason).default_message
        super().__init__(f"{self.reason.name}: {self.message}")


class ReasonFacts(NamedTuple):
    """What the contract says of a reason."""

    grpc_code: int
    retryable: bool
    default_message: str


def facts_of(reason: Reason) -> ReasonFacts:
    """The facts of a reason, from the proto's own options."""
    return _FACTS[reason]


def invalid(field: str, rule: str) -> Refusal:
    """A field that breaks a rule of the contract. `rule` says what holds; the value is not repeated."""
    return Refusal(Reason.FIELD_INVALID, f"{field} {rule}", field=field, rule=rule)


def status_of(refusal: Refusal) -> status_pb2.Status:
    """The wire form of a refusal: a status with exactly one ErrorInfo, and RetryInfo where a later repeat helps."""
    facts = facts_of(refusal.reason)
    details = [
        _packed(error_details_pb2.ErrorInfo(reason=refusal.reason.name, domain=DOMAIN, metadata=refusal.metadata))
    ]
    if facts.retryable:
        delay = duration_pb2.Duration(
            seconds=refusal.retry_after_ms // 1000, nanos=refusal.retry_after_ms % 1000 * 1_000_000
        )
        details.append(_packed(error_details_pb2.RetryInfo(retry_delay=delay)))
    return status_pb2.Status(code=facts.grpc_code, message=refusal.message, details=details)


def _packed(detail: error_details_pb2.ErrorInfo | error_details_pb2.RetryInfo) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed


def _facts() -> dict[Reason, ReasonFacts]:
    facts = {}
    for value in error_reason_pb2.ErrorReason.DESCRIPTOR.values:
        if value.number == 0:
            continue
        options: error_reason_pb2.ReasonFacts = value.GetOptions().Extensions[error_reason_pb2.reason_facts]  # type: ignore[index]
        words = value.name.removeprefix("ERROR_REASON_").replace("_", " ").lower()
        facts[Reason(value.number)] = ReasonFacts(options.grpc_code, options.retryable, f"{words}: {options.mend}")
    return facts


_FACTS = _facts()
