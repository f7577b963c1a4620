"""What the fronts carry with nothing behind them, asked by h2load: the ceilings under which a gateway works.

    python -m bench.studies.ceilings

h2load (Debian package nghttp2-client) costs a fraction of any gRPC client and sends one gRPC-framed body again and
again, so that what is measured is the server. Each server is alone on the first core.
"""

import argparse
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import machine, servers
from bench.wire import cpp_echo

_BODY_SIZE = 80  # as a Pay has it
_SERVERS = {"grpc.aio, empty handler": "bench.wire.echo", "pygrpc-native, empty batches": "bench.wire.native_echo"}
if not cpp_echo.missing():
    _SERVERS["grpc++, empty callback"] = "bench.wire.cpp_echo"
_RATE = re.compile(r"finished in [\d.]+m?s, ([\d.]+) req/s")
_DONE = re.compile(r"(\d+) succeeded, (\d+) failed, (\d+) errored")


def ask(address: str, folder: Path, *, seconds: int, connections: int, streams: int) -> float:
    """Calls a second that h2load gets through.

    Raises:
        servers.Failed: h2load failed, or not every call was answered.
    """
    body = folder / "body"
    body.write_bytes(
        b"\x00" + struct.pack(">I", _BODY_SIZE) + b"\x0a" + bytes([_BODY_SIZE - 2]) + b"x" * (_BODY_SIZE - 2)
    )
    command = ["h2load", "-c", str(connections), "-m", str(streams), "-D", str(seconds), "--warm-up-time", "1"]
    command += ["-d", str(body), "-H", "content-type: application/grpc", "-H", "te: trailers"]
    command.append(f"http://{address}/medsettle.v1.PaymentService/Pay")
    pinned = ["taskset", "-c", ",".join(map(str, sorted(machine.generator_cores())))]
    done = subprocess.run([*pinned, *command], capture_output=True, text=True, check=False)
    rate, ended = _RATE.search(done.stdout), _DONE.search(done.stdout)
    if done.returncode or rate is None or ended is None or ended[1] == "0" or (ended[2], ended[3]) != ("0", "0"):
        raise servers.Failed(f"h2load: {(done.stdout + done.stderr).strip().splitlines()[-6:]}")
    return float(rate[1])


def measure(seconds: int, rounds: int) -> dict[str, dict[str, float]]:
    """Medians by server: calls a second, and microseconds of the server's processor time a call."""
    with tempfile.TemporaryDirectory(prefix="medsettle-ceilings-") as folder:
        figures: dict[str, dict[str, float]] = {}
        for name, module in _SERVERS.items():
            rates, costs = [], []
            for _ in range(rounds):
                with servers.serving(module, [], machine.server_cores(), Path(folder) / "server.log") as server:
                    before_s = machine.cpu_s(server.pid)
                    rate = ask(server.address, Path(folder), seconds=seconds, connections=4, streams=32)
                    # The warm-up's second is in the time, and about as busy as the others.
                    costs.append((machine.cpu_s(server.pid) - before_s) * 1e6 / (rate * (seconds + 1)))
                    rates.append(rate)
            figures[name] = {
                "calls_per_s": round(machine.median(rates)),
                "cpu_us_per_call": round(machine.median(costs), 1),
            }
    return figures


def main(argv: list[str] | None = None) -> int:
    """Measures; prints the figures as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.studies.ceilings", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seconds", type=int, default=4, metavar="S", help="of each round, after one of warm-up")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    args = parser.parse_args(argv)
    if shutil.which("h2load") is None:
        print("ceilings need h2load: on Debian, apt-get install nghttp2-client", file=sys.stderr)
        return 1
    print(json.dumps(measure(args.seconds, args.rounds), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
