"""What the gateway asks of a store, and the rows it gets back.

One thread owns a store's writing side: `begin`, any number of reads and writes, then `commit` (durable when it
returns) or `rollback`. Reads between them see the batch's own writes. Streams read through `reader`, another
connection that sees committed batches only.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from core.order import Order
from gateway.stores.risk_rows import RiskReads, RiskWrites


class StoreError(Exception):
    """The store cannot do what was asked. The message is for the operator and names no path of a row or a person."""


class StoreUnusable(StoreError):
    """The store cannot be opened: damaged, locked by another process, or written by another version."""


class StoreFull(StoreError):
    """No space: nothing of the batch was kept, and later batches may pass."""


class StoreBroken(StoreError):
    """A write or sync failed: what is on the disk is unknown, and this process must not go on."""


class PartyRow(NamedTuple):
    """A party that may call the gateway."""

    party_key: int
    party_id: str
    role: int
    name: str
    suspended: int
    token_epoch: int
    token_hash: bytes
    created_at_ms: int
    token_created_at_ms: int


class InstitutionRow(NamedTuple):
    """A hospital or pharmacy."""

    institution_key: int
    institution_id: str
    party_key: int
    name: str
    level: int
    region: int
    suspended: int
    open_window: int
    window_opened_at_ms: int
    scenarios: str  # numbers, comma-separated
    created_at_ms: int


class PolicyRow(NamedTuple):
    """One version of a region's policy document, in force or not."""

    policy_id: int
    region: int
    version: str
    file: str
    document: bytes
    put_at_ms: int
    digest: str  # SHA-256 of the document, in hex


class ActivationRow(NamedTuple):
    """A policy document put in force, from the batch after `batch` on."""

    region: int
    batch: int
    policy_id: int
    activated_at_ms: int
    replay_digest: str  # empty where there was nothing to replay over
    replay_report: bytes


class CatalogueRow(NamedTuple):
    """One form of an entry of a region's catalogue: a later batch may have put another form of the same entry."""

    region: int
    item_code: str
    valid_from: int  # a day
    batch: int
    valid_to: int  # the last day; before valid_from when the entry is withdrawn
    item_class: int
    self_pay_ppm: int
    price_limit_fen: int  # a unit; -1 without one
    deductible_exempt: int
    item_name: str


class PlanRow(NamedTuple):
    """One version of a plan, in force or not."""

    plan_key: int
    plan_id: str
    effective_from: str  # YYYY-MM-DD
    file: str
    document: bytes
    digest: str  # SHA-256 of the document, in hex
    batch: int  # that put it last


class PersonRow(NamedTuple):
    """An insured person: keyed hashes only."""

    person_id: int
    region: int
    person_no: str
    id_hash: bytes
    name_hash: bytes
    phone_hash: bytes


class BindingRow(NamedTuple):
    """A channel's user joined to an insured person."""

    binding_id: int
    channel_key: int
    channel_user_id: str
    person_id: int
    state: int
    created_at_ms: int
    code_expires_at_ms: int
    attempts_left: int
    confirmed_at_ms: int
    ended_at_ms: int
    name_masked: str


class FamilyLinkRow(NamedTuple):
    """An owner whose account may pay for a member, within a channel."""

    link_id: int
    channel_key: int
    owner_binding_id: int
    owner_person_id: int
    member_person_id: int
    relation: int
    state: int
    created_at_ms: int
    ended_at_ms: int
    owner_name_masked: str
    member_name_masked: str


class PayCodeRow(NamedTuple):
    """A one-time pay code, by its keyed hash."""

    code_hash: bytes
    pay_code_id: int
    binding_id: int
    expires_at_ms: int
    used_at_ms: int
    order_id: int


class OrderTexts(NamedTuple):
    """What an order holds beside the core's numbers."""

    institution_order_no: str
    channel_order_no: str | None
    order_code_hash: bytes
    details: bytes  # the CreateOrderRequest without its lines and diagnoses
    cancel_reason: str


class ReceiptRow(NamedTuple):
    """Cash that a channel has taken for an order."""

    channel_key: int
    receipt_no: str
    order_id: int
    amount_fen: int
    state: int
    paid_at_ms: int
    channel_transaction_no: str
    refusal: int  # why the order could not take it, 0 when it could
    batch: int
    returned_batch: int
    returned_at_ms: int
    channel_refund_no: str


