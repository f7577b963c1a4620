"""A replay's report for a person: tables, and a chart of who gains and who loses, in a terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.replay.report import CLASSES, EDGES_FEN, GROUPS, Report
from gateway.wording import counted, yuan

_BAR_MAX = 40
_TITLES = {
    "service": "What persons pay, by service",
    "level": "What persons pay, by level of the institution",
    "status": "What persons pay, by status",
    "payer": "What each payer pays",
}
_VERBS = {False: ("gain", "lose"), True: ("pay less", "pay more")}


def show(console: Console, report: Report) -> None:
    """Prints the whole report."""
    draft, person = report["draft"], report["person"]
    console.print(
        f"{named(draft)} of region {report['region_code']}, {period(draft)}, "
        f"against {', '.join(f'{named(held)} {period(held)}' for held in report['in_force']) or 'nothing in force'}",
        soft_wrap=True,
        markup=False,
    )
    same_count = person["bill_count"] - person["less_count"] - person["more_count"]
    console.print(
        f"{counted(person['bill_count'], 'bill')} priced by both: the person gains {yuan(person['less_fen'])} yuan on "
        f"{person['less_count']:,}, loses {yuan(person['more_fen'])} on {person['more_count']:,} and pays the same on "
        f"{same_count:,}",
        soft_wrap=True,
    )
    for unpriced in report["unpriced"]:
        names = ", ".join(unpriced["bills"])
        said = f"no price for {counted(unpriced['bill_count'], 'bill')}: {unpriced['why']} ({names})"
        console.print(said, style="red", markup=False, soft_wrap=True)
    if report["unpriced_count"]:
        bills = counted(report["unpriced_count"], "bill")
        said = f"the draft leaves {bills} without a price: they would be refused (--accept-unpriced)"
        console.print(said, style="red", markup=False, soft_wrap=True)
    if not person["bill_count"]:
        return
    for group in GROUPS:
        rows = report["tables"][group]
        console.print()
        console.print(_TITLES[group], style="bold")
        console.print(table_of(group, rows))
        for row in rows:
            if row["largest_less"] or row["largest_more"]:
                console.print(largest(group, row), style="dim", markup=False, soft_wrap=True)
    console.print()
    console.print("Bills by what changes for the person, in yuan", style="bold")
    for line in chart(report["spread"]):
        console.print(line)


def table_of(group: str, rows: list[dict[str, Any]]) -> Table:
    """One table, in yuan: before, after, and how many bills change each way by how much at most."""
    less, more = _VERBS[group == "payer"]
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(group)
    for heading in ("bills", "before", "after", "change", less, "at most", more, "at most"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row["key"],
            f"{row['bill_count']:,}",
            yuan(row["before_fen"]),
            yuan(row["after_fen"]),
            signed(row["after_fen"] - row["before_fen"]),
            f"{row['less_count']:,}",
            yuan(row["largest_less_fen"]) if row["less_count"] else "",
            f"{row['more_count']:,}",
            yuan(row["largest_more_fen"]) if row["more_count"] else "",
        )
    return table


def largest(group: str, row: dict[str, Any]) -> str:
    """Names the bills that change most, so that somebody can look at them."""
    less, more = ("cuts", "rises") if group == "payer" else ("gains", "losses")
    parts = [
        f"largest {what} {', '.join(names)}"
        for what, names in ((less, row["largest_less"]), (more, row["largest_more"]))
        if names
    ]
    return f"  {row['key']}: {'; '.join(parts)}"


def chart(spread: list[int]) -> list[Text]:
    """One bar a class of change, from those who gain most to those who lose most."""
    longest = max(max(spread), 1)
    total = max(sum(spread), 1)
    lines = []
    for number, count in zip(CLASSES, spread, strict=True):
        bar = "█" * (-(-count * _BAR_MAX // longest))
        colour = "green" if number < 0 else "red" if number > 0 else "dim"
        label = f"{class_name(number):>22} "
        lines.append(Text.assemble(label, (bar, colour), f" {count:,} ({100 * count // total} %)" if count else " 0"))
    return lines


def class_name(number: int) -> str:
    """A class of change in words."""
    if number == 0:
        return "no change"
    verb = "gain" if number < 0 else "lose"
    edges = [0, *(edge_fen // 100 for edge_fen in EDGES_FEN)]
    low = edges[abs(number) - 1]
    if abs(number) == len(edges):
        return f"{verb} over {low:,}"
    return f"{verb} {low:,} to {edges[abs(number)]:,}" if low else f"{verb} up to {edges[1]:,}"


def named(facts: dict[str, str]) -> str:
    """A version as a person calls it."""
    return f"version {facts['policy_version'] or facts['document_digest'][:12]}"


def period(facts: dict[str, str]) -> str:
    """Since when and until when a version holds."""
    since = f"from {facts['effective_from']}" if facts["effective_from"] else "without a beginning"
    return f"{since} to {facts['effective_to']}" if facts["effective_to"] else since


def signed(amount_fen: int) -> str:
    """A change, in yuan with its sign."""
    return ("+" if amount_fen > 0 else "") + yuan(amount_fen)
