"""Who may see what: marks are planted in everything that a party gives, and looked for in all that the others get."""

from collections.abc import Iterator
from typing import Any

from gateway.pb.medsettle.v1 import (
    account_service_pb2,
    binding_service_pb2,
    enums_pb2,
    payment_service_pb2,
    types_pb2,
)
from tests.gateway_kit import NOW_MS, REGION, Kit, credit, over_stores

pb = payment_service_pb2
MARK = "CLINICAL"
# What only the institution and the bureau may see: names of messages and fields, wherever they are.
HIDDEN_FIELDS = {"detail", "lines", "diagnoses", "references", "order_code", "operator", "terminal", "attach"}
PERSONS_OWN = {"binding_id", "accumulators_before", "accumulators_after"}


def marked_bill() -> dict[str, Any]:
    """A bill with a mark in every text that is the institution's own."""
    marks = iter(range(100))

    def mark() -> str:
        return f"{MARK}{next(marks)}"

    names = [field.name for field in types_pb2.InstitutionReferences.DESCRIPTOR.fields]
    kept = {"hospital_settlement_id", "clearing_type", "clearing_way", "clearing_agency"}  # of the settlement record
    return {
        "lines": [
            types_pb2.OrderLine(
                line_no=mark(), item_code=mark(), item_name=mark(), item_class=enums_pb2.ITEM_CLASS_A,
                amount_fen=100_000, institution_item_code=mark(), prescription_no=mark(), trace_codes=[mark()],
            )
        ],
        "diagnoses": [types_pb2.Diagnosis(code=mark(), name=mark(), main=True)],
        "references": types_pb2.InstitutionReferences(**{name: mark() for name in names if name not in kept}),
        "operator": mark(), "terminal": mark(), "geo_location": mark(), "attach": mark(),
        "passthrough_request_content": mark(),
    }  # fmt: skip


def walk(message: Any) -> Iterator[tuple[str, Any]]:
    """Every field anywhere in a message that is set, with its name."""
    for descriptor, value in message.ListFields():
        for one in value if descriptor.is_repeated else [value]:
            yield descriptor.name, one
            if descriptor.type == descriptor.TYPE_MESSAGE:
                yield from walk(one)


