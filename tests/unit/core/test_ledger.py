"""The ledger by itself: years, groups, corrections, stays, undo, and random lives held to their invariants."""

import copy
import datetime
import random
from typing import Any

import pytest

from core.accounts import ACCOUNT_COLUMNS
from core.commands import Command, CommandKind, Result
from core.ledger import Ledger
from core.order import Order
from core.policy import RuleBook
from core.pricing import counted_groups, usage_groups
from core.refunds import standing_split
from core.words import EventKind, OrderKind, OrderState, Reason, RefundKind, Role, Service, UserAuthentication
from tests.gateway_kit import POLICY

NOW_MS = 1_794_000_000_000
CHANNEL, INSTITUTION_PARTY, INSTITUTION = 11, 12, 13
LATER_MS = 60_000
GROUP_NAMES = ("outpatient", "inpatient", "chronic")


def day(text: str) -> int:
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


class Bench:
    """A ledger with persons 1 to 3, driven command by command; each batch is kept."""

    def __init__(self, **services: Any) -> None:
        policy = copy.deepcopy(POLICY)
        policy["schemes"]["employee"]["chronic"] = policy["schemes"]["employee"]["outpatient"]
        policy["schemes"]["employee"] |= services
        rules = RuleBook()
        rules.put(policy, policy_id=5)
        self.ledger = Ledger(rules, 100)
        self.batch = 0
        self.now_ms = NOW_MS
        self.order_ids = iter(range(1000, 1_000_000))
        for person_id in (1, 2, 3):
            row = dict.fromkeys(ACCOUNT_COLUMNS, 0)
            row |= {"person_id": person_id, "region": 110100, "birth_date": 19800517, "scheme": 1, "status": 1}
            row |= {"assistance": 1}
            self.ledger.put_account(tuple(row.values()))

    def do(self, kind: CommandKind, *, keep: bool = True, **values: Any) -> Result:
        self.batch += 1
        (result,) = self.ledger.apply(self.batch, [Command(kind, self.now_ms, **values)])
        if keep:
            self.ledger.hand_over()
            self.ledger.keep()
            self.ledger.rest()
        assert (result.facts is None) == (not result.order_id)
        return result

    def create(self, total_fen: int, person_id: int = 1, **values: Any) -> int:
        order_id = next(self.order_ids)
        fields: dict[str, Any] = {
            "order_id": order_id, "institution_id": INSTITUTION, "party_id": INSTITUTION_PARTY, "channel_id": CHANNEL,
            "binding_id": 1, "person_id": person_id, "created_at_ms": self.now_ms,
            "expires_at_ms": self.now_ms + LATER_MS, "kind": OrderKind.KIND_MIXED,
            "service": Service.SERVICE_OUTPATIENT, "level": 4, "referral": 1, "service_day": day("2026-11-06"),
            "treatment_region": 110100, "total_fen": total_fen, "in_scope_fen": total_fen,
            "deductible_base_fen": total_fen,
        } | values  # fmt: skip
        assert self.do(CommandKind.CREATE, order=Order(**fields)).reason == 0
        return order_id

    def quote(self, order_id: int, person_id: int = 1) -> Order | int:
        result = self.do(
            CommandKind.QUOTE, order_id=order_id, person_id=person_id, binding_id=1, use_account=True,
            caller_id=CHANNEL, caller_role=Role.ROLE_CHANNEL,
        )  # fmt: skip
        return result.reason if result.facts is None else Order.unpack(result.facts)

    def pay(self, order_id: int, person_id: int = 1, *, with_receipt: bool = True, keep: bool = True) -> Result:
        quote = self.quote(order_id, person_id)
        shown = quote if isinstance(quote, Order) else Order()
        return self.do(
            CommandKind.PAY, keep=keep, order_id=order_id, person_id=person_id, binding_id=1, use_account=True,
            caller_id=CHANNEL, caller_role=Role.ROLE_CHANNEL, quote_digest=shown.quote_digest,
            cash_due_fen=shown.cash_fen, authentication=UserAuthentication.AUTHENTICATION_PASSWORD,
            has_receipt=with_receipt and shown.cash_fen > 0, receipt_fen=shown.cash_to_collect_fen,
        )  # fmt: skip

    def confirm(self, order_id: int) -> Result:
        order = self.ledger.order(order_id)
        assert order is not None
        return self.do(
            CommandKind.CONFIRM_CASH, order_id=order_id, caller_id=CHANNEL, caller_role=Role.ROLE_CHANNEL,
            has_receipt=True, receipt_fen=order.cash_to_collect_fen or 1,
        )  # fmt: skip

    def end(self, order_id: int, kind: CommandKind = CommandKind.CANCEL) -> Result:
        return self.do(kind, order_id=order_id, caller_id=INSTITUTION_PARTY, caller_role=Role.ROLE_INSTITUTION)

    def refund(self, order_id: int) -> Result:
        return self.refund_part(order_id, RefundKind.REFUND_ALL)

    def refund_part(self, order_id: int, kind: RefundKind, **values: Any) -> Result:
        return self.do(
            CommandKind.REFUND, order_id=order_id, refund_id=self.batch, refund_kind=kind, caller_id=INSTITUTION_PARTY,
            **values,
        )  # fmt: skip

    def credit(self, amount_fen: int, on: str = "2026-11-06", person_id: int = 1, **values: Any) -> int:
        return self.do(CommandKind.CREDIT, person_id=person_id, amount_fen=amount_fen, day=day(on), **values).reason

    def account(self, person_id: int = 1) -> dict[str, int]:
        row = self.ledger.accounts.row(person_id)
        assert row is not None
        account = dict(zip(ACCOUNT_COLUMNS, row, strict=True))
        del account["version"]
        return account


