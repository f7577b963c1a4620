"""A gateway as a real process over its own store: started, killed, started again, stopped; always by its own pid.

with Server(tmp_path) as server:
    tokens = server.start(sandbox=True)
    ...
    server.kill()
    server.start()
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc

from gateway.pb.medsettle.v1 import (
    account_service_pb2_grpc,
    binding_service_pb2_grpc,
    operator_service_pb2_grpc,
    payment_service_pb2_grpc,
    settlement_service_pb2_grpc,
)
from tests.verify_kit import findings_in

BUREAU_TOKEN = "mst_test_bureau_0123456789"
STOP_S = 20.0
MEDSETTLE = (sys.executable, "-m", "gateway.cli.main")


class Server:
    """One `medsettle serve` at a time over one store, with more options, or through another command.

    Args:
        folder: of its configuration, its outbox and, unless `store` names another place, its store.
        store: path of the SQLite file.
        environment: variables that its processes have beside those of this one.

    Attributes:
        store: path of the SQLite file.
        address: host:port, while it runs.
        metrics_url: where its metrics are, if it was told to serve them.
        tokens: bearer tokens by party id: "bureau", and the sandbox's parties once it was started with them.
    """

    def __init__(
        self,
        folder: Path,
        *,
        store: Path | None = None,
        environment: dict[str, str] | None = None,
        command: Sequence[str] = MEDSETTLE,
        options: Sequence[str] = (),
    ) -> None:
        self._command = command
        self._options = options
        self.store = store or folder / "gateway.db"
        self.outbox = folder / "outbox.jsonl"
        self.errors = folder / "stderr.txt"
        self.address = ""
        self.metrics_url = ""
        self.tokens = {"bureau": BUREAU_TOKEN}
        self._config = folder / "gateway.toml"
        self._config.write_text(f'bootstrap_token = "{BUREAU_TOKEN}"\noutbox = "{self.outbox}"\n')
        self._environment = environment or {}
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._process is not None:
            self.kill()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it has ended by itself, and waits to be waited for."""
        return self._process is not None and self._process.poll() is not None

    def start(self, *, sandbox: bool = False, listen: str = "127.0.0.1:0", front: str = "auto") -> None:
        """Starts it and waits until it listens."""
        self.launch(sandbox=sandbox, listen=listen, front=front)
        assert self.listens(), f"the gateway did not start: {self.errors.read_text()}"

    def launch(self, *, sandbox: bool = False, listen: str = "127.0.0.1:0", front: str = "auto") -> None:
        """Starts it and comes back at once."""
        assert self._process is None
        arguments = ["--config", str(self._config), "--store", f"sqlite:{self.store}", "--listen", listen]
        arguments += ["--front", front, *self._options, *(["--sandbox"] if sandbox else [])]
        self._process = popen(
            "serve", *arguments, errors=self.errors, command=self._command, environment=self._environment
        )

    def listens(self) -> bool:
        """Waits until it listens, or has ended; gives which."""
        assert self._process is not None and self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.match(r"  (\S+) +(mst_\w+)$", line):
                self.tokens[found[1]] = found[2]
            if found := re.match(r"metrics on (\S+)$", line):
                self.metrics_url = found[1]
            if found := re.match(r"listening on (\S+)$", line):
                self.address = found[1]
                return True
        return False

    def kill(self) -> None:
        """Ends it with SIGKILL: nothing is finished, flushed or closed."""
        process, self._process = self._process, None
        assert process is not None
        process.kill()
        process.communicate(timeout=STOP_S)

    def ask_to_stop(self) -> None:
        """Sends SIGTERM and comes back at once."""
        self.signal(signal.SIGTERM)

    def signal(self, number: int) -> None:
        """Sends a signal and comes back at once."""
        os.kill(self.pid, number)

    def read_until(self, start: str) -> None:
        """Reads its standard output up to a line with that start."""
        assert self._process is not None and self._process.stdout is not None
        if not any(line.startswith(start) for line in self._process.stdout):
            raise AssertionError(f"no line {start!r}: {self.errors.read_text()}")

    def stop(self) -> int:
        """Sends SIGTERM and waits; gives the exit status."""
        self.ask_to_stop()
        return self.wait()

    def wait(self) -> int:
        """Waits until it has ended by itself; gives the exit status."""
        assert self._process is not None
        self._process.communicate(timeout=STOP_S)  # one that does not end is still ours, and killed on the way out
        process, self._process = self._process, None
        return process.returncode

    def findings(self) -> list[str]:
        """What verify says of the store, running gateway or not."""
        return findings_in(self.store)


class Stubs:
    """Calls of every rpc ("PaymentService/Pay") over one channel."""

    def __init__(self, channel: Any, tokens: dict[str, str]) -> None:
        self._tokens = tokens
        self._stubs = {
            "AccountService": account_service_pb2_grpc.AccountServiceStub(channel),
            "BindingService": binding_service_pb2_grpc.BindingServiceStub(channel),
            "OperatorService": operator_service_pb2_grpc.OperatorServiceStub(channel),
            "PaymentService": payment_service_pb2_grpc.PaymentServiceStub(channel),
            "SettlementService": settlement_service_pb2_grpc.SettlementServiceStub(channel),
        }

    def call(self, name: str, request: Any, party: str, timeout_s: float = 10.0) -> Any:
        """Calls an rpc as a party; with a grpc.aio channel the answer is to be awaited."""
        service, _, rpc = name.partition("/")
        metadata = (("authorization", f"Bearer {self._tokens[party]}"),)
        return getattr(self._stubs[service], rpc)(request, metadata=metadata, timeout=timeout_s)


def connect(server: Server) -> grpc.aio.Channel:
    """A connection of its own: one that a killed gateway left would back off before it tries again."""
    return grpc.aio.insecure_channel(server.address, options=[("grpc.use_local_subchannel_pool", 1)])


def popen(
    *arguments: str,
    errors: Path | int = subprocess.PIPE,
    command: Sequence[str] = MEDSETTLE,
    environment: dict[str, str] | None = None,
) -> subprocess.Popen[str]:
    """`medsettle` with these arguments; standard error goes to a file when one is named."""
    command, env = [*command, *arguments], os.environ | (environment or {})
    if isinstance(errors, int):
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=env)
    with errors.open("ab") as file:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True, env=env)


def run(*arguments: str, timeout_s: float = 30.0) -> subprocess.CompletedProcess[str]:
    """`medsettle` with these arguments, run to its end."""
    process = popen(*arguments)
    try:
        output, errors = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)
