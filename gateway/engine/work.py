"""What a servicer hands to the pipeline: one request as a piece of work, and what the pipeline hands back.

A work names what it needs loaded, gives the core's commands for it, and writes what is not the core's. All three run
on the pipeline's thread, inside the batch's transaction; nothing here waits or looks at a clock.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from core.commands import Command, Result
from core.ledger import Ledger
from gateway.errors import Refusal
from gateway.security.request_key import Key
from gateway.stores.base import (
    BindingRow,
    CatalogueRow,
    FamilyLinkRow,
    InstitutionRow,
    OrderTexts,
    PayCodeRow,
    Reads,
    ReceiptRow,
    RefundRow,
    Store,
)

__all__ = ["Desk", "Found", "InstitutionRow", "Needs", "OrderTexts", "Outcome", "ReceiptRow", "RefundRow", "Work"]


@dataclass(slots=True)
class Needs:
    """Keys that a batch's works want loaded before their commands are made."""

    orders: set[int] = field(default_factory=set)
    order_codes: set[bytes] = field(default_factory=set)
    order_nos: set[tuple[int, str]] = field(default_factory=set)
    channel_order_nos: set[tuple[int, str]] = field(default_factory=set)
    persons: set[int] = field(default_factory=set)
    bindings: set[int] = field(default_factory=set)
    family_links: set[int] = field(default_factory=set)
    pay_codes: set[bytes] = field(default_factory=set)
    receipts: set[tuple[int, str]] = field(default_factory=set)
    refunds: set[tuple[int, str]] = field(default_factory=set)
    items: set[tuple[int, str]] = field(default_factory=set)


@dataclass(slots=True)
class Found:
    """What was there of what the batch needs, and the time of the batch."""

    now_ms: int
    store: Reads
    ledger: Ledger
    texts: dict[int, OrderTexts]
    order_ids_by_code: dict[bytes, int]
    order_ids_by_no: dict[tuple[int, str], int]
    order_ids_by_channel_no: dict[tuple[int, str], int]
    bindings: dict[int, BindingRow]
    family_links: dict[int, FamilyLinkRow]
    pay_codes: dict[bytes, PayCodeRow]
    receipts: dict[tuple[int, str], ReceiptRow]
    refunds: dict[tuple[int, str], RefundRow]
    items: dict[tuple[int, str], list[CatalogueRow]]


class Outcome(NamedTuple):
    """What became of a work. `facts` is an order in journal form, or the answer that a desk's event carries."""

    facts: bytes
    reason: int
    event: int
    texts: OrderTexts | None
    extra: object
    replayed: bool


class Work:
    """One request. Subclasses say what they need, what the core is to do, and what else is written.

    Attributes:
        method: name of the rpc, for the journal.
        takes_refusals: results that the core refused go to `finish` too (imports report them row by row).
        party_key: who asks; 0 is the gateway itself.
        key: of a mutating request; None for a query.
        deadline: `time.monotonic()` after which the caller no longer waits; None for never.
        locks: things other than orders and accounts that only one work of a batch may touch.
        new_order: the texts of the order that a CREATE brings.
        moved_fen: what a refund gave back, in the order of PAYER_COLUMNS; set by its `finish`, empty for other works.
        keeps_request: whether the event, if there is one, is the request's answer for good. A work that journals what a
            refused request has cost clears it in `finish`, and the request id stays free.
        ends_its_time: whether nothing after its batch may have the batch's time: a window's cut-off.
        may_overlap: whether it may be applied while the batch before is still being written. It then reads nothing that
            another such work writes, but orders, accounts and what its locks cover, and `committed` does nothing. Its
            `finish` comes before the batch's orders and accounts are written; those of other works come after.
    """

    method = ""
    takes_refusals = False
    ends_its_time = False
    may_overlap = False

    def __init__(self, party_key: int, key: Key | None = None, deadline: float | None = None) -> None:
        self.party_key = party_key
        self.key = key
        self.deadline = deadline
        self.locks: frozenset[object] = frozenset()
        self.new_order: OrderTexts | None = None
        self.moved_fen: tuple[int, ...] = ()
        self.keeps_request = True
        self._all_locks: frozenset[object] | None = None

    @property
    def all_locks(self) -> frozenset[object]:
        """Its locks, and that of its request id; they do not change once asked for."""
        if self._all_locks is None:
            self._all_locks = self.locks if self.key is None else self.locks | {self.key.request_key}
        return self._all_locks

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """Adds the keys this work needs loaded."""

    def resolve(self, found: Found, needs: Needs) -> None:
        """Adds the orders and persons that follow from the first keys: a code's order, a binding's person."""

    def commands(self, found: Found) -> list[Command]:
        """The core's part; raises Refusal for what the core does not look at."""
        return []

    def finish(self, desk: "Desk", results: list[Result]) -> bytes | None:
        """Writes what is not the core's. Gives the answer that a desk event carries (the event is written for a
        mutating request), or None where the facts of an order are the answer."""
        return None

    def extra(self, desk: "Desk", outcome_facts: bytes) -> object:
        """What else the answer needs, read inside the batch; asked live and on replay alike."""
        return None

    def committed(self) -> None:
        """Called once the work is durable, before it is answered; not for a replay."""

    def refused(self, reason: int, found: Found) -> Refusal:
        """The refusal of a core result; subclasses add what the caller needs to mend it."""
        return Refusal(reason)


class Desk(NamedTuple):
    """The batch as `Work.finish` and `Work.extra` see it. `retold`: orders whose texts have changed."""

    store: Store
    found: Found
    batch: int
    retold: set[int]
