"""Bills through the compiled core, one by one and in one call, and through its exact twin."""

import json
import re
from array import array
from pathlib import Path
from typing import Any

from bench.studies.splits.bills import RESULTS, Bill
from core import reference
from core.batch import SPLIT_COLUMNS, split_batch
from core.benefit.natures import natures
from core.policy import RuleBook
from core.split import split

POLICY = Path("policies/beijing.json")
_DAY = 20_596  # 2026-05-23
_EMPLOYEE, _INPATIENT, _LOCAL = 1, 2, 1
_LEVELS = ("community", "level1", "level2", "level3", "level3_top")
_AT = [SPLIT_COLUMNS.index(name) for name in RESULTS]

Results = list[tuple[int, ...]]


def rule_text() -> str:
    """The rules as our policy has them: what of the document prices these bills, a list of numbers on one line."""
    employee = json.loads(POLICY.read_text(encoding="utf-8"))["schemes"]["employee"]
    stages = [stage for stage in employee["major"] if stage["kind"] == "over_cap"]
    text = json.dumps({"inpatient": employee["inpatient"], "major": stages}, indent=1, ensure_ascii=False)
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text)


class Core:
    """The compiled core with the policy in its book."""

    def __init__(self) -> None:
        book = RuleBook()
        book.put(json.loads(POLICY.read_text(encoding="utf-8")))
        self._rule = book.find("110100", "110100", _EMPLOYEE, _INPATIENT, _LOCAL, _DAY)

    def one_by_one(self, bills: list[Bill]) -> Results:
        """Two calls a bill: its natures, its split."""
        found = []
        for bill in bills:
            whole = natures([(*line, False) for line in bill.lines])
            result = split(
                self._rule,
                (whole.total_fen, whole.full_self_pay_fen, whole.over_limit_fen, whole.class_b_self_pay_fen,
                 whole.in_scope_fen, whole.deductible_base_fen, 0),
                (2 if bill.retired else 1, 50, False, 1, False, bill.level, bill.stay_number),
                (0, 0, bill.pooled_paid_fen, bill.major_in_scope_fen, bill.major_paid_fen),
                (bill.current_year_fen, bill.prior_years_fen, 0),
            )  # fmt: skip
            assert not result.reason
            found.append(tuple(getattr(result, name) for name in RESULTS))
        return found

    def rows(self, bills: list[Bill]) -> "tuple[array[int], array[int]]":
        """The bills as `split_batch` takes them."""
        rows, lines = array("q"), array("q")
        for bill in bills:
            rows.extend((0, len(bill.lines), 0, 2 if bill.retired else 1, 50, 0, 1, 0, bill.level, bill.stay_number))
            rows.extend((0, 0, bill.pooled_paid_fen, bill.major_in_scope_fen, bill.major_paid_fen))
            rows.extend((bill.current_year_fen, bill.prior_years_fen, 0, -1, -1))
            for line in bill.lines:
                lines.extend((*line, 0))
        return rows, lines

    def batch(self, rows: "array[int]", lines: "array[int]", room: "array[int]") -> None:
        """One call for all."""
        refused = split_batch([self._rule], rows, lines, room)
        assert not refused


def results_of(room: "array[int]") -> Results:
    """What a batch has written."""
    width = len(SPLIT_COLUMNS)
    return [tuple(room[at + place] for place in _AT) for at in range(0, len(room), width)]


def room_for(count: int) -> "array[int]":
    """Room for the splits of some bills."""
    return array("q", bytes(8 * len(SPLIT_COLUMNS) * count))


def by_twin(bills: list[Bill]) -> Results:
    """The exact twin, case by case."""
    regions = {"110100": json.loads(POLICY.read_text(encoding="utf-8"))}
    found = []
    for bill in bills:
        done = reference.split_case(_case(bill), regions)
        # The twin tells both purses as one: this year's goes first.
        current = min(done["account_fen"], bill.current_year_fen)
        found.append((done["pooled_fen"], done["major_fen"], current, done["account_fen"] - current, done["cash_fen"]))
    return found


def _case(bill: Bill) -> dict[str, Any]:
    return {
        "insured_region": "110100",
        "treatment_region": "110100",
        "scheme": "employee",
        "service": "inpatient",
        "service_date": "2026-05-23",
        "referral": "local",
        "stay_number": bill.stay_number,
        "person": {"status": "retired" if bill.retired else "active", "age": 50},
        "institution": {"level": _LEVELS[bill.level - 1]},
        "lines": [
            {"amount_fen": amount, "class": " ABC"[item_class], "self_pay_ppm": ppm,
             "price_limit_fen": None if limit < 0 else limit}
            for amount, item_class, ppm, limit in bill.lines
        ],
        "accumulators": {
            "pooled_paid_fen": bill.pooled_paid_fen,
            "major_in_scope_fen": bill.major_in_scope_fen,
            "major_paid_fen": bill.major_paid_fen,
        },
        "accounts": [
            {"owner": "self_current_year", "balance_fen": bill.current_year_fen},
            {"owner": "self", "balance_fen": bill.prior_years_fen},
        ],
    }  # fmt: skip
