"""What happens to orders, as a stream: the journal read behind the writer."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import NamedTuple

from core.order import Order
from gateway.directory import Directory
from gateway.engine.pipeline import Pipeline
from gateway.engine.work import Outcome
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.reasons import Reason
from gateway.stores.base import PartyRow, Reader, Store
from gateway.works.orders import order_extra

_PAGE = 256
_WAIT_S = 5.0  # a stream that heard nothing looks again, so that a missed wake-up costs seconds and not an event


class Seen(NamedTuple):
    """One event of a stream: the order as the event left it."""

    seq: int
    cursor: str
    at_ms: int
    outcome: Outcome


class Watcher:
    """Serves any number of streams; each reads through a connection of its own."""

    def __init__(self, store: Store, pipeline: Pipeline, directory: Directory) -> None:
        self._store = store
        self._pipeline = pipeline
        self._directory = directory
        self._stopping = False

    def stop(self) -> None:
        """Ends every stream with SHUTTING_DOWN: a stream has no end of its own that a drain could wait for."""
        self._stopping = True
        self._pipeline.wake_watchers()

    async def watch(self, party_key: int, role: int, institution_key: int, cursor: str) -> AsyncIterator[Seen]:
        """Events of the party's orders after a cursor, without end; of one institution's when it is named.

        The bureau and the mesh see every order's. A cursor is the number of an event in the journal.
        """
        seq = _seq_of(cursor)
        channel_id = party_key if role == enums_pb2.ROLE_CHANNEL else 0
        institution_keys = [institution_key] if institution_key else []
        if role == enums_pb2.ROLE_INSTITUTION and not institution_keys:
            institution_keys = [row.institution_key for row in self._directory.institutions(party_key)]
            if not institution_keys:
                raise Refusal(Reason.INSTITUTION_NOT_FOUND)
        reader, in_use = await asyncio.to_thread(self._store.reader), threading.Lock()

        def read() -> list[Seen]:
            with in_use:
                return _read(reader, seq, channel_id, institution_keys)

        party = self._directory.party(party_key)
        assert party is not None
        try:
            while not self._stopping:
                self._check_still_admitted(party)
                newest = self._pipeline.last_seq
                page = await asyncio.to_thread(read)
                for seen in page:
                    seq = seen.seq
                    yield seen
                if len(page) < _PAGE:
                    await self._pipeline.wait_for_news(max(seq, newest), _WAIT_S)
            raise Refusal(Reason.SHUTTING_DOWN)
        finally:
            with in_use:  # a caller that hung up does not stop the thread that reads for it
                reader.close()

    def _check_still_admitted(self, party: PartyRow) -> None:
        """A stream outlives the call's own check by hours: what ends a party's calls ends its streams too."""
        now = self._directory.party(party.party_key)
        if now is None or now.token_hash != party.token_hash:
            raise Refusal(Reason.TOKEN_UNKNOWN)
        if now.suspended:
            raise Refusal(Reason.PARTY_SUSPENDED, party_id=party.party_id)


def _read(reader: Reader, seq: int, channel_id: int, institution_keys: list[int]) -> list[Seen]:
    page = []
    for event, texts in reader.events_after(seq, _PAGE, channel_id=channel_id, institution_keys=institution_keys):
        extra = order_extra(reader, Order.unpack(event.facts))
        outcome = Outcome(event.facts, event.reason, event.kind, texts, extra, replayed=False)
        page.append(Seen(event.seq, f"{event.seq:x}", event.at_ms, outcome))
    return page


def _seq_of(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        seq = int(cursor, 16)
    except ValueError:
        seq = -1
    if not 0 <= seq < 1 << 63:
        raise Refusal(Reason.CURSOR_INVALID, field="cursor")
    return seq
