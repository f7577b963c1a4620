"""Payments as risk remembers them: a person's of 30 days, a device's and an institution's of one.

Design
    What risk remembers of a payment is a function of its order as it stands, so that a void or a refund undoes its part
    by being remembered in its place, a retry changes nothing, and all of it can be read back from the stored orders.
    A person's payments are exact to the command before. Those of a device or an institution are many persons', on many
    gateways: they hold what was committed up to a batch, the watermark, which every assessment names.

Invariants
    A window holds each order once, at the time it was first paid, oldest first, the newest VISITS_MAX of them.
    The same orders in whatever order give the same windows.
"""

from libc.stdint cimport int64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memmove

from core.accounts cimport AccountCache
from core.order cimport Order
from core.words cimport (
    KIND_CASH_ONLY, ORDER_AUTHORIZED, ORDER_PAID, ORDER_PARTIALLY_REFUNDED, ORDER_REFUNDED, SERVICE_INPATIENT,
    SERVICE_PHARMACY,
)

cdef enum:
    ROUND_FEN = 10000
    NIGHT_FROM_HOUR = 22
    NIGHT_TO_HOUR = 6
    SHARED_MIN = 100000       # devices and institutions below which none is looked for to be forgotten

PERSON_KEEP_MS = 30 * <int64_t>DAY_MS
SHARED_KEEP_MS = DAY_MS


cdef bint is_visit(Order order) noexcept nogil:
    """Whether an order was ever paid by insurance: only that is remembered."""
    return order.authorized_at_ms != 0 and order.person_id != 0 and order.kind != KIND_CASH_ONLY


cdef void fill_visit(Visit* visit, Order order) noexcept nogil:
    """What is remembered of an order as it stands."""
    cdef int64_t hour = (order.authorized_at_ms + CHINA_MS) // HOUR_MS % 24
    cdef int64_t refunded_fen = (
        order.refunded_pooled_fen + order.refunded_major_fen + order.refunded_civil_servant_fen
        + order.refunded_assistance_fen + order.refunded_other_fund_fen + order.refunded_hospital_fen
        + order.refunded_account_current_fen + order.refunded_account_prior_fen + order.refunded_family_account_fen
        + order.refunded_commercial_fen + order.refunded_cash_fen)
    cdef int64_t account_fen = order.account_current_fen + order.account_prior_fen + order.family_account_fen
    visit.order_id = order.order_id
    visit.at_ms = order.authorized_at_ms
    visit.person_id = order.person_id
    visit.institution_id = order.institution_id
    visit.channel_id = order.channel_id
    visit.device = order.risk_device
    visit.latitude_e6 = <int32_t>order.risk_latitude_e6
    visit.longitude_e6 = <int32_t>order.risk_longitude_e6
    visit.region = <int32_t>order.treatment_region
    visit.flags = 0
    visit.total_fen = visit.account_fen = 0
    if order.state == ORDER_AUTHORIZED or order.state == ORDER_PAID or order.state == ORDER_PARTIALLY_REFUNDED:
        visit.flags = VISIT_STANDS
        visit.total_fen = order.total_fen - refunded_fen
        visit.account_fen = account_fen - (
            order.refunded_account_current_fen + order.refunded_account_prior_fen + order.refunded_family_account_fen)
    if order.state == ORDER_PARTIALLY_REFUNDED or order.state == ORDER_REFUNDED:
        visit.flags |= VISIT_REFUNDED
    if account_fen == order.total_fen:
        visit.flags |= VISIT_ACCOUNT_ONLY
    if order.total_fen % ROUND_FEN == 0:
        visit.flags |= VISIT_ROUND
    if hour >= NIGHT_FROM_HOUR or hour < NIGHT_TO_HOUR:
        visit.flags |= VISIT_NIGHT
    if order.service == SERVICE_PHARMACY:
        visit.flags |= VISIT_PHARMACY
    if order.service == SERVICE_INPATIENT:
        visit.flags |= VISIT_INPATIENT


cdef bint is_before(const Visit* one, const Visit* other) noexcept nogil:
    return one.at_ms < other.at_ms or (one.at_ms == other.at_ms and one.order_id < other.order_id)


cdef class Visits:
    """Payments by time."""

    def __dealloc__(self):
        free(self.items)

    def __len__(self):
        return self.count

    def rows(self):
        """The payments as dicts, oldest first, for tests and evidence."""
        return [self.items[index] for index in range(self.count)]

    cdef int put(self, const Visit* visit, int64_t keep_ms) except -1:
        """Remembers a payment as it stands now, in the place of how it stood; one that no longer stands and was not
        refunded is forgotten. What is older than `keep_ms` before the newest is forgotten too."""
        cdef Visit* items
        cdef int at, old = 0
        self.remove(visit.order_id)
        if visit.flags & (VISIT_STANDS | VISIT_REFUNDED) == 0:
            return 0
        if self.count == self.room:
            items = <Visit*>realloc(self.items, max(2, 2 * self.room) * sizeof(Visit))
            if items == NULL:
                raise MemoryError("no memory for a window of payments")
            self.items, self.room = items, max(2, 2 * self.room)
        at = self.count
        while at > 0 and is_before(visit, &self.items[at - 1]):
            at -= 1
        memmove(&self.items[at + 1], &self.items[at], (self.count - at) * sizeof(Visit))
        self.items[at] = visit[0]
        self.count += 1
        if keep_ms == 0:
            return 0
        while self.items[old].at_ms <= self.items[self.count - 1].at_ms - keep_ms or self.count - old > VISITS_MAX:
            old += 1
        if old:
            self.count -= old
            memmove(self.items, &self.items[old], self.count * sizeof(Visit))
        return 0

    cdef void remove(self, int64_t order_id) noexcept nogil:
        """Forgets a payment."""
        cdef int at = self.count - 1
        while at >= 0 and self.items[at].order_id != order_id:
            at -= 1
        if at >= 0:
            self.count -= 1
            memmove(&self.items[at], &self.items[at + 1], (self.count - at) * sizeof(Visit))


