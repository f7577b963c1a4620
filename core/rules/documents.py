"""Checks a whole policy document, from its head to its last cross-region change."""

import contextlib
import datetime
from typing import Any

from core.rules.checker import MONEY, Checker, EnoughProblems, Problem, shown
from core.rules.checks import check_account, check_terms
from core.rules.periods import check_period, gaps, overlaps, periods
from core.rules.stages import check_cross_region, check_stages
from core.rules.tables import check_age_count, least_for, values_by_person
from core.rules.versions import check_span
from core.rules.words import (
    ACCUMULATORS,
    CAPS,
    CATALOGUE_KEYS,
    DOCUMENT_KEYS,
    LATER_BILLS,
    LEVELS,
    MARKS,
    PERIOD_KEYS,
    REFUND_KEYS,
    SCHEMES,
    SERVICES,
    TERMS,
    Document,
)

PROBLEMS_MAX = 100


class PolicyError(ValueError):
    """A policy document that cannot be used: `file` and `rule` say where, `message` what to do."""

    def __init__(self, file: str, rule: str, message: str) -> None:
        super().__init__(": ".join(part for part in (file, rule, message) if part))
        self.file = file
        self.rule = rule
        self.message = message


def check(document: Any, file: str) -> list[Problem]:
    """The problems of a policy document, at most PROBLEMS_MAX; none when it can be put in force.

    Args:
        document: the parsed JSON, of any type.
        file: what problems name the document.
    """
    checker = Checker(file, PROBLEMS_MAX)
    with contextlib.suppress(EnoughProblems):
        check_document(checker, document)
    return checker.problems


def check_document(checker: Checker, document: Any) -> None:
    """Checks a whole document, from its head to its last cross-region change."""
    if not checker.is_object(document, "", DOCUMENT_KEYS, ("region_code", "name", "defaults", "schemes")):
        return
    check_head(checker, document)
    if "defaults" in document:
        check_defaults(checker, document["defaults"])
    schemes = document.get("schemes")
    if "schemes" not in document or not checker.is_object(schemes, "schemes", SCHEMES):
        return
    if not set(schemes) & set(SCHEMES):
        checker.add("schemes", "is empty: write employee, resident or both")
    for scheme in SCHEMES:
        if scheme in schemes:
            check_scheme(checker, schemes[scheme], f"schemes.{scheme}")
    # The region's changes reach only the schemes that have none of their own.
    reached = [scheme for scheme in schemes.values() if isinstance(scheme, dict) and "cross_region" not in scheme]
    check_changes(checker, document.get("cross_region", []), "cross_region", reached)


def check_head(checker: Checker, document: Document) -> None:
    """Checks what a document says of itself and its region."""
    code = document.get("region_code", "000000")
    if not (isinstance(code, str) and len(code) == 6 and code.isascii() and code.isdigit()):
        checker.add("region_code", f'is {shown(code)}: write 6 digits in quotes, for instance "110100"')
    for key in ("name", "name_en", "format", "version"):
        if key in document and not (isinstance(document[key], str) and document[key]):
            checker.add(key, f"is {shown(document[key])}: write a text")
    if "levels" in document and document["levels"] != list(LEVELS):
        checker.add("levels", f"is {shown(document['levels'])}: write {', '.join(LEVELS)}; lists have this order")
    check_span(checker, document)
    start = document.get("benefit_year_start", "01-01")
    if not is_month_and_day(start):
        checker.add("benefit_year_start", f"is {shown(start)}: write a day of every year as MM-DD")
    payment = document.get("payment", {})
    limit = ("passwordless_limit_fen",)
    if checker.is_object(payment, "payment", limit) and limit[0] in payment:
        checker.is_whole(payment[limit[0]], f"payment.{limit[0]}", MONEY)
    catalogue = document.get("catalogue", {})
    if checker.is_object(catalogue, "catalogue", CATALOGUE_KEYS):
        for key in CATALOGUE_KEYS & catalogue.keys():
            checker.is_one_of(catalogue[key], f"catalogue.{key}", ("refuse", "mark"))
    refund = document.get("refund", {})
    if checker.is_object(refund, "refund", REFUND_KEYS) and "later_bills" in refund:
        checker.is_one_of(refund["later_bills"], "refund.later_bills", LATER_BILLS)


def is_month_and_day(value: Any) -> bool:
    """Whether a value is MM-DD and every year has that day."""
    if not (isinstance(value, str) and len(value) == 5 and value.isascii()):
        return False
    try:
        datetime.date.fromisoformat(f"2023-{value}")
    except ValueError:
        return False
    return True


def check_defaults(checker: Checker, defaults: Any) -> None:
    """Checks what every version starts from; the account's rule has to be in it."""
    keys = ("order", "account", "civil_servant", "assistance", "rounding")
    if not checker.is_object(defaults, "defaults", keys, ("account",)):
        return
    if "account" in defaults:
        check_account(checker, defaults["account"], "defaults.account", ("pays", "owner_order"))
    check_terms(checker, {key: defaults[key] for key in keys if key in defaults and key != "account"}, "defaults")


def check_scheme(checker: Checker, scheme: Any, path: str) -> None:
    """Checks one scheme: the versions of its services, its second stages and its own cross-region changes."""
    if not checker.is_object(scheme, path, (*SERVICES, "major", "cross_region")):
        return
    for service in SERVICES:
        if service in scheme:
            check_versions(checker, scheme, service, f"{path}.{service}")
    if "major" in scheme:
        check_stages(checker, scheme["major"], f"{path}.major")
        for index, stage in enumerate(scheme["major"] if isinstance(scheme["major"], list) else []):
            if isinstance(stage, dict):
                check_origin(checker, stage, f"{path}.major[{index}]")
    if "cross_region" in scheme:
        check_changes(checker, scheme["cross_region"], f"{path}.cross_region", [scheme])


