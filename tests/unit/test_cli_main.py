"""The command itself: what it loads before it knows the verb, and how it ends."""

import argparse
import subprocess
import sys
from collections.abc import Callable

import pytest

from gateway.cli import main as cli

SLOW_TO_IMPORT = ("google.protobuf", "grpc", "rich", "uvloop")


def test_parser_loads_nothing_slow() -> None:
    script = (
        "import sys; from gateway.cli.main import build_parser; build_parser();"
        f"print(*(set({SLOW_TO_IMPORT}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def parser_running(run: Callable[[argparse.Namespace], int]) -> Callable[[], argparse.ArgumentParser]:
    """Gives a stand-in for build_parser with the one verb `go`."""

    def build_parser() -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser()
        parser.add_subparsers().add_parser("go").set_defaults(run=run)
        return parser

    return build_parser


def interrupted(_: argparse.Namespace) -> int:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("run", "status"), [(lambda _: 0, 0), (lambda _: 7, 7), (interrupted, 130)])
def test_exit_status(monkeypatch: pytest.MonkeyPatch, run: Callable[[argparse.Namespace], int], status: int) -> None:
    monkeypatch.setattr(cli, "build_parser", parser_running(run))
    assert cli.main(["go"]) == status


def test_no_verb_shows_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli, "build_parser", parser_running(lambda _: 0))
    assert cli.main([]) == 2
    assert "usage:" in capsys.readouterr().err


def test_closed_pipe_ends_quietly() -> None:
    script = (
        "import argparse, sys; from gateway.cli import main\n"
        "def build_parser():\n"
        "    parser = argparse.ArgumentParser()\n"
        "    parser.set_defaults(run=lambda _: print('x' * 1_000_000) or 0)\n"
        "    return parser\n"
        "main.build_parser = build_parser\n"
        "sys.exit(main.main([]))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.wait() == 141
        assert process.stderr.read() == b""