class RefundRow(NamedTuple):
    """One refund of an order; the amounts by payer are what this refund gives back, 0 or more."""

    refund_id: int
    institution_key: int
    refund_no: str
    order_id: int
    kind: int
    state: int
    cash_to_return_fen: int
    reason: str
    refunded_at_ms: int
    completed_at_ms: int
    completed_batch: int
    cash_refunded_at_ms: int
    channel_refund_no: str
    refund_window: int
    total_fen: int
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
    returned_lines: bytes  # a GetRefundResponse with nothing but its returned_lines


class WindowRow(NamedTuple):
    """One closed clearing window of an institution."""

    window_id: int
    institution_key: int
    window: int
    period: str
    state: int
    opened_at_ms: int
    closed_at_ms: int
    payment_count: int
    refund_count: int
    totals: bytes
    payable_fen: int
    digest: str
    paid_at_ms: int
    bank_reference: str


class Posting(NamedTuple):
    """A payment (refund_id 0) or refund as it was posted into a window; the amounts are 0 or more for both."""

    posted_at_ms: int
    order_id: int
    refund_id: int
    refund_no: str
    institution_order_no: str
    channel_id: int
    insured_region: int
    scheme: int
    service: int
    service_day: int
    details: bytes
    amounts_fen: tuple[int, ...]  # PAYER_COLUMNS


class EventRow(NamedTuple):
    """One fact of the journal."""

    seq: int
    batch: int
    at_ms: int
    kind: int
    method: str
    party_key: int
    order_id: int
    person_id: int
    channel_id: int
    institution_id: int
    window: int
    reason: int
    facts: bytes
    # Of the request that it answers for good, empty without one: keyed hashes of its id and of each of its fields.
    request_key: bytes = b""
    request_fields: bytes = b""


class LastBatch(NamedTuple):
    """Where the journal ends."""

    seq: int
    batch: int
    at_ms: int


class Reads(RiskReads, Protocol):
    """What can be looked up, of the batch in hand too where the writer is asked."""

    # For a batch, each in one query.
    def answers(self, request_keys: Iterable[bytes]) -> dict[bytes, EventRow]: ...
    def orders(self, order_ids: Iterable[int]) -> list[tuple[Order, OrderTexts]]: ...
    def order_ids_by_code(self, hashes: Iterable[bytes]) -> dict[bytes, int]: ...
    def order_ids_by_no(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]: ...
    def order_ids_by_channel_no(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]: ...
    def accounts(self, person_ids: Iterable[int]) -> list[tuple[Any, ...]]: ...
    def enrolments(self, person_ids: Iterable[int]) -> list[tuple[Any, ...]]: ...
    def bindings(self, binding_ids: Iterable[int]) -> dict[int, BindingRow]: ...
    def family_links(self, link_ids: Iterable[int]) -> dict[int, FamilyLinkRow]: ...
    def pay_codes(self, hashes: Iterable[bytes]) -> dict[bytes, PayCodeRow]: ...
    def receipts(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], ReceiptRow]: ...
    def refunds(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], RefundRow]: ...
    def persons_by_no(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], PersonRow]: ...
    def persons_by_id_hash(self, keys: Iterable[tuple[int, bytes]]) -> list[PersonRow]: ...
    def credits(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], tuple[Any, ...]]: ...
    def used_elsewhere(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], tuple[Any, ...]]: ...
    def catalogue(self, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], list[CatalogueRow]]: ...
    def due_orders(self, now_ms: int, after: tuple[int, int], limit: int) -> list[tuple[int, int]]: ...

    # By the desk.
    def person_by_id_hash(self, id_hash: bytes, region: int) -> PersonRow | None: ...
    def person(self, person_id: int) -> PersonRow | None: ...
    def bindings_of_user(
        self, channel_key: int, channel_user_id: str, after_id: int, limit: int
    ) -> list[BindingRow]: ...
    def active_binding(self, channel_key: int, channel_user_id: str, person_id: int) -> BindingRow | None: ...
    def family_links_of_person(self, channel_key: int, person_id: int) -> list[FamilyLinkRow]: ...
    def refund(self, refund_id: int) -> RefundRow | None: ...
    def refunds_of_order(self, order_id: int) -> list[RefundRow]: ...
    def standing_orders(self, person_id: int) -> list[Order]: ...
    def order_lines(self, order_id: int) -> bytes: ...
    def receipts_of_order(self, order_id: int) -> list[ReceiptRow]: ...
    def window(self, window_id: int) -> WindowRow | None: ...
    def window_of_period(self, institution_key: int, period: str) -> WindowRow | None: ...
    def windows(self, institution_keys: Sequence[int], before_id: int, limit: int) -> list[WindowRow]: ...
    def postings(self, institution_key: int, window: int, after: Posting | None, limit: int) -> list[Posting]: ...
    def policies(self, region: int) -> list[PolicyRow]: ...
    def policies_activated(self, region: int = 0) -> list[PolicyRow]: ...
    def plans(self) -> list[PlanRow]: ...
    def activations(self, region: int) -> list[ActivationRow]: ...
    def policy(self, region: int, version: str) -> PolicyRow | None: ...
    def policy_by_digest(self, region: int, digest: str) -> PolicyRow | None: ...
    def policy_by_id(self, policy_id: int) -> PolicyRow | None: ...
    def policy_version(self, policy_id: int) -> str: ...


