"""The load: patients, each on a thread of its own, who go from bill to bill until they are told to stop.

Each knows what every one of its bills must look like in the end: the sums that the quote showed, and how it was left.
"""

import datetime
import random
import re
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import orjson

from core.words import ORDER_PAID, ORDER_REFUNDED, ORDER_VOIDED
from gateway.pb.medsettle.v1 import binding_service_pb2, enums_pb2, operator_service_pb2, payment_service_pb2, types_pb2
from tests.e2e.server import Server
from tests.faults.book import PAY, Book, GivenUp

pb = payment_service_pb2
OPENING_FEN = 50_000_000
REGION, INSTITUTION = "110100", "H11010000001"
WALLET, CLINIC = "wallet-a", "clinic-isv"
TODAY = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=8)).date().isoformat()
CASH_AT_MS = 1_790_000_000_000
WAYS = ("account", "receipt", "confirmed cash", "refunded", "cancelled", "cash refunded")


class Bill(NamedTuple):
    """A bill that came to its end.

    Attributes:
        split: what the quote showed, and the patient agreed to.
        to_collect_fen: the cash of it that the channel took.
        cash_returned: whether it gave the cash back.
        held: whether it was authorized before it was paid or cancelled.
        state: of the order.
    """

    order_no: str
    person_no: str
    split: Any
    to_collect_fen: int
    cash_returned: bool
    held: bool
    state: int


