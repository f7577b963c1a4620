"""Each person's account: the facts played again in the order of the journal, up to the row as it stands."""

import contextlib
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from core.accounts import ACCOUNT_COLUMNS
from core.order import Order
from core.pricing import counted_groups, usage_groups
from core.refunds import standing_split
from core.words import KIND_CASH_ONLY, EventKind
from gateway.ids import id_text
from gateway.postings import Books, entries_of_credit, entries_of_order, held_account, person_account
from gateway.verify.journal import Answers
from gateway.verify.report import Report
from gateway.verify.rules.policies import Policies
from gateway.verify.source import Groups, Row, count
from gateway.verify.splits import SPLIT_FIELDS

_GROUP_NAMES = ("outpatient", "inpatient", "chronic")
_USED = tuple(
    name
    for name in ACCOUNT_COLUMNS
    if name.startswith(("outpatient_", "inpatient_", "chronic_", "major_")) or name == "stay_count"
)


class Fact(NamedTuple):
    """A credit, or a settlement made elsewhere, as it counts in an account."""

    batch: int
    year_day: int | None
    amount_fen: int
    amounts: dict[str, int]


class Replay:
    """A person's account as far as the journal has been played: of an order it is the patient's or the family owner's.

    What counts to a benefit year is kept by year, so that a new year needs no step of its own: this year's purse is
    the credits of this year less what stands against them, and everything else is the purse of earlier years.
    """

    def __init__(self, person_id: int) -> None:
        self.person_id = person_id
        self.total_fen = 0
        self.years: dict[int, Counter[str]] = defaultdict(Counter)
        self.standing: dict[int, Order] = {}
        self.year_day = 0

    def add(self, fact: Fact) -> None:
        """Takes a credit or a settlement of elsewhere in."""
        self.total_fen += fact.amount_fen
        if fact.year_day is not None:
            self.years[fact.year_day].update(fact.amounts)
            self.year_day = max(self.year_day, fact.year_day)

    def take(self, order: Order) -> None:
        """Takes a priced order in."""
        self.standing[order.order_id] = order
        self._book(order, 1)

    def give_back(self, order_id: int) -> None:
        """Takes an order out again that was held."""
        order = self.standing.pop(order_id, None)
        if order is not None:
            self._book(order, -1)

    def refund(self, order: Order) -> None:
        """Takes out of a paid order what it says is refunded and its event before did not."""
        before = self.standing.get(order.order_id)
        if before is not None:
            self.standing[order.order_id] = order
            self._book(before, -1)
            self._book(order, 1)

    def purses_fen(self, year_day: int) -> tuple[int, int]:
        """(current year, prior years) as they stand in a benefit year."""
        current_fen = self.years[year_day]["current_year_fen"]
        return current_fen, self.total_fen - current_fen

    def _book(self, order: Order, sign: int) -> None:
        if order.kind == KIND_CASH_ONLY:
            return
        if order.person_id != self.person_id:
            self._book_share(order, sign)
            return
        standing = standing_split(order)
        self.total_fen -= sign * (standing.account_current_fen + standing.account_prior_fen)
        self.year_day = max(self.year_day, order.benefit_year_day)
        amounts = used_by(order) | {"current_year_fen": -standing.account_current_fen}
        self.years[order.benefit_year_day].update({name: sign * amount for name, amount in amounts.items()})

    def _book_share(self, order: Order, sign: int) -> None:
        """Only the money is the owner's; of what came back, this year's came first."""
        current_fen = order.family_account_fen - order.family_prior_fen
        current_fen -= min(current_fen, order.refunded_family_account_fen)
        self.total_fen -= sign * (order.family_account_fen - order.refunded_family_account_fen)
        self.year_day = max(self.year_day, order.family_year_day)
        self.years[order.family_year_day]["current_year_fen"] -= sign * current_fen


def columns_of(order: Order) -> tuple[str, str, str]:
    """The account columns of deductible, in-scope money and pooled payments that an order's policy has it count to."""
    return columns_in(usage_groups(order))


def columns_in(groups: Iterable[int]) -> tuple[str, str, str]:
    """The account columns of deductible, in-scope money and pooled payments in groups of services."""
    deductible, in_scope, pooled = (_GROUP_NAMES[group] for group in groups)
    return f"{deductible}_deductible_fen", f"{in_scope}_in_scope_fen", f"{pooled}_pooled_fen"


def used_by(order: Order) -> dict[str, int]:
    """What stands of an order in the accumulators of its benefit year."""
    deductible, in_scope, pooled = columns_of(order)
    standing = standing_split(order)
    return {
        deductible: standing.deductible_fen,
        in_scope: standing.used_in_scope_fen,
        pooled: standing.pooled_fen,
        "major_in_scope_fen": standing.major_counted_fen,
        "major_paid_fen": standing.major_fen,
        "stay_count": order.stay_counted - order.refunded_stay,
    }


