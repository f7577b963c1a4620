"""The reference split: the same rules as the compiled core, in exact fractions, slow and obvious.

Design
    Written from the rules of policy documents and worked cases alone, not from the compiled core: it has its
    own assembly, its own look-ups and other algorithms, so that a slip in one of the two shows as a difference. Every
    amount is a Fraction until the rules name a rounding; the segment under a cap is found by walking the exact costs
    that lie in each band.
    Where the rules are silent, both cores do this: the deductible base of a bill with exempt lines is the half-up of
    the exact in-scope sum of its other lines, at most the bill's in-scope amount. Later-stay amounts are half-up.
    `later_stays` holds for `per_stay` only. Bands without `measured_on` start at 0 behind the deductible. What
    later funds pay comes off the co-pay part first, then off the deductible part. `assistance` ceilings are for one
    bill. Several second stages share the accumulator as it was before the bill, and a stage's ceiling is less what the
    bill's earlier stages paid. What the cap cut off stays the base of `over_cap` when the pooled amount is given.

Invariants
    total = the sum of all payers, no amount is negative, and the funds never pay more than what is in scope.
"""

import datetime
import json
import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

MONEY_MAX_FEN = 100_000_000_000
PPM = 1_000_000
LEVELS = ("community", "level1", "level2", "level3", "level3_top")
NATURES = ("full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")
USAGE = ("deductible_used_fen", "in_scope_fen", "pooled_paid_fen", "major_in_scope_fen", "major_paid_fen")
OWNERS = ("self_current_year", "self", "family")


class CaseRefused(ValueError):
    """A case that has no split: no rule for it, or numbers that no bill can have."""


class Piece(NamedTuple):
    """A part of the cost behind the deductible that the pooled fund pays one share of."""

    cost: Fraction
    share: Fraction


def half_up(amount: Fraction) -> int:
    """Whole fen, half a fen up."""
    return math.floor(amount + Fraction(1, 2))


