"""`make bench`: measures everything, writes bench/results/latest.json, and makes docs/benchmarks.md's table and charts.

python -m bench.report            measure, write, show
python -m bench.report --show     only make table and charts again, from the results that are there
"""

import argparse
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench import machine
from bench.servers import ROOT

RESULTS = ROOT / "bench" / "results" / "latest.json"
PAGE = ROOT / "docs" / "benchmarks.md"
CHARTS = ROOT / "docs" / "charts"
_BEGIN, _END = "<!-- made by `make bench` -->\n", "<!-- end of what `make bench` made -->\n"


_INK, _SOFT, _PASSED, _BELOW = "#22303a", "#8b98a1", "#3a7d44", "#b5651d"
_SERVERS, _LOADS = ("#6c7a83", "#1f6f8b", "#b5651d", "#7a4b94"), (":", "--", "-")


def ratio_line(row: Any) -> str:
    """One result in one line."""
    if row.ratio is None:
        return f"{row.id:<4} {'-':>9}  {row.what}: {row.note}"
    low, high = row.spread
    word = "passed" if row.passed else "below the mark" if row.better == "higher" else "above the mark"
    return (
        f"{row.id:<4} {row.ratio:>9.3g}  {row.what}: {figure(row.ours)} : {figure(row.baseline)} {row.unit}, "
        f"ratios {low:.3g} to {high:.3g}, mark {row.pass_mark:g}, {word}"
    )


def figure(value: float) -> str:
    """A number in a few digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(results: dict[str, Any]) -> str:
    """The Markdown of results: machine, ratios, latencies."""
    host = results["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in host["packages"].items())
    lines = [
        f"Measured {results['measured_on']}: {host['processor']}, {len(host['cores'])} cores, {host['system']}, "
        f"Python {host['python']}, SQLite {host['sqlite']}, {packages}. fdatasync of 4 KiB: {host['fsync_us_p50']} us "
        f"(median), {host['fsync_us_p99']} us (p99). {results['pairs']} pairs. {results['remark']}".rstrip(),
        "",
        "| id | what | ours | baseline | ratio | range | mark | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in results["ratios"]:
        if row["ratio"] is None:
            lines.append(f"| {row['id']} | {row['what']} | - | - | - | - | {row['pass_mark']:g} | {row['note']} |")
            continue
        low, high = row["spread"]
        sign, word = (">=" if row["better"] == "higher" else "<="), ("passed" if row["passed"] else "**not reached**")
        cpu = row["detail"].get("cpu_us_per_payment")
        remarks = [word, *([f"{cpu:.0f} us of server CPU a payment"] if cpu else []), *filter(None, [row["note"]])]
        if share := row["detail"].get("of_cpp_echo"):
            empty = figure(row["detail"]["cpp_echo_calls_per_s"])
            remarks.append(f"{share:.3g} of an empty C++ grpc++ callback echo ({empty} calls/s)")
        lines.append(
            f"| {row['id']} | {row['what']} ({row['unit']}) | {figure(row['ours'])} | {figure(row['baseline'])} | "
            f"{row['ratio']:.3g} | {low:.3g} to {high:.3g} | {sign} {row['pass_mark']:g} | {'; '.join(remarks)} |"
        )
    if results["latencies"]:
        lines += [
            "",
            "| server | load | calls/s | p50 ms | p90 ms | p99 ms | p99.9 ms |",
            "|---|---|---|---|---|---|---|",
        ]
    for row in results["latencies"]:
        load = f"{row['load']:.0%} of its limit" if row["load"] else "one call in flight"
        lines.append(
            f"| {row['server']} | {load} | {figure(row['rate'])} | {row['p50_ms']:.3g} | {row['p90_ms']:.3g} | "
            f"{row['p99_ms']:.3g} | {row['p999_ms']:.3g} |"
        )
    return "\n".join(lines) + "\n"


def write_page(results: dict[str, Any], charts: Iterable[Path]) -> None:
    """Puts table and charts between the page's marks; the words around them stay."""
    page = PAGE.read_text()
    head, _, rest = page.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    pictures = "".join(f"\n![{chart.stem}]({chart.relative_to(PAGE.parent).as_posix()})\n" for chart in charts)
    PAGE.write_text(head + _BEGIN + table(results) + pictures + _END + tail)


