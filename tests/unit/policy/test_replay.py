"""What a replay adds up, and `medsettle policy replay` over stores and cases."""

import asyncio
import copy
import hashlib
import sqlite3
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
import pytest
from rich.console import Console

from core.cases import compute_case
from core.policy import RuleBook
from gateway.cli import policy
from gateway.replay import pages
from gateway.replay.bills import PAYERS, Bill, CasesUnusable, Draft, InForce, bills_of_cases, read_cases
from gateway.replay.report import CLASSES, canonical, class_of, digest_of, make_report
from tests.gateway_kit import POLICY, REGION, running_gateway
from tests.unit.policy.documents import good

CODE = "990100"
ZERO = (0,) * (len(PAYERS) - 1)


def amounts(pooled_fen: int, person_fen: int) -> tuple[int, ...]:
    """What the fund and the person pay of a bill."""
    return (pooled_fen, *ZERO[1:], person_fen)


def report_of(*bills: Bill) -> Any:
    """The report of these bills."""
    return make_report(Draft(good(), b"text"), [], {"kind": "test"}, bills)


BILLS = [
    # name, service, level, status, before, after: fund and person
    Bill("a[/b]", "outpatient", "level3", "active", amounts(700, 300), amounts(800, 200)),
    Bill("b", "outpatient", "level3", "retired", amounts(700, 300), amounts(100, 900)),
    Bill("c", "inpatient", "level2", "active", amounts(50_000, 400_000), amounts(250_000, 200_000)),
    Bill("d", "inpatient", "level2", "active", amounts(1, 1), amounts(1, 1)),
    Bill("e", "inpatient", "level1", "active", amounts(9, 9), None, "draft: no rule"),
    Bill("f", "inpatient", "level1", "active", None, amounts(9, 9), "in force: no rule"),
    Bill("g", "inpatient", "level1", "active", amounts(9, 9), None, "draft: no rule"),
]


def test_a_report_adds_bills_up() -> None:
    report = report_of(*BILLS)
    assert report["bill_count"] == 7
    person = report["person"]
    assert (person["bill_count"], person["before_fen"], person["after_fen"]) == (4, 400_601, 201_101)
    assert (person["less_count"], person["less_fen"], person["more_count"], person["more_fen"]) == (2, 200_100, 1, 600)
    assert (person["largest_less"], person["largest_less_fen"]) == (["c", "a[/b]"], 200_000)
    assert (person["largest_more"], person["largest_more_fen"]) == (["b"], 600)
    tables = {group: {row["key"]: row for row in rows} for group, rows in report["tables"].items()}
    assert {group: {key: row["bill_count"] for key, row in rows.items()} for group, rows in tables.items()} == {
        "service": {"outpatient": 2, "inpatient": 2},
        "level": {"level3": 2, "level2": 2},
        "status": {"active": 3, "retired": 1},
        "payer": {"pooled": 4, "person": 4},
    }
    assert tables["service"]["outpatient"]["after_fen"] - tables["service"]["outpatient"]["before_fen"] == 500
    # What one payer pays less another pays more: the whole of a bill is the same.
    assert sum(row["after_fen"] - row["before_fen"] for row in tables["payer"].values()) == 0
    assert dict(zip(CLASSES, report["spread"], strict=True)) == {**dict.fromkeys(CLASSES, 0), -4: 1, -1: 1, 1: 1, 0: 1}
    assert report["unpriced_count"] == 2  # by the draft; that "f" has had no price so far is no loss
    assert report["unpriced"] == [
        {"why": "draft: no rule", "bill_count": 2, "bills": ["e", "g"]},
        {"why": "in force: no rule", "bill_count": 1, "bills": ["f"]},
    ]


@pytest.mark.parametrize(
    ("change_fen", "number"),
    [(0, 0), (1, 1), (1_000, 1), (1_001, 2), (10_000, 2), (100_000, 3), (100_001, 4), (-1, -1), (-100_001, -4)],
)
def test_classes_of_change(change_fen: int, number: int) -> None:
    assert class_of(change_fen) == number in CLASSES
    assert pages.class_name(number).startswith("no" if number == 0 else "lose" if number > 0 else "gain")


def test_the_largest_changes_are_three_and_of_equal_ones_the_first() -> None:
    bills = [
        Bill(str(number), "outpatient", "level3", "active", amounts(0, 10), amounts(0, 10 + more))
        for number, more in enumerate((5, 9, 5, 9, 5, 7))
    ]
    assert report_of(*bills)["person"]["largest_more"] == ["1", "3", "5"]


