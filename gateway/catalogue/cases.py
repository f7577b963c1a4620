"""Worked cases whose lines name items: each line classified by a catalogue, as a gateway would classify it."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from gateway.catalogue.csv_file import CsvEntry
from gateway.catalogue.entries import NO_LIMIT, Entries, Terms, entries_of, holding
from gateway.catalogue.lines import line_limit_fen
from gateway.clock import day
from gateway.stores.base import CatalogueRow

_PPM = 1_000_000
_CLASSES = {1: "A", 2: "B", 3: "C"}
_OF_ITEMS = ("item_code", "quantity_ten_thousandths")


class LineUnclassified(ValueError):
    """A line of a case that a catalogue cannot classify; one line of text."""


def classifier(entries: Iterable[CsvEntry]) -> Callable[[Any], Any]:
    """What gives a case with the catalogue's class, ratio, limit and exemption in each line that names an item.

    A line may leave `class` out where its item is listed. What it says of a listed item does not count. Whatever is
    wrong with a case otherwise is left to who reads it.
    """
    rows: dict[tuple[str, str], list[CatalogueRow]] = {}
    for entry in sorted(entries, key=lambda entry: entry.facts.valid_from):
        row = entry.facts.row(0)
        forms = rows.setdefault((f"{row.region:06d}", row.item_code), [])
        if row not in forms:
            forms.append(row)
    items = {key: entries_of(forms) for key, forms in rows.items()}

    def classify(case: Any) -> Any:
        if not isinstance(case, dict) or not isinstance(case.get("lines"), list):
            return case
        try:
            region, service_day = case["treatment_region"], day(date.fromisoformat(case["service_date"]))
        except (KeyError, TypeError, ValueError):
            return case
        if not isinstance(region, str):
            return case
        lines = [
            _classified(items, region, service_day, line, index) if isinstance(line, dict) else line
            for index, line in enumerate(case["lines"])
        ]
        return case | {"lines": lines}

    return classify


def _classified(
    items: dict[tuple[str, str], Entries], region: str, service_day: int, line: dict[str, Any], index: int
) -> dict[str, Any]:
    code = line.get("item_code")
    if not isinstance(code, str):
        return line
    terms = holding(items.get((region, code), ()), service_day)
    rest = {name: value for name, value in line.items() if name not in _OF_ITEMS}
    if terms is None:
        if "class" not in line:
            why = f"is not in the catalogue of region {region} on that day: list it, or write the line's class"
            raise LineUnclassified(f"lines[{index}].item_code: {code!r} {why}")
        return rest
    limit_fen = _limit_fen(terms, line, index)
    return rest | {
        "class": _CLASSES[terms.item_class],
        "self_pay_ppm": terms.self_pay_ppm,
        "price_limit_fen": limit_fen,
        "deductible_exempt": bool(terms.deductible_exempt),
    }


def _limit_fen(terms: Terms, line: dict[str, Any], index: int) -> int | None:
    if terms.price_limit_fen == NO_LIMIT or terms.self_pay_ppm == _PPM:
        return None
    quantity = line.get("quantity_ten_thousandths")
    if type(quantity) is not int or quantity <= 0:
        path = f"lines[{index}].quantity_ten_thousandths"
        raise LineUnclassified(f"{path}: the item has a price limit: write how many, 10000 for one")
    return line_limit_fen(terms.price_limit_fen, quantity)
