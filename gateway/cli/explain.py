"""The verb `explain`: every step of an order's split, as the gateway tells the bureau; and how steps are printed."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from core.explain import Explanation, Step, sentence, summary
from core.explain.words import yuan

EXIT_GOOD = 0
EXIT_REFUSED = 1
EXIT_UNUSABLE = 2  # no token, or the gateway cannot be reached

LANGUAGES = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}
# What is left, and the accumulators, as people read them.
_NAMES = {
    "copay": "in scope",
    "deductible": "deductible",
    "over_cap": "cut off",
    "class_b": "class B",
    "over_limit": "over limits",
    "full_self": "self-paid",
    "deductible_used_fen": "deductible used",
    "in_scope_fen": "in scope",
    "pooled_paid_fen": "pooled paid",
    "major_in_scope_fen": "second stage counted",
    "major_paid_fen": "second stage paid",
}


class Change(NamedTuple):
    """An amount before and after a step; fen."""

    name: str
    before_fen: int
    after_fen: int


class Told(NamedTuple):
    """A step as it is printed."""

    texts: tuple[str, ...]
    rule: str
    left: Sequence[Change]
    used: Sequence[Change]


def register(subparsers: Any) -> None:
    """Adds the verb and its arguments."""
    parser = subparsers.add_parser(
        "explain",
        help="explain an order's split step by step",
        description="Print every step of the split of an order that was paid, voided or refunded: the rule behind it, "
        "what it took off the bill, and the accumulators (docs/rules/explaining.md). The bureau's token is read from "
        "MEDSETTLE_TOKEN. Exit status 0: done; 1: refused; 2: no token, or the gateway cannot be reached.",
    )
    parser.add_argument("order_id", metavar="ORDER_ID")
    parser.add_argument(
        "--gateway",
        default="127.0.0.1:50051",
        metavar="HOST:PORT",
        help="where it listens, plaintext (default 127.0.0.1:50051)",
    )
    add_language(parser)
    parser.set_defaults(run=run)


def add_language(parser: Any) -> None:
    """Adds the choice of languages."""
    parser.add_argument("--language", choices=LANGUAGES, default="both", help="of the words (default both)")


def run(args: argparse.Namespace) -> int:
    """Asks the gateway and prints what it says."""
    from gateway.client import MedSettleClient, MedSettleError
    from gateway.pb.medsettle.v1 import operator_service_pb2 as pb

    token = os.environ.get("MEDSETTLE_TOKEN")
    if not token:
        print("medsettle explain: MEDSETTLE_TOKEN is not set: put the bureau's token there", file=sys.stderr)
        return EXIT_UNUSABLE
    try:
        with MedSettleClient(args.gateway, token, connections=1) as client:
            answer = client.call("OperatorService/ExplainSplit", pb.ExplainSplitRequest(order_id=args.order_id))
    except MedSettleError as error:
        print(f"medsettle explain: {'refused' if error.reason else 'failed'}: {error}", file=sys.stderr)
        return EXIT_REFUSED if error.reason else EXIT_UNUSABLE
    print(f"order {answer.order_id}, policy {answer.policy_version}")
    steps = [
        Told(
            tuple(getattr(step, f"text_{language}") for language in LANGUAGES[args.language]),
            rule_text(step.rule.path, step.rule.document, step.rule.provenance, step.rule.effective_from),
            *(
                [Change(one.name, one.before_fen, one.after_fen) for one in amounts if one.before_fen != one.after_fen]
                for amounts in (step.left, step.accumulators)
            ),
        )
        for step in answer.steps
    ]
    print_steps(steps, [getattr(answer, f"summary_{language}") for language in LANGUAGES[args.language]])
    return EXIT_GOOD


def told(found: Explanation, languages: Iterable[str]) -> list[Told]:
    """The steps of an explanation as they are printed."""
    steps, left, used = [], found.before, found.used_before
    for step in found.steps:
        steps.append(
            Told(
                tuple(sentence(step, language) for language in languages),
                rule_text(*step.origin),
                changes(left, step.left),
                changes(used, step.used),
            )
        )
        left, used = step.left, step.used
    return steps


def changes(before: dict[str, int], after: dict[str, int]) -> list[Change]:
    """What a step has changed of some amounts."""
    return [Change(name, fen, after[name]) for name, fen in before.items() if fen != after[name]]


def rule_text(path: str, document: str, provenance: str, effective_from: str) -> str:
    """A rule's place with what is known of the text behind it; empty for none."""
    if not path:
        return ""
    known = [document, provenance, f"from {effective_from}" if effective_from else ""]
    said = ", ".join(part for part in known if part)
    return f"{path} ({said})" if said else path


def print_steps(steps: Sequence[Told], summaries: Sequence[str]) -> None:
    """Prints steps for people: the words, then what is behind them."""
    for number, step in enumerate(steps, 1):
        for index, text in enumerate(step.texts):
            print(f"{number:>3}. {text}" if index == 0 else f"     {text}")
        if step.rule:
            print(f"     rule: {step.rule}")
        for title, changed in (("left", step.left), ("accumulators", step.used)):
            if changed:
                said = (f"{_NAMES.get(name, name)} {yuan(old)} -> {yuan(new)}" for name, old, new in changed)
                print(f"     {title}: {'; '.join(said)}")
    for text in summaries:
        print(f"  => {text}")


def as_json(found: Explanation) -> dict[str, Any]:
    """An explanation as JSON: amounts in fen, what is no whole number of fen as a text "numerator/denominator"."""
    return {
        "split": found.split,
        "left_before": found.before,
        "accumulators_before": found.used_before,
        "steps": [_step_as_json(step) for step in found.steps],
        "summary_zh": summary(found.split, "zh"),
        "summary_en": summary(found.split, "en"),
    }


def _step_as_json(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "payer": step.payer,
        "paid_fen": step.paid_fen,
        "rule": step.origin._asdict(),
        "facts": {name: _fact_as_json(fact) for name, fact in step.facts.items()},
        "left": step.left,
        "accumulators": step.used,
        "text_zh": sentence(step, "zh"),
        "text_en": sentence(step, "en"),
    }


def _fact_as_json(fact: int | str | Fraction) -> int | str:
    if isinstance(fact, Fraction):
        return fact.numerator if fact.denominator == 1 else f"{fact.numerator}/{fact.denominator}"
    return fact
