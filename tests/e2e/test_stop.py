"""A stop ends in time, whatever hangs: a real process told to stop while its store, its loop or all of it hangs."""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import orjson
import pytest

from gateway.cli.stopping import EXIT_OVERDUE
from gateway.pb.medsettle.v1 import operator_service_pb2
from tests.e2e.server import Server, Stubs

OVERDUE, NEVER = "1", "1000"


class Hanging(Server):
    """A gateway with one part that hangs from `hang` on."""

    def __init__(self, folder: Path, part: str, drain_seconds: str) -> None:
        self.trigger = folder / "trigger"
        command = (sys.executable, "-m", "tests.e2e.hanging", part, str(self.trigger))
        super().__init__(folder, command=command, options=("--drain-seconds", drain_seconds))

    def hang(self) -> None:
        self.trigger.touch()


def put_party(server: Server, channel: grpc.Channel, request_id: str) -> str:
    """Asks for something that is to be written; gives the status code."""
    request = operator_service_pb2.PutPartyRequest(request_id=request_id, party_id=request_id, role=1, name="Wallet")
    try:
        Stubs(channel, server.tokens).call("OperatorService/PutParty", request, "bureau", timeout_s=60)
    except grpc.RpcError as error:
        return str(error.code().name)  # type: ignore[attr-defined]  # a failed call is one
    return "OK"


def hang_in_a_commit(server: Hanging, pool: ThreadPoolExecutor, channel: grpc.Channel) -> None:
    assert put_party(server, channel, "kept") == "OK"
    server.hang()
    pool.submit(put_party, server, channel, "lost")
    while not server.trigger.with_suffix(".hangs").exists():
        pass


def test_a_store_that_hangs_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    with Hanging(tmp_path, "store", OVERDUE) as server, ThreadPoolExecutor() as pool:
        server.start()
        with grpc.insecure_channel(server.address) as channel:
            hang_in_a_commit(server, pool, channel)
            assert server.stop() == EXIT_OVERDUE
        assert "the stop took longer than 1 s" in server.errors.read_text()
    with Server(tmp_path) as sound:
        sound.start()
        with grpc.insecure_channel(sound.address) as channel:
            assert put_party(sound, channel, "kept") == "OK"
        assert sound.stop() == 0
        assert sound.findings() == []


def test_a_loop_that_hangs_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    with Hanging(tmp_path, "loop", OVERDUE) as server:
        server.start()
        server.hang()
        assert server.stop() == EXIT_OVERDUE
        assert "the stop took longer than 1 s" in server.errors.read_text()


def test_a_stop_in_which_no_python_runs_any_more_ends_too(tmp_path: Path) -> None:
    with Hanging(tmp_path, "python", OVERDUE) as server:
        server.start()
        server.hang()
        assert server.stop() == -signal.SIGALRM  # nobody in the process can do or say anything


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with Hanging(tmp_path, "store", NEVER) as server, ThreadPoolExecutor() as pool:
        server.start()
        with grpc.insecure_channel(server.address) as channel:
            hang_in_a_commit(server, pool, channel)
            server.ask_to_stop()
            server.read_until("stopping")
            server.signal(number)
            assert server.wait() == 128 + number
        assert "ended by a second signal" in server.errors.read_text()


def test_a_signal_during_a_stop_that_does_not_hang_changes_nothing_kept(tmp_path: Path) -> None:
    with Server(tmp_path, options=("--drain-seconds", "30")) as server:
        server.start()
        with grpc.insecure_channel(server.address) as channel:
            assert put_party(server, channel, "kept") == "OK"
        server.ask_to_stop()
        server.ask_to_stop()
        assert server.wait() in (0, 128 + signal.SIGTERM)
        assert server.findings() == []


def test_a_store_that_breaks_ends_the_process_with_its_own_status(tmp_path: Path) -> None:
    with Hanging(tmp_path, "broken", NEVER) as server:
        server.start()
        with grpc.insecure_channel(server.address) as channel:
            assert put_party(server, channel, "kept") == "OK"
            server.hang()
            assert put_party(server, channel, "lost") == "UNAVAILABLE"
        assert server.wait() == 74
        line = orjson.loads(server.errors.read_text().splitlines()[-1])
        assert (line["level"], line["status"]) == ("critical", 74)
        assert line["event"].startswith("the store cannot be used: ended")
