"""The split: a bill divided between the funds, the hospital, the person's accounts and cash, exactly to the fen.

Design
    Straight through the steps of the rules: natures (core.benefit.natures), account-first money, deductible and pooled
    fund (core.benefit.pooled), second stage, civil servants' subsidy and assistance, hospital, plans (core.plans.plan),
    accounts, cash.
    What the pooled fund leaves of the in-scope money is a burden of three parts: deductible, co-pay, and what a ceiling
    cut off. A payer after it counts some of them and takes from co-pay first, then from what was cut off, then from
    the deductible; an over-cap stage takes from what was cut off first. This matters only where a later payer, or the
    account, may not pay for all three. A ceiling of subsidy or assistance is for one bill: no accumulator goes with it.

Invariants
    total = full self-pay + over limit + class B + in scope, and total = the sum of all payers, every term >= 0. The
    funds together never pay more than what is in scope, and no accumulator passes its cap. No amount is over
    MONEY_MAX_FEN, so that no product of money and share leaves 128 bits.
"""

from typing import NamedTuple

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from core.benefit.exact cimport PPM, rounded_ppm, take
from core.benefit.natures cimport Natures
from core.benefit.pooled cimport Insured, Pooled, Usage, deductible_due, later_stay, pooled_fund
from core.benefit.rule cimport (
    BURDEN_COPAY, BURDEN_DEDUCTIBLE, BURDEN_OVER_CAP, BURDENS_ALL, LaterStay, NATURE_CLASS_B, NATURE_COPAY,
    NATURE_DEDUCTIBLE, NATURE_FULL_SELF, NATURE_OVER_LIMIT, NATURES_MAX, NOT_SET, OWNER_CURRENT_YEAR, OWNER_FAMILY,
    OWNER_PRIOR_YEARS, CompiledRule, Rule, Stage, slot_of,
)
from core.plans.plan cimport (
    LEFT_CLASS_B, LEFT_COPAY, LEFT_DEDUCTIBLE, LEFT_FULL_SELF, LEFT_MAX, LEFT_OVER_CAP, LEFT_OVER_LIMIT, SEATS,
    SEAT_OTHER_FUND, Cover, PlanSeat, plan_pays, sound_usage,
)
from core.benefit.natures import line_natures as line_natures, natures as natures
from core.rules.words import MONEY_MAX_FEN

cdef enum:
    DONE = 0
    AMOUNT_OUT_OF_RANGE = 31
    NO_RULE_FOR_BILL = 71

cdef int64_t MONEY_MAX = MONEY_MAX_FEN


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


cdef struct Burden:           # in-scope money that no fund has paid yet
    int64_t deductible_fen
    int64_t copay_fen
    int64_t over_cap_fen


def split(CompiledRule rule not None, natures, insured, usage, purses, given=(-1, -1), covers=()):
    """The split of one bill.

    Args:
        rule: of RuleBook.find or compile_rule.
        natures: (total, full self-pay, over limit, class B, in scope, deductible base, hospital), fen.
        insured: (status, age, civil servant, assistance, family doctor, level, stay number).
        usage: (deductible used, in scope, pooled paid, major in scope, major paid) before the bill, fen.
        purses: (current year, prior years, family), fen.
        given: (pooled, major) that are facts and not computed, fen; -1 each to compute.
        covers: core.plans.Cover of the plans that cover the bill, at most one of each tender; each then says what the
            bill adds to it.
    """
    cdef Natures c_natures
    cdef Insured c_insured
    cdef Usage c_usage
    cdef Purses c_purses
    cdef Given c_given
    cdef Split c_split
    cdef PlanSeat* seats[SEATS]
    cdef Cover cover
    memset(seats, 0, sizeof(seats))
    for cover in covers:
        if seats[cover.plan.plan.seat] != NULL:
            raise ValueError("a person has at most one plan of each tender")
        seats[cover.plan.plan.seat] = &cover.seat
    (c_natures.total_fen, c_natures.full_self_pay_fen, c_natures.over_limit_fen, c_natures.class_b_self_pay_fen,
     c_natures.in_scope_fen, c_natures.deductible_base_fen, c_natures.hospital_fen) = natures
    (c_insured.status, c_insured.age, c_insured.civil_servant, c_insured.assistance, c_insured.family_doctor,
     c_insured.level, c_insured.stay_number) = insured
    (c_usage.deductible_used_fen, c_usage.in_scope_fen, c_usage.pooled_paid_fen, c_usage.major_in_scope_fen,
     c_usage.major_paid_fen) = usage
    c_purses.current_year_fen, c_purses.prior_years_fen, c_purses.family_fen = purses
    c_given.pooled_fen, c_given.major_fen = given
    cdef int reason = split_bill(
        rule.rule, &c_natures, &c_insured, &c_usage, &c_purses, &c_given, seats if covers else NULL, &c_split)
    return SplitResult(
        reason, c_split.deductible_fen, c_split.pooled_fen, c_split.major_fen, c_split.civil_servant_fen,
        c_split.assistance_fen, c_split.other_fund_fen, c_split.hospital_fen, c_split.account_current_fen,
        c_split.account_prior_fen, c_split.family_account_fen, c_split.commercial_fen, c_split.cash_fen,
        c_split.used_in_scope_fen, c_split.major_counted_fen)


