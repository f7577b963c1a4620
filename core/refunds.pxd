"""What refunds take back of a paid order: the difference between the split that stood and the one that stands."""

from libc.stdint cimport int64_t

from core.accounts cimport Account
from core.commands cimport Command
from core.order cimport Order
from core.pricing cimport Pricer
from core.split cimport Split


cdef int refund(Pricer pricer, Order order, Account* account, Command command) except -1
cdef Split standing(Order order) noexcept nogil
cdef void held_to(Split* stands, const Split* stood) noexcept nogil
cdef int settled_leg(int64_t paid_fen, int64_t refunded_fen) noexcept nogil
cdef int settled_cash_leg(Order order) noexcept
