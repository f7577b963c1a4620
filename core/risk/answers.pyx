"""What a verdict means for an order: whether it is paid now, what risk wants first, what a person's word changes.

Design
    An order that waits for a proof or a person stays OPEN, because it can be paid, cancelled and expired like any other;
    what is waited for is with it, and the next PAY brings the proof. An order that waits keeps its first assessment, so
    that neither the case nor the time begins anew with every try.

Invariants
    A proof answers the one assessment that asked for it, within its time. Money that is held back is in no window until
    a person releases it or all of it is refunded.
"""

from libc.stdint cimport int64_t

from core.commands cimport Command
from core.order cimport Order
from core.risk.features cimport Signals
from core.risk.policy cimport (
    DECISION_DECLINE, DECISION_STEP_UP, DECISION_WAIT, RiskPolicy, Verdict,
)
from core.words cimport (
    DONE, REFUND_ALL, RISK_DECLINED, RISK_IN_REVIEW, RISK_PROOF_EXPIRED, RISK_PROOF_NOT_FITTING, RISK_PROOF_UNKNOWN,
    RISK_STEP_UP,
)

cdef enum:
    VERDICT_SOUND = 1
    VERDICT_FRAUD = 2


cdef int reason_of(int decision) noexcept:
    """Why an order is not paid now, by the decision on it."""
    if decision == DECISION_DECLINE:
        return RISK_DECLINED
    return RISK_STEP_UP if decision == DECISION_STEP_UP else RISK_IN_REVIEW


cdef int why_proof_fails(Order order, Command command, RiskPolicy policy) noexcept:
    """Whether a proof answers what was asked of the order; gives DONE or the reason why not."""
    cdef Signals signals = command.signals
    if signals.proof_of != order.risk_assessment_id or order.risk_decision != DECISION_STEP_UP:
        return RISK_PROOF_UNKNOWN
    if policy is not None and command.now_ms - order.risk_assessed_at_ms > policy.proof_ms:
        return RISK_PROOF_EXPIRED
    if signals.proof & order.risk_proofs == 0:
        return RISK_PROOF_NOT_FITTING
    return DONE


cdef int answered_by_risk(Command command, Order order, const Verdict* verdict, RiskPolicy policy) noexcept:
    """The decision on a payment, with what was proved or found since it was first assessed."""
    cdef Signals signals = command.signals
    cdef bint proved = signals is not None and signals.proof_of != 0  # validated before
    if verdict.decision == DECISION_STEP_UP and proved:
        return verdict.proved
    if verdict.decision != DECISION_WAIT:
        return verdict.decision
    if order.risk_verdict == VERDICT_FRAUD:
        return DECISION_DECLINE
    if order.risk_verdict != VERDICT_SOUND:
        if order.risk_decision != DECISION_WAIT or command.now_ms - order.risk_assessed_at_ms < policy.wait_ms:
            return DECISION_WAIT
        if not policy.wait_approves:
            return DECISION_DECLINE
    return verdict.waited if verdict.waited != DECISION_STEP_UP or not proved else verdict.proved


cdef void note_assessment(Order order, Command command, const Verdict* verdict, int64_t assessment_id, int decision) noexcept:
    """Writes with an order what was assessed; one that goes on waiting keeps its first assessment."""
    cdef Signals signals = command.signals
    if signals is not None:
        order.risk_device = signals.device
        order.risk_latitude_e6, order.risk_longitude_e6 = signals.latitude_e6, signals.longitude_e6
    if decision == DECISION_WAIT and order.risk_decision == DECISION_WAIT:
        return
    order.risk_assessment_id = assessment_id
    order.risk_decision = decision
    order.risk_score = verdict.score
    order.risk_proofs = verdict.proofs if decision == DECISION_STEP_UP else 0
    order.risk_assessed_at_ms = command.now_ms


cdef void copy_assessment(Order order, Order assessed) noexcept:
    """Writes what was assessed of a priced copy with the order itself."""
    order.risk_assessment_id = assessed.risk_assessment_id
    order.risk_decision = assessed.risk_decision
    order.risk_score = assessed.risk_score
    order.risk_proofs = assessed.risk_proofs
    order.risk_assessed_at_ms = assessed.risk_assessed_at_ms


cdef int64_t judge(Order order, Command command, int64_t window) noexcept:
    """Writes a person's word with an order; gives the window that held money is now cleared in, or 0."""
    order.risk_verdict = VERDICT_SOUND if command.sound else VERDICT_FRAUD
    if not command.sound or not order.risk_held:
        return 0
    order.risk_held = 0
    if order.paid_at_ms == 0 or order.paid_window != 0:
        return 0  # nothing is paid yet: it will be cleared when it is
    order.paid_window = window
    return window


cdef bint may_still_refund(Command command) noexcept:
    """Whether a refund leaves nothing of a held payment to be cleared."""
    return command.refund_kind == REFUND_ALL
