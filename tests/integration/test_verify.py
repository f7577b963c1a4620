"""`medsettle verify`: a store that a gateway wrote is clean, and whatever is changed behind its back is named."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from core.order import ORDER_COLUMNS, Order
from gateway.cli.main import main
from gateway.clock import ManualClock
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import (
    enums_pb2,
    operator_service_pb2,
    payment_service_pb2,
    settlement_service_pb2,
    types_pb2,
)
from gateway.verify import open_store
from gateway.works.upkeep import ExpireOrders
from tests.gateway_kit import NOW_MS, REGION, Kit, credit, person, running_gateway
from tests.verify_kit import findings_in

DAY_MS = 86_400_000


async def play(kit: Kit) -> None:
    """Orders in every state, named by their number, over two benefit years, three windows and two persons."""
    await kit.furnish()
    await kit.import_persons(person(2))
    await kit.post_credits(
        credit(1, 150_000),
        credit(2, 60_000, purse=enums_pb2.PURSE_PRIOR_YEARS),
        credit(3, -10_000, kind=enums_pb2.CREDIT_KIND_CORRECTION),
        credit(4, 20_000, person_no="P2"),
    )
    await use_elsewhere(kit, "E1", in_scope_fen=100_000, deductible_fen=100_000)
    binding, other = await kit.bind(), await kit.bind("user-2", 2)
    for number, total_fen in (("ACCOUNT", 30_000), ("CASH", 700_000)):
        await kit.pay(await kit.create_order(total_fen, binding, institution_order_no=number), binding)
    entries = [
        operator_service_pb2.CatalogueEntry(
            region_code=REGION,
            item_code=f"X{item_class}",
            item_class=item_class,
            self_pay_ppm=ppm,
            valid_from="2026-01-01",
        )
        for item_class, ppm in ((enums_pb2.ITEM_CLASS_A, 0), (enums_pb2.ITEM_CLASS_B, 100_000))
    ]
    request = operator_service_pb2.PutCatalogueRequest(request_id=kit.request_id(), records=entries)
    await kit.call("OperatorService/PutCatalogue", [request], party="bureau")
    await kit.pay(
        await kit.create_order(
            2_500_000,
            binding,
            institution_order_no="STAY",
            service=enums_pb2.SERVICE_INPATIENT,
            scenario=enums_pb2.SCENARIO_INPATIENT,
            lines=mixed_lines(2_500_000),
        ),
        binding,
    )
    await kit.pay(
        await kit.create_order(7_000, binding, institution_order_no="SELF", kind=enums_pb2.ORDER_KIND_CASH_ONLY),
        binding,
    )
    await late_cash(kit, other)
    refunded = await kit.create_order(50_000, other, institution_order_no="REFUNDED")
    await kit.pay(refunded, other)
    refund = await kit.refund(refunded)
    await give_cash_back(kit, refund_id=refund.refund_id, amount_fen=refund.cash_to_return_fen)
    window = await close(kit, "2026-11")
    await pay_out(kit, window)
    kit.clock.advance(60 * DAY_MS)
    await next_year(kit, binding, other)


async def next_year(kit: Kit, binding: str, other: str) -> None:
    """2027: a refund of last year's money, new accumulators, and orders that ended unpaid."""
    await kit.refund(await order_id_of(kit, "CASH"))
    await use_elsewhere(kit, "E2", service_date="2027-01-05", in_scope_fen=5_000, deductible_fen=5_000)
    today = {"service_date": "2027-01-05"}
    await kit.pay(await kit.create_order(20_000, binding, institution_order_no="NEW", **today), binding)
    await close(kit, "2027-01")
    held = await kit.create_order(900_000, binding, institution_order_no="HELD", **today)
    request = await kit.pay_request(held, binding)
    request.ClearField("cash_receipt")
    await kit.call("PaymentService/Pay", request, party="wallet")
    voided = await kit.create_order(30_000, other, institution_order_no="VOIDED", **today)
    request = await kit.pay_request(voided, other)
    request.ClearField("cash_receipt")
    await kit.call("PaymentService/Pay", request, party="wallet")
    closed = await kit.create_order(30_000, other, institution_order_no="CLOSED", **today)
    for order_id in (voided, closed):
        cancel = payment_service_pb2.CancelOrderRequest(request_id=kit.request_id(), order_id=order_id)
        await kit.call("PaymentService/CancelOrder", cancel, party="his")
    stale = await kit.create_order(30_000, other, institution_order_no="OPEN", **today)
    request = await kit.pay_request(stale, other, quote_digest="00")
    response = await kit.call("PaymentService/Pay", request, party="wallet")
    assert response.status == payment_service_pb2.PAY_STATUS_CASH_TO_RETURN
    await kit.pay(await kit.create_order(9_000, other, institution_order_no="LAST", **today), other)
    await kit.post_credits(
        credit(5, 3_000, credited_at_ms=kit.clock.now_ms()), credit(6, 2_000, purse=enums_pb2.PURSE_PRIOR_YEARS)
    )