def check_changes(checker: Checker, entries: Any, path: str, schemes: list[Document]) -> None:
    """Checks cross-region changes with where they come from."""
    check_cross_region(checker, entries, path, schemes)
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            check_origin(checker, entry, f"{path}[{index}]")


def check_versions(checker: Checker, scheme: Document, service: str, path: str) -> None:
    """Checks the versions of one service, each in itself, no two at one time, and no day between two without one."""
    versions = scheme[service]
    if not checker.is_list(versions, path):
        return
    for index, version in enumerate(versions):
        check_version(checker, scheme, service, version, f"{path}[{index}]")
    for index, other, day in overlaps(periods(versions)):
        checker.add(f"{path}[{index}]", f"overlaps version [{other}] on {day}: end the earlier where the later starts")
    declared = {index for index, version in enumerate(versions) if isinstance(version, dict) and "gap_after" in version}
    for before, after in gaps(periods(versions)):
        if before.place not in declared:
            checker.add(
                f"{path}[{before.place}].effective_to",
                f"is {before.end}, but version [{after.place}] starts on {after.start}: no version holds between, and "
                "bills of then are refused; close the gap, or write gap_after: true if the law leaves one",
            )
        declared.discard(before.place)
    for index in sorted(declared):
        checker.add(f"{path}[{index}].gap_after", "says of a gap that is not there: take it out")


def check_version(checker: Checker, scheme: Document, service: str, version: Any, path: str) -> None:
    """Checks one version of a service: its period, and its own rule or the one it takes over."""
    keys = (*PERIOD_KEYS, *TERMS, "counts_to", "same_as", "as_level", "gap_after")
    required: tuple[str, ...] = ("effective_from", "deductible", "ratio", "caps")
    if isinstance(version, dict) and "same_as" in version:
        required = ("effective_from",)
    if not checker.is_object(version, path, keys, required):
        return
    check_period(checker, version, path)
    check_origin(checker, version, path)
    if version.get("gap_after", True) is not True:
        checker.add(f"{path}.gap_after", f"is {shown(version['gap_after'])}: write true, or leave it out")
    if "as_level" in version:
        checker.is_one_of(version["as_level"], f"{path}.as_level", LEVELS)
    if "counts_to" in version:
        check_counts_to(checker, version, path)
    check_terms(checker, version, path)
    check_age_count(checker, [version, scheme.get("major")], path)
    check_caps_above_deductible(checker, version, path)
    if "same_as" in version:
        check_same_as(checker, scheme, service, version, path)


def check_origin(checker: Checker, rule: Document, path: str) -> None:
    """Checks what a rule says of where it comes from: the mark of its provenance, and its legal document."""
    if "provenance" in rule:
        checker.is_one_of(rule["provenance"], f"{path}.provenance", MARKS)
    document = rule.get("document")
    if document is not None and not (isinstance(document, str) and document.strip()):
        checker.add(f"{path}.document", f"is {shown(document)}: write its number, or null where none is known")


def check_counts_to(checker: Checker, version: Document, path: str) -> None:
    """Checks whose accumulators a version reads and fills: one service's, or each accumulator by itself."""
    value, at = version["counts_to"], f"{path}.counts_to"
    if not isinstance(value, dict):
        checker.is_one_of(value, at, SERVICES)
        return
    if not checker.is_object(value, at, ACCUMULATORS):
        return
    for name in ACCUMULATORS:
        if name in value:
            checker.is_one_of(value[name], f"{at}.{name}", SERVICES)
    ratio: Any = version.get("ratio")
    behind = isinstance(ratio, dict) and ratio.get("measured_from") == "deductible"
    if behind and ratio.get("measured_on") == "year_in_scope" and value.get("deductible") != value.get("in_scope"):
        checker.add(at, "parts deductible and in_scope, but edges behind the year's deductible need them together")


def check_caps_above_deductible(checker: Checker, version: Document, path: str) -> None:
    """Checks that no ceiling is below the deductible, whoever the person is; unsound parts are passed over."""
    quiet = Checker("")
    check_terms(quiet, {key: version[key] for key in ("deductible", "caps") if key in version}, "")
    if quiet.problems or version.get("deductible", {}).get("kind", "none") == "none":
        return
    for key, cap in (version.get("caps") or {}).items():
        if key not in CAPS or cap is None:
            continue
        for person, level, ceiling in values_by_person(cap):
            least = least_for(version["deductible"]["amounts"], person, level)
            if 0 < ceiling < least:
                checker.add(
                    f"{path}.caps.{key}",
                    f"is {ceiling} fen for {person} at {level}, below the deductible of {least}: raise it, or write 0 "
                    "where the fund pays nothing",
                )
                return


def check_same_as(checker: Checker, scheme: Document, service: str, version: Document, path: str) -> None:
    """Checks that the service whose rule is taken over has one of its own when this version starts."""
    same_as = version["same_as"]
    others = [other for other in SERVICES if other != service]
    if not checker.is_one_of(same_as, f"{path}.same_as", others):
        return
    named: Any = scheme.get(same_as)
    start = str(version.get("effective_from"))
    meant = [named[period.place] for period in periods(named) if period.start <= start < period.end]
    if not named:
        checker.add(f"{path}.same_as", f"names {same_as}, which has no version here: write one, or this rule in full")
    elif not meant:
        checker.add(f"{path}.same_as", f"names {same_as}, which has no version on {start}: start later")
    elif any("same_as" in other for other in meant):
        checker.add(f"{path}.same_as", f"names {same_as}, which is same_as itself: name the service that has the rule")
    if service == "pharmacy" and "as_level" not in version:
        checker.add(f"{path}.as_level", "is missing: say which level's values a pharmacy reads")
