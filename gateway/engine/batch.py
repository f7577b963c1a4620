"""One batch of works, in its two halves: applied by the core, then written to the store.

    Batch.apply    replays found, everything needed loaded, commands made, the core asked once; writes nothing
    Batch.write    what the core changed, each work's own rows, journal, request ids, commit; then every item has its
                   answer

The halves may run on two threads, one after the other: `apply` looks at the core, the texts and a reading side of the
store, `write` at the store's writing side and at what `apply` left in the batch.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from core.commands import Command, Result
from core.ledger import Ledger
from core.words import EVENT_DESK
from gateway.engine.work import Desk, Found, Needs, Outcome, Work
from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.stores.base import EventRow, OrderTexts, Reads, RequestRow, Store


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

    def anew(self) -> "Item":
        """The same work as if nothing had been done about it yet."""
        return Item(self.work, self.done)


class Batch:
    """Works that are committed together.

    Args:
        number: of the batch; grows from one to the next.
        now_ms: its time.
        now_s: the same on the scale of the works' deadlines.
        texts: of the orders in memory; the batch adds those it loads and makes.
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
        self._live: list[Item] = []
        self._created: dict[int, OrderTexts] = {}
        self._order_rows: list[tuple[int, ...]] = []
        self._account_rows: list[tuple[int, ...]] = []

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
        commands: list[Command] = []
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
        self._order_rows, self._account_rows = ledger.order_rows(), ledger.account_rows()

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
        known = reads.requests(keyed)
        if not known:
            return items
        events = reads.events(row.seq for row in known.values())
        for request_key, row in known.items():
            item = keyed[request_key]
            assert item.work.key is not None
            if item.work.key.fields == row.fields:
                item.replay = events[row.seq]
            else:
                item.answer = Refusal(Reason.REQUEST_ID_CONFLICT, field=item.work.key.first_difference(row.fields))
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
            reads.pay_codes(needs.pay_codes),
            reads.receipts(needs.receipts),
            reads.refunds(needs.refunds),
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
        for row in reads.accounts(ledger.missing_persons(needs.persons)):
            ledger.put_account(row)
        return found

    # The second half.

    def write(self, store: Store, seq: int) -> int:
        """Writes and commits it; gives the number of the journal's last event, of which `seq` was the one before.

        Raises:
            StoreFull: nothing of the batch was kept.
            StoreBroken: whether it was kept is unknown.
        """
        self._found.store = store  # from here on the batch reads what it writes
        desk = Desk(store, self._found, self.number)
        store.begin()
        seq = self._write_core(store, seq)
        seq = self._write_desk(store, desk, seq)
        self._write_requests(store)
        for item in self._live:
            if item.answer is None:
                item.answer = self._outcome(item, desk)
        if store.dirty:
            store.commit()
        else:
            store.rollback()
        return seq

    def _write_core(self, store: Store, seq: int) -> int:
        """Writes what the core changed, and the journal's events of it."""
        events: list[EventRow] = []
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
                events.append(item.event)
        created, rows = self._created, self._order_rows
        store.insert_orders([(row, created[row[0]]) for row in rows if row[0] in created])
        store.update_orders([row for row in rows if row[0] not in created])
        store.write_accounts(self._account_rows)
        store.insert_events(events)
        return seq

    def _write_desk(self, store: Store, desk: Desk, seq: int) -> int:
        """Lets each work write its own part, and journals the works that are not about one order."""
        # A closing adds up last: the core has stamped this batch's refunds with the window, and their rows come here.
        for item in sorted(self._live, key=lambda item: item.work.ends_its_time):
            if item.replay is not None or item.answer is not None:
                continue
            work = item.work
            refusal = next((result.reason for result in item.results if result.reason and not result.event), 0)
            if refusal and not work.takes_refusals:
                item.answer = work.refused(refusal, desk.found)
                continue
            try:
                if item.command_count:
                    facts = work.finish(desk, item.results)
                else:
                    with store.savepoint():
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
            store.insert_events([item.event])
        return seq

    def _write_requests(self, store: Store) -> None:
        store.insert_requests(
            RequestRow(item.work.key.request_key, item.event.seq, self.now_ms, item.work.key.fields)
            for item in self._live
            if item.work.key is not None
            and item.event is not None
            and item.replay is None
            and item.answer is None
            and item.work.keeps_request
        )

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
