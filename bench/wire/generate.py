"""The load generator: a small HTTP/2 client that sends gRPC calls made beforehand, one process, no grpc.

grpc.aio's own client costs as much as the server that is measured; this one costs about a tenth of it, and sends a
different request with each call. It takes a job as JSON on its standard input (see Job) and prints what it saw.

Design
    One thread over a few connections. Headers are sent whole once a connection and as five bytes of HPACK afterwards,
    as gRPC clients do. A closed loop keeps `streams` calls a connection in flight; an open loop starts calls at random
    times of a mean rate and measures from when a call was due, so that a server that stalls is not spared its queue.
"""

import collections
import heapq
import json
import random
import selectors
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.machine import cpu_s, percentile

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
_WINDOW_MAX = 2**31 - 1
_REFILL = 2**30
_FRAME_MAX = 16_384
_GIVE_UP_S = 30.0
_STATIC_NAMES = {":path": 4, ":authority": 1, "content-type": 31, "authorization": 23}


@dataclass
class Job:
    """What to send, and how.

    Attributes:
        path: of the rpc, "/package.Service/Rpc".
        requests: file of messages, each behind its length (4 bytes, big endian).
        batch_size: payments joined into one BatchPay; 0 sends each alone.
        streams: calls in flight a connection.
        rate: calls a second of an open loop; 0 is a closed loop.
        warm_s: seconds that are not measured; window_s: seconds that are.
        server_pid: whose processor time is read at both ends of the window.
        answers: file for the answers of all calls, each behind its length; empty: not kept.
    """

    address: str
    path: str
    token: str
    requests: str
    batch_size: int = 0
    connections: int = 4
    streams: int = 32
    rate: float = 0.0
    warm_s: float = 0.5
    window_s: float = 3.0
    server_pid: int = 0
    seed: int = 1
    answers: str = ""


@dataclass
class Seen:
    """What came of it. A call is refused when it ends without a message."""

    answers: list[tuple[int, bytes]] = field(default_factory=list)
    latencies_us: list[float] = field(default_factory=list)
    in_window: int = 0
    refused: int = 0


def read_messages(file: Path) -> list[bytes]:
    """The messages of a file, each behind its length."""
    content, messages, at = file.read_bytes(), [], 0
    while at < len(content):
        (size,) = struct.unpack_from(">I", content, at)
        messages.append(content[at + 4 : at + 4 + size])
        at += 4 + size
    return messages


def write_messages(file: Path, messages: list[bytes]) -> None:
    """Writes messages, each behind its length."""
    file.write_bytes(b"".join(struct.pack(">I", len(message)) + message for message in messages))


def join_payments(payments: list[bytes]) -> bytes:
    """A BatchPayRequest of serialised PayRequests: field 1, repeated."""
    return b"".join(b"\x0a" + _varint(len(payment)) + payment for payment in payments)


def _varint(number: int) -> bytes:
    coded = bytearray()
    while number > 0x7F:
        coded.append(number & 0x7F | 0x80)
        number >>= 7
    coded.append(number)
    return bytes(coded)


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">IBBI", len(payload) << 8 | kind, flags, 0, stream)[:5] + struct.pack(">I", stream) + payload


def _literal(name: str, value: str, *, indexed: bool) -> bytes:
    """A header as HPACK literal without Huffman; indexed ones enter the server's table."""
    prefix = 0x40 if indexed else 0x00
    static = _STATIC_NAMES.get(name)
    head = bytes([prefix]) + _string(name) if static is None else bytes([prefix | static])
    return head + _string(value)


def _string(text: str) -> bytes:
    raw = text.encode()
    assert len(raw) < 127, "a header of a benchmark is short"
    return bytes([len(raw)]) + raw