class Crowd:
    """Insured persons with money, and what has become of their bills.

    Args:
        name: in front of every number, so that two crowds can use one store.
        size: of the crowd.
    """

    def __init__(self, book: Book, seed: int, size: int, name: str = "K") -> None:
        self.book = book
        self.size = size
        self.name = name
        self.bills: list[Bill] = []
        self._seed = seed
        self._bindings: list[str] = []
        self._stopping = threading.Event()
        self._threads: ThreadPoolExecutor | None = None
        self._lives: list[Future[None]] = []

    def bring_in(self, server: Server) -> None:
        """Imports the persons, credits them and binds each to a user of the wallet."""
        numbers = [f"{self.name}{number}" for number in range(self.size)]
        records = [
            operator_service_pb2.PersonRecord(
                person_no=no, region_code=REGION, scheme=enums_pb2.SCHEME_EMPLOYEE, birth_date="1980-05-17",
                status=enums_pb2.PERSON_STATUS_ACTIVE, sex=enums_pb2.SEX_MALE, name="Patient",
                id_document_kind=enums_pb2.ID_DOCUMENT_KIND_ID_CARD, id_number=f"00000019800517{number:04d}",
                phone=f"1001{number:07d}", assistance=enums_pb2.ASSISTANCE_NONE,
            )
            for number, no in enumerate(numbers)
        ]  # fmt: skip
        credits = [
            operator_service_pb2.CreditRecord(
                credit_no=no, region_code=REGION, person_no=no, amount_fen=OPENING_FEN,
                kind=enums_pb2.CREDIT_KIND_OPENING_BALANCE, purse=enums_pb2.PURSE_PRIOR_YEARS,
                credited_at_ms=1_700_000_000_000,
            )
            for no in numbers
        ]  # fmt: skip
        bureau = self.book.clients().bureau
        for rpc, request in (
            ("ImportPersons", operator_service_pb2.ImportPersonsRequest(request_id="persons", records=records)),
            ("PostCredits", operator_service_pb2.PostCreditsRequest(request_id="credits", records=credits)),
        ):
            answer = bureau.send(f"OperatorService/{rpc}", [request])
            assert answer.counts.created_count == self.size, answer.errors
        self._bindings = [self._bind(server, record) for record in records]

    def _bind(self, server: Server, record: operator_service_pb2.PersonRecord) -> str:
        start = binding_service_pb2.StartBindingRequest(
            request_id=f"start-{record.person_no}", channel_user_id=record.person_no, region_code=REGION,
            id_document_kind=record.id_document_kind, id_number=record.id_number, name=record.name, phone=record.phone,
        )  # fmt: skip
        binding_id = self.book.send("BindingService/StartBinding", start, WALLET).binding.binding_id
        code = re.search(r"\d{6}", orjson.loads(server.outbox.read_text().splitlines()[-1])["text"])
        assert code is not None
        confirm = binding_service_pb2.ConfirmBindingRequest(
            request_id=f"confirm-{record.person_no}", binding_id=binding_id, code=code[0]
        )
        self.book.send("BindingService/ConfirmBinding", confirm, WALLET)
        return str(binding_id)

    def begin(self) -> None:
        """Lets every patient in."""
        self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="patient")
        self._lives = [self._threads.submit(self._live, number) for number in range(self.size)]

    def check(self) -> None:
        """Raises what has gone wrong with a patient."""
        for life in self._lives:
            if life.done():
                life.result()

    def stop(self) -> None:
        """Tells every patient that the visit under way is the last."""
        self._stopping.set()

    def leave(self) -> None:
        """Waits until every patient is gone, whatever has become of them."""
        if self._threads is not None:
            self._threads.shutdown()

    def end(self) -> None:
        """Lets every patient finish the visit under way."""
        self.stop()
        self.leave()
        self.check()

    def _live(self, number: int) -> None:
        chance = random.Random(f"{self._seed}/{number}")
        visit = 0
        while not self._stopping.is_set():
            visit += 1
            try:
                self._visit(number, f"{self.name}{number}-{visit}", chance)
            except GivenUp:
                return

    def _visit(self, number: int, name: str, chance: random.Random) -> None:
        way, total_fen = chance.choice(WAYS), chance.randint(100, 3_000)
        book, binding_id = self.book, self._bindings[number]
        bill = pb.CreateOrderRequest(
            request_id=f"order-{name}", institution_id=INSTITUTION, institution_order_no=name, title="Visit",
            binding_id=binding_id, kind=enums_pb2.ORDER_KIND_MIXED, scenario=enums_pb2.SCENARIO_DIAGNOSIS,
            service=enums_pb2.SERVICE_OUTPATIENT, referral=enums_pb2.REFERRAL_LOCAL, service_date=TODAY,
            total_fen=total_fen,
            lines=[types_pb2.OrderLine(line_no="1", item_code="A", item_name="exam", item_class=enums_pb2.ITEM_CLASS_A,
                                       amount_fen=total_fen)],
        )  # fmt: skip
        order_id = book.send("PaymentService/CreateOrder", bill, CLINIC).order.order_id
        use_account = way in ("account", "refunded")
        quote = book.query(
            "PaymentService/QuoteOrder",
            pb.QuoteOrderRequest(order_id=order_id, binding_id=binding_id, use_account=use_account),
            WALLET,
        )
        cash_fen = quote.cash_to_collect_fen
        receipt = types_pb2.CashReceipt(receipt_no=name, amount_fen=cash_fen, paid_at_ms=CASH_AT_MS)
        pay = pb.PayRequest(
            request_id=f"pay-{name}", order_id=order_id, binding_id=binding_id, quote_digest=quote.quote_digest,
            cash_due_fen=quote.cash_due_fen, use_account=use_account, channel_order_no=name,
            user_authentication=enums_pb2.USER_AUTHENTICATION_PASSWORD,
            cash_receipt=receipt if way in ("receipt", "cash refunded") else None,
        )  # fmt: skip
        paid = book.send(PAY, pay, WALLET, joins=chance.random() < 0.7)
        held = way in ("confirmed cash", "cancelled")
        assert paid.status == (pb.PAY_STATUS_AUTHORIZED if held else pb.PAY_STATUS_PAID), paid
        if way == "confirmed cash":
            confirm = pb.ConfirmCashRequest(request_id=f"confirm-{name}", order_id=order_id, cash_receipt=receipt)
            answer = book.send("PaymentService/ConfirmCash", confirm, WALLET)
            assert answer.order.state == enums_pb2.ORDER_STATE_PAID
        elif way == "cancelled":
            cancel = pb.CancelOrderRequest(request_id=f"cancel-{name}", order_id=order_id)
            book.send("PaymentService/CancelOrder", cancel, CLINIC)
        elif way in ("refunded", "cash refunded"):
            self._refund(name, order_id, cash_fen)
        state = {"cancelled": ORDER_VOIDED, "refunded": ORDER_REFUNDED, "cash refunded": ORDER_REFUNDED}
        took_fen = 0 if way in ("account", "refunded", "cancelled") else cash_fen
        person_no, end = f"{self.name}{number}", state.get(way, ORDER_PAID)
        self.bills.append(Bill(name, person_no, quote.split, took_fen, way == "cash refunded", held, end))

    def _refund(self, name: str, order_id: str, cash_fen: int) -> None:
        refund = pb.RefundRequest(
            request_id=f"refund-{name}", order_id=order_id, refund_no=name, kind=enums_pb2.REFUND_KIND_ALL, reason="x"
        )
        refund_id = self.book.send("PaymentService/Refund", refund, CLINIC).refund.refund_id
        if cash_fen:
            back = pb.ConfirmCashRefundRequest(
                request_id=f"back-{name}", refund_id=refund_id, amount_fen=cash_fen, channel_refund_no=name,
                refunded_at_ms=CASH_AT_MS,
            )  # fmt: skip
            self.book.send("PaymentService/ConfirmCashRefund", back, WALLET)
