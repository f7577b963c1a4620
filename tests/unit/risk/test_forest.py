"""The core's trees against the libraries that made them, and bundles that may not be used."""

import array
import copy
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st

from core.risk.bundle import BundleError, read_bundle
from core.risk.forest import Forest
from gateway.risk.importing import import_model

FEATURES = 40
NAMES = tuple(f"f{index}" for index in range(FEATURES))
ROWS = 100_000


def numbers(seed: int, count: int) -> Any:
    """Rows of whole numbers: small ones, amounts in fen, and some beyond what a float32 holds exactly."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(-2, 2_000, size=(count, FEATURES))
    rows[:, ::4] = rng.integers(0, 8, size=(count, FEATURES // 4))
    rows[:, 1::8] = rng.integers(0, 2**31 - 1, size=(count, FEATURES // 8))
    return rows.astype(np.int32)


def labels(rows: Any) -> Any:
    return ((rows[:, 0] > 5) & (rows[:, 2] > 900) | (rows[:, 1] > 1_900_000_000) & (rows[:, 3] < 300)).astype(int)


@pytest.fixture(scope="module")
def booster() -> Any:
    rows = numbers(1, 20_000)
    data = lightgbm.Dataset(rows.astype(np.float64), labels(rows))
    settings = {"objective": "binary", "num_leaves": 31, "verbose": -1, "seed": 1, "num_threads": 2}
    return lightgbm.train(settings, data, 100)


def bundle(kind: str, path: Path, margins: Any, rows: Any) -> dict[str, Any]:
    samples = [([int(one) for one in row], float(margin)) for row, margin in zip(rows[:32], margins, strict=False)]
    return import_model(path, kind, "test", [(name, 0) for name in NAMES], samples)


@pytest.fixture(scope="module")
def lightgbm_bundle(booster: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("model") / "model.txt"
    booster.save_model(path)
    rows = numbers(2, 32)
    return bundle("lightgbm", path, booster.predict(rows.astype(np.float64), raw_score=True), rows)


def test_lightgbm_margins_are_equal_bit_for_bit(booster: Any, lightgbm_bundle: dict[str, Any]) -> None:
    rows = numbers(3, ROWS)
    forest = read_bundle(lightgbm_bundle, NAMES)

    ours = np.array(forest.margins(rows))

    assert np.array_equal(ours, booster.predict(rows.astype(np.float64), raw_score=True))
    assert len(np.unique(ours)) > 1_000


def test_xgboost_margins_are_equal_bit_for_bit(tmp_path: Path) -> None:
    rows, others = numbers(4, 20_000), numbers(5, ROWS)
    data = xgboost.DMatrix(rows.astype(np.float64), labels(rows))
    settings = {"objective": "binary:logistic", "max_leaves": 31, "grow_policy": "lossguide", "base_score": 0.5}
    model = xgboost.train(settings, data, 60)
    path = tmp_path / "model.json"
    model.save_model(path)
    theirs = model.predict(xgboost.DMatrix(others.astype(np.float64)), output_margin=True)
    forest = read_bundle(bundle("xgboost", path, theirs, others), NAMES)

    ours = np.array(forest.margins(others), dtype=np.float32)

    assert np.array_equal(ours, theirs)


def test_points_are_the_cuts_that_a_margin_reaches(lightgbm_bundle: dict[str, Any]) -> None:
    rows = numbers(6, 1_000)
    forest = read_bundle(lightgbm_bundle, NAMES)

    expected = [sum(cut <= margin for cut in lightgbm_bundle["cuts"]) for margin in forest.margins(rows)]

    assert forest.points(rows) == expected and max(expected) > 500


def test_a_model_reads_its_features_wherever_they_are(lightgbm_bundle: dict[str, Any]) -> None:
    rows = numbers(7, 200)
    turned = np.ascontiguousarray(rows[:, ::-1])

    ours = read_bundle(lightgbm_bundle, NAMES).margins(rows)

    assert read_bundle(lightgbm_bundle, NAMES[::-1]).margins(turned) == ours


ROW = st.lists(st.integers(-4, 4), min_size=3, max_size=3)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, list[Any]]:
    """A random tree: leaves split one after another."""
    tree: dict[str, list[Any]] = {"feature": [], "threshold": [], "left": [], "right": [], "leaf": []}
    places: list[tuple[list[Any], int]] = []
    for node in range(draw(st.integers(0, 31))):
        if places:
            column, at = places.pop(draw(st.integers(0, len(places) - 1)))
            column[at] = node
        tree["feature"].append(draw(st.integers(0, 2)))
        tree["threshold"].append(draw(st.integers(-3, 3)))
        tree["left"].append(None)
        tree["right"].append(None)
        places += [(tree["left"], node), (tree["right"], node)]
    for leaf, (column, at) in enumerate(places):
        column[at] = -1 - leaf
    tree["leaf"] = draw(st.lists(st.floats(-4, 4), min_size=len(places) or 1, max_size=len(places) or 1))
    return tree


def walked(tree: dict[str, list[Any]], row: list[int]) -> float:
    """The obvious walk."""
    node = 0 if tree["feature"] else -1
    while node >= 0:
        left = row[tree["feature"][node]] <= tree["threshold"][node]
        node = tree["left" if left else "right"][node]
    return float(tree["leaf"][-1 - node])


@given(st.lists(trees(), min_size=1, max_size=4), st.lists(ROW, min_size=1, max_size=40))
def test_trees_are_walked_as_anybody_would(forest: list[dict[str, list[Any]]], rows: list[list[int]]) -> None:
    packed = array.array("i", [one for row in rows for one in row])
    view = memoryview(packed).cast("B").cast("i", (len(rows), 3))

    found = Forest([0, 1, 2], forest, 0.25, [], False).margins(view)

    expected = []
    for row in rows:
        margin = 0.25
        for tree in forest:
            margin += walked(tree, row)
        expected.append(margin)
    assert found == expected


def _cycle(document: dict[str, Any]) -> None:
    document["trees"][0]["left"][1] = 0


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.pop("cuts"), 'the bundle needs "cuts"'),
        (lambda d: d.update(schema="x"), "schema must be"),
        (lambda d: d["features"][3].update(name="amount"), 'feature 3, "amount", is not one of the gateway'),
        (lambda d: d["features"][3].update(name="f2"), "is named twice"),
        (lambda d: d["features"].pop(), "splits by a feature that the model does not name"),
        (lambda d: d["trees"][2]["threshold"].__setitem__(0, float("nan")), "no whole number of 32 bits"),
        (lambda d: d["trees"][2]["leaf"].__setitem__(0, float("nan")), "tree 2 has a leaf that is not finite"),
        (lambda d: d["trees"][2]["leaf"].pop(), "one leaf more"),
        (lambda d: d["trees"].clear(), "trees must be 1 to 2000"),
        (lambda d: d["cuts"].reverse(), "ascending"),
        (lambda d: d["samples"].__delitem__(slice(15, None)), "at least 16 rows"),
        (lambda d: d["samples"][4].update(margin=(1.0).hex()), "sample 4 comes to"),
        (lambda d: d["samples"][4].update(row=[1]), "sample 4 must have a whole number for every feature"),
        (_cycle, "is no tree"),
        (lambda d: d.update(base=10**400), "base must be a finite number"),
        (lambda d: d["trees"][0]["leaf"].__setitem__(0, 10**400), "tree 0 has a leaf that is not finite"),
        (lambda d: d["samples"][4].update(margin="0x1p5000"), "sample 4 must have a row and a margin"),
    ],
)
def test_a_bundle_that_may_not_be_used(lightgbm_bundle: dict[str, Any], spoil: Any, message: str) -> None:
    document = copy.deepcopy(lightgbm_bundle)
    spoil(document)

    with pytest.raises(BundleError, match=message):
        read_bundle(document, NAMES)


def test_a_bundle_that_is_no_object() -> None:
    with pytest.raises(BundleError, match="must be a JSON object"):
        read_bundle([], NAMES)  # type: ignore[arg-type]


def test_rows_too_narrow_and_features_that_are_not_there_are_refused() -> None:
    stump = {"feature": [0], "threshold": [3], "left": [-1], "right": [-2], "leaf": [1.0, 2.0]}
    row = memoryview(array.array("i", [1])).cast("B").cast("i", (1, 1))

    assert Forest([0], [stump], 0.0, [], False).margins(row) == [1.0]
    with pytest.raises(ValueError, match="rows have 1 numbers, and the model reads 6"):
        Forest([5], [stump], 0.0, [], False).margins(row)
    with pytest.raises(ValueError, match="at place -1"):
        Forest([-1], [stump], 0.0, [], False)
    with pytest.raises(ValueError, match="splits by feature 0 of 0"):
        Forest([], [stump], 0.0, [], False)


def test_files_that_are_no_such_model(tmp_path: Path, booster: Any) -> None:
    path = tmp_path / "model.txt"
    path.write_text("no model")
    with pytest.raises(BundleError, match="is no lightgbm model"):
        import_model(path, "lightgbm", "test", [("f0", 0)], [])
    booster.save_model(path)
    with pytest.raises(BundleError, match="reads 40 features, and 1 are named"):
        import_model(path, "lightgbm", "test", [("f0", 0)], [])


def test_a_model_with_categories_says_how_to_train_it(tmp_path: Path) -> None:
    rows = numbers(8, 5_000).astype(np.float64)
    data = lightgbm.Dataset(rows, (rows[:, 0] % 3 == 1).astype(int), categorical_feature=[0])
    path = tmp_path / "model.txt"
    lightgbm.train({"objective": "binary", "verbose": -1}, data, 3).save_model(path)
    with pytest.raises(BundleError, match="train with whole numbers"):
        import_model(path, "lightgbm", "test", [(name, 0) for name in NAMES], [])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"zero_as_missing": True}, "takes 0 for missing"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "is a random forest"),
    ],
)
def test_models_that_would_be_scored_otherwise_than_by_their_library(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    rows = numbers(9, 5_000)
    path = tmp_path / "model.txt"
    data = lightgbm.Dataset(rows.astype(np.float64), labels(rows))
    lightgbm.train({"objective": "binary", "verbose": -1, "seed": 1} | settings, data, 5).save_model(path)

    with pytest.raises(BundleError, match=message):
        import_model(path, "lightgbm", "test", [(name, 0) for name in NAMES], [])
