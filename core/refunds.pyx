"""What refunds take back of a paid order: the difference between the split that stood and the one that stands.

Design
    The order keeps the split as it was paid, and beside it what refunds took back of it; what stands is the first less
    the second. A refund says what is to stand: nothing (ALL), no insurance (INSURANCE), or the bill of the lines kept,
    split again by the version, person and accumulators of its payment (LINES). Only the difference to what stood
    moves. As purses serve what the accounts paid: a purse that was longer paid all it was asked for, and a smaller bill
    asks for no more, so what was left in it then cannot matter. A refund of cash alone (CASH) gives cash and leaves
    the split alone; what a later refund of lines has to give of the cash tender it gives as far as cash is left.

Invariants
    No payer's part ever rises by a refund, and none gives back more than it paid. What a payer would have to pay more
    than it stood for is held to what it stood for, and paid by those that pay less, cash first: `held_to`.
    What stands after refunds of lines is a matter of the lines that are left, not of the order or number of refunds,
    except where `held_to` had to hold a payer (docs/refunds.md says which rules can bring that about).
    The account gets back exactly the difference, so that refunds which leave nothing leave the row as it was.
"""

from libc.stdint cimport int64_t
from libc.string cimport memcmp, memset

from core.accounts cimport Account
from core.benefit.natures cimport Natures
from core.benefit.pooled cimport Insured, Usage
from core.benefit.rule cimport CompiledRule
from core.commands cimport Command
from core.order cimport Order
from core.pricing cimport Pricer, can_give_back, give_back, paid_split
from core.split cimport Given, Purses, Split, split_bill
from core.words cimport (
    BALANCE_OUT_OF_RANGE, CASH_REFUND_TOO_LARGE, CASH_REFUND_TOO_LATE, DONE, KIND_CASH_ONLY, LEG_CASH_TO_RETURN,
    LEG_NONE, LEG_PARTIALLY_REFUNDED, LEG_POSTED, LEG_REFUNDED, NOTHING_TO_REFUND, ORDER_PARTIALLY_REFUNDED,
    ORDER_REFUNDED, REFUND_ALL, REFUND_CASH, REFUND_INSURANCE, REFUND_KIND_NOT_FITTING, REFUND_LINES,
    TOO_MANY_CASH_REFUNDS,
)
from core.split import SplitResult

cdef enum:
    PAYERS = 11                   # of a Split, from pooled_fen to cash_fen
    CASH_REFUNDS_MAX_C = 50

cdef int64_t CASH_REFUND_MS = 365 * 86_400_000

CASH_REFUNDS_MAX = CASH_REFUNDS_MAX_C
CASH_REFUND_DAYS = CASH_REFUND_MS // 86_400_000

cdef Split _layout
assert &_layout.cash_fen - &_layout.pooled_fen == PAYERS - 1, "the payers of a Split are not one array"


cdef int refund(Pricer pricer, Order order, Account* account, Command command) except -1:
    """Takes back what a command says, in an order and an account row that the caller throws away if it is refused.

    Reads refund_kind, amount_fen (CASH), kept (LINES), refund_id, now_ms. Gives DONE or the reason why not.
    """
    cdef Split stood = standing(order), stands = stood, back
    cdef int64_t collected_fen = order.refunded_collected_fen, tender_fen = order.refunded_cash_fen, stays
    cdef int reason = validate(order, command)
    if reason != DONE:
        return reason
    if command.refund_kind == REFUND_ALL:
        memset(&stands, 0, sizeof(Split))
        note_natures(order, 0, 0, 0, 0, 0)
    elif command.refund_kind == REFUND_INSURANCE:
        memset(&stands, 0, sizeof(Split))
        stands.cash_fen = stood.cash_fen
        order.refunded_insurance = 1
    elif command.refund_kind == REFUND_CASH:
        order.cash_pieces_fen += command.amount_fen
    else:
        reason = keep_lines(pricer, order, command.kept, &stood, &stands)
        if reason != DONE:
            return reason
    back = difference(&stood, &stands)
    stays = 0
    if order.stay_counted and not order.refunded_stay and nothing_insured(order, command.refund_kind):
        stays = 1
    if not can_give_back(order, &back, stays, account):
        return BALANCE_OUT_OF_RANGE
    give_back(order, &back, stays, account)
    order.refunded_stay += stays
    note_refunded(order, &stands, command.refund_kind == REFUND_ALL)
    collected_fen = order.refunded_collected_fen - collected_fen
    tender_fen = order.refunded_cash_fen - tender_fen
    back.cash_fen = tender_fen
    if collected_fen == 0 and stays == 0 and is_nothing(&back):
        return NOTHING_TO_REFUND
    if collected_fen > 0:
        if command.now_ms > order.paid_at_ms + CASH_REFUND_MS:
            return CASH_REFUND_TOO_LATE
        if order.cash_refund_count >= CASH_REFUNDS_MAX_C:
            return TOO_MANY_CASH_REFUNDS
        order.cash_refund_count += 1
        order.cash_to_return_fen += collected_fen
        order.refund_cash_pending_fen += collected_fen
    order.refund_count += 1
    order.refund_id = command.refund_id
    settle(order, command.now_ms)
    return DONE


