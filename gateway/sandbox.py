"""The sandbox: sample parties, institutions, policies and persons with known outcomes, brought in as a bureau would.

Everything goes through the servicers, under numbers that stay the same, so that a second start changes nothing (what
is booked already is refused row by row, which is meant). The identity numbers and phones are made up and cannot belong
to anybody.
"""

import hashlib
import importlib.resources
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from gateway.bootstrap import Gateway
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.pb.medsettle.v1 import risk_service_pb2 as risk_pb
from gateway.reasons import Reason
from gateway.servicers.base import Caller
from gateway.servicers.fields import china_day, day_text

_ALL_SCENARIOS = [number for number in e.Scenario.DESCRIPTOR.values_by_number if number]


class SamplePerson(NamedTuple):
    """A person and what a payment of theirs shows."""

    person_no: str
    name: str
    region: str
    scheme: int
    status: int
    birth_date: str
    balance_fen: int
    outcome: str

    @property
    def id_number(self) -> str:
        """Made up: region 000000 exists nowhere."""
        return f"000000{self.birth_date.replace('-', '')}{int(self.person_no[-4:]):04d}"

    @property
    def phone(self) -> str:
        """Made up: no Chinese number begins with 100 and eight digits."""
        return f"1000000{int(self.person_no[-4:]):04d}"


PERSONS = (
    SamplePerson("SBX0001", "Zhao Full", "110100", e.SCHEME_EMPLOYEE, e.PERSON_STATUS_ACTIVE, "1985-03-02", 500_000,
                 "a small bill stays under the deductible: the account pays all of it"),
    SamplePerson("SBX0002", "Qian Deep", "110100", e.SCHEME_EMPLOYEE, e.PERSON_STATUS_ACTIVE, "1979-07-15", 0,
                 "1,700 of 1,800 yuan deductible are used: the next bill crosses it, cash is due"),
    SamplePerson("SBX0003", "Sun Wholly", "440300", e.SCHEME_EMPLOYEE, e.PERSON_STATUS_RETIRED, "1955-01-20", 800_000,
                 "no deductible and a full account: wholly paid by insurance, no cash"),
    SamplePerson("SBX0004", "Li Empty", "440100", e.SCHEME_EMPLOYEE, e.PERSON_STATUS_ACTIVE, "1990-11-08", 1_000,
                 "10 yuan in the account: it pays them, the rest of the person's part is cash"),
    SamplePerson("SBX0005", "Zhou Away", "610200", e.SCHEME_EMPLOYEE, e.PERSON_STATUS_ACTIVE, "1974-05-30", 0,
                 "treated away from home with a referral: 10 percentage points less"),
    SamplePerson("SBX0006", "Wu Stay", "110100", e.SCHEME_EMPLOYEE, e.PERSON_STATUS_RETIRED, "1950-09-09", 200_000,
                 "an in-patient stay over several bands"),
    SamplePerson("SBX0007", "Zheng Senior", "310100", e.SCHEME_RESIDENT, e.PERSON_STATUS_ELDER, "1948-02-11", 0,
                 "a resident of Shanghai: deductible of 500 yuan, then 50 to 70 %"),
    SamplePerson("SBX0008", "Wang Child", "420100", e.SCHEME_RESIDENT, e.PERSON_STATUS_STUDENT, "2014-06-01", 0,
                 "a student in Wuhan: nothing at a level-3 hospital, half at a community centre"),
)  # fmt: skip

_CITIES = (("110100", "Beijing"), ("310100", "Shanghai"), ("440300", "Shenzhen"), ("440100", "Guangzhou"),
           ("610200", "Tongchuan"), ("420100", "Wuhan"))  # fmt: skip
_KINDS = (("H", "First Hospital", e.INSTITUTION_LEVEL_LEVEL3), ("C", "Community Centre", e.INSTITUTION_LEVEL_COMMUNITY),
          ("P", "Garden Pharmacy", e.INSTITUTION_LEVEL_PHARMACY))  # fmt: skip
PARTIES = (
    ("wallet-a", e.ROLE_CHANNEL, "Wallet A"),
    ("wallet-b", e.ROLE_CHANNEL, "Wallet B"),
    ("clinic-isv", e.ROLE_INSTITUTION, "Clinic software"),
    ("records", e.ROLE_MESH, "Records service"),
)


