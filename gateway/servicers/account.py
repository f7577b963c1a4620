"""AccountService: a person's purses and accumulators."""

from gateway.engine.pipeline import Pipeline
from gateway.errors import invalid
from gateway.pb.medsettle.v1 import account_service_pb2 as pb
from gateway.reasons import Reason
from gateway.servicers import fields
from gateway.servicers.base import Caller, Rpc, rpcs_of
from gateway.works.accounts import OwnerKey, ReadAccount


class AccountServicer:
    """The rpcs of AccountService."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def rpcs(self) -> list[Rpc]:
        """All of them, for a front."""
        return rpcs_of(pb.DESCRIPTOR, "AccountService", {"GetAccount": self.get_account})

    async def get_account(self, caller: Caller, request: pb.GetAccountRequest) -> pb.GetAccountResponse:
        """Reads an account: a channel by its binding, the bureau by the person."""
        work = ReadAccount(
            caller.party_key, _owner_of(caller, request), shows_person=not caller.is_channel, deadline=caller.deadline
        )
        return pb.GetAccountResponse.FromString((await self._pipeline.submit(work)).facts)


def _owner_of(caller: Caller, request: pb.GetAccountRequest) -> OwnerKey:
    named = request.WhichOneof("owner")
    if named is None:
        raise invalid("owner", "must be named")
    if caller.is_channel:
        if named != "binding_id":
            raise invalid(named, "is for the bureau: use binding_id")
        binding_id = fields.number_of_id("binding_id", "b", request.binding_id, Reason.BINDING_NOT_FOUND)
        return OwnerKey(binding_id=binding_id)
    if named == "binding_id":
        raise invalid("binding_id", "is for the binding's channel: use person_id or person_number")
    if named == "person_id":
        return OwnerKey(person_id=fields.number_of_id("person_id", "p", request.person_id, Reason.PERSON_NOT_FOUND))
    number = request.person_number
    region = fields.region("person_number.region_code", number.region_code)
    return OwnerKey(person_no=(region, fields.text("person_number.person_no", number.person_no, 1, 64)))
