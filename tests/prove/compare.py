"""One bill by both cores: whether the compiled split and its exact twin say the same, to the fen."""

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

from core import reference, rules
from core.cases import CaseError, read_case, settle_case, settle_cases
from core.policy import RuleBook

Object = dict[str, Any]
Settled = tuple[dict[str, int], dict[str, int]]  # the split, and what it adds to the accumulators


class Answers(NamedTuple):
    """What the two cores say of a bill; None where one refuses it."""

    compiled: Settled | None
    twin: Settled | None

    @property
    def differ(self) -> bool:
        return self.compiled != self.twin

    @property
    def kind(self) -> str:
        """How the two differ, so that a failure is not shrunk into another one."""
        if self.compiled is None or self.twin is None:
            return "only one of them refuses it"
        parts = zip(self.compiled, self.twin, strict=True)
        return ", ".join(sorted({name for one, other in parts for name in one if one[name] != other[name]}))


Judge = Callable[[Object, RuleBook, dict[str, Object]], Answers]


def judge(case: Object, book: RuleBook, regions: dict[str, Object]) -> Answers:
    """Splits a case with both cores, by itself and as a batch; what is no case at all is refused by both.

    Where the batch says something else than the compiled core of a single bill, its answer is given.
    """
    try:
        checked = read_case(case)
    except CaseError:
        return Answers(None, None)
    compiled: Settled | None = None
    twin: Settled | None = None
    with contextlib.suppress(CaseError):
        compiled = tuple(settle_case(checked, book))
    with contextlib.suppress(reference.CaseRefused):
        twin = tuple(reference.settle_case(checked, regions))
    if compiled == twin and checked["lines"] is not None and not (checked["rule_override"] or checked["plans"]):
        with contextlib.suppress(CaseError):
            (settled,) = settle_cases([checked], book)
            compiled = settled and tuple(settled)
    return Answers(compiled, twin)


def judge_alone(document: Object, case: Object, by: Judge = judge) -> Answers | None:
    """The same for one policy document; None when its check finds fault with it."""
    if rules.check(document, ""):
        return None
    book = RuleBook()
    book.put(document)
    return by(case, book, {document["region_code"]: document})
