"""Random bills under random policies: the compiled core against its slow twin, to the fen; and that a failure shrinks.

Environment:
    MEDSETTLE_SPLIT_RUNS   how many bills (default 30000)
    MEDSETTLE_SPLIT_SEED   replays a failure; it names the seed
"""

import json
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.policy import RuleBook
from tests.prove.compare import Answers, judge, judge_alone
from tests.prove.mutants import bills, judge_all, mutants
from tests.prove.run import BILLS_OF_A_WORLD, COVERED, REFUSED_MAX, run_world, written

RUNS = int(os.environ.get("MEDSETTLE_SPLIT_RUNS", "30000"))


@pytest.mark.timeout(600)
def test_compiled_core_splits_as_its_twin(tmp_path: Path) -> None:
    seed = int(os.environ.get("MEDSETTLE_SPLIT_SEED") or random.getrandbits(32))
    tally: Counter[str] = Counter()
    for number in range(-(-RUNS // BILLS_OF_A_WORLD)):
        world_tally, failure = run_world(seed, number)
        tally.update(world_tally)
        if failure is not None:
            pytest.fail(f"MEDSETTLE_SPLIT_SEED={seed}\n{written(failure, tmp_path)}")
    assert tally["refused by both"] < REFUSED_MAX * RUNS, f"{tally['refused by both']} of {RUNS} bills were refused"
    if RUNS >= 30_000:
        assert not [name for name in COVERED if not tally[name]], f"seed {seed} never met these"


def a_fen_too_much(case: dict[str, Any], book: RuleBook, regions: dict[str, dict[str, Any]]) -> Answers:
    """Judges with a compiled core that has a bug: a second stage that pays over 1,000 yuan pays a fen more."""
    answers = judge(case, book, regions)
    if answers.compiled is None or answers.compiled[0]["major_fen"] <= 100_000:
        return answers
    split, used = answers.compiled
    wrong = split | {"major_fen": split["major_fen"] + 1, "cash_fen": split["cash_fen"] - 1}
    return answers._replace(compiled=(wrong, used))


def test_a_failure_is_shrunk_to_a_small_case(tmp_path: Path) -> None:
    failure = next(found for number in range(500) if (found := run_world(1, number, a_fen_too_much)[1]))
    told = written(failure, tmp_path, a_fen_too_much)
    assert "differ in cash_fen, major_fen" in told
    (policy_file,) = tmp_path.glob("*.policy.json")
    (case_file,) = tmp_path.glob("*.case.json")
    document, case = (json.loads(path.read_text(encoding="utf-8")) for path in (policy_file, case_file))
    small, large = (len(json.dumps(part)) for part in (document, failure.document))
    assert small < 1_000 and small < large / 3
    assert set(case["person"]) == {"status", "age"} and len(case.get("lines") or [0]) == 1
    answers = judge_alone(document, case, a_fen_too_much)
    assert answers is not None and answers.differ
    assert answers.twin is not None and case["expected"] == answers.twin[0]
    sound = judge_alone(document, case)
    assert sound is not None and not sound.differ


@pytest.mark.timeout(300)
def test_planted_bugs_in_the_twin_are_found() -> None:
    """A sample of `make mutants`, which judges them all."""
    sample = list(mutants())[::20]
    found, survivors = judge_all(sample, bills(1, 3_000))
    assert len(sample) > 20 and sum(found.values()) + len(survivors) == len(sample)
    assert found["a worked case"] and found["a random bill"]
    assert len(survivors) <= 0.1 * len(sample), [survivor[:3] for survivor in survivors]
