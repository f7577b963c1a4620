"""PaymentService: a bill from its creation to its refund."""

import re
from collections.abc import AsyncIterator

from core.order import Order
from core.wire.answers import split_numbers
from gateway.catalogue.cache import Catalogue
from gateway.clock import Clock
from gateway.directory import Directory
from gateway.engine.pipeline import Pipeline
from gateway.engine.work import Outcome
from gateway.errors import Refusal, invalid
from gateway.ids import IdMaker, id_text
from gateway.pb.medsettle.v1 import enums_pb2, error_reason_pb2, payment_service_pb2, types_pb2
from gateway.reasons import Reason
from gateway.risk.lists import RiskLists
from gateway.risk.signals import NOTHING_TOLD, told_of
from gateway.security.request_key import Key, key_prefix, names_of, reader_of_requests
from gateway.security.secrets import Secrets
from gateway.servicers import fields
from gateway.servicers.base import Caller, Rpc, key_of_request, parsed, rpcs_of
from gateway.servicers.batch_pay import batch_pay, pay_status
from gateway.servicers.bills import bill_of, refunded_parts
from gateway.servicers.views import detail_message, order_message, receipt_message, refund_message, returned_lines
from gateway.works import orders, payments
from gateway.works.orders import Asker, OrderExtra, OrderKey
from gateway.works.watching import Watcher

pb = payment_service_pb2

_PAY_NAMES = names_of(pb.PayRequest.DESCRIPTOR)[1]
_CONFIRM_CASH_NAMES = names_of(pb.ConfirmCashRequest.DESCRIPTOR)[1]
_DIGEST = re.compile(r"[0-7][0-9a-f]{15}")


