"""Catalogues: entries that an import put, and lines that are classified as the catalogue of their time says."""

import sqlite3
from collections import Counter

from core.order import Order
from gateway.catalogue.entries import Terms, entries_of, holding
from gateway.catalogue.lines import classification
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import enums_pb2, types_pb2
from gateway.stores.base import CatalogueRow
from gateway.verify.report import Report
from gateway.verify.source import count

_PPM = 1_000_000
_FORMS_MAX = 200_000  # items in memory
_SELF_PAY_PPM: dict[int, tuple[int, int]] = {
    enums_pb2.ITEM_CLASS_A: (0, 0),
    enums_pb2.ITEM_CLASS_B: (0, _PPM),
    enums_pb2.ITEM_CLASS_C: (_PPM, _PPM),
}


class Catalogues:
    """The entries of the store in all their forms, read as they are asked for."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._forms: dict[tuple[int, str], list[CatalogueRow]] = {}

    def holding(self, region: int, item_code: str, day: int, batch: int) -> Terms | None:
        """The entry that held on a day for what was applied in a batch: as the batches before it had put it."""
        key = (region, item_code)
        forms = self._forms.get(key)
        if forms is None:
            query = "SELECT * FROM catalogue WHERE region = ? AND item_code = ? ORDER BY valid_from, batch"
            forms = [CatalogueRow(*row) for row in self._db.execute(query, key)]
            if len(self._forms) >= _FORMS_MAX:
                self._forms.clear()
            self._forms[key] = forms
        stood = {row.valid_from: row for row in forms if row.batch < batch}  # the last form of each
        return holding(entries_of(stood.values()), day)


def check_catalogue(db: sqlite3.Connection, report: Report, put_counts: dict[int, int]) -> Catalogues:
    """Every form of every entry; `put_counts` is how many the journal says that each batch put."""
    report.stage("catalogue_entries", count(db, "catalogue"))
    found: Counter[int] = Counter()
    for values in db.execute("SELECT * FROM catalogue"):
        row = CatalogueRow(*values)
        where = f"catalogue of {row.region:06d}, item {row.item_code}"
        low_ppm, high_ppm = _SELF_PAY_PPM.get(row.item_class, (0, -1))
        report.must(low_ppm <= row.self_pay_ppm <= high_ppm, where, "its ratio is none of its class")
        report.must(row.valid_to >= row.valid_from - 1, where, "it ends before it begins")
        report.must(row.price_limit_fen >= -1, where, "its price limit is below 0")
        found[row.batch] += 1
        report.step()
    for batch in sorted(found.keys() | put_counts.keys()):
        where = f"catalogue entries of batch {batch}"
        report.same(where, "their number", found[batch], put_counts.get(batch, 0), "the journal says")
    return Catalogues(db)


def check_classifications(
    order: Order, lines: bytes | None, batch: int, where: str, report: Report, catalogues: Catalogues
) -> None:
    """Each line of an order that a batch created is classified as the catalogue said then.

    Lines that cannot be read are a finding of the natures' check.
    """
    if lines is None:
        return
    try:
        detail = types_pb2.InstitutionDetail.FromString(lines)
    except Exception:  # told where the natures are checked
        return
    numbers = [line.line_no for line in detail.lines]
    report.same(
        where, "classified lines", [said.line_no for said in detail.line_classifications], numbers, "its lines are"
    )
    for line, said in zip(detail.lines, detail.line_classifications, strict=False):
        terms = catalogues.holding(order.treatment_region, line.item_code, order.service_day, batch)
        try:
            expected = classification(line, terms)
        except Refusal as refusal:
            report.wrong(where, f"line {line.line_no} would have been refused: {refusal.message}")
            continue
        names = [
            field.name
            for field in said.DESCRIPTOR.fields
            if getattr(said, field.name) != getattr(expected, field.name)
            or (field.has_presence and said.HasField(field.name) != expected.HasField(field.name))
        ]
        report.must(not names, where, f"line {line.line_no} is not as the catalogue said then: {', '.join(names)}")
        unclassed = said.source == enums_pb2.CLASSIFICATION_SOURCE_INSTITUTION and not line.item_class
        report.must(not unclassed, where, f"line {line.line_no} was classified by nobody")
