"""`medsettle verify`: checks every invariant of the ledger over a store, and says what is wrong."""

import argparse
import sys
from pathlib import Path

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
EXIT_CANNOT_OPEN = 2


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb."""
    parser = subparsers.add_parser(
        "verify",
        help="check every invariant over a store",
        description="Opens a store read-only (a gateway may be running on it), checks the file, the journal, every "
        "order, split, account, window and the double entry over all of them, and prints one line a finding. "
        "Exit status 0: clean; 1: findings; 2: the store cannot be opened.",
    )
    parser.add_argument("--store", metavar="STORE", required=True, help="sqlite:PATH (memory: has nothing to verify)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verifies a store."""
    if args.store == "memory:":
        print("memory: has nothing to verify: it ends with its gateway")
        return EXIT_CLEAN
    if not args.store.startswith("sqlite:") or args.store == "sqlite:":
        print(f"medsettle verify: store must be sqlite:PATH or memory:, not {args.store!r}", file=sys.stderr)
        return EXIT_CANNOT_OPEN
    return verify_store(Path(args.store.removeprefix("sqlite:")))


def verify_store(path: Path) -> int:
    """Verifies the store at a path: findings and summary go to standard output, progress to standard error."""
    from gateway.verify import NotAStore, Report, open_store, verify

    try:
        db = open_store(path)
    except NotAStore as error:
        print(f"medsettle verify: {error}", file=sys.stderr)
        return EXIT_CANNOT_OPEN
    progress = Progress()
    report = Report(progress.tell, progress.show)
    try:
        verify(db, report)
    finally:
        progress.clear()
        db.close()
    print("checked " + ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in report.counts.items()))
    for note in report.notes:
        print(f"note: {note}")
    if report.finding_count:
        print(f"NOT CLEAN: {report.finding_count:,} finding{'s' if report.finding_count > 1 else ''}")
        return EXIT_FINDINGS
    print("clean: every invariant holds")
    return EXIT_CLEAN


class Progress:
    """One line on a terminal that says how far it is; nothing where nobody looks."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def show(self, stage: str, done: int, total: int) -> None:
        """Rewrites the line."""
        if self._shown:
            print(f"\r\033[Kchecking {stage}: {done:,} of {total:,}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Takes the line away."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def tell(self, line: str) -> None:
        """Prints a finding, apart from the line."""
        self.clear()
        print(line)
