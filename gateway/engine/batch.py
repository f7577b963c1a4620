"""One batch of works, in its two halves: applied by the core, then written to the store.

    Batch.apply    replays found, everything needed loaded, commands made, the core asked once; writes nothing
    Batch.write    what the core changed, each work's own rows, journal, request ids, commit; then every item has its
                   answer

The halves may run on two threads, one after the other: `apply` looks at the core, the texts and a reading side of the
store, `write` at the store's writing side and at what `apply` left in the batch.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from core.commands import Command, Result
from core.ledger import Ledger
from core.order import Order
from core.risk.visits import PERSON_KEEP_MS
from core.words import EVENT_DESK
from gateway.engine.work import Desk, Found, Needs, Outcome, Work
from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.stores.base import EventRow, OrderTexts, Reads, Store


@dataclass(slots=True, eq=False)
class Item:
    """A work on its way, and what became of it. `done` is called with it on the event loop."""

    work: Work
    done: "Callable[[Item], None]"
    replay: EventRow | None = None
    command_count: int = 0
    results: list[Result] = field(default_factory=list)
    event: EventRow | None = None
    found_facts: bytes | None = None
    answer: Outcome | Refusal | None = None
    queued_s: float = field(default_factory=time.perf_counter)

    def anew(self) -> "Item":
        """The same work as if nothing had been done about it yet."""
        return Item(self.work, self.done, queued_s=self.queued_s)


@dataclass(slots=True)
class Times:
    """When a batch was where."""

    taken: float
    applied: float = 0.0
    writing: float = 0.0
    committing: float = 0.0
    written: float = 0.0


class Batch:
    """Works that are committed together.

    Args:
        number: of the batch; grows from one to the next.
        now_ms: its time.
        now_s: the same on the scale of the works' deadlines.
        texts: of the orders in memory; the batch adds those it loads and makes.

    Attributes:
        commands: what it asked of the core.
        order_rows: what the core changed of orders, as a store keeps them.
        assessment_rows: what it assessed, ASSESSMENT_COLUMNS.
        times_s: on the scale of `time.perf_counter()`; 0 for what has not happened.
        done: set once the batch is written or has failed.
    """

    def __init__(
        self,
        number: int,
        now_ms: int,
        now_s: float,
        items: list[Item],
        texts: dict[int, OrderTexts],
        done: threading.Event,
    ) -> None:
        self.number = number
        self.now_ms = now_ms
        self.now_s = now_s
        self.items = items
        self.done = done
        self.error: BaseException | None = None
        self._texts = texts
        self.commands: list[Command] = []
        self.times_s = Times(time.perf_counter())
        self._live: list[Item] = []
        self._journal: list[tuple[Item, EventRow]] = []
        self._created: dict[int, OrderTexts] = {}
        self.order_rows: list[tuple[Any, ...]] = []
        self._account_rows: list[tuple[int, ...]] = []
        self._enrolment_rows: list[tuple[Any, ...]] = []
        self.assessment_rows: list[tuple[Any, ...]] = []

    @property
    def locks(self) -> set[object]:
        """What no other work may touch until the batch has ended."""
        return {lock for item in self.items for lock in item.work.all_locks}

    # The first half.

    def apply(self, reads: Reads, ledger: Ledger) -> None:
        """Takes the works as far as the core does; what it changed waits in the ledger to be handed over or undone."""
        live = self._drop_expired(self.items)
        live = self._live = self._find_replays(reads, live)
        self._found = found = self._load(reads, ledger, live)
        commands = self.commands
        for item in live:
            if item.replay is None and item.answer is None:
                try:
                    wanted = item.work.commands(found)
                except Refusal as refusal:
                    item.answer = refusal
                    continue
                item.command_count = len(wanted)
                commands += wanted
        results = ledger.apply(self.number, commands)
        at = 0
        for item in live:
            item.results = results[at : at + item.command_count]
            at += item.command_count
            if item.work.new_order is not None:
                for result in item.results:
                    if result.event:
                        self._created[result.order_id] = item.work.new_order
        self._texts.update(self._created)
        self.order_rows, self._account_rows = ledger.order_rows(), ledger.account_rows()
        self._enrolment_rows, self.assessment_rows = ledger.enrolment_rows(), ledger.assessment_rows()
        self.times_s.applied = time.perf_counter()

    def _drop_expired(self, items: list[Item]) -> list[Item]:
        live = []
        for item in items:
            if item.work.deadline is not None and item.work.deadline <= self.now_s:
                item.answer = Refusal(Reason.EXPIRED_IN_QUEUE)
            else:
                live.append(item)
        return live

    def _find_replays(self, reads: Reads, items: list[Item]) -> list[Item]:
        """Marks requests that were answered before; refuses those that reuse an id for something else."""
        keyed = {item.work.key.request_key: item for item in items if item.work.key is not None}
        for request_key, event in reads.answers(keyed).items():
            item = keyed[request_key]
            assert item.work.key is not None
            if item.work.key.fields == event.request_fields:
                item.replay = event
            else:
                field = item.work.key.first_difference(event.request_fields)
                item.answer = Refusal(Reason.REQUEST_ID_CONFLICT, field=field)
        return [item for item in items if item.answer is None]

    def _load(self, reads: Reads, ledger: Ledger, items: list[Item]) -> Found:
        """Brings everything the works need into memory: each table in one query."""
        needs = Needs()
        for item in items:
            if item.replay is None:
                item.work.prepare(reads, needs, self.now_ms)
            elif item.replay.order_id:
                needs.orders.add(item.replay.order_id)
        found = Found(
            self.now_ms,
            reads,
            ledger,
            self._texts,
            reads.order_ids_by_code(needs.order_codes),
            reads.order_ids_by_no(needs.order_nos),
            reads.order_ids_by_channel_no(needs.channel_order_nos),
            {},
            reads.family_links(needs.family_links),
            reads.pay_codes(needs.pay_codes),
            reads.receipts(needs.receipts),
            reads.refunds(needs.refunds),
            reads.catalogue(needs.items),
        )
        needs.bindings |= {row.binding_id for row in found.pay_codes.values()}
        found.bindings.update(reads.bindings(needs.bindings))
        for item in items:
            if item.replay is None:
                item.work.resolve(found, needs)
        missing = {order_id for order_id in needs.orders if order_id not in self._texts}
        missing.update(ledger.missing_orders(needs.orders))
        for order, texts in reads.orders(missing):
            ledger.put_order(order)
            self._texts[order.order_id] = texts
        for order_id in needs.orders:
            known = ledger.order(order_id)
            if known is not None and known.person_id:
                needs.persons.add(known.person_id)
                if known.family_person_id:  # whose money may come back
                    needs.persons.add(known.family_person_id)
        absent = ledger.missing_persons(needs.persons)
        if absent:
            for row in reads.accounts(absent):
                ledger.put_account(row)
            for row in reads.enrolments(absent):
                ledger.put_enrolment(row)
            put_visits(ledger, reads, absent, self.now_ms)
        return found

    # The second half.

    def write(self, store: Store, seq: int) -> int:
        """Writes and commits it; gives the number of the journal's last event, of which `seq` was the one before.

        Raises:
            StoreFull: nothing of the batch was kept.
            StoreBroken: whether it was kept is unknown.
        """
        self.times_s.writing = time.perf_counter()
        self._found.store = store  # from here on the batch reads what it writes
        desk = Desk(store, self._found, self.number, set())
        store.begin()
        seq = self._number_events(seq)
        created = self._created
        store.insert_orders([(row, created[row[0]]) for row in self.order_rows if row[0] in created])
        live = [item for item in self._live if item.replay is None and item.answer is None]
        seq = self._finish(desk, seq, [item for item in live if item.work.may_overlap])
        self._write_core(store, desk)
        # A closing adds up last: the core has stamped this batch's refunds with the window, and their rows come here.
        rest = sorted((item for item in live if not item.work.may_overlap), key=lambda item: item.work.ends_its_time)
        seq = self._finish(desk, seq, rest)
        self._write_texts(store, desk)
        store.insert_events(self._events())
        for item in self._live:
            if item.answer is None:
                item.answer = self._outcome(item, desk)
        if store.dirty:
            self.times_s.committing = time.perf_counter()
            store.commit()
        else:
            store.rollback()
        self.times_s.written = time.perf_counter()
        return seq

    def _number_events(self, seq: int) -> int:
        """Makes the journal's events of what the core has done, numbered from after `seq`; gives the last number."""
        for item in self._live:
            for result in item.results:
                if result.facts is None or not result.event:
                    continue
                seq += 1
                item.event = EventRow(
                    seq,
                    self.number,
                    self.now_ms,
                    result.event,
                    item.work.method,
                    item.work.party_key,
                    result.order_id,
                    result.person_id,
                    result.channel_id,
                    result.institution_id,
                    result.window,
                    result.reason,
                    result.facts,
                )
                self._journal.append((item, item.event))
        return seq

    def _finish(self, desk: Desk, seq: int, items: list[Item]) -> int:
        """Lets works write their own part, and makes the events of those that are not about one order."""
        for item in items:
            work = item.work
            refusal = next((result.reason for result in item.results if result.reason and not result.event), 0)
            if refusal and not work.takes_refusals:
                item.answer = work.refused(refusal, desk.found)
                continue
            try:
                if item.command_count:
                    facts = work.finish(desk, item.results)
                else:
                    with desk.store.savepoint():
                        facts = work.finish(desk, item.results)
            except Refusal as error:
                assert not item.command_count, "what the core has applied cannot be refused any more"
                item.answer = error
                continue
            if work.key is None or facts is None:
                item.found_facts = facts
                continue
            seq += 1
            item.event = EventRow(
                seq, desk.batch, self.now_ms, EVENT_DESK, work.method, work.party_key, 0, 0, 0, 0, 0, 0, facts
            )
            self._journal.append((item, item.event))
        return seq

    def _write_core(self, store: Store, desk: Desk) -> None:
        """Writes the orders and accounts that the core changed."""
        changed = [row for row in self.order_rows if row[0] not in self._created]
        store.update_orders([(row, self._texts[row[0]]) for row in changed])
        desk.retold.difference_update([row[0] for row in changed])
        store.write_accounts(self._account_rows)
        store.write_enrolments(self._enrolment_rows)
        store.insert_assessments(self.assessment_rows)

    def _write_texts(self, store: Store, desk: Desk) -> None:
        """Writes the texts that were not written with their order."""
        for order_id in desk.retold:
            store.set_order_texts(order_id, self._texts[order_id])

    def _events(self) -> list[EventRow]:
        """The batch's events in the order of their numbers, the last of each request with the request's key."""
        rows = []
        for item, event in self._journal:
            key = item.work.key
            if key is not None and event is item.event and item.answer is None and item.work.keeps_request:
                event = event._replace(request_key=key.request_key, request_fields=key.fields)
            rows.append(event)
        return rows

    def _outcome(self, item: Item, desk: Desk) -> Outcome:
        """The answer of a work: of the event it made or, on replay, made; of what it only looked at."""
        event = item.replay or item.event
        if event is not None:
            facts, reason, kind, order_id = event.facts, event.reason, event.kind, event.order_id
        else:
            last = item.results[-1] if item.results else None
            facts, reason, kind = item.found_facts or (last and last.facts) or b"", 0, 0
            order_id = last.order_id if last else 0
        extra = item.work.extra(desk, facts)
        return Outcome(facts, reason, kind, self._texts.get(order_id), extra, item.replay is not None)


def put_visits(ledger: Ledger, reads: Reads, person_ids: Iterable[int], now_ms: int) -> None:
    """Brings what risk remembers of persons into memory, whose accounts were put before."""
    if ledger.assessor is not None:
        for facts in reads.person_visits(person_ids, now_ms - PERSON_KEEP_MS):
            ledger.assessor.histories.put_person_order(Order.unpack(facts))
