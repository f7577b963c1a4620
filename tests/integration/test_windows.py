"""Clearing: windows that hold every posting once, statements that prove them, and payouts."""

import asyncio
import hashlib
import threading
from pathlib import Path
from typing import Any

from gateway.clock import ManualClock
from gateway.engine.work import Needs, Work
from gateway.ids import id_text, key_of
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2, settlement_service_pb2, types_pb2
from gateway.reasons import Reason
from tests.gateway_kit import NOW_MS, REGION, TODAY, Kit, credit, over_stores, refused, running_gateway

pb = settlement_service_pb2

PAYERS = [field.name for field in types_pb2.PayerAmounts.DESCRIPTOR.fields]


async def furnish(kit: Kit, balance_fen: int = 50_000) -> str:
    """A town whose person 1 has money in the account and is bound; gives the binding."""
    await kit.furnish()
    await kit.post_credits(credit(1, balance_fen))
    return await kit.bind()


async def close(kit: Kit, period: str, **values: Any) -> pb.CloseWindowResponse:
    settings = {"request_id": kit.request_id(), "institution_id": "H1", "period": period}
    return await kit.call("SettlementService/CloseWindow", pb.CloseWindowRequest(**(settings | values)), party="bureau")


async def statement(kit: Kit, window_id: str, party: str = "bureau") -> list[pb.DownloadStatementResponse]:
    request = pb.DownloadStatementRequest(window_id=window_id)
    return await kit.call("SettlementService/DownloadStatement", request, party=party)


async def pay_out(kit: Kit, window_id: str, amount_fen: int, **values: Any) -> pb.ConfirmPayoutResponse:
    settings = {
        "request_id": kit.request_id(),
        "window_id": window_id,
        "amount_fen": amount_fen,
        "bank_reference": "B-1",
        "paid_at_ms": NOW_MS,
    }
    request = pb.ConfirmPayoutRequest(**(settings | values))
    return await kit.call("SettlementService/ConfirmPayout", request, party="bureau")


def amounts(message: types_pb2.PayerAmounts) -> list[int]:
    return [getattr(message, name) for name in PAYERS]


def check_statement(parts: list[pb.DownloadStatementResponse], window: pb.Window) -> list[pb.StatementRow]:
    """A header, rows in order, and a trailer that add up to the window; the digest computed by the contract's words."""
    assert [part.WhichOneof("part") for part in parts] == ["header", *["row"] * (len(parts) - 2), "trailer"]
    header, rows, trailer = parts[0].header, [part.row for part in parts[1:-1]], parts[-1].trailer
    opened = pb.Window()
    opened.CopyFrom(window)
    for field in ("totals", "payable_fen", "digest", "bank_reference", "paid_out_at_ms"):
        opened.ClearField(field)
    opened.state = enums_pb2.WINDOW_STATE_CLOSED
    assert header.window == opened
    assert [row.row_no for row in rows] == list(range(1, len(rows) + 1))
    assert rows == sorted(rows, key=lambda row: (row.posted_at_ms, row.order_id, row.refund_id))
    digest = hashlib.sha256()
    totals = [0] * len(PAYERS)
    for row in rows:
        values = amounts(row.amounts)
        assert values[0] == sum(values[1:])
        assert (values[0] < 0) == bool(row.refund_id) == bool(row.refund_no)
        assert window.opened_at_ms <= row.posted_at_ms < window.cut_off_at_ms
        totals = [total + value for total, value in zip(totals, values, strict=True)]
        digest.update(
            "\t".join(map(str, [row.row_no, row.posted_at_ms, row.order_id, row.refund_id, *values])).encode() + b"\n"
        )
    assert totals == amounts(trailer.totals) == amounts(window.totals)
    assert digest.hexdigest() == trailer.digest == window.digest
    assert trailer.row_count == len(rows) == window.payment_count + window.refund_count
    unpaid = window.totals.hospital_fen + window.totals.commercial_fen + window.totals.cash_fen
    assert window.payable_fen == window.totals.total_fen - unpaid
    return rows


