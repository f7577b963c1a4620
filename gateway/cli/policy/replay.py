"""The action `policy replay`: prices bills that were paid by a version that is not yet in force."""

import argparse
import contextlib
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.replay.bills import Draft, InForce, Progress
    from gateway.replay.report import Report

EXIT_GOOD = 0
EXIT_PROBLEMS = 1  # the document has problems, or does not fit beside the versions in force
EXIT_UNUSABLE = 2  # a file or the store cannot be read

_ORDERS = 1_000
_WIDTH = 100  # at least: a wrapped line of a table can be read, a figure cut short cannot


class Unusable(Exception):
    """Something that is named cannot be used; one line."""


def register(actions: Any) -> None:
    """Adds the action and its arguments."""
    parser = actions.add_parser(
        "replay",
        help="show who gains and who loses by a new version",
        description="Price the last payments of a store, or a file of cases, by a policy that is not yet in force, and "
        "print who gains and who loses, with the digest that activates it. The store is only read, also beside a "
        "running gateway. Exit status 0: done; 1: the policy has problems, or does not fit beside the versions in "
        "force; 2: a file or the store cannot be read.",
    )
    parser.add_argument("policy", metavar="NEW.json", help="the version that is not yet in force")
    parser.add_argument("--store", metavar="sqlite:PATH", help="whose versions in force it is compared with")
    parser.add_argument(
        "--orders", type=int, metavar="N", default=_ORDERS, help=f"over how many payments (default {_ORDERS:,})"
    )
    parser.add_argument("--cases", metavar="FILE", help="over the cases of a file, not over payments")
    parser.add_argument(
        "--against", metavar="DIR|FILE", help="without a store: the policies in force (default: those shipped)"
    )
    parser.add_argument("--report", metavar="OUT.json", help="keep the report, for `policy activate`")
    parser.add_argument("--chart", metavar="OUT.png", help="draw the chart as a picture too (needs matplotlib)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Replays, prints, and keeps what is asked for."""
    from core.rules import PolicyError
    from core.rules.versions import VersionConflict
    from gateway.authoring.files import FileUnusable
    from gateway.replay.picture import NoPictures
    from gateway.verify.source import NotAStore

    try:
        draft = read_draft(Path(args.policy))
        if draft is None:
            return EXIT_PROBLEMS
        report = replayed(args, draft)
        keep(args, report)
    except VersionConflict as conflict:
        print(f"{args.policy}: it could not be put in force: {conflict}")
        return EXIT_PROBLEMS
    except (FileUnusable, Unusable, NotAStore, NoPictures, PolicyError) as error:
        print(f"medsettle policy replay: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    except sqlite3.Error as error:
        print(f"medsettle policy replay: the store cannot be read ({error})", file=sys.stderr)
        return EXIT_UNUSABLE
    return EXIT_GOOD


def read_draft(path: Path) -> "Draft | None":
    """The new version; None when it has problems, which are printed as `policy check` prints them."""
    from core import rules
    from gateway.authoring.files import load_json, problem_lines
    from gateway.replay.bills import Draft

    text, document = load_json(path)
    problems = rules.check(document, str(path))
    for line in problem_lines(text, problems):
        print(line)
    return None if problems else Draft(document, text)


def replayed(args: argparse.Namespace, draft: "Draft") -> "Report":
    """The report of what the arguments name."""
    from gateway.authoring.files import read
    from gateway.replay.bills import CasesUnusable
    from gateway.replay.proof import replay_cases

    if args.store is not None:
        if not args.store.startswith("sqlite:") or args.store == "sqlite:":
            raise Unusable(f"store must be sqlite:PATH, not {args.store!r}")
        with open_reader(Path(args.store.removeprefix("sqlite:"))) as reader:
            from gateway.replay.bills import in_force

            held = in_force(reader.policies_activated(draft.region), draft.region)
            check_fits(draft, held)
            if args.cases is None:
                return replay_store(reader, draft, args.orders)
    elif args.cases is None:
        raise Unusable("name a store (--store sqlite:PATH) or a file of cases (--cases FILE)")
    else:
        held = shipped(args.against, draft.region)
        check_fits(draft, held)
    text = read(Path(args.cases))
    try:
        with progress("replaying cases") as tell:
            return replay_cases(held, draft, text, tell)
    except CasesUnusable as error:
        raise Unusable(f"{args.cases}: {error}") from error


def replay_store(reader: Any, draft: "Draft", count: int) -> "Report":
    """The report over a store's last payments."""
    from gateway.replay.proof import ORDERS_MAX, replay_orders

    if not 1 <= count <= ORDERS_MAX:
        raise Unusable(f"--orders must be 1 to {ORDERS_MAX:,}")
    with progress("replaying payments") as tell:
        return replay_orders(reader, draft, count, reader.last_seq(), tell)


def keep(args: argparse.Namespace, report: "Report") -> None:
    """Prints the report, and writes the files that are asked for."""
    import orjson
    from rich.console import Console

    from gateway.replay import pages
    from gateway.replay.picture import draw
    from gateway.replay.report import digest_of

    pages.show(Console(highlight=False, width=max(_WIDTH, Console().width)), report)
    print(f"\nreport {digest_of(report)}")
    try:
        if args.report:
            whole = {"report_digest": digest_of(report), "report": report}
            Path(args.report).write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            print(f"kept in {args.report}")
        if args.chart:
            draw(report, Path(args.chart))
            print(f"drawn in {args.chart}")
    except OSError as error:
        raise Unusable(f"{error.filename}: cannot be written: {error.strerror}") from error


def check_fits(draft: "Draft", held: "InForce") -> None:
    """Raises VersionConflict where the draft cannot stand beside the versions in force."""
    from core.rules.versions import placed

    placed(held.book.line(f"{draft.region:06d}"), draft.version)


def shipped(against: str | None, region: int) -> "InForce":
    """The versions of a region in a folder of policies, in one file, or among those shipped."""
    import hashlib

    from gateway.authoring.files import PolicyFile, load_json, policy_paths, sound
    from gateway.replay.bills import in_force
    from gateway.stores.base import PolicyRow

    rows: list[PolicyRow] = []
    for file in policy_paths(against):
        text, document = load_json(file)
        if isinstance(document, dict) and document.get("region_code") == f"{region:06d}":
            sound(PolicyFile(str(file), text, document))
            digest = hashlib.sha256(text).hexdigest()
            rows.append(PolicyRow(len(rows) + 1, region, "", file.name, text, 0, digest))
    return in_force(rows, region)


@contextlib.contextmanager
def open_reader(path: Path) -> Iterator[Any]:
    """A store, to be read only, at one moment of it."""
    from gateway.stores.sqlite_reader import SqliteReader
    from gateway.verify.source import open_store

    with contextlib.closing(open_store(path)) as db:
        yield SqliteReader(db)


@contextlib.contextmanager
def progress(title: str) -> Iterator["Progress"]:
    """A bar on a terminal for as long as the body runs; nothing where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=None)

        def tell(done: int, total: int) -> None:
            if done % 50 == 0 or done == total:
                bar.update(task, completed=done, total=total)

        yield tell