def test_a_report_is_the_same_bytes_and_any_other_bill_is_another_digest() -> None:
    report = report_of(*BILLS)
    assert digest_of(report) == digest_of(report_of(*BILLS)) == hashlib.sha256(canonical(report)).hexdigest()
    # The same sums by other bills: only the hash over all of them tells.
    swapped = [BILLS[0]._replace(name="z"), *BILLS[1:]]
    assert report_of(*swapped)["bills_digest"] != report["bills_digest"]
    assert orjson.loads(canonical(report)) == report


def test_pages_show_every_number_of_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    pages.show(Console(width=100), report_of(*BILLS))
    printed = capsys.readouterr().out
    for part in (
        "version 2025-01 of region 990100",
        "gains 2,001.00 yuan on 2, loses 6.00 on 1 and pays the same on 1",
        "no price for 2 bills: draft: no rule (e, g)",
        "the draft leaves 2 bills without a price: they would be refused (--accept-unpriced)",
        "person: largest cuts c, a[/b]; largest rises b",
        "outpatient: largest gains a[/b]; largest losses b",
        "gain over 1,000 ████████████████████████████████████████ 1 (25 %)",
    ):
        assert part in " ".join(printed.split()), part


# --- Cases ---


def case(**values: Any) -> dict[str, Any]:
    """An employee's out-patient bill of 1,000 yuan in 2024, whose deductible is met."""
    return {
        "id": "K", "insured_region": CODE, "treatment_region": CODE, "scheme": "employee", "referral": "local",
        "service": "outpatient", "service_date": "2024-08-01", "person": {"status": "active", "age": 40},
        "institution": {"level": "level3"}, "lines": [{"amount_fen": 100_000, "class": "A"}],
        "accumulators": {"deductible_used_fen": 180_000, "as_of": "2024-08-01"},
    } | values  # fmt: skip


def cheaper(**values: Any) -> dict[str, Any]:
    """The good document with another share above the deductible."""
    document = copy.deepcopy(good()) | {"version": "new"} | values
    document["schemes"]["employee"]["outpatient"][1]["ratio"]["bands"][0]["ppm"]["active"] = 800_000
    return document


def held_good() -> InForce:
    """The good document in force."""
    book = RuleBook()
    book.put(good(), policy_id=1)
    return InForce(book, [])


def test_cases_are_priced_by_both() -> None:
    document = cheaper()
    (bill,) = bills_of_cases([case()], Draft(document, b""), held_good())
    assert bill.before is not None and bill.after is not None
    book = RuleBook()
    book.put(document)
    for paid, rules in ((bill.before, held_good().book), (bill.after, book)):
        split = compute_case(case(), rules)
        assert paid[0] == split["pooled_fen"] and sum(paid) == split["total_fen"]
    assert (bill.before[0], bill.after[0]) == (70_000, 80_000)


@pytest.mark.parametrize(("as_of", "counts"), [("2024-08-01", True), ("2024-06-30", False)])
def test_a_case_keeps_its_accumulators_when_the_draft_begins_later(as_of: str, counts: bool) -> None:
    draft = Draft(cheaper(effective_from="2026-07-01"), b"")  # two benefit years on
    moved = case(accumulators={"deductible_used_fen": 180_000, "as_of": as_of})
    (bill,) = bills_of_cases([moved], draft, held_good())
    assert bill.before is not None and bill.after is not None
    assert (bill.before[0] > 0, bill.after[0] > 0) == (counts, counts)


def test_cases_without_a_price_say_whose() -> None:
    draft = Draft(cheaper(), b"")
    early = case(service_date="2019-01-01", accumulators={})
    (bill,) = bills_of_cases([early, case(insured_region="990200")], draft, held_good())
    assert (bill.before, bill.after) == (None, None) and bill.why.startswith("draft: region 990100 has no rule")
    later = Draft(cheaper(effective_from="2024-01-01"), b"")
    (bill,) = bills_of_cases([early], later, held_good())
    assert bill.before is None and bill.after is not None and bill.why.startswith("in force: ")


@pytest.mark.parametrize("text", [b"{", b"7", b'{"cases": 7}', b"\xff"])
def test_what_is_no_file_of_cases(text: bytes) -> None:
    with pytest.raises(CasesUnusable):
        read_cases(text)


def test_a_bad_case_is_named() -> None:
    with pytest.raises(CasesUnusable, match="case 2: "):
        list(bills_of_cases([case(), case(id=None, service="spa")], Draft(cheaper(), b""), held_good()))