@over_stores
async def test_window_with_nothing_in_it(kit: Kit) -> None:
    await kit.furnish()
    window = (await close(kit, "2026-11")).window
    assert (window.institution_id, window.period, window.state) == ("H1", "2026-11", enums_pb2.WINDOW_STATE_CLOSED)
    assert (window.opened_at_ms, window.cut_off_at_ms, window.payable_fen) == (0, NOW_MS + 1, 0)
    assert window.digest == hashlib.sha256().hexdigest()
    assert check_statement(await statement(kit, window.window_id), window) == []
    paid = (await pay_out(kit, window.window_id, 0)).window
    assert (paid.state, paid.bank_reference, paid.paid_out_at_ms) == (enums_pb2.WINDOW_STATE_PAID_OUT, "B-1", NOW_MS)


@over_stores
async def test_window_holds_what_was_posted(kit: Kit) -> None:
    binding_id = await furnish(kit)
    references = types_pb2.InstitutionReferences(visit_id="V-1")
    first = await kit.create_order(200_000, binding_id, references=references)
    paid = await kit.pay(first, binding_id)
    kit.clock.advance(1000)
    lines = [
        types_pb2.OrderLine(line_no=name, item_code=name, item_name=name, item_class=item_class, amount_fen=amount_fen)
        for name, item_class, amount_fen in (
            ("a", enums_pb2.ITEM_CLASS_A, 29_000),
            ("c", enums_pb2.ITEM_CLASS_C, 1_000),
        )
    ]
    second = await kit.create_order(30_000, binding_id, lines=lines, hospital_borne_fen=1_000)
    await kit.pay(second, binding_id)
    await kit.create_order(5_000, binding_id)  # never paid: in no window
    window = (await close(kit, "2026-11")).window
    rows = check_statement(await statement(kit, window.window_id), window)
    assert [row.order_id for row in rows] == [first, second]
    # 2,000 yuan: 1,800 of deductible, 70 % of the rest by the fund; the account has 500; cash the rest.
    assert dict(zip(PAYERS, amounts(rows[0].amounts), strict=True)) == dict.fromkeys(PAYERS, 0) | {
        "total_fen": 200_000,
        "pooled_fen": 14_000,
        "account_current_fen": 50_000,
        "cash_fen": 136_000,
    }
    assert rows[1].amounts.hospital_fen == 1_000
    assert window.payable_fen == 14_000 + 50_000 + 20_300
    assert (rows[0].visit_id, rows[0].channel_id, rows[0].insured_region_code, rows[0].service_date) == (
        "V-1",
        "wallet",
        REGION,
        TODAY,
    )
    assert (rows[0].scheme, rows[0].service) == (enums_pb2.SCHEME_EMPLOYEE, enums_pb2.SERVICE_OUTPATIENT)
    assert (rows[0].settlement_id, rows[0].institution_order_no) == (
        paid.settlement.settlement_id,
        paid.institution_order_no,
    )


@over_stores
async def test_refund_is_a_negative_row_of_its_own_window(kit: Kit) -> None:
    binding_id = await furnish(kit)
    kept, undone = [await kit.create_order(total_fen, binding_id) for total_fen in (200_000, 40_000)]
    await kit.pay(kept, binding_id)
    await kit.pay(undone, binding_id)
    first = (await close(kit, "2026-11-1")).window
    before = await statement(kit, first.window_id)
    refund = await kit.refund(undone)
    second = (await close(kit, "2026-11-2")).window
    assert (second.opened_at_ms, second.payment_count, second.refund_count) == (first.cut_off_at_ms, 0, 1)
    (row,) = check_statement(await statement(kit, second.window_id), second)
    assert (row.order_id, row.refund_id, row.refund_no) == (undone, refund.refund_id, refund.refund_no)
    assert second.payable_fen == -28_000
    # The first window's statement is what it was, byte for byte, though its order has changed since.
    after = await statement(kit, first.window_id)
    assert [part.SerializeToString() for part in after] == [part.SerializeToString() for part in before]
    check_statement(after, first)
    assert (await pay_out(kit, second.window_id, -28_000)).window.state == enums_pb2.WINDOW_STATE_PAID_OUT
    assert [part.SerializeToString() for part in await statement(kit, first.window_id)] == [
        part.SerializeToString() for part in before
    ]


