"""After the morning: windows are closed, proven against statements and books, and paid out; accounts are added up."""

import asyncio
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from gateway.demo import demand
from gateway.demo.people import now_ms, today
from gateway.demo.visit import PAYERS, Books
from gateway.demo.world import World
from gateway.pb.medsettle.v1 import account_service_pb2 as acc
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import settlement_service_pb2 as sett

_AT_ONCE = 16
# Whom the bureau does not pay for: the institution, a commercial insurer and the patient pay it themselves.
_NOT_PAYABLE = ("hospital_fen", "commercial_fen", "cash_fen")


@dataclass
class Cleared:
    """What the windows and accounts say.

    Attributes:
        windows: the paid windows by institution.
        totals: payments less refunds of all windows by payer, in fen.
        row_count: rows of all statements.
        balance_fen: what personal accounts have left free; held_fen: and held.
    """

    windows: dict[str, Any] = field(default_factory=dict)
    totals: Counter[str] = field(default_factory=Counter)
    row_count: int = 0
    balance_fen: int = 0
    held_fen: int = 0

    @property
    def payable_fen(self) -> int:
        """What the bureau paid out."""
        return sum(window.payable_fen for window in self.windows.values())

    @property
    def account_fen(self) -> int:
        """What personal accounts paid."""
        return self.totals["account_current_fen"] + self.totals["account_prior_fen"]


async def clear(world: World, books: Books) -> Cleared:
    """Closes, proves and pays every institution's window.

    Raises:
        DemoFault: a window, its statement and the books of the other parties do not agree.
    """
    cleared = Cleared()
    for institution_id, name in world.institutions.items():
        request = sett.CloseWindowRequest(
            request_id=f"close-{institution_id}", institution_id=institution_id, period=today()
        )  # fmt: skip
        window = (await world.bureau.call("SettlementService/CloseWindow", request)).window
        cleared.row_count += await _prove(world, window)
        for payer in PAYERS:
            told, kept = getattr(window.totals, payer), books.institutions[institution_id][payer]
            demand(told == kept, f"{name}: the window says {payer} {told}, the payments add up to {kept}")
        counts = (books.paid_count[institution_id], books.refund_count[institution_id])
        demand((window.payment_count, window.refund_count) == counts, f"{name}: the window counts {counts} otherwise")
        cleared.windows[institution_id] = await _pay_out(world, window)
        cleared.totals.update({payer: getattr(window.totals, payer) for payer in PAYERS})
    return cleared


async def _prove(world: World, window: Any) -> int:
    """Downloads a statement as the institution and adds it up; gives its number of rows."""
    sums: Counter[str] = Counter()
    digest, row_count, trailer = hashlib.sha256(), 0, None
    request = sett.DownloadStatementRequest(window_id=window.window_id)
    async for part in world.hospital.read("SettlementService/DownloadStatement", request):
        if part.HasField("row"):
            row, row_count = part.row, row_count + 1
            amounts = [getattr(row.amounts, name) for name in ("total_fen", *PAYERS)]
            demand(amounts[0] == sum(amounts[1:]), f"row {row.row_no} of {window.institution_id} does not add up")
            sums.update(dict(zip(PAYERS, amounts[1:], strict=True)))
            fields = (row.row_no, row.posted_at_ms, row.order_id, row.refund_id, *amounts)
            digest.update(("\t".join(map(str, fields)) + "\n").encode())
        elif part.HasField("trailer"):
            trailer = part.trailer
    demand(trailer is not None, f"the statement of {window.institution_id} is not whole")
    assert trailer is not None
    demand(
        row_count == trailer.row_count == window.payment_count + window.refund_count,
        f"the statement of {window.institution_id} has {row_count} rows",
    )
    demand(digest.hexdigest() == trailer.digest == window.digest, f"the digest of {window.institution_id} is another")
    demand(trailer.totals == window.totals, f"trailer and window of {window.institution_id} differ")
    demand(
        all(sums[payer] == getattr(window.totals, payer) for payer in PAYERS),
        f"the statement of {window.institution_id} does not add up to its window",
    )
    return row_count


async def _pay_out(world: World, window: Any) -> Any:
    owed_fen = sum(getattr(window.totals, payer) for payer in PAYERS if payer not in _NOT_PAYABLE)
    demand(window.payable_fen == owed_fen, f"the window of {window.institution_id} owes another sum than its payers")
    request = sett.ConfirmPayoutRequest(
        request_id=f"payout-{window.window_id}", window_id=window.window_id, amount_fen=window.payable_fen,
        bank_reference=f"BANK-{window.institution_id}", paid_at_ms=now_ms(),
    )  # fmt: skip
    paid = (await world.bureau.call("SettlementService/ConfirmPayout", request)).window
    demand(paid.state == e.WINDOW_STATE_PAID_OUT, f"the window of {window.institution_id} is not paid out")
    return paid


async def add_up_accounts(world: World, cleared: Cleared) -> None:
    """Reads every personal account and proves that what came in is there, held, or paid.

    Raises:
        DemoFault: money is missing, or too much.
    """
    waiting = iter(world.persons)

    async def read() -> None:
        for person in waiting:
            number = acc.PersonNumber(region_code=person.region, person_no=person.person_no)
            request = acc.GetAccountRequest(person_number=number)
            account = (await world.bureau.call("AccountService/GetAccount", request)).account
            cleared.balance_fen += account.current_year_fen + account.prior_years_fen
            cleared.held_fen += account.held_fen

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(read())
    kept_fen = cleared.balance_fen + cleared.held_fen + cleared.account_fen
    demand(
        world.credited_fen == kept_fen,
        f"accounts: {world.credited_fen} fen came in, but balances, holds and payments are {kept_fen} fen",
    )
