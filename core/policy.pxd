"""The book that finds the rule of a bill among the regions' policies."""

from libc.stdint cimport int64_t

from core.benefit.rule cimport CompiledRule


cdef class RuleBook:
    cdef readonly object plans          # core.plans.PlanBook
    cdef dict lines                     # region code -> versions in force, by their beginning
    cdef dict kept                      # policy id -> version, in force or not
    cdef dict found                     # what find() was asked before -> CompiledRule or reason
    cdef dict limits                    # (region, service day) -> what needs no password
    cdef dict year_days                 # (region, service day, policy id) -> first day of the benefit year
    cpdef CompiledRule find(self, str insured_region, str treatment_region, int scheme, int service, int referral,
                            int64_t service_day, int64_t policy_id=*)
    cpdef int64_t benefit_year_day(self, str insured_region, int64_t service_day, int64_t policy_id=*) except -1
