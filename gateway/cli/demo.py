"""`medsettle demo`: a morning at six cities' clinics, against a gateway in its own process."""

import argparse
import sys
from pathlib import Path

EXIT_DOES_NOT_ADD_UP = 1
_COUNT_MAX = 900_000


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb."""
    parser = subparsers.add_parser(
        "demo",
        help="play a morning at six cities' clinics and add everything up",
        description="Starts a gateway as its own process over a new SQLite file and plays a morning against it over "
        "the socket: patients bind, scan, are quoted and pay; windows are closed and paid out; then the store is "
        "verified. Exit status 0: everything added up; 1: something did not, and what is on standard error.",
    )
    parser.add_argument("--persons", metavar="N", type=_count, default=3_000, help="generated persons (default 3000)")
    parser.add_argument(
        "--payments", metavar="N", type=_count, default=4_000, help="the crowd's payments (default 4000)"
    )
    parser.add_argument("--concurrency", metavar="N", type=_count, default=32, help="patients at a time (default 32)")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="persons and bills come from it (default 1)")
    parser.add_argument("--keep", metavar="DIR", type=Path, help="keep store, log and outbox in this new folder")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Plays the demo, or says in one line what does not add up."""
    import asyncio
    import os

    # grpc warns on every start of another process otherwise; those started here never touch it.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    import uvloop

    from gateway.demo import DemoFault
    from gateway.demo.client import Refused
    from gateway.demo.play import Options, first_fault, play

    options = Options(args.persons, args.payments, args.concurrency, args.seed, args.keep)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(play(options))
    except (DemoFault, Refused, BaseExceptionGroup) as error:
        fault = first_fault(error)
        if not isinstance(fault, DemoFault | Refused):
            raise
        print(f"medsettle demo: {fault}", file=sys.stderr)
        return EXIT_DOES_NOT_ADD_UP
    return 0


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if not 1 <= value <= _COUNT_MAX:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {_COUNT_MAX:,}")
    return value
