"""The verb `catalogue`: checks a catalogue's CSV file, imports it into a running gateway, and looks an item up."""

import argparse
import contextlib
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.wording import counted

if TYPE_CHECKING:
    from gateway.catalogue.csv_file import CsvCatalogue, CsvEntry

EXIT_GOOD = 0
EXIT_REFUSED = 1  # a line, or the whole call
EXIT_UNUSABLE = 2  # no such file, no catalogue, no token

TOKEN_VARIABLE = "MEDSETTLE_TOKEN"
_ADDRESS = "127.0.0.1:50051"
_ROWS = 1_000  # in a message; the gateway takes no more
_SHOWN_MAX = 100  # problems
_WIDTH = 120  # at least: a figure that is cut short says something else
_CLASSES = {1: "A", 2: "B", 3: "C"}

Bar = Callable[[int, int], None]


def register(subparsers: Any) -> None:
    """Adds the verb, its actions and their arguments."""
    parser = subparsers.add_parser(
        "catalogue",
        help="import a catalogue, look an item up",
        description="What class an item is of in a treatment region, with first self-pay ratio and price limit, for "
        "which days: docs/rules/catalogues.md has the format of the file.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser(
        "check",
        help="name every problem of a CSV file",
        description="Print each problem as FILE:LINE: MESSAGE. Exit status 0: the file can be imported; 1: it has "
        "problems; 2: it cannot be read.",
    )
    check.set_defaults(run=run_check)
    bring_in = actions.add_parser(
        "import",
        help="import a CSV file into a running gateway",
        description="Check the whole file, then send it; a file with a problem is not sent. Lines that are there "
        f"already change nothing, so that it can be run again. The bureau's token is read from {TOKEN_VARIABLE}. "
        "Exit status 0: every line is in; 1: lines have problems or were refused; 2: no such file, no token, or the "
        "gateway cannot be reached.",
    )
    bring_in.set_defaults(run=run_import)
    show = actions.add_parser(
        "show",
        help="show what the catalogue says of an item",
        description=f"Print every entry of an item and mark the one that holds. The bureau's token is read from "
        f"{TOKEN_VARIABLE}. Exit status 0: it is listed; 1: it is not, or the call was refused; 2: no token, or the "
        "gateway cannot be reached.",
    )
    show.set_defaults(run=run_show)
    for action in (check, bring_in):
        action.add_argument("file", metavar="FILE.csv", type=Path)
    show.add_argument("region", metavar="REGION", help="the treatment region, 6 digits")
    show.add_argument("code", metavar="CODE", help="the item's code in the catalogue")
    show.add_argument("--date", metavar="YYYY-MM-DD", default="", help="the day (default: today in China)")
    for action in (bring_in, show):
        action.add_argument(
            "--gateway", metavar="HOST:PORT", default=_ADDRESS, help=f"where it listens, plaintext (default {_ADDRESS})"
        )


def run_check(args: argparse.Namespace) -> int:
    """Checks a file."""
    found = _read(args.file)
    if found is None:
        return EXIT_UNUSABLE
    if found.problems:
        return EXIT_REFUSED
    print(f"{args.file}: ok ({counted(len(found.entries), 'entry', 'entries')})")
    return EXIT_GOOD


def run_import(args: argparse.Namespace) -> int:
    """Checks a file, sends it, and tells what became of its lines."""
    started_s = time.perf_counter()
    found = _read(args.file)
    if found is None:
        return EXIT_UNUSABLE
    if found.problems:
        print(f"{args.file}: nothing was sent: mend the lines and import again", file=sys.stderr)
        return EXIT_REFUSED
    checked_s = time.perf_counter()
    with _client(args.gateway) as client:
        if client is None:
            return EXIT_UNUSABLE
        return _send(client, args.file, found.entries, checked_s - started_s)


def run_show(args: argparse.Namespace) -> int:
    """Prints an item's entries."""
    from gateway.client import MedSettleError
    from gateway.pb.medsettle.v1 import operator_service_pb2 as pb

    with _client(args.gateway) as client:
        if client is None:
            return EXIT_UNUSABLE
        request = pb.GetCatalogueItemRequest(region_code=args.region, item_code=args.code, date=args.date)
        try:
            answer = client.call("OperatorService/GetCatalogueItem", request)
        except MedSettleError as error:
            return _told(error)
    _print_entries(answer.entries, answer.holding if answer.HasField("holding") else None)
    if not answer.HasField("holding"):
        print(f"no entry holds {'on ' + args.date if args.date else 'today'}: lines of it are the institution's word")
    return EXIT_GOOD


