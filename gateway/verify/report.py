"""What a verification finds and how far it is."""

from collections.abc import Callable


class Report:
    """Findings and counts of one verification.

    Args:
        tell: takes one line for each finding; no line holds personal data.
        progress: takes (what is checked, how many are done, how many there are) every now and then.
    """

    def __init__(self, tell: Callable[[str], None], progress: Callable[[str, int, int], None]) -> None:
        self._tell = tell
        self._progress = progress
        self._stage, self._total, self._done = "", 0, 0
        self.finding_count = 0
        self.counts: dict[str, int] = {}
        self.notes: list[str] = []

    def wrong(self, where: str, what: str) -> None:
        """A finding: the thing by its outside id, and what is wrong with it."""
        self.finding_count += 1
        self._tell(f"{where}: {what}")

    def must(self, good: bool, where: str, what: str) -> None:
        """A finding unless the condition holds."""
        if not good:
            self.wrong(where, what)

    def same(self, where: str, name: str, found: object, expected: object, why: str) -> None:
        """A finding unless a value is what it must be."""
        if found != expected:
            self.wrong(where, f"{name} is {found}, {why} {expected}")

    def stage(self, name: str, total: int) -> None:
        """Begins a part of the work."""
        self._stage, self._total, self._done = name, total, 0
        self.counts[name] = total
        self._progress(name, 0, total)

    def step(self) -> None:
        """One thing of the stage is done."""
        self._done += 1
        if self._done % 1000 == 0 or self._done == self._total:
            self._progress(self._stage, self._done, self._total)

    def note(self, text: str) -> None:
        """Something that could not be checked, and why."""
        self.notes.append(text)
