"""The books at the end of a load: what its users were told against what the gateway says, order by order, fen by fen.

python -m bench.load.audit CLINIC      asks over the API, writes audit.json into the clinic's folder

Every institution's window is closed, and its statements say which payments and refunds there were. A payment that
somebody was told of and that no statement has is lost, one that is there twice is doubled; the state of every order,
the balance of every person and every sum are compared as well.
"""

import asyncio
import dataclasses
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import uvloop

from bench.load.facts import AUTHORIZED, PAID, REFUNDED, Told, read_facts, split_of
from bench.load.world import HOSPITALS, PHARMACIES, Clinic, load_clinic
from gateway.demo.client import Client, Party, Refused
from gateway.demo.people import CITIES, today
from gateway.demo.visit import PAYERS
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import account_service_pb2 as acc
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay
from gateway.pb.medsettle.v1 import settlement_service_pb2 as sett
from gateway.verify import open_store

_AT_ONCE = 48
_SHOWN_MAX = 200
_ACCOUNT = tuple(PAYERS.index(name) for name in ("account_current_fen", "account_prior_fen"))
_CASH = PAYERS.index("cash_fen")


class Row(NamedTuple):
    """One row of a statement; `refund_id` is empty for a payment."""

    order_id: str
    refund_id: str
    amounts: tuple[int, ...]


class Seen(NamedTuple):
    """An order as the gateway shows it at the end."""

    state: int
    split: tuple[int, ...] | None


@dataclass
class Books:
    """What the gateway says.

    Attributes:
        accounts: (free in both purses, held) by person.
    """

    orders: dict[str, Seen] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    accounts: dict[int, tuple[int, int]] = field(default_factory=dict)


@dataclass
class Audit:
    """What came of it.

    Attributes:
        findings: (kind, what), nothing when all agrees.
        unheard: calls whose answer nobody heard, whatever became of them.
    """

    findings: list[tuple[str, str]]
    orders: int
    states: dict[str, int]
    payments: int
    refunds: int
    paid_fen: int
    by_payer_fen: dict[str, int]
    accounts: int
    credited_fen: int
    left_fen: int
    held_fen: int
    unheard: int
    refusals: dict[str, int]
    notes: dict[str, int]
    seconds: float = 0.0


