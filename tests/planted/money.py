"""Bugs in what is paid, by whom, and in what is written down of it."""

from tests.planted.entry import EDGES, LIFE, Bug, Edit

VERIFY = ("tests/integration/test_verify.py",)

MONEY = (
    Bug(
        "cents-lost-in-a-refund",
        "a refund of a mixed purse gives back a fen less",
        (
            Edit(
                "core/pricing.pyx",
                "    account.prior_years_fen += back.account_prior_fen\n    if order.kind",
                "    account.prior_years_fen += back.account_prior_fen - (back.account_prior_fen > 0)\n"
                "    if order.kind",
            ),
        ),
        EDGES,
    ),
    Bug(
        "deductible-not-given-back",
        "a refund leaves the deductible used",
        (
            Edit(
                "core/pricing.pyx",
                "    used_by(order, account, COUNTS_DEDUCTIBLE).deductible_used_fen -= back.deductible_fen\n",
                "",
            ),
        ),
        LIFE,
    ),
    Bug(
        "hold-not-released",
        "a confirmation posts the payment and leaves the money held as well",
        (
            Edit(
                "core/ledger.pyx",
                "            after.held_fen -= order.account_current_fen + order.account_prior_fen\n"
                "            release_share(order, self.owner_to_change(order))\n"
                "            return self.post(command, paid, &after)",
                "            release_share(order, self.owner_to_change(order))\n"
                "            return self.post(command, paid, &after)",
            ),
        ),
        LIFE,
    ),
    Bug(
        "quote-not-compared",
        "a payment goes through at another split than its patient saw",
        (
            Edit(
                "core/ledger.pyx",
                "        if priced.quote_digest != command.quote_digest or priced.cash_fen != command.cash_due_fen:\n",
                "        if priced.cash_fen != command.cash_due_fen:\n",
            ),
        ),
        ("tests/integration/payments", *LIFE),
    ),
    Bug(
        "cash-not-compared",
        "a confirmation takes any amount of cash",
        (
            Edit(
                "core/ledger.pyx",
                "            if command.receipt_fen != order.cash_to_collect_fen:\n"
                "                return refused(CASH_AMOUNT_MISMATCH)\n            # After",
                "            # After",
            ),
        ),
        ("tests/integration/payments", *LIFE),
    ),
    Bug(
        "expired-by-a-millisecond",
        "an order can be paid in the millisecond in which it expires",
        (
            Edit(
                "core/commands.pyx",
                "        return why_not_open(order)\n    if command.now_ms >= order.expires_at_ms:\n",
                "        return why_not_open(order)\n    if command.now_ms > order.expires_at_ms:\n",
            ),
        ),
        EDGES,
    ),
    Bug(
        "refund-in-the-payments-window",
        "a refund is stamped with the window of its payment, which may be closed",
        (
            Edit(
                "core/ledger.pyx",
                "left.refund_window = self.windows.get(order.institution_id, 1)",
                "left.refund_window = order.paid_window",
            ),
        ),
        LIFE,
    ),
    Bug(
        "rounded-down",
        "a payer's benefit is rounded down and not half-up",
        (
            Edit(
                "core/split.pyx",
                "paid = rounded_ppm(counted(burden, counts) * ppm, way)",
                "paid = counted(burden, counts) * ppm // PPM",
            ),
        ),
        ("tests/unit/split",),
    ),
    Bug(
        "refund-posted-the-wrong-way",
        "the journal's entries of a refund have the payment's sign",
        (
            Edit(
                "gateway/postings.py",
                '_entries_of_payers(order, -1, "refunded_")',
                '_entries_of_payers(order, 1, "refunded_")',
            ),
        ),
        VERIFY,
    ),
    Bug(
        "credit-posted-the-wrong-way",
        "the journal's entries of a credit have their sign flipped",
        (
            Edit(
                "gateway/postings.py",
                "person_account(person_id), amount_fen)])\n\n\ndef entries_of_payment",
                "person_account(person_id), -amount_fen)])\n\n\ndef entries_of_payment",
            ),
        ),
        VERIFY,
    ),
    Bug(
        "binding-not-looked-at",
        "a user who was unbound can still pay",
        (
            Edit(
                "gateway/works/payments.py",
                "        if binding.state != enums_pb2.BINDING_STATE_ACTIVE:\n"
                "            refuse_with = Reason.BINDING_NOT_ACTIVE\n"
                "        elif link",
                "        if link",
            ),
        ),
        ("tests/integration/payments", "tests/integration/test_bindings.py", *LIFE),
    ),
)
