"""`python -m tests.planted`: plants each bug in a copy of the tree and asks the tests; a bug that none finds is a gap.

Exit status 0: every bug was found; 1: a bug was not found, or could not be planted.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tests.planted.bugs import BUGS, Bug

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "docs" / "faults.md"
BEGIN, END = "<!-- make planted writes from here -->\n", "<!-- to here -->\n"
# What is left out of the whole suite: it looks at texts, which a planted bug changes.
NOT_ASKED = ("tests/test_tidy.py", "tests/planted")
SUBSET_S_MAX, WHOLE_S_MAX = 240, 900

# In the copy: one extension of setup.py's, built as setup.py would.
BUILD = """
import runpy, sys
from setuptools import setup
from Cython.Build import cythonize
recipe = runpy.run_path("setup.py", run_name="recipe")
modules = [recipe["extension"](path) for path in sys.argv[1:]]
setup(script_args=["--quiet", "build_ext", "--inplace"],
      ext_modules=cythonize(modules, build_dir="build/planted", compiler_directives=recipe["DIRECTIVES"], quiet=True))
"""


class Finding(NamedTuple):
    """What became of a bug: `found_by` is a test, or empty."""

    bug: Bug
    found_by: str
    seconds: float
    trouble: str = ""


def main() -> int:
    """Plants what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of bugs; all of them by default")
    parser.add_argument("--jobs", type=int, default=2, help="bugs at a time (default 2)")
    parser.add_argument("--subset", action="store_true", help="ask only the tests that are named with the bug")
    parser.add_argument("--report", action="store_true", help="write the table into docs/faults.md")
    args = parser.parse_args()
    unknown = set(args.names) - {bug.name for bug in BUGS}
    if unknown:
        parser.error(f"no such bug: {', '.join(sorted(unknown))}")
    chosen = [bug for bug in BUGS if not args.names or bug.name in args.names]
    with ThreadPoolExecutor(args.jobs) as threads:
        findings = list(threads.map(lambda bug: look_for(bug, whole=not args.subset), chosen))
    gaps = [finding for finding in findings if not finding.found_by]
    print(f"\n{len(findings) - len(gaps)} of {len(findings)} planted bugs were found")
    for finding in gaps:
        print(f"NOT FOUND: {finding.bug.name}: {finding.bug.what} {finding.trouble}")
    if args.report:
        before, _, rest = REPORT.read_text().partition(BEGIN)
        old, _, after = rest.partition(END)
        REPORT.write_text(f"{before}{BEGIN}\n{table_of(findings, old)}\n\n{END}{after}")
    return 1 if gaps else 0


def look_for(bug: Bug, *, whole: bool) -> Finding:
    """Plants a bug in a copy of its own and asks the tests, first those that are named with it."""
    began_s = time.monotonic()
    finding = _planted(bug, whole=whole)._replace(seconds=time.monotonic() - began_s)
    print(f"{bug.name}: {finding.found_by or finding.trouble or 'NOT FOUND'} ({finding.seconds:.0f} s)", flush=True)
    return finding


def _planted(bug: Bug, *, whole: bool) -> Finding:
    with tempfile.TemporaryDirectory(prefix="medsettle-planted-") as folder:
        copy = Path(folder) / "tree"
        copy_tree(copy)
        for edit in bug.edits:
            text = (copy / edit.file).read_text()
            if text.count(edit.old) != 1:
                return Finding(bug, "", 0, f"{edit.file} no longer has its text once")
            (copy / edit.file).write_text(text.replace(edit.old, edit.new))
        extensions = sorted({edit.file for edit in bug.edits if edit.file.endswith(".pyx")})
        if extensions:
            built = _run(copy, "-c", BUILD, *extensions)
            if built.returncode != 0:
                return Finding(bug, "", 0, f"it does not compile: {built.stderr[-500:]}")
        asked = [(bug.tests, SUBSET_S_MAX)]
        if whole:
            asked.append((("tests", *(f"--ignore={path}" for path in NOT_ASKED)), WHOLE_S_MAX))
        for tests, s_max in asked:
            done = _run(
                copy, "-u", "-m", "pytest", "-x", "-v", "--tb=no", "-p", "no:cacheprovider", *tests, s_max=s_max
            )
            if done.returncode not in (0, 1):
                return Finding(bug, "", 0, f"the tests do not run: {done.stdout[-500:]}{done.stderr[-500:]}")
            if done.returncode == 1:
                return Finding(bug, failed_test(done.stdout), 0)
    return Finding(bug, "", 0)


def copy_tree(target: Path) -> None:
    """The tracked files as they are now, and the compiled core."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    for path in [*paths, *(file.relative_to(ROOT) for file in (ROOT / "core").rglob("*.so"))]:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path)


def failed_test(output: str) -> str:
    """The first failing test of pytest's summary; the last one that was begun, when it never came to one."""
    begun = ""
    for line in output.splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            return line.split(" ", 1)[1].partition(" - ")[0]
        if line.startswith("tests/") and "::" in line:
            begun = line
    return begun.partition(" ")[0]


def table_of(findings: list[Finding], old: str) -> str:
    """A Markdown table; the row of a bug that was not asked about stays as it was."""
    known = {line.split(" | ")[0].removeprefix("| "): line for line in old.splitlines() if line.startswith("| ")}
    for bug, found_by, seconds, trouble in findings:
        place = f"`{found_by}`" if found_by else f"**not found** {trouble}"
        known[bug.name] = f"| {bug.name} | {bug.what} | {place} | {seconds:.0f} |"
    kept = [known[bug.name] for bug in BUGS if bug.name in known]
    return "\n".join(["| bug | what it does | found by | s |", "|---|---|---|---|", *kept])


def _run(copy: Path, *arguments: str, s_max: int = SUBSET_S_MAX) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *arguments]
    try:
        return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, timeout=s_max)
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
        return subprocess.CompletedProcess(command, 1, output.decode() if isinstance(output, bytes) else output, "")


if __name__ == "__main__":
    sys.exit(main())
