"""Payments: paid, their cash confirmed, refunded, and cash given back."""

from typing import NamedTuple

from core.commands import Command, CommandKind, Result
from core.order import Order, later_bills
from core.policy import LookupFailed
from core.refunds import CASH_REFUND_DAYS, CASH_REFUNDS_MAX
from core.words import (
    EVENT_CASH_TO_RETURN,
    EVENT_RISK_ANSWERED,
    KIND_CASH_ONLY,
    ORDER_PAID,
    ORDER_PARTIALLY_REFUNDED,
    REFUND_CASH,
    REFUND_LINES,
)
from gateway.catalogue.returned import Kept, ReturnedLine, kept_bill, lines_taken_back
from gateway.engine.work import Desk, Found, Needs
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2, types_pb2
from gateway.reasons import Reason
from gateway.risk.lists import RiskLists
from gateway.risk.signals import NOTHING_TOLD, Told, signals_of
from gateway.security.request_key import Key
from gateway.stores.base import Reads, ReceiptRow, RefundRow
from gateway.stores.schema import PAYER_COLUMNS, REFUNDED_COLUMNS
from gateway.works.orders import (
    Asker,
    OrderExtra,
    OrderKey,
    OrderWork,
    Payer,
    PayerWork,
    refund_as_of,
    replace_texts,
)

# What a PAY that neither holds nor posts leaves in the journal.
_NOT_PAID = (EVENT_CASH_TO_RETURN, EVENT_RISK_ANSWERED)
_PAID = (ORDER_PAID, ORDER_PARTIALLY_REFUNDED)


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
        payer: Payer,
        shown: Shown,
        receipt: Receipt | None,
        channel_order_no: str,
        key: Key,
        deadline: float | None,
        told: Told = NOTHING_TOLD,
        lists: RiskLists | None = None,
    ) -> None:
        super().__init__(asker, order, payer, key, deadline)
        self.wants_extra = True
        self._told = told
        self._lists = lists
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
        """One PAY. What has ended is the core's to refuse, because a receipt makes even that a fact."""
        binding = self.binding(found)
        link = self.family_link(found, binding)
        refuse_with = 0
        if binding.state != enums_pb2.BINDING_STATE_ACTIVE:
            refuse_with = Reason.BINDING_NOT_ACTIVE
        elif link is not None and link.state != enums_pb2.FAMILY_LINK_STATE_ACTIVE:
            refuse_with = Reason.FAMILY_LINK_ENDED
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
            family_person_id=link.owner_person_id if link else 0,
            refuse_with=int(refuse_with),
        )
        if self._lists is not None:
            order = found.ledger.order(command.order_id)
            institution_id = order.institution_id if order is not None else 0
            command.signals = signals_of(self._told, self._lists, binding, institution_id, found.now_ms)
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
        if self._channel_no and results[0].event not in _NOT_PAID:
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


class Asked(NamedTuple):
    """What a refund is asked to give back, and why."""

    refund_no: str
    kind: int
    amount_fen: int  # of a refund of cash
    lines: tuple[ReturnedLine, ...]  # of a refund by lines
    reason: str


