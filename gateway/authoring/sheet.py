"""One region's rules on a date as a sheet that a clerk can hold against the official text."""

from collections.abc import Iterator
from typing import Any

from core import rules
from core.rules import SCHEMES, SERVICES
from gateway.authoring.values import number, percent, table
from gateway.wording import yuan

Document = dict[str, Any]

_MEASURES = {
    None: "on this bill behind the deductible",
    "stay_in_scope": "on the stay's in-scope money",
    "year_in_scope": "on the year's in-scope money",
    "year_pooled_paid": "on what the fund has paid this year",
}
_DEDUCTIBLES = {"annual": "a year", "per_visit": "a visit", "per_stay": "a stay"}


def sheet(document: Document, date: str, scheme: str = "", service: str = "") -> Iterator[str]:
    """The lines of a sheet.

    Args:
        document: without problems.
        date: YYYY-MM-DD; picks the versions.
        scheme, service: only these, where they are not empty.
    """
    english = f" ({document['name_en']})" if "name_en" in document else ""
    start = document.get("benefit_year_start", "01-01")
    yield f"{document['region_code']} {document['name']}{english}, version {document.get('version', 'without a name')}"
    yield f"rules of {date}; the benefit year begins on {start}"
    for name in SCHEMES:
        if scheme in ("", name) and name in document["schemes"]:
            for of_service in SERVICES:
                if service in ("", of_service):
                    yield from _service(document, name, of_service, date)
            if not service:
                yield from _stages(document["schemes"][name], name, date)


def _service(document: Document, scheme: str, service: str, date: str) -> Iterator[str]:
    try:
        rule = rules.assemble(document, scheme, service, date)
    except rules.NoRule:
        return
    yield ""
    yield f"{scheme} {service}, {_since(rule)}"
    if rule.get("as_level"):
        yield f"  read at level {rule['as_level']}"
    yield f"  deductible   {_deductible(rule['deductible'])}"
    yield from _ratio(rule["ratio"])
    for key, what in (("pooled_paid_fen", "pays in a year"), ("in_scope_fen", "pays on, of a year's in-scope money,")):
        ceiling = (rule.get("caps") or {}).get(key)
        if ceiling is not None:
            yield f"  ceiling      {what} {table(key, ceiling)}"
    if rule.get("order") == "account_first":
        yield "  order        this year's account money pays in-scope money first"
    if rule.get("civil_servant"):
        yield f"  subsidy      civil servants: {_share_of_rest(rule['civil_servant'])}"
    for kind, terms in (rule.get("assistance") or {}).items():
        if terms:
            yield f"  assistance   {kind}: {_share_of_rest(terms)}"
    account = rule["account"]
    pays = account.get("pays_at_pharmacy", account["pays"]) if service == "pharmacy" else account["pays"]
    yield f"  account      pays {', '.join(pays) or 'nothing'}; first {', '.join(account['owner_order'])}"
    if account.get("family_pays") is not None:
        yield f"               a family account pays {', '.join(account['family_pays']) or 'nothing'}"
    yield from _away(rule, service)


def _deductible(deductible: Document) -> str:
    if deductible["kind"] == "none":
        return "none"
    said = f"{table('amounts', deductible['amounts'])} {_DEDUCTIBLES[deductible['kind']]}"
    for entry in deductible.get("later_stays") or []:
        ways = (f"{key} {number(key, entry[key])}" for key in ("ppm", "step_fen", "step_ppm", "floor") if key in entry)
        changed = f"amounts {table('amounts', entry['amounts'])}" if "amounts" in entry else ", ".join(ways)
        said += f"; from stay {entry['from_stay']} on {changed}"
    family = (deductible.get("reduced_for") or {}).get("family_doctor")
    return said + (f"; {yuan(family)} less with a family doctor" if family else "")


def _ratio(ratio: Document) -> Iterator[str]:
    heading = "pooled fund"
    for band in ratio["bands"]:
        upto = "" if band["to"] is None else f" to {yuan(band['to'])}"
        yield f"  {heading:12} from {yuan(band['from'])}{upto}: {table('ppm', band['ppm'])}"
        heading = ""
    extra = [_MEASURES[ratio.get("measured_on")]] if len(ratio["bands"]) > 1 else []
    if ratio.get("measured_from") == "deductible":
        extra.append("edges count behind the deductible")
    extra += [f"{percent(points)} more from {age} on" for age, points in ratio.get("age_points_ppm") or []]
    if ratio.get("assistance_points_ppm"):
        extra.append(f"{percent(ratio['assistance_points_ppm'])} more with assistance")
    if "max_ppm" in ratio:
        extra.append(f"at most {percent(ratio['max_ppm'])}")
    if extra:
        yield f"               {'; '.join(extra)}"


def _share_of_rest(terms: Document) -> str:
    cap = "" if terms.get("cap_fen") is None else f", at most {yuan(terms['cap_fen'])} a bill"
    counts = f" of {', '.join(terms['counts'])}" if terms.get("counts") else " of what is left in scope"
    return f"{table('ppm', terms['ppm'])}{counts}{cap}"


def _away(rule: Document, service: str) -> Iterator[str]:
    for entry in rule.get("cross_region") or []:
        if entry["services"] != "all" and service not in entry["services"]:
            continue
        said = []
        for referral in ("filed", "transfer", "emergency", "unfiled"):
            change = entry.get(referral)
            if change is None:
                continue
            if entry["shape"] == "own_table":
                said.append(f"{referral}: a table of its own")
            else:
                said.append(f"{referral}: {'-' if entry['shape'] == 'points' else 'x '}{percent(change)}")
        yield f"  away         {entry['area'].replace('_', ' ')}: {', '.join(said)}"


def _stages(scheme: Document, name: str, date: str) -> Iterator[str]:
    for stage in scheme.get("major", []):
        if not rules.is_in_force(stage, date):
            continue
        yield ""
        at_end = ", settled at the end of the year" if stage.get("when") == "year_end" else ""
        yield f"{name} second stage {stage['kind']} for {', '.join(stage['services'])}, {_since(stage)}{at_end}"
        yield f"  threshold    {yuan(stage.get('threshold_fen', 0))}, edges from {stage.get('edges_from', 'threshold')}"
        for band in stage["bands"]:
            upto = "" if band["to"] is None else f" to {yuan(band['to'])}"
            yield f"  band         from {yuan(band['from'])}{upto}: {table('ppm', band['ppm'])}"
        if stage.get("cap_fen") is not None:
            yield f"  ceiling      pays in a year {yuan(stage['cap_fen'])}"


def _since(rule: Document) -> str:
    until = f" before {rule['effective_to']}" if rule.get("effective_to") else ""
    known = "; ".join(part for part in (rule.get("document"), rule.get("provenance")) if part)
    return f"from {rule['effective_from']}{until}{f' ({known})' if known else ''}"
