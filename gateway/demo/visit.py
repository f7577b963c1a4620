"""What a bill goes through: a hospital makes the order, a wallet quotes, pays and confirms; books are kept."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.client import Payment
from gateway.demo import DemoFault, demand
from gateway.demo.client import Party
from gateway.demo.people import Person, now_ms, today
from gateway.demo.phones import Phones, Watch
from gateway.demo.world import World
from gateway.pb.medsettle.v1 import binding_service_pb2 as bind
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay
from gateway.pb.medsettle.v1 import types_pb2 as t

PAYERS = tuple(name for name in t.PayerAmounts.DESCRIPTOR.fields_by_name if name != "total_fen")
PUSH, ACTIVE, PASSIVE = "order push", "scans the order's code", "shows a pay code"


class Bill(NamedTuple):
    """A bill that a hospital has for a patient."""

    order_no: str
    institution_id: str
    lines: tuple[t.OrderLine, ...]
    service: int = e.SERVICE_OUTPATIENT
    scenario: int = e.SCENARIO_DIAGNOSIS
    referral: int = e.REFERRAL_LOCAL
    kind: int = e.ORDER_KIND_MIXED
    expires_at_ms: int = 0
    title: str = "Visit"


@dataclass
class Patient:
    """A person with a wallet; bound once binding_id is set."""

    person: Person
    channel_id: str
    channel: Party
    watch: Watch
    binding_id: str = ""


@dataclass
class Books:
    """What the parties outside the gateway know they did: the other side of every sum at the end.

    Attributes:
        institutions: payments less refunds by institution and payer, in fen.
        paid_count: payments by institution; refund_count: refunds.
        replays: repeated requests that were answered as the first time.
    """

    institutions: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    paid_count: Counter[str] = field(default_factory=Counter)
    refund_count: Counter[str] = field(default_factory=Counter)
    paid_by: Counter[str] = field(default_factory=Counter)
    replays: int = 0

    def paid(self, order: Any) -> None:
        """An order became PAID."""
        parts = {name: getattr(order.split, name) for name in PAYERS}
        demand(
            sum(parts.values()) == order.natures.total_fen,
            f"order {order.institution_order_no}: the payers' parts do not add up to the bill",
        )
        self.institutions[order.institution_id].update(parts)
        self.paid_count[order.institution_id] += 1
        self.paid_by[order.channel_id] += 1

    def refunded(self, refund: Any) -> None:
        """A refund was made."""
        self.institutions[refund.institution_id].subtract({name: getattr(refund.amounts, name) for name in PAYERS})
        self.refund_count[refund.institution_id] += 1


class Desk:
    """The desks of the hospitals and the screens of the wallets."""

    def __init__(self, world: World, watches: dict[str, Watch], phones: Phones) -> None:
        self.world = world
        self.watches = watches
        self.phones = phones
        self.books = Books()

    def patient(self, person: Person) -> Patient:
        """A person with the wallet they use."""
        channel_ids = sorted(self.watches)
        channel_id = channel_ids[person.number % len(channel_ids)]
        return Patient(person, channel_id, self.world.channels[channel_id], self.watches[channel_id])

    async def start_binding(self, patient: Patient) -> tuple[str, str]:
        """Asks for a binding; gives its id and the code that came to the phone."""
        person = patient.person
        request = bind.StartBindingRequest(
            request_id=f"start-{person.number}", channel_user_id=f"user-{person.number}",
            id_document_kind=e.ID_DOCUMENT_KIND_ID_CARD, id_number=person.id_number, name=person.name,
            phone=person.phone, region_code=person.region,
        )  # fmt: skip
        answer = await patient.channel.call("BindingService/StartBinding", request)
        return answer.binding.binding_id, await self.phones.code(person.phone)

    async def bind(self, patient: Patient) -> None:
        """Binds, with the code from the phone."""
        binding_id, code = await self.start_binding(patient)
        request = bind.ConfirmBindingRequest(
            request_id=f"confirm-{patient.person.number}", binding_id=binding_id, code=code
        )  # fmt: skip
        await patient.channel.call("BindingService/ConfirmBinding", request)
        patient.binding_id = binding_id

    async def create(self, bill: Bill, binding_id: str = "") -> Any:
        """The hospital makes the order; with a binding it is pushed to its channel."""
        request = pay.CreateOrderRequest(
            request_id=f"create-{bill.order_no}", institution_id=bill.institution_id,
            institution_order_no=bill.order_no, binding_id=binding_id, kind=bill.kind, scenario=bill.scenario,
            service=bill.service, referral=bill.referral, service_date=today(), lines=bill.lines,
            total_fen=sum(line.amount_fen for line in bill.lines), title=bill.title,
            expires_at_ms=bill.expires_at_ms,
        )  # fmt: skip
        return await self.world.hospital.call("PaymentService/CreateOrder", request)

    async def hand_over(self, patient: Patient, bill: Bill, way: str) -> dict[str, Any]:
        """Makes the order and brings it to the wallet; gives what names it there (order_id or order_code)."""
        if way == PUSH:
            await self.create(bill, patient.binding_id)
        elif way == ACTIVE:
            return {"order_code": (await self.create(bill)).detail.order_code}
        else:
            made = await self.create(bill)
            shown = await patient.channel.call(
                "BindingService/IssuePayCode",
                bind.IssuePayCodeRequest(request_id=f"code-{bill.order_no}", binding_id=patient.binding_id),
            )
            request = pay.AttachPayCodeRequest(
                request_id=f"attach-{bill.order_no}", order_id=made.order.order_id, pay_code=shown.pay_code
            )
            await self.world.hospital.call("PaymentService/AttachPayCode", request)
        heard = await patient.watch.order(bill.institution_id, bill.order_no)
        demand(heard.binding_id == patient.binding_id, f"order {bill.order_no} came to the wrong patient")
        return {"order_id": heard.order_id}

    async def quote(self, patient: Patient, key: dict[str, Any]) -> Any:
        """What the patient is shown."""
        request = pay.QuoteOrderRequest(**key, binding_id=patient.binding_id, use_account=True)
        return await patient.channel.call("PaymentService/QuoteOrder", request)

    def pay_request(self, patient: Patient, key: dict[str, Any], quote: Any, suffix: str = "") -> Any:
        """The request that pays what was quoted, with the account where the quote used it."""
        number = quote.order.institution_order_no + suffix
        return pay.PayRequest(
            **key, request_id=f"pay-{number}", binding_id=patient.binding_id, quote_digest=quote.quote_digest,
            cash_due_fen=quote.cash_due_fen, use_account=True, user_authentication=e.USER_AUTHENTICATION_FACE,
            channel_order_no=f"W{number}",
        )  # fmt: skip

    async def pay(self, patient: Patient, request: Any) -> Any:
        """Pays; what is paid at once goes to the books."""
        answer = await patient.channel.call("PaymentService/Pay", request)
        if answer.status == pay.PAY_STATUS_PAID and not answer.replayed:
            self.books.paid(answer.order)
        return answer

    async def pay_joined(self, patient: Patient, request: Any) -> tuple[Payment, Any]:
        """Pays together with whoever else is paying now, and reads the order, which a joined payment does not bring."""
        payment = await patient.channel.pay(request)
        order = (
            await patient.channel.call("PaymentService/GetOrder", pay.GetOrderRequest(order_id=payment.order_id))
        ).order
        if payment.status == pay.PAY_STATUS_PAID and not payment.replayed:
            self.books.paid(order)
        return payment, order

    async def confirm_cash(self, patient: Patient, order: Any) -> Any:
        """Collects the cash of an authorized order, which pays it."""
        request = pay.ConfirmCashRequest(
            request_id=f"cash-{order.institution_order_no}", order_id=order.order_id,
            cash_receipt=receipt(order.institution_order_no, order.cash.cash_to_collect_fen),
        )  # fmt: skip
        answer = await patient.channel.call("PaymentService/ConfirmCash", request)
        if answer.status != pay.PAY_STATUS_PAID:
            raise DemoFault(f"order {order.institution_order_no}: the cash was not taken")
        if not answer.replayed:
            self.books.paid(answer.order)
        return answer

    async def refund(self, patient: Patient, order: Any, why: str, *line_nos: str) -> Any:
        """The hospital refunds all, or these lines; the wallet returns the cash. Gives the order as it ends."""
        request = pay.RefundRequest(
            request_id=f"refund-{order.institution_order_no}", order_id=order.order_id,
            refund_no=f"R{order.institution_order_no}", reason=why,
            kind=e.REFUND_KIND_LINES if line_nos else e.REFUND_KIND_ALL,
            returned_lines=[pay.ReturnedLine(line_no=line_no) for line_no in line_nos],
        )  # fmt: skip
        answer = await self.world.hospital.call("PaymentService/Refund", request)
        self.books.refunded(answer.refund)
        if answer.refund.state == e.REFUND_STATE_COMPLETED:
            return answer.order
        back = pay.ConfirmCashRefundRequest(
            request_id=f"back-{order.institution_order_no}", refund_id=answer.refund.refund_id,
            amount_fen=answer.refund.cash_to_return_fen, channel_refund_no=f"B{order.institution_order_no}",
            refunded_at_ms=now_ms(),
        )  # fmt: skip
        confirmed = await patient.channel.call("PaymentService/ConfirmCashRefund", back)
        demand(confirmed.refund.state == e.REFUND_STATE_COMPLETED, "a refund is not complete with its cash returned")
        return confirmed.order


def receipt(order_no: str, amount_fen: int) -> t.CashReceipt:
    """The wallet's word that it has the cash."""
    return t.CashReceipt(receipt_no=f"cash-{order_no}", amount_fen=amount_fen, paid_at_ms=now_ms())


def line(number: int, name: str, item_class: int, amount_yuan: int, self_pay_percent: int = 0) -> t.OrderLine:
    """One line of a bill; whole yuan and percents are enough for a story. Class 0 leaves it to the catalogue."""
    return t.OrderLine(
        line_no=str(number), item_code=name.upper().replace(" ", "-"), item_name=name, item_class=item_class,
        amount_fen=amount_yuan * 100, self_pay_ppm=self_pay_percent * 10_000,
    )  # fmt: skip
