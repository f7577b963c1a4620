"""The accounts of insured persons: a fixed-capacity cache over the store.

Design
    One array of rows and one open-addressing index over it. A payment reads nearly the whole row of one person and
    never one field across persons, so the row is the unit: three neighbouring cache lines instead of one miss a field.
    Every row equals the store's after each commit, so a row that no open batch needs can be evicted freely: a clock
    hand takes the first that nobody has needed since it last came by. What a failed commit touched is forgotten and
    read again. Pins end all at once, by a new period. The index has three buckets for two rows, picked by the high bits
    of a product (Fibonacci hashing without a power of two). A bucket holds a row's index and, in the bits that are left,
    some of the product's middle ones, so that a walk along the buckets looks at hardly any row but the one it wants.

Invariants
    No purse is below 0, and held_fen is what AUTHORIZED orders hold. An account's accumulators belong to the benefit
    year that began on `year_day` and to no other. `count` rows are reachable through the index, each exactly once.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from core.words cimport BALANCE_OUT_OF_RANGE, BENEFIT_YEAR_CLOSED, DONE

cdef extern from *:
    void prefetch "__builtin_prefetch"(const void* address) noexcept nogil

cdef enum:
    PREFETCH_GROUP = 32

cdef int64_t BALANCE_MAX_FEN = 1_000_000_000_000   # ten billion yuan: no purse is ever near it

ACCOUNT_COLUMNS = (
    "person_id", "current_year_fen", "prior_years_fen", "held_fen",
    "outpatient_deductible_fen", "outpatient_in_scope_fen", "outpatient_pooled_fen",
    "inpatient_deductible_fen", "inpatient_in_scope_fen", "inpatient_pooled_fen",
    "chronic_deductible_fen", "chronic_in_scope_fen", "chronic_pooled_fen",
    "major_in_scope_fen", "major_paid_fen", "year_day", "stay_count",
    "region", "birth_date", "scheme", "status", "civil_servant", "assistance", "family_doctor", "version",
)


cdef class AccountCache:
    """Rows of insured persons by person id; holds at most `capacity` of them."""

    def __cinit__(self, int32_t capacity):
        cdef int64_t buckets = <int64_t>capacity + capacity // 2 + 2
        if not 1 <= capacity <= 1 << 30:
            raise ValueError("an account cache needs a capacity of 1 to 2^30")
        self.capacity = capacity
        self.bucket_count = buckets
        self.period = 1
        while (1 << self.index_bits) < capacity:
            self.index_bits += 1
        self.rows = <Account*>calloc(capacity, sizeof(Account))
        self.buckets = <int32_t*>malloc(buckets * sizeof(int32_t))
        if self.rows == NULL or self.buckets == NULL:
            raise MemoryError(f"no memory for {capacity} accounts")
        memset(self.buckets, 0xff, buckets * sizeof(int32_t))

    def __dealloc__(self):
        free(self.rows)
        free(self.buckets)

    def __contains__(self, int64_t person_id):
        return self.find(person_id) != NULL

    def __len__(self):
        return self.count

    @property
    def row_size(self):
        """Bytes of one account's row."""
        return sizeof(Account)

    def put(self, tuple row):
        """Takes in a row in the order of ACCOUNT_COLUMNS, as the store gives it; replaces one that is there."""
        if len(row) != len(ACCOUNT_COLUMNS):
            raise ValueError(f"an account row has {len(ACCOUNT_COLUMNS)} columns, not {len(row)}")
        cdef int64_t person_id = row[0]
        cdef Account* account = self.find(person_id)
        if account == NULL:
            account = self.take_row(person_id)
        account.person_id = person_id
        account.current_year_fen, account.prior_years_fen, account.held_fen = row[1:4]
        cdef int group
        for group in range(USAGE_GROUPS):
            account.usage[group].deductible_used_fen = row[4 + 3 * group]
            account.usage[group].in_scope_fen = row[5 + 3 * group]
            account.usage[group].pooled_paid_fen = row[6 + 3 * group]
        account.major_in_scope_fen, account.major_paid_fen, account.year_day, account.stay_count = row[13:17]
        account.region, account.birth_date, account.scheme, account.status = row[17:21]
        account.civil_servant, account.assistance, account.family_doctor, account.version = row[21:25]

    def row(self, int64_t person_id):
        """The row of a person in the order of ACCOUNT_COLUMNS, or None when it is not in the cache."""
        cdef Account* a = self.find(person_id)
        if a == NULL:
            return None
        return (
            a.person_id, a.current_year_fen, a.prior_years_fen, a.held_fen,
            a.usage[0].deductible_used_fen, a.usage[0].in_scope_fen, a.usage[0].pooled_paid_fen,
            a.usage[1].deductible_used_fen, a.usage[1].in_scope_fen, a.usage[1].pooled_paid_fen,
            a.usage[2].deductible_used_fen, a.usage[2].in_scope_fen, a.usage[2].pooled_paid_fen,
            a.major_in_scope_fen, a.major_paid_fen, a.year_day, a.stay_count,
            a.region, a.birth_date, a.scheme, a.status, a.civil_servant, a.assistance, a.family_doctor, a.version,
        )

    cpdef bint pin(self, int64_t person_id) noexcept:
        """Keeps a row from being evicted until `unpin_all`; gives whether it is in the cache."""
        cdef Account* account = self.find(person_id)
        if account == NULL:
            self.miss_count += 1
            return False
        self.hit_count += 1
        account.used = 1
        if account.pinned_in != self.period:
            account.pinned_in = self.period
            self.pinned_count += 1
        return True

    def pin_all(self, person_ids):
        """Pins the rows of many persons; gives the ids of those that are not in the cache.

        The memory of a group of them is asked for before it is looked at: a lookup is otherwise mostly waiting for it.
        """
        cdef int64_t group[PREFETCH_GROUP]
        cdef list missing = []
        cdef int count = 0
        cdef int64_t person_id
        for person_id in person_ids:
            group[count] = person_id
            prefetch(&self.buckets[self.bucket_of(person_id)])
            count += 1
            if count == PREFETCH_GROUP:
                self.pin_group(group, count, missing)
                count = 0
        self.pin_group(group, count, missing)
        return missing

    cdef pin_group(self, const int64_t* group, int count, list missing):
        cdef int64_t bucket
        cdef int at
        for at in range(count):
            bucket = self.bucket_like(group[at], self.bucket_of(group[at]))
            if self.buckets[bucket] >= 0:
                prefetch(&self.rows[self.row_in(bucket)])
        for at in range(count):
            if not self.pin(group[at]):
                missing.append(group[at])

    def unpin_all(self):
        """Ends every pin: the batches that needed them are committed or given up."""
        cdef int32_t index
        if self.pinned_count == 0:
            return
        self.pinned_count = 0
        self.period += 1
        if self.period == 0:  # once in 65,535 periods: a row pinned in period 1 long ago is not pinned now
            self.period = 1
            for index in range(self.taken):
                self.rows[index].pinned_in = 0

    def drop(self, int64_t person_id):
        """Forgets a row, so that the next batch reads it from the store again."""
        self.forget(person_id)

    cdef int64_t bucket_of(self, int64_t person_id) noexcept nogil:
        # Fibonacci hashing: ids are time-ordered, so their low bits alone would cluster.
        cdef uint64_t mixed = <uint64_t>person_id * <uint64_t>0x9E3779B97F4A7C15
        return <int64_t>((mixed >> 32) * <uint64_t>self.bucket_count >> 32)

    cdef int64_t after(self, int64_t bucket) noexcept nogil:
        return 0 if bucket + 1 == self.bucket_count else bucket + 1

    cdef int64_t distance(self, int64_t start, int64_t bucket) noexcept nogil:
        """Buckets from one to another, onwards and round."""
        return bucket - start if bucket >= start else bucket - start + self.bucket_count

    cdef int32_t marked(self, int64_t person_id, int32_t index) noexcept nogil:
        """What a bucket holds of a person's row; 0 or more, so that -1 is an empty one."""
        cdef uint64_t mixed = <uint64_t>person_id * <uint64_t>0x9E3779B97F4A7C15
        cdef uint32_t mark = <uint32_t>(mixed >> 20) << self.index_bits & 0x7fffffff
        return <int32_t>(mark | <uint32_t>index)

    cdef int32_t row_in(self, int64_t bucket) noexcept nogil:
        """The row that a bucket which is not empty leads to."""
        return self.buckets[bucket] & ((1 << self.index_bits) - 1)

    cdef int64_t bucket_like(self, int64_t person_id, int64_t bucket) noexcept nogil:
        """The first bucket from one on that may lead to a person's row, or an empty one."""
        cdef int32_t mark = self.marked(person_id, 0) >> self.index_bits
        while self.buckets[bucket] >= 0 and self.buckets[bucket] >> self.index_bits != mark:
            bucket = self.after(bucket)
        return bucket

    cdef Account* find(self, int64_t person_id) noexcept nogil:
        cdef int64_t bucket = self.bucket_like(person_id, self.bucket_of(person_id))
        while self.buckets[bucket] >= 0:
            if self.rows[self.row_in(bucket)].person_id == person_id:
                return &self.rows[self.row_in(bucket)]
            bucket = self.bucket_like(person_id, self.after(bucket))
        return NULL

    cdef Account* take_row(self, int64_t person_id) except NULL:
        """A zeroed row for a person who has none; evicts the first past the hand that is neither pinned nor used."""
        cdef int64_t looked = 0
        cdef int32_t index
        cdef Account* row
        if person_id == 0:
            raise ValueError("person id 0 marks a free row and names nobody")
        while True:
            row = &self.rows[self.hand]
            if row.person_id == 0:
                break
            if self.count == self.capacity and row.pinned_in != self.period:
                if not row.used:
                    break
                row.used = 0
            self.hand = self.hand + 1 if self.hand + 1 < self.capacity else 0
            looked += 1
            if looked > 2 * <int64_t>self.capacity:
                raise MemoryError(f"a batch needs more accounts than the cache holds ({self.capacity}): raise it")
        index = self.hand
        if index >= self.taken:
            self.taken = index + 1
        if self.rows[index].person_id != 0:
            self.forget(self.rows[index].person_id)
            self.eviction_count += 1
        memset(&self.rows[index], 0, sizeof(Account))
        self.rows[index].person_id = person_id
        self.rows[index].used = 1
        self.rows[index].pinned_in = self.period
        self.pinned_count += 1
        self.count += 1
        cdef int64_t bucket = self.bucket_of(person_id)
        while self.buckets[bucket] >= 0:
            bucket = self.after(bucket)
        self.buckets[bucket] = self.marked(person_id, index)
        self.hand = self.hand + 1 if self.hand + 1 < self.capacity else 0
        return &self.rows[index]

    cdef void forget(self, int64_t person_id) noexcept nogil:
        """Takes a row out of the index and closes the hole behind it, so that no probe stops short."""
        cdef int64_t hole = self.bucket_of(person_id), probe, home
        while self.buckets[hole] >= 0 and self.rows[self.row_in(hole)].person_id != person_id:
            hole = self.after(hole)
        if self.buckets[hole] < 0:
            return
        cdef Account* row = &self.rows[self.row_in(hole)]
        row.person_id = 0
        self.pinned_count -= row.pinned_in == self.period
        row.pinned_in = 0
        self.buckets[hole] = -1
        self.count -= 1
        probe = self.after(hole)
        while self.buckets[probe] >= 0:
            home = self.bucket_of(self.rows[self.row_in(probe)].person_id)
            if self.distance(home, probe) >= self.distance(hole, probe):
                self.buckets[hole] = self.buckets[probe]
                self.buckets[probe] = -1
                hole = probe
            probe = self.after(probe)


