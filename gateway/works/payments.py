"""Payments: paid, their cash confirmed, refunded, and cash given back."""

from typing import NamedTuple

from core.commands import Command, CommandKind, Result
from core.order import Order
from core.words import EVENT_CASH_TO_RETURN
from gateway.engine.work import Desk, Found, Needs
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.reasons import Reason
from gateway.security.request_key import Key
from gateway.stores.base import Reads, ReceiptRow, RefundRow
from gateway.works.orders import (
    Asker,
    OrderKey,
    OrderWork,
    PayerWork,
    replace_texts,
)


class Receipt(NamedTuple):
    """The channel's word that it has the patient's cash."""

    receipt_no: str
    amount_fen: int
    paid_at_ms: int
    channel_transaction_no: str


class Shown(NamedTuple):
    """What the patient was shown, and how they agreed."""

    quote_digest: int
    cash_due_fen: int
    use_account: bool
    authentication: int


class Pay(PayerWork):
    """The payment of an order, with the cash's receipt or without."""

    method = "Pay"
    may_overlap = True

    def __init__(
        self,
        asker: Asker,
        order: OrderKey,
        binding_id: int,
        shown: Shown,
        receipt: Receipt | None,
        channel_order_no: str,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(asker, order, binding_id, key, deadline)
        self.wants_extra = True
        self._shown = shown
        self._receipt = receipt
        self._channel_no = (asker.party_key, channel_order_no) if channel_order_no else None
        locks: set[object] = {("channel_no", *self._channel_no)} if self._channel_no else set()
        self.locks = frozenset(locks | (locks_of_receipt(asker, order, receipt) if receipt else set()))

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The order, the binding, and whether the caller's own numbers are free."""
        super().prepare(store, needs, now_ms)
        if self._receipt:
            needs.receipts.add((self.asker.party_key, self._receipt.receipt_no))
        if self._channel_no:
            needs.channel_order_nos.add(self._channel_no)

    def commands(self, found: Found) -> list[Command]:
        """One PAY. An inactive binding is the core's to refuse, because a receipt makes even that a fact."""
        binding = self.binding(found)
        refuse_with = 0 if binding.state == enums_pb2.BINDING_STATE_ACTIVE else Reason.BINDING_NOT_ACTIVE
        receipt = self._receipt
        if receipt and (self.asker.party_key, receipt.receipt_no) in found.receipts:
            raise Refusal(Reason.RECEIPT_NO_TAKEN, field="cash_receipt.receipt_no")
        command = self.command(
            found,
            CommandKind.PAY,
            person_id=binding.person_id,
            binding_id=binding.binding_id,
            by_order_code=bool(self.order.code_hash),
            use_account=self._shown.use_account,
            authentication=self._shown.authentication,
            quote_digest=self._shown.quote_digest,
            cash_due_fen=self._shown.cash_due_fen,
            has_receipt=receipt is not None,
            receipt_fen=receipt.amount_fen if receipt else 0,
            refuse_with=int(refuse_with),
        )
        if (
            self._channel_no
            and found.order_ids_by_channel_no.get(self._channel_no, command.order_id) != command.order_id
        ):
            raise Refusal(Reason.ORDER_NO_TAKEN, field="channel_order_no")
        return [command]

    def finish(self, desk: Desk, results: list[Result]) -> None:
        """Keeps the receipt and the channel's own number."""
        if self._receipt:
            self.new_receipt = put_receipt(desk, self.asker.party_key, self._receipt, results[0])
        # A refused payment leaves the order to the number of the one that stands.
        if self._channel_no and results[0].event != EVENT_CASH_TO_RETURN:
            replace_texts(desk, results[0].order_id, channel_order_no=self._channel_no[1])

    def extra(self, desk: Desk, outcome_facts: bytes) -> object:
        """What an answer with the whole order needs; a batch's has no room for it."""
        return super().extra(desk, outcome_facts) if self.wants_extra else None


class ConfirmCash(OrderWork):
    """The cash of an authorized order."""

    method = "ConfirmCash"
    may_overlap = True

    def __init__(self, asker: Asker, order: OrderKey, receipt: Receipt, key: Key, deadline: float | None) -> None:
        super().__init__(asker, order, key, deadline)
        self._receipt = receipt
        self.locks = frozenset(locks_of_receipt(asker, order, receipt))

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The order, and whether the receipt's number is free."""
        super().prepare(store, needs, now_ms)
        needs.receipts.add((self.asker.party_key, self._receipt.receipt_no))

    def commands(self, found: Found) -> list[Command]:
        """One CONFIRM_CASH."""
        if (self.asker.party_key, self._receipt.receipt_no) in found.receipts:
            raise Refusal(Reason.RECEIPT_NO_TAKEN, field="cash_receipt.receipt_no")
        return [self.command(found, CommandKind.CONFIRM_CASH, receipt_fen=self._receipt.amount_fen, has_receipt=True)]

    def finish(self, desk: Desk, results: list[Result]) -> None:
        """Keeps the receipt."""
        self.new_receipt = put_receipt(desk, self.asker.party_key, self._receipt, results[0])


class Refund(OrderWork):
    """A whole refund: the insurance side at once, the cash by the channel."""

    method = "Refund"

    def __init__(
        self,
        asker: Asker,
        order: OrderKey,
        refund_id: int,
        refund_no: str,
        kind: int,
        reason: str,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(asker, order, key, deadline)
        self._refund_id = refund_id
        self._refund_no = refund_no
        self._kind = kind
        self._reason = reason
        self.locks = frozenset({("refund_no", asker.party_key, refund_no), ("cash", order)})

    def commands(self, found: Found) -> list[Command]:
        """One REFUND, once the number is free within the institution."""
        order = found.ledger.order(self.order_id(found))
        if order is not None and order.party_id == self.asker.party_key:
            refund_key = (order.institution_id, self._refund_no)
            if refund_key in found.store.refunds([refund_key]):
                raise Refusal(Reason.REFUND_NO_TAKEN, field="refund_no")
        return [self.command(found, CommandKind.REFUND, refund_id=self._refund_id)]

    def finish(self, desk: Desk, results: list[Result]) -> None:
        """Keeps the refund."""
        assert results[0].facts is not None
        order = Order.unpack(results[0].facts)
        cash_fen, now_ms = order.cash_collected_fen, desk.found.now_ms
        desk.store.put_refund(
            RefundRow(
                self._refund_id,
                order.institution_id,
                self._refund_no,
                order.order_id,
                self._kind,
                enums_pb2.REFUND_STATE_CASH_PENDING if cash_fen else enums_pb2.REFUND_STATE_COMPLETED,
                cash_fen,
                self._reason,
                now_ms,
                0 if cash_fen else now_ms,
                0 if cash_fen else desk.batch,
                0,
                "",
            )
        )


class ReadRefund(OrderWork):
    """A refund, by our id or the institution's own number."""

    method = "GetRefund"

    def __init__(self, asker: Asker, refund_id: int, refund_no: tuple[int, str] | None, deadline: float | None) -> None:
        super().__init__(asker, OrderKey(), None, deadline)
        self._refund_id = refund_id
        self._refund_no = refund_no
        self._row: RefundRow | None = None

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The refund, and by it the order."""
        if self._refund_no:
            self._row = store.refunds([self._refund_no]).get(self._refund_no)
        else:
            self._row = store.refund(self._refund_id)
        self.order = OrderKey(self._row.order_id if self._row else 0)
        super().prepare(store, needs, now_ms)

    def commands(self, found: Found) -> list[Command]:
        """One READ of the order: who may see it may see its refund."""
        if self._row is None:
            raise Refusal(Reason.REFUND_NOT_FOUND)
        return [self.command(found, CommandKind.READ)]


class ConfirmCashRefund(OrderWork):
    """The channel gave cash back: a refund's, or that of a receipt that could not be applied."""

    method = "ConfirmCashRefund"

    def __init__(
        self,
        asker: Asker,
        refund_id: int,
        receipt_no: str,
        amount_fen: int,
        channel_refund_no: str,
        refunded_at_ms: int,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(asker, OrderKey(), key, deadline)
        self._refund_id = refund_id
        self._receipt_no = receipt_no
        self._amount_fen = amount_fen
        self._channel_refund_no = channel_refund_no
        self._refunded_at_ms = refunded_at_ms
        self._refund: RefundRow | None = None
        self._receipt: ReceiptRow | None = None
        self.locks = frozenset({("return", refund_id, asker.party_key, receipt_no)})

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """What is to be returned, and by it the order."""
        if self._refund_id:
            self._refund = store.refund(self._refund_id)
            self.order = OrderKey(self._refund.order_id if self._refund else 0)
        else:
            key = (self.asker.party_key, self._receipt_no)
            self._receipt = store.receipts([key]).get(key)
            self.order = OrderKey(self._receipt.order_id if self._receipt else 0)
        super().prepare(store, needs, now_ms)

    def commands(self, found: Found) -> list[Command]:
        """One RETURN_CASH of the whole amount."""
        owed_fen = 0
        if self._refund_id:
            if self._refund is None:
                raise Refusal(Reason.REFUND_NOT_FOUND, field="refund_id")
            order = found.ledger.order(self._refund.order_id)
            if order is None or order.channel_id != self.asker.party_key:
                raise Refusal(Reason.ORDER_NOT_YOURS, field="refund_id")
            if self._refund.state == enums_pb2.REFUND_STATE_CASH_PENDING:
                owed_fen = self._refund.cash_to_return_fen
        elif self._receipt is None:
            raise Refusal(Reason.NOTHING_TO_RETURN, field="receipt_no")
        elif self._receipt.state == enums_pb2.RECEIPT_STATE_TO_RETURN:
            owed_fen = self._receipt.amount_fen
        if owed_fen == 0:
            raise Refusal(Reason.NOTHING_TO_RETURN)
        if owed_fen != self._amount_fen:
            raise Refusal(Reason.CASH_AMOUNT_MISMATCH, field="amount_fen", expected_fen=owed_fen)
        return [self.command(found, CommandKind.RETURN_CASH, receipt_fen=owed_fen, refund_id=self._refund_id)]

    def finish(self, desk: Desk, results: list[Result]) -> None:
        """Completes the refund or the receipt; the receipt behind a refund is given back with it."""
        receipts = [self._receipt] if self._receipt else []
        if self._refund:
            desk.store.put_refund(
                self._refund._replace(
                    state=enums_pb2.REFUND_STATE_COMPLETED,
                    completed_at_ms=desk.found.now_ms,
                    completed_batch=desk.batch,
                    cash_refunded_at_ms=self._refunded_at_ms,
                    channel_refund_no=self._channel_refund_no,
                )
            )
            rows = desk.store.receipts_of_order(self._refund.order_id)
            receipts = [row for row in rows if row.state == enums_pb2.RECEIPT_STATE_APPLIED]
        for row in receipts:
            desk.store.put_receipt(
                row._replace(
                    state=enums_pb2.RECEIPT_STATE_RETURNED,
                    returned_batch=desk.batch,
                    returned_at_ms=self._refunded_at_ms,
                    channel_refund_no=self._channel_refund_no,
                )
            )


def locks_of_receipt(asker: Asker, order: OrderKey, receipt: Receipt) -> set[object]:
    """A receipt's number, and the order's cash: an answer tells the receipts by batch, so that one comes in each."""
    return {("receipt", asker.party_key, receipt.receipt_no), ("cash", order)}


def put_receipt(desk: Desk, channel_key: int, receipt: Receipt, result: Result) -> ReceiptRow:
    """Keeps a receipt, applied or to be returned."""
    to_return = result.event == EVENT_CASH_TO_RETURN
    row = ReceiptRow(
        channel_key,
        receipt.receipt_no,
        result.order_id,
        receipt.amount_fen,
        enums_pb2.RECEIPT_STATE_TO_RETURN if to_return else enums_pb2.RECEIPT_STATE_APPLIED,
        receipt.paid_at_ms,
        receipt.channel_transaction_no,
        result.reason if to_return else 0,
        desk.batch,
        0,
        0,
        "",
    )
    desk.store.put_receipt(row)
    return row
