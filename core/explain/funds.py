"""The steps of the statutory funds: pooled fund, second stages, civil servants' subsidy, assistance."""

from fractions import Fraction
from typing import Any

from core.explain.notes import Notes
from core.explain.origins import NOWHERE, Origins
from core.reference.funds import (
    BURDENS,
    Bill,
    benefit_of,
    counts_of,
    pooled_fund,
    pooled_pieces,
    stage_benefit,
)
from core.reference.numbers import PPM, fen, rounded
from core.reference.persons import Reader

Case = dict[str, Any]
Rule = dict[str, Any]


def explain_funds(
    notes: Notes,
    case: Case,
    rule: Rule,
    usage: dict[str, int],
    shares: list[Fraction],
    bill: tuple[int, int],
    origins: Origins,
) -> None:
    """Steps 4 to 6 of the twin on a bill's (in-scope amount, deductible)."""
    reader, given = Reader(case, rule.get("as_level")), case.get("given") or {}
    _pooled(notes, case, rule, usage, shares, bill, origins)
    if given.get("major_fen") is not None:
        notes.pay("major", BURDENS, fen(given, "major_fen"))
        notes.count("major_paid_fen", fen(given, "major_fen"))
        notes.add("given", NOWHERE, payer="major")
    else:
        _stages(notes, case, rule, usage, reader, origins)
    if case["person"].get("civil_servant", False):
        _share_of_rest(notes, rule.get("civil_servant"), "civil_servant", rule, reader, origins.part("civil_servant"))
    kind = case["person"].get("assistance", "none")
    at = origins.part("assistance", kind).below(f".{kind}")
    _share_of_rest(notes, (rule.get("assistance") or {}).get(kind), "assistance", rule, reader, at)


def _pooled(
    notes: Notes,
    case: Case,
    rule: Rule,
    usage: dict[str, int],
    shares: list[Fraction],
    bill: tuple[int, int],
    origins: Origins,
) -> None:
    (scope, deductible), given = bill, case.get("given") or {}
    reader, caps = Reader(case, rule.get("as_level")), rule.get("caps") or {}
    paid, over_cap = pooled_fund(rule, reader, usage, shares, scope, deductible)
    room = scope
    if caps.get("in_scope_fen") is not None:
        room = max(reader.value(caps["in_scope_fen"], "caps.in_scope_fen") - usage["in_scope_fen"], 0)
    segment = max(min(scope, room) - deductible, 0)
    beyond = scope - deductible - segment
    if given.get("pooled_fen") is not None:
        paid = fen(given, "pooled_fen")
        notes.pay("pooled", ("copay",), paid)
        notes.move("copay", "over_cap", min(over_cap, notes.left["copay"]))
        notes.count("pooled_paid_fen", paid)
        notes.add("given", NOWHERE, payer="pooled")
        return
    if beyond:
        notes.move("copay", "over_cap", beyond)
        notes.add(
            "in_scope_cap", origins.part("caps", "in_scope_fen").below(".in_scope_fen"), room_fen=room, cut_fen=beyond
        )
    pieces = pooled_pieces(rule, shares, usage, Bill(deductible, segment))
    at = origins.part("ratio", "bands")
    for index, (band, piece) in enumerate(zip(rule["ratio"]["bands"], pieces, strict=True)):
        if piece.cost:
            table = Fraction(reader.value(band["ppm"], "ratio.bands.ppm"), PPM)
            facts: dict[str, object] = {
                "cost_fen": piece.cost,
                "share": piece.share,
                "benefit_fen": piece.cost * piece.share,
            }
            changed = {} if table == piece.share else {"table_share": table}
            kind = f"band_{rule['ratio'].get('measured_on') or 'bill'}"
            edges = {"from_fen": band["from"], "to_fen": band["to"] or ""}
            notes.add(kind, at.below(f".bands[{index}]"), **edges, **facts, **changed)
    exact = benefit_of(pieces)
    notes.pay("pooled", ("copay",), paid)
    notes.count("pooled_paid_fen", paid)
    facts = {"benefit_fen": exact, "way": way_of(rule)}
    if paid < rounded(exact, rule):
        cut = over_cap - beyond
        notes.move("copay", "over_cap", cut)
        at = origins.part("caps", "pooled_paid_fen").below(".pooled_paid_fen")
        notes.add("pooled_capped", at, **facts, paid_before_fen=usage["pooled_paid_fen"], cut_fen=cut)
    else:
        notes.add("pooled", at, **facts)


def _stages(notes: Notes, case: Case, rule: Rule, usage: dict[str, int], reader: Reader, origins: Origins) -> None:
    paid_so_far, over_cap = 0, notes.left["over_cap"]
    for entry in rule.get("major") or []:
        if case["service"] not in entry["services"] or entry.get("when") == "year_end":
            continue
        at = bands_at = origins.stage(entry)
        patch = (entry.get("assistance_patch") or {}) if reader.assisted else {}
        if patch:
            at = at.below(".assistance_patch")
            bands_at = at if "bands" in patch else bands_at
            entry = entry | patch
        parts = counts_of(entry)
        is_over_cap = entry["kind"] == "over_cap"
        base = over_cap if is_over_cap else sum(notes.left[part] for part in parts)
        before = usage["major_in_scope_fen"]
        exact = stage_benefit(entry, reader, before + base) - stage_benefit(entry, reader, before)
        for index, band in enumerate(entry["bands"]):
            alone = entry | {"bands": [band]}
            piece = stage_benefit(alone, reader, before + base) - stage_benefit(alone, reader, before)
            if piece:
                share = Fraction(reader.value(band["ppm"], "major.bands.ppm"), PPM)
                facts: dict[str, object] = {"cost_fen": piece / share, "share": share, "benefit_fen": piece}
                notes.add("stage_band", bands_at.below(f".bands[{index}]"), **facts)
        paid, capped = rounded(exact, rule), {}
        if entry.get("cap_fen") is not None:
            room = max(entry["cap_fen"] - usage["major_paid_fen"] - paid_so_far, 0)
            capped = {"room_fen": room} if room < paid else {}
            paid = min(paid, room)
        notes.pay("major", ("over_cap", "copay", "deductible") if is_over_cap else parts, paid)
        notes.count("major_in_scope_fen", base)
        notes.count("major_paid_fen", paid)
        facts = {"base_fen": base, "before_fen": before, "threshold_fen": entry.get("threshold_fen", 0)}
        kind = "stage_over_cap" if is_over_cap else "stage_over_burden"
        notes.add(kind, at, **facts, benefit_fen=exact, way=way_of(rule), **capped)
        paid_so_far += paid


def _share_of_rest(notes: Notes, terms: Rule | None, payer: str, rule: Rule, reader: Reader, at: Any) -> None:
    if not terms:
        return
    parts = counts_of(terms)
    share = Fraction(reader.value(terms["ppm"], f"{payer}.ppm"), PPM)
    base = sum(notes.left[part] for part in parts)
    paid, capped = rounded(base * share, rule), {}
    if terms.get("cap_fen") is not None:
        capped = {"room_fen": terms["cap_fen"]} if terms["cap_fen"] < paid else {}
        paid = min(paid, terms["cap_fen"])
    notes.pay(payer, parts, paid)
    facts = {"base_fen": base, "share": share, "benefit_fen": base * share, "way": way_of(rule)}
    notes.add(payer, at, **facts, **capped)


def way_of(rule: Rule) -> str:
    """How the rule's funds round: half_up, half_even, down or up."""
    way: str = (rule.get("rounding") or {}).get("fund", "half_up")
    return way.partition("_per_")[0]
