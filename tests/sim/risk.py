"""Risk in the simulator: a policy that looks at every payment and stops none."""

import orjson

from gateway.pb.medsettle.v1 import enums_pb2
from gateway.risk.book import digest_of
from gateway.stores.base import Store
from gateway.stores.risk_rows import RiskActivationRow, RiskPolicyRow


def ensure_risk(store: Store) -> None:
    """A risk policy in force from the first start on, which looks at everything and stops nothing; verify decides each
    of its assessments again."""
    if store.risk_policies():
        return
    document = orjson.dumps(
        {
            "schema": "medsettle.risk/1",
            "name": "simulated",
            "version": "1",
            "rules": [
                {
                    "id": "again",
                    "typology": "simulated",
                    "level": "suspected",
                    "stage": "during",
                    "when": [{"feature": "person_count_24h", "op": ">=", "value": 1}],
                    "at_least": "REVIEW",
                    "points": 100,
                    "zh": "再次支付",
                    "en": "paid again",
                }
            ],
            "scorecard": [
                {"feature": "institution_count_1h", "bins": [{"up_to": 2, "points": 0}, {"up_to": None, "points": 7}]}
            ],
            "decisions": [{"bands": [{"from": 0, "decision": "APPROVE"}]}],
            "limits": {
                "proof_minutes": 1,
                "wait_minutes": 1,
                "unanswered": "APPROVE",
                "second_reviewer_fen": 0,
                "change_permille": 1000,
            },
        }
    )
    store.begin()
    store.insert_risk_policy(RiskPolicyRow(1, digest_of(document), document, 0))
    store.insert_risk_activation(RiskActivationRow(1, enums_pb2.RISK_POLICY_ROLE_LIVE, 1, 0, 0, 0))
    store.commit()
