"""Random plans, and what somebody who has them has used of them."""

import random
from typing import Any

from core.plans import LEFT, TENDERS

Object = dict[str, Any]

REFERRALS = ("local", "filed", "transfer", "emergency", "unfiled")
LEVELS = ("community", "level1", "level2", "level3", "level3_top", "pharmacy")
SERVICES = ("outpatient", "inpatient", "pharmacy", "chronic")
WAYS = ("half_up", "half_even", "down", "up")
SHARES_PPM = (0, 100_000, 333_333, 500_000, 800_000, 999_999, 1_000_000)


def random_plan(rng: random.Random, tender: str, region: str, service: str) -> Object:
    """A plan that mostly covers a service of a region."""
    plan: Object = {
        "plan_id": f"random-{tender.replace('_', '-')}",
        "name": "random",
        "insurer": "nobody",
        "tender": tender,
        "regions": [region, "999900"],
        "effective_from": "2020-01-01",
        "effective_to": rng.choice((None, None, None, "2025-07-01")),
        "plan_year_start": rng.choice(("01-01", "07-01", "10-15")),
        "services": sorted({service, rng.choice(SERVICES)} if rng.random() < 0.9 else {rng.choice(SERVICES)}),
        "parts": _parts(rng, LEFT[:3] if tender == "other_fund" else LEFT),
        "cap_fen": _cap(rng),
        "cap_per_bill_fen": _cap(rng),
        "rounding": rng.choice(WAYS),
    }
    if rng.random() < 0.3:
        plan["excludes"] = {
            "referrals": rng.sample(REFERRALS, rng.randint(0, 2)),
            "levels": rng.sample(LEVELS, rng.randint(0, 2)),
        }
    return plan


def _parts(rng: random.Random, names: tuple[str, ...]) -> list[Object]:
    mixed = rng.sample(names, rng.randint(1, len(names)))
    count = rng.randint(1, min(3, len(mixed)))
    return [_part(rng, mixed[index::count]) for index in range(count)]


def _part(rng: random.Random, counts: list[str]) -> Object:
    edges = [0, *sorted(rng.sample(range(1, 3_000_000), rng.randint(0, 3)))]
    ends = [*edges[1:], rng.choice((None, None, edges[-1] + 500_000))]
    return {
        "counts": counts,
        "per": rng.choice(("year", "year", "bill")),
        "deductible_fen": rng.choice((0, 50_000, 1_000_000, rng.randint(0, 200_000))),
        "bands": [
            {"from": start, "to": end, "ppm": rng.choice((*SHARES_PPM, rng.randint(0, 1_000_000)))}
            for start, end in zip(edges, ends, strict=True)
        ],
        "cap_fen": _cap(rng),
    }


def _cap(rng: random.Random) -> int | None:
    return rng.choice((None, None, 0, rng.randint(0, 100_000), rng.randint(0, 3_000_000)))


def held_plans(rng: random.Random, region: str, service: str, date: str) -> list[Object]:
    """What a case says of a person's plans: one of either tender, or both in either order."""
    held = []
    for tender in rng.sample(TENDERS, rng.randint(1, 2)):
        plan = random_plan(rng, tender, region, service)
        one: Object = {"plan": plan}
        if rng.random() < 0.7:
            for name in ("counted_fen", "paid_fen"):
                one[name] = [_used(rng, part, name) for part in plan["parts"]]
            if rng.random() < 0.3:
                one["as_of"] = rng.choice((date, "2021-01-01", "2024-06-30", "2024-10-14"))
        held.append(one)
    return held


def _used(rng: random.Random, part: Object, name: str) -> int:
    """An amount, near an edge of its part as often as not."""
    if rng.random() < 0.5:
        return rng.randint(0, 3_000_000)
    edges = [band["from"] + part["deductible_fen"] for band in part["bands"]]
    if name == "paid_fen":
        edges = [part["cap_fen"] or 0]
    return max(rng.choice(edges) + rng.randint(-2, 2), 0)