def test_a_new_year_moves_the_money_and_empties_the_accumulators() -> None:
    bench = Bench()
    assert bench.credit(50_000) == 0
    bench.pay(bench.create(200_000))
    old = bench.account()
    assert (old["outpatient_deductible_fen"], old["outpatient_in_scope_fen"]) == (180_000, 200_000 - 0)
    bench.credit(7_000)
    assert bench.credit(1_000, on="2027-01-01") == 0
    new = bench.account()
    assert (new["current_year_fen"], new["prior_years_fen"]) == (1_000, 7_000)
    assert not any(value for name, value in new.items() if name.endswith(("deductible_fen", "scope_fen", "paid_fen")))
    assert new["year_day"] == day("2027-01-01")


def test_money_and_bills_of_a_year_that_is_over() -> None:
    bench = Bench()
    bench.credit(1_000, on="2027-01-01")
    assert bench.credit(300, on="2026-12-31") == 0
    assert bench.account()["prior_years_fen"] == 300, "it joins what is left over"
    assert bench.quote(bench.create(1_000)) == Reason.BENEFIT_YEAR_CLOSED
    usage = (Service.SERVICE_OUTPATIENT, 5, 0, 0, 0, 0, 0)
    closed = bench.do(CommandKind.USE_ELSEWHERE, person_id=1, day=day("2026-12-31"), usage=usage)
    assert closed.reason == Reason.BENEFIT_YEAR_CLOSED


@pytest.mark.parametrize(
    ("service", "group"),
    [
        (Service.SERVICE_OUTPATIENT, "outpatient"),
        (Service.SERVICE_CHRONIC, "chronic"),
        (Service.SERVICE_INPATIENT, "inpatient"),
    ],
)
def test_each_group_of_services_has_accumulators_of_its_own(service: int, group: str) -> None:
    bench = Bench()
    bench.pay(bench.create(250_000, service=service))
    account = bench.account()
    moved = {name for name, value in account.items() if value and name.endswith(("_in_scope_fen", "_pooled_fen"))}
    assert moved - {"major_in_scope_fen"} == {f"{group}_in_scope_fen", f"{group}_pooled_fen"}
    assert account["stay_count"] == (service == Service.SERVICE_INPATIENT)


AS_INPATIENT = {"effective_from": "2020-01-01", "same_as": "inpatient"}
YEARLY = AS_INPATIENT | {"deductible": {"kind": "annual", "amounts": 100_000}}


