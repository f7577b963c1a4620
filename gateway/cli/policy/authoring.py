"""The actions of the verb `policy` that a clerk writes policies with: list, show, diff, test, schema."""

import argparse
import sys
from pathlib import Path
from typing import Any

EXIT_GOOD = 0
EXIT_DIFFERENT = 1  # or a case that failed
EXIT_UNUSABLE = 2  # a file that cannot be read or used

_WIDTH = 150


def register(actions: Any) -> None:
    """Adds the actions and their arguments."""
    _register_list(actions)
    _register_show(actions)
    diff = actions.add_parser(
        "diff",
        help="tell what two policies say differently",
        description="Print each place where two policy files differ, in yuan and percent. Exit status 0: they say the "
        "same; 1: they differ; 2: a file cannot be used.",
    )
    diff.add_argument("before", metavar="A", type=Path)
    diff.add_argument("after", metavar="B", type=Path)
    diff.add_argument("--remarks", action="store_true", help="compare notes and provenance too")
    diff.set_defaults(run=run_diff)
    test = actions.add_parser(
        "test",
        help="try a policy with the cases beside it",
        description="Split the cases beside FILE, cases/NAME.json, by the policy and compare with what they expect; of "
        "a folder, every policy. Exit status 0: all is as expected; 1: it is not; 2: a file cannot be used.",
    )
    test.add_argument("path", metavar="FILE|DIR", nargs="?", help="default: the policies that ship")
    test.add_argument("--cases", metavar="FILE", type=Path, help="cases that lie elsewhere; for one policy")
    test.set_defaults(run=run_test)
    schema = actions.add_parser(
        "schema", help="print the JSON Schema of a policy, for editors", description="Print it; it is draft 2020-12."
    )
    schema.set_defaults(run=run_schema)


def _register_list(actions: Any) -> None:
    listed = actions.add_parser(
        "list",
        help="list regions' policies",
        description="Print a table of the policies of a folder, of a file, or of those that ship. A running gateway's: "
        "`medsettle policy versions`. Exit status 2: a file cannot be used.",
    )
    listed.add_argument("path", metavar="FILE|DIR", nargs="?", help="default: those that ship")
    listed.set_defaults(run=run_list)


def _register_show(actions: Any) -> None:
    from core.rules.words import SCHEMES, SERVICES

    show = actions.add_parser(
        "show",
        help="show a region's rules on a date",
        description="Print the rules that hold on a date as a sheet, or with --json each as it is computed with, "
        "defaults and all. Exit status 2: no such region, or a file cannot be used.",
    )
    show.add_argument("region", metavar="REGION|FILE", help="a region's code or name, or a policy file")
    show.add_argument("--date", metavar="YYYY-MM-DD", help="the service date (default: today in China)")
    show.add_argument("--scheme", choices=SCHEMES, default="", help="this one only")
    show.add_argument("--service", choices=SERVICES, default="", help="this one only")
    show.add_argument("--json", action="store_true", help="print the assembled rules as JSON")
    show.set_defaults(run=run_show)


def run_list(args: argparse.Namespace) -> int:
    """Prints the table."""
    from collections import Counter

    from rich.console import Console
    from rich.table import Table

    from core.rules import SCHEMES, SERVICES
    from gateway.authoring.files import FileUnusable, load_policy, policy_paths

    try:
        found = [load_policy(path) for path in policy_paths(args.path)]
    except FileUnusable as error:
        return _unusable(error)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("code", "region", "version", "employee", "resident", "rules", "where they come from"):
        table.add_column(title, overflow="fold")
    for file in sorted(found, key=lambda one: str(one.document["region_code"])):
        schemes, marks = file.document["schemes"], Counter[str]()
        for scheme in schemes.values():
            for entries in (scheme.get(name, []) for name in (*SERVICES, "major")):
                marks.update(entry.get("provenance", "not said") for entry in entries)
        services = [
            " ".join(name for name in SERVICES if schemes.get(scheme, {}).get(name)) or "-" for scheme in SCHEMES
        ]
        name = file.document.get("name_en", file.document["name"])
        said = ", ".join(f"{mark} {count}" for mark, count in marks.most_common())
        version = str(file.document.get("version", "-"))
        table.add_row(file.document["region_code"], name, version, *services, str(marks.total()), said)
    console = Console(highlight=False)
    Console(highlight=False, width=max(console.width, _WIDTH)).print(table)
    print(f"{len(found)} {'region' if len(found) == 1 else 'regions'}")
    return EXIT_GOOD


