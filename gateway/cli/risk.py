"""The verb `risk`: features listed, policies checked, models made into bundles, detection on made-up traffic told."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

EXIT_GOOD = 0
EXIT_PROBLEMS = 1
EXIT_UNREADABLE = 2  # no such file, or not what it should be


def register(subparsers: Any) -> None:
    """Adds the verb, its actions and their arguments."""
    parser = subparsers.add_parser(
        "risk",
        help="check risk policies, make model bundles, tell what is found in made-up traffic",
        description="How payments are scored and decided: docs/risk.md.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    features = actions.add_parser("features", help="list what rules and models may ask of a payment")
    features.set_defaults(run=run_features)
    check = actions.add_parser(
        "check",
        help="name the first problem of risk policies",
        description="Print each file's first problem with its place, or that it is ok. "
        "Exit status 0: all are ok; 1: a file has a problem; 2: a file cannot be read or is not JSON.",
    )
    check.add_argument("paths", nargs="+", metavar="FILE", type=Path)
    check.set_defaults(run=run_check)
    bundle = actions.add_parser(
        "bundle",
        help="make a bundle of a LightGBM or XGBoost model",
        description="Reads the model with its own library and with treelite, and writes a bundle for PutRiskModel. "
        "Needs the extra `models`.",
    )
    bundle.add_argument("model", metavar="FILE", type=Path, help="LightGBM text or XGBoost JSON")
    bundle.add_argument("--kind", choices=("lightgbm", "xgboost"), required=True)
    bundle.add_argument("--name", required=True, help="what reports call it")
    bundle.add_argument(
        "--rows", metavar="CSV", type=Path, required=True,
        help="features by name in the first line, in the model's order; then at least 16 rows of whole numbers",
    )  # fmt: skip
    bundle.add_argument("--out", metavar="FILE", type=Path, required=True)
    bundle.set_defaults(run=run_bundle)
    evaluate = actions.add_parser(
        "evaluate",
        help="tell what is found in a made-up year of a seed",
        description="Makes the year of a seed, pays it through the core, and prints what rules, model and both find "
        "of each typology. Trains the model first where `make train` has not. About half a minute.",
    )
    evaluate.add_argument("--seed", type=int, required=True)
    evaluate.add_argument("--persons", type=int, default=30_000, help="in the region (default 30000)")
    evaluate.set_defaults(run=run_evaluate)


def run_features(args: argparse.Namespace) -> int:
    """Prints every feature with its meaning."""
    from core.risk.meanings import MEANINGS

    width = max(map(len, MEANINGS))
    for name, meaning in MEANINGS.items():
        print(f"{name:<{width}}  {meaning}")
    return EXIT_GOOD


def run_check(args: argparse.Namespace) -> int:
    """Checks every file named; gives the worst exit status."""
    from core.risk.documents import DocumentError, check_document

    status = EXIT_GOOD
    for path in args.paths:
        try:
            check_document(json.loads(path.read_bytes()))
            print(f"{path.name}: ok")
        except DocumentError as error:
            print(f"{path.name}: {error}")
            status = max(status, EXIT_PROBLEMS)
        except (OSError, ValueError) as error:
            print(f"medsettle risk: {path} cannot be read: {error}", file=sys.stderr)
            status = EXIT_UNREADABLE
    return status


def run_bundle(args: argparse.Namespace) -> int:
    """Writes a bundle, after the core's scores of the rows have come to the library's."""
    from core.risk.bundle import BundleError, read_bundle
    from core.risk.meanings import FEATURES
    from gateway.risk.importing import import_model, library_margins, read_rows

    try:
        names, rows = read_rows(args.rows)
        margins = library_margins(args.model, args.kind, rows)
        usual = [sorted(column)[len(column) // 2] for column in zip(*rows, strict=True)]
        samples = list(zip(rows, margins, strict=True))
        document = import_model(args.model, args.kind, args.name, list(zip(names, usual, strict=True)), samples)
        read_bundle(document, FEATURES)
    except BundleError as error:
        print(f"medsettle risk: {error}", file=sys.stderr)
        return EXIT_PROBLEMS
    except (OSError, ImportError) as error:
        print(f"medsettle risk: {error}", file=sys.stderr)
        return EXIT_UNREADABLE
    args.out.write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(f"{args.out}: {len(document['trees'])} trees, {len(rows)} samples come to the library's own margins")
    return EXIT_GOOD


def run_evaluate(args: argparse.Namespace) -> int:
    """Prints the tables of a seed."""
    import importlib

    try:
        # The made-up traffic is the bench's, which no part of a gateway imports: it is there where it is installed.
        workload = importlib.import_module("bench.workload.__main__")
        print(workload.evaluated(args.seed, args.persons))
    except ImportError as error:
        print(f"medsettle risk: needs the extra `models` ({error})", file=sys.stderr)
        return EXIT_UNREADABLE
    return EXIT_GOOD
