"""The journal as a whole: numbers without gaps, time that never goes back, requests and answers that fit it."""

import sqlite3
from dataclasses import dataclass, field

from core.words import EventKind
from gateway.pb.medsettle.v1 import operator_service_pb2, settlement_service_pb2
from gateway.verify.report import Report
from gateway.verify.source import Row, count

_DESK_METHODS = ("CloseWindow", "ConfirmPayout", "PostCredits", "ActivatePolicy", "PutCatalogue")
_KINDS = frozenset(int(kind) for kind in EventKind)


@dataclass(slots=True)
class Answers:
    """What desk events say of the tables that carry no journal form of their own."""

    closed: dict[str, settlement_service_pb2.Window] = field(default_factory=dict)  # by window id
    paid_out: dict[str, settlement_service_pb2.Window] = field(default_factory=dict)
    posted_fen: dict[int, int] = field(default_factory=dict)  # credits by batch
    # By region and batch, the documents that an activation left in force and when each was activated last.
    activated: dict[tuple[int, int], dict[str, int]] = field(default_factory=dict)
    catalogue_puts: dict[int, int] = field(default_factory=dict)  # forms of catalogue entries by batch


def check_journal(db: sqlite3.Connection, report: Report) -> Answers:
    """Every event in order; gives what desk events say."""
    answers = Answers()
    report.stage("events", count(db, "events"))
    seq, batch, at_ms = 0, 0, 0
    rows = db.execute(
        "SELECT seq, batch, at_ms, kind, method, order_id,"
        f" iif(method IN ({', '.join('?' * len(_DESK_METHODS))}), facts, NULL) FROM events ORDER BY seq",
        _DESK_METHODS,
    )
    for row in rows:
        event = f"event {row[0]}"
        report.must(row[0] == seq + 1, event, f"follows {seq}: the numbers between are missing")
        report.must(row[1] >= batch, event, f"batch {row[1]} comes after {batch}")
        report.must(row[2] >= at_ms, event, "its time is before that of the event before it")
        report.must(row[1] != batch or row[2] == at_ms, event, f"has another time than its batch {batch}")
        report.must(row[3] in _KINDS, event, f"kind {row[3]} is none")
        report.must((row[3] == EventKind.EVENT_DESK) == (row[5] == 0), event, "kind and order do not fit")
        if row[6] is not None:
            _take_answer(row, answers, event, report)
        seq, batch, at_ms = row[:3]
        report.step()
    report.counts["batches"] = db.execute("SELECT count(DISTINCT batch) FROM events").fetchone()[0]
    _check_requests(db, report)
    return answers


def _take_answer(row: Row, answers: Answers, event: str, report: Report) -> None:
    try:
        if row[4] == "CloseWindow":
            closed = settlement_service_pb2.CloseWindowResponse.FromString(row[6]).window
            answers.closed[closed.window_id] = closed
        elif row[4] == "ConfirmPayout":
            paid = settlement_service_pb2.ConfirmPayoutResponse.FromString(row[6]).window
            report.must(paid.window_id not in answers.paid_out, event, "pays a window out again")
            answers.paid_out[paid.window_id] = paid
        elif row[4] == "PostCredits":
            posted_fen = operator_service_pb2.PostCreditsResponse.FromString(row[6]).posted_fen
            answers.posted_fen[row[1]] = answers.posted_fen.get(row[1], 0) + posted_fen
        elif row[4] == "ActivatePolicy":
            activated = operator_service_pb2.ActivatePolicyResponse.FromString(row[6])
            answers.activated[int(activated.region_code), row[1]] = {
                version.document_digest: version.activated_at_ms for version in activated.versions
            }
        elif row[4] == "PutCatalogue":
            counts = operator_service_pb2.PutCatalogueResponse.FromString(row[6]).counts
            put_count = answers.catalogue_puts.get(row[1], 0) + counts.created_count + counts.updated_count
            answers.catalogue_puts[row[1]] = put_count
    except Exception as error:  # damaged bytes fail in the protobuf runtime's own ways
        report.wrong(event, f"its answer cannot be read ({type(error).__name__})")


def _check_requests(db: sqlite3.Connection, report: Report) -> None:
    """A request points at its answer, and no answer has two requests."""
    report.stage("requests", count(db, "requests"))
    rows = db.execute(
        "SELECT r.seq, e.seq IS NULL FROM requests r LEFT JOIN events e ON e.seq = r.seq"
        " WHERE e.seq IS NULL OR e.request_key != r.request_key"
    )
    for seq, missing in rows:
        report.wrong(
            f"event {seq}", "a request points at it, and it is not there" if missing else "it answers another request"
        )
    mark = db.execute("SELECT value FROM meta WHERE name = 'requests_forgotten'").fetchone()
    lost = db.execute(
        "SELECT e.seq FROM events e LEFT JOIN requests r ON r.request_key = e.request_key"
        " WHERE e.request_key != x'' AND e.seq > ? AND r.seq IS NULL",
        (int(mark[0]) if mark else 0,),
    )
    for (seq,) in lost:
        report.wrong(f"event {seq}", "answers a request that is not remembered: asked again, it would be done again")
    for (seq,) in db.execute("SELECT seq FROM requests GROUP BY seq HAVING count(*) > 1"):
        report.wrong(f"event {seq}", "two requests point at it")
