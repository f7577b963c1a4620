"""Checks the parts of one benefit rule: keys, numbers, tables by person and level, bands, deductible, ratio, payers.

Design
    A Checker collects problems; each function checks one kind of part at a path and never raises, whatever JSON it is
    given, so that one run names everything that is wrong. core.rules walks a document and hands the parts over.

Invariants
    A part without problems can be compiled: every key that the compiler reads is there and has its type, every number
    is in its range, bands follow each other, and no table is larger than the compiled arrays.
"""

import datetime
import difflib
import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

PPM = 1_000_000
MONEY_MAX_FEN = 100_000_000_000
AGE_MAX = 150
STAY_MAX = 1000

# What the compiled arrays have room for; core/policy.pxd has the same numbers.
BANDS_MAX = 12
PAID_BANDS_MAX = 4  # year_pooled_paid: more would leave the 128-bit integers in which its edges are exact
PAID_BANDS_OF_FRACTIONS_MAX = 2  # the same where a multiplier leaves fractions of a ppm
LATER_STAYS_MAX = 8
AGES_MAX = 15

LEVELS = ("community", "level1", "level2", "level3", "level3_top")
STATUSES = ("active", "retired", "resident", "student", "elder")
SERVICES = ("outpatient", "inpatient", "pharmacy", "chronic")
NATURES = ("deductible", "copay", "class_b", "over_limit", "full_self")
OWNERS = ("self_current_year", "self", "family")
ASSISTED = ("low_income", "destitute", "registered_poor")
DEDUCTIBLE_KINDS = ("none", "annual", "per_visit", "per_stay")
MEASURES = ("stay_in_scope", "year_in_scope", "year_pooled_paid")
ORDERS = ("standard", "account_first")
EDGES = ("threshold", "zero")

# Remarks for people, allowed wherever an object stands.
REMARKS = frozenset(
    ("note", "notes", "name", "provenance", "document", "effective_from_assumed", "trust", "conflicts", "warning")
)
TERMS = ("deductible", "ratio", "caps", "order", "account", "civil_servant", "assistance")

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PERSON = re.compile(r"([a-z_]+)(?:@(0|[1-9]\d{0,2}))?", re.ASCII)
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


def check_table(checker: Checker, table: Any, path: str, limits: Range) -> None:
    """Checks a value by person and level: a number, a list of one a level, or an object of these by status."""
    if isinstance(table, list):
        check_levels(checker, table, path, limits)
    elif isinstance(table, dict):
        if not table:
            checker.add(path, "is empty: write a value for at least one status")
        for key, value in table.items():
            person = _PERSON.fullmatch(key)
            if person is None or person[1] not in STATUSES or int(person[2] or 0) > AGE_MAX:
                checker.add(
                    below(path, key), f"is an unknown status: write one of {', '.join(STATUSES)}, or status@age"
                )
            if isinstance(value, list):
                check_levels(checker, value, below(path, key), limits)
            else:
                checker.is_whole(value, below(path, key), limits)
    else:
        checker.is_whole(table, path, limits)


def check_levels(checker: Checker, values: list[Any], path: str, limits: Range) -> None:
    """Checks a list of values, one a level."""
    if len(values) != len(LEVELS):
        checker.add(path, f"has {len(values)} values: write {len(LEVELS)}, one a level ({', '.join(LEVELS)})")
    for index, value in enumerate(values):
        checker.is_whole(value, f"{path}[{index}]", limits)


def leaves(table: Any) -> Iterator[tuple[int, int, int]]:
    """Every number of a checked table with the ages it is for: (from, before, number)."""
    if not isinstance(table, dict):
        yield from ((0, AGE_MAX + 1, number) for number in (table if isinstance(table, list) else [table]))
        return
    ages: dict[str, list[int]] = {}
    for key in table:
        status, _, age = key.partition("@")
        ages.setdefault(status, []).append(int(age or 0))
    for key, value in table.items():
        status, _, age = key.partition("@")
        before = min((other for other in ages[status] if other > int(age or 0)), default=AGE_MAX + 1)
        yield from ((int(age or 0), before, number) for number in (value if isinstance(value, list) else [value]))


