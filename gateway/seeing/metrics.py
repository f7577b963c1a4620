"""The gateway's metrics as Prometheus reads them: one table of what there is, filled when somebody asks.

Nothing here is on a call's way. The counts are kept where things happen, in plain numbers; a scrape reads them from
a thread of its own, so that two numbers of one answer may be a moment apart.
"""

from collections.abc import Iterator
from importlib.metadata import version
from typing import NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from core.accounts import AccountCache
from core.commands import CommandKind
from core.risk.policy import Decision
from core.words import EventKind
from gateway.catalogue.cache import Catalogue
from gateway.engine.pipeline import Pipeline
from gateway.limits.limiter import Limiter
from gateway.limits.priorities import Priority
from gateway.seeing.calls import Calls
from gateway.seeing.engine_meter import EngineMeter


class Described(NamedTuple):
    """One metric: its kind, its labels, and what it says."""

    kind: str
    labels: tuple[str, ...]
    help: str


METRICS = {
    "medsettle_build_info": Described("gauge", ("version", "front", "store"), "1, by version, front and kind of store"),
    "medsettle_calls_total": Described(
        "counter", ("rpc", "code", "reason"), "calls that ended, by rpc, status code and ErrorInfo reason"
    ),
    "medsettle_call_duration_seconds": Described(
        "histogram", ("rpc",), "time in the gateway of calls that were let in; of streams, until they end"
    ),
    "medsettle_calls_in_hand": Described("gauge", (), "places taken by calls in hand"),
    "medsettle_calls_max": Described("gauge", (), "places there are"),
    "medsettle_streams_open": Described("gauge", (), "open WatchOrders streams"),
    "medsettle_shed_total": Described("counter", ("class",), "calls and streams that were not let in, by class"),
    "medsettle_stopping": Described("gauge", (), "1 once the gateway takes no new calls"),
    "medsettle_queue_works": Described("gauge", (), "works that wait for a batch"),
    "medsettle_batch_works": Described("histogram", (), "works of a committed batch"),
    "medsettle_stage_duration_seconds": Described(
        "histogram",
        ("stage",),
        "by batch: queue (wait of its oldest work), apply, handover (wait for the writing thread), write, commit "
        "(SQLite's COMMIT: log written, fsync, now and then a checkpoint), answer",
    ),
    "medsettle_batches_undone_total": Described(
        "counter", ("why",), "batches that were applied and forgotten: store_full, fault, stood_on_another"
    ),
    "medsettle_commands_total": Described(
        "counter", ("kind",), "commands that the core was given, in committed batches"
    ),
    "medsettle_events_total": Described("counter", ("kind",), "events that were journalled"),
    "medsettle_journal_events": Described("gauge", (), "number of the newest durable event"),
    "medsettle_money_fen_total": Described(
        "counter", ("direction", "payer"), "money of bills paid and refunded in fen, by who pays"
    ),
    "medsettle_risk_decisions_total": Described("counter", ("decision",), "payments assessed, by what was decided"),
    "medsettle_account_cache_hits_total": Described("counter", (), "accounts that a batch found in memory"),
    "medsettle_account_cache_misses_total": Described(
        "counter", (), "accounts that it had to read, or that are nobody's"
    ),
    "medsettle_account_cache_evictions_total": Described("counter", (), "accounts that made room for another"),
    "medsettle_account_cache_accounts": Described("gauge", (), "accounts in memory"),
    "medsettle_account_cache_accounts_max": Described("gauge", (), "accounts that fit"),
    "medsettle_catalogue_items": Described("gauge", (), "items of catalogues in memory, unlisted ones included"),
}


