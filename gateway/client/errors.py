"""The one exception of the client library, and how it is read from a status or from a payment's result.

MedSettleError     the call has no answer
  reason           a name of ErrorReason without its prefix ("QUOTE_CHANGED"); empty: the runtime itself failed the
                   call, or the client did, and whether the gateway executed it is not known
  retryable        whether the same request may help later, by the error's own word
"""

from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from gateway.errors import DOMAIN, facts_of
from gateway.pb.medsettle.v1 import error_reason_pb2, payment_service_pb2
from gateway.reasons import Reason

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_PREFIX = "ERROR_REASON_"
# What the runtime says when the way to the gateway broke or the time ran out: nothing was decided.
_INTERRUPTIONS = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


class MedSettleError(Exception):
    """A call that was refused, or that got no answer.

    Attributes:
        code: the status code.
        reason: why the gateway refused it, by the name of ErrorReason without prefix; empty when it did not.
        message: what was wrong and what to do.
        metadata: every dynamic value of the message.
        retry_after_ms: how long to wait before the same request, in milliseconds; None when the gateway names no time.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str = "",
        message: str = "",
        metadata: dict[str, str] | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(f"{reason or code.name}: {message}" if message else reason or code.name)
        self.code = code
        self.reason = reason
        self.message = message
        self.metadata = metadata or {}
        self.retry_after_ms = retry_after_ms

    def __reduce__(self) -> tuple[Any, ...]:
        # Copied for each payment of a call that failed, and carried between processes by load tests.
        return MedSettleError, (self.code, self.reason, self.message, self.metadata, self.retry_after_ms)

    @property
    def field(self) -> str:
        """The field of the request that the refusal is about; empty when it is about none."""
        return self.metadata.get("field", "")

    @property
    def retryable(self) -> bool:
        """Whether the same request may help later: RetryInfo says so, or the call was interrupted."""
        return self.retry_after_ms is not None if self.reason else self.code in _INTERRUPTIONS


def error_of(failed: grpc.RpcError) -> MedSettleError:
    """The error in a failed call, of either kind of channel."""
    call: Any = failed
    try:
        status = rpc_status.from_call(call)
    except ValueError:  # the details tell of another status than the call's: not ours
        status = None
    info, retry, reason = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo(), ""
    retry_after_ms: int | None = None
    for detail in status.details if status is not None else ():
        if detail.Unpack(info):
            reason = info.reason if info.domain == DOMAIN else ""
        elif detail.Unpack(retry):
            retry_after_ms = retry.retry_delay.ToMilliseconds()
    return MedSettleError(
        call.code(), reason, call.details() or "", dict(info.metadata) if reason else {}, retry_after_ms
    )


def error_of_result(result: payment_service_pb2.BatchPayResult) -> MedSettleError:
    """The error of a payment that was refused inside a BatchPay."""
    code, message = grpc.StatusCode.UNKNOWN, "refused for a reason that this client is too old to know"
    if result.refusal in error_reason_pb2.ErrorReason.values():
        facts = facts_of(Reason(result.refusal))
        code, message = _CODES[facts.grpc_code], facts.default_message
    return MedSettleError(
        code,
        reason_name(result.refusal),
        message,
        {"field": result.field} if result.field else {},
        result.retry_after_ms or None,
    )


def reason_name(number: int) -> str:
    """The name of an ErrorReason without its prefix; empty for none, the number for one that came later."""
    if number == error_reason_pb2.ERROR_REASON_UNSPECIFIED:
        return ""
    if number not in error_reason_pb2.ErrorReason.values():
        return str(number)
    return error_reason_pb2.ErrorReason.Name(number).removeprefix(_PREFIX)
