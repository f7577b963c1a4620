"""Holds the repository to its house style: lint and types, import direction, sizes, and nothing left lying about."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests import tidy_rules
from tests.tidy_rules import FOLDER_RULES, SOURCE_RULES, Source

ROOT = Path(__file__).parent.parent
NOT_OURS = {".git", ".venv", "build", "dist", "__pycache__"}


@cache
def repository_paths() -> list[str]:
    """Gives the tracked files that are there; outside a git checkout every file that nothing here has made."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return sorted(path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file())
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if not NOT_OURS & set(path.parts) and path.suffix != ".so")


@cache
def repository_sources() -> list[Source]:
    """Gives every text file of the repository; a licence is quoted, not written."""
    sources = []
    for path in repository_paths():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content and path != "LICENSE":
            sources.append(Source(path, content.decode()))
    return sources


def run_tool(*arguments: str) -> None:
    """Runs a tool of this environment over the repository; its output is the failure's message."""
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout}{done.stderr}"


def test_lint() -> None:
    run_tool("ruff", "check", "--quiet")


def test_format() -> None:
    run_tool("ruff", "format", "--check", "--quiet")


@pytest.mark.timeout(300)  # the first run fills mypy's cache
def test_types() -> None:
    run_tool("mypy", "--no-error-summary")


@pytest.mark.parametrize("rule", SOURCE_RULES, ids=lambda rule: rule.__name__)
def test_every_source_keeps(rule: Callable[[Source], Iterator[str]]) -> None:
    breaches = [f"{source.path}: {breach}" for source in repository_sources() for breach in rule(source)]
    assert not breaches, "\n".join([rule.__doc__ or "", *breaches])


@pytest.mark.parametrize("rule", FOLDER_RULES, ids=lambda rule: rule.__name__)
def test_folders_keep(rule: Callable[[list[str]], Iterator[str]]) -> None:
    breaches = list(rule(repository_paths()))
    assert not breaches, "\n".join([rule.__doc__ or "", *breaches])


LONG_BODY = "    x = 1\n" * 69

# Each rule refuses what it is for: the rule, a file's path, its text.
PLANTED = [
    ("check_import_direction", "core/split.pyx", "from gateway.errors cimport refuse\n"),
    ("check_import_direction", "core/rules.py", "import time\n"),
    ("check_import_direction", "core/rules.py", "def late():\n    from gateway import errors\n"),
    ("check_import_direction", "gateway/servicers/payment.py", "from gateway.stores import store\n"),
    ("check_import_direction", "gateway/servicers/payment.py", "from ..stores import store\n"),
    ("check_import_direction", "gateway/engine/pipeline.py", "import gateway.fronts.grpcio_front\n"),
    ("check_import_direction", "gateway/engine/pipeline.py", "from gateway.stores import sqlite_store\n"),
    ("check_import_direction", "gateway/security/tokens.py", "from gateway.stores.memory_store import MemoryStore\n"),
    ("check_exact_arithmetic", "core/split.pyx", "cdef double ratio\n"),
    ("check_exact_arithmetic", "core/split.pyx", "half = total_fen / 2\n"),
    ("check_exact_arithmetic", "core/split.pyi", "def split(total: float) -> int: ...\n"),
    ("check_exact_arithmetic", "core/rules.py", "half = total_fen / 2\n"),
    ("check_exact_arithmetic", "core/rules.py", "rate = 0.5\n"),
    ("check_clock", "core/rules.py", "today = date.today()\n"),
    ("check_lengths", "gateway/errors.py", "x = 1\n" * 500),
    ("check_lengths", "gateway/errors.py", "def long():\n" + LONG_BODY),
    ("check_lengths", "core/split.pyx", "cdef int long(\n    int a,\n) noexcept nogil:\n" + LONG_BODY),
    ("check_docstring", "gateway/errors.py", "x = 1\n"),
    ("check_docstring", "core/split.pyx", "# cython: language_level=3\ncimport cython\n"),
    ("check_left_overs", "README.md", "cd /" + "work/main\n"),
    ("check_left_overs", "core/split.pyx", "# TO" + "DO: round\n"),
]

# And lets pass what only looks like it.
ALLOWED = [
    ("check_import_direction", "gateway/bootstrap.py", "from gateway.stores.sqlite_store import SqliteStore\n"),
    ("check_import_direction", "gateway/stores/sqlite_store.py", "from gateway.stores import store\n"),
    ("check_import_direction", "gateway/engine/pipeline.py", "from gateway.stores.store import Store\nimport time\n"),
    ("check_exact_arithmetic", "core/split.pyx", 'half = total_fen // 2  # not / 2\nunit = "fen/day 0.5"\n'),
    ("check_exact_arithmetic", "core/reference.py", "from fractions import Fraction\nhalf = Fraction(1) / 2\n"),
    ("check_lengths", "core/split.pyx", "cdef int short(int a):\n    return a\n\n" + "x = 1\n" * 100),
    ("check_lengths", "core/split.pyx", "cdef class Long(Base):\n" + LONG_BODY * 2),
    ("check_left_overs", "README.md", "https://example.test/home/page and ./work/x\n"),
]


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_rule_refuses(rule: str, path: str, text: str) -> None:
    assert list(getattr(tidy_rules, rule)(Source(path, text)))


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED)
def test_rule_allows(rule: str, path: str, text: str) -> None:
    assert not list(getattr(tidy_rules, rule)(Source(path, text)))


@pytest.mark.parametrize(
    ("rule", "paths"),
    [
        ("check_folders", [f"gateway/m{index}.py" for index in range(13)]),
        ("check_folders", ["gateway/a/b/c/d.py"]),
        ("check_cython_trios", ["core/split.pyx", "core/split.pxd"]),
        ("check_build_products", ["core/split.cpython-311-x86_64-linux-gnu.so"]),
        ("check_build_products", ["core/split.pyx", "core/split.c"]),
    ],
)
def test_folder_rule_refuses(rule: str, paths: list[str]) -> None:
    assert list(getattr(tidy_rules, rule)(paths))
