"""A bill or a refund of one taken apart: the numbers for the core, the texts, and the clinical lines."""

from typing import Any, NamedTuple

from core.order import Order
from gateway.catalogue.cache import Catalogue
from gateway.catalogue.lines import BillLines
from gateway.engine.work import InstitutionRow, OrderTexts
from gateway.errors import Refusal, invalid
from gateway.pb.medsettle.v1 import enums_pb2, types_pb2
from gateway.pb.medsettle.v1.payment_service_pb2 import CreateOrderRequest, RefundRequest, ReturnedLine
from gateway.reasons import Reason
from gateway.servicers import fields

_BLOB_SIZE_MAX = 2048
_LINES_MAX = 2000


class Bill(NamedTuple):
    """A checked bill."""

    order: Order
    texts: OrderTexts
    lines: BillLines


def bill_of(
    request: CreateOrderRequest, institution: InstitutionRow, order_code_hash: bytes, catalogue: Catalogue
) -> Bill:
    """Checks every field of a new order. What its lines are is for the batch to find out, in the catalogue of then.

    Raises:
        Refusal: FIELD_INVALID, AMOUNT_OUT_OF_RANGE, or LINES_DO_NOT_ADD_UP when the lines are not the total.
    """
    _check_texts(request)
    _check_diagnoses(request.diagnoses)
    if request.credential_kind:
        fields.choice("credential_kind", request.credential_kind, enums_pb2.CredentialKind)
    fields.fen("total_fen", request.total_fen, 1)
    order = Order(
        institution_id=institution.institution_key,
        level=institution.level,
        treatment_region=institution.region,
        kind=fields.choice("kind", request.kind, enums_pb2.OrderKind),
        scenario=fields.choice("scenario", request.scenario, enums_pb2.Scenario),
        service=fields.choice("service", request.service, enums_pb2.Service),
        referral=fields.choice("referral", request.referral, enums_pb2.Referral),
        service_day=fields.day(fields.date("service_date", request.service_date)),
        stay_number=_stay_number(request),
        expires_at_ms=fields.at_ms("expires_at_ms", request.expires_at_ms) if request.expires_at_ms else 0,
        binding_id=(
            fields.number_of_id("binding_id", "b", request.binding_id, Reason.BINDING_NOT_FOUND)
            if request.binding_id
            else 0
        ),
        hospital_borne_fen=fields.fen("hospital_borne_fen", request.hospital_borne_fen, 0, request.total_fen),
        cash_additions_fen=_adjustments("cash_additions", request.cash_additions, enums_pb2.CashAdditionKind),
        cash_reductions_fen=_adjustments("cash_reductions", request.cash_reductions, enums_pb2.CashReductionKind),
    )
    _check_lines(request)
    bill = CreateOrderRequest()
    bill.CopyFrom(request)
    for name in ("request_id", "lines", "diagnoses"):
        bill.ClearField(name)
    texts = OrderTexts(request.institution_order_no, None, order_code_hash, bill.SerializeToString(), "")
    return Bill(order, texts, BillLines(request.lines, request.diagnoses, catalogue))


def _check_texts(request: CreateOrderRequest) -> None:
    fields.text("institution_order_no", request.institution_order_no, 1, 64)
    fields.text("title", request.title, 1, 64)
    fields.text("operator", request.operator, 0, 64)
    fields.text("terminal", request.terminal, 0, 64)
    fields.text("geo_location", request.geo_location, 0, 40)
    for name in ("attach", "passthrough_request_content"):
        if len(getattr(request, name).encode()) > _BLOB_SIZE_MAX:
            raise invalid(name, f"must be at most {_BLOB_SIZE_MAX} bytes")
    for descriptor, value in request.references.ListFields():
        fields.text(f"references.{descriptor.name}", value, 0, 64)


def _check_diagnoses(diagnoses: Any) -> None:
    if len(diagnoses) > 20:
        raise invalid("diagnoses", "must be at most 20")
    for diagnosis in diagnoses:
        fields.text("diagnoses.code", diagnosis.code, 1, 30)
        fields.text("diagnoses.name", diagnosis.name, 0, 255)
    if sum(diagnosis.main for diagnosis in diagnoses) > 1:
        raise invalid("diagnoses.main", "must be true of one at most")


