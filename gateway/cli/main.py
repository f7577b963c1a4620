"""Reads the command line and hands over to the verb's own module.

A verb's module has `register(subparsers)`, which adds its arguments and sets `run` as the default, and
`run(args) -> int`, which gives the exit status. Every module is imported for every command, so whatever is slow
to import (grpc, protobuf, rich, uvloop) is imported inside `run`: `medsettle split` answers without loading grpc.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

VERBS = ("serve", "demo", "split", "explain", "verify", "policy", "plan", "catalogue", "risk")

EXIT_USAGE = 2
EXIT_INTERRUPTED = 128 + 2  # as a shell reports a program that SIGINT ended
EXIT_PIPE_CLOSED = 128 + 13  # as a shell reports a program that SIGPIPE ended


class VersionAction(argparse.Action):
    """Prints the version and exits; reads the package's metadata only when asked to."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"medsettle {version('medsettle')}")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """Gives the parser of the whole command, with every verb registered."""
    parser = argparse.ArgumentParser(
        prog="medsettle", description="A settlement gateway for medical-insurance mobile payment."
    )
    parser.add_argument("--version", action=VersionAction, nargs=0, help="print the version and exit")
    subparsers = parser.add_subparsers(title="verbs", metavar="VERB")
    for verb in VERBS:
        importlib.import_module(f"gateway.cli.{verb}").register(subparsers)
    return parser


def dispatch(argv: Sequence[str] | None) -> int:
    """Reads the command line and runs the verb; every way out leaves standard output flushed, or raises."""
    try:
        parser = build_parser()
        args = parser.parse_args(argv)
        if not hasattr(args, "run"):
            parser.print_help(sys.stderr)
            return EXIT_USAGE
        status: int = args.run(args)
        return status
    finally:
        sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; gives its exit status: the verb's own, or one of the EXIT_ constants."""
    try:
        return dispatch(argv)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader left (`medsettle split ... | head`). Without this the interpreter's last flush complains as well.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PIPE_CLOSED


if __name__ == "__main__":
    sys.exit(main())
