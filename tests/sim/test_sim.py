"""The simulator: some seeds that must hold, the same twice, everything covered, and planted bugs that must be found.

`make sim SEEDS=0..2000` runs more of them; docs/faults.md has the last long run.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sim.__main__ import print_broken, seeds_of
from tests.sim.bugs import BUGS
from tests.sim.world import simulate

ROOT = Path(__file__).parent.parent.parent
SEEDS_MAX = 150  # a planted bug must be found by fewer; most are by the first
BEGIN = {"overlaps-closings": 40, "begins-at-the-old-time": 200}  # bugs that few seeds find: near one that does


def run(seeds: str, hash_seed: str = "random") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.sim", "--seeds", seeds],
        cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONHASHSEED": hash_seed},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(300)  # some seconds where nothing else runs
def test_seeds_hold_and_everything_that_can_go_wrong_does() -> None:
    told = run("0..199")
    assert "\n0 broken\n" in told
    never = [line for line in told.splitlines() if line.endswith("<- never")]
    assert not never, "\n".join(["the seeds do not cover", *never])


@pytest.mark.timeout(300)
def test_the_same_seeds_come_to_the_same_journal_whatever_the_process() -> None:
    hashes = [re.findall(r"journal hash of all \d+ seeds: (\w+)", run("200..209", hash_seed)) for hash_seed in "12"]
    assert hashes[0] == hashes[1] and len(hashes[0]) == 1


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(name: str) -> None:
    begin = BEGIN.get(name, 0)
    assert any(simulate(seed, BUGS[name]).findings for seed in range(begin, begin + SEEDS_MAX)), BUGS[name].__doc__


def test_a_finding_names_the_command_that_runs_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = (simulate(seed, BUGS["keeps-the-cache"]) for seed in range(SEEDS_MAX))
    broken = next(outcome for outcome in outcomes if outcome.findings)
    print_broken(broken)
    told = capsys.readouterr().out
    again = re.search(r"again: make sim SEEDS=(\S+)", told)
    assert again and seeds_of(again[1]) == range(broken.seed, broken.seed + 1)
