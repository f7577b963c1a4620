"""What the users of a load were told, kept as they were told it: the other side of every sum at the end.

Each process appends lines of JSON to a file of its own. Before a call that changes an order stands what was tried,
after it what the gateway said; a try without an answer may have happened or not, and the audit takes both.
"""

import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from gateway.demo.visit import PAYERS
from gateway.pb.medsettle.v1 import enums_pb2 as e

OPEN, AUTHORIZED, PAID = e.ORDER_STATE_OPEN, e.ORDER_STATE_AUTHORIZED, e.ORDER_STATE_PAID
REFUNDED, VOIDED, CLOSED = e.ORDER_STATE_REFUNDED, e.ORDER_STATE_VOIDED, e.ORDER_STATE_CLOSED
# What an order may have become by a call that nobody heard the answer of.
MAY_BECOME = {"pay": {AUTHORIZED, PAID}, "confirm": {PAID}, "cancel": {VOIDED, CLOSED}, "refund": {REFUNDED}}
_LIFE = (OPEN, AUTHORIZED, PAID, REFUNDED, VOIDED, CLOSED)


@dataclass
class Told:
    """One order as its users know it.

    Attributes:
        person: index of who pays; -1 before anybody is known.
        states: every state that somebody was told.
        split: what each payer gave, in the order of PAYERS; None before it was paid or held.
        tried: calls that were made and not heard of.
    """

    person: int
    institution_id: str
    total_fen: int
    states: set[int] = field(default_factory=lambda: {OPEN})
    split: tuple[int, ...] | None = None
    tried: Counter[str] = field(default_factory=Counter)

    @property
    def state(self) -> int:
        """The furthest that it was told to have come."""
        return max(self.states, key=_LIFE.index)

    @property
    def may_be(self) -> set[int]:
        """Every state that it may be in."""
        return {self.state}.union(*(MAY_BECOME[what] for what in +self.tried))


class Facts:
    """The file of one process."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / f"facts-{os.getpid()}.jsonl").open("ab", buffering=0)
        self._times: dict[int, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
        self._times_file = folder / f"times-{os.getpid()}.json"

    def made(self, order_id: str, person: int, institution_id: str, total_fen: int) -> None:
        """A till made an order."""
        self._line("made", order_id, person, institution_id, total_fen)

    def trying(self, order_id: str, what: str) -> None:
        """Somebody is about to pay, confirm, cancel or refund."""
        self._line("try", order_id, what)

    def told(self, order_id: str, what: str, state: int, split: tuple[int, ...] | None = None) -> None:
        """And heard what became of it."""
        self._line("told", order_id, what, state, split)

    def refused(self, order_id: str, what: str, reason: str) -> None:
        """And heard that nothing became of it."""
        self._line("refused", order_id, what, reason)

    def note(self, word: str) -> None:
        """Something that is only counted: a visit that ended, a repeated request."""
        self._line("note", word)

    def wrong(self, what: str) -> None:
        """An answer that cannot be right, or none at all."""
        self._line("wrong", what)

    def took(self, rpc: str, seconds: float) -> None:
        """A call over the wire was answered now."""
        self._times[int(time.time())][rpc][_rounded(seconds * 1_000)] += 1

    def close(self) -> None:
        """Writes what the calls took: by second and rpc, how many took how many hundredths of a millisecond."""
        self._file.close()
        rows = [
            (second, rpc, sorted(counts.items()))
            for second, by_rpc in self._times.items()
            for rpc, counts in by_rpc.items()
        ]
        self._times_file.write_bytes(orjson.dumps(rows))

    def _line(self, *values: Any) -> None:
        self._file.write(orjson.dumps(values) + b"\n")


def _rounded(ms: float) -> int:
    """Hundredths of a millisecond to three digits: enough for a percentile, and few different ones."""
    number = round(ms * 100)
    step = int("1" + "0" * max(0, len(str(number)) - 3))
    return number // step * step


def split_of(split: Any) -> tuple[int, ...]:
    """What each payer gave, in the order of PAYERS."""
    return tuple(getattr(split, name) for name in PAYERS)


def read_facts(folder: Path) -> tuple[dict[str, Told], Counter[str], Counter[str], list[str]]:
    """Every order as its users know it, the refusals by reason, what was counted, what was wrong at once."""
    orders: dict[str, Told] = {}
    wrong: list[str] = []
    refusals: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    for kind, *values in _lines(folder):
        if kind == "note":
            notes[values[0]] += 1
            continue
        if kind == "wrong":
            wrong.append(values[0])
            continue
        order_id, *rest = values
        if kind == "made":
            orders[order_id] = Told(*rest)
            continue
        told = orders[order_id]
        if kind == "try":
            told.tried[rest[0]] += 1
            continue
        told.tried[rest[0]] -= 1
        if kind == "refused":
            refusals[rest[1]] += 1
        else:
            told.states.add(rest[1])
            told.split = told.split if rest[2] is None else tuple(rest[2])
    return orders, refusals, notes, wrong


def _lines(folder: Path) -> Iterator[list[Any]]:
    for file in sorted(folder.glob("facts-*.jsonl")):
        for line in file.read_bytes().splitlines():
            yield orjson.loads(line)


def read_times(folder: Path) -> list[tuple[int, str, list[tuple[int, int]]]]:
    """What the calls of all processes took: (second, rpc, [(hundredths of a ms, how many)])."""
    rows: list[Any] = []
    for file in sorted(folder.glob("times-*.json")):
        rows += orjson.loads(file.read_bytes())
    return rows