cdef int split_bill(const Rule* rule, const Natures* natures, const Insured* insured, const Usage* usage,
                    const Purses* purses, const Given* given, PlanSeat** seats, Split* split) noexcept nogil:
    """Divides a bill; gives 0, or the reason why it has no split (then `split` is all zeros).

    `seats` are the person's plans by seat, NULL for none; each that pays notes what the bill adds to it.
    """
    cdef Purses left = purses[0]
    cdef Burden burden
    cdef int32_t slot
    cdef int reason
    memset(split, 0, sizeof(Split))
    reason = validate(rule, natures, insured, usage, purses)
    if reason == DONE and seats != NULL:
        reason = validate_plans(seats)
    if reason != DONE:
        return reason
    slot = slot_of(rule, insured.status, insured.age, insured.level, insured.assistance > 1)
    if slot < 0 or not has_values(rule, slot, insured, given):
        return NO_RULE_FOR_BILL
    split.used_in_scope_fen = natures.in_scope_fen
    if rule.account_first:
        split.account_current_fen = take(&left.current_year_fen, natures.in_scope_fen)
        split.used_in_scope_fen -= split.account_current_fen
    reason = statutory_funds(rule, slot, natures, insured, usage, given, &burden, split)
    if reason != DONE:
        memset(split, 0, sizeof(Split))
        return reason
    share_of_rest(rule.civil_servant_ppm[slot] if insured.civil_servant else 0, rule.civil_servant_cap_fen,
                  rule.civil_servant_counts, rule.way, &burden, &split.civil_servant_fen)
    share_of_rest(rule.assistance_ppm[insured.assistance][slot], rule.assistance_cap_fen[insured.assistance],
                  rule.assistance_counts[insured.assistance], rule.way, &burden, &split.assistance_fen)
    pay_the_rest(rule, natures, &burden, &left, seats, split)
    return DONE


cdef int validate_plans(PlanSeat** seats) noexcept nogil:
    """Whether every number of the person's plans is one that they may compute with."""
    cdef int index
    for index in range(SEATS):
        if seats[index] != NULL and seats[index].plan != NULL and not sound_usage(&seats[index].before):
            return AMOUNT_OUT_OF_RANGE
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


