"""The log of a real gateway: its life, its failed calls, and nothing of the patients it served."""

import asyncio
import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.client import AsyncMedSettleClient, MedSettleError
from gateway.pb.medsettle.v1 import binding_service_pb2, enums_pb2
from tests.e2e.server import Server
from tests.e2e.test_client import PATIENT
from tests.e2e.test_metrics import play

CALL = {"event", "level", "logger", "timestamp", "rpc", "party", "request_id", "code", "reason", "ms"}


def lines_of(server: Server) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in server.errors.read_text().splitlines()]


async def misbehave(server: Server) -> None:
    """Calls that fail with everything personal in every field."""
    async with AsyncMedSettleClient(server.address, server.tokens["wallet-a"]) as wallet:
        for request_id in (PATIENT.id_number, PATIENT.name, "plain"):
            start = binding_service_pb2.StartBindingRequest(
                request_id=request_id, channel_user_id="user", region_code="999999",
                id_document_kind=enums_pb2.ID_DOCUMENT_KIND_ID_CARD, id_number=PATIENT.id_number, name=PATIENT.name,
                phone=PATIENT.phone,
            )  # fmt: skip
            with pytest.raises(MedSettleError):
                await wallet.call("BindingService/StartBinding", start)


@pytest.mark.parametrize("front", ["grpcio", "native"])
def test_every_call_is_told_and_no_patient_is(tmp_path: Path, front: str) -> None:
    with Server(tmp_path, options=("--log-level", "debug", "--front", front)) as server:
        server.start(sandbox=True)
        asyncio.run(play(server))
        asyncio.run(misbehave(server))
        assert server.stop() == 0
        text, lines = server.errors.read_text(), lines_of(server)
        secrets = {PATIENT.id_number, PATIENT.name, PATIENT.phone, "exam", "Visit", *server.tokens.values()}
        assert {secret for secret in secrets if secret in text} == set()
        calls = [line for line in lines if line["event"] == "call"]
        assert all(set(call) == CALL for call in calls)
        shown = {str(value) for call in calls for key, value in call.items() if key not in ("timestamp", "ms")}
        assert not shown & codes_of(server)
        assert {call["party"] for call in calls} == {"wallet-a", "clinic-isv", None}
        assert sum(call["rpc"] == "PaymentService/Pay" for call in calls) == 4
        assert [call["reason"] for call in calls if call["rpc"] == "PaymentService/Pay" and call["code"] != "OK"] == [
            "QUOTE_CHANGED"
        ]
        assert all(call["request_id"].startswith("pay-") for call in calls if call["rpc"] == "PaymentService/Pay")
        assert [call["party"] for call in calls if call["reason"] == "TOKEN_UNKNOWN"] == [None]
        refused = [call["request_id"] for call in calls if call["rpc"].endswith("StartBinding") and call["reason"]]
        assert refused == [None, None, "plain"]


def codes_of(server: Server) -> set[str]:
    """One-time codes that phones got."""
    texts = [orjson.loads(line)["text"] for line in server.outbox.read_text().splitlines()]
    return set(re.findall(r"\d{6}", " ".join(texts)))


def test_the_life_of_a_gateway(tmp_path: Path) -> None:
    with Server(tmp_path, options=("--drain-seconds", "30")) as server:
        server.start()
        assert server.stop() == 0
        life = lines_of(server)
        assert [line["event"] for line in life] == ["started", "ready", "stopping", "stopped"]
        assert (life[0]["version"], life[0]["drain_s"], life[0]["store"]) == ("0.1.0", 30.0, f"sqlite:{server.store}")
        assert "bootstrap_token" not in life[0]
        assert life[2]["in_hand"] == 0


def test_the_console_form(tmp_path: Path) -> None:
    with Server(tmp_path, options=("--log-format", "console")) as server:
        server.start()
        assert server.stop() == 0
        assert re.search(r"\[info +\] ready ", server.errors.read_text())
