"""The composition root: the one place that knows every concrete class.

Gateway.start    store -> policies, parties, windows -> core -> pipeline -> servicers -> front, in this order
Gateway.stop     front -> upkeep -> pipeline -> store, the other way round
"""

import asyncio
import contextlib
import gc
import importlib.util
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import orjson

from core.ledger import Ledger
from core.policy import RuleBook
from gateway.catalogue.cache import Catalogue
from gateway.clock import Clock, SystemClock
from gateway.config import Config
from gateway.directory import Directory
from gateway.engine.meter import Meter
from gateway.engine.pipeline import Pipeline
from gateway.errors import Refusal
from gateway.fronts.calls import Front, FrontUnavailable, PartyOfToken, PortInUse
from gateway.fronts.grpcio_front import GrpcioFront
from gateway.ids import IdMaker
from gateway.limits.limiter import Limiter
from gateway.limits.priorities import Priority
from gateway.replay.proof import Replays
from gateway.risk.backtest import Backtests
from gateway.risk.book import RiskBook
from gateway.risk.lists import PAGE as LISTS_PAGE
from gateway.risk.lists import RiskLists
from gateway.risk.servicer import RiskServicer
from gateway.security.secrets import Secrets
from gateway.seeing.calls import Calls
from gateway.seeing.engine_meter import EngineMeter
from gateway.seeing.logs import log_of, say_last, tell_call
from gateway.seeing.metrics import GatewayCollector, MetricsServer
from gateway.servicers.account import AccountServicer
from gateway.servicers.base import Rpc
from gateway.servicers.binding import BindingServicer
from gateway.servicers.operator import OperatorServicer
from gateway.servicers.payment import PaymentServicer
from gateway.servicers.settlement import SettlementServicer
from gateway.stores.base import PartyRow, Store
from gateway.stores.sqlite_store import SqliteStore
from gateway.upstream.messages_simulator import MessagesSimulator
from gateway.works.parties import ensure_bureau
from gateway.works.upkeep import ExpireOrders, ForgetRequests
from gateway.works.watching import Watcher
from gateway.works.windows import Statements

log = log_of(__name__)

_EXPIRY_PERIOD_S = 1.0
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_FORGET_PERIOD_S = 60.0
_SHED_PERIOD_S = 1.0
_FORGET_PAUSE_S = 0.05  # between two pages: 20 thousand a second, more than a peak adds
_CALLS_SHARE = 0.8  # of the time of a stop; the rest is for the last batches and the store
_BROKEN_EXIT_STATUS = 74  # EX_IOERR of sysexits.h


