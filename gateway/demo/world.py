"""Who is there before the morning begins: parties, institutions, policies and persons, brought in as a bureau would."""

import importlib.resources
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from gateway.catalogue.csv_file import read_catalogue
from gateway.demo import demand
from gateway.demo.client import Client, Party
from gateway.demo.people import CITIES, Person, now_ms, today
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import operator_service_pb2 as op

_ROWS_MAX = 1_000
AWAY_HOSPITAL = "H61010000001"
_PARTIES = (
    ("wallet-a", e.ROLE_CHANNEL, "Wallet A"),
    ("wallet-b", e.ROLE_CHANNEL, "Wallet B"),
    ("his-vendor", e.ROLE_INSTITUTION, "Hospital information systems"),
)
CHANNELS = ("wallet-a", "wallet-b")
# The letter opens the institution's id: H11010000001 is Beijing First Hospital.
_KINDS = (
    ("H", "First Hospital", e.INSTITUTION_LEVEL_LEVEL3),
    ("D", "District Hospital", e.INSTITUTION_LEVEL_LEVEL2),
    ("C", "Community Centre", e.INSTITUTION_LEVEL_COMMUNITY),
)
_SCENARIOS = (e.SCENARIO_REGISTRATION, e.SCENARIO_DIAGNOSIS, e.SCENARIO_INPATIENT)


class World(NamedTuple):
    """What the morning is played with.

    Attributes:
        bureau: the operator of the gateway.
        hospital: the vendor that acts for every institution.
        channels: the wallets, by id.
        institutions: names by id.
        credited_fen: what was put into personal accounts.
    """

    bureau: Party
    hospital: Party
    channels: dict[str, Party]
    institutions: dict[str, str]
    persons: list[Person]
    credited_fen: int


async def bring_in(client: Client, bureau_token: str, persons: list[Person], say: Callable[[str], None]) -> World:
    """Admits parties and institutions, publishes the shipped policies, imports persons, balances and use elsewhere."""
    bureau = client.as_party(bureau_token)
    tokens = {}
    for party_id, role, name in _PARTIES:
        request = op.PutPartyRequest(request_id=f"put-{party_id}", party_id=party_id, role=role, name=name)
        tokens[party_id] = (await bureau.call("OperatorService/PutParty", request)).token
    say(f"admitted {len(tokens)} parties: two wallets and the vendor that acts for the hospitals")
    say(f"published the policies of {await _policies(bureau)} regions")
    entry_count, region_count = await _catalogue(bureau)
    say(f"put {entry_count} entries into the catalogues of {region_count} regions: they say what class an item is of")
    institutions = await _institutions(bureau)
    say(f"admitted {len(institutions)} institutions")
    credited_fen = await _people(bureau, persons, say)
    return World(
        bureau=bureau,
        hospital=client.as_party(tokens["his-vendor"]),
        channels={party_id: client.as_party(tokens[party_id]) for party_id in CHANNELS},
        institutions=institutions,
        persons=persons,
        credited_fen=credited_fen,
    )


async def _policies(bureau: Party) -> int:
    files = [file for file in importlib.resources.files("policies").iterdir() if file.name.endswith(".json")]
    for file in sorted(files, key=lambda file: file.name):
        request = op.PutPolicyRequest(
            request_id=f"put-{file.name}", document=file.read_bytes(), file_name=file.name
        )  # fmt: skip
        put = await bureau.call("OperatorService/PutPolicy", request)
        # A region's first version: there is nothing to replay yet.
        activate = op.ActivatePolicyRequest(
            request_id=f"activate-{file.name}", region_code=put.region_code, document_digest=put.document_digest
        )
        await bureau.call("OperatorService/ActivatePolicy", activate)
    return len(files)


async def _catalogue(bureau: Party) -> tuple[int, int]:
    with importlib.resources.as_file(importlib.resources.files("policies") / "catalogue.csv") as path:
        found = read_catalogue(path)
    demand(not found.problems, f"the shipped catalogue has problems: {found.problems[:1]}")
    messages = [entry.message for entry in found.entries]
    await _import(bureau, "PutCatalogue", op.PutCatalogueRequest, messages)
    return len(messages), len({message.region_code for message in messages})