@over_stores
async def test_payment_and_refund_in_one_window_cancel_out(kit: Kit) -> None:
    binding_id = await furnish(kit)
    order_id = await kit.create_order(200_000, binding_id)
    await kit.pay(order_id, binding_id)
    await kit.refund(order_id)
    window = (await close(kit, "2026-11")).window
    rows = check_statement(await statement(kit, window.window_id), window)
    assert [bool(row.refund_id) for row in rows] == [False, True]
    assert amounts(window.totals) == [0] * len(PAYERS)


@over_stores
async def test_payments_and_closings_at_once(kit: Kit) -> None:
    """Whatever shares a batch with a closing is in exactly one window, on the right side of the cut-off."""
    binding_id = await furnish(kit, 0)
    orders = [await kit.create_order(1_000 + number, binding_id) for number in range(30)]
    payments = [await kit.pay_request(order_id, binding_id) for order_id in orders]
    calls = []
    for number, request in enumerate(payments):
        calls.append(kit.call("PaymentService/Pay", request, party="wallet"))
        if number % 7 == 6:
            calls.append(close(kit, f"p-{number}"))
    answers = await asyncio.gather(*calls)
    await close(kit, "last")
    response = await kit.call("SettlementService/ListWindows", pb.ListWindowsRequest(), party="bureau")
    windows = sorted(response.windows, key=lambda window: window.opened_at_ms)
    seen = []
    for window, following in zip(windows, [*windows[1:], None], strict=True):
        seen += [row.order_id for row in check_statement(await statement(kit, window.window_id), window)]
        assert following is None or window.cut_off_at_ms == following.opened_at_ms
    assert len(windows) == 5 and len(answers) == 34
    assert sorted(seen) == sorted(orders)


class Busy(Work):
    """Keeps the pipeline's thread until it is let go, so that what comes meanwhile shares the next batch."""

    def __init__(self) -> None:
        super().__init__(0)
        self.let_go = threading.Event()

    def prepare(self, store: Any, needs: Needs, now_ms: int) -> None:
        assert self.let_go.wait(10)


@over_stores
async def test_refund_that_a_closing_overtook_in_its_batch_is_in_the_window_it_was_stamped_with(kit: Kit) -> None:
    binding_id = await furnish(kit)
    order_id = await kit.create_order(100_000, binding_id)
    await kit.pay(order_id, binding_id)
    busy = Busy()
    first = asyncio.ensure_future(kit.pipeline.submit(busy))
    closing = asyncio.ensure_future(close(kit, "2026-11"))
    refund = asyncio.ensure_future(kit.refund(order_id))
    await asyncio.sleep(0)  # both are queued now, the closing before the refund
    busy.let_go.set()
    await asyncio.gather(first, refund)
    window = (await closing).window
    rows = check_statement(await statement(kit, window.window_id), window)
    assert [row.amounts.total_fen for row in rows] == [100_000, -100_000]
    assert (window.payment_count, window.refund_count, window.payable_fen) == (1, 1, 0)
    later = (await close(kit, "2026-12")).window
    assert (later.payment_count, later.refund_count, later.payable_fen) == (0, 0, 0)


@over_stores
async def test_statement_of_many_pages(kit: Kit) -> None:
    binding_id = await furnish(kit, 0)
    orders = [await kit.create_order(1_000, binding_id) for _ in range(9)]
    for order_id in orders:
        await kit.pay(order_id, binding_id)
    for order_id in orders[:4]:
        await kit.refund(order_id)
    read = []
    last = None
    while page := kit.store.postings(key_of("H1"), 1, last, 2):
        assert len(page) <= 2
        read += page
        last = page[-1]
    assert read == kit.store.postings(key_of("H1"), 1, None, 100)
    assert len(read) == 13 == len({(posting.order_id, posting.refund_id) for posting in read})


