"""What rules, model and both find in a year: per typology at fixed false alarms, in tables and charts."""

import array
import importlib.resources
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from bench.workload.fraud import TYPOLOGIES
from bench.workload.training import month_of
from bench.workload.year import Seen
from core.risk.bundle import read_bundle
from core.risk.meanings import FEATURES
from core.risk.policy import RiskPolicy

FALSE_ALARMS = (0.001, 0.005, 0.01)
SCORERS = ("rules", "model", "both")
_BINS = 10


class Scored(NamedTuple):
    """A payment with its points by each scorer, and what the shipped policy decides."""

    seen: Seen
    points: dict[str, int]
    decision: int


def score(rows: Sequence[Seen], bundle: dict[str, Any]) -> list[Scored]:
    """The points of payments by the shipped rules, by a model, and by both as a policy joins them."""
    forest = read_bundle(bundle, FEATURES)
    document = orjson.loads(importlib.resources.files("policies").joinpath("risk/standard.json").read_bytes())
    policy = RiskPolicy(document)
    packed = array.array("i")
    for row in rows:
        packed.extend(row.features)
    points = forest.points(memoryview(packed).cast("B").cast("i", (len(rows), len(FEATURES))))
    found = []
    for row, model in zip(rows, points, strict=True):
        verdict = policy.verdict(row.features)
        by_rules = verdict["score"]
        found.append(
            Scored(row, {"rules": by_rules, "model": model, "both": max(by_rules, model)}, verdict["decision"])
        )
    return found


def threshold(scored: Sequence[Scored], scorer: str, false_alarms: float) -> int:
    """The lowest score from which on at most such a share of honest payments is stopped."""
    honest = sorted((one.points[scorer] for one in scored if not one.seen.label), reverse=True)
    allowed = int(len(honest) * false_alarms)
    return honest[allowed] + 1 if honest else 0


def detection(scored: Sequence[Scored], scorer: str, at: int) -> dict[str, float]:
    """The share of each typology's payments with such a score, and of all."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in scored:
        if one.seen.label:
            for name in (one.seen.label, "all"):
                counts[name][0] += one.points[scorer] >= at
                counts[name][1] += 1
    return {name: caught / count for name, (caught, count) in counts.items()}


def average_precision(scored: Sequence[Scored], scorer: str) -> float:
    """The area below the precision-recall curve, ties taken together."""
    area, last = 0.0, 0.0
    for recall, precision in curve(scored, scorer):
        area += (recall - last) * precision
        last = recall
    return area


def curve(scored: Sequence[Scored], scorer: str) -> list[tuple[float, float]]:
    """(recall, precision) by falling score."""
    ordered = sorted(scored, key=lambda one: -one.points[scorer])
    frauds = sum(bool(one.seen.label) for one in scored)
    found, caught = [], 0
    for index, one in enumerate(ordered, 1):
        caught += bool(one.seen.label)
        if index == len(ordered) or ordered[index].points[scorer] != one.points[scorer]:
            found.append((caught / frauds, caught / index))
    return found


def tables(scored: Sequence[Scored], title: str) -> str:
    """The report as Markdown."""
    lines = [f"### {title}", ""]
    frauds = sum(bool(one.seen.label) for one in scored)
    lines += [f"{len(scored):,} payments, {frauds:,} of them planted ({100 * frauds / len(scored):.2f} %).", ""]
    head = [f"{scorer} {100 * rate:g} %" for rate in FALSE_ALARMS for scorer in SCORERS]
    lines += ["| found at false alarms of | " + " | ".join(head) + " |", "|---|" + "---:|" * len(head)]
    columns = [
        detection(scored, scorer, threshold(scored, scorer, rate)) for rate in FALSE_ALARMS for scorer in SCORERS
    ]
    for name in (*TYPOLOGIES, "all"):
        cells = [f"{100 * column[name]:.0f} %" if name in column else "-" for column in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    precise = [f"{scorer} {average_precision(scored, scorer):.3f}" for scorer in SCORERS]
    lines += ["", f"Average precision: {', '.join(precise)}.", ""]
    return "\n".join([*lines, *_calibration(scored), *_drift(scored), *_decisions(scored)])


def _calibration(scored: Sequence[Scored]) -> list[str]:
    lines = ["| model's points | payments | said, per mille | planted, per mille |", "|---|---:|---:|---:|"]
    width = 1000 // _BINS
    for low in range(0, 1000, width):
        inside = [one for one in scored if low <= one.points["model"] < low + width + (low + width == 1000)]
        if inside:
            said = sum(one.points["model"] for one in inside) / len(inside)
            true = 1000 * sum(bool(one.seen.label) for one in inside) / len(inside)
            lines.append(f"| {low} to {low + width - 1} | {len(inside):,} | {said:.0f} | {true:.0f} |")
    return [*lines, ""]


def _drift(scored: Sequence[Scored]) -> list[str]:
    at = threshold(scored, "both", FALSE_ALARMS[-1])
    lines = ["| month | payments | found at 1 % | false alarms |", "|---|---:|---:|---:|"]
    for month in sorted({month_of(one.seen.at_ms) for one in scored}):
        own = [one for one in scored if month_of(one.seen.at_ms) == month]
        honest = [one for one in own if not one.seen.label]
        caught = detection(own, "both", at).get("all", 0.0)
        alarms = sum(one.points["both"] >= at for one in honest) / len(honest)
        lines.append(f"| {month} | {len(own):,} | {100 * caught:.0f} % | {100 * alarms:.2f} % |")
    return [*lines, ""]


def _decisions(scored: Sequence[Scored]) -> list[str]:
    names = ("", "APPROVE", "REVIEW", "HOLD_SETTLEMENT", "STEP_UP", "WAIT", "DECLINE")
    lines = ["| the shipped rules decide | honest | planted |", "|---|---:|---:|"]
    for decision in sorted({one.decision for one in scored}):
        honest = sum(one.decision == decision and not one.seen.label for one in scored)
        planted = sum(one.decision == decision and bool(one.seen.label) for one in scored)
        lines.append(f"| {names[decision]} | {honest:,} | {planted:,} |")
    return [*lines, ""]


def charts(scored: Sequence[Scored], folder: Path) -> None:
    """Draws the precision-recall curves and the detection per typology; needs matplotlib."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "medsettle"
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for scorer in SCORERS:
        points = curve(scored, scorer)
        axes.plot([one for one, _ in points], [one for _, one in points], label=scorer)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / "risk-precision-recall.svg", metadata={"Date": None})
    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    names = list(TYPOLOGIES)
    for place, scorer in enumerate(SCORERS):
        found = detection(scored, scorer, threshold(scored, scorer, FALSE_ALARMS[1]))
        heights = [index + 0.27 * (1 - place) for index in range(len(names))]
        axes.barh(heights, [100 * found.get(name, 0) for name in names], 0.25, label=scorer)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="found at 0.5 % false alarms, %", xlim=(0, 100))
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / "risk-typologies.svg", metadata={"Date": None})
