"""The features of a payment: whole numbers of it, of its person's, its device's and its institution's windows.

Design
    One row of 32-bit numbers a payment, in the order of core.risk.meanings; rules, scorecards and models read the same
    row, and it is stored with the assessment, so that a candidate can be tried on it later, to the bit. A window is
    walked once and fills all its counts; there is nothing to expire and nothing to undo.
    Distances are on a plane, its degree of longitude shrunk by a table of cosines: within 1 % up to some hundred km.

Invariants
    A row is a function of the order as priced, the account before and after, the signals and the windows: no clock, no
    fraction of binary, the same bits everywhere. The payment itself is in none of its windows.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset

from core.accounts cimport Account
from core.order cimport Order
from core.risk.visits cimport (
    CHINA_MS, DAY_MS, HOUR_MS, MINUTE_MS, VISIT_ACCOUNT_ONLY, VISIT_INPATIENT, VISIT_NIGHT, VISIT_PHARMACY,
    VISIT_REFUNDED, VISIT_ROUND, VISIT_STANDS, Histories, Visit, Visits, fill_visit,
)
from core.risk.meanings import FEATURES
from core.words cimport SERVICE_PHARMACY

cdef enum:
    INT32_TOP = 2147483647
    NEVER_MINUTES = 43200
    PERSONS_LOOKED_AT = 32    # of the last payments at an institution
    METRES_OF_A_TENTH = 11132 # of a degree of latitude, which is 100,000 micro-degrees

# cos of 0 to 90 degrees, per mille
cdef int[91] COSINES = [
    1000, 1000, 999, 999, 998, 996, 995, 993, 990, 988, 985, 982, 978, 974, 970, 966, 961, 956, 951, 946, 940, 934,
    927, 921, 914, 906, 899, 891, 883, 875, 866, 857, 848, 839, 829, 819, 809, 799, 788, 777, 766, 755, 743, 731,
    719, 707, 695, 682, 669, 656, 643, 629, 616, 602, 588, 574, 559, 545, 530, 515, 500, 485, 469, 454, 438, 423,
    407, 391, 375, 358, 342, 326, 309, 292, 276, 259, 242, 225, 208, 191, 174, 156, 139, 122, 105, 87, 70, 52, 35,
    17, 0
]

assert len(FEATURES) == FEATURE_COUNT and FEATURES.index("institution_refunds_24h") == INSTITUTION_REFUNDS_24H


cdef class Signals:
    """What the channel and the lists tell of a payment; all whole numbers, see features.pxd."""

    def __init__(self, device=0, network=0, latitude_e6=0, longitude_e6=0, assurance=0, user_present=-1, bound_at_ms=0,
                 listed=0, watched=0, proof_of=0, proof=0):
        self.device = device
        self.network = network
        self.latitude_e6 = latitude_e6
        self.longitude_e6 = longitude_e6
        self.assurance = assurance
        self.user_present = user_present
        self.bound_at_ms = bound_at_ms
        self.listed = listed
        self.watched = watched
        self.proof_of = proof_of
        self.proof = proof


cdef inline int32_t cut(int64_t number) noexcept nogil:
    return <int32_t>min(max(number, -<int64_t>INT32_TOP), <int64_t>INT32_TOP)


cdef inline int32_t per_mille(int64_t part, int64_t whole) noexcept nogil:
    return <int32_t>(part * 1000 // whole) if whole > 0 else 0


cdef inline bint near_limit(int64_t total_fen, int64_t limit_fen) noexcept nogil:
    return total_fen <= limit_fen and 5 * total_fen > 4 * limit_fen


cdef int64_t root(int64_t square) noexcept nogil:
    """The whole part of a square root."""
    cdef int64_t guess, better
    if square < 2:
        return square
    guess = square
    better = (square >> 1) + 1
    while better < guess:
        guess = better
        better = (guess + square // guess) >> 1
    return guess


cdef int64_t metres_between(const Visit* one, const Visit* other) noexcept nogil:
    """How far two payments are apart; 0 where one has no place."""
    if (one.latitude_e6 == 0 and one.longitude_e6 == 0) or (other.latitude_e6 == 0 and other.longitude_e6 == 0):
        return 0
    cdef int64_t north = <int64_t>one.latitude_e6 - other.latitude_e6
    cdef int64_t east = <int64_t>one.longitude_e6 - other.longitude_e6
    cdef int64_t degrees = (<int64_t>one.latitude_e6 + other.latitude_e6) // 2000000
    if east > 180000000:
        east -= 360000000
    elif east < -180000000:
        east += 360000000
    east = east * COSINES[<int>min(degrees if degrees >= 0 else -degrees, <int64_t>90)] // 1000
    north = north * METRES_OF_A_TENTH // 100000
    east = east * METRES_OF_A_TENTH // 100000
    return root(north * north + east * east)


cdef void fill_features(
        int32_t* row, Order order, const Account* before, const Account* after, Histories histories, Signals signals,
        int authentication, int64_t limit_fen, int64_t now_ms) noexcept:
    """Fills a row for a payment that is priced and not yet held.

    Args:
        before, after: the account as it was, and with the payment taken out.
        limit_fen: what may be paid without a password.
    """
    cdef Visit this
    cdef Visits visits
    memset(row, 0, FEATURE_COUNT * sizeof(int32_t))
    fill_visit(&this, order)
    this.at_ms = now_ms
    this.total_fen = order.total_fen
    this.channel_id = order.channel_id
    this.device = signals.device
    this.latitude_e6 = signals.latitude_e6
    this.longitude_e6 = signals.longitude_e6
    fill_bill(row, order, before, after, &this, limit_fen)
    row[ASSURANCE] = signals.assurance
    row[USER_PRESENT] = signals.user_present
    row[AUTHENTICATION] = authentication
    row[BINDING_AGE_HOURS] = cut((now_ms - signals.bound_at_ms) // HOUR_MS)
    row[DEVICE_TOLD] = signals.device != 0
    row[LISTED_WATCH] = signals.watched
    visits = histories.of_person(order.person_id)
    fill_person(row, &this, visits.items if visits is not None else NULL, visits.count if visits is not None else 0,
                limit_fen)
    row[DEVICE_PERSONS_1H] = row[DEVICE_PERSONS_24H] = signals.device != 0
    visits = histories.of_device(signals.device)
    if visits is not None:
        fill_device(row, &this, visits.items, visits.count)
    row[INSTITUTION_PERSONS_10M] = 1
    visits = histories.of_institution(order.institution_id)
    if visits is not None:
        fill_institution(row, &this, visits.items, visits.count)


cdef void fill_bill(int32_t* row, Order order, const Account* before, const Account* after, const Visit* this,
                    int64_t limit_fen) noexcept nogil:
    """The bill and its split."""
    cdef int64_t account_fen = order.account_current_fen + order.account_prior_fen + order.family_account_fen
    cdef int64_t purses_fen = before.current_year_fen + before.prior_years_fen
    cdef int64_t days = (this.at_ms + CHINA_MS) // DAY_MS
    row[AMOUNT_FEN] = cut(order.total_fen)
    row[ACCOUNT_FEN] = cut(account_fen)
    row[FUND_FEN] = cut(order.pooled_fen + order.major_fen + order.civil_servant_fen + order.assistance_fen
                        + order.other_fund_fen)
    row[CASH_FEN] = cut(order.cash_fen)
    row[ACCOUNT_SHARE] = per_mille(account_fen, order.total_fen)
    row[ACCOUNT_LEFT] = 1000
    if order.account_current_fen + order.account_prior_fen > 0 and purses_fen > 0:
        row[ACCOUNT_LEFT] = per_mille(after.current_year_fen + after.prior_years_fen, purses_fen)
    row[ROUND_AMOUNT] = this.flags & VISIT_ROUND != 0
    row[JUST_BELOW_LIMIT] = near_limit(order.total_fen, limit_fen)
    row[HOUR] = <int32_t>((this.at_ms + CHINA_MS) // HOUR_MS % 24)
    row[NIGHT] = row[HOUR] >= 22 or row[HOUR] < 6
    row[WEEKDAY] = <int32_t>((days + 3) % 7)  # 1970-01-01 was a Thursday
    row[SCENARIO] = <int32_t>order.scenario
    row[SERVICE] = <int32_t>order.service
    row[INSTITUTION_LEVEL] = <int32_t>order.level
    row[INSURED_REGION] = before.region
    row[TREATMENT_REGION] = <int32_t>order.treatment_region
    row[OTHER_REGION] = order.treatment_region != before.region
    row[AGE] = <int32_t>(days_age(before.birth_date, days)) if before.birth_date > 0 else -1


cdef int64_t days_age(int64_t birth_date, int64_t days) noexcept nogil:
    """Whole years from a birth date (yyyymmdd) to a day since 1970-01-01."""
    # From days to a date: Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
    cdef int64_t shifted = days + 719468
    cdef int64_t era = shifted // 146097
    cdef int64_t day_of_era = shifted - era * 146097
    cdef int64_t year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    cdef int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    cdef int64_t month = (5 * day_of_year + 2) // 153
    cdef int64_t day = day_of_year - (153 * month + 2) // 5 + 1
    cdef int64_t year = year_of_era + era * 400
    month = month + 3 if month < 10 else month - 9
    if month <= 2:
        year += 1
    return (year * 10000 + month * 100 + day - birth_date) // 10000


cdef enum:                    # what `same` compares
    OF_INSTITUTION = 0
    OF_REGION = 1
    OF_DEVICE = 2
    OF_CHANNEL = 3
    OF_PERSON = 4
    OF_PHARMACY = 5


cdef inline bint same(const Visit* one, const Visit* other, int what) noexcept nogil:
    if what == OF_INSTITUTION:
        return one.institution_id == other.institution_id
    if what == OF_REGION:
        return one.region == other.region
    if what == OF_DEVICE:
        return one.device == other.device
    if what == OF_CHANNEL:
        return one.channel_id == other.channel_id
    if what == OF_PERSON:
        return one.person_id == other.person_id
    return one.institution_id == other.institution_id and other.flags & VISIT_PHARMACY == one.flags & VISIT_PHARMACY


cdef int32_t distinct(const Visit* items, int first, int count, const Visit* this, int what) noexcept nogil:
    """How many different ones the payments from `first` on and this one are of; one that is not told counts not."""
    cdef int32_t found = 0
    cdef int index
    cdef const Visit* one
    for index in range(first, count):
        one = &items[index]
        if one.flags & VISIT_STANDS == 0 or same(one, this, what) or (what == OF_DEVICE and one.device == 0):
            continue
        if what == OF_PHARMACY and one.flags & VISIT_PHARMACY == 0:
            continue
        if not standing_before(items, first, index, what):
            found += 1
    if what == OF_DEVICE and this.device == 0 or what == OF_PHARMACY and this.flags & VISIT_PHARMACY == 0:
        return found
    return found + 1


cdef bint standing_before(const Visit* items, int first, int index, int what) noexcept nogil:
    cdef int at
    for at in range(index - 1, first - 1, -1):
        if items[at].flags & VISIT_STANDS and same(&items[at], &items[index], what):
            return True
    return False


cdef int first_after(const Visit* items, int count, int64_t at_ms) noexcept nogil:
    """The oldest of the payments that came after a time."""
    cdef int index = count
    while index > 0 and items[index - 1].at_ms > at_ms:
        index -= 1
    return index


cdef void fill_person(int32_t* row, const Visit* this, const Visit* items, int count, int64_t limit_fen) noexcept nogil:
    """The person's windows."""
    cdef int64_t amount_1h = 0, amount_24h = 0, amount_7d = 0, amount_30d = 0, age_ms
    cdef int index, account_only = 0, round_amounts = 0, last = -1
    cdef int first = first_after(items, count, this.at_ms - 30 * <int64_t>DAY_MS)
    cdef int first_7d = first_after(items, count, this.at_ms - 7 * <int64_t>DAY_MS)
    cdef int first_24h = first_after(items, count, this.at_ms - DAY_MS)
    cdef bint knows_device = False, knows_place = False, knows_region = False, had_device = False
    cdef const Visit* one
    for index in range(first, count):
        one = &items[index]
        age_ms = this.at_ms - one.at_ms
        row[REFUNDS_30D] += one.flags & VISIT_REFUNDED != 0
        if one.flags & VISIT_STANDS == 0:
            continue
        last = index
        row[PERSON_COUNT_30D] += 1
        amount_30d += one.total_fen
        account_only += one.flags & VISIT_ACCOUNT_ONLY != 0
        round_amounts += one.flags & VISIT_ROUND != 0
        row[NIGHTS_30D] += one.flags & VISIT_NIGHT != 0
        row[PHARMACY_COUNT_30D] += one.flags & VISIT_PHARMACY != 0
        knows_device |= one.device == this.device
        had_device |= one.device != 0
        knows_place |= one.institution_id == this.institution_id
        knows_region |= one.region == this.region
        if age_ms >= 7 * <int64_t>DAY_MS:
            continue
        row[PERSON_COUNT_7D] += 1
        amount_7d += one.total_fen
        row[PHARMACY_COUNT_7D] += one.flags & VISIT_PHARMACY != 0
        row[INPATIENT_7D] += one.flags & VISIT_INPATIENT != 0
        if age_ms >= DAY_MS:
            continue
        row[PERSON_COUNT_24H] += 1
        amount_24h += one.total_fen
        row[EQUAL_AMOUNTS_24H] += one.institution_id == this.institution_id and one.total_fen == this.total_fen
        if age_ms >= HOUR_MS:
            continue
        row[PERSON_COUNT_1H] += 1
        amount_1h += one.total_fen
        if age_ms < 30 * MINUTE_MS and one.institution_id == this.institution_id:
            row[SAME_PLACE_30M] += 1
            row[NEAR_LIMIT_30M] += near_limit(one.total_fen, limit_fen)
    row[PERSON_AMOUNT_1H_FEN], row[PERSON_AMOUNT_24H_FEN] = cut(amount_1h), cut(amount_24h)
    row[PERSON_AMOUNT_7D_FEN], row[PERSON_AMOUNT_30D_FEN] = cut(amount_7d), cut(amount_30d)
    row[ACCOUNT_ONLY_30D] = per_mille(account_only, row[PERSON_COUNT_30D])
    row[ROUND_30D] = per_mille(round_amounts, row[PERSON_COUNT_30D])
    row[AMOUNT_TO_USUAL] = 100
    if amount_30d > 0:
        row[AMOUNT_TO_USUAL] = cut(this.total_fen * row[PERSON_COUNT_30D] * 100 // amount_30d)
    row[INSTITUTIONS_24H] = distinct(items, first_24h, count, this, OF_INSTITUTION)
    row[INSTITUTIONS_7D] = distinct(items, first_7d, count, this, OF_INSTITUTION)
    row[REGIONS_24H] = distinct(items, first_24h, count, this, OF_REGION)
    row[DEVICES_30D] = distinct(items, first, count, this, OF_DEVICE)
    row[CHANNELS_30D] = distinct(items, first, count, this, OF_CHANNEL)
    row[PHARMACIES_7D] = distinct(items, first_7d, count, this, OF_PHARMACY)
    row[NEW_DEVICE] = this.device != 0 and had_device and not knows_device
    row[NEW_INSTITUTION] = last >= 0 and not knows_place
    row[NEW_REGION] = last >= 0 and not knows_region
    fill_distance(row, this, &items[last] if last >= 0 else NULL)


cdef void fill_distance(int32_t* row, const Visit* this, const Visit* last) noexcept nogil:
    """Time and way since the last payment."""
    cdef int64_t metres, ms
    row[MINUTES_SINCE_LAST] = NEVER_MINUTES
    if last == NULL:
        return
    ms = max(this.at_ms - last.at_ms, <int64_t>0)
    metres = metres_between(this, last)
    row[MINUTES_SINCE_LAST] = <int32_t>(ms // MINUTE_MS)
    row[KM_SINCE_LAST] = <int32_t>(metres // 1000)
    row[KMH_SINCE_LAST] = cut(metres * 3600 // max(ms, <int64_t>10 * MINUTE_MS))


cdef void fill_device(int32_t* row, const Visit* this, const Visit* items, int count) noexcept nogil:
    """The device's window."""
    cdef int first = first_after(items, count, this.at_ms - DAY_MS)
    cdef int first_1h = first_after(items, count, this.at_ms - HOUR_MS)
    cdef int index
    for index in range(first_1h, count):
        row[DEVICE_COUNT_1H] += items[index].flags & VISIT_STANDS
    row[DEVICE_PERSONS_1H] = distinct(items, first_1h, count, this, OF_PERSON)
    row[DEVICE_PERSONS_24H] = distinct(items, first, count, this, OF_PERSON)


cdef void fill_institution(int32_t* row, const Visit* this, const Visit* items, int count) noexcept nogil:
    """The institution's window."""
    cdef int first = first_after(items, count, this.at_ms - DAY_MS)
    cdef int first_10m = first_after(items, count, this.at_ms - 10 * MINUTE_MS)
    cdef int index, flags, stands = 0, account_only = 0, round_amounts = 0, refunded = 0
    for index in range(first, count):
        flags = items[index].flags
        refunded += flags & VISIT_REFUNDED != 0
        if flags & VISIT_STANDS == 0:
            continue
        stands += 1
        account_only += flags & VISIT_ACCOUNT_ONLY != 0
        round_amounts += flags & VISIT_ROUND != 0
        if items[index].at_ms > this.at_ms - HOUR_MS:
            row[INSTITUTION_COUNT_1H] += 1
        if index >= first_10m:
            row[INSTITUTION_COUNT_10M] += 1
            row[INSTITUTION_ACCOUNT_10M] += flags & VISIT_ACCOUNT_ONLY != 0
    row[INSTITUTION_PERSONS_10M] = distinct(items, max(first_10m, count - PERSONS_LOOKED_AT), count, this, OF_PERSON)
    row[INSTITUTION_ACCOUNT_24H] = per_mille(account_only, stands)
    row[INSTITUTION_ROUND_24H] = per_mille(round_amounts, stands)
    row[INSTITUTION_REFUNDS_24H] = per_mille(refunded, count - first)


# A row as it is stored.

cdef bytes pack_row(const int32_t* row):
    """Zigzag varints: most features are small."""
    cdef unsigned char buffer[5 * FEATURE_COUNT]
    cdef uint64_t rest
    cdef int index, size = 0
    for index in range(FEATURE_COUNT):
        rest = (<uint64_t><int64_t>row[index] << 1) ^ <uint64_t>(<int64_t>row[index] >> 63)
        while rest > 0x7f:
            buffer[size] = <unsigned char>(rest & 0x7f) | 0x80
            rest >>= 7
            size += 1
        buffer[size] = <unsigned char>rest
        size += 1
    return PyBytes_FromStringAndSize(<char*>buffer, size)


def pack_features(row):
    """The stored form of a row of features, given as FEATURE_COUNT whole numbers of 32 bits."""
    cdef int32_t numbers[FEATURE_COUNT]
    cdef int index
    if len(row) != FEATURE_COUNT:
        raise ValueError(f"a row has {FEATURE_COUNT} features, not {len(row)}")
    for index in range(FEATURE_COUNT):
        numbers[index] = row[index]
    return pack_row(numbers)


def unpack_features(const unsigned char[:] packed):
    """The features of a stored form, in the order of FEATURES; of an older gateway's shorter row the rest is 0."""
    cdef list row = []
    cdef uint64_t number
    cdef Py_ssize_t at = 0, size = packed.shape[0]
    cdef int shift
    while at < size:
        number = 0
        shift = 0
        while True:
            if at == size or shift > 35 or len(row) == FEATURE_COUNT:
                raise ValueError("the stored features are damaged or a newer gateway's")
            number |= <uint64_t>(packed[at] & 0x7f) << shift
            shift += 7
            at += 1
            if packed[at - 1] < 0x80:
                break
        row.append(<int64_t>(number >> 1) ^ -<int64_t>(number & 1))
    return (*row, *[0] * (FEATURE_COUNT - len(row)))
