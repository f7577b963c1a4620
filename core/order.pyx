"""Orders as the core holds them, and their journal form.

Design
    An order is a row of 64-bit numbers, so that a copy is one memcpy and its journal form is a run of zigzag varints:
    most fields are 0 or small, and the whole order takes some 150 bytes instead of 600. The journal form is the
    order as it stood after an event; an answer is built from it, live and replayed alike.

Invariants
    `pack` and `Order.unpack` are each other's inverse. Fields are only ever added at the end, and zeros at the end are
    not written: an order that was never refunded has nothing of its refunds in the journal, and a form written by an
    older gateway reads back with zeros in the new fields.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy, memset

from core.words cimport (
    KIND_CASH_ONLY, LEG_NONE, ORDER_ALREADY_PAID, ORDER_ALREADY_REFUNDED, ORDER_AUTHORIZED, ORDER_CLOSED, ORDER_EXPIRED,
    ORDER_IS_CLOSED, ORDER_PAID, ORDER_PARTIALLY_REFUNDED, ORDER_REFUNDED, ORDER_VOIDED,
)

ORDER_FIELDS = (
    "order_id", "institution_id", "party_id", "channel_id", "binding_id", "person_id",
    "state", "created_at_ms", "expires_at_ms", "claimed_at_ms", "authorized_at_ms", "paid_at_ms",
    "ended_at_ms", "expired",
    "scenario", "kind", "service", "level", "referral", "service_day", "treatment_region", "stay_number",
    "total_fen", "full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen", "deductible_base_fen",
    "hospital_borne_fen", "cash_additions_fen", "cash_reductions_fen",
    "use_account", "policy_id", "deductible_fen", "pooled_fen", "major_fen", "civil_servant_fen", "assistance_fen",
    "other_fund_fen", "hospital_fen", "account_current_fen", "account_prior_fen", "family_account_fen",
    "commercial_fen", "cash_fen", "used_in_scope_fen", "major_counted_fen", "stay_counted", "quote_digest",
    "insured_region", "scheme", "person_status", "age", "civil_servant", "assistance", "family_doctor",
    "benefit_year_day", "deductible_used_before_fen", "in_scope_before_fen", "pooled_paid_before_fen",
    "major_in_scope_before_fen", "major_paid_before_fen", "stays_before",
    "fund_leg", "account_leg", "cash_leg", "cash_collected_fen", "cash_to_return_fen", "cash_returned_fen",
    "paid_window", "refund_window", "refund_id", "version", "usage_groups",
    "refund_count", "cash_refund_count", "returned_full_self_pay_fen", "returned_over_limit_fen",
    "returned_class_b_self_pay_fen", "returned_in_scope_fen", "returned_deductible_base_fen", "returned_cash_fen",
    "refunded_deductible_fen", "refunded_pooled_fen", "refunded_major_fen", "refunded_civil_servant_fen",
    "refunded_assistance_fen", "refunded_other_fund_fen", "refunded_hospital_fen", "refunded_account_current_fen",
    "refunded_account_prior_fen", "refunded_family_account_fen", "refunded_commercial_fen", "refunded_cash_fen",
    "refunded_used_in_scope_fen", "refunded_major_counted_fen", "refunded_stay", "refunded_insurance",
    "refunded_collected_fen", "refund_cash_pending_fen", "cash_pieces_fen",
    "aid_plan_key", "aid_year_day", "aid_counted_before_1_fen", "aid_counted_before_2_fen",
    "aid_counted_before_3_fen", "aid_paid_before_1_fen", "aid_paid_before_2_fen", "aid_paid_before_3_fen",
    "aid_counted_1_fen", "aid_counted_2_fen", "aid_counted_3_fen", "aid_paid_1_fen", "aid_paid_2_fen",
    "aid_paid_3_fen", "insurance_plan_key", "insurance_year_day", "insurance_counted_before_1_fen",
    "insurance_counted_before_2_fen", "insurance_counted_before_3_fen", "insurance_paid_before_1_fen",
    "insurance_paid_before_2_fen", "insurance_paid_before_3_fen", "insurance_counted_1_fen",
    "insurance_counted_2_fen", "insurance_counted_3_fen", "insurance_paid_1_fen", "insurance_paid_2_fen",
    "insurance_paid_3_fen", "plans_given_back", "family_person_id", "family_prior_fen", "family_year_day",
    "risk_assessment_id", "risk_decision", "risk_score", "risk_proofs", "risk_assessed_at_ms", "risk_device",
    "risk_latitude_e6", "risk_longitude_e6", "risk_held", "risk_verdict",
)

# What a store can ask for or check by itself, so that each has a column of its own; the rest is in the journal form.
ORDER_COLUMNS = (
    "order_id", "institution_id", "channel_id", "binding_id", "person_id", "state", "expires_at_ms", "paid_at_ms",
    "ended_at_ms", "paid_window", "refund_window", "refund_id", "in_scope_fen", "total_fen", "pooled_fen", "major_fen",
    "civil_servant_fen", "assistance_fen", "other_fund_fen", "hospital_fen", "account_current_fen", "account_prior_fen",
    "family_account_fen", "commercial_fen", "cash_fen",
)

cdef enum:
    FIELD_COUNT = 143
    COLUMN_COUNT = 25
    VARINT_SIZE_MAX = 10

assert len(ORDER_FIELDS) == FIELD_COUNT
assert len(ORDER_COLUMNS) == COLUMN_COUNT

cdef int[COLUMN_COUNT] COLUMN_FIELDS = [ORDER_FIELDS.index(name) for name in ORDER_COLUMNS]


cdef class Order:
    """One order. Every attribute is a whole number; money is in fen, times in Unix milliseconds."""

    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)

    def row(self):
        """All fields as a tuple, in the order of ORDER_FIELDS."""
        cdef int64_t* fields = self.fields()
        return tuple([fields[index] for index in range(FIELD_COUNT)])

    def stored_row(self):
        """The order as a store keeps it: ORDER_COLUMNS, then the journal form."""
        cdef int64_t* fields = self.fields()
        cdef int index
        cdef list row = [fields[COLUMN_FIELDS[index]] for index in range(COLUMN_COUNT)]
        row.append(self.pack())
        return tuple(row)

    @staticmethod
    def unpack(const unsigned char[:] facts):
        """The order of a journal form; raises ValueError when the bytes are no such form."""
        return unpack_order(facts)

    cpdef Order copy(self):
        """The order as it stands, apart from this one."""
        cdef Order twin = Order.__new__(Order)
        memcpy(twin.fields(), self.fields(), FIELD_COUNT * sizeof(int64_t))
        return twin

    cpdef bytes pack(self):
        """The journal form."""
        cdef unsigned char buffer[FIELD_COUNT * VARINT_SIZE_MAX]
        cdef int64_t* fields = self.fields()
        cdef uint64_t rest
        cdef int index, size = 0, count = FIELD_COUNT
        while count > 1 and fields[count - 1] == 0:
            count -= 1
        for index in range(count):
            rest = (<uint64_t>fields[index] << 1) ^ <uint64_t>(fields[index] >> 63)
            while rest > 0x7f:
                buffer[size] = <unsigned char>(rest & 0x7f) | 0x80
                rest >>= 7
                size += 1
            buffer[size] = <unsigned char>rest
            size += 1
        return PyBytes_FromStringAndSize(<char*>buffer, size)

    @property
    def account_fen(self):
        """What both purses of the person's own account pay."""
        return self.account_current_fen + self.account_prior_fen

    @property
    def cash_to_collect_fen(self):
        """What the channel takes from the patient: the cash tender with its additions, less its reductions."""
        return self.cash_fen + self.cash_additions_fen - self.cash_reductions_fen

    def __repr__(self):
        return f"Order({self.order_id}, state={self.state}, total_fen={self.total_fen})"

    cdef int64_t* fields(self) noexcept:
        # The attributes are declared one after another, all int64_t: C lays them out as one array (asserted below).
        return &self.order_id

    cdef OrderPlan* plan(self, int seat) noexcept:
        """The part of the plan of a seat (core.plans)."""
        return (<OrderPlan*>&self.aid_plan_key) + seat


