"""Bugs to plant in the pipeline, to prove that the simulator finds them: each a way in which a gateway loses money."""

from collections.abc import Sequence
from typing import Any

from core.ledger import Ledger
from gateway.engine.batch import Batch, Item
from gateway.engine.work import Outcome, Work
from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.stores.base import Store, StoreBroken, StoreFull
from tests.sim.process import CountedPipeline


class AcknowledgesBeforeCommit(CountedPipeline):
    """Every answer leaves before its commit has returned."""

    def _committed(self, batch: Batch) -> int:
        commit = self._store.commit

        def early() -> None:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._deliver, batch.items, False)
            commit()

        self._store.commit = early  # type: ignore[method-assign]
        try:
            return super()._committed(batch)
        finally:
            del self._store.commit

    def _deliver(self, items: list[Item], news: bool) -> None:
        super()._deliver([item for item in items if id(item) not in self._told], news)
        self._told |= {id(item): item for item in items}

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._told: dict[int, Item] = {}


class KeepsWhatStoodOnIt(CountedPipeline):
    """Batch n + 1 is kept although batch n did not commit."""

    def _land(self) -> bool:
        batch = self._flying
        if batch is not None:
            batch.done.wait()
            if isinstance(batch.error, StoreFull):
                self._flying = None
                self._refuse(batch.items, Reason.STORE_UNAVAILABLE)
                self._ledger.keep()
                return True
        return super()._land()


class KeepsTheCache(CountedPipeline):
    """Orders and accounts stay in memory as a batch left them that did not commit."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._ledger = _LedgerWithoutUndo(self._ledger)  # type: ignore[assignment]


class _LedgerWithoutUndo:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def undo(self) -> None:
        self._ledger.keep()
        self._ledger.hand_over()
        self._ledger.keep()


class KeepsTheTexts(CountedPipeline):
    """The texts of orders stay in memory although their batch did not commit."""

    def _undo(self, batch: Batch, error: BaseException) -> None:
        kept = dict(self._texts)
        super()._undo(batch, error)
        self._texts.update(kept)


class ForgetsRequestIds(CountedPipeline):
    """A batch does not remember which requests it answered."""

    def _new_batch(self, items: list[Item]) -> Batch:
        batch = super()._new_batch(items)
        events = batch._events
        batch._events = lambda: [event._replace(request_key=b"") for event in events()]  # type: ignore[method-assign]
        return batch


class GoesOnAfterAFailedFsync(CountedPipeline):
    """A failed fsync is tried again, and the second try is believed."""

    def _committed(self, batch: Batch) -> int:
        commit = self._store.commit

        def again() -> None:
            try:
                commit()
            except StoreBroken as error:
                if "FSYNC" not in str(error):
                    raise

        self._store.commit = again  # type: ignore[method-assign]
        try:
            return super()._committed(batch)
        finally:
            del self._store.commit


class IgnoresLocksOnTheWay(CountedPipeline):
    """A work that shares a lock with a batch that is being written does not wait for it."""

    def _take(self, *, block: bool) -> tuple[list[Item], bool]:
        flying, self._flying = self._flying, None
        try:
            return super()._take(block=block)
        finally:
            self._flying = flying


class OverlapsClosings(CountedPipeline):
    """Works that read what others write are applied beside them all the same."""

    def _place(self, item: Item, items: list[Item], taken: set[object]) -> None:
        item.work.may_overlap = True
        super()._place(item, items, taken)


class DoesNotFollowCommits(CountedPipeline):
    """Memory that is not the core's stays behind a commit."""

    def _follow_commit(self, items: list[Item]) -> None:
        pass


class BeginsAtTheOldTime(CountedPipeline):
    """After a restart the time is that of the last batch, and not past it."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._now_ms -= 1


class IgnoresDeadlines(CountedPipeline):
    """What has waited too long is executed, and its caller told that it was not."""

    def _new_batch(self, items: list[Item]) -> Batch:
        batch = super()._new_batch(items)
        now_s, batch.now_s = batch.now_s, 0.0
        write = batch.write

        def written(store: Store, seq: int) -> int:
            seq = write(store, seq)
            for item in items:
                if item.work.deadline is not None and item.work.deadline <= now_s:
                    item.answer = Refusal(Reason.EXPIRED_IN_QUEUE)
            return seq

        batch.write = written  # type: ignore[method-assign]
        return batch


class MixesUpManyPayments(CountedPipeline):
    """The payments of a BatchPay hear each other's answers."""

    async def submit_all(self, works: Sequence[Work]) -> list[Outcome | Refusal]:
        return (await super().submit_all(works))[::-1]


class ForgetsOneWhenApplyingAgain(CountedPipeline):
    """Of a batch that stood on one that failed, the last work is never tried again."""

    def _process(self, items: list[Item]) -> None:
        number = self._batch
        super()._process(items[:-1] if number == self._failed_at and len(items) > 1 else items)

    def _undo(self, batch: Batch, error: BaseException) -> None:
        self._failed_at = self._batch
        super()._undo(batch, error)

    _failed_at = -1


BUGS: dict[str, type[CountedPipeline]] = {
    "acknowledges-before-commit": AcknowledgesBeforeCommit,
    "keeps-what-stood-on-it": KeepsWhatStoodOnIt,
    "keeps-the-cache": KeepsTheCache,
    "keeps-the-texts": KeepsTheTexts,
    "forgets-request-ids": ForgetsRequestIds,
    "goes-on-after-a-failed-fsync": GoesOnAfterAFailedFsync,
    "ignores-locks-on-the-way": IgnoresLocksOnTheWay,
    "overlaps-closings": OverlapsClosings,
    "does-not-follow-commits": DoesNotFollowCommits,
    "begins-at-the-old-time": BeginsAtTheOldTime,
    "ignores-deadlines": IgnoresDeadlines,
    "mixes-up-many-payments": MixesUpManyPayments,
    "forgets-one-when-applying-again": ForgetsOneWhenApplyingAgain,
}
