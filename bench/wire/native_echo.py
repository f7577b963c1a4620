"""The ceiling of the native front: an empty handler on pygrpc-native's batches of raw calls, with no event loop."""

import argparse
import signal
import threading

from pygrpc_native import EVENT_CALL, NativeGrpcFront

_PATH = "/medsettle.v1.PaymentService/Pay"


def main() -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m bench.wire.native_echo", description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT")
    listen = parser.parse_args().listen
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    front = NativeGrpcFront(listen, [(_PATH, False)])
    front.start()

    def serve() -> None:
        while (events := front.recv_batch(512)) is not None:
            for event in events:
                if event[0] == EVENT_CALL:
                    front.respond(event[1], b"")

    threading.Thread(target=serve, daemon=True).start()
    print(f"listening on {listen.rpartition(':')[0]}:{front.bound_port}", flush=True)
    stop.wait()
    front.close()


if __name__ == "__main__":
    main()