class Refund(OrderWork):
    """A refund of what stands of an order or a part of it: the insurance side at once, the cash by the channel."""

    method = "Refund"

    def __init__(
        self, asker: Asker, order: OrderKey, refund_id: int, asked: Asked, key: Key, deadline: float | None
    ) -> None:
        super().__init__(asker, order, key, deadline)
        self._refund_id = refund_id
        self._asked = asked
        self._lines: list[ReturnedLine] = []
        self._before: Order | None = None
        self.locks = frozenset({("refund_no", asker.party_key, asked.refund_no), ("cash", order)})

    def commands(self, found: Found) -> list[Command]:
        """One REFUND, once the number is free within the institution and the lines are the order's to give back."""
        order = found.ledger.order(self.order_id(found))
        kept, later_bills_first = None, False
        if order is not None and order.party_id == self.asker.party_key:
            refund_key = (order.institution_id, self._asked.refund_no)
            if refund_key in found.store.refunds([refund_key]):
                raise Refusal(Reason.REFUND_NO_TAKEN, field="refund_no")
            self._before = order.copy()
            if order.state in _PAID:
                later_bills_first = self._asked.kind != REFUND_CASH and wants_later_bills_first(order, found)
                if later_bills_first and (count := count_later_bills(order, found)):
                    raise _later_bills_stand(count)
                kept = self._kept(order, found)
        return [
            self.command(
                found,
                CommandKind.REFUND,
                refund_id=self._refund_id,
                refund_kind=self._asked.kind,
                amount_fen=self._asked.amount_fen,
                kept=kept and tuple(kept),
                later_bills_first=later_bills_first,
            )
        ]

    def _kept(self, order: Order, found: Found) -> Kept | None:
        """The bill without what comes back; None where the core will refuse a refund by lines."""
        if self._asked.kind != REFUND_LINES or order.kind == KIND_CASH_ONLY or order.refunded_insurance:
            return None
        detail = types_pb2.InstitutionDetail.FromString(found.store.order_lines(order.order_id))
        earlier = returned_so_far(found.store.refunds_of_order(order.order_id))
        self._lines = lines_taken_back(detail, earlier, self._asked.lines)
        return kept_bill(detail, [*earlier, *self._lines])

    def refused(self, reason: int, found: Found) -> Refusal:
        """The refusal of a core result, with the numbers that it goes by."""
        order = found.ledger.order(self.order_id(found))
        if order is None:
            return super().refused(reason, found)
        if reason == Reason.CASH_REFUND_TOO_LARGE:
            left_fen, amount_fen = order.cash_collected_fen - order.refunded_collected_fen, self._asked.amount_fen
            message = f"{left_fen} fen of the collected cash are left, not {amount_fen}"
            return Refusal(reason, message, field="amount_fen", left_fen=left_fen, amount_fen=amount_fen)
        if reason == Reason.TOO_MANY_CASH_REFUNDS:
            message = f"cash of the order went back in {CASH_REFUNDS_MAX} refunds, which is all there may be"
            return Refusal(reason, message, maximum=CASH_REFUNDS_MAX)
        if reason == Reason.CASH_REFUND_TOO_LATE:
            message = f"cash goes back within {CASH_REFUND_DAYS} days of the payment"
            return Refusal(reason, message, maximum_days=CASH_REFUND_DAYS)
        if reason == Reason.REFUND_KIND_NOT_FITTING:
            what = "a CASH_ONLY order" if order.kind == KIND_CASH_ONLY else "what is left after INSURANCE"
            message = f"such a refund does not fit the order: {what} is refunded by CASH or ALL"
            return Refusal(reason, message, field="kind")
        if reason == Reason.LATER_BILLS_STAND:
            return _later_bills_stand(max(1, count_later_bills(order, found)))
        return super().refused(reason, found)

    def finish(self, desk: Desk, results: list[Result]) -> None:
        """Keeps the refund: by payer what the order gave back more than before it."""
        assert results[0].facts is not None and self._before is not None
        order, before = Order.unpack(results[0].facts), self._before
        amounts = [getattr(order, name) - getattr(before, name) for name in REFUNDED_COLUMNS]
        cash_fen, now_ms = order.refunded_collected_fen - before.refunded_collected_fen, desk.found.now_ms
        self.moved_fen = (sum(amounts), *amounts)
        parts = dict(zip(PAYER_COLUMNS, self.moved_fen, strict=True))
        desk.store.put_refund(
            RefundRow(
                self._refund_id,
                order.institution_id,
                self._asked.refund_no,
                order.order_id,
                self._asked.kind,
                enums_pb2.REFUND_STATE_CASH_PENDING if cash_fen else enums_pb2.REFUND_STATE_COMPLETED,
                cash_fen,
                self._asked.reason,
                now_ms,
                0 if cash_fen else now_ms,
                0 if cash_fen else desk.batch,
                0,
                "",
                order.refund_window,
                returned_lines=payment_service_pb2.GetRefundResponse(returned_lines=self._lines).SerializeToString(),
                **parts,
            )
        )


def returned_so_far(refunds: list[RefundRow]) -> list[ReturnedLine]:
    """What refunds took back of which lines."""
    return [
        back
        for row in refunds
        if row.returned_lines
        for back in payment_service_pb2.GetRefundResponse.FromString(row.returned_lines).returned_lines
    ]


def wants_later_bills_first(order: Order, found: Found) -> bool:
    """Whether the policy that split an order wants the person's later bills refunded before it."""
    if order.kind == KIND_CASH_ONLY or order.refunded_insurance:
        return False
    rules = found.ledger.pricer.rules
    try:
        version = rules.version(f"{order.insured_region:06d}", order.service_day, order.policy_id)
    except LookupFailed:
        return False
    return bool(version.document.get("refund", {}).get("later_bills") == "refund_first")


def count_later_bills(order: Order, found: Found) -> int:
    """How many later bills of the person stand in the order's benefit year, at whichever institution."""
    others = found.store.standing_orders(order.person_id)
    return len(later_bills(order, [found.ledger.order(other.order_id) or other for other in others]))


def _later_bills_stand(count: int) -> Refusal:
    bills = "1 later bill" if count == 1 else f"{count} later bills"
    stand = "stands: the policy wants it" if count == 1 else "stand: the policy wants them"
    message = f"{bills} of the person in this benefit year {stand} refunded first"
    return Refusal(Reason.LATER_BILLS_STAND, message, count=count)


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

    def extra(self, desk: Desk, outcome_facts: bytes) -> object:
        """The refund that was asked for, whichever was the order's last."""
        extra = super().extra(desk, outcome_facts)
        assert isinstance(extra, OrderExtra) and self._row is not None
        row = desk.store.refund(self._row.refund_id)
        return extra._replace(refund=row and refund_as_of(row, Order.unpack(outcome_facts).version))


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
        """Completes the refund or the receipt; the receipt behind refunds is given back with the last of its cash."""
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
            assert results[0].facts is not None
            order = Order.unpack(results[0].facts)
            if order.refunded_collected_fen - order.refund_cash_pending_fen == order.cash_collected_fen:
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
