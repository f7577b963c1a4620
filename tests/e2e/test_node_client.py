"""The JavaScript client against a real gateway: another language, from the proto alone."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.server import Server

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(120)
def test_a_client_in_another_language_walks_a_bill(tmp_path: Path) -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs node and npm")
    client = tmp_path / "client"
    shutil.copytree(ROOT / "clients" / "node", client, ignore=shutil.ignore_patterns("node_modules"))
    install = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=client, capture_output=True, text=True
    )
    assert install.returncode == 0, install.stderr
    with Server(tmp_path) as server:
        server.start(sandbox=True)
        walk = subprocess.run(
            ["node", "walk.js", server.address, server.tokens["wallet-a"], server.tokens["clinic-isv"], server.outbox],
            cwd=client,
            env={"PATH": str(Path(shutil.which("node") or "").parent), "MEDSETTLE_PROTO": str(ROOT / "proto")},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert walk.returncode == 0, walk.stderr
        assert json.loads(walk.stdout) == {
            "binding": "BINDING_STATE_ACTIVE",
            "total_fen": "53333",
            "pooled_fen": "30100",
            "deductible_fen": "10000",
            "account_fen": "0",
            "cash_fen": "23233",
            "held": "PAY_STATUS_AUTHORIZED",
            "replayed": True,
            "paid": "PAY_STATUS_PAID",
            "state": "ORDER_STATE_PAID",
            "channel_sees_lines": False,
            "line_count": 2,
            "stale": "QUOTE_CHANGED",
            "forbidden": "ROLE_FORBIDDEN",
            "refund": "REFUND_STATE_COMPLETED",
            "refunded": "ORDER_STATE_REFUNDED",
        }
