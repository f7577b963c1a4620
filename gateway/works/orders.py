"""Orders up to their payment: created, claimed by a scanned pay code, read, quoted, cancelled."""

from typing import Any, NamedTuple

from core.commands import Command, CommandKind, Result
from core.order import Order
from core.policy import SCHEMES, SERVICES, LookupFailed
from core.words import KIND_CASH_ONLY
from gateway.catalogue.lines import BillLines, strictness_of
from gateway.clock import day_text
from gateway.engine.work import Desk, Found, Needs, Work
from gateway.errors import Refusal, invalid
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.reasons import Reason
from gateway.security.request_key import Key
from gateway.stores.base import BindingRow, FamilyLinkRow, OrderTexts, Reads, ReceiptRow, RefundRow
from gateway.works.bindings import own_binding

_EXPIRY_MS_DEFAULT = 30 * 60_000
_EXPIRY_MS_MIN = 1_000
_EXPIRY_MS_MAX = 7 * 86_400_000
_CHINA_MS = 8 * 3_600_000

# No rule is found for a bill: the region, the day, or what the bill is.
_UNRULED = (Reason.REGION_UNKNOWN, Reason.NO_POLICY_ON_DATE, Reason.NO_RULE_FOR_BILL)


class Asker(NamedTuple):
    """Who asks, as the core needs to know them."""

    party_key: int
    role: int


class OrderKey(NamedTuple):
    """How a request names an order; exactly one is set."""

    order_id: int = 0
    code_hash: bytes = b""
    institution_no: tuple[int, str] | None = None
    channel_no: tuple[int, str] | None = None


class Payer(NamedTuple):
    """Who pays: a channel's user by a binding, and a family owner where a link is named (0: none)."""

    binding_id: int
    family_link_id: int = 0


class OrderExtra(NamedTuple):
    """What an order's answer shows beside the order itself, as of the answered event."""

    receipts: list[ReceiptRow]
    refund: RefundRow | None
    policy_version: str
    policy_document: str
    lines: bytes


