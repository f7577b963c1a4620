"""A catalogue as a CSV file: read whole, every line checked as the gateway would check it.

The first line names the columns, in any order. Files come out of spreadsheets, so a byte order mark is let through, and
what a spreadsheet spoils (dates, numbers with a point, another encoding) is told with the line and the mend.
"""

import csv
import difflib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.servicers.import_rows import catalogue_row
from gateway.works.rules.catalogue import CatalogueFacts

REQUIRED = ("region_code", "item_code", "class", "self_pay_ppm", "valid_from")
OPTIONAL = ("item_name", "price_limit_fen", "valid_to", "deductible_exempt")
PROBLEMS_MAX = 1_000

_CLASSES = {"A": 1, "B": 2, "C": 3}
_TRUTHS = {"": False, "false": False, "true": True}
_FIELDS = {"item_class": "class"}  # of the rpc, where the column is called otherwise
_NUMBER_MAX = (1 << 31) - 1  # of self_pay_ppm in the rpc
_AMOUNT_MAX = (1 << 63) - 1
_DIGITS_MAX = 19  # of the largest of them
_SHOWN_MAX = 40


class CsvUnusable(Exception):
    """The file cannot be read as a catalogue at all; one line."""


class Problem(NamedTuple):
    """What is wrong with a line, and what to do."""

    line_no: int  # of the file, from 1, which is the header
    message: str


class CsvEntry(NamedTuple):
    """One good line."""

    line_no: int
    message: pb.CatalogueEntry
    facts: CatalogueFacts


class CsvCatalogue(NamedTuple):
    """All of a file; with problems it is not to be used."""

    entries: list[CsvEntry]
    problems: list[Problem]  # the first PROBLEMS_MAX


class _LineFault(Exception):
    """One line that cannot be used."""


def read_catalogue(path: Path, progress: Callable[[int, int], None] = lambda done, whole: None) -> CsvCatalogue:
    """Reads and checks a file.

    Args:
        progress: is told now and then how many bytes of how many are read.
    Raises:
        CsvUnusable: no such file, not UTF-8, no CSV, or a header that is none.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _read(_lines_of(file, lambda done: progress(done, size)))
    except OSError as error:
        raise CsvUnusable(f"{path}: cannot be read: {error.strerror}") from error
    except CsvUnusable as error:
        raise CsvUnusable(f"{path}: {error}") from error


def _lines_of(file: Iterable[bytes], progress: Callable[[int], None]) -> Iterator[str]:
    """The lines as text, so that one that is no UTF-8 can be named."""
    done = 0
    for number, line in enumerate(file, 1):
        done += len(line)
        if number % 1_000 == 0:
            progress(done)
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise CsvUnusable(f"line {number} is not UTF-8: save the file as CSV UTF-8, not as GBK") from error
    progress(done)


def _read(lines: Iterator[str]) -> CsvCatalogue:
    reader = csv.reader(lines, strict=True)
    entries: list[CsvEntry] = []
    problems: list[Problem] = []
    seen: dict[tuple[int, str, int], CsvEntry] = {}
    line_no = 1
    try:
        columns = _header(next(reader, []))
        for values in reader:
            line_no, after = reader.line_num, line_no
            if not values:
                continue
            try:
                entry = _entry(after + 1, columns, values)
                _check_repeat(entry, seen)
                entries.append(entry)
            except _LineFault as fault:
                problems.append(Problem(after + 1, str(fault)))
                if len(problems) == PROBLEMS_MAX:
                    break
    except csv.Error as error:
        raise CsvUnusable(f"line {reader.line_num}: not CSV ({error}): a quote is missing or too many") from error
    return CsvCatalogue(entries, problems)


def _header(names: list[str]) -> list[str]:
    columns = [name.strip() for name in names]
    known = (*REQUIRED, *OPTIONAL)
    for name in columns:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            advice = f"did you mean {near[0]}?" if near else f"columns are {', '.join(known)}"
            raise CsvUnusable(f"line 1: column {name!r} is unknown: {advice}")
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise CsvUnusable(f"line 1: the header lacks {', '.join(missing)}: the first line names the columns")
    if len(set(columns)) != len(columns):
        raise CsvUnusable("line 1: the header has a column twice: keep one")
    return columns


def _entry(line_no: int, columns: list[str], values: list[str]) -> CsvEntry:
    if len(values) != len(columns):
        raise _LineFault(f"has {len(values)} values, the header has {len(columns)} columns: check commas and quotes")
    row = dict(zip(columns, map(str.strip, values), strict=True))
    item_class = _CLASSES.get(row["class"])
    if item_class is None:
        raise _LineFault(f"class is {_shown(row['class'])}: write A, B or C")
    exempt = _TRUTHS.get(row.get("deductible_exempt", "").lower())
    if exempt is None:
        raise _LineFault(
            f"deductible_exempt is {_shown(row['deductible_exempt'])}: write true or false, or leave empty"
        )
    limit = row.get("price_limit_fen", "")
    message = pb.CatalogueEntry(
        region_code=row["region_code"],
        item_code=row["item_code"],
        item_name=row.get("item_name", ""),
        item_class=item_class,
        self_pay_ppm=_number("self_pay_ppm", row["self_pay_ppm"], "ppm, 100000 for 10 %", _NUMBER_MAX),
        price_limit_fen=_number("price_limit_fen", limit, "fen, 1250 for 12.50 yuan", _AMOUNT_MAX) if limit else None,
        deductible_exempt=exempt,
        valid_from=row["valid_from"],
        valid_to=row.get("valid_to", ""),
    )
    try:
        return CsvEntry(line_no, message, catalogue_row(line_no, message))
    except Refusal as refusal:
        field = refusal.metadata["field"]
        column = _FIELDS.get(field, field)
        rule = refusal.message.removeprefix(f"{field} ")
        raise _LineFault(f"{column} is {_shown(row[column])}: it {rule}") from None


def _number(column: str, text: str, unit: str, high: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX and int(text) <= high):
        raise _LineFault(f"{column} is {_shown(text)}: write a whole number of {unit}")
    return int(text)


def _check_repeat(entry: CsvEntry, seen: dict[tuple[int, str, int], CsvEntry]) -> None:
    facts = entry.facts
    first = seen.setdefault((facts.region, facts.item_code, facts.valid_from), entry)
    if first.facts.content != facts.content:
        raise _LineFault(f"names the item and valid_from of line {first.line_no} with other values: keep one of them")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 3] + "...")
