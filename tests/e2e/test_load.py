"""Smoke of the load and of the soak as a user starts them: some seconds each; their figures mean nothing here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.timeout(120)
def test_a_clinics_day_in_some_seconds_adds_up(tmp_path: Path) -> None:
    done = run(
        "bench.load.run", "--minutes", "0.07", "--users", "24", "--processes", "2", "--persons", "40", "--pace", "0.3",
        "--out", str(tmp_path / "out"), "--dir", str(tmp_path / "run"),
    )  # fmt: skip
    log = tmp_path / "run" / "locust.log"
    assert done.returncode == 0, done.stdout + done.stderr + (log.read_text()[-4000:] if log.exists() else "")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    audit = summary["audit"]
    assert (audit["finding_count"], audit["findings"]) == (0, [])
    assert audit["payments"] > 0 and audit["paid_fen"] >= sum(audit["by_payer_fen"].values()) > 0
    assert summary["verify"].startswith("clean")
    assert {"PaymentService/CreateOrder", "PaymentService/QuoteOrder", "PaymentService/Pay"} <= {
        row["rpc"] for row in summary["rpcs"]
    }
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("<svg") == 12 and "every sum agrees" in page
    assert "PaymentService/Pay" in (tmp_path / "out" / "locust.html").read_text()


@pytest.mark.timeout(120)
def test_a_soak_with_few_bills_at_hand_pays_new_ones_all_the_time(tmp_path: Path) -> None:
    figures = tmp_path / "soak.json"
    options = ["--front", "native", "--minutes", "0.04", "--persons", "20", "--kept", "20", "--json", str(figures)]
    done = run("bench.soak", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    (phase,) = json.loads(figures.read_text())
    assert phase["phase"] == "new bills, 20 kept" and phase["visits"] > 20
    assert phase["accounts_off"] == 0 and phase["verify"].startswith("clean")


@pytest.mark.timeout(120)
def test_a_soak_of_some_seconds_keeps_descriptors_and_money(tmp_path: Path) -> None:
    figures = tmp_path / "soak.json"
    # The load's smoke is on the native front.
    done = run(
        "bench.soak", "--front", "grpcio", "--minutes", "0.06", "--persons", "20", "--cancels", "0.2", "--json",
        str(figures),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    phases = json.loads(figures.read_text())
    assert [(phase["front"], phase["phase"]) for phase in phases] == [
        ("grpcio", "new bills"), ("grpcio", "known bills"),
    ]  # fmt: skip
    for result in phases:
        assert result["visits"] > 0 and result["cancelled"] > 0
        assert result["kept"] and result["flat"] is None
        assert result["accounts_off"] == 0 and result["verify"].startswith("clean")
