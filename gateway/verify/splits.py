"""Splits computed again: natures from the stored lines, amounts from the policy document that an order names."""

from collections.abc import Callable, Sequence

from core.benefit.rule import CompiledRule
from core.order import Order
from core.plans import Cover, PlanBook
from core.policy import LookupFailed, RuleBook
from core.refunds import kept_split
from core.split import SplitResult, natures, split
from core.words import KIND_CASH_ONLY
from gateway.catalogue.lines import core_lines_of
from gateway.pb.medsettle.v1 import types_pb2
from gateway.verify.report import Report

SPLIT_FIELDS = SplitResult._fields[1:]  # all but the reason; columns of an order have the same names
_NATURES = (
    "total_fen", "full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen", "deductible_base_fen",
)  # fmt: skip


SEATS = ("aid", "insurance")  # by place in core.plans.TENDERS; an order's fields begin so


def covers_of(order: Order, plans: PlanBook) -> list[Cover] | str:
    """The plans that covered an order, with what they had counted and paid before, or why they cannot be told."""
    covers = []
    for seat in SEATS:
        key = getattr(order, f"{seat}_plan_key")
        if not key:
            continue
        plan = plans.kept(key)
        if plan is None:
            return "a plan of it is not in the store"
        counted, paid = (
            [getattr(order, f"{seat}_{what}_before_{part}_fen") for part in range(1, plan.part_count + 1)]
            for what in ("counted", "paid")
        )
        covers.append(Cover(plan, counted, paid))
    return covers


def plans_differ(order: Order, covers: Sequence[Cover]) -> bool:
    """Whether plans, once an order was split with them, add something else than the order recorded."""
    for cover in covers:
        seat = SEATS[cover.plan.seat]
        for what, added in (("counted", cover.counted_fen), ("paid", cover.paid_fen)):
            if any(getattr(order, f"{seat}_{what}_{part}_fen") != fen for part, fen in enumerate(added, 1)):
                return True
    return False


def split_of(
    book: RuleBook, order: Order, purses: Sequence[int], day: int, covers: Sequence[Cover] = ()
) -> SplitResult | str:
    """The split of a priced order by the version that holds on a day, or why there is none.

    Bill, person and accumulators are those recorded with the order; `covers` are its plans (covers_of).
    """
    rule = _rule_of(book, order, day)
    if isinstance(rule, str):
        return rule
    bill = (*(getattr(order, name) for name in _NATURES), order.hospital_borne_fen)
    result = split(rule, bill, _insured_of(order), _usage_of(order), purses, covers=covers)
    return f"its policy gives it no split (reason {result.reason})" if result.reason else result


def kept_split_of(book: RuleBook, order: Order, kept: Sequence[int], stood: SplitResult) -> SplitResult | str:
    """What stands of a paid order for the lines kept (their natures but the total, fen), or why there is none."""
    rule = _rule_of(book, order, order.service_day)
    if isinstance(rule, str):
        return rule
    total_fen, in_scope_fen = sum(kept[:4]), kept[3]
    bill = (total_fen, *kept, min(order.hospital_borne_fen, total_fen - in_scope_fen))
    result = kept_split(rule, bill, _insured_of(order), _usage_of(order), stood)
    return f"its policy gives the lines kept no split (reason {result.reason})" if result.reason else result


def _rule_of(book: RuleBook, order: Order, day: int) -> CompiledRule | str:
    try:
        return book.find(
            f"{order.insured_region:06d}",
            f"{order.treatment_region:06d}",
            order.scheme,
            order.service,
            order.referral,
            day,
        )
    except LookupFailed as failure:
        return f"its policy has no rule for it (reason {failure.reason}: {failure})"


def _insured_of(order: Order) -> tuple[int, ...]:
    return (
        order.person_status,
        order.age,
        order.civil_servant,
        order.assistance,
        order.family_doctor,
        order.level,
        order.stay_number or order.stays_before + 1,
    )


def _usage_of(order: Order) -> tuple[int, ...]:
    return (
        order.deductible_used_before_fen,
        order.in_scope_before_fen,
        order.pooled_paid_before_fen,
        order.major_in_scope_before_fen,
        order.major_paid_before_fen,
    )


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


def check_split(
    order: Order, where: str, report: Report, split_again: Callable[[Order, Sequence[int]], SplitResult | str]
) -> None:
    """The recorded split is what policy and accumulators of the time come to, the account's share taken as given."""
    if order.kind == KIND_CASH_ONLY:
        expected = dict.fromkeys(SPLIT_FIELDS, 0) | {
            "hospital_fen": order.hospital_borne_fen,
            "cash_fen": order.total_fen - order.hospital_borne_fen,
        }
    else:
        again = split_again(order, (order.account_current_fen, order.account_prior_fen, order.family_account_fen))
        if isinstance(again, str):
            report.wrong(where, again)
            return
        expected = again._asdict()
    for name in SPLIT_FIELDS:
        report.same(where, name, getattr(order, name), expected[name], "computed again it is")
    if order.family_account_fen:
        report.must(order.family_person_id not in (0, order.person_id), where, "family money was paid by nobody else")
        report.must(0 <= order.family_prior_fen <= order.family_account_fen, where, "family_prior_fen is out of range")
    report.must(bool(order.use_account) or order.account_fen == 0, where, "the account pays though it was not to")
