"""Reads a region's policy document: checks it, and assembles the rule for a scheme, a service and a date.

Design
    A document is one JSON object a region: its `schemes` list versions of each service's rule, of second stages and of
    cross-region changes; `defaults` holds what every version starts from. `check` names all problems at once, with
    file, path and advice; the parts of a rule are checked in core.rules.checks. `assemble` gives a plain dict that
    core.policy compiles. What changes a rule by a patch (cross-region tables, second stages under assistance) is
    checked as the rule that it makes.

Invariants
    A document is never changed; what `assemble` gives shares its lists. No check raises, whatever the JSON.
    A document without problems assembles for each date that one of its versions is in force on (where it takes over
    another service's rule: while that is in force too).
"""

import contextlib
import datetime
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from core.rules.checks import (
    LEVELS,
    MONEY,
    OWNERS,
    PPM,
    SHARE,
    TERMS,
    Checker,
    EnoughProblems,
    below,
    check_account,
    check_age_count,
    check_multiplied,
    check_stage_terms,
    check_terms,
    shown,
)
from core.rules.checks import SERVICES as SERVICES
from core.rules.checks import Problem as Problem
from core.rules.versions import check_span

Document = dict[str, Any]

SCHEMES = ("employee", "resident")
AREAS = ("any", "in_province", "out_of_province")
SHAPES = ("points", "multiplier", "own_table")
REFERRALS = ("filed", "transfer", "emergency", "unfiled")
STAGE_KINDS = ("over_cap", "over_burden")

DOCUMENT_KEYS = (
    *("format", "version", "money", "ratio", "levels", "defaults", "region_code", "name", "name_en"),
    *("benefit_year_start", "payment", "cross_region", "schemes", "effective_from", "effective_to"),
)
PERIOD_KEYS = ("effective_from", "effective_to")
STAGE_PATCH_KEYS = ("threshold_fen", "edges_from", "bands", "cap_fen")
STAGE_KEYS = (*PERIOD_KEYS, "kind", "when", "services", "assistance_patch", *STAGE_PATCH_KEYS)

PROBLEMS_MAX = 100

# What an own table is merged into where the region has no rule of its own.
SOUND_RULE: Document = {
    "deductible": {"kind": "none"},
    "ratio": {"bands": [{"from": 0, "to": None, "ppm": 0}]},
    "caps": {"pooled_paid_fen": None},
    "account": {"pays": [], "owner_order": list(OWNERS)},
}

# The only roundings that the split computes; a document that asks for another one would be misread.
ROUNDING = {
    "in_scope": "half_up_per_bill",
    "class_b": "residual",
    "fund": "half_up_per_settlement_and_payer",
    "person": "residual",
    "cap_segment": "ceil_to_fen",
}


class Period(NamedTuple):
    """When an entry of a list holds: from start, before end (dates; open ones end with the calendar)."""

    start: str
    end: str
    place: int  # in the list, from 0


class PolicyError(ValueError):
    """A policy document that cannot be used: `file` and `rule` say where, `message` what to do."""

    def __init__(self, file: str, rule: str, message: str) -> None:
        super().__init__(": ".join(part for part in (file, rule, message) if part))
        self.file = file
        self.rule = rule
        self.message = message


class NoRule(LookupError):
    """A document has no rule for a scheme and service on a date."""


# --- Assembling ---


def merge_patch(target: Any, patch: Any) -> Any:
    """A target with a JSON merge patch (RFC 7396): objects merge, null deletes, all else replaces. Changes neither."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def overlay(base: Document, version: Document) -> Document:
    """What defaults and a version make: objects merge (account.pays alone keeps owner_order), a null stays a null."""
    both = dict(base)
    for key, value in version.items():
        both[key] = merge_patch(both[key], value) if isinstance(both.get(key), dict) and value is not None else value
    return both


def is_in_force(version: Document, date: str) -> bool:
    """Whether a version holds on a date (YYYY-MM-DD): effective_from is in it, effective_to no more."""
    until = version.get("effective_to")
    return bool(version["effective_from"] <= date and (until is None or date < until))


def version_in_force(scheme: Document, service: str, date: str) -> tuple[Document | None, str]:
    """A service's version on a date, same_as resolved, with the service whose accumulators it counts to."""
    own = next((version for version in scheme.get(service, ()) if is_in_force(version, date)), None)
    if own is None or "same_as" not in own:
        return own, service
    same_as = own["same_as"]
    meant = next((version for version in scheme.get(same_as, ()) if is_in_force(version, date)), None)
    if meant is None:
        return None, service
    return meant | {key: value for key, value in own.items() if key != "same_as"}, same_as


