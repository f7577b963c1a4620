"""Bindings: a channel's user joined to an insured person by a code to the person's phone; and pay codes.

A wrong code is refused, yet it costs an attempt that must outlive a crash: it is journalled without the request, so
that the request id stays free for the right code.
"""

from typing import NamedTuple

from core.commands import Result
from gateway.engine.work import Desk, Found, Needs, Work
from gateway.errors import Refusal
from gateway.ids import id_number, id_text
from gateway.pb.medsettle.v1 import binding_service_pb2 as pb
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.reasons import Reason
from gateway.security.request_key import Key
from gateway.stores.base import BindingRow, FamilyLinkRow, PayCodeRow, Reads

CODE_LIFE_MS = 5 * 60_000
CODE_ATTEMPTS = 5
PAY_CODE_LIFE_MS = 60_000

_PENDING, _ACTIVE, _UNBOUND = (
    enums_pb2.BINDING_STATE_PENDING,
    enums_pb2.BINDING_STATE_ACTIVE,
    enums_pb2.BINDING_STATE_UNBOUND,
)
_PAY_CODE_ID_PREFIX = "q"
_SCHEME_AT = 19  # where the scheme stands in ACCOUNT_COLUMNS


class Described(NamedTuple):
    """Whom a request describes, as keyed hashes."""

    region: int
    id_hash: bytes
    name_hash: bytes
    phone_hash: bytes


