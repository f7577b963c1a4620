"""A family owner's account in the ledger: what it pays of a bill, and that it comes back as it went."""

import random

import pytest

from core.accounts import ACCOUNT_COLUMNS
from core.commands import CommandKind, Result
from core.order import Order
from core.words import LegState, OrderState, Reason, RefundKind, Role, UserAuthentication
from tests.unit.core.test_ledger import CHANNEL, LATER_MS, Bench, day

PATIENT, OWNER = 1, 2
NOBODY = 77


class Family(Bench):
    """A ledger in which person 2 may pay for person 1."""

    def command(self, kind: CommandKind, order_id: int, person_id: int, owner_id: int, **values: object) -> Result:
        return self.do(
            kind, order_id=order_id, person_id=person_id, binding_id=1, use_account=True, caller_id=CHANNEL,
            caller_role=Role.ROLE_CHANNEL, family_person_id=owner_id, **values,
        )  # fmt: skip

    def quoted(self, order_id: int, owner_id: int = OWNER, person_id: int = PATIENT) -> Order:
        result = self.command(CommandKind.QUOTE, order_id, person_id, owner_id)
        assert result.facts is not None
        return Order.unpack(result.facts)

    def pay_for(
        self, order_id: int, owner_id: int = OWNER, person_id: int = PATIENT, *, shown: Order | None = None,
        receipt: bool = True,
    ) -> Result:  # fmt: skip
        shown = shown or self.quoted(order_id, owner_id, person_id)
        return self.command(
            CommandKind.PAY, order_id, person_id, owner_id, quote_digest=shown.quote_digest,
            cash_due_fen=shown.cash_fen, authentication=UserAuthentication.AUTHENTICATION_PASSWORD,
            has_receipt=receipt and shown.cash_fen > 0, receipt_fen=shown.cash_to_collect_fen,
        )  # fmt: skip

    def row(self, person_id: int) -> tuple[int, ...]:
        """A person's row but for its version."""
        row = self.ledger.accounts.row(person_id)
        assert row is not None
        return row[:-1]

    def purses(self, person_id: int) -> tuple[int, int, int]:
        """(this year's, earlier years', held)."""
        return self.row(person_id)[1:4]

    def fund(self, current_fen: int, prior_fen: int, person_id: int = OWNER) -> None:
        self.credit(prior_fen, person_id=person_id, prior_years=True)
        self.credit(current_fen, person_id=person_id)


# A bill of 5000, all of it deductible. (owner's this year, earlier years, what each pays, cash)
SHARES = [
    (9_000, 9_000, 0, 5_000, 0),
    (9_000, 2_000, 3_000, 2_000, 0),
    (1_000, 2_000, 1_000, 2_000, 2_000),
    (0, 2_000, 0, 2_000, 3_000),
    (0, 0, 0, 0, 5_000),
]


@pytest.mark.parametrize(("current", "prior", "by_current", "by_prior", "cash"), SHARES)
@pytest.mark.parametrize("receipt", [True, False])
def test_earlier_years_money_goes_first_and_all_comes_back(
    current: int, prior: int, by_current: int, by_prior: int, cash: int, receipt: bool
) -> None:
    bench = Family()
    bench.fund(current, prior)
    before = bench.row(PATIENT), bench.row(OWNER)
    order_id = bench.create(5_000)
    assert bench.pay_for(order_id, receipt=receipt).reason == 0
    order = bench.ledger.order(order_id)
    assert order is not None
    assert (order.family_account_fen, order.family_prior_fen, order.cash_fen) == (by_current + by_prior, by_prior, cash)
    held = 0 if receipt or not cash else by_current + by_prior
    assert bench.purses(OWNER) == (current - by_current, prior - by_prior, held)
    assert bench.row(OWNER)[4:] == before[1][4:], "the bill fills the patient's accumulators only"
    if order.state == OrderState.ORDER_AUTHORIZED:
        assert bench.end(order_id).reason == 0
    else:
        assert bench.refund(order_id).reason == 0
    assert bench.purses(OWNER) == (current, prior, 0)
    assert bench.row(PATIENT)[1:15] == before[0][1:15]
    last = bench.ledger.order(order_id)
    assert last is not None
    ended = LegState.LEG_VOIDED if last.state == OrderState.ORDER_VOIDED else LegState.LEG_REFUNDED
    assert last.account_leg == (ended if by_current + by_prior else LegState.LEG_NONE)