cdef int validate(Order order, Command command) noexcept:
    """Whether this kind of refund fits what stands of the order."""
    cdef int64_t left_fen = order.cash_collected_fen - order.refunded_collected_fen
    if command.refund_kind == REFUND_CASH:
        if left_fen == 0:
            return NOTHING_TO_REFUND
        return CASH_REFUND_TOO_LARGE if command.amount_fen > left_fen else DONE
    if command.refund_kind == REFUND_INSURANCE:
        return REFUND_KIND_NOT_FITTING if order.kind == KIND_CASH_ONLY else DONE
    if command.refund_kind == REFUND_LINES:
        # What a plan paid goes back whole: insurers settle a bill anew, they do not settle a part of it again.
        if order.kind == KIND_CASH_ONLY or order.refunded_insurance or order.aid_plan_key or order.insurance_plan_key:
            return REFUND_KIND_NOT_FITTING
    return DONE


cdef int keep_lines(Pricer pricer, Order order, tuple kept, const Split* stood, Split* stands) except -1:
    """Splits the lines that are kept again: `kept` is their (full self-pay, over limit, class B, in scope, deductible
    base) in fen, none above that of the bill before."""
    cdef Natures natures
    cdef Purses purses
    cdef int reason
    (natures.full_self_pay_fen, natures.over_limit_fen, natures.class_b_self_pay_fen, natures.in_scope_fen,
     natures.deductible_base_fen) = kept
    natures.total_fen = (
        natures.full_self_pay_fen + natures.over_limit_fen + natures.class_b_self_pay_fen + natures.in_scope_fen)
    natures.hospital_fen = min(order.hospital_borne_fen, natures.total_fen - natures.in_scope_fen)
    purses = purses_of(stood)
    reason = pricer.split_as_paid(order, &natures, &purses, stands)
    if reason != DONE:
        return reason
    held_to(stands, stood)
    note_natures(order, natures.full_self_pay_fen, natures.over_limit_fen, natures.class_b_self_pay_fen,
                 natures.in_scope_fen, natures.deductible_base_fen)
    return DONE


cdef Purses purses_of(const Split* stood) noexcept nogil:
    """What the accounts paid, as the purses of a split for less."""
    cdef Purses purses
    purses.current_year_fen = stood.account_current_fen
    purses.prior_years_fen = stood.account_prior_fen
    purses.family_fen = stood.family_account_fen
    return purses


cdef void held_to(Split* stands, const Split* stood) noexcept nogil:
    """Holds each payer to what it stood for. What that leaves unpaid is paid by those that pay less than they stood
    for, the last payer of a split first: cash. As the bill is no larger than it was, they have room for it."""
    cdef int64_t* now = &stands.pooled_fen
    cdef const int64_t* before = &stood.pooled_fen
    cdef int64_t unpaid_fen = 0, more_fen
    cdef int payer
    for payer in range(PAYERS):
        if now[payer] > before[payer]:
            unpaid_fen += now[payer] - before[payer]
            now[payer] = before[payer]
    for payer in range(PAYERS - 1, -1, -1):
        more_fen = min(unpaid_fen, before[payer] - now[payer])
        now[payer] += more_fen
        unpaid_fen -= more_fen
    stands.deductible_fen = min(stands.deductible_fen, stood.deductible_fen)
    stands.used_in_scope_fen = min(stands.used_in_scope_fen, stood.used_in_scope_fen)
    stands.major_counted_fen = min(stands.major_counted_fen, stood.major_counted_fen)


cdef Split standing(Order order) noexcept nogil:
    """The split that stands of an order. Its cash is what the lines kept come to, whatever pieces of it went back."""
    cdef Split paid = paid_split(order), back
    back.deductible_fen = order.refunded_deductible_fen
    back.pooled_fen = order.refunded_pooled_fen
    back.major_fen = order.refunded_major_fen
    back.civil_servant_fen = order.refunded_civil_servant_fen
    back.assistance_fen = order.refunded_assistance_fen
    back.other_fund_fen = order.refunded_other_fund_fen
    back.hospital_fen = order.refunded_hospital_fen
    back.account_current_fen = order.refunded_account_current_fen
    back.account_prior_fen = order.refunded_account_prior_fen
    back.family_account_fen = order.refunded_family_account_fen
    back.commercial_fen = order.refunded_commercial_fen
    back.cash_fen = order.returned_cash_fen
    back.used_in_scope_fen = order.refunded_used_in_scope_fen
    back.major_counted_fen = order.refunded_major_counted_fen
    return difference(&paid, &back)


