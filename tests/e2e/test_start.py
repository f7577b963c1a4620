"""Starts that must fail at once with one clear line, and a stop that finishes what is running."""

import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.pb.medsettle.v1 import enums_pb2, operator_service_pb2
from tests.e2e.server import Server, Stubs, run


def serve(tmp_path: Path, *arguments: str, store: str = "") -> str:
    """The one line that a start which must fail leaves on standard error."""
    ended = run("serve", "--listen", "127.0.0.1:0", "--store", store or f"sqlite:{tmp_path}/gateway.db", *arguments)
    assert ended.returncode == 1
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("medsettle serve: ")
    return lines[0]


def damage_a_page(path: Path) -> None:
    """Overwrites the middle of a store that was sound."""
    with Server(path.parent) as server:
        server.start(sandbox=True)
        server.stop()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 8192 * 4096)
        file.write(b"\xa5" * 8192)


def test_garbage_for_a_store(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").write_bytes(b"not a database at all" * 500)
    assert "is damaged or no SQLite file" in serve(tmp_path)


def test_a_damaged_page(tmp_path: Path) -> None:
    damage_a_page(tmp_path / "gateway.db")
    assert "is damaged" in serve(tmp_path)


def test_another_programs_database(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "gateway.db")
    db.execute("CREATE TABLE cats (name TEXT)")
    db.close()
    assert "is an SQLite file but no MedSettle store" in serve(tmp_path)


def test_a_store_of_another_version(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.start()
        server.stop()
    db = sqlite3.connect(tmp_path / "gateway.db")
    db.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    db.commit()
    db.close()
    assert "has schema version 99" in serve(tmp_path)


def test_a_store_that_another_program_has_locked(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.start()
        server.stop()
    db = sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("BEGIN EXCLUSIVE")
    try:
        assert "is locked by another program" in serve(tmp_path)
    finally:
        db.close()


def test_a_store_that_another_gateway_has(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.start()
        assert "is in use by another gateway" in serve(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot create" in serve(tmp_path, store=f"sqlite:{tmp_path}/nowhere/gateway.db")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("listenn = '127.0.0.1:1'", "unknown setting 'listenn'"),
        ("queue_max = 'many'", "queue_max must be a whole number"),
        ("bootstrap_token = 'short'", "at least 16 characters"),
        ("listen = ", "is no TOML"),
        ("front = 'nativ'", "front must be one of auto, grpcio, native, not 'nativ'"),
        ("front = 1", "front must be a text"),
    ],
)
def test_a_configuration_with_a_fault(tmp_path: Path, config: str, message: str) -> None:
    (tmp_path / "gateway.toml").write_text(config)
    assert message in serve(tmp_path, "--config", str(tmp_path / "gateway.toml"))


def test_a_store_of_an_unknown_kind(tmp_path: Path) -> None:
    assert "store must be sqlite:PATH or memory:" in serve(tmp_path, store="oracle:x")


@pytest.mark.parametrize("front", ["grpcio", "native"])
def test_a_port_in_use(front: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("serve", "--listen", f"127.0.0.1:{port}", "--store", "memory:", "--front", front)
    assert ended.returncode == 1
    assert ended.stderr.strip() == (
        f"medsettle serve: cannot listen on 127.0.0.1:{port}: it is in use, or no address of this machine"
    )


def test_a_second_gateway_on_the_port_of_the_first(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.start()
        ended = run("serve", "--listen", server.address, "--store", "memory:")
    assert ended.returncode == 1
    assert "cannot listen on" in ended.stderr


def test_sigterm_finishes_what_is_running_and_a_second_start_finds_it(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.start()
        with grpc.insecure_channel(server.address) as channel:
            stubs = Stubs(channel, server.tokens)
            request = operator_service_pb2.PutPartyRequest(request_id="r1", party_id="w", role=1, name="Wallet")
            first = stubs.call("OperatorService/PutParty", request, "bureau")
            assert server.stop() == 0
        server.start()
        with grpc.insecure_channel(server.address) as channel:
            again = Stubs(channel, server.tokens).call("OperatorService/PutParty", request, "bureau")
        assert again.replayed
        assert again.token == first.token
        assert server.findings() == []


def test_sigterm_lets_a_running_call_finish(tmp_path: Path) -> None:
    """A stream that is open when the signal comes is read to its end, answered and kept."""

    def requests(server: Server, channel: grpc.Channel) -> Iterator[operator_service_pb2.ImportPersonsRequest]:
        yield import_request("first", 1)
        health = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        for answer in health:
            if answer.status == health_pb2.HealthCheckResponse.NOT_SERVING:
                break
            server.ask_to_stop()
        health.cancel()
        yield import_request("second", 2)

    with Server(tmp_path) as server:
        server.start()
        with grpc.insecure_channel(server.address) as channel:
            answer = Stubs(channel, server.tokens).call(
                "OperatorService/ImportPersons", requests(server, channel), "bureau"
            )
        assert server.wait() == 0
    assert answer.counts.created_count == 2
    assert server.findings() == []
    db = sqlite3.connect(server.store)
    assert db.execute("SELECT count(*) FROM persons").fetchone() == (2,)
    db.close()


def import_request(request_id: str, number: int) -> operator_service_pb2.ImportPersonsRequest:
    """One made-up person."""
    record = operator_service_pb2.PersonRecord(
        person_no=f"P{number}", region_code="110100", scheme=enums_pb2.SCHEME_EMPLOYEE, sex=enums_pb2.SEX_MALE,
        status=enums_pb2.PERSON_STATUS_ACTIVE, birth_date="1980-05-17", assistance=enums_pb2.ASSISTANCE_NONE,
        id_document_kind=enums_pb2.ID_DOCUMENT_KIND_ID_CARD, id_number=f"00000019800517{number:04d}", name="Patient",
        phone=f"1001{number:07d}",
    )  # fmt: skip
    return operator_service_pb2.ImportPersonsRequest(request_id=request_id, records=[record])
