"""Checks the parts of one benefit rule: keys, numbers, tables by person and level, bands, deductible, ratio, payers.

Design
    A Checker collects problems; each function checks one kind of part at a path and never raises, whatever JSON it is
    given, so that one run names everything that is wrong. core.rules walks a document and hands the parts over.

Invariants
    A part without problems can be compiled: every key that the compiler reads is there and has its type, every number
    is in its range, bands follow each other, and no table is larger than the compiled arrays.
"""

from collections.abc import Callable, Collection
from typing import Any

from core.rules.checker import AGE, MONEY, MONEY_STEP, SHARE, SHARE_STEP, STAY, Checker, below, shown
from core.rules.tables import check_bands, check_table, is_pair, leaves
from core.rules.words import (
    ASSISTED,
    BURDENS,
    CAPS,
    DEDUCTIBLE_KINDS,
    EDGES,
    LATER_STAYS_MAX,
    MEASURED_FROM,
    MEASURES,
    NATURES,
    ORDERS,
    OWNERS,
    PAID_BANDS_MAX,
    PAID_BANDS_OF_FRACTIONS_MAX,
    PPM,
    ROUNDING,
)
from core.rules.words import MONEY_MAX_FEN as MONEY_MAX_FEN


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
    keys = ("bands", "measured_on", "measured_from", "age_points_ppm", "assistance_points_ppm", "max_ppm")
    if not checker.is_object(ratio, path, keys, ("bands",)):
        return
    found = len(checker.problems)
    measure = ratio.get("measured_on")
    if measure is not None:
        checker.is_one_of(measure, f"{path}.measured_on", MEASURES)
    if ratio.get("measured_from") is not None:
        checker.is_one_of(ratio["measured_from"], f"{path}.measured_from", MEASURED_FROM)
        if measure not in ("stay_in_scope", "year_in_scope"):
            checker.add(f"{path}.measured_from", "is for edges on in-scope money: leave it out, or set measured_on")
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
    """Checks the ceilings of a year: of what the pooled fund pays, and of the in-scope money that it pays on."""
    if checker.is_object(caps, path, CAPS, CAPS[:1]):
        for key in CAPS:
            if caps.get(key) is not None:
                check_table(checker, caps[key], f"{path}.{key}", MONEY)


def check_order(checker: Checker, order: Any, path: str) -> None:
    """Checks whether the fund or this year's account money comes first."""
    checker.is_one_of(order, path, ORDERS)


def check_account(checker: Checker, account: Any, path: str, required: Collection[str] = ()) -> None:
    """Checks what the personal account may pay, and whose money goes first."""
    lists = ("pays", "pays_at_pharmacy", "family_pays")
    if not checker.is_object(account, path, (*lists, "owner_order"), required):
        return
    for key in lists:
        if key in account and (account[key] is not None or key != "family_pays"):
            checker.are_words(account[key], f"{path}.{key}", NATURES)
    order = account.get("owner_order", list(OWNERS))
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(OWNERS):
        checker.add(f"{path}.owner_order", f"is {shown(order)}: write each of {', '.join(OWNERS)} once")


def check_civil_servant(checker: Checker, subsidy: Any, path: str) -> None:
    """Checks the civil servants' subsidy: null or its share."""
    if subsidy is not None:
        check_share_of_rest(checker, subsidy, path)


def check_assistance(checker: Checker, assistance: Any, path: str) -> None:
    """Checks medical assistance: null, or share and ceiling by kind."""
    if assistance is None or not checker.is_object(assistance, path, ASSISTED):
        return
    for kind in ASSISTED:
        if assistance.get(kind) is not None:
            check_share_of_rest(checker, assistance[kind], f"{path}.{kind}")


def check_share_of_rest(checker: Checker, terms: Any, path: str) -> None:
    """Checks a payer that takes a share of what is left to the person: how much of what, up to which ceiling."""
    if not checker.is_object(terms, path, ("ppm", "cap_fen", "counts"), ("ppm",)):
        return
    if "ppm" in terms:
        check_table(checker, terms["ppm"], f"{path}.ppm", SHARE)
    if terms.get("cap_fen") is not None:
        checker.is_whole(terms["cap_fen"], f"{path}.cap_fen", MONEY)
    check_counts(checker, terms, path)


def check_counts(checker: Checker, terms: dict[str, Any], path: str) -> None:
    """Checks which parts of the personal in-scope money a payer counts; null or nothing: all of them."""
    counts = terms.get("counts")
    if counts is not None and checker.are_words(counts, f"{path}.counts", BURDENS) and not counts:
        checker.add(f"{path}.counts", f"is empty: write some of {', '.join(BURDENS)}, or leave it out for all")


def check_rounding(checker: Checker, rounding: Any, path: str) -> None:
    """Checks what a policy declares of rounding."""
    if not checker.is_object(rounding, path, ROUNDING):
        return
    for key in ROUNDING.keys() & rounding.keys():
        if rounding[key] not in ROUNDING[key]:
            ways = ", ".join(ROUNDING[key])
            checker.add(f"{path}.{key}", f"is {shown(rounding[key])}: only {ways} is computed")


TERM_CHECKS: dict[str, Callable[[Checker, Any, str], None]] = {
    "deductible": check_deductible,
    "ratio": check_ratio,
    "caps": check_caps,
    "order": check_order,
    "account": check_account,
    "civil_servant": check_civil_servant,
    "assistance": check_assistance,
    "rounding": check_rounding,
}


def check_terms(checker: Checker, terms: dict[str, Any], path: str) -> None:
    """Checks the parts of a rule that are there."""
    for key, check_term in TERM_CHECKS.items():
        if key in terms:
            check_term(checker, terms[key], below(path, key))


def check_stage_terms(checker: Checker, stage: dict[str, Any], path: str) -> None:
    """Checks what a second stage pays: threshold, bands and ceiling."""
    check_counts(checker, stage, path)
    if stage.get("counts") is not None and stage.get("kind") == "over_cap":
        checker.add(f"{path}.counts", "is for over_burden: an over_cap stage counts what the cap cut off, and no more")
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
