"""What is printed when the morning is over: named bills, tenders, institutions, balance, latencies, refusals."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.demo.clearing import Cleared
from gateway.demo.client import Measures
from gateway.demo.morning import Story
from gateway.demo.people import CITIES
from gateway.demo.visit import PAYERS, Books
from gateway.demo.world import World
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.wording import yuan

_INSTITUTIONS_SHOWN = 8
_INDENT, _TITLE_WIDTH, _MONEY_WIDTH = 4, 24, 11
_COLUMNS = ("total", "self-paid", "in scope", "deductible", "pooled", "major", "account", "cash")
_PAYER_WORDS = {
    "pooled_fen": "pooled fund", "major_fen": "major illness (second stage)", "civil_servant_fen": "civil servants",
    "assistance_fen": "assistance", "other_fund_fen": "other funds", "hospital_fen": "hospital",
    "account_current_fen": "own account, this year", "account_prior_fen": "own account, earlier years",
    "family_account_fen": "family account", "commercial_fen": "commercial insurance", "cash_fen": "cash",
}  # fmt: skip


class Report(NamedTuple):
    """All there is to tell.

    Attributes:
        crowd: the calls of the crowd, which took crowd_s seconds for payment_count payments.
        refusals: of the whole demo, by reason.
    """

    world: World
    stories: Sequence[Story]
    books: Books
    cleared: Cleared
    crowd: Measures
    crowd_s: float
    payment_count: int
    refusals: dict[str, int]
    verified: str
    seconds: float


def show(console: Console, report: Report) -> None:
    """Prints everything."""
    _show_stories(console, report.stories)
    _show_tenders(console, report.cleared)
    _show_institutions(console, report)
    _show_latencies(console, report)
    _show_balance(console, report)


def _show_stories(console: Console, stories: Sequence[Story]) -> None:
    console.rule("[bold]the named bills: who paid what, and why (yuan)", align="left")
    header = "".join(f"{column:>{_MONEY_WIDTH}}" for column in _COLUMNS)
    console.print(f"    {'':{_TITLE_WIDTH}}{header}", style="dim", highlight=False, soft_wrap=True)
    for number, story in enumerate(stories, 1):
        order = story.order
        cells = "".join(f"{cell:>{_MONEY_WIDTH}}" for cell in _amounts(order))
        console.print(f"[bold]{number:>2}  {story.title:{_TITLE_WIDTH}}[/bold]{cells}", highlight=False, soft_wrap=True)
        place = f"{story.patient.person.label}, at {order.institution_name}; {story.way}"
        for text in (place, _why(order), f"{_state(order)}: {story.words}"):
            if text:
                style = "" if text == place else "dim"
                for wrapped in Text(text, style).wrap(console, console.width - _INDENT):
                    wrapped.rstrip()
                    console.print(" " * _INDENT, wrapped, sep="", highlight=False)


def _amounts(order: Any) -> list[str]:
    natures = order.natures
    outside = natures.full_self_pay_fen + natures.over_limit_fen + natures.class_b_self_pay_fen
    cells = [natures.total_fen, outside, natures.in_scope_fen]
    if not order.HasField("split"):
        return [*map(yuan, cells), *["-"] * 5]
    split = order.split
    cells += [split.deductible_fen, split.pooled_fen, split.major_fen, split.account_fen, split.cash_fen]
    return [yuan(cell) for cell in cells]


def _why(order: Any) -> str:
    """The rule and what it did, in words; empty for an order that nobody paid."""
    if not order.HasField("split"):
        return ""
    split, service = order.split, e.Service.Name(order.service).removeprefix("SERVICE_").lower()
    document = f", {order.policy_document}" if order.policy_document else ""
    rule = f"rule of {CITIES[order.insured_region_code]} {order.policy_version}, {service}{document}"
    used_before_fen = order.accumulators_before.deductible_used_fen
    parts = []
    if split.deductible_fen:
        before = f" ({yuan(used_before_fen)} filled before)" if used_before_fen else ""
        parts.append(f"deductible takes {yuan(split.deductible_fen)}{before}")
    elif used_before_fen:
        parts.append(f"deductible of {yuan(used_before_fen)} is filled")
    above_fen = order.natures.in_scope_fen - split.deductible_fen
    if above_fen > 0:
        parts.append(f"the fund pays {100 * split.pooled_fen / above_fen:.1f} % of {yuan(above_fen)} in scope")
    return f"{rule}: {', '.join(parts)}"


def _state(order: Any) -> str:
    return e.OrderState.Name(order.state).removeprefix("ORDER_STATE_")


def _table(console: Console, title: str, *columns: str) -> Table:
    console.print(f"\n[bold]{title}", highlight=False, soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left", no_wrap=True)
    return table


def _show_tenders(console: Console, cleared: Cleared) -> None:
    table = _table(console, "by tender, payments less refunds", "payer", "yuan", "share")
    total_fen = cleared.totals.total()
    for payer in PAYERS:
        fen = cleared.totals[payer]
        if fen:
            table.add_row(_PAYER_WORDS[payer], yuan(fen), f"{100 * fen / total_fen:.1f} %")
    table.add_section()
    table.add_row("total", yuan(total_fen), "100.0 %")
    console.print(table)


def _show_institutions(console: Console, report: Report) -> None:
    table = _table(
        console,
        "by institution, windows closed and paid out",
        "institution", "payments", "refunds", "total", "of it cash", "paid out by the bureau",
    )  # fmt: skip
    windows = sorted(report.cleared.windows.values(), key=lambda window: -window.totals.total_fen)
    for window in windows[:_INSTITUTIONS_SHOWN]:
        table.add_row(report.world.institutions[window.institution_id], *_window_cells([window]))
    if len(windows) > _INSTITUTIONS_SHOWN:
        rest = windows[_INSTITUTIONS_SHOWN:]
        table.add_row(f"{len(rest)} more", *_window_cells(rest))
    table.add_section()
    table.add_row(f"all {len(windows)}", *_window_cells(windows))
    console.print(table)


def _window_cells(windows: Sequence[Any]) -> list[str]:
    return [
        f"{sum(window.payment_count for window in windows):,}",
        f"{sum(window.refund_count for window in windows):,}",
        yuan(sum(window.totals.total_fen for window in windows)),
        yuan(sum(window.totals.cash_fen for window in windows)),
        yuan(sum(window.payable_fen for window in windows)),
    ]


def _show_latencies(console: Console, report: Report) -> None:
    calls, seconds = report.crowd.call_count, report.crowd_s
    table = _table(
        console,
        f"the crowd: {report.payment_count:,} payments in {seconds:.1f} s: {report.payment_count / seconds:,.0f} "
        f"payments/s, {calls / seconds:,.0f} calls/s",
        "rpc, ms as the caller sees it", "calls", "p50", "p95", "p99", "max",
    )  # fmt: skip
    for method, values in sorted(report.crowd.latencies_ns.items()):
        values = sorted(values)
        at = [values[min(len(values) - 1, len(values) * percent // 100)] for percent in (50, 95, 99, 100)]
        table.add_row(method, f"{len(values):,}", *(f"{ns / 1e6:.1f}" for ns in at))
    console.print(table)


def _show_balance(console: Console, report: Report) -> None:
    cleared, world, books = report.cleared, report.world, report.books
    console.print()
    console.rule("[bold]does it add up", align="left")
    paid_count, refund_count = books.paid_count.total(), books.refund_count.total()
    lines = [
        f"bills:     {paid_count:,} payments less {refund_count:,} refunds = {yuan(cleared.totals.total())} = the sum "
        "of what each payer gave",
        f"windows:   {len(cleared.windows)} windows, their {cleared.row_count:,} statement rows and digests, and the "
        "books of hospitals and wallets agree",
        f"accounts:  {yuan(world.credited_fen)} credited = {yuan(cleared.balance_fen)} left + "
        f"{yuan(cleared.held_fen)} held + {yuan(cleared.account_fen)} paid",
        f"bureau:    {yuan(cleared.payable_fen)} paid out; {yuan(cleared.totals['cash_fen'])} is cash of the patients",
        f"repeats:   {books.replays:,} repeated payments were answered as the first time, and paid once",
        "refusals:  " + (", ".join(f"{reason} {count}" for reason, count in sorted(report.refusals.items()))
                         or "none") + " (all of them meant)",
        f"verify:    {report.verified}",
    ]  # fmt: skip
    for text in lines:
        console.print(text, highlight=False, soft_wrap=True)
    console.print(f"[bold green]it all adds up[/bold green], {report.seconds:.0f} s in all", highlight=False)
