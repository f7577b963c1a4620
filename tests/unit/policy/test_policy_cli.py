"""`medsettle policy check`: what it prints for good, bad and unreadable files, and its exit status."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import policy
from tests.unit.policy.documents import EMPLOYEE, changed, good

BAD = changed(f"{EMPLOYEE}.inpatient[0].caps.pooled_paid_fen", -1)
PROBLEM = f"{EMPLOYEE}.inpatient[0].caps.pooled_paid_fen: is -1 fen: it must not be below 0"
OK = "ok (Testville 990100, 2 schemes, 5 rules)"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, so that printed names are short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(file: Path, document: Any) -> None:
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def run(*arguments: str) -> int:
    parser = ArgumentParser()
    policy.register(parser.add_subparsers())
    args = parser.parse_args(["policy", *arguments])
    status: int = args.run(args)
    return status


def test_good_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "good.json", good())
    assert run("check", "good.json") == 0
    assert capsys.readouterr() == (f"good.json: {OK}\n", "")


def test_summary_counts_what_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = good()
    del document["name_en"], document["schemes"]["employee"]
    write(folder / "one.json", document)
    assert run("check", "one.json") == 0
    assert capsys.readouterr().out == "one.json: ok (测试市 990100, 1 scheme, 1 rule)\n"


def test_bad_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "bad.json", BAD)
    assert run("check", "bad.json") == 1
    assert capsys.readouterr() == (f"bad.json:1: {PROBLEM}\n", "")


def test_folder_is_checked_by_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "b.json", BAD)
    write(folder / "a.json", good())
    (folder / "readme.md").write_text("no policy")
    assert run("check", ".") == 1
    assert capsys.readouterr().out == f"a.json: {OK}\nb.json:1: {PROBLEM}\n"


def test_many_problems_say_that_there_may_be_more(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "bad.json", good() | {f"key{index}": 1 for index in range(200)})
    assert run("check", "bad.json") == 1
    assert capsys.readouterr().out.splitlines()[-1].endswith("the check ends after 100 problems")


# What is in the file; what is said about it.
UNREADABLE = [
    (b'{"region_code": "990100",\n "name" 1}', "line 2 column 9: not JSON: Expecting ':' delimiter"),
    (b"", "line 1 column 1: not JSON: Expecting value"),
    (b"\xef\xbb\xbf{}", "line 1 column 1: not JSON: Unexpected UTF-8 BOM (decode using utf-8-sig)"),
    (b'{"name": "\xb1\xb1"}', "not UTF-8: byte 10 is no part of a character"),
    (b"[" * 100_000, "nested too deeply"),
]


@pytest.mark.parametrize(("content", "message"), UNREADABLE)
def test_unreadable_file(folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, message: str) -> None:
    (folder / "torn.json").write_bytes(content)
    assert run("check", "torn.json") == 2
    assert capsys.readouterr() == ("", f"torn.json: {message}\n")


def test_unreadable_file_outweighs_and_stops_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "bad.json", BAD)
    write(folder / "good.json", good())
    assert run("check", "none.json", "bad.json", "good.json") == 2
    printed = capsys.readouterr()
    assert printed.err == "none.json: cannot be read: No such file or directory\n"
    assert printed.out == f"bad.json:1: {PROBLEM}\ngood.json: {OK}\n"


def test_folder_without_policies(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty").mkdir()
    assert run("check", "empty") == 2
    assert capsys.readouterr().err == "empty: no policy file (*.json) is in this folder\n"


@pytest.mark.parametrize("arguments", [(), ("check",), ("mend", "x.json")])
def test_usage(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(*arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


VERSIONS = [
    # effective_from and effective_to of b.json beside a.json, which has none and ends on 2026-01-01
    (("2026-01-01", None), 0, ""),
    (("2026-02-01", None), 1, "b.json: effective_from: version 2025-01 ends on 2026-01-01 and version next begins on"
     " 2026-02-01: no version would hold from 2026-01-01 on; let it begin on 2026-01-01,"),
    (("2025-02-01", None), 1, "both would hold from 2025-02-01 on"),
    ((None, None), 1, "b.json: effective_from: has the beginning of a.json: only one of the two can be in force"),
]  # fmt: skip


@pytest.mark.parametrize(("dates", "status", "said"), VERSIONS)
def test_versions_of_a_region_are_checked_beside_each_other(
    folder: Path, capsys: pytest.CaptureFixture[str], dates: tuple[str | None, str | None], status: int, said: str
) -> None:
    write(folder / "a.json", good() | {"effective_to": "2026-01-01", "benefit_year_start": "01-01"})
    later = {"version": "next", "effective_from": dates[0], "effective_to": dates[1], "benefit_year_start": "01-01"}
    write(folder / "b.json", good() | later)
    write(folder / "elsewhere.json", good() | {"region_code": "990200"})
    assert run("check", ".") == status
    printed = capsys.readouterr().out
    assert said in printed and printed.count(": ok (") == 3
