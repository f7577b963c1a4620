"""`medsettle catalogue import` with a gateway that refuses rows, or goes away in the middle."""

from pathlib import Path
from typing import Any

import grpc
import pytest

import gateway.client
from gateway.cli.catalogue import TOKEN_VARIABLE
from gateway.cli.main import main
from gateway.client import MedSettleError
from gateway.pb.medsettle.v1 import error_reason_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb


class OtherGateway:
    """Takes messages as a gateway of another version might: it refuses every row of an odd number, or breaks off."""

    def __init__(self, breaks_after: int = 1_000) -> None:
        self.messages: list[pb.PutCatalogueRequest] = []
        self._breaks_after = breaks_after

    def __enter__(self) -> "OtherGateway":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def send(self, method: str, requests: list[pb.PutCatalogueRequest]) -> pb.PutCatalogueResponse:
        assert method == "OperatorService/PutCatalogue"
        if len(self.messages) == self._breaks_after:
            raise MedSettleError(grpc.StatusCode.UNAVAILABLE, message="no gateway")
        (request,) = requests
        self.messages.append(request)
        odd = [row_no for row_no, row in enumerate(request.records, 1) if int(row.item_code[1:]) % 2]
        counts = pb.ImportCounts(
            row_count=len(request.records), created_count=len(request.records) - len(odd), refused_count=len(odd)
        )
        reason = error_reason_pb2.ERROR_REASON_FIELD_INVALID
        errors = [pb.RowError(row_no=row_no, reason=reason, message="item_code must be even") for row_no in odd]
        return pb.PutCatalogueResponse(counts=counts, errors=errors)


def run(other: OtherGateway, folder: Path, codes: list[int], monkeypatch: pytest.MonkeyPatch) -> int:
    """Imports a file with a blank line behind its header, so that rows and lines differ."""
    path = folder / "c.csv"
    lines = [f"110100,X{code},A,0,2026-01-01" for code in codes]
    path.write_text("region_code,item_code,class,self_pay_ppm,valid_from\n\n" + "\n".join(lines))
    monkeypatch.setenv(TOKEN_VARIABLE, "mst_of_the_bureau")

    def connect(*_: Any, **__: Any) -> OtherGateway:
        return other

    monkeypatch.setattr(gateway.client, "MedSettleClient", connect)
    return main(["catalogue", "import", str(path)])


def test_a_refused_row_is_named_by_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = OtherGateway()
    codes = [code * 2 for code in range(2_500)]
    codes[7], codes[1_003] = 15, 17
    assert run(other, tmp_path, codes, monkeypatch) == 1
    assert [len(message.records) for message in other.messages] == [1_000, 1_000, 500]
    assert len({message.request_id for message in other.messages}) == 3
    told, path = capsys.readouterr().out.splitlines(), tmp_path / "c.csv"
    assert told[:2] == [f"{path}:10: item_code must be even", f"{path}:1006: item_code must be even"]
    assert told[2] == "2,500 entries: 2,498 new, 0 changed, 0 as before, 2 refused"
    first_ids = {message.request_id for message in other.messages}
    assert run(other, tmp_path, codes, monkeypatch) == 1
    assert first_ids.isdisjoint(message.request_id for message in other.messages[3:])  # another run: no repeat


def test_a_gateway_that_goes_away_leaves_a_line_to_go_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(OtherGateway(breaks_after=2), tmp_path, list(range(0, 5_000, 2)), monkeypatch) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0].endswith("c.csv: 2,000 lines are in, those from line 2003 on are not")
    assert err.splitlines()[1].startswith("medsettle catalogue: failed: ")
