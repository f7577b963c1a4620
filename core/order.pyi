"""Types of core.order."""

from collections.abc import Iterable
from typing import Any

ORDER_FIELDS: tuple[str, ...]
ORDER_COLUMNS: tuple[str, ...]

class Order:
    order_id: int
    institution_id: int
    party_id: int
    channel_id: int
    binding_id: int
    person_id: int
    state: int
    created_at_ms: int
    expires_at_ms: int
    claimed_at_ms: int
    authorized_at_ms: int
    paid_at_ms: int
    ended_at_ms: int
    expired: int
    scenario: int
    kind: int
    service: int
    level: int
    referral: int
    service_day: int
    treatment_region: int
    stay_number: int
    total_fen: int
    full_self_pay_fen: int
    over_limit_fen: int
    class_b_self_pay_fen: int
    in_scope_fen: int
    deductible_base_fen: int
    hospital_borne_fen: int
    cash_additions_fen: int
    cash_reductions_fen: int
    use_account: int
    policy_id: int
    deductible_fen: int
    pooled_fen: int
    major_fen: int
    civil_servant_fen: int
    assistance_fen: int
    other_fund_fen: int
    hospital_fen: int
    account_current_fen: int
    account_prior_fen: int
    family_account_fen: int
    commercial_fen: int
    cash_fen: int
    used_in_scope_fen: int
    major_counted_fen: int
    stay_counted: int
    quote_digest: int
    insured_region: int
    scheme: int
    person_status: int
    age: int
    civil_servant: int
    assistance: int
    family_doctor: int
    benefit_year_day: int
    deductible_used_before_fen: int
    in_scope_before_fen: int
    pooled_paid_before_fen: int
    major_in_scope_before_fen: int
    major_paid_before_fen: int
    stays_before: int
    fund_leg: int
    account_leg: int
    cash_leg: int
    cash_collected_fen: int
    cash_to_return_fen: int
    cash_returned_fen: int
    paid_window: int
    refund_window: int
    refund_id: int
    version: int
    usage_groups: int
    refund_count: int
    cash_refund_count: int
    returned_full_self_pay_fen: int
    returned_over_limit_fen: int
    returned_class_b_self_pay_fen: int
    returned_in_scope_fen: int
    returned_deductible_base_fen: int
    returned_cash_fen: int
    refunded_deductible_fen: int
    refunded_pooled_fen: int
    refunded_major_fen: int
    refunded_civil_servant_fen: int
    refunded_assistance_fen: int
    refunded_other_fund_fen: int
    refunded_hospital_fen: int
    refunded_account_current_fen: int
    refunded_account_prior_fen: int
    refunded_family_account_fen: int
    refunded_commercial_fen: int
    refunded_cash_fen: int
    refunded_used_in_scope_fen: int
    refunded_major_counted_fen: int
    refunded_stay: int
    refunded_insurance: int
    refunded_collected_fen: int
    refund_cash_pending_fen: int
    cash_pieces_fen: int
    aid_plan_key: int
    aid_year_day: int
    aid_counted_before_1_fen: int
    aid_counted_before_2_fen: int
    aid_counted_before_3_fen: int
    aid_paid_before_1_fen: int
    aid_paid_before_2_fen: int
    aid_paid_before_3_fen: int
    aid_counted_1_fen: int
    aid_counted_2_fen: int
    aid_counted_3_fen: int
    aid_paid_1_fen: int
    aid_paid_2_fen: int
    aid_paid_3_fen: int
    insurance_plan_key: int
    insurance_year_day: int
    insurance_counted_before_1_fen: int
    insurance_counted_before_2_fen: int
    insurance_counted_before_3_fen: int
    insurance_paid_before_1_fen: int
    insurance_paid_before_2_fen: int
    insurance_paid_before_3_fen: int
    insurance_counted_1_fen: int
    insurance_counted_2_fen: int
    insurance_counted_3_fen: int
    insurance_paid_1_fen: int
    insurance_paid_2_fen: int
    insurance_paid_3_fen: int
    plans_given_back: int
    family_person_id: int
    family_prior_fen: int
    family_year_day: int
    risk_assessment_id: int
    risk_decision: int
    risk_score: int
    risk_proofs: int
    risk_assessed_at_ms: int
    risk_device: int
    risk_latitude_e6: int
    risk_longitude_e6: int
    risk_held: int
    risk_verdict: int

    def __init__(self, **values: int) -> None: ...
    def stored_row(self) -> tuple[Any, ...]: ...
    def row(self) -> tuple[int, ...]: ...
    @staticmethod
    def unpack(facts: bytes) -> Order: ...
    def copy(self) -> Order: ...
    def pack(self) -> bytes: ...
    @property
    def account_fen(self) -> int: ...
    @property
    def cash_to_collect_fen(self) -> int: ...

def later_bills(order: Order, others: Iterable[Order]) -> list[Order]: ...
