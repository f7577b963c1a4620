"""One run: a seed's world from its first call to the last check.

A run begins with a furnished store and ends with the power failing once everybody knows their answers, so that what
was only in memory is gone; what is there then is checked.
"""

import contextlib
import functools
import hashlib
import logging
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import binding_service_pb2, enums_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as op
from tests.gateway_kit import POLICY, REGION, credit, person
from tests.sim.checks import check_all, check_memory
from tests.sim.clients import Bound, Client, World
from tests.sim.faulty_store import Disk
from tests.sim.network import Network, Watching
from tests.sim.process import CountedPipeline, GatewayProcess, Phones
from tests.sim.scheduler import Scheduler
from tests.sim.weather import CALM, Tally, Weather, weather_of

_CALM_AT_US = 60_000_000
_QUIET_US_MAX = 600_000_000
_REPLAYS = 6
_LAST_QUERIES_US = 1_000_000
_CATCH_UP_US = 7_000_000  # a watcher that missed its wake-up looks again after five seconds
_BALANCES_FEN = (30_000, 120_000, 400_000)


class Furnished(NamedTuple):
    """A store with a policy, parties, institutions, persons, money and bindings, and the time it is then."""

    image: bytes
    now_us: int
    bound: list[Bound]
    request_count: int


class Outcome(NamedTuple):
    """What a run came to."""

    seed: int
    findings: list[str]
    tally: Tally
    journal_hash: str


class Run:
    """A world and its gateway."""

    def __init__(
        self,
        seed: str,
        weather: Weather,
        folder: Path,
        furnished: Furnished | None,
        pipeline_class: type[CountedPipeline] = CountedPipeline,
    ) -> None:
        self.tally = Tally()
        self.findings: list[str] = []
        self._digest = hashlib.sha256()
        self._rng = random.Random(f"{seed}/supervisor")
        self._weather = weather
        self._pipeline_class = pipeline_class
        self._phones = Phones()
        self._is_over = False
        self._calm = False
        self.scheduler = Scheduler(random.Random(f"{seed}/scheduler"), weather.stickiness)
        image, self.scheduler.now_us, bound, self._furnished_count = furnished or Furnished(b"", 0, [], 0)
        self.disk = Disk(folder, image, random.Random(f"{seed}/disk"))
        self._faults = random.Random(f"{seed}/faults")
        self.network = Network(
            self.scheduler, weather, random.Random(f"{seed}/network"), self.tell, self.found, self.trace
        )
        self.world = World(
            self.scheduler, self.network, weather, self._phones, list(bound), self.tally, self.found, seed
        )
        self.world.store_path = lambda: self.disk.path
        self._watching: list[Watching] = []
        self._offset_ms = 0
        self._boot()

    def tell(self, what: str) -> None:
        """Counts something that happened."""
        self.tally[what] += 1
        if what.startswith(("crash", "stop")):
            self.trace(what)

    def found(self, what: str) -> None:
        """Notes that something is wrong."""
        self.findings.append(what)

    def trace(self, *facts: object) -> None:
        """Adds to the journal of the run."""
        self._digest.update(repr((self.scheduler.now_us, *facts)).encode())

    @property
    def process(self) -> GatewayProcess:
        """The process that is up or starting."""
        return self._process

    def _boot(self) -> None:
        if self._is_over:
            return
        self._process = GatewayProcess(
            self.scheduler, self.disk, self._weather, self._faults, self.tell, self.found, self._phones,
            self._pipeline_class, self._offset_ms,
        )  # fmt: skip
        self._process.calm = self._calm
        self._process.on_end = self._ended
        self.network.process = self._process

    def _ended(self) -> None:
        self.network.process_ended()
        if self._rng.random() < 0.5 and self._offset_ms == 0:
            self.tally["restart: clock set back"] += 1
            self._offset_ms = -self._rng.randint(1, 5_000)
        else:
            self._offset_ms = 0
        self.scheduler.after(self._rng.choice((1_000, 50_000, 2_000_000)), self._boot)

    def _be_calm(self) -> None:
        self._calm = self.network.calm = self._process.calm = True

    # The whole.

    def storm(self) -> None:
        """Clients come and go until each knows its answers."""
        world = self.world
        for number in range(self._weather.client_count):
            world.start(f"client-{number}", Client.visits)
        for party in self._weather.watched:
            self._watching.append(Watching(self.scheduler, self.network, party))
            self.scheduler.spawn(f"watcher-{party}", world.home, self._watching[-1].whole)
        world.start("bureau", Client.bureau)
        world.start("patient", Client.patient)
        world.start("clerk", Client.clerk)
        self.scheduler.after(_CALM_AT_US, self._be_calm)
        if self._weather.crash_rates.get("stop"):
            self.scheduler.after(self._rng.randint(100_000, 5_000_000), self._stop_once)
        self.until_quiet()
        self._be_calm()
        self.until_quiet()
        self._process.rests = True
        self._let_pass(_LAST_QUERIES_US)
        self.until_quiet()

    def _stop_once(self) -> None:
        if self._process.is_up and not self._calm:
            self._process.stop()

    def until_quiet(self) -> None:
        """Runs until nobody asks, nothing is on its way, and the gateway is up."""
        world = self.world
        self.scheduler.run(
            lambda: (
                world.busy_count == 0
                and self._process.is_up
                and not any(asked.open_copies for asked in world.asked)
                and self._process.pipeline._flying is None
                and not self._process.pipeline._queue.qsize()
            ),
            _QUIET_US_MAX,
        )

    def _let_pass(self, us: int) -> None:
        until_us = self.scheduler.now_us + us
        self.scheduler.after(us, lambda: None)
        self.scheduler.run(lambda: self.scheduler.now_us >= until_us, 2 * us)

    def settle(self) -> bytes:
        """After the storm: memory, a power failure, a new start, the same answers again, and the store's checks."""
        check_memory(self._process, self.found)
        if self._process.unanswered_count:
            self.found(f"{self._process.unanswered_count} calls were taken in and never answered")
        self._process.die("the end", power=True)
        world = self.world
        answered = [asked for asked in world.asked if asked.response is not None]
        again = self._rng.sample(answered, min(_REPLAYS, len(answered)))

        def replay(client: Client) -> None:
            for asked in again:
                if client.ask(asked.name, asked.party, asked.request, counts=False) != asked.response:
                    self.found(f"{asked.name} is answered otherwise after a restart")

        world.start("auditor", replay)
        self.until_quiet()
        if self._watching:
            self._let_pass(_CATCH_UP_US)
        self.tally["event: seen by a watcher"] += sum(len(watcher.seen) for watcher in self._watching)
        self.close()
        content_hash, expired_count = check_all(
            self.disk.path, world.asked, self._furnished_count, self._watching, self.found
        )
        self.tally["event: order expired"] += expired_count
        return content_hash

    def close(self) -> None:
        """Ends the process and the world."""
        self._is_over = True
        self._process.die("the end")
        self.scheduler.kill_all()

    @property
    def journal_hash(self) -> str:
        """A hash of everything that was heard and when, so far."""
        return self._digest.hexdigest()


