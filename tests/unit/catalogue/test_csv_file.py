"""The CSV form of a catalogue: what is read, what each fault is called, and that no bytes break the reader."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.csv_file import OPTIONAL, PROBLEMS_MAX, REQUIRED, CsvUnusable, read_catalogue
from gateway.cli.main import main
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb

ROOT = Path(__file__).parents[3]
HEADER = "region_code,item_code,class,self_pay_ppm,valid_from,valid_to,price_limit_fen,deductible_exempt,item_name"
GOOD = "110100,X1,B,100000,2026-01-01,,,,药"


def read(folder: Path, text: str | bytes) -> Any:
    path = folder / "catalogue.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_catalogue(path)


def test_a_file_as_a_spreadsheet_writes_it(tmp_path: Path) -> None:
    text = f'\ufeff{HEADER}\r\n{GOOD}\r\n\r\n 110100 ,X2,A,0,2026-01-01,2026-12-31,1250,TRUE,"a, ""b"""\r\n'
    found = read(tmp_path, text)
    assert found.problems == []
    assert [entry.line_no for entry in found.entries] == [2, 4]
    assert found.entries[0].message == pb.CatalogueEntry(
        region_code="110100",
        item_code="X1",
        item_name="药",
        item_class=2,  # type: ignore[arg-type]
        self_pay_ppm=100_000,
        valid_from="2026-01-01",
    )
    second = found.entries[1].message
    assert (second.region_code, second.price_limit_fen, second.deductible_exempt) == ("110100", 1250, True)
    assert (second.valid_to, second.item_name) == ("2026-12-31", 'a, "b"')


def test_columns_come_in_any_order_and_the_optional_ones_may_be_missing(tmp_path: Path) -> None:
    for columns in (REQUIRED, tuple(reversed(REQUIRED)), REQUIRED + OPTIONAL):
        values = {"region_code": "110100", "item_code": "X1", "class": "C", "self_pay_ppm": "1000000"}
        values |= {"valid_from": "2026-01-01"}
        row = ",".join(values.get(name, "") for name in columns)
        found = read(tmp_path, f"{','.join(columns)}\n{row}\n")
        assert found.problems == [] and found.entries[0].message.item_class == 3


LINES = [
    # what is changed in a good line, and what the problem says
    ({"class": "D"}, "class is 'D': write A, B or C"),
    ({"class": "b"}, "class is 'b': write A, B or C"),
    ({"class": "A"}, "self_pay_ppm is '100000': it must be 0 for class A; what has a ratio is class B"),
    ({"class": "C"}, "self_pay_ppm is '100000': it must be 1,000,000 ppm (100 %) for class C"),
    ({"self_pay_ppm": ""}, "self_pay_ppm is '': write a whole number of ppm, 100000 for 10 %"),
    ({"self_pay_ppm": "10%"}, "self_pay_ppm is '10%': write a whole number of ppm, 100000 for 10 %"),
    ({"self_pay_ppm": "0.1"}, "self_pay_ppm is '0.1': write a whole number of ppm"),
    ({"self_pay_ppm": "-1"}, "self_pay_ppm is '-1': write a whole number of ppm"),
    ({"self_pay_ppm": "١"}, "self_pay_ppm is '١': write a whole number of ppm"),
    ({"self_pay_ppm": "1000001"}, "self_pay_ppm is '1000001': it must be 0 to 1,000,000 ppm for class B"),
    ({"self_pay_ppm": "9" * 30}, "self_pay_ppm is '999999999999999999999999999999': write a whole number"),
    ({"self_pay_ppm": "1" * 5_000}, "self_pay_ppm is '1111111111111111111111111111111111111...': write a whole number"),
    ({"price_limit_fen": "12.5"}, "price_limit_fen is '12.5': write a whole number of fen, 1250 for 12.50 yuan"),
    ({"price_limit_fen": "100000000001"}, "price_limit_fen is '100000000001': it must be 0 to 100000000000 fen"),
    ({"region_code": "11010"}, "region_code is '11010': it must be a region code of 6 digits"),
    ({"item_code": ""}, "item_code is '': it must be 1 to 50 bytes of text"),
    ({"item_code": "药" * 17}, "it must be 1 to 50 bytes of text"),
    ({"item_name": "a\x00b"}, "it must hold no control characters"),
    ({"valid_from": "2026/1/1"}, "valid_from is '2026/1/1': it must be a date YYYY-MM-DD"),
    ({"valid_from": ""}, "valid_from is '': it must be a date YYYY-MM-DD"),
    (
        {"valid_to": "2025-12-30"},
        "valid_to is '2025-12-30': it must not be before valid_from; the day before withdraws",
    ),
    ({"deductible_exempt": "yes"}, "deductible_exempt is 'yes': write true or false, or leave empty"),
]


