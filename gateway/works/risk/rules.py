"""Lists, models and policies of risk: put, put in force, read."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from core.commands import Command, Result
from core.risk.bundle import BundleError, read_bundle
from core.risk.meanings import FEATURES
from gateway.engine.work import Desk, Found, Work
from gateway.errors import Refusal, invalid
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import risk_service_pb2 as pb
from gateway.reasons import Reason
from gateway.risk.backtest import backtest, changed_permille
from gateway.risk.book import RiskBook, compiled, digest_of, parsed_bundle
from gateway.risk.lists import RiskLists
from gateway.security.request_key import Key
from gateway.stores.risk_rows import ListRow, RiskActivationRow, RiskPolicyRow

_NO_ID = 1 << 62
_COMPARED = 1000  # of the last payments, before a policy is put in force


class Entry(NamedTuple):
    """A checked list entry. A person is named by region and number until the batch finds them."""

    kind: int
    value: int
    person: tuple[int, str] | None
    effect: int
    reason: str
    author: str
    expires_at_ms: int


class PutListEntries(Work):
    """Entries added to the lists, all or none."""

    method = "PutListEntries"

    def __init__(
        self, party_key: int, entries: Sequence[Entry], lists: RiskLists, key: Key, deadline: float | None
    ) -> None:
        super().__init__(party_key, key, deadline)
        self._entries = entries
        self._lists = lists
        self._rows: list[ListRow] = []
        self.locks = frozenset({"risk_lists"})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Finds the persons and writes the entries."""
        persons = desk.store.persons_by_no({one.person for one in self._entries if one.person})
        rows = []
        for index, entry in enumerate(self._entries):
            value = entry.value
            if entry.person is not None:
                person = persons.get(entry.person)
                if person is None:
                    raise invalid(f"entries[{index}].value", "must name a person whom the gateway knows")
                value = person.person_id
            rows.append(
                ListRow(entry.kind, value, entry.effect, entry.reason, entry.author, entry.expires_at_ms, desk.batch)
            )
        desk.store.put_list_entries(rows)
        self._rows = rows
        return pb.PutListEntriesResponse(entry_count=len(rows)).SerializeToString()

    def committed(self) -> None:
        """From the next batch on they count."""
        self._lists.put(self._rows)


class DeleteListEntry(Work):
    """An entry taken out."""

    method = "DeleteListEntry"

    def __init__(self, party_key: int, entry: Entry, lists: RiskLists, key: Key, deadline: float | None) -> None:
        super().__init__(party_key, key, deadline)
        self._entry = entry
        self._lists = lists
        self._value = 0
        self.locks = frozenset({"risk_lists"})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Takes it out of the store."""
        entry = self._entry
        self._value = entry.value
        if entry.person is not None:
            person = desk.store.persons_by_no([entry.person]).get(entry.person)
            self._value = person.person_id if person else 0
        if not desk.store.delete_list_entry(entry.kind, self._value, entry.effect):
            raise Refusal(Reason.LIST_ENTRY_NOT_FOUND, field="value")
        return pb.DeleteListEntryResponse().SerializeToString()

    def committed(self) -> None:
        """From the next batch on it no longer counts."""
        self._lists.delete(self._entry.kind, self._value, self._entry.effect)


class ListListEntries(Work):
    """A page of the lists."""

    method = "ListListEntries"

    def __init__(self, party_key: int, after: tuple[int, int, int], limit: int, deadline: float | None) -> None:
        super().__init__(party_key, None, deadline)
        self._after = after
        self._limit = limit

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Entries by kind, value and effect."""
        rows = desk.store.list_entries(self._after, self._limit + 1)
        more, rows = len(rows) > self._limit, rows[: self._limit]
        entries = [
            pb.RiskListEntry(
                kind=enums_pb2.RiskListKind.Name(row.kind),
                effect=enums_pb2.RiskListEffect.Name(row.effect),
                reason=row.reason,
                author=row.author,
                expires_at_ms=row.expires_at_ms,
                value_hash=f"{row.value:016x}",
            )
            for row in rows
        ]
        token = ".".join(map(str, rows[-1][:3])) if more else ""
        return pb.ListListEntriesResponse(entries=entries, next_page_token=token).SerializeToString()


