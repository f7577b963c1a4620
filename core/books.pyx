"""The books: orders and accounts in memory, loaded before a batch, and what a batch changed of them.

Design
    Two batches may be open at once: one that was applied and is on its way to the disk, and the next one, applied on
    the first one's result. Neither holds a copy of what was before: to undo is to forget what was changed, so that it
    is read from the store again, and because the second stands on the first, both are undone together.

Invariants
    Whatever a batch in hand or on its way has changed stays in memory until the batch has ended; everything else may
    be forgotten at any time, and is when the books `rest`.
"""

from libc.stdint cimport int64_t

from core.accounts cimport Account, AccountCache
from core.commands cimport Result, seen
from core.order cimport Order
from core.plans.enrolment import Enrolment
from core.risk.assessing cimport Assessor


cdef class Books:
    """Orders and accounts of one gateway.

    Args:
        accounts_max: capacity of the account cache.
        orders_max: orders kept in memory between batches.
        scores: whether payments are remembered and scored (core.risk).
    """

    def __init__(self, int accounts_max, int orders_max, bint scores=False):
        self.accounts = AccountCache(accounts_max)
        self.orders = {}
        self.enrolments = {}
        self.orders_max = orders_max
        self.assessor = Assessor() if scores else None
        self.changed_orders = set()
        self.changed_persons = set()
        self.committing_orders = set()
        self.committing_persons = set()

    # What a batch needs.

    def missing_orders(self, order_ids):
        """Those of the ids that are not in memory, to be loaded and put."""
        return [order_id for order_id in order_ids if order_id not in self.orders]

    def missing_persons(self, person_ids):
        """Those of the ids whose account is not in memory; pins the others until the books rest."""
        return self.accounts.pin_all(person_ids)

    def put_order(self, Order order):
        """Takes in an order as the store has it."""
        self.orders[order.order_id] = order

    def put_account(self, tuple row):
        """Takes in an account as the store has it (ACCOUNT_COLUMNS); its person's plans and payments come behind it."""
        self.accounts.put(row)
        self.enrolments.pop(row[0], None)
        if self.assessor is not None:
            self.assessor.histories.forget_person(row[0])

    def put_enrolment(self, tuple row):
        """Takes in a plan of a person whose account was put before (ENROLMENT_COLUMNS)."""
        self.enrolments.setdefault(row[0], []).append(Enrolment(row))

    def enrolments_of(self, int64_t person_id):
        """The plans of a person in memory; not to be changed by the caller."""
        return self.enrolments.get(person_id, ())

    def order(self, int64_t order_id):
        """The order in memory, or None; not to be changed by the caller."""
        return self.orders.get(order_id)

    cdef Account* owner_of(self, Order order) noexcept:
        """The account of the family member who is to pay for an order's person; NULL for nobody or one not in memory."""
        return self.accounts.find(order.family_person_id) if order.family_person_id != 0 else NULL

    cdef Account* owner_to_change(self, Order order) except? NULL:
        """The account whose family money pays of an order, counted as changed; NULL when none does."""
        if order.family_account_fen == 0:
            return NULL
        cdef Account* owner = self.accounts.find(order.family_person_id)
        if owner == NULL:  # to go on would lose the owner's money
            raise LookupError(f"the family account of order {order.order_id} was not loaded with it")
        owner.version = self.batch
        self.changed_persons.add(owner.person_id)
        return owner

    # What a batch changed.

    def order_rows(self):
        """Rows (Order.stored_row) of the orders that the batch in hand changed, by id."""
        return [(<Order>self.orders[order_id]).stored_row() for order_id in sorted(self.changed_orders)]

    def account_rows(self):
        """Rows (ACCOUNT_COLUMNS) of the accounts that the batch in hand changed, by person id."""
        return [self.accounts.row(person_id) for person_id in sorted(self.changed_persons)]

    def enrolment_rows(self):
        """Rows (ENROLMENT_COLUMNS) of the plans of the persons that the batch in hand changed, by person id."""
        if not self.enrolments:
            return []
        return [enrolment.row() for person_id in sorted(self.changed_persons)
                for enrolment in self.enrolments.get(person_id, ())]

    def assessment_rows(self):
        """Rows (ASSESSMENT_COLUMNS) of what the batch in hand assessed."""
        return self.assessor.rows_of_batch() if self.assessor is not None else []

    # How it changes.

    cdef Result journalled(self, Order order, int event, int64_t window):
        """The result of a command that changed an order (and, if it has one, its person's account)."""
        cdef Account* account
        order.version = self.batch
        self.changed_orders.add(order.order_id)
        if order.person_id != 0:
            account = self.accounts.find(order.person_id)
            if account != NULL:
                assert account.current_year_fen >= 0 and account.prior_years_fen >= 0 and account.held_fen >= 0
                account.version = self.batch
                self.changed_persons.add(order.person_id)
                if self.assessor is not None:
                    self.assessor.histories.note(order)
        cdef Result result = seen(order)
        result.event = event
        result.window = window
        return result

    # How it ends.

    def hand_over(self):
        """The batch in hand goes on its way to the disk; the next one may be applied on its result."""
        assert not self.committing_orders and not self.committing_persons, "the batch before is still on its way"
        self.committing_orders, self.changed_orders = self.changed_orders, self.committing_orders
        self.committing_persons, self.changed_persons = self.changed_persons, self.committing_persons
        self.committing_batch = self.batch
        if self.assessor is not None:
            self.assessor.hand_over()

    def keep(self):
        """The batch on its way is durable."""
        self.committing_orders.clear()
        self.committing_persons.clear()
        if self.assessor is not None:
            self.assessor.histories.keep(self.committing_batch)

    def undo(self):
        """Neither the batch on its way nor what stands on it was committed: what they changed is forgotten."""
        for order_id in self.committing_orders | self.changed_orders:
            self.orders.pop(order_id, None)
        for person_id in self.committing_persons | self.changed_persons:
            self.accounts.drop(person_id)
            self.enrolments.pop(person_id, None)
        self.changed_orders.clear()
        self.changed_persons.clear()
        self.committing_orders.clear()
        self.committing_persons.clear()
        if self.assessor is not None:
            self.assessor.undo()

    @property
    def must_rest(self):
        """Whether there is so much in memory that cannot be forgotten that the books should rest before a batch."""
        return len(self.orders) > self.orders_max or 2 * self.accounts.pinned_count > self.accounts.capacity

    def rest(self):
        """Between batches: nothing is open, so that anything may be forgotten, and too old orders are."""
        assert not self.changed_orders and not self.changed_persons, "the batch in hand was neither kept nor undone"
        assert not self.committing_orders and not self.committing_persons, "a batch is still on its way"
        self.accounts.unpin_all()
        if len(self.enrolments) > self.accounts.capacity:
            for person_id in [one for one in self.enrolments if self.accounts.row(one) is None]:
                del self.enrolments[person_id]
        if self.assessor is not None:
            self.assessor.histories.rest(self.accounts)
        while len(self.orders) > self.orders_max:
            del self.orders[next(iter(self.orders))]
