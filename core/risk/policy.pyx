"""A risk policy: rules over named features, a points card, a model's points, and what follows from the score.

Design
    A condition is a feature in a range or outside it, so that every comparison is the same two compares. Rules add
    points or set the least decision; the card adds the points of each of its features' bins; the model brings points of
    its own, and the score is the higher of the two, because a sum of two scales means nothing. The first table of bands
    whose conditions hold turns the score into a decision.

Invariants
    A score alone never declines: bands may not say DECLINE, and a rule only where it is certain (core.risk.documents).
    The same row gives the same verdict everywhere.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, malloc

from core.risk.features cimport FEATURE_COUNT
from core.risk.forest cimport Forest
from core.risk.documents import CONDITION_RANGES, check_document
from core.risk.meanings import FEATURES

cdef enum:
    SCORE_MAX = 1000
    MINUTE_MS = 60000

_DECISIONS = {one.name.removeprefix("DECISION_"): int(one) for one in Decision}
_PROOFS = {one.name.removeprefix("PROOF_").lower(): int(one) for one in Proof}


cdef class RiskPolicy:
    """A policy document that was checked, in arrays.

    Args:
        document: as parsed from JSON, see docs/risk/policies.md.
        policy_id: the store's number of it.
        forest: the model that the document names, None for none.

    Raises:
        DocumentError: from core.risk.documents, with the path and what to do.
    """

    def __init__(self, dict document, int64_t policy_id=0, forest=None):
        check_document(document)
        self.policy_id, self.document, self.forest = policy_id, document, forest
        tables = document["decisions"]
        conditions = []
        rules = [(self.add(conditions, rule["when"]), rule) for rule in document["rules"]]
        table_spans = [self.add(conditions, table.get("when", [])) for table in tables]
        self.conditions = <Condition*>malloc(max(1, len(conditions)) * sizeof(Condition))
        self.rules = <Rule*>malloc(max(1, len(rules)) * sizeof(Rule))
        cards = [(FEATURES.index(card["feature"]), one) for card in document["scorecard"] for one in card["bins"]]
        bands = [band for table in tables for band in table["bands"]]
        self.bins = <int32_t*>malloc(max(1, 3 * len(cards)) * sizeof(int32_t))
        self.tables = <int32_t*>malloc(4 * len(tables) * sizeof(int32_t))
        self.bands = <Band*>malloc(len(bands) * sizeof(Band))
        if not (self.conditions and self.rules and self.bins and self.tables and self.bands):
            raise MemoryError("no memory for a risk policy")
        for index, (feature, low, high, outside) in enumerate(conditions):
            self.conditions[index] = Condition(feature, low, high, outside)
        for index, ((first, last), rule) in enumerate(rules):
            self.rules[index] = Rule(
                first, last, rule.get("points", 0), _DECISIONS.get(rule.get("at_least"), 0),
                self.proofs_of(rule), rule["level"] == "certain")
        for index, (feature, one) in enumerate(cards):
            self.bins[3 * index], self.bins[3 * index + 2] = feature, one["points"]
            self.bins[3 * index + 1] = 2147483647 if one["up_to"] is None else one["up_to"]
        at = 0
        for index, (first, last) in enumerate(table_spans):
            self.tables[4 * index], self.tables[4 * index + 1] = first, last
            self.tables[4 * index + 2], self.tables[4 * index + 3] = at, at + len(tables[index]["bands"])
            at += len(tables[index]["bands"])
        for index, band in enumerate(bands):
            self.bands[index] = Band(band["from"], _DECISIONS[band["decision"]], self.proofs_of(band))
        self.rule_count, self.bin_count, self.table_count = len(rules), len(cards), len(tables)
        limits = document["limits"]
        self.proof_ms = limits["proof_minutes"] * MINUTE_MS
        self.wait_ms = limits["wait_minutes"] * MINUTE_MS
        self.wait_approves = limits["unanswered"] == "APPROVE"

    def __dealloc__(self):
        free(self.conditions)
        free(self.rules)
        free(self.bins)
        free(self.tables)
        free(self.bands)

    def add(self, list conditions, list wanted):
        """Compiles conditions behind those that are there; gives where they lie."""
        first = len(conditions)
        for one in wanted:
            low, high, outside = CONDITION_RANGES[one["op"]](one["value"])
            conditions.append((FEATURES.index(one["feature"]), low, high, outside))
        return first, len(conditions)

    def proofs_of(self, dict part):
        """The proofs that a rule or band takes, as bits; all where it names none."""
        return sum(_PROOFS[name] for name in part.get("proofs", _PROOFS))

    def verdict(self, row, int listed=0):
        """What the policy says of a row of features: a dict of core.risk.policy.Verdict.

        Args:
            listed: Listed bits of the lists that name somebody of the payment.
        """
        cdef int32_t numbers[FEATURE_COUNT]
        cdef int32_t model_points = -1
        cdef Verdict found
        cdef Forest forest = self.forest
        if len(row) != FEATURE_COUNT:
            raise ValueError(f"a row has {FEATURE_COUNT} features, not {len(row)}")
        for index, number in enumerate(row):
            numbers[index] = number
        if forest is not None:
            forest.points_of_rows(numbers, 1, FEATURE_COUNT, &model_points)
        self.judge(numbers, model_points, listed, &found)
        return found

    def card_of(self, row):
        """The points card by feature: (feature, points) for each that it has a bin of."""
        found = []
        for card in self.document["scorecard"]:
            value = row[FEATURES.index(card["feature"])]
            points = next(one["points"] for one in card["bins"] if one["up_to"] is None or value <= one["up_to"])
            found.append((card["feature"], points))
        return found

    cdef bint holds(self, const int32_t* row, int first, int last) noexcept nogil:
        """Whether all of some conditions hold."""
        cdef int index
        cdef const Condition* one
        for index in range(first, last):
            one = &self.conditions[index]
            if (one.low <= row[one.feature] <= one.high) == one.outside:
                return False
        return True

    cdef void judge(self, const int32_t* row, int model_points, int listed, Verdict* verdict) noexcept nogil:
        """Scores a row and decides.

        Args:
            model_points: the model's, 0 to 1000; -1: there is no model.
            listed: Listed bits of the lists that name somebody of the payment.
        """
        cdef int64_t points = 0
        cdef int index, wanted = 0, proofs = 0, decision
        cdef bint certain = False
        cdef const Rule* rule
        verdict.rules = 0
        for index in range(self.rule_count):
            rule = &self.rules[index]
            if not self.holds(row, rule.first, rule.last):
                continue
            verdict.rules |= <int64_t>1 << index
            points += rule.points
            if rule.decision and not (listed & LISTED_ALLOW and not rule.certain):
                wanted |= 1 << rule.decision
                certain |= rule.certain
                if rule.decision == DECISION_STEP_UP:
                    proofs = rule.proofs if proofs == 0 else (proofs & rule.proofs or rule.proofs)
        points += self.card_points(row)
        verdict.points = <int32_t>min(max(points, 0), SCORE_MAX)
        verdict.model_points = model_points
        verdict.score = max(verdict.points, model_points)
        if listed & LISTED_ALLOW == 0:
            decision = self.band(row, verdict.score, &proofs)
            wanted |= 1 << decision
        if listed & LISTED_WATCH and listed & LISTED_ALLOW == 0:
            wanted |= 1 << DECISION_REVIEW
        if listed & LISTED_BLOCK_FINAL or (listed & LISTED_BLOCK and listed & LISTED_ALLOW == 0):
            wanted |= 1 << DECISION_DECLINE
        verdict.decision = verdict.proved = verdict.waited = DECISION_APPROVE
        for index in range(DECISION_APPROVE, DECISION_DECLINE + 1):
            if wanted >> index & 1:
                verdict.decision = index
                if index < DECISION_STEP_UP:
                    verdict.proved = index
                if index < DECISION_WAIT:
                    verdict.waited = index
        verdict.proofs = proofs if verdict.decision == DECISION_STEP_UP else 0

    cdef int64_t card_points(self, const int32_t* row) noexcept nogil:
        """The points card: of each feature the points of the first bin that reaches its value."""
        cdef int64_t points = 0
        cdef int index, done = -1
        for index in range(self.bin_count):
            if self.bins[3 * index] != done and row[self.bins[3 * index]] <= self.bins[3 * index + 1]:
                done = self.bins[3 * index]
                points += self.bins[3 * index + 2]
        return points

    cdef int band(self, const int32_t* row, int score, int* proofs) noexcept nogil:
        """The decision of a score by the first table whose conditions hold."""
        cdef int index, at, decision = DECISION_APPROVE
        for index in range(self.table_count):
            if not self.holds(row, self.tables[4 * index], self.tables[4 * index + 1]):
                continue
            for at in range(self.tables[4 * index + 2], self.tables[4 * index + 3]):
                if score < self.bands[at].from_score:
                    break
                decision = self.bands[at].decision
                if decision == DECISION_STEP_UP and proofs[0] == 0:
                    proofs[0] = self.bands[at].proofs
            break
        return decision
