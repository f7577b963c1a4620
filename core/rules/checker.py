"""Collects the problems of a policy document; each names the file, the place and the mend."""

import datetime
import difflib
import json
import re
from collections.abc import Collection
from typing import Any, NamedTuple

from core.rules.words import AGE_MAX, MONEY_MAX_FEN, PPM, REMARKS, STAY_MAX

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SHOWN_MAX = 40


class Problem(NamedTuple):
    """One fault of a policy document."""

    file: str  # as the caller named the document
    rule: str  # where, for instance schemes.employee.inpatient[0].ratio.bands[1]
    message: str  # what is wrong and what to do


class Range(NamedTuple):
    """The whole numbers that a key may have."""

    unit: str
    low: int
    high: int


MONEY = Range("fen", 0, MONEY_MAX_FEN)
MONEY_STEP = Range("fen", -MONEY_MAX_FEN, MONEY_MAX_FEN)
SHARE = Range("ppm", 0, PPM)
SHARE_STEP = Range("ppm", -PPM, PPM)
AGE = Range("years", 0, AGE_MAX)
STAY = Range("stays", 2, STAY_MAX)


class EnoughProblems(Exception):
    """A checker has as many problems as it was to collect; the rest of the document is not looked at."""


class Checker:
    """Collects the problems of one document."""

    def __init__(self, file: str, problems_max: int = 0) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.problems_max = problems_max  # 0: no limit
        self._seen: set[Problem] = set()

    def add(self, path: str, message: str) -> None:
        """Takes down a problem, once; raises EnoughProblems with the last that there is room for."""
        problem = Problem(self.file, path or "document", message)
        if problem not in self._seen:
            self._seen.add(problem)
            self.problems.append(problem)
            if len(self.problems) == self.problems_max:
                raise EnoughProblems

    def is_object(self, value: Any, path: str, keys: Collection[str], required: Collection[str] = ()) -> bool:
        """Whether a value is an object; takes down the keys it must not have and those it lacks."""
        if not isinstance(value, dict):
            self.add(path, f"is {shown(value)}: write an object")
            return False
        for key in value:
            if key not in keys and key not in REMARKS:
                self.add(below(path, key), f"is an unknown key: {advice(key, keys)}")
        for key in required:
            if key not in value:
                self.add(below(path, key), "is missing: write it")
        return True

    def is_list(self, value: Any, path: str) -> bool:
        """Whether a value is a list; takes down when not."""
        if isinstance(value, list):
            return True
        self.add(path, f"is {shown(value)}: write a list")
        return False

    def is_whole(self, value: Any, path: str, limits: Range) -> bool:
        """Whether a value is a whole number in its range; true and 1.0 are none."""
        if type(value) is not int:
            self.add(path, f"is {shown(value)}: write a whole number of {limits.unit}")
        elif value < limits.low:
            self.add(path, f"is {value} {limits.unit}: it must not be below {limits.low}")
        elif value > limits.high:
            hundred = " (100 %)" if limits.high == PPM else ""
            self.add(path, f"is {value} {limits.unit}: it must not be over {limits.high}{hundred}")
        else:
            return True
        return False

    def is_one_of(self, value: Any, path: str, words: Collection[str]) -> bool:
        """Whether a value is one of the known words; takes down when not."""
        if isinstance(value, str) and value in words:
            return True
        self.add(path, f"is {shown(value)}: {advice(value, words)}")
        return False

    def are_words(self, value: Any, path: str, words: Collection[str]) -> bool:
        """Whether a value is a list of known words, none twice."""
        if not self.is_list(value, path):
            return False
        good = [self.is_one_of(word, f"{path}[{index}]", words) for index, word in enumerate(value)]
        if all(good) and len(set(value)) != len(value):
            self.add(path, f"is {shown(value)}: name each only once")
        return all(good)

    def is_date(self, value: Any, path: str) -> bool:
        """Whether a value is a date YYYY-MM-DD that the calendar has."""
        if isinstance(value, str) and _DATE.fullmatch(value):
            try:
                datetime.date.fromisoformat(value)
                return True
            except ValueError:
                pass
        self.add(path, f"is {shown(value)}: write a date of the calendar as YYYY-MM-DD")
        return False


def below(path: str, key: str) -> str:
    """The path of a key of the object at a path."""
    key = key if key.isprintable() else json.dumps(key)  # a message is one line
    return f"{path}.{key}" if path else key


def shown(value: Any) -> str:
    """A value as JSON, cut to what fits into a message."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 3] + "..."


def advice(word: Any, words: Collection[str]) -> str:
    """What to write in place of an unknown word."""
    known = sorted(words) if isinstance(words, set | frozenset) else list(words)
    near = difflib.get_close_matches(word, known, n=1) if isinstance(word, str) else []
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
