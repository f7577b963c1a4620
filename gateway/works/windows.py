"""Clearing windows: what was posted for an institution in a period, added up, proven by a digest, and paid out.

Payments and refunds carry the number of the window they were posted in, so closing one only names the next number and
adds up what carries this one. `posting_rows` is the one place that says what a row of a window is.
"""

import asyncio
import hashlib
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import NamedTuple

from core.commands import Result
from core.ledger import Ledger
from gateway.clock import day_text
from gateway.directory import Directory
from gateway.engine.work import Desk, Work
from gateway.errors import Refusal
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2, types_pb2
from gateway.pb.medsettle.v1 import settlement_service_pb2 as pb
from gateway.reasons import Reason
from gateway.security.request_key import Key
from gateway.stores.base import InstitutionRow, Posting, Reader, Store, WindowRow

_PAGE = 1000
_CLOSED, _PAID_OUT = enums_pb2.WINDOW_STATE_CLOSED, enums_pb2.WINDOW_STATE_PAID_OUT
_PAYERS = tuple(field.name for field in types_pb2.PayerAmounts.DESCRIPTOR.fields)
_NOT_PAYABLE = ("hospital_fen", "commercial_fen", "cash_fen")


class Row(NamedTuple):
    """One row of a window: a payment with positive amounts, a refund with negative ones."""

    row_no: int
    posting: Posting
    amounts_fen: tuple[int, ...]  # in the order of the fields of PayerAmounts


class Sums:
    """The rows of a window added up and digested as they come."""

    def __init__(self) -> None:
        self._totals = [0] * len(_PAYERS)
        self._digest = hashlib.sha256()
        self.payment_count = 0
        self.refund_count = 0

    def add(self, row: Row) -> None:
        """Takes in the next row."""
        posting = row.posting
        self._totals = [total + part for total, part in zip(self._totals, row.amounts_fen, strict=True)]
        self.payment_count += posting.refund_id == 0
        self.refund_count += posting.refund_id != 0
        line = (
            row.row_no,
            posting.posted_at_ms,
            id_text("o", posting.order_id),
            id_text("r", posting.refund_id),
            *row.amounts_fen,
        )
        self._digest.update(("\t".join(map(str, line)) + "\n").encode())

    @property
    def row_count(self) -> int:
        """How many rows were taken in."""
        return self.payment_count + self.refund_count

    @property
    def totals(self) -> types_pb2.PayerAmounts:
        """The sum by payer."""
        return _amounts(tuple(self._totals))

    @property
    def payable_fen(self) -> int:
        """What the bureau owes the institution: what every payer but itself, commercial insurers and cash has paid."""
        totals = dict(zip(_PAYERS, self._totals, strict=True))
        assert totals["total_fen"] == sum(self._totals) - totals["total_fen"], "the payers add up to the total"
        return totals["total_fen"] - sum(totals[name] for name in _NOT_PAYABLE)

    @property
    def digest(self) -> str:
        """SHA-256 over the rows, as the contract lays it down."""
        return self._digest.hexdigest()


def posting_rows(postings: Callable[[Posting | None], list[Posting]]) -> Iterator[Row]:
    """The rows of a window in the order they were posted.

    Args:
        postings: gives the page after a posting, at first after None; an empty page ends it.
    """
    row_no, last = 0, None
    while page := postings(last):
        for posting in page:
            row_no += 1
            sign = -1 if posting.refund_id else 1
            yield Row(row_no, posting, tuple(sign * amount for amount in posting.amounts_fen))
        last = page[-1]