def simulate(seed: int, pipeline_class: type[CountedPipeline] = CountedPipeline) -> Outcome:
    """One run from its seed."""
    weather = weather_of(random.Random(f"{seed}/weather"))
    with quiet(), folder_in_memory() as folder:
        run = Run(str(seed), weather, folder, furnished(), pipeline_class)
        try:
            run.storm()
            run.trace(run.settle())
        except Exception as error:
            run.found(f"{type(error).__name__}: {error}")
        finally:
            run.scheduler.kill_all()
        return Outcome(seed, run.findings, run.tally, run.journal_hash)


@functools.cache
def furnished() -> Furnished:
    """The store that every run begins with."""
    bound: list[Bound] = []
    with quiet(), folder_in_memory() as folder:
        run = Run("furnish", CALM, folder, None)
        run.world.start("bureau", lambda client: bound.extend(_furnish(client)))
        run.until_quiet()
        run.close()
        assert not run.findings, run.findings
        db_path = run.disk.path
        db = sqlite3.connect(db_path)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode = DELETE")
        (count,) = db.execute("SELECT count(*) FROM requests").fetchone()
        db.close()
        return Furnished(db_path.read_bytes(), run.scheduler.now_us, bound, count)


def _furnish(client: Client) -> list[Bound]:
    def do(name: str, party: str, request: object) -> object:
        request.request_id = client.request_id()  # type: ignore[attr-defined]
        answer = client.ask(name, party, request)  # type: ignore[arg-type]
        assert not isinstance(answer, Refusal), answer
        return answer

    put = op.PutPolicyRequest(document=orjson.dumps(POLICY), file_name=f"{REGION}.json")
    digest = do("PutPolicy", "bureau", put).document_digest  # type: ignore[attr-defined]
    do("ActivatePolicy", "bureau", op.ActivatePolicyRequest(region_code=REGION, document_digest=digest))
    for party, role in [
        ("wallet-1", enums_pb2.ROLE_CHANNEL), ("wallet-2", enums_pb2.ROLE_CHANNEL),
        ("his-1", enums_pb2.ROLE_INSTITUTION), ("his-2", enums_pb2.ROLE_INSTITUTION),
    ]:  # fmt: skip
        do("PutParty", "bureau", op.PutPartyRequest(party_id=party, role=role, name=party))
    for number in (1, 2):
        institution = op.PutInstitutionRequest(
            institution_id=f"H{number}", party_id=f"his-{number}", name=f"H{number}",
            level=enums_pb2.INSTITUTION_LEVEL_LEVEL3, treatment_region_code=REGION,
            scenarios=[enums_pb2.SCENARIO_DIAGNOSIS],
        )  # fmt: skip
        do("PutInstitution", "bureau", institution)
    do("ImportPersons", "bureau", op.ImportPersonsRequest(records=[person(number) for number in (1, 2, 3)]))
    credits = [credit(n, fen, person_no=f"P{n}") for n, fen in enumerate(_BALANCES_FEN, 1)]
    do("PostCredits", "bureau", op.PostCreditsRequest(records=credits))
    bound = []
    for wallet, number in (("wallet-1", 1), ("wallet-1", 2), ("wallet-2", 3), ("wallet-2", 1)):
        record = person(number)
        start = binding_service_pb2.StartBindingRequest(
            channel_user_id=f"user-{number}", id_document_kind=record.id_document_kind, id_number=record.id_number,
            name=record.name, phone=record.phone, region_code=REGION,
        )  # fmt: skip
        binding_id = do("StartBinding", wallet, start).binding.binding_id  # type: ignore[attr-defined]
        code = client.world.phones.codes[binding_id]
        do("ConfirmBinding", wallet, binding_service_pb2.ConfirmBindingRequest(binding_id=binding_id, code=code))
        bound.append(Bound(wallet, binding_id, number))
    return bound


@contextlib.contextmanager
def folder_in_memory() -> Iterator[Path]:
    """An empty folder, in memory where the machine has one there."""
    memory = "/dev/shm"
    folder = tempfile.mkdtemp(prefix="medsettle-sim-", dir=memory if os.access(memory, os.W_OK) else None)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """The gateway's log is of no use here: every fault is planted."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
