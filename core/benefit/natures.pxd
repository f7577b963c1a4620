"""A bill by nature: which of its money is in scope, and which is not and why."""

from libc.stdint cimport int64_t

from core.benefit.exact cimport PPM


cdef struct Line:
    int64_t amount_fen
    int64_t self_pay_ppm          # first self-pay ratio; class C and 1,000,000 alike are wholly self-paid
    int64_t price_limit_fen       # of the whole line; -1: none
    bint deductible_exempt


cdef struct Natures:              # a bill by nature
    int64_t total_fen
    int64_t full_self_pay_fen
    int64_t over_limit_fen
    int64_t class_b_self_pay_fen
    int64_t in_scope_fen
    int64_t deductible_base_fen   # in-scope money of lines that are not exempt from the deductible
    int64_t hospital_fen          # what the institution must bear itself


cdef struct Sums:                 # what the lines so far come to
    int64_t total_fen
    int64_t full_self_pay_fen
    int64_t over_limit_fen
    int64_t in_scope_ppm          # millionths of a fen, as is the next
    int64_t exempt_ppm            # of it: lines that are exempt from the deductible


cdef extern from *:
    """
    #define MEDSETTLE_MONEY_MAX 100000000000LL
    """
    const int64_t MONEY_MAX "MEDSETTLE_MONEY_MAX"   # fen, core.rules.words.MONEY_MAX_FEN


cdef enum:
    CLASS_C = 3


cdef enum:                        # what is wrong with a line
    SOUND = 0
    BAD_AMOUNT = 1
    BAD_SELF_PAY = 2
    BAD_TOTAL = 3


cdef void close_bill(const Sums* sums, Natures* natures) noexcept nogil


cdef inline int add_line(Sums* sums, int64_t amount_fen, int64_t item_class, int64_t self_pay_ppm,
                         int64_t price_limit_fen, bint deductible_exempt) noexcept nogil:
    """Adds a line to its bill; gives 0, or what is wrong with it (then the sums are no longer of use)."""
    cdef int64_t over = 0, scope_ppm
    if not 0 <= amount_fen <= MONEY_MAX:
        return BAD_AMOUNT
    if not 0 <= self_pay_ppm <= PPM:
        return BAD_SELF_PAY
    sums.total_fen += amount_fen
    if sums.total_fen > MONEY_MAX:
        return BAD_TOTAL
    if item_class == CLASS_C or self_pay_ppm == PPM:
        sums.full_self_pay_fen += amount_fen
        return SOUND
    if 0 <= price_limit_fen < amount_fen:
        over = amount_fen - price_limit_fen
    scope_ppm = (amount_fen - over) * (PPM - self_pay_ppm)
    sums.over_limit_fen += over
    sums.in_scope_ppm += scope_ppm
    if deductible_exempt:
        sums.exempt_ppm += scope_ppm
    return SOUND
