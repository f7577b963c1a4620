"""The world around the gateway: hospitals, wallets, patients and the bureau, each a fiber with its own random numbers.

A caller asks with one request id until it knows the answer: it sends again when it hears nothing or is told to, sends
twice, hangs up, and takes a refusal for settled only when no other copy of the request is on its way.
"""

import contextlib
import copy
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from google.protobuf.message import Message

from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import binding_service_pb2, enums_pb2, payment_service_pb2, types_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as op
from gateway.pb.medsettle.v1 import settlement_service_pb2 as sp
from gateway.reasons import Reason
from gateway.replay.bills import Draft
from gateway.replay.proof import replay_orders
from gateway.replay.report import digest_of
from gateway.stores.sqlite_reader import SqliteReader
from gateway.verify.source import NotAStore, open_store
from tests.gateway_kit import POLICY, REGION, TODAY, credit, person, random_refund
from tests.sim.clock import START_MS
from tests.sim.network import Asked, Network
from tests.sim.process import Phones
from tests.sim.scheduler import Home, Scheduler
from tests.sim.weather import Tally, Weather

pb = payment_service_pb2

_ROUNDS_MAX = 200
_OPEN, _AUTHORIZED, _PAID, _REFUNDED = (
    enums_pb2.ORDER_STATE_OPEN,
    enums_pb2.ORDER_STATE_AUTHORIZED,
    enums_pb2.ORDER_STATE_PAID,
    enums_pb2.ORDER_STATE_REFUNDED,
)


class Bound(NamedTuple):
    """A wallet's user who is bound to a person."""

    wallet: str
    binding_id: str
    number: int


class World:
    """What all clients share."""

    def __init__(
        self,
        scheduler: Scheduler,
        network: Network,
        weather: Weather,
        phones: Phones,
        bound: list[Bound],
        tally: Tally,
        found: Callable[[str], None],
        seed: str,
    ) -> None:
        self.scheduler = scheduler
        self.network = network
        self.weather = weather
        self.phones = phones
        self.bound = bound
        self.tally = tally
        self.found = found
        self.seed = seed
        self.home = Home("world")
        self.store_path: Callable[[], Path] = Path
        self.asked: list[Asked] = []  # every request with an id, in the order they were made
        self.receipt_nos: list[str] = []
        self.busy_count = 0
        self.numbers = 0

    def now_ms(self) -> int:
        """The callers' time, which is right."""
        return START_MS + self.scheduler.now_us // 1000

    def replay_of(self, policy: dict[str, Any]) -> op.PolicyReplay | None:
        """What `medsettle policy replay` makes of the store's file as it lies there; None when it cannot be read."""
        try:
            with contextlib.closing(open_store(self.store_path())) as db:
                reader = SqliteReader(db)
                through_seq = reader.last_seq()
                report = replay_orders(reader, Draft(policy, orjson.dumps(policy)), 100, through_seq)
        except (NotAStore, sqlite3.Error):
            return None
        return op.PolicyReplay(report_digest=digest_of(report), order_count=100, event_count=through_seq)

    def number(self) -> int:
        """A number that nobody else has."""
        self.numbers += 1
        return self.numbers

    def start(self, name: str, program: "Callable[[Client], None]") -> None:
        """Starts a client."""
        self.busy_count += 1
        client = Client(self, name)

        def body() -> None:
            program(client)
            self.busy_count -= 1

        client.fiber = self.scheduler.spawn(name, self.home, body)


