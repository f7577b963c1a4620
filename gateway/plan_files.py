"""Plans as files: a folder of *.json, one file, or those that ship."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any


class PlanFileUnusable(ValueError):
    """A file that cannot be read, or is no JSON object; one line."""


def load_plans(path: str | Path | None = None) -> list[tuple[dict[str, Any], str]]:
    """The documents of a folder by file name, of one file, or without a path of those shipped, and what to call each.

    Raises:
        PlanFileUnusable: no such file, no JSON, no object, or a folder without any.
    """
    source: Any = files("policies") / "plans" if path is None else Path(path)
    try:
        found = [source]
        if source.is_dir():
            jsons = (file for file in source.iterdir() if file.name.endswith(".json"))
            found = sorted(jsons, key=lambda file: str(file.name))
            if not found:
                raise PlanFileUnusable(f"{source}: no plan (*.json) is in this folder")
        return [_loaded(file) for file in found]
    except OSError as error:
        raise PlanFileUnusable(f"{source}: cannot be read: {error.strerror}") from error


def _loaded(file: Any) -> tuple[dict[str, Any], str]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise PlanFileUnusable(f"{file}:{error.lineno}: not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise PlanFileUnusable(f"{file}: not UTF-8: save it as UTF-8") from error
    if not isinstance(document, dict):
        raise PlanFileUnusable(f"{file}: is no object: write one plan a file")
    return document, str(file)
