"""A gateway process of the simulator: the real store, core, pipeline and servicers over a faulty disk.

It is put together as gateway.bootstrap does it, without a front: a call comes in as a message and a caller. It ends by
a stop, or by a death that leaves what the disk had.
"""

import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
from google.protobuf.message import Message

from gateway.bootstrap import load_ledger, load_risk
from gateway.catalogue.cache import Catalogue
from gateway.directory import Directory
from gateway.engine.batch import Batch, Item
from gateway.engine.pipeline import Pipeline
from gateway.errors import Refusal
from gateway.fronts.calls import bytes_of, request_of
from gateway.ids import IdMaker, key_of
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1.payment_service_pb2 import WatchOrdersRequest
from gateway.reasons import Reason
from gateway.replay.proof import Replays
from gateway.risk.book import digest_of
from gateway.security.secrets import Secrets
from gateway.servicers.base import Caller, Rpc
from gateway.servicers.binding import BindingServicer
from gateway.servicers.operator import OperatorServicer
from gateway.servicers.payment import PaymentServicer
from gateway.servicers.settlement import SettlementServicer
from gateway.stores.base import StoreBroken, StoreError
from gateway.stores.risk_rows import RiskActivationRow, RiskPolicyRow
from gateway.works.parties import ensure_bureau
from gateway.works.upkeep import ExpireOrders
from gateway.works.watching import Watcher
from gateway.works.windows import Statements
from tests.sim.clock import VirtualClock, VirtualLoop
from tests.sim.faulty_store import Disk, FaultyStore, Planted, fault_of_statement
from tests.sim.scheduler import Died, Home, Scheduler, SimThreads
from tests.sim.weather import Weather

SECRETS = Secrets(bytes(range(32)))
_CLOSING_FACTOR = 4
_EXPIRY_PERIOD_US = 3_000_000