@over_stores
async def test_closing_is_idempotent_and_labels_are_unique(kit: Kit) -> None:
    await kit.furnish()
    first = await close(kit, "2026-11", request_id="one")
    again = await close(kit, "2026-11", request_id="one")
    assert (again.replayed, again.window) == (True, first.window)
    with refused(Reason.WINDOW_EXISTS, institution_id="H1", period="2026-11", window_id=first.window.window_id):
        await close(kit, "2026-11")
    await kit.put_institution("H2", "his")
    await close(kit, "2026-11", institution_id="H2")
    for period in ("", "x" * 33):
        with refused(Reason.FIELD_INVALID, field="period"):
            await close(kit, period)
    with refused(Reason.INSTITUTION_NOT_FOUND, field="institution_id"):
        await close(kit, "2026-12", institution_id="H9")


@over_stores
async def test_changing_an_institution_keeps_its_window(kit: Kit) -> None:
    binding_id = await furnish(kit)
    first = (await close(kit, "1")).window
    await kit.put_institution("H1", "his", name="New name")
    await kit.pay(await kit.create_order(10_000, binding_id), binding_id)
    second = (await close(kit, "2")).window
    assert (second.opened_at_ms, second.payment_count) == (first.cut_off_at_ms, 1)


@over_stores
async def test_payout_is_whole_and_once(kit: Kit) -> None:
    binding_id = await furnish(kit)
    await kit.pay(await kit.create_order(10_000, binding_id), binding_id)
    window = (await close(kit, "2026-11")).window
    with refused(Reason.PAYOUT_AMOUNT_MISMATCH, expected_fen=10_000, amount_fen=9_999):
        await pay_out(kit, window.window_id, 9_999)
    paid = await pay_out(kit, window.window_id, 10_000, request_id="one")
    assert paid.window.state == enums_pb2.WINDOW_STATE_PAID_OUT
    again = await pay_out(kit, window.window_id, 10_000, request_id="one")
    assert (again.replayed, again.window) == (True, paid.window)
    with refused(Reason.WINDOW_ALREADY_PAID, window_id=window.window_id):
        await pay_out(kit, window.window_id, 10_000)
    for values, field in (({"bank_reference": ""}, "bank_reference"), ({"paid_at_ms": 0}, "paid_at_ms")):
        with refused(Reason.FIELD_INVALID, field=field):
            await pay_out(kit, window.window_id, 10_000, **values)
    for unknown in (id_text("w", 5), "w5"):
        with refused(Reason.WINDOW_NOT_FOUND, field="window_id"):
            await pay_out(kit, unknown, 0)


@over_stores
async def test_institutions_see_their_own_windows(kit: Kit) -> None:
    await kit.furnish()
    await kit.put_party("other-his", enums_pb2.ROLE_INSTITUTION)
    await kit.put_institution("H2", "other-his")
    window = (await close(kit, "2026-11")).window
    by_id = pb.GetWindowRequest(window_id=window.window_id)
    by_period = pb.GetWindowRequest(period="2026-11", institution_id="H1")
    for party in ("bureau", "his"):
        for request in (by_id, by_period):
            assert (await kit.call("SettlementService/GetWindow", request, party=party)).window == window
        assert len(await statement(kit, window.window_id, party)) == 2
    with refused(Reason.WINDOW_NOT_FOUND, field="window_id"):
        await kit.call("SettlementService/GetWindow", by_id, party="other-his")
    with refused(Reason.WINDOW_NOT_FOUND, field="window_id"):
        await statement(kit, window.window_id, "other-his")
    with refused(Reason.INSTITUTION_NOT_YOURS, institution_id="H1"):
        await kit.call("SettlementService/GetWindow", by_period, party="other-his")
    with refused(Reason.WINDOW_NOT_FOUND, field="period"):
        request = pb.GetWindowRequest(period="2026-12", institution_id="H1")
        await kit.call("SettlementService/GetWindow", request, party="his")
    with refused(Reason.FIELD_INVALID, field="key"):
        await kit.call("SettlementService/GetWindow", pb.GetWindowRequest(), party="his")
    for request, reason in (
        (pb.ListWindowsRequest(institution_id="H1"), Reason.INSTITUTION_NOT_YOURS),
        (pb.ListWindowsRequest(), Reason.FIELD_INVALID),
    ):
        with refused(reason):
            await kit.call("SettlementService/ListWindows", request, party="other-his")
    with refused(Reason.ROLE_FORBIDDEN):
        await statement(kit, window.window_id, "wallet")


