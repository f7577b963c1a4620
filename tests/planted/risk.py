"""Bugs around risk: what is remembered, what a proof or a case changes, and what is held back."""

from tests.planted.entry import Bug, Edit

RPCS = ("tests/integration/risk",)
TREES = ("tests/unit/risk/test_forest.py",)
VISITS, ANSWERS = "core/risk/visits.pyx", "core/risk/answers.pyx"

RISK = (
    Bug(
        "risk-void-still-counts",
        "an order that was voided is remembered as a payment",
        (Edit(VISITS, "if order.state == ORDER_AUTHORIZED or", "if order.authorized_at_ms or"),),
        RPCS,
    ),
    Bug(
        "risk-run-holds-one-person-twice",
        "two payments of one person are priced on the same account and both held",
        (
            Edit(
                "core/risk/assessing.pyx",
                "        return (command.person_id in",
                "        return False and (command.person_id in",
            ),
        ),
        RPCS,
    ),
    Bug(
        "risk-forgets-nothing-of-a-failed-batch",
        "a person's payments stay in memory when their batch was not committed",
        (
            Edit(
                "core/books.pyx",
                "            self.assessor.histories.forget_person(row[0])\n",
                "            pass\n",
            ),
        ),
        RPCS,
    ),
    Bug(
        "risk-restart-forgets",
        "a start does not read what risk remembers of persons",
        (
            Edit(
                "gateway/engine/pipeline.py",
                "        put_visits(self._ledger, self._store, known, self._now_ms)\n",
                "",
            ),
        ),
        RPCS,
    ),
    Bug(
        "risk-wait-begins-anew",
        "every try to pay opens a case of its own, and the time to wait begins again",
        (Edit(ANSWERS, "if decision == DECISION_WAIT and order.risk_decision == DECISION_WAIT:", "if False:"),),
        RPCS,
    ),
    Bug(
        "risk-any-proof-will-do",
        "a password is taken where the face was asked for",
        (Edit(ANSWERS, "if signals.proof & order.risk_proofs == 0:", "if False:"),),
        RPCS,
    ),
    Bug(
        "risk-proof-never-ends",
        "a proof is taken however late it comes",
        (Edit(ANSWERS, "command.now_ms - order.risk_assessed_at_ms > policy.proof_ms", "False"),),
        RPCS,
    ),
    Bug(
        "risk-held-money-is-cleared",
        "a payment whose settlement is held is paid out all the same",
        (Edit("core/ledger.pyx", "priced.paid_window = 0 if priced.risk_held else ", "priced.paid_window = "),),
        RPCS,
    ),
    Bug(
        "risk-fraud-is-released",
        "a case of fraud releases what was held",
        (Edit(ANSWERS, "if not command.sound or not order.risk_held:", "if not order.risk_held:"),),
        RPCS,
    ),
    Bug(
        "risk-allow-beats-a-final-block",
        "an allow entry lets through what nothing may let through",
        (
            Edit(
                "core/risk/policy.pyx",
                "if listed & LISTED_BLOCK_FINAL or (listed & LISTED_BLOCK",
                "if (listed & LISTED_BLOCK",
            ),
        ),
        RPCS,
    ),
    Bug(
        "risk-entries-never-end",
        "a list entry counts after its end",
        (Edit("gateway/risk/lists.py", "if now_ms < entries.get(named[kind], 0):", "if named[kind] in entries:"),),
        RPCS,
    ),
    Bug(
        "risk-one-reviewer-is-two",
        "the second verdict may be the first reviewer's",
        (Edit("gateway/works/risk/cases.py", "if reviewed.reviewer == before.first_reviewer:", "if False:"),),
        RPCS,
    ),
    Bug(
        "risk-refund-leaves-a-held-part",
        "a part of a held payment is refunded, and the rest is never cleared",
        (Edit("core/ledger.pyx", "if order.risk_held and not may_still_refund(command):", "if False:"),),
        RPCS,
    ),
    Bug(
        "risk-trees-turn-the-other-way",
        "a row that exceeds a threshold loses the leaves on the right",
        (
            Edit(
                "core/risk/forest.pyx",
                'leaves_below(nodes, nodes["left"][node])',
                'leaves_below(nodes, nodes["right"][node])',
            ),
        ),
        TREES,
    ),
)