def compare(told: dict[str, Told], books: Books, credited_fen: dict[int, int]) -> Iterator[tuple[str, str]]:
    """Every difference: (kind, what), by order and by person."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in books.rows:
        rows[row.order_id].append(row)
    for order_id in rows.keys() - told.keys():
        yield "unknown payment", f"order {order_id} is in a statement, and no till made it"
    for order_id, one in told.items():
        for kind, what in _compare_order(one, books.orders.get(order_id), rows[order_id]):
            yield kind, f"order {order_id}: {what}"
    yield from _compare_accounts(told, books, rows, credited_fen)


def _compare_order(told: Told, seen: Seen | None, rows: list[Row]) -> Iterator[tuple[str, str]]:
    if seen is None:
        yield "lost", "it was made, and it is not there"
        return
    payments = [row.amounts for row in rows if not row.refund_id]
    refunds = [row.amounts for row in rows if row.refund_id]
    if len(payments) > 1 or len(refunds) > 1:
        yield "doubled", f"{len(payments)} payments and {len(refunds)} refunds"
    was_paid = bool({PAID, REFUNDED} & told.states)
    if was_paid and not payments:
        yield "lost", "it was told to be paid, and no statement has it"
    if REFUNDED in told.states and not refunds:
        yield "lost", "it was told to be refunded, and no statement has it"
    if bool(payments) != (seen.state in (PAID, REFUNDED)) or bool(refunds) != (seen.state == REFUNDED):
        yield "wrong state", f"{_name(seen.state)} with {len(payments)} payments and {len(refunds)} refunds"
    if seen.state not in told.may_be:
        yield "wrong state", f"its users were told {_name(told.state)}, and it is {_name(seen.state)}"
    if was_paid and told.states & {e.ORDER_STATE_VOIDED, e.ORDER_STATE_CLOSED}:
        yield "wrong state", "somebody was told that it is paid, and somebody that it is not"
    for amounts in [*payments, *([seen.split] if seen.split else [])]:
        if sum(amounts) != told.total_fen:
            yield "wrong sum", f"its payers gave {sum(amounts)} fen for a bill of {told.total_fen}"
        if told.split is not None and amounts != told.split:
            yield "wrong sum", "its payers gave other sums than its patient was told"
    for amounts in refunds:
        if tuple(-fen for fen in amounts) != told.split and told.split is not None:
            yield "wrong sum", "a whole refund gave other sums back than were paid"


def _compare_accounts(
    told: dict[str, Told], books: Books, rows: dict[str, list[Row]], credited_fen: dict[int, int]
) -> Iterator[tuple[str, str]]:
    spent: Counter[int] = Counter()
    held: Counter[int] = Counter()
    for order_id, one in told.items():
        spent[one.person] += sum(row.amounts[payer] for row in rows[order_id] for payer in _ACCOUNT)
        seen = books.orders.get(order_id)
        if seen is not None and seen.state == AUTHORIZED and seen.split is not None:
            held[one.person] += sum(seen.split[payer] for payer in _ACCOUNT)
    for person, credited in credited_fen.items():
        free, holds = books.accounts[person]
        if holds != held[person]:
            yield "account", f"person {person}: {holds} fen are held, {held[person]} by orders that wait for cash"
        if free + holds + spent[person] != credited:
            yield "account", f"person {person}: {credited} fen came in; {free} free, {holds} held, {spent[person]} paid"


def audit_of(told: dict[str, Told], books: Books, credited_fen: dict[int, int]) -> Audit:
    """The comparison, and the sums beside it."""
    payments = [row.amounts for row in books.rows if not row.refund_id]
    by_payer = {name: sum(row.amounts[at] for row in books.rows) for at, name in enumerate(PAYERS)}
    return Audit(
        findings=list(compare(told, books, credited_fen)),
        orders=len(told),
        states=dict(Counter(_name(seen.state) for seen in books.orders.values())),
        payments=len(payments),
        refunds=len(books.rows) - len(payments),
        paid_fen=sum(map(sum, payments)),
        by_payer_fen={name: fen for name, fen in by_payer.items() if fen},
        accounts=len(books.accounts),
        credited_fen=sum(credited_fen.values()),
        left_fen=sum(free for free, _ in books.accounts.values()),
        held_fen=sum(held for _, held in books.accounts.values()),
        unheard=sum(sum((+one.tried).values()) for one in told.values()),
        refusals={},
        notes={},
    )


def _name(state: int) -> str:
    return e.OrderState.Name(state).removeprefix("ORDER_STATE_")


async def ask(clinic: Clinic, told: dict[str, Told]) -> Books:
    """Reads everything over the API."""
    client, books = Client(clinic.address), Books()
    bureau = client.as_party(clinic.tokens["bureau"])
    tills = {party: client.as_party(clinic.tokens[party]) for party in (HOSPITALS, PHARMACIES)}
    try:
        for letter in "HDCPQ":
            party = tills[PHARMACIES if letter in "PQ" else HOSPITALS]
            for region in CITIES:
                books.rows += await _statements(bureau, party, f"{letter}{region}00001")

        async def order(order_id: str) -> None:
            party = tills[PHARMACIES if told[order_id].institution_id[0] in "PQ" else HOSPITALS]
            try:
                got = (await party.call("PaymentService/GetOrder", pay.GetOrderRequest(order_id=order_id))).order
            except Refused as refused:
                if refused.reason == "ORDER_NOT_FOUND":
                    return  # the comparison finds that it is missing
                raise
            books.orders[order_id] = Seen(got.state, split_of(got.split) if got.HasField("split") else None)

        async def account(person: int) -> None:
            region, person_no, *_ = clinic.persons[person]
            number = acc.PersonNumber(region_code=region, person_no=person_no)
            request = acc.GetAccountRequest(person_number=number)
            got = (await bureau.call("AccountService/GetAccount", request)).account
            books.accounts[person] = (got.current_year_fen + got.prior_years_fen, got.held_fen)

        await _each(order, told)
        await _each(account, range(len(clinic.persons)))
    finally:
        await client.close()
    return books


async def _statements(bureau: Party, till: Party, institution_id: str) -> list[Row]:
    period = f"{today()} {time.time_ns()}"[:32]
    close = sett.CloseWindowRequest(request_id=f"close-{institution_id}-{period[11:]}", institution_id=institution_id,
                                    period=period)  # fmt: skip
    await bureau.call("SettlementService/CloseWindow", close)
    windows: list[Any] = []
    token = ""
    while True:
        request = sett.ListWindowsRequest(institution_id=institution_id, page_token=token)
        page = await till.call("SettlementService/ListWindows", request)
        windows += page.windows
        token = page.next_page_token
        if not token:
            break
    rows = []
    for window in windows:
        download = sett.DownloadStatementRequest(window_id=window.window_id)
        async for part in till.read("SettlementService/DownloadStatement", download):
            if part.HasField("row"):
                rows.append(Row(part.row.order_id, part.row.refund_id, split_of(part.row.amounts)))
    return rows


async def _each(do: Callable[[Any], Awaitable[None]], things: Iterable[Any]) -> None:
    waiting = iter(list(things))

    async def some() -> None:
        for thing in waiting:
            await do(thing)

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(some())


def compare_rows(told: dict[str, Told], store: Path) -> Iterator[tuple[str, str]]:
    """The rows of a stopped gateway's store against what its users were told: a second look, past the API."""
    db = open_store(store)
    try:
        yield from compare_orders(told, db)
    finally:
        db.close()


