"""The accounts of insured persons, as the core keeps them in memory."""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t


cdef enum:
    USAGE_GROUPS = 3          # outpatient with pharmacy, inpatient, chronic


cdef enum:                    # a bill's accumulators, by place in core.rules.words.ACCUMULATORS
    COUNTS_DEDUCTIBLE = 0
    COUNTS_IN_SCOPE = 1
    COUNTS_POOLED = 2


cdef struct ServiceUsage:     # what one group of services has used this benefit year
    int64_t deductible_used_fen
    int64_t in_scope_fen      # in-scope money counted, deductible included
    int64_t pooled_paid_fen   # what the pooled fund paid under this group's cap


cdef struct Account:
    int64_t person_id         # 0: the row is free
    # The cache's own, in the cache line that a lookup reads.
    uint16_t pinned_in        # the pinning period in which a batch needed or changed it
    uint8_t used              # needed by a batch since the eviction hand last came by
    int8_t scheme
    int8_t status
    int8_t civil_servant
    int8_t assistance
    int8_t family_doctor
    # Money, in fen. What is held has already left the two purses.
    int64_t current_year_fen  # credited in this benefit year
    int64_t prior_years_fen   # left over from earlier benefit years
    int64_t held_fen          # held by AUTHORIZED orders, out of both purses
    # Accumulators of the benefit year that began on year_day.
    ServiceUsage usage[USAGE_GROUPS]
    int64_t major_in_scope_fen
    int64_t major_paid_fen
    int32_t year_day          # first day of that benefit year, days since 1970-01-01
    int32_t stay_count        # in-patient stays that stand in it
    # The person, as far as the split needs to know.
    int32_t region            # insured region, six digits as a number
    int32_t birth_date        # yyyymmdd as a number
    int64_t version           # number of the batch that wrote the row last


cdef class AccountCache:
    cdef Account* rows        # one row an account, `capacity` of them
    cdef int32_t* buckets     # open addressing: row index and some bits of its hash, or -1
    cdef int index_bits       # of a bucket: those of the row index
    cdef int64_t bucket_count
    cdef uint16_t period      # rows pinned in it are never evicted
    cdef readonly int32_t capacity
    cdef readonly int32_t count
    cdef readonly int32_t pinned_count
    cdef int32_t hand         # where eviction looks next
    cdef int32_t taken        # rows from the first on that were ever taken; those behind take no memory yet
    cdef readonly int64_t hit_count        # rows that a batch needed and found, since the start
    cdef readonly int64_t miss_count       # and did not find
    cdef readonly int64_t eviction_count   # rows that made room for another

    # Called by the ledger, no Python objects.
    cdef Account* find(self, int64_t person_id) noexcept nogil
    cdef Account* take_row(self, int64_t person_id) except NULL
    cdef int64_t bucket_of(self, int64_t person_id) noexcept nogil
    cdef int32_t marked(self, int64_t person_id, int32_t index) noexcept nogil
    cdef int32_t row_in(self, int64_t bucket) noexcept nogil
    cdef int64_t bucket_like(self, int64_t person_id, int64_t bucket) noexcept nogil
    cdef int64_t after(self, int64_t bucket) noexcept nogil
    cdef int64_t distance(self, int64_t start, int64_t bucket) noexcept nogil
    cdef void forget(self, int64_t person_id) noexcept nogil
    cdef pin_group(self, const int64_t* group, int count, list missing)
    cpdef bint pin(self, int64_t person_id) noexcept


cdef void roll_to_year(Account* account, int32_t year_day) noexcept nogil
cdef int usage_group(int service) noexcept nogil
cdef int credit(Account* account, int32_t year_day, bint prior_years, int64_t amount_fen) noexcept nogil
cdef int counted_group(int64_t packed, int service, int accumulator) noexcept nogil
cdef int use_elsewhere(Account* account, int32_t year_day, int64_t packed_groups, tuple usage) except -1
