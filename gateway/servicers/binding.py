"""BindingService: a channel's users joined to insured persons, and the codes they pay with."""

import asyncio
import logging

from core.ledger import Ledger
from core.policy import LookupFailed
from gateway.clock import Clock, china_day
from gateway.directory import Directory
from gateway.engine.pipeline import Pipeline
from gateway.errors import Refusal
from gateway.ids import IdMaker, id_number, id_text
from gateway.pb.medsettle.v1 import binding_service_pb2 as pb
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.reasons import Reason
from gateway.security.secrets import Secrets
from gateway.servicers import fields
from gateway.servicers.base import Caller, Rpc, answer_of, key_of_request, rpcs_of
from gateway.servicers.import_rows import person_hashes
from gateway.upstream.messages import MessageSender
from gateway.works import bindings, family
from gateway.works.parties import scenarios_of

log = logging.getLogger(__name__)

_SEND_S_MAX = 5.0
_SCHEMES = ((enums_pb2.SCHEME_EMPLOYEE, "employee"), (enums_pb2.SCHEME_RESIDENT, "resident"))
_SERVICES = (
    (enums_pb2.SERVICE_OUTPATIENT, "outpatient"),
    (enums_pb2.SERVICE_INPATIENT, "inpatient"),
    (enums_pb2.SERVICE_PHARMACY, "pharmacy"),
    (enums_pb2.SERVICE_CHRONIC, "chronic"),
)


