"""Refunds of parts, driven over a whole gateway, and what they must leave behind."""

from typing import Any

from core.accounts import ACCOUNT_COLUMNS
from core.order import Order
from gateway.ids import id_number
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2, types_pb2
from tests.gateway_kit import NOW_MS, Kit

pb = payment_service_pb2

A, B, C = enums_pb2.ITEM_CLASS_A, enums_pb2.ITEM_CLASS_B, enums_pb2.ITEM_CLASS_C
PAYERS = [field.name for field in types_pb2.PayerAmounts.DESCRIPTOR.fields]


def line(number: int, amount_fen: int, item_class: int = A, **values: Any) -> types_pb2.OrderLine:
    """Line `number` of a bill."""
    return types_pb2.OrderLine(
        line_no=str(number),
        item_code=f"X{number}",
        item_name="药",
        item_class=item_class,
        amount_fen=amount_fen,
        **values,
    )


async def paid_bill(kit: Kit, binding: str, lines: list[types_pb2.OrderLine], **values: Any) -> Any:
    """An out-patient bill of these lines, paid whole; gives the order."""
    total_fen = sum(line.amount_fen for line in lines)
    order_id = await kit.create_order(total_fen, binding, lines=lines, **values)
    return await kit.pay(order_id, binding)


async def refund(kit: Kit, order_id: str, kind: str, **values: Any) -> Any:
    """Refunds a part of an order; gives the answer."""
    request_id = kit.request_id()
    settings: dict[str, Any] = {
        "request_id": request_id,
        "order_id": order_id,
        "refund_no": f"RF-{request_id}",
        "kind": pb.RefundRequest.DESCRIPTOR.fields_by_name["kind"]
        .enum_type.values_by_name[f"REFUND_KIND_{kind}"]
        .number,
    }
    return await kit.call("PaymentService/Refund", pb.RefundRequest(**(settings | values)), party="his")


async def refund_lines(kit: Kit, order_id: str, *lines: tuple[int, int] | int) -> Any:
    """Refunds lines by their number, whole or (number, fen) in part; gives the answer."""
    returned = [
        pb.ReturnedLine(line_no=str(one))
        if isinstance(one, int)
        else pb.ReturnedLine(line_no=str(one[0]), amount_fen=one[1])
        for one in lines
    ]
    return await refund(kit, order_id, "LINES", returned_lines=returned)


async def give_cash_back(kit: Kit, of: Any) -> Any:
    """The channel confirms the cash of a refund; gives the answer."""
    request = pb.ConfirmCashRefundRequest(
        request_id=kit.request_id(),
        refund_id=of.refund_id,
        amount_fen=of.cash_to_return_fen,
        channel_refund_no="W1",
        refunded_at_ms=NOW_MS,
    )
    return await kit.call("PaymentService/ConfirmCashRefund", request, party="wallet")


async def order_now(kit: Kit, order_id: str, party: str = "his") -> Any:
    """The order as it stands."""
    return await kit.call("PaymentService/GetOrder", pb.GetOrderRequest(order_id=order_id), party=party)


def facts_of(kit: Kit, order_id: str) -> Order:
    """The order as the store has it."""
    (row,) = kit.store._db.execute("SELECT facts FROM orders WHERE order_id = ?", (id_number("o", order_id),))
    return Order.unpack(row[0])


def account_row(kit: Kit) -> dict[str, int]:
    """The only account's row, but for the batch that wrote it last."""
    (row,) = kit.store._db.execute(f"SELECT {', '.join(ACCOUNT_COLUMNS)} FROM accounts WHERE person_id != 0 LIMIT 1")
    return {name: value for name, value in zip(ACCOUNT_COLUMNS, row, strict=True) if name != "version"}


def amounts(of: Any) -> dict[str, int]:
    """What a refund gives back, by payer; those that give something."""
    return {name: getattr(of.amounts, name) for name in PAYERS if getattr(of.amounts, name)}


def legs(order: Any) -> dict[int, tuple[int, int, int]]:
    """(amount, refunded, state) by payer."""
    return {leg.kind: (leg.amount_fen, leg.refunded_fen, leg.state) for leg in order.legs}
