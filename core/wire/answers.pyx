"""The hot answers, written as bytes: an order's numbers, and a result of a BatchPay, straight from the journal form.

Design
    What protobuf would make of the same values, field by field in the order of their numbers, those at their default
    left out; without a message in between.

Invariants
    The bytes are those of the message that the contract describes (tests compare the two for any order).
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

from core.order cimport Order, unpack_order
from core.refunds cimport settled_leg
from core.words cimport (
    LEG_HELD, LEG_PARTIALLY_REFUNDED, LEG_VOIDED, ORDER_AUTHORIZED, ORDER_PAID, ORDER_PARTIALLY_REFUNDED,
    ORDER_REFUNDED, ORDER_VOIDED, SERVICE_CHRONIC, SERVICE_INPATIENT, SERVICE_OUTPATIENT, TENDER_ACCOUNT_CURRENT,
    TENDER_ACCOUNT_PRIOR, TENDER_ASSISTANCE, TENDER_CASH, TENDER_CIVIL_SERVANT, TENDER_FAMILY_ACCOUNT, TENDER_HOSPITAL,
    TENDER_MAJOR, TENDER_OTHER_FUND, TENDER_POOLED,
)
from core.wire import ID_DIGITS

cdef enum:
    RESULT_SIZE_MAX = 128           # eleven fields of at most 11 bytes, the order id's 16 among them
    # An order's numbers: 17 fields, natures of 5, a split of 14, 10 legs of 4, a cash block of 2, accumulators of 6 twice;
    # at most 11 bytes each and 4 around a message.
    NUMBERS_SIZE_MAX = 2048
    PART_SIZE_MAX = 256

cdef bytes _digits = ID_DIGITS.encode()
cdef const char* _DIGITS = _digits


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


def order_numbers(bytes facts, *, bint accumulators):
    """What an Order of the contract has of the core's numbers; its texts are to be set on the message of these bytes.

    Args:
        facts: the order in journal form.
        accumulators: whether the reader may see the person's.
    """
    cdef Order order = unpack_order(facts)
    cdef uint8_t buffer[NUMBERS_SIZE_MAX]
    cdef uint8_t* at = buffer
    cdef bint priced = is_priced(order)
    cdef bint counts_stay = order.stay_counted and not order.stay_number
    at = put_number(at, 8, order.state)
    at = put_number(at, 9, order.kind)
    at = put_number(at, 10, order.scenario)
    at = put_number(at, 11, order.service)
    at = put_number(at, 12, order.referral)
    at = put_number(at, 14, order.stays_before + 1 if counts_stay else order.stay_number)
    at = put_number(at, 19, order.scheme)
    at = put_natures(at, order)
    if priced:
        at = put_split(at, order)
        at = put_legs(at, order)
    elif order.cash_to_return_fen != 0 or order.cash_returned_fen != 0:
        # Cash that was taken for an order which never was authorized.
        at = put_leg(
            at, TENDER_CASH, order.cash_to_return_fen + order.cash_returned_fen, order.cash_returned_fen, order.cash_leg
        )
    at = put_cash(at, order, priced)
    if priced and accumulators:
        at = put_accumulators(at, 28, order, 0)
        at = put_accumulators(at, 29, order, 1)
    at = put_number(at, 31, order.created_at_ms)
    at = put_number(at, 32, order.expires_at_ms)
    at = put_number(at, 33, order.claimed_at_ms)
    at = put_number(at, 34, order.authorized_at_ms)
    at = put_number(at, 35, order.paid_at_ms)
    at = put_number(at, 36, order.ended_at_ms)
    return PyBytes_FromStringAndSize(<char*>buffer, at - buffer)


def split_numbers(bytes facts):
    """The Split of an order in journal form."""
    cdef uint8_t buffer[PART_SIZE_MAX]
    cdef uint8_t* end = put_payers(buffer, unpack_order(facts))
    return PyBytes_FromStringAndSize(<char*>buffer, end - buffer)


cdef bint is_priced(Order order) noexcept:
    """Whether the order's split stands, or stood until it was voided or refunded."""
    return order.authorized_at_ms > 0 and (
        order.state == ORDER_AUTHORIZED or order.state == ORDER_PAID or order.state == ORDER_PARTIALLY_REFUNDED
        or order.state == ORDER_REFUNDED or order.state == ORDER_VOIDED)


cdef uint8_t* put_natures(uint8_t* at, Order order) noexcept:
    cdef uint8_t part[PART_SIZE_MAX]
    cdef uint8_t* end = part
    end = put_number(end, 1, order.total_fen)
    end = put_number(end, 2, order.full_self_pay_fen)
    end = put_number(end, 3, order.over_limit_fen)
    end = put_number(end, 4, order.class_b_self_pay_fen)
    end = put_number(end, 5, order.in_scope_fen)
    return put_message(at, 20, part, end - part)


cdef uint8_t* put_split(uint8_t* at, Order order) noexcept:
    cdef uint8_t part[PART_SIZE_MAX]
    return put_message(at, 21, part, put_payers(part, order) - part)


cdef uint8_t* put_payers(uint8_t* at, Order order) noexcept:
    """The fields of a Split."""
    at = put_number(at, 1, order.total_fen)
    at = put_number(at, 2, order.pooled_fen)
    at = put_number(at, 3, order.major_fen)
    at = put_number(at, 4, order.civil_servant_fen)
    at = put_number(at, 5, order.assistance_fen)
    at = put_number(at, 6, order.other_fund_fen)
    at = put_number(at, 7, order.hospital_fen)
    at = put_number(at, 8, order.account_current_fen + order.account_prior_fen)
    at = put_number(at, 9, order.account_current_fen)
    at = put_number(at, 10, order.account_prior_fen)
    at = put_number(at, 11, order.family_account_fen)
    at = put_number(at, 12, order.commercial_fen)
    at = put_number(at, 13, order.cash_fen)
    return put_number(at, 14, order.deductible_fen)


