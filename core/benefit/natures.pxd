"""A bill by nature: which of its money is in scope, and which is not and why."""

from libc.stdint cimport int64_t


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


cdef int add_line(Sums* sums, int64_t amount_fen, int64_t item_class, int64_t self_pay_ppm, int64_t price_limit_fen,
                  bint deductible_exempt) noexcept nogil
cdef void close_bill(const Sums* sums, Natures* natures) noexcept nogil
