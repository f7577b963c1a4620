"""The items that bills name, in memory: what the store says of them, for as many as there is room for.

Used by the pipeline's thread alone. A work takes what it needs before others may push it out again, asks the store for
the rest in the batch's one query, and gives it here; an import makes the items it changed forgotten once it is durable.
"""

from collections.abc import Iterable

from gateway.catalogue.entries import Entries

ITEMS_MAX = 500_000
_ALIKE_MAX = 50_000


class Catalogue:
    """Entries by region and item, those of items that no catalogue lists included.

    Args:
        items_max: how many items are kept; the ones that came first make room.
    """

    def __init__(self, items_max: int = ITEMS_MAX) -> None:
        self._items_max = items_max
        self._items: dict[str, Entries] = {}
        # Many items have the same entries, and with them one object.
        self._alike: dict[Entries, Entries] = {(): ()}

    def __len__(self) -> int:
        return len(self._items)

    def known(self, region: int, codes: Iterable[str]) -> dict[str, Entries]:
        """What is in memory of these items of a region."""
        items, prefix = self._items, f"{region:06d}"
        return {code: items[key] for code in codes if (key := prefix + code) in items}

    def learn(self, region: int, code: str, entries: Entries) -> None:
        """Keeps what the store says of an item."""
        if len(self._alike) >= _ALIKE_MAX:
            self._alike.clear()
        self._items[f"{region:06d}{code}"] = self._alike.setdefault(entries, entries)
        if len(self._items) > self._items_max:
            del self._items[next(iter(self._items))]

    def forget(self, keys: Iterable[tuple[int, str]]) -> None:
        """Lets go of items whose entries have changed."""
        for region, code in keys:
            self._items.pop(f"{region:06d}{code}", None)