async def fill_sandbox(gateway: Gateway) -> str:
    """Brings the samples in; gives the text that tells a newcomer what is there."""
    handlers = {f"{rpc.service.rpartition('.')[2]}/{rpc.name}": rpc.handler for rpc in gateway.rpcs}
    bureau = next(party for party in gateway.directory.parties() if party.role == e.ROLE_BUREAU)
    caller = Caller(bureau.party_key, bureau.party_id, bureau.role, None)

    async def call(method: str, request: Any) -> Any:
        handler: Any = handlers[f"OperatorService/{method}"]
        return await handler(caller, request)

    lines = ["sandbox parties (authorization: Bearer TOKEN):"]
    for party_id, role, name in PARTIES:
        answer = await call(
            "PutParty", pb.PutPartyRequest(request_id=f"sandbox-{party_id}", party_id=party_id, role=role, name=name)
        )
        lines.append(f"  {party_id:<11} {answer.token}")
    lines.append(f"sandbox institutions (of clinic-isv): {await _institutions(call)}")
    lines += await _policies(call)
    lines += await _persons(gateway, call)
    lines.append(await _risk_policy(handlers["RiskService/PutRiskPolicy"], caller))
    lines.append(f"one-time codes are delivered to {gateway.outbox}")
    return "\n".join(lines)


async def _policies(call: Any) -> list[str]:
    """Puts the policies that ship in force where their regions have none; gives a line for each that must wait."""
    waiting = []
    for file in sorted(importlib.resources.files("policies").iterdir(), key=lambda path: path.name):
        if not file.name.endswith(".json"):
            continue
        document = file.read_bytes()
        # The text is part of the id: another release ships another document, and that is another request.
        request_id = f"sandbox-{hashlib.sha256(document).hexdigest()[:32]}"
        put = await call(
            "PutPolicy",
            pb.PutPolicyRequest(request_id=f"{request_id}-put", document=document, file_name=file.name),
        )
        activate = pb.ActivatePolicyRequest(
            request_id=f"{request_id}-activate", region_code=put.region_code, document_digest=put.document_digest
        )
        try:
            await call("ActivatePolicy", activate)
        except Refusal as refusal:
            if refusal.reason not in (Reason.REPLAY_REQUIRED, Reason.POLICY_DATES_CONFLICT):
                raise
            waiting.append(f"policy {file.name} is a draft, another version of its region is in force: replay it first")
    return waiting


async def _risk_policy(put: Any, caller: Caller) -> str:
    """Stores the risk policy that ships; it decides nothing until somebody activates it."""
    document = importlib.resources.files("policies").joinpath("risk", "standard.json").read_bytes()
    request_id = f"sandbox-{hashlib.sha256(document).hexdigest()[:32]}"
    stored = await put(caller, risk_pb.PutRiskPolicyRequest(request_id=request_id, document=document))
    return f"risk policy {stored.risk_policy_id} is stored: RiskService.ActivateRiskPolicy puts it in force"


async def _institutions(call: Any) -> str:
    for region, city in _CITIES:
        for letter, name, level in _KINDS:
            await call(
                "PutInstitution",
                pb.PutInstitutionRequest(
                    request_id=f"sandbox-{letter}{region}", institution_id=f"{letter}{region}00001",
                    party_id="clinic-isv", name=f"{city} {name}", level=level, treatment_region_code=region,
                    scenarios=_ALL_SCENARIOS,
                ),
            )  # fmt: skip
    return "H (hospital), C (community centre) or P (pharmacy) + region + 00001, for example H11010000001"


async def _persons(gateway: Gateway, call: Any) -> list[str]:
    persons = [
        pb.PersonRecord(
            person_no=person.person_no, region_code=person.region, scheme=person.scheme, status=person.status,
            birth_date=person.birth_date, sex=e.SEX_FEMALE, id_document_kind=e.ID_DOCUMENT_KIND_ID_CARD,
            id_number=person.id_number, name=person.name, phone=person.phone, assistance=e.ASSISTANCE_NONE,
        )
        for person in PERSONS
    ]  # fmt: skip
    today = china_day(gateway.clock.now_ms())
    credits_ = [
        pb.CreditRecord(
            credit_no=f"sandbox-{person.person_no}", region_code=person.region, person_no=person.person_no,
            kind=e.CREDIT_KIND_OPENING_BALANCE, amount_fen=person.balance_fen, purse=e.PURSE_PRIOR_YEARS,
            credited_at_ms=today * 86_400_000,
        )
        for person in PERSONS
        if person.balance_fen
    ]  # fmt: skip
    await call("ImportPersons", _one(pb.ImportPersonsRequest(request_id=f"sandbox-persons-{today}", records=persons)))
    await call("PostCredits", _one(pb.PostCreditsRequest(request_id=f"sandbox-credits-{today}", records=credits_)))
    deep = PERSONS[1]
    used = pb.ElsewhereRecord(
        settlement_no="sandbox-deductible", region_code=deep.region, person_no=deep.person_no,
        service=e.SERVICE_OUTPATIENT, service_date=day_text(today), in_scope_fen=170_000, deductible_fen=170_000,
    )  # fmt: skip
    await call(
        "ImportSettlements", _one(pb.ImportSettlementsRequest(request_id=f"sandbox-used-{today}", records=[used]))
    )
    return ["sandbox persons (name, identity number, phone: outcome):"] + [
        f"  {person.name}, {person.id_number}, {person.phone}, region {person.region}: {person.outcome}"
        for person in PERSONS
    ]


async def _one(message: Any) -> AsyncIterator[Any]:
    yield message