def compare_orders(told: dict[str, Told], db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """The same over a connection."""
    missing = dict(told)
    columns = ", ".join(PAYERS)
    for number, state, total_fen, *amounts in db.execute(f"SELECT order_id, state, total_fen, {columns} FROM orders"):
        order_id = id_text("o", number)
        one = missing.pop(order_id, None)
        if one is None:
            if state in (PAID, REFUNDED):
                yield "unknown payment", f"order {order_id} is paid in the store, and no till made it"
            continue
        if state not in one.may_be:
            yield "wrong state", f"order {order_id}: the store has another state than its users were told"
        if total_fen != one.total_fen:
            yield "wrong sum", f"order {order_id}: the store has a bill of {total_fen} fen, the till {one.total_fen}"
        if state in (PAID, REFUNDED) and one.split is not None and tuple(amounts) != one.split:
            yield "wrong sum", f"order {order_id}: the store has other sums than its patient was told"
    for order_id in missing:
        yield "lost", f"order {order_id} was made, and the store has no row of it"


def add_findings(folder: Path, findings: Iterable[tuple[str, str]]) -> None:
    """Adds what was found after the gateway had stopped to the audit of a folder."""
    audit, more = orjson.loads((folder / "audit.json").read_bytes()), list(findings)
    audit["finding_count"] += len(more)
    audit["findings"] = [*audit["findings"], *more][:_SHOWN_MAX]
    (folder / "audit.json").write_bytes(orjson.dumps(audit))


def main(argv: list[str] | None = None) -> int:
    """Asks, compares, writes audit.json."""
    clinic = load_clinic(Path((argv or sys.argv[1:])[0]))
    began_s = time.perf_counter()
    told, refusals, notes, wrong = read_facts(Path(clinic.folder))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        books = runner.run(ask(clinic, told))
    audit = audit_of(told, books, {at: row[4] for at, row in enumerate(clinic.persons)})
    audit.findings[:0] = [("wrong answer", what) for what in wrong]
    audit.refusals, audit.notes = dict(refusals), dict(notes)
    audit.seconds = round(time.perf_counter() - began_s, 1)
    found = dataclasses.asdict(audit) | {"finding_count": len(audit.findings), "findings": audit.findings[:_SHOWN_MAX]}
    Path(clinic.folder, "audit.json").write_bytes(orjson.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
