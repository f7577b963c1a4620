"""Splits computed again: natures from the stored lines, amounts from the policy document that an order names."""

import sqlite3
from collections.abc import Sequence

import orjson

from core.order import Order
from core.policy import LookupFailed, RuleBook
from core.rules import PolicyError
from core.split import SplitResult, natures, split
from core.words import KIND_CASH_ONLY
from gateway.catalogue.lines import core_lines_of
from gateway.ids import key_of
from gateway.pb.medsettle.v1 import types_pb2
from gateway.verify.report import Report

SPLIT_FIELDS = SplitResult._fields[1:]  # all but the reason; columns of an order have the same names
_NATURES = (
    "total_fen", "full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen", "deductible_base_fen",
)  # fmt: skip


class Policies:
    """Every policy document of the store, each as a book of its own."""

    def __init__(self, db: sqlite3.Connection, report: Report) -> None:
        self.books: dict[int, RuleBook] = {}
        self._starts: dict[int, set[str]] = {}
        rows = db.execute("SELECT policy_id, region, version, document FROM policies ORDER BY put_at_ms").fetchall()
        report.stage("policies", len(rows))
        for policy_id, region, version, document in rows:
            where = f"policy {version} of region {region:06d}"
            report.must(
                policy_id == key_of(f"{region}|{document.hex()}"), where, "the document is not the one published"
            )
            try:
                parsed, book = orjson.loads(document), RuleBook()
                book.put(parsed, where)
            except (ValueError, PolicyError) as error:
                report.wrong(where, f"the document cannot be used: {error}")
                continue
            report.same(where, "region_code", parsed["region_code"], f"{region:06d}", "the row says")
            self.books[policy_id] = book
            self._starts.setdefault(region, set()).add(parsed.get("benefit_year_start", "01-01"))
            report.step()
        for region, starts in self._starts.items():
            if len(starts) > 1:
                report.note(f"accumulators of region {region:06d} were not checked: its benefit year has moved")
        self._newest = {row[1]: self.books[row[0]] for row in rows if row[0] in self.books}

    def year_day(self, region: int, day: int) -> int | None:
        """First day of the benefit year that a day is in; None where no one policy says so."""
        if len(self._starts.get(region, ())) != 1:
            return None
        return self._newest[region].benefit_year_day(f"{region:06d}", day)

    def split_again(self, order: Order, purses: Sequence[int]) -> SplitResult | str:
        """The split of a priced order from what was recorded with it, or why there is none."""
        book = self.books.get(order.policy_id)
        if book is None:
            return "its policy is not in the store"
        try:
            rule = book.find(
                f"{order.insured_region:06d}",
                f"{order.treatment_region:06d}",
                order.scheme,
                order.service,
                order.referral,
                order.service_day,
            )
        except LookupFailed as failure:
            return f"its policy has no rule for it (reason {failure.reason})"
        insured = (
            order.person_status,
            order.age,
            order.civil_servant,
            order.assistance,
            order.family_doctor,
            order.level,
            order.stay_number or order.stays_before + 1,
        )
        usage = (
            order.deductible_used_before_fen,
            order.in_scope_before_fen,
            order.pooled_paid_before_fen,
            order.major_in_scope_before_fen,
            order.major_paid_before_fen,
        )
        bill = (*(getattr(order, name) for name in _NATURES), order.hospital_borne_fen)
        result = split(rule, bill, insured, usage, purses)
        return f"its policy gives it no split (reason {result.reason})" if result.reason else result


def check_natures(order: Order, lines: bytes | None, where: str, report: Report) -> None:
    """The bill by nature is what its lines come to."""
    if lines is None:
        report.wrong(where, "its lines are missing")
        return
    try:
        detail = types_pb2.InstitutionDetail.FromString(lines)
        whole = natures(core_lines_of(detail))
    except Exception as error:  # damaged bytes fail in the protobuf runtime's or the core's own ways
        report.wrong(where, f"its lines cannot be read ({type(error).__name__})")
        return
    for name in _NATURES:
        report.same(where, name, getattr(order, name), getattr(whole, name), "its lines come to")


def check_split(order: Order, where: str, report: Report, policies: Policies) -> None:
    """The recorded split is what policy and accumulators of the time come to, the account's share taken as given."""
    if order.kind == KIND_CASH_ONLY:
        expected = dict.fromkeys(SPLIT_FIELDS, 0) | {
            "hospital_fen": order.hospital_borne_fen,
            "cash_fen": order.total_fen - order.hospital_borne_fen,
        }
    else:
        again = policies.split_again(order, (order.account_current_fen, order.account_prior_fen, 0))
        if isinstance(again, str):
            report.wrong(where, again)
            return
        expected = again._asdict()
    for name in SPLIT_FIELDS:
        report.same(where, name, getattr(order, name), expected[name], "computed again it is")
    report.must(bool(order.use_account) or order.account_fen == 0, where, "the account pays though it was not to")