cdef Order unpack_order(const unsigned char[:] facts):
    cdef Order order = Order.__new__(Order)
    cdef int64_t* fields = order.fields()
    cdef uint64_t number
    cdef int index = 0, shift
    cdef Py_ssize_t at = 0, size = facts.shape[0]
    memset(fields, 0, FIELD_COUNT * sizeof(int64_t))
    while at < size:
        if index == FIELD_COUNT:
            raise ValueError("the journal form has more fields than this gateway knows: a newer one wrote it")
        number = 0
        shift = 0
        while True:
            if at == size or shift > 63:
                raise ValueError("the journal form of an order is damaged")
            number |= <uint64_t>(facts[at] & 0x7f) << shift
            shift += 7
            at += 1
            if facts[at - 1] < 0x80:
                break
        fields[index] = <int64_t>(number >> 1) ^ -<int64_t>(number & 1)
        index += 1
    return order


cdef void set_insurance_legs(Order order, int state) noexcept:
    """Puts the legs of the insurance side that carry money into one state: they move together or not at all."""
    cdef int64_t fund_fen = (
        order.pooled_fen + order.major_fen + order.civil_servant_fen + order.assistance_fen + order.other_fund_fen)
    order.fund_leg = state if fund_fen > 0 else LEG_NONE
    order.account_leg = LEG_NONE
    if order.account_current_fen + order.account_prior_fen + order.family_account_fen > 0:
        order.account_leg = state


cdef int why_not_open(Order order) noexcept:
    """Why an order that is not OPEN cannot be paid."""
    if order.state == ORDER_REFUNDED:
        return ORDER_ALREADY_REFUNDED
    if order.state == ORDER_CLOSED or order.state == ORDER_VOIDED:
        return ORDER_EXPIRED if order.expired else ORDER_IS_CLOSED
    return ORDER_ALREADY_PAID


cdef bint is_later_bill(Order other, Order order) noexcept:
    """Whether another order of the same person and benefit year was authorized later and counts in its accumulators."""
    if other.person_id != order.person_id or other.benefit_year_day != order.benefit_year_day:
        return False
    if other.kind == KIND_CASH_ONLY or other.refunded_insurance:
        return False
    if other.state != ORDER_AUTHORIZED and other.state != ORDER_PAID and other.state != ORDER_PARTIALLY_REFUNDED:
        return False
    if other.authorized_at_ms != order.authorized_at_ms:
        return other.authorized_at_ms > order.authorized_at_ms
    return other.order_id > order.order_id


def later_bills(Order order not None, others):
    """Those of some orders that are bills of the same person and benefit year, standing, and later than an order."""
    return [other for other in others if is_later_bill(other, order)]


cdef Order _layout = Order()
assert &_layout.family_year_day - &_layout.order_id == FIELD_COUNT - 1, "Order's fields are not one array"
assert <int64_t*>(<OrderPlan*>&_layout.aid_plan_key + 2) == &_layout.plans_given_back, "the plans' fields are not two"
