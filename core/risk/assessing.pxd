"""Payments that wait for their scores, and what becomes of them."""

from libc.stdint cimport int32_t, int64_t

from core.accounts cimport Account
from core.commands cimport Command
from core.order cimport Order
from core.risk.policy cimport RiskPolicy, Verdict
from core.risk.visits cimport Histories


cdef enum:
    RUN_MAX = 1024            # payments scored together


cdef class Staged:            # a payment that is priced and validated, and not yet held
    cdef Command command
    cdef Order priced
    cdef Account after
    cdef int place            # of its result in the batch


cdef class Assessor:
    cdef readonly Histories histories
    cdef readonly RiskPolicy live
    cdef readonly RiskPolicy challenger
    cdef readonly RiskPolicy shadow
    cdef readonly int challenger_share        # of 1,000 persons
    cdef list run                             # Staged, of different persons and orders
    cdef set in_run                           # ids of their persons, owners and orders
    cdef int32_t* rows                        # their features
    cdef int32_t* points                      # model points of live, challenger and shadow, RUN_MAX each
    cdef list assessments                     # ASSESSMENT_COLUMNS of the batch in hand
    cdef int64_t batch

    cdef bint meets(self, Command command) noexcept
    cdef int stage(self, Command command, Order priced, const Account* before, const Account* after,
                   int64_t limit_fen, int place) except -1
    cdef int walk(self) except -1
    cdef RiskPolicy policy_of(self, int64_t person_id)
    cdef tuple assess(self, int at, Staged staged, Verdict* verdict)
