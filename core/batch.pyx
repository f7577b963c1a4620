"""Many bills split in one call: what a replay of a policy, a simulation or a benchmark has thousands of.

Design
    Bills and lines are rows of whole numbers in flat arrays, and so are the splits that come out: nothing is allocated
    or looked up a bill, and the interpreter's lock is free meanwhile. The caller compiles each rule once and names it by
    its place. A bill that has no split gets a reason in its row; the others are split all the same.

Invariants
    A row is split exactly as `core.benefit.natures.natures` and `core.split.split` split that bill alone; plans
    (core.plans) have no place in a row, so that a bill of somebody who has one is split alone. Rows that name
    no rule, or lines that are not there, are refused before any work.
"""

from libc.stdint cimport int64_t
from libc.string cimport memset

from core.benefit.natures cimport Natures, Sums, add_line, close_bill
from core.benefit.pooled cimport Insured, Usage
from core.benefit.rule cimport CompiledRule, Rule
from core.split cimport Given, Purses, Split, split_bill
from core.split import SplitResult

cdef enum:
    RULES_MAX = 4_096
    DONE = 0
    AMOUNT_OUT_OF_RANGE = 31

# A bill: the place of its rule, how many lines it has (those of the bills follow each other), what the institution
# bears, the person, accumulators before it, account money, and payers that are facts (-1: computed). Money in fen.
BILL_COLUMNS = (
    "rule", "line_count", "hospital_fen",
    "status", "age", "civil_servant", "assistance", "family_doctor", "level", "stay_number",
    "deductible_used_fen", "in_scope_before_fen", "pooled_paid_fen", "major_in_scope_fen", "major_paid_fen",
    "current_year_fen", "prior_years_fen", "family_fen", "given_pooled_fen", "given_major_fen",
)
LINE_COLUMNS = ("amount_fen", "item_class", "self_pay_ppm", "price_limit_fen", "deductible_exempt")
SPLIT_COLUMNS = (
    "reason", "total_fen", "full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen",
    "deductible_base_fen", "deductible_fen", "pooled_fen", "major_fen", "civil_servant_fen", "assistance_fen",
    "other_fund_fen", "hospital_fen", "account_current_fen", "account_prior_fen", "family_account_fen",
    "commercial_fen", "cash_fen", "used_in_scope_fen", "major_counted_fen",
)

# Where the split's structs begin in a row; each is whole numbers of 64 bits in the order of these columns.
cdef enum:
    USAGE_AT = 10
    PURSES_AT = 15
    GIVEN_AT = 18
    SPLIT_AT = 7

assert BILL_COLUMNS[USAGE_AT] == "deductible_used_fen" and sizeof(Usage) == (PURSES_AT - USAGE_AT) * sizeof(int64_t)
assert BILL_COLUMNS[PURSES_AT] == "current_year_fen" and sizeof(Purses) == (GIVEN_AT - PURSES_AT) * sizeof(int64_t)
assert BILL_COLUMNS[GIVEN_AT] == "given_pooled_fen" and sizeof(Given) == (BILL_WIDTH - GIVEN_AT) * sizeof(int64_t)
assert SPLIT_COLUMNS[SPLIT_AT:] == SplitResult._fields[1:] and sizeof(Split) == (SPLIT_WIDTH - SPLIT_AT) * sizeof(int64_t)
assert len(BILL_COLUMNS) == BILL_WIDTH and len(LINE_COLUMNS) == LINE_WIDTH and len(SPLIT_COLUMNS) == SPLIT_WIDTH


