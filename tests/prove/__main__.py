"""Proves the compiled split against its exact twin on random bills: `python -m tests.prove`, or `make prove`.

A world is a policy and thirty bills under one of its rules, made from the seed and the world's number, so that a run
can be repeated on any number of processes. The first failures are shrunk and written to build/prove/ as a policy and a
case that `medsettle split` takes.
"""

import argparse
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

from tests.prove.run import BILLS_OF_A_WORLD, COVERED, REFUSED_MAX, Failure, run_world, written

_FOLDER = Path("build/prove")
_SHOWN_MAX = 5


def prove(bill_count: int, seed: int, workers: int) -> int:
    """Runs the worlds and prints what they came to; gives how many have failed."""
    numbers = range(-(-bill_count // BILLS_OF_A_WORLD))
    tally: Counter[str] = Counter()
    failures: list[Failure] = []
    began_s = time.monotonic()
    with multiprocessing.Pool(workers) as pool:
        outcomes = pool.imap_unordered(partial(run_world, seed), numbers, chunksize=16)
        for done, (world_tally, failure) in enumerate(outcomes, 1):
            tally.update(world_tally)
            if failure is not None:
                failures.append(failure)
                if len(failures) <= _SHOWN_MAX:
                    print(written(failure, _FOLDER), flush=True)
            if done % 2_000 == 0 or done == len(numbers):
                rate = done * BILLS_OF_A_WORLD / (time.monotonic() - began_s)
                print(f"{done * BILLS_OF_A_WORLD:,} bills, {len(failures)} failures, {rate:,.0f} bills/s", flush=True)
    count = len(numbers) * BILLS_OF_A_WORLD
    for name in COVERED:
        print(f"{tally[name]:>12,}  {name}{'' if tally[name] else '  <- never'}")
    spent_s = time.monotonic() - began_s
    print(
        f"{count:,} bills under {len(numbers):,} policies from seed {seed} in {spent_s:,.0f} s on {workers} processes"
    )
    print(f"{len(failures)} worlds in which the compiled core and its twin differ")
    too_many = tally["refused by both"] > REFUSED_MAX * count
    if too_many:
        print(f"{tally['refused by both']:,} bills were refused by both: too little was compared")
    return len(failures) + too_many


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bills", type=int, default=10_000_000, help="how many bills (default 10,000,000)")
    parser.add_argument("--seed", type=int, help="of an earlier run (default: a new one)")
    parser.add_argument("--world", type=int, help="one world of that seed alone")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    options = parser.parse_args()
    seed = random.getrandbits(32) if options.seed is None else options.seed
    if options.world is not None:
        _, failure = run_world(seed, options.world)
        print("the cores agree" if failure is None else written(failure, _FOLDER))
        return 0 if failure is None else 1
    return 1 if prove(options.bills, seed, options.workers) else 0


if __name__ == "__main__":
    sys.exit(main())
