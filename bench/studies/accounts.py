"""Ten million accounts: imported, restarted on, and paid against, most of them not in the cache.

    python -m bench.studies.accounts                         ten million, a cache of one million
    python -m bench.studies.accounts --persons 1000000       fewer

Prints what each step took as JSON: the import, the store's size, the start on it, and payments of persons spread evenly
over all, each the first of its person.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop

from bench import machine, servers
from bench.ratios import PATH, Bench, Sizes, check_paid
from bench.suite import first_answer_s
from bench.world import CHANNEL, load_world, prepare

_SAY_EVERY = 250_000


def measure(folder: Path, persons: int, payers: int, *, verify: bool) -> dict[str, Any]:
    """All steps, in a folder that is empty."""
    prepared = folder / "paying"
    prepared.mkdir()
    began_s = time.perf_counter()
    imported_s = 0.0

    def say(count: int) -> None:
        nonlocal imported_s
        imported_s = time.perf_counter() - began_s
        if count % _SAY_EVERY == 0:
            print(f"{count:,} persons imported in {imported_s:.0f} s", file=sys.stderr, flush=True)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(prepare(prepared, persons=persons, payments=payers, payers=payers, say=say))
    figures: dict[str, Any] = {
        "persons": persons,
        "import_s": round(imported_s, 1),
        "persons_per_s": round(persons / imported_s),
        "importing_resident_mib": round(machine.resident_bytes(os.getpid()) / 2**20),
        "store_mib": round((prepared / "gateway.db").stat().st_size / 2**20),
    }
    world, answers = load_world(prepared), folder / "answers.bin"
    bench = Bench(folder, Sizes(window_s=60.0, warm_s=0.0), print)
    began_s = time.perf_counter()
    with servers.serving_gateway(prepared, "auto", machine.server_cores()) as server:
        figures["first_answer_s"] = round(first_answer_s(server.address, world.tokens["bureau"], 0, began_s), 2)
        paid = bench.generate(
            server, world.tokens[CHANNEL], machine.generator_cores(), path=f"{PATH}Pay", answers=str(answers)
        )
        figures["serving_resident_mib"] = round(machine.resident_bytes(server.pid) / 2**20)
    check_paid(answers, paid, 0)
    figures |= {
        "payments": paid["calls"],
        "payments_per_s": round(paid["payments_per_s"]),
        "cpu_us_per_payment": round(paid["cpu_us_per_payment"]),
        "p50_ms": round(paid["latency_us"]["p50"] / 1_000, 1),
        "p99_ms": round(paid["latency_us"]["p99"] / 1_000, 1),
    }
    if verify:
        print("verifying", file=sys.stderr, flush=True)
        began_s = time.perf_counter()
        figures["verify"] = servers.verify(prepared)
        figures["verify_s"] = round(time.perf_counter() - began_s)
    return figures


def main(argv: list[str] | None = None) -> int:
    """Measures; prints the figures as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.studies.accounts", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--persons", type=int, default=10_000_000, metavar="N")
    parser.add_argument("--payers", type=int, default=20_000, metavar="N", help="persons who pay, once each")
    parser.add_argument("--verify", action="store_true", help="check the whole store afterwards")
    parser.add_argument("--dir", type=Path, metavar="DIR", help="where the store goes (default: a temporary folder)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="medsettle-accounts-", dir=args.dir) as folder:
        print(json.dumps(measure(Path(folder), args.persons, args.payers, verify=args.verify), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
