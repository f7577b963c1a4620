"""The words of policy documents: every key and value that a rule may be written with, and the room that rules have."""

from typing import Any

Document = dict[str, Any]

PPM = 1_000_000
MONEY_MAX_FEN = 100_000_000_000
AGE_MAX = 150
STAY_MAX = 1000

# What the compiled arrays have room for; core/policy.pxd has the same numbers.
BANDS_MAX = 12
PAID_BANDS_MAX = 4  # year_pooled_paid: more would leave the 128-bit integers in which its edges are exact
PAID_BANDS_OF_FRACTIONS_MAX = 2  # the same where a multiplier leaves fractions of a ppm
LATER_STAYS_MAX = 8
AGES_MAX = 15

LEVELS = ("community", "level1", "level2", "level3", "level3_top")
STATUSES = ("active", "retired", "resident", "student", "elder")
SERVICES = ("outpatient", "inpatient", "pharmacy", "chronic")
NATURES = ("deductible", "copay", "class_b", "over_limit", "full_self")
OWNERS = ("self_current_year", "self", "family")
ASSISTED = ("low_income", "destitute", "registered_poor")
DEDUCTIBLE_KINDS = ("none", "annual", "per_visit", "per_stay")
MEASURES = ("stay_in_scope", "year_in_scope", "year_pooled_paid")
MEASURED_FROM = ("zero", "deductible")
ORDERS = ("standard", "account_first")
EDGES = ("threshold", "zero")
BURDENS = ("deductible", "copay", "over_cap")  # parts of the in-scope money that the pooled fund left
CAPS = ("pooled_paid_fen", "in_scope_fen")
ACCUMULATORS = ("deductible", "in_scope", "pooled_paid")
MARKS = ("source", "secondary_unverified", "inferred_from_receipt", "recalled", "assumed")

# Remarks for people, allowed wherever an object stands.
REMARKS = frozenset(
    ("note", "notes", "name", "provenance", "document", "effective_from_assumed", "trust", "conflicts", "warning")
)
TERMS = ("deductible", "ratio", "caps", "order", "account", "civil_servant", "assistance", "rounding")

SCHEMES = ("employee", "resident")
AREAS = ("any", "in_province", "out_of_province")
SHAPES = ("points", "multiplier", "own_table")
REFERRALS = ("filed", "transfer", "emergency", "unfiled")
STAGE_KINDS = ("over_cap", "over_burden")

DOCUMENT_KEYS = (
    *("format", "version", "money", "ratio", "levels", "defaults", "region_code", "name", "name_en"),
    *("benefit_year_start", "payment", "catalogue", "cross_region", "schemes", "effective_from", "effective_to"),
    "refund",
)
CATALOGUE_KEYS = frozenset(("unlisted", "differing"))  # which lines a treatment region refuses or marks
REFUND_KEYS = frozenset(("later_bills",))
LATER_BILLS = ("keep", "refund_first")  # whether a person's later bills of the year stand when an earlier one goes back
PERIOD_KEYS = ("effective_from", "effective_to")
STAGE_PATCH_KEYS = ("threshold_fen", "edges_from", "bands", "cap_fen")
STAGE_KEYS = (*PERIOD_KEYS, "kind", "when", "services", "counts", "assistance_patch", *STAGE_PATCH_KEYS)

# What an own table is merged into where the region has no rule of its own.
SOUND_RULE: Document = {
    "deductible": {"kind": "none"},
    "ratio": {"bands": [{"from": 0, "to": None, "ppm": 0}]},
    "caps": {"pooled_paid_fen": None},
    "account": {"pays": [], "owner_order": list(OWNERS)},
}

# What a policy may declare of rounding; the first of each holds where it says nothing. A bill's natures are rounded
# where it is made, before anybody knows whose policy will split it, so that in_scope and class_b leave no choice; and
# the person is the residual in every one of them, or the payers would not add up.
ROUNDING = {
    "in_scope": ("half_up_per_bill",),
    "class_b": ("residual",),
    "deductible": ("half_up",),
    "fund": tuple(f"{way}_per_settlement_and_payer" for way in ("half_up", "half_even", "down", "up")),
    "person": ("residual",),
    "cap_segment": ("ceil_to_fen", "floor_to_fen"),
}
