"""`medsettle policy list|show|diff|test`, and lines in what `policy check` says."""

import json
from pathlib import Path
from typing import Any

import pytest

from core import rules
from gateway.authoring.differences import differences
from gateway.authoring.places import line_of, lines_of
from gateway.authoring.values import percent, table, yuan
from gateway.cli.main import main
from tests.unit.split.made_up import bill, region


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["policy", *words])
    out, err = capsys.readouterr()
    return status, out, err


def written(folder: Path, name: str, content: Any) -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
    return str(path)


def test_lines_of_a_text() -> None:
    text = '{"a": 1,\n "b": [\n  {"c": "x\\"]"},\n  2],\n\n "d": {}, "e": []}\n'
    lines = lines_of(text)
    assert lines == {"": 1, "a": 1, "b": 2, "b[0]": 3, "b[0].c": 3, "b[1]": 4, "d": 6, "e": 6}
    assert [line_of(lines, place) for place in ("b[1].new", "b[7]", "d.x.y", "nowhere", "")] == [4, 2, 6, 1, 1]


def test_every_problem_has_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = region({"caps": {"pooled_paid_fen": -1}})
    path = written(tmp_path, "p.json", document)
    text = Path(path).read_text(encoding="utf-8").splitlines()
    status, out, _ = printed(capsys, "check", path)
    assert status == 1 and out.count("\n") == 3
    for line in out.splitlines():
        _, number, rule, _ = line.split(":", 3)
        assert '"pooled_paid_fen": -1' in text[int(number) - 1], rule


def test_all_regions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = printed(capsys, "list")
    assert status == 0 and out.endswith("26 regions\n")
    assert "110100  Beijing" in out and "source 5, secondary_unverified 3" in out


def test_a_region_is_shown_by_code_name_or_file(capsys: pytest.CaptureFixture[str]) -> None:
    shown = {printed(capsys, "show", name, "--date", "2026-05-01")[1] for name in ("110100", "beijing", "北京")}
    assert len(shown) == 1 and "deductible   1,300.00 a stay; from stay 2 on amounts 650.00" in shown.pop()
    status, out, _ = printed(capsys, "show", "policies/beijing.json", "--date", "2026-05-01", "--service", "outpatient")
    assert status == 0 and "outpatient, from 2023-01-01" in out and "second stage" not in out
    status, out, _ = printed(capsys, "show", "beijing", "--json", "--scheme", "employee", "--date", "2026-05-01")
    assert status == 0 and set(json.loads(out)) == {"employee"}


def test_every_policy_that_ships_has_a_sheet(capsys: pytest.CaptureFixture[str]) -> None:
    for path in sorted(Path("policies").glob("*.json")):
        status, out, err = printed(capsys, "show", str(path), "--date", "2026-05-01")
        document = json.loads(path.read_text(encoding="utf-8"))
        count = sum(
            1
            for scheme in rules.SCHEMES
            for service in rules.SERVICES
            if any(
                rules.is_in_force(version, "2026-05-01")
                for version in document["schemes"].get(scheme, {}).get(service, [])
            )
        )
        assert status == 0 and not err and out.count("\n  account      ") == count, path


def test_differences_are_told_in_yuan_and_percent() -> None:
    before = region({"deductible": {"kind": "annual", "amounts": {"active": 50_000}}})
    after = region({"deductible": {"kind": "annual", "amounts": {"active": 60_000, "retired": 0}}, "note": "new"})
    told = [str(one) for one in differences(before, after)]
    place = "schemes.employee.outpatient[from 2020-01-01].deductible.amounts"
    assert told[:2] == [f"{place}.active: 500.00 -> 600.00", f"{place}.retired: not there -> 0.00"]
    assert len(told) == 6, "the same in each of three services, and no remark"
    assert any(one.place.endswith(".note") for one in differences(before, after, remarks=True))
    assert not differences(before, json.loads(json.dumps(before)))


def test_versions_are_matched_by_their_beginning() -> None:
    before, after = region({}), region({})
    version = after["schemes"]["employee"]["inpatient"][0]
    after["schemes"]["employee"]["inpatient"].insert(0, version | {"effective_from": "2019-01-01"})
    (told,) = differences(before, after)
    assert told.place == "schemes.employee.inpatient[from 2019-01-01]" and told.before == "not there"
    assert "ppm 50 %" in told.after


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ({"expected": {"pooled_fen": 501}}, "case c: pooled_fen is 5.00, expected 5.01"),
        ({"expected": {"pooled": 5}}, "case c: expected.pooled: is no amount of a split: known are total_fen"),
        ({}, "case c: expects nothing: write the amounts that are known under expected"),
        ({"expected": {"pooled_fen": 1}, "service": "pharmacy"}, "case c: no rule"),
    ],
)
def test_a_case_that_fails(case: Any, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "p.json", region({}))
    written(tmp_path, "cases/p.json", [bill(1000, id="c") | case, bill(1000, expected={"pooled_fen": 500})])
    status, out, err = printed(capsys, "test", path)
    assert (status, err) == (1, "")
    assert told.split(": ", 1)[0] in out and "1 of 2 cases as expected" in out
    if "no rule" not in told:
        assert told in out


def test_policies_that_ship_come_to_what_their_cases_expect(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = printed(capsys, "test", "policies")
    assert status == 0 and out.count(" cases as expected\n") == 21 and out.count("no cases") == 5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("list", "nowhere.json"), "nowhere.json: cannot be read: No such file or directory"),
        (("show", "atlantis"), "no policy of atlantis ships"),
        (("show", "beijing", "--date", "2026-02-30"), "--date 2026-02-30: write a date"),
        (("diff", "policies/beijing.json", "policies/cases/beijing.json"), "policies/cases/beijing.json:"),
        (("test", "policies", "--cases", "policies/cases/beijing.json"), "--cases is for one policy"),
        (("test", "policies/beijing.json", "--cases", "policies/beijing.md"), "policies/beijing.md: cannot be read"),
    ],
)
def test_what_cannot_be_used(words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = printed(capsys, *words)
    assert status == 2 and not out and err.startswith(f"medsettle policy: {told}")


def test_values_in_words() -> None:
    assert [yuan(fen) for fen in (0, -50, 123_456_700)] == ["0.00", "-0.50", "1,234,567.00"]
    assert [percent(ppm) for ppm in (0, 1_000_000, 333_333, 922_000)] == ["0 %", "100 %", "33.3333 %", "92.2 %"]
    assert table("ppm", {"active": 500_000, "retired": [1, 2, 3, 4, 5]}).startswith("active: 50 %; retired: community")
