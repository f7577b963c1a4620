"""Mutating payment rpcs as requests: repeated, repeated with another body, at once, late, after 30 days, and bad ones.

Every refusal is followed by a look at the whole store: nothing may be written.
"""

import asyncio
from typing import Any, NamedTuple

import pytest

from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import binding_service_pb2, enums_pb2, payment_service_pb2, types_pb2
from gateway.reasons import Reason
from gateway.works.upkeep import REQUESTS_KEPT_MS, ForgetRequests
from tests.gateway_kit import NOW_MS, TODAY, Kit, credit, over_stores, refused

pb = payment_service_pb2


class Sample(NamedTuple):
    """A request that will be executed, by whom, and what changes in a body that is another."""

    method: str
    party: str
    request: Any
    other: dict[str, Any]
    field: str
    late: Reason  # why the same request is refused once its id is forgotten


async def call(kit: Kit, method: str, party: str, request: Any) -> Any:
    return await kit.call(f"PaymentService/{method}", request, party=party)


async def samples(kit: Kit) -> dict[str, Sample]:
    """A request ready to be executed for each mutating rpc, each about an order of its own."""
    await kit.furnish()
    await kit.post_credits(credit(amount_fen=30_000))
    binding_id = await kit.bind()
    orders = {name: await kit.create_order(100_000, binding_id) for name in ("pay", "confirm", "cancel", "refund")}
    orders |= {name: await kit.create_order(100_000, binding_id) for name in ("cash", "stray")}
    free = await kit.create_order(100_000)
    held = await kit.pay_request(orders["confirm"], binding_id)
    held.ClearField("cash_receipt")
    due_fen = (await call(kit, "Pay", "wallet", held)).order.cash.cash_to_collect_fen
    stray = await kit.pay_request(orders["stray"], binding_id, quote_digest="stale")
    await call(kit, "Pay", "wallet", stray)
    for name in ("refund", "cash"):
        await kit.pay(orders[name], binding_id)
    refund = await kit.refund(orders["cash"])
    code = binding_service_pb2.IssuePayCodeRequest(request_id="code", binding_id=binding_id)
    pay_code = (await kit.call("BindingService/IssuePayCode", code, party="wallet")).pay_code
    receipt = types_pb2.CashReceipt(receipt_no="CONFIRM", amount_fen=due_fen, paid_at_ms=NOW_MS)
    returned = {"channel_refund_no": "W", "refunded_at_ms": NOW_MS}
    rows = [
        Sample("CreateOrder", "his", bill(), {"title": "别的"}, "title", Reason.ORDER_NO_TAKEN),
        Sample(
            "AttachPayCode", "his",
            pb.AttachPayCodeRequest(order_id=free, pay_code=pay_code), {"operator": "x"}, "operator",
            Reason.PAY_CODE_USED,
        ),
        Sample(
            "Pay", "wallet",
            await kit.pay_request(orders["pay"], binding_id), {"cash_due_fen": 1}, "cash_due_fen",
            Reason.RECEIPT_NO_TAKEN,
        ),
        Sample(
            "ConfirmCash", "wallet",
            pb.ConfirmCashRequest(order_id=orders["confirm"], cash_receipt=receipt),
            {"cash_receipt": types_pb2.CashReceipt(receipt_no="CONFIRM", amount_fen=1, paid_at_ms=NOW_MS)},
            "cash_receipt", Reason.RECEIPT_NO_TAKEN,
        ),
        Sample(
            "CancelOrder", "wallet",
            pb.CancelOrderRequest(order_id=orders["cancel"], reason="why"), {"reason": ""}, "reason",
            Reason.ORDER_CLOSED,
        ),
        Sample(
            "Refund", "his",
            pb.RefundRequest(order_id=orders["refund"], refund_no="RF-X", kind=enums_pb2.REFUND_KIND_ALL),
            {"order_id": orders["cash"], "reason": "z"}, "order_id", Reason.REFUND_NO_TAKEN,
        ),
        Sample(
            "ConfirmCashRefund", "wallet",
            pb.ConfirmCashRefundRequest(
                refund_id=refund.refund_id, amount_fen=refund.cash_to_return_fen, **returned
            ),
            {"amount_fen": 1}, "amount_fen", Reason.NOTHING_TO_RETURN,
        ),
        Sample(
            "ConfirmCashRefund", "wallet",
            pb.ConfirmCashRefundRequest(
                receipt_no=stray.cash_receipt.receipt_no, amount_fen=stray.cash_receipt.amount_fen, **returned
            ),
            {"refund_id": refund.refund_id}, "refund_id", Reason.NOTHING_TO_RETURN,
        ),
    ]  # fmt: skip
    for number, row in enumerate(rows):
        row.request.request_id = f"sample-{number}"
    return {f"{row.method}{'' if name < 7 else '-receipt'}": row for name, row in enumerate(rows)}


