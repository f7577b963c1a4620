"""RiskService: what the bureau sees, reviews and changes of risk."""

import orjson

from gateway.directory import Directory
from gateway.engine.pipeline import Pipeline
from gateway.errors import Refusal, invalid
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import risk_service_pb2 as pb
from gateway.reasons import Reason
from gateway.risk.backtest import Backtests
from gateway.risk.book import RiskBook
from gateway.risk.lists import RiskLists
from gateway.risk.reasons import assessment_message, features_of, reasons_of
from gateway.risk.signals import DEVICE_SIZE_MAX, network_hash, told_of
from gateway.security.secrets import Secrets
from gateway.servicers import fields
from gateway.servicers.base import Caller, Rpc, answer_of, key_of_request, rpcs_of
from gateway.works.orders import Asker, OrderKey
from gateway.works.risk import cases, rules

_PAGE_DEFAULT, _PAGE_MAX = 100, 1000
_ENTRIES_MAX = 10_000
_ENTRIES_DEFAULT = 1000
_MODEL_SIZE_MAX = 3 << 20
_POLICY_SIZE_MAX = 1 << 20
_BACKTEST_DEFAULT, _BACKTEST_MAX = 10_000, 1_000_000
_SHARE_MAX = 500
_NO_ID = 1 << 62