class Phones:
    """The phones of all patients: the last code that each got."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}

    async def send(self, message_id: str, phone: str, text: str) -> None:
        """Takes a message."""
        self.codes[message_id] = "".join(filter(str.isdigit, text))[:6]


class CountedPipeline(Pipeline):
    """The pipeline, telling which of its ways it goes."""

    tell: Callable[[str], None]
    found: Callable[[str], None]

    def _place(self, item: Item, items: list[Item], taken: set[object]) -> None:
        if not taken.isdisjoint(item.work.all_locks):
            self.tell("work: waited for a lock")
        super()._place(item, items, taken)

    def _process(self, items: list[Item]) -> None:
        if self._ledger.must_rest:
            self.tell("books: must rest")
        self.tell("batch: alone" if len(items) == 1 else "batch: of several works")
        super()._process(items)
        if self._flying is not None and not self._flying.done.is_set():
            self.tell("batch: written behind")

    def _new_batch(self, items: list[Item]) -> Batch:
        if self._flying is not None:
            self.tell("batch: on one that is being written")
        return super()._new_batch(items)

    def _land(self) -> bool:
        another_stands_on_it = self._flying is not None and self._flying.number < self._batch
        has_changed = bool(self._ledger.order_rows() or self._ledger.account_rows())
        kept = super()._land()
        if not kept and another_stands_on_it:
            self.tell("batch: applied again")
            if has_changed:
                self.tell("batch: undone under one that stood on it")
        return kept

    def _undo(self, batch: Batch, error: BaseException) -> None:
        self.tell("batch: failed")
        if isinstance(error, Planted) and len(batch.items) > 1:
            self.tell("batch: works run one by one")
        if not isinstance(error, Planted | StoreError):
            self.found(f"a batch failed by itself: {error!r}")
        super()._undo(batch, error)


class GatewayProcess:
    """One life of the gateway, and the machine that its store runs on."""

    def __init__(
        self,
        scheduler: Scheduler,
        disk: Disk,
        weather: Weather,
        rng: random.Random,
        tell: Callable[[str], None],
        found: Callable[[str], None],
        phones: Phones,
        pipeline_class: type[CountedPipeline] = CountedPipeline,
        clock_offset_ms: int = 0,
    ) -> None:
        self.home = Home("gateway")
        self.disk = disk
        self.tell = tell
        self.is_up = False
        self.has_ended = False
        self.unanswered_count = 0
        self._cannot_roll_back = False
        self._closes_window = False
        self.on_end: Callable[[], None] = lambda: None
        self.calm = False  # no more faults
        self.rests = False  # nothing is done that nobody asks for
        self._scheduler = scheduler
        self._weather = weather
        self._rng = rng
        self._found = found
        self._phones = phones
        self._pipeline_class = pipeline_class
        self.clock = VirtualClock(scheduler, clock_offset_ms)
        scheduler.spawn("boot", self.home, self._boot)

    def _boot(self) -> None:
        self.store = FaultyStore.open(str(self.disk.path))
        self.store.attach(self)
        self._check_what_is_there(self.store.last_batch().seq)
        ensure_bureau(self.store, SECRETS, self.clock)
        self.directory = Directory.load(self.store)
        self.ledger = load_ledger(self.store, self._weather.accounts_max, scores=True)
        ensure_risk(self.store)
        load_risk(self.store, self.ledger)
        self.pipeline = self._pipeline_class(
            self.store,
            self.ledger,
            self.clock,
            queue_max=self._weather.queue_max,
            batch_max=self._weather.batch_max,
            on_broken=self._broken,
            threads=SimThreads(self._scheduler, self.home),
        )
        self.pipeline.tell, self.pipeline.found = self.tell, self._found
        ids = IdMaker(after_ms=self.store.last_batch().at_ms + 1)
        pipeline, directory, clock, ledger = self.pipeline, self.directory, self.clock, self.ledger
        catalogue = self.catalogue = Catalogue()
        watcher, statements = Watcher(self.store, pipeline, directory), Statements(self.store, directory)
        self.rpcs: dict[str, Rpc] = {
            rpc.name: rpc
            for rpc in [
                *BindingServicer(pipeline, SECRETS, directory, ids, clock, self._phones, ledger).rpcs(),
                *PaymentServicer(pipeline, SECRETS, directory, ids, clock, watcher, catalogue).rpcs(),
                *SettlementServicer(pipeline, SECRETS, directory, ids, clock, statements, ledger).rpcs(),
                *OperatorServicer(
                    pipeline, SECRETS, directory, ids, clock, ledger, Replays(self.store), catalogue
                ).rpcs(),
            ]
        }
        self.loop = VirtualLoop(self._scheduler, self.home)
        self.loop.within(pipeline.start)
        self.is_up = True
        self._scheduler.after(_EXPIRY_PERIOD_US, self._upkeep)

    def _check_what_is_there(self, seq: int) -> None:
        """A batch that was in doubt is there whole or not at all, and every batch before it is there."""
        doubt = self.disk.doubt
        if doubt is None:
            return
        if seq not in doubt.seqs:
            self._found(f"after {doubt.how} the journal ends at {seq}, not at one of {doubt.seqs}")
        gone = seq == doubt.seqs[0]
        if doubt.how in ("torn write", "written, not synced") and gone:
            self.tell("torn or unsynced batch: gone")
        if doubt.how == "failed fsync":
            self.tell("failed fsync: batch gone" if gone else "failed fsync: batch there")
        self.disk.doubt = None

    def _upkeep(self) -> None:
        """What bootstrap does every second."""
        if not self.is_up or self.rests:
            return

        async def expire() -> None:
            try:
                await self.pipeline.submit(ExpireOrders())
            except Refusal:
                return

        self.loop.create_task(expire())
        self._scheduler.after(_EXPIRY_PERIOD_US, self._upkeep)

    # Calls.

    def accept(
        self,
        name: str,
        party: str,
        request: bytes,
        deadline_s: float | None,
        answer: Callable[[Message | Refusal], None],
    ) -> Callable[[], None]:
        """Takes a call in; gives what cancels it. `answer` is called unless it is cancelled or the process dies."""

        async def handle() -> None:
            self.unanswered_count += 1
            try:
                answer(await self._handle(name, party, request, deadline_s))
            except Refusal as refusal:
                answer(refusal)
            except (Planted, StoreBroken):
                # A replay reads beside the pipeline, on its call's own account: the front tells the fault.
                answer(Refusal(Reason.INTERNAL_FAULT))
            except Exception as error:
                self._found(f"{name} failed: {error!r}")
                answer(Refusal(Reason.INTERNAL_FAULT))
            finally:
                self.unanswered_count -= 1

        task = self.loop.create_task(handle())

        def cancel() -> None:
            self.loop.call_soon(task.cancel)

        return cancel

    def watch(self, party: str, cursor: str, hear: Callable[[Any], None], ended: Callable[[], None]) -> None:
        """Streams a party's orders from a cursor. `ended` is called unless the process dies."""
        row = self.directory.party(key_of(party))
        assert row is not None
        caller = Caller(row.party_key, row.party_id, row.role, None)

        async def stream() -> None:
            try:
                seen: Any = self.rpcs["WatchOrders"].handler(caller, WatchOrdersRequest(cursor=cursor))
                async for response in seen:
                    hear(response)
            except (Refusal, StoreError, Planted):
                ended()

        self.loop.create_task(stream())

    async def _handle(self, name: str, party: str, request: bytes, deadline_s: float | None) -> Message:
        rpc = self.rpcs[name]
        row = self.directory.party(key_of(party))
        assert row is not None and row.role in rpc.roles, f"{party} may not call {name}"
        caller = Caller(row.party_key, row.party_id, row.role, deadline_s)
        taken: Any = _stream(rpc.request_type.FromString(request)) if rpc.takes_stream else request_of(rpc, request)
        response = await rpc.handler(caller, taken)  # type: ignore[misc]
        return rpc.response_type.FromString(bytes_of(response))

    # Its end.

    def stop(self) -> None:
        """Stops in good order: finishes what waits, refuses what comes."""
        self.tell("stop: in good order")

        async def whole() -> None:
            await self.pipeline.stop()
            self._end()
            self.disk.process_died()
            self._scheduler.kill(self.home)

        self.loop.create_task(whole())

    def die(self, how: str, *, power: bool = False, cut_log_at: int | None = None) -> None:
        """Dies at once."""
        self.tell(f"crash: {how}")
        self._end()
        if power:
            self.disk.power_failed()
        else:
            self.disk.process_died(cut_log_at=cut_log_at)
        self._scheduler.kill(self.home)

    def _broken(self, why: str) -> None:
        """The pipeline wants the process to end."""
        if self.home.dead:
            return
        if why.startswith("the pipeline failed") or "follow" in why:
            self._found(why)
        how = "rollback failed" if "rolled back" in why else "failed fsync" if "FSYNC" in why else "read or write error"
        self.die(how, power=self._rng.random() < 0.5)

    def _end(self) -> None:
        self.is_up = False
        self.has_ended = True
        self.on_end()

    # What the store asks.

    @property
    def last_seq(self) -> int:
        """Number of the newest durable event."""
        return self.pipeline.last_seq if self.is_up else 0

    def step(self, statement: str, on_batch: bool) -> None:
        """Before each statement: others run, and something may go wrong."""
        if self.home.dead:
            raise Died
        self._scheduler.pause()
        if self.calm:
            return
        if not self.is_up:
            if self._strikes(self._weather.crash_rates, "killed while starting"):
                self.die("killed while starting", power=bool(self.between(0, 1)))
            return
        rng, crashes, refusals = self._rng, self._weather.crash_rates, self._weather.refusal_rates
        if self._strikes(crashes, "killed anywhere"):
            self.die("killed anywhere", power=rng.random() < 0.5)
        if statement.startswith(("ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")):
            return
        if self._strikes(crashes, "read or write error"):
            raise fault_of_statement("broken")
        self._closes_window |= statement.startswith("INSERT INTO windows")
        for name in ("full", "defect"):
            if rng.random() < refusals.get(f"statement: {name}", 0.0):
                self.tell(f"statement: {name}")
                raise fault_of_statement(name)

    def commit_fault(self) -> str:
        """What will go wrong with a commit; the empty text for nothing."""
        if self.calm:
            return ""
        closes_window, self._closes_window = self._closes_window, False
        for name in (
            "before the write",
            "torn write",
            "written, not synced",
            "synced, not acknowledged",
            "failed fsync",
        ):
            # What comes just after a closing is the most delicate moment of a store.
            if self._strikes(self._weather.crash_rates, name, _CLOSING_FACTOR if closes_window else 1):
                return name
        if self._rng.random() < self._weather.refusal_rates.get("commit: full", 0.0):
            name = self._rng.choice(("full", "full, database rolled back"))
            self.tell(f"commit: {name}")
            return name
        return ""

    def _strikes(self, rates: dict[str, float], name: str, factor: int = 1) -> bool:
        if self._rng.random() >= factor * rates.get(name, 0.0) or self._weather.crash_max <= 0:
            return False
        self._weather.crash_max -= 1
        return True

    def rollback_fails(self) -> bool:
        """Whether a rollback fails."""
        if not self.calm and self._strikes(self._weather.refusal_rates, "rollback failed"):
            self._cannot_roll_back = True  # and never again
        return self._cannot_roll_back

    def sleep(self, us: int) -> None:
        """Lets time pass."""
        self._scheduler.sleep(us)

    def commit_us(self) -> int:
        """How long a commit takes."""
        if not self.calm and self._rng.random() < self._weather.refusal_rates.get("commit: slow", 0.0):
            self.tell("commit: slow")
            return self._rng.randint(self._weather.commit_us, self._weather.slow_commit_us)
        return self._rng.randint(50, self._weather.commit_us)

    def between(self, low: int, high: int) -> int:
        """A random number, bounds included."""
        return self._rng.randint(low, high)


