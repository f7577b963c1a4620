"""One benefit rule compiled to flat arrays, and the book that finds it."""

from libc.stdint cimport int32_t, int64_t


cdef enum:
    LEVELS = 6                # institution levels, pharmacy included
    STATUSES = 5
    AGES_MAX = 16             # age thresholds of one rule
    BANDS_MAX = 12
    LATER_STAYS_MAX = 8
    MAJORS_MAX = 4
    NOT_SET = -1


cdef enum DeductibleKind:
    DEDUCTIBLE_NONE = 0
    DEDUCTIBLE_ANNUAL = 1
    DEDUCTIBLE_PER_VISIT = 2
    DEDUCTIBLE_PER_STAY = 3


cdef enum Measure:            # where band edges lie
    MEASURE_BILL = 0          # from 0 on this bill, after the deductible
    MEASURE_STAY = 1          # in-scope money of the stay, which the deductible fills first
    MEASURE_YEAR = 2          # the same over the benefit year
    MEASURE_PAID = 3          # what the pooled fund has paid this year


cdef enum Payable:            # natures that the personal account may pay, as bits
    PAYS_DEDUCTIBLE = 1
    PAYS_COPAY = 2
    PAYS_CLASS_B = 4
    PAYS_OVER_LIMIT = 8
    PAYS_FULL_SELF = 16


cdef enum Owner:
    OWNER_CURRENT_YEAR = 0
    OWNER_PRIOR_YEARS = 1
    OWNER_FAMILY = 2


cdef struct LaterStay:
    int32_t from_stay
    int64_t* amounts          # by slot, replaces the first amount; NULL: one of the others
    int64_t* ppm              # by slot, share of the first amount; NULL: none
    int64_t step_fen          # added once a stay
    int64_t step_ppm          # the same as a share of the first amount
    int64_t floor_fen


cdef struct Stage:            # a second stage, for persons without (0) and with (1) assistance
    bint over_cap             # its base is what the cap cut off; else the personal in-scope burden
    int64_t cap_fen           # what it pays in a year at most, or NOT_SET
    int32_t band_count
    int64_t from_fen[BANDS_MAX]   # on the yearly base, threshold included
    int64_t to_fen[BANDS_MAX]     # NOT_SET: open
    int64_t* ppm[BANDS_MAX]       # by slot


cdef struct Rule:
    # Tables have one value a slot: (assisted, status, age threshold, level) folded into one index; NOT_SET: none.
    int32_t slot_count
    int32_t age_count
    int32_t ages[AGES_MAX]    # ascending, the first is 0
    bint account_first
    # Deductible.
    int kind
    int64_t* deductible       # by slot
    int64_t family_doctor_fen # taken off for a person signed with a family doctor
    int32_t later_count
    LaterStay later[LATER_STAYS_MAX]
    # Pooled fund.
    int measure
    int32_t band_count
    int64_t from_fen[BANDS_MAX]
    int64_t to_fen[BANDS_MAX]     # NOT_SET: open
    int64_t* share[BANDS_MAX]     # by slot, over share_unit
    int64_t share_unit            # 1,000,000, or its square where a multiplier leaves fractions of a ppm
    int64_t* cap                  # by slot; NOT_SET: none
    bint capped
    # After the fund.
    int32_t major_count
    Stage majors[MAJORS_MAX][2]
    int64_t* civil_servant_ppm    # by slot
    int64_t* assistance_ppm[5]    # by kind of assistance, then by slot
    int64_t assistance_cap_fen[5] # a bill, or NOT_SET
    int account_pays              # Payable bits
    int owner_order[3]


cdef class CompiledRule:
    cdef Rule* rule
    cdef list tables                    # owns what the pointers of `rule` point to
    cdef readonly str region
    cdef readonly int scheme
    cdef readonly int service
    cdef readonly str version_from      # effective date of the version
    cdef readonly str policy_version
    cdef readonly object document       # legal document of the version, or None
    cdef readonly int64_t policy_id     # of the policy document it is from; 0 where that has none
    cdef int64_t* table(self, list values) except NULL


cdef class RuleBook:
    cdef dict lines                     # region code -> versions in force, by their beginning
    cdef dict kept                      # policy id -> version, in force or not
    cdef dict found                     # what find() was asked before -> CompiledRule or reason
    cdef dict year_days                 # (region, service day, policy id) -> first day of the benefit year
    cpdef CompiledRule find(self, str insured_region, str treatment_region, int scheme, int service, int referral,
                            int64_t service_day, int64_t policy_id=*)
    cpdef int64_t benefit_year_day(self, str insured_region, int64_t service_day, int64_t policy_id=*) except -1


cdef int32_t slot_of(const Rule* rule, int status, int age, int level, bint assisted) noexcept nogil