class Client:
    """One caller, or several that act together."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.rng = random.Random(f"{world.seed}/{name}")
        self.name = name
        self.fiber: Any = None

    # Asking.

    def ask(self, name: str, party: str, request: Message, *, counts: bool = True, is_known: bool = False) -> Any:
        """The response to a request, or the Refusal that settles it. The last checks leave out what does not count."""
        asked = Asked(name, party, request, self.fiber)
        asked.is_known = is_known or not counts
        if counts and not asked.is_query:
            self.world.asked.append(asked)
        self.drain(asked)
        if asked.response is not None:
            if not asked.is_query and self.rng.random() < 0.15:
                self.world.network.send(asked)  # once more, and nobody waits for it
            return asked.response
        assert asked.refusal is not None
        return asked.refusal

    def drain(self, asked: Asked) -> None:
        """Asks until the answer is known."""
        network, rates = self.world.network, self.world.weather.call_rates
        for round_number in range(_ROUNDS_MAX):
            alone = not asked.open_copies
            if round_number:
                self.world.tally["call: repeated"] += 1
            network.send(asked)
            if not network.calm and self.rng.random() < rates.get("duplicate", 0.0):
                self.world.tally["call: duplicate"] += 1
                network.send(asked)
                alone = False
            asked.refusal = None
            self._wait(asked, self.world.weather.patience_us << min(round_number, 6))
            if asked.response is not None:
                return
            if asked.refusal is not None and not asked.open_copies and (alone or asked.is_query):
                asked.refusal_is_settled = True
                return
            if asked.open_copies and self.rng.random() < 0.6:
                for copy in list(asked.open_copies):
                    network.cancel(copy)
            self.world.scheduler.sleep(self.rng.randint(1_000, 50_000 << min(round_number, 6)))
        self.world.found(f"{asked.name} has no answer after {_ROUNDS_MAX} rounds: {asked.refusal}")

    def _wait(self, asked: Asked, patience_us: int) -> None:
        scheduler = self.world.scheduler
        until_us = scheduler.now_us + self.rng.randint(1_000, patience_us)
        scheduler.after(until_us - scheduler.now_us, lambda: scheduler.wake(self.fiber))
        while asked.open_copies and asked.response is None and scheduler.now_us < until_us:
            scheduler.wait()

    def think(self, low_ms: int, high_ms: int) -> None:
        """Lets time pass."""
        scheduler, weather = self.world.scheduler, self.world.weather
        us = int(self.rng.randint(low_ms * 1000, high_ms * 1000) * weather.haste)
        if weather.rush_us:  # callers come together
            us += -(scheduler.now_us + us) % weather.rush_us
        scheduler.sleep(us)

    def request_id(self) -> str:
        """A request id that no other request has."""
        return f"sim-{self.world.seed}-{self.world.number()}"

    def chance(self, likely: float) -> bool:
        """Whether something happens."""
        return self.rng.random() < likely

    # What they do.

    def visits(self) -> None:
        """One bill after the other."""
        for _ in range(self.world.weather.visit_count):
            self.think(0, 200)
            if self.chance(0.2):
                self._pay_many()
            else:
                Visit(self).whole()

    def _pay_many(self) -> None:
        """A wallet collects payments and sends them in one call; then it asks for each as if it had heard nothing."""
        visits = [Visit(self, bound=self.rng.choice(self.world.bound)) for _ in range(self.rng.randint(2, 4))]
        wallet = visits[0].bound.wallet
        requests = [visit.pay_request() for visit in visits if visit.bound.wallet == wallet and visit.create()]
        payments = [request for request in requests if request is not None]
        if not payments:
            return
        self.world.tally["call: many payments"] += 1
        many = self.ask("BatchPay", wallet, pb.BatchPayRequest(payments=payments))
        assert not isinstance(many, Refusal), many
        for request, result in zip(payments, many.results, strict=True):
            alone = self.ask("Pay", wallet, request, is_known=True)
            if result.status and (isinstance(alone, Refusal) or alone.status != result.status):
                self.world.found(f"BatchPay answered {result}, Pay with the same request id {alone}")

    def bureau(self) -> None:
        """Money comes in; windows are closed and paid."""
        for _ in range(3 * self.world.weather.visit_count):
            self.think(20, 600)
            number = self.world.number()
            if self.chance(0.3):
                amount_fen, person_no = self.rng.choice((5_000, 70_000, -3_000)), f"P{self.rng.randint(1, 3)}"
                records = [credit(1_000 + number, amount_fen, person_no=person_no)]
                self.ask("PostCredits", "bureau", op.PostCreditsRequest(request_id=self.request_id(), records=records))
                continue
            if self.chance(0.2):
                self._change_policy(number)
                continue
            hospital = self.rng.choice(("H1", "H2"))
            close = sp.CloseWindowRequest(request_id=self.request_id(), institution_id=hospital, period=f"{number}")
            closed = self.ask("CloseWindow", "bureau", close)
            if isinstance(closed, Refusal):
                continue
            self.world.tally["event: window closed"] += 1
            payout = sp.ConfirmPayoutRequest(
                request_id=self.request_id(), window_id=closed.window.window_id, amount_fen=closed.window.payable_fen,
                bank_reference=f"BANK-{number}", paid_at_ms=self.world.now_ms(),
            )  # fmt: skip
            self.ask("ConfirmPayout", "bureau", payout)

    def _change_policy(self, number: int) -> None:
        policy = copy.deepcopy(POLICY) | {"version": f"2026-{number}"}
        policy["schemes"]["employee"]["outpatient"][0]["deductible"]["amounts"] = self.rng.choice((10_000, 180_000))
        put = op.PutPolicyRequest(
            request_id=self.request_id(), document=orjson.dumps(policy), file_name=f"{REGION}.json"
        )
        stored = self.ask("PutPolicy", "bureau", put)
        if isinstance(stored, Refusal):
            return
        activate = op.ActivatePolicyRequest(
            request_id=self.request_id(), region_code=REGION, document_digest=stored.document_digest,
            replay=self.world.replay_of(policy),
        )  # fmt: skip
        activated = self.ask("ActivatePolicy", "bureau", activate)
        if isinstance(activated, Refusal):
            self.world.tally[f"event: policy not activated, {activated.reason.name}"] += 1
        else:
            self.world.tally["event: policy changed"] += 1

    def clerk(self) -> None:
        """The catalogue's entry of what every bill is for is put, ends, comes back, and changes its ratio."""
        for _ in range(2 * self.world.weather.visit_count):
            self.think(20, 600)
            entry = op.CatalogueEntry(
                region_code=REGION, item_code="X1", item_class=enums_pb2.ITEM_CLASS_B,
                self_pay_ppm=self.rng.choice((0, 100_000, 300_000)), valid_from=TODAY,
                valid_to=self.rng.choice(("", "2026-11-05")),  # withdrawn: the bills are of the day after
            )  # fmt: skip
            other = op.CatalogueEntry(
                region_code=REGION, item_code=f"X{self.rng.randint(2, 4)}", item_class=enums_pb2.ITEM_CLASS_A,
                valid_from=TODAY,
            )  # fmt: skip
            self.ask(
                "PutCatalogue", "bureau", op.PutCatalogueRequest(request_id=self.request_id(), records=[entry, other])
            )
            self.world.tally["event: catalogue changed"] += 1

    def patient(self) -> None:
        """A user binds, mistypes, and unbinds."""
        for _ in range(self.world.weather.visit_count):
            self.think(0, 500)
            number = self.rng.randint(1, 3)
            record = person(number)
            start = binding_service_pb2.StartBindingRequest(
                request_id=self.request_id(), channel_user_id=f"{self.name}-{self.rng.randint(1, 2)}",
                id_document_kind=record.id_document_kind, id_number=record.id_number, name=record.name,
                phone=record.phone, region_code=REGION,
            )  # fmt: skip
            started = self.ask("StartBinding", "wallet-1", start)
            if isinstance(started, Refusal):
                continue
            binding_id = started.binding.binding_id
            code = self.world.phones.codes[binding_id]
            if self.chance(0.4):
                code = f"{(int(code) + 1) % 1_000_000:06d}"
            confirm = binding_service_pb2.ConfirmBindingRequest(
                request_id=self.request_id(), binding_id=binding_id, code=code
            )
            if not isinstance(self.ask("ConfirmBinding", "wallet-1", confirm), Refusal):
                self.world.bound.append(Bound("wallet-1", binding_id, number))  # from now on it comes with bills
                self.think(20, 600)
            if self.chance(0.5):
                unbind = binding_service_pb2.UnbindRequest(request_id=self.request_id(), binding_id=binding_id)
                self.ask("Unbind", "wallet-1", unbind)


