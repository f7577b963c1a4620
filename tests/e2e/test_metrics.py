"""What a real gateway's metrics say, read over HTTP, against what was done with it."""

import asyncio
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.client import AsyncMedSettleClient, MedSettleError
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2
from gateway.seeing.metrics import METRICS
from tests.e2e.server import Server, run
from tests.e2e.test_client import pay_requests

pb = payment_service_pb2
LOOKS_MAX = 500


class Scrape:
    """One answer: values by name and labels."""

    def __init__(self, url: str) -> None:
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = answer.read().decode()
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self.values = {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def __getitem__(self, name: str) -> float:
        return self.values[name,]

    def of(self, name: str, *labels: str) -> float:
        """The value with these label values, in any order; 0 for one that is not there."""
        return self.values.get((name, *sorted(labels)), 0.0)

    def total(self, name: str, label: str = "") -> float:
        """All values of a name, of those with one label value when it is named."""
        return sum(value for key, value in self.values.items() if key[0] == name and (not label or label in key[1:]))


async def scrape_when(url: str, holds: Callable[[Scrape], bool]) -> Scrape:
    """What was answered is counted a moment later."""
    for _ in range(LOOKS_MAX):
        scrape = await asyncio.to_thread(Scrape, url)
        if holds(scrape):
            return scrape
        await asyncio.sleep(0.01)
    raise AssertionError(f"it never held: {scrape.values}")


async def play(server: Server) -> tuple[Counter[str], int]:
    """Six bills: two paid alone, three in a batch, one refused; one is refunded. Gives the split of what was paid."""
    requests = await pay_requests(server, 6)
    paid: Counter[str] = Counter()
    async with AsyncMedSettleClient(server.address, server.tokens["wallet-a"]) as wallet:
        orders = [(await wallet.call("PaymentService/Pay", request)).order for request in requests[:2]]
        assert (await wallet.call("PaymentService/Pay", requests[0])).replayed
        await wallet.call("PaymentService/BatchPay", pb.BatchPayRequest(payments=requests[2:5]))
        for request in requests[2:5]:
            orders.append(
                (await wallet.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=request.order_id))).order
            )
        changed = pb.PayRequest()
        changed.CopyFrom(requests[5])
        changed.quote_digest = "0" * 16
        with pytest.raises(MedSettleError, match="QUOTE_CHANGED"):
            await wallet.call("PaymentService/Pay", changed)
        with pytest.raises(MedSettleError, match="TOKEN_UNKNOWN"):
            await wallet.as_party("mst_nobody").call("PaymentService/GetOrder", pb.GetOrderRequest())
        clinic = wallet.as_party(server.tokens["clinic-isv"])
        refund = pb.RefundRequest(
            request_id="refund-1",
            order_id=orders[0].order_id,
            refund_no="RF-1",
            kind=enums_pb2.REFUND_KIND_ALL,
            reason="-",
        )
        await clinic.call("PaymentService/Refund", refund)
    for order in orders:
        paid["account"] += order.split.account_fen
        paid["cash"] += order.split.cash_fen
        paid["pooled"] += order.split.pooled_fen
    return paid, len(orders)


@pytest.mark.parametrize("front", ["grpcio", "native"])
def test_the_metrics_say_what_was_done(tmp_path: Path, front: str) -> None:
    async def whole(server: Server) -> None:
        paid, count = await play(server)
        stage = "medsettle_stage_duration_seconds_count"

        def is_counted(seen: Scrape) -> bool:
            batches = seen["medsettle_batch_works_count"]
            stages = [seen.of(stage, name) for name in ("queue", "apply", "handover", "answer")]
            return seen.of("medsettle_events_total", "order_refunded") == 1 and stages == [batches] * 4

        seen = await scrape_when(server.metrics_url, is_counted)
        calls = "medsettle_calls_total"
        assert seen.of(calls, "PaymentService/CreateOrder", "OK", "") == 6
        assert seen.of(calls, "PaymentService/Pay", "OK", "") == 3
        assert seen.of(calls, "PaymentService/Pay", "FAILED_PRECONDITION", "QUOTE_CHANGED") == 1
        assert seen.of(calls, "PaymentService/GetOrder", "UNAUTHENTICATED", "TOKEN_UNKNOWN") == 1
        assert seen.of(calls, "PaymentService/BatchPay", "OK", "") == 1
        assert seen.of("medsettle_call_duration_seconds_count", "PaymentService/Pay") == 4
        assert seen.of("medsettle_call_duration_seconds_bucket", "PaymentService/Pay", "+Inf") == 4
        assert seen.of("medsettle_call_duration_seconds_sum", "PaymentService/Pay") > 0
        assert seen.of("medsettle_events_total", "order_paid") == count == 5
        assert seen.of("medsettle_commands_total", "quote") == 6
        assert seen.of("medsettle_commands_total", "pay") == 6  # five paid and the one refused; the replay is none
        money = "medsettle_money_fen_total"
        assert {payer: seen.of(money, "paid", payer) for payer in paid} == dict(paid)
        assert seen.total(money, "paid") == 500 and seen.total(money, "refunded") == 100
        # Not every batch had something to commit.
        assert 0 < seen.of(stage, "commit") == seen.of(stage, "write") <= seen["medsettle_batch_works_count"]
        assert seen["medsettle_batch_works_sum"] >= 6 + 6 + 4 + 3 + 3 + 1
        assert seen["medsettle_journal_events"] == seen.total("medsettle_events_total")
        assert seen["medsettle_account_cache_accounts"] >= 1
        assert seen["medsettle_catalogue_items"] >= 1  # what the bills named, listed or not
        assert seen["medsettle_account_cache_hits_total"] >= 5
        assert seen["medsettle_calls_in_hand"] == seen["medsettle_streams_open"] == seen["medsettle_stopping"] == 0
        assert seen.of("medsettle_build_info", "0.1.0", front, "sqlite") == 1
        assert seen.total("medsettle_shed_total") == seen.total("medsettle_batches_undone_total") == 0
        assert seen["process_cpu_seconds_total"] > 0

    with Server(tmp_path, options=("--metrics", "127.0.0.1:0", "--front", front)) as server:
        server.start(sandbox=True)
        asyncio.run(whole(server))
        names = {family.name for family in Scrape(server.metrics_url).families.values()}
        assert {name for name in names if name.startswith("medsettle_")} == {
            name.removesuffix("_total") for name in METRICS
        }
        assert server.stop() == 0


def test_an_address_in_use(tmp_path: Path) -> None:
    with Server(tmp_path, options=("--metrics", "127.0.0.1:0")) as server:
        server.start()
        address = server.metrics_url.removeprefix("http://").removesuffix("/metrics")
        ended = run("serve", "--listen", "127.0.0.1:0", "--store", "memory:", "--metrics", address)
        assert (ended.returncode, "cannot listen on" in ended.stderr) == (1, True)
        assert server.stop() == 0


def test_conventions() -> None:
    """Base units, _total on counters and on nothing else."""
    for name, metric in METRICS.items():
        assert name.startswith("medsettle_") and name.endswith("_total") == (metric.kind == "counter")
        assert not any(unit in name for unit in ("_ms", "_us", "_percent"))
        assert metric.help and not metric.help.endswith(".")


def test_every_metric_is_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `medsettle_")]
    assert rows == [row_of(name) for name in METRICS]


def row_of(name: str) -> str:
    metric: Any = METRICS[name]
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{name}` | {metric.kind} | {labels} | {metric.help} |".replace("|  |", "| |")
