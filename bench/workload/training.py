"""A LightGBM model trained on the first months of a made-up year, as a bundle that a gateway takes."""

import datetime
import json
import tempfile
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from bench.workload.visits import YEAR_BEGAN_MS
from bench.workload.year import Seen
from core.risk.bundle import read_bundle
from core.risk.meanings import FEATURES
from gateway.risk.importing import import_model

TRAINED_MONTHS = 8
TREES, LEAVES = 100, 31
# Numbers that name a place or say nothing here: a model that learns them by heart knows this region and no other.
_LEFT_OUT = ("insured_region", "treatment_region", "scenario", "authentication", "listed_watch", "weekday")
MODEL_FEATURES = tuple(name for name in FEATURES if name not in _LEFT_OUT)
_PLACES = [FEATURES.index(name) for name in MODEL_FEATURES]
_SAMPLES = 64


def month_of(at_ms: int) -> int:
    """1 to 12, by China's clocks."""
    return datetime.datetime.fromtimestamp(at_ms / 1000, datetime.timezone(datetime.timedelta(hours=8))).month


def matrix(rows: list[Seen]) -> Any:
    """The model's features of payments, shape [n][features]."""
    return np.array([row.features for row in rows], dtype=np.int32)[:, _PLACES]


def train(rows: list[Seen]) -> dict[str, Any]:
    """The bundle of a model of the months up to TRAINED_MONTHS.

    Args:
        rows: a year of payments, by time.
    """
    assert rows[0].at_ms >= YEAR_BEGAN_MS
    known = [row for row in rows if month_of(row.at_ms) <= TRAINED_MONTHS]
    values, labels = matrix(known), np.array([bool(row.label) for row in known])
    settings = {
        "objective": "binary", "num_leaves": LEAVES, "learning_rate": 0.06, "min_data_in_leaf": 40,
        "feature_fraction": 0.7, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "seed": 1,
        "deterministic": True, "num_threads": 2, "verbose": -1,
    }  # fmt: skip
    booster = lightgbm.train(settings, lightgbm.Dataset(values.astype(np.float64), labels), TREES)
    usual = [int(value) for value in np.median(values[~labels], axis=0)]
    chosen = values[np.linspace(0, len(values) - 1, _SAMPLES).astype(int)]
    margins = booster.predict(chosen.astype(np.float64), raw_score=True)
    samples = [([int(one) for one in row], float(margin)) for row, margin in zip(chosen, margins, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.txt")
        booster.save_model(path)
        named = list(zip(MODEL_FEATURES, usual, strict=True))
        return import_model(path, "lightgbm", "made-up-traffic", named, samples)


def write_bundle(bundle: dict[str, Any], path: Path) -> None:
    """Writes a bundle where a gateway's operator finds it, after it was read back."""
    read_bundle(bundle, FEATURES)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(bundle, separators=(",", ":")) + "\n")
