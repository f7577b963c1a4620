"""Plants one-line bugs in copies of the exact twin and counts how many the proof finds: `make mutants`.

A mutant is core/reference with one operator, comparison, constant, bound, rounding or step changed. It is judged as the
suite judges the twin: by the worked cases, whose numbers are written down, and by random bills against the compiled
core. A mutant that agrees with them all survives, and is named with its line.
"""

import argparse
import ast
import copy
import importlib
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from core.cases import CaseError, read_case, settle_case
from core.policy import RuleBook
from core.reference import load_regions
from core.rules.words import MONEY_MAX_FEN
from tests.cases_kit import worked_cases
from tests.prove.plans import random_plan
from tests.prove.run import ROOT, shipped
from tests.prove.worlds import World

TWIN = ROOT / "core" / "reference"
KILLED_MIN = 0.95
_BILLS = 6_000
_BILLS_OF_A_WORLD = 6

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
}  # fmt: skip
_NAMES = {"min": "max", "max": "min", "floor": "ceil", "ceil": "floor", "half_up": "int", "any": "all", "all": "any"}
# What has no part in a split: how a file is read, and words of refusals.
_LEFT_ALONE = ("load_regions", "regions_in", "CaseRefused", "defaults_for_unknown")


class Mutant(NamedTuple):
    """One changed line of the twin."""

    file: str
    line: int
    what: str
    source: Callable[[], str]  # of the whole file, changed


class Bill(NamedTuple):
    """A bill with the answer that a sound twin gives; None: it refuses it."""

    case: dict[str, Any]
    regions: dict[str, dict[str, Any]]
    expected: tuple[dict[str, int], dict[str, int]] | None
    stated: dict[str, int] | None  # of a worked case: what is written down of it
    plans: dict[str, list[dict[str, Any]]]  # by id, for the plans that the case names


