"""The steady load of a soak, some calls cancelled in flight: new bills, or known ones looked at and asked for again.

A new bill is made, quoted, paid and refunded; the gateway keeps the last 200,000 in memory, so that its memory grows
with them for a long time. Known bills add nothing: what they do to memory is what calls and cancels do.

Every account ends as it began, so the same persons pay for as long as one likes, and what is left in each of them at
the end proves that nothing was lost or paid twice. A call that was cancelled is asked again with the same request.
"""

import asyncio
import itertools
import time
from collections import Counter, deque
from collections.abc import Callable
from random import Random
from typing import Any

from bench.load.bills import Bill, visit
from bench.load.world import HOSPITALS, Clinic
from gateway.client import AsyncMedSettleClient, Retry
from gateway.demo.people import now_ms, today
from gateway.demo.visit import PAYERS, receipt
from gateway.pb.medsettle.v1 import account_service_pb2 as acc
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay

_RETRY = Retry(attempts_max=30, deadline_s=60.0, attempt_s=15.0)
_CONNECTIONS = 4
_KNOWN_MAX = 500
_READS = ("PaymentService/GetOrder", "AccountService/GetAccount")


class Soak:
    """Patients who come again and again, at a rate.

    Attributes:
        counts: calls, those cancelled in flight, visits.
        latencies_ms: of calls that were answered, since it was last emptied.
    """

    def __init__(self, clinic: Clinic, cancel_share: float, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.latencies_ms: list[float] = []
        self._clinic, self._random, self._cancel_share = clinic, Random(seed), cancel_share
        self._client = AsyncMedSettleClient(clinic.address, "", connections=_CONNECTIONS, retry=_RETRY)
        self._parties = {party: self._client.as_party(token) for party, token in clinic.tokens.items()}
        self._numbers = itertools.count(1)
        self._typical_s = 0.005
        self._rate, self._next_s, self._until_s = 0.0, 0.0, 0.0
        self._known: deque[list[tuple[str, str, Any]]] = deque(maxlen=_KNOWN_MAX)

    async def close(self) -> None:
        """Ends the connections."""
        await self._client.close()

    async def run(self, seconds: float, patients: int, rate: float = 0.0, *, known: bool = False) -> float:
        """So many patients for so long, each with one person after the other; a rate of 0 is as fast as they can.

        Args:
            known: whether they only ask again what new bills have asked before.

        Returns:
            Calls a second.
        """
        self._rate, self._next_s = rate, time.monotonic()
        self._until_s = self._next_s + seconds
        began_s, calls = time.perf_counter(), self.counts["calls"]
        shares = [range(at, len(self._clinic.persons), patients) for at in range(patients)]
        async with asyncio.TaskGroup() as group:
            for share in shares:
                group.create_task(self._ask_again() if known else self._patient(share))
        return (self.counts["calls"] - calls) / (time.perf_counter() - began_s)

    async def _patient(self, persons: range) -> None:
        for person in itertools.cycle(persons):
            if time.monotonic() >= self._until_s:
                return
            await self._visit(person, visit(self._random, self._clinic.persons[person][0]))

    async def _ask_again(self) -> None:
        """Every request of a bill that is known: those that changed something are known by their request id."""
        while time.monotonic() < self._until_s:
            for party, method, request in self._random.choice(self._known):
                answer = await self._call(party, method, request)
                assert method in _READS or answer.replayed, f"{method} was not known again"
            self.counts["visits"] += 1

    async def _visit(self, person: int, bill: Bill) -> None:
        """Made, quoted, paid, refunded, and every sum looked at."""
        number, (_, _, binding_id, channel, _) = f"S{next(self._numbers):07d}", self._clinic.persons[person]
        create = pay.CreateOrderRequest(
            request_id=f"create-{number}", institution_id=bill.institution_id, institution_order_no=number,
            binding_id=binding_id, kind=bill.kind, scenario=bill.scenario, service=e.SERVICE_OUTPATIENT,
            referral=bill.referral, service_date=today(), lines=bill.lines, total_fen=bill.total_fen, title="Visit",
        )  # fmt: skip
        asked: list[tuple[str, str, Any]] = []

        async def call(party: str, rpc: str, request: Any) -> Any:
            method = f"PaymentService/{rpc}"
            if rpc != "QuoteOrder":  # nobody can quote what is paid
                asked.append((party, method, request))
            return await self._call(party, method, request)

        made = await call(HOSPITALS, "CreateOrder", create)
        order_id = made.order.order_id
        key = {"order_id": order_id, "binding_id": binding_id, "use_account": True}
        quote = await call(channel, "QuoteOrder", pay.QuoteOrderRequest(**key))
        request = pay.PayRequest(
            **key, request_id=f"pay-{number}", quote_digest=quote.quote_digest, cash_due_fen=quote.cash_due_fen,
            user_authentication=e.USER_AUTHENTICATION_FACE, channel_order_no=f"W{number}",
        )  # fmt: skip
        paid = await call(channel, "Pay", request)
        if quote.cash_to_collect_fen:
            confirm = pay.ConfirmCashRequest(
                request_id=f"cash-{number}", order_id=order_id,
                cash_receipt=receipt(number, quote.cash_to_collect_fen),
            )  # fmt: skip
            paid = await call(channel, "ConfirmCash", confirm)
        assert paid.order.state == e.ORDER_STATE_PAID and paid.order.split == quote.split
        assert sum(getattr(paid.order.split, name) for name in PAYERS) == bill.total_fen
        refund = pay.RefundRequest(
            request_id=f"refund-{number}", order_id=order_id, refund_no=f"R{number}", kind=e.REFUND_KIND_ALL,
            reason="soak",
        )  # fmt: skip
        refunded = (await call(HOSPITALS, "Refund", refund)).refund
        if refunded.state != e.REFUND_STATE_COMPLETED:
            back = pay.ConfirmCashRefundRequest(
                request_id=f"back-{number}", refund_id=refunded.refund_id, amount_fen=refunded.cash_to_return_fen,
                channel_refund_no=f"B{number}", refunded_at_ms=now_ms(),
            )  # fmt: skip
            await call(channel, "ConfirmCashRefund", back)
        asked.append((channel, "PaymentService/GetOrder", pay.GetOrderRequest(order_id=order_id)))
        asked.append((channel, "AccountService/GetAccount", acc.GetAccountRequest(binding_id=binding_id)))
        self._known.append(asked)
        self.counts["visits"] += 1

    async def _call(self, party: str, method: str, request: Any) -> Any:
        await self._turn()
        if self._random.random() < self._cancel_share:
            call = asyncio.create_task(self._parties[party].call(method, request))
            await asyncio.wait((call,), timeout=self._random.uniform(0, self._typical_s))
            self.counts["calls"] += 1
            if call.done():
                return call.result()
            call.cancel()
            await asyncio.wait((call,))
            if not call.cancelled():
                return call.result()
            self.counts["cancelled"] += 1
            await self._turn()
        began_s = time.perf_counter()
        answer = await self._parties[party].call(method, request)
        took_s = time.perf_counter() - began_s
        self._typical_s += (took_s - self._typical_s) / 64
        self.latencies_ms.append(took_s * 1_000)
        self.counts["calls"] += 1
        return answer

    async def _turn(self) -> None:
        """Waits until the next call is due."""
        if not self._rate:
            return
        now_s = time.monotonic()
        # What could not be sent in time is not made up for: a stall must not end in a burst.
        self._next_s = max(self._next_s + 1 / self._rate, now_s - 1.0)
        if self._next_s > now_s:
            await asyncio.sleep(self._next_s - now_s)

    async def accounts_off(self, say: Callable[[str], None]) -> int:
        """How many accounts do not hold what they held at first."""
        off = 0
        for region, person_no, _, _, credited_fen in self._clinic.persons:
            number = acc.PersonNumber(region_code=region, person_no=person_no)
            request = acc.GetAccountRequest(person_number=number)
            account = (await self._parties["bureau"].call("AccountService/GetAccount", request)).account
            free_fen = account.current_year_fen + account.prior_years_fen
            if (free_fen, account.held_fen) != (credited_fen, 0):
                off += 1
                say(f"an account has {free_fen} fen free and {account.held_fen} held of {credited_fen}")
        return off