class Gateway:
    """One gateway process: everything between the network and the disk."""

    def __init__(self, config: Config, store: Store, secrets: Secrets, clock: Clock, outbox: Path) -> None:
        self._config = config
        self._store = store
        self.secrets = secrets
        self.clock = clock
        self.outbox = outbox
        self.bureau_token = ensure_bureau(store, secrets, clock, config.bootstrap_token or None)
        self.directory = Directory.load(store)
        ledger = load_ledger(store, config.accounts_max, scores=config.risk == "on")
        self._book, self._lists = load_risk(store, ledger)
        meter = EngineMeter() if config.metrics else Meter()
        self.pipeline = Pipeline(store, ledger, clock, queue_max=config.queue_max, meter=meter, on_broken=_end_process)
        self._watcher = Watcher(store, self.pipeline, self.directory)
        self.catalogue = Catalogue()
        self.rpcs = self._make_rpcs(ledger)
        slow_s, tells_all = config.slow_ms / 1000, config.log_level == "debug"
        seen = {rpc: Calls(rpc, slow_s, tell_call, tells_all=tells_all) for rpc in self.rpcs}
        self.limiter = Limiter(config.calls_max, config.streams_max, config.party_streams_max)
        self._front = make_front(config.front, config.listen, self.rpcs, self._party_of_token, self.limiter, seen)
        self._collector: GatewayCollector | None = None
        if isinstance(meter, EngineMeter):
            build = type(self._front).__name__.removesuffix("Front").lower(), config.store.partition(":")[0]
            self._collector = GatewayCollector(
                list(seen.values()), self.limiter, self.pipeline, meter, ledger.accounts, self.catalogue, build
            )
        self.metrics: MetricsServer | None = None
        self._shed_told = list(self.limiter.shed)
        self._upkeep: list[asyncio.Task[None]] = []
        self.port = 0

    @classmethod
    async def start(cls, config: Config, clock: Clock | None = None) -> "Gateway":
        """Opens the store, starts the pipeline and listens.

        Raises:
            StoreUnusable, SecretUnusable, FrontUnavailable, PortInUse: with one clear line for the operator.
        """
        path = config.store_path
        store = SqliteStore.open(None if path is None else str(path))
        try:
            outbox = Path(config.outbox) if config.outbox else _beside(path, ".outbox.jsonl")
            gateway = cls(config, store, _secrets(config, path), clock or SystemClock(), outbox)
            gateway.pipeline.start()
        except BaseException:
            store.close()
            raise
        try:
            gateway._show_metrics()
            gateway.port = await gateway._front.start(config.listen)
        except BaseException:
            gateway._hide_metrics()
            await gateway.pipeline.stop()
            store.close()
            raise
        gateway._upkeep = [
            asyncio.create_task(gateway._every(_EXPIRY_PERIOD_S, gateway._expire)),
            asyncio.create_task(gateway._every(_FORGET_PERIOD_S, gateway._forget)),
            asyncio.create_task(gateway._every(_SHED_PERIOD_S, gateway._tell_shed)),
        ]
        return gateway

    async def stop(self) -> None:
        """Takes no new calls, finishes the running ones within the drain time, and closes the store."""
        self._watcher.stop()
        await self._front.stop(self._config.drain_s * _CALLS_SHARE)
        for task in self._upkeep:
            task.cancel()
        await asyncio.gather(*self._upkeep, return_exceptions=True)
        await self.pipeline.stop()
        self._store.close()
        await asyncio.to_thread(self._hide_metrics)

    def _show_metrics(self) -> None:
        if self._collector is not None:
            try:
                self.metrics = MetricsServer(self._collector, self._config.metrics)
            except OSError as error:
                raise PortInUse(self._config.metrics) from error

    def _hide_metrics(self) -> None:
        if self.metrics is not None:
            self.metrics.close()
            self.metrics = None

    def _make_rpcs(self, ledger: Ledger) -> list[Rpc]:
        pipeline, secrets, directory, clock = self.pipeline, self.secrets, self.directory, self.clock
        ids = IdMaker(after_ms=self._store.last_batch().at_ms + 1)
        sender = MessagesSimulator(self.outbox)
        statements = Statements(self._store, directory)
        risk_lists = None if ledger.assessor is None else self._lists
        return [
            *BindingServicer(pipeline, secrets, directory, ids, clock, sender, ledger).rpcs(),
            *PaymentServicer(
                pipeline, secrets, directory, ids, clock, self._watcher, self.catalogue, risk_lists
            ).rpcs(),
            *AccountServicer(pipeline).rpcs(),
            *RiskServicer(pipeline, secrets, directory, self._book, self._lists, Backtests(self._store)).rpcs(),
            *SettlementServicer(pipeline, secrets, directory, ids, clock, statements, ledger).rpcs(),
            *OperatorServicer(
                pipeline, secrets, directory, ids, clock, ledger, Replays(self._store), self.catalogue
            ).rpcs(),
        ]

    def _party_of_token(self, token: str) -> PartyRow | None:
        return self.directory.party_of_token(self.secrets.token_hash(token))

    async def _expire(self) -> None:
        work: ExpireOrders | None = ExpireOrders()
        while work is not None:
            await self.pipeline.submit(work)
            work = work.next_page

    async def _forget(self) -> None:
        while True:
            work = ForgetRequests()
            await self.pipeline.submit(work)
            if not work.page_was_full:
                return
            await asyncio.sleep(_FORGET_PAUSE_S)

    async def _tell_shed(self) -> None:
        """One line a second at most: each that is refused costs no line of its own."""
        shed = list(self.limiter.shed)
        if shed != self._shed_told:
            since = {
                priority.name.lower(): shed[priority] - self._shed_told[priority]
                for priority in Priority
                if shed[priority] > self._shed_told[priority]
            }
            log.warning("calls were not let in", **since, in_hand=self.limiter.in_hand, streams=self.limiter.streams)
            self._shed_told = shed

    async def _every(self, period_s: float, job: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(period_s)
            try:
                await job()
            except Refusal as refusal:
                log.warning("upkeep was refused", reason=refusal.reason.name)


@contextlib.asynccontextmanager
async def running(config: Config, clock: Clock | None = None) -> AsyncIterator[Gateway]:
    """A gateway for as long as the body runs."""
    gateway = await Gateway.start(config, clock)
    try:
        yield gateway
    finally:
        await gateway.stop()


def make_front(
    front: str,
    listen: str,
    rpcs: list[Rpc],
    party_of_token: PartyOfToken,
    limiter: Limiter | None = None,
    seen: Mapping[Rpc, Calls] | None = None,
) -> Front:
    """The front of a name of `config.FRONTS`.

    "auto" is the native one when its package is installed and only this machine can reach the address: it takes a
    message of any size into memory before anybody looks at it, so strangers must not reach it.

    Raises:
        FrontUnavailable: "native", and the package is not installed.
    """
    limiter, seen = limiter or Limiter(), seen or {rpc: Calls(rpc) for rpc in rpcs}
    installed = importlib.util.find_spec("pygrpc_native") is not None
    behind_a_proxy = listen.rpartition(":")[0] in _LOOPBACK
    if front == "grpcio" or (front == "auto" and not (installed and behind_a_proxy)):
        return GrpcioFront(rpcs, party_of_token, limiter, seen)
    if not installed:
        raise FrontUnavailable("front native needs the package pygrpc-native: install it, or choose front grpcio")
    from gateway.fronts.native_front import NativeFront

    return NativeFront(rpcs, party_of_token, limiter, seen)


def load_risk(store: Store, ledger: Ledger) -> tuple[RiskBook, RiskLists]:
    """The risk policies that are in force, set in the core, and the lists."""
    book, lists = RiskBook(ledger), RiskLists()
    book.load(store)
    after = (0, 0, 0)
    while page := store.list_entries(after, LISTS_PAGE):
        lists.put(page)
        after = (page[-1].kind, page[-1].value, page[-1].effect)
    return book, lists


def load_ledger(store: Store, accounts_max: int, *, scores: bool = False) -> Ledger:
    """A core that knows the policies in force and the institutions' open windows.

    Args:
        scores: whether it remembers payments and scores them by the risk policies.
    """
    rules = RuleBook()
    ledger = Ledger(rules, accounts_max, scores=scores)
    for policy in store.policies_activated():
        rules.put(orjson.loads(policy.document), policy.file, policy.policy_id)
    for plan in store.plans():
        rules.plans.put(orjson.loads(plan.document), plan.file, plan.plan_key)
    for institution in store.institutions():
        ledger.set_window(institution.institution_key, institution.open_window)
    return ledger


def calm_collector() -> None:
    """Lets Python's cycle collector look seldom: a batch makes ten thousands of objects that end with it, in no cycles.

    For a process that serves. What lives already is not looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _secrets(config: Config, path: Path | None) -> Secrets:
    if config.secret_file:
        return Secrets.from_file(Path(config.secret_file))
    if path is None:
        return Secrets.ephemeral()
    return Secrets.from_file(_beside(path, ".secret"))


def _beside(path: Path | None, suffix: str) -> Path:
    return Path(f"medsettle-{os.getpid()}{suffix}") if path is None else path.with_name(path.name + suffix)


def _end_process(why: str) -> None:
    """Ends the process at once: a retry after a failed sync proves nothing, the next start reads what is there."""
    say_last(
        lambda: log.critical(f"{why}: ended; start again once the disk is sound", status=_BROKEN_EXIT_STATUS),
    )
    os._exit(_BROKEN_EXIT_STATUS)