def check_bands(checker: Checker, bands: Any, path: str) -> bool:
    """Checks bands in themselves and against each other; whether all are sound. Where the first starts is not seen to.

    Bands are in order without gap or overlap, and only the last may be open (`to` null).
    """
    if not checker.is_list(bands, path):
        return False
    found = len(checker.problems)
    if not bands:
        checker.add(path, "is empty: write at least one band")
    if len(bands) > BANDS_MAX:
        checker.add(path, f"has {len(bands)} bands: at most {BANDS_MAX} are possible")
    end: int | None = None  # of the band before, if that is known
    for index, band in enumerate(bands):
        at = f"{path}[{index}]"
        if not checker.is_object(band, at, ("from", "to", "ppm"), ("from", "to", "ppm")):
            end = None
            continue
        if "ppm" in band:
            check_table(checker, band["ppm"], f"{at}.ppm", SHARE)
        start, before, end = band.get("from"), end, None
        start_known = "from" in band and checker.is_whole(start, f"{at}.from", MONEY)
        if start_known and before is not None and start != before:
            wish = "leave no gap" if start > before else "let them not overlap"
            checker.add(at, f"starts at {start} but the band before ends at {before}: {wish}")
        if band.get("to", 0) is None:
            if index + 1 < len(bands):
                checker.add(at, "is open (to is null) but not the last: say where it ends")
        elif "to" in band and checker.is_whole(band["to"], f"{at}.to", MONEY):
            end = band["to"]
            if start_known and end <= start:
                checker.add(at, f"ends at {end}, not after its start {start}: write a larger to")
    return len(checker.problems) == found


def check_deductible(checker: Checker, deductible: Any, path: str) -> None:
    """Checks what the person pays before the fund does."""
    keys = ("kind", "amounts", "later_stays", "reduced_for")
    if not checker.is_object(deductible, path, keys, ("kind",)):
        return
    kind = deductible.get("kind")
    known = "kind" in deductible and checker.is_one_of(kind, f"{path}.kind", DEDUCTIBLE_KINDS)
    if known and kind != "none" and "amounts" not in deductible:
        checker.add(f"{path}.amounts", f"is missing: a deductible of kind {kind} needs it")
    if "amounts" in deductible:
        check_table(checker, deductible["amounts"], f"{path}.amounts", MONEY)
    if deductible.get("later_stays") is not None:
        check_later_stays(checker, deductible["later_stays"], f"{path}.later_stays")
    reduced, at = deductible.get("reduced_for"), f"{path}.reduced_for"
    if reduced is not None and checker.is_object(reduced, at, ("family_doctor",)) and "family_doctor" in reduced:
        checker.is_whole(reduced["family_doctor"], f"{at}.family_doctor", MONEY)


def check_later_stays(checker: Checker, entries: Any, path: str) -> None:
    """Checks the deductible of the second and later stays of a year: in order, each by one way of saying it."""
    if not checker.is_list(entries, path):
        return
    if len(entries) > LATER_STAYS_MAX:
        checker.add(path, f"has {len(entries)} entries: at most {LATER_STAYS_MAX} are possible")
    before = 1
    for index, entry in enumerate(entries):
        at = f"{path}[{index}]"
        keys = ("from_stay", "amounts", "ppm", "step_fen", "step_ppm", "floor")
        if not checker.is_object(entry, at, keys, ("from_stay",)):
            continue
        stay = entry.get("from_stay")
        if "from_stay" in entry and checker.is_whole(stay, f"{at}.from_stay", STAY):
            if stay <= before:
                checker.add(f"{at}.from_stay", f"is {stay} after {before}: put the entries in rising order")
            before = stay
        if not set(entry) & {"amounts", "ppm", "step_fen", "step_ppm"}:
            checker.add(at, "says nothing: write amounts, ppm, step_fen or step_ppm")
        for one, other in (("amounts", "ppm"), ("step_fen", "step_ppm")):
            if one in entry and other in entry:
                checker.add(at, f"has {one} and {other}: write one of them")
        for key, limits in (("amounts", MONEY), ("ppm", SHARE)):
            if key in entry:
                check_table(checker, entry[key], f"{at}.{key}", limits)
        for key, limits in (("step_fen", MONEY_STEP), ("step_ppm", SHARE_STEP), ("floor", MONEY)):
            if key in entry:
                checker.is_whole(entry[key], f"{at}.{key}", limits)


