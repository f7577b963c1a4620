"""`medsettle plan` and `medsettle split --plans`, and the plans that ship."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import main
from gateway.plan_files import load_plans

CASE: dict[str, Any] = {
    "insured_region": "420100",
    "scheme": "employee",
    "service": "inpatient",
    "service_date": "2026-04-01",
    "institution": {"level": "level3"},
    "person": {"status": "active", "age": 50},
    "lines": [{"amount_fen": 20_000_000, "class": "A"}, {"amount_fen": 4_000_000, "class": "C"}],
    "plans": [{"plan": "wuhan-supplement"}],
}


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(list(words))
    out, err = capsys.readouterr()
    return status, out, err


def written(folder: Path, name: str, content: Any) -> str:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def test_the_plans_that_ship_are_checked_test_data(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = printed(capsys, "plan", "check", "policies/plans")
    assert status == 0 and out.count(": ok\n") == len(load_plans()) >= 2
    for document, name in load_plans():
        assert document["provenance"] == "assumed" and "Test data" in document["warning"], name
        assert Path(name).stem == document["plan_id"]
    assert {document["tender"] for document, _ in load_plans()} == {"other_fund", "commercial"}


def test_a_list_of_plans(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = printed(capsys, "plan", "list")
    assert status == 0
    assert "wuhan-supplement    commercial  420100   outpatient inpatient chronic  2025-01-01  -   assumed" in out


def test_a_case_names_a_plan_that_ships(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = written(tmp_path, "case.json", CASE)
    (status, plain, _), (_, by_twin, _) = printed(capsys, "split", case), printed(capsys, "split", "--twin", case)
    split = json.loads(plain)
    assert status == 0 and by_twin == plain
    left = split["in_scope_fen"] - split["pooled_fen"] - split["major_fen"]
    # 70 % of what is left in scope behind 10,000 yuan, and 60 % of 25,000 yuan of class C behind 15,000.
    assert split["commercial_fen"] == (left - 1_000_000) * 7 // 10 + 1_500_000
    without = json.loads(printed(capsys, "split", written(tmp_path, "bare.json", CASE | {"plans": []}))[1])
    assert without["cash_fen"] == split["cash_fen"] + split["commercial_fen"]


def test_own_plans_in_place_of_those_that_ship(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (document, _), *_ = [entry for entry in load_plans() if entry[0]["plan_id"] == "wuhan-supplement"]
    (tmp_path / "plans").mkdir()
    written(tmp_path / "plans", "own.json", document | {"plan_id": "own", "cap_fen": 100})
    case = written(tmp_path, "case.json", CASE | {"plans": [{"plan": "own"}]})
    status, out, _ = printed(capsys, "split", "--plans", str(tmp_path / "plans"), case)
    assert status == 0 and json.loads(out)["commercial_fen"] == 100
    status, _, err = printed(capsys, "split", case)
    assert (status, err) == (2, "medsettle split: plans[0].plan: no plan is called own\n")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "plan.json:1: not JSON"),
        ("[]", "plan.json: is no object"),
        ({"plan_id": "x"}, "plan.json: name: is missing: write it"),
        (None, "no plan (*.json) is in this folder"),
    ],
)
def test_files_that_cannot_be_used(content: Any, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path) if content is None else written(tmp_path, "plan.json", content)
    case = written(tmp_path, "case.txt", CASE)
    for words in (("plan", "list", path), ("split", "--plans", path, case)):
        status, out, err = printed(capsys, *words)
        assert status in (1, 2) and not out and told in err
    status, out, err = printed(capsys, "plan", "check", path)
    assert status in (1, 2) and told.split(": ")[-1] in out + err


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = printed(capsys, "plan", "check", "nowhere.json")
    assert (status, err) == (2, "medsettle plan: nowhere.json: cannot be read: No such file or directory\n")


def test_the_case_of_the_docs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, _, case, _, table, *_ = [
        part.partition("\n")[2] for part in Path("docs/rules/plans.md").read_text("utf-8").split("```")
    ]
    status, out, _ = printed(capsys, "split", "--table", written(tmp_path, "case.json", case))
    assert status == 0
    assert [line.rstrip() for line in out.splitlines()] == table.splitlines()[1:]
