"""Family links: an owner's account that may pay for a member, within one channel.

The owner agrees by a binding of their own: a link lives no longer than it. What was paid under a link goes back to the
owner whether it has ended or not; the order names the owner, not the link.
"""

from core.commands import Result
from gateway.engine.work import Desk, Needs, Work
from gateway.errors import Refusal
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import binding_service_pb2 as pb
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.reasons import Reason
from gateway.security.request_key import Key
from gateway.stores.base import BindingRow, FamilyLinkRow, Reads
from gateway.works.bindings import end_family_link, not_active, own_binding

MEMBERS_MAX = 10

_ACTIVE, _ENDED = enums_pb2.FAMILY_LINK_STATE_ACTIVE, enums_pb2.FAMILY_LINK_STATE_ENDED


class AddFamilyMember(Work):
    """A new link."""

    method = "AddFamilyMember"

    def __init__(
        self,
        channel_key: int,
        link_id: int,
        owner_binding_id: int,
        member_binding_id: int,
        relation: int,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(channel_key, key, deadline)
        self._link_id = link_id
        self._owner_binding_id = owner_binding_id
        self._member_binding_id = member_binding_id
        self._relation = relation
        self.locks = frozenset({("binding", owner_binding_id), ("binding", member_binding_id)})

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """Both bindings."""
        needs.bindings |= {self._owner_binding_id, self._member_binding_id}

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Keeps the link, once both bindings are active, of two persons, and the owner may have one more."""
        owner = self._active(desk, self._owner_binding_id, "owner_binding_id")
        member = self._active(desk, self._member_binding_id, "member_binding_id")
        if owner.person_id == member.person_id:
            raise Refusal(Reason.FAMILY_OWNER_IS_MEMBER, field="member_binding_id")
        links = desk.store.family_links_of_person(self.party_key, owner.person_id)
        standing = [row for row in links if row.owner_person_id == owner.person_id and row.state == _ACTIVE]
        for row in standing:
            if row.member_person_id == member.person_id:
                raise Refusal(Reason.FAMILY_LINK_EXISTS, family_link_id=id_text("f", row.link_id))
        if len(standing) >= MEMBERS_MAX:
            message = f"an owner has at most {MEMBERS_MAX} members"
            raise Refusal(Reason.TOO_MANY_FAMILY_MEMBERS, message, maximum=MEMBERS_MAX)
        row = FamilyLinkRow(
            self._link_id,
            self.party_key,
            owner.binding_id,
            owner.person_id,
            member.person_id,
            self._relation,
            _ACTIVE,
            desk.found.now_ms,
            0,
            owner.name_masked,
            member.name_masked,
        )
        desk.store.put_family_link(row)
        return pb.AddFamilyMemberResponse(link=_message(row)).SerializeToString()

    def _active(self, desk: Desk, binding_id: int, field: str) -> BindingRow:
        row = own_binding(desk.found, self.party_key, binding_id, field)
        if row.state != enums_pb2.BINDING_STATE_ACTIVE:
            raise not_active(row, field=field)
        return row


class RemoveFamilyMember(Work):
    """The end of a link."""

    method = "RemoveFamilyMember"

    def __init__(self, channel_key: int, link_id: int, key: Key, deadline: float | None) -> None:
        super().__init__(channel_key, key, deadline)
        self._link_id = link_id

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Ends it."""
        row = desk.store.family_links([self._link_id]).get(self._link_id)
        if row is None or row.channel_key != self.party_key:
            raise Refusal(Reason.FAMILY_LINK_NOT_FOUND, field="family_link_id")
        if row.state == _ENDED:
            raise Refusal(Reason.FAMILY_LINK_ENDED, family_link_id=id_text("f", row.link_id))
        return pb.RemoveFamilyMemberResponse(link=_message(end_family_link(desk, row))).SerializeToString()


class ListFamilyMembers(Work):
    """The links of a binding's person."""

    method = "ListFamilyMembers"

    def __init__(self, channel_key: int, binding_id: int, deadline: float | None) -> None:
        super().__init__(channel_key, None, deadline)
        self._binding_id = binding_id

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The binding."""
        needs.bindings.add(self._binding_id)

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The links, by the person's side of them."""
        person_id = own_binding(desk.found, self.party_key, self._binding_id).person_id
        rows = desk.store.family_links_of_person(self.party_key, person_id)
        return pb.ListFamilyMembersResponse(
            members=[_message(row) for row in rows if row.owner_person_id == person_id],
            owners=[_message(row) for row in rows if row.member_person_id == person_id],
        ).SerializeToString()


def _message(row: FamilyLinkRow) -> pb.FamilyLink:
    return pb.FamilyLink(
        family_link_id=id_text("f", row.link_id),
        owner_binding_id=id_text("b", row.owner_binding_id),
        owner_name_masked=row.owner_name_masked,
        member_name_masked=row.member_name_masked,
        relation=row.relation,
        state=row.state,
        created_at_ms=row.created_at_ms,
        ended_at_ms=row.ended_at_ms,
    )