cdef void roll_to_year(Account* account, int32_t year_day) noexcept nogil:
    """Begins a new benefit year: this year's money joins the years before, the accumulators start at 0."""
    if year_day <= account.year_day:
        return
    if account.year_day != 0:
        account.prior_years_fen += account.current_year_fen
        account.current_year_fen = 0
        memset(&account.usage[0], 0, sizeof(account.usage))
        account.major_in_scope_fen = 0
        account.major_paid_fen = 0
        account.stay_count = 0
    account.year_day = year_day


cdef int usage_group(int service) noexcept nogil:
    """Which accumulators a service counts to: a pharmacy's purchases count to the out-patient ones."""
    if service == 2:
        return 1
    if service == 4:
        return 2
    return 0


cdef int credit(Account* account, int32_t year_day, bint prior_years, int64_t amount_fen) noexcept nogil:
    """Credits a purse, or with a negative amount corrects it; money of an earlier benefit year joins the earlier years'.

    Gives DONE, or BALANCE_OUT_OF_RANGE (the row is then to be thrown away).
    """
    if prior_years or year_day < account.year_day:
        account.prior_years_fen += amount_fen
        roll_to_year(account, year_day)
    else:
        roll_to_year(account, year_day)
        account.current_year_fen += amount_fen
    if not (0 <= account.prior_years_fen <= BALANCE_MAX_FEN and 0 <= account.current_year_fen <= BALANCE_MAX_FEN):
        return BALANCE_OUT_OF_RANGE
    return DONE


