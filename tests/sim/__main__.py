"""Runs seeds of the simulator on all cores: `python -m tests.sim --seeds 0..2000`, or `make sim SEEDS=0..2000`.

A seed that breaks is printed with what was found and with the command that runs it again. Every 50th seed is run
twice: the second run must come to the same journal hash. `--plant NAME` (or `all`) plants a bug of tests/sim/bugs.py
instead, and tells how many seeds it took to find it.
"""

import argparse
import hashlib
import multiprocessing
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator

from tests.sim.bugs import BUGS
from tests.sim.weather import COVERED, Tally
from tests.sim.world import Outcome, furnished, simulate

_TWICE_EVERY = 50
_SHOWN_MAX = 10
_FINDINGS_MAX = 5


def seeds_of(text: str) -> range:
    """Seeds of `first..last`, both included."""
    found = re.fullmatch(r"(\d+)\.\.(\d+)", text)
    if not found or int(found[1]) > int(found[2]):
        raise argparse.ArgumentTypeError("must be first..last, for example 0..2000")
    return range(int(found[1]), int(found[2]) + 1)


def run_seed(seed: int) -> Outcome:
    """One seed, or that seed twice."""
    outcome = simulate(seed)
    if seed % _TWICE_EVERY == 0:
        again = simulate(seed)
        if again.journal_hash != outcome.journal_hash:
            outcome.findings.append("the same seed came to another journal hash")
    return outcome


def with_progress(outcomes: Iterable[Outcome], count: int) -> Iterator[Outcome]:
    """Passes outcomes on and shows how far it is."""
    began_s, broken = time.monotonic(), 0
    begin, end, every = ("\r", "", 20) if sys.stderr.isatty() else ("", "\n", 500)
    for done, outcome in enumerate(outcomes, 1):
        broken += bool(outcome.findings)
        if done % every == 0 or done == count:
            rate = done / (time.monotonic() - began_s)
            sys.stderr.write(f"{begin}{done} of {count} seeds, {broken} broken, {rate:.0f} seeds/s {end}")
            sys.stderr.flush()
        yield outcome
    sys.stderr.write(begin and "\n")


def run_all(seeds: range, workers: int) -> int:
    """Runs seeds and prints what they came to; gives how many broke."""
    began_s = time.monotonic()
    tally, hashes, broken = Tally(), {}, 0
    furnished()
    with multiprocessing.Pool(workers) as pool:
        for outcome in with_progress(pool.imap_unordered(run_seed, seeds, chunksize=4), len(seeds)):
            tally.update(outcome.tally)
            hashes[outcome.seed] = outcome.journal_hash
            if outcome.findings:
                broken += 1
                if broken <= _SHOWN_MAX:
                    print_broken(outcome)
    spent_s = time.monotonic() - began_s
    print_tally(tally)
    whole = hashlib.sha256("".join(hashes[seed] for seed in sorted(hashes)).encode()).hexdigest()
    print(f"journal hash of all {len(seeds)} seeds: {whole[:16]}")
    print(f"{len(seeds)} seeds in {spent_s:.0f} s on {workers} processes ({len(seeds) / spent_s:.0f} seeds/s)")
    print(f"{broken} broken")
    return broken


def print_broken(outcome: Outcome) -> None:
    """What a seed has found, and how to see it again."""
    print(f"seed {outcome.seed} is broken:")
    for finding in outcome.findings[:_FINDINGS_MAX]:
        print("    " + finding.replace("\n", "\n    "))
    print(f"    again: make sim SEEDS={outcome.seed}..{outcome.seed}", flush=True)


def print_tally(tally: Tally) -> None:
    """How often each thing happened, those first that must."""
    others = sorted(name for name in tally if name not in COVERED)
    for name in (*COVERED, *others):
        print(f"{tally[name]:>10,}  {name}{'' if tally[name] else '  <- never'}")


def plant(name: str, seeds: range) -> bool:
    """Plants a bug and runs seeds until one finds it."""
    for count, seed in enumerate(seeds, 1):
        outcome = simulate(seed, BUGS[name])
        if outcome.findings:
            print(
                f"{name}: found by seed {seed}, the {count}th: {outcome.findings[0].splitlines()[0][:150]}", flush=True
            )
            return True
    print(f"{name}: not found by {len(seeds)} seeds", flush=True)
    return False


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=seeds_of, default=range(2001), help="first..last (default 0..2000)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--plant", choices=(*BUGS, "all"), help="a bug to plant and find")
    options = parser.parse_args()
    if options.plant:
        names = BUGS if options.plant == "all" else (options.plant,)
        return 0 if all([plant(name, options.seeds) for name in names]) else 1
    return 1 if run_all(options.seeds, min(options.workers, len(options.seeds))) else 0


if __name__ == "__main__":
    sys.exit(main())
