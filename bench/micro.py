"""The core without a gateway: split (P5), trees (P6), whole core (P7), account cache (P11).

Takes a job as JSON on standard input, {"what", "count"}, and prints what it took.
"""

import datetime
import functools
import importlib.resources
import json
import os
import random
import sys
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from bench.machine import resident_bytes
from core.accounts import ACCOUNT_COLUMNS
from core.batch import SPLIT_COLUMNS, split_batch
from core.cases import batch_of, read_case, settle_cases
from core.commands import Command, CommandKind
from core.ledger import Ledger
from core.order import Order
from core.policy import RuleBook
from core.reference import load_regions, split_case
from core.risk.bundle import read_bundle
from core.risk.forest import Forest
from core.risk.meanings import FEATURES
from core.risk.policy import RiskPolicy
from core.words import OrderKind, Role, Service, UserAuthentication
from gateway.risk.importing import import_model

_NOW_MS = 1_794_000_000_000  # 2026-11-06 in China
_DAY = (datetime.date(2026, 11, 6) - datetime.date(1970, 1, 1)).days
_BATCH = 1_024
_BILLS_OF_A_CALL = 1_000
_REGION = 110100
_MODEL_ROWS, _MODEL_FEATURES = 20_000, 40
_CHANNEL, _PARTY, _INSTITUTION = 11, 12, 13
# An in-patient bill of ten lines over several bands, the cap and the second stage, with an account.
CASE: dict[str, Any] = {
    "insured_region": "110100", "treatment_region": "110100", "scheme": "employee", "service": "inpatient",
    "service_date": "2026-11-06", "referral": "local", "stay_number": 1,
    "person": {"status": "active", "age": 46, "civil_servant": False, "assistance": "none"},
    "institution": {"level": "level3"},
    "lines": [
        {"amount_fen": 1_900_000 + 7_777 * number, "class": "AB"[number % 2], "self_pay_ppm": 100_000 * (number % 2),
         "price_limit_fen": None}
        for number in range(10)
    ],
    "accumulators": {"in_scope_fen": 0, "pooled_paid_fen": 0},
    "accounts": [{"owner": "self_current_year", "balance_fen": 50_000}, {"owner": "self", "balance_fen": 80_000}],
}  # fmt: skip


def beijing() -> dict[str, Any]:
    """The shipped policy that every benchmark of the core splits by."""
    document: dict[str, Any] = orjson.loads(importlib.resources.files("policies").joinpath("beijing.json").read_bytes())
    return document


