"""Whatever JSON is put anywhere in a policy: the check does not raise, and what it lets pass assembles."""

import random
from typing import Any

import pytest

from core import rules
from tests.unit.policy.documents import good

STRANGE = [None, True, 0, -1, 7, 10**30, 0.5, "", "x", "all", "outpatient", "2023-01-01", [], {}, [[]], [None], [{}]]
STRANGE += [{"": None}, {"active@": 1}, [1, 2, 3, 4, 5], [[60, 1]], [{"from": 0, "to": None, "ppm": 1}], "2024-06-01"]
DAYS = ("2019-06-01", "2020-01-01", "2023-01-01", "2024-06-01")


def places(part: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a document."""
    found: list[tuple[Any, Any]] = []
    entries = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in entries:
        found += [(part, key), *places(value)]
    return found


def spoiled(chance: random.Random) -> dict[str, Any]:
    """The good document with one to three places replaced, copied from elsewhere, or taken away."""
    document = good()
    for _ in range(chance.randint(1, 3)):
        container, key = chance.choice(places(document))
        what = chance.randrange(4)
        if what == 0:
            del container[key]
        elif what == 1:
            other, other_key = chance.choice(places(good()))
            container[key] = other[other_key]
        else:
            container[key] = chance.choice(STRANGE)
    return document


@pytest.mark.parametrize("seed", range(40))
def test_check_never_raises_and_what_passes_assembles(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(50):
        document = spoiled(chance)
        if rules.check(document, "random.json"):
            continue
        for scheme in rules.SCHEMES:
            for service in rules.SERVICES:
                for day in DAYS:
                    assemble_everywhere(document, scheme, service, day)


def assemble_everywhere(document: dict[str, Any], scheme: str, service: str, day: str) -> None:
    """Assembles a rule if there is one, and checks that all that a compiler reads is there, at home and away."""
    try:
        rule = rules.assemble(document, scheme, service, day)
    except rules.NoRule:
        return
    for treatment_region in ("990100", "990200", "880100"):
        for referral in ("local", "filed", "transfer", "emergency", "unfiled"):
            entry = rules.cross_region_entry(rule, document["region_code"], treatment_region, referral, service)
            whole, points_ppm, multiplier_ppm = rules.apply_cross_region(rule, entry, referral)
            assert 0 <= points_ppm <= 1_000_000 and 0 <= multiplier_ppm <= 1_000_000
            assert whole["deductible"]["kind"] == "none" or "amounts" in whole["deductible"]
            assert all({"from", "to", "ppm"} <= set(band) for band in whole["ratio"]["bands"])
            assert whole["account"]["pays"] is not None and len(whole["account"]["owner_order"]) == 3
