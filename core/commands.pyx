"""What is asked of the ledger, and what it answers.

Design
    One class for every kind of command, so that a batch is a plain list of one type; the ledger's method for a kind
    says which fields it reads. A result carries the order in journal form: answers and journal are made of the same.

Invariants
    A result with a reason and no event changed nothing.
"""

from libc.stdint cimport int64_t

from core.order cimport Order, why_not_open
from core.words cimport DONE, ORDER_EXPIRED, ORDER_OPEN, ROLE_CHANNEL, ROLE_INSTITUTION


cdef class Command:
    """One thing asked of the ledger; which fields a kind reads is said at the method that applies it."""

    def __init__(self, int kind, int64_t now_ms, **values):
        self.kind = kind
        self.now_ms = now_ms
        for name, value in values.items():
            setattr(self, name, value)


cdef class Result:
    """What became of a command."""


cdef Result seen(Order order):
    """The result of a command that only looked."""
    cdef Result result = Result.__new__(Result)
    result.facts = order.pack()
    result.order_id = order.order_id
    result.person_id = order.person_id
    result.channel_id = order.channel_id
    result.institution_id = order.institution_id
    return result


cdef Result refused(int reason):
    """The result of a command that was not executed."""
    cdef Result result = Result.__new__(Result)
    result.reason = reason
    return result


cdef void claim(Command command, Order order) noexcept:
    """Gives an order to the person, binding and channel of a command."""
    order.person_id = command.person_id
    order.binding_id = command.binding_id
    order.channel_id = command.channel_id if command.channel_id != 0 else command.caller_id
    order.claimed_at_ms = command.now_ms


cdef int why_not_payable(Command command, Order order) noexcept:
    """Whether an order can still be paid at the command's time; gives DONE or the reason why not."""
    if order.state != ORDER_OPEN:
        return why_not_open(order)
    if command.now_ms >= order.expires_at_ms:
        return ORDER_EXPIRED
    return DONE


cdef bint may_act(Command command, Order order) noexcept:
    """Whether the order is the caller's: a channel's by its binding, an institution's because it made it."""
    if command.caller_role == ROLE_CHANNEL:
        return order.channel_id == command.caller_id
    return command.caller_role == ROLE_INSTITUTION and order.party_id == command.caller_id


cdef bint may_see(Command command, Order order) noexcept:
    """Bureau and mesh see every order, channels and institutions their own."""
    if command.caller_role == ROLE_CHANNEL or command.caller_role == ROLE_INSTITUTION:
        return may_act(command, order)
    return True
