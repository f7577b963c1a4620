"""Every planted bug can still be planted: its text is there once. `make planted` says which test finds it."""

from pathlib import Path

import pytest

from tests.planted.bugs import BUGS, Bug

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_has_its_place(bug: Bug) -> None:
    for edit in bug.edits:
        assert (ROOT / edit.file).read_text().count(edit.old) == 1, f"bring {edit.file} and this entry in step"
        assert edit.new != edit.old
    for test in bug.tests:
        assert (ROOT / test.partition("::")[0]).exists(), test


def test_names_are_unique() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS)