NAMES = [
    "CreateOrder", "AttachPayCode", "Pay", "ConfirmCash", "CancelOrder", "Refund", "ConfirmCashRefund",
    "ConfirmCashRefund-receipt",
]  # fmt: skip


def bill(**values: Any) -> pb.CreateOrderRequest:
    """A good bill with everything in it that a bill can have."""
    settings: dict[str, Any] = {
        "request_id": "bill", "institution_id": "H1", "institution_order_no": "BILL",
        "kind": enums_pb2.ORDER_KIND_MIXED, "scenario": enums_pb2.SCENARIO_DIAGNOSIS,
        "service": enums_pb2.SERVICE_OUTPATIENT, "referral": enums_pb2.REFERRAL_LOCAL, "service_date": TODAY,
        "total_fen": 300, "title": "门诊", "lines": [line("1"), line("2", amount_fen=200)],
        "diagnoses": [types_pb2.Diagnosis(code="J06.9", name="感冒", main=True)],
        "cash_additions": [types_pb2.CashAddition(kind=enums_pb2.CASH_ADDITION_KIND_FREIGHT, amount_fen=5)],
        "cash_reductions": [types_pb2.CashReduction(kind=enums_pb2.CASH_REDUCTION_KIND_DISCOUNT, amount_fen=3)],
        "credential_kind": enums_pb2.CREDENTIAL_KIND_E_VOUCHER, "attach": "x" * 2048,
    }  # fmt: skip
    return pb.CreateOrderRequest(**(settings | values))


def line(line_no: str, **values: Any) -> types_pb2.OrderLine:
    settings: dict[str, Any] = {
        "line_no": line_no, "item_code": "X", "item_name": "药", "item_class": 1, "amount_fen": 100,
    }  # fmt: skip
    return types_pb2.OrderLine(**(settings | values))


def dump(kit: Kit) -> list[str]:
    return list(kit.store._db.iterdump())


def changed(request: Any, values: dict[str, Any]) -> Any:
    """A copy with some fields replaced."""
    twin = type(request)()
    twin.CopyFrom(request)
    for name, value in values.items():
        twin.ClearField(name)
        twin.MergeFrom(type(request)(**{name: value}))
    return twin


def as_fresh(answer: Any) -> Any:
    """An answer without its replayed mark."""
    twin = type(answer)()
    twin.CopyFrom(answer)
    twin.ClearField("replayed")
    return twin


@pytest.mark.parametrize("name", NAMES)
@over_stores
async def test_a_repeated_request_is_answered_again_and_another_one_is_not(kit: Kit, name: str) -> None:
    row = (await samples(kit))[name]
    first = await call(kit, row.method, row.party, row.request)
    assert not first.replayed
    before = dump(kit)
    for _ in range(2):
        again = await call(kit, row.method, row.party, row.request)
        assert again.replayed
        assert as_fresh(again) == first
    with refused(Reason.REQUEST_ID_CONFLICT, field=row.field):
        await call(kit, row.method, row.party, changed(row.request, row.other))
    assert dump(kit) == before


@pytest.mark.parametrize("name", NAMES)
@over_stores
async def test_the_same_request_many_times_at_once_is_one_request(kit: Kit, name: str) -> None:
    row = (await samples(kit))[name]
    events = kit.pipeline.last_seq
    answers = await asyncio.gather(*(call(kit, row.method, row.party, row.request) for _ in range(10)))
    assert [answer.replayed for answer in answers].count(False) == 1
    assert all(as_fresh(answer) == as_fresh(answers[0]) for answer in answers)
    assert kit.pipeline.last_seq == events + 1


