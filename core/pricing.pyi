"""Types of core.pricing."""

from core.order import Order
from core.policy import RuleBook

class Pricer:
    rules: RuleBook
    def __init__(self, rules: RuleBook) -> None: ...

def usage_groups(order: Order) -> tuple[int, int, int]: ...
def counted_groups(packed: int, service: int) -> tuple[int, int, int]: ...
