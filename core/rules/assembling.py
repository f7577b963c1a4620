"""Assembles the rule for a scheme, a service and a date out of a region's policy document."""

from typing import Any

from core.rules.words import ACCUMULATORS, PPM, Document


class NoRule(LookupError):
    """A document has no rule for a scheme and service on a date."""


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


def version_in_force(scheme: Document, service: str, date: str) -> tuple[Document | None, Document]:
    """A service's version on a date, same_as resolved, and the service that each of its accumulators is kept under.

    What a version says beside same_as replaces, part by part, what the named service's version says.
    """
    own = next((version for version in scheme.get(service, ()) if is_in_force(version, date)), None)
    found, kept_under = own, service
    if own is not None and "same_as" in own:
        kept_under = own["same_as"]
        meant = next((version for version in scheme.get(kept_under, ()) if is_in_force(version, date)), None)
        found = None if meant is None else meant | {key: value for key, value in own.items() if key != "same_as"}
    counts_to = (found or {}).get("counts_to", {})
    if isinstance(counts_to, str):
        counts_to = dict.fromkeys(ACCUMULATORS, counts_to)
    return found, dict.fromkeys(ACCUMULATORS, kept_under) | counts_to


def assemble(document: Document, scheme: str, service: str, date: str, *, override: Document | None = None) -> Document:
    """Assembles the rule that holds for a scheme and a service on a date.

    Args:
        document: a document that `check` has nothing against; it may lack versions, then the override makes the rule.
        date: YYYY-MM-DD.
        override: a merge patch put on last; `version_date` in it picks version and second stages of that date.
    Returns:
        The defaults with the version over them, and `major`, `cross_region`, `benefit_year_start` and `counts_to` (the
        service that each accumulator is kept under); `as_level` where the version reads its values at one level.
    Raises:
        NoRule: no version is in force and no override stands in for it.
    """
    patch = dict(override or {})
    date = patch.pop("version_date", date)
    of_scheme = document.get("schemes", {}).get(scheme, {})
    version, counts_to = version_in_force(of_scheme, service, date)
    if version is None and not patch:
        raise NoRule(f"region {document.get('region_code')} has no rule for {scheme} {service} on {date}")
    rule = overlay(document.get("defaults", {}), version or {})
    rule["major"] = [stage for stage in of_scheme.get("major", ()) if is_in_force(stage, date)]
    rule["cross_region"] = of_scheme.get("cross_region", document.get("cross_region", []))
    rule["benefit_year_start"] = document.get("benefit_year_start", "01-01")
    rule["counts_to"] = counts_to
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