cdef void note_refunded(Order order, const Split* stands, bint whole) noexcept nogil:
    """Writes down what is back of a split of which this stands, and of the cash with the pieces that went alone."""
    cdef Split paid = paid_split(order)
    cdef Split back = difference(&paid, stands)
    cdef int64_t cash_fen = order.cash_pieces_fen + back.cash_fen
    order.refunded_deductible_fen = back.deductible_fen
    order.refunded_pooled_fen = back.pooled_fen
    order.refunded_major_fen = back.major_fen
    order.refunded_civil_servant_fen = back.civil_servant_fen
    order.refunded_assistance_fen = back.assistance_fen
    order.refunded_other_fund_fen = back.other_fund_fen
    order.refunded_hospital_fen = back.hospital_fen
    order.refunded_account_current_fen = back.account_current_fen
    order.refunded_account_prior_fen = back.account_prior_fen
    order.refunded_family_account_fen = back.family_account_fen
    order.refunded_commercial_fen = back.commercial_fen
    order.refunded_used_in_scope_fen = back.used_in_scope_fen
    order.refunded_major_counted_fen = back.major_counted_fen
    order.returned_cash_fen = back.cash_fen
    # Additions are no part of the split, so they go back with the whole order or in pieces; a reduction was never paid.
    order.refunded_cash_fen = min(order.cash_fen, cash_fen)
    order.refunded_collected_fen = order.cash_collected_fen if whole else min(order.cash_collected_fen, cash_fen)


cdef void note_natures(Order order, int64_t full_fen, int64_t over_fen, int64_t class_b_fen, int64_t in_scope_fen,
                       int64_t base_fen) noexcept nogil:
    """Writes down what of the bill is back when these are kept."""
    order.returned_full_self_pay_fen = order.full_self_pay_fen - full_fen
    order.returned_over_limit_fen = order.over_limit_fen - over_fen
    order.returned_class_b_self_pay_fen = order.class_b_self_pay_fen - class_b_fen
    order.returned_in_scope_fen = order.in_scope_fen - in_scope_fen
    order.returned_deductible_base_fen = order.deductible_base_fen - base_fen


cdef bint nothing_insured(Order order, int kind) noexcept nogil:
    """Whether a refund leaves no line that insurance has looked at; a stay that it began then was none."""
    return kind == REFUND_ALL or order.refunded_insurance or (
        kind == REFUND_LINES and order.total_fen == order.returned_full_self_pay_fen + order.returned_over_limit_fen
        + order.returned_class_b_self_pay_fen + order.returned_in_scope_fen)


cdef void settle(Order order, int64_t now_ms) noexcept:
    """State and legs of an order that a refund has just taken something of. It is refunded when nobody's money and
    nothing in the accumulators is left of it: cash that went back in pieces leaves the bill in the accumulators."""
    cdef Split stands = standing(order)
    stands.cash_fen = order.cash_fen - order.refunded_cash_fen
    order.state = ORDER_PARTIALLY_REFUNDED
    if is_nothing(&stands) and order.cash_collected_fen == order.refunded_collected_fen:
        order.state = ORDER_REFUNDED
        order.ended_at_ms = now_ms
    order.fund_leg = settled_leg(
        order.pooled_fen + order.major_fen + order.civil_servant_fen + order.assistance_fen + order.other_fund_fen,
        order.refunded_pooled_fen + order.refunded_major_fen + order.refunded_civil_servant_fen
        + order.refunded_assistance_fen + order.refunded_other_fund_fen)
    order.account_leg = settled_leg(
        order.account_current_fen + order.account_prior_fen + order.family_account_fen,
        order.refunded_account_current_fen + order.refunded_account_prior_fen + order.refunded_family_account_fen)
    order.cash_leg = settled_cash_leg(order)


cdef int settled_leg(int64_t paid_fen, int64_t refunded_fen) noexcept nogil:
    """Where a leg stands that has paid and given so much back."""
    if paid_fen == 0:
        return LEG_NONE
    if refunded_fen == 0:
        return LEG_POSTED
    return LEG_REFUNDED if refunded_fen == paid_fen else LEG_PARTIALLY_REFUNDED


cdef int settled_cash_leg(Order order) noexcept:
    """Where the cash of an order stands that was paid, or whose cash came too late to pay it."""
    if order.cash_collected_fen > 0 and order.refunded_collected_fen == 0:
        return LEG_POSTED
    if order.cash_to_return_fen > 0:
        return LEG_CASH_TO_RETURN
    if order.cash_collected_fen == 0:
        return LEG_REFUNDED if order.cash_returned_fen > 0 else LEG_NONE
    return settled_leg(order.cash_collected_fen, order.refunded_collected_fen)


