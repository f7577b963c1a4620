"""Assessments decided again by the policy that decided them, from the features that were stored."""

import sqlite3

import orjson

from core.risk.features import unpack_features
from core.risk.policy import RiskPolicy
from gateway.errors import Refusal
from gateway.ids import id_text
from gateway.risk.book import compiled
from gateway.stores.risk_rows import AssessmentRow
from gateway.stores.sqlite_reader import SqliteReader
from gateway.verify.report import Report
from gateway.verify.source import count

_SAID = ("decision", "score", "points", "model_points", "rules")


def check_assessments(db: sqlite3.Connection, report: Report) -> None:
    """Every assessment is of an order, and comes to the same decision, score and rules again."""
    report.stage("assessments", count(db, "assessments"))
    reader = SqliteReader(db)
    policies = _policies(reader, report)
    last = 0
    rows = db.execute(
        "SELECT a.*, o.order_id FROM assessments a LEFT JOIN orders o ON o.order_id = a.order_id"
        " ORDER BY a.assessment_id"
    )
    for row in rows:
        found, order_id = AssessmentRow(*row[:-1]), row[-1]
        where = f"assessment {id_text('a', found.assessment_id)}"
        report.must(order_id is not None, where, "is of no order")
        report.must(found.at_ms >= last, where, "was made before the one before it")
        last = found.at_ms
        policy = policies.get(found.policy_id)
        if policy is None:
            report.wrong(where, "is of no policy that is there")
            continue
        try:
            verdict = policy.verdict(unpack_features(found.features), found.listed)
        except ValueError as error:
            report.wrong(where, f"its features cannot be read: {error}")
            continue
        for name in _SAID:
            report.same(where, name, getattr(found, name), verdict[name], "its features and its policy say")
        report.step()


def _policies(reader: SqliteReader, report: Report) -> dict[int, RiskPolicy]:
    found = {}
    for row in reader.risk_policies():
        try:
            found[row.risk_policy_id], _ = compiled(reader, orjson.loads(row.document), row.risk_policy_id)
        except (Refusal, orjson.JSONDecodeError) as error:
            report.wrong(f"risk policy {id_text('k', row.risk_policy_id)}", f"cannot be used: {error}")
    return found
