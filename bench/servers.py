"""Processes of a benchmark: started in the repository, pinned to cores, stopped by their own pid."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_START_S = 60.0
_STOP_S = 60.0
_ENVIRONMENT = {**os.environ, "GRPC_ENABLE_FORK_SUPPORT": "0", "GRPC_VERBOSITY": "NONE"}


class Failed(Exception):
    """A process did not do its part; the message has the end of what it said."""


class Server:
    """A process that prints "listening on HOST:PORT" and ends at SIGTERM.

    Attributes:
        address: host:port it listens on.
        started_s: seconds from the start of the process to that line.
        said: other addresses that it named before, for example "metrics on".
    """

    def __init__(self, module: str, arguments: list[str], cores: set[int], log: Path) -> None:
        self._log = log
        self.said: dict[str, str] = {}
        began_s = time.perf_counter()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT, env=_ENVIRONMENT, stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip
        pin(self._process.pid, cores)
        self.address = self._wait_for_address()
        self.started_s = time.perf_counter() - began_s

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def _wait_for_address(self) -> str:
        assert self._process.stdout is not None
        watchdog_s = time.monotonic() + _START_S
        for line in self._process.stdout:
            if found := re.match(r"(\w+ on) (\S+)$", line):
                self.said[found[1]] = found[2]
                if found[1] == "listening on":
                    return found[2]
            if time.monotonic() > watchdog_s:
                break
        self.kill()
        raise Failed(f"a server did not start: {self.last_words()}")

    @property
    def status(self) -> int | None:
        """What it ended with, a signal as a negative number; None while it runs."""
        return self._process.poll()

    def last_words(self) -> str:
        """The end of its log as one line."""
        return " | ".join(self._log.read_text(errors="replace").splitlines()[-3:]) or "it logged nothing"

    def stop(self) -> None:
        """SIGTERM, and waits.

        Raises:
            Failed: it ended with another status than 0, or had ended before.
        """
        ended_before = not self.running
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.communicate(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"a server did not stop: {self.last_words()}") from None
        if ended_before or self._process.returncode:
            raise Failed(f"a server ended with {self._process.returncode}: {self.last_words()}")

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        if self.running:
            self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def serving(module: str, arguments: list[str], cores: set[int], log: Path) -> Iterator[Server]:
    """A server for as long as the body runs."""
    server = Server(module, arguments, cores, log)
    try:
        yield server
    except BaseException:
        server.kill()
        raise
    server.stop()


@contextlib.contextmanager
def serving_echo(folder: Path, cores: set[int], module: str = "bench.wire.echo") -> Iterator[Server]:
    """The empty handler, or another of bench.wire."""
    with serving(module, [], cores, folder / "echo.log") as server:
        yield server


@contextlib.contextmanager
def serving_gateway(folder: Path, front: str, cores: set[int]) -> Iterator[Server]:
    """A gateway over the store of a folder, `gateway.db`."""
    arguments = ["serve", "--listen", "127.0.0.1:0", "--front", front, "--store", f"sqlite:{folder / 'gateway.db'}"]
    with serving("gateway.cli.main", arguments, cores, folder / "gateway.log") as server:
        yield server


def fresh_copy(prepared: Path, folder: Path) -> None:
    """Puts a prepared store, with its secret, where a gateway of a run may change it."""
    for suffix in ("", "-wal", "-shm"):
        (folder / f"gateway.db{suffix}").unlink(missing_ok=True)
    for name in ("gateway.db", "gateway.db.secret"):
        shutil.copyfile(prepared / name, folder / name)
    # The copy's own writes must not be what the run's first syncs wait for.
    os.sync()


def verify(folder: Path) -> str:
    """`medsettle verify` over the store of a folder; gives its last line.

    Raises:
        Failed: it found something wrong.
    """
    command = [sys.executable, "-m", "gateway.cli.main", "verify", "--store", f"sqlite:{folder / 'gateway.db'}"]
    done = subprocess.run(command, cwd=ROOT, env=_ENVIRONMENT, capture_output=True, text=True, check=False)
    last = (done.stdout.strip().splitlines() or ["it said nothing"])[-1]
    if done.returncode:
        raise Failed(f"verify is not clean: {last}")
    return last


def run_json(module: str, job: dict[str, Any], cores: set[int]) -> Any:
    """Runs a module of ours with a job on its standard input; gives the JSON it prints.

    Raises:
        Failed: it ended with an error.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT, env=_ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        pin(process.pid, cores)
        output, errors = process.communicate(json.dumps(job))
    except BaseException:
        process.kill()
        process.communicate()
        raise
    if process.returncode:
        raise Failed(f"{module} failed: {' | '.join(errors.strip().splitlines()[-3:])}")
    return json.loads(output)


def pin(pid: int, cores: set[int]) -> None:
    """Binds a process that was just started to cores; its threads inherit them."""
    os.sched_setaffinity(pid, cores)
