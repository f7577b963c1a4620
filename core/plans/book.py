"""The plans that are known, by id and service date."""

import datetime
from typing import Any

from core.plans.checking import check
from core.plans.plan import CompiledPlan
from core.rules.checker import Problem

Document = dict[str, Any]

_EPOCH = datetime.date(1970, 1, 1)


class NoPlan(LookupError):
    """No plan of this id, or no version of it on this date; one line."""


class PlanFault(ValueError):
    """A document that is no plan; `problem` is the first thing wrong with it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.file}: {problem.rule} {problem.message}")
        self.problem = problem


class PlanBook:
    """Versions of plans; one with the same id and beginning takes the place of the one before it."""

    def __init__(self) -> None:
        self._versions: dict[str, dict[str, tuple[Document, CompiledPlan]]] = {}
        self._kept: dict[int, CompiledPlan] = {}

    def put(self, document: Document, file: str = "", plan_key: int = 0) -> CompiledPlan:
        """Takes in a version of a plan.

        A version holds from its `effective_from` until before its `effective_to` or the plan's next version.

        Args:
            plan_key: by which orders name it; one with a key is kept for them, whatever takes its place.
        Raises:
            PlanFault: the document has a problem; the book is as before.
        """
        problems = check(document, file)
        if problems:
            raise PlanFault(problems[0])
        misfit = self.misfit(document, file)
        if misfit is not None:
            raise PlanFault(misfit)
        versions = self._versions.setdefault(document["plan_id"], {})
        compiled = CompiledPlan(document)
        compiled.plan_key = plan_key
        if plan_key:
            self._kept[plan_key] = compiled
        versions[document["effective_from"]] = (document, compiled)
        return compiled

    def plan_ids(self) -> list[str]:
        """The ids of the plans, ascending."""
        return sorted(self._versions)

    def documents(self, plan_id: str) -> list[Document]:
        """The versions of a plan by their beginning."""
        versions = self._versions.get(plan_id, {})
        return [versions[start][0] for start in sorted(versions)]

    def misfit(self, document: Document, file: str) -> Problem | None:
        """Why a sound document cannot be a version of its plan: persons' amounts are kept by part and plan year."""
        for other, _ in self._versions.get(document["plan_id"], {}).values():
            for key, said, were in (
                ("tender", document["tender"], other["tender"]),
                ("plan_year_start", document.get("plan_year_start", "01-01"), other.get("plan_year_start", "01-01")),
                ("parts", *(", ".join("+".join(part["counts"]) for part in one["parts"]) for one in (document, other))),
            ):
                if said != were:
                    told = f"is {said}, in the plan's other versions {were}: keep it, or give it another plan_id"
                    return Problem(file, key, told)
        return None

    def kept(self, plan_key: int) -> CompiledPlan | None:
        """The version that orders name by a key, in force or not."""
        return self._kept.get(plan_key)

    def last(self, plan_id: str) -> CompiledPlan | None:
        """The last version of a plan; None for one that nobody has put."""
        versions = self._versions.get(plan_id)
        return versions[max(versions)][1] if versions else None

    def find_on(self, plan_id: str, day: int) -> CompiledPlan | None:
        """The version of a plan that holds on a day (days since 1970-01-01), or None."""
        try:
            return self.find(plan_id, (_EPOCH + datetime.timedelta(days=day)).isoformat())
        except NoPlan:
            return None

    def find(self, plan_id: str, date: str) -> CompiledPlan:
        """The version of a plan that holds on a date (YYYY-MM-DD).

        Raises:
            NoPlan: none does.
        """
        versions = self._versions.get(plan_id)
        if versions is None:
            raise NoPlan(f"no plan is called {plan_id}")
        begun = [start for start in versions if start <= date]
        if not begun:
            raise NoPlan(f"plan {plan_id} begins on {min(versions)}, after {date}")
        document, compiled = versions[max(begun)]
        end = document.get("effective_to")
        if end is not None and date >= end:
            raise NoPlan(f"plan {plan_id} ended before {end}")
        return compiled
