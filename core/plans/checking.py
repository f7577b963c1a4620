"""Checks the document of a plan: every problem with its place and the mend."""

import contextlib
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from core.rules.checker import MONEY, SHARE, Checker, EnoughProblems, Problem, shown
from core.rules.periods import check_period
from core.rules.words import LEVELS, MARKS, PERIOD_KEYS, REFERRALS, SERVICES

TENDERS = ("other_fund", "commercial")  # in the order in which they pay
# What the statutory funds and the hospital leave to the patient.
LEFT = ("deductible", "copay", "over_cap", "class_b", "over_limit", "full_self")
IN_SCOPE = LEFT[:3]
PERS = ("year", "bill")
WAYS = ("half_up", "half_even", "down", "up")
PARTS_MAX = 3
BANDS_MAX = 8

PLAN_KEYS = (
    *("format", "plan_id", "name", "name_en", "insurer", "tender", "regions", *PERIOD_KEYS, "plan_year_start"),
    *("services", "excludes", "parts", "cap_fen", "cap_per_bill_fen", "rounding"),
)
REQUIRED = ("plan_id", "name", "insurer", "tender", "regions", "effective_from", "services", "parts")
PART_KEYS = ("counts", "per", "deductible_fen", "bands", "cap_fen")

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
_NAME_MAX = 128
_REGIONS_MAX = 500
_PROBLEMS_MAX = 1000


def check(document: Any, file: str) -> list[Problem]:
    """All problems of a plan's document, the first 1,000; none when it can be used.

    Args:
        document: parsed JSON, whatever it is.
        file: what the messages call it.
    """
    checker = Checker(file, _PROBLEMS_MAX)
    with contextlib.suppress(EnoughProblems):
        _check_plan(checker, document)
    return checker.problems


def _check_plan(checker: Checker, document: Any) -> None:
    if not checker.is_object(document, "", PLAN_KEYS, REQUIRED):
        return
    _check_head(checker, document)
    if "services" in document:
        checker.are_words(document["services"], "services", SERVICES)
        if document["services"] == []:
            checker.add("services", "is empty: write the services that it covers")
    _check_excludes(checker, document.get("excludes", {}))
    for name in ("cap_fen", "cap_per_bill_fen"):
        if document.get(name) is not None:
            checker.is_whole(document[name], name, MONEY)
    if "rounding" in document:
        checker.is_one_of(document["rounding"], "rounding", WAYS)
    if "parts" in document:
        _check_parts(checker, document)


def _check_head(checker: Checker, document: Mapping[str, Any]) -> None:
    plan_id = document.get("plan_id", "plan")
    if not (isinstance(plan_id, str) and _ID.fullmatch(plan_id)):
        checker.add("plan_id", f"is {shown(plan_id)}: write 1 to 64 small letters, digits and hyphens")
    for name in ("name", "name_en", "insurer", "format"):
        text = document.get(name, "text")
        if not (isinstance(text, str) and text.strip() and len(text.encode()) <= _NAME_MAX):
            checker.add(name, f"is {shown(text)}: write a text of up to {_NAME_MAX} bytes")
    if "tender" in document:
        checker.is_one_of(document["tender"], "tender", TENDERS)
    regions = document.get("regions", ["000000"])
    if checker.is_list(regions, "regions"):
        if not 1 <= len(regions) <= _REGIONS_MAX:
            checker.add("regions", f"has {len(regions)} entries: write 1 to {_REGIONS_MAX} insured regions")
        for index, code in enumerate(regions):
            if not (isinstance(code, str) and len(code) == 6 and code.isascii() and code.isdigit()):
                checker.add(f"regions[{index}]", f'is {shown(code)}: write 6 digits in quotes, for instance "420100"')
        if len({str(code) for code in regions}) != len(regions):
            checker.add("regions", "has a region twice: name each only once")
    check_period(checker, dict(document), "")
    start = document.get("plan_year_start", "01-01")
    if not (isinstance(start, str) and len(start) == 5 and _is_day(f"2023-{start}")):
        checker.add("plan_year_start", f"is {shown(start)}: write a day of every year as MM-DD")
    if "provenance" in document:
        checker.is_one_of(document["provenance"], "provenance", MARKS)


