"""Bugs in what comes back of a paid order."""

from tests.planted.entry import Bug, Edit

PARTS = ("tests/integration/payments/test_refunds.py",)
KEPT = ("tests/unit/split/test_kept.py",)

REFUNDS = (
    Bug(
        "payer-rises-by-a-refund",
        "a refund lets a payer pay more than it stood for",
        (
            Edit(
                "core/refunds.pyx",
                "        if now[payer] > before[payer]:\n",
                "        if now[payer] > before[payer] + 99:\n",
            ),
        ),
        KEPT,
    ),
    Bug(
        "cash-pieces-forgotten",
        "cash that went back in pieces goes back again with the lines",
        (
            Edit(
                "core/refunds.pyx",
                "cdef int64_t cash_fen = order.cash_pieces_fen + back.cash_fen",
                "cdef int64_t cash_fen = max(order.cash_pieces_fen, back.cash_fen)",
            ),
        ),
        PARTS,
    ),
    Bug(
        "kept-lines-begin-the-year",
        "the lines kept are split as if the person had filled nothing of the deductible before",
        (
            Edit(
                "core/pricing.pyx",
                "usage.deductible_used_fen = order.deductible_used_before_fen",
                "usage.deductible_used_fen = 0",
            ),
        ),
        PARTS,
    ),
    Bug(
        "limit-stays-whole",
        "what is left of a line keeps the price limit of the whole line",
        (Edit("gateway/catalogue/returned.py", "if limit_fen != NO_LIMIT and amount_fen:", "if False:"),),
        PARTS,
    ),
    Bug(
        "line-comes-back-twice",
        "what came back of a line may come back again",
        (
            Edit(
                "gateway/catalogue/returned.py",
                "left_fen = line.amount_fen - amounts[line.line_no]",
                "left_fen = line.amount_fen",
            ),
        ),
        PARTS,
    ),
    Bug(
        "pieces-end-the-bill",
        "an order whose cash went back in pieces is refunded, and its bill stays in the accumulators for good",
        (
            Edit(
                "core/refunds.pyx",
                "    if is_nothing(&stands) and order.cash_collected_fen == order.refunded_collected_fen:\n",
                "    if order.refunded_cash_fen == order.cash_fen and stands.pooled_fen == 0:\n",
            ),
        ),
        PARTS,
    ),
    Bug(
        "later-bills-of-any-year",
        "a policy that wants later bills refunded first looks at those before as well",
        (
            Edit(
                "core/order.pyx",
                "        return other.authorized_at_ms > order.authorized_at_ms\n",
                "        return other.authorized_at_ms != order.authorized_at_ms\n",
            ),
        ),
        PARTS,
    ),
    Bug(
        "receipt-returned-too-early",
        "a receipt counts as returned with the first part of its cash",
        (
            Edit(
                "gateway/works/payments.py",
                "if order.refunded_collected_fen - order.refund_cash_pending_fen == order.cash_collected_fen:",
                "if order.refunded_collected_fen:",
            ),
        ),
        PARTS,
    ),
)