class Reader(Reads, Protocol):
    """Committed facts, read beside the writer."""

    def events_after(
        self, seq: int, limit: int, *, channel_id: int = 0, institution_keys: Sequence[int] = ()
    ) -> list[tuple[EventRow, OrderTexts]]: ...
    def paid_orders(self, before_seq: int, limit: int) -> list[tuple[int, bytes]]: ...
    def last_seq(self) -> int: ...
    def time_after(self, seq: int) -> int | None: ...
    def close(self) -> None: ...


class Store(Reads, RiskWrites, Protocol):
    """Everything durable. One implementation a database; `tests/contract` holds all of them to the same suite."""

    # The life of a batch. `dirty`: whether the batch in hand has written anything. `reads_beside_writes`: whether a
    # reader can read while a batch is written.
    @property
    def dirty(self) -> bool: ...
    @property
    def reads_beside_writes(self) -> bool: ...
    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def savepoint(self) -> AbstractContextManager[None]: ...
    def reader(self) -> Reader: ...
    def close(self) -> None: ...

    # Read at start.
    def last_batch(self) -> LastBatch: ...
    def open_orders(self, limit: int) -> list[int]: ...
    def persons_seen_lately(self, event_count: int) -> list[int]: ...
    def parties(self) -> list[PartyRow]: ...
    def institutions(self) -> list[InstitutionRow]: ...

    # Written by a batch.
    def insert_orders(self, orders: Iterable[tuple[Sequence[Any], OrderTexts]]) -> None: ...
    def update_orders(self, orders: Iterable[tuple[Sequence[Any], OrderTexts]]) -> None: ...
    def write_accounts(self, rows: Iterable[Sequence[int]]) -> None: ...
    def write_enrolments(self, rows: Iterable[Sequence[int | str]]) -> None: ...
    def insert_events(self, rows: Sequence[EventRow]) -> None: ...
    def forget_requests(self, before_ms: int, limit: int) -> int: ...

    # Written by the desk.
    def put_party(self, row: PartyRow) -> None: ...
    def put_institution(self, row: InstitutionRow) -> None: ...
    def insert_policy(self, row: PolicyRow) -> None: ...
    def insert_plan(self, row: PlanRow) -> None: ...
    def insert_activation(self, row: ActivationRow) -> None: ...
    def insert_catalogue(self, rows: Iterable[CatalogueRow]) -> None: ...
    def put_persons(self, rows: Iterable[PersonRow]) -> None: ...
    def insert_credits(self, rows: Iterable[Sequence[Any]]) -> None: ...
    def insert_used_elsewhere(self, rows: Iterable[Sequence[Any]]) -> None: ...
    def put_binding(self, row: BindingRow) -> None: ...
    def put_family_link(self, row: FamilyLinkRow) -> None: ...
    def put_pay_code(self, row: PayCodeRow) -> None: ...
    def put_receipt(self, row: ReceiptRow) -> None: ...
    def put_refund(self, row: RefundRow) -> None: ...
    def put_window(self, row: WindowRow) -> None: ...
    def set_order_texts(self, order_id: int, texts: OrderTexts) -> None: ...
    def put_order_lines(self, order_id: int, lines: bytes) -> None: ...