@pytest.mark.parametrize(
    ("chronic", "groups"),
    [
        (AS_INPATIENT, ("inpatient", "inpatient", "inpatient")),
        (AS_INPATIENT | {"counts_to": "chronic"}, ("chronic", "chronic", "chronic")),
        (YEARLY | {"counts_to": {"deductible": "outpatient"}}, ("outpatient", "inpatient", "inpatient")),
        (YEARLY | {"counts_to": {"pooled_paid": "chronic"}}, ("inpatient", "inpatient", "chronic")),
        (YEARLY | {"counts_to": {"in_scope": "pharmacy"}}, ("inpatient", "outpatient", "inpatient")),
    ],
)
def test_a_policy_shares_accumulators_between_services(chronic: Any, groups: tuple[str, str, str]) -> None:
    bench = Bench(chronic=[chronic])
    names = dict(zip(("deductible", "in_scope", "pooled"), groups, strict=True))
    columns = {f"{group}_{name}_fen" for name, group in names.items()}
    bench.pay(bench.create(900_000, service=Service.SERVICE_CHRONIC))
    order_id = bench.create(900_000, service=Service.SERVICE_CHRONIC)
    before = bench.account()
    moved = {
        name
        for name, value in before.items()
        if value and name.endswith(("_scope_fen", "deductible_fen", "pooled_fen"))
    }
    assert moved - {"major_in_scope_fen"} == columns
    bench.pay(order_id)
    order = bench.ledger.order(order_id)
    assert order is not None
    # What the second bill started from is what the first left, wherever that is kept.
    noted = (order.deductible_used_before_fen, order.in_scope_before_fen, order.pooled_paid_before_fen)
    assert noted == tuple(before[f"{group}_{name}_fen"] for name, group in names.items())
    kept = ("outpatient", "inpatient", "chronic")
    assert tuple(kept[group] for group in usage_groups(order)) == groups
    assert Order.unpack(order.pack()).usage_groups == order.usage_groups
    bench.refund(order_id)
    assert bench.account() == before | {"held_fen": 0}


def test_a_deductible_that_two_services_share_is_paid_once() -> None:
    shared = YEARLY | {"counts_to": {"deductible": "outpatient"}}
    bench = Bench(chronic=[shared])
    usage = (Service.SERVICE_OUTPATIENT, 70_000, 70_000, 0, 0, 0, 0)
    bench.do(CommandKind.USE_ELSEWHERE, person_id=1, day=day("2026-11-06"), usage=usage)
    quote = bench.quote(bench.create(200_000, service=Service.SERVICE_CHRONIC))
    assert isinstance(quote, Order) and quote.deductible_fen == 30_000


@pytest.mark.parametrize(
    ("counts_to", "on", "groups"),
    [
        # where deductible, in-scope money and pooled payments of chronic care are to be found
        ({}, "2026-11-06", ("inpatient", "inpatient", "inpatient")),
        ("outpatient", "2026-11-06", ("outpatient", "outpatient", "outpatient")),
        ({"deductible": "outpatient", "pooled_paid": "chronic"}, "2026-11-06", ("outpatient", "inpatient", "chronic")),
        # before the rule begins nothing is shared
        ("outpatient", "2026-06-30", ("chronic", "chronic", "chronic")),
    ],
)
def test_what_was_settled_elsewhere_counts_as_the_policy_says(
    counts_to: Any, on: str, groups: tuple[str, str, str]
) -> None:
    bench = Bench(chronic=[YEARLY | {"effective_from": "2026-07-01", "counts_to": counts_to}])
    usage = (Service.SERVICE_CHRONIC, 5_000, 4_000, 3_000, 0, 0, 0)
    result = bench.do(CommandKind.USE_ELSEWHERE, person_id=1, day=day(on), usage=usage)
    account = bench.account()
    filled = {name for name, value in account.items() if value and name.endswith(("deductible_fen", "pooled_fen"))}
    filled |= {name for name, value in account.items() if value and name.endswith("_in_scope_fen")}
    deductible, in_scope, pooled = groups
    assert filled == {f"{deductible}_deductible_fen", f"{in_scope}_in_scope_fen", f"{pooled}_pooled_fen"}
    assert account[f"{deductible}_deductible_fen"] == 4_000 and account[f"{pooled}_pooled_fen"] == 3_000
    named = [GROUP_NAMES[group] for group in counted_groups(result.usage_groups, Service.SERVICE_CHRONIC)]
    assert tuple(named) == groups


