"""`medsettle explain`: prints what the gateway answers as `split --explain` prints it, and tells what is in its way."""

import json
import re
from pathlib import Path
from typing import Any

import grpc
import pytest

import gateway.client
from core.cases import read_case
from core.explain import explain
from core.reference import load_regions
from gateway.cli.main import main
from gateway.client import MedSettleError
from gateway.explaining.messages import explained
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb

CASE = re.search(r"```json\n(.*?)```", Path("docs/rules/explaining.md").read_text(encoding="utf-8"), re.S)[1]  # type: ignore[index]


class Gateway:
    """A client that answers one order, or refuses."""

    error: MedSettleError | None = None

    def __init__(self, address: str, token: str, **_: Any) -> None:
        assert (address, token) == ("127.0.0.1:50051", "secret")

    def __enter__(self) -> "Gateway":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def call(self, name: str, request: pb.ExplainSplitRequest) -> pb.ExplainSplitResponse:
        assert (name, request.order_id) == ("OperatorService/ExplainSplit", "o-1")
        if self.error is not None:
            raise self.error
        response = explained(explain(read_case(json.loads(CASE)), load_regions("policies")))
        response.order_id, response.policy_version = "o-1", "2026.11"
        return response


@pytest.fixture(autouse=True)
def client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDSETTLE_TOKEN", "secret")
    monkeypatch.setattr(gateway.client, "MedSettleClient", Gateway)


def test_an_order_reads_as_a_case_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.json"
    path.write_text(CASE, encoding="utf-8")
    assert main(["split", "--explain", str(path)]) == 0
    of_case = capsys.readouterr().out.split("\n", 1)[1]
    assert main(["explain", "o-1"]) == 0
    head, of_order = capsys.readouterr().out.split("\n", 1)
    assert (head, of_order) == ("order o-1, policy 2026.11", of_case)


def test_a_refusal_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    error = MedSettleError(
        grpc.StatusCode.FAILED_PRECONDITION, "ORDER_HAS_NO_SPLIT", "order o-1 has no split of a policy yet"
    )
    monkeypatch.setattr(Gateway, "error", error)
    assert main(["explain", "o-1"]) == 1
    out, err = capsys.readouterr()
    assert not out and err.startswith("medsettle explain: refused: ") and "no split of a policy" in err


def test_without_a_token(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("MEDSETTLE_TOKEN")
    assert main(["explain", "o-1"]) == 2
    assert capsys.readouterr().err == "medsettle explain: MEDSETTLE_TOKEN is not set: put the bureau's token there\n"
