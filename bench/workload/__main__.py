"""Trains on one made-up year and reports on it and on another.

python -m bench.workload train               build/risk/model.json, and the tables of the year's last months
python -m bench.workload evaluate --seed N   the tables of another year
python -m bench.workload report              both, into docs/risk-report.md with charts
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from bench.workload.report import charts, score, tables
from bench.workload.training import TRAINED_MONTHS, month_of, train, write_bundle
from bench.workload.year import Seen, make_year, seen_by_risk

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "build/risk/model.json"
REPORT = ROOT / "docs/risk-report.md"
TRAINED_SEED, HELD_OUT_SEED = 1, 2
PERSONS = 30_000
_PLAIN = (
    "All of this traffic is made up: the honest visits and the planted ones come out of the same program"
    " (`bench/workload`). The figures say that the machinery works and what it costs in false alarms there. They are no"
    " promise about a real region; train and measure on its own labels."
)


def main(arguments: Sequence[str]) -> int:
    """Runs one verb."""
    parser = argparse.ArgumentParser(prog="python -m bench.workload", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("verb", choices=("train", "evaluate", "report"))
    parser.add_argument(
        "--seed", type=int, help=f"of the year (default {TRAINED_SEED} to train, {HELD_OUT_SEED} to evaluate)"
    )
    parser.add_argument("--persons", type=int, default=PERSONS, help=f"in the region (default {PERSONS})")
    args = parser.parse_args(arguments)
    if args.verb == "evaluate":
        seed = HELD_OUT_SEED if args.seed is None else args.seed
        print(evaluated(seed, args.persons))
        return 0
    rows = seen(TRAINED_SEED if args.seed is None else args.seed, args.persons)
    bundle = trained(rows)
    later = score([row for row in rows if month_of(row.at_ms) > TRAINED_MONTHS], bundle)
    text = tables(later, f"The months after the training, seed {TRAINED_SEED}")
    if args.verb == "train":
        print(text)
        return 0
    other = score(seen(HELD_OUT_SEED, args.persons), bundle)
    charts(other, ROOT / "docs/charts")
    text += "\n" + tables(other, f"A year that the model has never seen, seed {HELD_OUT_SEED}")
    pictures = (
        "![precision and recall](charts/risk-precision-recall.svg)\n\n![typologies](charts/risk-typologies.svg)\n"
    )
    REPORT.write_text(
        f"# What risk finds in made-up traffic\n\n{_PLAIN}\n\nMade by `make train`.\n\n{text}\n{pictures}"
    )
    print(text)
    print(f"written: {REPORT.relative_to(ROOT)}")
    return 0


def evaluated(seed: int, persons: int) -> str:
    """The tables of a year of a seed, by the model of TRAINED_SEED, which is trained first where there is none."""
    bundle = orjson.loads(BUNDLE.read_bytes()) if BUNDLE.exists() else trained(seen(TRAINED_SEED, persons))
    return tables(score(seen(seed, persons), bundle), f"A year of seed {seed}")


def seen(seed: int, persons: int) -> list[Seen]:
    """A year paid through the ledger."""
    began = time.perf_counter()
    year = make_year(seed, persons)
    print(f"    seed {seed}: {len(year.visits):,} visits of {persons:,} persons", file=sys.stderr, flush=True)
    rows = list(seen_by_risk(year))
    print(f"    paid in {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True)
    return rows


def trained(rows: list[Seen]) -> dict[str, Any]:
    """A model of the year's first months, kept in build/."""
    began = time.perf_counter()
    bundle = train(rows)
    write_bundle(bundle, BUNDLE)
    print(
        f"    trained in {time.perf_counter() - began:.1f} s: {BUNDLE.relative_to(ROOT)}", file=sys.stderr, flush=True
    )
    return bundle


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