# --- The command ---


def run(*arguments: str) -> int:
    parser = ArgumentParser()
    policy.register(parser.add_subparsers())
    args = parser.parse_args(["policy", "replay", *arguments])
    status: int = args.run(args)
    return status


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with a policy in force, a draft and cases."""
    monkeypatch.chdir(tmp_path)
    for name, content in (("old.json", good()), ("new.json", cheaper()), ("cases.json", [case()])):
        (tmp_path / name).write_bytes(orjson.dumps(content))
    return tmp_path


def test_command_over_cases(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    arguments = ("new.json", "--cases", "cases.json", "--against", "old.json", "--report", "r.json", "--chart", "c.png")
    assert run(*arguments) == 0
    printed = capsys.readouterr()
    kept = orjson.loads((folder / "r.json").read_bytes())
    assert digest_of(kept["report"]) == kept["report_digest"]
    assert f"report {kept['report_digest']}" in printed.out and printed.err == ""
    assert kept["report"]["source"]["cases_digest"] == hashlib.sha256((folder / "cases.json").read_bytes()).hexdigest()
    assert kept["report"]["person"]["less_fen"] == 10_000
    assert (folder / "c.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("none.json", "--cases", "cases.json"), 2, "none.json: cannot be read"),
        (("new.json",), 2, "name a store"),
        (("new.json", "--store", "memory:"), 2, "store must be sqlite:PATH"),
        (("new.json", "--store", "sqlite:none.db"), 2, "there is no store none.db"),
        (("new.json", "--cases", "none.json", "--against", "old.json"), 2, "none.json: cannot be read"),
        (("new.json", "--cases", "new.json", "--against", "old.json"), 2, "new.json: case 1: "),
        (("new.json", "--cases", "cases.json", "--against", "bad.json"), 2, "bad.json:1: region_name: "),
        (("new.json", "--cases", "cases.json", "--against", "old.json", "--report", "no/r.json"), 2, "no/r.json: "),
        (("bad.json", "--cases", "cases.json"), 1, "bad.json:1: region_name: is an unknown key"),
        (("torn.json", "--cases", "cases.json"), 2, "torn.json: line 1 column 2: not JSON"),
        (("gap.json", "--cases", "cases.json", "--against", "ends.json"), 1, "no version would hold from 2025-01-01"),
    ],
)
def test_command_says_in_one_line_what_it_cannot_use(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], status: int, said: str
) -> None:
    (folder / "bad.json").write_bytes(orjson.dumps(good() | {"region_name": "x"}))
    (folder / "torn.json").write_bytes(b"{")
    (folder / "ends.json").write_bytes(orjson.dumps(good() | {"effective_to": "2025-01-01"}))
    (folder / "gap.json").write_bytes(orjson.dumps(cheaper(effective_from="2026-01-01")))
    assert run(*arguments) == status
    printed = capsys.readouterr()
    text = printed.err if status == 2 else printed.out
    assert said in text, text


def test_command_reads_a_store_beside_its_gateway_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, new = folder / "store.db", copy.deepcopy(POLICY) | {"version": "2026-02", "effective_from": "2026-11-06"}
    new["schemes"]["employee"]["outpatient"][0]["deductible"]["amounts"] = 80_000
    (folder / "beijing.json").write_bytes(orjson.dumps(new))

    async def whole() -> None:
        async with running_gateway(str(path)) as kit:
            await kit.furnish()
            binding_id = await kit.bind()
            orders = [await kit.create_order(100_000, binding_id) for _ in range(3)]
            for order_id in orders:
                await kit.pay(order_id, binding_id)
            before = list(kit.store._db.iterdump())
            assert run("beijing.json", "--store", f"sqlite:{path}", "--orders", "2", "--report", "r.json") == 0
            assert list(kit.store._db.iterdump()) == before
            kept = orjson.loads((folder / "r.json").read_bytes())
            # The newest two: the middle one used the deductible up, which is met before it under the new one.
            person = kept["report"]["person"]
            assert (person["bill_count"], person["before_fen"], person["after_fen"]) == (2, 116_000, 60_000)
            assert person["largest_less"] == [orders[1]]
            with pytest.raises(SystemExit):
                run("--orders", "x", "beijing.json")
            assert run("beijing.json", "--store", f"sqlite:{path}", "--orders", "0") == 2

    asyncio.run(whole())
    assert f"of region {REGION}" in capsys.readouterr().out
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM policies").fetchone() == (1,)
    db.close()
