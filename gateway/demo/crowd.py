"""The crowd: thousands of payments by concurrent patients, planned beforehand from one seed."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from gateway.demo import demand
from gateway.demo.client import expect_refused
from gateway.demo.people import NAMED, Person
from gateway.demo.visit import ACTIVE, PASSIVE, PUSH, Bill, Desk, Patient, receipt
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay
from gateway.pb.medsettle.v1 import types_pb2 as t

_LEVEL_LETTERS = "HDC"


class Plan(NamedTuple):
    """One payment to come.

    Attributes:
        cash_first: the wallet takes the cash before it pays, and sends the receipt with Pay.
        repeats: the answer is lost and Pay is sent again.
        stale: the wallet first pays with what it was quoted for something else.
        refunds: the hospital refunds it afterwards.
    """

    bill: Bill
    way: str
    cash_first: bool
    repeats: bool
    stale: bool
    refunds: bool


def make_plans(persons: list[Person], count: int, seed: int) -> list[tuple[Person, list[Plan]]]:
    """Who pays what, in which order: the same for the same arguments. A patient pays one bill after the other."""
    random = Random(seed + 1)
    crowd = persons[len(NAMED) :] or persons
    plans: dict[int, list[Plan]] = {}
    for number in range(1, count + 1):
        index = random.randrange(len(crowd))
        plans.setdefault(index, []).append(_plan(random, f"C{number:06d}", crowd[index]))
    return [(crowd[index], theirs) for index, theirs in plans.items()]


def _plan(random: Random, order_no: str, person: Person) -> Plan:
    inpatient = random.random() < 0.04
    letter = random.choices(_LEVEL_LETTERS, (3, 2, 5))[0] if not inpatient else random.choice("HD")
    lines = tuple(_line(random, number, inpatient) for number in range(1, random.randint(2, 6)))
    service, scenario = e.SERVICE_OUTPATIENT, e.SCENARIO_DIAGNOSIS
    if inpatient:
        service, scenario = e.SERVICE_INPATIENT, e.SCENARIO_INPATIENT
    bill = Bill(
        order_no, f"{letter}{person.region}00001", lines, service, scenario, title="Stay" if inpatient else "Visit"
    )
    return Plan(
        bill,
        way=random.choices((PUSH, ACTIVE, PASSIVE), (4, 3, 3))[0],
        cash_first=random.random() < 0.3,
        repeats=random.random() < 0.02,
        stale=random.random() < 0.01,
        refunds=random.random() < 0.03,
    )


def _line(random: Random, number: int, inpatient: bool) -> t.OrderLine:
    item_class = random.choices((e.ITEM_CLASS_A, e.ITEM_CLASS_B, e.ITEM_CLASS_C), (6, 3, 1))[0]
    amount_fen = random.randint(200_000, 1_500_000) if inpatient else random.randint(500, 40_000)
    line = t.OrderLine(
        line_no=str(number), item_code=f"ITEM{random.randrange(5_000):05d}", item_name=f"Item {number}",
        item_class=item_class, amount_fen=amount_fen,
    )  # fmt: skip
    if item_class == e.ITEM_CLASS_B:
        line.self_pay_ppm = random.choice((50_000, 100_000, 200_000))
    if random.random() < 0.05:
        line.price_limit_fen = amount_fen * 4 // 5
    return line


async def play(desk: Desk, plans: list[tuple[Person, list[Plan]]], concurrency: int, done: Callable[[], None]) -> None:
    """Plays every plan, so many patients at a time; `done` is called after each payment."""
    waiting = iter(plans)

    async def patients() -> None:
        for person, theirs in waiting:
            patient = desk.patient(person)
            await desk.bind(patient)
            for plan in theirs:
                await _pay(desk, patient, plan)
                done()

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(patients())


async def _pay(desk: Desk, patient: Patient, plan: Plan) -> None:
    key = await desk.hand_over(patient, plan.bill, plan.way)
    quote = await desk.quote(patient, key)
    request = desk.pay_request(patient, key, quote)
    if plan.stale:
        stale = desk.pay_request(patient, key, quote, "-stale")
        stale.quote_digest = "0" * len(stale.quote_digest)
        await expect_refused("QUOTE_CHANGED", desk.pay_joined(patient, stale))
    if plan.cash_first and quote.cash_to_collect_fen:
        request.cash_receipt.CopyFrom(receipt(plan.bill.order_no, quote.cash_to_collect_fen))
    payment, order = await desk.pay_joined(patient, request)
    if plan.repeats:
        again, _ = await desk.pay_joined(patient, request)
        demand(again == payment._replace(replayed=True), f"{plan.bill.order_no}: the repeat has another answer")
        desk.books.replays += 1
    if payment.status == pay.PAY_STATUS_AUTHORIZED:
        order = (await desk.confirm_cash(patient, order)).order
    demand(order.state == e.ORDER_STATE_PAID, f"order {plan.bill.order_no} is not paid")
    if plan.refunds:
        # Every other one brings one drug back, the others had nothing done.
        returned = [line.line_no for line in plan.bill.lines[:1]] if order.natures.total_fen % 2 else []
        order = await desk.refund(patient, order, "a drug returned" if returned else "not carried out", *returned)
        whole = not returned or len(plan.bill.lines) == 1
        state = e.ORDER_STATE_REFUNDED if whole else e.ORDER_STATE_PARTIALLY_REFUNDED
        demand(order.state == state, f"order {plan.bill.order_no} is not refunded as asked")
