"""Insured persons, the money put into their accounts, and what they were settled elsewhere: imported a message a time.

A bad row is refused alone. Rows are numbered within their message, so that a replayed message answers the same
wherever it stands in the next stream.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from core.commands import Command, CommandKind, Result
from core.policy import LookupFailed
from gateway.engine.work import Desk, Found, Needs, Work
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.reasons import Reason
from gateway.security.request_key import Key
from gateway.stores.base import PersonRow, Reads

_ATTRIBUTES_AT = 17  # where region, birth_date ... family_doctor stand in ACCOUNT_COLUMNS
_FIELD_OF_REASON = {
    Reason.PERSON_NOT_FOUND: "person_no",
    Reason.REGION_UNKNOWN: "region_code",
    Reason.BENEFIT_YEAR_CLOSED: "service_date",
}


class RowFault(NamedTuple):
    """A row that is refused, and why."""

    row_no: int
    refusal: Refusal


class PersonFacts(NamedTuple):
    """A checked row of ImportPersons."""

    row_no: int
    new_person_id: int  # for a person who is not known yet
    region: int
    person_no: str
    id_hash: bytes
    name_hash: bytes
    phone_hash: bytes
    attributes: tuple[int, ...]  # birth_date, scheme, status, civil_servant, assistance, family_doctor of the account


class Booking(NamedTuple):
    """A checked row of PostCredits or ImportSettlements; `values` are the columns of its table after the person."""

    row_no: int
    region: int
    number: str
    person_no: str
    values: tuple[int, ...]


class ImportWork(Work):
    """One message of an import: rows with their own numbers, refused one by one."""

    takes_refusals = True

    def __init__(self, party_key: int, faults: Sequence[RowFault], key: Key, deadline: float | None) -> None:
        super().__init__(party_key, key, deadline)
        # Imports see the store as it was before the batch, so no two of them share one.
        self.locks = frozenset({"people"})
        self._bad_rows = faults
        self._faults: list[RowFault] = []
        self._counts = pb.ImportCounts()

    def start(self, row_count: int) -> None:
        """Begins to count; a batch that failed is tried again, and counts again."""
        self._faults = list(self._bad_rows)
        self._counts = pb.ImportCounts(row_count=row_count + len(self._bad_rows))

    def refuse(self, row_no: int, reason: Reason, message: str = "", field: str = "") -> None:
        """Refuses a row."""
        self._faults.append(RowFault(row_no, Refusal(reason, message, field=field)))

    def counts(self) -> pb.ImportCounts:
        """What became of the rows."""
        self._counts.refused_count = len(self._faults)
        counts = self._counts
        assert counts.row_count == (
            counts.created_count + counts.updated_count + counts.unchanged_count + counts.refused_count
        ), "every row has become something"
        return counts

    def errors(self) -> list[pb.RowError]:
        """The refused rows by number."""
        return [
            pb.RowError(
                row_no=fault.row_no,
                reason=int(fault.refusal.reason),
                field=fault.refusal.metadata.get("field", ""),
                message=fault.refusal.message,
            )
            for fault in sorted(self._faults, key=lambda fault: fault.row_no)
        ]


class ImportPersons(ImportWork):
    """Persons added, or what is known of them replaced; their money and accumulators stay as they are."""

    method = "ImportPersons"

    def __init__(
        self, party_key: int, rows: Sequence[PersonFacts], faults: Sequence[RowFault], key: Key, deadline: float | None
    ) -> None:
        super().__init__(party_key, faults, key, deadline)
        self._rows = rows
        self._known: dict[tuple[int, str], PersonRow] = {}
        self._holders: dict[tuple[int, bytes], int] = {}
        self._puts: list[PersonRow] = []

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """Who is known by these numbers, and who by these documents."""
        self._known = store.persons_by_no({(row.region, row.person_no) for row in self._rows})
        holders = store.persons_by_id_hash({(row.region, row.id_hash) for row in self._rows})
        self._holders = {(holder.region, holder.id_hash): holder.person_id for holder in holders}
        needs.persons.update(person.person_id for person in self._known.values())

    def commands(self, found: Found) -> list[Command]:
        """One PUT_PERSON for each row that says something new."""
        self.start(len(self._rows))
        self._puts = []
        commands = []
        put_attributes: dict[int, tuple[int, ...]] = {}
        for row in self._rows:
            before = self._known.get((row.region, row.person_no))
            person = PersonRow(
                before.person_id if before else row.new_person_id,
                row.region,
                row.person_no,
                row.id_hash,
                row.name_hash,
                row.phone_hash,
            )
            if self._holders.get((row.region, row.id_hash), person.person_id) != person.person_id:
                self.refuse(
                    row.row_no,
                    Reason.FIELD_INVALID,
                    "id_number must not be that of another person of the region",
                    "id_number",
                )
                continue
            attributes = put_attributes.get(person.person_id) or _attributes(found, person.person_id)
            wanted = (row.region, *row.attributes)
            if person == before and attributes == wanted:
                self._counts.unchanged_count += 1
                continue
            if before is None:
                self._counts.created_count += 1
            else:
                self._counts.updated_count += 1
                self._holders.pop((before.region, before.id_hash), None)
            self._known[row.region, row.person_no] = person
            self._holders[row.region, row.id_hash] = person.person_id
            put_attributes[person.person_id] = wanted
            self._puts.append(person)
            commands.append(Command(CommandKind.PUT_PERSON, found.now_ms, person_id=person.person_id, person=wanted))
        return commands

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Keeps who they are, as hashes."""
        desk.store.put_persons(self._puts)
        return pb.ImportPersonsResponse(counts=self.counts(), errors=self.errors()).SerializeToString()


