"""Policies as the reference reads them: the documents of a folder, and the rule that holds for a case."""

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from core.reference.numbers import PPM, CaseRefused


def load_regions(path: Any) -> dict[str, dict[str, Any]]:
    """Region documents by code, from a folder of policies (*.json), one policy, or one file of all regions.

    Args:
        path: str, Path or a package's folder (importlib.resources). A file of all regions has `regions`, and its
            `defaults` and `levels` are every region's.
    Raises:
        ValueError: no JSON, or no region in it. OSError: cannot be read.
    """
    source = Path(path) if isinstance(path, str) else path
    files = [source]
    if source.is_dir():
        files = sorted((file for file in source.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    documents: dict[str, dict[str, Any]] = {}
    for file in files:
        documents |= regions_in(json.loads(file.read_text(encoding="utf-8")))
    return documents


def regions_in(document: Any) -> dict[str, dict[str, Any]]:
    """The region documents of a parsed file, by code: it is one itself, or has `regions`.

    Raises:
        ValueError: no region is in it.
    """
    if not isinstance(document, dict):
        raise ValueError("is not a policy: write an object")
    shared = {key: document[key] for key in ("defaults", "levels") if key in document}
    regions = document.get("regions", [document])
    if not isinstance(regions, list) or not all(
        isinstance(one, dict) and isinstance(one.get("region_code"), str) for one in regions
    ):
        raise ValueError("has no region_code: write the region's six digits")
    return {region["region_code"]: shared | region for region in regions}


def defaults_for_unknown(regions: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What a region without a document starts from: the defaults of the first region by code."""
    return {"defaults": regions[min(regions)].get("defaults", {})} if regions else {}


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396: objects merge, null deletes, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = {**target} if isinstance(target, dict) else {}
    for key, value in patch.items():
        merged[key] = merge_patch(merged.get(key), value)
        if value is None:
            del merged[key]
    return merged


def laid_over(defaults: dict[str, Any], version: dict[str, Any]) -> dict[str, Any]:
    """A version over the defaults, object into object; a null of the version stands."""
    both = {**defaults, **version}
    for key in defaults.keys() & version.keys():
        if isinstance(defaults[key], dict) and isinstance(version[key], dict):
            both[key] = laid_over(defaults[key], version[key])
    return both


def in_force(entries: list[dict[str, Any]], date: str) -> list[dict[str, Any]]:
    """The entries with effective_from <= date < effective_to (null: open)."""
    return [
        entry
        for entry in entries
        if entry["effective_from"] <= date and (entry.get("effective_to") is None or date < entry["effective_to"])
    ]


def version_of(scheme: dict[str, Any], service: str, date: str) -> dict[str, Any] | None:
    """A service's version on a date; one with `same_as` is the named service's, read at `as_level`."""
    for version in in_force(scheme.get(service, []), date):
        if "same_as" not in version:
            return version
        for named in in_force(scheme.get(version["same_as"], []), date):
            own = {key: value for key, value in version.items() if key != "same_as"}
            return {**named, **own}
    return None


def assemble(case: dict[str, Any], regions: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The rule of a case: defaults, version, second stages, cross-region changes, then the override."""
    code, service, scheme_name = case["insured_region"], case["service"], case["scheme"]
    override = dict(case.get("rule_override") or {})
    date = override.pop("version_date", case["service_date"])
    if code not in regions and not override:
        raise CaseRefused(f"no policy for region {code}: add one, or write a rule_override")
    document = regions.get(code) or defaults_for_unknown(regions)
    scheme = document.get("schemes", {}).get(scheme_name, {})
    version = version_of(scheme, service, date)
    if version is None and not override:
        raise CaseRefused(f"region {code} has no rule for {scheme_name} {service} on {date}")
    rule = laid_over(document.get("defaults", {}), version or {})
    rule["major"] = in_force(scheme.get("major", []), date)
    rule["cross_region"] = scheme.get("cross_region", document.get("cross_region", []))
    rule["benefit_year_start"] = document.get("benefit_year_start", "01-01")
    assembled: dict[str, Any] = merge_patch(rule, override)
    return assembled


def away_from_home(rule: dict[str, Any], case: dict[str, Any]) -> tuple[dict[str, Any], Fraction, Fraction]:
    """The rule for where a bill is treated, with points to take off each share and the factor of each share."""
    home, there, referral = case["insured_region"], case["treatment_region"], case["referral"]
    if home == there or referral == "local":
        return rule, Fraction(0), Fraction(1)
    area = "in_province" if home[:2] == there[:2] else "out_of_province"
    for entry in rule.get("cross_region") or []:
        fits = entry["services"] == "all" or case["service"] in entry["services"]
        if entry["area"] not in ("any", area) or not fits:
            continue
        change = entry.get(referral)
        if change is None:
            break
        if entry["shape"] == "own_table":
            return merge_patch(rule, change), Fraction(0), Fraction(1)
        if entry["shape"] == "points":
            return rule, Fraction(change, PPM), Fraction(1)
        return rule, Fraction(0), Fraction(change, PPM)
    return rule, Fraction(0), Fraction(1)
