"""The fast front: unary rpcs through pygrpc-native's batches of raw calls, everything else through grpcio behind it.

    network -> HTTP/2 in Rust -> receiving thread, many calls a turn -> one wake of the event loop -> a task a call
                  |                                                                                      |
                  +-- streams, health, reflection, channelz, unknown methods          respond or fail, by call id
                      -> Unix socket -> GrpcioFront

No TLS: it is for behind a sidecar or a TLS proxy. What else it does not do stands in docs/operations.md.
"""

import asyncio
import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import grpc
from google.rpc import status_pb2
from pygrpc_native import EVENT_CALL, NativeGrpcFront

from gateway.fronts.calls import (
    MESSAGE_SIZE_MAX,
    STATUS_DETAILS_KEY,
    PartyOfToken,
    PortInUse,
    bytes_of,
    caller_of,
    request_of,
    status_of_failure,
    status_of_shed,
)
from gateway.fronts.grpcio_front import GrpcioFront
from gateway.limits.limiter import Limiter
from gateway.seeing.calls import Calls
from gateway.servicers.base import Rpc

# More calls than this come in the next turn, so that one turn's work does not keep the interpreter's lock for long.
_EVENTS_MAX = 512
_TOO_LARGE = grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
_CLOSE_S = 5.0
# The package hands answers to its own threads and tells nobody when they are on the wire; closing cuts them off.
_FLUSH_S = 0.1

# PortInUse says it, in one line.
logging.getLogger("pygrpc_native").addFilter(lambda record: "could not bind" not in record.getMessage())


