"""Bugs in explanations: steps that do not add up, and words that tell something else."""

from tests.planted.entry import Bug, Edit

EXPLAIN = ("tests/unit/explain/test_explain.py",)

EXPLAINING = (
    Bug(
        "explanation-is-not-checked",
        "steps that do not add up to the split are told all the same",
        (Edit("core/explain/steps.py", "    if wrong or any(left.values()):", "    if False:"),),
        EXPLAIN,
    ),
    Bug(
        "explained-accumulator-stays",
        "an explanation leaves the pooled fund's accumulator where it was",
        (
            Edit(
                "core/explain/funds.py",
                '    notes.count("pooled_paid_fen", paid)\n    facts',
                "    facts",
            ),
        ),
        EXPLAIN,
    ),
    Bug(
        "chinese-lacks-the-amount",
        "a step in Chinese does not say what is paid",
        (
            Edit(
                "core/explain/words.py",
                '"公务员医疗补助:{base_fen} × {share} = {benefit_fen},{way},支付 {paid_fen}"',
                '"公务员医疗补助:{base_fen} × {share} = {benefit_fen},{way}"',
            ),
        ),
        EXPLAIN,
    ),
    Bug(
        "recorded-split-is-not-compared",
        "an order is explained by what the policy comes to, whatever was recorded",
        (Edit("gateway/explaining.py", "    if wrong:\n", "    if False:\n"),),
        ("tests/integration/test_explain.py",),
    ),
)
