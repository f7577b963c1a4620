"""Types of core.batch."""

from array import array
from collections.abc import Sequence

from core.benefit.rule import CompiledRule

BILL_COLUMNS: tuple[str, ...]
LINE_COLUMNS: tuple[str, ...]
SPLIT_COLUMNS: tuple[str, ...]

def split_batch(rules: Sequence[CompiledRule], bills: array[int], lines: array[int], splits: array[int]) -> int: ...
