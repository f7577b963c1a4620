"""The guide for clerks is true: its files are written, its mends made, its commands run, their output compared."""

import re
import shutil
from pathlib import Path

import pytest

from gateway.cli.main import main

GUIDE = Path("docs/rules/policy-authoring.md").read_text(encoding="utf-8")
_STEP = re.compile(
    r"<!-- (?:file (?P<file>\S+)|run (?P<status>\d)|mend (?P<old>.+?) -> (?P<new>.+?)|"
    r"copy (?P<source>\S+) (?P<copy>\S+)) -->"
    r"(?:\n```\w*\n(?P<block>.*?)```)?",
    re.S,
)


def test_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cases").mkdir()
    current, runs = Path(), 0
    for step in _STEP.finditer(GUIDE):
        if step["file"]:
            current = tmp_path / step["file"]
            current.write_text(step["block"], encoding="utf-8")
        elif step["copy"]:
            current = tmp_path / step["copy"]
            shutil.copy(tmp_path / step["source"], current)
        elif step["old"]:
            text = current.read_text(encoding="utf-8")
            assert text.count(step["old"]) == 1, step["old"]
            current.write_text(text.replace(step["old"], step["new"]), encoding="utf-8")
        else:
            command, _, expected = step["block"].partition("\n")
            assert command.startswith("$ medsettle ")
            status = main(command.removeprefix("$ medsettle ").split())
            out, err = capsys.readouterr()
            assert (out, err) == (expected, ""), command
            assert status == int(step["status"])
            runs += 1
    assert runs == GUIDE.count("$ medsettle ") == 6
