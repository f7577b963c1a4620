"""What is asked of the ledger, and what it answers."""

from libc.stdint cimport int64_t

from core.order cimport Order
from core.risk.features cimport Signals


cpdef enum CommandKind:
    CREATE = 1
    CLAIM = 2
    QUOTE = 3
    PAY = 4
    CONFIRM_CASH = 5
    CANCEL = 6
    EXPIRE = 7
    REFUND = 8
    RETURN_CASH = 9
    CREDIT = 10
    USE_ELSEWHERE = 11
    READ = 12
    PUT_PERSON = 13
    ENROL = 14
    JUDGE = 15
    ASSESS = 16


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
    cdef public tuple enrolment               # of an ENROL, see its docstring
    cdef public int64_t amount_fen            # of a CREDIT, or of a REFUND of cash
    cdef public bint prior_years              # of a CREDIT: to the purse of earlier years
    cdef public int64_t day                   # of a CREDIT or USE_ELSEWHERE: days since 1970-01-01
    cdef public int refund_kind               # RefundKind of a REFUND
    cdef public tuple kept                    # of a REFUND by lines, see core.refunds
    cdef public bint later_bills_first        # of a REFUND: the policy wants the person's later bills refunded before
    cdef public Signals signals               # of a PAY or ASSESS: what the channel and the lists tell of it; None: nothing
    cdef public int64_t assessment_id         # of a JUDGE: what was judged
    cdef public bint sound                    # of a JUDGE: the payment is sound; else it is fraud
    cdef public int64_t family_person_id      # of a QUOTE or PAY: whose account pays for the person's family; 0: nobody's


cdef class Result:
    cdef public int reason                    # Reason; DONE, or why not
    cdef public int event                     # EventKind that was journalled, 0: nothing changed
    cdef public bytes facts                   # the order after the command, in journal form; None without one
    cdef public int64_t order_id
    cdef public int64_t person_id
    cdef public int64_t channel_id
    cdef public int64_t institution_id
    cdef public int64_t window                # the clearing window a payment or refund was stamped with
    cdef public tuple assessment              # ASSESSMENT_COLUMNS of a PAY or ASSESS that was scored; None: it was not
    cdef public int64_t usage_groups          # of a USE_ELSEWHERE: whose accumulators it filled, packed as an order's


cdef Result seen(Order order)
cdef Result refused(int reason)
cdef void claim(Command command, Order order) noexcept
cdef int why_not_payable(Command command, Order order) noexcept
cdef bint may_act(Command command, Order order) noexcept
cdef bint may_see(Command command, Order order) noexcept
