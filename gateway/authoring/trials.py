"""Cases tried against a policy: does it come to what they expect?"""

from typing import Any, NamedTuple

from core.cases import CaseError, compute_case
from core.policy import RuleBook
from gateway.wording import yuan


class Trial(NamedTuple):
    """One case, and what is wrong with it; nothing when the policy comes to all that it expects."""

    name: str
    faults: list[str]


def try_cases(cases: list[Any], book: RuleBook) -> list[Trial]:
    """Splits each case by the policies of a book and compares with its `expected`."""
    return [Trial(_name(case, index), _faults(case, book)) for index, case in enumerate(cases, 1)]


def _name(case: Any, index: int) -> str:
    name = case.get("id") if isinstance(case, dict) else None
    return str(name) if name else str(index)


def _faults(case: Any, book: RuleBook) -> list[str]:
    expected = case.get("expected") if isinstance(case, dict) else None
    if not isinstance(expected, dict) or not expected:
        return ["expects nothing: write the amounts that are known under expected"]
    try:
        split = compute_case(case, book)
    except CaseError as error:
        return [str(error)]
    unknown = [name for name in expected if name not in split]
    faults = [f"expected.{name}: is no amount of a split: known are {', '.join(split)}" for name in unknown]
    for name, wanted in expected.items():
        if name in split and split[name] != wanted:
            said = yuan(wanted) if type(wanted) is int else repr(wanted)
            faults.append(f"{name} is {yuan(split[name])}, expected {said}")
    return faults
