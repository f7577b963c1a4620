"""Assessments read, tried and reviewed."""

from typing import NamedTuple

from core.commands import Command, CommandKind, Result
from core.risk.policy import RiskPolicy
from gateway.directory import Directory
from gateway.engine.work import Desk, Found, Needs, Work
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import risk_service_pb2 as pb
from gateway.reasons import Reason
from gateway.risk.book import RiskBook
from gateway.risk.lists import RiskLists
from gateway.risk.reasons import WITH_CASE, assessment_message, features_of, reasons_of
from gateway.risk.signals import Told, signals_of
from gateway.security.request_key import Key
from gateway.stores.base import Reads
from gateway.stores.risk_rows import AssessmentRow, CaseRow, NoteRow
from gateway.works.orders import Asker, OrderKey, OrderWork

_OF_SAME = 20


class AssessOrder(OrderWork):
    """How a payment would be decided; nothing is kept.

    Attributes:
        row, policy: the assessment and what decided it, once it is finished.
    """

    row: AssessmentRow
    policy: RiskPolicy
    method = "AssessOrder"

    def __init__(
        self,
        asker: Asker,
        order: OrderKey,
        binding_id: int,
        told: Told,
        book: RiskBook,
        lists: RiskLists,
        deadline: float | None,
        *,
        use_account: bool,
    ) -> None:
        super().__init__(asker, order, None, deadline)
        self._binding_id = binding_id
        self._told = told
        self._book = book
        self._lists = lists
        self._use_account = use_account

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The order and the binding."""
        super().prepare(store, needs, now_ms)
        needs.bindings.add(self._binding_id)

    def resolve(self, found: Found, needs: Needs) -> None:
        """The person of the binding."""
        super().resolve(found, needs)
        binding = found.bindings.get(self._binding_id)
        if binding is not None:
            needs.persons.add(binding.person_id)

    def commands(self, found: Found) -> list[Command]:
        """One ASSESS, where a policy is in force."""
        if self._book.assessor.live is None:
            raise Refusal(Reason.RISK_POLICY_NOT_FOUND, "no risk policy is in force: activate one", field="role")
        binding = found.bindings.get(self._binding_id)
        if binding is None:
            raise Refusal(Reason.BINDING_NOT_FOUND, field="binding_id")
        order = found.ledger.order(self.order_id(found))
        return [
            self.command(
                found,
                CommandKind.ASSESS,
                person_id=binding.person_id,
                use_account=self._use_account,
                signals=signals_of(
                    self._told, self._lists, binding, order.institution_id if order else 0, found.now_ms
                ),
            )
        ]

    def extra(self, desk: Desk, outcome_facts: bytes) -> object:
        """Nothing of an order's own: the answer is of the assessment."""
        return None

    def finish(self, desk: Desk, results: list[Result]) -> None:
        """Keeps the assessment for the answer."""
        assert results[0].assessment is not None
        self.row = AssessmentRow(*results[0].assessment)._replace(assessment_id=0)
        self.policy = self._book.policy(desk.store, self.row.policy_id)


class ReadAssessment(Work):
    """One assessment in full."""

    method = "GetAssessment"

    def __init__(
        self, party_key: int, assessment_id: int, book: RiskBook, names: Directory, deadline: float | None
    ) -> None:
        super().__init__(party_key, None, deadline)
        self._assessment_id = assessment_id
        self._book = book
        self._names = names

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The assessment, its reasons, its case, and its like."""
        store = desk.store
        row = _assessment(store, self._assessment_id)
        policy = self._book.policy(store, row.policy_id)
        like = {
            column: store.assessments_like(row, column, _OF_SAME) if getattr(row, column) else []
            for column in ("person_id", "device")
        }
        return pb.GetAssessmentResponse(
            assessment=messages(store, self._book, self._names, [row])[0],
            reasons=reasons_of(policy, row, self._book.model_defaults(row.policy_id)),
            features=features_of(row),
            notes=[
                pb.ReviewNote(
                    noted_at_ms=note.at_ms,
                    reviewer=note.reviewer,
                    verdict=enums_pb2.ReviewVerdict.Name(note.verdict),
                    comment=note.comment,
                )
                for note in store.risk_notes(row.assessment_id)
            ],
            of_person=messages(store, self._book, self._names, like["person_id"]),
            of_device=messages(store, self._book, self._names, like["device"]),
        ).SerializeToString()


class ListAssessments(Work):
    """A page of assessments."""

    method = "ListAssessments"

    def __init__(
        self,
        party_key: int,
        order_id: int,
        before_id: int,
        limit: int,
        book: RiskBook,
        names: Directory,
        deadline: float | None,
        *,
        open_only: bool,
    ) -> None:
        super().__init__(party_key, None, deadline)
        self._order_id = order_id
        self._open_only = open_only
        self._before_id = before_id
        self._limit = limit
        self._book = book
        self._names = names

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The assessments, the newest first."""
        rows = desk.store.assessments(
            self._before_id, self._limit + 1, order_id=self._order_id, open_only=self._open_only
        )
        more = len(rows) > self._limit
        rows = rows[: self._limit]
        return pb.ListAssessmentsResponse(
            assessments=messages(desk.store, self._book, self._names, rows),
            next_page_token=str(rows[-1].assessment_id) if more else "",
        ).SerializeToString()


