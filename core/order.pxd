"""One order as the core holds it: whole numbers only, in the order of ORDER_FIELDS."""

from libc.stdint cimport int64_t

from core.plans.plan cimport PlanUsage


cdef struct OrderPlan:            # one plan's part of an order, as its fields lie in it
    int64_t plan_key
    int64_t year_day
    PlanUsage before
    PlanUsage taken


cdef class Order:
    # Who and where. Ids are numbers here; 0 is nobody.
    cdef public int64_t order_id
    cdef public int64_t institution_id
    cdef public int64_t party_id              # the institution party that created it
    cdef public int64_t channel_id            # the channel it belongs to, 0 while nobody claimed it
    cdef public int64_t binding_id
    cdef public int64_t person_id
    # Its life.
    cdef public int64_t state                 # OrderState
    cdef public int64_t created_at_ms
    cdef public int64_t expires_at_ms
    cdef public int64_t claimed_at_ms
    cdef public int64_t authorized_at_ms
    cdef public int64_t paid_at_ms
    cdef public int64_t ended_at_ms           # voided, closed or refunded
    cdef public int64_t expired               # 1: ended because its time ran out
    # The bill.
    cdef public int64_t scenario
    cdef public int64_t kind                  # OrderKind
    cdef public int64_t service
    cdef public int64_t level                 # of the institution
    cdef public int64_t referral
    cdef public int64_t service_day           # days since 1970-01-01
    cdef public int64_t treatment_region
    cdef public int64_t stay_number           # as the institution gave it, 0: counted here
    cdef public int64_t total_fen
    cdef public int64_t full_self_pay_fen
    cdef public int64_t over_limit_fen
    cdef public int64_t class_b_self_pay_fen
    cdef public int64_t in_scope_fen
    cdef public int64_t deductible_base_fen   # in-scope money of lines that are not exempt from the deductible
    cdef public int64_t hospital_borne_fen    # what the institution says it must bear itself
    cdef public int64_t cash_additions_fen
    cdef public int64_t cash_reductions_fen
    # The split, once it was paid (or, in a quote, as it would be).
    cdef public int64_t use_account
    cdef public int64_t policy_id             # the policy document the split rests on
    cdef public int64_t deductible_fen
    cdef public int64_t pooled_fen
    cdef public int64_t major_fen
    cdef public int64_t civil_servant_fen
    cdef public int64_t assistance_fen
    cdef public int64_t other_fund_fen
    cdef public int64_t hospital_fen
    cdef public int64_t account_current_fen
    cdef public int64_t account_prior_fen
    cdef public int64_t family_account_fen
    cdef public int64_t commercial_fen
    cdef public int64_t cash_fen
    cdef public int64_t used_in_scope_fen     # what the in-scope accumulator grew by
    cdef public int64_t major_counted_fen     # what the second stage counted
    cdef public int64_t stay_counted          # 1: this order began a stay
    cdef public int64_t quote_digest
    # The person and the accumulators as they were when it was paid, for a later re-split.
    cdef public int64_t insured_region
    cdef public int64_t scheme
    cdef public int64_t person_status
    cdef public int64_t age
    cdef public int64_t civil_servant
    cdef public int64_t assistance
    cdef public int64_t family_doctor
    cdef public int64_t benefit_year_day
    cdef public int64_t deductible_used_before_fen
    cdef public int64_t in_scope_before_fen
    cdef public int64_t pooled_paid_before_fen
    cdef public int64_t major_in_scope_before_fen
    cdef public int64_t major_paid_before_fen
    cdef public int64_t stays_before
    # The legs (LegState), the cash that really moved, and the clearing windows.
    cdef public int64_t fund_leg
    cdef public int64_t account_leg
    cdef public int64_t cash_leg
    cdef public int64_t cash_collected_fen
    cdef public int64_t cash_to_return_fen    # taken, and to be given back by the channel
    cdef public int64_t cash_returned_fen
    cdef public int64_t paid_window           # the institution's window that the payment is cleared in
    cdef public int64_t refund_window
    cdef public int64_t refund_id
    cdef public int64_t version               # number of the batch that wrote it last
    cdef public int64_t usage_groups          # whose accumulators it filled, packed by core.pricing; 0: its service's
    # What refunds took back of it; what stands is the payment less this.
    cdef public int64_t refund_count          # refunds so far
    cdef public int64_t cash_refund_count     # of them, those that gave cash back
    cdef public int64_t returned_full_self_pay_fen # the bill by nature, as far as its lines have come back
    cdef public int64_t returned_over_limit_fen
    cdef public int64_t returned_class_b_self_pay_fen
    cdef public int64_t returned_in_scope_fen
    cdef public int64_t returned_deductible_base_fen
    cdef public int64_t returned_cash_fen     # what of the cash tender paid for those lines
    cdef public int64_t refunded_deductible_fen # the split, as far as it no longer stands
    cdef public int64_t refunded_pooled_fen
    cdef public int64_t refunded_major_fen
    cdef public int64_t refunded_civil_servant_fen
    cdef public int64_t refunded_assistance_fen
    cdef public int64_t refunded_other_fund_fen
    cdef public int64_t refunded_hospital_fen
    cdef public int64_t refunded_account_current_fen
    cdef public int64_t refunded_account_prior_fen
    cdef public int64_t refunded_family_account_fen
    cdef public int64_t refunded_commercial_fen
    cdef public int64_t refunded_cash_fen
    cdef public int64_t refunded_used_in_scope_fen
    cdef public int64_t refunded_major_counted_fen
    cdef public int64_t refunded_stay         # 1: the stay that it began is taken back
    cdef public int64_t refunded_insurance    # 1: a refund took everything but cash back, lines or not
    cdef public int64_t refunded_collected_fen # of cash_collected_fen, what refunds give back
    cdef public int64_t refund_cash_pending_fen # of that, what the channel has not confirmed yet
    cdef public int64_t cash_pieces_fen       # of that, what refunds of cash alone gave
    # The plans that covered it, mutual aid and commercial insurance: which version, and by part (core.plans) what it had
    # counted and paid in its plan year before, and what this order added.
    cdef public int64_t aid_plan_key          # 0: none covered it
    cdef public int64_t aid_year_day          # first day of the plan year
    cdef public int64_t aid_counted_before_1_fen
    cdef public int64_t aid_counted_before_2_fen
    cdef public int64_t aid_counted_before_3_fen
    cdef public int64_t aid_paid_before_1_fen
    cdef public int64_t aid_paid_before_2_fen
    cdef public int64_t aid_paid_before_3_fen
    cdef public int64_t aid_counted_1_fen
    cdef public int64_t aid_counted_2_fen
    cdef public int64_t aid_counted_3_fen
    cdef public int64_t aid_paid_1_fen
    cdef public int64_t aid_paid_2_fen
    cdef public int64_t aid_paid_3_fen
    cdef public int64_t insurance_plan_key
    cdef public int64_t insurance_year_day
    cdef public int64_t insurance_counted_before_1_fen
    cdef public int64_t insurance_counted_before_2_fen
    cdef public int64_t insurance_counted_before_3_fen
    cdef public int64_t insurance_paid_before_1_fen
    cdef public int64_t insurance_paid_before_2_fen
    cdef public int64_t insurance_paid_before_3_fen
    cdef public int64_t insurance_counted_1_fen
    cdef public int64_t insurance_counted_2_fen
    cdef public int64_t insurance_counted_3_fen
    cdef public int64_t insurance_paid_1_fen
    cdef public int64_t insurance_paid_2_fen
    cdef public int64_t insurance_paid_3_fen
    cdef public int64_t plans_given_back      # 1: a void or refund took it out of the plans again
    # Whose family account pays of it (core.family), 0: nobody's.
    cdef public int64_t family_person_id      # the owner
    cdef public int64_t family_prior_fen      # of family_account_fen, what the owner's purse of earlier years paid
    cdef public int64_t family_year_day       # first day of the owner's benefit year it was taken in
    # Its risk (core.risk), as it was last assessed.
    cdef public int64_t risk_assessment_id    # 0: never
    cdef public int64_t risk_decision         # Decision
    cdef public int64_t risk_score
    cdef public int64_t risk_proofs           # of a STEP_UP: which proofs will do, as bits
    cdef public int64_t risk_assessed_at_ms   # since when a proof or a person is waited for
    cdef public int64_t risk_device           # keyed hash, as told with the payment
    cdef public int64_t risk_latitude_e6
    cdef public int64_t risk_longitude_e6
    cdef public int64_t risk_held             # 1: paid, and its clearing waits for the case
    cdef public int64_t risk_verdict          # what a person found: 1 sound, 2 fraud

    cdef int64_t* fields(self) noexcept
    cdef OrderPlan* plan(self, int seat) noexcept
    cpdef Order copy(self)
    cpdef bytes pack(self)


cdef Order unpack_order(const unsigned char[:] facts)
cdef void set_insurance_legs(Order order, int state) noexcept
cdef int why_not_open(Order order) noexcept
cdef bint is_later_bill(Order other, Order order) noexcept
