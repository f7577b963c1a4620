"""What a channel tells of who is paying and where: checked, and hashed before anything keeps it."""

import ipaddress
from typing import NamedTuple

from core.risk.features import Signals
from gateway.errors import invalid
from gateway.pb.medsettle.v1 import enums_pb2, types_pb2
from gateway.reasons import Reason
from gateway.risk.lists import RiskLists
from gateway.security.secrets import Secrets
from gateway.servicers import fields
from gateway.stores.base import BindingRow

_PREFIXES = {4: 24, 6: 48}  # bits of an address that name its network
_PRESENCE = {enums_pb2.USER_PRESENCE_PRESENT: 1, enums_pb2.USER_PRESENCE_ABSENT: 0}
DEVICE_SIZE_MAX = 128


class Told(NamedTuple):
    """Checked signals; see core.risk.features.Signals for the numbers."""

    device: int = 0
    network: int = 0
    latitude_e6: int = 0
    longitude_e6: int = 0
    assurance: int = 0
    user_present: int = -1
    proof_of: int = 0
    proof: int = 0


NOTHING_TOLD = Told()


def told_of(message: types_pb2.RiskSignals, secrets: Secrets) -> Told:
    """The signals of a request.

    Raises:
        Refusal: FIELD_INVALID, for the first field that breaks its rule.
    """
    field = "risk_signals."
    device = fields.text(f"{field}device_id", message.device_id, 0, DEVICE_SIZE_MAX)
    place = message.location
    if not -90_000_000 <= place.latitude_e6 <= 90_000_000:
        raise invalid(f"{field}location.latitude_e6", "must be -90,000,000 to 90,000,000 micro-degrees")
    if not -180_000_000 <= place.longitude_e6 <= 180_000_000:
        raise invalid(f"{field}location.longitude_e6", "must be -180,000,000 to 180,000,000 micro-degrees")
    if message.login_assurance not in enums_pb2.LoginAssurance.values():
        raise invalid(f"{field}login_assurance", "must be a value of LoginAssurance")
    if message.user_presence not in enums_pb2.UserPresence.values():
        raise invalid(f"{field}user_presence", "must be a value of UserPresence")
    proof_of = 0
    if message.HasField("proof"):
        proof_of = fields.number_of_id(
            f"{field}proof.assessment_id", "a", message.proof.assessment_id, Reason.RISK_PROOF_UNKNOWN
        )
        fields.choice(f"{field}proof.kind", message.proof.kind, enums_pb2.ProofKind)
        fields.text(f"{field}proof.reference", message.proof.reference, 1, 64)
    return Told(
        secrets.risk_hash("device", device) if device else 0,
        network_hash(f"{field}ip_address", message.ip_address, secrets) if message.ip_address else 0,
        place.latitude_e6,
        place.longitude_e6,
        message.login_assurance,
        _PRESENCE.get(message.user_presence, -1),
        proof_of,
        1 << message.proof.kind - 1 if proof_of else 0,
    )


def network_hash(field: str, address: str, secrets: Secrets) -> int:
    """The hash of the network that an address belongs to: 24 bits of IPv4, 48 of IPv6.

    Raises:
        Refusal: FIELD_INVALID, for what is no address.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        raise invalid(field, "must be an IPv4 or IPv6 address") from None
    network = ipaddress.ip_network((parsed, _PREFIXES[parsed.version]), strict=False)
    return secrets.risk_hash("network", str(network))


def signals_of(told: Told, lists: RiskLists, binding: BindingRow, institution_id: int, now_ms: int) -> Signals:
    """What the core is told of a payment: the channel's signals, the binding's age, and what the lists say."""
    hit = lists.hit(binding.person_id, institution_id, told.device, told.network, now_ms)
    return Signals(
        told.device,
        told.network,
        told.latitude_e6,
        told.longitude_e6,
        told.assurance,
        told.user_present,
        binding.confirmed_at_ms,
        hit.listed,
        hit.watched,
        told.proof_of,
        told.proof,
    )
