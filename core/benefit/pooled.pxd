"""The pooled fund: the deductible before it, its exact benefit, and what its ceilings cut off."""

from libc.stdint cimport int32_t, int64_t

from core.benefit.rule cimport LaterStay, Rule


cdef struct Usage:                # accumulators before the bill
    int64_t deductible_used_fen
    int64_t in_scope_fen
    int64_t pooled_paid_fen
    int64_t major_in_scope_fen
    int64_t major_paid_fen


cdef struct Insured:
    int32_t status
    int32_t age                   # completed years on the service date
    int32_t civil_servant
    int32_t assistance            # Assistance
    int32_t family_doctor
    int32_t level                 # of the institution
    int32_t stay_number


cdef struct Pooled:
    int64_t paid_fen
    int64_t over_cap_fen          # in-scope money behind the deductible that a ceiling cut off


cdef int64_t deductible_due(const Rule* rule, int32_t slot, const Insured* insured, const Usage* usage) noexcept nogil
cdef const LaterStay* later_stay(const Rule* rule, int32_t stay_number) noexcept nogil
cdef Pooled pooled_fund(const Rule* rule, int32_t slot, const Usage* usage, int64_t scope_fen,
                        int64_t deductible_fen) noexcept nogil
