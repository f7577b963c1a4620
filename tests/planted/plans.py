"""Bugs around plans: what they count, how far their ceilings reach, and who pays first."""

from tests.planted.entry import Bug, Edit

PLANS = ("tests/unit/plans/test_plans.py",)
GATEWAY = ("tests/integration/plans/test_plans.py",)
PLAN = "core/plans/plan.pyx"

PAYERS_AFTER = (
    Bug(
        "plan-counts-each-bill-alone",
        "a plan's yearly deductible is taken off every bill",
        (Edit(PLAN, "seat.before.counted_fen[index] if part.by_year else 0", "0"),),
        PLANS,
    ),
    Bug(
        "plan-ceiling-is-one-bills",
        "what a part of a plan paid before is not taken off its ceiling",
        (Edit(PLAN, "part.cap_fen - seat.before.paid_fen[index], 0", "part.cap_fen, 0"),),
        PLANS,
    ),
    Bug(
        "plan-parts-have-a-ceiling-each",
        "each part of a plan may pay up to the ceiling that they share",
        (Edit(PLAN, "        room -= paid\n", ""),),
        PLANS,
    ),
    Bug(
        "plan-pays-excluded-bills",
        "a plan pays at institutions that it leaves out",
        (Edit(PLAN, " or self.plan.levels & 1 << level)", ")"),),
        PLANS,
    ),
    Bug(
        "insurance-pays-before-mutual-aid",
        "the commercial insurance pays first and mutual aid what it leaves",
        (
            Edit(
                "core/split.pyx",
                "        for index in range(SEATS):\n"
                "            if seats[index] != NULL and seats[index].plan != NULL:\n                plan_fen",
                "        for index in range(SEATS - 1, -1, -1):\n"
                "            if seats[index] != NULL and seats[index].plan != NULL:\n                plan_fen",
            ),
        ),
        PLANS,
    ),
    Bug(
        "new-plan-year-goes-on",
        "what a plan has counted in the plan year before counts in the new one",
        (
            Edit(
                "core/cases/plans.py",
                "        usage = [[0] * plan.part_count, [0] * plan.part_count]\n",
                "        pass\n",
            ),
        ),
        PLANS,
    ),
    Bug(
        "void-leaves-the-plan",
        "a void leaves what a plan has counted and paid",
        (
            Edit(
                "core/ledger.pyx",
                "        give_back_plans(order, self.enrolments.get(order.person_id), self.pricer.rules.plans)\n"
                "        order.state = ORDER_VOIDED\n",
                "        order.state = ORDER_VOIDED\n",
            ),
        ),
        GATEWAY,
    ),
    Bug(
        "plan-given-back-twice",
        "a second refund takes an order out of its plan again",
        (Edit("core/plans/enrolment.pyx", "    if not order.plans_given_back:\n", "    if True:\n"),),
        GATEWAY,
    ),
    Bug(
        "start-forgets-plans",
        "a gateway that starts warms up accounts without their persons' plans",
        (
            Edit(
                "gateway/engine/pipeline.py",
                "        for row in self._store.enrolments(known):\n            self._ledger.put_enrolment(row)\n",
                "",
            ),
        ),
        GATEWAY,
    ),
    Bug(
        "quote-ignores-the-plan",
        "another version of a plan between quote and payment goes unseen",
        (Edit("core/pricing.pyx", "    digest = mixed(digest, order.insurance_plan_key)\n", ""),),
        GATEWAY,
    ),
    Bug(
        "plans-are-undone-by-halves",
        "a batch that failed leaves what it did to plans in memory",
        (
            Edit(
                "core/books.pyx",
                "            self.enrolments.pop(person_id, None)\n        self.changed",
                "        self.changed",
            ),
        ),
        ("tests/unit/core/test_ledger.py",),
    ),
    Bug(
        "plan-pays-elsewhere",
        "a version of a plan pays for persons of a region that it does not name",
        (
            Edit(
                "core/pricing.pyx",
                'self.region_code(order.insured_region) not in plan.document["regions"]',
                "False",
            ),
        ),
        GATEWAY,
    ),
)
