"""What an order costs whom: the split of an order against an account row."""

from libc.stdint cimport int32_t, int64_t

from core.accounts cimport Account
from core.benefit.natures cimport Natures
from core.order cimport Order
from core.plans.plan cimport PlanSeat
from core.policy cimport RuleBook
from core.split cimport Purses, Split


cdef class Pricer:
    cdef readonly RuleBook rules
    cdef dict region_codes                    # region number -> its six-digit text, made once

    cdef int price(self, Order order, Account* after, bint use_account, list enrolments, const Account* owner) except -1
    cdef int price_by_rule(
        self, Order order, Account* after, bint use_account, list enrolments, const Account* owner) except -1
    cdef int64_t family_fen(self, Order order, int64_t person_id, const Account* owner) except -1
    cdef int find_plans(self, Order order, list enrolments, PlanSeat* rows, PlanSeat** seats, int64_t* keys,
                        int64_t* year_days) except -1
    cdef int split_as_paid(self, Order order, const Natures* natures, const Purses* purses, Split* split) except -1
    cdef int32_t year_day(self, int64_t region, int64_t day) except -1
    cdef int64_t groups_elsewhere(self, const Account* account, int service, int64_t day) except -1
    cdef int64_t passwordless_limit_fen(self, int64_t region, int64_t service_day) except -1
    cdef str region_code(self, int64_t region)


cdef void note_insured(Order order, const Account* account) noexcept nogil
cdef Split paid_split(Order order) noexcept nogil
cdef bint can_give_back(Order order, const Split* back, int64_t stays, Account* account) except -1
cdef void give_back(Order order, const Split* back, int64_t stays, Account* account) noexcept nogil
