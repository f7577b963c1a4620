"""The split: a bill divided between the funds, the hospital, the person's accounts and cash, exactly to the fen.

Design
    Straight through the nine steps of the rules: natures, account-first money, deductible, pooled fund, second stage,
    civil servants' subsidy and assistance, hospital, accounts, cash. Amounts are whole fen; a benefit that is not is
    kept as an exact fraction in 128-bit integers until it is rounded half-up, once. A segment that the cap cuts short
    is found by bisection over the exact benefit, so that it needs no inverse of the bands.
    Funds after the pooled one take from the co-pay part first, then from the deductible part; this matters only where
    the account may pay one of the two. `assistance_cap_fen` is a ceiling a bill: no accumulator goes with it.

Invariants
    total = full self-pay + over limit + class B + in scope, and total = the sum of all payers, every term >= 0. The
    funds together never pay more than what is in scope, and no accumulator passes its cap. No amount is over
    MONEY_MAX_FEN, so that no product of money and share leaves 128 bits.
"""

from typing import NamedTuple

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from core.policy cimport (
    DEDUCTIBLE_ANNUAL, DEDUCTIBLE_NONE, DEDUCTIBLE_PER_STAY, LaterStay, MEASURE_BILL, MEASURE_PAID, MEASURE_STAY,
    NOT_SET, OWNER_CURRENT_YEAR, OWNER_PRIOR_YEARS, PAYS_CLASS_B, PAYS_COPAY, PAYS_DEDUCTIBLE, PAYS_FULL_SELF,
    PAYS_OVER_LIMIT, CompiledRule, Rule, Stage, slot_of,
)
from core.rules.words import MONEY_MAX_FEN

cdef enum:
    PPM = 1_000_000
    DONE = 0
    AMOUNT_OUT_OF_RANGE = 31
    NO_RULE_FOR_BILL = 71

cdef int64_t MONEY_MAX = MONEY_MAX_FEN
cdef int CLASS_C = 3


class LineNature(NamedTuple):
    """One line, or a whole bill, by nature; fen."""

    total_fen: int
    full_self_pay_fen: int
    over_limit_fen: int
    class_b_self_pay_fen: int
    in_scope_fen: int
    deductible_base_fen: int


class SplitResult(NamedTuple):
    """A split; fen. `reason` is 0, or why there is none (numbers of ErrorReason)."""

    reason: int
    deductible_fen: int
    pooled_fen: int
    major_fen: int
    civil_servant_fen: int
    assistance_fen: int
    other_fund_fen: int
    hospital_fen: int
    account_current_fen: int
    account_prior_fen: int
    family_account_fen: int
    commercial_fen: int
    cash_fen: int
    used_in_scope_fen: int
    major_counted_fen: int


cdef struct Exact:            # whole + numerator / denominator fen, the fraction not below 0
    int64_t whole
    int128_t numerator
    int128_t denominator


def natures(list lines):
    """A bill's natures, rounded once over the bill: in scope half-up, class B the residual.

    Args:
        lines: (amount_fen, item class 1-3, self_pay_ppm, price_limit_fen or -1, deductible_exempt) each, all checked
            to be 0 or more; amounts at most MONEY_MAX_FEN together.
    Raises:
        ValueError: an amount out of range.
    """
    cdef int64_t total = 0, full_self = 0, over = 0, scope_ppm = 0, exempt_ppm = 0
    cdef Line line
    for fields in lines:
        line = line_of(fields)
        total += line.amount_fen
        if total > MONEY_MAX:
            raise ValueError(f"the lines add up to more than {MONEY_MAX_FEN} fen")
        if line.self_pay_ppm == PPM:
            full_self += line.amount_fen
            continue
        over += over_limit(&line)
        scope_ppm += in_scope_ppm(&line)
        if line.deductible_exempt:
            exempt_ppm += in_scope_ppm(&line)
    cdef int64_t scope = half_up_ppm(scope_ppm)
    return LineNature(total, full_self, over, total - full_self - over - scope, scope,
                      min(scope, half_up_ppm(scope_ppm - exempt_ppm)))


