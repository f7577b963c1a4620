"""Random bills under random policies: the compiled core against its slow twin, to the fen.

Environment:
    MEDSETTLE_SPLIT_RUNS   how many bills (default 30000)
    MEDSETTLE_SPLIT_SEED   replays a failure; it names the seed
"""

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from core.cases import CaseError, compute_case, read_case
from core.policy import RuleBook
from core.reference import CaseRefused, load_regions, split_case
from tests.unit.split.random_cases import World

POLICIES = Path(__file__).parents[3] / "policies"
RUNS = int(os.environ.get("MEDSETTLE_SPLIT_RUNS", "30000"))
BILLS_OF_A_WORLD = 30
REFUSED_MAX = 0.3  # a share of bills that both cores refuse; more would mean that little is compared


def computed(case: dict[str, Any], book: RuleBook) -> dict[str, int] | None:
    """The compiled core's split; None where it has none."""
    try:
        return compute_case(case, book)
    except CaseError:
        return None


def expected(case: dict[str, Any], regions: dict[str, dict[str, Any]]) -> dict[str, int] | None:
    """The twin's split of a case whose fields are sound; None where it has none."""
    try:
        return split_case(read_case(case), regions)
    except (CaseError, CaseRefused):
        return None


@pytest.mark.timeout(600)
def test_compiled_core_splits_as_its_twin() -> None:
    seed = int(os.environ.get("MEDSETTLE_SPLIT_SEED") or random.getrandbits(32))
    shipped = list(load_regions(POLICIES).values())
    refused = 0
    for number in range(-(-RUNS // BILLS_OF_A_WORLD)):
        world, book = World(random.Random(f"{seed} {number}"), shipped), RuleBook()
        book.put(world.document, f"world {number}")
        regions = {world.document["region_code"]: world.document}
        for _ in range(BILLS_OF_A_WORLD):
            case = world.case()
            found, right = computed(case, book), expected(case, regions)
            refused += right is None
            if found != right:
                rules = world.document["schemes"][world.scheme]
                pytest.fail(
                    f"MEDSETTLE_SPLIT_SEED={seed}, world {number}\ncompiled {found}\ntwin     {right}\n"
                    f"case {json.dumps(case)}\nrule {json.dumps(rules, ensure_ascii=False)}"
                )
    assert refused < REFUSED_MAX * RUNS, f"{refused} of {RUNS} bills were refused by both"
