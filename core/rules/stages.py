"""Checks second stages and cross-region changes: what is laid over a rule, or comes after it."""

from collections.abc import Callable, Iterator
from typing import Any

from core.rules.assembling import merge_patch, overlay
from core.rules.checker import SHARE, Checker, below
from core.rules.checks import check_account, check_multiplied, check_stage_terms, check_terms
from core.rules.periods import check_period, overlaps, periods
from core.rules.words import (
    AREAS,
    REFERRALS,
    SERVICES,
    SHAPES,
    SOUND_RULE,
    STAGE_KEYS,
    STAGE_KINDS,
    STAGE_PATCH_KEYS,
    TERMS,
    Document,
)


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
        listed = {
            service: [version for version in scheme[service] if isinstance(version, dict)]
            for service in SERVICES
            if isinstance(scheme.get(service), list)
        }
        for version in (version for service in services for version in listed.get(service, ())):
            meant = version.get("same_as")
            for base in listed.get(meant, ()) if isinstance(meant, str) else [version]:
                if "same_as" not in base:
                    found = True
                    terms = base | version
                    yield overlay(SOUND_RULE, {key: terms[key] for key in TERMS if key in terms})
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
