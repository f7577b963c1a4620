"""Ratios of ours to a baseline, measured in turn in one run: `python -m bench.ratios --only P1,P2 --json`.

Baseline and ours are interleaved A-B-B-A, over the same requests, with the same durability and pinning; what counts is
the median of the pairs' ratios. A benchmark that measures against a fixed goal has that goal as its baseline. Each run
of ours starts from a fresh copy of the same prepared store, and ends with `medsettle verify` over it.
"""

import argparse
import asyncio
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from bench import machine, servers
from bench.wire.generate import Job, read_messages
from bench.world import CHANNEL, World, load_world, prepare
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay

PATH = "/medsettle.v1.PaymentService/"


class NotBuiltYet(Exception):
    """The gateway of this checkout does not offer what is to be measured; the message says what."""


@dataclass
class Sizes:
    """How much is measured: a real run, or a smoke that only shows that the benchmark works.

    Attributes:
        payments: prepared for the runs over the network, and paid at most in one of them.
        window_s: measured seconds of a run over the network, after warm_s.
        batched: payments in a run of group commit; single: with a commit each, or one in flight.
        core: payments in a run of the core alone; accounts: in the cache; restart: in the restarted store.
    """

    pairs: int = 5
    persons: int = 4_096
    payments: int = 40_000
    warm_s: float = 0.5
    window_s: float = 4.0
    batch_size: int = 1_024
    connections: int = 4
    streams: int = 32
    batched: int = 16_384
    single: int = 2_000
    core: int = 65_536
    splits: int = 50_000
    accounts: int = 1_000_000
    restart: int = 1_000_000


SMOKE = Sizes(
    pairs=1, persons=64, payments=256, warm_s=0.0, window_s=6.0, batch_size=32, connections=2, streams=4, batched=128,
    single=32, core=512, splits=400, accounts=2_000, restart=2_000,
)  # fmt: skip


@dataclass
class Ratio:
    """One row of the table.

    Attributes:
        better: "higher" or "lower": which way `ratio` passes `pass_mark`.
        spread: smallest and largest ratio of the pairs.
        passed: None where nothing was measured.
        detail: figures beside the ratio, medians over the pairs.
    """

    id: str
    what: str
    unit: str
    ours: float | None
    baseline: float | None
    ratio: float | None
    pass_mark: float
    better: str
    passed: bool | None
    spread: list[float] | None
    note: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """One pair's figures."""

    ours: float
    baseline: float
    detail: dict[str, float] = field(default_factory=dict)


class Bench:
    """A folder with prepared stores, and what runs over them."""

    def __init__(self, folder: Path, sizes: Sizes, say: Callable[[str], None]) -> None:
        self.folder, self.sizes, self._say = folder, sizes, say
        self._run = folder / "run"
        self._run.mkdir()

    def prepared(self, name: str, *, persons: int, payments: int, **shape: int) -> Path:
        """A prepared store by name, made on first use."""
        folder = self.folder / name
        if not folder.exists():
            folder.mkdir()
            self._say(f"preparing {name}: {persons:,} persons, {payments:,} payments")
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(prepare(folder, persons=persons, payments=payments, **shape))
        return folder

    def paying(self) -> tuple[Path, World]:
        """The store that the runs over the network pay in."""
        folder = self.prepared("paying", persons=self.sizes.persons, payments=self.sizes.payments)
        return folder, load_world(folder)

    @contextmanager
    def copy_of(self, prepared: Path) -> Iterator[Path]:
        """A folder with a fresh copy of a prepared store; verified afterwards."""
        servers.fresh_copy(prepared, self._run)
        (self._run / "payments.bin").unlink(missing_ok=True)
        (self._run / "payments.bin").symlink_to(prepared / "payments.bin")
        yield self._run
        servers.verify(self._run)

    def generate(self, server: servers.Server, token: str, cores: set[int], **values: Any) -> dict[str, Any]:
        """Runs the generator against a server; gives its figures."""
        sizes = self.sizes
        shape = {"connections": sizes.connections, "streams": sizes.streams, "warm_s": sizes.warm_s}
        job = Job(
            address=server.address, token=token, requests=str(self.folder / "paying" / "payments.bin"),
            server_pid=server.pid, **({"path": f"{PATH}Pay", "window_s": sizes.window_s} | shape | values),
        )  # fmt: skip
        figures: dict[str, Any] = servers.run_json("bench.wire.generate", dataclasses.asdict(job), cores)
        return figures

    def echo(self, module: str = "bench.wire.echo", **values: Any) -> dict[str, Any]:
        """The empty grpc.aio handler, or another one, under the same requests."""
        self.paying()
        with servers.serving_echo(self.folder, machine.server_cores(), module) as server:
            return self.generate(server, "mst_" + "0" * 48, machine.generator_cores(), **values)

    def gateway(self, front: str, cores: set[int] | None = None, **values: Any) -> dict[str, Any]:
        """A gateway that pays; every answer is looked at, and the store verified."""
        prepared, world = self.paying()
        answers = self.folder / "answers.bin"
        with self.copy_of(prepared) as folder:
            with servers.serving_gateway(folder, front, cores or machine.server_cores()) as server:
                figures = self.generate(
                    server, world.tokens[CHANNEL], machine.generator_cores() if cores is None else cores,
                    answers=str(answers), **values,
                )  # fmt: skip
            check_paid(answers, figures, values.get("batch_size", 0))
        return figures

    def gateway_batched(self, front: str, cores: set[int] | None = None) -> dict[str, Any]:
        """The same payments through BatchPay."""
        values = {"path": f"{PATH}BatchPay", "batch_size": self.sizes.batch_size, "streams": 1}
        return self.gateway(front, cores, **values)

    def engine(self, prepared: Path, what: str, count: int) -> dict[str, float]:
        """Runs bench.engine over a fresh copy of a store."""
        with self.copy_of(prepared) as folder:
            job = {"what": what, "folder": str(folder), "count": count}
            figures: dict[str, float] = servers.run_json("bench.engine", job, machine.server_cores())
        return figures

    def micro(self, what: str, count: int) -> dict[str, float]:
        """Runs bench.micro."""
        job = {"what": what, "count": count}
        figures: dict[str, float] = servers.run_json("bench.micro", job, machine.server_cores())
        return figures