cdef uint8_t* put_legs(uint8_t* at, Order order) noexcept:
    """A leg for each payer that has a part in the bill; of cash, what the channel has confirmed is refunded."""
    cdef int64_t cash_fen = order.cash_fen + order.cash_additions_fen - order.cash_reductions_fen
    at = put_tender(at, TENDER_POOLED, order.pooled_fen, order.refunded_pooled_fen, order.fund_leg)
    at = put_tender(at, TENDER_MAJOR, order.major_fen, order.refunded_major_fen, order.fund_leg)
    at = put_tender(at, TENDER_CIVIL_SERVANT, order.civil_servant_fen, order.refunded_civil_servant_fen, order.fund_leg)
    at = put_tender(at, TENDER_ASSISTANCE, order.assistance_fen, order.refunded_assistance_fen, order.fund_leg)
    at = put_tender(at, TENDER_OTHER_FUND, order.other_fund_fen, order.refunded_other_fund_fen, order.fund_leg)
    at = put_tender(at, TENDER_HOSPITAL, order.hospital_fen, order.refunded_hospital_fen, hospital_leg(order))
    at = put_tender(at, TENDER_ACCOUNT_CURRENT, order.account_current_fen, order.refunded_account_current_fen, order.account_leg)
    at = put_tender(at, TENDER_ACCOUNT_PRIOR, order.account_prior_fen, order.refunded_account_prior_fen, order.account_leg)
    at = put_tender(at, TENDER_FAMILY_ACCOUNT, order.family_account_fen, order.refunded_family_account_fen, order.account_leg)
    if cash_fen != 0 or order.cash_to_return_fen != 0 or order.cash_returned_fen != 0:
        at = put_leg(at, TENDER_CASH, cash_fen, order.refunded_collected_fen - order.refund_cash_pending_fen, order.cash_leg)
    return at


cdef int hospital_leg(Order order) noexcept:
    """What the institution bears itself moves with the order."""
    if order.state == ORDER_AUTHORIZED:
        return LEG_HELD
    if order.state == ORDER_VOIDED:
        return LEG_VOIDED
    return settled_leg(order.hospital_fen, order.refunded_hospital_fen)


cdef uint8_t* put_tender(uint8_t* at, int kind, int64_t amount_fen, int64_t refunded_fen, int64_t state) noexcept:
    """A payer's leg; once something is refunded, what each payer got back says where its own leg stands."""
    if amount_fen == 0:
        return at
    if state == LEG_PARTIALLY_REFUNDED:
        state = settled_leg(amount_fen, refunded_fen)
    return put_leg(at, kind, amount_fen, refunded_fen, state)


cdef uint8_t* put_leg(uint8_t* at, int kind, int64_t amount_fen, int64_t refunded_fen, int64_t state) noexcept:
    cdef uint8_t part[PART_SIZE_MAX]
    cdef uint8_t* end = put_number(part, 1, kind)
    end = put_number(end, 2, amount_fen)
    end = put_number(end, 3, refunded_fen)
    end = put_number(end, 4, state)
    return put_message(at, 22, part, end - part)


cdef uint8_t* put_cash(uint8_t* at, Order order, bint priced) noexcept:
    cdef uint8_t part[PART_SIZE_MAX]
    cdef uint8_t* end = part
    if priced:
        end = put_number(end, 1, order.cash_fen)
        end = put_number(end, 4, order.cash_fen + order.cash_additions_fen - order.cash_reductions_fen)
    return put_message(at, 23, part, end - part)


cdef uint8_t* put_accumulators(uint8_t* at, int field, Order order, int after) noexcept:
    """The accumulators of the order's service before it was paid or after; a pharmacy's count as out-patient ones."""
    cdef uint8_t part[PART_SIZE_MAX]
    cdef bint own_group = order.service == SERVICE_INPATIENT or order.service == SERVICE_CHRONIC
    cdef uint8_t* end = put_number(part, 1, order.service if own_group else <int64_t>SERVICE_OUTPATIENT)
    end = put_number(end, 2, order.deductible_used_before_fen + after * order.deductible_fen)
    end = put_number(end, 3, order.in_scope_before_fen + after * order.used_in_scope_fen)
    end = put_number(end, 4, order.pooled_paid_before_fen + after * order.pooled_fen)
    end = put_number(end, 5, order.major_in_scope_before_fen + after * order.major_counted_fen)
    end = put_number(end, 6, order.major_paid_before_fen + after * order.major_fen)
    return put_message(at, field, part, end - part)


cdef uint8_t* put_message(uint8_t* at, int field, const uint8_t* part, Py_ssize_t size) noexcept nogil:
    """A message's field, also an empty one: that it is there says something."""
    at = put_varint(at, field << 3 | 2)
    at = put_varint(at, size)
    memcpy(at, part, size)
    return at + size


cdef uint8_t* put_number(uint8_t* at, int field, int64_t value) noexcept nogil:
    """A number's field; nothing for 0."""
    return at if value == 0 else put_varint(put_varint(at, field << 3), <uint64_t>value)


cdef uint8_t* put_varint(uint8_t* at, uint64_t rest) noexcept nogil:
    while rest > 0x7f:
        at[0] = <uint8_t>(rest & 0x7f) | 0x80
        rest >>= 7
        at += 1
    at[0] = <uint8_t>rest
    return at + 1
