"""The policies that ship: every region has a file, and every rule says where it comes from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import rules

ROOT = Path(__file__).parents[3]
# Lies beside a checkout where the maintainers keep the rules of all regions.
ALL = ROOT.parent / "shared" / "policies" / "regions.json"
SHIPPED = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "policies").glob("*.json")}
MARKS = {"source", "secondary_unverified", "inferred_from_receipt", "recalled"}


def rules_of(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every rule of a document with where it stands: versions, second stages, cross-region changes."""
    yield from ((f"cross_region[{at}]", entry) for at, entry in enumerate(document.get("cross_region", [])))
    for name, scheme in document["schemes"].items():
        for part, entries in scheme.items():
            yield from ((f"{name}.{part}[{at}]", entry) for at, entry in enumerate(entries))


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_rule_has_its_document_date_and_mark(name: str) -> None:
    document = SHIPPED[name]
    assert rules.check(document, name) == []
    assert document["warning"].startswith("Test data")
    found = list(rules_of(document))
    assert found
    for where, rule in found:
        assert rule["provenance"] in MARKS, where
        assert rule["document"] is None or rule["document"].strip(), where
        assert "cross_region" in where or rule["effective_from"], where


def test_no_two_files_are_of_one_region() -> None:
    assert len({document["region_code"] for document in SHIPPED.values()}) == len(SHIPPED) == 26


def test_shipped_rules_are_the_maintainers() -> None:
    if not ALL.exists():
        pytest.skip("the maintainers' rules are not beside this checkout")
    theirs = json.loads(ALL.read_text(encoding="utf-8"))
    ours = {document["region_code"]: document for document in SHIPPED.values()}
    assert ours.keys() == {region["region_code"] for region in theirs["regions"]}
    for region in theirs["regions"]:
        shipped = ours[region["region_code"]]
        assert {key: shipped[key] for key in region} == region
        assert shipped["defaults"] == theirs["defaults"]