class Reviewed(NamedTuple):
    """A checked ReviewAssessment."""

    reviewer: str
    assignee: str
    verdict: int
    comment: str


class ReviewAssessment(OrderWork):
    """A case assigned, commented on or decided."""

    method = "ReviewAssessment"

    def __init__(
        self,
        asker: Asker,
        assessment_id: int,
        reviewed: Reviewed,
        book: RiskBook,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(asker, OrderKey(), key, deadline)
        self._assessment_id = assessment_id
        self._reviewed = reviewed
        self._book = book
        self._row: AssessmentRow | None = None
        self._case: CaseRow | None = None
        self.locks = frozenset({("risk_case", assessment_id)})

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The assessment, and its order."""
        self._row = store.assessment(self._assessment_id)
        self.order = OrderKey(self._row.order_id if self._row else 0)
        super().prepare(store, needs, now_ms)

    def commands(self, found: Found) -> list[Command]:
        """One JUDGE if this decides the case, else nothing of the core's."""
        row = self._row
        if row is None:
            raise Refusal(Reason.ASSESSMENT_NOT_FOUND, field="assessment_id")
        before = found.store.risk_cases([row.assessment_id]).get(
            row.assessment_id, CaseRow(row.assessment_id, enums_pb2.REVIEW_STATE_OPEN, 0, "", "")
        )
        if row.decision not in WITH_CASE or before.state == enums_pb2.REVIEW_STATE_DECIDED:
            raise Refusal(Reason.REVIEW_NOT_OPEN, field="assessment_id")
        self._case = self._next(before, row, found)
        if self._case.state != enums_pb2.REVIEW_STATE_DECIDED:
            return []
        sound = self._case.verdict == enums_pb2.REVIEW_VERDICT_SOUND
        return [self.command(found, CommandKind.JUDGE, assessment_id=row.assessment_id, sound=sound)]

    def _next(self, before: CaseRow, row: AssessmentRow, found: Found) -> CaseRow:
        """The case with what is done about it."""
        reviewed = self._reviewed
        case = before._replace(assignee=reviewed.assignee or before.assignee)
        if not reviewed.verdict:
            return case
        policy = self._book.policy(found.store, row.policy_id)
        if row.total_fen <= policy.document["limits"]["second_reviewer_fen"]:
            return case._replace(state=enums_pb2.REVIEW_STATE_DECIDED, verdict=reviewed.verdict)
        if before.state == enums_pb2.REVIEW_STATE_OPEN:
            return case._replace(
                state=enums_pb2.REVIEW_STATE_SECOND, verdict=reviewed.verdict, first_reviewer=reviewed.reviewer
            )
        if reviewed.reviewer == before.first_reviewer:
            raise Refusal(Reason.SECOND_REVIEWER_NEEDED, field="reviewer")
        if reviewed.verdict != before.verdict:  # they do not agree: it begins anew
            return case._replace(state=enums_pb2.REVIEW_STATE_OPEN, verdict=0, first_reviewer="")
        return case._replace(state=enums_pb2.REVIEW_STATE_DECIDED)

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Writes the case and what was done about it."""
        assert self._case is not None
        reviewed = self._reviewed
        desk.store.put_risk_case(self._case)
        desk.store.insert_risk_note(
            NoteRow(
                self._case.assessment_id,
                desk.batch,
                desk.found.now_ms,
                reviewed.reviewer,
                reviewed.verdict,
                reviewed.comment,
            )
        )
        return pb.ReviewAssessmentResponse(
            review_state=enums_pb2.ReviewState.Name(self._case.state),
            verdict=enums_pb2.ReviewVerdict.Name(self._case.verdict),
        ).SerializeToString()

    def extra(self, desk: Desk, outcome_facts: bytes) -> object:
        """Nothing of an order's own: the answer is of the case."""
        return None


def messages(store: Reads, book: RiskBook, names: Directory, rows: list[AssessmentRow]) -> list[pb.Assessment]:
    """Assessments with their cases, as the bureau sees them."""
    cases = store.risk_cases([row.assessment_id for row in rows])
    return [
        assessment_message(
            row,
            cases.get(row.assessment_id),
            book.policy(store, row.policy_id),
            names.institution_id(row.institution_id),
            names.party_id(row.channel_id),
        )
        for row in rows
    ]


def _assessment(store: Reads, assessment_id: int) -> AssessmentRow:
    row = store.assessment(assessment_id)
    if row is None:
        raise Refusal(Reason.ASSESSMENT_NOT_FOUND, field="assessment_id")
    return row
