"""The action `policy check`: names every problem of policy files with its line and the mend."""

import argparse
import sys
from pathlib import Path
from typing import Any

EXIT_GOOD = 0
EXIT_PROBLEMS = 1
EXIT_UNREADABLE = 2  # no such file, or no JSON in it


def register(actions: Any) -> None:
    """Adds the action and its arguments."""
    check = actions.add_parser(
        "check",
        help="name every problem of policy files",
        description="Print each problem as FILE:LINE: RULE: MESSAGE, or that a file is ok. "
        "Exit status 0: all are ok; 1: a file has problems; 2: a file cannot be read or is not JSON.",
    )
    check.add_argument("paths", nargs="+", metavar="FILE|DIR", help="a policy file, or a folder of them (*.json)")
    check.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Checks every file named, and the versions of one region beside each other; gives the worst exit status."""
    from gateway.authoring.files import FileUnusable, policy_paths

    status, good = EXIT_GOOD, list[tuple[Path, dict[str, Any]]]()
    for path in args.paths:
        try:
            files = policy_paths(path)
        except FileUnusable as error:
            print(error, file=sys.stderr)
            files, status = [], EXIT_UNREADABLE
        for file in files:
            status = max(status, check_file(file, good))
    return max(status, check_beside(good))


def check_beside(good: list[tuple[Path, dict[str, Any]]]) -> int:
    """Checks that files without problems that are versions of one region fit beside each other on its time line."""
    from core.rules.versions import Version, VersionConflict, placed, version_of

    status = EXIT_GOOD
    lines: dict[str, list[Version]] = {}
    files: dict[tuple[str, str], Path] = {}
    for file, document in sorted(good, key=lambda entry: version_of(entry[1]).start):
        region, version = document["region_code"], version_of(document)
        other = files.setdefault((region, version.start), file)
        try:
            if other is not file:
                message = f"has the beginning of {other}: only one of the two can be in force at a time"
                raise VersionConflict(message, version, version.start)
            lines[region] = placed(lines.get(region, []), version)
        except VersionConflict as conflict:
            print(f"{file}: effective_from: {conflict.message}")
            status = EXIT_PROBLEMS
    return status


def check_file(file: Path, good: list[tuple[Path, dict[str, Any]]]) -> int:
    """Checks one file and prints what it found: problems to standard output, why it cannot be read to the other.

    A file without problems is added to the good ones.
    """
    from core import rules
    from gateway.authoring.files import FileUnusable, load_json, problem_lines

    try:
        text, document = load_json(file)
    except FileUnusable as error:
        print(error, file=sys.stderr)
        return EXIT_UNREADABLE
    problems = rules.check(document, str(file))
    for line in problem_lines(text, problems):
        print(line)
    if len(problems) == rules.PROBLEMS_MAX:
        print(f"{file}: there may be more: the check ends after {rules.PROBLEMS_MAX} problems")
    if problems:
        return EXIT_PROBLEMS
    good.append((file, document))
    print(f"{file}: ok ({summary(document)})")
    return EXIT_GOOD


def summary(document: dict[str, Any]) -> str:
    """Names a good document's region and how much it rules: every version of a service is one rule."""
    from core.rules import SCHEMES, SERVICES
    from gateway.wording import counted

    schemes = [document["schemes"][scheme] for scheme in SCHEMES if scheme in document["schemes"]]
    rule_count = sum(len(scheme.get(service, ())) for scheme in schemes for service in SERVICES)
    return (
        f"{document.get('name_en', document['name'])} {document['region_code']}, "
        f"{counted(len(schemes), 'scheme')}, {counted(rule_count, 'rule')}"
    )
