"""Times the ways of splitting side by side: `python -m bench.studies.splits` (`make splits` brings what it needs).

Rounds of all ways follow each other, and each way's best round counts: the machine may be busy with other things.
"""

import argparse
import importlib.util
import inspect
import json
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from bench.studies.splits import with_core
from bench.studies.splits.bills import made_up

_TWIN_BILLS_MAX = 2_000


class Way(NamedTuple):
    """One way of splitting."""

    name: str
    run: Callable[[], Any]  # splits all its bills
    results: Callable[[Any], list[tuple[int, ...]]]
    bill_count: int
    rule_lines: int


class Figure(NamedTuple):
    """What came of a way."""

    name: str
    us_a_bill: float
    rule_lines: int
    bill_count: int
    other_count: int  # bills that it splits otherwise than the compiled core


def ways(seed: int, count: int) -> tuple[list[Way], dict[str, str]]:
    """Those that can be run here, and why the others cannot."""
    bills = made_up(seed, count)
    core = with_core.Core()
    rows, lines = core.rows(bills)
    room = with_core.room_for(count)
    ours = text_lines(with_core.rule_text())
    few = bills[:_TWIN_BILLS_MAX]
    found = [
        Way("compiled core, one call for all", lambda: core.batch(rows, lines, room),
            lambda _: with_core.results_of(room), count, ours),
        Way("compiled core, two calls a bill", lambda: core.one_by_one(bills), list, count, ours),
    ]  # fmt: skip
    missing = {}
    columns = None
    if importlib.util.find_spec("numpy") is None:
        missing["numpy, all bills at once"] = "numpy is not installed: make splits"
    else:
        from bench.studies.splits import with_numpy

        columns = with_numpy.columns_of(bills)
        rule_lines = text_lines(rules_in(inspect.getsource(with_numpy)))
        found.append(Way("numpy, all bills at once", lambda: with_numpy.split(columns), _tuples, count, rule_lines))
    if columns is None or importlib.util.find_spec("openfisca_core") is None:
        missing["OpenFisca-Core, all bills at once"] = "OpenFisca-Core is not installed: make splits"
    else:
        from bench.studies.splits import with_openfisca

        system = with_openfisca.system()
        rule_lines = text_lines(rules_in(inspect.getsource(with_openfisca)))
        found.append(
            Way("OpenFisca-Core, all bills at once", lambda: with_openfisca.split(system, columns), _tuples, count,
                rule_lines)
        )  # fmt: skip
    found.append(Way("exact twin, bill by bill", lambda: with_core.by_twin(few), list, len(few), ours))
    return found, missing


def _tuples(array: Any) -> list[tuple[int, ...]]:
    return [tuple(map(int, row)) for row in array]


def rules_in(source: str) -> str:
    """The part of a module that is rules."""
    return source.partition("# The rules begin here.")[2].partition("# The rules end here.")[0]


def text_lines(text: str) -> int:
    """Lines of a text that say something."""
    return sum(1 for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))


def measure(seed: int, count: int, rounds: int) -> tuple[list[Figure], dict[str, str]]:
    """The best of some rounds of each way, and what could not be run."""
    found, missing = ways(seed, count)
    best_s: dict[str, float] = {}
    results: dict[str, list[tuple[int, ...]]] = {}
    for number in range(rounds):
        for way in found:
            start_s = time.perf_counter()
            done = way.run()
            spent_s = time.perf_counter() - start_s
            best_s[way.name] = min(best_s.get(way.name, spent_s), spent_s)
            if number == 0:
                results[way.name] = way.results(done)
    sound = results[found[0].name]
    figures = []
    for way in found:
        pairs = zip(results[way.name], sound, strict=False)
        other = sum(1 for one, ours in pairs if one != ours)
        us = best_s[way.name] / way.bill_count * 1e6
        figures.append(Figure(way.name, us, way.rule_lines, way.bill_count, other))
    return figures, missing


def main() -> int:
    """The command; fails when an exact way differs from the compiled core."""
    parser = argparse.ArgumentParser(prog="python -m bench.studies.splits", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--bills", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures, missing = measure(options.seed, options.bills, options.rounds)
    if options.json:
        print(json.dumps({"figures": [figure._asdict() for figure in figures], "missing": missing}))
    else:
        print("| way | us a bill | lines of rules | bills | split otherwise |\n|---|---|---|---|---|")
        for figure in figures:
            cells = (f"{figure.us_a_bill:.3g}", figure.rule_lines, f"{figure.bill_count:,}", f"{figure.other_count:,}")
            print(f"| {figure.name} | {' | '.join(map(str, cells))} |")
        for name, why in missing.items():
            print(f"not run: {name}: {why}")
    exact = [figure for figure in figures if not figure.name.startswith("OpenFisca")]
    return 1 if any(figure.other_count for figure in exact) else 0


if __name__ == "__main__":
    sys.exit(main())
