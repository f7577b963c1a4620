"""The split of one bill: who pays what, to the fen."""

from libc.stdint cimport int32_t, int64_t

from core.policy cimport Rule


cdef struct Line:             # one fee
    int64_t amount_fen
    int64_t price_limit_fen   # for the whole line; -1: none
    int32_t self_pay_ppm      # first self-pay ratio
    int32_t item_class        # ItemClass
    int32_t deductible_exempt


cdef struct Natures:          # a bill by nature: total = full self-pay + over limit + class B + in scope
    int64_t total_fen
    int64_t full_self_pay_fen
    int64_t over_limit_fen
    int64_t class_b_self_pay_fen
    int64_t in_scope_fen
    int64_t deductible_base_fen  # in scope of the lines that are not deductible-exempt, at most in_scope_fen
    int64_t hospital_fen         # given: what the institution bears itself


cdef struct Usage:            # accumulators before the bill, of its group of services and benefit year
    int64_t deductible_used_fen
    int64_t in_scope_fen         # deductible included
    int64_t pooled_paid_fen
    int64_t major_in_scope_fen   # over all services
    int64_t major_paid_fen       # over all services


cdef struct Purses:           # what each account could pay at most
    int64_t current_year_fen
    int64_t prior_years_fen
    int64_t family_fen


cdef struct Insured:
    int32_t status            # PersonStatus
    int32_t age               # completed years on the service date
    int32_t civil_servant     # 0 or 1
    int32_t assistance        # Assistance
    int32_t family_doctor     # 0 or 1
    int32_t level             # InstitutionLevel
    int32_t stay_number       # this one counted; read for in-patient services


cdef struct Given:            # payer amounts that are facts of a record; -1: computed
    int64_t pooled_fen
    int64_t major_fen


cdef struct Split:
    int64_t deductible_fen       # a nature inside in scope, not a payer
    int64_t pooled_fen
    int64_t major_fen
    int64_t civil_servant_fen
    int64_t assistance_fen
    int64_t other_fund_fen       # always 0 here
    int64_t hospital_fen
    int64_t account_current_fen
    int64_t account_prior_fen
    int64_t family_account_fen
    int64_t commercial_fen       # always 0 here
    int64_t cash_fen
    # What the accumulators grow by, beside deductible_fen, pooled_fen and major_fen.
    int64_t used_in_scope_fen    # in scope less what the account paid first
    int64_t major_counted_fen    # base of the second stage


# Called by the ledger and by whatever holds lines. 0, or the number of a Reason.
cdef int natures_of_lines(const Line* lines, int64_t line_count, Natures* out) noexcept nogil
cdef int split_bill(const Rule* rule, const Natures* natures, const Insured* insured, const Usage* usage,
                    const Purses* purses, const Given* given, Split* out) noexcept nogil