def split_batch(rules, const int64_t[::1] bills, const int64_t[::1] lines, int64_t[::1] splits):
    """Splits bills; one call for any number of them.

    Args:
        rules: of RuleBook.find or compile_rule, at most 4,096; a bill names one by its place from 0.
        bills: rows of BILL_COLUMNS, one after the other (64-bit integers, for instance array("q")).
        lines: rows of LINE_COLUMNS, those of the first bill first; a price limit of -1 is none.
        splits: rows of SPLIT_COLUMNS, one a bill, to be written; a bill without a split has its `reason` (31 an amount
            out of range, 71 no value for such a person) and zeros.
    Returns:
        How many bills have no split.
    Raises:
        ValueError: the arrays do not fit each other, or a bill names no rule; nothing was written then.
    """
    cdef const Rule* compiled[RULES_MAX]
    cdef CompiledRule rule
    cdef Py_ssize_t count = bills.shape[0] // BILL_WIDTH, at, line_at = 0, line_count = lines.shape[0] // LINE_WIDTH
    cdef int64_t refused = 0, rule_count = len(rules), own
    if rule_count > RULES_MAX:
        raise ValueError(f"at most {RULES_MAX} rules, not {rule_count}")
    if count * BILL_WIDTH != bills.shape[0] or line_count * LINE_WIDTH != lines.shape[0]:
        raise ValueError(f"a bill is {BILL_WIDTH} numbers and a line is {LINE_WIDTH}")
    if splits.shape[0] != count * SPLIT_WIDTH:
        raise ValueError(f"{count} bills need room for {count * SPLIT_WIDTH} numbers of their splits")
    for at, rule in enumerate(rules):
        compiled[at] = rule.rule
    for at in range(count):
        own = bills[at * BILL_WIDTH + 1]
        if not 0 <= bills[at * BILL_WIDTH] < rule_count:
            raise ValueError(f"bill {at} names rule {bills[at * BILL_WIDTH]} of {rule_count}")
        if not 0 <= own <= line_count - line_at:
            raise ValueError(f"bill {at} has {own} lines, but {line_count - line_at} are left")
        line_at += own
    if line_at != line_count:
        raise ValueError(f"{line_count - line_at} lines belong to no bill")
    line_at = 0
    with nogil:
        for at in range(count):
            if not split_row(compiled[bills[at * BILL_WIDTH]], &bills[at * BILL_WIDTH],
                             &lines[0] + line_at * LINE_WIDTH if line_count else NULL, &splits[at * SPLIT_WIDTH]):
                refused += 1
            line_at += bills[at * BILL_WIDTH + 1]
    return refused


cdef bint split_row(const Rule* rule, const int64_t* bill, const int64_t* lines, int64_t* result) noexcept nogil:
    """Splits one row; gives whether it has a split. What the split reads and writes lies in the rows as its structs do."""
    cdef Sums sums
    cdef Natures natures
    cdef Insured insured
    cdef int64_t index
    memset(&sums, 0, sizeof(Sums))
    memset(result, 0, SPLIT_WIDTH * sizeof(int64_t))
    for index in range(bill[1]):
        if add_line(&sums, lines[0], lines[1], lines[2], lines[3], lines[4] != 0) != 0:
            result[0] = AMOUNT_OUT_OF_RANGE
            return False
        lines += LINE_WIDTH
    # Status, age, assistance, level and stay are small numbers; one that is not must not be cut down to one that is.
    if (bill[3] | bill[4] | bill[6] | bill[8] | bill[9]) >> 31 != 0:
        result[0] = AMOUNT_OUT_OF_RANGE
        return False
    close_bill(&sums, &natures)
    natures.hospital_fen = bill[2]
    insured.status, insured.age, insured.civil_servant = <int>bill[3], <int>bill[4], bill[5] != 0
    insured.assistance, insured.family_doctor = <int>bill[6], bill[7] != 0
    insured.level, insured.stay_number = <int>bill[8], <int>bill[9]
    result[0] = split_bill(
        rule, &natures, &insured, <const Usage*>(bill + USAGE_AT), <const Purses*>(bill + PURSES_AT),
        <const Given*>(bill + GIVEN_AT), NULL, <Split*>(result + SPLIT_AT))
    if result[0] != DONE:
        return False
    result[1], result[2], result[3] = natures.total_fen, natures.full_self_pay_fen, natures.over_limit_fen
    result[4], result[5], result[6] = natures.class_b_self_pay_fen, natures.in_scope_fen, natures.deductible_base_fen
    return True
