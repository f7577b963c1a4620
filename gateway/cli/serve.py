"""`medsettle serve`: runs a gateway until it is told to stop."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.cli.stopping import Stopper
    from gateway.config import Config

EXIT_CANNOT_START = 1


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb."""
    parser = subparsers.add_parser(
        "serve",
        help="run a gateway",
        description="Runs a gateway until SIGTERM or SIGINT; then running calls are finished and the store is closed.",
    )
    parser.add_argument(
        "--listen", metavar="HOST:PORT", help="address to listen on (default 127.0.0.1:50051; port 0: any)"
    )
    parser.add_argument(
        "--store", metavar="STORE", help="sqlite:PATH (durable) or memory: (default sqlite:medsettle.db)"
    )
    parser.add_argument(
        "--front",
        metavar="FRONT",
        help="auto, grpcio or native (default auto: native on a loopback address where pygrpc-native is installed)",
    )
    parser.add_argument(
        "--max-calls", metavar="N", type=int, help="calls in hand; the least urgent are refused first (default 4096)"
    )
    parser.add_argument("--max-streams", metavar="N", type=int, help="WatchOrders streams at a time (default 1024)")
    parser.add_argument("--max-party-streams", metavar="N", type=int, help="of one party (default 64)")
    parser.add_argument(
        "--metrics", metavar="HOST:PORT", help="serve Prometheus metrics there over HTTP, for example 127.0.0.1:9464"
    )
    parser.add_argument("--risk", metavar="MODE", help="on or off: whether payments are scored (default on)")
    parser.add_argument("--log-level", metavar="LEVEL", help="debug, info, warning or error (default info)")
    parser.add_argument("--log-format", metavar="FORM", help="json or console, on standard error (default json)")
    parser.add_argument(
        "--drain-seconds",
        metavar="S",
        type=float,
        help="how long a stop may take; then the process ends itself with status 75 (default 10)",
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help="TOML file of settings; the command line wins")
    parser.add_argument(
        "--sandbox",
        action="store_true",
        help="bring in sample parties, institutions, persons with known outcomes, and the shipped policies",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Starts the gateway, or says in one line why it cannot."""
    import asyncio
    import os

    # What gRPC's own core would log at start (a port in use) is told in one line below.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")

    import uvloop

    from gateway.cli.stopping import Stopper
    from gateway.config import ConfigError, load_config
    from gateway.fronts.calls import FrontUnavailable, PortInUse
    from gateway.security.secrets import SecretUnusable
    from gateway.seeing.logs import configure, log_of
    from gateway.stores.base import StoreError

    try:
        config = load_config(
            args.config,
            listen=args.listen,
            store=args.store,
            front=args.front,
            calls_max=args.max_calls,
            streams_max=args.max_streams,
            party_streams_max=args.max_party_streams,
            drain_s=args.drain_seconds,
            metrics=args.metrics,
            risk=args.risk,
            log_level=args.log_level,
            log_format=args.log_format,
        )
        configure(config.log_level, config.log_format)
        log = log_of("gateway.serve")
        stopper = Stopper(config.drain_s, lambda why, status: log.error(why, status=status))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(config, stopper, sandbox=args.sandbox))
    except (ConfigError, StoreError, SecretUnusable, FrontUnavailable, PortInUse) as error:
        print(f"medsettle serve: {error}", file=sys.stderr)
        return EXIT_CANNOT_START
    return 0


async def _serve(config: "Config", stopper: "Stopper", *, sandbox: bool) -> None:
    import asyncio
    from importlib.metadata import version

    from gateway.bootstrap import calm_collector, running
    from gateway.sandbox import fill_sandbox
    from gateway.seeing.logs import log_of

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    log = log_of("gateway.serve")
    async with running(config) as gateway:
        log.info("started", version=version("medsettle"), **config.shown())
        if gateway.bureau_token:
            print(f"bureau token: {gateway.bureau_token}", flush=True)
        if sandbox:
            print(await fill_sandbox(gateway), flush=True)
        calm_collector()
        if gateway.metrics is not None:
            print(f"metrics on http://{_host(config.metrics)}:{gateway.metrics.port}/metrics", flush=True)
        stopper.serve(lambda: loop.call_soon_threadsafe(stop.set))
        print(f"listening on {_host(config.listen)}:{gateway.port}", flush=True)
        log.info("ready", port=gateway.port)
        await stop.wait()
        log.info("stopping", in_hand=gateway.limiter.in_hand, streams=gateway.limiter.streams)
        print("stopping: finishing running calls", flush=True)
    log.info("stopped", journal_events=gateway.pipeline.last_seq)
    print("stopped", flush=True)


def _host(address: str) -> str:
    return address.rpartition(":")[0]
