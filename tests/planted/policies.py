"""Bugs around the versions of a policy: which one prices, and what may put one in force."""

from tests.planted.entry import Bug, Edit

PRICING = ("tests/integration/policies/test_pricing.py",)
ACTIVATION = ("tests/integration/policies/test_activation.py",)
VERSIONS = ("tests/unit/policy/test_versions.py",)
REPLAY = ("tests/unit/policy/test_replay.py",)

POLICIES = (
    Bug(
        "late-cash-by-the-new-version",
        "cash confirmed after expiry is priced by the version in force now, not by the one that priced the order",
        (
            Edit(
                "core/pricing.pyx",
                "order.service, order.referral, order.service_day, order.policy_id)",
                "order.service, order.referral, order.service_day, 0)",
            ),
        ),
        PRICING,
    ),
    Bug(
        "gap-inside-a-file",
        "a rule that ends before its next version begins is let through",
        (Edit("core/rules/periods.py", "longest.end < period.start:", "longest.end > period.end:"),),
        ("tests/unit/policy/test_rules_check.py",),
    ),
    Bug(
        "unpriced-bills-unseen",
        "a draft that leaves bills without a price goes live, whether somebody has seen that or not",
        (
            Edit(
                "gateway/replay/proof.py",
                'if report["unpriced_count"] != replay.accept_unpriced_count:',
                "if replay.accept_unpriced_count < 0:",
            ),
        ),
        ACTIVATION,
    ),
    Bug(
        "elsewhere-counts-to-its-own",
        "what was settled elsewhere fills its service's accumulators, whoever the policy lets it count to",
        (Edit("core/pricing.pyx", "        return packed_groups(rule.rule, service)\n", "        return 0\n"),),
        ("tests/unit/core/test_ledger.py", "tests/integration/policies/test_shared_accumulators.py"),
    ),
    Bug(
        "version-begins-a-day-late",
        "a version does not price the first day that it holds on",
        (Edit("core/rules/versions.py", "        if version.start <= date:", "        if version.start < date:"),),
        VERSIONS,
    ),
    Bug(
        "gap-between-versions",
        "a day without a version between two of them is let through",
        (
            Edit(
                "core/rules/versions.py",
                "if earlier.end is not None and earlier.end != later.start:",
                "if earlier.end is not None and earlier.end > later.start:",
            ),
        ),
        VERSIONS,
    ),
    Bug(
        "digest-believed",
        "whatever digest a request names is taken for that of the gateway's own replay",
        (
            Edit(
                "gateway/replay/proof.py",
                "return proof if proof.digest == replay.digest else proof._replace(refusal=mismatch(region))",
                "return proof",
            ),
        ),
        ACTIVATION,
    ),
    Bug(
        "replay-over-too-little",
        "a replay over one order is as good as one over a hundred",
        (Edit("gateway/replay/proof.py", "ORDERS_MIN = 100 ", "ORDERS_MIN = 1 "),),
        ACTIVATION,
    ),
    Bug(
        "replay-as-old-as-it-likes",
        "a replay of last month still activates",
        (Edit("gateway/replay/proof.py", "_AGE_MAX_MS = 86_400_000", "_AGE_MAX_MS = 86_400_000 * 365"),),
        ACTIVATION,
    ),
    Bug(
        "activation-forgotten-at-a-restart",
        "an activation is in force until the process ends, and in no row",
        (Edit("gateway/works/rules/policies.py", "            desk.store.insert_activation(\n", "            id(\n"),),
        ACTIVATION,
    ),
    Bug(
        "verify-trusts-the-policy-id",
        "verify splits by the version that an order names, whether it was in force or not",
        (Edit("gateway/verify/orders.py", "        policies.check_version(order, steps, where, report)\n", ""),),
        PRICING,
    ),
    Bug(
        "gain-taken-for-loss",
        "a replay counts who pays less among those who pay more",
        (Edit("gateway/replay/report.py", "        if after_fen < before_fen:", "        if after_fen > before_fen:"),),
        REPLAY,
    ),
    Bug(
        "replay-on-the-old-date",
        "a replay prices on the bill's own date, on which the draft may not hold",
        (
            Edit(
                "gateway/replay/bills.py",
                "        return clamped(self.version, service_day)",
                "        return service_day",
            ),
        ),
        REPLAY,
    ),
)