class OrderWork(Work):
    """A work about one order."""

    wants_lines = False

    def __init__(self, asker: Asker, order: OrderKey, key: Key | None, deadline: float | None) -> None:
        super().__init__(asker.party_key, key, deadline)
        self.asker = asker
        self.order = order
        self.new_receipt: ReceiptRow | None = None

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The order, by whichever of its names was given."""
        if self.order.order_id:
            needs.orders.add(self.order.order_id)
        elif self.order.code_hash:
            needs.order_codes.add(self.order.code_hash)
        elif self.order.institution_no:
            needs.order_nos.add(self.order.institution_no)
        elif self.order.channel_no:
            needs.channel_order_nos.add(self.order.channel_no)

    def resolve(self, found: Found, needs: Needs) -> None:
        """The order that a code or number stands for."""
        order_id = self.order_id(found)
        if order_id:
            needs.orders.add(order_id)

    def order_id(self, found: Found) -> int:
        """The order's id, or 0 when the name that was given is nobody's."""
        if self.order.code_hash:
            return found.order_ids_by_code.get(self.order.code_hash, 0)
        if self.order.institution_no:
            return found.order_ids_by_no.get(self.order.institution_no, 0)
        if self.order.channel_no:
            return found.order_ids_by_channel_no.get(self.order.channel_no, 0)
        return self.order.order_id

    def command(self, found: Found, kind: CommandKind, **values: object) -> Command:
        """A command on the order in the name of the asker."""
        order_id = self.order_id(found)
        if not order_id and self.order.code_hash:
            raise Refusal(Reason.ORDER_CODE_UNKNOWN, field="order_code")
        return Command(
            kind, found.now_ms, order_id=order_id, caller_id=self.asker.party_key, caller_role=self.asker.role, **values
        )

    def refused(self, reason: int, found: Found) -> Refusal:
        """The refusal of a core result, with what picks the rule of a bill that has none."""
        order = found.ledger.order(self.order_id(found))
        if reason not in _UNRULED or order is None:
            return super().refused(reason, found)
        region = {"region_code": f"{order.insured_region:06d}"} if order.insured_region else {}
        if reason == Reason.REGION_UNKNOWN:
            message = "no policy is in force for the region that insures the person: ask the bureau"
            return Refusal(reason, message, **region)
        date = day_text(order.service_day)
        if reason == Reason.NO_POLICY_ON_DATE:
            message = f"no version of the policy that insures the person holds on {date}: check the service_date"
            return Refusal(reason, message, **region, service_date=date)
        scheme = {"scheme": SCHEMES[order.scheme].upper()} if order.scheme else {}
        service = SERVICES[order.service].upper()
        message = f"the policy that insures the person has no rule or no value for this {service} bill of {date}"
        return Refusal(reason, message, **region, **scheme, service=service, service_date=date)

    def extra(self, desk: Desk, outcome_facts: bytes) -> object:
        """Receipts and refund as they stood at the event, and the policy behind the split."""
        order = Order.unpack(outcome_facts)
        lines = desk.store.order_lines(order.order_id) if self.wants_lines else b""
        receipts = None
        new = self.new_receipt
        if new and not new.refusal and not (order.cash_to_return_fen or order.cash_returned_fen):
            receipts = [new]  # an order takes its cash in one receipt, so the one just written is all there is
        return order_extra(desk.store, order, receipts, policy_document(order, desk.found), lines)


class CreateOrder(OrderWork):
    """A new bill; with a binding it is pushed to that binding's channel at once."""

    method = "CreateOrder"
    may_overlap = True
    wants_lines = True

    def __init__(
        self,
        asker: Asker,
        order: Order,
        texts: OrderTexts,
        lines: BillLines,
        closed: Refusal | None,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(asker, OrderKey(), key, deadline)
        self._closed = closed
        self.new = order
        self.new_order = texts
        self._lines = lines
        self._detail = b""
        self.locks = frozenset({("order_no", order.institution_id, texts.institution_order_no)})

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """Whether the number is free, the binding it is pushed to, and what the catalogue says of its items."""
        assert self.new_order is not None
        needs.order_nos.add((self.new.institution_id, self.new_order.institution_order_no))
        if self.new.binding_id:
            needs.bindings.add(self.new.binding_id)
        needs.items |= self._lines.missing(self.new.treatment_region)

    def resolve(self, found: Found, needs: Needs) -> None:
        """The person of the binding; the items."""
        self._lines.take(self.new.treatment_region, found.items)
        binding = found.bindings.get(self.new.binding_id)
        if binding is not None:
            needs.persons.add(binding.person_id)

    def commands(self, found: Found) -> list[Command]:
        """One CREATE, once the number is free, the binding active, the times make sense and the lines have a class."""
        assert self.new_order is not None
        order, now_ms = self.new.copy(), found.now_ms
        if self._closed is not None:
            raise self._closed
        if (order.institution_id, self.new_order.institution_order_no) in found.order_ids_by_no:
            raise Refusal(Reason.ORDER_NO_TAKEN, field="institution_order_no")
        if order.service_day > (now_ms + _CHINA_MS) // 86_400_000:
            raise invalid("service_date", "must not be after today")
        if order.expires_at_ms == 0:
            order.expires_at_ms = now_ms + _EXPIRY_MS_DEFAULT
        elif not now_ms + _EXPIRY_MS_MIN <= order.expires_at_ms <= now_ms + _EXPIRY_MS_MAX:
            raise invalid("expires_at_ms", "must be 1 second to 7 days from now")
        order.created_at_ms = now_ms
        if order.binding_id:
            binding = found.bindings.get(order.binding_id)
            if binding is None:
                raise Refusal(Reason.BINDING_NOT_FOUND, field="binding_id")
            if binding.state != enums_pb2.BINDING_STATE_ACTIVE:
                raise Refusal(Reason.BINDING_NOT_ACTIVE, field="binding_id")
            order.channel_id, order.person_id = binding.channel_key, binding.person_id
            order.claimed_at_ms = now_ms
        document = found.ledger.pricer.rules.document(f"{order.treatment_region:06d}", order.service_day)
        self._detail = self._lines.price(order, strictness_of(document)).SerializeToString()
        return [Command(CommandKind.CREATE, now_ms, order=order, caller_id=self.asker.party_key)]

    def finish(self, desk: Desk, results: list[Result]) -> None:
        """Keeps the lines apart from the order."""
        desk.store.put_order_lines(results[0].order_id, self._detail)


class AttachPayCode(OrderWork):
    """A scanned pay code claims an order for its person, and is used up."""

    method = "AttachPayCode"

    def __init__(self, asker: Asker, order: OrderKey, code_hash: bytes, key: Key, deadline: float | None) -> None:
        super().__init__(asker, order, key, deadline)
        self._code_hash = code_hash
        self.locks = frozenset({("pay_code", code_hash)})

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The order and the code."""
        super().prepare(store, needs, now_ms)
        needs.pay_codes.add(self._code_hash)

    def resolve(self, found: Found, needs: Needs) -> None:
        """The person behind the code."""
        super().resolve(found, needs)
        code = found.pay_codes.get(self._code_hash)
        if code is not None and code.binding_id in found.bindings:
            needs.persons.add(found.bindings[code.binding_id].person_id)

    def commands(self, found: Found) -> list[Command]:
        """One CLAIM, once the code is known, fresh, unused, and its binding active."""
        code = found.pay_codes.get(self._code_hash)
        if code is None:
            raise Refusal(Reason.PAY_CODE_UNKNOWN, field="pay_code")
        if code.used_at_ms:
            raise Refusal(Reason.PAY_CODE_USED, field="pay_code")
        if found.now_ms >= code.expires_at_ms:
            raise Refusal(Reason.PAY_CODE_EXPIRED, field="pay_code")
        binding = found.bindings[code.binding_id]
        if binding.state != enums_pb2.BINDING_STATE_ACTIVE:
            raise Refusal(Reason.BINDING_NOT_ACTIVE, field="pay_code")
        return [
            self.command(
                found,
                CommandKind.CLAIM,
                person_id=binding.person_id,
                binding_id=binding.binding_id,
                channel_id=binding.channel_key,
            )
        ]

    def finish(self, desk: Desk, results: list[Result]) -> None:
        """Uses the code up."""
        code = desk.found.pay_codes[self._code_hash]
        desk.store.put_pay_code(code._replace(used_at_ms=desk.found.now_ms, order_id=results[0].order_id))


class ReadOrder(OrderWork):
    """An order as it stands."""

    method = "GetOrder"
    may_overlap = True

    def __init__(self, asker: Asker, order: OrderKey, *, wants_lines: bool, deadline: float | None) -> None:
        super().__init__(asker, order, None, deadline)
        self.wants_lines = wants_lines

    def commands(self, found: Found) -> list[Command]:
        """One READ."""
        return [self.command(found, CommandKind.READ)]


class PayerWork(OrderWork):
    """A work of a channel's user on an order: the binding says for whom."""

    def __init__(self, asker: Asker, order: OrderKey, payer: Payer, key: Key | None, deadline: float | None) -> None:
        super().__init__(asker, order, key, deadline)
        self.payer = payer

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The order, the binding and the family link."""
        super().prepare(store, needs, now_ms)
        needs.bindings.add(self.payer.binding_id)
        if self.payer.family_link_id:
            needs.family_links.add(self.payer.family_link_id)

    def resolve(self, found: Found, needs: Needs) -> None:
        """The person of the binding, and the owner of the family link."""
        super().resolve(found, needs)
        binding = found.bindings.get(self.payer.binding_id)
        if binding is not None:
            needs.persons.add(binding.person_id)
        link = found.family_links.get(self.payer.family_link_id)
        if link is not None:
            needs.persons.add(link.owner_person_id)

    def binding(self, found: Found) -> BindingRow:
        """The asker's own binding."""
        return own_binding(found, self.asker.party_key, self.payer.binding_id)

    def family_link(self, found: Found, binding: BindingRow) -> FamilyLinkRow | None:
        """The link whose owner is to pay for the binding's person, active or not; None when none is named."""
        if not self.payer.family_link_id:
            return None
        link = found.family_links.get(self.payer.family_link_id)
        if link is None or link.channel_key != self.asker.party_key:
            raise Refusal(Reason.FAMILY_LINK_NOT_FOUND, field="family_link_id")
        if link.member_person_id != binding.person_id:
            raise Refusal(Reason.FAMILY_LINK_NOT_OF_PATIENT, field="family_link_id")
        return link

    def refused(self, reason: int, found: Found) -> Refusal:
        """The refusal of a core result, with the link that has ended."""
        if reason == Reason.FAMILY_LINK_ENDED:
            return Refusal(reason, family_link_id=id_text("f", self.payer.family_link_id))
        return super().refused(reason, found)


class QuoteOrder(PayerWork):
    """Who would pay what now; nothing is changed."""

    method = "QuoteOrder"
    may_overlap = True

    def __init__(
        self, asker: Asker, order: OrderKey, payer: Payer, *, use_account: bool, deadline: float | None
    ) -> None:
        super().__init__(asker, order, payer, None, deadline)
        self._use_account = use_account
        self.authentication_required = True

    def extra(self, desk: Desk, outcome_facts: bytes) -> object:
        """Notes beside the order whether its total is too much for a payment without a password."""
        order = Order.unpack(outcome_facts)
        rules = desk.found.ledger.pricer.rules
        limit_fen = rules.passwordless_limit_fen(f"{order.insured_region:06d}", order.service_day)
        self.authentication_required = order.total_fen > limit_fen
        return super().extra(desk, outcome_facts)

    def commands(self, found: Found) -> list[Command]:
        """One QUOTE for the binding's person."""
        binding = self.binding(found)
        if binding.state != enums_pb2.BINDING_STATE_ACTIVE:
            raise Refusal(Reason.BINDING_NOT_ACTIVE, field="binding_id")
        link = self.family_link(found, binding)
        if link is not None and link.state != enums_pb2.FAMILY_LINK_STATE_ACTIVE:
            raise self.refused(Reason.FAMILY_LINK_ENDED, found)
        return [
            self.command(
                found,
                CommandKind.QUOTE,
                person_id=binding.person_id,
                family_person_id=link.owner_person_id if link else 0,
                binding_id=binding.binding_id,
                by_order_code=bool(self.order.code_hash),
                use_account=self._use_account,
            )
        ]


class CancelOrder(OrderWork):
    """An open order closed or an authorized one voided, by its institution or its channel."""

    method = "CancelOrder"
    may_overlap = True

    def __init__(self, asker: Asker, order: OrderKey, reason: str, key: Key, deadline: float | None) -> None:
        super().__init__(asker, order, key, deadline)
        self._reason = reason

    def commands(self, found: Found) -> list[Command]:
        """One CANCEL."""
        return [self.command(found, CommandKind.CANCEL)]

    def finish(self, desk: Desk, results: list[Result]) -> None:
        """Notes why."""
        if self._reason:
            replace_texts(desk, results[0].order_id, cancel_reason=self._reason)


def replace_texts(desk: Desk, order_id: int, **values: Any) -> None:
    """Changes an order's texts; the batch writes them with the order."""
    desk.found.texts[order_id] = desk.found.texts[order_id]._replace(**values)
    desk.retold.add(order_id)


def order_extra(
    store: Reads,
    order: Order,
    receipts: list[ReceiptRow] | None = None,
    document: str = "",
    lines: bytes = b"",
) -> OrderExtra:
    """Receipts and refund of an order as they stood when it stood so; receipts are looked up unless they are known."""
    if receipts is not None:
        pass
    elif order.cash_collected_fen or order.cash_to_return_fen or order.cash_returned_fen:
        receipts = receipts_as_of(store.receipts_of_order(order.order_id), order.version)
    else:
        receipts = []
    refund = store.refund(order.refund_id) if order.refund_id else None
    return OrderExtra(
        receipts,
        refund_as_of(refund, order.version) if refund else None,
        store.policy_version(order.policy_id),
        document,
        lines,
    )


def receipts_as_of(rows: list[ReceiptRow], version: int) -> list[ReceiptRow]:
    """Receipts as a batch left them: later ones left out, later returns not yet made."""
    known = []
    for row in rows:
        if row.batch > version:
            continue
        if row.returned_batch > version:
            state = enums_pb2.RECEIPT_STATE_TO_RETURN if row.refusal else enums_pb2.RECEIPT_STATE_APPLIED
            row = row._replace(state=state, returned_batch=0, returned_at_ms=0, channel_refund_no="")
        known.append(row)
    return known


def refund_as_of(row: RefundRow, version: int) -> RefundRow:
    """A refund as a batch left it."""
    if row.completed_batch <= version:
        return row
    return row._replace(
        state=enums_pb2.REFUND_STATE_CASH_PENDING,
        completed_batch=0,
        completed_at_ms=0,
        cash_refunded_at_ms=0,
        channel_refund_no="",
    )


def policy_document(order: Order, found: Found) -> str:
    """The legal document behind an order's split, by the policy that it rests on, in force or not."""
    if not order.policy_id or order.kind == KIND_CASH_ONLY:
        return ""
    try:
        rule = found.ledger.pricer.rules.find(
            f"{order.insured_region:06d}",
            f"{order.treatment_region:06d}",
            order.scheme,
            order.service,
            order.referral,
            order.service_day,
            order.policy_id,
        )
    except LookupFailed:
        return ""
    return rule.document or ""
