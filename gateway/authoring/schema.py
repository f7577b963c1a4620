"""The JSON Schema of a policy document, for editors: made of the same words as the check.

It knows keys, types, words and ranges. What only the check knows (bands without gaps, versions that do not overlap,
shares that add up) is not in it: a document that an editor likes still goes through `medsettle policy check`.
"""

from typing import Any

from core.rules.words import (
    ACCUMULATORS,
    AREAS,
    ASSISTED,
    BANDS_MAX,
    BURDENS,
    CAPS,
    CATALOGUE_KEYS,
    DEDUCTIBLE_KINDS,
    EDGES,
    LATER_STAYS_MAX,
    LEVELS,
    MARKS,
    MEASURED_FROM,
    MEASURES,
    MONEY_MAX_FEN,
    NATURES,
    ORDERS,
    OWNERS,
    PPM,
    REFERRALS,
    REMARKS,
    ROUNDING,
    SCHEMES,
    SERVICES,
    SHAPES,
    STAGE_KINDS,
    STAGE_PATCH_KEYS,
    STATUSES,
)

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_MARKED = ("provenance", "document")  # remarks with a form of their own where they stand beside a rule


def policy_schema() -> Schema:
    """The schema of one policy document."""
    return {
        "$schema": DRAFT,
        "title": "MedSettle policy",
        "description": "One region's benefit rules: docs/rules/policies.md. Money is whole fen, a ratio whole ppm.",
        **_document(),
        "$defs": _definitions(),
    }


def _document() -> Schema:
    text: Schema = {"type": "string", "minLength": 1}
    scheme = _object(
        {
            **{service: _list(_ref("version")) for service in SERVICES},
            "major": _list(_ref("stage")),
            "cross_region": _list(_ref("change")),
        }
    )
    return _object(
        {
            **{key: text for key in ("format", "version", "name", "name_en")},
            "money": True,
            "ratio": True,
            "region_code": {"type": "string", "pattern": "^[0-9]{6}$"},
            "levels": {"const": list(LEVELS)},
            "benefit_year_start": {"type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$"},
            **_period(),
            "payment": _object({"passwordless_limit_fen": _ref("money")}),
            "catalogue": _object({key: _words(("refuse", "mark")) for key in sorted(CATALOGUE_KEYS)}),
            "defaults": _object(_terms(("order", "account", "civil_servant", "assistance", "rounding")), ("account",)),
            "cross_region": _list(_ref("change")),
            "schemes": _object({name: scheme for name in SCHEMES}) | {"minProperties": 1},
        },
        ("region_code", "name", "defaults", "schemes"),
    )


def _definitions() -> Schema:
    money_step = {"type": "integer", "minimum": -MONEY_MAX_FEN, "maximum": MONEY_MAX_FEN}
    share_step = {"type": "integer", "minimum": -PPM, "maximum": PPM}
    band = {"from": _ref("money"), "to": _or_null(_ref("money")), "ppm": _ref("share_table")}
    patch = {
        "threshold_fen": _ref("money"),
        "edges_from": _words(EDGES),
        "bands": _bands(),
        "cap_fen": _or_null(_ref("money")),
    }
    assert set(patch) == set(STAGE_PATCH_KEYS)
    return {
        "money": {"type": "integer", "minimum": 0, "maximum": MONEY_MAX_FEN},
        "share": {"type": "integer", "minimum": 0, "maximum": PPM},
        "money_table": _table(_ref("money")),
        "share_table": _table(_ref("share")),
        "band": _object(band, ("from", "to", "ppm")),
        "later_stay": _object(
            {
                "from_stay": {"type": "integer", "minimum": 2, "maximum": 1000},
                "amounts": _ref("money_table"),
                "ppm": _ref("share_table"),
                "step_fen": money_step,
                "step_ppm": share_step,
                "floor": _ref("money"),
            },
            ("from_stay",),
        ),
        **_rule_parts(share_step),
        "version": _object({**_period(), **_marks(), **_terms(), **_taken_over()}, ("effective_from",)),
        "stage": _object(
            {
                **_period(),
                **_marks(),
                "kind": _words(STAGE_KINDS),
                "when": {"enum": ["year_end", None]},
                "services": _list(_words(SERVICES)),
                "counts": _or_null(_list(_words(BURDENS))),
                "assistance_patch": _or_null(_object(patch)),
                **patch,
            },
            ("effective_from", "kind", "services", "bands"),
        ),
        "change": _object(
            {
                **_marks(),
                "area": _words(AREAS),
                "services": {"anyOf": [{"const": "all"}, _list(_words(SERVICES))]},
                "shape": _words(SHAPES),
                **{name: {"anyOf": [_ref("share"), _object(_terms()), {"type": "null"}]} for name in REFERRALS},
            },
            ("area", "services", "shape"),
        ),
    }


