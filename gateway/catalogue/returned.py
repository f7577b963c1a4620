"""Lines that come back: what is left of each after the refunds so far, and what the bill is without them.

A line that comes back in part keeps its class and ratio; its price limit shrinks with its amount, because a limit is
one of a quantity, and part of a line is part of its quantity. So what is kept of a bill follows from how much is left
of each line, whichever refunds took the rest.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.split import natures
from gateway.catalogue.entries import NO_LIMIT
from gateway.catalogue.lines import CoreLine, core_lines_of
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import payment_service_pb2, types_pb2
from gateway.reasons import Reason

ReturnedLine = payment_service_pb2.ReturnedLine


class Kept(NamedTuple):
    """The bill of the lines that are kept, by nature, in fen; the core's `kept` of a refund by lines."""

    full_self_pay_fen: int
    over_limit_fen: int
    class_b_self_pay_fen: int
    in_scope_fen: int
    deductible_base_fen: int


def lines_taken_back(
    detail: types_pb2.InstitutionDetail, earlier: Iterable[ReturnedLine], wanted: Iterable[ReturnedLine]
) -> list[ReturnedLine]:
    """What a refund takes back, with every amount written out.

    Args:
        detail: the lines of the order, as they were classified when it was created.
        earlier: what earlier refunds of the order took back.
        wanted: what the institution asks for.
    Raises:
        Refusal: REFUND_LINE_UNKNOWN, REFUND_LINE_EXCEEDED, REFUND_LINE_INCOMPLETE.
    """
    amounts, quantities = _sums(earlier)
    lines = {line.line_no: line for line in detail.lines}
    taken = []
    for back in wanted:
        line = lines.pop(back.line_no, None)
        if line is None:
            message = f"the order has no line {back.line_no}: name lines by their line_no, each once"
            field = "returned_lines.line_no"
            raise Refusal(Reason.REFUND_LINE_UNKNOWN, message, field=field, line_no=back.line_no)
        left_fen = line.amount_fen - amounts[line.line_no]
        left_quantity = line.quantity_ten_thousandths - quantities[line.line_no]
        taken.append(_taken(back, left_fen, left_quantity))
    return taken


def kept_bill(detail: types_pb2.InstitutionDetail, returned: Iterable[ReturnedLine]) -> Kept:
    """The bill by nature of what is left of an order's lines after all that came back."""
    whole = natures(kept_core_lines(core_lines_of(detail), detail, returned))
    return Kept._make(getattr(whole, name) for name in Kept._fields)


def kept_core_lines(
    lines: Sequence[CoreLine], detail: types_pb2.InstitutionDetail, returned: Iterable[ReturnedLine]
) -> list[CoreLine]:
    """The lines, as the core takes them, with what is left of each."""
    amounts, _ = _sums(returned)
    return [
        _kept(core_line, core_line[0] - amounts[line.line_no])
        for core_line, line in zip(lines, detail.lines, strict=True)
    ]


def _kept(line: CoreLine, kept_fen: int) -> CoreLine:
    amount_fen, item_class, self_pay_ppm, limit_fen, exempt = line
    if limit_fen != NO_LIMIT and amount_fen:
        limit_fen = (2 * limit_fen * kept_fen + amount_fen) // (2 * amount_fen)
    return kept_fen, item_class, self_pay_ppm, limit_fen, exempt


def _sums(returned: Iterable[ReturnedLine]) -> tuple[Counter[str], Counter[str]]:
    """(fen, quantity) that came back so far, by line_no."""
    amounts: Counter[str] = Counter()
    quantities: Counter[str] = Counter()
    for back in returned:
        amounts[back.line_no] += back.amount_fen
        quantities[back.line_no] += back.quantity_ten_thousandths
    return amounts, quantities


def _taken(back: ReturnedLine, left_fen: int, left_quantity: int) -> ReturnedLine:
    """One line's part, whole where no amount is told."""
    if not back.HasField("amount_fen"):
        if back.quantity_ten_thousandths:
            raise _incomplete(back, f"a quantity of line {back.line_no} needs its amount_fen")
        if left_fen == 0:
            raise _exceeded(back, "amount_fen", left_fen, 0)
        return ReturnedLine(line_no=back.line_no, amount_fen=left_fen, quantity_ten_thousandths=max(left_quantity, 0))
    if back.amount_fen > left_fen:
        raise _exceeded(back, "amount_fen", left_fen, back.amount_fen)
    if not back.quantity_ten_thousandths:
        return back
    if left_quantity <= 0:
        raise _incomplete(back, f"no quantity of line {back.line_no} is left to come back: leave it out")
    if back.quantity_ten_thousandths > left_quantity:
        raise _exceeded(back, "quantity_ten_thousandths", left_quantity, back.quantity_ten_thousandths)
    if (back.quantity_ten_thousandths == left_quantity) != (back.amount_fen == left_fen):
        raise _incomplete(back, f"of line {back.line_no} come back all of amount and quantity, or a part of both")
    return back


def _incomplete(back: ReturnedLine, message: str) -> Refusal:
    field = "returned_lines.quantity_ten_thousandths"
    return Refusal(Reason.REFUND_LINE_INCOMPLETE, message, field=field, line_no=back.line_no)


def _exceeded(back: ReturnedLine, name: str, left: int, asked: int) -> Refusal:
    unit = "fen" if name == "amount_fen" else "ten-thousandths"
    message = f"of line {back.line_no} are left {left} {unit}, not {asked}: refund what is left"
    values = {"line_no": back.line_no, f"left_{'fen' if unit == 'fen' else 'quantity'}": left, name: asked}
    return Refusal(Reason.REFUND_LINE_EXCEEDED, message, field=f"returned_lines.{name}", **values)