class _Book(ImportWork):
    """Rows that are booked once for good under a number of their region."""

    number_taken = Reason.UNSPECIFIED
    value_names: tuple[str, ...] = ()
    range_field = ""

    def __init__(
        self, party_key: int, rows: Sequence[Booking], faults: Sequence[RowFault], key: Key, deadline: float | None
    ) -> None:
        super().__init__(party_key, faults, key, deadline)
        self._rows = rows
        self._people: dict[tuple[int, str], PersonRow] = {}
        self._stored: Mapping[tuple[int, str], tuple[Any, ...]] = {}
        self._wanted: list[tuple[Booking, int]] = []
        self._repeats: list[Booking] = []

    def booked(self, store: Reads, keys: set[tuple[int, str]]) -> Mapping[tuple[int, str], tuple[Any, ...]]:
        """Rows of the table by (region, number)."""
        raise NotImplementedError

    def command(self, found: Found, row: Booking, person_id: int) -> Command:
        """The core's part of a row."""
        raise NotImplementedError

    def noted(self, result: Result) -> tuple[int, ...]:
        """What the core has to add to a row: the columns of its table after the batch."""
        return ()

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The persons, and what is booked under these numbers already."""
        self._people = store.persons_by_no({(row.region, row.person_no) for row in self._rows})
        self._stored = self.booked(store, {(row.region, row.number) for row in self._rows})
        needs.persons.update(person.person_id for person in self._people.values())

    def commands(self, found: Found) -> list[Command]:
        """One for each row that is not booked yet."""
        self.start(len(self._rows))
        self._wanted, self._repeats = [], []
        contents = {key: tuple(row[2 : 3 + len(self.value_names)]) for key, row in self._stored.items()}
        in_message: set[tuple[int, str]] = set()
        for row in self._rows:
            person = self._people.get((row.region, row.person_no))
            if person is None:
                self.refuse(row.row_no, Reason.PERSON_NOT_FOUND, field="person_no")
                continue
            content, key = (person.person_id, *row.values), (row.region, row.number)
            before = contents.get(key)
            if before is None:
                reason = _reason_of_region(found, row.region)
                if reason:
                    self.refuse(row.row_no, reason, field="region_code")
                    continue
                contents[key] = content
                in_message.add(key)
                self._wanted.append((row, person.person_id))
            elif before != content:
                self._refuse_taken(row.row_no, before, content)
            elif key in in_message:
                self._repeats.append(row)
            else:
                self._counts.unchanged_count += 1
        return [self.command(found, row, person_id) for row, person_id in self._wanted]

    def take(self, results: list[Result], batch: int) -> list[tuple[Any, ...]]:
        """Sorts the core's results into rows of the table and refusals."""
        booked, refused = [], {}
        for (row, person_id), result in zip(self._wanted, results, strict=True):
            if result.reason:
                refused[row.region, row.number] = result.reason
                self._refuse_by_core(row, result.reason)
            else:
                self._counts.created_count += 1
                facts = (row.region, row.number, person_id, *row.values, batch)
                booked.append((*facts, *self.noted(result)))
        for row in self._repeats:
            if (row.region, row.number) in refused:
                self._refuse_by_core(row, refused[row.region, row.number])
            else:
                self._counts.unchanged_count += 1
        return booked

    def _refuse_by_core(self, row: Booking, reason: int) -> None:
        self.refuse(row.row_no, Reason(reason), field=_FIELD_OF_REASON.get(Reason(reason), self.range_field))

    def _refuse_taken(self, row_no: int, before: tuple[Any, ...], content: tuple[Any, ...]) -> None:
        names = ("person_no", *self.value_names)
        field = next(name for name, old, new in zip(names, before, content, strict=True) if old != new)
        self.refuse(row_no, self.number_taken, f"the number is booked with another {field}", field)


