"""`medsettle split`: what it prints, and what it says of input that it cannot use."""

import argparse
import io
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import split as verb
from gateway.cli.main import VERBS
from tests.cases_kit import worked_cases

ROOT = Path(__file__).parents[3]
# Lies beside a checkout where the maintainers keep the rules of all regions.
ALL = ROOT.parent / "shared" / "policies"
CASES_FILE = ROOT / "policies" / "cases" / "beijing.json"
CASES = worked_cases()
RECEIPT = next(case for case in CASES if case["id"] == "R01")


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    verb.register(parser.add_subparsers())
    args = parser.parse_args(["split", *arguments])
    status: int = args.run(args)
    return status


@pytest.fixture
def case_file(tmp_path: Path) -> Path:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(RECEIPT, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("twin", [[], ["--twin"]], ids=["compiled", "twin"])
def test_one_case_gives_one_object(case_file: Path, twin: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(case_file), *twin) == 0
    split = json.loads(capsys.readouterr().out)
    assert len(split) == 16
    assert {name: split[name] for name in RECEIPT["expected"]} == RECEIPT["expected"]


@pytest.mark.parametrize("wrap", [lambda cases: cases, lambda cases: {"cases": cases}], ids=["list", "cases file"])
def test_several_cases_give_a_list(
    wrap: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(json.dumps(wrap(CASES)).encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert run("-") == 0
    splits = json.loads(capsys.readouterr().out)
    for case, split in zip(CASES, splits, strict=True):
        assert {name: split[name] for name in case["expected"]} == case["expected"]


@pytest.mark.skipif(not ALL.is_dir(), reason="the maintainers' rules are not beside this checkout")
@pytest.mark.parametrize("policies", [[], ["--policies", str(ALL / "regions.json")]], ids=["shipped", "theirs"])
def test_every_case_at_hand_by_the_command(policies: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    cases = json.loads((ALL / "cases.json").read_text(encoding="utf-8"))["cases"]
    assert run(str(ALL / "cases.json"), *policies) == 0
    for case, split in zip(cases, json.loads(capsys.readouterr().out), strict=True):
        assert {name: split[name] for name in case["expected"]} == case["expected"], case["id"]


def test_both_cores_print_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for twin in ([], ["--twin"]):
        assert run(str(CASES_FILE), *twin) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


def test_table_shows_yuan(case_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(case_file), "--table") == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0].startswith("R01 北京在职")
    assert "class B self-pay 3.40 paid first, out of scope" in lines
    assert "in scope 30.65 shared between funds and person" in lines
    assert "own account 34.05 100.0 %" in lines
    assert "cash 0.00 0.0 %" in lines
    assert "all payers 34.05" in lines


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "line 1 column 2: not JSON"),
        ("[1, 2", "not JSON"),
        ('{"cases": 5}', "cases is no list"),
        ("5", "a case is a JSON object"),
        ("[5]", "case 1: a case is a JSON object"),
        ("{}", "insured_region is no region"),
        ('[{"id": "X9"}]', "case X9: insured_region is no region"),
        (json.dumps(RECEIPT | {"scheme": "none"}), "scheme is"),
        (json.dumps(RECEIPT | {"insured_region": "130100"}), "no policy for region 130100"),
        (json.dumps([RECEIPT, RECEIPT | {"id": "", "stay_number": 0}]), "case 2: stay_number is 0"),
    ],
)
@pytest.mark.parametrize("twin", [[], ["--twin"]], ids=["compiled", "twin"])
def test_bad_input_gives_one_line(
    content: str, message: str, twin: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content, encoding="utf-8")
    assert run(str(path), *twin) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("medsettle split: ") and err.count("\n") == 1
    assert message in err


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "{", "a.json: line 1 column 2: not JSON: "),
        ("a.json", "[]", "a.json: is not a policy: write an object"),
        ("a.json", "{}", "a.json: has no region_code"),
        ("a.json", '{"regions": 5}', "a.json: has no region_code"),
        ("a.json", '{"region_code": []}', "a.json: has no region_code"),
        ("a.json", '{"region_code": "990100"}', "is missing"),
        ("a.txt", "{}", "no policy file (*.json) is in this folder"),
    ],
)
def test_bad_policies_give_one_line(
    name: str, content: str, message: str, case_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / name).write_text(content, encoding="utf-8")
    assert run(str(case_file), "--policies", str(folder)) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and message in err


@pytest.mark.parametrize("arguments", [["nowhere.json"], [str(CASES_FILE), "--policies", "nowhere"]])
def test_missing_file_gives_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    assert "nowhere" in (err := capsys.readouterr().err) and "cannot be read" in err and err.count("\n") == 1


def test_policies_may_be_one_file(case_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(case_file), "--policies", str(ROOT / "policies" / "beijing.json")) == 0
    assert json.loads(capsys.readouterr().out)["cash_fen"] == 0


def test_verb_is_part_of_the_command() -> None:
    assert "split" in VERBS


@pytest.mark.parametrize("twin", [[], ["--twin"]], ids=["compiled", "twin"])
def test_several_versions_of_a_region_are_picked_by_the_service_date(
    tmp_path: Path, twin: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    old = json.loads((ROOT / "policies" / "beijing.json").read_text(encoding="utf-8"))
    new = old | {"version": "new", "effective_from": "2027-01-01"}
    new["schemes"] = json.loads(json.dumps(old["schemes"]))
    for rule in new["schemes"]["employee"]["outpatient"]:
        rule["deductible"]["amounts"] = 0
    # The later version comes first by name: its beginning orders it, not its file.
    for name, document in (("b.json", old), ("a.json", new)):
        (folder / name).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    bill = {key: RECEIPT[key] for key in ("insured_region", "treatment_region", "scheme", "person", "referral")}
    bill |= {
        "service": "outpatient",
        "institution": {"level": "level3"},
        "lines": [{"amount_fen": 9_000, "class": "A"}],
    }
    cases = [bill | {"service_date": date} for date in ("2026-12-31", "2027-01-01")]
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    assert run(str(tmp_path / "cases.json"), "--policies", str(folder), *twin) == 0
    before, after = json.loads(capsys.readouterr().out)
    assert before["pooled_fen"] == 0 < after["pooled_fen"]
    (folder / "b.json").write_text(json.dumps(old | {"effective_to": "2026-06-01"}), encoding="utf-8")
    assert run(str(tmp_path / "cases.json"), "--policies", str(folder), *twin) == 2
    assert "no version would hold from 2026-06-01 on" in capsys.readouterr().err
