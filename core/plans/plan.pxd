"""One plan compiled to flat arrays, and what it pays of a bill."""

from libc.stdint cimport int64_t


cdef enum:
    PLAN_PARTS_MAX = 3
    PLAN_BANDS_MAX = 8
    LEFT_MAX = 6              # what is left to the patient, by place in core.plans.checking.LEFT
    LEFT_DEDUCTIBLE = 0
    LEFT_COPAY = 1
    LEFT_OVER_CAP = 2
    LEFT_CLASS_B = 3
    LEFT_OVER_LIMIT = 4
    LEFT_FULL_SELF = 5


cdef enum:                    # Seat: by place in core.plans.checking.TENDERS: a person has at most one plan of each
    SEAT_OTHER_FUND = 0
    SEAT_COMMERCIAL = 1
    SEATS = 2


cdef struct PlanPart:
    int count_count
    int counts[LEFT_MAX]      # what it counts, in the order in which it takes from them
    bint by_year              # deductible and edges lie on what it has counted this plan year; else on this bill
    int64_t deductible_fen
    int64_t cap_fen           # what it pays in a plan year at most, or NOT_SET
    int band_count
    int64_t from_fen[PLAN_BANDS_MAX]   # behind the deductible
    int64_t to_fen[PLAN_BANDS_MAX]     # NOT_SET: open
    int64_t ppm[PLAN_BANDS_MAX]


cdef struct Plan:
    int seat
    int services              # covered, as bits by service number
    int referrals             # left out, as bits by referral number
    int levels                # left out, as bits by level number
    int part_count
    PlanPart parts[PLAN_PARTS_MAX]
    int64_t cap_fen           # what all parts pay in a plan year at most, or NOT_SET
    int64_t bill_cap_fen      # and of one bill
    int way                   # how each part rounds


cdef struct PlanUsage:        # by part, fen
    int64_t counted_fen[PLAN_PARTS_MAX]
    int64_t paid_fen[PLAN_PARTS_MAX]


cdef struct PlanSeat:
    const Plan* plan          # NULL: no plan, or one that does not cover the bill
    PlanUsage before          # in the plan year of the bill
    PlanUsage taken           # what the bill adds


cdef class CompiledPlan:
    cdef Plan plan
    cdef public int64_t plan_key     # by which orders name this version; 0: none does
    cdef readonly str plan_id
    cdef readonly str tender
    cdef readonly dict document
    cdef readonly int year_month     # the plan year begins on this day
    cdef readonly int year_day
    cpdef bint covers(self, int service, int referral, int level)


cdef class Cover:
    cdef readonly CompiledPlan plan
    cdef PlanSeat seat


cdef bint sound_usage(const PlanUsage* usage) noexcept nogil
cdef int64_t plan_pays(PlanSeat* seat, int64_t* left) noexcept nogil
