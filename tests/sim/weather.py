"""What a seed brings: how often each thing goes wrong, how fast the disk and the network are, and a tally of it all.

Each run has a weather of its own in which some faults are frequent and others never happen, because a fault that is
always there hides what only happens without it.
"""

import random
from collections import Counter
from dataclasses import dataclass, field

# Every one of these must have happened over the seeds of a suite; see tests/sim/test_sim.py.
COVERED = (
    # How a process ended.
    "crash: killed anywhere",
    "crash: killed while starting",
    "crash: before the write",
    "crash: torn write",
    "crash: written, not synced",
    "crash: synced, not acknowledged",
    "crash: failed fsync",
    "crash: read or write error",
    "crash: rollback failed",
    "stop: in good order",
    "torn or unsynced batch: gone",
    "failed fsync: batch gone",
    "failed fsync: batch there",
    "restart: clock set back",
    # What the store refused.
    "commit: full",
    "commit: full, database rolled back",
    "commit: slow",
    "statement: full",
    "statement: defect",
    # The pipeline's ways.
    "batch: alone",
    "batch: of several works",
    "batch: on one that is being written",
    "batch: written behind",
    "batch: failed",
    "batch: undone under one that stood on it",
    "batch: applied again",
    "batch: works run one by one",
    "work: waited for a lock",
    "books: must rest",
    # What the callers did and met.
    "call: duplicate",
    "call: cancelled",
    "call: repeated",
    "call: request lost",
    "call: answer lost",
    "call: out of order",
    "answer: replayed",
    "answer: cash to be returned",
    "answer: late confirmation honoured",
    "answer: refund of a part",
    "refused: EXPIRED_IN_QUEUE",
    "refused: OVERLOADED",
    "refused: STORE_UNAVAILABLE",
    "refused: SHUTTING_DOWN",
    "refused: INTERNAL_FAULT",
    "refused: QUOTE_CHANGED",
    "refused: ORDER_ALREADY_PAID",
    "refused: ORDER_EXPIRED",
    "refused: RECEIPT_NO_TAKEN",
    "refused: REQUEST_ID_CONFLICT",
    "event: seen by a watcher",
    "event: order expired",
    "event: window closed",
    "event: policy changed",
    "event: catalogue changed",
    "call: many payments",
    "refused: BINDING_NOT_ACTIVE",
)


@dataclass
class Weather:
    """The settings of one run."""

    stickiness: float = 0.0
    batch_max: int = 1024
    queue_max: int = 8192
    accounts_max: int = 10_000
    client_count: int = 4
    haste: float = 1.0  # how much of a normal pause callers make
    rush_us: int = 0  # callers come at multiples of it
    visit_count: int = 3
    network_us: int = 2_000
    patience_us: int = 2_000_000
    commit_us: int = 500
    slow_commit_us: int = 2_000_000
    watched: tuple[str, ...] = ()  # parties that watch their orders
    crash_max: int = 0
    crash_rates: dict[str, float] = field(default_factory=dict)  # by commit, but "killed anywhere" by statement
    refusal_rates: dict[str, float] = field(default_factory=dict)  # by commit or statement
    call_rates: dict[str, float] = field(default_factory=dict)  # by call


CALM = Weather(client_count=0)


def weather_of(rng: random.Random) -> Weather:
    """The weather of a seed."""

    def rates(highest: dict[str, float], likely: float) -> dict[str, float]:
        return {name: rng.uniform(0.2, 1) * rate if rng.random() < likely else 0.0 for name, rate in highest.items()}

    weather = Weather(
        stickiness=rng.choice((0.0, 0.3, 0.8, 0.95)),
        batch_max=rng.choice((1, 2, 2, 3, 5, 64)),
        queue_max=rng.choice((4, 8, 8192, 8192)),
        accounts_max=rng.choice((5, 10_000)),
        client_count=rng.randint(3, 8),
        haste=rng.choice((0.01, 0.1, 0.5)),
        rush_us=rng.choice((0, 20_000, 200_000, 200_000)),
        visit_count=rng.randint(1, 2),
        network_us=rng.choice((200, 2_000, 20_000)),
        patience_us=rng.choice((20_000, 200_000, 2_000_000)),
        commit_us=rng.choice((200, 5_000, 50_000)),
        slow_commit_us=rng.choice((300_000, 3_000_000)),
        watched=rng.choice(((), ("wallet-1",), ("bureau", "his-1"))),
        crash_max=rng.choice((0, 1, 2, 3)),
        crash_rates=rates(
            {
                "killed anywhere": 0.004,
                "killed while starting": 0.08,
                "before the write": 0.08,
                "torn write": 0.12,
                "written, not synced": 0.12,
                "synced, not acknowledged": 0.12,
                "failed fsync": 0.12,
                "read or write error": 0.004,
                "stop": 0.03,
            },
            0.5,
        ),
        refusal_rates=rates(
            {
                "commit: full": 0.2,
                "commit: slow": 0.2,
                "statement: full": 0.008,
                "statement: defect": 0.008,
                "rollback failed": 0.05,
            },
            0.5,
        ),
        call_rates=rates(
            {"duplicate": 0.3, "deadline": 0.4, "request lost": 0.1, "answer lost": 0.1, "other body": 0.05}, 0.6
        ),
    )
    if rng.random() < 0.4:  # a crowd: callers without pause before a slow disk, so that batch follows batch
        weather.haste, weather.rush_us = 0.01, 0
        weather.batch_max = rng.choice((1, 1, 2))
        weather.client_count += 3
        weather.network_us = rng.choice((200, 2_000))
        weather.commit_us = rng.choice((5_000, 20_000))
        weather.patience_us = 2_000_000
    return weather


class Tally(Counter[str]):
    """How often each thing happened."""

    def missing(self) -> list[str]:
        """What never happened of all that should."""
        return [name for name in COVERED if not self[name]]
