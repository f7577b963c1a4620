"""The lines of a new bill: classified by the catalogue of the treatment region, else by the institution.

What the catalogue says of an item is what counts. What the institution says of a listed item changes no money: where it
differs, the line is marked, or refused where the region's policy says so.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from core.order import Order
from core.split import line_natures, natures
from core.words import KIND_CASH_ONLY
from gateway.catalogue.cache import Catalogue
from gateway.catalogue.entries import NO_LIMIT, Entries, Terms, entries_of, holding
from gateway.clock import day_text
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import enums_pb2, types_pb2
from gateway.reasons import Reason
from gateway.stores.base import CatalogueRow

_PPM = 1_000_000
_UNIT = 10_000  # of quantity_ten_thousandths
_LINE_LIMIT_MAX_FEN = 100_000_000_000  # MONEY_MAX_FEN: no line costs more

CoreLine = tuple[int, int, int, int, bool]  # as core.split.natures takes it


class Strictness(NamedTuple):
    """What a region's policy refuses: lines without an entry, lines that the institution classifies otherwise."""

    refuses_unlisted: bool
    refuses_differing: bool


def strictness_of(document: Mapping[str, Any] | None) -> Strictness:
    """What the policy document of a treatment region says under `catalogue`; it marks where it says nothing."""
    said = (document or {}).get("catalogue") or {}
    return Strictness(said.get("unlisted") == "refuse", said.get("differing") == "refuse")


class BillLines:
    """The lines and diagnoses of one CreateOrder on their way through a batch; asked in the order of the methods."""

    def __init__(
        self, lines: Sequence[types_pb2.OrderLine], diagnoses: Sequence[types_pb2.Diagnosis], catalogue: Catalogue
    ) -> None:
        self._lines = lines
        self._diagnoses = diagnoses
        self._catalogue = catalogue
        self._codes = list(dict.fromkeys(line.item_code for line in lines))
        self._entries: dict[str, Entries] = {}

    def missing(self, region: int) -> set[tuple[int, str]]:
        """The items that are not in memory, for the batch to load."""
        self._entries = self._catalogue.known(region, self._codes)
        return {(region, code) for code in self._codes if code not in self._entries}

    def take(self, region: int, found: Mapping[tuple[int, str], list[CatalogueRow]]) -> None:
        """Takes what the batch has loaded, also that an item is not listed."""
        for code in [code for code in self._codes if code not in self._entries]:
            self._entries[code] = entries_of(found.get((region, code), ()))
            self._catalogue.learn(region, code, self._entries[code])

    def price(self, order: Order, strictness: Strictness) -> types_pb2.InstitutionDetail:
        """Writes the bill by nature into an order, and gives its lines with what classified each and what it is.

        Raises:
            Refusal: ITEM_NOT_LISTED, CLASSIFICATION_DIFFERS; FIELD_INVALID where a quantity has to be told;
                AMOUNT_OUT_OF_RANGE when the hospital is to bear more than is out of scope.
        """
        if order.kind == KIND_CASH_ONLY:
            strictness = Strictness(refuses_unlisted=False, refuses_differing=False)  # no insurance has part in it
        detail = types_pb2.InstitutionDetail(lines=self._lines, diagnoses=self._diagnoses)
        for line in self._lines:
            terms = holding(self._entries[line.item_code], order.service_day)
            said = classification(line, terms)
            _check(line, said, order, strictness)
            detail.line_classifications.append(said)
        core_lines = core_lines_of(detail)
        whole = natures(core_lines)
        order.total_fen, order.full_self_pay_fen = whole.total_fen, whole.full_self_pay_fen
        order.over_limit_fen, order.class_b_self_pay_fen = whole.over_limit_fen, whole.class_b_self_pay_fen
        order.in_scope_fen, order.deductible_base_fen = whole.in_scope_fen, whole.deductible_base_fen
        _check_hospital_borne(order)
        for line, nature in zip(self._lines, line_natures(core_lines), strict=True):
            detail.line_natures.add(
                line_no=line.line_no,
                natures=types_pb2.Natures(
                    total_fen=line.amount_fen,
                    full_self_pay_fen=nature.full_self_pay_fen,
                    over_limit_fen=nature.over_limit_fen,
                    class_b_self_pay_fen=nature.class_b_self_pay_fen,
                    in_scope_fen=nature.in_scope_fen,
                ),
            )
        return detail


