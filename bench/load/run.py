"""`make load`: a gateway on a fresh store, a clinic's day of Locust against it, and a report.

python -m bench.load.run --minutes 4 --users 200 --processes 2 [--web]

Ends with status 0 when every call was answered, every sum agrees, no payment was lost or doubled, and
`medsettle verify` finds nothing in the store.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import uvloop

from bench import machine, servers
from bench.load import day
from bench.load.audit import add_findings, compare_rows
from bench.load.facts import read_facts
from bench.load.figures import summary_of, text_of
from bench.load.report import write_report
from bench.load.watch import Watch
from bench.load.world import Clinic, open_clinic

_LOCUSTFILE = servers.ROOT / "bench" / "locustfile.py"
_STOP_S = 30
_END_S = 20.0


def main(argv: list[str] | None = None) -> int:
    """Runs the day; gives the status."""
    args = _arguments(argv)
    with contextlib.ExitStack() as stack:
        if args.dir is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="medsettle-load-")))
        else:
            folder = args.dir.absolute()
            folder.mkdir(parents=True, exist_ok=True)
        args.out.mkdir(parents=True, exist_ok=True)
        try:
            return play(args, folder)
        except servers.Failed as failed:
            print(f"bench.load: {failed}", file=sys.stderr)
            return 1


def play(args: argparse.Namespace, folder: Path) -> int:
    """The whole day in a folder; the report goes to args.out."""
    host = machine.describe(folder)
    with serving(folder, args.front) as (server, token, metrics):
        say(f"a gateway listens on {server.address} over a new SQLite file; {args.persons:,} persons come in")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            opening = open_clinic(server.address, token, folder / "outbox.jsonl", folder, args.persons, args.seed)
            clinic = runner.run(opening)
        clinic.save(folder / "clinic.json")
        say(f"a clinic's day in {args.minutes:g} minutes: at most {args.users} users in {args.processes} processes")
        with Watch(server.pid, folder, metrics) as watch:
            status = _locust(args, folder, clinic)
        say("the gateway stops")
    say("medsettle verify")
    try:
        verified = servers.verify(folder)
    except servers.Failed as failed:
        verified, status = str(failed), status or 1
    if not (folder / "audit.json").exists():
        raise servers.Failed(f"the load ended with {status} before its books were compared")
    add_findings(folder, compare_rows(read_facts(folder)[0], folder / "gateway.db"))
    summary = summary_of(folder, watch.samples, host, verified, vars(args))
    write_report(args.out, summary, [dataclasses.asdict(sample) for sample in watch.samples])
    print(text_of(summary))
    print(f"report: {shown(args.out / 'report.html')}, Locust's own: {shown(args.out / 'locust.html')}")
    return status or int(bool(summary["audit"]["finding_count"]))


@contextlib.contextmanager
def serving(folder: Path, front: str, kept: int = 0) -> Iterator[tuple[servers.Server, str, str]]:
    """A gateway over a new store of a folder: (server, the bureau's token, address of its metrics).

    Args:
        kept: bills it keeps at hand, 0: as many as it does by itself.
    """
    token, metrics, config = "mst_load_" + secrets.token_hex(16), f"127.0.0.1:{free_port()}", folder / "gateway.toml"
    config.touch(mode=0o600)
    config.write_text(f'bootstrap_token = "{token}"\noutbox = "{folder / "outbox.jsonl"}"\n')
    (folder / "outbox.jsonl").touch(mode=0o600)
    arguments = ["serve", "--config", str(config), "--listen", "127.0.0.1:0", "--front", front]
    arguments += ["--store", f"sqlite:{folder / 'gateway.db'}", "--metrics", metrics, "--log-level", "warning"]
    module = "bench.soak.forgetful" if kept else "gateway.cli.main"
    arguments = [str(kept), *arguments] if kept else arguments
    # Every core: whoever loads it is on the same machine, and the system shares them out.
    with servers.serving(module, arguments, set(machine.cores()), folder / "gateway.log") as server:
        yield server, token, metrics


def _locust(args: argparse.Namespace, folder: Path, clinic: Clinic) -> int:
    """Runs Locust's master and its workers to their end; gives the master's status."""
    port = str(free_port())
    environment = {
        **os.environ, "GRPC_ENABLE_FORK_SUPPORT": "0", "GRPC_VERBOSITY": "NONE",
        "MEDSETTLE_CLINIC": str(folder / "clinic.json"),
        "MEDSETTLE_MINUTES": str(args.minutes), "MEDSETTLE_USERS": str(args.users), "MEDSETTLE_SEED": str(args.seed),
        "MEDSETTLE_PROCESSES": str(args.processes), "MEDSETTLE_PACE": str(args.pace),
    }  # fmt: skip
    common = [sys.executable, "-m", "locust", "-f", str(_LOCUSTFILE)]
    common += ["--stop-timeout", str(_STOP_S), "--loglevel", "WARNING"]
    master = [
        *common, "--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--host", clinic.address,
        "--expect-workers", str(args.processes), "--expect-workers-max-wait", "60", "--only-summary",
        "--html", str(args.out / "locust.html"),
    ]  # fmt: skip
    if args.web:
        master += ["--autostart", "--autoquit", str(args.web_stays)]
        master += ["--web-host", "127.0.0.1", "--web-port", str(args.web_port)]
        say(f"Locust's page: http://127.0.0.1:{args.web_port}")
    else:
        master.append("--headless")
    worker = [*common, "--worker", "--master-host", "127.0.0.1", "--master-port", port]
    with (folder / "locust.log").open("ab") as log:
        start: dict[str, Any] = {"cwd": servers.ROOT, "env": environment, "stdout": log, "stderr": log}
        processes = [subprocess.Popen(master, **start)]
        processes += [subprocess.Popen(worker, **start) for _ in range(args.processes)]
        try:
            _wait(processes[0], folder, args)
            lost = sum(bool(process.poll()) for process in processes[1:])
        finally:
            # A master that has stopped its workers does not tell them to quit as well.
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                _end(process)
    if lost:
        raise servers.Failed(f"{lost} of Locust's workers died: what their users saw is not complete")
    return processes[0].returncode


def _end(process: subprocess.Popen[bytes]) -> None:
    """Waits for a process that was told to end, and ends it when it does not."""
    try:
        process.wait(timeout=_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(master: subprocess.Popen[bytes], folder: Path, args: argparse.Namespace) -> None:
    """Until the master ends; a line of progress every few seconds."""
    until_s = time.monotonic() + args.minutes * 60 + 600 + (args.web_stays if args.web else 0)
    every_s = max(5.0, args.minutes * 60 / 24)
    while time.monotonic() < until_s:
        with contextlib.suppress(subprocess.TimeoutExpired):
            master.wait(timeout=every_s)
            return
        started = folder / "started.json"
        if not started.exists():
            continue
        hour = day.hour_at(time.time() - orjson.loads(started.read_bytes())["at_s"], args.minutes)
        stage = day.stage_at(hour)
        orders, _, _, wrong = read_facts(folder)
        paid = sum(one.split is not None for one in orders.values())
        name = f"{day.clock(hour)} {stage.name}" if stage else "closed: the books are compared"
        say(f"{name}: {len(orders):,} bills, {paid:,} paid, {len(wrong)} wrong")
    raise servers.Failed("the load did not end in time")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def say(text: str) -> None:
    """One line of progress."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def shown(path: Path) -> str:
    """A path as a reader types it."""
    with contextlib.suppress(ValueError):
        return str(path.absolute().relative_to(Path.cwd()))
    return str(path)


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.load.run", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=4.0, help="how long the day takes (default 4)")
    parser.add_argument("--users", type=int, default=200, help="users at the peak (default 200)")
    parser.add_argument("--processes", type=int, default=2, help="Locust's worker processes (default 2)")
    parser.add_argument("--persons", type=int, default=2_000, help="insured persons (default 2,000)")
    parser.add_argument("--pace", type=float, default=1.0, help="1 is the users' own pace, 0.5 twice as fast")
    parser.add_argument("--front", choices=("auto", "grpcio", "native"), default="auto")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--web", action="store_true", help="with Locust's own page, on 127.0.0.1")
    parser.add_argument("--web-port", type=int, default=8089)
    parser.add_argument("--web-stays", type=int, default=60, metavar="S", help="seconds that the page stays at the end")
    parser.add_argument("--out", type=Path, default=servers.ROOT / "build" / "load", help="folder of the report")
    parser.add_argument("--dir", type=Path, help="folder of the store and the facts (default: a temporary one)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