def run_show(args: argparse.Namespace) -> int:
    """Prints a region's sheet, or its rules as JSON."""
    import json
    import time

    from core.rules.checker import Checker
    from gateway.authoring.files import FileUnusable
    from gateway.authoring.sheet import sheet
    from gateway.clock import china_day, day_text

    date = args.date or day_text(china_day(time.time_ns() // 1_000_000))
    if not Checker("").is_date(date, ""):
        print(f"medsettle policy: --date {date}: write a date of the calendar as YYYY-MM-DD", file=sys.stderr)
        return EXIT_UNUSABLE
    try:
        document = _found(args.region)
    except FileUnusable as error:
        return _unusable(error)
    if args.json:
        print(json.dumps(_assembled(document, date, args.scheme, args.service), ensure_ascii=False, indent=2))
        return EXIT_GOOD
    for line in sheet(document, date, args.scheme, args.service):
        print(line)
    return EXIT_GOOD


def _found(name: str) -> dict[str, Any]:
    from gateway.authoring.files import FileUnusable, load_policy, policy_paths

    if name.endswith(".json"):
        return load_policy(Path(name)).document
    for path in policy_paths():
        document = load_policy(path).document
        if name in (document["region_code"], document["name"]) or name.lower() == document.get("name_en", "").lower():
            return document
    raise FileUnusable(f"no policy of {name} ships: `medsettle policy list` has the codes; or name a file")


def _assembled(document: dict[str, Any], date: str, scheme: str, service: str) -> dict[str, Any]:
    from core import rules

    found: dict[str, Any] = {}
    for name in (scheme,) if scheme else rules.SCHEMES:
        for of_service in (service,) if service else rules.SERVICES:
            try:
                found.setdefault(name, {})[of_service] = rules.assemble(document, name, of_service, date)
            except rules.NoRule:
                continue
    return found


def run_diff(args: argparse.Namespace) -> int:
    """Prints the differences."""
    from gateway.authoring.differences import differences
    from gateway.authoring.files import FileUnusable, load_policy

    try:
        before, after = (load_policy(path).document for path in (args.before, args.after))
    except FileUnusable as error:
        return _unusable(error)
    found = differences(before, after, remarks=args.remarks)
    for difference in found:
        print(difference)
    if not found:
        print(f"{args.before} and {args.after} say the same")
    return EXIT_DIFFERENT if found else EXIT_GOOD


def run_test(args: argparse.Namespace) -> int:
    """Tries every policy with its cases; gives the worst exit status."""
    from gateway.authoring.files import FileUnusable, policy_paths

    status = EXIT_GOOD
    try:
        paths = policy_paths(args.path)
        if args.cases is not None and len(paths) != 1:
            raise FileUnusable("--cases is for one policy: name its file")
        for path in paths:
            status = max(status, _try(path, args.cases))
    except FileUnusable as error:
        return _unusable(error)
    return status


def _try(path: Any, cases: Path | None) -> int:
    from core.policy import RuleBook
    from gateway.authoring.files import load_cases, load_policy
    from gateway.authoring.trials import try_cases

    policy, beside = load_policy(path), cases
    if beside is None:
        beside = path.parent / "cases" / path.name
        if not beside.is_file():
            print(f"{path.name}: no cases: write some into {beside}")
            return EXIT_GOOD
    book = RuleBook()
    book.put(policy.document)
    trials = try_cases(load_cases(beside), book)
    failed = [trial for trial in trials if trial.faults]
    for trial in failed:
        for fault in trial.faults:
            print(f"{beside}: case {trial.name}: {fault}")
    print(f"{path.name}: {len(trials) - len(failed)} of {len(trials)} cases as expected")
    return EXIT_DIFFERENT if failed else EXIT_GOOD


def run_schema(args: argparse.Namespace) -> int:
    """Prints the schema."""
    import json

    from gateway.authoring.schema import policy_schema

    print(json.dumps(policy_schema(), indent=2))
    return EXIT_GOOD


def _unusable(error: Exception) -> int:
    print(f"medsettle policy: {error}", file=sys.stderr)
    return EXIT_UNUSABLE
