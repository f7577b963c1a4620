"""OperatorService: the bureau admits parties and institutions, publishes policies and catalogues, imports persons."""

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar

import orjson

from core import rules as policy_rules
from core.ledger import Ledger
from core.order import Order
from core.plans import check as check_plan
from core.wire.answers import split_numbers
from core.words import KIND_CASH_ONLY
from gateway.catalogue.cache import Catalogue
from gateway.clock import Clock, china_day
from gateway.directory import Directory
from gateway.engine.pipeline import Pipeline
from gateway.engine.work import Work
from gateway.errors import Refusal, invalid
from gateway.explaining.messages import explained
from gateway.explaining.orders import NotExplained, explanation_of_order
from gateway.ids import IdMaker, key_of
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.reasons import Reason
from gateway.replay.proof import CASES_SIZE_MAX, ORDERS_MAX, Replay, Replays
from gateway.security.request_key import Key
from gateway.security.secrets import Secrets
from gateway.servicers import fields
from gateway.servicers.base import Caller, Rpc, answer_of, key_of_request, rpcs_of
from gateway.servicers.import_rows import catalogue_row, credit_row, enrolment_row, person_row, rows_of, settlement_row
from gateway.works import orders, parties, people
from gateway.works.rules import catalogue, plans, policies

_DOCUMENT_SIZE_MAX = 1 << 20
_PROBLEMS_MAX = 100
_ERRORS_MAX = 1000
_VERSION_SIZE_MAX = 64
_VERSION_DIGITS = 16  # of a document that names no version: the beginning of its hash

Response = TypeVar(
    "Response",
    pb.ImportPersonsResponse,
    pb.PostCreditsResponse,
    pb.ImportSettlementsResponse,
    pb.PutCatalogueResponse,
    pb.ImportEnrolmentsResponse,
)
Listed = TypeVar("Listed")