cdef int counted_group(int64_t packed, int service, int accumulator) noexcept nogil:
    """The group that one of a bill's accumulators is kept in, out of the packed groups of its rule (0: the service's
    own); `accumulator` is its place in core.rules.words.ACCUMULATORS."""
    packed -= 1
    if packed < 0:
        return usage_group(service)
    while accumulator > 0:
        packed = packed // USAGE_GROUPS
        accumulator -= 1
    return <int>(packed % USAGE_GROUPS)


cdef int use_elsewhere(Account* account, int32_t year_day, int64_t packed_groups, tuple usage) except -1:
    """Adds to the accumulators what was settled outside this gateway.

    `usage` is (service, in_scope_fen, deductible_fen, pooled_fen, major_counted_fen, major_fen, stays); whose
    accumulators it fills is `packed_groups` (core.pricing.packed_groups). Gives DONE, BENEFIT_YEAR_CLOSED or
    BALANCE_OUT_OF_RANGE (the row is then to be thrown away).
    """
    if year_day < account.year_day:
        return BENEFIT_YEAR_CLOSED
    roll_to_year(account, year_day)
    service, in_scope_fen, deductible_fen, pooled_fen, major_counted_fen, major_fen, stays = usage
    cdef ServiceUsage* deductible = &account.usage[counted_group(packed_groups, service, COUNTS_DEDUCTIBLE)]
    cdef ServiceUsage* in_scope = &account.usage[counted_group(packed_groups, service, COUNTS_IN_SCOPE)]
    cdef ServiceUsage* pooled = &account.usage[counted_group(packed_groups, service, COUNTS_POOLED)]
    in_scope.in_scope_fen += in_scope_fen
    deductible.deductible_used_fen += deductible_fen
    pooled.pooled_paid_fen += pooled_fen
    account.major_in_scope_fen += major_counted_fen
    account.major_paid_fen += major_fen
    account.stay_count += stays
    if (min(min(in_scope.in_scope_fen, deductible.deductible_used_fen), pooled.pooled_paid_fen) < 0
            or min(min(account.major_in_scope_fen, account.major_paid_fen), <int64_t>account.stay_count) < 0):
        return BALANCE_OUT_OF_RANGE
    return DONE
