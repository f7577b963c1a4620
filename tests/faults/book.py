"""What the callers know: every mutating request, and the answer that it got; asked again until it has one.

A request is asked with the same request_id for as long as it takes, whatever happens to the gateway. Its first answer
is kept, and every later one must be the same and say that it is a repeat: that alone finds a payment that was lost or
made twice after it was acknowledged.
"""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from gateway.client import MedSettleClient, MedSettleError
from gateway.client.payments import Payment, payment_of_response

PAY = "PaymentService/Pay"
_REPLAYS_AT_ONCE = 32


class GivenUp(Exception):
    """The load is over before the request had an answer; it stays open in the book."""


class Record:
    """A mutating request, and its answer once one has come.

    Attributes:
        joins: whether it is a payment that may go together with others in a BatchPay.
        unanswered: attempts that had no answer, by reason or status.
    """

    __slots__ = ("answer", "joins", "name", "party", "request", "unanswered")

    def __init__(self, name: str, request: Any, party: str, *, joins: bool = False) -> None:
        self.name = name
        self.request = request
        self.party = party
        self.joins = joins
        self.answer: Any = None
        self.unanswered: Counter[str] = Counter()

    def take(self, answer: Any) -> None:
        """The first answer is kept; every later one must be the same, and say that it is a repeat."""
        answer = payment_of_response(answer) if self.name == PAY and not isinstance(answer, Payment) else answer
        if self.answer is None:
            self.answer = answer
            return
        assert answer.replayed, f"{self.name} {self.request.request_id} was executed twice"
        assert _plain(answer) == _plain(self.answer), (
            f"{self.name} {self.request.request_id} was answered differently:\n{self.answer}\n{answer}"
        )


def _plain(answer: Any) -> Any:
    if isinstance(answer, Payment):
        return answer._replace(replayed=False)
    plain = type(answer)()
    plain.CopyFrom(answer)
    plain.replayed = False
    return plain


class Clients(NamedTuple):
    """The parties' clients of one gateway process; they share connections."""

    wallet: MedSettleClient
    clinic: MedSettleClient
    bureau: MedSettleClient

    def of(self, party: str) -> MedSettleClient:
        """The client of a party."""
        return {"wallet-a": self.wallet, "clinic-isv": self.clinic, "bureau": self.bureau}[party]


class Book:
    """Every request of a run, from any thread.

    Args:
        clients: gives the clients of the gateway that serves now.
    """

    def __init__(self, clients: Callable[[], Clients]) -> None:
        self.records: list[Record] = []
        self.answered = 0
        self.unanswered: Counter[str] = Counter()  # attempts without an answer, by reason or status
        self.over = threading.Event()  # nobody need wait for an answer any more
        self.clients = clients
        self._changed = threading.Condition()

    def send(self, name: str, request: Any, party: str, *, joins: bool = False) -> Any:
        """A mutating call, asked with the same request_id until it is answered.

        Raises:
            GivenUp: the load is over.
            MedSettleError: it was refused for good; a load makes no such request.
        """
        record = Record(name, request, party, joins=joins)
        with self._changed:
            self.records.append(record)
        record.take(self._persist(lambda: self._attempt(record), record))
        with self._changed:
            self.answered += 1
            self._changed.notify_all()
        return record.answer

    def query(self, name: str, request: Any, party: str) -> Any:
        """A call that changes nothing, asked until it is answered."""
        return self._persist(lambda: self.clients().of(party).call(name, request), None)

    def wait_for(self, what: Callable[[], bool], timeout_s: float) -> bool:
        """Waits until something holds that answers or their absence bring about; gives whether it does."""
        with self._changed:
            return self._changed.wait_for(what, timeout_s)

    def count(self, reason: str) -> int:
        """How many attempts had no answer for a reason."""
        return self.unanswered[reason]

    def replay(self, records: list[Record]) -> None:
        """Asks requests again, many at once; what has no answer yet gets one."""

        def again(record: Record) -> None:
            record.take(self._persist(lambda: self._attempt(record), record))

        with ThreadPoolExecutor(_REPLAYS_AT_ONCE) as threads:
            for done in [threads.submit(again, record) for record in records]:
                done.result()

    def _attempt(self, record: Record) -> Any:
        client = self.clients().of(record.party)
        return client.pay(record.request) if record.joins else client.call(record.name, record.request)

    def _persist(self, attempt: Callable[[], Any], record: Record | None) -> Any:
        while True:
            try:
                return attempt()
            except MedSettleError as error:
                # CANCELLED without a reason: a front that is killed or stops resets what is under way.
                if not error.retryable and (error.reason or error.code.name != "CANCELLED"):
                    raise
                self._note(error, record)
                if self.over.is_set():
                    raise GivenUp from None

    def _note(self, error: MedSettleError, record: Record | None) -> None:
        name = error.reason or error.code.name
        with self._changed:
            self.unanswered[name] += 1
            if record is not None:
                record.unanswered[name] += 1
            self._changed.notify_all()
