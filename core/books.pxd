"""What the ledger keeps in memory of its store, and how a batch begins and ends."""

from libc.stdint cimport int64_t

from core.accounts cimport Account, AccountCache
from core.commands cimport Result
from core.order cimport Order
from core.risk.assessing cimport Assessor


cdef class Books:
    cdef readonly AccountCache accounts
    cdef dict orders                          # order id -> Order, as the store has it or as the last batch leaves it
    cdef int orders_max
    cdef int64_t batch
    cdef int64_t committing_batch
    cdef dict enrolments                      # person id -> list of core.plans.enrolment.Enrolment, where there are any
    cdef readonly Assessor assessor           # None: risk is off
    cdef set changed_orders                   # by the batch in hand
    cdef set changed_persons
    cdef set committing_orders                # by the batch before it, while that is on its way to the disk
    cdef set committing_persons

    cdef Account* owner_of(self, Order order) noexcept
    cdef Account* owner_to_change(self, Order order) except? NULL
    cdef Result journalled(self, Order order, int event, int64_t window)