def check_paid(answers: Path, figures: dict[str, Any], batch_size: int) -> None:
    """Every call was answered, and every answer says PAID.

    Raises:
        servers.Failed: one does not: its time would be that of a refusal.
    """
    statuses: list[int] = []
    for answer in read_messages(answers):
        if batch_size:
            statuses += [result.status for result in pay.BatchPayResponse.FromString(answer).results]
        else:
            statuses.append(pay.PayResponse.FromString(answer).status)
    unpaid = sum(status != pay.PAY_STATUS_PAID for status in statuses)
    if unpaid or figures["refused"]:
        raise servers.Failed(f"{unpaid} payments were not paid, {figures['refused']} calls were refused")


def interleaved(pairs: int, ours: Callable[[], Any], baseline: Callable[[], Any]) -> Iterator[tuple[Any, Any]]:
    """(ours, baseline) of each pair, run in the order A-B-B-A."""
    for number in range(pairs):
        if number % 2:
            mine, other = ours(), baseline()
        else:
            other, mine = baseline(), ours()
        yield mine, other


def main(argv: list[str] | None = None) -> int:
    """Measures; prints a table, or with --json the list."""
    from bench.report import ratio_line
    from bench.suite import BENCHMARKS, measure

    parser = argparse.ArgumentParser(prog="python -m bench.ratios", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", metavar="ID,ID", default=",".join(BENCHMARKS), help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--pairs", type=int, metavar="N", help="pairs of runs (default 5; a smoke has 1)")
    parser.add_argument("--seconds", type=float, metavar="S", help="measured seconds of a run over the network")
    parser.add_argument("--smoke", action="store_true", help="only show that it works: the figures mean nothing")
    parser.add_argument("--json", action="store_true", help="print the list of results as JSON")
    parser.add_argument("--dir", type=Path, metavar="DIR", help="where the stores go (default: a temporary folder)")
    args = parser.parse_args(argv)
    names = args.only.split(",")
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    sizes = dataclasses.replace(SMOKE if args.smoke else Sizes())
    sizes.pairs = args.pairs or sizes.pairs
    sizes.window_s = args.seconds or sizes.window_s

    def say(text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="medsettle-bench-", dir=args.dir) as folder:
        bench, rows = Bench(Path(folder), sizes, say), []
        for name in names:
            say(f"{name}: {BENCHMARKS[name].what}")
            rows.append(measure(bench, name))
    if args.json:
        print(json.dumps([dataclasses.asdict(row) for row in rows], indent=1))
    else:
        print("\n".join(map(ratio_line, rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
