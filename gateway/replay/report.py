"""What a replay comes to: who pays less and who pays more, the same bytes wherever it is made.

A report is plain data: texts, whole numbers, lists and objects. Its digest is of its canonical JSON, so that a gateway
and a command that looked at the same document, bills and versions in force name it alike. It holds a hash over every
bill and amount as well: two replays with equal tables and other bills are two reports.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson

from gateway.replay.bills import PAYERS, PERSON, Bill, Draft, document_facts

FORMAT = "medsettle-replay/2"
# Of the largest changes each way, and of bills without a price.
_NAMES_MAX = 3
_REASONS_MAX = 20

# By how much the person pays less (below 0) or more, in fen: the edges of the classes that the chart counts.
EDGES_FEN = (1_000, 10_000, 100_000)
CLASSES = tuple(range(-len(EDGES_FEN) - 1, len(EDGES_FEN) + 2))

GROUPS = ("service", "level", "status", "payer")

Report = dict[str, Any]


class Change:
    """One row of a table: what some bills cost somebody before and after."""

    def __init__(self) -> None:
        self._bill_count = self._before_fen = self._after_fen = 0
        self._less_count = self._less_fen = self._more_count = self._more_fen = 0
        self._less: list[tuple[int, str]] = []
        self._more: list[tuple[int, str]] = []

    def add(self, name: str, before_fen: int, after_fen: int) -> None:
        """Adds a bill."""
        self._bill_count += 1
        self._before_fen += before_fen
        self._after_fen += after_fen
        if after_fen < before_fen:
            self._less_count += 1
            self._less_fen += before_fen - after_fen
            _keep_largest(self._less, before_fen - after_fen, name)
        elif after_fen > before_fen:
            self._more_count += 1
            self._more_fen += after_fen - before_fen
            _keep_largest(self._more, after_fen - before_fen, name)

    def row(self, key: str) -> dict[str, Any]:
        """The row under a name."""
        return {
            "key": key,
            "bill_count": self._bill_count,
            "before_fen": self._before_fen,
            "after_fen": self._after_fen,
            "less_count": self._less_count,
            "less_fen": self._less_fen,
            "largest_less_fen": self._less[0][0] if self._less else 0,
            "largest_less": [name for _, name in self._less],
            "more_count": self._more_count,
            "more_fen": self._more_fen,
            "largest_more_fen": self._more[0][0] if self._more else 0,
            "largest_more": [name for _, name in self._more],
        }


def make_report(draft: Draft, in_force: list[dict[str, str]], source: dict[str, Any], bills: Iterable[Bill]) -> Report:
    """Adds bills up.

    Args:
        in_force: the region's versions in force (bills.InForce.documents).
        source: what says which bills these are.
    """
    whole, tables = Change(), {group: dict[str, Change]() for group in GROUPS}
    unpriced: dict[str, list[str]] = {}
    hashed, bill_count, spread = hashlib.sha256(), 0, dict.fromkeys(CLASSES, 0)
    unpriced_count = 0
    for bill in bills:
        bill_count += 1
        unpriced_count += bill.after is None
        hashed.update(orjson.dumps(tuple(bill)) + b"\n")
        if bill.before is None or bill.after is None:
            unpriced.setdefault(bill.why, []).append(bill.name)
            continue
        person = bill.before[PERSON], bill.after[PERSON]
        whole.add(bill.name, *person)
        spread[class_of(person[1] - person[0])] += 1
        for group, key in zip(GROUPS, (bill.service, bill.level, bill.status), strict=False):
            tables[group].setdefault(key, Change()).add(bill.name, *person)
        for payer, before_fen, after_fen in zip(PAYERS, bill.before, bill.after, strict=True):
            if before_fen or after_fen:
                tables["payer"].setdefault(payer, Change()).add(bill.name, before_fen, after_fen)
    return {
        "format": FORMAT,
        "region_code": f"{draft.region:06d}",
        "draft": document_facts(draft.version, draft.digest),
        "in_force": in_force,
        "source": source,
        "bill_count": bill_count,
        "bills_digest": hashed.hexdigest(),
        "person": whole.row("all"),
        "spread": [spread[number] for number in CLASSES],
        "tables": {group: [change.row(key) for key, change in sorted(rows.items())] for group, rows in tables.items()},
        "unpriced_count": unpriced_count,
        "unpriced": [
            {"why": why, "bill_count": len(names), "bills": names[:_NAMES_MAX]}
            for why, names in sorted(unpriced.items(), key=lambda entry: (-len(entry[1]), entry[0]))[:_REASONS_MAX]
        ],
    }


def class_of(change_fen: int) -> int:
    """The class of a change: 0 for none, 1 for up to the first edge, and so on; below 0 for one that is less."""
    if change_fen == 0:
        return 0
    number = 1 + sum(abs(change_fen) > edge_fen for edge_fen in EDGES_FEN)
    return number if change_fen > 0 else -number


def canonical(report: Report) -> bytes:
    """The report's bytes: JSON with sorted keys and no spaces."""
    return orjson.dumps(report, option=orjson.OPT_SORT_KEYS)


def digest_of(report: Report) -> str:
    """SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical(report)).hexdigest()


def orders_source(count: int, through_seq: int) -> dict[str, Any]:
    """Names bills of the journal."""
    return {"kind": "orders", "order_count": count, "event_count": through_seq}


def cases_source(text: bytes) -> dict[str, Any]:
    """Names bills of a file of cases."""
    return {"kind": "cases", "cases_digest": hashlib.sha256(text).hexdigest()}


def _keep_largest(largest: list[tuple[int, str]], amount_fen: int, name: str) -> None:
    """Keeps the largest amounts; of equal ones those that came first, which are the newest orders."""
    if len(largest) < _NAMES_MAX or amount_fen > largest[-1][0]:
        largest.append((amount_fen, name))
        largest.sort(key=lambda entry: -entry[0])
        del largest[_NAMES_MAX:]
