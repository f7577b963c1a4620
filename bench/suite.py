"""The benchmarks by their ids, P1 to P12, and how each is measured."""

import dataclasses
import importlib.util
import random
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import grpc

from bench import machine, servers
from bench.ratios import Bench, NotBuiltYet, Pair, Ratio, interleaved
from bench.wire import cpp_echo
from bench.world import REGIONS, load_world
from gateway.config import FRONTS
from gateway.pb.medsettle.v1 import account_service_pb2 as acc
from gateway.pb.medsettle.v1 import account_service_pb2_grpc
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay

_ABSOLUTE_P4 = 60_000.0
_ABSOLUTE_P7 = 500_000.0
_ABSOLUTE_P7_MODEL = 300_000.0
_ROW_BYTES, _LOOKUP_NS = 160.0, 150.0
_RESTART_S = 3.0
_ASK_S = 0.005
_ANSWER_S = 60.0


class Benchmark(NamedTuple):
    """How one row is measured; `pairs` gives a Pair a run."""

    what: str
    unit: str
    pass_mark: float
    better: str
    pairs: Callable[[Bench], Iterable[Pair]]
    note: str = ""


def measure(bench: Bench, name: str) -> Ratio:
    """The row of one benchmark; one that cannot be measured here says why in its note."""
    benchmark = BENCHMARKS[name]
    head = (name, benchmark.what, benchmark.unit)
    try:
        pairs = list(benchmark.pairs(bench))
    except NotBuiltYet as missing:
        note = f"not built yet: {missing}"
        return Ratio(*head, None, None, None, benchmark.pass_mark, benchmark.better, None, None, note)
    ratios = [pair.ours / pair.baseline for pair in pairs]
    ratio = machine.median(ratios)
    passed = ratio >= benchmark.pass_mark if benchmark.better == "higher" else ratio <= benchmark.pass_mark
    return Ratio(
        *head, machine.median([pair.ours for pair in pairs]), machine.median([pair.baseline for pair in pairs]),
        ratio, benchmark.pass_mark, benchmark.better, passed, [min(ratios), max(ratios)], benchmark.note,
        {key: machine.median([pair.detail[key] for pair in pairs]) for key in pairs[0].detail},
    )  # fmt: skip


def need_native() -> None:
    """Raises NotBuiltYet where the native front cannot be served."""
    if "native" not in FRONTS:
        raise NotBuiltYet("serve has no --front native")
    if importlib.util.find_spec("pygrpc_native") is None:
        raise NotBuiltYet("the package pygrpc-native is not installed here")


def _over_the_network(ours: Callable[[], dict[str, Any]], baseline: Callable[[], dict[str, Any]], pairs: int) -> Any:
    for mine, other in interleaved(pairs, ours, baseline):
        yield Pair(
            mine["payments_per_s"],
            other["calls_per_s"],
            {
                "cpu_us_per_payment": mine["cpu_us_per_payment"],
                "baseline_cpu_us_per_call": other["cpu_us_per_payment"],
                "p50_ms": mine["latency_us"]["p50"] / 1_000,
                "p99_ms": mine["latency_us"]["p99"] / 1_000,
                "ran_out": float(mine["ran_out"]),
            },
        )


def _best_front() -> str:
    if "BatchPay" not in pay.DESCRIPTOR.services_by_name["PaymentService"].methods_by_name:
        raise NotBuiltYet("PaymentService has no BatchPay")
    try:
        need_native()
    except NotBuiltYet:
        return "grpcio"
    return "native"


def _p1(bench: Bench) -> Iterator[Pair]:
    yield from _over_the_network(lambda: bench.gateway("grpcio"), bench.echo, bench.sizes.pairs)


def _p2(bench: Bench) -> Iterator[Pair]:
    """Beside each pair the empty C++ echo, where grpc++ is there to build it."""
    need_native()
    for pair in _over_the_network(lambda: bench.gateway("native"), bench.echo, bench.sizes.pairs):
        if not cpp_echo.missing():
            calls_per_s = bench.echo("bench.wire.cpp_echo")["calls_per_s"]
            beside = {"cpp_echo_calls_per_s": calls_per_s, "of_cpp_echo": pair.ours / calls_per_s}
            pair = dataclasses.replace(pair, detail=pair.detail | beside)
        yield pair


