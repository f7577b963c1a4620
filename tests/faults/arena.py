"""A gateway that is hurt while a crowd pays: the process, its disk, its callers, and what all of them must agree on.

with Arena(folder, seed) as arena:
    arena.open()
    arena.serve(100)            # until so many more requests are answered
    arena.server.kill()
    arena.come_back()
    arena.close()               # everybody finishes, everything is asked again, the books are compared
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.client import MedSettleClient, Retry
from tests.e2e.server import Server
from tests.faults.audit import differences
from tests.faults.book import Book, Clients
from tests.faults.crowd import CLINIC, WALLET, Crowd
from tests.faults.shim import Shim
from tests.verify_kit import findings_in

PATIENCE_S = 60.0  # for a machine that does much else; nothing is measured by it
RETRY = Retry(attempts_max=3, deadline_s=8.0, attempt_s=4.0, backoff_ms=20, backoff_max_ms=200)
_FRONTS = ("native", "grpcio")


class Arena:
    """One run from one seed.

    Args:
        folder: an empty one, for everything but a store that lies elsewhere.
        seed: of every choice; which call of which patient a fault meets is the machine's.
        size: patients.
        store: path of the SQLite file.
        retry: of every client.
    """

    def __init__(
        self, folder: Path, seed: int, *, size: int = 16, store: Path | None = None, retry: Retry = RETRY
    ) -> None:
        self.chance = random.Random(seed)
        self.tally: Counter[str] = Counter()
        self._sockets = tempfile.TemporaryDirectory(prefix="ms-")  # a short path: a Unix socket's may have 107 bytes
        self.shim = Shim(folder, store or folder / "gateway.db")
        self.server = Server(folder, store=store, environment=self.shim.environment | {"TMPDIR": self._sockets.name})
        self.book = Book(lambda: self._clients)
        self.crowd = Crowd(self.book, seed, size)
        self._retry = retry
        self._all_clients: list[MedSettleClient] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.crowd.stop()
        self.book.over.set()
        self.server.__exit__()
        for client in self._all_clients:
            client.close()
        self.crowd.leave()
        self._sockets.cleanup()

    def open(self) -> None:
        """Starts the gateway and lets the crowd in."""
        self.server.start(sandbox=True, front=self.chance.choice(_FRONTS))
        self._connect()
        self.crowd.bring_in(self.server)
        self.crowd.begin()

    def serve(self, requests: int) -> None:
        """Waits for so many more answers."""
        wanted = self.book.answered + requests
        self.until(lambda: self.book.answered >= wanted, f"{requests} answers")

    def until(self, what: Callable[[], bool], name: str) -> None:
        """Waits for what answers or their absence bring about."""
        ends_s = time.monotonic() + PATIENCE_S
        while not self.book.wait_for(what, 0.5):
            self.crowd.check()
            assert time.monotonic() < ends_s, f"waited in vain for {name}; unanswered: {dict(self.book.unanswered)}"

    def come_back(self) -> None:
        """Starts the gateway again over its store, on the address where it was or on another.

        Callers who stay find it again by themselves; to another address they come anew.
        """
        self.shim.heal()
        front = self.chance.choice(_FRONTS)
        if self.chance.random() < 0.5:
            self.server.launch(listen=self.server.address, front=front)
            if self.server.listens():
                return
            assert "cannot listen" in self.server.errors.read_text(), self.server.errors.read_text()
            self.server.wait()  # somebody else was faster
        self.server.start(front=front)
        self._connect()

    def cut_power(self) -> None:
        """Now and then the machine goes down with the process, which has ended: what was not synced is lost."""
        if self.chance.random() < 0.5:
            self.tally["power cuts"] += 1
            self.tally["unsynced writes lost"] += self.shim.cut_power(self.chance)

    def replay_some(self) -> None:
        """Asks some requests again that were answered before a crash."""
        answered = [record for record in self.book.records if record.answer is not None]
        self.book.replay(self.chance.sample(answered, min(60, len(answered))))

    def close(self) -> None:
        """Lets everybody finish, asks everything again, stops the gateway and compares the books."""
        self.crowd.end()
        self.book.replay(self.book.records)
        self.tally["replayed"] = len(self.book.records)
        assert self.server.stop() == 0, self.server.errors.read_text()
        self.check_store()
        found = differences(self.server.store, self.crowd)
        assert not found, "\n".join(found[:20])
        self.tally["requests"] = len(self.book.records)
        self.tally["bills"] = len(self.crowd.bills)
        self.tally["attempts without an answer"] = self.book.unanswered.total()

    def check_store(self) -> None:
        """`medsettle verify` has nothing to say about the store as it lies there."""
        found = findings_in(self.server.store)
        assert not found, "\n".join(found[:20])

    def _connect(self) -> None:
        tokens = self.server.tokens
        wallet = MedSettleClient(self.server.address, tokens[WALLET], retry=self._retry)
        self._all_clients.append(wallet)
        self._clients = Clients(wallet, wallet.as_party(tokens[CLINIC]), wallet.as_party(tokens["bureau"]))