def _stay_number(request: CreateOrderRequest) -> int:
    if not request.HasField("stay_number"):
        return 0
    if request.service != enums_pb2.SERVICE_INPATIENT:
        raise invalid("stay_number", "is for inpatient services only")
    if not 1 <= request.stay_number <= 99:
        raise invalid("stay_number", "must be 1 to 99")
    return request.stay_number


def _adjustments(field: str, items: Any, kinds: object) -> int:
    if len(items) > 10:
        raise invalid(field, "must be at most 10")
    for item in items:
        fields.choice(f"{field}.kind", item.kind, kinds)
        fields.fen(f"{field}.amount_fen", item.amount_fen, 1)
    return fields.fen(field, sum(item.amount_fen for item in items))


def _check_lines(request: CreateOrderRequest) -> None:
    if not 1 <= len(request.lines) <= _LINES_MAX:
        raise invalid("lines", f"must be 1 to {_LINES_MAX}")
    numbers = set()
    for line in request.lines:
        _check_line(line)
        numbers.add(line.line_no)
    if len(numbers) != len(request.lines):
        raise invalid("lines.line_no", "must be unique in the order")
    lines_fen = sum(line.amount_fen for line in request.lines)
    if lines_fen != request.total_fen:
        raise Refusal(
            Reason.LINES_DO_NOT_ADD_UP,
            f"the lines add up to {lines_fen} fen, total_fen says {request.total_fen}: correct one",
            field="total_fen",
            lines_fen=lines_fen,
            total_fen=request.total_fen,
        )


def _check_line(line: types_pb2.OrderLine) -> None:
    fields.text("lines.line_no", line.line_no, 1, 30)
    fields.text("lines.item_code", line.item_code, 1, 50)
    fields.text("lines.item_name", line.item_name, 1, 128)
    fields.text("lines.institution_item_code", line.institution_item_code, 0, 64)
    fields.text("lines.prescription_no", line.prescription_no, 0, 64)
    if line.item_class:
        fields.choice("lines.item_class", line.item_class, enums_pb2.ItemClass)
    fields.fen("lines.amount_fen", line.amount_fen)
    if not 0 <= line.self_pay_ppm <= 1_000_000:
        raise invalid("lines.self_pay_ppm", "must be 0 to 1,000,000")
    if line.HasField("price_limit_fen"):
        fields.fen("lines.price_limit_fen", line.price_limit_fen)
    for name in ("quantity_ten_thousandths", "unit_price_micro_yuan"):
        if getattr(line, name) < 0:
            raise invalid(f"lines.{name}", "must not be negative")
    if len(line.trace_codes) > 100 or any(len(code.encode()) > 64 for code in line.trace_codes):
        raise invalid("lines.trace_codes", "must be at most 100 of up to 64 bytes")


def refunded_parts(request: RefundRequest) -> tuple[int, tuple[ReturnedLine, ...]]:
    """What a refund names beside its kind: (amount of cash in fen, lines); whether the order has them the batch finds.

    Raises:
        Refusal: REFUND_FIELDS_MISMATCH when they are none of its kind, or missing; FIELD_INVALID, AMOUNT_OUT_OF_RANGE.
    """
    of_cash, by_lines = request.kind == enums_pb2.REFUND_KIND_CASH, request.kind == enums_pb2.REFUND_KIND_LINES
    if of_cash != (request.amount_fen != 0):
        message = "a refund of CASH needs amount_fen, and only it does"
        raise Refusal(Reason.REFUND_FIELDS_MISMATCH, message, field="amount_fen")
    if by_lines != bool(request.returned_lines):
        message = "a refund of LINES needs returned_lines, and only it does"
        raise Refusal(Reason.REFUND_FIELDS_MISMATCH, message, field="returned_lines")
    if of_cash:
        fields.fen("amount_fen", request.amount_fen, 1)
    if len(request.returned_lines) > _LINES_MAX:
        raise invalid("returned_lines", f"must be 1 to {_LINES_MAX}")
    for line in request.returned_lines:
        fields.text("returned_lines.line_no", line.line_no, 1, 30)
        if line.HasField("amount_fen"):
            fields.fen("returned_lines.amount_fen", line.amount_fen, 1)
        if line.quantity_ten_thousandths < 0:
            raise invalid("returned_lines.quantity_ten_thousandths", "must not be negative")
    return request.amount_fen, tuple(request.returned_lines)
