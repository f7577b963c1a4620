"""The pipeline: requests in, one core call and one durable commit a batch, answers out.

    front --submit--> queue --take--> idempotency --> load --> core.apply --> write --> commit (fsync) --> answer all

One thread owns the core and the store's writing side. It takes what is queued, never waits for a timer, and wakes the
event loop once a batch. Nothing is answered before the batch is durable; a batch that did not commit left no trace.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.commands import Command, Result
from core.ledger import Ledger
from core.words import EVENT_DESK
from gateway.clock import Clock
from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.stores.base import EventRow, OrderTexts, RequestRow, Store, StoreBroken, StoreFull
from gateway.work import Desk, Found, Needs, Outcome, Work

log = logging.getLogger(__name__)

_TEXTS_MAX = 200_000


@dataclass(slots=True, eq=False)
class Item:
    """A work on its way, and what became of it."""

    work: Work
    future: asyncio.Future[Outcome]
    replay: EventRow | None = None
    command_count: int = 0
    results: list[Result] = field(default_factory=list)
    event: EventRow | None = None
    found_facts: bytes | None = None
    answer: Outcome | Refusal | None = None


class Pipeline:
    """Owns the core and the store; see the module's picture.

    Args:
        store: an open store; closed by the caller after `stop`.
        ledger: a core that knows the policies and windows in force.
        clock: where the time of a batch comes from; what it gives never goes back.
        queue_max: works that may wait; more are refused as OVERLOADED.
        batch_max: works in one commit.
        on_broken: called on the pipeline's thread when the disk cannot be trusted any more; must end the process.
    """

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        clock: Clock,
        *,
        queue_max: int = 8192,
        batch_max: int = 1024,
        on_broken: Callable[[str], None],
    ) -> None:
        last = store.last_batch()
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._queue_max = queue_max
        self._batch_max = batch_max
        self._on_broken = on_broken
        self._queue: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._deferred: list[Item] = []
        self._texts: dict[int, OrderTexts] = {}
        self._seq, self._batch, self._now_ms = last
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)
        self._news = asyncio.Event()

    # Called on the event loop.

    def start(self) -> None:
        """Starts the pipeline's thread; answers come back to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Refuses new works, finishes those that wait, and ends the thread."""
        self._stopping = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    async def submit(self, work: Work) -> Outcome:
        """Takes a work through the next batch.

        Raises:
            Refusal: the work was not executed and nothing of it was written.
        """
        assert self._loop is not None, "the pipeline is not started"
        if self._stopping:
            raise Refusal(Reason.SHUTTING_DOWN)
        if self._queue.qsize() + len(self._deferred) >= self._queue_max:
            raise Refusal(Reason.OVERLOADED)
        future: asyncio.Future[Outcome] = self._loop.create_future()
        self._queue.put(Item(work, future))
        # Shielded: a caller that hangs up does not undo what is already on its way to the disk.
        return await asyncio.shield(future)

    @property
    def last_seq(self) -> int:
        """Number of the newest durable journal event."""
        return self._seq

    async def wait_for_news(self, seq: int, timeout_s: float) -> None:
        """Returns when the journal has gone past a number, or after a time."""
        if self._seq > seq:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            return

    def wake_watchers(self) -> None:
        """Ends every wait for news."""
        self._news.set()
        self._news = asyncio.Event()

    def _deliver(self, items: list[Item], news: bool) -> None:
        for item in items:
            if item.future.done():
                continue
            if isinstance(item.answer, Outcome):
                item.future.set_result(item.answer)
            else:
                item.future.set_exception(item.answer or Refusal(Reason.INTERNAL_FAULT))
                item.future.exception()  # seen here, so that a caller who left makes no noise
        if news:
            self.wake_watchers()

    # Called on the pipeline's thread.

    def _run(self) -> None:
        """Batch after batch. After an error nobody knows what is durable: no one is answered, the process ends."""
        try:
            ended = False
            while not ended or self._deferred:
                items, ended_now = self._take(block=not ended)
                ended = ended or ended_now
                if items:
                    self._process(items)
        except StoreBroken as error:
            self._on_broken(str(error))
        except BaseException as error:
            log.exception("the pipeline failed")
            self._on_broken(f"the pipeline failed ({type(error).__name__})")

    def _take(self, *, block: bool) -> tuple[list[Item], bool]:
        """What is queued, at most a batch of it, without two works that must not share one.

        Those wait for the next batch, in their order, and hold up nobody who has no lock with them.
        """
        waiting, self._deferred = self._deferred, []
        if not waiting and block:
            first = self._queue.get()
            if first is None:
                return [], True
            waiting.append(first)
        taken: set[object] = set()
        items: list[Item] = []
        for item in waiting:
            self._place(item, items, taken)
        for _ in range(self._batch_max - len(items)):
            try:
                fresh = self._queue.get_nowait()
            except queue.Empty:
                break
            if fresh is None:
                return items, True
            self._place(fresh, items, taken)
        return items, False

    def _place(self, item: Item, items: list[Item], taken: set[object]) -> None:
        locks: set[object] = set(item.work.locks)
        if item.work.key is not None:
            locks.add(item.work.key.request_key)
        fits = len(items) < self._batch_max and taken.isdisjoint(locks)
        (items if fits else self._deferred).append(item)
        taken |= locks

    def _process(self, items: list[Item]) -> None:
        """One batch, start to end.

        Raises:
            StoreBroken: the batch may be durable or not; nothing of it has been answered.
        """
        assert self._loop is not None
        seq_before = self._seq
        try:
            self._run_batch(items)
        except StoreBroken:
            raise
        except StoreFull as error:
            log.error("batch refused: %s", error)
            self._give_up(items, Reason.STORE_UNAVAILABLE)
        except Exception:
            log.exception("a batch of %d failed", len(items))
            self._give_up(items, Reason.INTERNAL_FAULT)
            if len(items) > 1:  # one bad work must not take its neighbours with it
                for item in items:
                    self._process([Item(item.work, item.future)])
                return
        self._loop.call_soon_threadsafe(self._deliver, items, self._seq > seq_before)

    def _give_up(self, items: list[Item], reason: int) -> None:
        self._ledger.undo()
        self._texts.clear()
        self._store.rollback()
        for item in items:
            item.answer = Refusal(reason)

    def _run_batch(self, items: list[Item]) -> None:
        self._now_ms = max(self._now_ms, self._clock.now_ms())
        self._batch = batch = self._batch + 1  # a batch that fails has used its number up
        live = self._drop_expired(items)
        self._store.begin()
        live = self._find_replays(live)
        found = self._load(live)
        desk = Desk(self._store, found, batch)
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
        results = self._ledger.apply(batch, commands)
        seq = self._write_core(live, results, batch)
        seq = self._write_desk(live, desk, seq)
        self._write_requests(live)
        for item in live:
            if item.answer is None:
                item.answer = self._outcome(item, desk)
        if self._store.dirty:
            self._store.commit()
        else:
            self._store.rollback()
        self._seq = seq
        self._follow_commit(live)

    def _follow_commit(self, items: list[Item]) -> None:
        """Brings memory up to what is durable now. If it cannot follow, the process must start again from the store."""
        self._ledger.keep()
        try:
            for item in items:
                if item.event is not None and item.replay is None:
                    item.work.committed()
                    # The cut-off is just after this batch: the next one must not share its millisecond.
                    self._now_ms += item.work.ends_its_time
        except Exception as error:
            log.exception("memory cannot follow a commit")
            raise StoreBroken("memory cannot follow a commit") from error
        while len(self._texts) > _TEXTS_MAX:
            del self._texts[next(iter(self._texts))]

    def _drop_expired(self, items: list[Item]) -> list[Item]:
        now = time.monotonic()
        live = []
        for item in items:
            if item.work.deadline is not None and item.work.deadline <= now:
                item.answer = Refusal(Reason.EXPIRED_IN_QUEUE)
            else:
                live.append(item)
        return live

    def _find_replays(self, items: list[Item]) -> list[Item]:
        """Marks requests that were answered before; refuses those that reuse an id for something else."""
        keyed = {item.work.key.request_key: item for item in items if item.work.key is not None}
        known = self._store.requests(keyed)
        if not known:
            return items
        events = self._store.events(row.seq for row in known.values())
        for request_key, row in known.items():
            item = keyed[request_key]
            assert item.work.key is not None
            if item.work.key.fields == row.fields:
                item.replay = events[row.seq]
            else:
                item.answer = Refusal(Reason.REQUEST_ID_CONFLICT, field=item.work.key.first_difference(row.fields))
        return [item for item in items if item.answer is None]

    def _load(self, items: list[Item]) -> Found:
        """Brings everything the works need into memory: each table in one query."""
        store, needs = self._store, Needs()
        for item in items:
            if item.replay is None:
                item.work.prepare(store, needs, self._now_ms)
            elif item.replay.order_id:
                needs.orders.add(item.replay.order_id)
        found = Found(
            self._now_ms,
            store,
            self._ledger,
            self._texts,
            store.order_ids_by_code(needs.order_codes),
            store.order_ids_by_no(needs.order_nos),
            store.order_ids_by_channel_no(needs.channel_order_nos),
            {},
            store.pay_codes(needs.pay_codes),
            store.receipts(needs.receipts),
            store.refunds(needs.refunds),
        )
        needs.bindings |= {row.binding_id for row in found.pay_codes.values()}
        found.bindings.update(store.bindings(needs.bindings))
        for item in items:
            if item.replay is None:
                item.work.resolve(found, needs)
        missing = {order_id for order_id in needs.orders if order_id not in self._texts}
        missing.update(self._ledger.missing_orders(needs.orders))
        for order, texts in store.orders(missing):
            self._ledger.put_order(order)
            self._texts[order.order_id] = texts
        for order_id in needs.orders:
            known = self._ledger.order(order_id)
            if known is not None and known.person_id:
                needs.persons.add(known.person_id)
        for row in store.accounts(self._ledger.missing_persons(needs.persons)):
            self._ledger.put_account(row)
        return found

    def _write_core(self, items: list[Item], results: list[Result], batch: int) -> int:
        """Writes what the core changed, and the journal's events of it; gives the last event's number."""
        created: dict[int, OrderTexts] = {}
        events: list[EventRow] = []
        seq, at = self._seq, 0
        for item in items:
            item.results = results[at : at + item.command_count]
            at += item.command_count
            for result in item.results:
                if result.facts is None or not result.event:
                    continue
                seq += 1
                item.event = EventRow(
                    seq,
                    batch,
                    self._now_ms,
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
                if item.work.new_order is not None:
                    created[result.order_id] = item.work.new_order
        self._texts.update(created)
        rows = self._ledger.order_rows()
        self._store.insert_orders([(row, created[row[0]]) for row in rows if row[0] in created])
        self._store.update_orders([row for row in rows if row[0] not in created])
        self._store.write_accounts(self._ledger.account_rows())
        self._store.insert_events(events)
        return seq

    def _write_desk(self, items: list[Item], desk: Desk, seq: int) -> int:
        """Lets each work write its own part, and journals the works that are not about one order."""
        # A closing adds up last: the core has stamped this batch's refunds with the window, and their rows come here.
        for item in sorted(items, key=lambda item: item.work.ends_its_time):
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
                    with self._store.savepoint():
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
                seq, desk.batch, self._now_ms, EVENT_DESK, work.method, work.party_key, 0, 0, 0, 0, 0, 0, facts
            )
            self._store.insert_events([item.event])
        return seq

    def _write_requests(self, items: list[Item]) -> None:
        self._store.insert_requests(
            RequestRow(item.work.key.request_key, item.event.seq, self._now_ms, item.work.key.fields)
            for item in items
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