class OperatorServicer:
    """The rpcs of OperatorService."""

    def __init__(
        self,
        pipeline: Pipeline,
        secrets: Secrets,
        directory: Directory,
        ids: IdMaker,
        clock: Clock,
        ledger: Ledger,
        replays: Replays,
        catalogue: Catalogue,
    ) -> None:
        self._pipeline = pipeline
        self._secrets = secrets
        self._directory = directory
        self._ids = ids
        self._clock = clock
        self._ledger = ledger
        self._replays = replays
        self._catalogue = catalogue

    def rpcs(self) -> list[Rpc]:
        """All of them, for a front."""
        return rpcs_of(
            pb.DESCRIPTOR,
            "OperatorService",
            {
                "PutParty": self.put_party,
                "ListParties": self.list_parties,
                "PutInstitution": self.put_institution,
                "ListInstitutions": self.list_institutions,
                "PutPolicy": self.put_policy,
                "GetPolicy": self.get_policy,
                "ImportPersons": self.import_persons,
                "PostCredits": self.post_credits,
                "ImportSettlements": self.import_settlements,
                "ActivatePolicy": self.activate_policy,
                "ListPolicies": self.list_policies,
                "PutCatalogue": self.put_catalogue,
                "GetCatalogueItem": self.get_catalogue_item,
                "ExplainSplit": self.explain_split,
                "PutPlan": self.put_plan,
                "ListPlans": self.list_plans,
                "ImportEnrolments": self.import_enrolments,
            },
        )

    async def put_party(self, caller: Caller, request: pb.PutPartyRequest) -> pb.PutPartyResponse:
        """Admits or changes a party."""
        key = key_of_request(self._secrets, caller, "PutParty", request)
        facts = parties.PartyFacts(
            fields.text("party_id", request.party_id, 1, 64),
            fields.choice("role", request.role, enums_pb2.Role),
            fields.text("name", request.name, 1, 128),
            request.suspended,
            request.rotate_token,
        )
        if facts.suspended and facts.party_id == caller.party_id:
            raise invalid("suspended", "must not be set for the calling party: nobody could lift it")
        work = parties.PutParty(caller.party_key, facts, self._secrets, self._directory, key, caller.deadline)
        response = answer_of(pb.PutPartyResponse, await self._pipeline.submit(work))
        response.token = parties.token_of(response, self._secrets)
        return response

    async def list_parties(self, caller: Caller, request: pb.ListPartiesRequest) -> pb.ListPartiesResponse:
        """Reads the parties."""
        page, token = _page(self._directory.parties(), lambda row: row.party_id, request)
        return pb.ListPartiesResponse(parties=map(parties.party_message, page), next_page_token=token)

    async def put_institution(self, caller: Caller, request: pb.PutInstitutionRequest) -> pb.PutInstitutionResponse:
        """Admits or changes an institution."""
        key = key_of_request(self._secrets, caller, "PutInstitution", request)
        scenarios = [fields.choice("scenarios", number, enums_pb2.Scenario) for number in request.scenarios]
        if len(set(scenarios)) != len(scenarios):
            raise invalid("scenarios", "must hold no scenario twice")
        facts = parties.InstitutionFacts(
            fields.text("institution_id", request.institution_id, 1, 64),
            fields.text("party_id", request.party_id, 1, 64),
            fields.text("name", request.name, 1, 128),
            fields.choice("level", request.level, enums_pb2.InstitutionLevel),
            fields.region("treatment_region_code", request.treatment_region_code),
            scenarios,
            request.suspended,
        )
        work = parties.PutInstitution(caller.party_key, facts, self._directory, self._ledger, key, caller.deadline)
        return answer_of(pb.PutInstitutionResponse, await self._pipeline.submit(work))

    async def list_institutions(
        self, caller: Caller, request: pb.ListInstitutionsRequest
    ) -> pb.ListInstitutionsResponse:
        """Reads the institutions."""
        party_key = None
        if request.party_id:
            party_key = key_of(fields.text("party_id", request.party_id, 1, 64))
            if self._directory.party(party_key) is None:
                raise Refusal(Reason.PARTY_NOT_FOUND, field="party_id")
        rows = self._directory.institutions(party_key)
        page, token = _page(rows, lambda row: row.institution_id, request)
        return pb.ListInstitutionsResponse(
            institutions=[parties.institution_message(row, self._directory) for row in page], next_page_token=token
        )

    async def put_policy(self, caller: Caller, request: pb.PutPolicyRequest) -> pb.PutPolicyResponse:
        """Stores a policy document as a draft, or only checks it."""
        key = key_of_request(self._secrets, caller, "PutPolicy", request)
        file = fields.text("file_name", request.file_name, 1, 128)
        if not 1 <= len(request.document) <= _DOCUMENT_SIZE_MAX:
            raise invalid("document", f"must be 1 to {_DOCUMENT_SIZE_MAX} bytes")
        # Beside the event loop: a large document takes longer to check than calls should wait.
        facts, problems = await asyncio.to_thread(_checked, request.document, file)
        if request.dry_run:
            return pb.PutPolicyResponse(
                region_code=f"{facts.region:06d}" if facts.region else "",
                policy_version="" if problems else facts.version,
                document_digest="" if problems else hashlib.sha256(request.document).hexdigest(),
                problems=problems[:_PROBLEMS_MAX],
            )
        if problems:
            first = problems[0]
            message = f"{first.file_name}: {first.rule} {first.message}"
            raise Refusal(Reason.POLICY_INVALID, message, file=first.file_name, rule=first.rule)
        work = policies.PutPolicy(caller.party_key, facts, key, caller.deadline)
        return answer_of(pb.PutPolicyResponse, await self._pipeline.submit(work))

    async def get_policy(self, caller: Caller, request: pb.GetPolicyRequest) -> pb.GetPolicyResponse:
        """Reads a policy document."""
        work = policies.ReadPolicy(
            caller.party_key,
            fields.region("region_code", request.region_code),
            fields.text("policy_version", request.policy_version, 0, 64),
            caller.deadline,
        )
        return pb.GetPolicyResponse.FromString((await self._pipeline.submit(work)).facts)

    async def activate_policy(self, caller: Caller, request: pb.ActivatePolicyRequest) -> pb.ActivatePolicyResponse:
        """Puts a draft in force, with the replay that was looked at."""
        key = key_of_request(self._secrets, caller, "ActivatePolicy", request)
        region = fields.region("region_code", request.region_code)
        digest = fields.digest("document_digest", request.document_digest)
        proof = None
        if request.HasField("replay"):
            # Also for a request that was answered before, whose answer comes from the journal whatever is found here.
            proof = await self._replays.prove(region, digest, _replay(request), self._clock.now_ms())
        work = policies.ActivatePolicy(caller.party_key, region, digest, proof, self._ledger, key, caller.deadline)
        return answer_of(pb.ActivatePolicyResponse, await self._pipeline.submit(work))

    async def list_policies(self, caller: Caller, request: pb.ListPoliciesRequest) -> pb.ListPoliciesResponse:
        """Reads a region's versions."""
        region = fields.region("region_code", request.region_code)
        work = policies.ListPolicies(caller.party_key, region, caller.deadline)
        return pb.ListPoliciesResponse.FromString((await self._pipeline.submit(work)).facts)

    async def import_persons(
        self, caller: Caller, requests: AsyncIterator[pb.ImportPersonsRequest]
    ) -> pb.ImportPersonsResponse:
        """Takes in insured persons."""

        def work_of(request: pb.ImportPersonsRequest, key: Key) -> Work:
            now_ms = self._clock.now_ms()
            rows, faults = rows_of(
                request.records,
                lambda row_no, record: person_row(
                    row_no, record, self._ids.new_id(now_ms), self._secrets, china_day(now_ms)
                ),
            )
            return people.ImportPersons(caller.party_key, rows, faults, key, caller.deadline)

        return await self._import(caller, "ImportPersons", requests, work_of, pb.ImportPersonsResponse())

    async def post_credits(
        self, caller: Caller, requests: AsyncIterator[pb.PostCreditsRequest]
    ) -> pb.PostCreditsResponse:
        """Books money into accounts."""

        def work_of(request: pb.PostCreditsRequest, key: Key) -> Work:
            today = china_day(self._clock.now_ms())
            rows, faults = rows_of(request.records, lambda row_no, record: credit_row(row_no, record, today))
            return people.PostCredits(caller.party_key, rows, faults, key, caller.deadline)

        return await self._import(caller, "PostCredits", requests, work_of, pb.PostCreditsResponse())

    async def import_settlements(
        self, caller: Caller, requests: AsyncIterator[pb.ImportSettlementsRequest]
    ) -> pb.ImportSettlementsResponse:
        """Adds what was settled elsewhere to the accumulators."""

        def work_of(request: pb.ImportSettlementsRequest, key: Key) -> Work:
            today = china_day(self._clock.now_ms())
            rows, faults = rows_of(request.records, lambda row_no, record: settlement_row(row_no, record, today))
            return people.ImportSettlements(caller.party_key, rows, faults, key, caller.deadline)

        return await self._import(caller, "ImportSettlements", requests, work_of, pb.ImportSettlementsResponse())

    async def put_catalogue(
        self, caller: Caller, requests: AsyncIterator[pb.PutCatalogueRequest]
    ) -> pb.PutCatalogueResponse:
        """Takes in entries of catalogues."""

        def work_of(request: pb.PutCatalogueRequest, key: Key) -> Work:
            rows, faults = rows_of(request.records, catalogue_row)
            return catalogue.PutCatalogue(caller.party_key, rows, faults, self._catalogue, key, caller.deadline)

        return await self._import(caller, "PutCatalogue", requests, work_of, pb.PutCatalogueResponse())

    async def get_catalogue_item(
        self, caller: Caller, request: pb.GetCatalogueItemRequest
    ) -> pb.GetCatalogueItemResponse:
        """Reads what a catalogue says of an item."""
        work = catalogue.ReadCatalogueItem(
            caller.party_key,
            fields.region("region_code", request.region_code),
            fields.text("item_code", request.item_code, 1, 50),
            fields.day(fields.date("date", request.date)) if request.date else None,
            caller.deadline,
        )
        return pb.GetCatalogueItemResponse.FromString((await self._pipeline.submit(work)).facts)

    async def put_plan(self, caller: Caller, request: pb.PutPlanRequest) -> pb.PutPlanResponse:
        """Stores a version of a plan."""
        key = key_of_request(self._secrets, caller, "PutPlan", request)
        file = fields.text("file_name", request.file_name, 1, 128)
        if not 1 <= len(request.document) <= _DOCUMENT_SIZE_MAX:
            raise invalid("document", f"must be 1 to {_DOCUMENT_SIZE_MAX} bytes")
        facts = _checked_plan(request.document, file)
        work = plans.PutPlan(caller.party_key, facts, self._ledger, key, caller.deadline)
        return answer_of(pb.PutPlanResponse, await self._pipeline.submit(work))

    async def list_plans(self, caller: Caller, request: pb.ListPlansRequest) -> pb.ListPlansResponse:
        """Reads all plans."""
        work = plans.ListPlans(caller.party_key, None, caller.deadline)
        return pb.ListPlansResponse.FromString((await self._pipeline.submit(work)).facts)

    async def import_enrolments(
        self, caller: Caller, requests: AsyncIterator[pb.ImportEnrolmentsRequest]
    ) -> pb.ImportEnrolmentsResponse:
        """Takes in who has which plan."""

        def work_of(request: pb.ImportEnrolmentsRequest, key: Key) -> Work:
            rows, faults = rows_of(request.records, enrolment_row)
            return plans.ImportEnrolments(caller.party_key, rows, faults, key, caller.deadline)

        return await self._import(caller, "ImportEnrolments", requests, work_of, pb.ImportEnrolmentsResponse())

    async def explain_split(self, caller: Caller, request: pb.ExplainSplitRequest) -> pb.ExplainSplitResponse:
        """Explains the split of an order, from what was recorded at its payment."""
        order_id = fields.number_of_id("order_id", "o", request.order_id, Reason.ORDER_NOT_FOUND)
        asker = orders.Asker(caller.party_key, caller.role)
        work = orders.ReadOrder(asker, orders.OrderKey(order_id), wants_lines=True, deadline=caller.deadline)
        outcome = await self._pipeline.submit(work)
        order = Order.unpack(outcome.facts)
        assert isinstance(outcome.extra, orders.OrderExtra)
        if not order.authorized_at_ms or not order.policy_id:
            why = "is paid in cash alone" if order.kind == KIND_CASH_ONLY else "has no split of a policy yet"
            message = f"order {request.order_id} {why}"
            raise Refusal(Reason.ORDER_HAS_NO_SPLIT, message, order_id=request.order_id)
        rules = self._ledger.pricer.rules
        version = rules.version(f"{order.insured_region:06d}", order.service_day, order.policy_id)
        try:
            response = explained(explanation_of_order(order, outcome.extra.lines, version.document, rules.plans))
        except NotExplained as error:
            message = f"order {request.order_id} cannot be explained: {error}"
            raise Refusal(Reason.SPLIT_NOT_EXPLAINED, message, order_id=request.order_id) from error
        response.order_id, response.policy_version = request.order_id, outcome.extra.policy_version
        response.split.ParseFromString(split_numbers(outcome.facts))
        return response

    async def _import(
        self,
        caller: Caller,
        method: str,
        requests: AsyncIterator[Any],
        work_of: Callable[[Any, Key], Work],
        whole: Response,
    ) -> Response:
        """Takes a stream's messages one after another, each a work of its own, and adds their answers up."""
        message_count = replayed_count = 0
        async for request in requests:
            key = key_of_request(self._secrets, caller, method, request)
            outcome = await self._pipeline.submit(work_of(request, key))
            part = type(whole).FromString(outcome.facts)
            message_count += 1
            replayed_count += outcome.replayed
            rows_before = whole.counts.row_count
            for error in itertools.islice(part.errors, _ERRORS_MAX - len(whole.errors)):
                error.row_no += rows_before
                whole.errors.append(error)
            for field in whole.counts.DESCRIPTOR.fields:
                setattr(whole.counts, field.name, getattr(whole.counts, field.name) + getattr(part.counts, field.name))
            if isinstance(whole, pb.PostCreditsResponse) and isinstance(part, pb.PostCreditsResponse):
                whole.posted_fen += part.posted_fen
        whole.counts.SetInParent()
        whole.replayed = 0 < message_count == replayed_count
        return whole


