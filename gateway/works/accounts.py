"""Accounts: a person's purses and accumulators as of now."""

from typing import NamedTuple

from core.accounts import ACCOUNT_COLUMNS
from core.commands import Result
from core.policy import LookupFailed
from gateway.clock import china_day, day_text
from gateway.engine.work import Desk, Found, Needs, Work
from gateway.errors import Refusal
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import account_service_pb2 as pb
from gateway.pb.medsettle.v1 import enums_pb2, types_pb2
from gateway.reasons import Reason
from gateway.stores.base import Reads
from gateway.works.bindings import own_binding

_GROUPS = (
    ("outpatient", enums_pb2.SERVICE_OUTPATIENT),
    ("inpatient", enums_pb2.SERVICE_INPATIENT),
    ("chronic", enums_pb2.SERVICE_CHRONIC),
)
_OF_THE_YEAR = tuple(
    name
    for name in ACCOUNT_COLUMNS
    if name.startswith(("outpatient_", "inpatient_", "chronic_", "major_")) or name == "stay_count"
)


class OwnerKey(NamedTuple):
    """How a request names the person; exactly one is set."""

    binding_id: int = 0
    person_id: int = 0
    person_no: tuple[int, str] | None = None


class ReadAccount(Work):
    """A person's account. A binding must be the caller's own and active."""

    method = "GetAccount"

    def __init__(self, caller_key: int, owner: OwnerKey, *, shows_person: bool, deadline: float | None) -> None:
        super().__init__(caller_key, None, deadline)
        self._owner = owner
        self._shows_person = shows_person
        self._person_id = 0

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The binding, or the person."""
        owner = self._owner
        if owner.binding_id:
            needs.bindings.add(owner.binding_id)
            return
        if owner.person_no:
            person = store.persons_by_no([owner.person_no]).get(owner.person_no)
            self._person_id = person.person_id if person else 0
        else:
            self._person_id = owner.person_id
        if self._person_id:
            needs.persons.add(self._person_id)

    def resolve(self, found: Found, needs: Needs) -> None:
        """The binding's person."""
        binding = found.bindings.get(self._owner.binding_id)
        if binding is not None:
            self._person_id = binding.person_id
            needs.persons.add(binding.person_id)

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The account."""
        if self._owner.binding_id:
            binding = own_binding(desk.found, self.party_key, self._owner.binding_id)
            if binding.state != enums_pb2.BINDING_STATE_ACTIVE:
                raise Refusal(Reason.BINDING_NOT_ACTIVE, field="binding_id")
        row = desk.found.ledger.accounts.row(self._person_id)
        if row is None:
            raise Refusal(Reason.PERSON_NOT_FOUND, field="person_no" if self._owner.person_no else "person_id")
        account = _as_of(dict(zip(ACCOUNT_COLUMNS, row, strict=True)), desk.found)
        message = pb.Account(
            region_code=f"{account['region']:06d}",
            scheme=account["scheme"],
            status=account["status"],
            current_year_fen=account["current_year_fen"],
            prior_years_fen=account["prior_years_fen"],
            held_fen=account["held_fen"],
            benefit_year_start=day_text(account["year_day"]),
            stay_count=account["stay_count"],
            accumulators=_accumulators(account),
        )
        if self._shows_person:
            person = desk.store.person(self._person_id)
            assert person is not None, "an account has its person"
            message.person_id, message.person_no = id_text("p", person.person_id), person.person_no
        return pb.GetAccountResponse(account=message).SerializeToString()


def _as_of(account: dict[str, int], found: Found) -> dict[str, int]:
    """The account in today's benefit year, as the core will roll it with the next bill."""
    try:
        year_day = found.ledger.pricer.rules.benefit_year_day(f"{account['region']:06d}", china_day(found.now_ms))
    except LookupFailed:
        raise Refusal(Reason.REGION_UNKNOWN, region_code=f"{account['region']:06d}") from None
    if year_day > account["year_day"]:
        if account["year_day"]:
            account["prior_years_fen"] += account["current_year_fen"]
            account["current_year_fen"] = 0
            account.update(dict.fromkeys(_OF_THE_YEAR, 0))
        account["year_day"] = year_day
    return account


def _accumulators(account: dict[str, int]) -> list[types_pb2.Accumulators]:
    groups = []
    for group, service in _GROUPS:
        used = types_pb2.Accumulators(
            deductible_used_fen=account[f"{group}_deductible_fen"],
            in_scope_fen=account[f"{group}_in_scope_fen"],
            pooled_paid_fen=account[f"{group}_pooled_fen"],
        )
        if used.ByteSize():
            used.service = service
            used.major_in_scope_fen = account["major_in_scope_fen"]
            used.major_paid_fen = account["major_paid_fen"]
            groups.append(used)
    return groups
