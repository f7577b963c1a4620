"""What metrics and logs cost: CPU of the gateway a Pay, seen and unseen in turn.

    python -m bench.studies.seeing --pairs 8

Seen is a gateway with `--metrics`, scraped every second, and `--log-level info`; unseen has neither, and its fronts do
not even count. Both run A-B-B-A over fresh copies of one store; the CPU time of the process is compared, not the clock,
because the machine may be shared. Written to the console alone: the figures of docs/operations.md come from here.
"""

import argparse
import contextlib
import dataclasses
import json
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import machine, servers
from bench.ratios import PATH, SMOKE, Bench, Sizes, check_paid, interleaved
from bench.world import CHANNEL
from core.commands import Command, CommandKind
from core.order import ORDER_COLUMNS
from core.words import EVENT_ORDER_PAID
from gateway.engine.batch import Batch, Item
from gateway.engine.work import Work
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay
from gateway.seeing.calls import Calls
from gateway.seeing.engine_meter import EngineMeter
from gateway.servicers.base import Rpc
from gateway.stores.base import EventRow

NOBODY: frozenset[int] = frozenset()
BATCH_SIZE = 256
_SCRAPE_S = 1.0
_BATCHED = {"path": f"{PATH}BatchPay", "streams": 1}


@contextlib.contextmanager
def scraped(url: str) -> Iterator[None]:
    """Reads the metrics every second while the body runs; reads them at least once."""
    done = threading.Event()

    def scrape() -> None:
        while True:
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert b"medsettle_calls_total" in answer.read()
            if done.wait(_SCRAPE_S):
                return

    scraper = threading.Thread(target=scrape)
    scraper.start()
    try:
        yield
    finally:
        done.set()
        scraper.join()


def run(bench: Bench, front: str, *, seen: bool, **values: Any) -> dict[str, Any]:
    """One run of payments; gives the generator's figures."""
    prepared, world = bench.paying()
    answers = bench.folder / "answers.bin"
    with bench.copy_of(prepared) as folder, contextlib.ExitStack() as stack:
        arguments = ["serve", "--listen", "127.0.0.1:0", "--front", front, "--store", f"sqlite:{folder / 'gateway.db'}"]
        module = "bench.wire.unseen"
        if seen:
            module = "gateway.cli.main"
            arguments += ["--metrics", "127.0.0.1:0", "--log-level", "info"]
        server = stack.enter_context(
            servers.serving(module, arguments, machine.server_cores(), bench.folder / "gateway.log")
        )
        with scraped(server.said["metrics on"]) if seen else contextlib.nullcontext():
            figures = bench.generate(
                server, world.tokens[CHANNEL], machine.generator_cores(), answers=str(answers), **values
            )
    check_paid(answers, figures, values.get("batch_size", 0))
    return figures


def compare(bench: Bench, front: str, **values: Any) -> dict[str, Any]:
    """Medians of CPU microseconds a payment, and the median and spread of the pairs' differences in percent."""
    unseen, seen, percents = [], [], []
    for mine, other in interleaved(
        bench.sizes.pairs,
        lambda: run(bench, front, seen=True, **values)["cpu_us_per_payment"],
        lambda: run(bench, front, seen=False, **values)["cpu_us_per_payment"],
    ):
        seen.append(mine)
        unseen.append(other)
        percents.append(100 * (mine / other - 1))
    return {
        "front": front,
        "batch_size": values.get("batch_size", 0),
        "unseen_cpu_us": round(machine.median(unseen), 2),
        "seen_cpu_us": round(machine.median(seen), 2),
        "more_percent": round(machine.median(percents), 1),
        "spread_percent": [round(min(percents), 1), round(max(percents), 1)],
    }


def parts(count: int) -> dict[str, float]:
    """The counting alone, in nanoseconds of CPU: of a call in the front, of a paid work in the engine.

    What a busy machine hides in the difference of two whole gateways is told apart here.
    """
    calls = Calls(
        Rpc("medsettle.v1.PaymentService", "Pay", pay.PayRequest, pay.PayResponse, False, False, NOBODY, nothing)
    )
    began_s = time.process_time()
    for _ in range(count):
        calls.answered(time.perf_counter(), None, None)
    call_s = time.process_time() - began_s
    items = [Item(Work(7), lambda item: None) for _ in range(BATCH_SIZE)]
    batch = Batch(1, 0, 0.0, items, {}, threading.Event())
    for number, item in enumerate(batch.items, 1):
        item.event = EventRow(number, 1, 0, EVENT_ORDER_PAID, "Pay", 7, number, 0, 0, 0, 0, 0, b"")
    batch.order_rows = [(number, *range(len(ORDER_COLUMNS) - 1), b"") for number in range(1, BATCH_SIZE + 1)]
    batch.commands = [Command(CommandKind.PAY, 0) for _ in batch.items]
    meter, rounds = EngineMeter(), max(1, count // BATCH_SIZE)
    began_s = time.process_time()
    for _ in range(rounds):
        meter.committed(batch)
    work_s = time.process_time() - began_s
    return {"call_ns": round(call_s / count * 1e9), "paid_work_ns": round(work_s / rounds / BATCH_SIZE * 1e9)}


async def nothing(caller: Any, request: Any) -> Any:
    """A handler that is not called."""


def main(argv: list[str] | None = None) -> int:
    """Measures; prints one JSON object a row."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.studies.seeing", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--pairs", type=int, metavar="N", help="pairs of runs (default 5; a smoke has 1)")
    parser.add_argument("--seconds", type=float, metavar="S", help="measured seconds of a run")
    parser.add_argument("--smoke", action="store_true", help="only show that it works: the figures mean nothing")
    args = parser.parse_args(argv)
    sizes = dataclasses.replace(SMOKE if args.smoke else Sizes())
    sizes.pairs = args.pairs or sizes.pairs
    sizes.window_s = args.seconds or sizes.window_s
    with tempfile.TemporaryDirectory(prefix="medsettle-bench-") as folder:
        print(json.dumps(parts(sizes.core)), flush=True)
        bench = Bench(Path(folder), sizes, lambda text: print(text, file=sys.stderr, flush=True))
        for front, values in (
            ("grpcio", {}),
            ("native", {}),
            ("native", {**_BATCHED, "batch_size": sizes.batch_size}),
        ):
            print(json.dumps(compare(bench, front, **values)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