def line_natures(list lines):
    """Each line's natures, in whole fen that add up to the bill's: its rounding spread by largest remainder.

    Args and errors as in `natures`. Ties go to the earlier line.
    """
    whole = natures(lines)
    cdef int64_t scope, spread = 0
    cdef Line line
    floors, remainders = [], []
    for index, fields in enumerate(lines):
        line = line_of(fields)
        scope = 0 if line.self_pay_ppm == PPM else in_scope_ppm(&line)
        floors.append(scope // PPM)
        remainders.append((-(scope % PPM), index))
        spread += scope // PPM
    for _, index in sorted(remainders)[:whole.in_scope_fen - spread]:
        floors[index] += 1
    result = []
    for scope, fields in zip(floors, lines):
        line = line_of(fields)
        if line.self_pay_ppm == PPM:
            result.append(LineNature(line.amount_fen, line.amount_fen, 0, 0, 0, 0))
        else:
            result.append(LineNature(line.amount_fen, 0, over_limit(&line),
                                     line.amount_fen - over_limit(&line) - scope, scope,
                                     0 if line.deductible_exempt else scope))
    return result


def split(CompiledRule rule not None, natures, insured, usage, purses, given=(-1, -1)):
    """The split of one bill.

    Args:
        rule: of RuleBook.find or compile_rule.
        natures: (total, full self-pay, over limit, class B, in scope, deductible base, hospital), fen.
        insured: (status, age, civil servant, assistance, family doctor, level, stay number).
        usage: (deductible used, in scope, pooled paid, major in scope, major paid) before the bill, fen.
        purses: (current year, prior years, family), fen.
        given: (pooled, major) that are facts and not computed, fen; -1 each to compute.
    """
    cdef Natures c_natures
    cdef Insured c_insured
    cdef Usage c_usage
    cdef Purses c_purses
    cdef Given c_given
    cdef Split c_split
    (c_natures.total_fen, c_natures.full_self_pay_fen, c_natures.over_limit_fen, c_natures.class_b_self_pay_fen,
     c_natures.in_scope_fen, c_natures.deductible_base_fen, c_natures.hospital_fen) = natures
    (c_insured.status, c_insured.age, c_insured.civil_servant, c_insured.assistance, c_insured.family_doctor,
     c_insured.level, c_insured.stay_number) = insured
    (c_usage.deductible_used_fen, c_usage.in_scope_fen, c_usage.pooled_paid_fen, c_usage.major_in_scope_fen,
     c_usage.major_paid_fen) = usage
    c_purses.current_year_fen, c_purses.prior_years_fen, c_purses.family_fen = purses
    c_given.pooled_fen, c_given.major_fen = given
    cdef int reason = split_bill(rule.rule, &c_natures, &c_insured, &c_usage, &c_purses, &c_given, &c_split)
    return SplitResult(
        reason, c_split.deductible_fen, c_split.pooled_fen, c_split.major_fen, c_split.civil_servant_fen,
        c_split.assistance_fen, c_split.other_fund_fen, c_split.hospital_fen, c_split.account_current_fen,
        c_split.account_prior_fen, c_split.family_account_fen, c_split.commercial_fen, c_split.cash_fen,
        c_split.used_in_scope_fen, c_split.major_counted_fen)


cdef int split_bill(const Rule* rule, const Natures* natures, const Insured* insured, const Usage* usage,
                    const Purses* purses, const Given* given, Split* split) noexcept nogil:
    """Divides a bill; gives 0, or the reason why it has no split (then `split` is all zeros)."""
    cdef Purses left = purses[0]
    cdef int64_t scope, segment, over_cap_fen = 0, personal
    cdef int32_t slot
    cdef int reason
    memset(split, 0, sizeof(Split))
    reason = validate(rule, natures, insured, usage, purses)
    if reason != DONE:
        return reason
    slot = slot_of(rule, insured.status, insured.age, insured.level, insured.assistance > 1)
    if slot < 0 or not has_values(rule, slot, insured):
        return NO_RULE_FOR_BILL
    scope = natures.in_scope_fen
    if rule.account_first:
        split.account_current_fen = min(left.current_year_fen, scope)
        left.current_year_fen -= split.account_current_fen
        scope -= split.account_current_fen
    split.used_in_scope_fen = scope
    split.deductible_fen = min(
        deductible_due(rule, slot, insured, usage), min(natures.deductible_base_fen, scope))
    segment = scope - split.deductible_fen
    split.pooled_fen = half_up(pooled_benefit(rule, slot, usage, split.deductible_fen, segment))
    if rule.capped and split.pooled_fen > max(rule.cap[slot] - usage.pooled_paid_fen, 0):
        split.pooled_fen = max(rule.cap[slot] - usage.pooled_paid_fen, 0)
        over_cap_fen = segment - capped_segment(rule, slot, usage, split.deductible_fen, segment, split.pooled_fen)
    if given.pooled_fen >= 0:
        # A fact of the record; what the rule's cap cut off stays the base of the second stage, as far as it is left.
        split.pooled_fen = given.pooled_fen
        over_cap_fen = min(over_cap_fen, segment - given.pooled_fen)
    personal = scope - split.pooled_fen
    if personal < 0 or over_cap_fen < 0:
        memset(split, 0, sizeof(Split))
        return AMOUNT_OUT_OF_RANGE
    if given.major_fen >= 0:
        split.major_fen = given.major_fen
    else:
        second_stage(rule, slot, insured, usage, over_cap_fen, personal, split)
    personal -= split.major_fen
    if personal < 0:
        memset(split, 0, sizeof(Split))
        return AMOUNT_OUT_OF_RANGE
    if insured.civil_servant:
        split.civil_servant_fen = half_up_ppm(personal * rule.civil_servant_ppm[slot])
        personal -= split.civil_servant_fen
    split.assistance_fen = half_up_ppm(personal * rule.assistance_ppm[insured.assistance][slot])
    if rule.assistance_cap_fen[insured.assistance] != NOT_SET:
        split.assistance_fen = min(split.assistance_fen, rule.assistance_cap_fen[insured.assistance])
    personal -= split.assistance_fen
    pay_the_rest(rule, natures, personal, &left, split)
    return DONE


cdef int validate(const Rule* rule, const Natures* natures, const Insured* insured, const Usage* usage,
                  const Purses* purses) noexcept nogil:
    """Whether every number is one that the split may compute with."""
    if not (0 <= natures.total_fen <= MONEY_MAX):
        return AMOUNT_OUT_OF_RANGE
    if (natures.full_self_pay_fen < 0 or natures.over_limit_fen < 0 or natures.class_b_self_pay_fen < 0
            or natures.in_scope_fen < 0 or natures.deductible_base_fen < 0):
        return AMOUNT_OUT_OF_RANGE
    if (natures.full_self_pay_fen + natures.over_limit_fen + natures.class_b_self_pay_fen + natures.in_scope_fen
            != natures.total_fen or natures.deductible_base_fen > natures.in_scope_fen):
        return AMOUNT_OUT_OF_RANGE
    if natures.hospital_fen < 0 or natures.hospital_fen > natures.total_fen - natures.in_scope_fen:
        return AMOUNT_OUT_OF_RANGE
    if (min(min(usage.deductible_used_fen, usage.in_scope_fen), usage.pooled_paid_fen) < 0
            or min(usage.major_in_scope_fen, usage.major_paid_fen) < 0):
        return AMOUNT_OUT_OF_RANGE
    if (max(max(usage.deductible_used_fen, usage.in_scope_fen), usage.pooled_paid_fen) > MONEY_MAX
            or max(usage.major_in_scope_fen, usage.major_paid_fen) > MONEY_MAX):
        return AMOUNT_OUT_OF_RANGE
    if min(min(purses.current_year_fen, purses.prior_years_fen), purses.family_fen) < 0:
        return AMOUNT_OUT_OF_RANGE
    if not (1 <= insured.assistance <= 4):
        return NO_RULE_FOR_BILL
    return DONE


cdef bint has_values(const Rule* rule, int32_t slot, const Insured* insured) noexcept nogil:
    """Whether every table that this bill needs has a value for such a person at such a level."""
    cdef const LaterStay* later = later_stay(rule, insured.stay_number)
    cdef const Stage* stage
    cdef int32_t band, index
    if rule.deductible[slot] == NOT_SET or (rule.capped and rule.cap[slot] == NOT_SET):
        return False
    if later != NULL and later.amounts != NULL and later.amounts[slot] == NOT_SET:
        return False
    if later != NULL and later.ppm != NULL and later.ppm[slot] == NOT_SET:
        return False
    if rule.civil_servant_ppm[slot] == NOT_SET or rule.assistance_ppm[insured.assistance][slot] == NOT_SET:
        return False
    for band in range(rule.band_count):
        if rule.share[band][slot] == NOT_SET:
            return False
    for index in range(rule.major_count):
        stage = &rule.majors[index][1 if insured.assistance > 1 else 0]
        for band in range(stage.band_count):
            if stage.ppm[band][slot] == NOT_SET:
                return False
    return True


cdef int64_t deductible_due(const Rule* rule, int32_t slot, const Insured* insured, const Usage* usage) noexcept nogil:
    """The deductible this bill has to fill, before it is held against the bill."""
    cdef int64_t due = rule.deductible[slot]
    cdef const LaterStay* later = later_stay(rule, insured.stay_number)
    if rule.kind == DEDUCTIBLE_NONE:
        return 0
    if later != NULL:
        due = later_amount(later, slot, due, insured.stay_number)
    if insured.family_doctor:
        due = max(due - rule.family_doctor_fen, 0)
    if rule.kind == DEDUCTIBLE_ANNUAL:
        due = max(due - usage.deductible_used_fen, 0)
    return due


cdef const LaterStay* later_stay(const Rule* rule, int32_t stay_number) noexcept nogil:
    """What the rule says of this stay and those after it; NULL where the first stay's amount holds."""
    cdef const LaterStay* later = NULL
    cdef int32_t index
    if rule.kind == DEDUCTIBLE_PER_STAY:
        for index in range(rule.later_count):
            if rule.later[index].from_stay <= stay_number:
                later = &rule.later[index]
    return later


cdef int64_t later_amount(const LaterStay* later, int32_t slot, int64_t first, int32_t stay_number) noexcept nogil:
    """The deductible of a later stay, out of the first stay's amount."""
    cdef int64_t k = stay_number - later.from_stay + 1, amount
    cdef int128_t exact_ppm
    if later.amounts != NULL:
        return later.amounts[slot]
    if later.ppm != NULL:
        return half_up_ppm(first * later.ppm[slot])
    if first < later.floor_fen:
        return first
    amount = first + k * later.step_fen
    if later.step_ppm != 0:
        exact_ppm = <int128_t>first * (PPM + k * later.step_ppm)
        amount = <int64_t>((exact_ppm + PPM // 2) // PPM) if exact_ppm > 0 else 0
    return max(amount, later.floor_fen)


cdef Exact pooled_benefit(const Rule* rule, int32_t slot, const Usage* usage, int64_t deductible_fen,
                          int64_t segment) noexcept nogil:
    """What the pooled fund pays on a segment behind the deductible, exactly and without its cap."""
    cdef Exact benefit
    cdef int64_t start = 0, low, high
    cdef int32_t band
    if rule.measure == MEASURE_PAID:
        return benefit_on_paid(rule, slot, usage.pooled_paid_fen, segment)
    if rule.measure != MEASURE_BILL:
        start = deductible_fen
        if rule.measure != MEASURE_STAY:
            start += usage.in_scope_fen
    benefit.whole = 0
    benefit.numerator = 0
    benefit.denominator = rule.share_unit
    for band in range(rule.band_count):
        low = max(rule.from_fen[band], start)
        high = start + segment
        if rule.to_fen[band] != NOT_SET:
            high = min(high, rule.to_fen[band])
        if high > low:
            benefit.numerator += <int128_t>(high - low) * rule.share[band][slot]
    return benefit


cdef Exact benefit_on_paid(const Rule* rule, int32_t slot, int64_t paid, int64_t segment) noexcept nogil:
    """The same where band edges lie on what the fund has paid: the cost that reaches an edge is an exact fraction.

    `cost / scale` is what of the segment is left. The rule book refuses rules whose numbers could leave 128 bits.
    """
    cdef Exact benefit
    cdef int128_t cost = segment, scale = 1, reach
    cdef int64_t room, share
    cdef int32_t band
    benefit.whole = 0
    benefit.numerator = 0
    benefit.denominator = 1
    for band in range(rule.band_count):
        if rule.to_fen[band] != NOT_SET and paid >= rule.to_fen[band]:
            continue
        share = rule.share[band][slot]
        room = rule.to_fen[band] - paid
        reach = <int128_t>room * rule.share_unit * scale
        if rule.to_fen[band] == NOT_SET or cost * share <= reach:
            benefit.numerator = cost * share
            benefit.denominator = scale * rule.share_unit
            return benefit
        benefit.whole += room
        paid += room
        cost = cost * share - reach
        scale = scale * share
    return benefit


cdef int64_t capped_segment(const Rule* rule, int32_t slot, const Usage* usage, int64_t deductible_fen,
                            int64_t segment, int64_t room) noexcept nogil:
    """The smallest whole number of fen, at most `segment`, whose exact benefit reaches the cap's room."""
    cdef int64_t low = 0, high = segment, middle
    while low < high:
        middle = (low + high) // 2
        if reaches(pooled_benefit(rule, slot, usage, deductible_fen, middle), room):
            high = middle
        else:
            low = middle + 1
    return low


cdef void second_stage(const Rule* rule, int32_t slot, const Insured* insured, const Usage* usage,
                       int64_t over_cap_fen, int64_t personal, Split* split) noexcept nogil:
    """Large-amount and critical-illness schemes, in the policy's order; each sees what the earlier ones left."""
    cdef const Stage* stage
    cdef int64_t base, paid, room
    cdef int32_t index
    for index in range(rule.major_count):
        stage = &rule.majors[index][1 if insured.assistance > 1 else 0]
        base = over_cap_fen if stage.over_cap else personal - split.major_fen
        paid = half_up_ppm(
            stage_benefit_ppm(stage, slot, usage.major_in_scope_fen + base)
            - stage_benefit_ppm(stage, slot, usage.major_in_scope_fen))
        if stage.cap_fen != NOT_SET:
            room = max(stage.cap_fen - usage.major_paid_fen - split.major_fen, 0)
            paid = min(paid, room)
        split.major_fen += paid
        split.major_counted_fen += base


cdef int64_t stage_benefit_ppm(const Stage* stage, int32_t slot, int64_t yearly_base) noexcept nogil:
    """What a second stage pays on a yearly base, exactly, in millionths of a fen."""
    cdef int64_t benefit_ppm = 0, high
    cdef int32_t band
    for band in range(stage.band_count):
        high = yearly_base
        if stage.to_fen[band] != NOT_SET:
            high = min(high, stage.to_fen[band])
        if high > stage.from_fen[band]:
            benefit_ppm += (high - stage.from_fen[band]) * stage.ppm[band][slot]
    return benefit_ppm


cdef void pay_the_rest(const Rule* rule, const Natures* natures, int64_t personal, Purses* left,
                       Split* split) noexcept nogil:
    """Hospital, accounts and cash: `personal` is the in-scope money that no fund has paid."""
    cdef int64_t hospital = natures.hospital_fen
    cdef int64_t full_self = natures.full_self_pay_fen, over = natures.over_limit_fen
    cdef int64_t class_b = natures.class_b_self_pay_fen
    cdef int64_t deductible = min(split.deductible_fen, personal)
    cdef int64_t payable = 0, paid
    cdef int32_t index
    split.hospital_fen = hospital
    hospital -= take(&full_self, hospital)
    hospital -= take(&over, hospital)
    hospital -= take(&class_b, hospital)
    if rule.account_pays & PAYS_DEDUCTIBLE:
        payable += deductible
    if rule.account_pays & PAYS_COPAY:
        payable += personal - deductible
    if rule.account_pays & PAYS_CLASS_B:
        payable += class_b
    if rule.account_pays & PAYS_OVER_LIMIT:
        payable += over
    if rule.account_pays & PAYS_FULL_SELF:
        payable += full_self
    split.cash_fen = personal + class_b + over + full_self
    for index in range(3):
        if rule.owner_order[index] == OWNER_CURRENT_YEAR:
            paid = min(left.current_year_fen, payable)
            split.account_current_fen += paid
        elif rule.owner_order[index] == OWNER_PRIOR_YEARS:
            paid = min(left.prior_years_fen, payable)
            split.account_prior_fen += paid
        else:
            paid = min(left.family_fen, payable)
            split.family_account_fen += paid
        payable -= paid
        split.cash_fen -= paid


# Leaves.

cdef Line line_of(fields):
    cdef Line line
    amount_fen, item_class, self_pay_ppm, price_limit_fen, deductible_exempt = fields
    if not 0 <= amount_fen <= MONEY_MAX_FEN:
        raise ValueError(f"a line's amount must be 0 to {MONEY_MAX_FEN} fen")
    if not 0 <= self_pay_ppm <= PPM:
        raise ValueError("a line's self-pay ratio must be 0 to 1,000,000 ppm")
    line.amount_fen = amount_fen
    line.self_pay_ppm = PPM if item_class == CLASS_C else self_pay_ppm
    line.price_limit_fen = price_limit_fen
    line.deductible_exempt = deductible_exempt
    return line


cdef inline int64_t over_limit(const Line* line) noexcept nogil:
    if line.price_limit_fen < 0 or line.amount_fen <= line.price_limit_fen:
        return 0
    return line.amount_fen - line.price_limit_fen


cdef inline int64_t in_scope_ppm(const Line* line) noexcept nogil:
    return (line.amount_fen - over_limit(line)) * (PPM - line.self_pay_ppm)


cdef inline int64_t half_up_ppm(int64_t amount_ppm) noexcept nogil:
    """Millionths of a fen, not below 0, to whole fen."""
    return (amount_ppm + PPM // 2) // PPM


cdef inline int64_t half_up(Exact amount) noexcept nogil:
    return amount.whole + <int64_t>((2 * amount.numerator + amount.denominator) // (2 * amount.denominator))


cdef inline bint reaches(Exact amount, int64_t fen) noexcept nogil:
    return amount.numerator >= (<int128_t>fen - amount.whole) * amount.denominator


cdef inline int64_t take(int64_t* source, int64_t wanted) noexcept nogil:
    cdef int64_t taken = min(source[0], wanted)
    source[0] -= taken
    return taken
