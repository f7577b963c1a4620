"""`medsettle split --explain`: for people, as JSON, in either language; the example of the docs is its output."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from core.explain.words import WORDS
from gateway.cli.main import main

DOCS = Path("docs/rules/explaining.md")


def block(name: str) -> str:
    """The code block of the docs behind a mark."""
    found = re.search(rf"<!-- {name} -->\n```\w*\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert found is not None
    return found[1]


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["split", "--explain", *words]) == 0
    out, err = capsys.readouterr()
    assert not err
    return out


@pytest.fixture
def case(tmp_path: Path) -> str:
    path = tmp_path / "case.json"
    path.write_text(block("case"), encoding="utf-8")
    return str(path)


def test_the_docs_show_what_is_printed(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, case) == block("output")


def test_the_docs_name_every_kind_of_step() -> None:
    named = set(re.findall(r"`(\w+)`", DOCS.read_text(encoding="utf-8").partition("| kind |")[2]))
    assert named == set(WORDS)


@pytest.mark.parametrize(("language", "other"), [("zh", r"[a-z]{4} [a-z]{3}"), ("en", r"[\u4e00-\u9fff]")])
def test_one_language_alone(language: str, other: str, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "--language", language, case)
    words = [line for line in out.splitlines() if re.match(r" *\d+\. ", line)]
    assert len(words) > 8 and not any(re.search(other, line) for line in words)


def test_as_json(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    found: dict[str, Any] = json.loads(printed(capsys, "--json", case))
    assert found["split"]["total_fen"] == sum(found["left_before"].values())
    assert found["split"]["total_fen"] == sum(step["paid_fen"] for step in found["steps"])
    band = next(step for step in found["steps"] if step["kind"] == "band_stay_in_scope")
    assert band["facts"]["share"] == "17/20" and band["rule"]["path"].endswith(".ratio.bands[0]")
    assert band["text_zh"] and band["text_en"]


def test_several_cases_each_under_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "policies/cases/beijing.json")
    assert out.count("\n  => ") == 2 * 18
    assert isinstance(json.loads(printed(capsys, "--json", "policies/cases/beijing.json")), list)


def test_a_case_that_cannot_be_split(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.json"
    path.write_text("{}", encoding="utf-8")
    assert main(["split", "--explain", str(path)]) == 2
    out, err = capsys.readouterr()
    assert not out and err.startswith("medsettle split: insured_region ")
