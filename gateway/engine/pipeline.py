"""The pipeline: requests in, one core call and one durable commit a batch, answers out.

    front --submit--> arrivals --> queue --take--> apply (load, core) --> write --> commit (fsync) --> answer all
                                                     n+1 <--- at the same time ---> n

One thread owns the core. It takes what is queued and never waits for a timer; arrivals.py says when works are queued.
When more is queued, the batch is written by a second thread while the first one applies the next batch on its result;
if the first then does not commit, both are undone and what stood on it is applied again. Nothing is answered before its
batch is durable; a batch that did not commit left no trace.
"""

import asyncio
import functools
import itertools
import logging
import queue
from collections.abc import Callable, Sequence

from core.ledger import Ledger
from core.order import Order
from core.risk.visits import SHARED_KEEP_MS
from gateway.clock import Clock
from gateway.engine.arrivals import Arrivals
from gateway.engine.batch import Batch, Item, put_visits
from gateway.engine.meter import Meter
from gateway.engine.threads import Threads
from gateway.engine.work import Outcome, Work
from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.stores.base import OrderTexts, Reader, Store, StoreBroken, StoreFull

log = logging.getLogger(__name__)

_TEXTS_MAX = 200_000
# What a start reads ahead, some tenths of a second of it.
_WARM_ORDERS_MAX = 20_000
_WARM_EVENTS_MAX = 50_000
_WARM_VISITS_MAX = 500_000  # events read for the windows of devices and institutions
_WAKE = Item(Work(0), lambda item: None)  # in the queue: a batch has been written


