"""Bugs around a family owner's account: which purse pays, what is held, and what comes back."""

from tests.planted.entry import Bug, Edit

LEDGER = ("tests/unit/core/test_family.py",)
SHARE = "core/family/share.pyx"

FAMILY = (
    Bug(
        "family-owner-hold-stays",
        "an owner's hold is not ended when the order is paid or voided",
        (Edit(SHARE, "        owner.held_fen -= order.family_account_fen\n", "        pass\n"),),
        LEDGER,
    ),
    Bug(
        "family-parts-come-back-to-the-wrong-purse",
        "each refund of a part gives this year's money back as if it were the first",
        (Edit(SHARE, " - min(returned_before_fen, current_fen)", ""),),
        LEDGER,
    ),
    Bug(
        "family-owner-pays-for-themself",
        "somebody's own purses are offered a second time as family money",
        (Edit("core/pricing.pyx", "owner == NULL or owner.person_id == person_id", "owner == NULL"),),
        LEDGER,
    ),
)
