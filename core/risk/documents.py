"""Risk policy documents: their words, and what is checked of them before they are compiled."""

import re
from collections.abc import Callable
from typing import Any

from core.risk.meanings import FEATURES

SCHEMA = "medsettle.risk/1"
LEVELS = ("certain", "suspected")  # 明确违规, 可疑: the two judgements of the national rule library
STAGES = ("before", "during", "after")  # 事前, 事中, 事后
DECISIONS = ("APPROVE", "REVIEW", "HOLD_SETTLEMENT", "STEP_UP", "WAIT", "DECLINE")
PROOFS = ("code", "face", "password")

_TOP = 2_147_483_647
_RULES_MAX = 63
_PARTS = {"schema", "name", "version", "rules", "scorecard", "decisions", "limits"}
_RULE = {"id", "typology", "level", "stage", "when", "zh", "en"}
_LIMITS = {"proof_minutes", "wait_minutes", "unanswered", "second_reviewer_fen", "change_permille"}
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

# An operator as the range in which, or outside which, a condition holds.
CONDITION_RANGES: dict[str, Callable[[int], tuple[int, int, bool]]] = {
    "==": lambda value: (value, value, False),
    "!=": lambda value: (value, value, True),
    "<=": lambda value: (-_TOP, value, False),
    "<": lambda value: (-_TOP, value - 1, False),
    ">=": lambda value: (value, _TOP, False),
    ">": lambda value: (value + 1, _TOP, False),
}


