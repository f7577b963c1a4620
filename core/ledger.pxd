"""The ledger: commands in, results and changed rows out, one batch a call."""

from libc.stdint cimport int64_t

from core.accounts cimport Account, AccountCache
from core.order cimport Order
from core.pricing cimport Pricer


cdef class Command:
    cdef public int kind                      # CommandKind
    cdef public int64_t now_ms                # when the gateway took it; never goes back within a gateway
    cdef public int64_t order_id
    cdef public int64_t person_id
    cdef public int64_t caller_id             # party; 0 is the gateway itself
    cdef public int caller_role               # Role
    cdef public int64_t binding_id
    cdef public int64_t channel_id            # of a CLAIM: the channel that issued the pay code
    cdef public bint by_order_code            # the patient scanned the order, which may still be nobody's
    cdef public bint use_account
    cdef public int authentication            # UserAuthentication
    cdef public int64_t quote_digest          # what the patient was shown
    cdef public int64_t cash_due_fen
    cdef public bint has_receipt
    cdef public int64_t receipt_fen           # cash that the channel has taken, or gives back
    cdef public int refuse_with               # of a PAY: why the gateway refuses it; with a receipt it is journalled
    cdef public int64_t refund_id
    cdef public Order order                   # the new order of a CREATE
    cdef public tuple usage                   # of a USE_ELSEWHERE, see its docstring
    cdef public tuple person                  # of a PUT_PERSON, see its docstring
    cdef public int64_t amount_fen            # of a CREDIT
    cdef public bint prior_years              # of a CREDIT: to the purse of earlier years
    cdef public int64_t day                   # of a CREDIT or USE_ELSEWHERE: days since 1970-01-01


cdef class Result:
    cdef public int reason                    # Reason; DONE, or why not
    cdef public int event                     # EventKind that was journalled, 0: nothing changed
    cdef public bytes facts                   # the order after the command, in journal form; None without one
    cdef public int64_t order_id
    cdef public int64_t person_id
    cdef public int64_t channel_id
    cdef public int64_t institution_id
    cdef public int64_t window                # the clearing window a payment or refund was stamped with


cdef class Ledger:
    cdef readonly AccountCache accounts
    cdef readonly Pricer pricer
    cdef dict orders                          # order id -> Order, as the store has it or as this batch leaves it
    cdef dict windows                         # institution id -> number of its open window
    cdef int orders_max
    cdef int64_t batch
    cdef set changed_orders
    cdef set changed_persons

    cdef int validate_payment(self, Command command, Order order, Order priced, Account* after) except -1
    cdef Result hold(self, Command command, Order priced, Account* after)
    cdef Result post(self, Command command, Order priced, Account* after)
    cdef Result order_changed(self, Order order, Account* after, int event, int64_t window)
    cdef Result person_changed(self, Account* account, Account* after)
    cdef Result cash_to_return(self, Command command, Order order, int reason)
    cdef Result journalled(self, Order order, int event, int64_t window)
