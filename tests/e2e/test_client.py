"""The client library over a real gateway: payments join, a restart is sat out, and gevent's greenlets pay as well."""

import asyncio
import datetime
import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson

from gateway.client import AsyncMedSettleClient, MedSettleClient, Retry
from gateway.pb.medsettle.v1 import binding_service_pb2, enums_pb2, payment_service_pb2, types_pb2
from gateway.sandbox import PERSONS
from tests.e2e.server import Server

pb = payment_service_pb2
PATIENT = PERSONS[2]  # wholly paid by insurance, so a quote holds however many bills are paid before
TODAY = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=8)).date().isoformat()
NUMBERS = itertools.count(1)

GREENLETS = """
from gevent import monkey
monkey.patch_all()
import grpc.experimental.gevent
grpc.experimental.gevent.init_gevent()
import sys
import gevent
from gateway.client import MedSettleClient
from gateway.pb.medsettle.v1 import payment_service_pb2 as pb

address, token, file = sys.argv[1:]
batch = pb.BatchPayRequest.FromString(open(file, "rb").read())
methods = []
client = MedSettleClient(address, token, connections=1, observe=lambda method, seconds, error: methods.append(method))
ticks = 0

def tick():
    global ticks
    while True:
        ticks += 1
        gevent.sleep(0.001)

ticking = gevent.spawn(tick)
jobs = [gevent.spawn(client.pay, request) for request in batch.payments]
gevent.joinall(jobs, timeout=30, raise_error=True)
ticking.kill()
client.close()
paid = sum(job.value.status == pb.PAY_STATUS_PAID for job in jobs)
print(paid, methods.count("PaymentService/BatchPay"), len(methods), ticks > 1)
"""


async def pay_requests(server: Server, count: int) -> list[pb.PayRequest]:
    """So many bills of one patient, quoted and ready to be paid by wallet-a."""
    async with AsyncMedSettleClient(server.address, server.tokens["wallet-a"]) as wallet:
        clinic, number = wallet.as_party(server.tokens["clinic-isv"]), next(NUMBERS)
        start = binding_service_pb2.StartBindingRequest(
            request_id=f"start-{number}", channel_user_id=f"user-{number}", region_code=PATIENT.region,
            id_document_kind=enums_pb2.ID_DOCUMENT_KIND_ID_CARD, id_number=PATIENT.id_number, name=PATIENT.name,
            phone=PATIENT.phone,
        )  # fmt: skip
        binding_id = (await wallet.call("BindingService/StartBinding", start)).binding.binding_id
        text = orjson.loads(server.outbox.read_text().splitlines()[-1])["text"]
        code = re.search(r"\d{6}", text)
        assert code is not None
        confirm = binding_service_pb2.ConfirmBindingRequest(
            request_id=f"confirm-{number}", binding_id=binding_id, code=code[0]
        )
        await wallet.call("BindingService/ConfirmBinding", confirm)
        return list(await asyncio.gather(*(_ready(wallet, clinic, f"{number}-{n}", binding_id) for n in range(count))))


async def _ready(
    wallet: AsyncMedSettleClient, clinic: AsyncMedSettleClient, name: str, binding_id: str
) -> pb.PayRequest:
    bill = pb.CreateOrderRequest(
        request_id=f"order-{name}", institution_id=f"H{PATIENT.region}00001", institution_order_no=name, title="Visit",
        binding_id=binding_id, kind=enums_pb2.ORDER_KIND_MIXED, scenario=enums_pb2.SCENARIO_DIAGNOSIS,
        service=enums_pb2.SERVICE_OUTPATIENT, referral=enums_pb2.REFERRAL_LOCAL, service_date=TODAY, total_fen=100,
        lines=[types_pb2.OrderLine(line_no="1", item_code="A", item_name="exam", item_class=enums_pb2.ITEM_CLASS_A,
                                   amount_fen=100)],
    )  # fmt: skip
    order_id = (await clinic.call("PaymentService/CreateOrder", bill)).order.order_id
    quote = await wallet.call(
        "PaymentService/QuoteOrder", pb.QuoteOrderRequest(order_id=order_id, binding_id=binding_id, use_account=True)
    )
    return pb.PayRequest(
        request_id=f"pay-{name}", order_id=order_id, binding_id=binding_id, quote_digest=quote.quote_digest,
        cash_due_fen=quote.cash_due_fen, use_account=True,
        user_authentication=enums_pb2.USER_AUTHENTICATION_PASSWORD,
    )  # fmt: skip


def test_asyncio_joins_and_sits_out_a_kill(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.start(sandbox=True)
        requests = asyncio.run(pay_requests(server, 200))
        methods: list[str] = []

        async def play() -> list[Any]:
            observe = lambda method, seconds, error: methods.append(method)  # noqa: E731
            # Patience for a start of the gateway on a busy machine.
            retry = Retry(attempts_max=60, deadline_s=40.0, backoff_max_ms=500)
            async with AsyncMedSettleClient(
                server.address, server.tokens["wallet-a"], observe=observe, retry=retry
            ) as wallet:
                paid = await asyncio.gather(*(wallet.pay(request) for request in requests[:100]))
                assert methods == ["PaymentService/BatchPay"]
                server.kill()
                later = asyncio.gather(*(wallet.pay(request) for request in requests))
                await asyncio.sleep(0)
                await asyncio.to_thread(server.start, listen=server.address)
                return [*paid, *await later]

        payments = asyncio.run(play())
        assert {payment.status for payment in payments} == {pb.PAY_STATUS_PAID}
        # What was paid before the kill is told again, not paid again.
        assert [payment.replayed for payment in payments] == [False] * 100 + [True] * 100 + [False] * 100
        assert [payment._replace(replayed=True) for payment in payments[:100]] == payments[100:200]
        assert server.stop() == 0
        assert server.findings() == []


def test_threads_and_greenlets_pay_the_same(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.start(sandbox=True)
        requests = asyncio.run(pay_requests(server, 60))
        file, script = tmp_path / "payments.bin", tmp_path / "greenlets.py"
        file.write_bytes(pb.BatchPayRequest(payments=requests).SerializeToString())
        script.write_text(GREENLETS)
        done = subprocess.run(
            [sys.executable, str(script), server.address, server.tokens["wallet-a"], str(file)],
            cwd=Path(__file__).parents[2], env={"PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True, text=True, timeout=50,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        # The first greenlet goes alone; while it is out all the others gather behind it.
        assert done.stdout.split() == ["60", "1", "2", "True"], done.stderr
        with MedSettleClient(server.address, server.tokens["wallet-a"]) as wallet:
            payments = [wallet.pay(request) for request in requests]
        assert all(payment.replayed and payment.status == pb.PAY_STATUS_PAID for payment in payments)
        assert server.stop() == 0


def test_the_example_of_the_docs_runs(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    blocks = re.findall(r"```(?:python)?\n(.*?)```", (root / "docs" / "client.md").read_text(), re.DOTALL)
    script = tmp_path / "pay.py"
    script.write_text(blocks[0])
    shown = [line for line in blocks[1].splitlines() if not line.startswith("$")]
    with Server(tmp_path) as server:
        server.start(sandbox=True)
        (request,) = asyncio.run(pay_requests(server, 1))
        printed = []
        for _ in shown:
            done = subprocess.run(
                [sys.executable, str(script), server.address, server.tokens["wallet-a"], request.order_id,
                 request.binding_id],
                cwd=root, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=30,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            printed.append(done.stdout.strip())
        assert printed == shown
        assert server.stop() == 0
