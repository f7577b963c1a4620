"""The split of one bill: who pays what, in whole fen."""

from libc.stdint cimport int32_t, int64_t

from core.policy cimport Rule


cdef extern from *:
    """
    typedef __int128 int128_t;
    """
    ctypedef long long int128_t   # 128 bits in C; never handed to Python


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


cdef struct Usage:                # accumulators before the bill
    int64_t deductible_used_fen
    int64_t in_scope_fen
    int64_t pooled_paid_fen
    int64_t major_in_scope_fen
    int64_t major_paid_fen


cdef struct Purses:
    int64_t current_year_fen
    int64_t prior_years_fen
    int64_t family_fen


cdef struct Insured:
    int32_t status
    int32_t age                   # completed years on the service date
    int32_t civil_servant
    int32_t assistance            # Assistance
    int32_t family_doctor
    int32_t level                 # of the institution
    int32_t stay_number


cdef struct Given:                # payers that are facts of a record and are not computed; -1: computed
    int64_t pooled_fen
    int64_t major_fen


cdef struct Split:
    int64_t deductible_fen        # no payer: part of what account and cash pay
    int64_t pooled_fen
    int64_t major_fen
    int64_t civil_servant_fen
    int64_t assistance_fen
    int64_t other_fund_fen
    int64_t hospital_fen
    int64_t account_current_fen
    int64_t account_prior_fen
    int64_t family_account_fen
    int64_t commercial_fen
    int64_t cash_fen
    int64_t used_in_scope_fen     # what the in-scope accumulator grows by
    int64_t major_counted_fen     # what the second stage's accumulator grows by


cdef int split_bill(const Rule* rule, const Natures* natures, const Insured* insured, const Usage* usage,
                    const Purses* purses, const Given* given, Split* split) noexcept nogil
