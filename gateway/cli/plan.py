"""The verb `plan`: checks the documents of plans, and lists those that ship."""

import argparse
import sys
from typing import Any

EXIT_GOOD = 0
EXIT_PROBLEMS = 1
EXIT_UNREADABLE = 2  # no such file, or no JSON in it


def register(subparsers: Any) -> None:
    """Adds the verb, its actions and their arguments."""
    parser = subparsers.add_parser(
        "plan",
        help="check plans that pay after the statutory funds",
        description="A plan is a commercial insurance or a mutual-aid scheme, as data: docs/rules/plans.md.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser(
        "check",
        help="name every problem of plan files",
        description="Print each problem as FILE: PLACE: MESSAGE, or that a file is ok. "
        "Exit status 0: all are ok; 1: a file has problems; 2: a file cannot be read or is not JSON.",
    )
    check.add_argument("paths", nargs="+", metavar="FILE|DIR", help="a plan, or a folder of them (*.json)")
    check.set_defaults(run=run_check)
    shown = actions.add_parser(
        "list",
        help="list plans",
        description="Print a table of the plans of a folder, of a file, or of those that ship.",
    )
    shown.add_argument("path", nargs="?", metavar="FILE|DIR", help="default: those that ship")
    shown.set_defaults(run=run_list)


def run_check(args: argparse.Namespace) -> int:
    """Checks every file named; gives the worst exit status."""
    from core.plans import check
    from gateway.plan_files import PlanFileUnusable, load_plans

    status = EXIT_GOOD
    for path in args.paths:
        try:
            found = load_plans(path)
        except PlanFileUnusable as error:
            print(f"medsettle plan: {error}", file=sys.stderr)
            status = EXIT_UNREADABLE
            continue
        for document, name in found:
            problems = check(document, name)
            for problem in problems:
                print(f"{problem.file}: {problem.rule}: {problem.message}")
            if not problems:
                print(f"{name}: ok")
            status = max(status, EXIT_PROBLEMS if problems else EXIT_GOOD)
    return status


def run_list(args: argparse.Namespace) -> int:
    """Prints the plans, or what the first one that cannot be used lacks."""
    from rich.console import Console
    from rich.table import Table

    from core.plans import check
    from gateway.plan_files import PlanFileUnusable, load_plans

    try:
        found = load_plans(args.path)
    except PlanFileUnusable as error:
        print(f"medsettle plan: {error}", file=sys.stderr)
        return EXIT_UNREADABLE
    table = Table(box=None, pad_edge=False)
    for heading in ("plan", "pays as", "regions", "services", "from", "to", "provenance"):
        table.add_column(heading)
    for document, name in found:
        for problem in check(document, name):
            print(f"{problem.file}: {problem.rule}: {problem.message}", file=sys.stderr)
            return EXIT_PROBLEMS
        table.add_row(
            *(document["plan_id"], document["tender"], " ".join(document["regions"]), " ".join(document["services"])),
            *(document["effective_from"], document.get("effective_to") or "-", document.get("provenance") or "-"),
        )
    Console(highlight=False, width=None if sys.stdout.isatty() else 140).print(table)
    return EXIT_GOOD
