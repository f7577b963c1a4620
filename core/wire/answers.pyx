"""The hot answers, written as bytes: a result of a BatchPay straight from the order in journal form.

Design
    What protobuf would make of the same values, field by field in the order of their numbers, those at their default
    left out; without a message in between.

Invariants
    The bytes are those of the message that the contract describes (tests compare the two for any order).
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint64_t

from core.order cimport Order, unpack_order

cdef enum:
    RESULT_SIZE_MAX = 128           # eleven fields of at most 11 bytes, the order id's 16 among them

cdef const char* _DIGITS = b"0123456789abcdefghjkmnpqrstvwxyz"


def payment_result(bytes facts, int status, int refusal, bint replayed, bint authorized):
    """One BatchPayResult, with its tag and length as field 1 of a BatchPayResponse, so that results are only joined.

    Args:
        facts: the order in journal form.
        status: a PayStatus.
        refusal: an ErrorReason, 0 for none.
        authorized: whether cash is to be collected before the order expires.
    """
    cdef Order order = unpack_order(facts)
    cdef uint8_t buffer[2 + RESULT_SIZE_MAX]
    cdef uint8_t* at = buffer + 2
    cdef int digit
    at = put_number(at, 1, replayed)
    at = put_number(at, 2, status)
    at = put_number(at, 3, refusal)
    at[0], at[1], at[2] = 6 << 3 | 2, 14, c"o"
    for digit in range(13):
        at[3 + digit] = _DIGITS[order.order_id >> (60 - 5 * digit) & 31]
    at = put_number(at + 16, 7, order.state)
    if authorized:
        at = put_number(at, 8, order.cash_fen + order.cash_additions_fen - order.cash_reductions_fen)
    at = put_number(at, 9, order.cash_to_return_fen)
    if authorized:
        at = put_number(at, 10, order.expires_at_ms)
    at = put_number(at, 11, order.paid_at_ms)
    buffer[0] = 1 << 3 | 2
    buffer[1] = <uint8_t>(at - buffer - 2)
    return PyBytes_FromStringAndSize(<char*>buffer, at - buffer)


cdef uint8_t* put_number(uint8_t* at, int field, int64_t value) noexcept nogil:
    """A number's field; nothing for 0."""
    cdef uint64_t rest = <uint64_t>value
    if value == 0:
        return at
    at[0] = <uint8_t>(field << 3)
    at += 1
    while rest > 0x7f:
        at[0] = <uint8_t>(rest & 0x7f) | 0x80
        rest >>= 7
        at += 1
    at[0] = <uint8_t>rest
    return at + 1
