"""Types of core.split."""

from collections.abc import Sequence
from typing import NamedTuple

from core.benefit.natures import line_natures as line_natures
from core.benefit.natures import natures as natures
from core.benefit.rule import CompiledRule
from core.plans.plan import Cover

MONEY_MAX_FEN: int

class SplitResult(NamedTuple):
    reason: int
    deductible_fen: int
    pooled_fen: int
    major_fen: int
    civil_servant_fen: int
    assistance_fen: int
    other_fund_fen: int
    hospital_fen: int
    account_current_fen: int
    account_prior_fen: int
    family_account_fen: int
    commercial_fen: int
    cash_fen: int
    used_in_scope_fen: int
    major_counted_fen: int

def split(
    rule: CompiledRule,
    natures: Sequence[int],
    insured: Sequence[int],
    usage: Sequence[int],
    purses: Sequence[int],
    given: Sequence[int] = ...,
    covers: Sequence[Cover] = ...,
) -> SplitResult: ...