class PutRiskModel(Work):
    """A model bundle, whose samples came to their scores."""

    method = "PutRiskModel"

    def __init__(self, party_key: int, document: bytes, key: Key, deadline: float | None) -> None:
        super().__init__(party_key, key, deadline)
        self._document = document
        self.locks = frozenset({"risk_policies"})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Writes it, once for equal bytes."""
        sha256 = digest_of(self._document)
        desk.store.put_risk_model(sha256, self._document, desk.found.now_ms)
        return pb.PutRiskModelResponse(sha256=sha256).SerializeToString()


def check_model(document: bytes) -> None:
    """Refuses a bundle that could not be used.

    Raises:
        Refusal: RISK_MODEL_INVALID.
    """
    try:
        read_bundle(parsed_bundle(document), FEATURES)
    except BundleError as error:
        raise Refusal(Reason.RISK_MODEL_INVALID, str(error), field="document") from error


class PutRiskPolicy(Work):
    """A risk policy, in force as nothing yet."""

    method = "PutRiskPolicy"

    def __init__(self, party_key: int, document: bytes, key: Key, deadline: float | None) -> None:
        super().__init__(party_key, key, deadline)
        self._document = document
        self.locks = frozenset({"risk_policies"})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Writes it, once for equal bytes, after it was compiled with its model."""
        digest = digest_of(self._document)
        known = desk.store.risk_policies()
        row = next((one for one in known if one.digest == digest), None)
        if row is None:
            compiled(desk.store, orjson.loads(self._document), 0)
            row = RiskPolicyRow(len(known) + 1, digest, self._document, desk.found.now_ms)
            desk.store.insert_risk_policy(row)
        return pb.PutRiskPolicyResponse(risk_policy_id=id_text("k", row.risk_policy_id)).SerializeToString()


class ActivateRiskPolicy(Work):
    """A policy put in force in a role, or none."""

    method = "ActivateRiskPolicy"

    def __init__(
        self,
        party_key: int,
        risk_policy_id: int,
        role: int,
        share_permille: int,
        book: RiskBook,
        key: Key,
        deadline: float | None,
        *,
        force: bool,
    ) -> None:
        super().__init__(party_key, key, deadline)
        self._wanted = (role, risk_policy_id, share_permille)
        self._force = force
        self._book = book
        self._row: RiskActivationRow | None = None
        self._desk: Desk | None = None
        self.locks = frozenset({"risk_policies"})

    def commands(self, found: Found) -> list[Command]:
        """Nothing of the core's; refused where risk is off."""
        _ = self._book.assessor
        return []

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Tries the policy on the last payments, and writes that it is in force."""
        role, risk_policy_id, share = self._wanted
        changed = 0
        if risk_policy_id:
            policy = self._book.policy(desk.store, risk_policy_id)
            last = desk.store.assessments(_NO_ID, _COMPARED, order_id=0, open_only=False)
            changed = changed_permille(backtest(policy, last, {}))
            most = policy.document["limits"]["change_permille"]
            if role != enums_pb2.RISK_POLICY_ROLE_SHADOW and changed > most and not self._force:
                message = f"{changed} of 1,000 of the last payments would be decided otherwise, more than {most}"
                raise Refusal(Reason.RISK_CHANGE_TOO_LARGE, message, changed_permille=changed, maximum_permille=most)
        self._row = RiskActivationRow(desk.batch, role, risk_policy_id, share, int(self._force), desk.found.now_ms)
        self._desk = desk
        desk.store.insert_risk_activation(self._row)
        return pb.ActivateRiskPolicyResponse(changed_permille=changed).SerializeToString()

    def committed(self) -> None:
        """From the next batch on it decides."""
        assert self._row is not None and self._desk is not None
        self._book.set_role(self._desk.store, self._row)


class ListRiskPolicies(Work):
    """All policies with their roles."""

    method = "ListRiskPolicies"

    def __init__(self, party_key: int, book: RiskBook, deadline: float | None) -> None:
        super().__init__(party_key, None, deadline)
        self._book = book

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The newest first."""
        found = []
        for row in reversed(desk.store.risk_policies()):
            document = orjson.loads(row.document)
            found.append(
                pb.RiskPolicy(
                    risk_policy_id=id_text("k", row.risk_policy_id),
                    name=document["name"],
                    version=document["version"],
                    document_digest=row.digest,
                    put_at_ms=row.put_at_ms,
                    roles=[
                        enums_pb2.RiskPolicyRole.Name(role)
                        for role, active in sorted(self._book.roles.items())
                        if active.risk_policy_id == row.risk_policy_id
                    ],
                    document=row.document,
                )
            )
        return pb.ListRiskPoliciesResponse(risk_policies=found).SerializeToString()