def assemble(document: Document, scheme: str, service: str, date: str, *, override: Document | None = None) -> Document:
    """Assembles the rule that holds for a scheme and a service on a date.

    Args:
        document: a document that `check` has nothing against; it may lack versions, then the override makes the rule.
        date: YYYY-MM-DD.
        override: a merge patch put on last; `version_date` in it picks version and second stages of that date.
    Returns:
        The defaults with the version over them, and `major`, `cross_region`, `benefit_year_start` and `usage_service`
        (whose accumulators count); `as_level` where the version reads another service's values at one level.
    Raises:
        NoRule: no version is in force and no override stands in for it.
    """
    patch = dict(override or {})
    date = patch.pop("version_date", date)
    of_scheme = document.get("schemes", {}).get(scheme, {})
    version, usage_service = version_in_force(of_scheme, service, date)
    if version is None and not patch:
        raise NoRule(f"region {document.get('region_code')} has no rule for {scheme} {service} on {date}")
    rule = overlay(document.get("defaults", {}), version or {})
    rule["major"] = [stage for stage in of_scheme.get("major", ()) if is_in_force(stage, date)]
    rule["cross_region"] = of_scheme.get("cross_region", document.get("cross_region", []))
    rule["benefit_year_start"] = document.get("benefit_year_start", "01-01")
    rule["usage_service"] = usage_service
    assembled: Document = merge_patch(rule, patch)
    return assembled


def cross_region_entry(
    rule: Document, insured_region: str, treatment_region: str, referral: str, service: str
) -> Document | None:
    """The cross-region change that holds for a bill; None when all is as at home.

    The first entry that fits area and service decides; a referral that it does not name is as at home.
    """
    if referral == "local" or insured_region == treatment_region:
        return None
    area = "in_province" if insured_region[:2] == treatment_region[:2] else "out_of_province"
    for entry in rule.get("cross_region") or ():
        if entry["area"] in ("any", area) and (entry["services"] == "all" or service in entry["services"]):
            return entry if entry.get(referral) is not None else None
    return None


def apply_cross_region(rule: Document, entry: Document | None, referral: str) -> tuple[Document, int, int]:
    """A rule under a cross-region change: (rule, points_ppm, multiplier_ppm).

    An own table is merged into the rule. Points (taken off each band's share, not below 0) and the multiplier (of
    1,000,000) are handed on, as they apply after age and assistance points.
    """
    value = None if entry is None else entry.get(referral)
    if entry is None or value is None:
        return rule, 0, PPM
    if entry["shape"] == "own_table":
        return merge_patch(rule, value), 0, PPM
    return (rule, value, PPM) if entry["shape"] == "points" else (rule, 0, value)


# --- Checking ---


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
    check_cross_region(checker, document.get("cross_region", []), "cross_region", reached)


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
    keys = ("rounding", "order", "account", "civil_servant", "assistance")
    if not checker.is_object(defaults, "defaults", keys, ("account",)):
        return
    rounding = defaults.get("rounding", {})
    if checker.is_object(rounding, "defaults.rounding", ROUNDING):
        for key in ROUNDING.keys() & rounding.keys():
            if rounding[key] != ROUNDING[key]:
                checker.add(f"defaults.rounding.{key}", f"is {shown(rounding[key])}: only {ROUNDING[key]} is computed")
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
    if "cross_region" in scheme:
        check_cross_region(checker, scheme["cross_region"], f"{path}.cross_region", [scheme])


