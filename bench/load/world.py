"""Who is there before the clinic opens: brought in over the socket, as a bureau and two wallets would.

The persons, parties and hospitals are the demo's, with its six shipped policies. Pharmacies come on top: the shipped
policies have no rule for SERVICE_PHARMACY, so one that is designated for out-patient prescriptions settles them like a
community centre, and an ordinary one sells for cash.
"""

import asyncio
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.demo.client import Client
from gateway.demo.people import CITIES, Person, make_persons
from gateway.demo.phones import Phones, Watch
from gateway.demo.visit import Desk
from gateway.demo.world import CHANNELS, World, bring_in
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import operator_service_pb2 as op

HOSPITALS, PHARMACIES = "his-vendor", "pharmacy-chain"
APPS, BATCHES = CHANNELS  # the wallet whose users pay one by one, and the one that collects and pays in batches
_AT_ONCE = 32


@dataclass(frozen=True)
class Clinic:
    """What every process of a load knows.

    Attributes:
        tokens: bearer tokens by party id, "bureau" among them.
        persons: (region, person number of the region, binding, channel, fen credited), one a person.
        folder: where facts and times are written.
    """

    address: str
    tokens: dict[str, str]
    persons: list[tuple[str, str, str, str, int]]
    folder: str

    def save(self, file: Path) -> None:
        """Writes it where the processes find it."""
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self)))


def load_clinic(file: Path) -> Clinic:
    """The clinic of a file."""
    return Clinic(**json.loads(file.read_text()))


async def open_clinic(address: str, bureau_token: str, outbox: Path, folder: Path, persons: int, seed: int) -> Clinic:
    """Imports everybody into the gateway at an address and binds each person to a wallet."""
    client, phones = Client(address), Phones(outbox)
    try:
        people = make_persons(persons, seed)
        world = await bring_in(client, bureau_token, people, lambda text: None)
        tokens = {"bureau": bureau_token, HOSPITALS: "", **dict.fromkeys(CHANNELS, "")}
        for party_id in tokens.keys() - {"bureau"}:
            request = op.PutPartyRequest(request_id=f"put-{party_id}", party_id=party_id, role=_ROLES[party_id],
                                         name=_NAMES[party_id])  # fmt: skip
            tokens[party_id] = (await world.bureau.call("OperatorService/PutParty", request)).token
        tokens[PHARMACIES] = await _pharmacies(world)
        bindings = await _bind(world, phones, people)
    finally:
        await client.close()
        phones.close()
    rows = [
        (person.region, person.person_no, binding, _channel(person), person.current_fen + person.prior_fen)
        for person, binding in zip(people, bindings, strict=True)
    ]
    return Clinic(address, tokens, rows, str(folder))


_ROLES = {HOSPITALS: e.ROLE_INSTITUTION, APPS: e.ROLE_CHANNEL, BATCHES: e.ROLE_CHANNEL}
_NAMES = {HOSPITALS: "Hospital information systems", APPS: "Wallet A", BATCHES: "Wallet B"}


def _channel(person: Person) -> str:
    return sorted(CHANNELS)[person.number % len(CHANNELS)]


async def _pharmacies(world: World) -> str:
    request = op.PutPartyRequest(
        request_id=f"put-{PHARMACIES}", party_id=PHARMACIES, role=e.ROLE_INSTITUTION, name="Pharmacies"
    )
    token = (await world.bureau.call("OperatorService/PutParty", request)).token
    for region, city in CITIES.items():
        for letter, name, level in (
            ("P", "Designated Pharmacy", e.INSTITUTION_LEVEL_COMMUNITY),
            ("Q", "Corner Pharmacy", e.INSTITUTION_LEVEL_PHARMACY),
        ):
            put = op.PutInstitutionRequest(
                request_id=f"put-{letter}{region}", institution_id=f"{letter}{region}00001", party_id=PHARMACIES,
                name=f"{city} {name}", level=level, treatment_region_code=region, scenarios=[e.SCENARIO_PHARMACY],
            )  # fmt: skip
            await world.bureau.call("OperatorService/PutInstitution", put)
    return str(token)


async def _bind(world: World, phones: Phones, people: list[Person]) -> list[str]:
    watches = {channel_id: Watch(channel) for channel_id, channel in world.channels.items()}
    desk, bindings = Desk(world, watches, phones), [""] * len(people)
    waiting = iter(enumerate(people))

    async def bind() -> None:
        for index, person in waiting:
            patient = desk.patient(person)
            await desk.bind(patient)
            bindings[index] = patient.binding_id

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(bind())
    return bindings