class RiskServicer:
    """The rpcs of RiskService.

    Args:
        backtests: decide the last so many assessments again by a policy, off the pipeline.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        secrets: Secrets,
        directory: Directory,
        book: RiskBook,
        lists: RiskLists,
        backtests: Backtests,
    ) -> None:
        self._pipeline = pipeline
        self._secrets = secrets
        self._directory = directory
        self._book = book
        self._lists = lists
        self._backtests = backtests

    def rpcs(self) -> list[Rpc]:
        """All of them, for a front."""
        return rpcs_of(
            pb.DESCRIPTOR,
            "RiskService",
            {
                "AssessOrder": self.assess_order,
                "GetAssessment": self.get_assessment,
                "ListAssessments": self.list_assessments,
                "ReviewAssessment": self.review_assessment,
                "PutListEntries": self.put_list_entries,
                "DeleteListEntry": self.delete_list_entry,
                "ListListEntries": self.list_list_entries,
                "PutRiskModel": self.put_risk_model,
                "PutRiskPolicy": self.put_risk_policy,
                "ActivateRiskPolicy": self.activate_risk_policy,
                "ListRiskPolicies": self.list_risk_policies,
                "RunBacktest": self.run_backtest,
            },
        )

    async def assess_order(self, caller: Caller, request: pb.AssessOrderRequest) -> pb.AssessOrderResponse:
        """Tells how a payment would be decided."""
        work = cases.AssessOrder(
            Asker(caller.party_key, caller.role),
            OrderKey(fields.number_of_id("order_id", "o", request.order_id, Reason.ORDER_NOT_FOUND)),
            fields.number_of_id("binding_id", "b", request.binding_id, Reason.BINDING_NOT_FOUND),
            told_of(request.risk_signals, self._secrets),
            self._book,
            self._lists,
            caller.deadline,
            use_account=request.use_account,
        )
        await self._pipeline.submit(work)
        row = work.row
        return pb.AssessOrderResponse(
            assessment=assessment_message(
                row,
                None,
                work.policy,
                self._directory.institution_id(row.institution_id),
                self._directory.party_id(row.channel_id),
            ),
            reasons=reasons_of(work.policy, row, self._book.model_defaults(row.policy_id)),
            features=features_of(row),
        )

    async def get_assessment(self, caller: Caller, request: pb.GetAssessmentRequest) -> pb.GetAssessmentResponse:
        """Reads an assessment in full."""
        work = cases.ReadAssessment(
            caller.party_key, _assessment_id(request.assessment_id), self._book, self._directory, caller.deadline
        )
        return pb.GetAssessmentResponse.FromString((await self._pipeline.submit(work)).facts)

    async def list_assessments(self, caller: Caller, request: pb.ListAssessmentsRequest) -> pb.ListAssessmentsResponse:
        """Reads a page of assessments."""
        order_id = 0
        if request.order_id:
            order_id = fields.number_of_id("order_id", "o", request.order_id, Reason.ORDER_NOT_FOUND)
        work = cases.ListAssessments(
            caller.party_key,
            order_id,
            _page_number(request.page_token) if request.page_token else _NO_ID,
            _size(request.page_size, _PAGE_DEFAULT, _PAGE_MAX, "page_size"),
            self._book,
            self._directory,
            caller.deadline,
            open_only=request.open_only,
        )
        return pb.ListAssessmentsResponse.FromString((await self._pipeline.submit(work)).facts)

    async def review_assessment(
        self, caller: Caller, request: pb.ReviewAssessmentRequest
    ) -> pb.ReviewAssessmentResponse:
        """Assigns, comments on or decides a case."""
        key = key_of_request(self._secrets, caller, "ReviewAssessment", request)
        if request.verdict not in enums_pb2.ReviewVerdict.values():
            raise invalid("verdict", "must be a value of ReviewVerdict")
        reviewed = cases.Reviewed(
            fields.text("reviewer", request.reviewer, 1, 64),
            fields.text("assignee", request.assignee, 0, 64),
            request.verdict,
            fields.text("comment", request.comment, 0, 1024),
        )
        if not (reviewed.assignee or reviewed.verdict or reviewed.comment):
            raise invalid("verdict", "must be given, or an assignee, or a comment: else nothing is done")
        asker = Asker(caller.party_key, caller.role)
        assessment_id = _assessment_id(request.assessment_id)
        work = cases.ReviewAssessment(asker, assessment_id, reviewed, self._book, key, caller.deadline)
        return answer_of(pb.ReviewAssessmentResponse, await self._pipeline.submit(work))

    async def put_list_entries(self, caller: Caller, request: pb.PutListEntriesRequest) -> pb.PutListEntriesResponse:
        """Adds entries to the lists."""
        key = key_of_request(self._secrets, caller, "PutListEntries", request)
        if not 1 <= len(request.entries) <= _ENTRIES_MAX:
            raise invalid("entries", f"must be 1 to {_ENTRIES_MAX} entries: send more requests")
        entries = [self._entry(f"entries[{index}].", entry) for index, entry in enumerate(request.entries)]
        work = rules.PutListEntries(caller.party_key, entries, self._lists, key, caller.deadline)
        return answer_of(pb.PutListEntriesResponse, await self._pipeline.submit(work))

    async def delete_list_entry(self, caller: Caller, request: pb.DeleteListEntryRequest) -> pb.DeleteListEntryResponse:
        """Takes an entry out."""
        key = key_of_request(self._secrets, caller, "DeleteListEntry", request)
        named = pb.RiskListEntry(kind=request.kind, value=request.value, effect=request.effect, reason="-", author="-")
        work = rules.DeleteListEntry(caller.party_key, self._entry("", named), self._lists, key, caller.deadline)
        return answer_of(pb.DeleteListEntryResponse, await self._pipeline.submit(work))

    async def list_list_entries(self, caller: Caller, request: pb.ListListEntriesRequest) -> pb.ListListEntriesResponse:
        """Reads a page of the lists."""
        after = (0, 0, 0)
        if request.page_token:
            parts = request.page_token.split(".")
            if len(parts) != len(after) or not all(part.isdecimal() and len(part) < 20 for part in parts):
                raise invalid("page_token", "must be next_page_token of the page before")
            after = (int(parts[0]), int(parts[1]), int(parts[2]))
        limit = _size(request.page_size, _ENTRIES_DEFAULT, _ENTRIES_MAX, "page_size")
        work = rules.ListListEntries(caller.party_key, after, limit, caller.deadline)
        return pb.ListListEntriesResponse.FromString((await self._pipeline.submit(work)).facts)

    async def put_risk_model(self, caller: Caller, request: pb.PutRiskModelRequest) -> pb.PutRiskModelResponse:
        """Stores a model bundle."""
        key = key_of_request(self._secrets, caller, "PutRiskModel", request)
        if not 1 <= len(request.document) <= _MODEL_SIZE_MAX:
            raise invalid("document", f"must be 1 to {_MODEL_SIZE_MAX} bytes")
        rules.check_model(request.document)
        work = rules.PutRiskModel(caller.party_key, request.document, key, caller.deadline)
        return answer_of(pb.PutRiskModelResponse, await self._pipeline.submit(work))

    async def put_risk_policy(self, caller: Caller, request: pb.PutRiskPolicyRequest) -> pb.PutRiskPolicyResponse:
        """Stores a risk policy."""
        key = key_of_request(self._secrets, caller, "PutRiskPolicy", request)
        if not 1 <= len(request.document) <= _POLICY_SIZE_MAX:
            raise invalid("document", f"must be 1 to {_POLICY_SIZE_MAX} bytes")
        try:
            orjson.loads(request.document)
        except orjson.JSONDecodeError as error:
            raise Refusal(Reason.RISK_POLICY_INVALID, f"is not JSON: {error}", path="") from error
        work = rules.PutRiskPolicy(caller.party_key, request.document, key, caller.deadline)
        return answer_of(pb.PutRiskPolicyResponse, await self._pipeline.submit(work))

    async def activate_risk_policy(
        self, caller: Caller, request: pb.ActivateRiskPolicyRequest
    ) -> pb.ActivateRiskPolicyResponse:
        """Puts a policy in force."""
        key = key_of_request(self._secrets, caller, "ActivateRiskPolicy", request)
        role = fields.choice("role", request.role, enums_pb2.RiskPolicyRole)
        challenges = role == enums_pb2.RISK_POLICY_ROLE_CHALLENGER and bool(request.risk_policy_id)
        low, high = (1, _SHARE_MAX) if challenges else (0, 0)
        if not low <= request.share_permille <= high:
            raise invalid("share_permille", f"must be 1 to {_SHARE_MAX} of a challenger and 0 otherwise")
        work = rules.ActivateRiskPolicy(
            caller.party_key,
            _policy_id(request.risk_policy_id) if request.risk_policy_id else 0,
            role,
            request.share_permille,
            self._book,
            key,
            caller.deadline,
            force=request.force,
        )
        return answer_of(pb.ActivateRiskPolicyResponse, await self._pipeline.submit(work))

    async def list_risk_policies(
        self, caller: Caller, request: pb.ListRiskPoliciesRequest
    ) -> pb.ListRiskPoliciesResponse:
        """Reads all policies."""
        work = rules.ListRiskPolicies(caller.party_key, self._book, caller.deadline)
        return pb.ListRiskPoliciesResponse.FromString((await self._pipeline.submit(work)).facts)

    async def run_backtest(self, caller: Caller, request: pb.RunBacktestRequest) -> pb.RunBacktestResponse:
        """Decides the last payments again."""
        count = _size(request.assessment_count, _BACKTEST_DEFAULT, _BACKTEST_MAX, "assessment_count")
        return await self._backtests.run(_policy_id(request.risk_policy_id), count)

    def _entry(self, path: str, entry: pb.RiskListEntry) -> rules.Entry:
        kind = fields.choice(f"{path}kind", entry.kind, enums_pb2.RiskListKind)
        text = fields.text(f"{path}value", entry.value, 1, DEVICE_SIZE_MAX)
        value, person = 0, None
        if kind == enums_pb2.RISK_LIST_KIND_PERSON:
            region, _, number = text.partition(":")
            person = (fields.region(f"{path}value", region), fields.text(f"{path}value", number, 1, 64))
        elif kind == enums_pb2.RISK_LIST_KIND_DEVICE:
            value = self._secrets.risk_hash("device", text)
        elif kind == enums_pb2.RISK_LIST_KIND_NETWORK:
            value = network_hash(f"{path}value", text, self._secrets)
        else:
            value = self._directory.institution_key(text)
            if not value:
                raise invalid(f"{path}value", "must be the id of an institution")
        return rules.Entry(
            kind,
            value,
            person,
            fields.choice(f"{path}effect", entry.effect, enums_pb2.RiskListEffect),
            fields.text(f"{path}reason", entry.reason, 1, 256),
            fields.text(f"{path}author", entry.author, 1, 64),
            fields.at_ms(f"{path}expires_at_ms", entry.expires_at_ms) if entry.expires_at_ms else 0,
        )


def _assessment_id(text: str) -> int:
    return fields.number_of_id("assessment_id", "a", text, Reason.ASSESSMENT_NOT_FOUND)


def _policy_id(text: str) -> int:
    return fields.number_of_id("risk_policy_id", "k", text, Reason.RISK_POLICY_NOT_FOUND)


def _page_number(token: str) -> int:
    if not token.isdecimal() or len(token) > 18:
        raise invalid("page_token", "must be next_page_token of the page before")
    return int(token)


def _size(value: int, default: int, most: int, field: str) -> int:
    if not 0 <= value <= most:
        raise invalid(field, f"must be 1 to {most}, or 0 for {default}")
    return value or default
