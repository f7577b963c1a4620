"""A person's plans, and what they have counted and paid."""

from libc.stdint cimport int64_t

from core.order cimport Order
from core.plans.plan cimport CompiledPlan, PlanSeat, PlanUsage


cdef class Enrolment:
    cdef readonly int64_t person_id
    cdef readonly str plan_id
    cdef readonly int seat
    cdef public int64_t valid_from    # days since 1970-01-01
    cdef public int64_t valid_to      # the last day
    cdef readonly int64_t year_day    # first day of the plan year that `usage` is of; 0: none yet
    cdef PlanUsage usage


cdef Enrolment enrolled_on(list enrolments, int seat, int64_t day)
cdef int seat_of_bill(
    Enrolment enrolment, CompiledPlan plan, Order order, int64_t year_day, PlanSeat* seat) noexcept
cdef void note_plans(Order order, PlanSeat** seats, int64_t* keys, int64_t* year_days) noexcept
cdef void take_plans(Order order, list enrolments, plans)
cdef void give_back_plans(Order order, list enrolments, plans)
