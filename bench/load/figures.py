"""What a day of load comes to: calls and latencies by hour and by rpc, the books, the gateway's own figures."""

import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import orjson

from bench.load import day
from bench.load.facts import read_times
from bench.load.watch import Sample
from gateway.demo.visit import PAYERS
from gateway.wording import yuan

_PERCENTS = (50, 95, 99)
_OPTIONS = ("minutes", "users", "processes", "persons", "pace", "front", "seed")


def summary_of(
    folder: Path, samples: list[Sample], host: dict[str, Any], verified: str, options: dict[str, Any]
) -> dict[str, Any]:
    """The results of a run's folder as they are written."""
    started = orjson.loads((folder / "started.json").read_bytes())
    began_s, minutes = started["at_s"], started["minutes"]
    ended_s = began_s + minutes * 60
    audit = orjson.loads((folder / "audit.json").read_bytes())
    by_hour: dict[int, Counter[int]] = defaultdict(Counter)
    by_rpc: dict[str, Counter[int]] = defaultdict(Counter)
    seconds: dict[int, Counter[int]] = defaultdict(Counter)
    for second, rpc, counts in read_times(folder):
        by_rpc[rpc].update(dict(counts))
        hour = int(min(day.hour_at(second - began_s, minutes), day.CLOSES_H - 0.01) * 2)
        by_hour[max(hour, int(day.OPENS_H * 2))].update(dict(counts))
        seconds[second].update(dict(counts))
    half_hour_s = minutes * 60 / (day.CLOSES_H - day.OPENS_H) / 2
    within = [sample for sample in samples if began_s <= sample.at_s <= ended_s]
    return {
        "measured_on": time.strftime("%Y-%m-%d"),
        "machine": host,
        "options": {name: options[name] for name in _OPTIONS},
        "began_s": began_s,
        "calls": sum(sum(counts.values()) for counts in by_rpc.values()),
        "hours": [
            {
                "hour": half / 2, "stage": _stage(half / 2), "calls_per_s": sum(counts.values()) / half_hour_s,
                **spread(counts),
            }
            for half, counts in sorted(by_hour.items())
        ],
        "rpcs": [
            {"rpc": rpc, "calls": sum(counts.values()), **spread(counts)} for rpc, counts in sorted(by_rpc.items())
        ],
        "seconds": [
            {"at_s": second, "calls": sum(counts.values()), **spread(counts)}
            for second, counts in sorted(seconds.items())
        ],
        "server": _server(within),
        "audit": audit,
        "verify": verified,
    }  # fmt: skip


def spread(counts: Counter[int]) -> dict[str, float]:
    """Percentiles and the largest of counted hundredths of a millisecond, in ms."""
    total, passed, found = sum(counts.values()), 0, {}
    marks = iter(_PERCENTS)
    mark = next(marks, None)
    for value, count in sorted(counts.items()):
        passed += count
        while mark is not None and passed >= total * mark / 100:
            found[f"p{mark}_ms"] = value / 100
            mark = next(marks, None)
    return found | {"max_ms": max(counts) / 100}


def _stage(hour: float) -> str:
    stage = day.stage_at(hour)
    return stage.name if stage is not None else ""


def _server(samples: list[Sample]) -> dict[str, float]:
    if not samples:
        return {}
    last, first = samples[-1], samples[0]
    commits = last.metrics.get("commits", 0) - first.metrics.get("commits", 0)
    commit_s = last.metrics.get("commit_s", 0) - first.metrics.get("commit_s", 0)
    works = last.metrics.get("works", 0) - first.metrics.get("works", 0)
    syncs = sorted(sample.sync_ms for sample in samples)
    return {
        "cpu_mean": sum(sample.cpu for sample in samples) / len(samples),
        "cpu_max": max(sample.cpu for sample in samples),
        "resident_first_mib": first.resident_bytes / 2**20,
        "resident_last_mib": last.resident_bytes / 2**20,
        "descriptors_max": max(sample.descriptors for sample in samples),
        "descriptors_last": last.descriptors,
        "threads_max": max(sample.threads for sample in samples),
        "sync_ms_p50": syncs[len(syncs) // 2],
        "sync_ms_max": syncs[-1],
        "commits": commits,
        "commit_ms": commit_s / commits * 1_000 if commits else 0.0,
        "works_per_commit": works / commits if commits else 0.0,
    }


def text_of(summary: dict[str, Any]) -> str:
    """The result as it ends in a terminal, and as docs/benchmarks.md shows it."""
    audit, server, options = summary["audit"], summary["server"], summary["options"]
    lines = [
        "",
        f"{options['minutes']:g} minutes, at most {options['users']} users in {options['processes']} processes, "
        f"{summary['calls']:,} calls",
        f"{'clinic':<8}{'calls/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'max ms':>9}",
    ]
    for row in summary["hours"]:
        lines.append(f"{day.clock(row['hour']):<8}{row['calls_per_s']:>9,.0f}{_spread_text(row)}  {row['stage']}")
    lines += ["", f"{'rpc':<34}{'calls':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'max ms':>9}"]
    lines += [f"{row['rpc']:<34}{row['calls']:>9,}{_spread_text(row)}" for row in summary["rpcs"]]
    if server:
        lines += [
            "",
            f"gateway:   {server['cpu_mean']:.2f} cores on average, {server['cpu_max']:.2f} at most; "
            f"{server['resident_first_mib']:.0f} -> {server['resident_last_mib']:.0f} MiB; descriptors at most "
            f"{server['descriptors_max']}, threads {server['threads_max']}",
        ]
    if server.get("commits"):
        lines.append(
            f"commits:   {server['commits']:,.0f}, {server['works_per_commit']:.1f} works and "
            f"{server['commit_ms']:.2f} ms each; one fdatasync of 4 KiB beside it {server['sync_ms_p50']:.2f} ms"
        )
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(audit["states"].items()))
    lines += [
        f"bills:     {audit['orders']:,}: {states}",
        f"money:     {yuan(audit['paid_fen'])} yuan in {audit['payments']:,} payments, {audit['refunds']:,} refunds; "
        + ", ".join(f"{name.removesuffix('_fen')} {yuan(fen)}" for name, fen in _payers(audit)),
        f"accounts:  {audit['accounts']:,}: {yuan(audit['credited_fen'])} yuan credited, "
        f"{yuan(audit['left_fen'])} left, {yuan(audit['held_fen'])} held",
        f"not heard: {audit['unheard']} calls ended without an answer; what became of them is in the sums",
        "notes:     " + _counts(audit["notes"]),
        "refusals:  " + _counts(audit["refusals"]),
        f"wrong:     {audit['finding_count']} findings; lost, doubled, wrong sums, wrong states: "
        + (_counts(Counter(kind for kind, _ in audit["findings"])) or "none"),
        *[f"           {kind}: {what}" for kind, what in audit["findings"][:10]],
        f"verify:    {summary['verify']}",
    ]
    return "\n".join(lines)


def _payers(audit: dict[str, Any]) -> list[tuple[str, int]]:
    return [(name, audit["by_payer_fen"][name]) for name in PAYERS if name in audit["by_payer_fen"]]


def _spread_text(row: dict[str, Any]) -> str:
    return "".join(f"{row[name]:>9.1f}" for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms"))


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{word} {count:,}" for word, count in sorted(counts.items())) or "none"