class CloseWindow(Work):
    """The open window of an institution closed; what comes after this batch is in the next one."""

    method = "CloseWindow"
    ends_its_time = True

    def __init__(
        self,
        caller_key: int,
        institution_key: int,
        period: str,
        window_id: int,
        directory: Directory,
        ledger: Ledger,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(caller_key, key, deadline)
        self._institution_key = institution_key
        self._period = period
        self._window_id = window_id
        self._directory = directory
        self._ledger = ledger
        self._institution: InstitutionRow | None = None
        self.locks = frozenset({("institution", institution_key)})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Adds up what carries the window's number, this batch's own postings included."""
        before = self._directory.institution(self._institution_key)
        assert before is not None, "an institution is never deleted"
        same = desk.store.window_of_period(before.institution_key, self._period)
        if same is not None:
            raise Refusal(
                Reason.WINDOW_EXISTS,
                institution_id=before.institution_id,
                period=self._period,
                window_id=id_text("w", same.window_id),
            )
        sums = Sums()
        for row in posting_rows(
            lambda after: desk.store.postings(before.institution_key, before.open_window, after, _PAGE)
        ):
            sums.add(row)
        cut_off_at_ms = desk.found.now_ms + 1  # postings of this batch are before it, and no later batch has its time
        window = WindowRow(
            self._window_id,
            before.institution_key,
            before.open_window,
            self._period,
            _CLOSED,
            before.window_opened_at_ms,
            cut_off_at_ms,
            sums.payment_count,
            sums.refund_count,
            sums.totals.SerializeToString(deterministic=True),
            sums.payable_fen,
            sums.digest,
            0,
            "",
        )
        self._institution = before._replace(open_window=before.open_window + 1, window_opened_at_ms=cut_off_at_ms)
        desk.store.put_window(window)
        desk.store.put_institution(self._institution)
        return pb.CloseWindowResponse(window=window_message(window, self._directory)).SerializeToString()

    def committed(self) -> None:
        """The next batch posts into the next window."""
        assert self._institution is not None
        self._directory.put_institution(self._institution)
        self._ledger.set_window(self._institution.institution_key, self._institution.open_window)


class WindowKey(NamedTuple):
    """How a request names a window: by id, or by an institution and the period it was closed as."""

    window_id: int = 0
    institution_key: int = 0
    period: str = ""


class ReadWindow(Work):
    """A closed window. `only` are the institutions whose windows the caller may know of; None for any."""

    method = "GetWindow"

    def __init__(
        self,
        caller_key: int,
        window: WindowKey,
        only: frozenset[int] | None,
        directory: Directory,
        deadline: float | None,
    ) -> None:
        super().__init__(caller_key, None, deadline)
        self._window = window
        self._only = only
        self._directory = directory

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The window."""
        window = self._window
        if window.window_id:
            row = desk.store.window(window.window_id)
        else:
            row = desk.store.window_of_period(window.institution_key, window.period)
        row = check_known(row, self._only, "window_id" if window.window_id else "period")
        return pb.GetWindowResponse(window=window_message(row, self._directory)).SerializeToString()


class ListWindows(Work):
    """A page of closed windows, newest first."""

    method = "ListWindows"

    def __init__(
        self,
        caller_key: int,
        institution_keys: list[int],
        before_id: int,
        limit: int,
        directory: Directory,
        deadline: float | None,
    ) -> None:
        super().__init__(caller_key, None, deadline)
        self._institution_keys = institution_keys
        self._before_id = before_id
        self._limit = limit
        self._directory = directory

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """The windows."""
        rows = desk.store.windows(self._institution_keys, self._before_id, self._limit + 1)
        page = rows[: self._limit]
        return pb.ListWindowsResponse(
            windows=[window_message(row, self._directory) for row in page],
            next_page_token=id_text("w", page[-1].window_id) if len(rows) > len(page) else "",
        ).SerializeToString()


class ConfirmPayout(Work):
    """A window paid by the bureau, whole."""

    method = "ConfirmPayout"

    def __init__(
        self,
        caller_key: int,
        window_id: int,
        amount_fen: int,
        bank_reference: str,
        paid_at_ms: int,
        directory: Directory,
        key: Key,
        deadline: float | None,
    ) -> None:
        super().__init__(caller_key, key, deadline)
        self._window_id = window_id
        self._amount_fen = amount_fen
        self._bank_reference = bank_reference
        self._paid_at_ms = paid_at_ms
        self._directory = directory
        self.locks = frozenset({("window", window_id)})

    def finish(self, desk: Desk, results: list[Result]) -> bytes:
        """Notes the payment."""
        row = check_known(desk.store.window(self._window_id), None, "window_id")
        if row.state == _PAID_OUT:
            raise Refusal(Reason.WINDOW_ALREADY_PAID, window_id=id_text("w", row.window_id))
        if row.payable_fen != self._amount_fen:
            raise Refusal(
                Reason.PAYOUT_AMOUNT_MISMATCH,
                f"the payout must be {row.payable_fen} fen, not {self._amount_fen}: pay the window's payable_fen",
                field="amount_fen",
                expected_fen=row.payable_fen,
                amount_fen=self._amount_fen,
            )
        row = row._replace(state=_PAID_OUT, paid_at_ms=self._paid_at_ms, bank_reference=self._bank_reference)
        desk.store.put_window(row)
        return pb.ConfirmPayoutResponse(window=window_message(row, self._directory)).SerializeToString()


class Statements:
    """Serves statements of closed windows; each stream reads through a connection of its own."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    async def parts(self, window_id: int, only: frozenset[int] | None) -> AsyncIterator[pb.DownloadStatementResponse]:
        """Header, rows and trailer of a window; `only` as in ReadWindow."""
        reader, in_use = await asyncio.to_thread(self._store.reader), threading.Lock()
        try:
            window = check_known(await asyncio.to_thread(reader.window, window_id), only, "window_id")
            parts = _parts(reader, window, self._directory)
            while page := await asyncio.to_thread(_next_page, parts, in_use):
                for part in page:
                    yield part
        finally:
            with in_use:  # a caller that hung up does not stop the thread that reads the next page
                reader.close()


def check_known(row: WindowRow | None, only: frozenset[int] | None, field: str) -> WindowRow:
    """A window that the caller may know of."""
    if row is None or (only is not None and row.institution_key not in only):
        raise Refusal(Reason.WINDOW_NOT_FOUND, field=field)
    return row


def window_message(row: WindowRow, directory: Directory) -> pb.Window:
    """A window as its institution and the bureau see it."""
    return pb.Window(
        window_id=id_text("w", row.window_id),
        institution_id=directory.institution_id(row.institution_key),
        period=row.period,
        state=row.state,
        opened_at_ms=row.opened_at_ms,
        cut_off_at_ms=row.closed_at_ms,
        payment_count=row.payment_count,
        refund_count=row.refund_count,
        totals=types_pb2.PayerAmounts.FromString(row.totals),
        payable_fen=row.payable_fen,
        digest=row.digest,
        bank_reference=row.bank_reference,
        paid_out_at_ms=row.paid_at_ms,
    )


def _next_page(
    parts: Iterator[pb.DownloadStatementResponse], in_use: threading.Lock
) -> list[pb.DownloadStatementResponse]:
    with in_use:
        return list(itertools.islice(parts, _PAGE))


def _parts(reader: Reader, window: WindowRow, directory: Directory) -> Iterator[pb.DownloadStatementResponse]:
    header = window_message(window._replace(state=_CLOSED, paid_at_ms=0, bank_reference=""), directory)
    for field in ("totals", "payable_fen", "digest"):
        header.ClearField(field)
    yield pb.DownloadStatementResponse(header=pb.StatementHeader(window=header))
    sums = Sums()
    for row in posting_rows(lambda after: reader.postings(window.institution_key, window.window, after, _PAGE)):
        sums.add(row)
        yield pb.DownloadStatementResponse(row=_row_message(row, directory))
    # A window's rows never change once it is closed; a trailer that said otherwise would prove a wrong payout right.
    assert sums.digest == window.digest, "the postings of a closed window are not what they were"
    yield pb.DownloadStatementResponse(
        trailer=pb.StatementTrailer(row_count=sums.row_count, totals=sums.totals, digest=sums.digest)
    )


def _row_message(row: Row, directory: Directory) -> pb.StatementRow:
    posting = row.posting
    bill = payment_service_pb2.CreateOrderRequest.FromString(posting.details)
    return pb.StatementRow(
        row_no=row.row_no,
        posted_at_ms=posting.posted_at_ms,
        order_id=id_text("o", posting.order_id),
        institution_order_no=posting.institution_order_no,
        refund_id=id_text("r", posting.refund_id),
        refund_no=posting.refund_no,
        channel_id=directory.party_id(posting.channel_id),
        settlement_id=id_text("s", posting.order_id),
        visit_id=bill.references.visit_id,
        insured_region_code=f"{posting.insured_region:06d}",
        scheme=posting.scheme,
        service=posting.service,
        service_date=day_text(posting.service_day),
        amounts=_amounts(row.amounts_fen),
    )


def _amounts(amounts_fen: tuple[int, ...]) -> types_pb2.PayerAmounts:
    return types_pb2.PayerAmounts(**dict(zip(_PAYERS, amounts_fen, strict=True)))
