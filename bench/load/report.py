"""The page of a day of load: what the callers saw and what the gateway did, over the same hours, in one HTML file.

python -m bench.load.report build/load --chart docs/charts/clinic-day.png      a picture of some of it, with matplotlib
"""

import argparse
import html
import json
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.load import day
from bench.load.figures import text_of

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 560, 170, 52, 12, 26, 22
_COLOURS = ("#1f6f8b", "#c2571a", "#5b8c3a", "#7a4b94")
_WINDOW_S = 3
_STYLE = """
:root{--ink:#1c2a33;--soft:#667885;--line:#d9e0e4;--ground:#fff;--tint:#f3f6f7}
@media(prefers-color-scheme:dark){:root{--ink:#e4ebee;--soft:#98a8b2;--line:#33424b;--ground:#141b1f;--tint:#1b2429}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);max-width:1180px;margin:2rem auto;
padding:0 1rem}h1{font-size:1.5rem;margin:0}p{color:var(--soft);margin:.3rem 0 1rem}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:14px}
figure{margin:0;border:1px solid var(--line);border-radius:6px;background:var(--tint)}svg{display:block;width:100%}
text{font:11px system-ui,sans-serif;fill:var(--soft)}.title{font-weight:600;font-size:12px;fill:var(--ink)}
.rule{stroke:var(--line);stroke-width:1}.stage{fill:var(--line);opacity:.45}
pre{overflow-x:auto;border:1px solid var(--line);border-radius:6px;padding:1rem;background:var(--tint);font-size:12.5px}
"""

Series = tuple[str, Sequence[tuple[float, float]]]


def write_report(out: Path, summary: dict[str, Any], samples: list[dict[str, Any]]) -> None:
    """Writes report.html and summary.json (with the samples) into a folder."""
    (out / "summary.json").write_text(json.dumps(summary | {"samples": samples}, indent=1) + "\n")
    (out / "report.html").write_text(page(summary, samples))


def page(summary: dict[str, Any], samples: list[dict[str, Any]]) -> str:
    """The page, complete in itself."""
    host, wrong = summary["machine"], summary["audit"]["finding_count"]
    verdict = "every sum agrees" if not wrong else f"{wrong} findings in the books"
    charts = "".join(f"<figure>{chart(title, series)}</figure>" for title, series in _charts(summary, samples))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>MedSettle: a clinic's day</title><style>{_STYLE}</style>"
        f"<h1>A clinic's day: {verdict}</h1><p>{summary['measured_on']}, {html.escape(host['processor'])}, "
        f"{len(host['cores'])} cores shared by gateway, Locust and whoever else is on the machine. Hours are the "
        f"clinic's: 06:30 to 18:00 in {summary['options']['minutes']:g} minutes. "
        '<a href="locust.html">Locust\'s own report</a></p>'
        f'<div class="grid">{charts}</div><h2>In figures</h2>'
        f"<pre>{html.escape(text_of(summary).strip())}</pre></html>\n"
    )


