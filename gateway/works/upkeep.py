"""What the gateway does of itself: orders whose time has run out, request ids that are 30 days old."""

from core.commands import Command, CommandKind, Result
from gateway.engine.work import Desk, Found, Needs, Work
from gateway.stores.base import Reads

REQUESTS_KEPT_MS = 30 * 86_400_000
_DUE_MAX = 500
_FORGET_MAX = 1_000


class ExpireOrders(Work):
    """Closes or voids what is overdue, a page a time.

    A round goes through all that is overdue: an order that the core cannot end yet stays behind it and is tried again
    in the next round, so that any number of those holds up no other.

    Args:
        after: where the page before ended.
    """

    method = "ExpireOrders"
    takes_refusals = True

    def __init__(self, after: tuple[int, int] = (0, 0)) -> None:
        super().__init__(0)
        self._after = after
        self._due: list[tuple[int, int]] = []
        self.locks = frozenset({"expiry"})

    @property
    def next_page(self) -> "ExpireOrders | None":
        """What to do next when more may be due already."""
        return ExpireOrders(self._due[-1]) if len(self._due) == _DUE_MAX else None

    def prepare(self, store: Reads, needs: Needs, now_ms: int) -> None:
        """The overdue orders."""
        self._due = store.due_orders(now_ms, self._after, _DUE_MAX)
        needs.orders.update(order_id for _, order_id in self._due)

    def commands(self, found: Found) -> list[Command]:
        """An EXPIRE each; one that another work of the batch ended first is refused, and that is that."""
        return [Command(CommandKind.EXPIRE, found.now_ms, order_id=order_id) for _, order_id in self._due]


class ForgetRequests(Work):
    """Deletes request ids past their keep; order, refund and receipt numbers stay unique for good."""

    method = "ForgetRequests"

    def __init__(self) -> None:
        super().__init__(0)
        self._count = 0

    @property
    def page_was_full(self) -> bool:
        """Whether there may be more to forget."""
        return self._count == _FORGET_MAX

    def finish(self, desk: Desk, results: list[Result]) -> None:
        """Deletes a page."""
        self._count = desk.store.forget_requests(desk.found.now_ms - REQUESTS_KEPT_MS, _FORGET_MAX)
