"""One plan compiled to flat arrays, and what it pays of a bill.

Design
    The parts of a plan pay one after the other. A part sums up what it counts of the money left to the patient; its
    benefit is a function of a whole plan year's counted money (or of the bill alone), and a bill is paid the
    difference that it makes, rounded once. What is paid is taken off what was counted, in the order of `counts`.

Invariants
    Shares are at most 1, so that no part pays more than it counts. No ceiling is passed by the sum of the bills.
    What a plan has counted grows by every bill it covers, whether it paid of it or not.
"""

from libc.stdint cimport int64_t
from libc.string cimport memset

from core.benefit.exact cimport rounded_ppm, take
from core.benefit.rule cimport HALF_EVEN, HALF_UP, NOT_SET, ROUND_DOWN, ROUND_UP
from core.benefit.rule import LEVEL_NAMES
from core.plans.checking import LEFT, TENDERS
from core.rules.words import MONEY_MAX_FEN

cdef int64_t MONEY_MAX = MONEY_MAX_FEN

_WAYS = {"half_up": HALF_UP, "half_even": HALF_EVEN, "down": ROUND_DOWN, "up": ROUND_UP}
_SERVICES = ("", "outpatient", "inpatient", "pharmacy", "chronic")      # by number, as core.policy has them
_REFERRALS = ("", "local", "filed", "transfer", "emergency", "unfiled")
_LEVELS = ("", *LEVEL_NAMES)


cdef class CompiledPlan:
    """One plan as flat arrays.

    Args:
        document: of a plan that core.plans.check finds no fault with.
    """

    def __init__(self, dict document not None):
        cdef Plan* plan = &self.plan
        cdef PlanPart* part
        memset(plan, 0, sizeof(Plan))
        excludes = document.get("excludes") or {}
        self.document, self.plan_id, self.tender = document, document["plan_id"], document["tender"]
        month, _, day = document.get("plan_year_start", "01-01").partition("-")
        self.year_month, self.year_day = int(month), int(day)
        plan.seat = TENDERS.index(self.tender)
        plan.services = bits(document["services"], _SERVICES)
        plan.referrals = bits(excludes.get("referrals") or (), _REFERRALS)
        plan.levels = bits(excludes.get("levels") or (), _LEVELS)
        plan.cap_fen = or_not_set(document.get("cap_fen"))
        plan.bill_cap_fen = or_not_set(document.get("cap_per_bill_fen"))
        plan.way = _WAYS[document.get("rounding", "half_up")]
        plan.part_count = len(document["parts"])
        for index, terms in enumerate(document["parts"]):
            part = &plan.parts[index]
            part.count_count = len(terms["counts"])
            for place, name in enumerate(terms["counts"]):
                part.counts[place] = LEFT.index(name)
            part.by_year = terms.get("per", "year") == "year"
            part.deductible_fen = terms.get("deductible_fen", 0)
            part.cap_fen = or_not_set(terms.get("cap_fen"))
            part.band_count = len(terms["bands"])
            for place, band in enumerate(terms["bands"]):
                part.from_fen[place] = band["from"]
                part.to_fen[place] = or_not_set(band["to"])
                part.ppm[place] = band["ppm"]

    @property
    def part_count(self):
        """How many parts it has."""
        return self.plan.part_count

    @property
    def seat(self):
        """Its place among the tenders of plans."""
        return self.plan.seat

    cpdef bint covers(self, int service, int referral, int level):
        """Whether it pays for such bills (numbers of the proto's enums)."""
        return bool(self.plan.services & 1 << service) and not (
            self.plan.referrals & 1 << referral or self.plan.levels & 1 << level)


