"""Payments are scored here: gathered while they are of different persons, walked through the models together, decided.

Design
    A tree model is fast for many rows at once and slow for one, so a batch's payments are staged: priced and validated,
    their features filled, and nothing written. As soon as a command comes that could change what one of them rests on,
    or enough are waiting, the ledger has them scored and finishes them in their order. So a batch gives the same bytes
    as its commands one by one.
    A challenger takes the place of the live policy for a share of the persons, always the same ones; a shadow is asked
    too and only written down.

Invariants
    An assessment that was made is handed over with its batch or forgotten with it. Its id is the batch's number and its
    place in the batch, so that the same batch gives the same ids.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc

from core.accounts cimport Account
from core.commands cimport Command
from core.order cimport Order
from core.risk.features cimport FEATURE_COUNT, Signals, fill_features, pack_row
from core.risk.forest cimport Forest
from core.risk.policy cimport RiskPolicy, Verdict
from core.risk.visits cimport Histories

ASSESSMENT_COLUMNS = (
    "assessment_id", "batch", "at_ms", "order_id", "person_id", "channel_id", "institution_id", "policy_id", "decision",
    "score", "points", "model_points", "rules", "proofs", "listed", "watermark", "total_fen", "fund_fen", "device",
    "network", "shadow_policy_id", "shadow_decision", "shadow_score", "features",
)

cdef enum:
    ASSESSMENTS_OF_A_BATCH = 1 << 20


cdef class Staged:
    """A payment that waits for its score."""


cdef class Assessor:
    """Scores payments by the policies that are in force.

    Attributes:
        live: decides; None: nothing is assessed.
        challenger: decides for `challenger_share` of 1,000 persons.
        shadow: is asked, and does not decide.
    """

    def __init__(self):
        self.histories = Histories()
        self.run, self.in_run, self.assessments = [], set(), []
        self.rows = <int32_t*>malloc(RUN_MAX * FEATURE_COUNT * sizeof(int32_t))
        self.points = <int32_t*>malloc(3 * RUN_MAX * sizeof(int32_t))
        if self.rows == NULL or self.points == NULL:
            raise MemoryError("no memory for the features of a batch")

    def __dealloc__(self):
        free(self.rows)
        free(self.points)

    def set_policies(self, RiskPolicy live=None, RiskPolicy challenger=None, int challenger_share=0,
                     RiskPolicy shadow=None):
        """Names what decides from the next batch on."""
        assert not self.run, "policies change between batches"
        self.live, self.challenger, self.shadow = live, challenger, shadow
        self.challenger_share = challenger_share

    def begin(self, int64_t batch):
        """A batch begins."""
        assert not self.assessments and not self.run, "the batch before was neither handed over nor undone"
        self.batch = batch

    def rows_of_batch(self):
        """The assessments of the batch in hand, as rows of ASSESSMENT_COLUMNS."""
        return list(self.assessments)

    def hand_over(self):
        """The batch in hand goes on its way to the disk."""
        self.assessments.clear()
        self.histories.hand_over()

    def undo(self):
        """Nothing of the batches in hand and on their way was committed."""
        self.assessments.clear()
        self.histories.undo()

    cdef bint meets(self, Command command) noexcept:
        """Whether a payment touches a person, an owner or an order of those that wait."""
        return (command.person_id in self.in_run or command.order_id in self.in_run
                or (command.family_person_id != 0 and command.family_person_id in self.in_run))

    cdef int stage(self, Command command, Order priced, const Account* before, const Account* after, int64_t limit_fen,
                   int place) except -1:
        """Lets a payment wait for its score."""
        cdef Staged staged = Staged.__new__(Staged)
        cdef Signals signals = command.signals if command.signals is not None else _NO_SIGNALS
        staged.command, staged.priced, staged.after, staged.place = command, priced, after[0], place
        fill_features(
            &self.rows[len(self.run) * FEATURE_COUNT], priced, before, after, self.histories, signals,
            command.authentication, limit_fen, command.now_ms)
        self.run.append(staged)
        self.in_run.add(command.person_id)
        self.in_run.add(command.order_id)
        if command.family_person_id != 0:
            self.in_run.add(command.family_person_id)
        return 0

    cdef int walk(self) except -1:
        """Asks the models of all that wait."""
        cdef RiskPolicy policy
        cdef Forest forest
        cdef int at, index, count = len(self.run)
        for at, policy in enumerate((self.live, self.challenger, self.shadow)):
            if policy is None or policy.forest is None:
                for index in range(count):
                    self.points[at * RUN_MAX + index] = -1
            else:
                forest = policy.forest
                forest.points_of_rows(self.rows, count, FEATURE_COUNT, &self.points[at * RUN_MAX])
        return 0

    cdef RiskPolicy policy_of(self, int64_t person_id):
        """Which policy decides for a person."""
        cdef uint64_t mixed = <uint64_t>person_id * <uint64_t>0x9E3779B97F4A7C15
        if self.challenger is not None and <int>((mixed >> 32) % 1000) < self.challenger_share:
            return self.challenger
        return self.live

    cdef tuple assess(self, int at, Staged staged, Verdict* verdict):
        """The verdict on the payment at a place of the run, and its row of ASSESSMENT_COLUMNS, not yet kept."""
        cdef Command command = staged.command
        cdef Order order = staged.priced
        cdef Signals signals = command.signals if command.signals is not None else _NO_SIGNALS
        cdef RiskPolicy policy = self.policy_of(command.person_id)
        cdef int32_t* row = &self.rows[at * FEATURE_COUNT]
        cdef Verdict shadow
        policy.judge(row, self.points[(RUN_MAX if policy is self.challenger else 0) + at], signals.listed, verdict)
        shadow.decision = shadow.score = 0
        if self.shadow is not None:
            self.shadow.judge(row, self.points[2 * RUN_MAX + at], signals.listed, &shadow)
        assessment_id = self.batch * ASSESSMENTS_OF_A_BATCH + len(self.assessments) + 1
        return (
            assessment_id, self.batch, command.now_ms, order.order_id, command.person_id, command.caller_id,
            order.institution_id, policy.policy_id, verdict.decision, verdict.score, verdict.points,
            verdict.model_points, verdict.rules, verdict.proofs, signals.listed, self.histories.watermark,
            order.total_fen,
            order.pooled_fen + order.major_fen + order.civil_servant_fen + order.assistance_fen + order.other_fund_fen,
            signals.device, signals.network, self.shadow.policy_id if self.shadow is not None else 0, shadow.decision,
            shadow.score, pack_row(row))



cdef Signals _NO_SIGNALS = Signals()
