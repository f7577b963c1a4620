"""`medsettle catalogue` against a real gateway: import, look up, change, kill -9, and orders by what it says."""

import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.catalogue import TOKEN_VARIABLE
from gateway.cli.main import main
from gateway.client import MedSettleClient, MedSettleError
from gateway.pb.medsettle.v1 import enums_pb2, operator_service_pb2, payment_service_pb2, types_pb2
from tests.e2e.server import BUREAU_TOKEN, MEDSETTLE, Server
from tests.gateway_kit import REGION

HEADER = "region_code,item_code,item_name,class,self_pay_ppm,price_limit_fen,valid_from,valid_to\n"


def lines_of(count: int, ppm: int = 100_000, start: int = 0) -> str:
    return HEADER + "".join(
        f"{REGION},X{number},Item {number},B,{ppm},,2026-01-01,\n" for number in range(start, start + count)
    )


class Desk:
    """A bureau's clerk: files, and the command against a running gateway."""

    def __init__(
        self, server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        self.server = server
        self._folder = folder
        self._capfd = capfd
        monkeypatch.setenv(TOKEN_VARIABLE, BUREAU_TOKEN)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit status, standard output and standard error of `medsettle catalogue ...`."""
        status = main(["catalogue", *arguments, "--gateway", self.server.address])
        return (status, *self._capfd.readouterr())

    def bring_in(self, text: str) -> tuple[int, str, str]:
        """Imports a file of this text."""
        path = self._folder / "catalogue.csv"
        path.write_text(text, encoding="utf-8")
        return self.run("import", str(path))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    with Server(tmp_path) as server:
        server.start()
        yield Desk(server, tmp_path, monkeypatch, capfd)
        if server.address:
            assert server.findings() == []


def test_a_file_comes_in_whole_and_again_changes_nothing(desk: Desk) -> None:
    status, out, err = desk.bring_in(lines_of(2_345))
    assert (status, err) == (0, "")
    assert out.startswith("2,345 entries: 2,345 new, 0 changed, 0 as before, 0 refused\nchecked in ")
    assert out.rstrip().endswith(" entries/s")
    assert desk.bring_in(lines_of(2_345))[1].startswith("2,345 entries: 0 new, 0 changed, 2,345 as before, 0 refused")
    status, out, _ = desk.bring_in(lines_of(10, ppm=50_000, start=2_340))
    assert (status, out.split("\n")[0]) == (0, "10 entries: 5 new, 5 changed, 0 as before, 0 refused")
    # The first file once more puts its five lines back: it is no repeat of the first time.
    assert desk.bring_in(lines_of(2_345))[1].startswith("2,345 entries: 0 new, 5 changed, 2,340 as before, 0 refused")


def test_a_file_with_a_problem_is_not_sent(desk: Desk) -> None:
    status, out, err = desk.bring_in(lines_of(1_500) + f"{REGION},Y,,D,0,,2026-01-01,\n")
    assert (status, out.split(": ", 1)[1]) == (1, "class is 'D': write A, B or C\n")
    assert ":1502: " in out and err.endswith("nothing was sent: mend the lines and import again\n")
    assert desk.run("show", REGION, "X0")[0] == 1
    assert desk.bring_in("nothing")[0] == 2


def test_an_item_is_shown_with_the_entry_that_holds(desk: Desk) -> None:
    rows = f"{REGION},S,Stent,B,50000,80000,2025-01-01,2026-06-30\n{REGION},S,Stent,B,50000,72000,2026-07-01,\n"
    assert desk.bring_in(f"{HEADER}{rows}{REGION},S,Stent,C,1000000,,2026-08-01,2026-07-31\n")[0] == 0
    for date, holds in (("2026-06-30", 0), ("2026-07-01", 1), ("2024-01-01", None)):
        status, out, err = desk.run("show", REGION, "S", "--date", date)
        lines = out.splitlines()[1:]
        assert (status, err) == (0, "")
        assert ["holds" in line for line in lines[:3]] == [index == holds for index in range(3)]
        assert "800.00" in lines[0] and "2026-06-30" in lines[0] and "5 %" in lines[0]
        assert "720.00" in lines[1] and "withdrawn" in lines[2]
        assert (lines[3:] == []) == (holds is not None)
    status, out, err = desk.run("show", REGION, "T")
    assert (status, out) == (1, "")
    assert err == "medsettle catalogue: refused: ITEM_NOT_FOUND: region 110100 has no item with this item_code\n"


def test_without_a_token_or_a_gateway_it_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    assert desk.run("show", REGION, "X") == (2, "", "medsettle catalogue: set MEDSETTLE_TOKEN to the bureau's token\n")
    monkeypatch.setenv(TOKEN_VARIABLE, "mst_nobody_at_all_knows_this")
    status, _, err = desk.run("show", REGION, "X")
    assert (status, "TOKEN_UNKNOWN" in err) == (1, True)


def test_what_is_in_survives_kill_9_and_classifies_what_comes_after(desk: Desk) -> None:
    server = desk.server
    with MedSettleClient(server.address, BUREAU_TOKEN) as bureau:
        his = admit(bureau)
        assert desk.bring_in(lines_of(3))[0] == 0
        first = bureau.as_party(his).call("PaymentService/CreateOrder", order("NO-1"))
        assert first.order.natures.class_b_self_pay_fen == 1_000
    server.kill()
    server.start()
    assert "10 %" in desk.run("show", REGION, "X2")[1]
    with MedSettleClient(server.address, his) as hospital:
        assert hospital.call("PaymentService/CreateOrder", order("NO-2")).order.natures == first.order.natures
        assert desk.bring_in(lines_of(3, ppm=300_000))[0] == 0
        third = hospital.call("PaymentService/CreateOrder", order("NO-3"))
        assert third.order.natures.class_b_self_pay_fen == 3_000
        again = hospital.call("PaymentService/CreateOrder", order("NO-1"))
        assert again.replayed and again.order.natures == first.order.natures
        with pytest.raises(MedSettleError, match="ITEM_NOT_LISTED"):
            hospital.call("PaymentService/CreateOrder", order("NO-4", "X3"))


def test_the_progress_is_seen_on_a_terminal(tmp_path: Path) -> None:
    """A pseudo-terminal on standard error."""
    path = tmp_path / "c.csv"
    path.write_text(lines_of(3_000))
    ours, theirs = pty.openpty()
    done = subprocess.Popen([*MEDSETTLE, "catalogue", "check", str(path)], stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # how Linux says that the other side has closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    out, _ = done.communicate(timeout=30)
    assert (done.returncode, out.decode().rpartition(": ")[2]) == (0, "ok (3,000 entries)\n")
    assert b"checking" in shown and b"100%" in shown


def admit(bureau: MedSettleClient) -> str:
    """Admits a hospital; gives its party's token."""
    op = operator_service_pb2
    party = op.PutPartyRequest(request_id="his", party_id="his", role=enums_pb2.ROLE_INSTITUTION, name="HIS")
    token = str(bureau.call("OperatorService/PutParty", party).token)
    institution = op.PutInstitutionRequest(
        request_id="H1",
        institution_id="H1",
        party_id="his",
        name="First Hospital",
        level=enums_pb2.INSTITUTION_LEVEL_LEVEL3,
        treatment_region_code=REGION,
        scenarios=[enums_pb2.SCENARIO_DIAGNOSIS],
    )
    bureau.call("OperatorService/PutInstitution", institution)
    return token


def order(number: str, item_code: str = "X1") -> payment_service_pb2.CreateOrderRequest:
    """A bill of one line that names an item and leaves its class to the catalogue."""
    return payment_service_pb2.CreateOrderRequest(
        request_id=number,
        institution_id="H1",
        institution_order_no=number,
        kind=enums_pb2.ORDER_KIND_MIXED,
        scenario=enums_pb2.SCENARIO_DIAGNOSIS,
        service=enums_pb2.SERVICE_OUTPATIENT,
        referral=enums_pb2.REFERRAL_LOCAL,
        service_date="2026-02-01",
        total_fen=10_000,
        title="Visit",
        lines=[types_pb2.OrderLine(line_no="1", item_code=item_code, item_name="Item", amount_fen=10_000)],
    )