cdef class Cover:
    """A person's plan as one bill meets it: what it has counted and paid before, and then what the bill adds.

    Args:
        plan: one that covers the bill.
        counted_fen, paid_fen: by part, in the plan year of the bill, before it.
    """

    def __init__(self, CompiledPlan plan not None, counted_fen, paid_fen):
        memset(&self.seat, 0, sizeof(PlanSeat))
        if not len(counted_fen) == len(paid_fen) == plan.plan.part_count:
            raise ValueError(f"plan {plan.plan_id} has {plan.plan.part_count} parts, not {len(counted_fen)}")
        self.plan = plan
        self.seat.plan = &plan.plan
        for index in range(plan.plan.part_count):
            self.seat.before.counted_fen[index] = counted_fen[index]
            self.seat.before.paid_fen[index] = paid_fen[index]

    @property
    def counted_before_fen(self):
        """What the plan had counted before, by part."""
        return tuple([self.seat.before.counted_fen[index] for index in range(self.seat.plan.part_count)])

    @property
    def paid_before_fen(self):
        """What it had paid before, by part."""
        return tuple([self.seat.before.paid_fen[index] for index in range(self.seat.plan.part_count)])

    @property
    def counted_fen(self):
        """What the bill adds to what the plan has counted, by part."""
        return tuple([self.seat.taken.counted_fen[index] for index in range(self.seat.plan.part_count)])

    @property
    def paid_fen(self):
        """What the plan pays of the bill, by part."""
        return tuple([self.seat.taken.paid_fen[index] for index in range(self.seat.plan.part_count)])


cdef bint sound_usage(const PlanUsage* usage) noexcept nogil:
    """Whether every number is one that a plan may compute with."""
    cdef int index
    for index in range(PLAN_PARTS_MAX):
        if not (0 <= usage.counted_fen[index] <= MONEY_MAX and 0 <= usage.paid_fen[index] <= MONEY_MAX):
            return False
    return True


cdef int64_t plan_pays(PlanSeat* seat, int64_t* left) noexcept nogil:
    """What a plan pays of the money left to the patient, which it takes off `left`; notes what it adds, by part."""
    cdef const Plan* plan = seat.plan
    cdef const PlanPart* part
    cdef int64_t room = MONEY_MAX, whole = 0, base, before, paid
    cdef int index, place
    memset(&seat.taken, 0, sizeof(PlanUsage))
    if plan.cap_fen != NOT_SET:
        room = plan.cap_fen
        for index in range(plan.part_count):
            room -= seat.before.paid_fen[index]
        room = max(room, 0)
    if plan.bill_cap_fen != NOT_SET:
        room = min(room, plan.bill_cap_fen)
    for index in range(plan.part_count):
        part = &plan.parts[index]
        base = 0
        for place in range(part.count_count):
            base += left[part.counts[place]]
        before = seat.before.counted_fen[index] if part.by_year else 0
        paid = rounded_ppm(benefit_ppm(part, before + base) - benefit_ppm(part, before), plan.way)
        if part.cap_fen != NOT_SET:
            paid = min(paid, max(part.cap_fen - seat.before.paid_fen[index], 0))
        paid = min(paid, room)
        seat.taken.counted_fen[index] = base
        seat.taken.paid_fen[index] = paid
        room -= paid
        whole += paid
        for place in range(part.count_count):
            paid -= take(&left[part.counts[place]], paid)
    return whole


cdef int64_t benefit_ppm(const PlanPart* part, int64_t counted_fen) noexcept nogil:
    """What a part pays of a whole amount that it has counted, exactly, in millionths of a fen."""
    cdef int64_t behind = counted_fen - part.deductible_fen, benefit = 0, high
    cdef int index
    for index in range(part.band_count):
        high = behind if part.to_fen[index] == NOT_SET else min(behind, part.to_fen[index])
        if high > part.from_fen[index]:
            benefit += (high - part.from_fen[index]) * part.ppm[index]
    return benefit


def bits(names, words):
    """Names as bits by their place among words."""
    return sum([1 << words.index(name) for name in names])


def or_not_set(amount):
    """An amount, or NOT_SET where there is none."""
    return NOT_SET if amount is None else amount
