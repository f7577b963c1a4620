"""What a family owner's account pays of an order, and how it comes back.

Design
    The owner's money of earlier years goes first, then this year's; which of it an order took is noted on the order
    with the owner's benefit year, whose turn may be another day than the patient's. Only the money is the owner's: the
    accumulators that the bill fills are the patient's. All of it is functions of amounts, so that a void and refunds
    in parts are one thing. An owner of NULL is none, and nothing happens.

Invariants
    What comes back is what went, purse by purse, the purse that paid last first; however many parts it comes back in,
    their sum is what was taken. This year's money of a year that has ended comes back to the purse of earlier years.
"""

from libc.stdint cimport int32_t, int64_t

from core.accounts cimport Account, roll_to_year
from core.order cimport Order


cdef int64_t offer_share(Order order, const Account* owner, int32_t year_day) noexcept nogil:
    """What an owner has for an order, fen; notes the owner's benefit year on it, and changes no account.

    `year_day` is the first day of the owner's benefit year that the service is in.
    """
    cdef Account rolled = owner[0]
    roll_to_year(&rolled, year_day)
    order.family_year_day = rolled.year_day
    order.family_prior_fen = rolled.prior_years_fen
    return rolled.current_year_fen + rolled.prior_years_fen


cdef void note_share(Order order) noexcept nogil:
    """Notes on an order that was split after `offer_share` how much the owner's purse of earlier years pays of it."""
    order.family_prior_fen = min(order.family_prior_fen, order.family_account_fen)


cdef void take_share(Order order, Account* owner) noexcept nogil:
    """Takes an order's share out of the owner's purses."""
    if owner == NULL:
        return
    roll_to_year(owner, <int32_t>order.family_year_day)
    owner.prior_years_fen -= order.family_prior_fen
    owner.current_year_fen -= order.family_account_fen - order.family_prior_fen


cdef void hold_share(Order order, Account* owner) noexcept nogil:
    """Counts a taken share as held."""
    if owner != NULL:
        owner.held_fen += order.family_account_fen


cdef void release_share(Order order, Account* owner) noexcept nogil:
    """Ends the hold of a share, which is then paid or comes back."""
    if owner != NULL:
        owner.held_fen -= order.family_account_fen


cdef void give_back_share(Order order, Account* owner, int64_t returned_before_fen, int64_t returned_fen) noexcept nogil:
    """Puts a part of a share back: so that of it, after `returned_before_fen`, now `returned_fen` are back."""
    cdef int64_t current_fen = order.family_account_fen - order.family_prior_fen
    if owner == NULL:
        return
    current_fen = min(returned_fen, current_fen) - min(returned_before_fen, current_fen)
    owner.prior_years_fen += returned_fen - returned_before_fen - current_fen
    if order.family_year_day == owner.year_day:
        owner.current_year_fen += current_fen
    else:
        owner.prior_years_fen += current_fen