def _charts(summary: dict[str, Any], samples: list[dict[str, Any]]) -> list[tuple[str, list[Series]]]:
    minutes, began_s = summary["options"]["minutes"], summary["began_s"]

    def at(second: float) -> float:
        return day.hour_at(second - began_s, minutes)

    def sampled(value: Callable[[dict[str, Any]], float]) -> list[tuple[float, float]]:
        return [(at(sample["at_s"]), value(sample)) for sample in samples]

    def rate(name: str, by: str = "") -> list[tuple[float, float]]:
        points = []
        for one, other in pairwise(samples):
            if name in one["metrics"] and name in other["metrics"]:
                more = other["metrics"][name] - one["metrics"][name]
                per = other["metrics"][by] - one["metrics"][by] if by else other["at_s"] - one["at_s"]
                points.append((at(other["at_s"]), more / per if per else 0.0))
        return points

    seconds = summary["seconds"][: len(summary["seconds"]) // _WINDOW_S * _WINDOW_S]
    windows = [seconds[start : start + _WINDOW_S] for start in range(0, len(seconds), _WINDOW_S)]

    def called(value: Callable[[list[dict[str, Any]]], float]) -> list[tuple[float, float]]:
        return [(at(window[0]["at_s"]), value(window)) for window in windows]

    calls = called(lambda rows: sum(row["calls"] for row in rows) / len(rows))
    return [
        ("calls/s, as the callers count them", [("", calls)]),
        (
            "latency, ms",
            [
                (name, called(lambda rows, name=name: sorted(row[f"{name}_ms"] for row in rows)[len(rows) // 2]))
                for name in ("p50", "p95", "p99")
            ],
        ),
        ("gateway: cores used", [("", sampled(lambda sample: sample["cpu"]))]),
        ("gateway: memory, MiB", [("", sampled(lambda sample: sample["resident_bytes"] / 2**20))]),
        (
            "gateway: descriptors and threads",
            [(name, sampled(lambda sample, name=name: sample[name])) for name in ("descriptors", "threads")],
        ),
        ("one fdatasync of 4 KiB beside the store, ms", [("", sampled(lambda sample: sample["sync_ms"]))]),
        ("gateway: commits/s", [("", rate("commits"))]),
        ("gateway: ms a commit", [("", [(hour, 1_000 * value) for hour, value in rate("commit_s", "commits")])]),
        ("gateway: works a commit", [("", rate("works", "commits"))]),
        (
            "gateway: waiting works, calls in hand",
            [(label, sampled(lambda sample, name=name: sample["metrics"].get(name, 0.0)))
             for label, name in (("waiting", "queue_works"), ("in hand", "calls_in_hand"))],
        ),
        ("gateway: calls not let in, a second", [("", rate("shed"))]),
        ("yuan paid a second, by the gateway's metrics", [("", [(hour, fen / 100) for hour, fen in rate("paid_fen")])]),
    ]  # fmt: skip


def chart(title: str, series: Sequence[Series]) -> str:
    """Lines over the clinic's hours as SVG; peaks of the day are shaded."""
    points = [value for _, line in series for hour, value in line if hour <= day.CLOSES_H]
    top = _nice(max(points, default=0.0))
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def x(hour: float) -> float:
        return _LEFT + width * (hour - day.OPENS_H) / (day.CLOSES_H - day.OPENS_H)

    def y(value: float) -> float:
        return _TOP + height * (1 - value / top)

    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{html.escape(title)}">']
    begin = day.OPENS_H
    for stage in day.STAGES:
        if stage.share >= 0.75:
            parts.append(
                f'<rect class="stage" x="{x(begin):.1f}" y="{_TOP}" width="{x(stage.until_h) - x(begin):.1f}" '
                f'height="{height}"/>'
            )
        begin = stage.until_h
    for value in (0.0, top / 2, top):
        parts.append(
            f'<line class="rule" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        )
        parts.append(f'<text x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:,.4g}</text>')
    for hour in range(7, 19):
        parts.append(f'<text x="{x(hour):.1f}" y="{_HEIGHT - 7}" text-anchor="middle">{hour:02d}</text>')
    parts.append(f'<text class="title" x="{_LEFT}" y="16">{html.escape(title)}</text>')
    for at, (name, line) in enumerate(series):
        drawn = " ".join(f"{x(hour):.1f},{y(value):.1f}" for hour, value in line if day.OPENS_H <= hour <= day.CLOSES_H)
        colour = _COLOURS[at % len(_COLOURS)]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{drawn}"/>')
        place = _WIDTH - _RIGHT - 74 * (len(series) - 1 - at)
        parts.append(f'<text x="{place}" y="16" text-anchor="end" style="fill:{colour}">{html.escape(name)}</text>')
    return "".join(parts) + "</svg>"


def _nice(value: float) -> float:
    """The next of 1, 2, 5, 10, ... that holds a value."""
    step = 1e-3
    while True:
        for digit in (1, 2, 5):
            if digit * step >= value:
                return digit * step
        step *= 10


def draw(summary: dict[str, Any], samples: list[dict[str, Any]], file: Path) -> None:
    """The first four charts of the page as one small PNG; needs matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    from bench.report import make_small

    with pyplot.rc_context({"font.size": 7, "axes.spines.top": False, "axes.spines.right": False}):
        plot, axes = pyplot.subplots(2, 2, figsize=(9, 4), layout="constrained", sharex=True)
        for place, (title, series) in zip(axes.flat, _charts(summary, samples), strict=False):
            begin = day.OPENS_H
            for stage in day.STAGES:
                if stage.share >= 0.75:
                    place.axvspan(begin, stage.until_h, color="#eef2f4", linewidth=0)
                begin = stage.until_h
            for colour, (name, line) in zip(_COLOURS, series, strict=False):
                inside = [(hour, value) for hour, value in line if day.OPENS_H <= hour <= day.CLOSES_H]
                place.plot(*zip(*inside, strict=True), color=colour, linewidth=1, label=name)
            place.set_title(title, loc="left", fontsize=8)
            place.set_ylim(bottom=0)
            place.set_xticks(range(7, 19))
            if len(series) > 1:
                place.legend(frameon=False, ncols=len(series), loc="upper right")
        plot.savefig(file, dpi=100)
        pyplot.close(plot)
    make_small(file)


def main(argv: list[str] | None = None) -> int:
    """Makes the page of a folder again, and the picture."""
    parser = argparse.ArgumentParser(prog="python -m bench.load.report", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where summary.json is")
    parser.add_argument("--chart", type=Path, metavar="PNG", help="draw a picture as well")
    args = parser.parse_args(argv)
    summary = json.loads((args.folder / "summary.json").read_text())
    samples = summary.pop("samples")
    write_report(args.folder, summary, samples)
    if args.chart is not None:
        draw(summary, samples, args.chart)
    return 0


if __name__ == "__main__":
    sys.exit(main())
