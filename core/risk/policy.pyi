"""Types of core.risk.policy."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from core.risk.forest import Forest

class Decision(IntEnum):
    DECISION_APPROVE = 1
    DECISION_REVIEW = 2
    DECISION_HOLD_SETTLEMENT = 3
    DECISION_STEP_UP = 4
    DECISION_WAIT = 5
    DECISION_DECLINE = 6

class Proof(IntEnum):
    PROOF_CODE = 1
    PROOF_FACE = 2
    PROOF_PASSWORD = 4

class Listed(IntEnum):
    LISTED_ALLOW = 1
    LISTED_WATCH = 2
    LISTED_BLOCK = 4
    LISTED_BLOCK_FINAL = 8

class RiskPolicy:
    policy_id: int
    document: dict[str, Any]
    forest: Forest | None
    proof_ms: int
    wait_ms: int
    wait_approves: bool
    def __init__(self, document: dict[str, Any], policy_id: int = ..., forest: Forest | None = ...) -> None: ...
    def verdict(self, row: Sequence[int], listed: int = ...) -> dict[str, int]: ...
    def card_of(self, row: Sequence[int]) -> list[tuple[str, int]]: ...