def draw(results: dict[str, Any], folder: Path) -> list[Path]:
    """Two PNG charts: ratios as shares of their marks, latencies by percentile. None without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        print("no charts: pip install '.[bench]' brings matplotlib", file=sys.stderr)
        return []
    matplotlib.use("Agg")
    from matplotlib import pyplot

    folder.mkdir(exist_ok=True)
    files = []
    style = {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": _SOFT}
    with pyplot.rc_context({**style, "savefig.dpi": 100}):
        measured = [row for row in results["ratios"] if row["ratio"] is not None]
        for name, drawn in (("ratios", measured), ("latencies", results["latencies"])):
            (folder / f"{name}.png").unlink(missing_ok=True)
            if drawn:
                plot = _draw_ratios(pyplot, drawn) if name == "ratios" else _draw_latencies(pyplot, drawn)
                files.append(folder / f"{name}.png")
                plot.savefig(files[-1])
                make_small(files[-1])
        pyplot.close("all")
    return files


def make_small(chart: Path) -> None:
    """Few colours are enough: a quarter of the bytes."""
    from PIL import Image  # comes with matplotlib

    with Image.open(chart) as picture:
        small = picture.convert("RGB").quantize(32)
    small.save(chart, optimize=True)


def _draw_ratios(pyplot: Any, rows: list[dict[str, Any]]) -> Any:
    """How many times better or worse than its mark each row is: to the right of the line it passed."""
    plot, axes = pyplot.subplots(figsize=(8, 0.3 * len(rows) + 0.8), layout="constrained")
    for at, row in enumerate(rows):
        low, middle, high = (_share(row, ratio) for ratio in (row["spread"][0], row["ratio"], row["spread"][1]))
        colour = _PASSED if row["passed"] else _BELOW
        # From the mark and not from an edge: on a scale of multiples only the distance to 1 means anything.
        axes.barh(at, middle - 1, left=1, color=colour, height=0.62)
        axes.plot([low, high], [at, at], color=_INK, linewidth=1)
        right = middle >= 1
        axes.annotate(
            f"{middle:.2g}x", (max(1, low, high) if right else min(1, low, high), at), xytext=(4 if right else -4, 0),
            textcoords="offset points", va="center", ha="left" if right else "right", color=colour,
        )  # fmt: skip
    axes.set_yticks(range(len(rows)), [f"{row['what']}  {row['id']}" for row in rows])
    axes.axvline(1, color=_INK, linewidth=1)
    axes.set_xscale("log")
    axes.set_xlim(min(0.05, axes.get_xlim()[0] / 2.2), max(20, axes.get_xlim()[1] * 1.6))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}x")
    axes.set_xlabel("of its pass mark, median and range of the pairs (1x and more: passed)")
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    return plot


def _share(row: dict[str, Any], ratio: float) -> float:
    return ratio / row["pass_mark"] if row["better"] == "higher" else row["pass_mark"] / ratio


def _draw_latencies(pyplot: Any, rows: list[dict[str, Any]]) -> Any:
    """Percentiles by server, a colour each; the more load, the fuller the line."""
    plot, axes = pyplot.subplots(figsize=(8, 3.4), layout="constrained")
    servers = list(dict.fromkeys(row["server"] for row in rows))
    loads = sorted({row["load"] for row in rows})
    for row in rows:
        load = f"{row['load']:.0%} of its limit" if row["load"] else "one in flight"
        values = [row[name] for name in ("p50_ms", "p90_ms", "p99_ms", "p999_ms")]
        axes.plot(
            ["p50", "p90", "p99", "p99.9"], values, label=f"{row['server']}, {load}", marker="o", markersize=3,
            color=_SERVERS[servers.index(row["server"]) % len(_SERVERS)],
            linestyle=_LOADS[loads.index(row["load"]) % len(_LOADS)],
        )  # fmt: skip
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_ylabel("ms")
    axes.grid(axis="y", color=_SOFT, alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    return plot


def measure_all(pairs: int | None, only: str | None, remark: str) -> dict[str, Any]:
    """Runs every benchmark; gives the results as they are written."""
    from bench.latency import measure_latencies
    from bench.ratios import Bench, Sizes
    from bench.suite import BENCHMARKS, measure

    sizes = Sizes()
    sizes.pairs = pairs or sizes.pairs
    names = only.split(",") if only else [*BENCHMARKS, "latency"]
    ratios, latencies = [], []
    with tempfile.TemporaryDirectory(prefix="medsettle-bench-") as folder:
        host = machine.describe(Path(folder))
        bench = Bench(Path(folder), sizes, lambda text: print(text, file=sys.stderr, flush=True))
        for name in names:
            if name == "latency":
                latencies = measure_latencies(bench)
            else:
                ratios.append(measure(bench, name))
                print(ratio_line(ratios[-1]), flush=True)
    return {
        "measured_on": time.strftime("%Y-%m-%d"),
        "remark": remark,
        "pairs": sizes.pairs,
        "machine": host,
        "ratios": [dataclasses.asdict(row) for row in ratios],
        "latencies": [dataclasses.asdict(row) for row in latencies],
    }


def main(argv: list[str] | None = None) -> int:
    """Measures, unless told only to show; writes results, page and charts."""
    parser = argparse.ArgumentParser(prog="python -m bench.report", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--show", action="store_true", help="measure nothing: table and charts of the last results")
    parser.add_argument("--pairs", type=int, metavar="N", help="pairs of runs (default 5)")
    parser.add_argument("--only", metavar="ID,ID", help="ids of bench.ratios, and latency")
    parser.add_argument("--remark", default="", help="a sentence that stands beside the figures")
    parser.add_argument("--no-charts", action="store_true", help="the table alone")
    args = parser.parse_args(argv)
    if not args.show:
        results = measure_all(args.pairs, args.only, args.remark)
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    results = json.loads(RESULTS.read_text())
    write_page(results, [] if args.no_charts else draw(results, CHARTS))
    print(table(results))
    print(f"results: {RESULTS.relative_to(ROOT)}, page: {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