def classification(line: types_pb2.OrderLine, terms: Terms | None) -> types_pb2.LineClassification:
    """What classifies a line: an entry of the catalogue, or without one the institution.

    Raises:
        Refusal: FIELD_INVALID: the entry has a price limit a unit and the line no quantity.
    """
    if terms is None:
        return types_pb2.LineClassification(line_no=line.line_no, source=enums_pb2.CLASSIFICATION_SOURCE_INSTITUTION)
    said = types_pb2.LineClassification(
        line_no=line.line_no,
        source=enums_pb2.CLASSIFICATION_SOURCE_CATALOGUE,
        item_class=terms.item_class,
        self_pay_ppm=terms.self_pay_ppm,
        deductible_exempt=bool(terms.deductible_exempt),
        valid_from=day_text(terms.valid_from),
    )
    if terms.price_limit_fen != NO_LIMIT and terms.self_pay_ppm != _PPM:
        if not line.quantity_ten_thousandths:
            rule = "must be told where the catalogue has a price limit"
            field, message = "lines.quantity_ten_thousandths", f"of line {line.line_no} {rule}"
            raise Refusal(Reason.FIELD_INVALID, f"{field} {message}", field=field, rule=rule, line_no=line.line_no)
        said.price_limit_fen = line_limit_fen(terms.price_limit_fen, line.quantity_ten_thousandths)
    said.differs = bool(difference(line, said))
    return said


def line_limit_fen(unit_fen: int, quantity_ten_thousandths: int) -> int:
    """The price limit of a line: of a unit times the quantity, half-up to the fen, at most what any line may cost."""
    return min((unit_fen * quantity_ten_thousandths * 2 + _UNIT) // (2 * _UNIT), _LINE_LIMIT_MAX_FEN)


def difference(line: types_pb2.OrderLine, said: types_pb2.LineClassification) -> str:
    """The first field in which the institution differs from the catalogue so that it matters; empty without one."""
    if not line.item_class:
        return ""
    theirs, ours = _core_line(line.amount_fen, line), _core_line(line.amount_fen, said)
    if theirs[1] != ours[1]:
        return "lines.item_class"
    if _share_ppm(theirs) != _share_ppm(ours):
        return "lines.self_pay_ppm"
    if _share_ppm(ours) == _PPM:
        return ""  # wholly self-paid: neither limit nor exemption matters
    if _over_fen(theirs) != _over_fen(ours):
        return "lines.price_limit_fen"
    return "lines.deductible_exempt" if theirs[4] != ours[4] else ""


def core_lines_of(detail: types_pb2.InstitutionDetail) -> list[CoreLine]:
    """Classified lines as the core takes them."""
    return [
        _core_line(line.amount_fen, said if said.source == enums_pb2.CLASSIFICATION_SOURCE_CATALOGUE else line)
        for line, said in zip(detail.lines, detail.line_classifications, strict=True)
    ]


def _core_line(amount_fen: int, said: types_pb2.OrderLine | types_pb2.LineClassification) -> CoreLine:
    limit_fen = said.price_limit_fen if said.HasField("price_limit_fen") else NO_LIMIT
    return amount_fen, said.item_class, said.self_pay_ppm, limit_fen, said.deductible_exempt


def _share_ppm(line: CoreLine) -> int:
    return _PPM if line[1] == enums_pb2.ITEM_CLASS_C else line[2]


def _over_fen(line: CoreLine) -> int:
    return 0 if line[3] == NO_LIMIT else max(0, line[0] - line[3])


def _check(line: types_pb2.OrderLine, said: types_pb2.LineClassification, order: Order, strictness: Strictness) -> None:
    """Refuses a line that has no class at all, or that the region's policy does not take."""
    if said.source == enums_pb2.CLASSIFICATION_SOURCE_INSTITUTION:
        if strictness.refuses_unlisted or not line.item_class:
            what = "no entry" if line.item_class else "no entry, and the institution no class,"
            raise _refusal(Reason.ITEM_NOT_LISTED, what, "lines.item_code", line, order)
    elif said.differs and strictness.refuses_differing:
        field = difference(line, said)
        what = f"another {field.removeprefix('lines.')}"
        raise _refusal(Reason.CLASSIFICATION_DIFFERS, what, field, line, order)


def _check_hospital_borne(order: Order) -> None:
    """The hospital bears what is out of scope, of which only the classified lines tell how much there is."""
    most_fen = order.total_fen - order.in_scope_fen
    if order.kind != KIND_CASH_ONLY and order.hospital_borne_fen > most_fen:
        raise Refusal(
            Reason.AMOUNT_OUT_OF_RANGE,
            f"hospital_borne_fen must be 0 to {most_fen} fen, which is what is out of scope",
            field="hospital_borne_fen",
            minimum=0,
            maximum=most_fen,
        )


def _refusal(reason: Reason, what: str, field: str, line: types_pb2.OrderLine, order: Order) -> Refusal:
    # By its number: what the item is stays out of an error that may be shown or logged anywhere.
    region, date = f"{order.treatment_region:06d}", day_text(order.service_day)
    return Refusal(
        reason,
        f"the catalogue of region {region} has {what} for line {line.line_no} on {date}",
        field=field,
        line_no=line.line_no,
        region_code=region,
        service_date=date,
    )
