"""What the bureau writes of persons: who they are, credits, plans, and what was settled elsewhere.

Design
    The commands of the ledger that no order is behind. Each validates, then writes the account row back in one piece.

Invariants
    A command that is refused changes nothing. A purse is never below 0.
"""

from libc.stdint cimport int64_t

from core.accounts cimport Account, credit, use_elsewhere
from core.books cimport Books
from core.commands cimport Command, Result, refused
from core.plans.enrolment cimport Enrolment
from core.plans.plan cimport CompiledPlan
from core.pricing cimport Pricer
from core.policy cimport RuleBook
from core.words cimport DONE, EVENT_DESK, PERSON_NOT_FOUND, PLANS_OVERLAP, PLAN_NOT_FOR_REGION, PLAN_NOT_FOUND
from core.policy import LookupFailed


cdef class PeopleDesk(Books):
    """Accounts of persons, changed by the bureau's word.

    Args:
        rules: the policies in force.
        accounts_max, orders_max, scores: as of core.books.Books.
    """

    def __init__(self, RuleBook rules, int accounts_max, int orders_max, bint scores):
        super().__init__(accounts_max, orders_max, scores)
        self.pricer = Pricer(rules)

    def apply_credit(self, Command command):
        """Credits, or with a negative amount corrects, a purse (person_id, amount_fen, prior_years, day)."""
        cdef Account* account = self.accounts.find(command.person_id)
        cdef Account after
        if account == NULL:
            return refused(PERSON_NOT_FOUND)
        after = account[0]
        try:
            year_day = self.pricer.year_day(after.region, command.day)
        except LookupFailed as failure:
            return refused(failure.reason)
        cdef int reason = credit(&after, year_day, command.prior_years, command.amount_fen)
        if reason != DONE:
            return refused(reason)
        # After this point it must succeed.
        return self.person_changed(account, &after)

    def apply_use_elsewhere(self, Command command):
        """Adds to a person's accumulators what was settled outside this gateway (person_id, day, usage)."""
        cdef Account* account = self.accounts.find(command.person_id)
        cdef Account after
        if account == NULL:
            return refused(PERSON_NOT_FOUND)
        after = account[0]
        try:
            year_day = self.pricer.year_day(after.region, command.day)
        except LookupFailed as failure:
            return refused(failure.reason)
        cdef int64_t groups = self.pricer.groups_elsewhere(&after, command.usage[0], command.day)
        cdef int reason = use_elsewhere(&after, year_day, groups, command.usage)
        if reason != DONE:
            return refused(reason)
        # After this point it must succeed.
        cdef Result result = self.person_changed(account, &after)
        result.usage_groups = groups
        return result

    def apply_put_person(self, Command command):
        """Writes what the split knows of a person (person_id, person), and an account without money to a new one.

        `person` is (region, birth_date, scheme, status, civil_servant, assistance, family_doctor), as in the account row.
        """
        cdef Account* account = self.accounts.find(command.person_id)
        cdef Account after
        # It must succeed from the start: the caller has checked the row and loaded the account of a known person.
        if account == NULL:
            account = self.accounts.take_row(command.person_id)
        after = account[0]
        after.region, after.birth_date, after.scheme, after.status = command.person[:4]
        after.civil_servant, after.assistance, after.family_doctor = command.person[4:]
        return self.person_changed(account, &after)

    def apply_enrol(self, Command command):
        """Writes that a person has a plan on some days (person_id, enrolment).

        `enrolment` is (plan id, first day, last day). What the plan has counted stays as it is.
        """
        cdef Account* account = self.accounts.find(command.person_id)
        cdef CompiledPlan plan
        cdef Enrolment other, found = None
        cdef Account after
        if account == NULL:
            return refused(PERSON_NOT_FOUND)
        plan_id, valid_from, valid_to = command.enrolment
        plan = self.pricer.rules.plans.last(plan_id)
        if plan is None:
            return refused(PLAN_NOT_FOUND)
        if self.pricer.region_code(account.region) not in plan.document["regions"]:
            return refused(PLAN_NOT_FOR_REGION)
        for other in self.enrolments.get(command.person_id, ()):
            if other.plan_id == plan_id:
                found = other
            elif other.seat == plan.plan.seat and other.overlaps(valid_from, valid_to):
                return refused(PLANS_OVERLAP)
        # After this point it must succeed.
        if found is None:
            found = Enrolment((command.person_id, plan_id, plan.plan.seat, 0, 0, 0, 0, 0, 0, 0, 0, 0))
            self.enrolments.setdefault(command.person_id, []).append(found)
        found.valid_from, found.valid_to = valid_from, valid_to
        after = account[0]
        return self.person_changed(account, &after)

    cdef Result person_changed(self, Account* account, Account* after):
        """Writes an account row back that no order is behind."""
        account[0] = after[0]
        account.version = self.batch
        self.changed_persons.add(account.person_id)
        cdef Result result = Result.__new__(Result)
        result.event = EVENT_DESK
        result.person_id = account.person_id
        return result
