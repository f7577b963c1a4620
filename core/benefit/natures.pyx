"""A bill by nature: full self-pay, over limit, class-B self-pay and in scope.

Design
    Lines are added up exactly, in millionths of a fen, and rounded once for the bill: in scope half-up, class B the
    residual. The natures of single lines are whole fen that add up to the bill's, by largest remainder.

Invariants
    total = full self-pay + over limit + class B + in scope, every term >= 0. The lines of a bill are at most
    MONEY_MAX_FEN together, so that no sum of millionths leaves 64 bits.
"""

from typing import NamedTuple

from libc.stdint cimport int64_t
from libc.string cimport memset

from core.benefit.exact cimport PPM, half_up_ppm
from core.rules.words import MONEY_MAX_FEN

assert MONEY_MAX == MONEY_MAX_FEN


class LineNature(NamedTuple):
    """One line, or a whole bill, by nature; fen."""

    total_fen: int
    full_self_pay_fen: int
    over_limit_fen: int
    class_b_self_pay_fen: int
    in_scope_fen: int
    deductible_base_fen: int


def natures(list lines):
    """A bill's natures, rounded once over the bill: in scope half-up, class B the residual.

    Args:
        lines: (amount_fen, item class 1-3, self_pay_ppm, price_limit_fen or -1, deductible_exempt) each, all checked
            to be 0 or more; amounts at most MONEY_MAX_FEN together.
    Raises:
        ValueError: an amount out of range.
    """
    cdef Sums sums
    cdef Natures bill
    memset(&sums, 0, sizeof(Sums))
    for fields in lines:
        amount_fen, item_class, self_pay_ppm, price_limit_fen, deductible_exempt = fields
        refuse(add_line(&sums, amount_fen, item_class, self_pay_ppm, price_limit_fen, deductible_exempt))
    close_bill(&sums, &bill)
    return LineNature(bill.total_fen, bill.full_self_pay_fen, bill.over_limit_fen, bill.class_b_self_pay_fen,
                      bill.in_scope_fen, bill.deductible_base_fen)


def line_natures(list lines):
    """Each line's natures, in whole fen that add up to the bill's: its rounding spread by largest remainder.

    Args and errors as in `natures`. Ties go to the earlier line.
    """
    whole = natures(lines)
    cdef Sums line
    cdef int64_t spread = 0
    alone, floors, remainders = [], [], []
    for index, fields in enumerate(lines):
        amount_fen, item_class, self_pay_ppm, price_limit_fen, deductible_exempt = fields
        memset(&line, 0, sizeof(Sums))
        add_line(&line, amount_fen, item_class, self_pay_ppm, price_limit_fen, deductible_exempt)
        alone.append((line.full_self_pay_fen, line.over_limit_fen))
        floors.append(line.in_scope_ppm // PPM)
        remainders.append((-(line.in_scope_ppm % PPM), index))
        spread += line.in_scope_ppm // PPM
    for _, index in sorted(remainders)[:whole.in_scope_fen - spread]:
        floors[index] += 1
    return [
        LineNature(fields[0], full, over, fields[0] - full - over - scope, scope, 0 if fields[4] else scope)
        for (full, over), scope, fields in zip(alone, floors, lines)
    ]


def refuse(int fault):
    """Raises what is wrong with a line, if something is."""
    if fault == BAD_AMOUNT:
        raise ValueError(f"a line's amount must be 0 to {MONEY_MAX_FEN} fen")
    if fault == BAD_SELF_PAY:
        raise ValueError("a line's self-pay ratio must be 0 to 1,000,000 ppm")
    if fault == BAD_TOTAL:
        raise ValueError(f"the lines add up to more than {MONEY_MAX_FEN} fen")


cdef void close_bill(const Sums* sums, Natures* natures) noexcept nogil:
    """Rounds a bill: in scope half-up, class B the residual; nothing that the institution bears."""
    cdef int64_t scope = half_up_ppm(sums.in_scope_ppm)
    natures.total_fen = sums.total_fen
    natures.full_self_pay_fen = sums.full_self_pay_fen
    natures.over_limit_fen = sums.over_limit_fen
    natures.in_scope_fen = scope
    natures.class_b_self_pay_fen = sums.total_fen - sums.full_self_pay_fen - sums.over_limit_fen - scope
    natures.deductible_base_fen = min(scope, half_up_ppm(sums.in_scope_ppm - sums.exempt_ppm))
    natures.hospital_fen = 0
