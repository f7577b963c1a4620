"""The engine without a network: group commit, one hot hospital, one call in flight (P8, P9, P10).

Takes a job as JSON on standard input, {"what", "folder", "count"}, pays that many prepared payments of a folder's own
copy of a store, and prints what it took:

    group    1,024 payments a core batch and a commit (P8 ours; P9 both sides, over two stores)
    risk     the same with risk on: rules and card that ship, a tree model of 100 trees (P14 ours)
    single   a commit a payment, through the same pipeline (P8's baseline)
    one      one call in flight through the pipeline: queue, thread, wake-up (P10 ours)
    direct   one call in flight, its batch applied and written where it is called (P10's baseline)
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import uvloop

from bench.machine import percentile
from bench.micro import random_bundle, risk_policy
from bench.wire.generate import join_payments, read_messages
from bench.world import CHANNEL
from core.ledger import Ledger
from gateway.bootstrap import calm_collector, load_ledger
from gateway.catalogue.cache import Catalogue
from gateway.clock import SystemClock
from gateway.directory import Directory
from gateway.engine.batch import Batch, Item
from gateway.engine.pipeline import Pipeline
from gateway.engine.work import Outcome, Work
from gateway.errors import Refusal
from gateway.ids import IdMaker, key_of
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay
from gateway.risk.book import RiskBook, digest_of
from gateway.risk.lists import RiskLists
from gateway.security.secrets import Secrets
from gateway.servicers.base import Caller
from gateway.servicers.payment import PaymentServicer
from gateway.stores.base import OrderTexts
from gateway.stores.risk_rows import RiskActivationRow, RiskPolicyRow
from gateway.stores.sqlite_store import SqliteStore
from gateway.works.watching import Watcher

_ACCOUNTS_MAX = 100_000
_SLICE = 1_024
_CALLS = 4  # of BatchPay at a time, so that the next batch is there when one is on its way to the disk
_WARM = 50


class DirectPipeline:
    """What a pipeline does for one work, without a queue, a thread or a wake-up of the event loop."""

    def __init__(self, store: SqliteStore, ledger: Ledger) -> None:
        self._store, self._ledger, self._clock = store, ledger, SystemClock()
        self._texts: dict[int, OrderTexts] = {}
        self._seq, self._batch, self._now_ms = store.last_batch()

    def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def submit(self, work: Work) -> Outcome:
        """One batch of one work; raises its Refusal."""
        self._ledger.rest()
        self._now_ms = max(self._now_ms, self._clock.now_ms())
        self._batch += 1
        item = Item(work, lambda item: None)
        now_s = self._clock.monotonic_s()
        batch = Batch(self._batch, self._now_ms, now_s, [item], self._texts, threading.Event())
        batch.apply(self._store, self._ledger)
        self._ledger.hand_over()
        self._seq = batch.write(self._store, self._seq)
        work.committed()
        self._ledger.keep()
        if isinstance(item.answer, Outcome):
            return item.answer
        assert isinstance(item.answer, Refusal)
        raise item.answer


def put_in_force(store: SqliteStore, ledger: Ledger) -> None:
    """Stores rules, card and a model of no meaning, and lets them decide."""
    bundle = orjson.dumps(random_bundle())
    document = orjson.dumps(risk_policy("rules").document | {"model": {"sha256": digest_of(bundle)}})
    store.begin()
    store.put_risk_model(digest_of(bundle), bundle, 0)
    store.insert_risk_policy(RiskPolicyRow(1, digest_of(document), document, 0))
    store.insert_risk_activation(RiskActivationRow(1, enums_pb2.RISK_POLICY_ROLE_LIVE, 1, 0, 0, 0))
    store.commit()
    RiskBook(ledger).load(store)


@asynccontextmanager
async def payments_of(
    folder: Path, *, batch_max: int = _SLICE, direct: bool = False, risk: bool = False
) -> AsyncIterator[Any]:
    """The servicer of payments over a store, and its caller: (handlers by name, channel)."""
    store = SqliteStore.open(str(folder / "gateway.db"))
    ledger, clock = load_ledger(store, _ACCOUNTS_MAX, scores=risk), SystemClock()
    if ledger.assessor is not None:
        put_in_force(store, ledger)
    pipeline: Any = (
        DirectPipeline(store, ledger)
        if direct
        else Pipeline(store, ledger, clock, batch_max=batch_max, on_broken=_break_off)
    )
    directory = Directory.load(store)
    secrets = Secrets.from_file(folder / "gateway.db.secret")
    ids = IdMaker(after_ms=store.last_batch().at_ms + 1)
    servicer = PaymentServicer(
        pipeline,
        secrets,
        directory,
        ids,
        clock,
        Watcher(store, pipeline, directory),
        Catalogue(),
        RiskLists() if risk else None,
    )
    party = directory.party(key_of(CHANNEL))
    assert party is not None
    pipeline.start()
    try:
        yield (
            {rpc.name: rpc.handler for rpc in servicer.rpcs()},
            Caller(party.party_key, party.party_id, party.role, None),
        )
    finally:
        await pipeline.stop()
        store.close()


async def in_batches(folder: Path, payments: list[bytes], batch_max: int, *, risk: bool) -> dict[str, float]:
    """Pays all, some BatchPay calls at a time; payments a second."""
    slices = iter([join_payments(payments[at : at + _SLICE]) for at in range(0, len(payments), _SLICE)])
    paid = 0

    async with payments_of(folder, batch_max=batch_max, risk=risk) as (handlers, caller):

        async def calls() -> None:
            nonlocal paid
            for request in slices:
                response = pay.BatchPayResponse.FromString(await handlers["BatchPay"](caller, request))
                paid += sum(result.status == pay.PAY_STATUS_PAID for result in response.results)

        began_s = time.perf_counter()
        await asyncio.gather(*(calls() for _ in range(_CALLS)))
        took_s = time.perf_counter() - began_s
    assert paid == len(payments), f"{len(payments) - paid} of {len(payments)} payments were not paid"
    return {"payments_per_s": paid / took_s}


async def one_by_one(folder: Path, payments: list[bytes], *, direct: bool) -> dict[str, float]:
    """Pays one after the other; microseconds from the call to its answer."""
    took_us = []
    async with payments_of(folder, direct=direct) as (handlers, caller):
        for payment in payments:
            began_ns = time.perf_counter_ns()
            response = await handlers["Pay"](caller, payment)
            took_us.append((time.perf_counter_ns() - began_ns) / 1_000)
            assert response.status == pay.PAY_STATUS_PAID
    ordered = sorted(took_us[min(_WARM, len(took_us) // 2) :])
    return {"p50_us": percentile(ordered, 50), "p99_us": percentile(ordered, 99)}


def _break_off(why: str) -> None:
    raise SystemExit(why)


async def run(job: dict[str, Any]) -> dict[str, float]:
    """One of the module's five."""
    calm_collector()
    folder = Path(job["folder"])
    payments = read_messages(folder / "payments.bin")[: job["count"]]
    if job["what"] in ("group", "single", "risk"):
        batch_max = 1 if job["what"] == "single" else _SLICE
        return await in_batches(folder, payments, batch_max, risk=job["what"] == "risk")
    return await one_by_one(folder, payments, direct=job["what"] == "direct")


def main() -> None:
    """Runs the job on standard input."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(json.load(sys.stdin)))))


if __name__ == "__main__":
    main()
