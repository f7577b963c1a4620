"""The double entry behind the ledger: which account each fact debits and credits. No entry is stored: facts are.

    pool:REGION                 the bureau's pool of personal accounts; the counter-account of every credit row
    person:ID                   a person's account, both purses together; it may pay for a family member
    held:ID                     what authorized orders have taken out of that person's purses and not yet posted
    fund:NAME:REGION            a fund of the insured region: pooled, major, civil_servant, assistance, other
    insurer                     commercial insurers
    cash:CHANNEL                the cash tender, which a channel has collected and hands on beside the bureau
    borne:INSTITUTION           what an institution bears itself
    institution:INSTITUTION     what an institution has earned with its bills, less what it was paid out
    bank                        the bureau's bank, out of which windows are paid

A fact is never changed: a refund is the payment's entries the other way round, each as far as it goes back, and a hold
that ended is no entry. A
balance is credits less debits, so that a person's account, which the bureau owes, stands at 0 or above. Additions to
and reductions of the cash that a channel collects are between channel and patient, and in no account here.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from core.order import Order
from core.words import ORDER_AUTHORIZED, ORDER_PAID, ORDER_PARTIALLY_REFUNDED, ORDER_REFUNDED
from gateway.ids import id_text

_FUNDS = {
    "pooled": "pooled_fen",
    "major": "major_fen",
    "civil_servant": "civil_servant_fen",
    "assistance": "assistance_fen",
    "other": "other_fund_fen",
}

_SUMS = {"person": "persons", "held": "held"}


class Entry(NamedTuple):
    """One amount from one account to another; above 0."""

    debit: str
    credit: str
    amount_fen: int


def person_account(person_id: int) -> str:
    """Name of a person's account."""
    return f"person:{id_text('p', person_id)}"


def held_account(person_id: int) -> str:
    """Name of what is held of a person's money."""
    return f"held:{id_text('p', person_id)}"


def institution_account(institution_key: int) -> str:
    """Name of an institution's account."""
    return f"institution:{institution_key:016x}"


def entries_of_credit(region: int, person_id: int, amount_fen: int) -> list[Entry]:
    """A credit, or with a negative amount a correction."""
    return _entries([(f"pool:{region:06d}", person_account(person_id), amount_fen)])


def entries_of_payment(order: Order) -> list[Entry]:
    """A posted payment: every payer to the institution. They add up to the order's total."""
    return _entries_of_payers(order, 1, "")


def entries_of_refunds(order: Order) -> list[Entry]:
    """All refunds of an order: the payment the other way round, as far as each payer got back."""
    return _entries_of_payers(order, -1, "refunded_")


def _entries_of_payers(order: Order, sign: int, prefix: str) -> list[Entry]:
    payers: dict[str, tuple[str, ...]] = {
        f"fund:{name}:{order.insured_region:06d}": (column,) for name, column in _FUNDS.items()
    }
    payers |= {
        person_account(order.person_id): ("account_current_fen", "account_prior_fen"),
        "insurer": ("commercial_fen",),
        f"cash:{order.channel_id:016x}": ("cash_fen",),
        f"borne:{order.institution_id:016x}": ("hospital_fen",),
    }
    if order.family_person_id:
        payers[person_account(order.family_person_id)] = ("family_account_fen",)
    institution = institution_account(order.institution_id)
    return _entries(
        (payer, institution, sign * sum(getattr(order, prefix + column) for column in columns))
        for payer, columns in payers.items()
    )


def entries_of_hold(order: Order) -> list[Entry]:
    """An authorization: only money of persons, the patient and a family owner, has left its account."""
    held = ((order.person_id, order.account_fen), (order.family_person_id, order.family_account_fen))
    return _entries((person_account(person_id), held_account(person_id), fen) for person_id, fen in held)


def entries_of_order(order: Order) -> list[Entry]:
    """Every entry that stands for an order as it is now."""
    if order.state == ORDER_AUTHORIZED:
        return entries_of_hold(order)
    if order.state in (ORDER_PAID, ORDER_PARTIALLY_REFUNDED, ORDER_REFUNDED):
        return entries_of_payment(order) + entries_of_refunds(order)
    return []


def entries_of_payout(institution_key: int, payable_fen: int) -> list[Entry]:
    """A window paid out; with more refunds than payments the institution pays."""
    return _entries([(institution_account(institution_key), "bank", payable_fen)])


class Books:
    """Balances of all accounts that entries have touched: credits less debits, in fen."""

    def __init__(self) -> None:
        self.balances_fen: Counter[str] = Counter()
        self.debits_fen = 0
        self.credits_fen = 0

    def post(self, entries: Iterable[Entry]) -> None:
        """Takes entries in."""
        for debit, credit, amount_fen in entries:
            self.balances_fen[debit] -= amount_fen
            self.debits_fen += amount_fen
            self.balances_fen[credit] += amount_fen
            self.credits_fen += amount_fen

    def take_in(self, other: "Books") -> None:
        """Adds what other books have; accounts of persons into a sum of their kind, so that millions need no row."""
        for account, balance_fen in other.balances_fen.items():
            kind, _, _ = account.partition(":")
            self.balances_fen[_SUMS.get(kind, account)] += balance_fen
        self.debits_fen += other.debits_fen
        self.credits_fen += other.credits_fen

    @property
    def difference_fen(self) -> int:
        """Sum of all balances: 0, or entries and balances have come apart."""
        return sum(self.balances_fen.values())


def _entries(amounts: Iterable[tuple[str, str, int]]) -> list[Entry]:
    entries = [
        Entry(debit, credit, amount_fen) if amount_fen > 0 else Entry(credit, debit, -amount_fen)
        for debit, credit, amount_fen in amounts
    ]
    return [entry for entry in entries if entry.amount_fen]
