"""Latency at a load, not at the limit: one call in flight, and open loops at 20 % and 80 % of what the server can do.

In an open loop calls come at random times of a mean rate, and a call's time counts from when it was due. The limit is
measured first, in the same run, with a closed loop. Beside ours the empty grpc.aio echo at 20 % and 80 % of its own.
"""

import argparse
import dataclasses
import functools
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import median
from bench.ratios import SMOKE, Bench, NotBuiltYet, Sizes

LOADS = (0.2, 0.8)


@dataclass
class Latency:
    """One row: a server at a load, medians over the rounds.

    Attributes:
        load: share of the limit; 0 is one call in flight.
        rate: calls a second that were answered.
    """

    server: str
    load: float
    rate: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    p999_ms: float


def measure_latencies(bench: Bench, fronts: tuple[str, ...] = ("grpcio", "native")) -> list[Latency]:
    """Every row: the echo, then each front that is there."""
    from bench.suite import need_native

    rows = []
    subjects: dict[str, Callable[..., dict[str, Any]]] = {"empty grpc.aio echo": bench.echo}
    for front in fronts:
        try:
            if front == "native":
                need_native()
        except NotBuiltYet:
            continue
        subjects[f"Pay on {front}"] = functools.partial(bench.gateway, front)
    for name, run in subjects.items():
        limit = run()["calls_per_s"]
        shapes: list[tuple[float, dict[str, Any]]] = [(0.0, {"connections": 1, "streams": 1})]
        shapes += [(load, {"rate": limit * load}) for load in LOADS]
        for load, shape in shapes:
            rounds = [run(**shape) for _ in range(bench.sizes.pairs)]
            figures = [
                round(median([one["latency_us"][key] / 1_000 for one in rounds]), 3)
                for key in ("p50", "p90", "p99", "p999")
            ]
            rows.append(Latency(name, load, median([one["calls_per_s"] for one in rounds]), *figures))
    return rows


def main(argv: list[str] | None = None) -> int:
    """Measures; prints the rows as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, metavar="N", help="rounds (default 3)")
    parser.add_argument("--smoke", action="store_true", help="only show that it works: the figures mean nothing")
    parser.add_argument("--front", choices=("grpcio", "native"), help="only this front (default: both)")
    args = parser.parse_args(argv)
    sizes = dataclasses.replace(SMOKE if args.smoke else Sizes(pairs=3))
    sizes.pairs = args.pairs or sizes.pairs
    with tempfile.TemporaryDirectory(prefix="medsettle-bench-") as folder:
        bench = Bench(Path(folder), sizes, lambda text: print(text, file=sys.stderr, flush=True))
        rows = measure_latencies(bench, (args.front,) if args.front else ("grpcio", "native"))
    print(json.dumps([dataclasses.asdict(row) for row in rows], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