def test_a_pharmacy_counts_to_the_outpatient_ones() -> None:
    bench = Bench()
    usage = (Service.SERVICE_PHARMACY, 5_000, 4_000, 3_000, 2_000, 1_000, 0)
    assert bench.do(CommandKind.USE_ELSEWHERE, person_id=1, day=day("2026-11-06"), usage=usage).reason == 0
    account = bench.account()
    assert [account[f"outpatient_{name}_fen"] for name in ("in_scope", "deductible", "pooled")] == [5000, 4000, 3000]
    assert (account["major_in_scope_fen"], account["major_paid_fen"]) == (2_000, 1_000)


@pytest.mark.parametrize(
    ("amount_fen", "prior_years", "reason"),
    [
        (-1_000, False, 0),
        (-1_001, False, Reason.BALANCE_OUT_OF_RANGE),
        (-500, True, 0),
        (-501, True, Reason.BALANCE_OUT_OF_RANGE),
        (1_000_000_000_000, False, Reason.BALANCE_OUT_OF_RANGE),
    ],
)
def test_a_correction_may_take_what_is_there_and_no_more(amount_fen: int, prior_years: bool, reason: int) -> None:
    bench = Bench()
    bench.credit(1_000)
    bench.credit(500, prior_years=True)
    before = bench.account()
    assert bench.credit(amount_fen, prior_years=prior_years) == reason
    if reason:
        assert bench.account() == before


@pytest.mark.parametrize("at", range(7))
def test_what_was_used_elsewhere_never_goes_below_zero(at: int) -> None:
    bench = Bench()
    usage: list[int] = [Service.SERVICE_INPATIENT, 0, 0, 0, 0, 0, 0]
    usage[at] = -1
    if at == 0:
        usage = [Service.SERVICE_INPATIENT, 1, 1, 1, 1, 1, 1]
    reason = bench.do(CommandKind.USE_ELSEWHERE, person_id=1, day=day("2026-11-06"), usage=tuple(usage)).reason
    assert reason == (Reason.BALANCE_OUT_OF_RANGE if at else 0)


def test_what_is_held_is_in_no_purse_and_can_not_be_corrected_away() -> None:
    bench = Bench()
    bench.credit(1_000)
    order_id = bench.create(5_000)
    bench.pay(order_id, with_receipt=False)
    assert (bench.account()["current_year_fen"], bench.account()["held_fen"]) == (0, 1_000)
    assert bench.credit(-1) == Reason.BALANCE_OUT_OF_RANGE
    bench.end(order_id)
    assert (bench.account()["current_year_fen"], bench.account()["held_fen"]) == (1_000, 0)


def test_money_held_over_the_turn_of_the_year_comes_back_as_earlier_years_money() -> None:
    bench = Bench()
    bench.credit(1_000)
    order_id = bench.create(5_000)
    bench.pay(order_id, with_receipt=False)
    bench.credit(1, on="2027-01-01")
    bench.end(order_id)
    account = bench.account()
    assert (account["current_year_fen"], account["prior_years_fen"], account["held_fen"]) == (1, 1_000, 0)
    assert account["outpatient_in_scope_fen"] == 0


def test_undo_forgets_what_the_batch_touched_and_nothing_else() -> None:
    bench = Bench()
    bench.credit(1_000)
    other = bench.account(2)
    order_id = bench.create(5_000)
    bench.pay(order_id, keep=False)
    assert [row[0] for row in bench.ledger.order_rows()] == [order_id]
    assert [row[0] for row in bench.ledger.account_rows()] == [1]
    bench.ledger.undo()
    assert bench.ledger.order(order_id) is None
    assert bench.ledger.missing_persons([1, 2]) == [1]
    assert bench.account(2) == other
    assert bench.ledger.order_rows() == bench.ledger.account_rows() == []


def test_two_open_batches_are_kept_in_their_order_and_undone_together() -> None:
    bench = Bench()
    bench.credit(1_000)
    order_id = bench.create(5_000)
    bench.pay(order_id, keep=False)
    bench.ledger.hand_over()
    bench.do(CommandKind.CREDIT, keep=False, person_id=2, amount_fen=1, day=day("2026-11-06"))
    assert bench.ledger.order_rows() == []
    bench.ledger.keep()  # the first is durable
    assert [row[0] for row in bench.ledger.account_rows()] == [2]
    bench.ledger.hand_over()
    bench.do(CommandKind.CREDIT, keep=False, person_id=1, amount_fen=1, day=day("2026-11-06"))
    bench.ledger.undo()  # the second is not, and so neither is what stands on it
    assert bench.ledger.order(order_id) is not None
    assert bench.ledger.missing_persons([1, 2, 3]) == [1, 2]
    bench.ledger.rest()