def mutants() -> Iterator[Mutant]:
    """Every mutant, file by file."""
    for path in sorted(TWIN.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        places = {at for at, node in enumerate(ast.walk(tree)) if not in_words(node)}
        skipped = {id(node) for part in left_alone(tree) for node in ast.walk(part)}
        for at, node in enumerate(ast.walk(tree)):
            if at not in places or id(node) in skipped:
                continue
            for what, change in changes(node):
                yield Mutant(path.name, getattr(node, "lineno", 0), what, partial(changed, tree, at, change))


def changed(tree: ast.Module, at: int, change: Callable[[Any], None]) -> str:
    """The source of a file with one node of it changed."""
    mutated = copy.deepcopy(tree)
    change(list(ast.walk(mutated))[at])
    return ast.unparse(mutated)


def in_words(node: ast.AST) -> bool:
    """Whether a node is a text, which only names things."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def left_alone(tree: ast.Module) -> Iterator[ast.AST]:
    """The parts of a file that have no part in a split."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in _LEFT_ALONE:
            yield node
        elif isinstance(node, ast.Raise | ast.Assert | ast.AnnAssign):
            yield node.exc if isinstance(node, ast.Raise) and node.exc else ast.Pass()
        elif isinstance(node, ast.keyword) and node.arg == "strict":
            yield node
        elif isinstance(node, ast.arguments):
            yield node
            yield from (argument.annotation for argument in node.args if argument.annotation)
        if isinstance(node, ast.FunctionDef) and node.returns:
            yield node.returns


def changes(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], None]]]:
    """What can go wrong at a node: (in words, what changes a copy of it)."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        other = _COMPARISONS[type(node.ops[0])]
        yield f"{type(node.ops[0]).__name__} to {other.__name__}", lambda one: one.ops.__setitem__(0, other())
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _OPERATORS:
        operator = _OPERATORS[type(node.op)]
        yield f"{type(node.op).__name__} to {operator.__name__}", lambda one: setattr(one, "op", operator())
    elif isinstance(node, ast.BoolOp):
        junction = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{type(node.op).__name__} to {junction.__name__}", lambda one: setattr(one, "op", junction())
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield f"{node.value} to {node.value + 1}", lambda one: setattr(one, "value", one.value + 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield f"{node.value} to {not node.value}", lambda one: setattr(one, "value", not one.value)
    elif isinstance(node, ast.Name) and node.id in _NAMES:
        yield f"{node.id} to {_NAMES[node.id]}", lambda one: setattr(one, "id", _NAMES[one.id])
    elif isinstance(node, ast.Attribute) and node.attr in _NAMES:
        yield f"{node.attr} to {_NAMES[node.attr]}", lambda one: setattr(one, "attr", _NAMES[one.attr])
    elif isinstance(node, ast.IfExp | ast.If):
        yield "condition always true", lambda one: setattr(one, "test", ast.Constant(True))
        yield "condition always false", lambda one: setattr(one, "test", ast.Constant(False))


def bills(seed: int, count: int = _BILLS) -> list[Bill]:
    """The worked cases, then random bills, each with the compiled core's answer."""
    regions, book = load_regions(ROOT / "policies"), RuleBook()
    for document in regions.values():
        book.put(document)
    found = []
    for case in worked_cases():
        found.append(Bill(case, regions, tuple(settle_case(read_case(case), book)), case["expected"], {}))
        if case.get("lines"):
            found += [Bill(refused, regions, None, None, {}) for refused in unsound(case)]
    for number in range(count // _BILLS_OF_A_WORLD):
        world, book = World(random.Random(f"{seed} {number}"), shipped()), RuleBook()
        book.put(world.document)
        for _ in range(_BILLS_OF_A_WORLD):
            case, plans = named(world.case(), book) if world.rng.random() < 0.5 else (world.case(), {})
            checked, expected = read_case(case), None
            with suppress(CaseError):
                expected = tuple(settle_case(checked, book))
            found.append(Bill(checked, {world.document["region_code"]: world.document}, expected, None, plans))
    return found


def unsound(case: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A worked case with something in it that no bill can have: the twin has to refuse each."""
    line = case["lines"][0]
    for wrong in ({"amount_fen": -1}, {"amount_fen": 5.0}, {"self_pay_ppm": 1_000_001}, {"self_pay_ppm": -1}):
        yield case | {"lines": [line | {"class": "B"} | wrong]}
    yield case | {"lines": [line | {"amount_fen": MONEY_MAX_FEN, "class": "C"}, line | {"amount_fen": 1}]}
    sums = dict.fromkeys(("full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen"), 1)
    yield case | {"lines": None, "amounts": sums | {"total_fen": 5}}
    yield case | {"insured_region": "999999", "rule_override": None}
    plan = random_plan(random.Random(1), "commercial", case["insured_region"], case["service"])
    plan |= {"excludes": {}, "effective_to": None, "services": [case["service"]]}
    nothing = [0] * len(plan["parts"])
    for ended in ({"regions": ["999999"]}, {"effective_to": case["service_date"]}, {"effective_from": "9999-01-01"}):
        yield case | {"plans": [{"plan": plan | ended}]}
    for amounts in ([], [*nothing, 0], [MONEY_MAX_FEN + 1, *nothing[1:]], [-1, *nothing[1:]]):
        yield case | {"plans": [{"plan": plan, "counted_fen": amounts}]}
        yield case | {"plans": [{"plan": plan, "paid_fen": amounts}]}
    yield case | {"plans": [{"plan": plan}, {"plan": plan}]}
    yield case | {"plans": [{"plan": "unknown"}]}


def named(case: dict[str, Any], book: RuleBook) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """A case that names its plans instead of carrying them, and the versions of these by id; the book learns them."""
    plans, held = {}, []
    for one in case.get("plans", []):
        # The version before pays nothing, so that it shows when it is taken for the one that holds.
        plan = one["plan"] | {"plan_id": f"plan-{len(book.plans.plan_ids())}"}
        before = plan | {"effective_from": "2010-01-01", "effective_to": None, "cap_fen": 0}
        plans[plan["plan_id"]] = [plan, before]
        for version in (plan, before):
            book.plans.put(version)
        held.append(one | {"plan": plan["plan_id"]})
    return case | {"plans": held}, plans


class Twins:
    """Copies of the twin, imported under names of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.files = {path.name: path.read_text(encoding="utf-8") for path in TWIN.glob("*.py")}
        sys.path.insert(0, str(folder))

    def load(self, mutant: Mutant | None) -> Any:
        """The twin with a mutant's file in it, as a module."""
        self.count += 1
        name = f"twin_{self.count}"
        package = self.folder / name
        package.mkdir()
        for file, source in self.files.items():
            text = mutant.source() if mutant is not None and file == mutant.file else source
            (package / file).write_text(text.replace("core.reference", name), encoding="utf-8")
        importlib.invalidate_caches()
        return importlib.import_module(name)


def killer(twin: Any, judged: list[Bill]) -> str | None:
    """What finds a mutant out: a worked case, a random bill, or an error; None if nothing does."""
    for bill in judged:
        try:
            settled: Any = tuple(twin.settle_case(bill.case, bill.regions, bill.plans))
        except twin.CaseRefused:
            settled = None
        except Exception:  # whatever a broken twin runs into
            return "an error"
        if bill.stated is not None:
            if settled is None or any(settled[0][name] != fen for name, fen in bill.stated.items()):
                return "a worked case"
        elif settled != bill.expected:
            return "a random bill"
    return None


def judge_all(chosen: list[Mutant], judged: list[Bill]) -> tuple[Counter[str], list[Mutant]]:
    """By what the mutants were found, and those that were not."""
    found: Counter[str] = Counter()
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        twins = Twins(Path(folder))
        assert killer(twins.load(None), judged) is None, "the twin itself does not agree with the compiled core"
        for mutant in chosen:
            try:
                by = killer(twins.load(mutant), judged)
            except Exception:  # it cannot even be imported
                by = "an error"
            if by is None:
                survivors.append(mutant)
            else:
                found[by] += 1
        sys.path.remove(folder)
    return found, survivors


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="of the random bills (default 1)")
    parser.add_argument("--every", type=int, default=1, help="judge every nth mutant only")
    options = parser.parse_args()
    began_s = time.monotonic()
    chosen = list(mutants())[:: options.every]
    found, survivors = judge_all(chosen, bills(options.seed))
    for by, count in found.most_common():
        print(f"{count:>6}  found by {by}")
    for mutant in survivors:
        print(f"        survives: core/reference/{mutant.file}:{mutant.line}: {mutant.what}")
    killed = sum(found.values())
    print(f"{killed} of {len(chosen)} mutants found ({killed / len(chosen):.1%}) in {time.monotonic() - began_s:.0f} s")
    return 0 if killed >= KILLED_MIN * len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