class Connection:
    """One HTTP/2 connection."""

    def __init__(self, job: Job, seen: Seen, load: "Load") -> None:
        host, _, port = job.address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._seen, self._load = seen, load
        self._out = bytearray(_PREFACE)
        settings = struct.pack(">HIHI", 2, 0, 4, _WINDOW_MAX)
        self._out += _frame(_SETTINGS, 0, 0, settings)
        self._out += _frame(_WINDOW_UPDATE, 0, 0, struct.pack(">I", _WINDOW_MAX - 65_535))
        self._in = b""
        self._received = 0
        self._window, self._stream_window = 65_535, 65_535
        self._pending: collections.deque[tuple[int, memoryview]] = collections.deque()
        self._windows: dict[int, int] = {}
        self._next_stream = 1
        self.streams_max = 2**31
        # By stream: request index, nanosecond it was due, and what has come of the answer.
        self.calls: dict[int, tuple[int, int, list[bytes]]] = {}
        names = (("te", "trailers"), ("content-type", "application/grpc"), (":authority", job.address))
        first = [_literal(":path", job.path, indexed=True)]
        first += [_literal(name, value, indexed=True) for name, value in reversed(names)]
        first.append(_literal("authorization", f"Bearer {job.token}", indexed=True))
        # Entered in this order, the newest entry of the table is 62.
        self._first_headers = b"\x83\x86" + b"".join(first)
        self._headers = b"\x83\x86" + bytes([0x80 | 66, 0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62])

    @property
    def has_room(self) -> bool:
        """Whether the server takes another call now."""
        return len(self.calls) < self.streams_max

    def start_call(self, index: int, message: bytes, due_ns: int) -> None:
        """Puts a call into what goes out with the next `flush`."""
        stream, self._next_stream = self._next_stream, self._next_stream + 2
        self.calls[stream] = (index, due_ns, [])
        headers = self._headers if stream > 1 else self._first_headers
        self._out += _frame(_HEADERS, _END_HEADERS, stream, headers)
        body = b"\x00" + struct.pack(">I", len(message)) + message
        size = len(body)
        if size <= _FRAME_MAX and not self._pending and size <= self._window and size <= self._stream_window:
            self._window -= size
            self._out += _frame(_DATA, _END_STREAM, stream, body)
        else:
            self._windows[stream] = self._stream_window
            self._pending.append((stream, memoryview(body)))
            self._send_pending()

    def _send_pending(self) -> None:
        while self._pending:
            stream, rest = self._pending[0]
            size = min(len(rest), _FRAME_MAX, self._window, self._windows[stream])
            if size <= 0:
                return
            last = size == len(rest)
            self._out += _frame(_DATA, _END_STREAM if last else 0, stream, bytes(rest[:size]))
            self._window -= size
            self._windows[stream] -= size
            if last:
                self._pending.popleft()
                del self._windows[stream]
            else:
                self._pending[0] = (stream, rest[size:])

    def flush(self) -> None:
        """Sends what fits into the socket; the rest waits."""
        if self._out:
            try:
                del self._out[: self.socket.send(self._out)]
            except BlockingIOError:
                return

    @property
    def wants_to_send(self) -> bool:
        """Whether something waits for the socket."""
        return bool(self._out)

    def receive(self) -> None:
        """Takes what has come, frame by frame."""
        try:
            chunk = self.socket.recv(1 << 20)
        except BlockingIOError:
            return
        if not chunk:
            raise ConnectionError("the server closed a connection")
        data = self._in + chunk if self._in else chunk
        at, end = 0, len(data)
        while end - at >= 9:
            size = data[at] << 16 | data[at + 1] << 8 | data[at + 2]
            if end - at - 9 < size:
                break
            stream = int.from_bytes(data[at + 5 : at + 9], "big") & _WINDOW_MAX
            self._take(data[at + 3], data[at + 4], stream, data[at + 9 : at + 9 + size])
            at += 9 + size
        self._in = data[at:]

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == _DATA:
            self.calls[stream][2].append(payload)
            self._received += len(payload)
            if self._received > _REFILL:
                self._out += _frame(_WINDOW_UPDATE, 0, 0, struct.pack(">I", self._received))
                self._received = 0
            if flags & _END_STREAM:
                self._end(stream)
        elif kind == _HEADERS:
            if flags & _END_STREAM:
                self._end(stream)
        elif kind == _RST_STREAM:
            if stream in self.calls:
                self.calls[stream][2].clear()
                self._end(stream)
        elif kind == _WINDOW_UPDATE:
            (more,) = struct.unpack(">I", payload)
            if stream == 0:
                self._window += more
            elif stream in self._windows:
                self._windows[stream] += more
            self._send_pending()
        elif kind == _SETTINGS and not flags & _ACK:
            self._apply_settings(payload)
            self._out += _frame(_SETTINGS, _ACK, 0, b"")
        elif kind == _PING and not flags & _ACK:
            self._out += _frame(_PING, _ACK, 0, payload)
        elif kind == _GOAWAY:
            raise ConnectionError("the server said GOAWAY")

    def _apply_settings(self, payload: bytes) -> None:
        for at in range(0, len(payload), 6):
            name, value = struct.unpack_from(">HI", payload, at)
            if name == 3:
                self.streams_max = value
            elif name == 4:
                grown = value - self._stream_window
                self._stream_window = value
                for stream in self._windows:
                    self._windows[stream] += grown
        self._send_pending()

    def _end(self, stream: int) -> None:
        index, due_ns, parts = self.calls.pop(stream)
        message = b"".join(parts)
        if len(message) < 5:
            self._seen.refused += 1
        else:
            assert len(message) == 5 + int.from_bytes(message[1:5], "big"), "an answer is one whole message"
            self._seen.answers.append((index, message[5:]))
        self._load.ended(self, due_ns, answered=len(message) >= 5)


