"""Bills priced twice: by what priced them, and by a policy that is not yet in force.

An order is taken as the journal has it at its payment: bill, person, and accumulators before it. The draft prices it on
its own service date, or on the nearest day that the draft holds on. What the personal account paid is offered to the
draft again, and no more: the balance of then is not in the journal, and how the person's part falls on account and
cash is no matter of the policy. So the person is one payer here.
"""

import functools
import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import orjson

from core.benefit.rule import LEVEL_NAMES, STATUS_NAMES
from core.cases import Case, CaseError, compute_case, read_case
from core.cases.fields import day_of
from core.order import Order
from core.plans import PlanBook
from core.policy import SERVICES, LookupFailed, RuleBook
from core.rules.versions import Version, clamped, version_of
from gateway.authoring.files import FileUnusable, cases_in, parsed
from gateway.clock import day_text
from gateway.ids import id_text
from gateway.stores.base import PolicyRow, Reader
from gateway.verify.splits import covers_of, split_of

# Who pays, in the order of the tables; the person last: own and family account, and cash.
PAYERS = (
    "pooled", "major", "civil_servant", "assistance", "other_fund", "hospital", "commercial", "person",
)  # fmt: skip
PERSON = PAYERS.index("person")
# In one query. A page is some MB of journal forms at most.
_PAGE = 2_000

Progress = Callable[[int, int], None]  # bills done, bills wanted


class Bill(NamedTuple):
    """One bill priced twice; amounts by PAYERS, None where that policy has no price for it, and why."""

    name: str
    service: str
    level: str
    status: str
    before: tuple[int, ...] | None
    after: tuple[int, ...] | None
    why: str = ""


class Draft:
    """A policy document that is not yet in force.

    Args:
        document: without problems (core.rules.check).
        text: its bytes, which its digest is of.
    """

    def __init__(self, document: dict[str, Any], text: bytes) -> None:
        self.region = int(document["region_code"])
        self.version: Version = version_of(document)
        self.digest = hashlib.sha256(text).hexdigest()
        self.book = RuleBook()
        self.book.put(document)

    def day(self, service_day: int) -> int:
        """The service day, or the nearest one that the draft holds on."""
        return clamped(self.version, service_day)


class InForce(NamedTuple):
    """What a draft is compared with: a region's versions in force, and which documents they are."""

    book: RuleBook
    documents: list[dict[str, str]]


def in_force(rows: Iterable[PolicyRow], region: int) -> InForce:
    """The versions in force after a region's activations, one after another."""
    book, digests = RuleBook(), {}
    for row in rows:
        book.put(orjson.loads(row.document), row.file, row.policy_id)
        digests[row.policy_id] = row.digest
    line = book.line(f"{region:06d}")
    return InForce(book, [document_facts(version, digests[version.policy_id]) for version in line])


def document_facts(version: Version, digest: str) -> dict[str, str]:
    """A version as a report names it."""
    return {
        "policy_version": str(version.document.get("version", "")),
        "effective_from": version.effective_from,
        "effective_to": version.end or "",
        "document_digest": digest,
    }


def bills_of_orders(
    reader: Reader, draft: Draft, count: int, through_seq: int, progress: Progress | None = None
) -> Iterator[Bill]:
    """The region's last payments up to a journal number, the newest first, at most `count`."""
    seq, found, plans = through_seq + 1, 0, PlanBook()
    for row in reader.plans():
        plans.put(orjson.loads(row.document), row.file, row.plan_key)
    while page := reader.paid_orders(seq, _PAGE):
        for _, facts in page:
            order = Order.unpack(facts)
            if order.insured_region != draft.region or not order.policy_id:
                continue
            yield _bill_of_order(order, draft, plans)
            found += 1
            if progress is not None:
                progress(found, count)
            if found == count:
                return
        seq = page[-1][0]


def _bill_of_order(order: Order, draft: Draft, plans: PlanBook) -> Bill:
    facts = (
        id_text("o", order.order_id),
        SERVICES[order.service],
        LEVEL_NAMES[order.level - 1],
        STATUS_NAMES[order.person_status - 1],
    )
    paid = _by_payer(functools.partial(getattr, order), order.account_fen)
    purses = (order.account_current_fen, order.account_prior_fen, order.family_account_fen)
    covers = covers_of(order, plans)
    result = (
        covers if isinstance(covers, str) else split_of(draft.book, order, purses, draft.day(order.service_day), covers)
    )
    if isinstance(result, str):
        return Bill(*facts, paid, None, f"draft: {result}")
    account_fen = result.account_current_fen + result.account_prior_fen
    return Bill(*facts, paid, _by_payer(functools.partial(getattr, result), account_fen))


def _by_payer(fen_of: Callable[[str], int], account_fen: int) -> tuple[int, ...]:
    """The amounts of a split, asked for by their names, in the order of PAYERS; `account_fen` is of both own purses."""
    person_fen = account_fen + fen_of("family_account_fen") + fen_of("cash_fen")
    return (*(fen_of(f"{payer}_fen") for payer in PAYERS[:PERSON]), person_fen)


class CasesUnusable(ValueError):
    """A file of cases that cannot be replayed; one line that says why."""


def read_cases(text: bytes) -> list[Any]:
    """The cases of a file's bytes: a case, a list of them, or {"cases": [...]}.

    Raises:
        CasesUnusable: no JSON, or none of the three.
    """
    try:
        return cases_in(parsed(text, ""), "")[0]
    except FileUnusable as error:
        raise CasesUnusable(str(error)) from error


def bills_of_cases(cases: list[Any], draft: Draft, held: InForce, progress: Progress | None = None) -> Iterator[Bill]:
    """The cases of the draft's region, in their order; a case's rule_override holds under both policies.

    Raises:
        CasesUnusable: a case has a fault; it is named.
    """
    code = f"{draft.region:06d}"
    for number, raw in enumerate(cases, 1):
        name = raw.get("id") if isinstance(raw, dict) else None
        try:
            case = read_case(raw)
        except CaseError as error:
            raise CasesUnusable(f"case {name or number}: {error}") from error
        if case["insured_region"] == code:
            facts = (str(name or number), case["service"], case["institution"]["level"], case["person"]["status"])
            before, after = _priced(raw, held.book), _priced(_moved(raw, case, draft, held.book), draft.book)
            sides = ("draft", after), ("in force", before)
            why = next((f"{side}: {said}" for side, said in sides if isinstance(said, str)), "")
            was, will_be = (None if isinstance(amounts, str) else amounts for amounts in (before, after))
            yield Bill(*facts, was, will_be, why)
        if progress is not None:
            progress(number, len(cases))


def _moved(raw: Case, case: Case, draft: Draft, book: RuleBook) -> Case:
    """A case on a day that the draft holds on, with the accumulators that it has on its own day."""
    service_day = day_of(case["service_date"])
    day = draft.day(service_day)
    if day == service_day:
        return raw
    moved = raw | {"service_date": day_text(day)}
    as_of = case["accumulators"]["as_of"]
    if as_of is None:
        return moved
    try:
        year_day = book.benefit_year_day(case["insured_region"], service_day)
    except LookupFailed:
        year_day = draft.book.benefit_year_day(case["insured_region"], service_day)
    kept = {key: value for key, value in raw["accumulators"].items() if key != "as_of"}
    return moved | {"accumulators": kept if day_of(as_of) >= year_day else {}}


def _priced(case: Case, book: RuleBook) -> tuple[int, ...] | str:
    try:
        split = compute_case(case, book)
    except CaseError as error:
        return str(error)
    return _by_payer(split.__getitem__, split["account_fen"])
