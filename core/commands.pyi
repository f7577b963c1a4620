"""Types of core.commands."""

from enum import IntEnum
from typing import Any

from core.risk.features import Signals

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
    ENROL = 14
    JUDGE = 15
    ASSESS = 16

class Command:
    kind: int
    now_ms: int
    order_id: int
    person_id: int
    signals: Signals | None
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
    usage_groups: int
    assessment: tuple[Any, ...] | None
