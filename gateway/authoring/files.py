"""Policies and cases as files."""

import json
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from gateway.authoring.places import line_of, lines_of

Document = dict[str, Any]


class FileUnusable(ValueError):
    """A file that cannot be read, or is not what it should be; one line."""


class PolicyFile(NamedTuple):
    """One policy document with its text."""

    name: str  # what messages call it
    text: bytes
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


def read(path: Any) -> bytes:
    """A file's bytes.

    Raises:
        FileUnusable: it cannot be read.
    """
    try:
        text: bytes = path.read_bytes()
    except OSError as error:
        raise FileUnusable(f"{path}: cannot be read: {error.strerror}") from error
    return text


def parsed(text: bytes, name: str) -> Any:
    """The JSON in a file's bytes.

    Args:
        name: what messages call the file; empty where they are part of one that does.
    Raises:
        FileUnusable: there is none; with the line where that is known.
    """
    where = f"{name}: " if name else ""
    try:
        return json.loads(text.decode())
    except json.JSONDecodeError as error:
        raise FileUnusable(f"{where}line {error.lineno} column {error.colno}: not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise FileUnusable(f"{where}not UTF-8: byte {error.start} is no part of a character") from error
    except RecursionError as error:
        raise FileUnusable(f"{where}nested too deeply") from error
    except ValueError as error:
        raise FileUnusable(f"{where}not JSON: {error}") from error


def load_json(path: Any) -> tuple[bytes, Any]:
    """A file's bytes and the JSON in them; raises FileUnusable as `read` and `parsed` do."""
    text = read(path)
    return text, parsed(text, str(path))


def load_policy(path: Any) -> PolicyFile:
    """A policy file whose document has no problem.

    Raises:
        FileUnusable: it cannot be read or used; the first problem is named.
    """
    return sound(PolicyFile(str(path), *load_json(path)))


def sound(policy: PolicyFile) -> PolicyFile:
    """A policy file as it is.

    Raises:
        FileUnusable: its document has a problem; the first is named.
    """
    from core import rules

    for line in problem_lines(policy.text, rules.check(policy.document, policy.name)):
        raise FileUnusable(line)
    return policy


def problem_lines(text: bytes, problems: Iterable[Any]) -> Iterator[str]:
    """Problems of a document (core.rules.Problem) as FILE:LINE: RULE: MESSAGE."""
    lines: dict[str, int] = {}
    for problem in problems:
        lines = lines or lines_of(text.decode())
        yield f"{problem.file}:{line_of(lines, problem.rule)}: {problem.rule}: {problem.message}"


def load_cases(path: Any) -> list[Any]:
    """The cases of a file; raises FileUnusable where it cannot be read, or holds none."""
    return cases_in(load_json(path)[1], str(path))[0]


def cases_in(found: Any, name: str) -> tuple[list[Any], bool]:
    """The cases of a parsed file, a case, a list of them or {"cases": [...]}; and whether there may be several.

    Raises:
        FileUnusable: it is none of the three.
    """
    cases = found["cases"] if isinstance(found, dict) and "cases" in found else found
    if isinstance(cases, list):
        return cases, True
    if cases is found and isinstance(found, dict):
        return [found], False
    where = f"{name}: " if name else ""
    fault = "a case is a JSON object, or write a list of them" if cases is found else "cases is no list"
    raise FileUnusable(f"{where}{fault}")
