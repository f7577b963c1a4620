"""A person's plans, and what they have counted and paid.

Design
    A person has few plans, if any, so that they stand beside the account cache and not in it: a list a person, read with
    the account and forgotten with it. An order records what its plans had counted and paid before and what it added,
    so that taking it in and giving it back need nothing else.

Invariants
    At most one plan of each tender holds on a day. What a plan has counted and paid is the sum of the orders that stand
    in its plan year; a new plan year begins with nothing, and what belongs to an ended one is gone.
"""

from libc.stdint cimport int64_t
from libc.string cimport memset

from core.order cimport Order, OrderPlan
from core.plans.plan cimport PLAN_PARTS_MAX, SEATS, CompiledPlan, PlanSeat, PlanUsage

ENROLMENT_COLUMNS = (
    "person_id", "plan_id", "seat", "valid_from", "valid_to", "year_day", "counted_1_fen", "counted_2_fen",
    "counted_3_fen", "paid_1_fen", "paid_2_fen", "paid_3_fen",
)


cdef class Enrolment:
    """One plan of one person.

    Args:
        row: as a store has it (ENROLMENT_COLUMNS).
    """

    def __init__(self, row):
        cdef int part
        self.person_id, self.plan_id, self.seat, self.valid_from, self.valid_to, self.year_day = row[:6]
        for part in range(PLAN_PARTS_MAX):
            self.usage.counted_fen[part] = row[6 + part]
            self.usage.paid_fen[part] = row[9 + part]

    def row(self):
        """As a store keeps it (ENROLMENT_COLUMNS)."""
        return (
            self.person_id, self.plan_id, self.seat, self.valid_from, self.valid_to, self.year_day,
            *[self.usage.counted_fen[part] for part in range(PLAN_PARTS_MAX)],
            *[self.usage.paid_fen[part] for part in range(PLAN_PARTS_MAX)])

    def overlaps(self, int64_t valid_from, int64_t valid_to):
        """Whether it holds on one of these days."""
        return self.valid_from <= valid_to and valid_from <= self.valid_to


cdef Enrolment enrolled_on(list enrolments, int seat, int64_t day):
    """The plan of a seat that holds on a day, or None."""
    cdef Enrolment enrolment
    for enrolment in enrolments:
        if enrolment.seat == seat and enrolment.valid_from <= day <= enrolment.valid_to:
            return enrolment
    return None


cdef int seat_of_bill(
        Enrolment enrolment, CompiledPlan plan, Order order, int64_t year_day, PlanSeat* seat) noexcept:
    """Fills a seat for the pricing of a bill; gives 0, or 1 where the bill's plan year has ended."""
    if year_day < enrolment.year_day:
        return 1
    seat.plan = &plan.plan
    seat.before = enrolment.usage
    if year_day > enrolment.year_day:
        memset(&seat.before, 0, sizeof(PlanUsage))
    return 0


cdef void note_plans(Order order, PlanSeat** seats, int64_t* keys, int64_t* year_days) noexcept:
    """Writes into an order what priced it, and forgets what priced it before."""
    cdef OrderPlan* part
    cdef int seat
    for seat in range(SEATS):
        part = order.plan(seat)
        memset(part, 0, sizeof(OrderPlan))
        if seats[seat] != NULL:
            part.plan_key, part.year_day = keys[seat], year_days[seat]
            part.before, part.taken = seats[seat].before, seats[seat].taken
    order.plans_given_back = 0


cdef void take_plans(Order order, list enrolments, plans):
    """Puts a priced order into its person's plans."""
    move_plans(order, enrolments, plans, 1)


cdef void give_back_plans(Order order, list enrolments, plans):
    """Takes an order out of its person's plans again; once, whatever is given back of it later."""
    if not order.plans_given_back:
        move_plans(order, enrolments, plans, -1)
        order.plans_given_back = 1 if order.plan(0).plan_key or order.plan(1).plan_key else 0


cdef void move_plans(Order order, list enrolments, plans, int sign):
    cdef OrderPlan* part
    cdef Enrolment enrolment
    cdef CompiledPlan plan
    cdef int seat, index
    for seat in range(SEATS):
        part = order.plan(seat)
        if part.plan_key == 0:
            continue
        plan = plans.kept(part.plan_key)
        for enrolment in enrolments or ():
            if enrolment.plan_id != plan.plan_id:
                continue
            if sign > 0 and part.year_day > enrolment.year_day:
                memset(&enrolment.usage, 0, sizeof(PlanUsage))
                enrolment.year_day = part.year_day
            if part.year_day == enrolment.year_day:
                for index in range(PLAN_PARTS_MAX):
                    enrolment.usage.counted_fen[index] += sign * part.taken.counted_fen[index]
                    enrolment.usage.paid_fen[index] += sign * part.taken.paid_fen[index]
