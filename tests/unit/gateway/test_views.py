"""An order's numbers as the contract shows them, against the same made message by message in plain Python."""

from hypothesis import given
from hypothesis import strategies as st

from core.order import ORDER_FIELDS, Order
from core.wire.answers import order_numbers, split_numbers
from core.words import LegState, OrderState, Service
from gateway.pb.medsettle.v1 import enums_pb2, types_pb2

_SPLIT_KNOWN = {
    OrderState.ORDER_AUTHORIZED,
    OrderState.ORDER_PAID,
    OrderState.ORDER_PARTIALLY_REFUNDED,
    OrderState.ORDER_REFUNDED,
    OrderState.ORDER_VOIDED,
}
_HOSPITAL_LEG: dict[int, int] = {
    OrderState.ORDER_AUTHORIZED: enums_pb2.LEG_STATE_HELD,
    OrderState.ORDER_VOIDED: enums_pb2.LEG_STATE_VOIDED,
}
_GROUP: dict[int, int] = {
    enums_pb2.SERVICE_OUTPATIENT: enums_pb2.SERVICE_OUTPATIENT,
    enums_pb2.SERVICE_PHARMACY: enums_pb2.SERVICE_OUTPATIENT,
    enums_pb2.SERVICE_INPATIENT: enums_pb2.SERVICE_INPATIENT,
    enums_pb2.SERVICE_CHRONIC: enums_pb2.SERVICE_CHRONIC,
}
_FUNDS = (
    (enums_pb2.TENDER_KIND_POOLED, "pooled_fen"),
    (enums_pb2.TENDER_KIND_MAJOR, "major_fen"),
    (enums_pb2.TENDER_KIND_CIVIL_SERVANT, "civil_servant_fen"),
    (enums_pb2.TENDER_KIND_ASSISTANCE, "assistance_fen"),
    (enums_pb2.TENDER_KIND_OTHER_FUND, "other_fund_fen"),
)
_ACCOUNTS = (
    (enums_pb2.TENDER_KIND_ACCOUNT_CURRENT, "account_current_fen"),
    (enums_pb2.TENDER_KIND_ACCOUNT_PRIOR, "account_prior_fen"),
    (enums_pb2.TENDER_KIND_FAMILY_ACCOUNT, "family_account_fen"),
)


def natures_message(order: Order) -> types_pb2.Natures:
    """The bill by nature."""
    return types_pb2.Natures(
        total_fen=order.total_fen,
        full_self_pay_fen=order.full_self_pay_fen,
        over_limit_fen=order.over_limit_fen,
        class_b_self_pay_fen=order.class_b_self_pay_fen,
        in_scope_fen=order.in_scope_fen,
    )


def split_message(order: Order) -> types_pb2.Split:
    """The bill by payer."""
    return types_pb2.Split(
        total_fen=order.total_fen,
        pooled_fen=order.pooled_fen,
        major_fen=order.major_fen,
        civil_servant_fen=order.civil_servant_fen,
        assistance_fen=order.assistance_fen,
        other_fund_fen=order.other_fund_fen,
        hospital_fen=order.hospital_fen,
        account_fen=order.account_fen,
        account_current_fen=order.account_current_fen,
        account_prior_fen=order.account_prior_fen,
        family_account_fen=order.family_account_fen,
        commercial_fen=order.commercial_fen,
        cash_fen=order.cash_fen,
        deductible_fen=order.deductible_fen,
    )


def _by_amount(amount_fen: int, refunded_fen: int) -> int:
    if not refunded_fen:
        return enums_pb2.LEG_STATE_POSTED
    whole = refunded_fen == amount_fen
    return enums_pb2.LEG_STATE_REFUNDED if whole else enums_pb2.LEG_STATE_PARTIALLY_REFUNDED


def _legs(order: Order) -> list[types_pb2.Leg]:
    tenders = [(*tender, order.fund_leg) for tender in _FUNDS] + [(*tender, order.account_leg) for tender in _ACCOUNTS]
    hospital = _HOSPITAL_LEG.get(order.state, enums_pb2.LEG_STATE_PARTIALLY_REFUNDED)
    legs = []
    for kind, field, state in [*tenders, (enums_pb2.TENDER_KIND_HOSPITAL, "hospital_fen", hospital)]:
        amount_fen, refunded_fen = getattr(order, field), getattr(order, f"refunded_{field}")
        if amount_fen:
            # A leg of several payers is refunded in part when one of them is: each then says so for itself.
            if state == enums_pb2.LEG_STATE_PARTIALLY_REFUNDED:
                state = _by_amount(amount_fen, refunded_fen)
            legs.append(types_pb2.Leg(kind=kind, amount_fen=amount_fen, refunded_fen=refunded_fen, state=state))
    if order.cash_to_collect_fen or order.cash_to_return_fen or order.cash_returned_fen:
        legs.append(
            types_pb2.Leg(
                kind=enums_pb2.TENDER_KIND_CASH,
                amount_fen=order.cash_to_collect_fen,
                refunded_fen=order.refunded_collected_fen - order.refund_cash_pending_fen,
                state=order.cash_leg,
            )
        )
    return sorted(legs, key=lambda leg: leg.kind)