@pytest.mark.parametrize(("change", "message"), LINES, ids=[str(row[0])[:40] for row in LINES])
def test_a_line_with_a_fault_is_named_with_the_mend(change: dict[str, str], message: str, tmp_path: Path) -> None:
    good = dict(zip(HEADER.split(","), GOOD.split(","), strict=True))
    out = io.StringIO()
    csv.writer(out).writerow((good | change).values())
    found = read(tmp_path, f"{HEADER}\n{GOOD}\n{out.getvalue()}")
    assert [problem.line_no for problem in found.problems] == [3]
    assert message in found.problems[0].message
    assert len(found.entries) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the header lacks region_code, item_code, class, self_pay_ppm, valid_from"),
        ("\n", "line 1: the header lacks"),
        ("region_code,item_code,class,valid_from\n", "line 1: the header lacks self_pay_ppm"),
        (GOOD, "line 1: column '110100' is unknown: columns are region_code"),
        ("region,item_code\n", "line 1: column 'region' is unknown: did you mean region_code?"),
        (f"{HEADER},class\n", "line 1: the header has a column twice"),
        (f'{HEADER}\n{GOOD}\n110100,"X2,A\n', "line 3: not CSV"),
        (
            f"{HEADER}\n".encode() + GOOD.replace("药", "药品项目").encode("gbk"),
            "line 2 is not UTF-8: save the file as CSV UTF-8, not as GBK",
        ),
    ],
)
def test_what_is_no_catalogue_is_said_in_one_line(text: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(CsvUnusable) as caught:
        read(tmp_path, text)
    assert message in str(caught.value) and str(tmp_path / "catalogue.csv") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    two_lines = '110100,X2,B,100000,2026-01-01,,,,"two\nlines"'
    found = read(tmp_path, f"{HEADER}\n{GOOD}\n\n{two_lines}\n{GOOD},surplus\n110100,short\n{GOOD}\n")
    assert [(problem.line_no, problem.message) for problem in found.problems] == [
        (4, "item_name is 'two\\nlines': it must hold no control characters"),
        (6, "has 10 values, the header has 9 columns: check commas and quotes"),
        (7, "has 2 values, the header has 9 columns: check commas and quotes"),
    ]
    assert [entry.line_no for entry in found.entries] == [2, 8]


def test_one_item_from_one_day_on_is_said_once(tmp_path: Path) -> None:
    other, later = GOOD.replace("100000", "200000"), GOOD.replace("2026-01-01", "2026-02-01")
    found = read(tmp_path, "\n".join([HEADER, GOOD, later, other, GOOD, GOOD.replace("110100", "310100")]))
    assert [(problem.line_no, problem.message) for problem in found.problems] == [
        (4, "names the item and valid_from of line 2 with other values: keep one of them")
    ]
    assert [entry.line_no for entry in found.entries] == [2, 3, 5, 6]


def test_a_hopeless_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    found = read(tmp_path, "\n".join([HEADER, *["110100"] * (PROBLEMS_MAX + 50)]))
    assert len(found.problems) == PROBLEMS_MAX


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: f"{HEADER}\n{text}".encode())))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    try:
        found = read(tmp_path_factory.getbasetemp(), text)
    except CsvUnusable as error:
        assert str(error)
    else:
        assert all(problem.line_no > 1 and problem.message for problem in found.problems)


VALUES = st.fixed_dictionaries(
    {
        "item_name": st.text(st.characters(exclude_categories=("C", "Z")), max_size=20),
        "class": st.sampled_from("ABC"),
        "ppm": st.integers(0, 1_000_000),
        "limit": st.one_of(st.none(), st.integers(0, 100_000_000_000)),
        "exempt": st.booleans(),
    }
)


@given(st.lists(VALUES, max_size=20))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER.split(","))
    for number, row in enumerate(rows):
        ppm = {"A": 0, "B": row["ppm"], "C": 1_000_000}[row["class"]]
        limit = "" if row["limit"] is None else row["limit"]
        values = ("110100", f"X{number}", row["class"], ppm, "2026-01-01", "", limit, row["exempt"], row["item_name"])
        writer.writerow(values)
    found = read(tmp_path_factory.getbasetemp(), out.getvalue())
    assert found.problems == []
    for row, entry in zip(rows, found.entries, strict=True):
        message = entry.message
        assert " ABC"[message.item_class] == row["class"]
        assert (message.item_name, message.deductible_exempt) == (row["item_name"], row["exempt"])
        assert (message.price_limit_fen if message.HasField("price_limit_fen") else None) == row["limit"]


def test_check_names_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.csv"
    path.write_text("\n".join([HEADER, GOOD, *[f"110100,Y{number},D,0,2026-01-01,,,," for number in range(120)]]))
    assert main(["catalogue", "check", str(path)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith(f"{path}:3: class is 'D': write A, B or C\n") and err == ""
    assert out.endswith(f"{path}: 120 lines have problems: the first 100 are shown\n")
    assert main(["catalogue", "check", str(ROOT / "policies" / "catalogue.csv")]) == 0
    assert "ok (26 entries)" in capsys.readouterr().out
    assert main(["catalogue", "check", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err.endswith("none.csv: cannot be read: No such file or directory\n")
    assert main(["catalogue", "check", str(tmp_path)]) == 2
