"""Clearing windows added up again, and each posting in a window that there is."""

import sqlite3
from collections import Counter

from core.risk.policy import Decision
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import enums_pb2, settlement_service_pb2, types_pb2
from gateway.stores.base import InstitutionRow, Posting, WindowRow
from gateway.stores.sqlite_reader import SqliteReader
from gateway.verify.journal import Answers
from gateway.verify.report import Report
from gateway.verify.source import count
from gateway.works.windows import Sums, posting_rows

_PAGE = 1000
_PAID_OUT = enums_pb2.WINDOW_STATE_PAID_OUT
_PAYERS = tuple(field.name for field in types_pb2.PayerAmounts.DESCRIPTOR.fields)


def check_windows(db: sqlite3.Connection, report: Report, answers: Answers) -> Counter[int]:
    """Every window of every institution; gives what each institution's postings add up to, in fen."""
    reader = SqliteReader(db)
    report.stage("windows", count(db, "windows"))
    posted_fen: Counter[int] = Counter()
    for row in db.execute("SELECT * FROM institutions ORDER BY institution_id").fetchall():
        institution = InstitutionRow(*row)
        rows = db.execute(
            "SELECT * FROM windows WHERE institution_key = ? ORDER BY window", (institution.institution_key,)
        )
        windows = [WindowRow(*window) for window in rows]
        where = f"institution {institution.institution_id}"
        numbers = [window.window for window in windows]
        expected = list(range(1, institution.open_window))
        report.must(numbers == expected, where, f"closed windows are {numbers}, with {institution.open_window} open")
        opened_at_ms = windows[0].opened_at_ms if windows else institution.window_opened_at_ms
        for window in windows:
            name = f"window {id_text('w', window.window_id)}"
            report.same(name, "opened_at_ms", window.opened_at_ms, opened_at_ms, "the one before ended at")
            sums = _sums(reader, institution, window.window, (opened_at_ms, window.closed_at_ms), report)
            posted_fen[institution.institution_key] += sums.totals.total_fen
            _check_window(window, sums, name, report)
            _check_answers(window, answers, name, report)
            opened_at_ms = window.closed_at_ms
            report.step()
        report.same(where, "window_opened_at_ms", institution.window_opened_at_ms, opened_at_ms, "the last ended at")
        last = _sums(reader, institution, institution.open_window, (opened_at_ms, None), report)
        posted_fen[institution.institution_key] += last.totals.total_fen
    _check_stamps(db, report)
    return posted_fen


def _sums(
    reader: SqliteReader, institution: InstitutionRow, number: int, times: tuple[int, int | None], report: Report
) -> Sums:
    """The postings of a window, which were all made while it was open."""
    sums = Sums()
    try:
        for row in posting_rows(lambda after: reader.postings(institution.institution_key, number, after, _PAGE)):
            sums.add(row)
            at_ms = row.posting.posted_at_ms
            early = at_ms < times[0] and not _was_held(row.posting, reader)
            if early or (times[1] is not None and at_ms >= times[1]):
                report.wrong(
                    f"order {id_text('o', row.posting.order_id)}", f"was not posted while window {number} was open"
                )
    except ValueError as error:
        report.wrong(f"window {number} of {institution.institution_id}", f"a posting cannot be read: {error}")
    return sums


def _was_held(posting: Posting, reader: SqliteReader) -> bool:
    """Whether a payment was paid before the window that a case released it into."""
    if posting.refund_id:
        return False
    ((order, _),) = reader.orders([posting.order_id])
    return bool(order.risk_decision == Decision.DECISION_HOLD_SETTLEMENT)


def _check_window(window: WindowRow, sums: Sums, where: str, report: Report) -> None:
    counts = (window.payment_count, window.refund_count)
    report.same(where, "payments and refunds", counts, (sums.payment_count, sums.refund_count), "its postings are")
    report.same(where, "digest", window.digest, sums.digest, "its postings give")
    totals = sums.totals
    try:
        written = types_pb2.PayerAmounts.FromString(window.totals)
        for name in _PAYERS:
            report.same(where, name, getattr(written, name), getattr(totals, name), "its postings add up to")
    except Exception as error:  # damaged bytes fail in the protobuf runtime's own ways
        report.wrong(where, f"its totals cannot be read ({type(error).__name__})")
    payable_fen = totals.total_fen - totals.hospital_fen - totals.commercial_fen - totals.cash_fen
    report.same(where, "payable_fen", window.payable_fen, payable_fen, "its postings add up to")
    report.must((window.paid_at_ms > 0) == (window.state == _PAID_OUT), where, "payout and state do not fit")


def _check_answers(window: WindowRow, answers: Answers, where: str, report: Report) -> None:
    """The journal tells of the closing and the payout, with the same amounts."""
    window_id = id_text("w", window.window_id)
    closed, paid = answers.closed.pop(window_id, None), answers.paid_out.pop(window_id, None)
    if closed is None:
        report.wrong(where, "the journal does not tell of its closing")
    else:
        _check_answer(window, closed, where, "at its closing", report)
    report.must((paid is not None) == (window.state == _PAID_OUT), where, "the journal does not tell of its payout")
    if paid is not None:
        _check_answer(window, paid, where, "at its payout", report)
        payout = (window.bank_reference, window.paid_at_ms)
        report.must(payout == (paid.bank_reference, paid.paid_out_at_ms), where, "its payout is not the journal's")


def _check_answer(
    window: WindowRow, answer: settlement_service_pb2.Window, where: str, when: str, report: Report
) -> None:
    report.same(where, "payable_fen", window.payable_fen, answer.payable_fen, f"{when} it was")
    report.same(where, "digest", window.digest, answer.digest, f"{when} it was")
    report.same(where, "period", window.period, answer.period, f"{when} it was")


def _check_stamps(db: sqlite3.Connection, report: Report) -> None:
    """No order is stamped with a window that its institution has not come to."""
    rows = db.execute(
        "SELECT o.order_id FROM orders o LEFT JOIN institutions i ON i.institution_key = o.institution_id"
        " WHERE i.open_window IS NULL OR o.paid_window > i.open_window OR o.refund_window > i.open_window"
        " OR o.paid_window < 0 OR o.refund_window < 0"
    )
    for (order_id,) in rows:
        report.wrong(f"order {id_text('o', order_id)}", "is posted in a window that does not exist")
    rows = db.execute(
        "SELECT r.refund_id FROM refunds r LEFT JOIN institutions i ON i.institution_key = r.institution_key"
        " WHERE i.open_window IS NULL OR r.refund_window > i.open_window"
    )
    for (refund_id,) in rows:
        report.wrong(f"refund {id_text('r', refund_id)}", "is posted in a window that does not exist")