def _p3(bench: Bench) -> Iterator[Pair]:
    front = _best_front()
    yield from _over_the_network(lambda: bench.gateway_batched(front), bench.echo, bench.sizes.pairs)


def _p4(bench: Bench) -> Iterator[Pair]:
    front, cores = _best_front(), set(machine.cores())
    for _ in range(bench.sizes.pairs):
        figures = bench.gateway_batched(front, cores)
        yield Pair(figures["payments_per_s"], _ABSOLUTE_P4, {"cpu_us_per_payment": figures["cpu_us_per_payment"]})


def _p5(bench: Bench) -> Iterator[Pair]:
    for _ in range(bench.sizes.pairs):
        figures = bench.micro("split", bench.sizes.splits)
        # As speeds, so that a higher ratio is better like everywhere else.
        yield Pair(1e9 / figures["ours_ns"], 1e9 / figures["twin_ns"], {"ns_per_bill": figures["ours_ns"]})


def _p7(bench: Bench) -> Iterator[Pair]:
    for _ in range(bench.sizes.pairs):
        yield Pair(bench.micro("core", bench.sizes.core)["payments_per_s"], _ABSOLUTE_P7)


def _p6(bench: Bench) -> Iterator[Pair]:
    if importlib.util.find_spec("lightgbm") is None:
        raise NotBuiltYet("the extra `models` is not installed")
    for _ in range(bench.sizes.pairs):
        took = bench.micro("trees", max(3, bench.sizes.core // 200))
        yield Pair(1e6 / took["ours_us"], 1e6 / took["single_us"], took)


def _p7_risk(bench: Bench) -> Iterator[Pair]:
    for _ in range(bench.sizes.pairs):
        model = bench.micro("core_model", bench.sizes.core)["payments_per_s"]
        rules = bench.micro("core_rules", bench.sizes.core)["payments_per_s"]
        yield Pair(model, _ABSOLUTE_P7_MODEL, {"rules_and_card_per_s": rules})


def _p14(bench: Bench) -> Iterator[Pair]:
    prepared, _ = bench.paying()
    count = min(bench.sizes.batched, bench.sizes.payments)
    for mine, other in interleaved(
        bench.sizes.pairs,
        lambda: bench.engine(prepared, "risk", count),
        lambda: bench.engine(prepared, "group", count),
    ):
        yield Pair(mine["payments_per_s"], other["payments_per_s"])


def _p8(bench: Bench) -> Iterator[Pair]:
    prepared, _ = bench.paying()
    sizes = bench.sizes
    for mine, other in interleaved(
        sizes.pairs,
        lambda: bench.engine(prepared, "group", min(sizes.batched, sizes.payments)),
        lambda: bench.engine(prepared, "single", min(sizes.single, sizes.payments)),
    ):
        yield Pair(mine["payments_per_s"], other["payments_per_s"])


def _p9(bench: Bench) -> Iterator[Pair]:
    sizes = bench.sizes
    people = {"persons": sizes.persons, "payments": sizes.batched}
    hot = bench.prepared("hot", **people, regions=1, hospitals=1)
    uniform = bench.prepared("uniform", **people, regions=len(REGIONS), hospitals=50)
    for mine, other in interleaved(
        sizes.pairs,
        lambda: bench.engine(hot, "group", sizes.batched),
        lambda: bench.engine(uniform, "group", sizes.batched),
    ):
        yield Pair(mine["payments_per_s"], other["payments_per_s"])


def _p10(bench: Bench) -> Iterator[Pair]:
    prepared, _ = bench.paying()
    count = min(bench.sizes.single, bench.sizes.payments)
    for mine, other in interleaved(
        bench.sizes.pairs,
        lambda: bench.engine(prepared, "one", count),
        lambda: bench.engine(prepared, "direct", count),
    ):
        yield Pair(mine["p50_us"], other["p50_us"], {"p99_us": mine["p99_us"], "baseline_p99_us": other["p99_us"]})


def _p11(bench: Bench) -> Iterator[Pair]:
    for _ in range(bench.sizes.pairs):
        figures = bench.micro("accounts", bench.sizes.accounts)
        size, lookup_ns = figures["bytes"], figures["lookup_ns"]
        worst = max(size / _ROW_BYTES, lookup_ns / _LOOKUP_NS)
        yield Pair(worst, 1.0, {"bytes_per_account": size, "row_bytes": figures["row_bytes"], "lookup_ns": lookup_ns})


def _p12(bench: Bench) -> Iterator[Pair]:
    prepared = bench.prepared("restart", persons=bench.sizes.restart, payments=0)
    token = load_world(prepared).tokens["bureau"]
    with bench.copy_of(prepared) as folder:
        for _ in range(bench.sizes.pairs):
            began_s = time.perf_counter()
            with servers.serving_gateway(folder, "auto", machine.server_cores()) as server:
                first_s = first_answer_s(server.address, token, random.randrange(bench.sizes.restart), began_s)
            yield Pair(first_s, _RESTART_S, {"listening_s": server.started_s})


def first_answer_s(address: str, token: str, person: int, began_s: float) -> float:
    """Seconds from `began_s` until the account of a person was read out of the store."""
    number = acc.PersonNumber(region_code=REGIONS[person % len(REGIONS)], person_no=f"B{person:08d}")
    until_s = time.perf_counter() + _ANSWER_S
    while time.perf_counter() < until_s:
        # A channel of its own for each try: one that was refused would wait before it tries again.
        with grpc.insecure_channel(address, options=(("grpc.use_local_subchannel_pool", 1),)) as channel:
            try:
                account_service_pb2_grpc.AccountServiceStub(channel).GetAccount(
                    acc.GetAccountRequest(person_number=number),
                    metadata=(("authorization", f"Bearer {token}"),), timeout=_ANSWER_S,
                )  # fmt: skip
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE:
                    raise servers.Failed(f"the first answer was {error.code().name}") from None
            else:
                return time.perf_counter() - began_s
        time.sleep(_ASK_S)
    raise servers.Failed("no answer came after the start")


_CALLS = "payments/s : calls/s"
BENCHMARKS = {
    "P1": Benchmark("durable unary Pay on grpcio : empty grpc.aio echo", _CALLS, 0.60, "higher", _p1),
    "P2": Benchmark(
        "durable unary Pay on the native front : empty grpc.aio echo", _CALLS, 4.0, "higher", _p2,
        f"the empty C++ echo {why}" if (why := cpp_echo.missing()) else "",
    ),
    "P3": Benchmark("durable BatchPay : empty grpc.aio echo", _CALLS, 10.0, "higher", _p3),
    "P4": Benchmark(
        "durable BatchPay, two cores : 60 thousand/s", "payments/s", 1.0, "higher", _p4,
        "the load generator shares the two cores",
    ),
    "P5": Benchmark(
        "compiled split : exact-rational twin, ten lines", "bills/s", 1_000.0, "higher", _p5,
        "a thousand bills a call, natures included; the twin's time is that of its own Python",
    ),
    "P6": Benchmark(
        "risk score of a batch : LightGBM's single-row predict", "rows/s", 50.0, "higher", _p6,
        "100 trees, 31 leaves, 40 features; the margins are LightGBM's to the bit",
    ),
    "P7": Benchmark(
        "core alone (split, hold, post), no I/O : 500 thousand/s", "payments/s", 1.0, "higher", _p7,
        "without risk",
    ),
    "P7R": Benchmark(
        "core with risk (rules, card, 100 trees), no I/O : 300 thousand/s", "payments/s", 1.0, "higher", _p7_risk,
        "all at one institution",
    ),
    "P8": Benchmark("group commit : commit per payment, SQLite FULL", "payments/s", 20.0, "higher", _p8),
    "P9": Benchmark("one hospital, one fund : uniform", "payments/s", 0.95, "higher", _p9),
    "P10": Benchmark("one call in flight: pipeline : no queue, no thread", "us (median)", 1.05, "lower", _p10),
    "P11": Benchmark(
        "account cache: worse of bytes : 160 and lookup : 150 ns", "share of the goal", 1.0, "lower", _p11,
        "a lookup finds and pins the row of one person of a batch",
    ),
    "P14": Benchmark(
        "durable batches with risk (rules, card, 100 trees) : without", "payments/s", 0.95, "higher", _p14,
    ),
    "P12": Benchmark("restart with a million accounts, to the first answer : 3 s", "s", 1.0, "lower", _p12),
}  # fmt: skip
