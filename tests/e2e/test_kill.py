"""kill -9 in the middle of payments: what was acknowledged is there once, what was not ends in exactly one payment."""

import asyncio
import datetime
import random
import re
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import orjson
from grpc_status import rpc_status

from gateway.pb.medsettle.v1 import (
    binding_service_pb2,
    enums_pb2,
    operator_service_pb2,
    payment_service_pb2,
    types_pb2,
)
from tests.e2e.server import Server, Stubs, connect

KILLS = 4
PATIENTS = 24
ACKNOWLEDGED_BEFORE_KILL = (150, 450)  # where in the load a kill falls
REGION, INSTITUTION = "110100", "H11010000001"
TODAY = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=8)).date().isoformat()


@dataclass(slots=True, eq=False)
class Record:
    """A mutating request, and its answer once one has come."""

    name: str
    request: Any
    party: str
    answer: Any = None
    interrupted: bool = False


class Link:
    """The way to whichever process serves now."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.records: list[Record] = []
        self.acknowledged = 0
        self._channels: list[grpc.aio.Channel] = []
        self._acknowledged_wanted = 0
        self._enough = asyncio.Event()
        self._up = asyncio.Event()
        self.open()
        self.let_patients_in()

    def open(self) -> None:
        """Connects to a server that has just started."""
        self._channels.append(connect(self.server))
        self._stubs = Stubs(self._channels[-1], self.server.tokens)

    def let_patients_in(self) -> None:
        """Ends the wait of those whose calls a kill has broken."""
        self._up.set()

    def serve_patients(self, acknowledged_wanted: int) -> asyncio.Event:
        """Gives the event of so many more acknowledgements."""
        self._acknowledged_wanted = self.acknowledged + acknowledged_wanted
        self._enough = asyncio.Event()
        return self._enough

    async def close(self) -> None:
        """Closes every connection; not before the end, because that would cancel those who wait for an answer."""
        for channel in self._channels:
            await channel.close()

    def kill(self) -> None:
        """Kills the server; patients wait from here on."""
        self._up.clear()
        self.server.kill()

    async def ask(self, name: str, request: Any, party: str) -> Any:
        """One attempt."""
        return await self._stubs.call(name, request, party)

    async def query(self, name: str, request: Any, party: str) -> Any:
        """A call that changes nothing, asked until it is answered."""
        while True:
            await self._up.wait()
            try:
                return await self.ask(name, request, party)
            except grpc.aio.AioRpcError as error:
                self._must_be_down(error)

    async def send(self, name: str, request: Any, party: str) -> Any:
        """A mutating call, repeated with the same request_id until it is answered."""
        record = Record(name, request, party)
        self.records.append(record)
        while True:
            await self._up.wait()
            try:
                answer = await self.ask(name, request, party)
            except grpc.aio.AioRpcError as error:
                self._must_be_down(error)
                record.interrupted = True
                continue
            take_answer(record, answer)
            self.acknowledged += 1
            if self.acknowledged >= self._acknowledged_wanted:
                self._enough.set()
            return answer

    def _must_be_down(self, error: grpc.aio.AioRpcError) -> None:
        """A call may fail because the server was killed under it, and for nothing else."""
        status = rpc_status.from_call(error)
        assert status is None, f"refused: {error.details()}"
        assert not self._up.is_set() or error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


def take_answer(record: Record, answer: Any) -> None:
    """The first answer is kept; every later one must be the same, and say that it is a repeat."""
    if record.answer is None:
        record.answer = answer
        return
    assert answer.replayed, f"{record.name} was executed twice"
    again, first = type(answer)(), type(answer)()
    again.CopyFrom(answer)
    first.CopyFrom(record.answer)
    again.replayed = first.replayed = False
    assert again == first, f"{record.name} was answered differently"


async def replay_all(link: Link) -> None:
    """Repeats every request there was, acknowledged or not."""
    at_once = asyncio.Semaphore(64)

    async def replay(record: Record) -> None:
        async with at_once:
            take_answer(record, await link.ask(record.name, record.request, record.party))

    async with asyncio.TaskGroup() as group:
        for record in link.records:
            group.create_task(replay(record))


async def bring_in(link: Link) -> list[str]:
    """Persons with money, each bound; gives the bindings."""
    records = [
        operator_service_pb2.PersonRecord(
            person_no=f"K{number}", region_code=REGION, scheme=enums_pb2.SCHEME_EMPLOYEE,
            status=enums_pb2.PERSON_STATUS_ACTIVE, birth_date="1980-05-17", sex=enums_pb2.SEX_MALE,
            id_document_kind=enums_pb2.ID_DOCUMENT_KIND_ID_CARD, id_number=f"00000019800517{number:04d}",
            name="Patient", phone=f"1001{number:07d}", assistance=enums_pb2.ASSISTANCE_NONE,
        )
        for number in range(PATIENTS)
    ]  # fmt: skip
    credits = [
        operator_service_pb2.CreditRecord(
            credit_no=f"K{number}", region_code=REGION, person_no=f"K{number}", amount_fen=50_000_000,
            kind=enums_pb2.CREDIT_KIND_OPENING_BALANCE, purse=enums_pb2.PURSE_PRIOR_YEARS, 
            credited_at_ms=1_700_000_000_000,
        )
        for number in range(PATIENTS)
    ]  # fmt: skip
    for name, request in (
        ("ImportPersons", operator_service_pb2.ImportPersonsRequest(request_id="kill-persons", records=records)),
        ("PostCredits", operator_service_pb2.PostCreditsRequest(request_id="kill-credits", records=credits)),
    ):
        answer = await link.ask(f"OperatorService/{name}", iter([request]), "bureau")
        assert answer.counts.created_count == PATIENTS, answer.errors
    return [await bind(link, record) for record in records]


async def bind(link: Link, record: operator_service_pb2.PersonRecord) -> str:
    start = binding_service_pb2.StartBindingRequest(
        request_id=f"start-{record.person_no}", channel_user_id=record.person_no, region_code=REGION,
        id_document_kind=record.id_document_kind, id_number=record.id_number, name=record.name, phone=record.phone,
    )  # fmt: skip
    binding_id = (await link.send("BindingService/StartBinding", start, "wallet-a")).binding.binding_id
    message = orjson.loads(link.server.outbox.read_text().splitlines()[-1])
    code = re.search(r"\d{6}", message["text"])
    assert code is not None
    confirm = binding_service_pb2.ConfirmBindingRequest(
        request_id=f"confirm-{record.person_no}", binding_id=binding_id, code=code[0]
    )
    await link.send("BindingService/ConfirmBinding", confirm, "wallet-a")
    return str(binding_id)


class Patient:
    """Goes from bill to bill; every fourth is paid in each of four ways."""

    def __init__(self, link: Link, number: int, binding_id: str) -> None:
        self.link = link
        self.number = number
        self.binding_id = binding_id
        self.counts: Counter[str] = Counter()

    async def live(self, stopping: asyncio.Event) -> None:
        """Pays until told to stop."""
        visit = 0
        while not stopping.is_set():
            visit += 1
            await self.visit(f"{self.number}-{visit}", visit % 4)
            self.counts["paid"] += 1

    async def visit(self, name: str, way: int) -> None:
        link, total_fen = self.link, 1_000 + 7 * self.number
        bill = payment_service_pb2.CreateOrderRequest(
            request_id=f"order-{name}", institution_id=INSTITUTION, institution_order_no=name, title="Visit",
            binding_id=self.binding_id, kind=enums_pb2.ORDER_KIND_MIXED, scenario=enums_pb2.SCENARIO_DIAGNOSIS,
            service=enums_pb2.SERVICE_OUTPATIENT, referral=enums_pb2.REFERRAL_LOCAL, service_date=TODAY,
            total_fen=total_fen,
            lines=[types_pb2.OrderLine(line_no="1", item_code="A", item_name="exam", item_class=enums_pb2.ITEM_CLASS_A,
                                       amount_fen=total_fen)],
        )  # fmt: skip
        order_id = (await link.send("PaymentService/CreateOrder", bill, "clinic-isv")).order.order_id
        with_cash = way in (1, 2)
        quote = await link.query(
            "PaymentService/QuoteOrder",
            payment_service_pb2.QuoteOrderRequest(
                order_id=order_id, binding_id=self.binding_id, use_account=not with_cash
            ),
            "wallet-a",
        )
        receipt = types_pb2.CashReceipt(
            receipt_no=name, amount_fen=quote.cash_to_collect_fen, paid_at_ms=1_790_000_000_000
        )
        pay = payment_service_pb2.PayRequest(
            request_id=f"pay-{name}", order_id=order_id, binding_id=self.binding_id, quote_digest=quote.quote_digest,
            cash_due_fen=quote.cash_due_fen, use_account=not with_cash, channel_order_no=name,
            user_authentication=enums_pb2.USER_AUTHENTICATION_PASSWORD, cash_receipt=receipt if way == 1 else None,
        )  # fmt: skip
        paid = await link.send("PaymentService/Pay", pay, "wallet-a")
        if way == 2:
            confirm = payment_service_pb2.ConfirmCashRequest(
                request_id=f"confirm-{name}", order_id=order_id, cash_receipt=receipt
            )
            paid = await link.send("PaymentService/ConfirmCash", confirm, "wallet-a")
        assert paid.order.state == enums_pb2.ORDER_STATE_PAID
        self.counts["receipts"] += with_cash
        if way == 3:
            refund = payment_service_pb2.RefundRequest(
                request_id=f"refund-{name}",
                order_id=order_id,
                refund_no=name,
                kind=enums_pb2.REFUND_KIND_ALL,
                reason="x",
            )
            await link.send("PaymentService/Refund", refund, "clinic-isv")
            self.counts["refunds"] += 1


async def kill_and_come_back(link: Link) -> None:
    """One crash: the store is sound as it lies there, and the next process knows every request."""
    link.kill()
    assert await asyncio.to_thread(link.server.findings) == []
    await asyncio.to_thread(link.server.start)
    link.open()
    await replay_all(link)
    assert await asyncio.to_thread(link.server.findings) == []
    link.let_patients_in()


async def play(server: Server, kills: random.Random) -> tuple[Link, Counter[str]]:
    """Patients pay, the gateway is killed and comes back, several times; gives what must be in the store."""
    link = Link(server)
    bindings = await bring_in(link)
    stopping = asyncio.Event()
    patients = [Patient(link, number, binding_id) for number, binding_id in enumerate(bindings)]
    async with asyncio.TaskGroup() as group:
        enough = link.serve_patients(kills.randint(*ACKNOWLEDGED_BEFORE_KILL))
        for patient in patients:
            group.create_task(patient.live(stopping))
        for _ in range(KILLS):
            await enough.wait()
            await kill_and_come_back(link)
            enough = link.serve_patients(kills.randint(*ACKNOWLEDGED_BEFORE_KILL))
        await enough.wait()
        stopping.set()
    await replay_all(link)
    await link.close()
    return link, sum((patient.counts for patient in patients), Counter())


def test_kill_9_loses_and_doubles_nothing(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed of the kills: {seed}")
    with Server(tmp_path) as server:
        server.start(sandbox=True)
        link, counts = asyncio.run(play(server, random.Random(seed)))
        assert server.stop() == 0
    assert server.findings() == []
    assert any(record.interrupted for record in link.records), "no call was under way when the gateway was killed"
    assert all(record.answer is not None for record in link.records)
    db = sqlite3.connect(server.store)
    found = {
        "orders": db.execute("SELECT count(*) FROM orders").fetchone()[0],
        "paid": db.execute("SELECT count(DISTINCT order_id) FROM events WHERE kind = 4").fetchone()[0],
        "payments": db.execute("SELECT count(*) FROM events WHERE kind = 4").fetchone()[0],
        "receipts": db.execute("SELECT count(*) FROM receipts WHERE state = 1").fetchone()[0],
        "refunds": db.execute("SELECT count(*) FROM refunds").fetchone()[0],
    }
    db.close()
    paid = counts["paid"]
    assert found == {
        "orders": paid,
        "paid": paid,
        "payments": paid,
        "receipts": counts["receipts"],
        "refunds": counts["refunds"],
    }
    print(f"{paid} orders, {sum(record.interrupted for record in link.records)} calls were under way at a kill")
