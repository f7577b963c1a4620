"""What the users of a load do, step by step; every answer is checked, every sum added up, and kept as a fact.

A till leaves an order for its patient in the process it runs in, as a push to a phone would; so a person belongs to one
process, but not to one user: two bills of a person can be paid at once, and the second quote is then another.
"""

import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from bench.load.bills import Bill
from bench.load.facts import AUTHORIZED, PAID, Facts, split_of
from bench.load.world import APPS, BATCHES, HOSPITALS, PHARMACIES, Clinic
from gateway.client import MedSettleClient, MedSettleError, Observer, Retry
from gateway.demo.people import now_ms, today
from gateway.demo.visit import receipt
from gateway.pb.medsettle.v1 import account_service_pb2 as acc
from gateway.pb.medsettle.v1 import binding_service_pb2 as bind
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay

_RETRY = Retry(attempts_max=30, deadline_s=60.0, attempt_s=15.0)
_CONNECTIONS = 4
_QUOTES_MAX = 4
NATURES = ("full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")


class Wrong(Exception):
    """An answer that cannot be right: a sum, a state, a repeat."""


class Waiting(NamedTuple):
    """An order on its way to its patient.

    Attributes:
        key: what names it to the channel: order_id, or the order_code that was scanned.
        person: index in the clinic's persons.
    """

    order_id: str
    key: dict[str, str]
    person: int
    number: str
    total_fen: int

    @property
    def pushed(self) -> bool:
        """Whether its channel may look at it before it pays."""
        return "order_id" in self.key


def must(holds: bool, what: str) -> None:
    """Raises Wrong unless something holds."""
    if not holds:
        raise Wrong(what)


