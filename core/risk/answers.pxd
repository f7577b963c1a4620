"""What a verdict means for an order: paid, held back, or answered."""

from libc.stdint cimport int64_t

from core.commands cimport Command
from core.order cimport Order
from core.risk.policy cimport RiskPolicy, Verdict


cdef int reason_of(int decision) noexcept
cdef int why_proof_fails(Order order, Command command, RiskPolicy policy) noexcept
cdef int answered_by_risk(Command command, Order order, const Verdict* verdict, RiskPolicy policy) noexcept
cdef void note_assessment(Order order, Command command, const Verdict* verdict, int64_t assessment_id, int decision) noexcept
cdef void copy_assessment(Order order, Order assessed) noexcept
cdef int64_t judge(Order order, Command command, int64_t window) noexcept
cdef bint may_still_refund(Command command) noexcept