async def _institutions(bureau: Party) -> dict[str, str]:
    wanted = [
        (f"{letter}{region}00001", f"{city} {name}", level, region)
        for region, city in CITIES.items()
        for letter, name, level in _KINDS
    ]
    wanted.append((AWAY_HOSPITAL, "Xi'an Central Hospital", e.INSTITUTION_LEVEL_LEVEL3, "610100"))
    for institution_id, name, level, region in wanted:
        request = op.PutInstitutionRequest(
            request_id=f"put-{institution_id}", institution_id=institution_id, party_id="his-vendor", name=name,
            level=level, treatment_region_code=region, scenarios=_SCENARIOS,
        )  # fmt: skip
        await bureau.call("OperatorService/PutInstitution", request)
    return {institution_id: name for institution_id, name, _, _ in wanted}


async def _people(bureau: Party, persons: Sequence[Person], say: Callable[[str], None]) -> int:
    records = [
        op.PersonRecord(
            person_no=person.person_no, region_code=person.region, scheme=person.scheme, status=person.status,
            birth_date=person.birth_date, sex=e.SEX_FEMALE if person.number % 2 else e.SEX_MALE,
            id_document_kind=e.ID_DOCUMENT_KIND_ID_CARD, id_number=person.id_number, name=person.name,
            phone=person.phone, assistance=e.ASSISTANCE_NONE,
        )
        for person in persons
    ]  # fmt: skip
    await _import(bureau, "ImportPersons", op.ImportPersonsRequest, records)
    say(f"imported {len(records):,} insured persons of six cities")
    credits_ = list(itertools.chain.from_iterable(map(_credits, persons)))
    posted = await _import(bureau, "PostCredits", op.PostCreditsRequest, credits_)
    credited_fen = sum(credit.amount_fen for credit in credits_)
    demand(posted.posted_fen == credited_fen, "the gateway posted another sum than the credits that were sent")
    say(f"posted {len(credits_):,} credits, {credited_fen / 100:,.2f} yuan")
    elsewhere = [
        op.ElsewhereRecord(
            settlement_no=f"elsewhere-{person.number}", region_code=person.region, person_no=person.person_no,
            service=e.SERVICE_OUTPATIENT, service_date=today(), in_scope_fen=person.used_fen,
            deductible_fen=person.used_deductible_fen,
            pooled_fen=(person.used_fen - person.used_deductible_fen) // 2,
        )
        for person in persons
        if person.used_fen
    ]  # fmt: skip
    await _import(bureau, "ImportSettlements", op.ImportSettlementsRequest, elsewhere)
    say(f"told what {len(elsewhere):,} persons used elsewhere this year")
    return credited_fen


def _credits(person: Person) -> Iterator[op.CreditRecord]:
    purses = (
        ("current", e.CREDIT_KIND_MONTHLY_CREDIT, e.PURSE_CURRENT_YEAR, person.current_fen),
        ("prior", e.CREDIT_KIND_OPENING_BALANCE, e.PURSE_PRIOR_YEARS, person.prior_fen),
    )
    for word, kind, purse, amount_fen in purses:
        if amount_fen:
            yield op.CreditRecord(
                credit_no=f"{word}-{person.number}", region_code=person.region, person_no=person.person_no,
                kind=kind, amount_fen=amount_fen, purse=purse, credited_at_ms=now_ms(),
            )  # fmt: skip


async def _import(bureau: Party, rpc: str, request_type: Any, records: Iterable[Any]) -> Any:
    rows = list(records)
    requests = [
        request_type(request_id=f"{rpc}-{start}", records=rows[start : start + _ROWS_MAX])
        for start in range(0, len(rows), _ROWS_MAX)
    ]
    answer = await bureau.send(f"OperatorService/{rpc}", requests)
    first = answer.errors[0].message if answer.errors else "no reason"
    demand(answer.counts.created_count == len(rows), f"{rpc} refused {answer.counts.refused_count} rows: {first}")
    return answer
