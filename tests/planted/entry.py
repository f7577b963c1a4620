"""What an entry of the planted bugs is made of."""

from typing import NamedTuple


class Edit(NamedTuple):
    """One text in one file, and what takes its place."""

    file: str
    old: str
    new: str


class Bug(NamedTuple):
    """One bug.

    Attributes:
        name: for the command line.
        what: it does, for people.
        edits: that plant it.
        tests: asked first; when they find nothing, the whole suite is asked.
    """

    name: str
    what: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


# Tests that many entries ask.
LIFE = ("tests/unit/core/test_ledger.py", "tests/integration/test_life.py", "tests/integration/test_windows.py")
EDGES = ("tests/integration/payments/test_edges.py",)
