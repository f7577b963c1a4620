"""The book that finds the rule of a bill among the regions' policies."""

from libc.stdint cimport int64_t

from core.benefit.rule cimport CompiledRule


cdef class RuleBook:
    cdef dict documents                 # region code -> policy document
    cdef dict found                     # what find() was asked before -> CompiledRule or reason
    cdef dict year_starts               # region code -> (month, day)
    cdef dict year_days                 # (region, service day) -> first day of the benefit year
    cpdef CompiledRule find(self, str insured_region, str treatment_region, int scheme, int service, int referral,
                            int64_t service_day)
    cpdef int64_t benefit_year_day(self, str insured_region, int64_t service_day) except -1