@over_stores
async def test_requests_are_forgotten_page_after_page(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.works.upkeep._FORGET_MAX", 2)
    await samples(kit)
    kit.clock.advance(REQUESTS_KEPT_MS + 1)
    count = kit.store._db.execute("SELECT count(*) FROM requests").fetchone()[0]
    pages: list[ForgetRequests] = []
    while not pages or pages[-1].page_was_full:
        pages.append(ForgetRequests())
        await kit.pipeline.submit(pages[-1])
    assert len(pages) == count // 2 + 1
    assert kit.store._db.execute("SELECT count(*) FROM requests").fetchone()[0] == 0


@pytest.mark.parametrize("name", NAMES)
@over_stores
async def test_a_number_outlives_the_id_of_its_request(kit: Kit, name: str) -> None:
    row = (await samples(kit))[name]
    await call(kit, row.method, row.party, row.request)
    kit.clock.advance(REQUESTS_KEPT_MS + 1)
    await kit.pipeline.submit(ForgetRequests())
    if row.method == "CreateOrder":
        row.request.service_date = "2026-12-01"  # as a caller would, who makes the bill anew
    before = dump(kit)
    with refused(row.late):
        await call(kit, row.method, row.party, row.request)
    assert dump(kit) == before


@over_stores
async def test_what_was_answered_stands_whatever_came_after(kit: Kit) -> None:
    rows = await samples(kit)
    answers = {name: await call(kit, row.method, row.party, row.request) for name, row in rows.items()}
    order_id = answers["Pay"].order.order_id
    refund = await kit.refund(order_id)
    await call(
        kit, "ConfirmCashRefund", "wallet",
        pb.ConfirmCashRefundRequest(
            request_id="later", refund_id=refund.refund_id, amount_fen=refund.cash_to_return_fen,
            channel_refund_no="W2", refunded_at_ms=NOW_MS,
        ),
    )  # fmt: skip
    stray = types_pb2.CashReceipt(receipt_no="STRAY", amount_fen=9, paid_at_ms=NOW_MS)
    for number, order in enumerate((order_id, answers["ConfirmCash"].order.order_id, answers["Refund"].order.order_id)):
        receipt = changed(stray, {"receipt_no": f"STRAY-{number}"})
        late = pb.ConfirmCashRequest(request_id=f"stray-{number}", order_id=order, cash_receipt=receipt)
        assert (await call(kit, "ConfirmCash", "wallet", late)).status == pb.PAY_STATUS_CASH_TO_RETURN
    for name, row in rows.items():
        again = await call(kit, row.method, row.party, row.request)
        assert again.replayed
        assert as_fresh(again) == answers[name], name


@over_stores
async def test_ids_of_two_parties_and_of_two_rpcs_are_apart(kit: Kit) -> None:
    rows = await samples(kit)
    for row in rows.values():
        row.request.request_id = "the same" if row.method != "ConfirmCashRefund" else kit.request_id()
        assert not (await call(kit, row.method, row.party, row.request)).replayed


LONG = "x" * 65
BAD_BILLS: list[tuple[dict[str, Any], Reason, str]] = [
    ({"request_id": ""}, Reason.FIELD_INVALID, "request_id"),
    ({"request_id": LONG}, Reason.FIELD_INVALID, "request_id"),
    ({"institution_id": ""}, Reason.INSTITUTION_NOT_YOURS, "institution_id"),
    ({"institution_id": "H9"}, Reason.INSTITUTION_NOT_YOURS, "institution_id"),
    ({"institution_order_no": ""}, Reason.FIELD_INVALID, "institution_order_no"),
    ({"institution_order_no": LONG}, Reason.FIELD_INVALID, "institution_order_no"),
    ({"institution_order_no": "a\nb"}, Reason.FIELD_INVALID, "institution_order_no"),
    ({"binding_id": "b"}, Reason.BINDING_NOT_FOUND, "binding_id"),
    ({"binding_id": "b0000000000001"}, Reason.BINDING_NOT_FOUND, "binding_id"),
    ({"kind": 0}, Reason.FIELD_INVALID, "kind"),
    ({"kind": 99}, Reason.FIELD_INVALID, "kind"),
    ({"scenario": 0}, Reason.FIELD_INVALID, "scenario"),
    ({"scenario": enums_pb2.SCENARIO_PHARMACY}, Reason.FIELD_INVALID, "scenario"),
    ({"service": 0}, Reason.FIELD_INVALID, "service"),
    ({"service": 77}, Reason.FIELD_INVALID, "service"),
    ({"referral": 0}, Reason.FIELD_INVALID, "referral"),
    ({"service_date": ""}, Reason.FIELD_INVALID, "service_date"),
    ({"service_date": "2026-02-30"}, Reason.FIELD_INVALID, "service_date"),
    ({"service_date": "20261106"}, Reason.FIELD_INVALID, "service_date"),
    ({"service_date": "2026-11-08"}, Reason.FIELD_INVALID, "service_date"),
    ({"stay_number": 1}, Reason.FIELD_INVALID, "stay_number"),
    ({"stay_number": 100, "service": enums_pb2.SERVICE_INPATIENT}, Reason.FIELD_INVALID, "stay_number"),
    ({"lines": []}, Reason.FIELD_INVALID, "lines"),
    ({"lines": [line(str(n)) for n in range(2001)]}, Reason.FIELD_INVALID, "lines"),
    ({"lines": [line(str(n), amount_fen=0) for n in range(10_000)]}, Reason.FIELD_INVALID, "lines"),
    ({"lines": [line("1", amount_fen=100_000_000_001)]}, Reason.AMOUNT_OUT_OF_RANGE, "lines.amount_fen"),
    (
        {"lines": [line("1", amount_fen=300, quantity_ten_thousandths=-1)]},
        Reason.FIELD_INVALID, "lines.quantity_ten_thousandths",
    ),
    (
        {"lines": [line("1", amount_fen=300, unit_price_micro_yuan=-1)]},
        Reason.FIELD_INVALID, "lines.unit_price_micro_yuan",
    ),
    ({"lines": [line("1"), line("1", amount_fen=200)]}, Reason.FIELD_INVALID, "lines.line_no"),
    ({"lines": [line("1", amount_fen=301), line("2", amount_fen=-1)]}, Reason.AMOUNT_OUT_OF_RANGE, "lines.amount_fen"),
    ({"lines": [line("1", amount_fen=1 << 62)]}, Reason.AMOUNT_OUT_OF_RANGE, "lines.amount_fen"),
    ({"lines": [line("", amount_fen=300)]}, Reason.FIELD_INVALID, "lines.line_no"),
    ({"lines": [line("1", amount_fen=300, item_code="")]}, Reason.FIELD_INVALID, "lines.item_code"),
    ({"lines": [line("1", amount_fen=300, item_name="")]}, Reason.FIELD_INVALID, "lines.item_name"),
    ({"lines": [line("1", amount_fen=300, item_class=9)]}, Reason.FIELD_INVALID, "lines.item_class"),
    ({"lines": [line("1", amount_fen=300, item_class=0)]}, Reason.ITEM_NOT_LISTED, "lines.item_code"),
    ({"lines": [line("1", amount_fen=300, self_pay_ppm=1_000_001)]}, Reason.FIELD_INVALID, "lines.self_pay_ppm"),
    ({"lines": [line("1", amount_fen=300, self_pay_ppm=-1)]}, Reason.FIELD_INVALID, "lines.self_pay_ppm"),
    (
        {"lines": [line("1", amount_fen=300, price_limit_fen=-1)]},
        Reason.AMOUNT_OUT_OF_RANGE, "lines.price_limit_fen",
    ),
    ({"lines": [line("1", amount_fen=300, trace_codes=[LONG])]}, Reason.FIELD_INVALID, "lines.trace_codes"),
    ({"diagnoses": [types_pb2.Diagnosis(code="")]}, Reason.FIELD_INVALID, "diagnoses.code"),
    ({"diagnoses": [types_pb2.Diagnosis(code="x" * 31)]}, Reason.FIELD_INVALID, "diagnoses.code"),
    ({"diagnoses": [types_pb2.Diagnosis(code="x", name="x" * 256)]}, Reason.FIELD_INVALID, "diagnoses.name"),
    ({"diagnoses": [types_pb2.Diagnosis(code="x", main=True)] * 2}, Reason.FIELD_INVALID, "diagnoses.main"),
    ({"diagnoses": [types_pb2.Diagnosis(code="x")] * 21}, Reason.FIELD_INVALID, "diagnoses"),
    ({"total_fen": 0}, Reason.AMOUNT_OUT_OF_RANGE, "total_fen"),
    ({"total_fen": -300}, Reason.AMOUNT_OUT_OF_RANGE, "total_fen"),
    ({"total_fen": 100_000_000_001}, Reason.AMOUNT_OUT_OF_RANGE, "total_fen"),
    ({"total_fen": 299}, Reason.LINES_DO_NOT_ADD_UP, "total_fen"),
    ({"hospital_borne_fen": -1}, Reason.AMOUNT_OUT_OF_RANGE, "hospital_borne_fen"),
    ({"hospital_borne_fen": 301}, Reason.AMOUNT_OUT_OF_RANGE, "hospital_borne_fen"),
    ({"hospital_borne_fen": 1}, Reason.AMOUNT_OUT_OF_RANGE, "hospital_borne_fen"),
    ({"cash_additions": [types_pb2.CashAddition(kind=1)]}, Reason.AMOUNT_OUT_OF_RANGE, "cash_additions.amount_fen"),
    ({"cash_additions": [types_pb2.CashAddition(amount_fen=1)]}, Reason.FIELD_INVALID, "cash_additions.kind"),
    ({"cash_additions": [types_pb2.CashAddition(kind=1, amount_fen=1)] * 11}, Reason.FIELD_INVALID, "cash_additions"),
    (
        {"cash_additions": [types_pb2.CashAddition(kind=1, amount_fen=60_000_000_000)] * 2},
        Reason.AMOUNT_OUT_OF_RANGE, "cash_additions",
    ),
    ({"cash_reductions": [types_pb2.CashReduction(kind=9)]}, Reason.FIELD_INVALID, "cash_reductions.kind"),
    ({"title": ""}, Reason.FIELD_INVALID, "title"),
    ({"title": "看" * 22}, Reason.FIELD_INVALID, "title"),
    ({"expires_at_ms": NOW_MS}, Reason.FIELD_INVALID, "expires_at_ms"),
    ({"expires_at_ms": NOW_MS + 7 * 86_400_000 + 1}, Reason.FIELD_INVALID, "expires_at_ms"),
    ({"expires_at_ms": -5}, Reason.FIELD_INVALID, "expires_at_ms"),
    ({"credential_kind": 12}, Reason.FIELD_INVALID, "credential_kind"),
    ({"references": types_pb2.InstitutionReferences(visit_id=LONG)}, Reason.FIELD_INVALID, "references.visit_id"),
    ({"operator": LONG}, Reason.FIELD_INVALID, "operator"),
    ({"terminal": LONG}, Reason.FIELD_INVALID, "terminal"),
    ({"geo_location": "1" * 41}, Reason.FIELD_INVALID, "geo_location"),
    ({"attach": "x" * 2049}, Reason.FIELD_INVALID, "attach"),
    ({"passthrough_request_content": "x" * 2049}, Reason.FIELD_INVALID, "passthrough_request_content"),
]  # fmt: skip


@over_stores
async def test_a_bad_bill_is_refused_by_its_field_and_nothing_is_written(kit: Kit) -> None:
    await kit.furnish()
    before = dump(kit)
    for values, reason, field in BAD_BILLS:
        with refused(reason, field=field):
            await call(kit, "CreateOrder", "his", changed(bill(), values))
        assert dump(kit) == before, (values, "was written")
    await call(kit, "CreateOrder", "his", bill())


RECEIPT = types_pb2.CashReceipt(receipt_no="R", amount_fen=5, paid_at_ms=NOW_MS)


def bad_receipts(field: str = "cash_receipt") -> list[tuple[dict[str, Any], Reason, str]]:
    return [
        ({field: changed(RECEIPT, {name: value})}, reason, f"{field}.{name}")
        for name, value, reason in (
            ("receipt_no", "", Reason.FIELD_INVALID),
            ("receipt_no", LONG, Reason.FIELD_INVALID),
            ("amount_fen", 0, Reason.AMOUNT_OUT_OF_RANGE),
            ("amount_fen", -5, Reason.AMOUNT_OUT_OF_RANGE),
            ("amount_fen", 100_000_000_001, Reason.AMOUNT_OUT_OF_RANGE),
            ("paid_at_ms", 0, Reason.FIELD_INVALID),
            ("channel_transaction_no", LONG, Reason.FIELD_INVALID),
        )
    ]


NOBODYS_ORDER = [
    ({"order_id": ""}, Reason.FIELD_INVALID, "order_id"),
    ({"order_id": "x"}, Reason.ORDER_NOT_FOUND, "order_id"),
    ({"order_id": "o0000000000001"}, Reason.ORDER_NOT_FOUND, None),
]
BAD: dict[str, list[tuple[dict[str, Any], Reason, str | None]]] = {
    "AttachPayCode": [
        *NOBODYS_ORDER,
        ({"pay_code": ""}, Reason.FIELD_INVALID, "pay_code"),
        ({"pay_code": "9" * 27 + "x"}, Reason.FIELD_INVALID, "pay_code"),
        ({"pay_code": "9" * 28}, Reason.PAY_CODE_UNKNOWN, "pay_code"),
        ({"terminal": LONG}, Reason.FIELD_INVALID, "terminal"),
        ({"operator": LONG}, Reason.FIELD_INVALID, "operator"),
    ],
    "Pay": [
        *NOBODYS_ORDER,
        *bad_receipts(),
        ({"order_code": "1" * 27}, Reason.FIELD_INVALID, "order_code"),
        ({"order_code": "1" * 28}, Reason.ORDER_CODE_UNKNOWN, "order_code"),
        ({"binding_id": ""}, Reason.FIELD_INVALID, "binding_id"),
        ({"binding_id": "b0000000000001"}, Reason.BINDING_NOT_FOUND, "binding_id"),
        ({"quote_digest": ""}, Reason.FIELD_INVALID, "quote_digest"),
        ({"quote_digest": LONG}, Reason.FIELD_INVALID, "quote_digest"),
        ({"cash_due_fen": -1}, Reason.AMOUNT_OUT_OF_RANGE, "cash_due_fen"),
        ({"user_authentication": 0}, Reason.FIELD_INVALID, "user_authentication"),
        ({"user_authentication": 50}, Reason.FIELD_INVALID, "user_authentication"),
        ({"channel_order_no": LONG}, Reason.FIELD_INVALID, "channel_order_no"),
    ],
    "ConfirmCash": [*NOBODYS_ORDER, *bad_receipts()],
    "CancelOrder": [*NOBODYS_ORDER, ({"reason": "x" * 257}, Reason.FIELD_INVALID, "reason")],
    "Refund": [
        *NOBODYS_ORDER,
        ({"refund_no": ""}, Reason.FIELD_INVALID, "refund_no"),
        ({"refund_no": LONG}, Reason.FIELD_INVALID, "refund_no"),
        ({"kind": 0}, Reason.FIELD_INVALID, "kind"),
        ({"kind": enums_pb2.REFUND_KIND_CASH}, Reason.REFUND_FIELDS_MISMATCH, "amount_fen"),
        ({"amount_fen": 1}, Reason.REFUND_FIELDS_MISMATCH, "amount_fen"),
        ({"kind": enums_pb2.REFUND_KIND_LINES}, Reason.REFUND_FIELDS_MISMATCH, "returned_lines"),
        ({"returned_lines": [pb.ReturnedLine(line_no="1")]}, Reason.REFUND_FIELDS_MISMATCH, "returned_lines"),
        ({"reason": "x" * 257}, Reason.FIELD_INVALID, "reason"),
    ],
    "ConfirmCashRefund": [
        ({"refund_id": ""}, Reason.FIELD_INVALID, "refund_id"),
        ({"refund_id": "r"}, Reason.REFUND_NOT_FOUND, "refund_id"),
        ({"refund_id": "r0000000000001"}, Reason.REFUND_NOT_FOUND, "refund_id"),
        ({"receipt_no": "NOBODYS"}, Reason.NOTHING_TO_RETURN, "receipt_no"),
        ({"amount_fen": 0}, Reason.AMOUNT_OUT_OF_RANGE, "amount_fen"),
        ({"amount_fen": 1}, Reason.CASH_AMOUNT_MISMATCH, "amount_fen"),
        ({"channel_refund_no": ""}, Reason.FIELD_INVALID, "channel_refund_no"),
        ({"refunded_at_ms": 0}, Reason.FIELD_INVALID, "refunded_at_ms"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
@over_stores
async def test_a_bad_request_is_refused_by_its_field_and_nothing_is_written(kit: Kit, name: str) -> None:
    row = (await samples(kit))[name]
    before = dump(kit)
    for values, reason, field in [*BAD[name], ({"request_id": LONG}, Reason.FIELD_INVALID, "request_id")]:
        with pytest.raises(Refusal) as caught:
            await call(kit, row.method, row.party, changed(row.request, values))
        told = (caught.value.reason, caught.value.metadata.get("field", field))
        assert told == (reason, field or told[1]), values
        assert dump(kit) == before, (values, "was written")
    assert not (await call(kit, row.method, row.party, row.request)).replayed
