"""The items that bills name, in memory: what the store says of them, for as many as there is room for.

Used by the pipeline's thread alone. A work takes what it needs before others may push it out again, asks the store for
the rest in the batch's one query, and gives it here; an import makes the items it changed forgotten once it is durable.

Items are kept in two halves: what is asked for moves to the young one, and once that is full it becomes the old one and
what was old is let go. So what bills name again and again stays, and making room costs nothing by the item. (Taking
the oldest entry out of one dict again and again looks at every place that was left empty before: 100 us and more.)
"""

from collections.abc import Iterable

from gateway.catalogue.entries import Entries

ITEMS_MAX = 500_000
_ALIKE_MAX = 50_000


class Catalogue:
    """Entries by region and item, those of items that no catalogue lists included.

    Args:
        items_max: how many items are kept at most, 2 or more; what was not asked for lately makes room.
    """

    def __init__(self, items_max: int = ITEMS_MAX) -> None:
        assert items_max >= 2, "there are two halves"
        self._half_max = items_max // 2
        self._young: dict[str, Entries] = {}
        self._old: dict[str, Entries] = {}  # no item is in both
        # Many items have the same entries, and with them one object.
        self._alike: dict[Entries, Entries] = {(): ()}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def known(self, region: int, codes: Iterable[str]) -> dict[str, Entries]:
        """What is in memory of these items of a region."""
        found = {}
        for code in codes:
            key = _key(region, code)
            entries = self._young.get(key)
            if entries is None:
                entries = self._old.pop(key, None)
                if entries is None:
                    continue
                self._keep(key, entries)
            found[code] = entries
        return found

    def learn(self, region: int, code: str, entries: Entries) -> None:
        """Keeps what the store says of an item."""
        if len(self._alike) >= _ALIKE_MAX:
            self._alike.clear()
        key = _key(region, code)
        self._old.pop(key, None)
        self._keep(key, self._alike.setdefault(entries, entries))

    def forget(self, keys: Iterable[tuple[int, str]]) -> None:
        """Lets go of items whose entries have changed."""
        for region, code in keys:
            key = _key(region, code)
            self._young.pop(key, None)
            self._old.pop(key, None)

    def _keep(self, key: str, entries: Entries) -> None:
        if len(self._young) >= self._half_max and key not in self._young:
            self._old, self._young = self._young, {}
        self._young[key] = entries


def _key(region: int, code: str) -> str:
    return f"{region:06d}{code}"
