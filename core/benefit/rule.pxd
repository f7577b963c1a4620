"""One benefit rule compiled to flat arrays."""

from libc.stdint cimport int32_t, int64_t


cdef enum:
    LEVELS = 6                # institution levels, pharmacy included
    STATUSES = 5
    AGES_MAX = 16             # age thresholds of one rule
    BANDS_MAX = 12
    LATER_STAYS_MAX = 8
    MAJORS_MAX = 4
    NATURES_MAX = 5
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
    MEASURE_YEAR_BEHIND = 4   # in-scope money of the benefit year behind its deductible


cdef enum:                    # Nature: what is left to the person, by place in core.rules.words.NATURES
    NATURE_DEDUCTIBLE = 0
    NATURE_COPAY = 1          # all in-scope money behind the deductible
    NATURE_CLASS_B = 2
    NATURE_OVER_LIMIT = 3
    NATURE_FULL_SELF = 4


cdef enum:                    # Burden: in-scope money that the pooled fund left, by place in core.rules.words.BURDENS
    BURDEN_DEDUCTIBLE = 0
    BURDEN_COPAY = 1
    BURDEN_OVER_CAP = 2
    BURDENS_ALL = 7           # as bits


cdef enum:                    # Way: how a fund's exact benefit becomes whole fen
    HALF_UP = 0
    HALF_EVEN = 1
    ROUND_DOWN = 2
    ROUND_UP = 3


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
    int counts                # which parts of that burden, as bits
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
    bint capped
    int64_t* cap                  # by slot: what it pays in a year at most
    bint scope_capped
    int64_t* scope_cap            # by slot: in-scope money of the year, deductible included, that it pays on
    int way                       # how this and every later fund rounds
    bint cap_segment_down         # the segment under the cap is cut to whole fen downwards
    # After the fund.
    int32_t major_count
    Stage majors[MAJORS_MAX][2]
    int64_t* civil_servant_ppm    # by slot
    int64_t civil_servant_cap_fen # a bill, or NOT_SET
    int civil_servant_counts      # Burden bits
    int64_t* assistance_ppm[5]    # by kind of assistance, then by slot
    int64_t assistance_cap_fen[5] # a bill, or NOT_SET
    int assistance_counts[5]
    int owner_order[3]
    int pays_count[3]             # by Owner
    int pays[3][NATURES_MAX]      # Natures that an owner's money may pay, in this order
    int usage_groups[3]           # of core.accounts: where deductible, in-scope money and pooled payments are kept


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


cdef int32_t slot_of(const Rule* rule, int status, int age, int level, bint assisted) noexcept nogil