def split_ns(count: int) -> dict[str, float]:
    """Nanoseconds a bill, natures included: one call for a batch of bills, and the exact twin."""
    book = RuleBook()
    book.put(beijing())
    cases = [read_case(_bill(number)) for number in range(_BILLS_OF_A_CALL)]
    batch = batch_of(cases, book)
    splits = array("q", bytes(8 * len(SPLIT_COLUMNS) * len(cases)))
    calls = -(-count // len(cases))
    began_ns = time.perf_counter_ns()
    for _ in range(calls):
        refused = split_batch(batch.rules, batch.bills, batch.lines, splits)
    ours_ns = (time.perf_counter_ns() - began_ns) / (calls * len(cases))
    with importlib.resources.as_file(importlib.resources.files("policies")) as folder:
        regions = load_regions(folder)
    twin_count = max(1, count // 2_000)
    began_ns = time.perf_counter_ns()
    exact = [split_case(cases[number % len(cases)], regions) for number in range(twin_count)]
    twin_ns = (time.perf_counter_ns() - began_ns) / twin_count
    ours = [settled.split for settled in settle_cases(cases[:twin_count], book) if settled is not None]
    assert not refused, f"{refused} bills have no split"
    assert ours == exact[: len(ours)] and len(ours) == min(len(cases), twin_count), "the core and its twin differ"
    assert all(split["major_fen"] and split["account_fen"] for split in ours), "no bill for this benchmark"
    return {"ours_ns": ours_ns, "twin_ns": twin_ns}


def _bill(number: int) -> dict[str, Any]:
    """The case with other amounts, so that no two bills of a batch are the same."""
    lines: list[dict[str, Any]] = CASE["lines"]
    return CASE | {"lines": [line | {"amount_fen": line["amount_fen"] + 13 * number} for line in lines]}


def tree_us(count: int) -> dict[str, float]:
    """Microseconds a row of a model of 100 trees, 31 leaves, 40 features.

    Ours a thousand rows a call, LightGBM's own of one row and of a thousand, and treelite's reference predictor.
    """
    import lightgbm
    import numpy as np
    import treelite

    rng = np.random.default_rng(6)
    rows = rng.integers(0, 2_000, size=(_MODEL_ROWS, _MODEL_FEATURES), dtype=np.int32)
    values = rows.astype(np.float64)
    labels = (values[:, 0] > 1_500) & (values[:, 1] > 700) | (values[:, 2] + values[:, 3] > 3_300)
    settings = {"objective": "binary", "num_leaves": 31, "num_threads": 2, "seed": 6, "verbose": -1}
    booster = lightgbm.train(settings, lightgbm.Dataset(values, labels), 100)
    names = tuple(f"f{index}" for index in range(_MODEL_FEATURES))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.txt")
        booster.save_model(path)
        margins = booster.predict(values[:64], raw_score=True)
        samples = [([int(one) for one in row], float(margin)) for row, margin in zip(rows, margins, strict=False)]
        forest = read_bundle(import_model(path, "lightgbm", "bench", [(name, 0) for name in names], samples), names)
        other = treelite.frontend.load_lightgbm_model(path)
    thousand, thousand_values, one = rows[:1_000].copy(), values[:1_000].copy(), values[:1].copy()
    assert forest.margins(thousand) == list(booster.predict(thousand_values, raw_score=True)), "the margins differ"

    def reference() -> object:
        return treelite.gtil.predict(other, thousand_values, nthread=1)

    def took(calls: int, rows_of_a_call: int, call: Callable[[], object]) -> float:
        call()
        times = []
        for _ in range(calls):
            began_ns = time.perf_counter_ns()
            call()
            times.append(time.perf_counter_ns() - began_ns)
        return sorted(times)[calls // 2] / 1_000 / rows_of_a_call

    return {
        "ours_us": took(count, 1_000, lambda: forest.points(thousand)),
        "single_us": took(count * 10, 1, lambda: booster.predict(one)),
        "batch_us": took(count, 1_000, lambda: booster.predict(thousand_values, num_threads=1)),
        "treelite_us": took(
            max(2, count // 10), 1_000, lambda: treelite.gtil.predict(other, thousand_values, nthread=1)
        ),
    }


def core_rate(count: int, risk: str = "") -> dict[str, float]:
    """Payments a second of the ledger alone: priced, held, posted and packed for the journal, a batch a call.

    Args:
        risk: "" without; "rules": scored by the rules and the card that ship; "model": and by a tree model.
    """
    ledger = _ledger_with(count, risk)
    batch = 0
    pays: list[list[Command]] = []
    for first in range(1, count + 1, _BATCH):
        numbers = range(first, min(first + _BATCH, count + 1))
        created = ledger.apply(batch + 1, [Command(CommandKind.CREATE, _NOW_MS, order=_order(at)) for at in numbers])
        assert not any(result.reason for result in created)
        batch = _keep(ledger, batch + 1)
        asked = [_asked(CommandKind.QUOTE, at) for at in numbers]
        quotes = [Order.unpack(result.facts or b"") for result in ledger.apply(batch + 1, asked)]
        batch = _keep(ledger, batch + 1)
        pays.append(
            [
                _asked(
                    CommandKind.PAY, at, quote_digest=quote.quote_digest, cash_due_fen=quote.cash_fen,
                    authentication=UserAuthentication.AUTHENTICATION_PASSWORD,
                )
                for at, quote in zip(numbers, quotes, strict=True)
            ]
        )  # fmt: skip
    took_ns = paid = 0
    for commands in pays:
        batch += 1
        began_ns = time.perf_counter_ns()
        results = ledger.apply(batch, commands)
        took_ns += time.perf_counter_ns() - began_ns
        paid += sum(result.event != 0 and result.reason == 0 for result in results)
        _keep(ledger, batch)
    assert paid == count, f"{count - paid} of {count} payments were refused"
    return {"payments_per_s": count * 1e9 / took_ns}


def risk_policy(risk: str) -> RiskPolicy:
    """The rules and the card that ship, and with "model" a model of 100 trees of 31 leaves, of no meaning."""
    document = orjson.loads(importlib.resources.files("policies").joinpath("risk/standard.json").read_bytes())
    return RiskPolicy(document, 1, read_bundle(random_bundle(), FEATURES) if risk == "model" else None)


def random_bundle() -> dict[str, Any]:
    """A bundle of 100 random trees over 40 features that gives every payment 0 points."""
    rng = random.Random(6)
    trees = [_random_tree(rng) for _ in range(100)]
    rows = [[rng.randrange(30_000) for _ in range(_MODEL_FEATURES)] for _ in range(16)]
    packed = array("i", [one for row in rows for one in row])
    view = memoryview(packed).cast("B").cast("i", (len(rows), _MODEL_FEATURES))
    margins = Forest(list(range(_MODEL_FEATURES)), trees, 0.0, [], single=False).margins(view)
    return {
        "schema": "medsettle.model/1", "name": "random", "kind": "lightgbm", "source_sha256": "", "base": 0.0,
        "features": [{"name": name, "default": 0} for name in FEATURES[:_MODEL_FEATURES]],
        "trees": trees, "cuts": [1e9],
        "samples": [{"row": row, "margin": margin.hex()} for row, margin in zip(rows, margins, strict=True)],
    }  # fmt: skip


def _random_tree(rng: random.Random) -> dict[str, list[Any]]:
    """A tree of 31 leaves that grew by a split of a random one."""
    tree: dict[str, list[Any]] = {"feature": [], "threshold": [], "left": [], "right": []}
    places: list[tuple[list[Any], int]] = []
    for node in range(30):
        if places:
            column, at = places.pop(rng.randrange(len(places)))
            column[at] = node
        tree["feature"].append(rng.randrange(_MODEL_FEATURES))
        tree["threshold"].append(rng.choice((0, 1, 5, 100, 20_000)))
        tree["left"].append(None)
        tree["right"].append(None)
        places += [(tree["left"], node), (tree["right"], node)]
    for leaf, (column, at) in enumerate(places):
        column[at] = -1 - leaf
    return tree | {"leaf": [rng.uniform(-1, 1) for _ in places]}


def _ledger_with(count: int, risk: str = "") -> Ledger:
    rules = RuleBook()
    rules.put(beijing(), policy_id=5)
    ledger = Ledger(rules, accounts_max=2 * count, orders_max=2 * count, scores=bool(risk))
    if ledger.assessor is not None:
        ledger.assessor.set_policies(risk_policy(risk))
    blank = dict.fromkeys(ACCOUNT_COLUMNS, 0)
    blank |= {"region": _REGION, "birth_date": 19800517, "scheme": 1, "status": 1, "assistance": 1}
    blank |= {"prior_years_fen": 100_000_000, "outpatient_deductible_fen": 180_000, "outpatient_in_scope_fen": 180_000}
    blank |= {"year_day": (datetime.date(2026, 1, 1) - datetime.date(1970, 1, 1)).days}
    for person_id in range(1, count + 1):
        ledger.put_account(tuple((blank | {"person_id": person_id}).values()))
    return ledger


def _keep(ledger: Ledger, batch: int) -> int:
    ledger.hand_over()
    ledger.keep()
    ledger.rest()
    return batch


def _asked(kind: CommandKind, at: int, **values: Any) -> Command:
    return Command(
        kind, _NOW_MS, order_id=1_000_000_000 + at, person_id=at, binding_id=1, use_account=True, caller_id=_CHANNEL,
        caller_role=Role.ROLE_CHANNEL, **values,
    )  # fmt: skip


def _order(at: int) -> Order:
    return Order(
        order_id=1_000_000_000 + at, institution_id=_INSTITUTION, party_id=_PARTY, channel_id=_CHANNEL, binding_id=1,
        person_id=at, created_at_ms=_NOW_MS, expires_at_ms=_NOW_MS + 60_000, kind=OrderKind.KIND_MIXED,
        service=Service.SERVICE_OUTPATIENT, level=4, referral=1, service_day=_DAY, treatment_region=_REGION,
        total_fen=28_600, class_b_self_pay_fen=850, in_scope_fen=27_750, deductible_base_fen=27_750,
    )  # fmt: skip


def accounts(count: int) -> dict[str, float]:
    """Bytes an account, all of the cache's memory together, and nanoseconds a lookup in random order.

    A lookup is what a batch does for each of its persons: found, and pinned.
    """
    before = resident_bytes(os.getpid())
    ledger = Ledger(RuleBook(), accounts_max=count)
    blank = tuple(dict.fromkeys(ACCOUNT_COLUMNS, 0).values())
    # Ids as the gateway makes them: a time in their high bits.
    first = 1 << 50
    for number in range(count):
        ledger.put_account((first + (number << 12), *blank[1:]))
    ledger.rest()
    size = (resident_bytes(os.getpid()) - before) / count
    ids = [first + (number << 12) for number in random.Random(1).sample(range(count), min(count, 200_000))]
    assert ledger.missing_persons(ids) == []
    ledger.rest()
    began_ns = time.perf_counter_ns()
    ledger.missing_persons(ids)
    lookup_ns = (time.perf_counter_ns() - began_ns) / len(ids)
    return {"bytes": size, "row_bytes": float(ledger.accounts.row_size), "lookup_ns": lookup_ns}


def main() -> None:
    """Runs the job on standard input."""
    job = json.load(sys.stdin)
    jobs: dict[str, Callable[[int], dict[str, float]]] = {
        "split": split_ns,
        "trees": tree_us,
        "core": core_rate,
        "core_rules": functools.partial(core_rate, risk="rules"),
        "core_model": functools.partial(core_rate, risk="model"),
        "accounts": accounts,
    }
    print(json.dumps(jobs[job["what"]](job["count"])))


if __name__ == "__main__":
    main()