def test_books_rest_when_they_hold_too_much() -> None:
    rules = Bench().ledger.pricer.rules
    ledger = Ledger(rules, accounts_max=4, orders_max=2)
    blank = dict.fromkeys(ACCOUNT_COLUMNS, 0)
    for person_id in (1, 2):
        ledger.put_account(tuple((blank | {"person_id": person_id}).values()))
    assert not ledger.must_rest
    ledger.put_account(tuple((blank | {"person_id": 3}).values()))
    assert ledger.must_rest  # three of four rows cannot be evicted
    ledger.rest()
    assert not ledger.must_rest
    for order_id in (1, 2, 3):
        ledger.put_order(Order(order_id=order_id))
    assert ledger.must_rest
    ledger.rest()
    assert [ledger.order(order_id) is None for order_id in (1, 2, 3)] == [True, False, False]


def random_step(bench: Bench, rng: random.Random, orders: dict[int, int]) -> Result | None:
    """One command that may or may not be in place."""
    choice = rng.randrange(9)
    if choice == 0 or not orders:
        person_id = rng.randint(1, 3)
        service = rng.choice([Service.SERVICE_OUTPATIENT, Service.SERVICE_INPATIENT, Service.SERVICE_CHRONIC])
        kind = rng.choice([OrderKind.KIND_MIXED, OrderKind.KIND_MIXED, OrderKind.KIND_CASH_ONLY])
        day_text = rng.choice(["2026-11-06", "2027-01-02"]) if bench.batch > 300 else "2026-11-06"
        total_fen = rng.choice([1, 999, 50_000, 400_000, 9_000_000])
        order_id = bench.create(total_fen, person_id, service=service, kind=kind, service_day=day(day_text))
        orders[order_id] = person_id
        return None
    order_id = rng.choice(list(orders)[-8:])
    if choice == 1:
        bench.credit(rng.randint(-20_000, 60_000), person_id=rng.randint(1, 3))
        return None
    if choice in (2, 3):
        return bench.pay(order_id, orders[order_id], with_receipt=rng.random() < 0.4)
    if choice == 4:
        return bench.confirm(order_id)
    if choice == 5:
        return bench.end(order_id)
    if choice == 6:
        bench.now_ms += rng.randrange(LATER_MS)
        return bench.end(order_id, CommandKind.EXPIRE)
    if choice == 7:
        return random_refund(bench, rng, order_id)
    return bench.do(
        CommandKind.RETURN_CASH, order_id=order_id, caller_id=CHANNEL, caller_role=Role.ROLE_CHANNEL,
        receipt_fen=rng.choice([1, bench.ledger.order(order_id).cash_to_return_fen]),
    )  # fmt: skip


