"""The gateway's own replay of a draft, made again from its journal when the draft is to be put in force.

Replay     what a request says was looked at
Proof      what the gateway's own replay says to that: a report, or why there is none that would do
Replays    makes the one out of the other, on a thread beside the pipeline
"""

import asyncio
from typing import NamedTuple

import orjson

from core import rules
from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.replay.bills import (
    CasesUnusable,
    Draft,
    InForce,
    Progress,
    bills_of_cases,
    bills_of_orders,
    in_force,
    read_cases,
)
from gateway.replay.report import Report, canonical, cases_source, digest_of, make_report, orders_source
from gateway.stores.base import Reader, Store, StoreFull
from gateway.wording import counted

ORDERS_MIN = 100  # a replay over fewer has to cover all that there are
ORDERS_MAX = 100_000
CASES_SIZE_MAX = 1 << 20
_AGE_MAX_MS = 86_400_000


class Replay(NamedTuple):
    """A replay that was looked at."""

    digest: str
    order_count: int
    through_seq: int
    cases: bytes
    accept_unpriced_count: int = 0  # bills that somebody has seen to have no price by the draft


class Proof(NamedTuple):
    """The gateway's own replay: its report as bytes, and what it was compared with; or the refusal in its stead."""

    digest: str
    report: bytes
    in_force: tuple[str, ...]  # digests of the documents
    refusal: Refusal | None


def replay_orders(
    reader: Reader, draft: Draft, order_count: int, through_seq: int, progress: Progress | None = None
) -> Report:
    """The report of a replay over a region's last payments."""
    held = in_force(reader.policies_activated(draft.region), draft.region)
    bills = bills_of_orders(reader, draft, order_count, through_seq, progress)
    return make_report(draft, held.documents, orders_source(order_count, through_seq), bills)


def replay_cases(held: InForce, draft: Draft, cases: bytes, progress: Progress | None = None) -> Report:
    """The report of a replay over a file of cases."""
    bills = bills_of_cases(read_cases(cases), draft, held, progress)
    return make_report(draft, held.documents, cases_source(cases), bills)


class Replays:
    """Makes replays beside the pipeline, each through a connection of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def prove(self, region: int, document_digest: str, replay: Replay, now_ms: int) -> Proof:
        """The gateway's own replay of what a request names."""
        return await asyncio.to_thread(self._prove, region, document_digest, replay, now_ms)

    def _prove(self, region: int, document_digest: str, replay: Replay, now_ms: int) -> Proof:
        try:
            reader = self._store.reader()
            try:
                report = _report(reader, region, document_digest, replay, now_ms)
            finally:
                reader.close()
        except Refusal as refusal:
            return Proof("", b"", (), refusal)
        except StoreFull:
            return Proof("", b"", (), Refusal(Reason.STORE_UNAVAILABLE))
        digests = tuple(held["document_digest"] for held in report["in_force"])
        proof = Proof(digest_of(report), canonical(report), digests, None)
        if report["unpriced_count"] != replay.accept_unpriced_count:
            proof = proof._replace(refusal=unpriced(region, report["unpriced_count"], replay.accept_unpriced_count))
        # Last, so that it is told first: a number of another report says nothing.
        return proof if proof.digest == replay.digest else proof._replace(refusal=mismatch(region))


def _report(reader: Reader, region: int, document_digest: str, replay: Replay, now_ms: int) -> Report:
    row = reader.policy_by_digest(region, document_digest)
    if row is None:
        raise not_found(region)
    document = orjson.loads(row.document)
    problems = rules.check(document, row.file)
    if problems:
        raise invalid_document(problems[0])
    draft = Draft(document, row.document)
    if replay.cases:
        try:
            report = replay_cases(in_force(reader.policies_activated(region), region), draft, replay.cases)
        except CasesUnusable as error:
            raise required(region, f"the file of cases cannot be replayed: {error}") from error
        if report["bill_count"] == 0:
            raise required(region, f"no case is of region {region:06d}")
        return report
    if replay.through_seq > reader.last_seq():
        raise mismatch(region)
    went_on_ms = reader.time_after(replay.through_seq)
    if went_on_ms is not None and went_on_ms < now_ms - _AGE_MAX_MS:
        raise required(region, "the replay is older than a day: replay again")
    report = replay_orders(reader, draft, replay.order_count, replay.through_seq)
    # It may have ended before all there are; fewer than it asked for means that there are no more.
    if replay.order_count < ORDERS_MIN and report["bill_count"] == replay.order_count:
        more = bills_of_orders(reader, draft, replay.order_count + 1, replay.through_seq)
        if sum(1 for _ in more) > replay.order_count:
            raise required(region, f"replay the draft over {ORDERS_MIN} orders at least, or all there are")
    return report


def required(region: int, message: str = "the region has a version in force: replay the draft first") -> Refusal:
    """Why a replay does not do."""
    return Refusal(Reason.REPLAY_REQUIRED, message, region_code=f"{region:06d}", orders_min=ORDERS_MIN)


def mismatch(region: int) -> Refusal:
    """Another replay than the gateway's own."""
    return Refusal(
        Reason.REPLAY_MISMATCH,
        "the replay of this document gives another report now: replay again, over the store as it is",
        region_code=f"{region:06d}",
        field="replay.report_digest",
    )


def unpriced(region: int, count: int, accepted_count: int) -> Refusal:
    """Bills that nobody could pay any more, and nobody has said to have seen."""
    return Refusal(
        Reason.BILLS_LEFT_UNPRICED,
        f"the draft has no price for {counted(count, 'bill')} of the replay, accept_unpriced_count "
        f"says {accepted_count:,}: give it the missing rules, or name the number of the report",
        region_code=f"{region:06d}",
        field="accept_unpriced_count",
        unpriced_count=count,
    )


def not_found(region: int) -> Refusal:
    """No such document."""
    code = f"{region:06d}"
    message = f"region {code} has no document with this digest: put it first"
    return Refusal(Reason.POLICY_NOT_FOUND, message, region_code=code, field="document_digest")


def invalid_document(problem: rules.Problem) -> Refusal:
    """A document with a fault."""
    message = f"{problem.file}: {problem.rule} {problem.message}"
    return Refusal(Reason.POLICY_INVALID, message, file=problem.file, rule=problem.rule)
