"""Types of core.risk.assessing."""

from typing import Any

from core.risk.policy import RiskPolicy
from core.risk.visits import Histories

ASSESSMENT_COLUMNS: tuple[str, ...]

class Assessor:
    histories: Histories
    live: RiskPolicy | None
    challenger: RiskPolicy | None
    shadow: RiskPolicy | None
    challenger_share: int
    def set_policies(
        self,
        live: RiskPolicy | None = ...,
        challenger: RiskPolicy | None = ...,
        challenger_share: int = ...,
        shadow: RiskPolicy | None = ...,
    ) -> None: ...
    def begin(self, batch: int) -> None: ...
    def rows_of_batch(self) -> list[tuple[Any, ...]]: ...
    def hand_over(self) -> None: ...
    def undo(self) -> None: ...
