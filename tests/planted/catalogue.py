"""Bugs around catalogues: which entry holds, what it does to the money, who is refused, and what stays in memory."""

from tests.planted.entry import Bug, Edit

ENTRIES = ("tests/unit/catalogue/test_entries.py",)
ORDERS = ("tests/integration/catalogue/test_orders.py",)
PUTS = ("tests/integration/catalogue/test_entries.py",)
LINES, CACHE = "gateway/catalogue/lines.py", "gateway/catalogue/cache.py"

CATALOGUE = (
    Bug(
        "ended-entry-comes-back",
        "an entry holds again once a later one has ended",
        (
            Edit(
                "gateway/catalogue/entries.py",
                "        if terms.valid_from > day:\n            break\n        begun = terms\n",
                "        if terms.valid_from <= day <= terms.valid_to:\n            begun = terms\n",
            ),
        ),
        ENTRIES,
    ),
    Bug(
        "last-day-is-none",
        "an entry does not hold on its last day",
        (Edit("gateway/catalogue/entries.py", "day <= begun.valid_to", "day < begun.valid_to"),),
        ENTRIES,
    ),
    Bug(
        "withdrawn-entry-hides",
        "a withdrawn entry ends the one before it",
        (Edit("gateway/catalogue/entries.py", " if row.valid_to >= row.valid_from)", ")"),),
        ENTRIES,
    ),
    Bug(
        "line-limit-rounds-down",
        "the price limit of a line is cut to the fen, not rounded",
        (
            Edit(
                LINES, "(unit_fen * quantity_ten_thousandths * 2 + _UNIT)", "(unit_fen * quantity_ten_thousandths * 2)"
            ),
        ),
        ENTRIES,
    ),
    Bug(
        "institutions-word-counts",
        "a listed line is priced by what the institution says",
        (Edit(LINES, "said if said.source == enums_pb2.CLASSIFICATION_SOURCE_CATALOGUE else line", "line"),),
        ORDERS,
    ),
    Bug(
        "limit-needs-no-quantity",
        "a line without a quantity is limited as if there were none of it",
        (Edit(LINES, "        if not line.quantity_ten_thousandths:\n", "        if False:\n"),),
        ORDERS,
    ),
    Bug(
        "cash-orders-refused",
        "the policy refuses lines of orders that no insurance has part in",
        (Edit(LINES, "        if order.kind == KIND_CASH_ONLY:\n", "        if False:\n"),),
        ORDERS,
    ),
    Bug(
        "import-leaves-memory-alone",
        "an import that is durable leaves what is known of its items in memory",
        (
            Edit(
                "gateway/works/rules/catalogue.py",
                "        self._catalogue.forget((row.region, row.item_code) for row in self._rows)",
                "        self._catalogue.forget([])",
            ),
        ),
        ORDERS,
    ),
    Bug(
        "regions-share-an-item",
        "what is in memory of an item is taken for that of another region",
        (Edit(CACHE, '    return f"{region:06d}{code}"', "    return code"),),
        ENTRIES,
    ),
    Bug(
        "change-counts-as-before",
        "an entry with other values is taken for the one that is there",
        (
            Edit(
                "gateway/works/rules/catalogue.py",
                "            if before == row.content:\n",
                "            if before is not None:\n",
            ),
        ),
        PUTS,
    ),
    Bug(
        "oldest-form-stands",
        "of two forms of an entry the first one put stands",
        (
            Edit(
                "gateway/stores/sqlite_batch.py",
                "newest = {row[:3]: row for row in sorted(rows)}",
                "newest = {row[:3]: row for row in sorted(rows, reverse=True)}",
            ),
        ),
        ("tests/contract/test_stores.py",),
    ),
)
