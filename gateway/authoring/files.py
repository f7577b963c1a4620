"""Policies and cases as files."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

Document = dict[str, Any]


class FileUnusable(ValueError):
    """A file that cannot be read, or is not what it should be; one line."""


class PolicyFile(NamedTuple):
    """One policy document with its text."""

    name: str  # what messages call it
    text: str
    document: Document


def shipped() -> Any:
    """The folder of the policies that ship."""
    return files("policies")


def policy_paths(path: str | Path | None = None) -> list[Any]:
    """The policy files that a path means: those of a folder by name, or the file itself; without one those that ship.

    Raises:
        FileUnusable: a folder without any.
    """
    source = shipped() if path is None else Path(path)
    if not source.is_dir():
        return [source]
    found = sorted((file for file in source.iterdir() if file.name.endswith(".json")), key=lambda file: str(file.name))
    if not found:
        raise FileUnusable(f"{source}: no policy file (*.json) is in this folder")
    return found


def load_json(path: Any) -> tuple[str, Any]:
    """A file's text and the JSON in it.

    Raises:
        FileUnusable: it cannot be read, or is no JSON; with the line where there is one.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return text, json.loads(text)
    except json.JSONDecodeError as error:
        raise FileUnusable(f"{path}: line {error.lineno} column {error.colno}: not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise FileUnusable(f"{path}: not UTF-8: byte {error.start} is no part of a character") from error
    except OSError as error:
        raise FileUnusable(f"{path}: cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise FileUnusable(f"{path}: not a policy: nested too deeply") from error
    except ValueError as error:
        raise FileUnusable(f"{path}: not JSON: {error}") from error


def load_policy(path: Any) -> PolicyFile:
    """A policy file whose document has no problem.

    Raises:
        FileUnusable: it cannot be read or used; the first problem is named.
    """
    from core import rules
    from gateway.authoring.places import line_of, lines_of

    text, document = load_json(path)
    for problem in rules.check(document, str(path)):
        line = line_of(lines_of(text), problem.rule)
        raise FileUnusable(f"{path}:{line}: {problem.rule}: {problem.message}")
    return PolicyFile(str(path), text, document)


def load_cases(path: Any) -> list[Any]:
    """The cases of a file: a case, a list of them, or {"cases": [...]}.

    Raises:
        FileUnusable: it cannot be read, or is none of the three.
    """
    _, cases = load_json(path)
    if isinstance(cases, dict) and "cases" in cases:
        cases = cases["cases"]
        if not isinstance(cases, list):
            raise FileUnusable(f"{path}: cases is no list")
    return cases if isinstance(cases, list) else [cases]