def check_period(checker: Checker, version: Document, path: str) -> None:
    """Checks since when and until when a version holds."""
    start, end = version.get("effective_from"), version.get("effective_to")
    sound = "effective_from" in version and checker.is_date(start, f"{path}.effective_from")
    if end is not None and checker.is_date(end, f"{path}.effective_to") and sound and end <= start:
        checker.add(f"{path}.effective_to", f"is {end}, not after effective_from {start}: write a later date or null")


def periods(versions: Any) -> list[Period]:
    """The periods of the versions whose dates are dates, by their start."""
    quiet = Checker("")
    found = []
    for index, version in enumerate(versions if isinstance(versions, list) else []):
        if not isinstance(version, dict):
            continue
        start, end = version.get("effective_from"), version.get("effective_to")
        if quiet.is_date(start, "") and (end is None or quiet.is_date(end, "")):
            found.append(Period(str(start), "9999-99-99" if end is None else end, index))
    return sorted(found)


def overlaps(dated: list[Period]) -> Iterator[tuple[int, int, str]]:
    """(index, index of an entry before it, first common day) of the periods that reach into another one."""
    longest: Period | None = None  # of those before, the one that ends last
    for period in dated:
        if longest is not None and period.start < min(longest.end, period.end):
            yield max(longest.place, period.place), min(longest.place, period.place), period.start
        if longest is None or period.end > longest.end:
            longest = period


def check_versions(checker: Checker, scheme: Document, service: str, path: str) -> None:
    """Checks the versions of one service, each in itself and no two at one time."""
    versions = scheme[service]
    if not checker.is_list(versions, path):
        return
    for index, version in enumerate(versions):
        check_version(checker, scheme, service, version, f"{path}[{index}]")
    for index, other, day in overlaps(periods(versions)):
        checker.add(f"{path}[{index}]", f"overlaps version [{other}] on {day}: end the earlier where the later starts")


def check_version(checker: Checker, scheme: Document, service: str, version: Any, path: str) -> None:
    """Checks one version of a service: its period, and its own rule or the one it takes over."""
    keys: tuple[str, ...] = (*PERIOD_KEYS, *TERMS, "same_as", "as_level")
    required: tuple[str, ...] = ("effective_from", "deductible", "ratio", "caps")
    if isinstance(version, dict) and "same_as" in version:
        keys, required = (*PERIOD_KEYS, "same_as", "as_level"), ("effective_from",)
    if not checker.is_object(version, path, keys, required):
        return
    check_period(checker, version, path)
    if "as_level" in version:
        checker.is_one_of(version["as_level"], f"{path}.as_level", LEVELS)
    if "same_as" in version:
        check_same_as(checker, scheme, service, version, path)
        return
    check_terms(checker, version, path)
    check_age_count(checker, [version, scheme.get("major")], path)


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


# --- Second stages and cross-region changes ---


def check_stages(checker: Checker, stages: Any, path: str) -> None:
    """Checks the second stages of a scheme, and that no two of them count a service in one bill."""
    if not checker.is_list(stages, path):
        return
    for index, stage in enumerate(stages):
        check_stage(checker, stage, f"{path}[{index}]")
    dated = [period for period in periods(stages) if stages[period.place].get("when") != "year_end"]
    for service in SERVICES:
        counting = [period for period in dated if service in counted_services(stages[period.place].get("services"))]
        for index, other, day in overlaps(counting):
            checker.add(
                f"{path}[{index}].services",
                f"counts {service}, as [{other}] does on {day}: leave it to one of them, or set when to year_end",
            )


def counted_services(services: Any) -> list[str]:
    """The known services of a list, or all of them."""
    if services == "all":
        return list(SERVICES)
    return [service for service in services if service in SERVICES] if isinstance(services, list) else []


