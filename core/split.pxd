"""The split of one bill: who pays what, in whole fen."""

from libc.stdint cimport int64_t

from core.benefit.natures cimport Natures
from core.benefit.pooled cimport Insured, Usage
from core.benefit.rule cimport Rule
from core.plans.plan cimport PlanSeat


cdef struct Purses:
    int64_t current_year_fen
    int64_t prior_years_fen
    int64_t family_fen


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
                    const Purses* purses, const Given* given, PlanSeat** seats, Split* split) noexcept nogil
