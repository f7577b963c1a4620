"""What the engine does, counted a batch at a time: stages, sizes, commands, events, money."""

import time
from collections import Counter
from operator import attrgetter, itemgetter

from core.order import ORDER_COLUMNS
from core.risk.assessing import ASSESSMENT_COLUMNS
from core.words import EVENT_ORDER_PAID, EVENT_ORDER_REFUNDED
from gateway.engine.batch import Batch, Item
from gateway.engine.meter import Meter
from gateway.seeing.histogram import SIZE_BOUNDS, STAGE_BOUNDS_S, Histogram
from gateway.stores.base import StoreFull
from gateway.stores.schema import PAYER_COLUMNS

STAGES = ("queue", "apply", "handover", "write", "commit", "answer")
# The payers of a bill, by the order's columns; the two purses of a person's own account are one payer.
PAYERS = {
    "pooled": ("pooled_fen",),
    "major": ("major_fen",),
    "civil_servant": ("civil_servant_fen",),
    "assistance": ("assistance_fen",),
    "other_fund": ("other_fund_fen",),
    "hospital": ("hospital_fen",),
    "account": ("account_current_fen", "account_prior_fen"),
    "family_account": ("family_account_fen",),
    "commercial": ("commercial_fen",),
    "cash": ("cash_fen",),
}
DIRECTIONS: dict[int, str] = {EVENT_ORDER_PAID: "paid", EVENT_ORDER_REFUNDED: "refunded"}
UNDONE = ("store_full", "fault", "stood_on_another")

_COLUMNS = [(payer, column) for payer, columns in PAYERS.items() for column in columns]
_amounts_of = itemgetter(*(ORDER_COLUMNS.index(column) for _, column in _COLUMNS))
_moved_of = itemgetter(*(PAYER_COLUMNS.index(column) for _, column in _COLUMNS))
_DECISION = ASSESSMENT_COLUMNS.index("decision")
_kind_of = attrgetter("kind")


class EngineMeter(Meter):
    """Counts what becomes of batches.

    Attributes:
        stages: seconds by stage. `queue` is the wait of the oldest work of a batch, `handover` that of an applied batch
            for the writing thread, `commit` SQLite's COMMIT (log written and synced, and now and then a checkpoint),
            `answer` from there until every caller has its answer.
        works: works of a batch.
        commands: of the core by kind, replays and refusals included, batches that were undone not.
        events: of the journal by kind.
        money_fen: by direction and payer.
        risk_decisions: by decision.
        undone_batches: by reason.
    """

    def __init__(self) -> None:
        self.stages = {stage: Histogram(STAGE_BOUNDS_S) for stage in STAGES}
        self.works = Histogram(SIZE_BOUNDS)
        self.commands: Counter[int] = Counter()
        self.events: Counter[int] = Counter()
        self.money_fen: Counter[tuple[str, str]] = Counter(
            {(direction, payer): 0 for direction in DIRECTIONS.values() for payer in PAYERS}
        )
        self.risk_decisions: Counter[int] = Counter()
        self.undone_batches: Counter[str] = Counter(dict.fromkeys(UNDONE, 0))

    def committed(self, batch: Batch) -> None:
        """It is durable; its works may have their answers already."""
        stages, times = self.stages, batch.times_s
        stages["queue"].observe(times.taken - batch.items[0].queued_s)
        stages["apply"].observe(times.applied - times.taken)
        stages["handover"].observe(times.writing - times.applied)
        if times.committing:
            stages["write"].observe(times.committing - times.writing)
            stages["commit"].observe(times.written - times.committing)
        self.works.observe(len(batch.items))
        self.commands.update(map(_kind_of, batch.commands))
        moved: dict[int, list[tuple[int, Item]]] = {}
        kinds = []
        for item in batch.items:
            event = item.event
            if event is not None and item.replay is None:
                kinds.append(event.kind)
                if event.kind in DIRECTIONS:
                    moved.setdefault(event.kind, []).append((event.order_id, item))
        self.events.update(kinds)
        if batch.assessment_rows:
            self.risk_decisions.update(row[_DECISION] for row in batch.assessment_rows)
        if moved:
            self._count_money(batch, moved)

    def _count_money(self, batch: Batch, moved: dict[int, list[tuple[int, Item]]]) -> None:
        # What a payment took does not change when it is refunded, so the row as the batch left it tells it.
        rows = {row[0]: _amounts_of(row) for row in batch.order_rows}
        for kind, items in moved.items():
            refunded = kind == EVENT_ORDER_REFUNDED
            amounts = [_moved_of(item.work.moved_fen) if refunded else rows[order_id] for order_id, item in items]
            sums = map(sum, zip(*amounts, strict=True))
            for (payer, _), amount_fen in zip(_COLUMNS, sums, strict=True):
                self.money_fen[DIRECTIONS[kind], payer] += amount_fen

    def undone(self, items: list[Item], error: BaseException | None) -> None:
        """It was forgotten, because of its own error or (None) of that of the batch it stood on."""
        why = "stood_on_another" if error is None else "store_full" if isinstance(error, StoreFull) else "fault"
        self.undone_batches[why] += 1

    def delivered(self, batch: Batch) -> None:
        """Its works have their answers. Called on the event loop."""
        self.stages["answer"].observe(time.perf_counter() - batch.times_s.written)
