"""Catalogues of treatment regions: entries put a message a time, and one item read."""

from collections.abc import Sequence
from typing import NamedTuple

from core.commands import Result
from gateway.catalogue.cache import Catalogue
from gateway.catalogue.entries import NO_END, NO_LIMIT, entries_of, holding
from gateway.clock import china_day, day_text
from gateway.engine.work import Desk, Needs, Work
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.reasons import Reason
from gateway.security.request_key import Key
from gateway.stores.base import CatalogueRow, Reads
from gateway.works.people import ImportWork, RowFault


class CatalogueFacts(NamedTuple):
    """A checked row of PutCatalogue; `content` are the columns of its table after the batch."""

    row_no: int
    region: int
    item_code: str
    valid_from: int
    content: tuple[int, int, int, int, int, str]

    def row(self, batch: int) -> CatalogueRow:
        """The row that a batch puts."""
        return CatalogueRow(self.region, self.item_code, self.valid_from, batch, *self.content)


class PutCatalogue(ImportWork):
    """Entries added, or put anew beside their earlier forms."""

    method = "PutCatalogue"

    def __init__(
        self,
        party_key: int,
        rows: Sequence[CatalogueFacts],
        faults: Sequence[RowFault],
        catalogue: Catalogue,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(party_key, faults, key, deadline)
        self.locks = frozenset({"catalogue"})
        self._rows = rows
        self._catalogue = catalogue
        self._stored: dict[tuple[int, str], list[CatalogueRow]] = {}

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """What is put of these items already."""
        self._stored = store.catalogue({(row.region, row.item_code) for row in self._rows})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Puts what is new or says something else."""
        self.start(len(self._rows))
        stored = {row[:3]: row[4:] for rows in self._stored.values() for row in rows}
        in_message: dict[tuple[int, str, int], tuple[int | str, ...]] = {}
        puts = []
        for row in self._rows:
            key = (row.region, row.item_code, row.valid_from)
            before = in_message.get(key, stored.get(key))
            if before == row.content:
                self._counts.unchanged_count += 1
                continue
            if key in in_message:
                what = "item_code must not come twice in a message with one valid_from and other content"
                self.refuse(row.row_no, Reason.FIELD_INVALID, what, "item_code")
                continue
            if before is None:
                self._counts.created_count += 1
            else:
                self._counts.updated_count += 1
            in_message[key] = row.content
            puts.append(row.row(desk.batch))
        desk.store.insert_catalogue(puts)
        return pb.PutCatalogueResponse(counts=self.counts(), errors=self.errors()).SerializeToString()

    def committed(self) -> None:
        """The next batch reads these items anew."""
        self._catalogue.forget((row.region, row.item_code) for row in self._rows)


class ReadCatalogueItem(Work):
    """All entries of an item, and the one that holds on a day."""

    method = "GetCatalogueItem"

    def __init__(self, caller_key: int, region: int, item_code: str, day: int | None, deadline: float | None) -> None:
        super().__init__(caller_key, None, deadline)
        self._region = region
        self._item_code = item_code
        self._day = day

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The entries as they were put last."""
        key = (self._region, self._item_code)
        rows = desk.store.catalogue([key]).get(key)
        if not rows:
            code = f"{self._region:06d}"
            message = f"region {code} has no item with this item_code"
            raise Refusal(Reason.ITEM_NOT_FOUND, message, field="item_code", region_code=code)
        day = china_day(desk.found.now_ms) if self._day is None else self._day
        response = pb.GetCatalogueItemResponse(entries=map(entry_message, rows))
        terms = holding(entries_of(rows), day)
        if terms is not None:
            row = next(row for row in rows if row.valid_from == terms.valid_from)
            response.holding.CopyFrom(entry_message(row))
        return response.SerializeToString()


def entry_message(row: CatalogueRow) -> pb.CatalogueEntry:
    """An entry as callers see it."""
    return pb.CatalogueEntry(
        region_code=f"{row.region:06d}",
        item_code=row.item_code,
        item_name=row.item_name,
        item_class=row.item_class,
        self_pay_ppm=row.self_pay_ppm,
        price_limit_fen=None if row.price_limit_fen == NO_LIMIT else row.price_limit_fen,
        deductible_exempt=bool(row.deductible_exempt),
        valid_from=day_text(row.valid_from),
        valid_to="" if row.valid_to == NO_END else day_text(row.valid_to),
    )