async def late_cash(kit: Kit, binding: str) -> None:
    """An order held, expired, and paid all the same by cash that came late."""
    order_id = await kit.create_order(45_000, binding, institution_order_no="LATE")
    request = await kit.pay_request(order_id, binding)
    receipt = types_pb2.CashReceipt()
    receipt.CopyFrom(request.cash_receipt)
    request.ClearField("cash_receipt")
    await kit.call("PaymentService/Pay", request, party="wallet")
    kit.clock.advance(3_600_000)
    await kit.pipeline.submit(ExpireOrders())
    confirm = payment_service_pb2.ConfirmCashRequest(
        request_id=kit.request_id(), order_id=order_id, cash_receipt=receipt
    )
    response = await kit.call("PaymentService/ConfirmCash", confirm, party="wallet")
    assert response.order.state == enums_pb2.ORDER_STATE_PAID


def mixed_lines(total_fen: int) -> list[types_pb2.OrderLine]:
    """Lines of every class that add up."""
    amounts = {enums_pb2.ITEM_CLASS_B: total_fen // 5 + 1, enums_pb2.ITEM_CLASS_C: total_fen // 7}
    amounts[enums_pb2.ITEM_CLASS_A] = total_fen - sum(amounts.values())
    return [
        types_pb2.OrderLine(
            line_no=str(item_class), item_code=f"X{item_class}", item_name="药", item_class=item_class,
            amount_fen=amount_fen, self_pay_ppm=100_000 if item_class == enums_pb2.ITEM_CLASS_B else 0,
        )
        for item_class, amount_fen in amounts.items()
    ]  # fmt: skip


async def use_elsewhere(kit: Kit, number: str, **values: object) -> None:
    settings = {
        "settlement_no": number,
        "region_code": REGION,
        "person_no": "P1",
        "service": enums_pb2.SERVICE_OUTPATIENT,
        "service_date": "2026-11-01",
    }
    record = operator_service_pb2.ElsewhereRecord(**(settings | values))
    request = operator_service_pb2.ImportSettlementsRequest(request_id=kit.request_id(), records=[record])
    response = await kit.call("OperatorService/ImportSettlements", [request], party="bureau")
    assert response.counts.created_count == 1


async def give_cash_back(kit: Kit, **values: object) -> None:
    request = payment_service_pb2.ConfirmCashRefundRequest(
        request_id=kit.request_id(), channel_refund_no="CR", refunded_at_ms=NOW_MS, **values
    )
    await kit.call("PaymentService/ConfirmCashRefund", request, party="wallet")


async def close(kit: Kit, period: str) -> settlement_service_pb2.Window:
    request = settlement_service_pb2.CloseWindowRequest(request_id=kit.request_id(), institution_id="H1", period=period)
    return (await kit.call("SettlementService/CloseWindow", request, party="bureau")).window


async def pay_out(kit: Kit, window: settlement_service_pb2.Window) -> None:
    request = settlement_service_pb2.ConfirmPayoutRequest(
        request_id=kit.request_id(),
        window_id=window.window_id,
        amount_fen=window.payable_fen,
        bank_reference="B-1",
        paid_at_ms=NOW_MS,
    )
    await kit.call("SettlementService/ConfirmPayout", request, party="bureau")


async def order_id_of(kit: Kit, number: str) -> str:
    request = payment_service_pb2.GetOrderRequest(institution_order_no=number, institution_id="H1")
    return str((await kit.call("PaymentService/GetOrder", request, party="his")).order.order_id)


@pytest.fixture(scope="module")
def good_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that a gateway wrote and closed; only ever copied."""
    path = tmp_path_factory.mktemp("verify") / "good.db"

    async def write() -> None:
        async with running_gateway(str(path), clock=ManualClock(NOW_MS)) as kit:
            await play(kit)

    asyncio.run(write())
    return path


def edited(facts: bytes, name: str, value: int) -> bytes:
    """An order's journal form with one field changed."""
    order = Order.unpack(facts)
    setattr(order, name, value)
    return order.pack()


def plant(path: Path, script: str) -> None:
    """Changes a store behind the gateway's back, its constraints off."""
    db = sqlite3.connect(path)
    try:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.create_function("edited", 3, edited)
        db.create_function("field", 2, lambda facts, name: getattr(Order.unpack(facts), name))
        for statement in script.split(";"):
            assert not statement.strip() or db.execute(statement).rowcount != 0, f"changed nothing: {statement}"
        db.commit()
    finally:
        db.close()


def test_a_store_that_a_gateway_wrote_is_clean(good_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert findings_in(good_store) == []
    assert main(["verify", "--store", f"sqlite:{good_store}"]) == 0
    printed = capsys.readouterr()
    assert "12 orders" in printed.out and "2 accounts" in printed.out
    assert printed.out.endswith("clean: every invariant holds\n") and printed.err == ""


def test_the_scenario_has_every_state_of_an_order(good_store: Path) -> None:
    db = open_store(good_store)
    states = {state for (state,) in db.execute("SELECT DISTINCT state FROM orders")}
    paid = [Order.unpack(facts) for (facts,) in db.execute("SELECT facts FROM orders WHERE state = 6")]
    years = {order.benefit_year_day for order in paid}
    db.close()
    assert states == {1, 5, 6, 8, 9, 10} and len(years) == 2


ORDER = "UPDATE orders SET {} WHERE institution_order_no = '{}';"
OF_ORDER = "(SELECT field(facts, '{}') FROM orders WHERE institution_order_no = '{}')"
# The newest event of an order, changed together with its row: then only a computation can tell.
EVENT = (
    "UPDATE events SET facts = edited(facts, '{0}', {1}) WHERE order_id ="
    " (SELECT order_id FROM orders WHERE institution_order_no = '{2}') AND kind IN ({3});"
)


def in_row(name: str, value: str, number: str) -> str:
    """A field of an order changed in its row: in the facts, and in the field's own column where it has one."""
    value = value.replace(name, f"field(facts, '{name}')")
    change = f"facts = edited(facts, '{name}', {value})" + (f", {name} = {value}" if name in ORDER_COLUMNS else "")
    return ORDER.format(change, number)


def in_both(name: str, value: str, number: str, kinds: str = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10") -> str:
    """A field of an order changed in its row and in its events (kinds: all, or those named)."""
    value_of_event = value.replace(name, OF_ORDER.format(name, number))
    return EVENT.format(name, value_of_event, number, kinds) + in_row(name, value, number)


PLANTED = [
    # name, what is changed, a part of the finding
    ("reference", "UPDATE bindings SET person_id = 77 WHERE channel_user_id = 'user-2'", "refers to a row of persons"),
    ("journal gap", "DELETE FROM events WHERE seq = 20", "event 21: follows 19: the numbers between are missing"),
    ("journal batch", "UPDATE events SET batch = 1 WHERE seq = 20", "batch 1 comes after"),
    ("journal time", "UPDATE events SET at_ms = 1 WHERE seq = 20", "its time is before that of the event before it"),
    ("journal kind", "UPDATE events SET kind = 77 WHERE seq = 20", "kind 77 is none"),
    ("batch time", "UPDATE events SET batch = (SELECT batch FROM events WHERE seq = 19) WHERE seq = 20",
     "version is"),
    ("time of a batch",
     "UPDATE events SET at_ms = at_ms + 1, batch = (SELECT batch FROM events WHERE seq = 19) WHERE seq = 20",
     "has another time than its batch"),
    ("event of no order's", "UPDATE events SET order_id = 0 WHERE kind = 7", "kind and order do not fit"),
    ("answer damaged", "UPDATE events SET facts = x'ff' WHERE method = 'CloseWindow'", "its answer cannot be read"),
    ("paid out twice", "UPDATE events SET method = 'ConfirmPayout', facts = (SELECT facts FROM events WHERE method ="
     " 'ConfirmPayout') WHERE method = 'ImportSettlements'", "pays a window out again"),
    ("request to nowhere", "UPDATE requests SET seq = 9999 WHERE seq = 20",
     "a request points at it, and it is not there"),
    ("request of another", "UPDATE requests SET request_key = x'00' WHERE seq = 20", "it answers another request"),
    ("request gone", "DELETE FROM requests WHERE seq = 20", "answers a request that is not remembered"),
    ("two requests", "UPDATE requests SET seq = 19 WHERE seq = 20", "two requests point at it"),
    ("policy document",
     "UPDATE policies SET document = CAST(replace(CAST(document AS TEXT), '700000', '900000') AS BLOB)",
     "the document is not the one published"),
    ("policy digest", "UPDATE policies SET digest = 'x'", "the document is not the one published"),
    ("activation gone", "DELETE FROM policy_activations", "in force for its service date was then"),
    ("activation invented", "INSERT INTO policy_activations SELECT region, batch + 5, policy_id, activated_at_ms,"
     " replay_digest, replay_report FROM policy_activations", "the journal does not tell of it"),
    ("activation moved", "UPDATE policy_activations SET activated_at_ms = 5", "the journal does not tell of it"),
    ("activation of another region", "UPDATE policy_activations SET region = 440300",
     "its document is another region's"),
    ("policy region", "UPDATE policies SET region = 440300", "region_code is 110100, the row says 440300"),
    ("policy damaged", "UPDATE policies SET document = x'ff'", "the document cannot be used"),
    ("sum by nature", in_both("in_scope_fen", "in_scope_fen - 1", "CASH"), "its natures add up to"),
    ("sum by payer", in_both("cash_fen", "cash_fen + 1", "CASH"), "its payers add up to"),
    ("sign", in_both("class_b_self_pay_fen", "-5", "CASH"), "class_b_self_pay_fen is below 0"),
    ("funds out of scope", in_both("pooled_fen", "700001", "CASH"), "the funds pay 700001, in scope are 700000"),
    ("fund leg", in_both("fund_leg", "3", "STAY"), "the fund leg in ORDER_PAID is 3, with its amount it must be 4"),
    ("account leg", in_both("account_leg", "1", "HELD"), "the account leg in ORDER_AUTHORIZED is 1"),
    ("cash leg", in_both("cash_leg", "4", "HELD"), "the cash leg is 4 in ORDER_AUTHORIZED"),
    ("leg with cash", in_both("cash_leg", "7", "OPEN"), "the cash leg and cash_to_return_fen do not fit"),
    ("leg without cash", in_both("cash_leg", "10", "ACCOUNT"), "the cash leg and cash_to_return_fen do not fit"),
    ("state", in_both("state", "11", "CASH"), "state 11 is none that this gateway puts an order in"),
    ("prices of nobody", in_both("cash_fen", "5", "CLOSED"), "nobody has paid it, and it has cash_fen"),
    ("paid by nobody", in_both("channel_id", "0", "LAST"), "is paid by nobody"),
    ("lines gone", "DELETE FROM order_lines WHERE order_id = (SELECT max(order_id) FROM orders)",
     "its lines are missing"),
    ("lines of another", "UPDATE order_lines SET lines = (SELECT lines FROM order_lines ORDER BY order_id LIMIT 1)"
     " WHERE order_id = (SELECT max(order_id) FROM orders)", "total_fen is 9000, its lines come to 30000"),
    ("catalogue ratio", "UPDATE catalogue SET self_pay_ppm = 200000 WHERE item_code = 'X2'",
     "line 2 is not as the catalogue said then: differs, self_pay_ppm"),
    ("catalogue limit", "UPDATE catalogue SET price_limit_fen = 100 WHERE item_code = 'X1'",
     "line 1 would have been refused: lines.quantity_ten_thousandths of line 1 must be told"),
    ("catalogue class", "UPDATE catalogue SET item_class = 3 WHERE item_code = 'X1'",
     "catalogue of 110100, item X1: its ratio is none of its class"),
    ("catalogue entry ends", "UPDATE catalogue SET valid_to = valid_from WHERE item_code = 'X2'",
     "line 2 is not as the catalogue said then: source, item_class, self_pay_ppm, valid_from"),
    ("catalogue entry gone", "DELETE FROM catalogue WHERE item_code = 'X2'", "their number is 1, the journal says 2"),
    ("catalogue entry of later", "UPDATE catalogue SET batch = batch + 1 WHERE item_code = 'X2'",
     "line 2 is not as the catalogue said then"),
    ("catalogue entry of nobody", "INSERT INTO catalogue SELECT region, 'X9', valid_from, 1, valid_to, 1, 0, -1, 0, ''"
     " FROM catalogue WHERE item_code = 'X1'", "catalogue entries of batch 1: their number is 1, the journal says 0"),
    ("lines damaged", "UPDATE order_lines SET lines = x'ffff'", "its lines cannot be read"),
    ("deductible", in_both("deductible_fen", "deductible_fen - 7", "CASH"), "deductible_fen is"),
    ("fund and cash", in_both("pooled_fen", "pooled_fen + 7", "STAY") + in_both("cash_fen", "cash_fen - 7", "STAY"),
     "computed again it is"),
    ("policy gone", in_both("policy_id", "12345", "CASH"), "its policy is not in the store"),
    ("use before", in_both("deductible_used_before_fen", "deductible_used_before_fen - 1", "CASH"),
     "the account stood at 130000"),
    ("stays before", in_both("stays_before", "3", "STAY"), "stays_before is 3, the account stood at 0"),
    ("account that was not used",
     in_both("account_prior_fen", "account_prior_fen - 7", "CASH") + in_both("cash_fen", "cash_fen + 7", "CASH"),
     "with the account as it stood the split has another"),
    ("account not to pay", in_both("use_account", "0", "ACCOUNT"), "the account pays though it was not to"),
    ("row and journal", in_row("claimed_at_ms", "1", "CASH"), "the row differs from its last event"),
    ("column and facts", ORDER.format("cash_fen = cash_fen + 1, pooled_fen = pooled_fen - 1", "CASH"),
     "its columns differ from its facts in pooled_fen, cash_fen"),
    ("row damaged", ORDER.format("facts = x'ff'", "CASH"), "its row cannot be read"),
    ("event gone", "DELETE FROM events WHERE kind = 4 AND order_id = (SELECT order_id FROM orders"
     " WHERE institution_order_no = 'REFUNDED')", "(EVENT_ORDER_REFUNDED) cannot follow ORDER_OPEN"),
    ("event of no order", "DELETE FROM orders WHERE institution_order_no = 'LAST'", "has events but is not there"),
    ("event damaged", "UPDATE events SET facts = x'ff' WHERE kind = 7", "cannot be read: the journal form"),
    ("event of another", "UPDATE events SET channel_id = 5 WHERE kind = 7", "whose it is"),
    ("event time", in_both("paid_at_ms", "paid_at_ms + 1", "ACCOUNT"), "paid_at_ms is"),
    ("event window", "UPDATE events SET window = 9 WHERE kind = 4", "window is 9, its facts say 1"),
    ("event state", in_both("state", "1", "ACCOUNT", "4"), "(EVENT_ORDER_PAID) leaves ORDER_OPEN"),
    ("bill changed", in_both("referral", "3", "ACCOUNT", "4"), "changes referral, which stand"),
    ("price changed", in_both("major_counted_fen", "9", "REFUNDED", "7, 8"), "changes major_counted_fen, which stand"),
    ("order without events", "DELETE FROM events WHERE order_id = (SELECT max(order_id) FROM orders)",
     "the journal has no event of it"),
    ("receipt amount", "UPDATE receipts SET amount_fen = amount_fen + 1 WHERE state = 1", "its receipts add up to"),
    ("receipt gone", "DELETE FROM receipts WHERE state = 2", "the journal has ["),
    ("receipt state", "UPDATE receipts SET state = 1 WHERE state = 2", "a receipt's state and refusal do not fit"),
    ("receipt returned", "UPDATE receipts SET returned_batch = 0 WHERE state = 3",
     "a receipt's return and state do not fit"),
    ("receipt taken", "UPDATE receipts SET batch = batch + 1 WHERE state = 1", "batches of applied receipts"),
    ("receipt batch", "UPDATE receipts SET batch = batch + 1 WHERE state = 2", "batches of refused receipts"),
    ("receipt channel", "UPDATE receipts SET channel_key = 5 WHERE state = 2", "a receipt's channel is 5"),
    ("cash to return", in_both("cash_to_return_fen", "1", "OPEN"), "receipts and refund add up to"),
    ("cash returned", in_both("cash_returned_fen", "1", "REFUNDED"), "returned receipts and refunds add up to"),
    ("cash collected", in_both("cash_collected_fen", "1", "LATE"), "cash_collected_fen is 1, it must be"),
    ("refund gone", "DELETE FROM refunds", "refunds is [], the journal has"),
    ("refund amount", "UPDATE refunds SET cash_to_return_fen = cash_to_return_fen + 1", "the order gave back"),
    ("refund state", "UPDATE refunds SET state = 2 WHERE state = 1", "completion and state do not fit"),
    ("refund unknown", "UPDATE refunds SET state = 7", "state 7 is none"),
    ("refund waits", "UPDATE refunds SET state = 1, completed_batch = 0, cash_to_return_fen = 0", "waits for cash"),
    ("refund elsewhere", "UPDATE refunds SET institution_key = 5", "institution is 5, the order's is"),
    ("refund time", "UPDATE refunds SET refunded_at_ms = 5", "refunded_at_ms is 5"),
    ("refund state of order", in_both("refund_id", "0", "REFUNDED"), "refunds is ["),
    ("binding of another", "UPDATE bindings SET person_id = (SELECT min(person_id) FROM persons)",
     "its binding is not of its person and channel"),
    ("window totals", "UPDATE windows SET totals = x''", "its postings add up to"),
    ("window payable", "UPDATE windows SET payable_fen = 1", "payable_fen is 1, its postings add up to"),
    ("window payable once", "UPDATE windows SET payable_fen = 1", "payable_fen is 1, at its closing it was"),
    ("window digest once", "UPDATE windows SET digest = 'x'", "digest is x, at its closing it was"),
    ("window period", "UPDATE windows SET period = 'x' WHERE window = 2", "period is x, at its closing it was"),
    ("window damaged", "UPDATE windows SET totals = x'ff'", "its totals cannot be read"),
    ("window open", "UPDATE institutions SET window_opened_at_ms = 5", "window_opened_at_ms is 5"),
    ("payout undated", "UPDATE windows SET paid_at_ms = 0 WHERE state = 2", "payout and state do not fit"),
    ("window digest", "UPDATE windows SET digest = 'x'", "digest is x, its postings give"),
    ("window counts", "UPDATE windows SET payment_count = 77", "payments and refunds is (77"),
    ("window gone", "DELETE FROM windows WHERE window = 1", "the journal tells of it, and it is not there"),
    ("window numbers", "UPDATE institutions SET open_window = 9", "with 9 open"),
    ("window times", "UPDATE windows SET opened_at_ms = 5 WHERE window = 2", "the one before ended at"),
    ("window in no journal", "DELETE FROM events WHERE method = 'CloseWindow'",
     "the journal does not tell of its closing"),
    ("payout forgotten", "UPDATE windows SET state = 1, paid_at_ms = 0", "the journal does not tell of its payout"),
    ("payout invented", "UPDATE windows SET state = 2, paid_at_ms = 5 WHERE window = 2",
     "the journal does not tell of its payout"),
    ("payout reference", "UPDATE windows SET bank_reference = 'B-2' WHERE state = 2",
     "its payout is not the journal's"),
    ("posting moved", in_both("paid_window", "2", "LATE"), "was not posted while window 2 was open"),
    ("posting in no window", in_both("paid_window", "9", "LAST"), "is posted in a window that does not exist"),
    ("posting unstamped", in_both("paid_window", "0", "LAST"), "paid_window and state do not fit"),
    ("refund unstamped", in_both("refund_window", "0", "REFUNDED"), "refund_window and state do not fit"),
    ("balance", "UPDATE accounts SET prior_years_fen = prior_years_fen + 1", "credits less payments leave"),
    ("balance by purse", "UPDATE accounts SET current_year_fen = current_year_fen + 1 WHERE current_year_fen > 0",
     "current_year_fen is 3001, its facts come to 3000"),
    ("purse of earlier years", "UPDATE accounts SET prior_years_fen = prior_years_fen + 1 WHERE current_year_fen > 0",
     "prior_years_fen is 2001, its facts come to 2000"),
    ("overdrawn", "UPDATE credits SET person_id = (SELECT max(person_id) FROM persons)", "priced on a purse below 0"),
    ("year that was over", in_both("benefit_year_day", "0", "NEW"), "is priced in a benefit year that was over"),
    ("held", "UPDATE accounts SET held_fen = held_fen + 1", "authorized orders hold"),
    ("credit gone", "DELETE FROM credits WHERE credit_no = 'C4'", "their sum is"),
    ("credit moved", "UPDATE credits SET person_id = (SELECT max(person_id) FROM persons)",
     "credits less payments leave"),
    ("accumulator", "UPDATE accounts SET outpatient_in_scope_fen = outpatient_in_scope_fen + 1",
     "what stands adds up to"),
    ("negative accumulator", "UPDATE accounts SET major_paid_fen = -1", "major_paid_fen is below 0"),
    ("stays", "UPDATE accounts SET stay_count = 4", "stay_count is 4, what stands adds up to 0"),
    ("use elsewhere gone", "DELETE FROM used_elsewhere WHERE settlement_no = 'E2'", "what stands adds up to"),
    ("use elsewhere last year", "DELETE FROM used_elsewhere WHERE settlement_no = 'E1'", "the account stood at 0"),
    ("benefit year", "UPDATE accounts SET year_day = year_day + 365", ": year_day is"),
    ("year of an order", in_both("benefit_year_day", "0", "NEW"), "benefit_year_day is 0, it is"),
    ("account gone", "DELETE FROM accounts WHERE person_id = (SELECT max(person_id) FROM persons)", "and no account"),
    ("account of nobody", "DELETE FROM persons WHERE person_no = 'P2'", "the account is of no such person"),
    ("institution's account", in_both("paid_window", "9", "LAST"),
     "its windows less their payouts, and what is held, add up to"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "script", "finding"), PLANTED, ids=[row[0] for row in PLANTED])
def test_what_is_changed_behind_the_gateways_back_is_named(
    good_store: Path, tmp_path: Path, name: str, script: str, finding: str
) -> None:
    path = tmp_path / "changed.db"
    shutil.copy(good_store, path)
    plant(path, script)
    found = findings_in(path)
    assert any(finding in line for line in found), f"{name}: not among {found[:20]}"


@pytest.mark.parametrize(
    ("page_of", "size", "finding"),
    [("events", 4096, "store: cannot be read to its end"), ("orders_to_expire", 1, "store: row ")],
)
def test_a_damaged_page_is_a_finding_and_no_traceback(
    good_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], page_of: str, size: int, finding: str
) -> None:
    path = tmp_path / "damaged.db"
    data = bytearray(good_store.read_bytes())
    db = sqlite3.connect(good_store)
    (page,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (page_of,)).fetchone()
    db.close()
    for at in range(page * 4096 - size, page * 4096):
        data[at] ^= 0xA5
    path.write_bytes(data)
    assert main(["verify", "--store", f"sqlite:{path}"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(finding) for line in lines), lines
    assert lines[-1].startswith("NOT CLEAN: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "there is no store"), (b"not a database at all" * 500, "cannot be opened"), (b"", "is no MedSettle store")],
)
def test_what_is_no_store_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, message: str
) -> None:
    path = tmp_path / "none.db"
    if content is not None:
        path.write_bytes(content)
    assert main(["verify", "--store", f"sqlite:{path}"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and message in printed.err and printed.err.count("\n") == 1


def test_a_store_in_memory_has_nothing_to_verify(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--store", "memory:"]) == 0
    assert "nothing to verify" in capsys.readouterr().out
    assert main(["verify", "--store", "gateway.db"]) == 2


def test_no_finding_names_a_person(good_store: Path, tmp_path: Path) -> None:
    """Whatever is wrong, findings speak in the ids that are known outside, and in amounts."""
    path = tmp_path / "changed.db"
    shutil.copy(good_store, path)
    plant(path, "UPDATE accounts SET held_fen = 9; DELETE FROM credits; DELETE FROM persons; DELETE FROM refunds")
    db = open_store(path)
    (person_id,) = db.execute("SELECT min(person_id) FROM accounts").fetchone()
    db.close()
    text = "\n".join(findings_in(path))
    assert id_text("p", person_id) in text
    for personal in ("王小明", "user-1", "1101011980", "139000"):
        assert personal not in text