class BindingServicer:
    """The rpcs of BindingService."""

    def __init__(
        self,
        pipeline: Pipeline,
        secrets: Secrets,
        directory: Directory,
        ids: IdMaker,
        clock: Clock,
        sender: MessageSender,
        ledger: Ledger,
    ) -> None:
        self._pipeline = pipeline
        self._secrets = secrets
        self._directory = directory
        self._ids = ids
        self._clock = clock
        self._sender = sender
        self._rules = ledger.pricer.rules

    def rpcs(self) -> list[Rpc]:
        """All of them, for a front."""
        return rpcs_of(
            pb.DESCRIPTOR,
            "BindingService",
            {
                "StartBinding": self.start_binding,
                "ConfirmBinding": self.confirm_binding,
                "GetBinding": self.get_binding,
                "ListBindings": self.list_bindings,
                "Unbind": self.unbind,
                "IssuePayCode": self.issue_pay_code,
                "AddFamilyMember": self.add_family_member,
                "RemoveFamilyMember": self.remove_family_member,
                "ListFamilyMembers": self.list_family_members,
                "ListRegions": self.list_regions,
            },
        )

    async def start_binding(self, caller: Caller, request: pb.StartBindingRequest) -> pb.StartBindingResponse:
        """Finds the person and sends the code to their phone."""
        key = key_of_request(self._secrets, caller, "StartBinding", request)
        user_id = fields.text("channel_user_id", request.channel_user_id, 1, 64)
        hashes = person_hashes(self._secrets, request)
        region = fields.region("region_code", request.region_code)
        work = bindings.StartBinding(
            caller.party_key,
            user_id,
            self._ids.new_id(self._clock.now_ms()),
            bindings.Described(region, *hashes),
            "*" * (len(request.name) - 1) + request.name[-1],
            key,
            caller.deadline,
        )
        response = answer_of(pb.StartBindingResponse, await self._pipeline.submit(work))
        # A repeat sends again, in case the first message never left; the same message id arrives once.
        if self._clock.now_ms() < response.binding.code_expires_at_ms:
            await self._send_code(response.binding.binding_id, request.phone, caller.deadline)
        return response

    async def confirm_binding(self, caller: Caller, request: pb.ConfirmBindingRequest) -> pb.ConfirmBindingResponse:
        """Makes a binding active by its code."""
        key = key_of_request(self._secrets, caller, "ConfirmBinding", request)
        binding_id = _binding_id(request.binding_id)
        code = fields.digits("code", request.code, 6, 6)
        work = bindings.ConfirmBinding(
            caller.party_key,
            binding_id,
            code_matches=self._secrets.same(code, self._secrets.binding_code(binding_id)),
            key=key,
            deadline=caller.deadline,
        )
        response = answer_of(pb.ConfirmBindingResponse, await self._pipeline.submit(work))
        if response.binding.state == enums_pb2.BINDING_STATE_PENDING:
            raise Refusal(Reason.CODE_WRONG, attempts_left=response.binding.attempts_left)
        return response

    async def get_binding(self, caller: Caller, request: pb.GetBindingRequest) -> pb.GetBindingResponse:
        """Reads a binding."""
        work = bindings.ReadBinding(caller.party_key, _binding_id(request.binding_id), None, caller.deadline)
        return pb.GetBindingResponse.FromString((await self._pipeline.submit(work)).facts)

    async def list_bindings(self, caller: Caller, request: pb.ListBindingsRequest) -> pb.ListBindingsResponse:
        """Reads a user's bindings."""
        after_id = 0
        if request.page_token:
            after_id = fields.number_of_id("page_token", "b", request.page_token, Reason.CURSOR_INVALID)
        work = bindings.ListBindings(
            caller.party_key,
            fields.text("channel_user_id", request.channel_user_id, 1, 64),
            after_id,
            fields.page_size(request.page_size),
            caller.deadline,
        )
        return pb.ListBindingsResponse.FromString((await self._pipeline.submit(work)).facts)

    async def unbind(self, caller: Caller, request: pb.UnbindRequest) -> pb.UnbindResponse:
        """Ends a binding."""
        key = key_of_request(self._secrets, caller, "Unbind", request)
        work = bindings.Unbind(caller.party_key, _binding_id(request.binding_id), key, caller.deadline)
        return answer_of(pb.UnbindResponse, await self._pipeline.submit(work))

    async def issue_pay_code(self, caller: Caller, request: pb.IssuePayCodeRequest) -> pb.IssuePayCodeResponse:
        """Makes a one-time code to show."""
        key = key_of_request(self._secrets, caller, "IssuePayCode", request)
        pay_code_id = self._ids.new_id(self._clock.now_ms())
        work = bindings.IssuePayCode(
            caller.party_key,
            _binding_id(request.binding_id),
            pay_code_id,
            self._secrets.code_hash(self._secrets.pay_code(pay_code_id)),
            key,
            caller.deadline,
        )
        response = answer_of(pb.IssuePayCodeResponse, await self._pipeline.submit(work))
        response.pay_code = self._secrets.pay_code(bindings.pay_code_id_of(response))
        return response

    async def add_family_member(self, caller: Caller, request: pb.AddFamilyMemberRequest) -> pb.AddFamilyMemberResponse:
        """Lets one person's account pay for another."""
        key = key_of_request(self._secrets, caller, "AddFamilyMember", request)
        work = family.AddFamilyMember(
            caller.party_key,
            self._ids.new_id(self._clock.now_ms()),
            _binding_id(request.owner_binding_id, "owner_binding_id"),
            _binding_id(request.member_binding_id, "member_binding_id"),
            fields.choice("relation", request.relation, enums_pb2.FamilyRelation),
            key,
            caller.deadline,
        )
        return answer_of(pb.AddFamilyMemberResponse, await self._pipeline.submit(work))

    async def remove_family_member(
        self, caller: Caller, request: pb.RemoveFamilyMemberRequest
    ) -> pb.RemoveFamilyMemberResponse:
        """Ends a family link."""
        key = key_of_request(self._secrets, caller, "RemoveFamilyMember", request)
        link_id = fields.number_of_id("family_link_id", "f", request.family_link_id, Reason.FAMILY_LINK_NOT_FOUND)
        work = family.RemoveFamilyMember(caller.party_key, link_id, key, caller.deadline)
        return answer_of(pb.RemoveFamilyMemberResponse, await self._pipeline.submit(work))

    async def list_family_members(
        self, caller: Caller, request: pb.ListFamilyMembersRequest
    ) -> pb.ListFamilyMembersResponse:
        """Reads a person's family links."""
        work = family.ListFamilyMembers(caller.party_key, _binding_id(request.binding_id), caller.deadline)
        return pb.ListFamilyMembersResponse.FromString((await self._pipeline.submit(work)).facts)

    async def list_regions(self, caller: Caller, request: pb.ListRegionsRequest) -> pb.ListRegionsResponse:
        """Reads what is open."""
        scenarios: dict[str, set[int]] = {}
        for row in self._directory.institutions():
            if not row.suspended:
                scenarios.setdefault(f"{row.region:06d}", set()).update(scenarios_of(row))
        today = china_day(self._clock.now_ms())
        regions = (self._region(code, scenarios.get(code, set()), today) for code in self._rules.regions())
        return pb.ListRegionsResponse(regions=[region for region in regions if region is not None])

    def _region(self, code: str, scenarios: set[int], today: int) -> pb.Region | None:
        """A region as a channel sees it; None where no version of its policy holds today."""
        try:
            document = self._rules.version(code, today).document
        except LookupFailed:
            return None
        schemes = []
        for scheme, scheme_name in _SCHEMES:
            covered = document.get("schemes", {}).get(scheme_name) or {}
            services = [service for service, service_name in _SERVICES if covered.get(service_name)]
            if services:
                schemes.append(pb.RegionScheme(scheme=scheme, services=services))
        return pb.Region(
            region_code=code,
            name=document.get("name", ""),
            schemes=schemes,
            scenarios=sorted(scenarios),
            passwordless_limit_fen=self._rules.passwordless_limit_fen(code, today),
        )

    async def _send_code(self, binding_id: str, phone: str, deadline: float | None) -> None:
        """Sends the code; where that fails the binding stands, and a repeat of the request sends it."""
        number = id_number("b", binding_id)
        assert number is not None, "a binding has our own id"
        text = f"医保绑定验证码 {self._secrets.binding_code(number)}，5 分钟内有效，请勿告诉他人。"
        left_s = _SEND_S_MAX if deadline is None else min(_SEND_S_MAX, deadline - self._clock.monotonic_s())
        try:
            async with asyncio.timeout(left_s):
                await self._sender.send(id_text("b", number), phone, text)
        except Exception as error:  # whatever a sender raises: the binding is durable already
            log.warning("the code of binding %s was not sent: %s", binding_id, type(error).__name__)


def _binding_id(binding_id: str, field: str = "binding_id") -> int:
    return fields.number_of_id(field, "b", binding_id, Reason.BINDING_NOT_FOUND)
