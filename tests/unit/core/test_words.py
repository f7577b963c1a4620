"""Numbers that stand in two places are the same number."""

import pytest

from core import words
from gateway.pb.medsettle.v1 import enums_pb2, error_reason_pb2, payment_service_pb2
from gateway.reasons import Reason
from gateway.security.roles import ROLES

SHARED = [
    (words.OrderState, "ORDER_", "ORDER_STATE_", enums_pb2.OrderState),
    (words.LegState, "LEG_", "LEG_STATE_", enums_pb2.LegState),
    (words.OrderKind, "KIND_", "ORDER_KIND_", enums_pb2.OrderKind),
    (words.Service, "SERVICE_", "SERVICE_", enums_pb2.Service),
    (words.TenderKind, "TENDER_", "TENDER_KIND_", enums_pb2.TenderKind),
    (words.Role, "ROLE_", "ROLE_", enums_pb2.Role),
    (words.UserAuthentication, "AUTHENTICATION_", "USER_AUTHENTICATION_", enums_pb2.UserAuthentication),
]


@pytest.mark.parametrize(("core_enum", "core_prefix", "prefix", "contract"), SHARED, ids=lambda value: str(value)[:24])
def test_the_core_uses_the_contracts_numbers(
    core_enum: object, core_prefix: str, prefix: str, contract: object
) -> None:
    ours = {member.name.removeprefix(core_prefix): int(member) for member in core_enum}  # type: ignore[attr-defined]
    theirs = {name.removeprefix(prefix): number for name, number in contract.items() if number}  # type: ignore[attr-defined]
    assert ours == theirs


def test_reasons_are_the_contracts() -> None:
    theirs = {name.removeprefix("ERROR_REASON_"): number for name, number in error_reason_pb2.ErrorReason.items()}
    assert {reason.name: int(reason) for reason in Reason} == theirs
    core = {member.name: int(member) for member in words.Reason if member.name not in ("DONE", "ORDER_IS_CLOSED")}
    assert core.items() <= theirs.items()
    assert words.Reason.ORDER_IS_CLOSED == Reason.ORDER_CLOSED


def test_journal_events_are_the_streams() -> None:
    theirs = {
        name.removeprefix("ORDER_EVENT_KIND_"): number
        for name, number in payment_service_pb2.OrderEventKind.items()
        if number
    }
    ours = {
        member.name.removeprefix("EVENT_ORDER_").removeprefix("EVENT_"): int(member)
        for member in words.EventKind
        if member.name != "EVENT_DESK"
    }
    assert ours == theirs


def test_every_rpc_has_its_roles_and_no_channel_may_write_a_bill() -> None:
    from gateway.pb.medsettle.v1 import (
        account_service_pb2,
        binding_service_pb2,
        operator_service_pb2,
        risk_service_pb2,
        settlement_service_pb2,
    )

    files = (
        account_service_pb2,
        binding_service_pb2,
        operator_service_pb2,
        risk_service_pb2,
        settlement_service_pb2,
        payment_service_pb2,
    )
    methods = {
        f"{service.name}/{method.name}"
        for file in files
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    assert set(ROLES) == methods
    assert enums_pb2.ROLE_CHANNEL not in ROLES["PaymentService/CreateOrder"]
    mutating = {name for name in ROLES if not name.split("/")[1].startswith(("Get", "List", "Watch", "Download"))}
    assert all(enums_pb2.ROLE_MESH not in ROLES[name] for name in mutating)