def check_ratio(checker: Checker, ratio: Any, path: str) -> None:
    """Checks the pooled fund's shares, also with the points that age and assistance add."""
    keys = ("bands", "measured_on", "age_points_ppm", "assistance_points_ppm", "max_ppm")
    if not checker.is_object(ratio, path, keys, ("bands",)):
        return
    found = len(checker.problems)
    measure = ratio.get("measured_on")
    if measure is not None:
        checker.is_one_of(measure, f"{path}.measured_on", MEASURES)
    if "max_ppm" in ratio:
        checker.is_whole(ratio["max_ppm"], f"{path}.max_ppm", SHARE)
    if "assistance_points_ppm" in ratio:
        checker.is_whole(ratio["assistance_points_ppm"], f"{path}.assistance_points_ppm", SHARE_STEP)
    if "age_points_ppm" in ratio:
        check_age_points(checker, ratio["age_points_ppm"], f"{path}.age_points_ppm")
    bands = ratio.get("bands")
    if "bands" not in ratio or not check_bands(checker, bands, f"{path}.bands"):
        return
    if bands[0]["from"] != 0:
        checker.add(f"{path}.bands[0]", f"starts at {bands[0]['from']}: the first band starts at 0")
    if len(bands) > 1 and measure is None:
        checker.add(f"{path}.measured_on", f"is missing: {len(bands)} bands need one of {', '.join(MEASURES)}")
    if len(bands) > PAID_BANDS_MAX and measure == "year_pooled_paid":
        checker.add(f"{path}.bands", f"has {len(bands)} bands on year_pooled_paid: at most {PAID_BANDS_MAX} are exact")
    if len(checker.problems) == found:
        for index, band in enumerate(bands):
            check_added_points(checker, ratio, band["ppm"], f"{path}.bands[{index}]")


def check_age_points(checker: Checker, points: Any, path: str) -> None:
    """Checks pairs of age and added ppm, ages rising."""
    if not checker.is_list(points, path):
        return
    before = -1
    for index, pair in enumerate(points):
        at = f"{path}[{index}]"
        if not is_pair(pair):
            checker.add(at, f"is {shown(pair)}: write a pair [age, ppm]")
            continue
        checker.is_whole(pair[1], f"{at}[1]", SHARE_STEP)
        if checker.is_whole(pair[0], f"{at}[0]", AGE):
            if pair[0] <= before:
                checker.add(at, f"has age {pair[0]} after {before}: put the ages in rising order")
            before = pair[0]


def check_added_points(checker: Checker, ratio: dict[str, Any], table: Any, path: str) -> None:
    """Checks that a sound band's share stays between 0 and 100 % with everything that is added to it."""
    assistance = ratio.get("assistance_points_ppm", 0)
    age_points = ratio.get("age_points_ppm", [])
    least, most = PPM, 0
    for from_age, before_age, share in leaves(table):
        reached = [points for age, points in age_points if age <= from_age][-1:] or [0]
        reached += [points for age, points in age_points if from_age < age < before_age]
        least = min(least, share + min(reached) + min(assistance, 0))
        most = max(most, share + max(reached) + max(assistance, 0))
    if most > PPM and "max_ppm" not in ratio:
        checker.add(path, f"reaches {most} ppm with the added points: lower it, or set ratio.max_ppm")
    if least < 0:
        checker.add(path, f"falls to {least} ppm with the added points: raise it, or take less off")


def check_multiplied(checker: Checker, ratio: Any, multiplier_ppm: int, path: str) -> None:
    """Checks that shares times a multiplier can still be computed exactly; a ratio that is unsound is passed over."""
    if not isinstance(ratio, dict) or ratio.get("measured_on") != "year_pooled_paid":
        return
    quiet = Checker("")
    check_ratio(quiet, ratio, "")
    if quiet.problems or len(ratio["bands"]) <= PAID_BANDS_OF_FRACTIONS_MAX:
        return
    parts = [share for band in ratio["bands"] for _, _, share in leaves(band["ppm"])]
    parts += [points for _, points in ratio.get("age_points_ppm", [])]
    parts += [ratio.get("assistance_points_ppm", 0), ratio.get("max_ppm", 0)]
    if any(part * multiplier_ppm % PPM for part in parts):
        limit = PAID_BANDS_OF_FRACTIONS_MAX
        checker.add(
            path,
            f"is {multiplier_ppm} ppm and leaves fractions of a ppm, which {len(ratio['bands'])} bands on "
            f"year_pooled_paid cannot be computed with exactly: use at most {limit} bands, or another multiplier",
        )