def _page(rows: Sequence[Listed], id_of: Callable[[Listed], str], request: Any) -> tuple[list[Listed], str]:
    """The rows of a page by rising id, and the token of the next one: the last id in hex."""
    size = fields.page_size(request.page_size)
    try:
        after = bytes.fromhex(request.page_token).decode()
    except ValueError:
        raise Refusal(Reason.CURSOR_INVALID, field="page_token") from None
    rest = [row for row in rows if id_of(row) > after]
    page = rest[:size]
    return page, id_of(page[-1]).encode().hex() if len(rest) > len(page) else ""


def _replay(request: pb.ActivatePolicyRequest) -> Replay:
    """A request's replay, checked."""
    message = request.replay
    digest = fields.digest("replay.report_digest", message.report_digest)
    if len(message.cases) > CASES_SIZE_MAX:
        raise invalid("replay.cases", f"must be up to {CASES_SIZE_MAX} bytes")
    if bool(message.cases) == bool(message.order_count):
        raise invalid("replay.order_count", "or replay.cases must be set, and not both")
    if not message.cases and not 1 <= message.order_count <= ORDERS_MAX:
        raise invalid("replay.order_count", f"must be 1 to {ORDERS_MAX}")
    if message.event_count < 0:
        raise invalid("replay.event_count", "must not be below 0")
    if request.accept_unpriced_count < 0:
        raise invalid("accept_unpriced_count", "must not be below 0")
    return Replay(digest, message.order_count, message.event_count, message.cases, request.accept_unpriced_count)


