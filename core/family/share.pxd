"""What a family owner's account pays of an order, and how it comes back."""

from libc.stdint cimport int32_t, int64_t

from core.accounts cimport Account
from core.order cimport Order


cdef int64_t offer_share(Order order, const Account* owner, int32_t year_day) noexcept nogil
cdef void note_share(Order order) noexcept nogil
cdef void take_share(Order order, Account* owner) noexcept nogil
cdef void hold_share(Order order, Account* owner) noexcept nogil
cdef void release_share(Order order, Account* owner) noexcept nogil
cdef void give_back_share(Order order, Account* owner, int64_t returned_before_fen, int64_t returned_fen) noexcept nogil
