"""A clinic's day for Locust: patients' apps, hospital tills, pharmacies, and a channel that pays in batches.

`make load` starts it with all it needs; by itself it wants MEDSETTLE_CLINIC, a file of bench.load.world.
"""

from gevent import monkey

monkey.patch_all()
import grpc.experimental.gevent  # noqa: E402

grpc.experimental.gevent.init_gevent()

import os  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import orjson  # noqa: E402
from locust import LoadTestShape, User, between, constant, events, runners, task  # noqa: E402
from locust.env import Environment  # noqa: E402
from locust.runners import MasterRunner, WorkerRunner  # noqa: E402

from bench.load import day, visits  # noqa: E402
from bench.load.desk import Desk, Wrong  # noqa: E402
from bench.load.world import load_clinic  # noqa: E402
from gateway.client import MedSettleError  # noqa: E402

MINUTES = float(os.environ.get("MEDSETTLE_MINUTES", "4"))
USERS = int(os.environ.get("MEDSETTLE_USERS", "200"))
PACE = float(os.environ.get("MEDSETTLE_PACE", "1"))
CLINIC = Path(os.environ["MEDSETTLE_CLINIC"])
runners.WORKER_REPORT_INTERVAL = 1.0  # how often workers tell the master what they saw
_REPORTS_S = 1.5
_desk: Desk | None = None


def desk() -> Desk:
    """The tills and phones of this process."""
    assert _desk is not None
    return _desk


class Visitor(User):
    """Does one visit after the other; what the gateway should not have said is a failure of Locust's."""

    abstract = True

    def play(self, kind: str, visit: Any) -> None:
        """One visit, and what came of it."""
        began = time.perf_counter()
        try:
            visit(desk())
            return
        except Wrong as wrong:
            error: Exception = wrong
        except MedSettleError as refused:
            if refused.reason in visits.MEANT:
                desk().facts.note(f"refused as it should: {refused.reason}")
                return
            error = refused
        desk().facts.wrong(f"{kind}: {error}")
        self.environment.events.request.fire(
            request_type="visit", name=kind, response_time=(time.perf_counter() - began) * 1_000, response_length=0,
            exception=error, context={},
        )  # fmt: skip


class PatientApp(Visitor):
    """A patient's app: looks, pays with account or cash, asks again, walks away."""

    weight = 6
    wait_time = between(0.3 * PACE, 1.2 * PACE)

    @task(12)
    def pay(self) -> None:
        self.play("patient pays", visits.patient_pays)

    @task(1)
    def look(self) -> None:
        self.play("patient looks", visits.patient_looks)


class HospitalTill(Visitor):
    """A hospital's till: makes bills, waits until they are paid, takes some back, refunds some."""

    weight = 5
    wait_time = between(0.3 * PACE, 1.2 * PACE)

    @task(3)
    def bill(self) -> None:
        self.play("till bills", visits.till_bills)

    @task(2)
    def look(self) -> None:
        self.play("till looks", visits.till_looks)


class Pharmacy(Visitor):
    """A pharmacy: the customer stands at the till with a pay code, or pays cash."""

    weight = 1
    wait_time = between(0.5 * PACE, 2 * PACE)

    @task
    def sell(self) -> None:
        self.play("pharmacy sells", visits.pharmacy_sells)


class BatchChannel(Visitor):
    """A channel that collects what its users have confirmed, and pays tens to hundreds at once."""

    fixed_count = 2
    wait_time = between(1 * PACE, 3 * PACE)

    @task
    def batch(self) -> None:
        self.play("channel pays a batch", visits.channel_pays_batch)


class Registration(Visitor):
    """The crowd at the opening of registration: a small fee, and gone."""

    weight = 20
    wait_time = constant(0.2 * PACE)

    @task
    def register(self) -> None:
        self.play("patient registers", visits.patient_registers)


_KINDS = {kind.__name__: kind for kind in (PatientApp, HospitalTill, Pharmacy, BatchChannel, Registration)}


class ClinicDay(LoadTestShape):
    """From 06:30 to 18:00 in MINUTES."""

    _hour = day.OPENS_H

    def tick(self) -> Any:
        before, self._hour = self._hour, day.hour_at(self.get_run_time(), MINUTES)
        stage = day.stage_between(before, self._hour)
        if stage is None:
            # Users end and workers say so before the books are compared; without a tick the run quits at once.
            self.runner.stop()
            return None
        users, rate = day.users_at(stage, USERS, MINUTES)
        return users, rate, [_KINDS[kind] for kind in stage.kinds]


@events.test_start.add_listener
def open_desk(environment: Environment, **_: Any) -> None:
    """Each process that has users gets its share of the persons."""
    global _desk
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        started = Path(load_clinic(CLINIC).folder, "started.json")
        started.write_bytes(orjson.dumps({"at_s": time.time(), "minutes": MINUTES, "users": USERS}))
        return
    part = runner.worker_index if isinstance(runner, WorkerRunner) else 0
    parts = int(os.environ.get("MEDSETTLE_PROCESSES", "1"))

    def observe(method: str, seconds: float, error: MedSettleError | None) -> None:
        # A refusal is an answer; only what nobody answered is a failure of the call. What a visit makes of it counts.
        _desk.facts.took(method, seconds)  # type: ignore[union-attr]
        if error is not None and error.reason == "OVERLOADED":
            _desk.facts.note("shed, asked again")  # type: ignore[union-attr]
        environment.events.request.fire(
            request_type="grpc", name=method, response_time=seconds * 1_000, response_length=0, context={},
            exception=error if error is not None and visits.is_failure(error) else None,
        )  # fmt: skip

    _desk = Desk(load_clinic(CLINIC), part, parts, seed=int(os.environ.get("MEDSETTLE_SEED", "1")), observe=observe)


@events.test_stop.add_listener
def close_desk(environment: Environment, **_: Any) -> None:
    """The books are compared once every user has ended; what does not agree is a failure of Locust's."""
    if not isinstance(environment.runner, MasterRunner):
        desk().close()
    if isinstance(environment.runner, WorkerRunner):
        return
    time.sleep(_REPORTS_S)
    audited = subprocess.run([sys.executable, "-m", "bench.load.audit", str(CLINIC)], check=False)
    found = Path(load_clinic(CLINIC).folder, "audit.json")
    findings = orjson.loads(found.read_bytes())["findings"] if audited.returncode == 0 else [["audit", "it failed"]]
    for kind, text in findings:
        environment.events.request.fire(
            request_type="audit", name=kind, response_time=0, response_length=0, exception=Wrong(text), context={}
        )