class StartBinding(Work):
    """A pending binding for the person whose document, name and phone all match."""

    method = "StartBinding"

    def __init__(
        self,
        channel_key: int,
        channel_user_id: str,
        binding_id: int,
        described: Described,
        name_masked: str,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(channel_key, key, deadline)
        self._channel_user_id = channel_user_id
        self._binding_id = binding_id
        self._described = described
        self._name_masked = name_masked

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Finds the person; whichever part does not match, the refusal is the same."""
        described = self._described
        person = desk.store.person_by_id_hash(described.id_hash, described.region)
        if person is None or (person.name_hash, person.phone_hash) != (described.name_hash, described.phone_hash):
            raise Refusal(Reason.PERSON_NOT_MATCHED, region_code=f"{described.region:06d}")
        _check_not_bound(desk.store, self.party_key, self._channel_user_id, person.person_id)
        now_ms = desk.found.now_ms
        row = BindingRow(
            self._binding_id,
            self.party_key,
            self._channel_user_id,
            person.person_id,
            _PENDING,
            now_ms,
            now_ms + CODE_LIFE_MS,
            CODE_ATTEMPTS,
            0,
            0,
            self._name_masked,
        )
        desk.store.put_binding(row)
        return pb.StartBindingResponse(binding=_message(row, person.region, 0)).SerializeToString()


class BindingWork(Work):
    """A work on one binding of the calling channel."""

    def __init__(self, channel_key: int, binding_id: int, key: Key | None, deadline: float | None) -> None:
        super().__init__(channel_key, key, deadline)
        self.binding_id = binding_id
        self.locks = frozenset({("binding", binding_id)}) if key else frozenset()

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The binding."""
        needs.bindings.add(self.binding_id)

    def resolve(self, found: Found, needs: Needs) -> None:
        """Its person, whose scheme the answer shows."""
        row = found.bindings.get(self.binding_id)
        if row is not None:
            needs.persons.add(row.person_id)

    def row(self, desk: Desk) -> BindingRow:
        """The binding, if it is the caller's."""
        return own_binding(desk.found, self.party_key, self.binding_id)

    def put(self, desk: Desk, row: BindingRow) -> None:
        """Replaces the binding, also for what else of the batch looks at it."""
        desk.store.put_binding(row)
        desk.found.bindings[row.binding_id] = row


class ConfirmBinding(BindingWork):
    """A code from the person's phone."""

    method = "ConfirmBinding"

    def __init__(
        self, channel_key: int, binding_id: int, *, code_matches: bool, key: Key, deadline: float | None
    ) -> None:
        super().__init__(channel_key, binding_id, key, deadline)
        self._code_matches = code_matches

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Makes the binding active, or spends an attempt: the answer's binding is then still pending."""
        row, now_ms = self.row(desk), desk.found.now_ms
        self.keeps_request = True
        if row.state == _UNBOUND:
            raise not_active(row)
        if row.state == _ACTIVE:
            raise Refusal(Reason.BINDING_EXISTS, binding_id=id_text("b", row.binding_id))
        if row.attempts_left == 0:
            raise Refusal(Reason.CODE_ATTEMPTS_EXHAUSTED, binding_id=id_text("b", row.binding_id))
        if now_ms >= row.code_expires_at_ms:
            raise Refusal(Reason.CODE_EXPIRED, binding_id=id_text("b", row.binding_id))
        if self._code_matches:
            _check_not_bound(desk.store, row.channel_key, row.channel_user_id, row.person_id)
            row = row._replace(state=_ACTIVE, code_expires_at_ms=0, attempts_left=0, confirmed_at_ms=now_ms)
        else:
            row = row._replace(attempts_left=row.attempts_left - 1)
            self.keeps_request = False
        self.put(desk, row)
        return pb.ConfirmBindingResponse(binding=binding_message(row, desk)).SerializeToString()


class ReadBinding(BindingWork):
    """A binding as it stands."""

    method = "GetBinding"

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The binding."""
        return pb.GetBindingResponse(binding=binding_message(self.row(desk), desk)).SerializeToString()


class ListBindings(Work):
    """A page of a user's bindings."""

    method = "ListBindings"

    def __init__(
        self, channel_key: int, channel_user_id: str, after_id: int, limit: int, deadline: float | None
    ) -> None:
        super().__init__(channel_key, None, deadline)
        self._channel_user_id = channel_user_id
        self._after_id = after_id
        self._limit = limit
        self._rows: list[BindingRow] = []

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The page and one more, which tells whether there is another; and their persons."""
        self._rows = store.bindings_of_user(self.party_key, self._channel_user_id, self._after_id, self._limit + 1)
        needs.persons.update(row.person_id for row in self._rows)

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The bindings."""
        page = self._rows[: self._limit]
        return pb.ListBindingsResponse(
            bindings=[binding_message(row, desk) for row in page],
            next_page_token=id_text("b", page[-1].binding_id) if len(self._rows) > len(page) else "",
        ).SerializeToString()


class Unbind(BindingWork):
    """The end of a binding."""

    method = "Unbind"

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Ends it, and the family links that its person agreed to with it."""
        row = self.row(desk)
        if row.state == _UNBOUND:
            raise not_active(row)
        row = row._replace(state=_UNBOUND, code_expires_at_ms=0, attempts_left=0, ended_at_ms=desk.found.now_ms)
        self.put(desk, row)
        for link in desk.store.family_links_of_person(self.party_key, row.person_id):
            if link.owner_binding_id == row.binding_id and link.state == enums_pb2.FAMILY_LINK_STATE_ACTIVE:
                end_family_link(desk, link)
        return pb.UnbindResponse(binding=binding_message(row, desk)).SerializeToString()


class IssuePayCode(BindingWork):
    """A pay code. What is journalled in its place is its id, from which only the gateway's secret makes the code."""

    method = "IssuePayCode"

    def __init__(
        self, channel_key: int, binding_id: int, pay_code_id: int, code_hash: bytes, key: Key, deadline: float | None
    ) -> None:
        super().__init__(channel_key, binding_id, key, deadline)
        self._pay_code_id = pay_code_id
        self._code_hash = code_hash

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Keeps the code's hash."""
        row = self.row(desk)
        if row.state != _ACTIVE:
            raise not_active(row)
        expires_at_ms = desk.found.now_ms + PAY_CODE_LIFE_MS
        desk.store.put_pay_code(PayCodeRow(self._code_hash, self._pay_code_id, row.binding_id, expires_at_ms, 0, 0))
        return pb.IssuePayCodeResponse(
            pay_code=id_text(_PAY_CODE_ID_PREFIX, self._pay_code_id), expires_at_ms=expires_at_ms
        ).SerializeToString()


def pay_code_id_of(response: pb.IssuePayCodeResponse) -> int:
    """The id that stands in a journalled answer where the code will be."""
    number = id_number(_PAY_CODE_ID_PREFIX, response.pay_code)
    assert number is not None, "a journalled answer holds the id of its code"
    return number


def own_binding(found: Found, channel_key: int, binding_id: int, field: str = "binding_id") -> BindingRow:
    """A binding of a channel's own; BINDING_NOT_FOUND, with the request's field, for any other."""
    row = found.bindings.get(binding_id)
    if row is None or row.channel_key != channel_key:
        raise Refusal(Reason.BINDING_NOT_FOUND, field=field)
    return row


def end_family_link(desk: Desk, row: FamilyLinkRow) -> FamilyLinkRow:
    """Ends an active family link."""
    row = row._replace(state=enums_pb2.FAMILY_LINK_STATE_ENDED, ended_at_ms=desk.found.now_ms)
    desk.store.put_family_link(row)
    return row


def binding_message(row: BindingRow, desk: Desk) -> pb.Binding:
    """A binding as its channel sees it; its person's account is loaded."""
    account = desk.found.ledger.accounts.row(row.person_id)
    person = desk.store.person(row.person_id)
    assert account is not None and person is not None, "a binding's person is never deleted"
    return _message(row, person.region, account[_SCHEME_AT])


def _message(row: BindingRow, region: int, scheme: int) -> pb.Binding:
    confirmed = row.confirmed_at_ms > 0
    return pb.Binding(
        binding_id=id_text("b", row.binding_id),
        channel_user_id=row.channel_user_id,
        state=row.state,
        region_code=f"{region:06d}",
        scheme=scheme if confirmed else 0,
        name_masked=row.name_masked if confirmed else "",
        created_at_ms=row.created_at_ms,
        code_expires_at_ms=row.code_expires_at_ms,
        attempts_left=row.attempts_left,
        confirmed_at_ms=row.confirmed_at_ms,
        unbound_at_ms=row.ended_at_ms,
    )


def _check_not_bound(store: Reads, channel_key: int, channel_user_id: str, person_id: int) -> None:
    active = store.active_binding(channel_key, channel_user_id, person_id)
    if active is not None:
        raise Refusal(Reason.BINDING_EXISTS, binding_id=id_text("b", active.binding_id))


def not_active(row: BindingRow, **facts: str) -> Refusal:
    """The refusal of a binding that is pending or has ended."""
    state = enums_pb2.BindingState.Name(row.state).removeprefix("BINDING_STATE_")
    return Refusal(Reason.BINDING_NOT_ACTIVE, binding_id=id_text("b", row.binding_id), state=state, **facts)
