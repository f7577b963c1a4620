"""Steps 3 to 6 of the reference: the deductible, and what each fund pays."""

import math
from fractions import Fraction
from typing import Any, NamedTuple

from core.reference.numbers import PPM, CaseRefused, fen, half_up, rounded
from core.reference.persons import Reader

Parts = dict[str, int]

# What the pooled fund leaves of the in-scope amount, in the order in which later payers take from it.
BURDENS = ("copay", "over_cap", "deductible")


class Bill(NamedTuple):
    """A bill's in-scope amount as the pooled fund sees it."""

    deductible: int
    segment: int  # behind the deductible, and not over a ceiling of in-scope money


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


def benefit_of(pieces: list[Piece]) -> Fraction:
    """What the fund pays on pieces of cost, exactly."""
    return sum((piece.cost * piece.share for piece in pieces), Fraction(0))


def cost_reaching(pieces: list[Piece], room: int) -> Fraction:
    """The least exact cost of pieces that have more to give on which the fund pays a ceiling's room."""
    cost, missing = Fraction(0), Fraction(room)
    for piece in pieces:
        if missing == 0:
            break
        if piece.cost * piece.share >= missing:
            return cost + missing / piece.share
        cost += piece.cost
        missing -= piece.cost * piece.share
    return cost


def pooled_pieces(rule: dict[str, Any], shares: list[Fraction], usage: dict[str, int], bill: Bill) -> list[Piece]:
    """What of the segment behind the deductible the fund pays which share of."""
    ratio = rule["ratio"]
    bands, measure, start = ratio["bands"], ratio.get("measured_on"), 0
    if measure == "year_pooled_paid":
        return pieces_on_paid(bands, shares, usage["pooled_paid_fen"], bill.segment)
    if measure is not None and ratio.get("measured_from") == "deductible":
        if measure == "year_in_scope":
            start = max(usage["in_scope_fen"] - usage["deductible_used_fen"], 0)
    elif measure is not None:
        start = bill.deductible + (usage["in_scope_fen"] if measure == "year_in_scope" else 0)
    return pieces_on_cost(bands, shares, start, bill.segment)


def pooled_fund(
    rule: dict[str, Any], reader: Reader, usage: dict[str, int], shares: list[Fraction], scope: int, deductible: int
) -> tuple[int, int]:
    """Step 4: what the pooled fund pays, and the in-scope amount that its ceilings cut off."""
    caps, room = rule.get("caps") or {}, scope
    if caps.get("in_scope_fen") is not None:
        room = max(reader.value(caps["in_scope_fen"], "caps.in_scope_fen") - usage["in_scope_fen"], 0)
    bill = Bill(deductible, max(min(scope, room) - deductible, 0))
    over_cap = scope - deductible - bill.segment
    pooled = rounded(benefit_of(pooled_pieces(rule, shares, usage, bill)), rule)
    if caps.get("pooled_paid_fen") is None:
        return pooled, over_cap
    room = max(reader.value(caps["pooled_paid_fen"], "caps.pooled_paid_fen") - usage["pooled_paid_fen"], 0)
    if pooled <= room:
        return pooled, over_cap
    capped = math.ceil(cost_reaching(pooled_pieces(rule, shares, usage, bill), room))
    if (rule.get("rounding") or {}).get("cap_segment") == "floor_to_fen":
        # One fen less, unless the fund pays exactly the room on the whole number of fen.
        exact = benefit_of(pooled_pieces(rule, shares, usage, bill._replace(segment=capped)))
        capped -= exact > room
    return room, over_cap + bill.segment - capped


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
    rule: dict[str, Any], service: str, reader: Reader, usage: dict[str, int], left: dict[str, int]
) -> tuple[int, int]:
    """Step 5: what the second stages that count this service pay, in the list's order, and what they counted."""
    paid = counted = 0
    over_cap = left["over_cap"]
    for entry in rule.get("major") or []:
        if service not in entry["services"] or entry.get("when") == "year_end":
            continue
        if reader.assisted:
            entry = entry | (entry.get("assistance_patch") or {})
        parts = counts_of(entry)
        base = over_cap if entry["kind"] == "over_cap" else sum(left[part] for part in parts)
        before = usage["major_in_scope_fen"]
        benefit = rounded(stage_benefit(entry, reader, before + base) - stage_benefit(entry, reader, before), rule)
        if entry.get("cap_fen") is not None:
            benefit = min(benefit, max(entry["cap_fen"] - usage["major_paid_fen"] - paid, 0))
        if entry["kind"] == "over_cap":
            parts = ("over_cap", "copay", "deductible")
        take(left, parts, benefit, "major_fen")
        paid += benefit
        counted += base
    return paid, counted