def _checked(text: bytes, file: str) -> tuple[policies.PolicyFacts, list[pb.PolicyProblem]]:
    """A policy document, and what is wrong with it; what it does not tell is 0 or empty."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # The error's own text is left out: it may quote the document.
        where = f"is no JSON at line {error.lineno}, column {error.colno}: correct it there"
        return policies.PolicyFacts(0, "", file, text), [_problem(file, "document", where)]
    problems = [_problem(*problem) for problem in policy_rules.check(document, file)]
    head = document if isinstance(document, dict) else {}
    region, version = 0, head.get("version") or hashlib.sha256(text).hexdigest()[:_VERSION_DIGITS]
    try:
        region = fields.region("region_code", str(head.get("region_code")))
        fields.text("version", str(version), 1, _VERSION_SIZE_MAX)
    except Refusal as refusal:
        if not problems:
            problems.append(_problem(file, refusal.metadata["field"], refusal.metadata["rule"]))
    return policies.PolicyFacts(region, str(version), file, text), problems


def _checked_plan(text: bytes, file: str) -> plans.PlanFacts:
    """A plan's document without problems.

    Raises:
        Refusal: PLAN_INVALID, with the first problem.
    """
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        where = f"is no JSON at line {error.lineno}, column {error.colno}: correct it there"
        raise Refusal(Reason.PLAN_INVALID, f"{file}: document {where}", file=file, rule="document") from error
    for problem in check_plan(document, file):
        message = f"{file}: {problem.rule} {problem.message}"
        raise Refusal(Reason.PLAN_INVALID, message, file=file, rule=problem.rule)
    return plans.PlanFacts(document["plan_id"], document["effective_from"], file, text)


def _problem(file: str, rule: str, message: str) -> pb.PolicyProblem:
    return pb.PolicyProblem(file_name=file, rule=rule, message=message)
