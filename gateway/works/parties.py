"""Who may call and for whom: parties with their tokens, and the institutions they act for.

A token is made from the gateway's secret, the party's id and an epoch; what is stored is its hash. In the journal the
epoch stands where the answer has the token, so that a repeated request is answered alike and a copy of the store
holds no token.
"""

from typing import NamedTuple

from core.commands import Result
from core.ledger import Ledger
from gateway.clock import Clock
from gateway.directory import Directory
from gateway.engine.work import Desk, Work
from gateway.errors import Refusal, invalid
from gateway.ids import key_of
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.reasons import Reason
from gateway.security.request_key import Key
from gateway.security.secrets import Secrets
from gateway.stores.base import InstitutionRow, PartyRow, Store

BUREAU_ID = "bureau"
_FIRST_EPOCH = 1
_FIRST_WINDOW = 1


class PartyFacts(NamedTuple):
    """A checked PutParty."""

    party_id: str
    role: int
    name: str
    suspended: bool
    rotate_token: bool


class PutParty(Work):
    """A party admitted or changed."""

    method = "PutParty"

    def __init__(
        self,
        caller_key: int,
        facts: PartyFacts,
        secrets: Secrets,
        directory: Directory,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(caller_key, key, deadline)
        self._facts = facts
        self._secrets = secrets
        self._directory = directory
        self._row: PartyRow | None = None
        self._party_key = key_of(facts.party_id)
        self.locks = frozenset({("party", self._party_key)})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Writes the party; makes a token for a new one, and where one is asked for."""
        facts, now_ms = self._facts, desk.found.now_ms
        before = self._directory.party(self._party_key)
        if before is None:
            epoch, created_at_ms = _FIRST_EPOCH, now_ms
        else:
            assert before.party_id == facts.party_id, "two party ids with one key"
            if before.role != facts.role:
                raise invalid("role", "must be what it was when the party was admitted")
            epoch, created_at_ms = before.token_epoch + facts.rotate_token, before.created_at_ms
        made = before is None or facts.rotate_token
        if before is None or made:
            token_hash = self._secrets.token_hash(self._secrets.party_token(facts.party_id, epoch))
            token_created_at_ms = now_ms
        else:
            token_hash, token_created_at_ms = before.token_hash, before.token_created_at_ms
        self._row = PartyRow(
            self._party_key,
            facts.party_id,
            facts.role,
            facts.name,
            int(facts.suspended),
            epoch,
            token_hash,
            created_at_ms,
            token_created_at_ms,
        )
        desk.store.put_party(self._row)
        return pb.PutPartyResponse(party=party_message(self._row), token=str(epoch) if made else "").SerializeToString()

    def committed(self) -> None:
        """From now on the party may call with its token, and with no other."""
        assert self._row is not None
        self._directory.put_party(self._row)


class InstitutionFacts(NamedTuple):
    """A checked PutInstitution."""

    institution_id: str
    party_id: str
    name: str
    level: int
    region: int
    scenarios: list[int]
    suspended: bool


class PutInstitution(Work):
    """An institution admitted or changed; its clearing goes on where it was."""

    method = "PutInstitution"

    def __init__(
        self,
        caller_key: int,
        facts: InstitutionFacts,
        directory: Directory,
        ledger: Ledger,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(caller_key, key, deadline)
        self._facts = facts
        self._directory = directory
        self._ledger = ledger
        self._row: InstitutionRow | None = None
        self._institution_key = key_of(facts.institution_id)
        self.locks = frozenset({("institution", self._institution_key)})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Writes the institution."""
        facts = self._facts
        party = self._directory.party(key_of(facts.party_id))
        if party is None:
            raise Refusal(Reason.PARTY_NOT_FOUND, field="party_id")
        if party.role != enums_pb2.ROLE_INSTITUTION:
            raise invalid("party_id", "must be that of a party of role INSTITUTION")
        before = self._directory.institution(self._institution_key)
        assert before is None or before.institution_id == facts.institution_id, "two institution ids with one key"
        if before is not None and before.party_key != party.party_key:
            # Its orders belong to the party that made them: another one could neither refund nor read them.
            raise invalid("party_id", "must be what it was when the institution was admitted; rotate the party's token")
        self._row = InstitutionRow(
            self._institution_key,
            facts.institution_id,
            party.party_key,
            facts.name,
            facts.level,
            facts.region,
            int(facts.suspended),
            before.open_window if before else _FIRST_WINDOW,
            before.window_opened_at_ms if before else 0,
            ",".join(map(str, facts.scenarios)),
            before.created_at_ms if before else desk.found.now_ms,
        )
        desk.store.put_institution(self._row)
        return pb.PutInstitutionResponse(
            institution=institution_message(self._row, self._directory)
        ).SerializeToString()

    def committed(self) -> None:
        """From now on it may make orders; they are cleared in its open window."""
        assert self._row is not None
        self._directory.put_institution(self._row)
        self._ledger.set_window(self._row.institution_key, self._row.open_window)


def party_message(row: PartyRow) -> pb.Party:
    """A party as the bureau sees it."""
    return pb.Party(
        party_id=row.party_id,
        role=row.role,
        name=row.name,
        suspended=bool(row.suspended),
        created_at_ms=row.created_at_ms,
        token_created_at_ms=row.token_created_at_ms,
    )


def institution_message(row: InstitutionRow, directory: Directory) -> pb.Institution:
    """An institution as the bureau sees it."""
    return pb.Institution(
        institution_id=row.institution_id,
        party_id=directory.party_id(row.party_key),
        name=row.name,
        level=row.level,
        treatment_region_code=f"{row.region:06d}",
        scenarios=scenarios_of(row),
        suspended=bool(row.suspended),
        created_at_ms=row.created_at_ms,
    )


def scenarios_of(row: InstitutionRow) -> list[int]:
    """The scenarios open to an institution, as they were put."""
    return [int(number) for number in row.scenarios.split(",") if number]


def token_of(response: pb.PutPartyResponse, secrets: Secrets) -> str:
    """The token that an answer shows in place of the epoch that is journalled; the empty text where none was made."""
    return secrets.party_token(response.party.party_id, int(response.token)) if response.token else ""


def ensure_bureau(store: Store, secrets: Secrets, clock: Clock, token: str | None = None) -> str | None:
    """Admits the first bureau to a store that has none, before the pipeline starts.

    Args:
        token: its bearer token; None for one made from the secret.

    Returns:
        The token, or None when there is a bureau already.
    """
    if any(party.role == enums_pb2.ROLE_BUREAU for party in store.parties()):
        return None
    token = token or secrets.party_token(BUREAU_ID, _FIRST_EPOCH)
    now_ms = clock.now_ms()
    store.begin()
    store.put_party(
        PartyRow(
            key_of(BUREAU_ID),
            BUREAU_ID,
            enums_pb2.ROLE_BUREAU,
            "Insurance bureau",
            0,
            _FIRST_EPOCH,
            secrets.token_hash(token),
            now_ms,
            now_ms,
        )
    )
    store.commit()
    return token