def counts_of(terms: dict[str, Any]) -> tuple[str, ...]:
    """The parts of the personal in-scope money that a payer counts, in the order in which it takes from them."""
    return tuple(part for part in BURDENS if part in (terms.get("counts") or BURDENS))


def share_of_rest(terms: dict[str, Any] | None, what: str, rule: dict[str, Any], reader: Reader, left: Parts) -> int:
    """Step 6: what a payer pays that takes a share of what is left to the person."""
    if not terms:
        return 0
    parts = counts_of(terms)
    share = Fraction(reader.value(terms["ppm"], f"{what}.ppm"), PPM)
    paid = rounded(sum(left[part] for part in parts) * share, rule)
    if terms.get("cap_fen") is not None:
        paid = min(paid, terms["cap_fen"])
    take(left, parts, paid, what)
    return paid


def take(parts: dict[str, int], order: tuple[str, ...], amount: int, payer: str) -> None:
    """Takes an amount off the parts, one after the other, or refuses it if they hold less."""
    for name in order:
        taken = min(parts[name], amount)
        parts[name] -= taken
        amount -= taken
    if amount > 0:
        raise CaseRefused(f"{payer} is {amount} fen more than what it may pay of this bill")


class Funds(NamedTuple):
    """What the funds pay of a bill, what the second stage counted of it, and what they leave to the person."""

    paid: dict[str, int]
    major_counted: int
    left: dict[str, int]  # by part: copay, over_cap, deductible


def funds_of(
    case: dict[str, Any], rule: dict[str, Any], usage: dict[str, int], shares: list[Fraction], bill: Parts
) -> Funds:
    """Steps 4 to 6 on a bill's in-scope amount (`scope`), of which the `deductible` is left to the person."""
    scope, deductible = bill["scope"], bill["deductible"]
    reader, given, person = Reader(case, rule.get("as_level")), case.get("given") or {}, case["person"]
    pooled, over_cap = pooled_fund(rule, reader, usage, shares, scope, deductible)
    left = {"copay": scope - deductible, "over_cap": 0, "deductible": deductible}
    if given.get("pooled_fen") is not None:
        pooled = fen(given, "pooled_fen")
    take(left, ("copay",), pooled, "pooled_fen")
    left["over_cap"] = min(over_cap, left["copay"])
    left["copay"] -= left["over_cap"]
    if given.get("major_fen") is not None:
        major, counted = fen(given, "major_fen"), 0
        take(left, BURDENS, major, "major_fen")
    else:
        major, counted = second_stages(rule, case["service"], reader, usage, left)
    subsidy = rule.get("civil_servant") if person.get("civil_servant", False) else None
    civil = share_of_rest(subsidy, "civil_servant", rule, reader, left)
    kind = person.get("assistance", "none")
    assistance = share_of_rest((rule.get("assistance") or {}).get(kind), f"assistance.{kind}", rule, reader, left)
    paid = {"pooled_fen": pooled, "major_fen": major, "civil_servant_fen": civil, "assistance_fen": assistance}
    return Funds(paid, counted, left)