class Visit:
    """One bill from its creation to wherever it goes."""

    def __init__(self, client: Client, order: Any = None, bound: Bound | None = None, hospital: int = 0) -> None:
        self.client = client
        self.rng = client.rng
        self.ask = client.ask
        self.bound = bound or client.rng.choice(client.world.bound)
        self.hospital = hospital or client.rng.randint(1, 2)
        self.order: Any = order
        self.order_code = ""
        self.refund: Any = None

    def whole(self) -> None:
        """The visit."""
        if not self.create():
            return
        for _ in range(self.rng.randint(1, 4)):
            if self.order.state == _AUTHORIZED and self.client.chance(0.4):
                self.client.world.scheduler.sleep(self.rng.randint(2_000_000, 9_000_000))  # until it may have expired
            self.client.think(0, 300)
            if self.client.chance(0.15):
                rival = Visit(self.client, self.order, self.bound, self.hospital)
                self.client.world.start(f"{self.client.name}-rival-{self.client.world.number()}", rival.run_as)
            self._step()

    def run_as(self, client: Client) -> None:
        """Another caller does something about the same bill at the same time."""
        self.client, self.rng, self.ask = client, client.rng, client.ask
        self._step()

    def create(self) -> bool:
        """Makes the bill, and has it claimed where that is how; gives whether it is there to be paid."""
        number, total_fen = self.client.world.number(), self.rng.choice((900, 19_000, 90_000, 240_000))
        how = self.rng.choice(("pushed", "pushed", "pay code", "order code"))
        line = types_pb2.OrderLine(
            line_no="1", item_code="X1", item_name="药", item_class=enums_pb2.ITEM_CLASS_A, amount_fen=total_fen
        )
        request = pb.CreateOrderRequest(
            request_id=self.client.request_id(), institution_id=f"H{self.hospital}",
            institution_order_no=f"NO-{number}", binding_id=self.bound.binding_id if how == "pushed" else "",
            kind=enums_pb2.ORDER_KIND_MIXED, scenario=enums_pb2.SCENARIO_DIAGNOSIS,
            service=enums_pb2.SERVICE_OUTPATIENT, referral=enums_pb2.REFERRAL_LOCAL, service_date=TODAY,
            total_fen=total_fen, title="门诊缴费", lines=[line],
            expires_at_ms=self.client.world.now_ms() + self.rng.randint(1_500, 6_000) if self.client.chance(0.4) else 0,
        )  # fmt: skip
        created = self.ask("CreateOrder", self.his, request)
        if isinstance(created, Refusal):
            return False
        self.order = created.order
        if how == "order code":
            self.order_code = created.detail.order_code
        return how != "pay code" or self._attach()

    def _attach(self) -> bool:
        issue = binding_service_pb2.IssuePayCodeRequest(
            request_id=self.client.request_id(), binding_id=self.bound.binding_id
        )
        issued = self.ask("IssuePayCode", self.bound.wallet, issue)
        if isinstance(issued, Refusal):
            return False
        attach = pb.AttachPayCodeRequest(
            request_id=self.client.request_id(), order_id=self.order.order_id, pay_code=issued.pay_code
        )
        return not isinstance(self.ask("AttachPayCode", self.his, attach), Refusal)

    @property
    def his(self) -> str:
        """The hospital's party."""
        return f"his-{self.hospital}"

    def _step(self) -> None:
        state = self.order.state
        if self.client.chance(0.15):
            state = self.rng.choice((_OPEN, _AUTHORIZED, _PAID, _REFUNDED))
        if state == _OPEN:
            self.rng.choice((self._pay, self._pay, self._pay, self._cancel))()
        elif state == _AUTHORIZED:
            self.rng.choice((self._confirm, self._confirm, self._confirm, self._cancel, self._look))()
        elif state in (_PAID, enums_pb2.ORDER_STATE_PARTIALLY_REFUNDED) and self.client.chance(0.7):
            self.rng.choice((self._give_back, self._give_back, self._pay, self._confirm, self._cancel, self._look))()
        else:
            self.rng.choice((self._give_back_cash, self._pay, self._confirm, self._look))()

    def _settle(self, answer: Any) -> Any:
        if not isinstance(answer, Refusal):
            self.order = answer.order
            for receipt in answer.order.receipts:
                if receipt.state == enums_pb2.RECEIPT_STATE_TO_RETURN and self.client.chance(0.7):
                    self._return_receipt(receipt.receipt)
        return answer

    def _look(self) -> None:
        party = self.rng.choice((self.his, self.bound.wallet))
        self._settle(self.ask("GetOrder", party, pb.GetOrderRequest(order_id=self.order.order_id)))

    def _receipt(self, amount_fen: int) -> types_pb2.CashReceipt:
        used = self.client.world.receipt_nos
        used.append(f"R-{self.client.world.number()}")
        return types_pb2.CashReceipt(
            receipt_no=self.rng.choice(used) if self.client.chance(0.05) else used[-1],
            amount_fen=amount_fen,
            paid_at_ms=self.client.world.now_ms(),
        )

    def _pay(self) -> None:
        request = self.pay_request()
        if request is None:
            return
        answer = self._settle(self.ask("Pay", self.bound.wallet, request))
        if not isinstance(answer, Refusal):
            self._count_cash_to_return(answer)
            if not self.client.world.network.calm and self.client.chance(
                self.client.world.weather.call_rates.get("other body", 0.0)
            ):
                self._ask_with_another_body(request)

    def pay_request(self) -> pb.PayRequest | None:
        """A payment of what a quote shows now; None where there is no quote."""
        name = {"order_code": self.order_code} if self.order_code else {"order_id": self.order.order_id}
        quote = pb.QuoteOrderRequest(binding_id=self.bound.binding_id, use_account=True, **name)
        quoted = self.ask("QuoteOrder", self.bound.wallet, quote)
        if isinstance(quoted, Refusal):
            return None
        if self.client.chance(0.3):
            self.client.think(0, 2_000)  # the patient reads it; meanwhile it may change
        number = self.client.world.number()
        request = pb.PayRequest(
            request_id=self.client.request_id(), binding_id=self.bound.binding_id, quote_digest=quoted.quote_digest,
            cash_due_fen=quoted.cash_due_fen, use_account=True,
            user_authentication=enums_pb2.USER_AUTHENTICATION_PASSWORD,
            channel_order_no=f"CH-{number}" if self.client.chance(0.5) else "", **name,
        )  # fmt: skip
        if quoted.cash_to_collect_fen and self.client.chance(0.6):
            request.cash_receipt.CopyFrom(self._receipt(quoted.cash_to_collect_fen))
        return request

    def _ask_with_another_body(self, request: pb.PayRequest) -> None:
        other = pb.PayRequest()
        other.CopyFrom(request)
        other.cash_due_fen += 1
        answer = self.ask("Pay", self.bound.wallet, other, counts=False)
        if not isinstance(answer, Refusal) or answer.reason != Reason.REQUEST_ID_CONFLICT:
            self.client.world.found(f"another body under a known request id was taken: {other} {answer}")

    def _count_cash_to_return(self, answer: Any) -> None:
        if answer.status == pb.PAY_STATUS_CASH_TO_RETURN:
            self.client.world.tally["answer: cash to be returned"] += 1

    def _confirm(self) -> None:
        cash_fen = self.order.cash.cash_to_collect_fen or 100
        request = pb.ConfirmCashRequest(
            request_id=self.client.request_id(), order_id=self.order.order_id,
            cash_receipt=self._receipt(cash_fen + (1 if self.client.chance(0.05) else 0)),
        )  # fmt: skip
        answer = self._settle(self.ask("ConfirmCash", self.bound.wallet, request))
        if not isinstance(answer, Refusal):
            self._count_cash_to_return(answer)
            if answer.status == pb.PAY_STATUS_PAID and answer.order.paid_at_ms >= answer.order.expires_at_ms:
                self.client.world.tally["answer: late confirmation honoured"] += 1

    def _cancel(self) -> None:
        party = self.rng.choice((self.his, self.bound.wallet))
        request = pb.CancelOrderRequest(
            request_id=self.client.request_id(), order_id=self.order.order_id, reason="not wanted"
        )
        self._settle(self.ask("CancelOrder", party, request))

    def _give_back(self) -> None:
        refund_no = f"RF-{self.client.world.number()}"
        request = random_refund(self.rng, self.order, self.client.request_id(), refund_no)
        answer = self._settle(self.ask("Refund", self.his, request))
        if not isinstance(answer, Refusal):
            self.refund = answer.refund
            self.client.world.tally["answer: refund of a part"] += answer.order.state != _REFUNDED

    def _give_back_cash(self) -> None:
        if self.refund is None or not self.refund.cash_to_return_fen:
            self._look()
            return
        request = pb.ConfirmCashRefundRequest(
            request_id=self.client.request_id(), refund_id=self.refund.refund_id,
            amount_fen=self.refund.cash_to_return_fen, channel_refund_no=f"W-{self.client.world.number()}",
            refunded_at_ms=self.client.world.now_ms(),
        )  # fmt: skip
        self.ask("ConfirmCashRefund", self.bound.wallet, request)

    def _return_receipt(self, receipt: types_pb2.CashReceipt) -> None:
        request = pb.ConfirmCashRefundRequest(
            request_id=self.client.request_id(), receipt_no=receipt.receipt_no, amount_fen=receipt.amount_fen,
            channel_refund_no=f"W-{self.client.world.number()}", refunded_at_ms=self.client.world.now_ms(),
        )  # fmt: skip
        self.ask("ConfirmCashRefund", self.bound.wallet, request)
