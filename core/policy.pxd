"""A region's rules, compiled to flat arrays that a split reads without touching a Python object."""

from libc.stdint cimport int32_t, int64_t


cdef extern from *:
    """
    #define MEDSETTLE_MONEY_MAX_FEN 100000000000LL
    """
    const int64_t MONEY_MAX_FEN "MEDSETTLE_MONEY_MAX_FEN"  # 1 billion yuan: the bound of every amount, see policy.pyx


cdef enum:
    PPM_ONE = 1_000_000       # 100 %
    STATUS_COUNT = 5          # PersonStatus
    ASSISTANCE_COUNT = 4      # Assistance
    LEVEL_COUNT = 6           # InstitutionLevel, the pharmacy included
    NO_VALUE = -1             # a table has no value for this person and level
    NO_CAP = -2               # there is a value, and it says: no ceiling


cdef enum DeductibleKind:
    DEDUCTIBLE_NONE = 0
    DEDUCTIBLE_ANNUAL = 1     # less what was used this benefit year
    DEDUCTIBLE_PER_BILL = 2   # per_visit and per_stay


cdef enum MeasuredOn:         # where band edges lie
    MEASURED_ON_BILL = 0      # from 0 on what is left after the deductible
    MEASURED_ON_STAY = 1      # the bill's in-scope amount from 0, the deductible filling it first
    MEASURED_ON_YEAR = 2      # the same, starting at the year's in-scope amount
    MEASURED_ON_PAID = 3      # what the pooled fund has paid this year


cdef enum MajorKind:
    MAJOR_OVER_CAP = 1
    MAJOR_OVER_BURDEN = 2


cdef enum PaysNature:         # bits of Rule.account_pays
    PAYS_DEDUCTIBLE = 1
    PAYS_COPAY = 2
    PAYS_CLASS_B = 4
    PAYS_OVER_LIMIT = 8
    PAYS_FULL_SELF = 16


cdef enum Owner:
    OWNER_CURRENT_YEAR = 1
    OWNER_SELF = 2
    OWNER_FAMILY = 3


cdef struct Major:            # one entry of the second stage, as a person with or without assistance has it
    int32_t kind              # MajorKind
    int32_t edges_from_threshold
    int64_t threshold_fen
    int64_t cap_fen           # what the year may bring, NO_CAP: any amount
    int32_t band_count
    int64_t* from_fen         # [band]
    int64_t* to_fen           # [band]; an open band ends above every amount
    int64_t* ppm              # [slot * band_count + band], or NO_VALUE


cdef struct Rule:
    # Slot: one person's kind (assistance, status, age) at one level; every table is folded to one row a slot.
    int32_t age_count         # age ranges
    int32_t* age_from         # [age_count - 1] where the next range begins, ascending
    int64_t slot_count
    # Deductible.
    int32_t deductible_kind   # DeductibleKind
    int32_t reads_stay        # later stays differ, and the service counts stays
    int64_t family_doctor_fen # taken off for a person signed with a family doctor
    int64_t* deductible_fen   # [slot] first stay or visit, or the year; NO_VALUE
    int32_t later_count       # rows of later stays
    int32_t* later_from_stay  # [row], ascending
    int64_t* later_base_fen   # [row * slot_count + slot]
    int64_t* later_step_fen   # [row * slot_count + slot] added for each stay from from_stay on
    int64_t* later_floor_fen  # [row * slot_count + slot]
    # Pooled fund. The ratio of a band is weight / scale, exact.
    int32_t measured_on       # MeasuredOn
    int32_t band_count
    int64_t* from_fen         # [band]
    int64_t* to_fen           # [band]; an open band ends above every amount
    int64_t* weight           # [slot * band_count + band], or NO_VALUE
    int64_t* scale            # [slot] greater than 0
    int64_t* cost_unit        # [slot] measured on what was paid: a fen of cost is this many whole units at every edge
    int64_t* cap_fen          # [slot] ceiling of what the fund pays in a year, NO_CAP or NO_VALUE
    # Second stage, in the order of the policy, two rows an entry: without and with assistance.
    int32_t major_count
    Major* majors             # [major_count * 2]
    # Later payers.
    int64_t* civil_servant_ppm     # [slot] 0: none; NO_VALUE
    int64_t* assistance_ppm        # [slot] 0: none; NO_VALUE
    int64_t assistance_cap_fen[4]  # by Assistance - 1, a bill; NO_CAP
    # Accounts.
    int32_t account_first     # the current year's money pays in-scope amounts before everything else
    int32_t account_pays      # bits of PaysNature, at this kind of service
    int32_t owner_count
    int32_t owners[3]         # Owner, in the order they pay


cdef class CompiledRule:
    cdef Rule data
    cdef Rule* rule                   # the same, as split_bill takes it; valid while this object lives
    cdef list arrays                  # what the pointers point into
    cdef readonly str region          # insured region, six digits
    cdef readonly int scheme
    cdef readonly int service
    cdef readonly str version_from    # effective_from of the version, ISO date; "" when only an override made the rule
    cdef readonly str policy_version  # "version" of the region's document
    cdef readonly object document     # number of the legal document, or None


cdef class RuleBook:
    cdef dict documents               # region -> checked policy document
    cdef dict year_starts             # region -> (month, day)
    cdef dict found                   # (insured, treatment, scheme, service, referral, day) -> CompiledRule
    cdef dict compiled                # what differs in the rules -> CompiledRule

    cpdef CompiledRule find(self, str insured_region, str treatment_region, int scheme, int service, int referral,
                            int64_t service_day)
    cpdef int32_t benefit_year_day(self, str insured_region, int64_t service_day) except? -1
    cpdef int64_t passwordless_limit_fen(self, str region) except -1
