"""Values by person and level, as the reference looks them up."""

from typing import Any

from core.reference.numbers import CaseRefused

LEVELS = ("community", "level1", "level2", "level3", "level3_top")


class Reader:
    """Looks up values by person and level."""

    def __init__(self, case: dict[str, Any], as_level: str | None) -> None:
        self.person = case["person"]
        self.level = as_level or case["institution"]["level"]
        self.assisted = self.person.get("assistance", "none") != "none"

    def value(self, table: Any, what: str) -> int:
        """The number for this person at this level, or CaseRefused, which names the table by `what`."""
        if isinstance(table, dict):
            table = self.of_person(table, what)
        if isinstance(table, list):
            if self.level not in LEVELS[: len(table)]:
                raise CaseRefused(f"{what} has no value for level {self.level}")
            table = table[LEVELS.index(self.level)]
        assert isinstance(table, int)
        return table

    def of_person(self, table: dict[str, Any], what: str) -> Any:
        """The entry for the status: of the highest age reached, else without age; students and elders: resident's."""
        status = self.person["status"]
        for name in [status, "resident"] if status in ("student", "elder") else [status]:
            ages = [int(key.split("@")[1]) for key in table if key.startswith(f"{name}@")]
            reached = [age for age in ages if age <= self.person["age"]]
            if reached:
                return table[f"{name}@{max(reached)}"]
            if name in table:
                return table[name]
        raise CaseRefused(f"{what} has no value for status {status}")