def check_stage(checker: Checker, stage: Any, path: str) -> None:
    """Checks one second stage, as it is and as it is under assistance."""
    if not checker.is_object(stage, path, STAGE_KEYS, ("effective_from", "kind", "services", "bands")):
        return
    check_period(checker, stage, path)
    if "kind" in stage:
        checker.is_one_of(stage["kind"], f"{path}.kind", STAGE_KINDS)
    if stage.get("when") is not None:
        checker.is_one_of(stage["when"], f"{path}.when", ("year_end",))
    if "services" in stage:
        checker.are_words(stage["services"], f"{path}.services", SERVICES)
    check_stage_terms(checker, stage, path)
    patch = stage.get("assistance_patch")
    at = f"{path}.assistance_patch"
    if patch is not None and checker.is_object(patch, at, STAGE_PATCH_KEYS):
        check_patched(checker, stage, patch, at, check_stage_terms)


def check_patched(
    checker: Checker,
    base: Document,
    patch: Document,
    path: str,
    check_merged: Callable[[Checker, Document, str], None],
) -> None:
    """Checks what a patch makes of a base; what is wrong with the base alone is not the patch's problem."""
    before, after = Checker(checker.file), Checker(checker.file)
    check_merged(before, base, path)
    check_merged(after, merge_patch(base, patch), path)
    for problem in after.problems:
        if problem not in before.problems:
            checker.add(problem.rule, problem.message)


def check_cross_region(checker: Checker, entries: Any, path: str, schemes: list[Document]) -> None:
    """Checks cross-region changes, own tables as the rules that they make in these schemes."""
    if not checker.is_list(entries, path):
        return
    for index, entry in enumerate(entries):
        at = f"{path}[{index}]"
        keys = ("area", "services", "shape", *REFERRALS)
        if not checker.is_object(entry, at, keys, ("area", "services", "shape")):
            continue
        if "area" in entry:
            checker.is_one_of(entry["area"], f"{at}.area", AREAS)
        services = entry.get("services", "all")
        if isinstance(services, str):
            checker.is_one_of(services, f"{at}.services", ("all",))
        else:
            checker.are_words(services, f"{at}.services", SERVICES)
        if "shape" not in entry or not checker.is_one_of(entry["shape"], f"{at}.shape", SHAPES):
            continue
        versions = list(reached_versions(schemes, counted_services(services)))
        for referral in REFERRALS:
            if entry.get(referral) is not None:
                check_change(checker, entry["shape"], entry[referral], below(at, referral), versions)


def check_change(checker: Checker, shape: str, value: Any, path: str, versions: list[Document]) -> None:
    """Checks what one referral changes, against each version that it reaches."""
    if shape == "own_table":
        if checker.is_object(value, path, TERMS):
            for version in versions:
                check_patched(checker, version, value, path, check_own_table)
    elif checker.is_whole(value, path, SHARE) and shape == "multiplier":
        for version in versions:
            check_multiplied(checker, version["ratio"], value, path)


def reached_versions(schemes: list[Document], services: list[str]) -> Iterator[Document]:
    """The rules, with all terms, that a change of these services reaches; a plain one where there are none."""
    found = False
    for scheme in schemes:
        listed = {service: scheme[service] for service in SERVICES if isinstance(scheme.get(service), list)}
        own = [version for service in services for version in listed.get(service, ()) if isinstance(version, dict)]
        named = [version["same_as"] for version in own if isinstance(version.get("same_as"), str)]
        named = [service for service in SERVICES if service in named and service not in services]
        own += [version for service in named for version in listed.get(service, ()) if isinstance(version, dict)]
        for version in own:
            if "same_as" not in version:
                found = True
                yield overlay(SOUND_RULE, {key: version[key] for key in TERMS if key in version})
    if not found:
        yield SOUND_RULE


def check_own_table(checker: Checker, rule: Document, path: str) -> None:
    """Checks a rule that an own table made; a ceiling that its null took away is none, as it should be."""
    for key in ("deductible", "ratio", "account"):
        if key not in rule:
            checker.add(below(path, key), "is taken away: a rule needs it")
    if "account" in rule:
        check_account(checker, rule["account"], below(path, "account"), ("pays", "owner_order"))
    caps = rule.get("caps", {})
    check_terms(checker, rule | {"caps": {"pooled_paid_fen": None} | caps if isinstance(caps, dict) else caps}, path)
