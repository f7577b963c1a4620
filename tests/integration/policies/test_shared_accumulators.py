"""A policy that shares accumulators between services: paid, refunded, read back, and clean to `medsettle verify`."""

import asyncio
import copy
import sqlite3
from pathlib import Path

import pytest

from gateway.clock import ManualClock
from gateway.pb.medsettle.v1 import enums_pb2, operator_service_pb2
from gateway.verify import open_store
from tests.gateway_kit import NOW_MS, POLICY, running_gateway
from tests.verify_kit import findings_in

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


async def play_elsewhere(path: Path) -> None:
    policy = copy.deepcopy(POLICY)
    policy["schemes"]["employee"]["chronic"] = [CHRONIC]
    async with running_gateway(str(path), clock=ManualClock(NOW_MS)) as kit:
        await kit.furnish()
        await kit.put_policy(policy)
        record = operator_service_pb2.ElsewhereRecord(
            settlement_no="E1", region_code="110100", person_no="P1", service=enums_pb2.SERVICE_CHRONIC,
            service_date="2026-11-01", in_scope_fen=150_000, deductible_fen=150_000,
        )  # fmt: skip
        request = operator_service_pb2.ImportSettlementsRequest(request_id=kit.request_id(), records=[record])
        response = await kit.call("OperatorService/ImportSettlements", [request], party="bureau")
        assert response.counts.created_count == 1
        # Sent again it is the same row, whatever has been counted since.
        again = operator_service_pb2.ImportSettlementsRequest(request_id=kit.request_id(), records=[record])
        response = await kit.call("OperatorService/ImportSettlements", [again], party="bureau")
        assert response.counts.unchanged_count == 1
        binding = await kit.bind()
        order_id = await kit.create_order(100_000, binding)
        # Chronic care elsewhere has filled 1,500 of the 1,800 yuan that out-patient care is to fill too.
        assert (await kit.pay(order_id, binding)).split.deductible_fen == 30_000


@pytest.mark.parametrize("damaged", [False, True])
def test_accumulators_shared_with_what_was_settled_elsewhere(damaged: bool, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.db"
    asyncio.run(play_elsewhere(path))
    assert columns_of(path) == (180_000, 0, 150_000, 0)
    if damaged:
        writer = sqlite3.connect(path)
        writer.execute("UPDATE used_elsewhere SET usage_groups = 0")
        writer.commit()
        writer.close()
    assert bool(findings_in(path)) == damaged


@pytest.mark.parametrize("damaged", [False, True])
def test_shared_accumulators(damaged: bool, tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    asyncio.run(play(path))
    assert columns_of(path) == (180_000, 0, 100_000, 17_000)
    if damaged:
        writer = sqlite3.connect(path)
        writer.execute("UPDATE accounts SET outpatient_deductible_fen = 100000, inpatient_deductible_fen = 80000")
        writer.commit()
        writer.close()
    assert bool(findings_in(path)) == damaged


def columns_of(path: Path) -> tuple[int, ...]:
    db = open_store(path)
    row: tuple[int, ...] = db.execute(
        "SELECT outpatient_deductible_fen, chronic_deductible_fen, inpatient_in_scope_fen, inpatient_pooled_fen"
        " FROM accounts"
    ).fetchone()
    db.close()
    return row
