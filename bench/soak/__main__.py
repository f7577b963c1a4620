"""`make soak`: each front at half of its measured limit, 5 % of the calls cancelled in flight.

python -m bench.soak --minutes 10           five minutes a front
python -m bench.soak --minutes 10 --front native

Passes when memory stays flat after warming up (bench/soak/judge.py has the bound), descriptors and threads do not grow,
every account ends as it began, and `medsettle verify` is clean.
"""

import argparse
import asyncio
import dataclasses
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import uvloop

from bench import machine, servers
from bench.load.run import say, serving
from bench.load.watch import Sample, Watch
from bench.load.world import open_clinic
from bench.machine import percentile
from bench.soak.judge import SLOPE_KIB_MAX, size_of
from bench.soak.visits import Soak

_PATIENTS = 32
_LIMIT_S = 10.0


def soak(front: str, seconds: float, args: argparse.Namespace) -> dict[str, Any]:
    """One front for so long; gives its figures."""
    with tempfile.TemporaryDirectory(prefix="medsettle-soak-", dir=args.dir) as name:
        folder = Path(name)
        with serving(folder, front) as (server, token, metrics):
            say(f"{front}: {args.persons} persons come in")
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                figures, samples = runner.run(_load(front, seconds, args, folder, server, token, metrics))
        try:
            verified, clean = servers.verify(folder), True
        except servers.Failed as failed:
            verified, clean = str(failed), False
    size = size_of(samples)
    return {
        "front": front, **figures, **dataclasses.asdict(size), "verify": verified,
        "passed": clean and not figures["accounts_off"] and size.kept and size.flat is not False,
        "samples": [(round(one.at_s, 1), one.resident_bytes, one.descriptors, one.threads) for one in samples],
    }  # fmt: skip


async def _load(
    front: str, seconds: float, args: argparse.Namespace, folder: Path, server: servers.Server, token: str, metrics: str
) -> tuple[dict[str, Any], list[Sample]]:
    """Everybody comes in; the limit, then half of it; what it came to, and the gateway's samples meanwhile."""
    clinic = await open_clinic(server.address, token, folder / "outbox.jsonl", folder, args.persons, args.seed)
    patients = Soak(clinic, args.cancels, args.seed)
    limit = await patients.run(min(_LIMIT_S, seconds / 4), _PATIENTS)
    say(f"{front}: its limit with this client is {limit:,.0f} calls/s; {seconds:.0f} s at half of it")
    patients.latencies_ms.clear()
    patients.counts.clear()
    cpu_before_s = machine.cpu_s(server.pid)
    with Watch(server.pid, folder, metrics) as watch:
        rate = await patients.run(seconds, _PATIENTS, limit / 2)
    cpu = (machine.cpu_s(server.pid) - cpu_before_s) / seconds
    off = await patients.accounts_off(say)
    await patients.close()
    latencies = sorted(patients.latencies_ms)
    percentiles = {f"p{percent}_ms": percentile(latencies, percent) for percent in (50, 99)}
    return {
        "limit": limit,
        "rate": rate,
        **patients.counts,
        "cpu": cpu,
        **percentiles,
        "accounts_off": off,
    }, watch.samples


def row(result: dict[str, Any]) -> str:
    """One front as a line of the table in docs/benchmarks.md."""
    flat = {True: "flat", False: "**grows**", None: "too short to say"}[result["flat"]]
    return (
        f"| {result['front']} | {result['seconds']:.0f} s | {result['limit']:,.0f} | {result['rate']:,.0f} | "
        f"{result['calls']:,}; {result['cancelled']:,} | {result['p50_ms']:.1f}; {result['p99_ms']:.1f} | "
        f"{result['resident_first_mib']:.1f}, {result['resident_warm_mib']:.1f}, {result['resident_last_mib']:.1f} | "
        f"{result['slope_kib']:+,.0f} ({flat}) | {result['descriptors'][0]}, {result['descriptors'][1]} | "
        f"{result['threads'][0]}, {result['threads'][1]} | {result['verify']} |"
    )


def table(results: list[dict[str, Any]]) -> str:
    """The table of docs/benchmarks.md."""
    head = (
        "| front | for | limit, calls/s | held, calls/s | calls; cancelled in flight | p50; p99 ms | "
        "MiB: first, warm, last | KiB a minute | descriptors | threads | verify |"
    )
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *map(row, results)])


def main(argv: list[str] | None = None) -> int:
    """Soaks; 0 when everything passed."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="in all, shared between the fronts (default 10)")
    parser.add_argument("--front", choices=("grpcio", "native"), help="only this one (default: both)")
    parser.add_argument("--cancels", type=float, default=0.05, help="share of calls that are cancelled (default 0.05)")
    parser.add_argument("--persons", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, help="where the stores go (default: a temporary folder)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures, samples included")
    args = parser.parse_args(argv)
    fronts = [args.front] if args.front else ["grpcio", "native"]
    try:
        results = [soak(front, args.minutes * 60 / len(fronts), args) for front in fronts]
    except servers.Failed as failed:
        print(f"bench.soak: {failed}", file=sys.stderr)
        return 1
    if args.json:
        args.json.write_text(json.dumps(results, indent=1) + "\n")
    print(table(results))
    failed_fronts = [result["front"] for result in results if not result["passed"]]
    print(
        f"bound: {SLOPE_KIB_MAX:,.0f} KiB a minute after warming up. "
        + (f"failed: {failed_fronts}" if failed_fronts else "passed")
    )
    return int(bool(failed_fronts))


if __name__ == "__main__":
    sys.exit(main())
