"""A version put in force over the socket while patients of both service dates pay, then a restart, then verify."""

import asyncio
import itertools
import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.order import Order
from gateway.bootstrap import Gateway, running
from gateway.client import AsyncMedSettleClient, MedSettleError
from gateway.clock import ManualClock
from gateway.config import Config
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as op
from gateway.replay.bills import Draft
from gateway.replay.proof import replay_orders
from gateway.replay.report import digest_of
from gateway.stores.sqlite_reader import SqliteReader
from gateway.verify import open_store
from tests.gateway_kit import NOW_MS, POLICY, REGION, Kit, Phones, credit, person
from tests.integration.policies.versions_kit import BILL_FEN, version, versions_of
from tests.verify_kit import findings_in

TOKEN = "mst_versions_over_the_socket"
BEFORE, AFTER = "2026-11-04", "2026-11-05"  # service dates; the new version begins on the second
PATIENTS, VISITS = 4, 12


class OutboxPhones(Phones):
    """What the running gateway has sent, read where its simulator writes it."""

    def __init__(self, outbox: Path) -> None:
        self._outbox = outbox

    @property
    def last_code(self) -> str:
        text = orjson.loads(self._outbox.read_bytes().splitlines()[-1])["text"]
        return "".join(filter(str.isdigit, text))[:6]


class SocketKit(Kit):
    """The kit's words, spoken to a gateway over its socket; the store is another process's matter."""

    def __init__(self, client: AsyncMedSettleClient, path: Path, outbox: Path, first_number: int) -> None:
        self.clock = ManualClock(NOW_MS)
        self.phones = OutboxPhones(outbox)
        self._clients = {"bureau": client}
        self._path = path
        self._numbers = itertools.count(first_number)

    async def call(self, name: str, request: Any, *, party: str) -> Any:
        """Calls an rpc as a party."""
        client = self._clients[party]
        if isinstance(request, list):
            return await client.send(name, request)
        response = await client.call(name, request)
        if name == "OperatorService/PutParty":
            self._clients[request.party_id] = client.as_party(response.token)
        return response

    def replay(self, document: dict[str, Any], order_count: int = 100) -> op.PolicyReplay:
        """The command's replay: over the store's file, beside the gateway that writes it."""
        db = open_store(self._path)
        reader = SqliteReader(db)
        through_seq = reader.last_seq()
        report = replay_orders(reader, Draft(document, orjson.dumps(document)), order_count, through_seq)
        db.close()
        return op.PolicyReplay(report_digest=digest_of(report), order_count=order_count, event_count=through_seq)


def client_of(gateway: Gateway) -> AsyncMedSettleClient:
    """The bureau's client."""
    return AsyncMedSettleClient(f"127.0.0.1:{gateway.port}", TOKEN)


async def visit(kit: SocketKit, binding_id: str, service_date: str) -> str:
    """A bill made and paid, quoted again where the quote has changed."""
    order_id = await kit.create_order(BILL_FEN, binding_id, service_date=service_date)
    while True:
        try:
            await kit.pay(order_id, binding_id)
        except MedSettleError as error:
            assert error.reason == "QUOTE_CHANGED", error
            continue
        return order_id


async def patient(kit: SocketKit, binding_id: str, done: list[str], half: asyncio.Event) -> None:
    """Goes to the hospital for services of both dates in turn."""
    for turn in range(VISITS):
        done.append(await visit(kit, binding_id, (BEFORE, AFTER)[turn % 2]))
        if len(done) >= PATIENTS * VISITS // 3:
            half.set()


async def morning(kit: SocketKit, new: dict[str, Any]) -> int:
    """Patients pay while the bureau replays and activates; gives how many had paid before it began."""
    await kit.put_policy(POLICY)
    await kit.put_party("wallet", enums_pb2.ROLE_CHANNEL)
    await kit.put_party("his", enums_pb2.ROLE_INSTITUTION)
    await kit.put_institution("H1", "his")
    await kit.import_persons(*(person(number) for number in range(1, PATIENTS + 1)))
    await kit.post_credits(*(credit(n, 3_000_000, person_no=f"P{n}") for n in range(1, PATIENTS + 1)))
    done: list[str] = []
    half = asyncio.Event()
    bindings = [await kit.bind(f"user-{number}", number) for number in range(1, PATIENTS + 1)]
    async with asyncio.TaskGroup() as group:
        for binding_id in bindings:
            group.create_task(patient(kit, binding_id, done, half))
        await half.wait()
        await kit.put_draft(new)
        paid_before = len(done)
        response = await kit.activate(new, request_id="activate-over-the-socket")
        assert [one.policy_version for one in response.versions] == ["2026-01", "2026-02"]
    assert len(done) == PATIENTS * VISITS > paid_before
    return paid_before


def check_orders(path: Path) -> tuple[int, int]:
    """Each payment was priced by the version in force for its date in its batch; gives counts by version."""
    db = sqlite3.connect(path)
    ids = dict(db.execute("SELECT version, policy_id FROM policies"))
    batches = [batch for (batch,) in db.execute("SELECT batch FROM policy_activations ORDER BY batch")]
    first, second = batches[:2]
    counts = dict.fromkeys(ids.values(), 0)
    for batch, facts in db.execute("SELECT batch, facts FROM events WHERE kind = 4"):
        order = Order.unpack(facts)
        is_new = order.service_day == 20_762 and batch > second
        assert order.policy_id == ids["2026-02" if is_new else "2026-01"] and batch > first
        counts[order.policy_id] += 1
    db.close()
    return counts[ids["2026-01"]], counts[ids["2026-02"]]


@pytest.mark.parametrize("front", ["grpcio", "native"])
def test_a_version_goes_live_under_load(tmp_path: Path, front: str) -> None:
    if front == "native":
        pytest.importorskip("pygrpc_native")
    path, outbox = tmp_path / "store.db", tmp_path / "outbox.jsonl"
    new = version("2026-02", AFTER)
    config = Config(
        listen="127.0.0.1:0", store=f"sqlite:{path}", bootstrap_token=TOKEN, outbox=str(outbox), front=front
    )

    async def first() -> op.PolicyReplay:
        async with running(config, ManualClock(NOW_MS)) as gateway, client_of(gateway) as client:
            kit = SocketKit(client, path, outbox, 1)
            await morning(kit, new)
            return kit.replay(new)

    async def second(stale: op.PolicyReplay) -> None:
        async with running(config, ManualClock(NOW_MS + 60_000)) as gateway, client_of(gateway) as client:
            kit = SocketKit(client, path, outbox, 1_000_000)
            assert [one[0] for one in await versions_of(kit)] == ["2026-01", "2026-02"]
            with pytest.raises(MedSettleError) as conflict:
                await kit.activate(new, request_id="activate-over-the-socket", replay=stale)
            assert conflict.value.reason == "REQUEST_ID_CONFLICT"
            third = version("2026-03", "2027-01-01")
            await kit.put_draft(third)
            with pytest.raises(MedSettleError) as unseen:
                await kit.activate(third, replay=None)
            assert (unseen.value.reason, unseen.value.metadata["region_code"]) == ("REPLAY_REQUIRED", REGION)
            await kit.activate(third)

    asyncio.run(second(asyncio.run(first())))
    old_count, new_count = check_orders(path)
    assert old_count + new_count == PATIENTS * VISITS and old_count > new_count > 0
    assert findings_in(path) == []
