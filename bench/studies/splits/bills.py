"""Made-up bills: what each way of splitting is given, and how its answer is written."""

import random
from typing import NamedTuple

LINES = 10
LEVELS = 5
# What is compared, in this order; fen.
RESULTS = ("pooled_fen", "major_fen", "account_current_fen", "account_prior_fen", "cash_fen")


class Bill(NamedTuple):
    """One stay; amounts in fen."""

    lines: tuple[tuple[int, int, int, int], ...]  # (amount, class, self-pay ppm, price limit or -1), LINES of them
    retired: bool
    level: int  # from 1
    stay_number: int
    pooled_paid_fen: int
    major_in_scope_fen: int
    major_paid_fen: int
    current_year_fen: int
    prior_years_fen: int


def made_up(seed: int, count: int) -> list[Bill]:
    """Bills by seed: most of them small, some past every ceiling."""
    rng = random.Random(seed)
    return [_bill(rng) for _ in range(count)]


def _bill(rng: random.Random) -> Bill:
    size = 10 ** rng.uniform(2.5, 6.5)
    used_up = rng.random() < 0.1
    return Bill(
        tuple(_line(rng, size) for _ in range(LINES)),
        rng.random() < 0.4,
        rng.randint(1, LEVELS),
        rng.choice((1, 1, 1, 2, 3)),
        rng.randint(9_000_000, 10_000_000) if used_up else rng.randint(0, 3_000_000),
        rng.randint(0, 45_000_000) if used_up else 0,
        rng.randint(0, 40_000_000) if used_up else 0,
        rng.choice((0, rng.randint(0, 500_000))),
        rng.choice((0, rng.randint(0, 2_000_000))),
    )


def _line(rng: random.Random, size: float) -> tuple[int, int, int, int]:
    amount = int(rng.expovariate(1) * size) + 1
    item_class = rng.choice((1, 1, 1, 2, 2, 3))
    ppm = {1: 0, 2: rng.choice((50_000, 100_000, 200_000)), 3: 1_000_000}[item_class]
    return amount, item_class, ppm, rng.choice((-1, -1, -1, rng.randint(1, amount)))