def _stray_cash_leg(order: Order) -> types_pb2.Leg:
    """Cash that was taken for an order which never was authorized."""
    return types_pb2.Leg(
        kind=enums_pb2.TENDER_KIND_CASH,
        amount_fen=order.cash_to_return_fen + order.cash_returned_fen,
        refunded_fen=order.cash_returned_fen,
        state=order.cash_leg,
    )


def _accumulators(order: Order, *, after: bool) -> types_pb2.Accumulators:
    sign = 1 if after else 0
    return types_pb2.Accumulators(
        service=_GROUP[order.service],
        deductible_used_fen=order.deductible_used_before_fen + sign * order.deductible_fen,
        in_scope_fen=order.in_scope_before_fen + sign * order.used_in_scope_fen,
        pooled_paid_fen=order.pooled_paid_before_fen + sign * order.pooled_fen,
        major_in_scope_fen=order.major_in_scope_before_fen + sign * order.major_counted_fen,
        major_paid_fen=order.major_paid_before_fen + sign * order.major_fen,
    )


def expected(order: Order, *, accumulators: bool) -> types_pb2.Order:
    known = order.state in _SPLIT_KNOWN and order.authorized_at_ms > 0
    message = types_pb2.Order(
        state=order.state,
        kind=order.kind,
        scenario=order.scenario,
        service=order.service,
        referral=order.referral,
        stay_number=order.stays_before + 1 if order.stay_counted and not order.stay_number else order.stay_number,
        scheme=order.scheme,
        natures=natures_message(order),
        cash=types_pb2.CashBlock(
            cash_due_fen=order.cash_fen if known else 0,
            cash_to_collect_fen=order.cash_to_collect_fen if known else 0,
        ),
        created_at_ms=order.created_at_ms,
        expires_at_ms=order.expires_at_ms,
        claimed_at_ms=order.claimed_at_ms,
        authorized_at_ms=order.authorized_at_ms,
        paid_at_ms=order.paid_at_ms,
        ended_at_ms=order.ended_at_ms,
    )
    if known:
        message.split.CopyFrom(split_message(order))
        message.legs.extend(_legs(order))
        if accumulators:
            message.accumulators_before.CopyFrom(_accumulators(order, after=False))
            message.accumulators_after.CopyFrom(_accumulators(order, after=True))
    elif order.cash_to_return_fen or order.cash_returned_fen:
        message.legs.append(_stray_cash_leg(order))
    return message


def orders() -> st.SearchStrategy[Order]:
    amounts = st.one_of(st.just(0), st.integers(0, 100_000_000_000))
    fields = dict.fromkeys(ORDER_FIELDS, amounts)
    fields |= dict.fromkeys(("fund_leg", "account_leg", "cash_leg"), st.sampled_from(list(LegState)).map(int))
    fields |= dict.fromkeys(("kind", "scenario", "referral", "scheme"), st.integers(0, 3))
    fields |= dict.fromkeys(("stays_before", "stay_number", "stay_counted"), st.integers(0, 2))
    fields["service"] = st.sampled_from(list(Service)).map(int)
    fields["state"] = st.sampled_from(list(OrderState)).map(int)
    return st.builds(Order, **fields)


@given(orders(), st.booleans())
def test_an_orders_numbers_are_the_messages_of_the_contract(order: Order, accumulators: bool) -> None:
    facts = order.pack()
    numbers = order_numbers(facts, accumulators=accumulators)
    assert types_pb2.Order.FromString(numbers) == expected(order, accumulators=accumulators)
    assert types_pb2.Split.FromString(split_numbers(facts)) == split_message(order)


def test_the_largest_order_fits() -> None:
    order = Order(**dict.fromkeys(ORDER_FIELDS, (1 << 62) - 1))
    order.state, order.service, order.stay_counted = OrderState.ORDER_AUTHORIZED, Service.SERVICE_INPATIENT, 0
    assert len(order_numbers(order.pack(), accumulators=True)) < 1_200
