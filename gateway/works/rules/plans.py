"""Plans that pay after the statutory funds: put, listed, and persons enrolled in them."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import orjson

from core.commands import Command, CommandKind, Result
from core.ledger import Ledger
from gateway.engine.work import Desk, Found, Needs, Work
from gateway.errors import Refusal
from gateway.ids import key_of
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.reasons import Reason
from gateway.security.request_key import Key
from gateway.stores.base import PersonRow, PlanRow, Reads
from gateway.works.people import ImportWork, RowFault

NO_END = 99_999_999  # the last day of an enrolment that names none
_TENDERS = {"other_fund": enums_pb2.TENDER_KIND_OTHER_FUND, "commercial": enums_pb2.TENDER_KIND_COMMERCIAL}
_FIELDS = {
    Reason.PERSON_NOT_FOUND: "person_no",
    Reason.PLAN_NOT_FOUND: "plan_id",
    Reason.PLAN_NOT_FOR_REGION: "plan_id",
    Reason.PLANS_OVERLAP: "valid_from",
}


class PlanFacts(NamedTuple):
    """A document that has passed every check of core.plans."""

    plan_id: str
    effective_from: str
    file: str
    document: bytes


class EnrolmentFacts(NamedTuple):
    """A checked row of ImportEnrolments; days since 1970-01-01."""

    row_no: int
    region: int
    person_no: str
    plan_id: str
    valid_from: int
    valid_to: int  # NO_END


class PutPlan(Work):
    """A version of a plan, in force for the service dates from its beginning on."""

    method = "PutPlan"

    def __init__(self, caller_key: int, facts: PlanFacts, ledger: Ledger, key: Key, deadline: float | None) -> None:
        super().__init__(caller_key, key, deadline)
        self._facts = facts
        self._ledger = ledger
        self._row: PlanRow | None = None
        self.locks = frozenset({"people", ("plan", facts.plan_id)})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Puts the document beside the plan's others, as the one put last."""
        facts = self._facts
        misfit = self._ledger.pricer.rules.plans.misfit(orjson.loads(facts.document), facts.file)
        if misfit is not None:
            message = f"{facts.file}: {misfit.rule} {misfit.message}"
            raise Refusal(Reason.PLAN_INVALID, message, file=facts.file, rule=misfit.rule)
        row = plan_row(facts, desk.batch)
        desk.store.insert_plan(row)
        self._row = row
        return pb.PutPlanResponse(
            plan_id=facts.plan_id, effective_from=facts.effective_from, document_digest=row.digest
        ).SerializeToString()

    def committed(self) -> None:
        """From the next batch on it prices."""
        if self._row is not None:
            self._ledger.pricer.rules.plans.put(orjson.loads(self._row.document), self._row.file, self._row.plan_key)


class ListPlans(Work):
    """All versions of all plans."""

    method = "ListPlans"

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """By id and beginning, those put last behind those that they replace."""
        return pb.ListPlansResponse(plans=map(_message, desk.store.plans())).SerializeToString()


class ImportEnrolments(ImportWork):
    """Who has which plan, and on which days."""

    method = "ImportEnrolments"

    def __init__(
        self,
        party_key: int,
        rows: Sequence[EnrolmentFacts],
        faults: Sequence[RowFault],
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(party_key, faults, key, deadline)
        self._rows = rows
        self._people: dict[tuple[int, str], PersonRow] = {}
        self._wanted: list[tuple[EnrolmentFacts, bool]] = []

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The persons."""
        self._people = store.persons_by_no({(row.region, row.person_no) for row in self._rows})
        needs.persons.update(person.person_id for person in self._people.values())

    def commands(self, found: Found) -> list[Command]:
        """One ENROL for each row that says something new."""
        self.start(len(self._rows))
        self._wanted = []
        commands = []
        for row in self._rows:
            person = self._people.get((row.region, row.person_no))
            if person is None:
                self.refuse(row.row_no, Reason.PERSON_NOT_FOUND, field="person_no")
                continue
            terms = (row.plan_id, row.valid_from, row.valid_to)
            held = {one.plan_id: one for one in found.ledger.enrolments_of(person.person_id)}
            before = held.get(row.plan_id)
            if before is not None and (before.plan_id, before.valid_from, before.valid_to) == terms:
                self._counts.unchanged_count += 1
                continue
            self._wanted.append((row, before is None))
            commands.append(Command(CommandKind.ENROL, found.now_ms, person_id=person.person_id, enrolment=terms))
        return commands

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Counts; the core's rows are the enrolments."""
        for (row, is_new), result in zip(self._wanted, results, strict=True):
            if result.reason:
                reason = Reason(result.reason)
                self.refuse(row.row_no, reason, field=_FIELDS[reason])
            elif is_new:
                self._counts.created_count += 1
            else:
                self._counts.updated_count += 1
        return pb.ImportEnrolmentsResponse(counts=self.counts(), errors=self.errors()).SerializeToString()


def plan_row(facts: PlanFacts, batch: int) -> PlanRow:
    """A document's row; its key follows from what it says, so that equal documents are one version."""
    plan_key = key_of(f"plan|{facts.document.hex()}")
    digest = hashlib.sha256(facts.document).hexdigest()
    return PlanRow(plan_key, facts.plan_id, facts.effective_from, facts.file, facts.document, digest, batch)


def _message(row: PlanRow) -> pb.Plan:
    document = orjson.loads(row.document)
    return pb.Plan(
        plan_id=row.plan_id,
        tender=_TENDERS[document["tender"]],
        effective_from=row.effective_from,
        effective_to=document.get("effective_to") or "",
        region_codes=document["regions"],
        document_digest=row.digest,
    )