@over_stores
async def test_windows_come_in_pages_newest_first(kit: Kit) -> None:
    await kit.furnish()
    await kit.put_institution("H2", "his")
    for period in ("1", "2", "3"):
        await close(kit, period)
    await close(kit, "4", institution_id="H2")

    async def listed(institution_id: str) -> list[list[str]]:
        token, pages = "", []
        while not pages or token:
            request = pb.ListWindowsRequest(institution_id=institution_id, page_size=2, page_token=token)
            response = await kit.call("SettlementService/ListWindows", request, party="bureau")
            pages.append([window.period for window in response.windows])
            token = response.next_page_token
        return pages

    assert await listed("H1") == [["3", "2"], ["1"]]
    assert await listed("") == [["4", "3"], ["2", "1"]]


@over_stores
async def test_caller_may_leave_a_statement_early(kit: Kit) -> None:
    binding_id = await furnish(kit)
    await kit.pay(await kit.create_order(10_000, binding_id), binding_id)
    window = (await close(kit, "2026-11")).window
    rpc = kit.rpcs["SettlementService/DownloadStatement"]
    parts: Any = rpc.handler(kit.caller("bureau"), pb.DownloadStatementRequest(window_id=window.window_id))
    assert (await anext(parts)).WhichOneof("part") == "header"
    await parts.aclose()


def test_open_window_survives_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")

    async def before() -> tuple[str, pb.Window]:
        async with running_gateway(path) as kit:
            binding_id = await furnish(kit)
            await kit.pay(await kit.create_order(10_000, binding_id), binding_id)
            window = (await close(kit, "1")).window
            await kit.pay(await kit.create_order(20_000, binding_id), binding_id)
            return binding_id, window

    async def after(binding_id: str, first: pb.Window) -> None:
        async with running_gateway(path, clock=ManualClock(NOW_MS + 1000)) as kit:
            check_statement(await statement(kit, first.window_id), first)
            await kit.pay(await kit.create_order(5_000, binding_id), binding_id)
            window = (await close(kit, "2")).window
            rows = check_statement(await statement(kit, window.window_id), window)
            assert [row.amounts.total_fen for row in rows] == [20_000, 5_000]

    asyncio.run(after(*asyncio.run(before())))


def test_a_clock_that_was_set_back_over_a_restart_posts_nothing_before_the_cut_off(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")

    async def before() -> tuple[payment_service_pb2.PayRequest, pb.Window]:
        async with running_gateway(path) as kit:
            binding_id = await furnish(kit)
            pay = await kit.pay_request(await kit.create_order(10_000, binding_id), binding_id)
            return pay, (await close(kit, "1")).window

    async def after(pay: payment_service_pb2.PayRequest, first: pb.Window) -> None:
        async with running_gateway(path, clock=ManualClock(NOW_MS - 5_000)) as kit:
            paid = await kit.call("PaymentService/Pay", pay, party="wallet")
            assert paid.order.paid_at_ms >= first.cut_off_at_ms, "it is in the next window, so it is not before it"

    asyncio.run(after(*asyncio.run(before())))