def check_accounts(db: sqlite3.Connection, report: Report, policies: Policies, answers: Answers) -> Books:
    """Every account beside its credits, settlements of elsewhere, orders and their events; gives the books of all."""
    report.stage("accounts", count(db, "accounts"))
    for table in ("credits", "used_elsewhere"):
        report.counts[table] = count(db, table)
    _check_credits_journalled(db, report, answers)
    books = Books()

    def groups(what: str, query: str) -> Groups:
        return Groups(
            db.execute(query),
            lambda person_id: report.wrong(f"person {id_text('p', person_id)}", f"has {what} and no account"),
        )

    credits = groups("credits", "SELECT person_id, batch, region, day, amount_fen, prior_years FROM credits ORDER BY 1")
    elsewhere = groups("settlements", "SELECT person_id, * FROM used_elsewhere ORDER BY 1")
    orders = groups("orders", "SELECT person_id, facts FROM orders WHERE person_id != 0 ORDER BY person_id")
    played = f"FROM events WHERE person_id != 0 AND kind IN ({', '.join(str(int(kind)) for kind in _PLAYED)})"
    events = groups("events", f"SELECT person_id, seq, batch, kind, facts {played} ORDER BY 1, 2")
    db.create_function("owner_of", 1, _owner_of, deterministic=True)
    share_events = groups(
        "family events",
        f"SELECT owner_of(facts), seq, batch, kind, facts {played} AND owner_of(facts) != 0 ORDER BY 1, 2",
    )
    persons = groups("a row", "SELECT person_id, region FROM persons ORDER BY 1")
    for row in db.execute(f"SELECT {', '.join(ACCOUNT_COLUMNS)} FROM accounts ORDER BY person_id"):
        account = dict(zip(ACCOUNT_COLUMNS, row, strict=True))
        person_id = account["person_id"]
        where = f"person {id_text('p', person_id)}"
        known = persons.of(person_id)
        report.must([region for _, region in known] == [account["region"]], where, "the account is of no such person")
        credit_rows = credits.of(person_id)
        facts = [*_credits(credit_rows, policies), *_elsewhere(elsewhere.of(person_id), policies)]
        facts.sort(key=lambda fact: fact.batch)
        replay = Replay(person_id)
        played_rows = sorted([*events.of(person_id), *share_events.of(person_id)], key=itemgetter(1))
        _play(replay, facts, played_rows, where, report, policies)
        standing = _readable(orders.of(person_id))
        shared = [order for order in replay.standing.values() if order.person_id != person_id]
        _check_books(books, account, credit_rows, standing, shared, where, report)
        _check_row(account, replay, where, report, policies)
        report.step()
    for group in (credits, elsewhere, orders, events, share_events, persons):
        group.finish()
    return books


_PLAYED = (
    EventKind.EVENT_ORDER_AUTHORIZED,
    EventKind.EVENT_ORDER_PAID,
    EventKind.EVENT_ORDER_VOIDED,
    EventKind.EVENT_ORDER_REFUNDED,
)


def _owner_of(facts: bytes) -> int:
    """Whose family account pays of an order; 0 for nobody's, and for what the check of orders reports as unreadable."""
    try:
        order = Order.unpack(facts)
    except ValueError:
        return 0
    return int(order.family_person_id) if order.family_account_fen else 0


def _readable(rows: list[Row]) -> list[Order]:
    """Orders by their facts; of those that cannot be read the check of orders tells."""
    orders = []
    for _, facts in rows:
        with contextlib.suppress(ValueError):
            orders.append(Order.unpack(facts))
    return orders


def _credits(rows: list[Row], policies: Policies) -> Iterator[Fact]:
    for _, batch, region, day, amount_fen, prior_years in rows:
        year_day = policies.year_day(region, day)
        yield Fact(batch, year_day, amount_fen, {} if prior_years else {"current_year_fen": amount_fen})


def _elsewhere(rows: list[Row], policies: Policies) -> Iterator[Fact]:
    for row in rows:
        region, day, service, in_scope, deductible, pooled, major_counted, major, stays, batch, groups = (
            row[1],
            *row[4:],
        )
        columns = columns_in(counted_groups(groups, service))
        amounts = dict(zip(columns, (deductible, in_scope, pooled), strict=True)) | {
            "major_in_scope_fen": major_counted,
            "major_paid_fen": major,
            "stay_count": stays,
        }
        yield Fact(batch, policies.year_day(region, day), 0, amounts)


def _play(replay: Replay, facts: list[Fact], events: list[Row], where: str, report: Report, policies: Policies) -> None:
    """Plays a person's facts and events; checks each pricing against the account as it stood."""
    at = 0
    for _, _seq, batch, kind, packed in events:
        while at < len(facts) and facts[at].batch < batch:
            replay.add(facts[at])
            at += 1
        # What the same batch brought may have come before or after: then the account of that moment is not known.
        certain = at == len(facts) or facts[at].batch > batch
        try:
            order = Order.unpack(packed)
        except ValueError:
            continue  # reported with the order's life
        if kind == EventKind.EVENT_ORDER_VOIDED:
            replay.give_back(order.order_id)
        elif kind == EventKind.EVENT_ORDER_REFUNDED:
            replay.refund(order)
        elif order.order_id not in replay.standing:
            order_where = f"order {id_text('o', order.order_id)}"
            if certain and order.person_id != replay.person_id:
                _check_share(order, replay, order_where, report)
            elif certain and order.kind != KIND_CASH_ONLY and policies.year_day(order.insured_region, 0) is not None:
                _check_pricing(order, replay, order_where, report, policies)
            replay.take(order)
        else:
            replay.standing[order.order_id] = order  # its cash came: what was held is paid
    for fact in facts[at:]:
        replay.add(fact)


