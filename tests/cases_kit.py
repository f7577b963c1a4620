"""The worked cases that ship beside the policies, as one list."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "policies" / "cases"


def worked_cases() -> list[dict[str, Any]]:
    """All of them, by file and place."""
    return [
        case for path in sorted(FOLDER.glob("*.json")) for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
    ]
