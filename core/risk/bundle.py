"""Model bundles: what a risk team hands over, and what is checked before it may score anything.

A bundle is one JSON object: the trees with whole thresholds, the features they read with their usual values, cuts
that turn a margin into points, the digest of the file that the library wrote, and sample rows with the library's own
margins.
"""

import array
import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.risk.forest import LEAVES_MAX, Forest, leaves_in_order

SCHEMA = "medsettle.model/1"
KINDS = ("lightgbm", "xgboost")
TREES_MAX = 2000
CUTS_MAX = 1000
SAMPLES_MIN = 16
_INT32 = range(-(2**31), 2**31)
_FIELDS = {"schema", "name", "kind", "source_sha256", "features", "trees", "base", "cuts", "samples"}


class BundleError(ValueError):
    """A model bundle that cannot be used; the message says why."""


def read_bundle(document: Mapping[str, Any], known_features: Sequence[str]) -> Forest:
    """The model of a bundle, reading rows of the gateway's features.

    Args:
        known_features: what a row holds, in its order.

    Raises:
        BundleError: for the first thing that is wrong; also when a sample comes to another margin than the library's.
    """
    if not isinstance(document, dict):
        raise BundleError("a bundle must be a JSON object")
    if missing := sorted(_FIELDS - document.keys()):
        raise BundleError(f'the bundle needs "{missing[0]}"')
    if document["schema"] != SCHEMA or document["kind"] not in KINDS:
        raise BundleError(f'schema must be "{SCHEMA}" and kind one of {", ".join(KINDS)}')
    names = _names(document["features"], known_features)
    trees = document["trees"]
    if not isinstance(trees, list) or not 1 <= len(trees) <= TREES_MAX:
        raise BundleError(f"trees must be 1 to {TREES_MAX}")
    for index, tree in enumerate(trees):
        _check_tree(f"tree {index}", tree, len(names))
    cuts = document["cuts"]
    if not isinstance(cuts, list) or len(cuts) > CUTS_MAX or not all(map(_finite, cuts)) or sorted(cuts) != cuts:
        raise BundleError(f"cuts must be at most {CUTS_MAX} finite margins, ascending")
    if not _finite(document["base"]):
        raise BundleError("base must be a finite number")
    places = [known_features.index(name) for name in names]
    forest = Forest(places, trees, document["base"], cuts, document["kind"] == "xgboost")
    _check_samples(document["samples"], places, len(known_features), forest)
    return forest


def _names(features: object, known: Sequence[str]) -> list[str]:
    if not isinstance(features, list) or not features:
        raise BundleError("features must be a list of {name, default}")
    names: list[str] = []
    for index, one in enumerate(features):
        if not isinstance(one, dict) or one.keys() != {"name", "default"} or not _whole(one["default"]):
            raise BundleError(f"feature {index} must be a name and a whole default")
        if one["name"] not in known:
            raise BundleError(f'feature {index}, "{one["name"]}", is not one of the gateway\'s')
        if one["name"] in names:
            raise BundleError(f'feature {index}, "{one["name"]}", is named twice')
        names.append(one["name"])
    return names


def _check_tree(where: str, tree: object, feature_count: int) -> None:
    columns = ("feature", "threshold", "left", "right", "leaf")
    if not isinstance(tree, dict) or not all(isinstance(tree.get(name), list) for name in columns):
        raise BundleError(f"{where} must have the lists {', '.join(columns)}")
    count = len(tree["feature"])
    if any(len(tree[name]) != count for name in columns[:4]) or len(tree["leaf"]) != count + 1:
        raise BundleError(f"{where} must have as many thresholds and children as features, and one leaf more")
    if len(tree["leaf"]) > LEAVES_MAX:
        raise BundleError(f"{where} has {len(tree['leaf'])} leaves, more than {LEAVES_MAX}: train with fewer")
    if not all(_whole(one) and 0 <= one < feature_count for one in tree["feature"]):
        raise BundleError(f"{where} splits by a feature that the model does not name")
    if not all(map(_whole, tree["threshold"])):
        raise BundleError(f"{where} has a threshold that is no whole number of 32 bits")
    if not all(map(_finite, tree["leaf"])):
        raise BundleError(f"{where} has a leaf that is not finite")
    seen: set[int] = set()
    waiting = [0] if count else [-1]
    while waiting:
        node = waiting.pop()
        if node in seen or not -len(tree["leaf"]) <= node < count:
            raise BundleError(f"{where} is no tree: node {node} is reached twice or does not exist")
        seen.add(node)
        if node >= 0:
            children = (tree["left"][node], tree["right"][node])
            if not all(map(_whole, children)):
                raise BundleError(f"{where} has a child that is no node")
            waiting += children
    if len(leaves_in_order(tree)) != count + 1:
        raise BundleError(f"{where} has a leaf that nothing leads to")


def _check_samples(samples: object, places: Sequence[int], width: int, forest: Forest) -> None:
    """The margins of the samples, written as hexadecimal so that no digit is lost, must be ours."""
    if not isinstance(samples, list) or len(samples) < SAMPLES_MIN:
        raise BundleError(f"samples must be at least {SAMPLES_MIN} rows with the library's margins")
    rows = array.array("i")
    wanted = []
    for index, sample in enumerate(samples):
        try:
            values, margin = sample["row"], float.fromhex(sample["margin"])
        except (TypeError, KeyError, ValueError, OverflowError):
            raise BundleError(f"sample {index} must have a row and a margin in hexadecimal") from None
        if not isinstance(values, list) or len(values) != len(places) or not all(map(_whole, values)):
            raise BundleError(f"sample {index} must have a whole number for every feature")
        row = [0] * width
        for place, value in zip(places, values, strict=True):
            row[place] = value
        rows.extend(row)
        wanted.append(margin)
    found = forest.margins(memoryview(rows).cast("B").cast("i", (len(wanted), width)))
    for index, (ours, theirs) in enumerate(zip(found, wanted, strict=True)):
        if ours != theirs:
            raise BundleError(f"sample {index} comes to {ours!r} and not to the library's {theirs!r}")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in _INT32


def _finite(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond a double
        return False
