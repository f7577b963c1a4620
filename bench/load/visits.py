"""The visits that users of a load make, one function a kind; the dice decide how each one goes."""

from typing import Any

from gevent.pool import Pool

from bench.load import bills
from bench.load.desk import Desk, Waiting, must
from bench.load.facts import OPEN, PAID, split_of
from bench.load.world import APPS, BATCHES, HOSPITALS
from gateway.client import MedSettleError
from gateway.client.errors import reason_name
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay

# Refusals that a clinic's day brings with it: two who act at once, or a rule that a region does not have.
MEANT = frozenset(
    {"QUOTE_CHANGED", "ORDER_CLOSED", "ORDER_ALREADY_PAID", "ORDER_NOT_AUTHORIZED", "NO_RULE_FOR_BILL", "OVERLOADED"}
)
_BATCH_MAX = 256
_BATCH_WORTH = 10
_AT_ONCE = 16


def is_failure(error: MedSettleError) -> bool:
    """Whether a call failed: nobody answered, or the gateway says that it is at fault."""
    return not error.reason or error.reason in ("INTERNAL_FAULT", "STORE_UNAVAILABLE")


def patient_pays(desk: Desk) -> None:
    """Takes a bill that waits, looks at it, and pays it, most of the time."""
    if not desk.waiting[APPS]:
        patient_looks(desk)
        return
    order = desk.waiting[APPS].popleft()
    dice = desk.random.random
    if order.pushed and dice() < 0.3:
        desk.look(order)
    if dice() < 0.03 and order.pushed:
        desk.cancel(order)
        return
    use_account = dice() < 0.8
    if dice() < 0.05:
        desk.quote(order, not use_account)
    paid = desk.pay(order, use_account, repeats=dice() < 0.03)
    if paid.state == PAID:
        return
    if dice() < 0.03:
        desk.cancel(order)
    elif dice() < 0.01:
        desk.facts.note("cash never came")
    else:
        desk.confirm(order, paid.cash.cash_to_collect_fen, repeats=dice() < 0.03)


def patient_looks(desk: Desk) -> None:
    """Reads a balance."""
    desk.look_at_account(desk.anybody())


def patient_registers(desk: Desk) -> None:
    """Registers with a doctor of the day."""
    person = desk.anybody()
    order = desk.make(bills.registration(desk.random, desk.region(person)), person, "push")
    paid = desk.pay(order, True, repeats=desk.random.random() < 0.03)
    if paid.state != PAID:
        desk.confirm(order, paid.cash.cash_to_collect_fen)


def till_bills(desk: Desk) -> None:
    """Makes a bill; the batching channel's users have it pushed, as it can look at what it collects."""
    person = desk.anybody()
    channel = desk.channel(person)
    way = "push" if channel == BATCHES else desk.random.choices(("push", "scan", "show"), (5, 3, 2))[0]
    order = desk.make(bills.visit(desk.random, desk.region(person)), person, way)
    desk.waiting[channel].append(order)
    desk.open.append((order, HOSPITALS))


def till_looks(desk: Desk) -> None:
    """Looks at the oldest bill: paid, refunded now and then; not paid yet, taken back now and then."""
    if not desk.open:
        till_bills(desk)
        return
    order, party = desk.open.popleft()
    state = desk.look(order, party).state
    if state == PAID and desk.random.random() < 0.06:
        desk.refund(order, party)
    elif state == OPEN and desk.random.random() < 0.05:
        desk.cancel(order, party)
    elif state == OPEN:
        desk.open.append((order, party))


def pharmacy_sells(desk: Desk) -> None:
    """Sells; the customer pays on the spot. A service that the policies have no rule for is refused at the quote."""
    person = desk.anybody()
    bill = bills.prescription(desk.random, desk.region(person))
    order = desk.make(bill, person, desk.random.choice(("scan", "show")))
    paid = desk.pay(order, True, repeats=desk.random.random() < 0.03)
    if bill.kind == e.ORDER_KIND_CASH_ONLY:
        must(split_of(paid.split)[-1] == bill.total_fen, "insurance paid for what is cash only")
    if paid.state != PAID:
        desk.confirm(order, paid.cash.cash_to_collect_fen, repeats=desk.random.random() < 0.03)


def channel_pays_batch(desk: Desk) -> None:
    """Collects what waits, one bill a person, quotes it, and pays it in one call; then confirms the cash."""
    waiting = desk.waiting[BATCHES]
    if len(waiting) < _BATCH_WORTH:
        return
    persons: set[int] = set()
    orders: list[Waiting] = []
    for _ in range(min(len(waiting), _BATCH_MAX)):
        order = waiting.popleft()
        if order.person in persons:
            waiting.append(order)
        else:
            persons.add(order.person)
            orders.append(order)
    pool = Pool(_AT_ONCE)
    shown = [(order, quote) for order, quote in pool.map(lambda order: (order, _quoted(desk, order)), orders) if quote]
    if not shown:
        return
    orders, quotes = [order for order, _ in shown], [quote for _, quote in shown]
    results, send_again = desk.pay_batch(orders, quotes)
    to_confirm = []
    for order, quote, result in zip(orders, quotes, results, strict=True):
        if not result.status:
            reason = reason_name(result.refusal)
            desk.facts.refused(order.order_id, "pay", reason)
            must(reason in MEANT, f"a payment of a batch was refused: {reason}")
            continue
        desk.facts.told(order.order_id, "pay", result.state, split_of(quote.split))
        must(result.cash_to_collect_fen == quote.cash_to_collect_fen, "a batch collects other cash than was quoted")
        if result.status == pay.PAY_STATUS_AUTHORIZED:
            to_confirm.append((order, result.cash_to_collect_fen))
    if desk.random.random() < 0.1:
        _same_results(results, send_again())
        desk.facts.note("repeated")
    confirmed = pool.map(lambda pair: _confirmed(desk, *pair), to_confirm)
    must(all(confirmed), "; ".join(str(error) for error in confirmed if isinstance(error, Exception)))


def _same_results(results: Any, again: Any) -> None:
    for first, second in zip(results, again, strict=True):
        if first.status:
            must(second.replayed and second.status == first.status, "a repeated batch has another answer")


def _quoted(desk: Desk, order: Waiting) -> Any:
    try:
        return desk.quote(order, True)
    except MedSettleError as error:
        if error.reason not in MEANT:
            raise
        return None


def _confirmed(desk: Desk, order: Waiting, cash_fen: int) -> bool | Exception:
    """Whether it is paid; one failure must not keep the others of the batch waiting."""
    try:
        desk.confirm(order, cash_fen)
    except MedSettleError as error:
        return error.reason in MEANT or error
    return True
