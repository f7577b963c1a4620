"""Bugs around a family owner's account: which purse pays, what is held, and what comes back."""

from tests.planted.entry import Bug, Edit

LEDGER = ("tests/unit/core/test_family.py",)
RPCS = ("tests/integration/family",)
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
    Bug(
        "family-owner-not-loaded",
        "the owner's account is not loaded with an order that it paid of",
        (
            Edit(
                "gateway/engine/batch.py",
                "                    needs.persons.add(known.family_person_id)\n",
                "                    pass\n",
            ),
        ),
        RPCS,
    ),
    Bug(
        "family-link-pays-for-anybody",
        "an owner pays for a patient who is not the link's member",
        (Edit("gateway/works/orders.py", "if link.member_person_id != binding.person_id:", "if False:"),),
        RPCS,
    ),
    Bug(
        "family-link-of-another-channel",
        "a channel uses another channel's link",
        (
            Edit(
                "gateway/works/orders.py",
                "link is None or link.channel_key != self.asker.party_key",
                "link is None",
            ),
        ),
        RPCS,
    ),
    Bug(
        "family-link-outlives-its-binding",
        "an owner who was unbound goes on paying",
        (Edit("gateway/works/bindings.py", "                end_family_link(desk, link)\n", "                pass\n"),),
        RPCS,
    ),
    Bug(
        "family-ended-link-pays",
        "a link that was removed after the quote still pays",
        (
            Edit(
                "gateway/works/payments.py",
                "elif link is not None and link.state != enums_pb2.FAMILY_LINK_STATE_ACTIVE:",
                "elif False:",
            ),
        ),
        RPCS,
    ),
)
