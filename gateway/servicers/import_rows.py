"""Rows of the imports checked one by one: a good row as the work takes it, a bad one as its refusal."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from gateway.catalogue.entries import NO_END, NO_LIMIT
from gateway.errors import Refusal, invalid
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.security.secrets import Secrets
from gateway.servicers import fields
from gateway.works.people import Booking, PersonFacts, RowFault
from gateway.works.rules.catalogue import CatalogueFacts
from gateway.works.rules.plans import NO_END as NO_PLAN_END
from gateway.works.rules.plans import EnrolmentFacts

ROWS_MAX = 1000

_STATUSES = {
    enums_pb2.SCHEME_EMPLOYEE: (enums_pb2.PERSON_STATUS_ACTIVE, enums_pb2.PERSON_STATUS_RETIRED),
    enums_pb2.SCHEME_RESIDENT: (
        enums_pb2.PERSON_STATUS_RESIDENT,
        enums_pb2.PERSON_STATUS_STUDENT,
        enums_pb2.PERSON_STATUS_ELDER,
    ),
}
# The first self-pay ratios that a class may have, and what a message says of others.
SELF_PAY_PPM: dict[int, tuple[int, int, str]] = {
    enums_pb2.ITEM_CLASS_A: (0, 0, "must be 0 for class A; what has a ratio is class B"),
    enums_pb2.ITEM_CLASS_B: (0, 1_000_000, "must be 0 to 1,000,000 ppm for class B"),
    enums_pb2.ITEM_CLASS_C: (1_000_000, 1_000_000, "must be 1,000,000 ppm (100 %) for class C"),
}
_STAYS_MIN, _STAYS_MAX = -1, 99

Row = TypeVar("Row")


class PersonHashes(NamedTuple):
    """What a person is matched by."""

    id_hash: bytes
    name_hash: bytes
    phone_hash: bytes


def rows_of(records: Iterable[Any], parse: Callable[[int, Any], Row]) -> tuple[list[Row], list[RowFault]]:
    """The good rows and the bad ones of a message, numbered from 1.

    Raises:
        Refusal: FIELD_INVALID when the message has no rows or too many.
    """
    good, bad = [], []
    for row_no, record in enumerate(records, 1):
        if row_no > ROWS_MAX:
            raise invalid("records", f"must be 1 to {ROWS_MAX} rows: send more messages")
        try:
            good.append(parse(row_no, record))
        except Refusal as refusal:
            bad.append(RowFault(row_no, refusal))
    if not good and not bad:
        raise invalid("records", f"must be 1 to {ROWS_MAX} rows")
    return good, bad


def person_hashes(secrets: Secrets, record: Any) -> PersonHashes:
    """The keyed hashes of whom a message describes: id_document_kind with id_number, name, phone; each is checked."""
    kind = fields.choice("id_document_kind", record.id_document_kind, enums_pb2.IdDocumentKind)
    id_number = fields.text("id_number", record.id_number, 1, 50)
    name = fields.text("name", record.name, 1, 128)
    phone = fields.digits("phone", record.phone, 5, 20)
    return PersonHashes(
        secrets.identity_hash("id_number", f"{kind}|{id_number}"),
        secrets.identity_hash("name", name),
        secrets.identity_hash("phone", phone),
    )


def person_row(row_no: int, record: pb.PersonRecord, new_person_id: int, secrets: Secrets, today: int) -> PersonFacts:
    """A row of ImportPersons."""
    region = fields.region("region_code", record.region_code)
    person_no = fields.text("person_no", record.person_no, 1, 64)
    scheme = fields.choice("scheme", record.scheme, enums_pb2.Scheme)
    status = fields.choice("status", record.status, enums_pb2.PersonStatus)
    if status not in _STATUSES[record.scheme]:
        raise invalid("status", "must be one of the person's scheme")
    birth_date = fields.date("birth_date", record.birth_date)
    if fields.day(birth_date) > today:
        raise invalid("birth_date", "must not be after today")
    fields.choice("sex", record.sex, enums_pb2.Sex)
    hashes = person_hashes(secrets, record)
    assistance = fields.choice("assistance", record.assistance, enums_pb2.Assistance)
    attributes = (
        int(birth_date.strftime("%Y%m%d")),
        scheme,
        status,
        int(record.civil_servant),
        assistance,
        int(record.family_doctor),
    )
    return PersonFacts(row_no, new_person_id, region, person_no, *hashes, attributes)


def credit_row(row_no: int, record: pb.CreditRecord, today: int) -> Booking:
    """A row of PostCredits; its values are kind, amount_fen, prior_years, day."""
    number = fields.text("credit_no", record.credit_no, 1, 64)
    region = fields.region("region_code", record.region_code)
    person_no = fields.text("person_no", record.person_no, 1, 64)
    kind = fields.choice("kind", record.kind, enums_pb2.CreditKind)
    if kind == enums_pb2.CREDIT_KIND_CORRECTION:
        amount_fen = _signed_fen("amount_fen", record.amount_fen)
        if amount_fen == 0:
            raise invalid("amount_fen", "must not be 0")
    else:
        amount_fen = fields.fen("amount_fen", record.amount_fen, 1)
    purse = fields.choice("purse", record.purse, enums_pb2.Purse)
    day = fields.china_day(fields.at_ms("credited_at_ms", record.credited_at_ms))
    if day > today:
        raise invalid("credited_at_ms", "must not be after today")
    return Booking(
        row_no, region, number, person_no, (kind, amount_fen, int(purse == enums_pb2.PURSE_PRIOR_YEARS), day)
    )


def settlement_row(row_no: int, record: pb.ElsewhereRecord, today: int) -> Booking:
    """A row of ImportSettlements; its values are day, service, the five amounts, stays."""
    number = fields.text("settlement_no", record.settlement_no, 1, 64)
    region = fields.region("region_code", record.region_code)
    person_no = fields.text("person_no", record.person_no, 1, 64)
    service = fields.choice("service", record.service, enums_pb2.Service)
    day = fields.day(fields.date("service_date", record.service_date))
    if day > today:
        raise invalid("service_date", "must not be after today")
    amounts_fen = [
        _signed_fen(name, getattr(record, name))
        for name in ("in_scope_fen", "deductible_fen", "pooled_fen", "major_counted_fen", "major_fen")
    ]
    if not _STAYS_MIN <= record.stays <= _STAYS_MAX:
        raise invalid("stays", f"must be {_STAYS_MIN} to {_STAYS_MAX}")
    return Booking(row_no, region, number, person_no, (day, service, *amounts_fen, record.stays))


def catalogue_row(row_no: int, record: pb.CatalogueEntry) -> CatalogueFacts:
    """A row of PutCatalogue."""
    region = fields.region("region_code", record.region_code)
    item_code = fields.text("item_code", record.item_code, 1, 50)
    item_name = fields.text("item_name", record.item_name, 0, 128)
    item_class = fields.choice("item_class", record.item_class, enums_pb2.ItemClass)
    low_ppm, high_ppm, of_class = SELF_PAY_PPM[item_class]
    if not low_ppm <= record.self_pay_ppm <= high_ppm:
        raise invalid("self_pay_ppm", of_class)
    has_limit = record.HasField("price_limit_fen")
    limit_fen = fields.fen("price_limit_fen", record.price_limit_fen) if has_limit else NO_LIMIT
    valid_from = fields.day(fields.date("valid_from", record.valid_from))
    valid_to = fields.day(fields.date("valid_to", record.valid_to)) if record.valid_to else NO_END
    if valid_to < valid_from - 1:
        raise invalid("valid_to", "must not be before valid_from; the day before withdraws the entry")
    content = (valid_to, item_class, record.self_pay_ppm, limit_fen, int(record.deductible_exempt), item_name)
    return CatalogueFacts(row_no, region, item_code, valid_from, content)


def enrolment_row(row_no: int, record: pb.EnrolmentRecord) -> EnrolmentFacts:
    """A row of ImportEnrolments."""
    region = fields.region("region_code", record.region_code)
    person_no = fields.text("person_no", record.person_no, 1, 64)
    plan_id = fields.text("plan_id", record.plan_id, 1, 64)
    valid_from = fields.day(fields.date("valid_from", record.valid_from))
    valid_to = fields.day(fields.date("valid_to", record.valid_to)) if record.valid_to else NO_PLAN_END
    if valid_to < valid_from:
        raise invalid("valid_to", "must not be before valid_from")
    return EnrolmentFacts(row_no, region, person_no, plan_id, valid_from, valid_to)


def _signed_fen(field: str, value: int) -> int:
    return fields.fen(field, value, -fields.MONEY_MAX_FEN)
