"""Policy documents for tests: a good one that uses every kind of rule, and a way to change one place of it."""

import copy
import re
from typing import Any

DELETED = object()

LEVEL_SHARES = [900_000, 850_000, 800_000, 750_000, 750_000]

GOOD: dict[str, Any] = {
    "format": "medsettle-policy/1",
    "version": "2025-01",
    "region_code": "990100",
    "name": "测试市",
    "name_en": "Testville",
    "levels": ["community", "level1", "level2", "level3", "level3_top"],
    "benefit_year_start": "07-01",
    "trust": "made up",
    "notes": ["made for tests"],
    "payment": {"passwordless_limit_fen": 50_000},
    "defaults": {
        "rounding": {"in_scope": "half_up_per_bill", "class_b": "residual"},
        "order": "standard",
        "account": {
            "pays": ["deductible", "copay", "class_b"],
            "pays_at_pharmacy": ["deductible", "copay", "class_b", "full_self"],
            "owner_order": ["self_current_year", "self", "family"],
            "provenance": "assumed",
        },
        "civil_servant": None,
        "assistance": None,
    },
    "cross_region": [
        {
            "area": "any",
            "services": "all",
            "shape": "multiplier",
            "filed": 1_000_000,
            "transfer": 900_000,
            "emergency": 900_000,
            "unfiled": 700_000,
            "note": "the whole region's",
        }
    ],
    "schemes": {
        "employee": {
            "outpatient": [
                {
                    "effective_from": "2020-01-01",
                    "effective_to": "2023-01-01",
                    "document": "测医保发〔2019〕1号",
                    "order": "account_first",
                    "deductible": {"kind": "annual", "amounts": {"active": 180_000, "retired": 130_000}},
                    "ratio": {"bands": [{"from": 0, "to": None, "ppm": LEVEL_SHARES}]},
                    "caps": {"pooled_paid_fen": 2_000_000},
                },
                {
                    "effective_from": "2023-01-01",
                    "effective_to": None,
                    "deductible": {"kind": "annual", "amounts": 180_000, "reduced_for": {"family_doctor": 30_000}},
                    "ratio": {
                        "measured_on": "year_pooled_paid",
                        "bands": [
                            {"from": 0, "to": 2_000_000, "ppm": {"active": 700_000, "retired@70": 900_000}},
                            {"from": 2_000_000, "to": None, "ppm": 600_000},
                        ],
                    },
                    "caps": {"pooled_paid_fen": None},
                    "account": {"pays": ["copay"]},
                    "civil_servant": {"ppm": 500_000},
                    "assistance": {"low_income": {"ppm": 700_000, "cap_fen": None}, "destitute": {"ppm": 1_000_000}},
                },
            ],
            "inpatient": [
                {
                    "effective_from": "2020-01-01",
                    "deductible": {
                        "kind": "per_stay",
                        "amounts": [20_000, 30_000, 40_000, 80_000, 80_000],
                        "later_stays": [
                            {"from_stay": 2, "ppm": 500_000},
                            {"from_stay": 3, "step_fen": -5_000, "floor": 0},
                        ],
                    },
                    "ratio": {
                        "measured_on": "stay_in_scope",
                        "bands": [
                            {"from": 0, "to": 3_000_000, "ppm": LEVEL_SHARES},
                            {"from": 3_000_000, "to": None, "ppm": {"active": LEVEL_SHARES, "retired": 950_000}},
                        ],
                        "age_points_ppm": [[60, 20_000], [80, 80_000]],
                        "assistance_points_ppm": 50_000,
                        "max_ppm": 1_000_000,
                    },
                    "caps": {"pooled_paid_fen": {"active": 10_000_000, "retired": 12_000_000}},
                }
            ],
            "pharmacy": [
                {"effective_from": "2023-01-01", "same_as": "outpatient", "as_level": "level3", "note": "双通道"},
            ],
            "major": [
                {
                    "effective_from": "2020-01-01",
                    "kind": "over_cap",
                    "services": ["inpatient"],
                    "threshold_fen": 0,
                    "edges_from": "threshold",
                    "bands": [{"from": 0, "to": None, "ppm": {"active": 850_000, "retired": 800_000}}],
                    "cap_fen": 40_000_000,
                },
                {
                    "effective_from": "2024-01-01",
                    "kind": "over_burden",
                    "when": "year_end",
                    "services": ["inpatient", "outpatient"],
                    "bands": [{"from": 0, "to": None, "ppm": 600_000}],
                },
            ],
        },
        "resident": {
            "inpatient": [
                {
                    "effective_from": "2020-01-01",
                    "deductible": {"kind": "per_stay", "amounts": {"resident": 30_000, "student": 15_000}},
                    "ratio": {"bands": [{"from": 0, "to": None, "ppm": 700_000}], "assistance_points_ppm": 50_000},
                    "caps": {"pooled_paid_fen": 8_000_000},
                }
            ],
            "major": [
                {
                    "effective_from": "2020-01-01",
                    "kind": "over_burden",
                    "services": ["inpatient", "chronic"],
                    "threshold_fen": 1_000_000,
                    "edges_from": "zero",
                    "bands": [{"from": 1_000_000, "to": None, "ppm": 500_000}],
                    "cap_fen": 20_000_000,
                    "assistance_patch": {
                        "threshold_fen": 500_000,
                        "bands": [{"from": 500_000, "to": None, "ppm": 550_000}],
                        "cap_fen": None,
                    },
                }
            ],
            "cross_region": [
                {
                    "area": "in_province",
                    "services": ["inpatient"],
                    "shape": "own_table",
                    "filed": {"deductible": {"amounts": 100_000}, "caps": {"pooled_paid_fen": None}},
                    "unfiled": {
                        "deductible": {"kind": "per_stay", "amounts": 150_000, "later_stays": None},
                        "ratio": {"bands": [{"from": 0, "to": None, "ppm": 400_000}]},
                    },
                },
                {"area": "out_of_province", "services": "all", "shape": "points", "filed": 0, "unfiled": 200_000},
            ],
        },
    },
}

EMPLOYEE = "schemes.employee"
RESIDENT = "schemes.resident"


def good() -> dict[str, Any]:
    """A copy of the good document."""
    return copy.deepcopy(GOOD)


def steps(path: str) -> list[str | int]:
    """The keys and indexes of a path like schemes.employee.inpatient[0].ratio."""
    return [int(index) if index else key for key, index in re.findall(r"([^.\[\]]+)(?!\])|\[(\d+)\]", path)]


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good document with another value at a path, or without what is there (DELETED)."""
    document: Any = good()
    *parents, last = steps(path)
    place = document
    for step in parents:
        place = place[step]
    if value is DELETED:
        del place[last]
    else:
        place[last] = value
    return document
