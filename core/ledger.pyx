"""The ledger: who holds and has paid what, as a state machine over orders and accounts.

Design
    `apply` takes a batch of commands and gives a result each. A command is first validated in order of precedence, a
    line a refusal; after that it must succeed, and only then anything is written. Orders and accounts must be in the
    books before; how a batch begins and ends is said there.
    A payment is priced on a copy of the account row: a quote throws the copy away, a payment writes it back.

Invariants
    A purse is never below 0; what AUTHORIZED orders hold is in held_fen and nowhere else. The accumulators are the sum
    of what stands in the account's benefit year. Cash that was taken is either collected, to be returned, or returned.
    The same commands on the same rows give the same bytes: no clock, no randomness, no order of dicts is looked at.
"""

from libc.stdint cimport int64_t

from core.accounts cimport Account
from core.commands cimport (
    ASSESS, CANCEL, CLAIM, CONFIRM_CASH, CREATE, CREDIT, ENROL, EXPIRE, JUDGE, PAY, PUT_PERSON, QUOTE, READ, REFUND,
    RETURN_CASH, USE_ELSEWHERE, Command, Result, claim, may_act, may_see, refused, seen, why_not_payable,
)
from core.family.share cimport give_back_share, hold_share, release_share, take_share
from core.order cimport Order, is_later_bill, set_insurance_legs, why_not_open
from core.people.desk cimport PeopleDesk
from core.plans.enrolment cimport give_back_plans, take_plans
from core.policy cimport RuleBook
from core.pricing cimport can_give_back, give_back, note_insured, paid_split
from core.refunds cimport refund, settled_cash_leg
from core.risk.answers cimport (
    answered_by_risk, copy_assessment, judge, may_still_refund, note_assessment, reason_of, why_proof_fails,
)
from core.risk.assessing cimport RUN_MAX, Staged
from core.risk.policy cimport DECISION_DECLINE, DECISION_HOLD_SETTLEMENT, DECISION_STEP_UP, DECISION_WAIT, Verdict
from core.split cimport Split
from core.words cimport (
    AUTHENTICATION_NONE, AUTHENTICATION_REQUIRED, BALANCE_OUT_OF_RANGE, CASH_AMOUNT_MISMATCH, CASH_NOT_ALLOWED, DONE,
    EVENT_CASH_REFUNDED, EVENT_CASH_RETURNED, EVENT_CASH_TO_RETURN, EVENT_ORDER_AUTHORIZED, EVENT_ORDER_CLAIMED,
    EVENT_ORDER_CLOSED, EVENT_ORDER_CREATED, EVENT_ORDER_PAID, EVENT_ORDER_REFUNDED, EVENT_ORDER_VOIDED,
    EVENT_RISK_ANSWERED, EVENT_RISK_JUDGED, KIND_CASH_ONLY, KIND_INSURANCE_ONLY, LATER_BILLS_STAND, LEG_CASH_TO_RETURN,
    LEG_HELD, LEG_NONE, LEG_POSTED, LEG_REQUESTED, LEG_VOIDED, NOTHING_TO_RETURN, ORDER_ALREADY_REFUNDED,
    ORDER_AUTHORIZED, ORDER_CLAIMED_BY_ANOTHER, ORDER_CLOSED, ORDER_EXPIRED, ORDER_IS_CLOSED, ORDER_NOT_AUTHORIZED,
    ORDER_NOT_CLAIMED, ORDER_NOT_FOUND, ORDER_NOT_PAID, ORDER_NOT_YOURS, ORDER_OPEN, ORDER_PAID,
    ORDER_PARTIALLY_REFUNDED, ORDER_REFUNDED, ORDER_VOIDED, PERSON_NOT_FOUND, QUOTE_CHANGED, ROLE_CHANNEL,
    SETTLEMENT_HELD,
)


