"""A replay's chart as a PNG; matplotlib comes with the optional dependencies `bench`."""

from pathlib import Path
from typing import Any

from gateway.replay.pages import class_name, named
from gateway.replay.report import CLASSES, Report

_GAIN, _LOSE, _SAME = "#2f7d4f", "#b23a3a", "#8a8a8a"


class NoPictures(Exception):
    """matplotlib is not installed."""

    def __init__(self) -> None:
        super().__init__("a picture needs matplotlib: pip install matplotlib")


def draw(report: Report, path: Path) -> None:
    """Two panels: how many persons gain and lose how much, and what each payer pays more or less.

    Raises:
        NoPictures: matplotlib is not installed.
        OSError: the file cannot be written.
    """
    try:
        import matplotlib
    except ImportError:
        raise NoPictures from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (persons, payers) = pyplot.subplots(1, 2, figsize=(12, 5), layout="constrained")
    figure.suptitle(
        f"Region {report['region_code']}, {named(report['draft'])}: {report['bill_count']:,} bills replayed"
    )
    colours = [_GAIN if number < 0 else _LOSE if number > 0 else _SAME for number in CLASSES]
    _bars(persons, [class_name(number) for number in CLASSES], report["spread"], colours)
    persons.set_title("Bills by what changes for the person, in yuan")
    persons.set_xlabel("bills")
    rows = report["tables"]["payer"]
    changes = [(row["after_fen"] - row["before_fen"]) / 100 for row in rows]
    _bars(payers, [row["key"] for row in rows], changes, [_GAIN if c < 0 else _LOSE for c in changes])
    payers.axvline(0, color="black", linewidth=0.8)
    payers.set_title("What each payer pays more (right) or less (left), in yuan")
    figure.savefig(path, dpi=110, format="png")
    pyplot.close(figure)


def _bars(axes: Any, names: list[str], values: list[float], colours: list[str]) -> None:
    axes.barh(range(len(names)), values, color=colours)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
