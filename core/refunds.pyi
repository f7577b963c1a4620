"""Types of core.refunds."""

from collections.abc import Sequence

from core.benefit.rule import CompiledRule
from core.order import Order
from core.split import SplitResult

CASH_REFUNDS_MAX: int
CASH_REFUND_DAYS: int

def kept_split(
    rule: CompiledRule,
    natures: Sequence[int],
    insured: Sequence[int],
    usage: Sequence[int],
    stood: Sequence[int],
) -> SplitResult: ...
def standing_split(order: Order) -> SplitResult: ...