cdef Split difference(const Split* larger, const Split* smaller) noexcept nogil:
    cdef Split split
    split.deductible_fen = larger.deductible_fen - smaller.deductible_fen
    split.pooled_fen = larger.pooled_fen - smaller.pooled_fen
    split.major_fen = larger.major_fen - smaller.major_fen
    split.civil_servant_fen = larger.civil_servant_fen - smaller.civil_servant_fen
    split.assistance_fen = larger.assistance_fen - smaller.assistance_fen
    split.other_fund_fen = larger.other_fund_fen - smaller.other_fund_fen
    split.hospital_fen = larger.hospital_fen - smaller.hospital_fen
    split.account_current_fen = larger.account_current_fen - smaller.account_current_fen
    split.account_prior_fen = larger.account_prior_fen - smaller.account_prior_fen
    split.family_account_fen = larger.family_account_fen - smaller.family_account_fen
    split.commercial_fen = larger.commercial_fen - smaller.commercial_fen
    split.cash_fen = larger.cash_fen - smaller.cash_fen
    split.used_in_scope_fen = larger.used_in_scope_fen - smaller.used_in_scope_fen
    split.major_counted_fen = larger.major_counted_fen - smaller.major_counted_fen
    return split


cdef bint is_nothing(const Split* split) noexcept nogil:
    """Whether no payer has a part in it, and no accumulator."""
    cdef Split nothing
    memset(&nothing, 0, sizeof(Split))
    return memcmp(split, &nothing, sizeof(Split)) == 0


def kept_split(CompiledRule rule not None, natures, insured, usage, stood):
    """What stands of a paid bill for the lines that are kept.

    Args:
        rule, natures, insured, usage: as `core.split.split` takes them; natures are those of the lines kept, the others
            those of the payment.
        stood: the split that stood for the lines before, a SplitResult (fen).
    Returns:
        The SplitResult that stands, no part of it above `stood`; with a `reason` and zeros when there is none.
    """
    cdef Natures c_natures
    cdef Insured c_insured
    cdef Usage c_usage
    cdef Given c_given
    cdef Split c_stood, stands
    (c_natures.total_fen, c_natures.full_self_pay_fen, c_natures.over_limit_fen, c_natures.class_b_self_pay_fen,
     c_natures.in_scope_fen, c_natures.deductible_base_fen, c_natures.hospital_fen) = natures
    (c_insured.status, c_insured.age, c_insured.civil_servant, c_insured.assistance, c_insured.family_doctor,
     c_insured.level, c_insured.stay_number) = insured
    (c_usage.deductible_used_fen, c_usage.in_scope_fen, c_usage.pooled_paid_fen, c_usage.major_in_scope_fen,
     c_usage.major_paid_fen) = usage
    (_, c_stood.deductible_fen, c_stood.pooled_fen, c_stood.major_fen, c_stood.civil_servant_fen,
     c_stood.assistance_fen, c_stood.other_fund_fen, c_stood.hospital_fen, c_stood.account_current_fen,
     c_stood.account_prior_fen, c_stood.family_account_fen, c_stood.commercial_fen, c_stood.cash_fen,
     c_stood.used_in_scope_fen, c_stood.major_counted_fen) = stood
    cdef Purses purses = purses_of(&c_stood)
    c_given.pooled_fen = c_given.major_fen = -1
    cdef int reason = split_bill(rule.rule, &c_natures, &c_insured, &c_usage, &purses, &c_given, NULL, &stands)
    if reason == DONE:
        held_to(&stands, &c_stood)
    return SplitResult(
        reason, stands.deductible_fen, stands.pooled_fen, stands.major_fen, stands.civil_servant_fen,
        stands.assistance_fen, stands.other_fund_fen, stands.hospital_fen, stands.account_current_fen,
        stands.account_prior_fen, stands.family_account_fen, stands.commercial_fen, stands.cash_fen,
        stands.used_in_scope_fen, stands.major_counted_fen)


def standing_split(Order order not None):
    """The SplitResult that stands of a paid order; its cash is what the lines kept come to."""
    cdef Split split = standing(order)
    return SplitResult(
        0, split.deductible_fen, split.pooled_fen, split.major_fen, split.civil_servant_fen, split.assistance_fen,
        split.other_fund_fen, split.hospital_fen, split.account_current_fen, split.account_prior_fen,
        split.family_account_fen, split.commercial_fen, split.cash_fen, split.used_in_scope_fen,
        split.major_counted_fen)
