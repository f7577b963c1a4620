"""Types of core.plans.enrolment."""

from collections.abc import Sequence

ENROLMENT_COLUMNS: tuple[str, ...]

class Enrolment:
    person_id: int
    plan_id: str
    seat: int
    valid_from: int
    valid_to: int
    year_day: int
    def __init__(self, row: Sequence[int | str]) -> None: ...
    def row(self) -> tuple[int | str, ...]: ...
    def overlaps(self, valid_from: int, valid_to: int) -> bool: ...
