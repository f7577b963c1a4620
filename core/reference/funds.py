"""Steps 3 to 6 of the reference: the deductible, and what each fund pays."""

import math
from fractions import Fraction
from typing import Any, NamedTuple

from core.reference.numbers import PPM, CaseRefused, fen, half_up
from core.reference.persons import Reader


class Piece(NamedTuple):
    """A part of the cost behind the deductible that the pooled fund pays one share of."""

    cost: Fraction
    share: Fraction


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
