"""`medsettle split --catalogue`: cases whose lines name items, and the page of docs that shows one."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import main

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "policies" / "catalogue.csv"
PAGE = (ROOT / "docs" / "rules" / "catalogues.md").read_text(encoding="utf-8")
CASE: dict[str, Any] = {
    "insured_region": "110100",
    "treatment_region": "110100",
    "scheme": "employee",
    "service": "outpatient",
    "service_date": "2026-07-15",
    "referral": "local",
    "institution": {"level": "level3"},
    "person": {"status": "active", "age": 40},
}
NATURES = ("full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")


def split(
    folder: Path, capsys: pytest.CaptureFixture[str], lines: Any, *options: str, **values: Any
) -> tuple[int, Any, str]:
    path = folder / "case.json"
    path.write_text(json.dumps(CASE | {"lines": lines} | values))
    status = main(["split", str(path), "--catalogue", str(SHIPPED), *options])
    out, err = capsys.readouterr()
    return status, json.loads(out) if status == 0 else out, err


STENT = {"item_code": "STENT", "amount_fen": 100_000, "quantity_ten_thousandths": 10_000}
LINES = [
    # a line, the service date, then full self-pay, over limit, class B, in scope
    ({"item_code": "DRUGS", "amount_fen": 5_000}, "2026-07-15", (0, 0, 0, 5_000)),
    ({"item_code": "IMPLANT", "amount_fen": 5_000}, "2026-07-15", (0, 0, 500, 4_500)),
    ({"item_code": "IMPLANT", "amount_fen": 5_000, "class": "C"}, "2026-07-15", (0, 0, 500, 4_500)),
    ({"item_code": "IMPLANT", "amount_fen": 5_000, "class": "B", "self_pay_ppm": 0, "price_limit_fen": 1},
     "2026-07-15", (0, 0, 500, 4_500)),
    ({"item_code": "SINGLE-ROOM", "amount_fen": 5_000}, "2026-07-15", (5_000, 0, 0, 0)),
    (STENT, "2026-07-15", (0, 28_000, 3_600, 68_400)),
    (STENT, "2026-06-30", (0, 20_000, 4_000, 76_000)),
    (STENT | {"quantity_ten_thousandths": 5_000}, "2026-07-15", (0, 64_000, 1_800, 34_200)),
    ({"item_code": "OTHER", "amount_fen": 5_000, "class": "A"}, "2026-07-15", (0, 0, 0, 5_000)),
    ({"amount_fen": 5_000, "class": "B", "self_pay_ppm": 200_000}, "2026-07-15", (0, 0, 1_000, 4_000)),
]  # fmt: skip


@pytest.mark.parametrize("twin", [[], ["--twin"]], ids=["compiled", "twin"])
@pytest.mark.parametrize(("line", "date", "expected"), LINES)
def test_lines_are_classified_by_the_file(
    line: dict[str, Any],
    date: str,
    expected: tuple[int, ...],
    twin: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, found, err = split(tmp_path, capsys, [line], *twin, service_date=date)
    assert (status, err) == (0, "")
    assert tuple(found[name] for name in NATURES) == expected


@pytest.mark.parametrize(
    ("lines", "values", "message"),
    [
        ([{"item_code": "OTHER", "amount_fen": 1}], {},
         "lines[0].item_code: 'OTHER' is not in the catalogue of region 110100 on that day"),
        ([{"item_code": "STENT", "amount_fen": 1}], {"service_date": "2024-12-31"}, "'STENT' is not in the catalogue"),
        ([{"item_code": "DRUGS", "amount_fen": 1}, {"item_code": "STENT", "amount_fen": 1}], {},
         "lines[1].quantity_ten_thousandths: the item has a price limit: write how many, 10000 for one"),
        ([{"item_code": "STENT", "amount_fen": 1, "quantity_ten_thousandths": 1.5}], {}, "write how many"),
        ([{"item_code": 7, "amount_fen": 1}], {}, "lines[0].class is missing"),
        (["DRUGS"], {}, "lines[0]"),
        ("DRUGS", {}, "lines"),
        ([{"item_code": "DRUGS", "amount_fen": 1}], {"service_date": "today"}, "service_date"),
        ([{"item_code": "DRUGS", "amount_fen": 1}], {"treatment_region": 5}, "treatment_region"),
    ],
)  # fmt: skip
def test_what_cannot_be_classified_is_said(
    lines: Any, values: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = split(tmp_path, capsys, lines, **values)
    assert (status, out) == (2, "")
    assert err.startswith("medsettle split: ") and message in err and err.count("\n") == 1


def test_a_limit_of_what_is_wholly_self_paid_needs_no_quantity(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue, case = tmp_path / "c.csv", tmp_path / "case.json"
    header = "region_code,item_code,class,self_pay_ppm,valid_from,price_limit_fen\n"
    catalogue.write_text(f"{header}110100,C,C,1000000,2026-01-01,5\n110100,B,B,1000000,2026-01-01,5\n")
    lines = [{"item_code": "C", "amount_fen": 100}, {"item_code": "B", "amount_fen": 10}]
    case.write_text(json.dumps(CASE | {"lines": lines}))
    assert main(["split", str(case), "--catalogue", str(catalogue)]) == 0
    assert json.loads(capsys.readouterr().out)["full_self_pay_fen"] == 110


def test_a_catalogue_that_cannot_be_used_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("region_code,item_code,class,self_pay_ppm,valid_from\n110100,X,D,0,2026-01-01\n")
    case = tmp_path / "case.json"
    case.write_text(json.dumps(CASE | {"lines": []}))
    for path, message in ((bad, "bad.csv:2: class is 'D': write A, B or C"), (tmp_path / "no.csv", "cannot be read")):
        assert main(["split", str(case), "--catalogue", str(path)]) == 2
        assert message in capsys.readouterr().err


def test_the_pages_example_is_what_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/rules/catalogues.md: its CSV is good, its case gives its table, its faulty line the message it shows."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)
    (text,) = (body for kind, body in blocks if kind == "csv")
    Path("catalogue.csv").write_text(text, encoding="utf-8")
    (case,) = (body for kind, body in blocks if kind == "json")
    Path("case.json").write_text(case, encoding="utf-8")
    assert main(["catalogue", "check", "catalogue.csv"]) == 0
    assert main(["split", "--table", "--catalogue", "catalogue.csv", "case.json"]) == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    (shown,) = (body for _, body in blocks if "medsettle split" in body)
    assert [line.rstrip() for line in shown.splitlines()[1:]] == printed[1:]
    Path("catalogue.csv").write_text(text.replace("440100,CT,CT,A,0", "440100,CT,CT,A,100000"), encoding="utf-8")
    assert main(["catalogue", "check", "catalogue.csv"]) == 1
    assert capsys.readouterr().out.strip() in PAGE
