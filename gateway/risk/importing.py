"""Models as risk teams have them, LightGBM text and XGBoost JSON, made into bundles.

treelite reads both, and is asked for here alone: a gateway that serves needs only the bundle. It is the optional extra
`models`.
"""

import csv
import hashlib
import math
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.risk.bundle import KINDS, SCHEMA, BundleError

_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1
_POINTS = 1000
# Of a split in LightGBM's text (its tree.h): how a missing value is known, 0 never, 1 it is 0, 2 it is NaN.
_MISSING_SHIFT, _MISSING_MASK, _MISSING_IS_ZERO = 2, 3, 1
# The cuts of a margin that is the logarithm of odds: so many points as per mille of probability.
SIGMOID_CUTS = [math.log(point / (_POINTS - point)) for point in range(1, _POINTS)]


def import_model(
    path: Path,
    kind: str,
    name: str,
    features: Sequence[tuple[str, int]],
    samples: Sequence[tuple[Sequence[int], float]],
    cuts: Sequence[float] = SIGMOID_CUTS,
) -> dict[str, Any]:
    """A bundle of a model's file.

    Args:
        features: (name, usual value), in the model's own order.
        samples: rows in that order, with the margin that the library itself gives.
        cuts: margins from which on a point more is given, ascending.

    Raises:
        BundleError: what the file holds is no such model, or is none that whole features can be read by.
    """
    import treelite  # the extra `models`

    if kind not in KINDS:
        raise BundleError(f"kind must be one of {', '.join(KINDS)}")
    try:
        if kind == "lightgbm":
            model = treelite.frontend.load_lightgbm_model(path)
        else:
            model = treelite.frontend.load_xgboost_model(path, format_choice="use_suffix")
    except treelite.TreeliteError as error:
        raise BundleError(f"{path.name} is no {kind} model: {error}") from error
    if model.num_feature != len(features):
        raise BundleError(f"{path.name} reads {model.num_feature} features, and {len(features)} are named")
    header = model.get_header_accessor()
    classes = [int(one) for one in header.get_field("num_class")]
    if classes != [1]:
        raise BundleError(f"{path.name} has several outputs: only models of one margin are scored")
    if header.get_field("average_tree_output")[0]:
        raise BundleError(f"{path.name} is a random forest: only models whose trees are added are scored")
    if kind == "lightgbm":
        _check_zeros(path)
    whole = _floor if kind == "lightgbm" else _last_below
    trees = [_tree(model.get_tree_accessor(index), index, whole) for index in range(model.num_tree)]
    return {
        "schema": SCHEMA,
        "name": name,
        "kind": kind,
        "source_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "features": [{"name": one, "default": default} for one, default in features],
        "trees": trees,
        "base": float(header.get_field("base_scores")[0]),
        "cuts": list(cuts),
        "samples": [{"row": list(row), "margin": margin.hex()} for row, margin in samples],
    }


def _check_zeros(path: Path) -> None:
    """A 0 is a number here. treelite leaves out that a split may take it for a missing value and send it elsewhere."""
    prefix = "decision_type="
    lines = [line for line in path.read_text().splitlines() if line.startswith(prefix)]
    for line in lines:
        for kind in map(int, line.removeprefix(prefix).split()):
            if kind >> _MISSING_SHIFT & _MISSING_MASK == _MISSING_IS_ZERO:
                raise BundleError(f"{path.name} has a split that takes 0 for missing: train with zero_as_missing=false")


def _tree(accessor: Any, index: int, whole: Callable[[float], int]) -> dict[str, list[Any]]:
    """One tree in a bundle's columns."""
    left, right = accessor.get_field("cleft"), accessor.get_field("cright")
    split, threshold = accessor.get_field("split_index"), accessor.get_field("threshold")
    value = accessor.get_field("leaf_value")
    if accessor.get_field("category_list").size:
        raise BundleError(f"tree {index} splits by categories: train with whole numbers in their order")
    inner = [node for node in range(len(left)) if left[node] >= 0]
    leaves = [node for node in range(len(left)) if left[node] < 0]
    number = {node: place for place, node in enumerate(inner)} | {node: -1 - place for place, node in enumerate(leaves)}
    for node in inner:
        if not math.isfinite(threshold[node]):
            raise BundleError(f"tree {index} has a threshold that is not finite")
    return {
        "feature": [int(split[node]) for node in inner],
        "threshold": [whole(float(threshold[node])) for node in inner],
        "left": [number[int(left[node])] for node in inner],
        "right": [number[int(right[node])] for node in inner],
        "leaf": [float(value[node]) for node in leaves],
    }


def _floor(threshold: float) -> int:
    """Of whole numbers, those up to the threshold are those up to its floor."""
    return max(_INT32_MIN, min(_INT32_MAX, math.floor(threshold)))


def _last_below(threshold: float) -> int:
    """The greatest whole number that, rounded to single precision as XGBoost does, is below the threshold."""
    low, high = _INT32_MIN, _INT32_MAX
    if _single(high) < threshold:
        return high
    while low < high:
        middle = (low + high) // 2
        if _single(middle) < threshold:
            low = middle + 1
        else:
            high = middle
    return low - 1 if low > _INT32_MIN else low


def _single(number: int) -> float:
    value: float = struct.unpack("f", struct.pack("f", number))[0]
    return value


def read_rows(path: Path) -> tuple[list[str], list[list[int]]]:
    """Names and rows of a CSV file of whole numbers.

    Raises:
        BundleError: a row is no row of whole numbers.
    """
    with path.open(newline="") as file:
        names, *lines = list(csv.reader(file)) or [[]]
    rows = []
    for number, line in enumerate(lines, 2):
        try:
            rows.append([int(cell) for cell in line])
        except ValueError:
            raise BundleError(f"{path.name}, line {number}: must be whole numbers") from None
        if len(line) != len(names):
            raise BundleError(f"{path.name}, line {number}: has {len(line)} numbers for {len(names)} features")
    return names, rows


def library_margins(path: Path, kind: str, rows: Sequence[Sequence[int]]) -> list[float]:
    """The margins that the model's own library gives.

    Raises:
        BundleError: the library cannot read the file, or the rows do not fit it.
    """
    import numpy as np  # the extra `models`

    values = np.array(rows, dtype=np.float64)
    if kind == "lightgbm":
        import lightgbm

        try:
            return [float(one) for one in lightgbm.Booster(model_file=path).predict(values, raw_score=True)]
        except lightgbm.basic.LightGBMError as error:
            raise BundleError(f"{path.name} cannot be used by lightgbm: {error}") from error
    import xgboost

    try:
        model = xgboost.Booster(model_file=path)
        return [float(one) for one in model.predict(xgboost.DMatrix(values), output_margin=True)]
    except xgboost.core.XGBoostError as error:
        raise BundleError(f"{path.name} cannot be used by xgboost: {error}") from error