def random_refund(bench: Bench, rng: random.Random, order_id: int) -> Result:
    """A refund of any kind; of lines, what is kept is a part of what was left."""
    order = bench.ledger.order(order_id)
    assert order is not None
    kind = rng.choice(list(RefundKind))
    left_fen = order.in_scope_fen - order.returned_in_scope_fen
    kept_fen = rng.choice([0, left_fen // 3, max(left_fen - 1, 0), left_fen])
    return bench.refund_part(
        order_id, kind, kept=(0, 0, 0, kept_fen, kept_fen),
        amount_fen=rng.choice([1, 700, order.cash_collected_fen]) if kind == RefundKind.REFUND_CASH else 0,
    )  # fmt: skip


def check_invariants(bench: Bench, orders: dict[int, int], touched: set[int]) -> None:
    for person_id in (1, 2, 3):
        account = bench.account(person_id)
        assert all(value >= 0 for value in account.values())
        own = [order for order in map(bench.ledger.order, orders) if order and order.person_id == person_id]
        held = [order for order in own if order.state == OrderState.ORDER_AUTHORIZED]
        assert account["held_fen"] == sum(order.account_fen for order in held)
        stand = [
            order
            for order in own
            if order.state in (OrderState.ORDER_AUTHORIZED, OrderState.ORDER_PAID, OrderState.ORDER_PARTIALLY_REFUNDED)
            and order.kind != OrderKind.KIND_CASH_ONLY
            and order.benefit_year_day == account["year_day"]
        ]
        for service, group in ((1, "outpatient"), (2, "inpatient"), (4, "chronic")):
            counted = [order for order in stand if order.service == service]
            splits = [standing_split(order) for order in counted]
            assert account[f"{group}_in_scope_fen"] == sum(split.used_in_scope_fen for split in splits)
            assert account[f"{group}_deductible_fen"] == sum(split.deductible_fen for split in splits)
            assert account[f"{group}_pooled_fen"] == sum(split.pooled_fen for split in splits)
        assert account["stay_count"] == sum(order.stay_counted - order.refunded_stay for order in stand)
    for order_id in touched:
        order = bench.ledger.order(order_id)
        assert order is not None
        payers = (
            "pooled_fen", "major_fen", "civil_servant_fen", "assistance_fen", "other_fund_fen", "hospital_fen",
            "account_current_fen", "account_prior_fen", "family_account_fen", "commercial_fen", "cash_fen",
        )  # fmt: skip
        if order.authorized_at_ms:
            assert sum(getattr(order, name) for name in payers) == order.total_fen
        for name in payers:
            assert 0 <= getattr(order, f"refunded_{name}") <= getattr(order, name)
        assert 0 <= order.refunded_collected_fen <= order.cash_collected_fen
        assert min(order.cash_to_return_fen, order.cash_returned_fen, order.cash_collected_fen) >= 0


def live(seed: int, *, check: bool) -> list[tuple[int, int, bytes | None]]:
    """A random life from a seed; gives every result."""
    rng, bench = random.Random(seed), Bench()
    orders: dict[int, int] = {}
    results = []
    for _ in range(400):
        result = random_step(bench, rng, orders)
        if result is None:
            continue
        results.append((result.reason, result.event, result.facts))
        if result.reason and not result.event:
            assert result.facts is None
        if check:
            check_invariants(bench, orders, {result.order_id} - {0})
    return results


@pytest.mark.parametrize("seed", range(12))
def test_a_random_life_keeps_the_invariants(seed: int) -> None:
    print(f"seed {seed}")
    results = live(seed, check=True)
    assert {EventKind.EVENT_ORDER_PAID, EventKind.EVENT_ORDER_REFUNDED} <= {event for _, event, _ in results}


def test_the_same_commands_give_the_same_bytes() -> None:
    assert live(99, check=False) == live(99, check=False)


def enrolled(bench: Bench) -> None:
    """Gives person 1 a plan that pays the co-pay whole."""
    plan = {
        "plan_id": "city", "name": "city", "insurer": "city", "tender": "commercial", "regions": ["110100"],
        "effective_from": "2026-01-01", "services": ["outpatient"],
        "parts": [{"counts": ["copay"], "bands": [{"from": 0, "to": None, "ppm": 1_000_000}]}],
    }  # fmt: skip
    bench.ledger.pricer.rules.plans.put(plan, "", 77)
    terms = ("city", day("2026-01-01"), day("2026-12-31"))
    assert bench.do(CommandKind.ENROL, person_id=1, enrolment=terms).reason == 0


def test_plans_are_undone_with_their_person() -> None:
    bench = Bench()
    enrolled(bench)
    bench.pay(bench.create(380_000))
    (before,) = [one.row() for one in bench.ledger.enrolments_of(1)]
    assert before[6:] == (60_000, 0, 0, 60_000, 0, 0)
    order_id = bench.create(100_000)
    bench.pay(order_id, keep=False)
    assert [row[6] for row in bench.ledger.enrolment_rows()] == [90_000]
    bench.ledger.undo()
    assert bench.ledger.enrolments_of(1) == (), "read from the store again, with the account"
    assert bench.ledger.missing_persons([1]) == [1]


def test_persons_without_plans_write_none() -> None:
    bench = Bench()
    bench.pay(bench.create(380_000), keep=False)
    assert bench.ledger.enrolment_rows() == [] and bench.ledger.enrolments_of(1) == ()


def test_enrolments_of_nobody_and_of_no_plan() -> None:
    bench = Bench()
    terms = ("city", 0, 1)
    assert bench.do(CommandKind.ENROL, person_id=9, enrolment=terms).reason == Reason.PERSON_NOT_FOUND
    assert bench.do(CommandKind.ENROL, person_id=1, enrolment=terms).reason == Reason.PLAN_NOT_FOUND