class GatewayCollector(Collector):
    """Everything of METRICS, for one gateway."""

    def __init__(
        self,
        calls: list[Calls],
        limiter: Limiter,
        pipeline: Pipeline,
        engine: EngineMeter,
        accounts: AccountCache,
        catalogue: Catalogue,
        build: tuple[str, str],
    ) -> None:
        self._calls = calls
        self._limiter = limiter
        self._pipeline = pipeline
        self._engine = engine
        self._accounts = accounts
        self._catalogue = catalogue
        self._build = (version("medsettle"), *build)

    def collect(self) -> Iterator[Metric]:
        """Every metric as it is now."""
        limiter, accounts = self._limiter, self._accounts
        yield _gauge("medsettle_build_info", 1, self._build)
        yield from self._collect_calls()
        yield _gauge("medsettle_calls_in_hand", limiter.in_hand)
        yield _gauge("medsettle_calls_max", limiter.calls_max)
        yield _gauge("medsettle_streams_open", limiter.streams)
        yield _gauge("medsettle_stopping", int(limiter.closed))
        shed = _counter("medsettle_shed_total")
        for priority in Priority:
            shed.add_metric((priority.name.lower(),), limiter.shed[priority])
        yield shed
        yield _gauge("medsettle_queue_works", self._pipeline.waiting_count)
        yield _gauge("medsettle_journal_events", self._pipeline.last_seq)
        yield from self._collect_engine()
        for name, count in (
            ("hits", accounts.hit_count),
            ("misses", accounts.miss_count),
            ("evictions", accounts.eviction_count),
        ):
            counter = _counter(f"medsettle_account_cache_{name}_total")
            counter.add_metric((), count)
            yield counter
        yield _gauge("medsettle_account_cache_accounts", accounts.count)
        yield _gauge("medsettle_account_cache_accounts_max", accounts.capacity)
        yield _gauge("medsettle_catalogue_items", len(self._catalogue))

    def _collect_calls(self) -> Iterator[Metric]:
        ended, seconds = _counter("medsettle_calls_total"), _histogram("medsettle_call_duration_seconds")
        for calls in self._calls:
            for (code, reason), count in calls.ended.copy().items():
                ended.add_metric((calls.name, code, reason), count)
            seconds.add_metric((calls.name,), *calls.seconds.buckets())
        yield ended
        yield seconds

    def _collect_engine(self) -> Iterator[Metric]:
        engine = self._engine
        works, stages = _histogram("medsettle_batch_works"), _histogram("medsettle_stage_duration_seconds")
        works.add_metric((), *engine.works.buckets())
        for stage, histogram in engine.stages.items():
            stages.add_metric((stage,), *histogram.buckets())
        undone, commands = _counter("medsettle_batches_undone_total"), _counter("medsettle_commands_total")
        events, money = _counter("medsettle_events_total"), _counter("medsettle_money_fen_total")
        for why, count in engine.undone_batches.copy().items():
            undone.add_metric((why,), count)
        for kind in CommandKind:
            commands.add_metric((kind.name.lower(),), engine.commands[kind])
        for event in EventKind:
            events.add_metric((event.name.removeprefix("EVENT_").lower(),), engine.events[event])
        for (direction, payer), amount_fen in engine.money_fen.copy().items():
            money.add_metric((direction, payer), amount_fen)
        decisions = _counter("medsettle_risk_decisions_total")
        for decision in Decision:
            name = decision.name.removeprefix("DECISION_").lower()
            decisions.add_metric((name,), engine.risk_decisions[decision])
        yield from (works, stages, undone, commands, events, money, decisions)


class MetricsServer:
    """Gives a collector's metrics, and the process's own, at http://HOST:PORT/metrics, on a thread of its own.

    Args:
        address: HOST:PORT; port 0 takes a free one.

    Attributes:
        port: it listens on.

    Raises:
        OSError: somebody else listens there.
    """

    def __init__(self, collector: Collector, address: str) -> None:
        host, _, port = address.rpartition(":")
        registry = CollectorRegistry()
        registry.register(collector)
        ProcessCollector(registry=registry)
        self._server, self._thread = start_http_server(int(port), host.strip("[]"), registry)
        self.port = int(self._server.server_port)

    def close(self) -> None:
        """Listens no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _gauge(name: str, value: float, labels: tuple[str, ...] = ()) -> Metric:
    gauge = GaugeMetricFamily(name, METRICS[name].help, labels=METRICS[name].labels)
    gauge.add_metric(labels, value)
    return gauge


def _counter(name: str) -> CounterMetricFamily:
    return CounterMetricFamily(name.removesuffix("_total"), METRICS[name].help, labels=METRICS[name].labels)


def _histogram(name: str) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, METRICS[name].help, labels=METRICS[name].labels)