cdef bint has_values(const Rule* rule, int32_t slot, const Insured* insured, const Given* given) noexcept nogil:
    """Whether every table that this bill needs has a value for such a person at such a level."""
    cdef const LaterStay* later = later_stay(rule, insured.stay_number)
    cdef const Stage* stage
    cdef int32_t band, index
    if rule.deductible[slot] == NOT_SET or (rule.capped and rule.cap[slot] == NOT_SET):
        return False
    if rule.scope_capped and rule.scope_cap[slot] == NOT_SET:
        return False
    if later != NULL and later.amounts != NULL and later.amounts[slot] == NOT_SET:
        return False
    if later != NULL and later.ppm != NULL and later.ppm[slot] == NOT_SET:
        return False
    if insured.civil_servant and rule.civil_servant_ppm[slot] == NOT_SET:
        return False
    if rule.assistance_ppm[insured.assistance][slot] == NOT_SET:
        return False
    for band in range(rule.band_count):
        if rule.share[band][slot] == NOT_SET:
            return False
    for index in range(rule.major_count if given.major_fen < 0 else 0):
        stage = &rule.majors[index][1 if insured.assistance > 1 else 0]
        for band in range(stage.band_count):
            if stage.ppm[band][slot] == NOT_SET:
                return False
    return True


cdef int statutory_funds(const Rule* rule, int32_t slot, const Natures* natures, const Insured* insured,
                         const Usage* usage, const Given* given, Burden* burden, Split* split) noexcept nogil:
    """Deductible, pooled fund and second stage; leaves in `burden` what they did not pay. Gives 0 or a reason."""
    cdef int64_t scope = split.used_in_scope_fen
    cdef Pooled pooled
    split.deductible_fen = min(
        deductible_due(rule, slot, insured, usage), min(natures.deductible_base_fen, scope))
    pooled = pooled_fund(rule, slot, usage, scope, split.deductible_fen)
    if given.pooled_fen >= 0:
        # A fact of the record; what a ceiling cut off stays the base of the second stage, as far as it is left.
        pooled.paid_fen = given.pooled_fen
        pooled.over_cap_fen = min(pooled.over_cap_fen, scope - split.deductible_fen - given.pooled_fen)
    if pooled.over_cap_fen < 0:
        return AMOUNT_OUT_OF_RANGE
    split.pooled_fen = pooled.paid_fen
    burden.deductible_fen = split.deductible_fen
    burden.over_cap_fen = pooled.over_cap_fen
    burden.copay_fen = scope - split.deductible_fen - pooled.paid_fen - pooled.over_cap_fen
    if given.major_fen < 0:
        return second_stage(rule, slot, insured, usage, burden, split)
    split.major_fen = given.major_fen
    return DONE if taken_off(burden, BURDENS_ALL, given.major_fen) else AMOUNT_OUT_OF_RANGE


cdef int second_stage(const Rule* rule, int32_t slot, const Insured* insured, const Usage* usage, Burden* burden,
                      Split* split) noexcept nogil:
    """Large-amount and critical-illness schemes, in the policy's order; each sees what the earlier ones left."""
    cdef const Stage* stage
    cdef int64_t base, paid, over_cap = burden.over_cap_fen
    cdef int32_t index
    for index in range(rule.major_count):
        stage = &rule.majors[index][1 if insured.assistance > 1 else 0]
        base = over_cap if stage.over_cap else counted(burden, stage.counts)
        paid = rounded_ppm(
            stage_benefit_ppm(stage, slot, usage.major_in_scope_fen + base)
            - stage_benefit_ppm(stage, slot, usage.major_in_scope_fen), rule.way)
        if stage.cap_fen != NOT_SET:
            paid = min(paid, max(stage.cap_fen - usage.major_paid_fen - split.major_fen, 0))
        split.major_fen += paid
        split.major_counted_fen += base
        if stage.over_cap:
            paid -= take(&burden.over_cap_fen, paid)
        if not taken_off(burden, BURDENS_ALL if stage.over_cap else stage.counts, paid):
            return AMOUNT_OUT_OF_RANGE
    return DONE


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


cdef void share_of_rest(int64_t ppm, int64_t cap_fen, int counts, int way, Burden* burden,
                        int64_t* paid_fen) noexcept nogil:
    """A payer that takes a share of the parts it counts of what is left to the person."""
    cdef int64_t paid
    if ppm == 0:
        return
    paid = rounded_ppm(counted(burden, counts) * ppm, way)
    if cap_fen != NOT_SET:
        paid = min(paid, cap_fen)
    taken_off(burden, counts, paid)
    paid_fen[0] = paid