class Recorder:
    """Calls rpcs and keeps every answer by the role that got it."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.answers: dict[str, list[tuple[str, Any]]] = {}

    async def call(self, name: str, request: Any, party: str) -> Any:
        answer = await self.kit.call(name, request, party=party)
        self.answers.setdefault(party, []).append((name, answer))
        return answer

    async def watch(self, party: str, count: int) -> None:
        stream: Any = self.kit.rpcs["PaymentService/WatchOrders"].handler(
            self.kit.caller(party), pb.WatchOrdersRequest()
        )
        for _ in range(count):
            self.answers.setdefault(party, []).append(("PaymentService/WatchOrders", await anext(stream)))
        await stream.aclose()


async def live_through(kit: Kit) -> Recorder:
    """A scanned bill with everything that can happen to it, seen by everybody."""
    await kit.furnish()
    await kit.put_party("data", enums_pb2.ROLE_MESH)
    await kit.post_credits(credit(amount_fen=30_000))
    binding_id = await kit.bind()
    seen = Recorder(kit)

    async def pay(name: str, request: Any, party: str = "wallet") -> Any:
        return await seen.call(f"PaymentService/{name}", request, party)

    await seen.call("BindingService/GetBinding", binding_service_pb2.GetBindingRequest(binding_id=binding_id), "wallet")
    await seen.call("BindingService/ListRegions", binding_service_pb2.ListRegionsRequest(), "wallet")
    code = await seen.call(
        "BindingService/IssuePayCode",
        binding_service_pb2.IssuePayCodeRequest(request_id="code", binding_id=binding_id), "wallet",
    )  # fmt: skip
    order_id = await kit.create_order(100_000, **marked_bill())
    attach = pb.AttachPayCodeRequest(request_id="a", order_id=order_id, pay_code=code.pay_code, operator=f"{MARK}-op")
    await pay("AttachPayCode", attach, "his")
    await pay("QuoteOrder", pb.QuoteOrderRequest(order_id=order_id, binding_id=binding_id, use_account=True))
    stray = await kit.pay_request(order_id, binding_id, quote_digest="stale")
    await pay("Pay", stray)
    await pay("BatchPay", pb.BatchPayRequest(payments=[stray]))
    returned = {"channel_refund_no": "W", "refunded_at_ms": NOW_MS}
    await pay(
        "ConfirmCashRefund",
        pb.ConfirmCashRefundRequest(
            request_id="c1", receipt_no=stray.cash_receipt.receipt_no, amount_fen=stray.cash_receipt.amount_fen,
            **returned,
        ),
    )  # fmt: skip
    held = await kit.pay_request(order_id, binding_id)
    receipt = held.cash_receipt
    confirm = pb.ConfirmCashRequest(request_id="c2", order_id=order_id)
    confirm.cash_receipt.CopyFrom(receipt)
    held.ClearField("cash_receipt")
    await pay("Pay", held)
    await pay("ConfirmCash", confirm)
    refund = pb.RefundRequest(
        request_id="r", order_id=order_id, refund_no="RF", kind=enums_pb2.REFUND_KIND_ALL, operator=f"{MARK}-op2"
    )
    refunded = await pay("Refund", refund, "his")
    give_back = pb.ConfirmCashRefundRequest(
        request_id="c3", refund_id=refunded.refund.refund_id, amount_fen=refunded.refund.cash_to_return_fen, **returned
    )
    await pay("ConfirmCashRefund", give_back)
    cancelled = await kit.create_order(100_000, binding_id, **marked_bill())
    await pay("CancelOrder", pb.CancelOrderRequest(request_id="x", order_id=cancelled))
    for party in ("wallet", "his", "data", "bureau"):
        await pay("GetOrder", pb.GetOrderRequest(order_id=order_id), party)
        await pay("GetRefund", pb.GetRefundRequest(refund_id=refunded.refund.refund_id), party)
        await seen.watch(party, 9)
    account = account_service_pb2.GetAccountRequest(binding_id=binding_id)
    await seen.call("AccountService/GetAccount", account, "wallet")
    return seen


@over_stores
async def test_nothing_clinical_reaches_a_channel_or_the_mesh(kit: Kit) -> None:
    seen = await live_through(kit)
    methods = {name for name, _ in seen.answers["wallet"] if name.startswith("PaymentService/")}
    asked = {name for name in kit.rpcs if name.startswith("PaymentService/")}
    only_his = {f"PaymentService/{name}" for name in ("CreateOrder", "AttachPayCode", "Refund")}
    assert methods == asked - only_his, "every rpc of a channel is looked at"
    for party in ("wallet", "data"):
        for name, answer in seen.answers[party]:
            for field, value in walk(answer):
                assert field not in HIDDEN_FIELDS, f"{party} gets {field} by {name}"
                assert MARK not in str(value), f"{party} gets {field} by {name}"


@over_stores
async def test_an_institution_sees_neither_binding_nor_accumulators(kit: Kit) -> None:
    seen = await live_through(kit)
    for party in ("his", "data"):
        for name, answer in seen.answers[party]:
            assert not {field for field, _ in walk(answer)} & PERSONS_OWN, f"{party} by {name}"
    own = {field for _, answer in seen.answers["wallet"] for field, _ in walk(answer)}
    assert own >= PERSONS_OWN


@over_stores
async def test_the_institution_and_the_bureau_get_back_what_was_given(kit: Kit) -> None:
    seen = await live_through(kit)
    bill = marked_bill()
    for party in ("his", "bureau"):
        (detail,) = [answer.detail for name, answer in seen.answers[party] if name == "PaymentService/GetOrder"]
        assert list(detail.lines) == bill["lines"]
        assert list(detail.diagnoses) == bill["diagnoses"]
        assert detail.references == bill["references"]
        for field in ("operator", "terminal", "geo_location", "attach", "passthrough_request_content"):
            assert getattr(detail, field) == bill[field]
        assert len(detail.order_code) == 28


@over_stores
async def test_no_number_or_name_of_a_person_is_kept_or_told(kit: Kit) -> None:
    seen = await live_through(kit)
    person_texts = ("11010119800517", "王小明", "13900000001")
    stored = "\n".join(kit.store._db.iterdump())
    told = "\n".join(str(answer) for answers in seen.answers.values() for _, answer in answers)
    for text in person_texts:
        assert text not in stored
        assert text.encode().hex().upper() not in stored.upper(), "not in a blob either"
        assert text not in told
    assert REGION in told
