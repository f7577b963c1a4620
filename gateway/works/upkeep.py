"""What the gateway does of itself: orders whose time has run out, request ids that are 30 days old."""

from core.commands import Command, CommandKind, Result
from gateway.stores.base import Store
from gateway.work import Desk, Found, Needs, Work

REQUESTS_KEPT_MS = 30 * 86_400_000
_DUE_MAX = 500
_FORGET_MAX = 5_000


class ExpireOrders(Work):
    """Closes or voids what is overdue, a page a time."""

    method = "ExpireOrders"
    takes_refusals = True

    def __init__(self) -> None:
        super().__init__(0)
        self._order_ids: list[int] = []
        self.locks = frozenset({"expiry"})

    @property
    def page_was_full(self) -> bool:
        """Whether more may be due already."""
        return len(self._order_ids) == _DUE_MAX

    def prepare(self, store: Store, needs: Needs, now_ms: int) -> None:
        """The overdue orders."""
        self._order_ids = store.due_order_ids(now_ms, _DUE_MAX)
        needs.orders.update(self._order_ids)

    def commands(self, found: Found) -> list[Command]:
        """An EXPIRE each; one that another work of the batch ended first is refused, and that is that."""
        return [Command(CommandKind.EXPIRE, found.now_ms, order_id=order_id) for order_id in self._order_ids]


class ForgetRequests(Work):
    """Deletes request ids past their keep; order, refund and receipt numbers stay unique for good."""

    method = "ForgetRequests"

    def __init__(self) -> None:
        super().__init__(0)

    def finish(self, desk: Desk, results: list[Result]) -> None:
        """Deletes a page."""
        desk.store.forget_requests(desk.found.now_ms - REQUESTS_KEPT_MS, _FORGET_MAX)
