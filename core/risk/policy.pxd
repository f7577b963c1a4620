"""A risk policy, compiled: features in, score and decision out."""

from libc.stdint cimport int32_t, int64_t, uint64_t


cpdef enum Decision:          # as in the proto, and in the order of what is asked of the payer
    DECISION_APPROVE = 1
    DECISION_REVIEW = 2           # paid, and looked at later
    DECISION_HOLD_SETTLEMENT = 3  # paid, and the institution's money waits for the case
    DECISION_STEP_UP = 4          # paid once a proof is brought
    DECISION_WAIT = 5             # paid once a person has looked, or its time is over
    DECISION_DECLINE = 6


cpdef enum Proof:             # bits of STEP_UP
    PROOF_CODE = 1
    PROOF_FACE = 2
    PROOF_PASSWORD = 4


cpdef enum Listed:            # bits of Signals.listed
    LISTED_ALLOW = 1
    LISTED_WATCH = 2
    LISTED_BLOCK = 4
    LISTED_BLOCK_FINAL = 8    # no allow list overrides it


cdef enum:
    RULES_MAX = 63            # a fired rule is a bit of an int64


cdef struct Condition:
    int32_t feature
    int32_t low               # holds from low to high, both counted; turned round when `outside`
    int32_t high
    int32_t outside


cdef struct Rule:
    int32_t first             # its conditions
    int32_t last
    int32_t points
    int32_t decision          # the least that follows, 0: only points
    int32_t proofs
    int32_t certain


cdef struct Band:
    int32_t from_score
    int32_t decision
    int32_t proofs


cdef struct Verdict:
    int32_t score             # 0 to 1000
    int32_t points            # of rules and scorecard, 0 to 1000
    int32_t model_points      # 0 to 1000, -1: no model
    int32_t decision          # Decision
    int32_t proofs            # Proof bits of which one will do
    int32_t proved            # what is decided once a proof is brought
    int32_t waited            # what is decided once a person has looked
    int64_t rules             # bit i: rule i fired


cdef class RiskPolicy:
    cdef readonly int64_t policy_id
    cdef readonly dict document
    cdef readonly object forest               # core.risk.forest.Forest, None: no model
    cdef Condition* conditions
    cdef Rule* rules
    cdef int rule_count
    cdef int32_t* bins                        # (feature, high, points) each; a card's come together, highest last
    cdef int bin_count
    cdef int32_t* tables                      # first and last condition, first and last band of each
    cdef int table_count
    cdef Band* bands
    cdef readonly int64_t proof_ms            # how long a proof may take
    cdef readonly int64_t wait_ms             # how long a person may take to look
    cdef readonly bint wait_approves          # what follows when nobody has looked

    cdef bint holds(self, const int32_t* row, int first, int last) noexcept nogil
    cdef void judge(self, const int32_t* row, int model_points, int listed, Verdict* verdict) noexcept nogil
    cdef int64_t card_points(self, const int32_t* row) noexcept nogil
    cdef int band(self, const int32_t* row, int score, int* proofs) noexcept nogil