def _is_day(date: str) -> bool:
    return Checker("").is_date(date, "")


def _check_excludes(checker: Checker, excludes: Any) -> None:
    words = {"referrals": ("local", *REFERRALS), "levels": (*LEVELS, "pharmacy")}
    if checker.is_object(excludes, "excludes", words):
        for name, known in words.items():
            if name in excludes:
                checker.are_words(excludes[name], f"excludes.{name}", known)


def _check_parts(checker: Checker, document: Mapping[str, Any]) -> None:
    parts = document["parts"]
    if not checker.is_list(parts, "parts"):
        return
    if not 1 <= len(parts) <= PARTS_MAX:
        checker.add("parts", f"has {len(parts)} entries: write 1 to {PARTS_MAX}")
    counted: dict[str, int] = {}
    for index, part in enumerate(parts):
        at = f"parts[{index}]"
        if not checker.is_object(part, at, PART_KEYS, ("counts", "bands")):
            continue
        if "counts" in part and checker.are_words(part["counts"], f"{at}.counts", LEFT):
            _check_counts(checker, document.get("tender"), part["counts"], index, counted)
        if "per" in part:
            checker.is_one_of(part["per"], f"{at}.per", PERS)
        if "deductible_fen" in part:
            checker.is_whole(part["deductible_fen"], f"{at}.deductible_fen", MONEY)
        if part.get("cap_fen") is not None:
            checker.is_whole(part["cap_fen"], f"{at}.cap_fen", MONEY)
        if "bands" in part:
            _check_bands(checker, part["bands"], f"{at}.bands")


def _check_counts(checker: Checker, tender: Any, counts: list[str], index: int, counted: dict[str, int]) -> None:
    at = f"parts[{index}].counts"
    if not counts:
        checker.add(at, f"is empty: write what it pays for, of {', '.join(LEFT)}")
    for name in counts:
        first = counted.setdefault(name, index)
        if first != index:
            checker.add(at, f"counts {name}, as parts[{first}] does: leave it to one of them")
        if tender == "other_fund" and name not in IN_SCOPE:
            # design of the gateway: no fund pays for what is out of scope, whatever a plan says.
            checker.add(at, f"counts {name}, which is out of scope: a fund may count {', '.join(IN_SCOPE)} only")


def _check_bands(checker: Checker, bands: Any, path: str) -> None:
    if not checker.is_list(bands, path):
        return
    if not 1 <= len(bands) <= BANDS_MAX:
        checker.add(path, f"has {len(bands)} entries: write 1 to {BANDS_MAX}")
    sound = []
    for index, band in enumerate(bands):
        at = f"{path}[{index}]"
        keys = ("from", "to", "ppm")
        if not checker.is_object(band, at, keys, keys):
            continue
        good = all(
            [
                "from" in band and checker.is_whole(band["from"], f"{at}.from", MONEY),
                band.get("to") is None or checker.is_whole(band["to"], f"{at}.to", MONEY),
                "ppm" in band and checker.is_whole(band["ppm"], f"{at}.ppm", SHARE),
            ]
        )
        if good and band.get("to") is not None and band["to"] <= band["from"]:
            checker.add(f"{at}.to", f"is {band['to']}, not above from {band['from']}: write a higher edge or null")
        elif good:
            sound.append(band)
    if len(sound) != len(bands) or not bands:
        return
    if bands[0]["from"] != 0:
        checker.add(f"{path}[0].from", f"is {bands[0]['from']}: the first band begins at 0, behind the deductible")
    for index, (band, after) in enumerate(pairwise(bands), 1):
        if band["to"] is None:
            checker.add(f"{path}[{index}]", "comes behind an open band: close that one, or leave this one out")
        elif after["from"] != band["to"]:
            kind = "a gap" if after["from"] > band["to"] else "an overlap"
            checker.add(f"{path}[{index}].from", f"is {after['from']}: {kind}; write {band['to']}, where the last ends")
