"""Smoke of the benchmarks: each one runs to its end and gives its row. Their figures mean nothing here."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.ratios import Ratio, interleaved
from bench.report import table
from bench.suite import BENCHMARKS
from bench.wire import cpp_echo
from bench.wire.generate import join_payments, read_messages, write_messages
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> Any:
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def table_of(*rows: Ratio) -> str:
    host = {"processor": "p", "cores": [0], "system": "s", "python": "3", "sqlite": "3", "packages": {}}
    host |= {"fsync_us_p50": 1, "fsync_us_p99": 2}
    ratios = [vars(row) for row in rows]
    return table(
        {"measured_on": "2026-11-06", "machine": host, "pairs": 5, "remark": "", "latencies": [], "ratios": ratios}
    )


@pytest.mark.timeout(120)
def test_every_benchmark_gives_its_row() -> None:
    rows = run("bench.ratios", "--smoke", "--json")
    assert [row["id"] for row in rows] == list(BENCHMARKS)
    for row in rows:
        if row["ratio"] is None:
            assert row["note"].startswith("not built yet: ") and row["passed"] is None
        else:
            assert row["ours"] > 0 and row["baseline"] > 0
            assert row["spread"][0] <= row["ratio"] <= row["spread"][1]
            ratio, mark = row["ratio"], row["pass_mark"]
            assert row["passed"] == (ratio >= mark if row["better"] == "higher" else ratio <= mark)
    (native,) = (row for row in rows if row["id"] == "P2")
    if cpp_echo.missing():
        assert "the empty C++ echo needs" in native["note"]
    else:
        assert native["detail"]["of_cpp_echo"] > 0 and "of an empty C++" in table_of(Ratio(**native))


@pytest.mark.timeout(120)
def test_latencies_come_at_three_loads() -> None:
    rows = run("bench.latency", "--smoke", "--front", "grpcio")
    assert [(row["server"], row["load"]) for row in rows] == [
        (server, load) for server in ("empty grpc.aio echo", "Pay on grpcio") for load in (0.0, 0.2, 0.8)
    ]
    assert all(0 < row["p50_ms"] <= row["p99_ms"] <= row["p999_ms"] for row in rows)


@pytest.mark.skipif(shutil.which("h2load") is None, reason="h2load (nghttp2-client) is not installed")
@pytest.mark.timeout(120)
def test_ceilings_are_asked_of_both_fronts() -> None:
    figures = run("bench.studies.ceilings", "--seconds", "1", "--rounds", "1")
    assert len(figures) == (2 if cpp_echo.missing() else 3) and all(row["calls_per_s"] > 0 for row in figures.values())


@pytest.mark.timeout(120)
def test_many_accounts_are_imported_and_paid_against() -> None:
    figures = run("bench.studies.accounts", "--persons", "3000", "--payers", "50", "--verify")
    assert (figures["persons"], figures["verify"]) == (3_000, "clean: every invariant holds")
    assert figures["payments"] >= 50 and figures["first_answer_s"] > 0


def test_ours_and_the_baseline_take_turns() -> None:
    order: list[str] = []
    pairs = list(interleaved(4, lambda: order.append("ours"), lambda: order.append("baseline")))
    assert len(pairs) == 4
    assert order == ["baseline", "ours", "ours", "baseline"] * 2


def test_joined_payments_are_a_batch(tmp_path: Path) -> None:
    payments = [pay.PayRequest(request_id="x" * size, binding_id="b1") for size in (1, 60, 200)]
    raw = [payment.SerializeToString() for payment in payments]
    assert list(pay.BatchPayRequest.FromString(join_payments(raw)).payments) == payments
    write_messages(tmp_path / "messages", [b"", *raw])
    assert read_messages(tmp_path / "messages") == [b"", *raw]


def test_the_table_says_what_was_not_measured_and_what_was_not_reached() -> None:
    rows = [
        Ratio("P1", "a : b", "calls/s", 500.0, 1000.0, 0.5, 0.6, "higher", False, [0.4, 0.6]),
        Ratio("P2", "c : d", "calls/s", None, None, None, 4.0, "higher", None, None, "not built yet: no front"),
    ]
    text = table_of(*rows)
    assert "| P1 | a : b (calls/s) | 500 | 1,000 | 0.5 | 0.4 to 0.6 | >= 0.6 | **not reached** |" in text
    assert "| P2 | c : d | - | - | - | - | 4 | not built yet: no front |" in text


@pytest.mark.timeout(120)
def test_what_seeing_costs_is_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.studies.seeing", "--smoke"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    alone, *rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert alone["call_ns"] > 0 and alone["paid_work_ns"] > 0
    assert [(row["front"], row["batch_size"] > 0) for row in rows] == [
        ("grpcio", False), ("native", False), ("native", True)
    ]  # fmt: skip
    assert all(row["seen_cpu_us"] > 0 and row["unseen_cpu_us"] > 0 for row in rows)


@pytest.mark.timeout(120)
def test_ways_of_splitting_agree_to_the_fen() -> None:
    """Those that can be run here; whatever the others lack is told."""
    found = run("bench.studies.splits", "--json", "--bills", "300", "--rounds", "1")
    names = [figure["name"] for figure in found["figures"]]
    assert names[:2] == ["compiled core, one call for all", "compiled core, two calls a bill"]
    assert names[-1] == "exact twin, bill by bill" and len(names) + len(found["missing"]) == 5
    for figure in found["figures"]:
        assert figure["us_a_bill"] > 0 and figure["rule_lines"] > 10 and figure["bill_count"] == 300
        assert figure["other_count"] == 0 or figure["name"].startswith("OpenFisca")