cdef int64_t counted(const Burden* burden, int counts) noexcept nogil:
    """The money in the parts that a payer counts."""
    cdef int64_t fen = 0
    if counts & 1 << BURDEN_COPAY:
        fen += burden.copay_fen
    if counts & 1 << BURDEN_OVER_CAP:
        fen += burden.over_cap_fen
    if counts & 1 << BURDEN_DEDUCTIBLE:
        fen += burden.deductible_fen
    return fen


cdef bint taken_off(Burden* burden, int counts, int64_t paid) noexcept nogil:
    """Takes what a payer paid off the parts it counts, in their order; gives whether they held that much."""
    if counts & 1 << BURDEN_COPAY:
        paid -= take(&burden.copay_fen, paid)
    if counts & 1 << BURDEN_OVER_CAP:
        paid -= take(&burden.over_cap_fen, paid)
    if counts & 1 << BURDEN_DEDUCTIBLE:
        paid -= take(&burden.deductible_fen, paid)
    return paid == 0


cdef void pay_the_rest(const Rule* rule, const Natures* natures, const Burden* burden, Purses* left,
                       PlanSeat** seats, Split* split) noexcept nogil:
    """Hospital, then the plans, then each owner's account by the natures it may pay in their order, then cash."""
    cdef int64_t parts[NATURES_MAX]
    cdef int64_t patient[LEFT_MAX]
    cdef int64_t hospital = natures.hospital_fen
    cdef int32_t index
    patient[LEFT_DEDUCTIBLE] = burden.deductible_fen
    patient[LEFT_COPAY] = burden.copay_fen
    patient[LEFT_OVER_CAP] = burden.over_cap_fen
    patient[LEFT_CLASS_B] = natures.class_b_self_pay_fen
    patient[LEFT_OVER_LIMIT] = natures.over_limit_fen
    patient[LEFT_FULL_SELF] = natures.full_self_pay_fen
    split.hospital_fen = hospital
    hospital -= take(&patient[LEFT_FULL_SELF], hospital)
    hospital -= take(&patient[LEFT_OVER_LIMIT], hospital)
    hospital -= take(&patient[LEFT_CLASS_B], hospital)
    if seats != NULL:
        for index in range(SEATS):
            if seats[index] != NULL and seats[index].plan != NULL:
                plan_fen(split, index)[0] = plan_pays(seats[index], patient)
    parts[NATURE_DEDUCTIBLE] = patient[LEFT_DEDUCTIBLE]
    parts[NATURE_COPAY] = patient[LEFT_COPAY] + patient[LEFT_OVER_CAP]
    parts[NATURE_CLASS_B] = patient[LEFT_CLASS_B]
    parts[NATURE_OVER_LIMIT] = patient[LEFT_OVER_LIMIT]
    parts[NATURE_FULL_SELF] = patient[LEFT_FULL_SELF]
    for index in range(3):
        if rule.owner_order[index] == OWNER_CURRENT_YEAR:
            split.account_current_fen += paid_from(rule, OWNER_CURRENT_YEAR, left.current_year_fen, parts)
        elif rule.owner_order[index] == OWNER_PRIOR_YEARS:
            split.account_prior_fen += paid_from(rule, OWNER_PRIOR_YEARS, left.prior_years_fen, parts)
        else:
            split.family_account_fen += paid_from(rule, OWNER_FAMILY, left.family_fen, parts)
    for index in range(NATURES_MAX):
        split.cash_fen += parts[index]


cdef int64_t* plan_fen(Split* split, int seat) noexcept nogil:
    """Where a plan's payment stands in a split."""
    return &split.other_fund_fen if seat == SEAT_OTHER_FUND else &split.commercial_fen


cdef int64_t paid_from(const Rule* rule, int owner, int64_t balance, int64_t* parts) noexcept nogil:
    """What an owner's money pays of the parts it may pay, in the policy's order."""
    cdef int64_t paid = 0
    cdef int32_t index
    if balance > 0:
        for index in range(rule.pays_count[owner]):
            paid += take(&parts[rule.pays[owner][index]], balance - paid)
    return paid
