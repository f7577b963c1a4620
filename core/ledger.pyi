"""Types of core.ledger."""

from collections.abc import Iterable
from enum import IntEnum

from core.accounts import AccountCache
from core.order import Order
from core.policy import RuleBook
from core.pricing import Pricer

class CommandKind(IntEnum):
    CREATE = 1
    CLAIM = 2
    QUOTE = 3
    PAY = 4
    CONFIRM_CASH = 5
    CANCEL = 6
    EXPIRE = 7
    REFUND = 8
    RETURN_CASH = 9
    CREDIT = 10
    USE_ELSEWHERE = 11
    READ = 12
    PUT_PERSON = 13

class Command:
    kind: int
    now_ms: int
    order_id: int
    person_id: int
    def __init__(self, kind: int, now_ms: int, **values: object) -> None: ...

class Result:
    reason: int
    event: int
    facts: bytes | None
    order_id: int
    person_id: int
    channel_id: int
    institution_id: int
    window: int

class Ledger:
    accounts: AccountCache
    pricer: Pricer
    def __init__(self, rules: RuleBook, accounts_max: int = ..., orders_max: int = ...) -> None: ...
    def missing_orders(self, order_ids: Iterable[int]) -> list[int]: ...
    def missing_persons(self, person_ids: Iterable[int]) -> list[int]: ...
    def put_order(self, order: Order) -> None: ...
    def put_account(self, row: tuple[int, ...]) -> None: ...
    def order(self, order_id: int) -> Order | None: ...
    def set_policy(self, region: int, policy_id: int) -> None: ...
    def set_window(self, institution_id: int, window: int) -> None: ...
    def apply(self, batch: int, commands: list[Command]) -> list[Result]: ...
    def order_rows(self) -> list[tuple[int, ...]]: ...
    def account_rows(self) -> list[tuple[int, ...]]: ...
    def keep(self) -> None: ...
    def undo(self) -> None: ...
