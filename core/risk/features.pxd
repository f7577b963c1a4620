"""What a model or a rule may ask of a payment: numbers, in a fixed order."""

from libc.stdint cimport int32_t, int64_t

from core.accounts cimport Account
from core.order cimport Order
from core.risk.visits cimport Histories


cdef enum:                    # places in a row, in the order of core.risk.meanings
    AMOUNT_FEN = 0
    ACCOUNT_FEN = 1
    FUND_FEN = 2
    CASH_FEN = 3
    ACCOUNT_SHARE = 4
    ACCOUNT_LEFT = 5
    ROUND_AMOUNT = 6
    JUST_BELOW_LIMIT = 7
    HOUR = 8
    NIGHT = 9
    WEEKDAY = 10
    SCENARIO = 11
    SERVICE = 12
    INSTITUTION_LEVEL = 13
    INSURED_REGION = 14
    TREATMENT_REGION = 15
    OTHER_REGION = 16
    AGE = 17
    ASSURANCE = 18
    USER_PRESENT = 19
    AUTHENTICATION = 20
    BINDING_AGE_HOURS = 21
    DEVICE_TOLD = 22
    LISTED_WATCH = 23
    PERSON_COUNT_1H = 24
    PERSON_COUNT_24H = 25
    PERSON_COUNT_7D = 26
    PERSON_COUNT_30D = 27
    PERSON_AMOUNT_1H_FEN = 28
    PERSON_AMOUNT_24H_FEN = 29
    PERSON_AMOUNT_7D_FEN = 30
    PERSON_AMOUNT_30D_FEN = 31
    AMOUNT_TO_USUAL = 32
    INSTITUTIONS_24H = 33
    INSTITUTIONS_7D = 34
    REGIONS_24H = 35
    DEVICES_30D = 36
    CHANNELS_30D = 37
    NEW_DEVICE = 38
    NEW_INSTITUTION = 39
    NEW_REGION = 40
    MINUTES_SINCE_LAST = 41
    KM_SINCE_LAST = 42
    KMH_SINCE_LAST = 43
    PHARMACY_COUNT_7D = 44
    PHARMACY_COUNT_30D = 45
    PHARMACIES_7D = 46
    EQUAL_AMOUNTS_24H = 47
    NEAR_LIMIT_30M = 48
    SAME_PLACE_30M = 49
    ACCOUNT_ONLY_30D = 50
    ROUND_30D = 51
    NIGHTS_30D = 52
    REFUNDS_30D = 53
    INPATIENT_7D = 54
    DEVICE_COUNT_1H = 55
    DEVICE_PERSONS_1H = 56
    DEVICE_PERSONS_24H = 57
    INSTITUTION_COUNT_10M = 58
    INSTITUTION_PERSONS_10M = 59
    INSTITUTION_ACCOUNT_10M = 60
    INSTITUTION_COUNT_1H = 61
    INSTITUTION_ACCOUNT_24H = 62
    INSTITUTION_ROUND_24H = 63
    INSTITUTION_REFUNDS_24H = 64


cdef enum:
    FEATURE_COUNT = 65


cdef class Signals:           # what the channel and the lists tell of a payment
    cdef readonly int64_t device              # keyed hash, 0: not told
    cdef readonly int64_t network             # keyed hash of the IP range, 0: not told
    cdef readonly int32_t latitude_e6         # micro-degrees; both 0: not told
    cdef readonly int32_t longitude_e6
    cdef readonly int assurance               # LoginAssurance
    cdef readonly int user_present            # 1, 0, -1: not told
    cdef readonly int64_t bound_at_ms         # when the binding was confirmed
    cdef readonly int listed                  # Listed bits of the entries that name somebody of this payment
    cdef readonly int watched                 # how many entries of watch lists do
    cdef readonly int64_t proof_of            # assessment that a proof answers, 0: none
    cdef readonly int proof                   # Proof that was given


cdef void fill_features(
    int32_t* row, Order order, const Account* before, const Account* after, Histories histories, Signals signals,
    int authentication, int64_t limit_fen, int64_t now_ms) noexcept
cdef bytes pack_row(const int32_t* row)