async def _stream(message: Message) -> AsyncIterator[Message]:
    yield message


def ensure_risk(store: FaultyStore) -> None:
    """A risk policy in force from the first start on, which looks at everything and stops nothing; verify decides each
    of its assessments again."""
    if store.risk_policies():
        return
    document = orjson.dumps(
        {
            "schema": "medsettle.risk/1",
            "name": "simulated",
            "version": "1",
            "rules": [
                {
                    "id": "again",
                    "typology": "simulated",
                    "level": "suspected",
                    "stage": "during",
                    "when": [{"feature": "person_count_24h", "op": ">=", "value": 1}],
                    "at_least": "REVIEW",
                    "points": 100,
                    "zh": "再次支付",
                    "en": "paid again",
                }
            ],
            "scorecard": [
                {"feature": "institution_count_1h", "bins": [{"up_to": 2, "points": 0}, {"up_to": None, "points": 7}]}
            ],
            "decisions": [{"bands": [{"from": 0, "decision": "APPROVE"}]}],
            "limits": {
                "proof_minutes": 1,
                "wait_minutes": 1,
                "unanswered": "APPROVE",
                "second_reviewer_fen": 0,
                "change_permille": 1000,
            },
        }
    )
    store.begin()
    store.insert_risk_policy(RiskPolicyRow(1, digest_of(document), document, 0))
    store.insert_risk_activation(RiskActivationRow(1, enums_pb2.RISK_POLICY_ROLE_LIVE, 1, 0, 0, 0))
    store.commit()