class PostCredits(_Book):
    """Money put into accounts."""

    method = "PostCredits"
    number_taken = Reason.CREDIT_NO_TAKEN
    value_names = ("kind", "amount_fen", "purse", "credited_at_ms")
    range_field = "amount_fen"

    def booked(self, store: Reads, keys: set[tuple[int, str]]) -> Mapping[tuple[int, str], tuple[Any, ...]]:
        """Credits of these numbers."""
        return store.credits(keys)

    def command(self, found: Found, row: Booking, person_id: int) -> Command:
        """One CREDIT."""
        _kind, amount_fen, prior_years, day = row.values
        return Command(
            CommandKind.CREDIT,
            found.now_ms,
            person_id=person_id,
            amount_fen=amount_fen,
            prior_years=bool(prior_years),
            day=day,
        )

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Books the credits."""
        rows = self.take(results, desk.batch)
        desk.store.insert_credits(rows)
        return pb.PostCreditsResponse(
            counts=self.counts(), errors=self.errors(), posted_fen=sum(row[4] for row in rows)
        ).SerializeToString()


class ImportSettlements(_Book):
    """What was settled elsewhere, added to the accumulators."""

    method = "ImportSettlements"
    number_taken = Reason.SETTLEMENT_NO_TAKEN
    value_names = (
        "service_date",
        "service",
        "in_scope_fen",
        "deductible_fen",
        "pooled_fen",
        "major_counted_fen",
        "major_fen",
        "stays",
    )

    def booked(self, store: Reads, keys: set[tuple[int, str]]) -> Mapping[tuple[int, str], tuple[Any, ...]]:
        """Settlements of these numbers."""
        return store.used_elsewhere(keys)

    def command(self, found: Found, row: Booking, person_id: int) -> Command:
        """One USE_ELSEWHERE."""
        day, *usage = row.values
        return Command(CommandKind.USE_ELSEWHERE, found.now_ms, person_id=person_id, day=day, usage=tuple(usage))

    def noted(self, result: Result) -> tuple[int, ...]:
        """Whose accumulators it filled: the policy may say otherwise some day."""
        return (result.usage_groups,)

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Books the settlements."""
        desk.store.insert_used_elsewhere(self.take(results, desk.batch))
        return pb.ImportSettlementsResponse(counts=self.counts(), errors=self.errors()).SerializeToString()


def _attributes(found: Found, person_id: int) -> tuple[int, ...] | None:
    row = found.ledger.accounts.row(person_id)
    return None if row is None else row[_ATTRIBUTES_AT:-1]


def _reason_of_region(found: Found, region: int) -> Reason | None:
    """Why money of a region cannot be booked: without its policy nobody knows when its benefit year begins."""
    try:
        found.ledger.pricer.rules.benefit_year_day(f"{region:06d}", found.now_ms // 86_400_000)
    except LookupFailed as failure:
        return Reason(failure.reason)
    return None
