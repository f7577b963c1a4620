"""Types of core.plans.plan."""

from collections.abc import Sequence
from typing import Any

class CompiledPlan:
    plan_key: int
    plan_id: str
    tender: str
    document: dict[str, Any]
    year_month: int
    year_day: int
    def __init__(self, document: dict[str, Any]) -> None: ...
    def covers(self, service: int, referral: int, level: int) -> bool: ...
    @property
    def part_count(self) -> int: ...
    @property
    def seat(self) -> int: ...

class Cover:
    plan: CompiledPlan
    def __init__(self, plan: CompiledPlan, counted_fen: Sequence[int], paid_fen: Sequence[int]) -> None: ...
    @property
    def counted_before_fen(self) -> tuple[int, ...]: ...
    @property
    def paid_before_fen(self) -> tuple[int, ...]: ...
    @property
    def counted_fen(self) -> tuple[int, ...]: ...
    @property
    def paid_fen(self) -> tuple[int, ...]: ...