def test_owner_and_patient_pay_at_once_and_the_patients_money_goes_first() -> None:
    bench = Family()
    bench.fund(700, 0, PATIENT)
    bench.fund(0, 900)
    order_id = bench.create(5_000)
    assert bench.pay_for(order_id).reason == 0
    assert (bench.purses(PATIENT), bench.purses(OWNER)) == ((0, 0, 0), (0, 0, 0))
    order = bench.ledger.order(order_id)
    assert order is not None
    assert (order.account_current_fen, order.family_account_fen, order.cash_fen) == (700, 900, 3_400)


def test_two_who_own_for_each_other() -> None:
    bench = Family()
    bench.fund(0, 1_000, PATIENT)
    bench.fund(0, 1_000, OWNER)
    for person_id, owner_id in ((1, 2), (2, 1)):
        assert bench.pay_for(bench.create(1_500, person_id), owner_id, person_id).reason == 0
    # The first bill takes 1000 of person 1 and 500 of person 2; the second 500 of person 2 and nothing is left.
    assert (bench.purses(1), bench.purses(2)) == ((0, 0, 0), (0, 0, 0))


@pytest.mark.parametrize("owner_id", [PATIENT, NOBODY, 0])
def test_nobody_is_their_own_family_and_an_unknown_owner_pays_nothing(owner_id: int) -> None:
    bench = Family()
    bench.fund(0, 1_000, PATIENT)
    order_id = bench.create(5_000)
    assert bench.pay_for(order_id, owner_id).reason == 0
    order = bench.ledger.order(order_id)
    assert order is not None
    assert (order.account_prior_fen, order.family_account_fen, order.cash_fen) == (1_000, 0, 4_000)


def test_the_digest_covers_the_owner() -> None:
    bench = Family()
    bench.fund(0, 1_000, OWNER)
    bench.fund(0, 1_000, 3)
    order_id = bench.create(5_000)
    shown = bench.quoted(order_id)
    assert bench.pay_for(order_id, 3, shown=shown, receipt=False).reason == Reason.QUOTE_CHANGED
    assert bench.pay_for(order_id, shown=shown, receipt=False).reason == 0


def test_cash_is_confirmed_in_time_and_late() -> None:
    bench = Family()
    bench.fund(300, 0)
    for late in (False, True):
        order_id = bench.create(5_000)
        assert bench.pay_for(order_id, receipt=False).reason == 0
        assert bench.purses(OWNER) == (0, 0, 300)
        if late:
            bench.now_ms += LATER_MS
            assert bench.end(order_id, CommandKind.EXPIRE).reason == 0
            assert bench.purses(OWNER) == (300, 0, 0)
        assert bench.confirm(order_id).reason == 0
        assert bench.purses(OWNER) == (0, 0, 0)
        bench.fund(300, 0)


def test_a_late_confirmation_does_not_take_an_owners_money_that_is_gone() -> None:
    bench = Family()
    bench.fund(0, 300)
    order_id = bench.create(5_000)
    bench.pay_for(order_id, receipt=False)
    bench.now_ms += LATER_MS
    bench.end(order_id, CommandKind.EXPIRE)
    assert bench.credit(-1, person_id=OWNER, prior_years=True) == 0
    assert bench.confirm(order_id).reason == Reason.ORDER_EXPIRED
    assert bench.purses(OWNER) == (0, 299, 0)


def test_money_of_an_owners_year_that_has_ended_comes_back_as_earlier_years_money() -> None:
    bench = Family()
    bench.fund(600, 400)
    order_id = bench.create(5_000)
    bench.pay_for(order_id, receipt=False)
    bench.credit(1, on="2027-01-01", person_id=OWNER)
    assert bench.end(order_id).reason == 0
    assert bench.purses(OWNER) == (1, 1_000, 0)