class Desk:
    """The tills and phones of one process.

    Attributes:
        waiting: orders that wait for their patients, by channel.
        open: orders that tills have made and not looked at since: (order, institution).
    """

    def __init__(self, clinic: Clinic, part: int, parts: int, seed: int, observe: Observer) -> None:
        self.random = Random(seed * 1_000 + part)
        self.facts = Facts(Path(clinic.folder))
        self.waiting: dict[str, deque[Waiting]] = {APPS: deque(), BATCHES: deque()}
        self.open: deque[tuple[Waiting, str]] = deque()
        self._clinic = clinic
        self._persons = range(part, len(clinic.persons), parts)
        base = MedSettleClient(clinic.address, "", connections=_CONNECTIONS, retry=_RETRY, observe=observe)
        self._base = base
        self._parties = {party: base.as_party(token) for party, token in clinic.tokens.items() if party != "bureau"}

    def close(self) -> None:
        """Ends the connections."""
        self._base.close()
        self.facts.close()

    def anybody(self, channel: str | None = None) -> int:
        """A person of this process, of a channel."""
        while True:
            person = self.random.choice(self._persons)
            if channel in (None, self._clinic.persons[person][3]):
                return person

    def region(self, person: int) -> str:
        """Where a person is insured."""
        return self._clinic.persons[person][0]

    def channel(self, person: int) -> str:
        """The wallet a person uses."""
        return self._clinic.persons[person][3]

    def _as(self, party: str) -> MedSettleClient:
        return self._parties[party]

    def _of(self, person: int) -> MedSettleClient:
        return self._parties[self.channel(person)]

    @contextmanager
    def trying(self, order_id: str, what: str) -> Iterator[None]:
        """Keeps what is tried before a call, and its refusal; the answer is told where it is read."""
        self.facts.trying(order_id, what)
        try:
            yield
        except MedSettleError as error:
            if error.reason:
                self.facts.refused(order_id, what, error.reason)
            raise

    def make(self, bill: Bill, person: int, way: str) -> Waiting:
        """A till makes an order and brings it to its patient, by "push", "scan" of the bill or "show" of a pay code."""
        till = self._as(PHARMACIES if bill.scenario == e.SCENARIO_PHARMACY else HOSPITALS)
        number = uuid.UUID(int=self.random.getrandbits(128)).hex[:20]
        binding_id = self._clinic.persons[person][2]
        request = pay.CreateOrderRequest(
            request_id=f"create-{number}", institution_id=bill.institution_id, institution_order_no=number,
            binding_id=binding_id if way == "push" else "", kind=bill.kind, scenario=bill.scenario,
            service=e.SERVICE_OUTPATIENT, referral=bill.referral, service_date=today(), lines=bill.lines,
            total_fen=bill.total_fen, title="Visit",
        )  # fmt: skip
        made = till.call("PaymentService/CreateOrder", request)
        self.facts.made(made.order.order_id, person, bill.institution_id, bill.total_fen)
        self._adds_up(made.order, bill.total_fen)
        key = {"order_id": made.order.order_id}
        if way == "scan":
            key = {"order_code": made.detail.order_code}
        elif way == "show":
            shown = self._of(person).call(
                "BindingService/IssuePayCode",
                bind.IssuePayCodeRequest(request_id=f"code-{number}", binding_id=binding_id),
            )
            attach = pay.AttachPayCodeRequest(
                request_id=f"attach-{number}", order_id=made.order.order_id, pay_code=shown.pay_code
            )
            till.call("PaymentService/AttachPayCode", attach)
        return Waiting(made.order.order_id, key, person, number, bill.total_fen)

    def look(self, order: Waiting, party: str | None = None) -> Any:
        """The order as its channel or a party sees it now."""
        client = self._of(order.person) if party is None else self._as(party)
        got = client.call("PaymentService/GetOrder", pay.GetOrderRequest(order_id=order.order_id)).order
        self._adds_up(got, order.total_fen)
        return got

    def look_at_account(self, person: int) -> None:
        """A patient reads the balance."""
        request = acc.GetAccountRequest(binding_id=self._clinic.persons[person][2])
        account = self._of(person).call("AccountService/GetAccount", request).account
        purses = (account.current_year_fen, account.prior_years_fen, account.held_fen)
        must(min(purses) >= 0, "a balance is below 0")
        must(sum(purses) <= self._clinic.persons[person][4], "an account holds more than was ever credited")

    def quote(self, order: Waiting, use_account: bool) -> Any:
        """What the patient is shown, added up."""
        request = pay.QuoteOrderRequest(
            **order.key, binding_id=self._clinic.persons[order.person][2], use_account=use_account
        )
        quote = self._of(order.person).call("PaymentService/QuoteOrder", request)
        must(sum(split_of(quote.split)) == order.total_fen, "the payers of a quote do not add up to the bill")
        must(quote.split.cash_fen == quote.cash_due_fen, "a quote's cash due is not its split's cash")
        return quote

    def pay_request(self, order: Waiting, quote: Any, use_account: bool, attempt: int) -> Any:
        """The request that pays what was quoted."""
        return pay.PayRequest(
            **order.key, request_id=f"pay-{order.number}-{attempt}", quote_digest=quote.quote_digest,
            binding_id=self._clinic.persons[order.person][2], cash_due_fen=quote.cash_due_fen, use_account=use_account,
            user_authentication=e.USER_AUTHENTICATION_FACE, channel_order_no=f"W{order.number}",
        )  # fmt: skip

    def pay(self, order: Waiting, use_account: bool, *, repeats: bool) -> Any:
        """Quotes and pays, with a new quote when the account has changed; gives the order as Pay answers it."""
        for attempt in range(_QUOTES_MAX):
            quote = self.quote(order, use_account)
            request = self.pay_request(order, quote, use_account, attempt)
            try:
                with self.trying(order.order_id, "pay"):
                    answer = self._of(order.person).call("PaymentService/Pay", request)
            except MedSettleError as error:
                if error.reason != "QUOTE_CHANGED" or attempt == _QUOTES_MAX - 1:
                    raise
                continue
            self.facts.told(order.order_id, "pay", answer.order.state, split_of(answer.order.split))
            self._adds_up(answer.order, order.total_fen)
            must(split_of(answer.order.split) == split_of(quote.split), "what was paid is not what was quoted")
            due = PAID if not quote.cash_to_collect_fen else AUTHORIZED
            must(answer.order.state == due, "a payment ended in another state than its cash demands")
            if repeats:
                self._repeat(order, request, answer)
            return answer.order
        raise AssertionError("not reached")

    def _repeat(self, order: Waiting, request: Any, answer: Any) -> None:
        """The answer was lost on the way: the same request hears the same."""
        again = self._of(order.person).call("PaymentService/Pay", request)
        self.facts.note("repeated")
        must(again.replayed, "a repeated payment was not known")
        must((again.status, again.order.split) == (answer.status, answer.order.split), "a repeat has another answer")

    def confirm(self, order: Waiting, cash_fen: int, *, repeats: bool = False) -> None:
        """The wallet has the cash."""
        request = pay.ConfirmCashRequest(
            request_id=f"cash-{order.number}", order_id=order.order_id, cash_receipt=receipt(order.number, cash_fen)
        )
        with self.trying(order.order_id, "confirm"):
            answer = self._of(order.person).call("PaymentService/ConfirmCash", request)
        self.facts.told(order.order_id, "confirm", answer.order.state, split_of(answer.order.split))
        self._adds_up(answer.order, order.total_fen)
        must(answer.order.state == PAID, "cash was taken and the order is not paid")
        if repeats:
            again = self._of(order.person).call("PaymentService/ConfirmCash", request)
            self.facts.note("repeated")
            must(again.replayed and again.order.state == PAID, "repeated cash was not known")

    def cancel(self, order: Waiting, party: str | None = None) -> None:
        """A patient walks away, or a till takes the bill back."""
        request = pay.CancelOrderRequest(request_id=f"cancel-{order.number}", order_id=order.order_id, reason="left")
        client = self._of(order.person) if party is None else self._as(party)
        with self.trying(order.order_id, "cancel"):
            answer = client.call("PaymentService/CancelOrder", request)
        self.facts.told(order.order_id, "cancel", answer.order.state)

    def refund(self, order: Waiting, party: str) -> None:
        """A till refunds all; the wallet returns the cash."""
        request = pay.RefundRequest(
            request_id=f"refund-{order.number}", order_id=order.order_id, refund_no=f"R{order.number}",
            kind=e.REFUND_KIND_ALL, reason="not carried out",
        )  # fmt: skip
        with self.trying(order.order_id, "refund"):
            answer = self._as(party).call("PaymentService/Refund", request)
        self.facts.told(order.order_id, "refund", answer.order.state)
        must(abs(answer.refund.amounts.total_fen) == order.total_fen, "a whole refund is not the whole bill")
        if answer.refund.state == e.REFUND_STATE_COMPLETED:
            return
        back = pay.ConfirmCashRefundRequest(
            request_id=f"back-{order.number}", refund_id=answer.refund.refund_id,
            amount_fen=answer.refund.cash_to_return_fen, channel_refund_no=f"B{order.number}", refunded_at_ms=now_ms(),
        )  # fmt: skip
        done = self._of(order.person).call("PaymentService/ConfirmCashRefund", back)
        must(done.refund.state == e.REFUND_STATE_COMPLETED, "a refund is not complete with its cash returned")

    def pay_batch(self, orders: list[Waiting], quotes: list[Any]) -> tuple[Any, Callable[[], Any]]:
        """One BatchPay; gives its results, and what sends the same request again."""
        requests = [self.pay_request(order, quote, True, 0) for order, quote in zip(orders, quotes, strict=True)]
        batch = pay.BatchPayRequest(payments=requests)
        for order in orders:
            self.facts.trying(order.order_id, "pay")

        def send() -> Any:
            return self._as(BATCHES).call("PaymentService/BatchPay", batch).results

        results = send()
        must(len(results) == len(orders), "a BatchPay has not one result a payment")
        return results, send

    def _adds_up(self, order: Any, total_fen: int) -> None:
        natures = order.natures
        must(natures.total_fen == total_fen, "an order's total is not its bill")
        must(sum(getattr(natures, name) for name in NATURES) == total_fen, "an order's natures do not add up")
        if order.HasField("split"):
            must(sum(split_of(order.split)) == total_fen, "an order's payers do not add up to its bill")