def _read(path: Path) -> "CsvCatalogue | None":
    """A file, its problems told; None when it is no catalogue at all."""
    from gateway.catalogue.csv_file import PROBLEMS_MAX, CsvUnusable, read_catalogue

    try:
        with _bar("checking") as bar:
            found = read_catalogue(path, bar)
    except CsvUnusable as error:
        print(f"medsettle catalogue: {error}", file=sys.stderr)
        return None
    for problem in found.problems[:_SHOWN_MAX]:
        print(f"{path}:{problem.line_no}: {problem.message}")
    if len(found.problems) > _SHOWN_MAX:
        more = "or more " if len(found.problems) == PROBLEMS_MAX else ""
        print(f"{path}: {len(found.problems)} {more}lines have problems: the first {_SHOWN_MAX} are shown")
    return found


def _send(client: Any, path: Path, entries: "Sequence[CsvEntry]", checked_s: float) -> int:
    """Sends entries message by message, each asked again until it is in; prints what was refused, and the sum."""
    from gateway.client import MedSettleError
    from gateway.pb.medsettle.v1 import operator_service_pb2 as pb

    started_s, whole = time.perf_counter(), pb.ImportCounts()
    # Of this run alone: after another import the same lines must be put again, and not be taken for a repeat.
    run_id = uuid.uuid4().hex
    with _bar("importing") as bar:
        for start in range(0, len(entries), _ROWS):
            part = entries[start : start + _ROWS]
            request = pb.PutCatalogueRequest(
                request_id=f"catalogue-{run_id}-{start}", records=[entry.message for entry in part]
            )
            try:
                answer = client.send("OperatorService/PutCatalogue", [request])
            except MedSettleError as failed:
                print(f"{path}: {start:,} lines are in, those from line {part[0].line_no} on are not", file=sys.stderr)
                return _told(failed)
            for error in answer.errors:
                print(f"{path}:{part[error.row_no - 1].line_no}: {error.message}")
            for field in whole.DESCRIPTOR.fields:
                setattr(whole, field.name, getattr(whole, field.name) + getattr(answer.counts, field.name))
            bar(start + len(part), len(entries))
    sent_s = time.perf_counter() - started_s
    print(
        f"{counted(whole.row_count, 'entry', 'entries')}: {whole.created_count:,} new, "
        f"{whole.updated_count:,} changed, {whole.unchanged_count:,} as before, {whole.refused_count:,} refused"
    )
    rate = f": {len(entries) / sent_s:,.0f} entries/s" if entries else ""
    print(f"checked in {checked_s:.1f} s, imported in {sent_s:.1f} s{rate}")
    return EXIT_REFUSED if whole.refused_count else EXIT_GOOD


@contextlib.contextmanager
def _client(address: str) -> Iterator[Any]:
    """A client of the gateway as the bureau; None, and why is told, without its token."""
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        print(f"medsettle catalogue: set {TOKEN_VARIABLE} to the bureau's token", file=sys.stderr)
        yield None
        return
    from gateway.client import MedSettleClient

    with MedSettleClient(address, token, connections=1) as client:
        yield client


def _told(error: Any) -> int:
    """Tells why a call failed; gives the exit status."""
    print(f"medsettle catalogue: {'refused' if error.reason else 'failed'}: {error}", file=sys.stderr)
    return EXIT_REFUSED if error.reason else EXIT_UNUSABLE


@contextlib.contextmanager
def _bar(title: str) -> Iterator[Bar]:
    """A progress bar on a terminal; nothing where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn(f"{title:9}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, whole: progress.update(task, completed=done, total=whole)


def _print_entries(entries: Any, holding: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("from", "to", "class", "self-pay", "limit a unit", "exempt", "name", ""):
        justify: Any = "right" if title in ("self-pay", "limit a unit") else "left"
        table.add_column(title, justify=justify, overflow="fold")
    for entry in entries:
        withdrawn = "withdrawn" if entry.valid_to and entry.valid_to < entry.valid_from else ""
        limit = f"{entry.price_limit_fen // 100:,}.{entry.price_limit_fen % 100:02d}"
        table.add_row(
            entry.valid_from,
            entry.valid_to or "-",
            _CLASSES[entry.item_class],
            f"{entry.self_pay_ppm / 10_000:g} %",
            limit if entry.HasField("price_limit_fen") else "-",
            "yes" if entry.deductible_exempt else "-",
            entry.item_name,
            "holds" if holding is not None and entry.valid_from == holding.valid_from else withdrawn,
        )
    console = Console(highlight=False)
    Console(highlight=False, width=max(console.width, _WIDTH)).print(table)