class DocumentError(ValueError):
    """A risk policy that cannot be used.

    Attributes:
        path: where, as "rules[2].when[0].feature".
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


def check_document(document: object) -> None:
    """Checks a parsed risk policy.

    Raises:
        DocumentError: for the first thing that is wrong.
    """
    fields = _object(document, "policy", _PARTS, {"model"})
    if fields["schema"] != SCHEMA:
        raise DocumentError("schema", f'must be "{SCHEMA}"')
    for name in ("name", "version"):
        _text(fields[name], name, 64)
    if fields.get("model") is not None:
        model = _object(fields["model"], "model", {"sha256"}, set())
        if not isinstance(model["sha256"], str) or not re.fullmatch(r"[0-9a-f]{64}", model["sha256"]):
            raise DocumentError("model.sha256", "must be 64 hex digits, as `medsettle risk bundle` prints them")
    seen: set[str] = set()
    for index, rule in enumerate(_list(fields["rules"], "rules", 0, _RULES_MAX)):
        _check_rule(rule, f"rules[{index}]", seen)
    features: set[str] = set()
    for index, card in enumerate(_list(fields["scorecard"], "scorecard", 0, len(FEATURES))):
        _check_card(card, f"scorecard[{index}]", features)
    _check_tables(_list(fields["decisions"], "decisions", 1, 32))
    _check_limits(fields["limits"])


def _check_rule(rule: object, path: str, seen: set[str]) -> None:
    fields = _object(rule, path, _RULE, {"points", "at_least", "proofs"})
    for name in ("id", "typology"):
        if not isinstance(fields[name], str) or not _ID.fullmatch(fields[name]):
            raise DocumentError(f"{path}.{name}", "must be 1 to 64 of a-z, 0-9, - and _")
    if fields["id"] in seen:
        raise DocumentError(f"{path}.id", f'"{fields["id"]}" is taken by an earlier rule')
    seen.add(fields["id"])
    _choice(fields["level"], f"{path}.level", LEVELS)
    _choice(fields["stage"], f"{path}.stage", STAGES)
    for name in ("zh", "en"):
        _text(fields[name], f"{path}.{name}", 200)
    _number(fields.get("points", 0), f"{path}.points", -1000, 1000)
    if "at_least" in fields:
        _choice(fields["at_least"], f"{path}.at_least", DECISIONS)
        if fields["at_least"] == "DECLINE" and fields["level"] != "certain":
            raise DocumentError(
                f"{path}.at_least", "DECLINE is for a rule whose level is certain: care is not denied on suspicion"
            )
    elif not fields.get("points"):
        raise DocumentError(path, "needs points or at_least: without either it does nothing")
    _check_proofs(fields, path, fields.get("at_least"))
    _check_conditions(fields["when"], f"{path}.when", 1)


def _check_card(card: object, path: str, features: set[str]) -> None:
    fields = _object(card, path, {"feature", "bins"}, {"zh", "en"})
    _feature(fields["feature"], f"{path}.feature")
    if fields["feature"] in features:
        raise DocumentError(f"{path}.feature", f"{fields['feature']} has a card already")
    features.add(fields["feature"])
    bins = _list(fields["bins"], f"{path}.bins", 1, 32)
    last = -_TOP - 1
    for index, one in enumerate(bins):
        where = f"{path}.bins[{index}]"
        parts = _object(one, where, {"up_to", "points"}, set())
        _number(parts["points"], f"{where}.points", -1000, 1000)
        if index == len(bins) - 1:
            if parts["up_to"] is not None:
                raise DocumentError(f"{where}.up_to", "of the last bin must be null: every value needs a bin")
            break
        last = _number(parts["up_to"], f"{where}.up_to", last + 1, _TOP)


def _check_tables(tables: list[Any]) -> None:
    for index, table in enumerate(tables):
        path = f"decisions[{index}]"
        fields = _object(table, path, {"bands"}, {"when"})
        conditions = _check_conditions(fields.get("when", []), f"{path}.when", 0)
        if index == len(tables) - 1 and conditions:
            raise DocumentError(f"{path}.when", "must be left out of the last table: every payment needs one")
        last = -1
        for at, band in enumerate(_list(fields["bands"], f"{path}.bands", 1, 16)):
            where = f"{path}.bands[{at}]"
            parts = _object(band, where, {"from", "decision"}, {"proofs"})
            last = _number(parts["from"], f"{where}.from", 0 if at == 0 else last + 1, 0 if at == 0 else 1000)
            _choice(parts["decision"], f"{where}.decision", DECISIONS)
            if parts["decision"] == "DECLINE":
                raise DocumentError(
                    f"{where}.decision", "DECLINE follows from certain rules and block lists, never from a score"
                )
            _check_proofs(parts, where, parts["decision"])


def _check_limits(limits: object) -> None:
    fields = _object(limits, "limits", _LIMITS, set())
    _number(fields["proof_minutes"], "limits.proof_minutes", 1, 1440)
    _number(fields["wait_minutes"], "limits.wait_minutes", 1, 10_080)
    _choice(fields["unanswered"], "limits.unanswered", ("APPROVE", "DECLINE"))
    _number(fields["second_reviewer_fen"], "limits.second_reviewer_fen", 0, _TOP)
    _number(fields["change_permille"], "limits.change_permille", 0, 1000)


def _check_conditions(conditions: object, path: str, at_least: int) -> int:
    wanted = _list(conditions, path, at_least, 16)
    for index, one in enumerate(wanted):
        where = f"{path}[{index}]"
        fields = _object(one, where, {"feature", "op", "value"}, set())
        _feature(fields["feature"], f"{where}.feature")
        _choice(fields["op"], f"{where}.op", tuple(CONDITION_RANGES))
        _number(fields["value"], f"{where}.value", -_TOP + 1, _TOP - 1)
    return len(wanted)


def _check_proofs(fields: dict[str, Any], path: str, decision: object) -> None:
    if "proofs" not in fields:
        return
    if decision != "STEP_UP":
        raise DocumentError(f"{path}.proofs", "are for STEP_UP")
    proofs = _list(fields["proofs"], f"{path}.proofs", 1, len(PROOFS))
    for index, proof in enumerate(proofs):
        _choice(proof, f"{path}.proofs[{index}]", PROOFS)
    if len(set(proofs)) != len(proofs):
        raise DocumentError(f"{path}.proofs", "name one proof twice")


def _feature(value: object, path: str) -> None:
    if value not in FEATURES:
        raise DocumentError(path, f'there is no feature "{value}": `medsettle risk features` lists them')


def _object(value: object, path: str, needed: set[str], allowed: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DocumentError(path, "must be an object")
    for name in sorted(needed - value.keys()):
        raise DocumentError(path, f'needs "{name}"')
    for name in sorted(value.keys() - needed - allowed):
        raise DocumentError(f"{path}.{name}", "is not a word of risk policies")
    return value


def _list(value: object, path: str, low: int, high: int) -> list[Any]:
    if not isinstance(value, list) or not low <= len(value) <= high:
        raise DocumentError(path, f"must be a list of {low} to {high}")
    return value


def _number(value: object, path: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise DocumentError(path, f"must be a whole number, {low} to {high}" if low < high else f"must be {low}")
    return value


def _choice(value: object, path: str, words: tuple[str, ...]) -> None:
    if value not in words:
        raise DocumentError(path, f"must be one of {', '.join(words)}")


def _text(value: object, path: str, most: int) -> None:
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise DocumentError(path, f"must be a text of 1 to {most} characters")
