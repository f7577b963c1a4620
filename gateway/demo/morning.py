"""The story: a dozen named bills, one after the other, each showing one thing that can happen to a bill."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from gateway.demo import demand
from gateway.demo.client import expect_refused
from gateway.demo.people import NAMED, now_ms
from gateway.demo.visit import ACTIVE, PASSIVE, PUSH, Bill, Desk, Patient, line, receipt
from gateway.demo.world import AWAY_HOSPITAL
from gateway.pb.medsettle.v1 import binding_service_pb2 as bind
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay

_A, _B, _C = e.ITEM_CLASS_A, e.ITEM_CLASS_B, e.ITEM_CLASS_C
_EXPIRY_MS = 1_500
_POLL_S = 0.05


class Story(NamedTuple):
    """One named bill as it ended.

    Attributes:
        way: how the order came to the wallet.
        order: the order, with its split once it was held or paid.
        words: what happened.
    """

    title: str
    patient: Patient
    way: str
    order: Any
    words: str


class Morning:
    """Plays the stories; each gives one or two named bills."""

    def __init__(self, desk: Desk, say: Callable[[str], None]) -> None:
        self._desk = desk
        self._say = say
        self.stories: list[Story] = []

    async def play(self) -> list[Story]:
        """Plays all, and says how each ended."""
        for story in (
            self._cash_due, self._wholly_insurance, self._away_from_home, self._crosses_deductible, self._inpatient,
            self._little_balance, self._expired, self._late_cash, self._stale_quote, self._refund, self._repeated,
        ):  # fmt: skip
            for told in await story():
                self.stories.append(told)
                self._say(f"{told.title}: {told.patient.person.label}: {told.words}")
        return self.stories

    async def _patient(self, name: str) -> Patient:
        patient = self._desk.patient(NAMED[name])
        await self._desk.bind(patient)
        return patient

    async def _settle(self, patient: Patient, bill: Bill, way: str) -> Any:
        """From the order to PAID, cash included; gives the order."""
        key = await self._desk.hand_over(patient, bill, way)
        quote = await self._desk.quote(patient, key)
        paid = await self._desk.pay(patient, self._desk.pay_request(patient, key, quote))
        if paid.status == pay.PAY_STATUS_AUTHORIZED:
            paid = await self._desk.confirm_cash(patient, paid.order)
        demand(paid.order.state == e.ORDER_STATE_PAID, f"order {bill.order_no} is not paid")
        return paid.order

    async def _cash_due(self) -> list[Story]:
        patient = await self._patient("Lin Mei")
        # The hospital names the items; that they are of class A, of B with 10 %, and of C is for the catalogue to say.
        lines = (line(1, "CT", 0, 900), line(2, "Contrast agent", 0, 240), line(3, "Comfort kit", 0, 60))
        key = await self._desk.hand_over(patient, Bill("M01", "H44010000001", lines), ACTIVE)
        quote = await self._desk.quote(patient, key)
        held = await self._desk.pay(patient, self._desk.pay_request(patient, key, quote))
        demand(held.order.state == e.ORDER_STATE_AUTHORIZED, "a bill with cash due is not held first")
        paid = await self._desk.confirm_cash(patient, held.order)
        natures = paid.order.natures
        classified = (natures.full_self_pay_fen, natures.class_b_self_pay_fen) == (6_000, 2_400)
        demand(classified, "the catalogue did not classify the lines of the first bill")
        words = "classified by the catalogue; held by Pay; paid once the wallet had the cash (ConfirmCash)"
        return [Story("cash due", patient, ACTIVE, paid.order, words)]

    async def _wholly_insurance(self) -> list[Story]:
        patient = await self._patient("Sun Lan")
        bill = Bill("M02", "C44030000001", (line(1, "Consultation", _A, 60), line(2, "Drugs", _A, 260)))
        order = await self._settle(patient, bill, PASSIVE)
        demand(order.split.cash_fen == 0, "the bill meant for insurance alone left cash")
        return [Story("wholly by insurance", patient, PASSIVE, order, "no cash due: paid by Pay alone")]

    async def _away_from_home(self) -> list[Story]:
        patient = await self._patient("Zhou Wei")
        bill = Bill("M03", AWAY_HOSPITAL, (line(1, "MRI", _A, 1_200),), referral=e.REFERRAL_TRANSFER)
        order = await self._settle(patient, bill, PUSH)
        demand(order.insured_region_code != order.treatment_region_code, "the patient away from home is at home")
        words = "treated in 610100 under the rule of home (610200), 10 points less with a referral"
        return [Story("away from home", patient, PUSH, order, words)]

    async def _crosses_deductible(self) -> list[Story]:
        patient = await self._patient("Qian Hong")
        first = await self._settle(patient, Bill("M04", "D11010000001", (line(1, "Drugs", _A, 150),)), ACTIVE)
        second = await self._settle(patient, Bill("M05", "D11010000001", (line(1, "Ultrasound", _A, 400),)), PUSH)
        demand(first.split.pooled_fen == 0 < second.split.pooled_fen, "the second visit does not cross the deductible")
        return [
            Story("below the deductible", patient, ACTIVE, first, "the fund pays nothing yet"),
            Story("crosses the deductible", patient, PUSH, second, "the fund pays what lies above it"),
        ]

    async def _inpatient(self) -> list[Story]:
        patient = await self._patient("Wu Shan")
        lines = (line(1, "Operation", _A, 38_000), line(2, "Ward and care", _A, 14_000),
                 line(3, "Implant", _B, 24_000, 10), line(4, "Single room", _C, 2_000))  # fmt: skip
        bill = Bill("M06", "H11010000001", lines, e.SERVICE_INPATIENT, e.SCENARIO_INPATIENT, title="Stay")
        order = await self._settle(patient, bill, PASSIVE)
        # 91 % of 30,000 less the deductible, 94 % up to 40,000, 97 % of the 33,600 above: worked by hand from the rule.
        demand(order.split.pooled_fen == 6_810_900, "the in-patient stay is not split by its bands of 91, 94 and 97 %")
        words = f"stay {order.stay_number} of the year; 91 % up to 30,000, 94 % up to 40,000, 97 % above"
        return [Story("in-patient stay", patient, PASSIVE, order, words)]

    async def _little_balance(self) -> list[Story]:
        patient = await self._patient("Li Qiang")
        lines = (line(1, "Consultation", _A, 80), line(2, "Drugs", _A, 220))
        only = Bill("M07", "H42010000001", lines, kind=e.ORDER_KIND_INSURANCE_ONLY)
        key = await self._desk.hand_over(patient, only, PUSH)
        quote = await self._desk.quote(patient, key)
        await expect_refused("CASH_NOT_ALLOWED", self._desk.pay(patient, self._desk.pay_request(patient, key, quote)))
        cancelled = await self._desk.world.hospital.call(
            "PaymentService/CancelOrder",
            pay.CancelOrderRequest(request_id="cancel-M07", order_id=key["order_id"], reason="paid with cash instead"),
        )
        demand(cancelled.order.state == e.ORDER_STATE_CLOSED, "a cancelled order is not closed")
        mixed = await self._settle(patient, Bill("M08", "H42010000001", lines), PUSH)
        return [
            Story(
                "insurance only", patient, PUSH, cancelled.order, "refused CASH_NOT_ALLOWED; the hospital cancels it"
            ),
            Story("too little balance", patient, PUSH, mixed, "the account pays what it has, cash the rest"),
        ]

    async def _expired(self) -> list[Story]:
        patient = await self._patient("Zheng Yu")
        bill = Bill("M09", "C31010000001", (line(1, "Consultation", _A, 120),), expires_at_ms=now_ms() + _EXPIRY_MS)
        key = await self._desk.hand_over(patient, bill, PUSH)
        quote = await self._desk.quote(patient, key)
        order = await self._until(patient, key["order_id"], e.ORDER_STATE_CLOSED)
        await expect_refused("ORDER_EXPIRED", self._desk.pay(patient, self._desk.pay_request(patient, key, quote)))
        return [Story("expired", patient, PUSH, order, "nobody paid in time: refused ORDER_EXPIRED, nothing held")]

    async def _late_cash(self) -> list[Story]:
        patient = self._desk.patient(NAMED["Chen Bo"])
        binding_id, code = await self._desk.start_binding(patient)
        wrong = bind.ConfirmBindingRequest(
            request_id="wrong-code", binding_id=binding_id, code=f"{(int(code) + 1) % 1_000_000:06d}"
        )
        await expect_refused("CODE_WRONG", patient.channel.call("BindingService/ConfirmBinding", wrong))
        right = bind.ConfirmBindingRequest(request_id="right-code", binding_id=binding_id, code=code)
        await patient.channel.call("BindingService/ConfirmBinding", right)
        patient.binding_id = binding_id
        bill = Bill("M10", "H44030000001", (line(1, "X-ray", _A, 500),), expires_at_ms=now_ms() + _EXPIRY_MS)
        key = await self._desk.hand_over(patient, bill, ACTIVE)
        quote = await self._desk.quote(patient, key)
        held = await self._desk.pay(patient, self._desk.pay_request(patient, key, quote))
        voided = await self._until(patient, held.order.order_id, e.ORDER_STATE_VOIDED)
        demand(all(leg.state == e.LEG_STATE_VOIDED for leg in voided.legs), "an expired hold was not released")
        paid = await self._desk.confirm_cash(patient, held.order)
        words = "its hold expired; the late ConfirmCash held the same split again and paid"
        return [Story("cash after expiry", patient, ACTIVE, paid.order, words)]

    async def _stale_quote(self) -> list[Story]:
        patient = await self._patient("Feng Jing")
        bill = Bill("M11", "D31010000001", (line(1, "Blood panel", _A, 420),))
        key = await self._desk.hand_over(patient, bill, PUSH)
        stale = await self._desk.quote(patient, key)
        between = await self._settle(patient, Bill("M12", "C31010000001", (line(1, "Drugs", _A, 310),)), ACTIVE)
        request = self._desk.pay_request(patient, key, stale, "-stale")
        await expect_refused("QUOTE_CHANGED", self._desk.pay(patient, request))
        fresh = await self._desk.quote(patient, key)
        paid = await self._desk.pay(patient, self._desk.pay_request(patient, key, fresh))
        if paid.status == pay.PAY_STATUS_AUTHORIZED:
            paid = await self._desk.confirm_cash(patient, paid.order)
        return [
            Story("paid in between", patient, ACTIVE, between, "changes what the patient was quoted for the next bill"),
            Story("stale quote", patient, PUSH, paid.order, "refused QUOTE_CHANGED; quoted anew, then paid"),
        ]

    async def _refund(self) -> list[Story]:
        patient = await self._patient("Wang Tao")
        lines = (line(1, "Endoscopy", _A, 1_600), line(2, "Sedation", _B, 500, 20), line(3, "Private slot", _C, 100))
        paid = await self._settle(patient, Bill("M13", "H42010000001", lines), PASSIVE)
        order = await self._desk.refund(patient, paid, "the examination did not take place")
        demand(order.state == e.ORDER_STATE_REFUNDED, "a refunded order does not say so")
        words = "refunded: insurance and account at once, the cash with ConfirmCashRefund"
        lines = (line(1, "Antibiotic", _A, 240), line(2, "Ointment", _B, 90, 10), line(3, "Consultation", _A, 60))
        paid = await self._settle(patient, Bill("M20", "H42010000001", lines), PASSIVE)
        kept = await self._desk.refund(patient, paid, "the ointment was not opened", "2")
        demand(kept.state == e.ORDER_STATE_PARTIALLY_REFUNDED, "a bill of which a drug came back does not say so")
        returned = "one drug brought back: the rest split again, and only the difference moved"
        return [
            Story("refund", patient, PASSIVE, order, words),
            Story("returned drug", patient, PASSIVE, kept, returned),
        ]

    async def _repeated(self) -> list[Story]:
        patient = self._desk.patient(NAMED["Sun Lan"])
        answer = await patient.channel.call(
            "BindingService/ListBindings", bind.ListBindingsRequest(channel_user_id=f"user-{patient.person.number}")
        )
        patient.binding_id = answer.bindings[0].binding_id
        bill = Bill("M14", "H44030000001", (line(1, "Consultation", _A, 100), line(2, "Vitamins", _C, 45)))
        key = await self._desk.hand_over(patient, bill, ACTIVE)
        quote = await self._desk.quote(patient, key)
        request = self._desk.pay_request(patient, key, quote)
        request.cash_receipt.CopyFrom(receipt(bill.order_no, quote.cash_to_collect_fen))
        first = await self._desk.pay(patient, request)
        again = await self._desk.pay(patient, request)
        demand(again.replayed and not first.replayed, "a repeated request is not told apart")
        again.replayed = False
        demand(again == first, "a repeated request has another answer than the first")
        self._desk.books.replays += 1
        request.cash_receipt.amount_fen += 1
        await expect_refused("REQUEST_ID_CONFLICT", self._desk.pay(patient, request))
        words = "sent twice, cash in hand: paid once, the same answer twice; another body: REQUEST_ID_CONFLICT"
        return [Story("repeated request", patient, ACTIVE, first.order, words)]

    async def _until(self, patient: Patient, order_id: str, state: int) -> Any:
        """Reads an order until it is in a state; its time runs out by the gateway's clock, not by ours."""
        for _ in range(int(10 / _POLL_S)):
            request = pay.GetOrderRequest(order_id=order_id)
            order = (await patient.channel.call("PaymentService/GetOrder", request)).order
            if order.state == state:
                return order
            await asyncio.sleep(_POLL_S)
        demand(False, f"order {order.institution_order_no} did not become {e.OrderState.Name(state)}")