def check_caps(checker: Checker, caps: Any, path: str) -> None:
    """Checks the ceiling of what the pooled fund pays in a year."""
    keys = ("pooled_paid_fen",)
    if checker.is_object(caps, path, keys, keys) and caps.get("pooled_paid_fen") is not None:
        check_table(checker, caps["pooled_paid_fen"], f"{path}.pooled_paid_fen", MONEY)


def check_order(checker: Checker, order: Any, path: str) -> None:
    """Checks whether the fund or this year's account money comes first."""
    checker.is_one_of(order, path, ORDERS)


def check_account(checker: Checker, account: Any, path: str, required: Collection[str] = ()) -> None:
    """Checks what the personal account may pay, and whose money goes first."""
    if not checker.is_object(account, path, ("pays", "pays_at_pharmacy", "owner_order"), required):
        return
    for key in ("pays", "pays_at_pharmacy"):
        if key in account:
            checker.are_words(account[key], f"{path}.{key}", NATURES)
    order = account.get("owner_order", list(OWNERS))
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(OWNERS):
        checker.add(f"{path}.owner_order", f"is {shown(order)}: write each of {', '.join(OWNERS)} once")


def check_civil_servant(checker: Checker, subsidy: Any, path: str) -> None:
    """Checks the civil servants' subsidy: null or its share."""
    if subsidy is not None and checker.is_object(subsidy, path, ("ppm",), ("ppm",)) and "ppm" in subsidy:
        check_table(checker, subsidy["ppm"], f"{path}.ppm", SHARE)


def check_assistance(checker: Checker, assistance: Any, path: str) -> None:
    """Checks medical assistance: null, or share and ceiling by kind."""
    if assistance is None or not checker.is_object(assistance, path, ASSISTED):
        return
    for kind in ASSISTED:
        terms = assistance.get(kind)
        at = f"{path}.{kind}"
        if terms is None or not checker.is_object(terms, at, ("ppm", "cap_fen"), ("ppm",)):
            continue
        if "ppm" in terms:
            check_table(checker, terms["ppm"], f"{at}.ppm", SHARE)
        if terms.get("cap_fen") is not None:
            checker.is_whole(terms["cap_fen"], f"{at}.cap_fen", MONEY)


TERM_CHECKS: dict[str, Callable[[Checker, Any, str], None]] = {
    "deductible": check_deductible,
    "ratio": check_ratio,
    "caps": check_caps,
    "order": check_order,
    "account": check_account,
    "civil_servant": check_civil_servant,
    "assistance": check_assistance,
}


def check_terms(checker: Checker, terms: dict[str, Any], path: str) -> None:
    """Checks the parts of a rule that are there."""
    for key, check_term in TERM_CHECKS.items():
        if key in terms:
            check_term(checker, terms[key], below(path, key))


def check_stage_terms(checker: Checker, stage: dict[str, Any], path: str) -> None:
    """Checks what a second stage pays: threshold, bands and ceiling."""
    threshold = stage.get("threshold_fen", 0)
    edges = stage.get("edges_from", "threshold")
    sound = checker.is_whole(threshold, f"{path}.threshold_fen", MONEY)
    sound = checker.is_one_of(edges, f"{path}.edges_from", EDGES) and sound
    if stage.get("cap_fen") is not None:
        checker.is_whole(stage["cap_fen"], f"{path}.cap_fen", MONEY)
    if "bands" not in stage or not check_bands(checker, stage["bands"], f"{path}.bands") or not sound:
        return
    start = stage["bands"][0]["from"]
    first = f"{path}.bands[0]"
    if edges == "threshold" and start != 0:
        checker.add(first, f"starts at {start}: edges count from the threshold, so the first band starts at 0")
    if edges == "zero" and start > threshold:
        checker.add(first, f"starts at {start} but the threshold is {threshold}: start at the threshold")


def check_age_count(checker: Checker, parts: list[Any], path: str) -> None:
    """Checks that the parts of a rule name no more ages than a compiled rule has room for."""
    ages: set[str] = set()
    waiting = list(parts)
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            ages.update(key.partition("@")[2] for key in part if "@" in key)
            points = part.get("age_points_ppm")
            ages.update(str(pair[0]) for pair in (points if isinstance(points, list) else []) if is_pair(pair))
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    ages.discard("0")
    if len(ages) > AGES_MAX:
        checker.add(path, f"names {len(ages)} ages, its second stages included: at most {AGES_MAX} are possible")


def is_pair(value: Any) -> bool:
    """Whether a value is a list of two."""
    return isinstance(value, list) and len(value) == 2