def _check_share(order: Order, replay: Replay, where: str, report: Report) -> None:
    """The owner had what the family account paid, and the purse of earlier years paid first."""
    report.must(order.family_year_day >= replay.year_day, where, "takes family money in a benefit year that was over")
    current_fen, prior_fen = replay.purses_fen(order.family_year_day)
    report.must(
        order.family_account_fen - order.family_prior_fen <= current_fen, where, "the owner had less money this year"
    )
    expected_fen = min(order.family_account_fen, prior_fen)
    report.same(where, "family_prior_fen", order.family_prior_fen, expected_fen, "with the owner's purses it must be")


def _check_pricing(order: Order, replay: Replay, where: str, report: Report, policies: Policies) -> None:
    """The accumulators recorded before a payment were the account's, and the account paid all it could and should."""
    year_day = order.benefit_year_day
    report.same(
        where, "benefit_year_day", year_day, policies.year_day(order.insured_region, order.service_day), "it is"
    )
    report.must(year_day >= replay.year_day, where, "is priced in a benefit year that was over")
    used, (deductible, in_scope, pooled) = replay.years[year_day], columns_of(order)
    before = {
        "deductible_used_before_fen": used[deductible],
        "in_scope_before_fen": used[in_scope],
        "pooled_paid_before_fen": used[pooled],
        "major_in_scope_before_fen": used["major_in_scope_fen"],
        "major_paid_before_fen": used["major_paid_fen"],
        "stays_before": used["stay_count"],
    }
    for name, expected in before.items():
        report.same(where, name, getattr(order, name), expected, "the account stood at")
    current_fen, prior_fen = replay.purses_fen(year_day)
    if current_fen < 0 or prior_fen < 0:
        report.wrong(where, "was priced on a purse below 0")
        return
    own_fen = (current_fen, prior_fen) if order.use_account else (0, 0)
    # What a family owner had is not known here: _check_share looks at it from the owner's side.
    again = policies.split_again(order, (*own_fen, order.family_account_fen))
    if isinstance(again, str):
        return  # reported with the order's split
    changed = [name for name in SPLIT_FIELDS if getattr(order, name) != getattr(again, name)]
    report.must(not changed, where, f"with the account as it stood the split has another {', '.join(changed)}")


def _check_books(
    books: Books,
    account: dict[str, Any],
    credits: list[Row],
    orders: list[Order],
    shared: list[Order],
    where: str,
    report: Report,
) -> None:
    """Double entry: what the entries leave in the person's accounts is what the row says.

    An order's entries come into the books of all with its patient, once; those of a family owner it paid with
    (`shared`) count for the owner's row alone.
    """
    person_id, own = account["person_id"], Books()
    for credit in credits:
        own.post(entries_of_credit(credit[2], person_id, credit[4]))
    for order in orders:
        own.post(entries_of_order(order))
    books.take_in(own)
    for order in shared:
        own.post(entries_of_order(order))
    balance_fen = own.balances_fen[person_account(person_id)]
    held_fen = own.balances_fen[held_account(person_id)]
    purses_fen = account["current_year_fen"] + account["prior_years_fen"]
    report.same(where, "the balance of both purses", purses_fen, balance_fen, "credits less payments leave")
    report.same(where, "held_fen", account["held_fen"], held_fen, "authorized orders hold")


def _check_row(account: dict[str, Any], replay: Replay, where: str, report: Report, policies: Policies) -> None:
    """The row is what the facts come to: purses by year, and the accumulators of its benefit year."""
    for name in ("current_year_fen", "prior_years_fen", "held_fen", *_USED):
        report.must(account[name] >= 0, where, f"{name} is below 0")
    if policies.year_day(account["region"], 0) is None:
        return
    report.same(where, "year_day", account["year_day"], replay.year_day, "its facts come to")
    current_fen, prior_fen = replay.purses_fen(account["year_day"])
    report.same(where, "current_year_fen", account["current_year_fen"], current_fen, "its facts come to")
    report.same(where, "prior_years_fen", account["prior_years_fen"], prior_fen, "its facts come to")
    used = replay.years[account["year_day"]]
    for name in _USED:
        report.same(where, name, account[name], used[name], "what stands adds up to")


def _check_credits_journalled(db: sqlite3.Connection, report: Report, answers: Answers) -> None:
    """The credits of each batch add up to what their imports were answered."""
    booked = dict(db.execute("SELECT batch, sum(amount_fen) FROM credits GROUP BY batch"))
    for batch in sorted(booked.keys() | answers.posted_fen.keys()):
        report.same(
            f"credits of batch {batch}",
            "their sum",
            booked.get(batch, 0),
            answers.posted_fen.get(batch, 0),
            "journalled are",
        )