def fen(fields: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """An amount of a case, checked to be whole fen from 0 to MONEY_MAX_FEN."""
    amount = fields.get(name, default)
    if type(amount) is not int:
        raise CaseRefused(f"{name} must be a whole number of fen, not {amount!r}")
    if not 0 <= amount <= MONEY_MAX_FEN:
        raise CaseRefused(f"{name} must be 0 to {MONEY_MAX_FEN} fen, not {amount}")
    return amount


# --- The documents ---


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
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{file.name} is not JSON: {error}") from error
        if not isinstance(document, dict):
            raise ValueError(f"{file.name} is not a policy: write an object")
        shared = {key: document[key] for key in ("defaults", "levels") if key in document}
        for region in document.get("regions", [document]):
            if not isinstance(region, dict) or "region_code" not in region:
                raise ValueError(f"{file.name} has no region_code")
            documents[region["region_code"]] = shared | region
    if not documents:
        raise ValueError("no policy (*.json) is in this folder")
    return documents


def defaults_for_unknown(regions: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What a region without a document starts from: the defaults of the first region by code."""
    return {"defaults": regions[min(regions)].get("defaults", {})} if regions else {}


# --- The assembled rule ---


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
            return {**named, "as_level": version.get("as_level")}
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


class Reader:
    """Looks up values by person and level."""

    def __init__(self, case: dict[str, Any], as_level: str | None) -> None:
        self.person = case["person"]
        self.level = as_level or case["institution"]["level"]
        self.assisted = self.person.get("assistance", "none") != "none"

    def value(self, table: Any, what: str) -> int:
        """The number for this person at this level, or CaseRefused, which names the table by `what`."""
        if isinstance(table, dict):
            table = self.of_person(table, what)
        if isinstance(table, list):
            if self.level not in LEVELS[: len(table)]:
                raise CaseRefused(f"{what} has no value for level {self.level}")
            table = table[LEVELS.index(self.level)]
        assert isinstance(table, int)
        return table

    def of_person(self, table: dict[str, Any], what: str) -> Any:
        """The entry for the status: of the highest age reached, else without age; students and elders: resident's."""
        status = self.person["status"]
        for name in [status, "resident"] if status in ("student", "elder") else [status]:
            ages = [int(key.split("@")[1]) for key in table if key.startswith(f"{name}@")]
            reached = [age for age in ages if age <= self.person["age"]]
            if reached:
                return table[f"{name}@{max(reached)}"]
            if name in table:
                return table[name]
        raise CaseRefused(f"{what} has no value for status {status}")


# --- The steps ---


def natures_of(case: dict[str, Any]) -> tuple[dict[str, int], int]:
    """Step 1: the bill by nature, with total_fen, and the in-scope amount that the deductible may fill."""
    if case.get("lines") is None:
        amounts = case["amounts"]
        natures = {name: fen(amounts, name) for name in ("total_fen", *NATURES)}
        if natures["total_fen"] != sum(natures[name] for name in NATURES):
            raise CaseRefused("amounts: the natures do not add up to total_fen")
        return natures, natures["in_scope_fen"]
    total = full = over = 0
    in_scope = base = Fraction(0)
    for line in case["lines"]:
        amount, limit = fen(line, "amount_fen"), line.get("price_limit_fen")
        total += amount
        self_pay = Fraction(line.get("self_pay_ppm", 0), PPM)
        if not 0 <= self_pay <= 1:
            raise CaseRefused(f"self_pay_ppm must be 0 to {PPM}")
        if line["class"] == "C" or self_pay == 1:
            full += amount
            continue
        above = 0 if limit is None else max(amount - fen(line, "price_limit_fen"), 0)
        over += above
        in_scope += (amount - above) * (1 - self_pay)
        if not line.get("deductible_exempt", False):
            base += (amount - above) * (1 - self_pay)
    if total > MONEY_MAX_FEN:
        raise CaseRefused(f"the lines add up to more than {MONEY_MAX_FEN} fen")
    whole = half_up(in_scope)
    natures = dict(zip(("total_fen", *NATURES), (total, full, over, total - full - over - whole, whole), strict=True))
    return natures, min(half_up(base), whole)


def usage_of(case: dict[str, Any], year_start: str) -> dict[str, int]:
    """The accumulators before the bill; those of an earlier benefit year count as 0."""
    accumulators = case.get("accumulators") or {}
    as_of = accumulators.get("as_of")
    if as_of is not None and benefit_year(as_of, year_start) < benefit_year(case["service_date"], year_start):
        return dict.fromkeys(USAGE, 0)
    return {name: fen(accumulators, name, 0) for name in USAGE}


def benefit_year(date: str, year_start: str) -> int:
    """The calendar year in which the benefit year of a date began."""
    try:
        year = datetime.date.fromisoformat(date).year
    except (TypeError, ValueError) as error:
        raise CaseRefused(f"{date!r} is not a date YYYY-MM-DD") from error
    return year if date[5:] >= year_start else year - 1


def deductible_due(rule: dict[str, Any], case: dict[str, Any], reader: Reader, used_fen: int) -> int:
    """What the person owes before the fund pays."""
    deductible = rule["deductible"]
    if deductible["kind"] == "none":
        return 0
    due: int = reader.value(deductible["amounts"], "deductible.amounts")
    stay = case.get("stay_number", 1) if case["service"] == "inpatient" else 1
    entries = [entry for entry in deductible.get("later_stays") or [] if entry["from_stay"] <= stay]
    if deductible["kind"] == "per_stay" and entries:
        due = later_stay_amount(max(entries, key=lambda entry: entry["from_stay"]), due, stay, reader)
    if case["person"].get("family_doctor", False):
        due = max(due - (deductible.get("reduced_for") or {}).get("family_doctor", 0), 0)
    if deductible["kind"] == "annual":
        due = max(due - used_fen, 0)
    return due


def later_stay_amount(entry: dict[str, Any], first: int, stay: int, reader: Reader) -> int:
    """The deductible of a later stay, half-up to the fen."""
    if "amounts" in entry:
        return reader.value(entry["amounts"], "deductible.later_stays.amounts")
    if "ppm" in entry:
        return half_up(Fraction(first * reader.value(entry["ppm"], "deductible.later_stays.ppm"), PPM))
    step = Fraction(entry["step_fen"]) if "step_fen" in entry else Fraction(first * entry["step_ppm"], PPM)
    floor: int = entry.get("floor", 0)
    if first < floor:
        return first
    return max(half_up(first + step * (stay - entry["from_stay"] + 1)), floor)


def shares_of(rule: dict[str, Any], reader: Reader, points: Fraction, factor: Fraction) -> list[Fraction]:
    """Each band's share for this person: age and assistance points, the ceiling, then the cross-region change."""
    ratio, shares = rule["ratio"], []
    reached = [pair for pair in ratio.get("age_points_ppm") or [] if pair[0] <= reader.person["age"]]
    for band in ratio["bands"]:
        ppm = reader.value(band["ppm"], "ratio.bands.ppm")
        if reached:
            ppm += max(reached)[1]
        if reader.assisted:
            ppm += ratio.get("assistance_points_ppm", 0)
        ppm = min(ppm, ratio.get("max_ppm", ppm))
        if ppm > PPM:
            raise CaseRefused("ratio is over 100 %: lower it, or set max_ppm")
        shares.append(max(Fraction(ppm, PPM) - points, Fraction(0)) * factor)
    return shares


def pieces_on_cost(bands: list[dict[str, Any]], shares: list[Fraction], start: int, segment: int) -> list[Piece]:
    """The segment cut at the band edges, where edges lie on cost and the segment begins at `start`."""
    pieces = []
    for band, share in zip(bands, shares, strict=True):
        end = start + segment if band["to"] is None else min(band["to"], start + segment)
        pieces.append(Piece(Fraction(max(end - max(band["from"], start), 0)), share))
    return pieces


def pieces_on_paid(bands: list[dict[str, Any]], shares: list[Fraction], paid: int, segment: int) -> list[Piece]:
    """The segment cut where the fund's payments, which stand at `paid`, reach the band edges; cuts are exact."""
    pieces, left = [], Fraction(segment)
    for band, share in zip(bands, shares, strict=True):
        cost = left
        if band["to"] is not None and share > 0:
            cost = min(left, max(band["to"] - paid, 0) / share)
        elif band["to"] is not None and paid >= band["to"]:
            cost = Fraction(0)
        pieces.append(Piece(cost, share))
        left -= cost
        paid = paid if band["to"] is None else max(paid, band["to"])
    return pieces


def pooled_and_over_cap(pieces: list[Piece], segment: int, room: int | None) -> tuple[int, int]:
    """Step 4: what the pooled fund pays, and the in-scope amount it left because its cap was reached."""
    pooled = half_up(sum((piece.cost * piece.share for piece in pieces), Fraction(0)))
    if room is None or pooled <= room:
        return pooled, 0
    cost, missing = Fraction(0), Fraction(room)
    for piece in pieces:
        if piece.cost * piece.share >= missing:
            cost += missing / piece.share if missing else 0
            break
        cost += piece.cost
        missing -= piece.cost * piece.share
    return room, segment - math.ceil(cost)


def stage_benefit(entry: dict[str, Any], reader: Reader, yearly_base: int) -> Fraction:
    """F of step 5: the exact benefit of a yearly base."""
    threshold = entry.get("threshold_fen", 0)
    shift = threshold if entry.get("edges_from", "threshold") == "threshold" else 0
    benefit = Fraction(0)
    for band in entry["bands"]:
        low = max(band["from"] + shift, threshold)
        high = yearly_base if band["to"] is None else min(band["to"] + shift, yearly_base)
        benefit += max(high - low, 0) * Fraction(reader.value(band["ppm"], "major.bands.ppm"), PPM)
    return benefit


def second_stages(
    rule: dict[str, Any], service: str, reader: Reader, usage: dict[str, int], over_cap: int, personal: int
) -> int:
    """Step 5: the sum of the second stages that count this service, in the list's order."""
    paid = 0
    for entry in rule.get("major") or []:
        if service not in entry["services"] or entry.get("when") == "year_end":
            continue
        if reader.assisted:
            entry = entry | (entry.get("assistance_patch") or {})
        before = usage["major_in_scope_fen"]
        base = over_cap if entry["kind"] == "over_cap" else personal - paid
        benefit = half_up(stage_benefit(entry, reader, before + base) - stage_benefit(entry, reader, before))
        if entry.get("cap_fen") is not None:
            benefit = min(benefit, max(entry["cap_fen"] - usage["major_paid_fen"] - paid, 0))
        paid += benefit
    return paid


def take(parts: dict[str, int], order: tuple[str, ...], amount: int, payer: str) -> None:
    """Takes an amount off the parts, one after the other, or refuses it if they hold less."""
    for name in order:
        taken = min(parts[name], amount)
        parts[name] -= taken
        amount -= taken
    if amount > 0:
        raise CaseRefused(f"{payer} is {amount} fen more than what it may pay of this bill")


def balances_of(case: dict[str, Any]) -> dict[str, int]:
    """Account money by owner."""
    balances = dict.fromkeys(OWNERS, 0)
    for account in case.get("accounts") or []:
        balances[account["owner"]] += fen(account, "balance_fen")
    return balances


def pooled_pieces(
    rule: dict[str, Any], shares: list[Fraction], usage: dict[str, int], deductible: int, segment: int
) -> list[Piece]:
    """What of the segment behind the deductible the fund pays which share of."""
    bands, measure = rule["ratio"]["bands"], rule["ratio"].get("measured_on")
    if measure == "year_pooled_paid":
        return pieces_on_paid(bands, shares, usage["pooled_paid_fen"], segment)
    start = {None: 0, "stay_in_scope": deductible, "year_in_scope": usage["in_scope_fen"] + deductible}
    return pieces_on_cost(bands, shares, start[measure], segment)


def funds_of(
    case: dict[str, Any], rule: dict[str, Any], usage: dict[str, int], shares: list[Fraction], left: dict[str, int]
) -> dict[str, int]:
    """Steps 4 to 6: what each fund pays of the deductible and co-pay parts, which it takes off `left`."""
    reader, given, order = Reader(case, rule.get("as_level")), case.get("given") or {}, ("copay", "deductible")
    cap = (rule.get("caps") or {}).get("pooled_paid_fen")
    room = None if cap is None else max(reader.value(cap, "caps.pooled_paid_fen") - usage["pooled_paid_fen"], 0)
    pieces = pooled_pieces(rule, shares, usage, left["deductible"], left["copay"])
    pooled, over_cap = pooled_and_over_cap(pieces, left["copay"], room)
    if given.get("pooled_fen") is not None:
        pooled = fen(given, "pooled_fen")
    take(left, ("copay",), pooled, "pooled_fen")
    over_cap = min(over_cap, left["copay"])
    major = second_stages(rule, case["service"], reader, usage, over_cap, sum(left.values()))
    if given.get("major_fen") is not None:
        major = fen(given, "major_fen")
    take(left, order, major, "major_fen")
    civil = assistance = 0
    if case["person"].get("civil_servant", False) and rule.get("civil_servant"):
        ppm = reader.value(rule["civil_servant"]["ppm"], "civil_servant.ppm")
        civil = half_up(Fraction(sum(left.values()) * ppm, PPM))
        take(left, order, civil, "civil_servant_fen")
    terms = (rule.get("assistance") or {}).get(reader.person.get("assistance", "none"))
    if terms:
        assistance = half_up(Fraction(sum(left.values()) * reader.value(terms["ppm"], "assistance.ppm"), PPM))
        assistance = assistance if terms.get("cap_fen") is None else min(assistance, terms["cap_fen"])
        take(left, order, assistance, "assistance_fen")
    funds = {"pooled_fen": pooled, "major_fen": major, "civil_servant_fen": civil, "assistance_fen": assistance}
    return funds | {"other_fund_fen": 0}


def split_case(case: dict[str, Any], regions: Mapping[str, dict[str, Any]]) -> dict[str, int]:
    """The split of a worked case.

    Args:
        case: as written in the cases file; amounts in fen, ratios in ppm.
        regions: documents by region code (load_regions).
    Returns:
        Natures, payers and deductible in fen, by the sixteen names of a case's `expected`.
    Raises:
        CaseRefused: no rule for it, or numbers that no bill can have.
    """
    rule, points, factor = away_from_home(assemble(case, regions), case)
    for part in ("deductible", "ratio", "account"):
        if part not in rule:
            raise CaseRefused(f"the rule has no {part}: write it in the rule_override")
    natures, base = natures_of(case)
    usage = usage_of(case, rule["benefit_year_start"])
    balances = balances_of(case)
    scope, first = natures["in_scope_fen"], 0
    if rule.get("order", "standard") == "account_first":
        first = min(balances["self_current_year"], scope)
    balances["self_current_year"] -= first
    reader = Reader(case, rule.get("as_level"))
    deductible = min(deductible_due(rule, case, reader, usage["deductible_used_fen"]), base, scope - first)
    left = {"copay": scope - first - deductible, "deductible": deductible}
    funds = funds_of(case, rule, usage, shares_of(rule, reader, points, factor), left)
    given = case.get("given") or {}
    hospital = 0 if given.get("hospital_fen") is None else fen(given, "hospital_fen")
    left |= {"full_self": natures["full_self_pay_fen"], "over_limit": natures["over_limit_fen"]}
    left["class_b"] = natures["class_b_self_pay_fen"]
    take(left, ("full_self", "over_limit", "class_b"), hospital, "hospital_fen")
    pays = rule["account"]["pays"]
    if case["service"] == "pharmacy":
        pays = rule["account"].get("pays_at_pharmacy", pays)
    paid = dict.fromkeys(OWNERS, 0)
    for owner in rule["account"]["owner_order"]:
        paid[owner] = min(balances[owner], sum(left[nature] for nature in pays))
        take(left, tuple(pays), paid[owner], owner)
    return {
        **natures,
        "deductible_fen": deductible,
        **funds,
        "hospital_fen": hospital,
        "account_fen": first + paid["self_current_year"] + paid["self"],
        "family_account_fen": paid["family"],
        "commercial_fen": 0,
        "cash_fen": sum(left.values()),
    }