cdef class Histories:
    """All windows of one gateway.

    Attributes:
        watermark: the newest committed batch whose payments the windows of devices and institutions hold.
    """

    def __init__(self):
        self.by_person = {}
        self.by_device = {}
        self.by_institution = {}
        self.changed = Visits()
        self.committing = Visits()
        self.shared_before = SHARED_MIN

    cdef int note(self, Order order) except -1:
        """Remembers an order that the batch in hand has changed."""
        cdef Visit visit
        if not is_visit(order):
            return 0
        fill_visit(&visit, order)
        self.put_of_person(&visit)
        self.append(&visit)
        return 0

    cdef int put_of_person(self, const Visit* visit) except -1:
        cdef Visits visits = self.by_person.get(visit.person_id)
        if visits is None:
            visits = self.by_person[visit.person_id] = Visits.__new__(Visits)
        return visits.put(visit, 30 * <int64_t>DAY_MS)

    cdef int append(self, const Visit* visit) except -1:
        """Keeps a change for the shared windows until its batch is durable; the last of an order counts."""
        cdef Visits changed = self.changed
        cdef Visit* items
        if changed.count == changed.room:
            items = <Visit*>realloc(changed.items, max(64, 2 * changed.room) * sizeof(Visit))
            if items == NULL:
                raise MemoryError("no memory for a batch's payments")
            changed.items, changed.room = items, max(64, 2 * changed.room)
        changed.items[changed.count] = visit[0]
        changed.count += 1
        return 0

    cdef int share(self, const Visit* visit) except -1:
        cdef Visits visits
        self.newest_ms = max(self.newest_ms, visit.at_ms)
        if visit.device != 0:
            visits = self.by_device.get(visit.device)
            if visits is None:
                visits = self.by_device[visit.device] = Visits.__new__(Visits)
            visits.put(visit, DAY_MS)
        visits = self.by_institution.get(visit.institution_id)
        if visits is None:
            visits = self.by_institution[visit.institution_id] = Visits.__new__(Visits)
        visits.put(visit, DAY_MS)
        return 0

    cdef Visits of_person(self, int64_t person_id):
        return self.by_person.get(person_id)

    cdef Visits of_device(self, int64_t device):
        return self.by_device.get(device) if device != 0 else None

    cdef Visits of_institution(self, int64_t institution_id):
        return self.by_institution.get(institution_id)

    # What a store brings, and how a batch ends; as core.books has it.

    def put_person_order(self, Order order):
        """Takes in an order of a person whose account was put before, as the store has it."""
        cdef Visit visit
        if is_visit(order):
            fill_visit(&visit, order)
            self.put_of_person(&visit)

    def put_shared_order(self, Order order):
        """Takes in a committed order for the windows of its device and institution."""
        cdef Visit visit
        if is_visit(order):
            fill_visit(&visit, order)
            self.share(&visit)

    def begin_at(self, int64_t batch):
        """The shared windows hold what was committed up to a batch."""
        self.watermark = batch

    def forget_person(self, person_id):
        """Forgets a person's payments; whoever needs them again loads them with the account."""
        self.by_person.pop(person_id, None)

    def visits_of(self, int64_t person_id):
        """A person's payments in memory, oldest first, as dicts."""
        cdef Visits visits = self.by_person.get(person_id)
        return [] if visits is None else visits.rows()

    def hand_over(self):
        """The batch in hand goes on its way to the disk."""
        self.committing, self.changed = self.changed, self.committing

    def keep(self, int64_t batch):
        """The batch on its way is durable: what it changed counts for everybody."""
        cdef int index
        for index in range(self.committing.count):
            self.share(&self.committing.items[index])
        self.committing.count = 0
        self.watermark = max(self.watermark, batch)

    def undo(self):
        """Neither the batch on its way nor the one in hand was committed."""
        self.committing.count = self.changed.count = 0

    def rest(self, AccountCache accounts):
        """Between batches: forgets the payments of persons whose account is no longer in memory, and devices and
        institutions without a payment in the day before the newest."""
        cdef Visits visits
        if len(self.by_person) > accounts.capacity:
            for person_id in [one for one in self.by_person if accounts.find(one) == NULL]:
                del self.by_person[person_id]
        if len(self.by_device) + len(self.by_institution) <= 2 * self.shared_before:
            return
        newest = max(self.newest_ms, 0)
        for windows in (self.by_device, self.by_institution):
            old = [key for key, visits in windows.items()
                   if visits.count == 0 or visits.items[visits.count - 1].at_ms <= newest - DAY_MS]
            for key in old:
                del windows[key]
        self.shared_before = max(SHARED_MIN, len(self.by_device) + len(self.by_institution))
