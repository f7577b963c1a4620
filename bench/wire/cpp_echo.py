"""The empty C++ handler (echo.cc): compiled into build/ where grpc++ is there, then run in this process's place."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

_SOURCE = Path(__file__).with_name("echo.cc")
_PROGRAM = Path(__file__).parents[2] / "build" / "bench" / "cpp_echo"


def missing() -> str:
    """What keeps it from being built here, and what to do; empty for nothing."""
    if _up_to_date():
        return ""
    if shutil.which("c++") is None or shutil.which("pkg-config") is None:
        return "needs a C++ compiler and pkg-config: on Debian, apt-get install g++ pkg-config"
    if subprocess.run(["pkg-config", "--exists", "grpc++"], check=False).returncode:
        return "needs grpc++: on Debian, apt-get install libgrpc++-dev"
    return ""


def build() -> Path:
    """The program, compiled when its source is newer.

    Raises:
        RuntimeError: it cannot be built; the message is the compiler's last words.
    """
    if why := missing():
        raise RuntimeError(f"the C++ echo {why}")
    if not _up_to_date():
        _PROGRAM.parent.mkdir(parents=True, exist_ok=True)
        flags = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "grpc++"], capture_output=True, text=True, check=True
        )
        half_done = _PROGRAM.with_suffix(".new")
        command = ["c++", "-O2", "-std=c++17", str(_SOURCE), "-o", str(half_done), *shlex.split(flags.stdout)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the C++ echo does not compile: {' | '.join(done.stderr.splitlines()[-3:])}")
        half_done.replace(_PROGRAM)
    return _PROGRAM


def _up_to_date() -> bool:
    return _PROGRAM.exists() and _PROGRAM.stat().st_mtime >= _SOURCE.stat().st_mtime


if __name__ == "__main__":
    program = str(build())
    os.execv(program, [program, *sys.argv[1:]])