def _rule_parts(share_step: Schema) -> Schema:
    age_points = {"type": "array", "prefixItems": [{"type": "integer", "minimum": 0}, share_step]}
    account = {
        "pays": _list(_words(NATURES)),
        "pays_at_pharmacy": _list(_words(NATURES)),
        "family_pays": _or_null(_list(_words(NATURES))),
        "owner_order": _list(_words(OWNERS)) | {"minItems": len(OWNERS), "maxItems": len(OWNERS)},
    }
    return {
        "deductible": _object(
            {
                "kind": _words(DEDUCTIBLE_KINDS),
                "amounts": _ref("money_table"),
                "later_stays": _or_null(_list(_ref("later_stay")) | {"maxItems": LATER_STAYS_MAX}),
                "reduced_for": _or_null(_object({"family_doctor": _ref("money")})),
            }
        ),
        "ratio": _object(
            {
                "bands": _bands(),
                "measured_on": {"enum": [*MEASURES, None]},
                "measured_from": {"enum": [*MEASURED_FROM, None]},
                "age_points_ppm": _list(age_points),
                "assistance_points_ppm": share_step,
                "max_ppm": _ref("share"),
            }
        ),
        "caps": _or_null(_object({key: _or_null(_ref("money_table")) for key in CAPS})),
        "order": _words(ORDERS),
        "account": _object(account),
        "share_of_rest": _object(
            {
                "ppm": _ref("share_table"),
                "cap_fen": _or_null(_ref("money")),
                "counts": _or_null(_list(_words(BURDENS))),
            },
            ("ppm",),
        ),
        "rounding": _object({key: _words(ways) for key, ways in ROUNDING.items()}),
    }


def _terms(names: tuple[str, ...] = ()) -> Schema:
    """The parts that a rule is made of."""
    parts = {
        **{name: _ref(name) for name in ("deductible", "ratio", "caps", "order", "account", "rounding")},
        "civil_servant": _or_null(_ref("share_of_rest")),
        "assistance": _or_null(_object({kind: _or_null(_ref("share_of_rest")) for kind in ASSISTED})),
    }
    return {name: parts[name] for name in names or parts}


def _taken_over() -> Schema:
    accumulators = _object({name: _words(SERVICES) for name in ACCUMULATORS})
    return {
        "same_as": _words(SERVICES),
        "as_level": _words(LEVELS),
        "counts_to": {"anyOf": [_words(SERVICES), accumulators]},
        "gap_after": {"const": True},
    }


def _period() -> Schema:
    date = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
    return {"effective_from": date, "effective_to": _or_null(date)}


def _marks() -> Schema:
    return {"provenance": _words(MARKS), "document": _or_null({"type": "string", "pattern": "[^ ]"})}


def _table(number: Schema) -> Schema:
    """A number for everybody, one a level, or by status, of an age on or not."""
    levels = {"type": "array", "items": number, "minItems": len(LEVELS), "maxItems": len(LEVELS)}
    person = f"^({'|'.join(STATUSES)})(@[0-9]{{1,3}})?$"
    persons = {"type": "object", "patternProperties": {person: {"anyOf": [number, levels]}}, "minProperties": 1}
    return {"anyOf": [number, levels, persons | {"additionalProperties": False}]}


def _bands() -> Schema:
    return _list(_ref("band")) | {"minItems": 1, "maxItems": BANDS_MAX}


def _object(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    """An object with these keys, remarks for people, and no others."""
    remarks = {name: True for name in sorted(REMARKS) if name not in properties}
    schema: Schema = {"type": "object", "properties": properties | remarks, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _words(words: Any) -> Schema:
    return {"enum": list(words)}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
