"""Types of core.benefit.natures."""

from typing import NamedTuple

class LineNature(NamedTuple):
    total_fen: int
    full_self_pay_fen: int
    over_limit_fen: int
    class_b_self_pay_fen: int
    in_scope_fen: int
    deductible_base_fen: int

CoreLine = tuple[int, int, int, int, bool]

def natures(lines: list[CoreLine]) -> LineNature: ...
def line_natures(lines: list[CoreLine]) -> list[LineNature]: ...
