"""`make soak`: each front at half of its measured limit, 5 % of the calls cancelled in flight.

python -m bench.soak --minutes 10           five minutes a front
python -m bench.soak --minutes 10 --front native

Two phases, each at half of its own limit: new bills, made, paid and refunded; then known ones, asked again and again.
Passes when memory is flat with known bills after warming up (bench/soak/judge.py has the bound), descriptors and
threads do not grow, every account ends as it began, and `medsettle verify` is clean. With new bills memory grows by
design, as the gateway keeps the last 200,000 and 64 MiB of the store's pages at hand: what a bill adds is told and not
judged. With --kept 2000 it keeps less, new bills come all the time, and memory must be flat with them as well.
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
from bench.load.watch import Watch
from bench.load.world import Clinic, open_clinic
from bench.machine import percentile
from bench.soak.judge import SLOPE_KIB_MAX, size_of
from bench.soak.visits import Soak

_PATIENTS = 32
_LIMIT_S = 10.0
_GROWS, _KNOWN = "new bills", "known bills"


def soak(front: str, seconds: float, args: argparse.Namespace) -> list[dict[str, Any]]:
    """One front for so long; gives the figures of each phase."""
    with tempfile.TemporaryDirectory(prefix="medsettle-soak-", dir=args.dir) as name:
        folder = Path(name)
        with serving(folder, front, args.kept) as (server, token, metrics):
            say(f"{front}: {args.persons} persons come in")
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                clinic = runner.run(
                    open_clinic(server.address, token, folder / "outbox.jsonl", folder, args.persons, args.seed)
                )
                try:
                    phases, off = runner.run(_phases(front, seconds, args, clinic, server, metrics))
                except Exception:
                    if server.running:
                        raise
                    raise servers.Failed(f"the gateway ended with {server.status}: {server.last_words()}") from None
        try:
            verified, clean = servers.verify(folder), True
        except servers.Failed as failed:
            verified, clean = str(failed), False
    for phase in phases:
        judged = phase["flat"] is not False or phase["phase"] == _GROWS
        phase |= {"accounts_off": off, "verify": verified, "passed": clean and not off and phase["kept"] and judged}
    return phases


async def _phases(
    front: str, seconds: float, args: argparse.Namespace, clinic: Clinic, server: servers.Server, metrics: str
) -> tuple[list[dict[str, Any]], int]:
    """New bills, then known ones, each at half of its limit; and how many accounts do not end as they began."""
    patients, phases = Soak(clinic, args.cancels, args.seed), []
    shares = {f"new bills, {args.kept:,} kept": 1.0} if args.kept else {_GROWS: 0.4, _KNOWN: 0.6}
    for phase, share in shares.items():
        known, lasts_s = phase == _KNOWN, seconds * share
        limit = await patients.run(min(_LIMIT_S, lasts_s / 4), _PATIENTS, known=known)
        say(f"{front}, {phase}: the limit with this client is {limit:,.0f} calls/s; {lasts_s:.0f} s at half of it")
        patients.latencies_ms.clear()
        patients.counts.clear()
        cpu_before_s = machine.cpu_s(server.pid)
        with Watch(server.pid, Path(clinic.folder), metrics) as watch:
            rate = await patients.run(lasts_s, _PATIENTS, limit / 2, known=known)
        cpu = (machine.cpu_s(server.pid) - cpu_before_s) / lasts_s
        latencies = sorted(patients.latencies_ms)
        phases.append(
            {
                "front": front, "phase": phase, "lasts_s": lasts_s, "limit": limit, "rate": rate, "cpu": cpu,
                **patients.counts, "p50_ms": percentile(latencies, 50), "p99_ms": percentile(latencies, 99),
                "store_mib": Path(clinic.folder, "gateway.db").stat().st_size / 2**20,
                **dataclasses.asdict(size_of(watch.samples)),
                "samples": [
                    (round(one.at_s, 1), one.resident_bytes, one.descriptors, one.threads) for one in watch.samples
                ],
            }
        )  # fmt: skip
    off = await patients.accounts_off(say)
    await patients.close()
    return phases, off


def row(phase: dict[str, Any]) -> str:
    """One phase of a front as a line of the table in docs/benchmarks.md."""
    if phase["phase"] == _GROWS:
        added_kib = (phase["resident_last_mib"] - phase["resident_first_mib"]) * 1_024
        word = f"{added_kib / max(1, phase['visits']):.1f} KiB a bill"
    else:
        word = {True: "flat", False: "**grows**", None: "too short to say"}[phase["flat"]]
    return (
        f"| {phase['front']}, {phase['phase']} | {phase['lasts_s']:.0f} s | {phase['limit']:,.0f} | "
        f"{phase['rate']:,.0f} | {phase['calls']:,}; {phase['cancelled']:,} | {phase['p50_ms']:.1f}; "
        f"{phase['p99_ms']:.1f} | {phase['resident_first_mib']:.1f}, {phase['resident_warm_mib']:.1f}, "
        f"{phase['resident_last_mib']:.1f} | {phase['slope_kib']:+,.0f} ({word}) | "
        f"{phase['descriptors'][0]}, {phase['descriptors'][1]} | {phase['threads'][0]}, {phase['threads'][1]} |"
    )


def table(phases: list[dict[str, Any]]) -> str:
    """The table of docs/benchmarks.md."""
    head = (
        "| front, phase | for | limit, calls/s | held, calls/s | calls; cancelled in flight | p50; p99 ms | "
        "MiB: first, warm, last | KiB a minute | descriptors | threads |"
    )
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *map(row, phases)])


def main(argv: list[str] | None = None) -> int:
    """Soaks; 0 when everything passed."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="in all, shared between the fronts (default 10)")
    parser.add_argument("--front", choices=("grpcio", "native"), help="only this one (default: both)")
    parser.add_argument("--cancels", type=float, default=0.05, help="share of calls that are cancelled (default 0.05)")
    parser.add_argument("--persons", type=int, default=500)
    parser.add_argument(
        "--kept", type=int, default=0, metavar="N", help="bills at hand in the gateway (default: its own)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, help="where the stores go (default: a temporary folder)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures, samples included")
    args = parser.parse_args(argv)
    fronts = [args.front] if args.front else ["grpcio", "native"]
    try:
        results = [phase for front in fronts for phase in soak(front, args.minutes * 60 / len(fronts), args)]
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
