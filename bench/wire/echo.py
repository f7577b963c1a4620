"""The baseline of the fronts: an empty grpc.aio handler under uvloop, in a process of its own.

It takes the same request bytes as the gateway, under the same rpc names, and answers with an empty message.
"""

import argparse
import asyncio
import signal

import grpc
import uvloop

_SERVICE = "medsettle.v1.PaymentService"


async def _empty(request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
    return b""


async def _serve(listen: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
    handlers = {name: grpc.unary_unary_rpc_method_handler(_empty) for name in ("Pay", "BatchPay")}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
    port = server.add_insecure_port(listen)
    await server.start()
    print(f"listening on {listen.rpartition(':')[0]}:{port}", flush=True)
    await stop.wait()
    await server.stop(1.0)


def main() -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m bench.wire.echo", description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(parser.parse_args().listen))


if __name__ == "__main__":
    main()