class Load:
    """The calls of one job: which comes next, and when."""

    def __init__(self, job: Job) -> None:
        messages = read_messages(Path(job.requests))
        if job.batch_size:
            size = job.batch_size
            starts = range(0, len(messages) - size + 1, size)
            messages = [join_payments(messages[start : start + size]) for start in starts]
        self._job, self._messages = job, messages
        self.seen = Seen()
        self._next = 0
        self._selector = selectors.DefaultSelector()
        self._connections = [Connection(job, self.seen, self) for _ in range(job.connections)]
        for connection in self._connections:
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._due: list[int] = []
        self._from_ns = self._until_ns = self._ended_ns = 0
        self._cpu_s: list[float] = []

    def run(self) -> dict[str, Any]:
        """Runs the job; gives the figures."""
        job, now_ns = self._job, time.perf_counter_ns()
        self._from_ns = now_ns + int(job.warm_s * 1e9)
        self._until_ns = self._from_ns + int(job.window_s * 1e9)
        if job.rate:
            self._plan(now_ns)
        else:
            for _ in range(job.streams):
                for connection in self._connections:
                    self._start_next(connection, now_ns)
        give_up_ns = self._until_ns + int(_GIVE_UP_S * 1e9)
        while self._turn():
            if self._ended_ns > give_up_ns or time.perf_counter_ns() > give_up_ns:
                raise TimeoutError(f"{sum(len(c.calls) for c in self._connections)} calls were not answered")
        self._read_cpu(2)
        for connection in self._connections:
            connection.socket.close()
        return self._figures()

    def _plan(self, now_ns: int) -> None:
        """The times of an open loop's calls: exponential gaps of one seed."""
        chance, at = random.Random(self._job.seed), float(now_ns)
        while (at := at + chance.expovariate(self._job.rate) * 1e9) < self._until_ns:
            self._due.append(int(at))
        heapq.heapify(self._due)

    def _turn(self) -> bool:
        """One look at the sockets; gives whether anything is left to do."""
        now_ns = time.perf_counter_ns()
        if not self._cpu_s and now_ns >= self._from_ns:
            self._read_cpu(1)
        elif len(self._cpu_s) == 1 and now_ns >= self._until_ns:
            self._read_cpu(2)
        if self._job.rate:
            self._start_due(now_ns)
        busy = False
        for connection in self._connections:
            connection.flush()
            busy = busy or bool(connection.calls) or connection.wants_to_send
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.wants_to_send else 0)
            if self._selector.get_key(connection.socket).events != events:
                self._selector.modify(connection.socket, events, connection)
        # An open loop never sleeps: the kernel's timer is coarser than the latencies that are measured.
        for key, ready in self._selector.select(0 if self._due else 0.05):
            if ready & selectors.EVENT_READ:
                key.data.receive()
        return busy or bool(self._due)

    def _start_due(self, now_ns: int) -> None:
        while self._due and self._due[0] <= now_ns:
            connection = min(self._connections, key=lambda connection: len(connection.calls))
            if not connection.has_room:
                return
            if not self._start_next(connection, heapq.heappop(self._due)):
                self._due.clear()

    def _start_next(self, connection: Connection, due_ns: int) -> bool:
        if self._next >= len(self._messages):
            return False
        connection.start_call(self._next, self._messages[self._next], due_ns)
        self._next += 1
        return True

    def ended(self, connection: Connection, due_ns: int, *, answered: bool) -> None:
        """A call is over: count it, and in a closed loop start the next."""
        now_ns = self._ended_ns = time.perf_counter_ns()
        if answered and self._from_ns <= now_ns < self._until_ns:
            self.seen.in_window += 1
        if answered and self._from_ns <= due_ns < self._until_ns:
            self.seen.latencies_us.append((now_ns - due_ns) / 1_000)
        if not self._job.rate and now_ns < self._until_ns:
            self._start_next(connection, now_ns)

    def _read_cpu(self, count: int) -> None:
        while len(self._cpu_s) < count:
            self._cpu_s.append(cpu_s(self._job.server_pid) if self._job.server_pid else 0.0)

    def _figures(self) -> dict[str, Any]:
        job, seen = self._job, self.seen
        # Out of requests before the time was over: the window ends with the last answer.
        window_s = min(self._until_ns, self._ended_ns) / 1e9 - self._from_ns / 1e9
        per_call = job.batch_size or 1
        if job.answers:
            write_messages(Path(job.answers), [answer for _, answer in sorted(seen.answers)])
        if window_s <= 0 or not seen.in_window:
            raise RuntimeError(f"nothing was answered in the window; {seen.refused} calls were refused")
        latencies = sorted(seen.latencies_us)
        return {
            "calls": len(seen.answers),
            "refused": seen.refused,
            "calls_per_s": seen.in_window / window_s,
            "payments_per_s": seen.in_window * per_call / window_s,
            "cpu_us_per_payment": (self._cpu_s[1] - self._cpu_s[0]) * 1e6 / (seen.in_window * per_call),
            "latency_us": {
                name: round(percentile(latencies, percent), 1)
                for name, percent in (("p50", 50), ("p90", 90), ("p99", 99), ("p999", 99.9))
            },
            "ran_out": self._next >= len(self._messages) and self._ended_ns < self._until_ns,
        }


def main() -> None:
    """Runs the job on standard input."""
    print(json.dumps(Load(Job(**json.load(sys.stdin))).run()))


if __name__ == "__main__":
    main()
