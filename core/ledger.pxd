"""The ledger: commands in, results and changed rows out, one batch a call."""

from libc.stdint cimport int64_t

from core.accounts cimport Account
from core.commands cimport Command, Result
from core.order cimport Order
from core.people.desk cimport PeopleDesk


cdef class Ledger(PeopleDesk):
    cdef list results                         # of the batch in hand
    cdef dict windows                         # institution id -> number of its open window

    cdef bint later_bill_in_batch(self, Order order)
    cdef int price(self, Command command, Order order, Account* after) except -1
    cdef int validate_payment(self, Command command, Order order, Order priced, Account* after) except -1
    cdef Result hold(self, Command command, Order priced, Account* after)
    cdef Result post(self, Command command, Order priced, Account* after)
    cdef Result order_changed(self, Order order, Account* after, int event, int64_t window)
    cdef int finish_run(self) except -1
    cdef Result answer(self, Command command, Order priced, int decision)
    cdef Result pay(self, Command command, Order priced, Account* after)
    cdef Result cash_to_return(self, Command command, Order order, int reason)
