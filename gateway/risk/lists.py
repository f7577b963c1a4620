"""The lists in memory: who is allowed, watched or blocked, until when."""

from collections.abc import Iterable
from typing import NamedTuple

from core.risk.policy import Listed
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.stores.risk_rows import ListRow

_BITS: dict[int, int] = {
    enums_pb2.RISK_LIST_EFFECT_ALLOW: int(Listed.LISTED_ALLOW),
    enums_pb2.RISK_LIST_EFFECT_WATCH: int(Listed.LISTED_WATCH),
    enums_pb2.RISK_LIST_EFFECT_BLOCK: int(Listed.LISTED_BLOCK),
    enums_pb2.RISK_LIST_EFFECT_BLOCK_FINAL: int(Listed.LISTED_BLOCK_FINAL),
}
_NEVER_MS = 1 << 62
PAGE = 10_000


class Hit(NamedTuple):
    """What the lists say of a payment: Listed bits, and how many watch entries name somebody of it."""

    listed: int
    watched: int


class RiskLists:
    """All entries. One is looked up in a fraction of a microsecond; a million take some 150 MB."""

    def __init__(self) -> None:
        self._tables: dict[tuple[int, int], dict[int, int]] = {}  # (kind, effect) -> value -> end

    def __len__(self) -> int:
        return sum(map(len, self._tables.values()))

    def put(self, rows: Iterable[ListRow]) -> None:
        """Adds or replaces entries."""
        for row in rows:
            self._tables.setdefault((row.kind, row.effect), {})[row.value] = row.expires_at_ms or _NEVER_MS

    def delete(self, kind: int, value: int, effect: int) -> None:
        """Takes an entry out."""
        self._tables.get((kind, effect), {}).pop(value, None)

    def hit(self, person_id: int, institution_id: int, device: int, network: int, now_ms: int) -> Hit:
        """What they say at a time; 0 names nobody."""
        listed = watched = 0
        if self._tables:
            named = (0, person_id, device, network, institution_id)  # by RiskListKind
            for (kind, effect), entries in self._tables.items():
                if now_ms < entries.get(named[kind], 0):
                    listed |= _BITS[effect]
                    watched += effect == enums_pb2.RISK_LIST_EFFECT_WATCH
        return Hit(listed, watched)