class Pipeline:
    """Owns the core and the store; see the module's picture.

    Args:
        store: an open store; closed by the caller after `stop`.
        ledger: a core that knows the policies and windows in force.
        clock: where the time of a batch comes from; what it gives never goes back.
        queue_max: works that may wait; more are refused as OVERLOADED.
        batch_max: works in one commit.
        meter: hears what becomes of batches.
        on_broken: called on the pipeline's thread when the disk cannot be trusted any more; must end the process.
        threads: what it runs on.
    """

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        clock: Clock,
        *,
        queue_max: int = 8192,
        batch_max: int = 1024,
        meter: Meter | None = None,
        on_broken: Callable[[str], None],
        threads: Threads | None = None,
    ) -> None:
        last = store.last_batch()
        threads = threads or Threads()
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._queue_max = queue_max
        self._batch_max = batch_max
        self._on_broken = on_broken
        self._meter = meter or Meter()
        self._queue: queue.SimpleQueue[Item | None] = threads.queue()
        self._arrivals: Arrivals | None = None
        self._deferred: list[Item] = []
        self._flying: Batch | None = None
        self._beside: Reader | None = None
        self._to_write: queue.SimpleQueue[Batch | None] = threads.queue()
        self._texts: dict[int, OrderTexts] = {}
        self._seq, self._batch, self._now_ms = last
        self._now_ms += 1  # the last batch may have ended its time, and the machine's clock may have been set back
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads = threads
        self._thread = threads.thread("pipeline", self._run)
        self._writer = threads.thread("pipeline-writer", self._write_behind)
        self._news = asyncio.Event()

    # Called on the event loop.

    def start(self) -> None:
        """Starts the pipeline's threads; answers come back to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._arrivals = Arrivals(self._loop, self._queue, self._batch_max)
        self._warm_up()
        if self._store.reads_beside_writes:
            self._beside = self._store.reader()
            self._writer.start()
        self._thread.start()

    def _warm_up(self) -> None:
        """Brings into memory what the first batches will probably need: open orders, and who came last."""
        orders = self._store.orders(self._store.open_orders(_WARM_ORDERS_MAX))
        for order, texts in orders:
            self._ledger.put_order(order)
            self._texts[order.order_id] = texts
        persons = {order.person_id for order, _ in orders if order.person_id}
        persons.update(order.family_person_id for order, _ in orders if order.family_person_id)
        persons.update(self._store.persons_seen_lately(_WARM_EVENTS_MAX))
        room = self._ledger.accounts.capacity // 2
        known = list(itertools.islice(persons, room))
        for row in self._store.accounts(known):
            self._ledger.put_account(row)
        for row in self._store.enrolments(known):
            self._ledger.put_enrolment(row)
        put_visits(self._ledger, self._store, known, self._now_ms)
        if self._ledger.assessor is not None:
            histories = self._ledger.assessor.histories
            for facts in self._store.visits_since(self._now_ms - SHARED_KEEP_MS, _WARM_VISITS_MAX):
                histories.put_shared_order(Order.unpack(facts))
            histories.begin_at(self._batch)
        self._ledger.rest()

    async def stop(self) -> None:
        """Refuses new works, finishes those that wait, and ends the threads."""
        self._stopping = True
        if self._arrivals is not None:
            self._arrivals.flush()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        if self._beside is not None:
            self._to_write.put(None)
            await asyncio.to_thread(self._writer.join)
            self._beside.close()
            self._beside = None

    async def submit(self, work: Work) -> Outcome:
        """Takes a work through the next batch.

        Raises:
            Refusal: the work was not executed and nothing of it was written.
        """
        assert self._loop is not None and self._arrivals is not None, "the pipeline is not started"
        self._check_open(1)
        future: asyncio.Future[Outcome] = self._loop.create_future()

        def done(item: Item) -> None:
            # A caller that hangs up does not undo what is already on its way to the disk; nobody is told of it then.
            if future.cancelled():
                return
            if isinstance(item.answer, Outcome):
                future.set_result(item.answer)
            else:
                future.set_exception(item.answer or Refusal(Reason.INTERNAL_FAULT))

        self._arrivals.add([Item(work, done)])
        return await future

    async def submit_all(self, works: Sequence[Work]) -> list[Outcome | Refusal]:
        """Takes works through the next batches, and returns when each has its answer, in their order."""
        assert self._loop is not None and self._arrivals is not None, "the pipeline is not started"
        try:
            self._check_open(len(works))
        except Refusal as refusal:
            return [refusal] * len(works)
        if not works:
            return []
        future: asyncio.Future[None] = self._loop.create_future()
        answers: dict[int, Outcome | Refusal] = {}

        def done(index: int, item: Item) -> None:
            answers[index] = item.answer or Refusal(Reason.INTERNAL_FAULT)
            if len(answers) == len(works) and not future.cancelled():
                future.set_result(None)

        self._arrivals.add([Item(work, functools.partial(done, index)) for index, work in enumerate(works)])
        await future
        return [answers[index] for index in range(len(works))]

    def _check_open(self, count: int) -> None:
        if self._stopping:
            raise Refusal(Reason.SHUTTING_DOWN)
        if self.waiting_count + count > self._queue_max:
            raise Refusal(Reason.OVERLOADED)

    @property
    def waiting_count(self) -> int:
        """Works that are in no batch yet."""
        arriving = 0 if self._arrivals is None else len(self._arrivals)
        return arriving + self._queue.qsize() + len(self._deferred)

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

    def _deliver(self, items: list[Item], news: bool, batch: Batch | None = None) -> None:
        assert self._arrivals is not None
        self._arrivals.answered(len(items))
        for item in items:
            item.done(item)
        if news:
            self.wake_watchers()
        if batch is not None:
            self._tell(lambda: self._meter.delivered(batch))

    # Called on the pipeline's thread.

    def _run(self) -> None:
        """Batch after batch. After an error nobody knows what is durable: no one is answered, the process ends."""
        try:
            ended = False
            while not ended or self._deferred or self._flying is not None:
                items, ended_now = self._take(block=not ended or self._flying is not None)
                ended = ended or ended_now
                if self._flying is not None and (self._flying.done.is_set() or not items):
                    self._land()
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
            if first is not _WAKE:
                waiting.append(first)
        taken: set[object] = self._flying.locks if self._flying is not None else set()
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
            if fresh is not _WAKE:
                self._place(fresh, items, taken)
        return items, False

    def _place(self, item: Item, items: list[Item], taken: set[object]) -> None:
        locks = item.work.all_locks
        fits = len(items) < self._batch_max and taken.isdisjoint(locks)
        (items if fits else self._deferred).append(item)
        taken.update(locks)

    def _process(self, items: list[Item]) -> None:
        """One batch, from the core to the disk, or handed to the writing thread half way.

        Raises:
            StoreBroken: a batch may be durable or not; nothing of it has been answered.
        """
        if self._beside is None or self._ledger.must_rest or not all(item.work.may_overlap for item in items):
            self._land()
        if self._flying is None:
            self._rest()
        reads = self._beside if self._beside is not None and self._flying is not None else self._store
        batch = self._new_batch(items)
        try:
            batch.apply(reads, self._ledger)
        except StoreBroken:
            raise
        except Exception as error:
            self._land()
            self._undo(batch, error)
            return
        if not self._land():  # what the batch stood on is gone, and it with that
            self._tell(lambda: self._meter.undone(items, None))
            self._process([item.anew() for item in items])
            return
        self._ledger.hand_over()
        self._flying = batch
        if self._beside is None or self._queue.empty() or not all(item.work.may_overlap for item in items):
            self._write(batch)
            self._land()
        else:
            self._to_write.put(batch)

    def _new_batch(self, items: list[Item]) -> Batch:
        self._now_ms = max(self._now_ms, self._clock.now_ms())
        self._batch += 1  # a batch that fails has used its number up
        now_s = self._clock.monotonic_s()
        return Batch(self._batch, self._now_ms, now_s, items, self._texts, self._threads.event())

    def _land(self) -> bool:
        """Waits for the batch that is on its way; gives whether what was applied on it may stay.

        Raises:
            StoreBroken: it may be durable or not.
        """
        batch, self._flying = self._flying, None
        if batch is None:
            return True
        batch.done.wait()
        if isinstance(batch.error, StoreBroken):
            raise batch.error
        if batch.error is not None:
            self._undo(batch, batch.error)
            return False
        self._ledger.keep()
        self._tell(lambda: self._meter.committed(batch))
        return True

    def _undo(self, batch: Batch, error: BaseException) -> None:
        """Forgets a batch that was not committed, and what stands on it; its works are refused or tried one by one."""
        self._ledger.undo()
        self._texts.clear()
        self._tell(lambda: self._meter.undone(batch.items, error))
        if isinstance(error, StoreFull):
            log.error("batch refused: %s", error)
            self._refuse(batch.items, Reason.STORE_UNAVAILABLE)
        elif len(batch.items) == 1:
            log.error("a work failed", exc_info=error)
            self._refuse(batch.items, Reason.INTERNAL_FAULT)
        else:  # one bad work must not take its neighbours with it
            log.error("a batch of %d failed", len(batch.items), exc_info=error)
            for item in batch.items:
                self._process([item.anew()])
                self._land()

    def _tell(self, hear: Callable[[], None]) -> None:
        try:
            hear()
        except Exception:  # what is durable stays so, whoever cannot count it
            log.exception("the meter failed")

    def _refuse(self, items: list[Item], reason: int) -> None:
        assert self._loop is not None
        for item in items:
            item.answer = Refusal(reason)
        self._loop.call_soon_threadsafe(self._deliver, items, False)

    def _rest(self) -> None:
        """Lets go of what is too much in memory; nothing is on its way now."""
        self._ledger.rest()
        while len(self._texts) > _TEXTS_MAX:
            del self._texts[next(iter(self._texts))]

    # Called on the writing thread, or on the pipeline's while that one is idle.

    def _write_behind(self) -> None:
        while (batch := self._to_write.get()) is not None:
            self._write(batch)
            self._queue.put(_WAKE)

    def _write(self, batch: Batch) -> None:
        """Commits a batch and answers it, or leaves its error in it."""
        assert self._loop is not None
        try:
            seq_before = self._seq
            self._seq = self._committed(batch)
            self._loop.call_soon_threadsafe(self._deliver, batch.items, self._seq > seq_before, batch)
        except BaseException as error:
            batch.error = error
        finally:
            batch.done.set()

    def _committed(self, batch: Batch) -> int:
        try:
            seq = batch.write(self._store, self._seq)
        except StoreBroken:
            raise
        except BaseException:
            try:
                self._store.rollback()
            except BaseException as error:
                log.exception("a batch cannot be rolled back")
                raise StoreBroken("a batch cannot be rolled back") from error
            raise
        self._follow_commit(batch.items)
        return seq

    def _follow_commit(self, items: list[Item]) -> None:
        """Brings memory up to what is durable now. If it cannot follow, the process must start again from the store."""
        try:
            for item in items:
                if item.event is not None and item.replay is None:
                    item.work.committed()
                    if item.work.ends_its_time:  # just after this batch: the next must not share its millisecond
                        self._now_ms += 1
        except Exception as error:
            log.exception("memory cannot follow a commit")
            raise StoreBroken("memory cannot follow a commit") from error