def test_a_refund_in_parts_gives_this_years_money_back_first() -> None:
    bench = Family()
    bench.fund(600, 400)
    order_id = bench.create(1_000)
    bench.pay_for(order_id)
    for kept, purses in ((700, (300, 0, 0)), (300, (600, 100, 0)), (0, (600, 400, 0))):
        result = bench.refund_part(order_id, RefundKind.REFUND_LINES, kept=(0, 0, 0, kept, kept))
        assert (result.reason, bench.purses(OWNER)) == (0, purses)
        leg = LegState.LEG_PARTIALLY_REFUNDED if kept else LegState.LEG_REFUNDED
        assert Order.unpack(result.facts or b"").account_leg == leg


def test_undo_forgets_the_owner_too() -> None:
    bench = Family()
    bench.fund(600, 400)
    order_id = bench.create(1_000)
    shown = bench.quoted(order_id)
    bench.command(
        CommandKind.PAY, order_id, PATIENT, OWNER, keep=False, quote_digest=shown.quote_digest, cash_due_fen=0,
        authentication=UserAuthentication.AUTHENTICATION_PASSWORD,
    )  # fmt: skip
    assert [row[0] for row in bench.ledger.account_rows()] == [PATIENT, OWNER]
    bench.ledger.undo()
    assert OWNER not in bench.ledger.accounts


def test_an_owner_that_was_not_loaded_stops_the_batch() -> None:
    bench = Family()
    bench.fund(0, 400)
    order_id = bench.create(1_000)
    bench.pay_for(order_id)
    bench.ledger.accounts.drop(OWNER)
    with pytest.raises(LookupError, match="was not loaded"):
        bench.refund(order_id)


@pytest.mark.parametrize("seed", range(6))
def test_no_fen_is_made_or_lost(seed: int) -> None:
    """Over a random life the persons' money and what stands of their orders is what was credited."""
    print(f"seed {seed}")
    rng, bench = random.Random(seed), Family()
    orders: list[int] = []
    credited, on = 0, "2026-11-06"
    for step in range(300):
        if step == 200:
            on = "2027-01-02"
        person_id, owner_id = rng.sample((1, 2, 3), 2)
        act = rng.choice(("credit", "pay", "pay", "end", "refund", "refund part"))
        order = bench.ledger.order(rng.choice(orders)) if orders else None
        if act == "credit":
            amount = rng.randint(1, 3_000)
            assert bench.credit(amount, on, person_id, prior_years=rng.random() < 0.5) == 0
            credited += amount
        elif act == "pay":
            orders.append(bench.create(rng.randint(1, 4_000), person_id, service_day=day(on)))
            assert bench.pay_for(orders[-1], owner_id, person_id, receipt=rng.random() < 0.5).reason == 0
        elif order is not None and act == "end":
            bench.end(order.order_id)
        elif order is not None and act == "refund":
            bench.refund(order.order_id)
        elif order is not None:
            kept = rng.randint(0, max(order.in_scope_fen - order.returned_in_scope_fen, 0))
            bench.refund_part(order.order_id, RefundKind.REFUND_LINES, kept=(0, 0, 0, kept, kept))
        every = [found for found in map(bench.ledger.order, orders) if found is not None]
        purses = [bench.purses(one) for one in (1, 2, 3)]
        assert min(min(purse) for purse in purses) >= 0
        standing = [one for one in every if one.state in (
            OrderState.ORDER_AUTHORIZED, OrderState.ORDER_PAID, OrderState.ORDER_PARTIALLY_REFUNDED)]  # fmt: skip
        spent = sum(
            one.account_fen + one.family_account_fen - one.refunded_account_current_fen
            - one.refunded_account_prior_fen - one.refunded_family_account_fen for one in standing
        )  # fmt: skip
        held = sum(
            one.account_fen + one.family_account_fen for one in every if one.state == OrderState.ORDER_AUTHORIZED
        )
        assert sum(current + prior for current, prior, _ in purses) + spent == credited
        assert sum(purse[2] for purse in purses) == held
    assert len(ACCOUNT_COLUMNS) == len(bench.row(1)) + 1