cdef class Ledger(PeopleDesk):
    """Orders and accounts of one gateway, changed a batch at a time.

    Args:
        rules: the policies in force.
        accounts_max: capacity of the account cache.
        orders_max: orders kept in memory between batches.
        scores: whether payments are remembered and, once a risk policy is set, scored.
    """

    def __init__(self, RuleBook rules, int accounts_max=1_000_000, int orders_max=200_000, bint scores=False):
        super().__init__(rules, accounts_max, orders_max, scores)
        self.windows = {}

    def set_window(self, int64_t institution_id, int64_t window):
        """Names the clearing window that an institution's payments are stamped with from now on."""
        self.windows[institution_id] = window

    def apply(self, int64_t batch, list commands):
        """Applies commands in their order; gives a Result for each. Nothing is durable until the caller commits."""
        assert not self.changed_orders and not self.changed_persons, "the batch before was neither handed over nor undone"
        assert batch > self.batch, "batch numbers only grow"
        self.batch = batch
        self.results = []
        cdef Command command
        if self.assessor is None or self.assessor.live is None:
            for command in commands:
                self.results.append(_METHODS[command.kind](self, command))
            return self.results
        self.assessor.begin(batch)
        for command in commands:
            if self.assessor.run and (
                    command.kind != PAY or self.assessor.meets(command) or len(self.assessor.run) == RUN_MAX):
                self.finish_run()
            self.results.append(_METHODS[command.kind](self, command))
        self.finish_run()
        return self.results

    # The commands.

    def apply_read(self, Command command):
        """Shows an order to a caller who may see it (order_id, caller)."""
        cdef Order order = self.orders.get(command.order_id)
        if order is None:
            return refused(ORDER_NOT_FOUND)
        if not may_see(command, order):
            return refused(ORDER_NOT_YOURS)
        return seen(order)

    def apply_create(self, Command command):
        """Takes in a new order (order). Its person, if it names one, must be in the cache."""
        cdef Order order = command.order
        if order.person_id != 0 and self.accounts.find(order.person_id) == NULL:
            return refused(PERSON_NOT_FOUND)
        # After this point it must succeed.
        assert order.order_id not in self.orders, "order ids are unique"
        order.state = ORDER_OPEN
        order.fund_leg = LEG_NONE
        order.account_leg = LEG_NONE
        order.cash_leg = LEG_NONE
        note_insured(order, self.accounts.find(order.person_id))
        self.orders[order.order_id] = order
        return self.journalled(order, EVENT_ORDER_CREATED, 0)

    def apply_claim(self, Command command):
        """Gives an order to the person whose pay code the institution scanned (order_id, person_id, binding_id,
        channel_id of the binding)."""
        cdef Order order = self.orders.get(command.order_id)
        if order is None:
            return refused(ORDER_NOT_FOUND)
        if order.party_id != command.caller_id:
            return refused(ORDER_NOT_YOURS)
        if order.state != ORDER_OPEN:
            return refused(why_not_open(order))
        if command.now_ms >= order.expires_at_ms:
            return refused(ORDER_EXPIRED)
        if order.person_id != 0 and (order.person_id != command.person_id or order.channel_id != command.channel_id):
            return refused(ORDER_CLAIMED_BY_ANOTHER)
        if self.accounts.find(command.person_id) == NULL:
            return refused(PERSON_NOT_FOUND)
        # After this point it must succeed.
        claim(command, order)
        note_insured(order, self.accounts.find(order.person_id))
        return self.journalled(order, EVENT_ORDER_CLAIMED, 0)

    def apply_quote(self, Command command):
        """Prices an order for a person and changes nothing (order_id, person_id, binding_id, use_account)."""
        cdef Order order = self.orders.get(command.order_id)
        cdef Account after
        cdef int reason = self.validate_caller(command, order)
        if reason == DONE:
            reason = why_not_payable(command, order)
        if reason != DONE:
            return refused(reason)
        cdef Order priced = order.copy()
        after = self.accounts.find(command.person_id)[0]
        reason = self.price(command, priced, &after)
        return seen(priced) if reason == DONE else refused(reason)

    def apply_pay(self, Command command):
        """Holds and, where no cash is due or a receipt proves it, posts (order_id, person_id, binding_id, use_account,
        authentication, quote_digest, cash_due_fen, has_receipt, receipt_fen, refuse_with).

        With a receipt the channel has the patient's money already: a refusal is then journalled, and the cash is to be
        returned. A payment that is to be scored waits for the others of its batch.
        """
        cdef Order order = self.orders.get(command.order_id)
        cdef Account after
        cdef int reason = self.validate_caller(command, order)
        if reason != DONE:
            return refused(reason)
        cdef Order priced = order.copy()
        after = self.accounts.find(command.person_id)[0]
        reason = command.refuse_with
        if reason == DONE:
            reason = self.validate_payment(command, order, priced, &after)
        if reason != DONE:
            if command.has_receipt:
                return self.cash_to_return(command, order, reason)
            return refused(reason)
        if self.assessor is not None and self.assessor.live is not None and order.kind != KIND_CASH_ONLY:
            limit_fen = self.pricer.passwordless_limit_fen(after.region, order.service_day)
            self.assessor.stage(
                command, priced, self.accounts.find(command.person_id), &after, limit_fen, len(self.results))
            return None  # finish_run brings the result
        return self.pay(command, priced, &after)

    def apply_confirm_cash(self, Command command):
        """Posts an authorized order whose cash the channel has taken (order_id, receipt_fen).

        After expiry the order is held and posted again if the same split still stands; else the cash is to be returned.
        """
        cdef Order order = self.orders.get(command.order_id)
        cdef Account* account
        cdef Account after
        if order is None:
            return refused(ORDER_NOT_FOUND)
        if order.channel_id != command.caller_id:
            return refused(ORDER_NOT_YOURS)
        if order.state == ORDER_OPEN:
            return refused(ORDER_NOT_AUTHORIZED)
        if order.state == ORDER_CLOSED:
            return refused(ORDER_IS_CLOSED)
        account = self.accounts.find(order.person_id)
        if account == NULL:
            return refused(PERSON_NOT_FOUND)
        cdef Order paid = order.copy()
        after = account[0]
        if order.state == ORDER_AUTHORIZED:
            if command.receipt_fen != order.cash_to_collect_fen:
                return refused(CASH_AMOUNT_MISMATCH)
            # After this point it must succeed.
            after.held_fen -= order.account_current_fen + order.account_prior_fen
            release_share(order, self.owner_to_change(order))
            return self.post(command, paid, &after)
        if order.state != ORDER_VOIDED or not order.expired:
            return self.cash_to_return(command, order, why_not_open(order))
        if command.receipt_fen != order.cash_to_collect_fen:
            return self.cash_to_return(command, order, CASH_AMOUNT_MISMATCH)
        plans = self.enrolments.get(order.person_id)
        if (self.pricer.price(paid, &after, order.use_account, plans, self.owner_of(paid)) != DONE
                or paid.quote_digest != order.quote_digest):
            return self.cash_to_return(command, order, ORDER_EXPIRED)
        take_share(paid, self.owner_to_change(paid))
        take_plans(paid, plans, self.pricer.rules.plans)
        return self.post(command, paid, &after)

    def apply_end(self, Command command):
        """Closes an open order or voids an authorized one: a caller's CANCEL, or EXPIRE once its time has run out."""
        cdef Order order = self.orders.get(command.order_id)
        if order is None:
            return refused(ORDER_NOT_FOUND)
        if command.kind == CANCEL and not may_act(command, order):
            return refused(ORDER_NOT_YOURS)
        if order.state != ORDER_OPEN and order.state != ORDER_AUTHORIZED:
            return refused(why_not_open(order))
        if command.kind == EXPIRE and command.now_ms < order.expires_at_ms:
            return refused(ORDER_NOT_AUTHORIZED)
        cdef Account* account = self.accounts.find(order.person_id)
        cdef Split held = paid_split(order)
        if order.state == ORDER_AUTHORIZED and not can_give_back(order, &held, order.stay_counted, account):
            return refused(BALANCE_OUT_OF_RANGE)
        # After this point it must succeed.
        order.ended_at_ms = command.now_ms
        order.expired = command.kind == EXPIRE
        if order.state == ORDER_OPEN:
            order.state = ORDER_CLOSED
            return self.journalled(order, EVENT_ORDER_CLOSED, 0)
        account.held_fen -= order.account_current_fen + order.account_prior_fen
        release_share(order, self.owner_to_change(order))
        give_back_share(order, self.owner_to_change(order), 0, order.family_account_fen)
        give_back(order, &held, order.stay_counted, account)
        give_back_plans(order, self.enrolments.get(order.person_id), self.pricer.rules.plans)
        order.state = ORDER_VOIDED
        order.fund_leg = LEG_VOIDED if order.fund_leg == LEG_HELD else order.fund_leg
        order.account_leg = LEG_VOIDED if order.account_leg == LEG_HELD else order.account_leg
        order.cash_leg = LEG_CASH_TO_RETURN if order.cash_to_return_fen > 0 else LEG_VOIDED
        return self.journalled(order, EVENT_ORDER_VOIDED, 0)

    def apply_refund(self, Command command):
        """Refunds what stands of a paid order, or a part of it (order_id, refund_id, refund_kind, amount_fen, kept,
        later_bills_first): the insurance side at once, the cash by the channel."""
        cdef Order order = self.orders.get(command.order_id)
        cdef Account after
        if order is None:
            return refused(ORDER_NOT_FOUND)
        if order.party_id != command.caller_id:
            return refused(ORDER_NOT_YOURS)
        if order.state == ORDER_REFUNDED:
            return refused(ORDER_ALREADY_REFUNDED)
        if order.state != ORDER_PAID and order.state != ORDER_PARTIALLY_REFUNDED:
            return refused(ORDER_NOT_PAID)
        if order.risk_held and not may_still_refund(command):
            return refused(SETTLEMENT_HELD)
        if command.later_bills_first and self.later_bill_in_batch(order):
            return refused(LATER_BILLS_STAND)
        cdef Order left = order.copy()
        after = self.accounts.find(order.person_id)[0]
        cdef int reason = refund(self.pricer, left, &after, command)
        if reason != DONE:
            return refused(reason)
        # After this point it must succeed.
        give_back_share(left, self.owner_to_change(left), order.refunded_family_account_fen,
                        left.refunded_family_account_fen)
        left.refund_window = self.windows.get(order.institution_id, 1)
        if left.risk_held:  # both sides of it are cleared in one window
            left.risk_held, left.paid_window = 0, left.refund_window
        if left.refunded_insurance or left.state == ORDER_REFUNDED:
            give_back_plans(left, self.enrolments.get(order.person_id), self.pricer.rules.plans)
        return self.order_changed(left, &after, EVENT_ORDER_REFUNDED, left.refund_window)

    def apply_return_cash(self, Command command):
        """Books that the channel gave cash back to the patient (order_id, receipt_fen; refund_id when it was a refund's)."""
        cdef Order order = self.orders.get(command.order_id)
        if order is None:
            return refused(ORDER_NOT_FOUND)
        if order.channel_id != command.caller_id:
            return refused(ORDER_NOT_YOURS)
        if command.receipt_fen <= 0 or order.cash_to_return_fen < command.receipt_fen:
            return refused(NOTHING_TO_RETURN)
        if command.refund_id and order.refund_cash_pending_fen < command.receipt_fen:
            return refused(NOTHING_TO_RETURN)
        # After this point it must succeed.
        order.cash_to_return_fen -= command.receipt_fen
        order.cash_returned_fen += command.receipt_fen
        if command.refund_id:
            order.refund_id = command.refund_id
            order.refund_cash_pending_fen -= command.receipt_fen
        if order.cash_leg == LEG_CASH_TO_RETURN:
            order.cash_leg = settled_cash_leg(order)
        return self.journalled(order, EVENT_CASH_REFUNDED if command.refund_id else EVENT_CASH_RETURNED, 0)

    def apply_assess(self, Command command):
        """Scores an order as a PAY of it would be, and changes nothing (as a PAY, without a receipt)."""
        cdef Order order = self.orders.get(command.order_id)
        cdef Account after
        cdef Verdict verdict
        if order is None:
            return refused(ORDER_NOT_FOUND)
        if self.accounts.find(command.person_id) == NULL:
            return refused(PERSON_NOT_FOUND)
        cdef Order priced = order.copy()
        after = self.accounts.find(command.person_id)[0]
        cdef int reason = why_not_payable(command, order)
        if reason == DONE:
            reason = self.price(command, priced, &after)
        if reason != DONE:
            return refused(reason)
        limit_fen = self.pricer.passwordless_limit_fen(after.region, order.service_day)
        self.assessor.stage(command, priced, self.accounts.find(command.person_id), &after, limit_fen, 0)
        self.assessor.walk()
        cdef Result result = seen(order)
        result.assessment = self.assessor.assess(0, self.assessor.run[0], &verdict)
        self.assessor.run.clear()
        self.assessor.in_run.clear()
        return result

    def apply_judge(self, Command command):
        """Books what a person found of a payment (order_id, assessment_id, sound): money that was held is released, or
        an order that waited may be paid."""
        cdef Order order = self.orders.get(command.order_id)
        if order is None:
            return refused(ORDER_NOT_FOUND)
        cdef int64_t window = judge(order, command, self.windows.get(order.institution_id, 1))
        return self.journalled(order, EVENT_RISK_JUDGED, window)

    # What the commands are made of.

    cdef int finish_run(self) except -1:
        """Scores the payments that wait, and pays them or says what risk wants."""
        cdef Staged staged
        cdef Verdict verdict
        cdef Result result
        cdef tuple row
        cdef int at, decision
        cdef bint waits_on
        if not self.assessor.run:
            return 0
        self.assessor.walk()
        for at, staged in enumerate(self.assessor.run):
            row = self.assessor.assess(at, staged, &verdict)
            decision = answered_by_risk(staged.command, staged.priced, &verdict,
                                        self.assessor.policy_of(staged.command.person_id))
            waits_on = decision == DECISION_WAIT and staged.priced.risk_decision == DECISION_WAIT
            note_assessment(staged.priced, staged.command, &verdict, row[0], decision)
            if decision >= DECISION_STEP_UP:
                result = self.answer(staged.command, staged.priced, decision)
            else:
                staged.priced.risk_held = decision == DECISION_HOLD_SETTLEMENT
                result = self.pay(staged.command, staged.priced, &staged.after)
            if not waits_on:  # it has its assessment, and its case
                self.assessor.assessments.append(row)
                result.assessment = row
            self.results[staged.place] = result
        self.assessor.run.clear()
        self.assessor.in_run.clear()
        return 0

    cdef Result answer(self, Command command, Order priced, int decision):
        """Journals that risk wants something first, or declined: the order as it was, with what was assessed."""
        cdef Order order = self.orders[command.order_id]
        copy_assessment(order, priced)
        reason = reason_of(decision)
        if command.has_receipt:
            return self.cash_to_return(command, order, reason)
        if decision != DECISION_DECLINE and order.channel_id == 0:
            claim(command, order)
            note_insured(order, self.accounts.find(order.person_id))
        cdef Result result = self.journalled(order, EVENT_RISK_ANSWERED, 0)
        result.reason = reason
        return result

    cdef Result pay(self, Command command, Order priced, Account* after):
        """Holds or posts a payment that was validated."""
        # It must succeed from the start.
        priced.channel_id = command.caller_id
        priced.binding_id = command.binding_id
        priced.person_id = command.person_id
        priced.authorized_at_ms = command.now_ms
        take_share(priced, self.owner_to_change(priced))
        take_plans(priced, self.enrolments.get(command.person_id), self.pricer.rules.plans)
        if priced.claimed_at_ms == 0:
            priced.claimed_at_ms = command.now_ms
        if priced.cash_to_collect_fen > 0 and not command.has_receipt:
            return self.hold(command, priced, after)
        return self.post(command, priced, after)

    def validate_caller(self, Command command, Order order):
        """Whether this channel may ask about this order for this person at all; nothing is journalled when not."""
        if order is None:
            return ORDER_NOT_FOUND
        if command.caller_role == ROLE_CHANNEL:
            if order.channel_id == 0 and not command.by_order_code:
                return ORDER_NOT_CLAIMED
            if order.channel_id != 0 and order.channel_id != command.caller_id:
                return ORDER_NOT_YOURS
        elif order.party_id != command.caller_id:
            return ORDER_NOT_YOURS
        if command.person_id == 0:
            return ORDER_NOT_CLAIMED
        if order.person_id != 0 and order.person_id != command.person_id:
            return ORDER_CLAIMED_BY_ANOTHER
        if self.accounts.find(command.person_id) == NULL:
            return PERSON_NOT_FOUND
        return DONE

    cdef bint later_bill_in_batch(self, Order order):
        """Whether the batch in hand holds or pays a later bill of the same person and benefit year; of those before it
        the caller knows."""
        cdef Order other
        for order_id in self.changed_orders:
            other = self.orders[order_id]
            if is_later_bill(other, order):
                return True
        return False

    cdef int price(self, Command command, Order order, Account* after) except -1:
        order.family_person_id = command.family_person_id
        return self.pricer.price(
            order, after, command.use_account, self.enrolments.get(command.person_id), self.owner_of(order))

    cdef int validate_payment(self, Command command, Order order, Order priced, Account* after) except -1:
        cdef int reason = why_not_payable(command, order)
        if reason == DONE:
            reason = self.price(command, priced, after)
        if reason != DONE:
            return reason
        if priced.quote_digest != command.quote_digest or priced.cash_fen != command.cash_due_fen:
            return QUOTE_CHANGED
        if order.kind == KIND_INSURANCE_ONLY and priced.cash_to_collect_fen > 0:
            return CASH_NOT_ALLOWED
        if command.authentication == AUTHENTICATION_NONE:
            if order.total_fen > self.pricer.passwordless_limit_fen(after.region, order.service_day):
                return AUTHENTICATION_REQUIRED
        if command.has_receipt and command.receipt_fen != priced.cash_to_collect_fen:
            return CASH_AMOUNT_MISMATCH
        if command.signals is not None and command.signals.proof_of != 0 and self.assessor is not None:
            return why_proof_fails(order, command, self.assessor.live)
        return DONE

    cdef Result hold(self, Command command, Order priced, Account* after):
        """Holds a validated payment whose cash the channel still has to take."""
        priced.state = ORDER_AUTHORIZED
        set_insurance_legs(priced, LEG_HELD)
        priced.cash_leg = LEG_REQUESTED
        after.held_fen += priced.account_current_fen + priced.account_prior_fen
        hold_share(priced, self.owner_to_change(priced))
        return self.order_changed(priced, after, EVENT_ORDER_AUTHORIZED, 0)

    cdef Result post(self, Command command, Order priced, Account* after):
        """Posts a validated payment, cash included, into the institution's open window."""
        priced.state = ORDER_PAID
        priced.expired = 0
        priced.ended_at_ms = 0
        priced.paid_at_ms = command.now_ms
        priced.cash_collected_fen = priced.cash_to_collect_fen
        priced.paid_window = 0 if priced.risk_held else self.windows.get(priced.institution_id, 1)
        set_insurance_legs(priced, LEG_POSTED)
        priced.cash_leg = LEG_CASH_TO_RETURN if priced.cash_to_return_fen > 0 else LEG_NONE
        priced.cash_leg = LEG_POSTED if priced.cash_collected_fen > 0 else priced.cash_leg
        return self.order_changed(priced, after, EVENT_ORDER_PAID, priced.paid_window)

    cdef Result order_changed(self, Order order, Account* after, int event, int64_t window):
        """Writes an order and its person's account row back together."""
        cdef Account* account = self.accounts.find(order.person_id)
        assert after.current_year_fen >= 0 and after.prior_years_fen >= 0 and after.held_fen >= 0
        account[0] = after[0]
        self.orders[order.order_id] = order
        return self.journalled(order, event, window)

    cdef Result cash_to_return(self, Command command, Order order, int reason):
        """Books cash that was taken for an order that cannot be paid with it. `reason` says why, the event that it was
        journalled all the same."""
        if order.channel_id == 0:
            claim(command, order)
            note_insured(order, self.accounts.find(order.person_id))
        order.cash_to_return_fen += command.receipt_fen
        if order.cash_leg != LEG_POSTED and order.cash_leg != LEG_REQUESTED:
            order.cash_leg = LEG_CASH_TO_RETURN
        cdef Result result = self.journalled(order, EVENT_CASH_TO_RETURN, 0)
        result.reason = reason
        return result


_METHODS = {
    CREATE: Ledger.apply_create, CLAIM: Ledger.apply_claim, READ: Ledger.apply_read, QUOTE: Ledger.apply_quote,
    PAY: Ledger.apply_pay, CONFIRM_CASH: Ledger.apply_confirm_cash, CANCEL: Ledger.apply_end,
    EXPIRE: Ledger.apply_end, REFUND: Ledger.apply_refund, RETURN_CASH: Ledger.apply_return_cash,
    CREDIT: Ledger.apply_credit, ENROL: Ledger.apply_enrol, USE_ELSEWHERE: Ledger.apply_use_elsewhere,
    PUT_PERSON: Ledger.apply_put_person, ASSESS: Ledger.apply_assess, JUDGE: Ledger.apply_judge,
}
