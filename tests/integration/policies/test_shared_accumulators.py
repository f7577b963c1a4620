"""A policy that shares accumulators between services: paid, refunded, read back, and clean to `medsettle verify`."""

import asyncio
import copy
import sqlite3
from pathlib import Path

import pytest

from gateway.clock import ManualClock
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.verify import Report, open_store, verify
from tests.gateway_kit import NOW_MS, POLICY, running_gateway

CHRONIC = {
    "effective_from": "2020-01-01",
    "same_as": "inpatient",
    "deductible": {"kind": "annual", "amounts": 180_000},
    "counts_to": {"deductible": "outpatient"},
}


async def play(path: Path) -> None:
    policy = copy.deepcopy(POLICY)
    policy["schemes"]["employee"]["chronic"] = [CHRONIC]
    async with running_gateway(str(path), clock=ManualClock(NOW_MS)) as kit:
        await kit.furnish()
        await kit.put_policy(policy)
        binding = await kit.bind()
        first = await kit.create_order(100_000, binding)
        second = await kit.create_order(100_000, binding, service=enums_pb2.SERVICE_CHRONIC)
        third = await kit.create_order(100_000, binding, service=enums_pb2.SERVICE_CHRONIC)
        splits = [(await kit.pay(order_id, binding)).split for order_id in (first, second, third)]
        # 1,000 yuan of out-patient care fill the deductible of 1,800; chronic care fills the rest of it, once.
        assert [split.deductible_fen for split in splits] == [100_000, 80_000, 0]
        await kit.refund(third)


@pytest.mark.parametrize("damaged", [False, True])
def test_shared_accumulators(damaged: bool, tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    asyncio.run(play(path))
    db = open_store(path)
    row = db.execute(
        "SELECT outpatient_deductible_fen, chronic_deductible_fen, inpatient_in_scope_fen, inpatient_pooled_fen"
        " FROM accounts"
    ).fetchone()
    assert row == (180_000, 0, 100_000, 17_000)
    db.close()
    if damaged:
        writer = sqlite3.connect(path)
        writer.execute("UPDATE accounts SET outpatient_deductible_fen = 100000, inpatient_deductible_fen = 80000")
        writer.commit()
        writer.close()
    found: list[str] = []
    db = open_store(path)
    verify(db, Report(found.append, lambda *_: None))
    db.close()
    assert bool(found) == damaged
