"""The policies of a store: each document is the one that was put, and what held when follows from the activations."""

import hashlib
import sqlite3
from bisect import bisect_left
from collections.abc import Sequence

import orjson

from core.order import Order
from core.policy import RuleBook
from core.rules import PolicyError
from core.rules.versions import Version, VersionConflict, placed, version_of, version_on
from core.split import SplitResult
from core.words import KIND_CASH_ONLY, EventKind
from gateway.clock import day_text
from gateway.ids import key_of
from gateway.verify.journal import Answers
from gateway.verify.life import Step
from gateway.verify.report import Report
from gateway.verify.rules.plans import read_plans
from gateway.verify.splits import covers_of, kept_split_of, plans_differ, split_of

_PRICING = (EventKind.EVENT_ORDER_AUTHORIZED, EventKind.EVENT_ORDER_PAID)


class Policies:
    """Every policy document of the store, each as a book of its own, and the versions in force after each activation.

    Attributes:
        books: by policy id; a document that cannot be used is left out.
        plans: every version of every plan.
    """

    def __init__(self, db: sqlite3.Connection, report: Report, answers: Answers) -> None:
        self.plans = read_plans(db, report)
        self.books: dict[int, RuleBook] = {}
        self._versions: dict[int, Version] = {}
        self._lines: dict[int, list[list[Version]]] = {}  # by region: after each activation
        self._batches: dict[int, list[int]] = {}  # by region: of each activation
        starts: dict[int, set[str]] = {}
        rows = db.execute(
            "SELECT policy_id, region, version, document, digest FROM policies ORDER BY put_at_ms"
        ).fetchall()
        report.stage("policies", len(rows))
        for policy_id, region, version, document, digest in rows:
            where = f"policy {version} of region {region:06d}"
            sound = policy_id == key_of(f"{region}|{document.hex()}") and digest == hashlib.sha256(document).hexdigest()
            report.must(sound, where, "the document is not the one published")
            try:
                parsed, book = orjson.loads(document), RuleBook()
                book.put(parsed, where)
            except (ValueError, PolicyError) as error:
                report.wrong(where, f"the document cannot be used: {error}")
                continue
            report.same(where, "region_code", parsed["region_code"], f"{region:06d}", "the row says")
            self.books[policy_id] = book
            self._versions[policy_id] = version_of(parsed, policy_id)
            report.step()
        self._follow(db, report, answers, starts)
        self._one_year = {region for region, of_region in starts.items() if len(of_region) == 1}
        for region in sorted(starts.keys() - self._one_year):
            report.note(f"accumulators of region {region:06d} were not checked: its benefit year has moved")

    def _follow(self, db: sqlite3.Connection, report: Report, answers: Answers, starts: dict[int, set[str]]) -> None:
        """Puts the activated versions in force, one after another."""
        rows = db.execute(
            "SELECT a.region, a.batch, a.policy_id, p.region, p.digest, a.activated_at_ms FROM policy_activations a"
            " LEFT JOIN policies p ON p.policy_id = a.policy_id ORDER BY a.region, a.batch"
        ).fetchall()
        for region, batch, policy_id, documents_region, digest, at_ms in rows:
            where = f"activation of batch {batch} in region {region:06d}"
            report.must(documents_region == region, where, "its document is another region's, or not there")
            told = answers.activated.get((region, batch), {})
            report.must(told.get(digest) == at_ms, where, "the journal does not tell of it")
            version = self._versions.get(policy_id)
            if version is None:
                continue
            lines = self._lines.setdefault(region, [])
            try:
                lines.append(placed(lines[-1] if lines else (), version))
            except VersionConflict as error:
                report.wrong(where, f"it does not fit: {error}")
                continue
            self._batches.setdefault(region, []).append(batch)
            starts.setdefault(region, set()).add(version.document.get("benefit_year_start", "01-01"))

    def year_day(self, region: int, day: int) -> int | None:
        """First day of the benefit year that a day is in; None where no one policy says so."""
        if region not in self._one_year:
            return None
        return self.books[self._lines[region][-1][0].policy_id].benefit_year_day(f"{region:06d}", day)

    def split_again(self, order: Order, purses: Sequence[int]) -> SplitResult | str:
        """The split of a priced order by the version that it names, or why there is none."""
        book = self.books.get(order.policy_id)
        if book is None:
            return "its policy is not in the store"
        covers = covers_of(order, self.plans)
        if isinstance(covers, str):
            return covers
        again = split_of(book, order, purses, order.service_day, covers)
        if not isinstance(again, str) and plans_differ(order, covers):
            return "its plans have counted or paid something else"
        return again

    def kept_again(self, order: Order, kept: Sequence[int], stood: SplitResult) -> SplitResult | str:
        """What stands of a paid order for the lines kept, by the version that it names, or why there is none."""
        book = self.books.get(order.policy_id)
        return "its policy is not in the store" if book is None else kept_split_of(book, order, kept, stood)

    def check_version(self, order: Order, steps: Sequence[Step], where: str, report: Report) -> None:
        """The version that priced an order was the one in force for its service date when it was priced first.

        A late cash confirmation prices again by the version of the first time.
        """
        batch = next((step.batch for step in steps if step.kind in _PRICING), None)
        if batch is None or order.kind == KIND_CASH_ONLY:
            return
        # An activation holds from the batch after its own on.
        count = bisect_left(self._batches.get(order.insured_region, []), batch)
        line = self._lines[order.insured_region][count - 1] if count else ()
        version = version_on(line, day_text(order.service_day))
        expected = version.policy_id if version else None
        report.same(where, "policy_id", order.policy_id, expected, "in force for its service date was then")
