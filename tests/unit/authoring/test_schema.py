"""The schema for editors says of keys, types, words and ranges what the check says."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from core import rules
from gateway.authoring.files import load_policy, policy_paths
from gateway.authoring.schema import policy_schema
from gateway.cli.main import main

VALIDATOR = Draft202012Validator(policy_schema())
DOCUMENTS = {path.name: load_policy(path).document for path in policy_paths()}
BEIJING: dict[str, Any] = DOCUMENTS["beijing.json"]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(policy_schema())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_policy_that_ships_is_liked(name: str) -> None:
    assert not [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(DOCUMENTS[name])]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and entry of a document, remarks left out."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in entries:
        if key not in rules_remarks():
            yield (*path, key)
            yield from places(below, (*path, key))


def rules_remarks() -> frozenset[str]:
    from core.rules.words import REMARKS

    return REMARKS


def changed(path: tuple[Any, ...], change: str) -> Any:
    """Beijing's policy with one thing wrong."""
    document = copy.deepcopy(BEIJING)
    holder: Any = document
    for key in path[:-1]:
        holder = holder[key]
    if change == "slip":
        holder[f"{path[-1]}x"] = holder.pop(path[-1])
    else:
        holder[path[-1]] = {"text": "some text", "negative": -1, "point": 0.5, "truth": True}[change]
    return document


@pytest.mark.parametrize("change", ["slip", "text", "negative", "point", "truth"])
def test_slips_of_keys_and_types_are_underlined(change: str) -> None:
    seen = missed = 0
    for path in places(BEIJING):
        if change == "slip" and not isinstance(path[-1], str):
            continue
        document = changed(path, change)
        if not rules.check(document, ""):
            continue  # such a value may stand there
        seen += 1
        if VALIDATOR.is_valid(document):
            missed += 1
            assert path[0] in ("money", "ratio"), f"{path} with {change} is liked"
    assert seen > 50 and missed < 5


def test_what_the_check_takes_the_schema_takes() -> None:
    for path in places(BEIJING):
        for change in ("text", "negative"):
            document = changed(path, change)
            if not rules.check(document, ""):
                assert VALIDATOR.is_valid(document), path


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == policy_schema()
    assert Path("docs/rules/policy-authoring.md").read_text(encoding="utf-8").count("medsettle policy schema") == 1
