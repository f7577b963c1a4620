"""The demo as a user starts it: a small morning, in its own processes, that must add up."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import main
from gateway.demo.visit import Books

MEDSETTLE = (sys.executable, "-m", "gateway.cli.main")
ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*MEDSETTLE, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=90)


@pytest.mark.timeout(120)
def test_a_small_morning_adds_up(tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    done = run("demo", "--persons", "60", "--payments", "40", "--seed", "7", "--keep", str(keep))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-2000:] + done.stderr

    bills = re.search(r"bills: +([\d,]+) payments less ([\d,]+) refunds = ([\d,.]+) =", done.stdout)
    assert bills
    paid_count, refund_count, total = bills.groups()
    # 13 named bills are paid beside the 40, two of them are refunded; the tables tell the same sum.
    assert int(paid_count) == 40 + 13
    assert int(refund_count) >= 2
    assert re.search(rf"^ *all 19 +{paid_count} +{refund_count} +{re.escape(total)} ", done.stdout, re.MULTILINE)
    assert re.search(rf"^ *total +{re.escape(total)} +100\.0 %", done.stdout, re.MULTILINE)
    for reason in ("CASH_NOT_ALLOWED", "CODE_WRONG", "ORDER_EXPIRED", "QUOTE_CHANGED", "REQUEST_ID_CONFLICT"):
        assert reason in done.stdout
    assert "verify:    clean" in done.stdout

    store = f"sqlite:{keep / 'gateway.db'}"
    assert run("verify", "--store", store).returncode == 0
    # The gateway has really gone, and the folder that was kept is not written to again.
    again = run("demo", "--persons", "60", "--payments", "40", "--keep", str(keep))
    assert again.returncode == 1
    assert "is not empty" in again.stderr
    assert again.stderr.count("\n") == 1


def test_a_fen_too_much_stops_the_demo(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """The hospitals' and wallets' books are compared with the windows payer by payer: one fen is enough."""
    keep_books = Books.paid

    def paid(books: Books, order: Any) -> None:
        keep_books(books, order)
        if order.institution_order_no == "M02":
            books.institutions[order.institution_id]["cash_fen"] += 1

    monkeypatch.setattr(Books, "paid", paid)
    assert main(["demo", "--persons", "60", "--payments", "10"]) == 1
    error = capfd.readouterr().err
    assert re.fullmatch(r"medsettle demo: Shenzhen Community Centre: the window says cash_fen \d+, .*\n", error)


def test_a_number_that_cannot_be_is_refused() -> None:
    refused = run("demo", "--payments", "0")
    assert refused.returncode == 2
    assert "must be a whole number from 1" in refused.stderr
