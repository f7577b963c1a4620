"""Checks every invariant of the ledger over a store, from its rows alone.

store      the file is sound, and every reference points at something
events     numbers without gaps, batches and times that never go back, requests that point at their answer
policies   each document is the one that was published
catalogue  each entry was put by an import, and can be one
orders     lines as the catalogue classified them, sums, legs, receipts, refund, the split computed again, a legal life
           that ends in the row
windows    every posting in one window; counts, totals, payable amount and digest computed again
accounts   each account played again from credits, settlements of elsewhere and the journal
risk       each assessment decided again by its policy, from the features that were stored with it
books      double entry over everything: debits equal credits, institutions have what their windows say
"""

import sqlite3
from collections import Counter

from gateway.postings import Books, entries_of_payout, institution_account
from gateway.verify.accounts import check_accounts
from gateway.verify.journal import check_journal
from gateway.verify.orders import check_orders
from gateway.verify.report import Report
from gateway.verify.rules.catalogue import check_catalogue
from gateway.verify.rules.plans import check_enrolments
from gateway.verify.rules.policies import Policies
from gateway.verify.rules.risk import check_assessments
from gateway.verify.source import NotAStore, open_store
from gateway.verify.windows import check_windows

__all__ = ["NotAStore", "Report", "open_store", "verify"]

_STORE_FAULTS_MAX = 100


def verify(db: sqlite3.Connection, report: Report) -> None:
    """Checks everything; a store that cannot be read to its end is a finding."""
    try:
        _check_store(db, report)
        answers = check_journal(db, report)
        policies = Policies(db, report, answers)
        check_orders(db, report, policies, check_catalogue(db, report, answers.catalogue_puts))
        posted_fen = check_windows(db, report, answers)
        for window_id in sorted(answers.closed.keys() | answers.paid_out.keys()):
            report.wrong(f"window {window_id}", "the journal tells of it, and it is not there")
        books = check_accounts(db, report, policies, answers)
        check_enrolments(db, report, policies.plans)
        check_assessments(db, report)
        _check_books(db, report, books, posted_fen)
    except (sqlite3.Error, OverflowError, ValueError) as error:
        report.wrong("store", f"cannot be read to its end ({error}): the checks from here on were not made")


def _check_store(db: sqlite3.Connection, report: Report) -> None:
    report.stage("pages", db.execute("PRAGMA page_count").fetchone()[0])
    for (fault,) in db.execute(f"PRAGMA integrity_check({_STORE_FAULTS_MAX})").fetchall():
        report.must(fault == "ok", "store", fault)
    for table, row_id, parent, _ in db.execute("PRAGMA foreign_key_check").fetchall():
        report.wrong("store", f"row {row_id} of {table} refers to a row of {parent} that is not there")


def _check_books(db: sqlite3.Connection, report: Report, books: Books, posted_fen: Counter[int]) -> None:
    """Debits equal credits, and an institution's account is what its windows, the open one included, add up to."""
    paid_out_fen: Counter[int] = Counter()
    for key, payable_fen in db.execute("SELECT institution_key, payable_fen FROM windows WHERE paid_at_ms > 0"):
        books.post(entries_of_payout(key, payable_fen))
        paid_out_fen[key] += payable_fen
    held = "SELECT institution_id, sum(total_fen) FROM orders WHERE state = 6 AND paid_window = 0 GROUP BY 1"
    posted_fen.update(dict(db.execute(held).fetchall()))  # paid, and in no window until a case is decided
    for key, institution_id in db.execute("SELECT institution_key, institution_id FROM institutions"):
        balance_fen = books.balances_fen[institution_account(key)]
        where = f"institution {institution_id}"
        left_fen = posted_fen[key] - paid_out_fen[key]
        what = "its windows less their payouts, and what is held, add up to"
        report.same(where, "its account", balance_fen, left_fen, what)
    report.same("books", "the sum of all balances", books.difference_fen, 0, "it must be")
    report.same("books", "debits", books.debits_fen, books.credits_fen, "credits are")
    report.counts["fen debited and credited"] = books.debits_fen
