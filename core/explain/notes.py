"""Notes what each step of a split did."""

from fractions import Fraction
from typing import Any, NamedTuple

from core.explain.origins import Origin

# What is left to be paid. `copay` is all in-scope money that nobody has paid and that is neither deductible nor cut
# off by a ceiling.
LEFT = ("copay", "deductible", "over_cap", "class_b", "over_limit", "full_self")

Fact = int | str | Fraction


class Step(NamedTuple):
    """One step; amounts in fen."""

    kind: str  # of core.explain.words.WORDS
    payer: str  # of PAYERS; empty when nobody pays here
    paid_fen: int
    origin: Origin  # the rule behind it
    facts: dict[str, Fact]  # `_fen` is money, exact where a Fraction; `_share` a share of 1
    left: dict[str, int]  # after it, by LEFT
    used: dict[str, int]  # accumulators after it


class Notes:
    """The money left and the accumulators, and the steps so far.

    Args:
        natures: of the bill, by the names of a case's `amounts`.
        usage: the accumulators before it, those of the plans that cover it included.
        added: what the bill adds, by the names of the accumulators and paths of the case's plans.
    """

    def __init__(self, natures: dict[str, int], usage: dict[str, int], added: dict[str, int]) -> None:
        self.left = dict.fromkeys(LEFT, 0) | {
            "copay": natures["in_scope_fen"],
            "class_b": natures["class_b_self_pay_fen"],
            "over_limit": natures["over_limit_fen"],
            "full_self": natures["full_self_pay_fen"],
        }
        self.used = dict.fromkeys(added, 0) | usage
        self.steps: list[Step] = []
        self._payer = ""
        self._paid_fen = 0

    def move(self, source: str, target: str, amount_fen: int) -> None:
        """Calls a part of the money left by another name."""
        self.left[source] -= amount_fen
        self.left[target] += amount_fen

    def pay(self, payer: str, parts: tuple[str, ...], amount_fen: int) -> None:
        """Takes a payment off the parts in their order, for the next step."""
        self._payer, self._paid_fen = payer, amount_fen
        for part in parts:
            taken = min(self.left[part], amount_fen)
            self.left[part] -= taken
            amount_fen -= taken
        assert amount_fen == 0, "the twin has refused such a case"

    def count(self, name: str, amount_fen: int) -> None:
        """Adds to an accumulator."""
        self.used[name] += amount_fen

    def add(self, kind: str, origin: Origin, **facts: Any) -> None:
        """Ends a step."""
        self.steps.append(Step(kind, self._payer, self._paid_fen, origin, facts, dict(self.left), dict(self.used)))
        self._payer, self._paid_fen = "", 0