class PaymentServicer:
    """The rpcs of PaymentService."""

    def __init__(
        self,
        pipeline: Pipeline,
        secrets: Secrets,
        directory: Directory,
        ids: IdMaker,
        clock: Clock,
        watcher: Watcher,
        catalogue: Catalogue,
        lists: RiskLists | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._secrets = secrets
        self._directory = directory
        self._ids = ids
        self._clock = clock
        self._watcher = watcher
        self._catalogue = catalogue
        self._lists = lists
        # Reads well-made requests without protobuf; the others, and what is wrong with them, go the long way.
        self._reader = reader_of_requests(secrets.secret)

    def rpcs(self) -> list[Rpc]:
        """All of them, for a front."""
        return rpcs_of(
            pb.DESCRIPTOR,
            "PaymentService",
            {
                "CreateOrder": self.create_order,
                "AttachPayCode": self.attach_pay_code,
                "GetOrder": self.get_order,
                "QuoteOrder": self.quote_order,
                "Pay": self.pay,
                "BatchPay": self.batch_pay,
                "ConfirmCash": self.confirm_cash,
                "CancelOrder": self.cancel_order,
                "Refund": self.refund,
                "GetRefund": self.get_refund,
                "ConfirmCashRefund": self.confirm_cash_refund,
                "WatchOrders": self.watch_orders,
            },
            take_bytes=("Pay", "BatchPay", "ConfirmCash"),
        )

    async def create_order(self, caller: Caller, request: pb.CreateOrderRequest) -> pb.CreateOrderResponse:
        """Takes in a bill."""
        key = key_of_request(self._secrets, caller, "CreateOrder", request)
        institution = next(
            (
                row
                for row in self._directory.institutions(caller.party_key)
                if row.institution_id == request.institution_id
            ),
            None,
        )
        if institution is None:
            raise Refusal(Reason.INSTITUTION_NOT_YOURS, field="institution_id")
        # The bill of a repeated request was taken in when the institution was still open: the work tells them apart.
        closed = None
        if institution.suspended:
            closed = Refusal(Reason.INSTITUTION_SUSPENDED, institution_id=institution.institution_id)
        elif str(request.scenario) not in institution.scenarios.split(","):
            closed = invalid("scenario", "must be one that is open to the institution")
        order_id = self._ids.new_id(self._clock.now_ms())
        code_hash = self._secrets.code_hash(self._secrets.order_code(order_id))
        bill = bill_of(request, institution, code_hash, self._catalogue)
        bill.order.order_id, bill.order.party_id = order_id, caller.party_key
        work = orders.CreateOrder(_asker(caller), bill.order, bill.texts, bill.lines, closed, key, caller.deadline)
        outcome = await self._pipeline.submit(work)
        return pb.CreateOrderResponse(
            replayed=outcome.replayed, order=self._order(outcome, caller), detail=self._detail(outcome, caller)
        )

    async def attach_pay_code(self, caller: Caller, request: pb.AttachPayCodeRequest) -> pb.AttachPayCodeResponse:
        """Claims an order for the person whose pay code was scanned."""
        key = key_of_request(self._secrets, caller, "AttachPayCode", request)
        code_hash = self._secrets.code_hash(fields.digits("pay_code", request.pay_code, 28, 28))
        fields.text("terminal", request.terminal, 0, 64)
        fields.text("operator", request.operator, 0, 64)
        work = orders.AttachPayCode(_asker(caller), _by_id(request.order_id), code_hash, key, caller.deadline)
        outcome = await self._pipeline.submit(work)
        return pb.AttachPayCodeResponse(replayed=outcome.replayed, order=self._order(outcome, caller))

    async def get_order(self, caller: Caller, request: pb.GetOrderRequest) -> pb.GetOrderResponse:
        """Reads an order."""
        if request.WhichOneof("key") == "institution_order_no":
            if caller.is_channel:
                raise invalid("institution_order_no", "is not for a channel: use order_id or channel_order_no")
            institution_key = self._institution_key(caller, request.institution_id)
            number = fields.text("institution_order_no", request.institution_order_no, 1, 64)
            order = OrderKey(institution_no=(institution_key, number))
        elif request.WhichOneof("key") == "channel_order_no":
            if not caller.is_channel:
                raise invalid("channel_order_no", "is for the channel that gave it: use order_id")
            order = OrderKey(
                channel_no=(caller.party_key, fields.text("channel_order_no", request.channel_order_no, 1, 64))
            )
        else:
            order = _by_id(request.order_id)
        wants_lines = caller.role in (enums_pb2.ROLE_INSTITUTION, enums_pb2.ROLE_BUREAU)
        work = orders.ReadOrder(_asker(caller), order, wants_lines=wants_lines, deadline=caller.deadline)
        outcome = await self._pipeline.submit(work)
        return pb.GetOrderResponse(order=self._order(outcome, caller), detail=self._detail(outcome, caller))

    async def quote_order(self, caller: Caller, request: pb.QuoteOrderRequest) -> pb.QuoteOrderResponse:
        """Tells who would pay what now."""
        work = orders.QuoteOrder(
            _asker(caller),
            self._by_id_or_code(request),
            _payer(request),
            use_account=request.use_account,
            deadline=caller.deadline,
        )
        outcome = await self._pipeline.submit(work)
        priced = Order.unpack(outcome.facts)
        assert isinstance(outcome.extra, OrderExtra)
        return pb.QuoteOrderResponse(
            split=types_pb2.Split.FromString(split_numbers(outcome.facts)),
            quote_digest=f"{priced.quote_digest:016x}",
            cash_due_fen=priced.cash_fen,
            cash_to_collect_fen=priced.cash_to_collect_fen,
            authentication_required=work.authentication_required,
            policy_version=outcome.extra.policy_version,
            policy_document=outcome.extra.policy_document,
            order=self._order(outcome, caller),
        )

    async def pay(self, caller: Caller, request: pb.PayRequest | bytes) -> pb.PayResponse:
        """Pays what the patient was shown."""
        outcome = await self._pipeline.submit(self._pay_work(caller, request))
        return pb.PayResponse(
            replayed=outcome.replayed,
            status=pay_status(outcome),
            refusal=error_reason_pb2.ErrorReason.Name(outcome.reason),
            order=self._order(outcome, caller),
        )

    async def batch_pay(self, caller: Caller, request: pb.BatchPayRequest | bytes) -> bytes:
        """Makes many payments; gives the response's bytes."""
        return await batch_pay(self._pipeline, self._pay_work, caller, request)

    def _pay_work(self, caller: Caller, request: pb.PayRequest | bytes) -> payments.Pay:
        if isinstance(request, bytes):
            read = self._reader.payment(key_prefix(caller.party_key, "Pay"), request)
            if read is not None:
                return payments.Pay(
                    _asker(caller),
                    OrderKey(read[2]),
                    orders.Payer(read[3]),
                    payments.Shown(*read[4:8]),
                    payments.Receipt(*read[8]) if read[8] else None,
                    read[9],
                    Key(read[0], read[1], _PAY_NAMES),
                    caller.deadline,
                    lists=self._lists,
                )
            request = parsed(pb.PayRequest, request)
        key = key_of_request(self._secrets, caller, "Pay", request)
        shown = payments.Shown(
            _digest_of(fields.text("quote_digest", request.quote_digest, 1, 64)),
            fields.fen("cash_due_fen", request.cash_due_fen),
            request.use_account,
            fields.choice("user_authentication", request.user_authentication, enums_pb2.UserAuthentication),
        )
        receipt = _receipt_of(request.cash_receipt) if request.HasField("cash_receipt") else None
        return payments.Pay(
            _asker(caller),
            self._by_id_or_code(request),
            _payer(request),
            shown,
            receipt,
            fields.text("channel_order_no", request.channel_order_no, 0, 64),
            key,
            caller.deadline,
            told_of(request.risk_signals, self._secrets) if request.HasField("risk_signals") else NOTHING_TOLD,
            self._lists,
        )

    async def confirm_cash(self, caller: Caller, request: pb.ConfirmCashRequest | bytes) -> pb.ConfirmCashResponse:
        """Posts an authorized order with the patient's cash."""
        outcome = await self._pipeline.submit(self._confirm_cash_work(caller, request))
        return pb.ConfirmCashResponse(
            replayed=outcome.replayed,
            status=pay_status(outcome),
            refusal=error_reason_pb2.ErrorReason.Name(outcome.reason),
            order=self._order(outcome, caller),
        )

    def _confirm_cash_work(self, caller: Caller, request: pb.ConfirmCashRequest | bytes) -> payments.ConfirmCash:
        asker, deadline = _asker(caller), caller.deadline
        if isinstance(request, bytes):
            read = self._reader.cash_confirmation(key_prefix(caller.party_key, "ConfirmCash"), request)
            if read is not None:
                request_key, hashes, order_id, receipt = read
                key = Key(request_key, hashes, _CONFIRM_CASH_NAMES)
                return payments.ConfirmCash(asker, OrderKey(order_id), payments.Receipt._make(receipt), key, deadline)
            request = parsed(pb.ConfirmCashRequest, request)
        key = key_of_request(self._secrets, caller, "ConfirmCash", request)
        return payments.ConfirmCash(asker, _by_id(request.order_id), _receipt_of(request.cash_receipt), key, deadline)

    async def cancel_order(self, caller: Caller, request: pb.CancelOrderRequest) -> pb.CancelOrderResponse:
        """Closes an open order or voids an authorized one."""
        key = key_of_request(self._secrets, caller, "CancelOrder", request)
        reason = fields.text("reason", request.reason, 0, 256)
        work = orders.CancelOrder(_asker(caller), _by_id(request.order_id), reason, key, caller.deadline)
        outcome = await self._pipeline.submit(work)
        return pb.CancelOrderResponse(replayed=outcome.replayed, order=self._order(outcome, caller))

    async def refund(self, caller: Caller, request: pb.RefundRequest) -> pb.RefundResponse:
        """Gives back what a paid order took."""
        key = key_of_request(self._secrets, caller, "Refund", request)
        fields.text("operator", request.operator, 0, 64)
        fields.text("terminal", request.terminal, 0, 64)
        asked = payments.Asked(
            fields.text("refund_no", request.refund_no, 1, 64),
            fields.choice("kind", request.kind, enums_pb2.RefundKind),
            *refunded_parts(request),
            fields.text("reason", request.reason, 0, 256),
        )
        refund_id = self._ids.new_id(self._clock.now_ms())
        work = payments.Refund(_asker(caller), _by_id(request.order_id), refund_id, asked, key, caller.deadline)
        outcome = await self._pipeline.submit(work)
        return pb.RefundResponse(
            replayed=outcome.replayed,
            refund=self._refund(outcome),
            order=self._order(outcome, caller),
            returned_lines=returned_lines(outcome, caller),
        )

    async def get_refund(self, caller: Caller, request: pb.GetRefundRequest) -> pb.GetRefundResponse:
        """Reads a refund."""
        refund_id, refund_no = 0, None
        if request.WhichOneof("key") == "refund_no":
            if caller.is_channel:
                raise invalid("refund_no", "is not for a channel: use refund_id")
            institution_key = self._institution_key(caller, request.institution_id)
            refund_no = (institution_key, fields.text("refund_no", request.refund_no, 1, 64))
        else:
            refund_id = fields.number_of_id("refund_id", "r", request.refund_id, Reason.REFUND_NOT_FOUND)
        work = payments.ReadRefund(_asker(caller), refund_id, refund_no, caller.deadline)
        outcome = await self._pipeline.submit(work)
        return pb.GetRefundResponse(refund=self._refund(outcome), returned_lines=returned_lines(outcome, caller))

    async def confirm_cash_refund(
        self, caller: Caller, request: pb.ConfirmCashRefundRequest
    ) -> pb.ConfirmCashRefundResponse:
        """Books that the patient has the cash back."""
        key = key_of_request(self._secrets, caller, "ConfirmCashRefund", request)
        refund_id, receipt_no = 0, ""
        if request.WhichOneof("key") == "receipt_no":
            receipt_no = fields.text("receipt_no", request.receipt_no, 1, 64)
        else:
            refund_id = fields.number_of_id("refund_id", "r", request.refund_id, Reason.REFUND_NOT_FOUND)
        work = payments.ConfirmCashRefund(
            _asker(caller),
            refund_id,
            receipt_no,
            fields.fen("amount_fen", request.amount_fen, 1),
            fields.text("channel_refund_no", request.channel_refund_no, 1, 64),
            fields.at_ms("refunded_at_ms", request.refunded_at_ms),
            key,
            caller.deadline,
        )
        outcome = await self._pipeline.submit(work)
        assert isinstance(outcome.extra, OrderExtra)
        return pb.ConfirmCashRefundResponse(
            replayed=outcome.replayed,
            refund=self._refund(outcome) if refund_id else None,
            receipt=receipt_message(outcome.extra, receipt_no) if receipt_no else None,
            order=self._order(outcome, caller),
        )

    async def watch_orders(
        self, caller: Caller, request: pb.WatchOrdersRequest
    ) -> AsyncIterator[pb.WatchOrdersResponse]:
        """Streams what happens to the caller's orders."""
        institution_key = self._institution_key(caller, request.institution_id) if request.institution_id else 0
        async for seen in self._watcher.watch(caller.party_key, caller.role, institution_key, request.cursor):
            assert isinstance(seen.outcome.extra, OrderExtra)
            with_refund = seen.outcome.event in (pb.ORDER_EVENT_KIND_REFUNDED, pb.ORDER_EVENT_KIND_CASH_REFUNDED)
            yield pb.WatchOrdersResponse(
                cursor=seen.cursor,
                event_id=id_text("e", seen.seq),
                kind=pb.OrderEventKind.Name(seen.outcome.event),
                occurred_at_ms=seen.at_ms,
                order=self._order(seen.outcome, caller),
                refund=self._refund(seen.outcome) if with_refund else None,
            )

    def _order(self, outcome: Outcome, caller: Caller) -> types_pb2.Order:
        return order_message(outcome, caller, self._directory)

    def _detail(self, outcome: Outcome, caller: Caller) -> types_pb2.InstitutionDetail | None:
        return detail_message(outcome, caller, self._secrets.order_code(Order.unpack(outcome.facts).order_id))

    def _refund(self, outcome: Outcome) -> pb.Refund | None:
        assert isinstance(outcome.extra, OrderExtra)
        return refund_message(outcome.extra, self._directory)

    def _by_id_or_code(self, request: pb.PayRequest | pb.QuoteOrderRequest) -> OrderKey:
        if request.WhichOneof("key") == "order_code":
            code = fields.digits("order_code", request.order_code, 28, 28)
            return OrderKey(code_hash=self._secrets.code_hash(code))
        return _by_id(request.order_id)

    def _institution_key(self, caller: Caller, institution_id: str) -> int:
        """The institution of that id: any for the bureau and the mesh, the caller's own for an institution's party."""
        own = caller.party_key if caller.role == enums_pb2.ROLE_INSTITUTION else None
        for row in self._directory.institutions(own):
            if row.institution_id == institution_id:
                return row.institution_key
        raise Refusal(Reason.INSTITUTION_NOT_YOURS if own else Reason.INSTITUTION_NOT_FOUND, field="institution_id")


def _asker(caller: Caller) -> Asker:
    return Asker(caller.party_key, caller.role)


def _by_id(order_id: str) -> OrderKey:
    return OrderKey(order_id=fields.number_of_id("order_id", "o", order_id, Reason.ORDER_NOT_FOUND))


def _payer(request: pb.QuoteOrderRequest | pb.PayRequest) -> orders.Payer:
    link_id = 0
    if request.family_link_id:
        link_id = fields.number_of_id("family_link_id", "f", request.family_link_id, Reason.FAMILY_LINK_NOT_FOUND)
    return orders.Payer(_binding_id(request.binding_id), link_id)


def _binding_id(binding_id: str) -> int:
    return fields.number_of_id("binding_id", "b", binding_id, Reason.BINDING_NOT_FOUND)


def _digest_of(text: str) -> int:
    """The number behind a quote's digest; -1, which no quote has, for a text that is none of ours."""
    return int(text, 16) if _DIGEST.fullmatch(text) else -1


def _receipt_of(receipt: types_pb2.CashReceipt) -> payments.Receipt:
    return payments.Receipt(
        fields.text("cash_receipt.receipt_no", receipt.receipt_no, 1, 64),
        fields.fen("cash_receipt.amount_fen", receipt.amount_fen, 1),
        fields.at_ms("cash_receipt.paid_at_ms", receipt.paid_at_ms),
        fields.text("cash_receipt.channel_transaction_no", receipt.channel_transaction_no, 0, 64),
    )