class NativeFront:
    """A pygrpc-native front over a table of rpcs, with a GrpcioFront behind it.

    Args:
        rpcs: what to serve.
        party_of_token: the party a bearer token belongs to, or None.
        limiter: who is let in, through either.
        seen: counts of each rpc's calls.
    """

    def __init__(
        self, rpcs: Iterable[Rpc], party_of_token: PartyOfToken, limiter: Limiter, seen: Mapping[Rpc, Calls]
    ) -> None:
        rpcs = list(rpcs)
        self._limiter = limiter
        self._party_of_token = party_of_token
        # It knows every rpc, so that reflection and health name the unary ones as well.
        self._fallback = GrpcioFront(rpcs, party_of_token, limiter, seen)
        self._unary = [(rpc, seen[rpc]) for rpc in rpcs if not (rpc.takes_stream or rpc.gives_stream)]
        self._tasks: dict[int, tuple[asyncio.Task[None], int]] = {}  # with its weight, by call id
        self._idle = asyncio.Event()
        self._idle.set()
        # Calls handed over by the receiving thread and not yet taken by the event loop; the lock guards both.
        self._received: list[Any] = []
        self._woken = False
        self._lock = threading.Lock()

    async def start(self, address: str) -> int:
        """Listens and serves; gives the port, which an address with port 0 leaves to the system.

        Raises:
            PortInUse: somebody else listens there, or the address is none of this machine's.
        """
        methods = [(rpc.path, False) for rpc, _ in self._unary]
        try:
            self._front = NativeGrpcFront(address, methods, call_details=True)
        except (OSError, ValueError) as error:
            raise PortInUse(address) from error
        # Only this user may enter the folder, so that nobody else reaches the socket.
        self._folder = tempfile.mkdtemp(prefix="medsettle-")
        try:
            path = str(Path(self._folder) / "front.sock")
            await self._fallback.start(f"unix:{path}")
            self._front.set_fallback(path)
        except BaseException:
            self._front.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._loop = asyncio.get_running_loop()
        self._front.start()
        self._receiver = threading.Thread(target=self._receive, name="native-front", daemon=True)
        self._receiver.start()
        return self._front.bound_port

    async def stop(self, grace_s: float) -> None:
        """Tells health checks, takes no new calls, and lets the running ones end within a time."""
        self._limiter.close()
        await asyncio.gather(self._fallback.stop(grace_s), self._drain(grace_s))
        left = [task for call_id in list(self._tasks) if (task := self._ended(call_id))]
        for task in left:
            task.cancel()
        if grace_s:
            await asyncio.sleep(_FLUSH_S)
        await asyncio.to_thread(self._front.close)
        await asyncio.to_thread(self._receiver.join, _CLOSE_S)
        await asyncio.gather(*left, return_exceptions=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _drain(self, grace_s: float) -> None:
        try:
            async with asyncio.timeout(grace_s):
                await self._idle.wait()
        except TimeoutError:
            return

    def _receive(self) -> None:
        """The receiving thread: wakes the event loop only when it is not about to take what came before."""
        while (events := self._front.recv_batch_details(_EVENTS_MAX)) is not None:
            with self._lock:
                self._received += events
                wake, self._woken = not self._woken, True
            if wake:
                try:
                    self._loop.call_soon_threadsafe(self._take)
                except RuntimeError:  # the event loop was closed: nobody is left to answer
                    return

    def _take(self) -> None:
        with self._lock:
            events, self._received = self._received, []
            self._woken = False
        tasks, unary, fail, create_task = self._tasks, self._unary, self._front.fail, self._loop.create_task
        admit = self._limiter.admit
        for kind, call_id, method, payload, _, details in events:
            if kind != EVENT_CALL:  # the caller left, or its deadline has passed
                # Taken out here: a task that has not begun would never run its own clean-up.
                if task := self._ended(call_id):
                    task.cancel()
                continue
            rpc, seen = unary[method]
            if len(payload) > MESSAGE_SIZE_MAX:
                seen.too_large(time.perf_counter())
                fail(call_id, _TOO_LARGE, _too_large("Received", len(payload)))
            elif weight := admit(rpc.priority, len(payload)):
                self._idle.clear()
                tasks[call_id] = create_task(self._serve(rpc, seen, call_id, payload, details)), weight
            else:
                seen.shed(closed=self._limiter.closed)
                self._fail(call_id, status_of_shed(self._limiter, rpc.priority))

    async def _serve(self, rpc: Rpc, seen: Calls, call_id: int, payload: bytes, details: Any) -> None:
        handler: Callable[[Any, Any], Any] = rpc.handler
        metadata, _, remaining_s = details
        began_s, caller, message = time.perf_counter(), None, None
        try:
            caller = caller_of(rpc, metadata, remaining_s, self._party_of_token)
            message = request_of(rpc, payload)
            answer = bytes_of(await handler(caller, message))
        except asyncio.CancelledError as error:
            seen.failed(began_s, error, caller, message)
            raise
        except Exception as error:
            seen.failed(began_s, error, caller, message)
            self._fail(call_id, status_of_failure(rpc, error))
        else:
            if len(answer) > MESSAGE_SIZE_MAX:
                seen.too_large(began_s, caller, message)
                self._front.fail(call_id, _TOO_LARGE, _too_large("Sent", len(answer)))
            else:
                self._front.respond(call_id, answer)
                seen.answered(began_s, caller, message)
        finally:
            self._ended(call_id)

    def _fail(self, call_id: int, status: status_pb2.Status) -> None:
        trailing = [(STATUS_DETAILS_KEY, status.SerializeToString())]
        self._front.fail(call_id, status.code, status.message, trailing)

    def _ended(self, call_id: int) -> "asyncio.Task[None] | None":
        """Forgets a call, and gives its task; None when that was done before."""
        task, weight = self._tasks.pop(call_id, (None, 0))
        if weight:
            self._limiter.release(weight)
        if not self._tasks:
            self._idle.set()
        return task


def _too_large(verb: str, size: int) -> str:
    """The words of grpcio, which its users may search for."""
    return f"SERVER: {verb} message larger than max ({size} vs. {MESSAGE_SIZE_MAX})"
