"""The verb `split`: computes who pays what of a worked case, without a gateway."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.cli import explain

if TYPE_CHECKING:
    from core.explain import Explanation
    from core.policy import RuleBook

EXIT_GOOD = 0
EXIT_UNUSABLE = 2  # the case, or the policies, cannot be used

Split = dict[str, int]
Found = TypeVar("Found")  # a split, or its explanation

# What a person reads of a split: (heading, field, remark).
NATURE_ROWS = (
    ("full self-pay", "full_self_pay_fen", "class C and wholly self-paid"),
    ("over limit", "over_limit_fen", "above price limits"),
    ("class B self-pay", "class_b_self_pay_fen", "paid first, out of scope"),
    ("in scope", "in_scope_fen", "shared between funds and person"),
    ("  of it deductible", "deductible_fen", "which the pooled fund leaves"),
)
PAYER_ROWS = (
    ("pooled fund", "pooled_fen"),
    ("second stage", "major_fen"),
    ("civil servants' subsidy", "civil_servant_fen"),
    ("assistance", "assistance_fen"),
    ("other funds", "other_fund_fen"),
    ("hospital", "hospital_fen"),
    ("own account", "account_fen"),
    ("family account", "family_account_fen"),
    ("commercial insurance", "commercial_fen"),
    ("cash", "cash_fen"),
)


def register(subparsers: Any) -> None:
    """Adds the verb and its arguments."""
    parser = subparsers.add_parser(
        "split",
        help="compute who pays what of a case",
        description="Print the split of a case as JSON, in fen; of a list or a file of cases as a JSON list. "
        "Exit status 0: done; 2: a case or a policy cannot be used, and why is on standard error.",
    )
    parser.add_argument("case", metavar="CASE.json|-", help='a case, a list of cases, or {"cases": [...]}; -: stdin')
    parser.add_argument(
        "--policies", metavar="DIR", help="policies to use: a folder of *.json or one file (default: those shipped)"
    )
    parser.add_argument(
        "--catalogue", metavar="FILE.csv", help="classifies the lines that name an item_code (docs/rules/catalogues.md)"
    )
    parser.add_argument(
        "--plans",
        metavar="DIR",
        help="plans that cases name by id: a folder or one file (default: those shipped)",
    )
    parser.add_argument("--table", action="store_true", help="print tables for people, in yuan, instead of JSON")
    parser.add_argument(
        "--explain", action="store_true", help="print every step of a split with its rule, instead of the split alone"
    )
    explain.add_language(parser)
    parser.add_argument("--json", action="store_true", help="with --explain: print the steps as JSON")
    parser.add_argument("--twin", action="store_true", help="compute with the slow reference, not the compiled core")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Computes every case, and only then prints: a fault in one leaves standard output empty."""
    import orjson

    from core.cases import CaseError
    from gateway.authoring.files import FileUnusable

    try:
        cases, is_list = read_cases(args.case)
        book = load_book(args.policies, args.plans)
        compute: Callable[[Any], Any] = explainer(book) if args.explain else splitter(book, twin=args.twin)
        compute = with_catalogue(compute, args.catalogue)
        found: list[Any] = [split_one(compute, case, index, is_list=is_list) for index, case in enumerate(cases)]
    except (CaseError, FileUnusable) as error:
        print(f"medsettle split: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    if args.explain and not args.json:
        print_explanations(cases, found, args.language)
        return EXIT_GOOD
    if args.table and not args.explain:
        print_tables(cases, found)
        return EXIT_GOOD
    if args.explain:
        found = [explain.as_json(one) for one in found]
    text = orjson.dumps(found if is_list else found[0], option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    sys.stdout.write(text.decode())
    return EXIT_GOOD


def read_cases(path: str) -> tuple[list[Any], bool]:
    """The cases of a file or of standard input, and whether there may be several."""
    from pathlib import Path

    from gateway.authoring.files import cases_in, parsed, read

    name = "standard input" if path == "-" else path
    text = sys.stdin.buffer.read() if path == "-" else read(Path(path))
    return cases_in(parsed(text, name), name)


def load_book(policies: str | None, plans: str | None) -> "RuleBook":
    """The policies and plans of a folder or a file, or those shipped."""
    from core.policy import RuleBook
    from core.rules import PolicyError
    from core.rules.versions import VersionConflict
    from gateway.authoring.files import FileUnusable

    book = RuleBook()
    for name, document in documents_of(policies):
        try:
            book.put(document, name)
        except PolicyError as error:
            raise FileUnusable(str(error)) from error
        except VersionConflict as error:  # two versions of a region that do not fit beside each other
            raise FileUnusable(f"{name}: {error}") from error
    for document, name in read_plans(plans):
        book.plans.put(document, name)
    return book


def splitter(book: "RuleBook", *, twin: bool) -> Callable[[Any], Split]:
    """What computes the split of a case: the compiled core or its twin."""
    from core.cases import compute_case
    from core.reference import split_case

    if twin:
        return lambda case: by_reference(split_case, case, book)
    return lambda case: compute_case(case, book)


def explainer(book: "RuleBook") -> "Callable[[Any], Explanation]":
    """What explains the split of a case; the compiled core must agree to the fen."""
    from core.cases import compute_case
    from core.explain import ExplanationWrong
    from core.explain import explain as explain_case

    def compute(case: Any) -> "Explanation":
        split, found = compute_case(case, book), by_reference(explain_case, case, book)
        if found.split != split:
            raise ExplanationWrong("the compiled core and its twin split it differently: `make prove` should find it")
        return found

    return compute


def by_reference(compute: Callable[..., Found], case: Any, book: "RuleBook") -> Found:
    """What a function of the reference makes of a case, which is checked with its override as for the compiled core."""
    from core.cases import CaseError, read_case, rule_of
    from core.cases.fields import day_of
    from core.reference import CaseRefused

    checked = read_case(case)
    rule_of(checked, book)
    day = day_of(checked["service_date"])
    held = {code: book.document(code, day) for code in book.regions()}
    plans = {plan_id: book.plans.documents(plan_id) for plan_id in book.plans.plan_ids()}
    try:
        return compute(checked, {code: document for code, document in held.items() if document}, plans)
    except CaseRefused as error:
        raise CaseError(str(error)) from error


def read_plans(path: str | None) -> list[tuple[dict[str, Any], str]]:
    """The plans of a folder, of a file, or those shipped, each with what to call it, all without a fault."""
    from core.plans import check
    from gateway.authoring.files import FileUnusable
    from gateway.plan_files import PlanFileUnusable, load_plans

    try:
        found = load_plans(path)
    except PlanFileUnusable as error:
        raise FileUnusable(str(error)) from error
    for document, name in found:
        for problem in check(document, name):
            raise FileUnusable(f"{name}: {problem.rule}: {problem.message}")
    return found


def documents_of(path: str | None) -> list[tuple[str, Any]]:
    """Policies and what to call each: of a folder, in which a region may have several versions, of one file, which may
    hold all regions, or those shipped."""
    from core.reference import regions_in
    from gateway.authoring.files import FileUnusable, load_json, policy_paths

    found: list[tuple[str, Any]] = []
    for file in policy_paths(path):
        try:
            regions = regions_in(load_json(file)[1])
        except FileUnusable:
            raise
        except ValueError as error:
            raise FileUnusable(f"{file}: {error}") from error
        found += [(f"{file}: region {code}", document) for code, document in regions.items()]
    # By their beginning: then each stands beside those before it, whatever the files are called.
    return sorted(found, key=lambda entry: str(entry[1].get("effective_from") or ""))


def with_catalogue(compute: Callable[[Any], Found], path: str | None) -> Callable[[Any], Found]:
    """What computes a case once the catalogue of a file has classified its lines; without a file, as before."""
    if path is None:
        return compute
    from pathlib import Path

    from core.cases import CaseError
    from gateway.authoring.files import FileUnusable
    from gateway.catalogue.cases import LineUnclassified, classifier
    from gateway.catalogue.csv_file import CsvUnusable, read_catalogue

    try:
        found = read_catalogue(Path(path))
    except CsvUnusable as error:
        raise FileUnusable(str(error)) from error
    if found.problems:
        first = found.problems[0]
        raise FileUnusable(f"{path}:{first.line_no}: {first.message}")
    classify = classifier(found.entries)

    def compute_classified(case: Any) -> Found:
        try:
            return compute(classify(case))
        except LineUnclassified as error:
            raise CaseError(str(error)) from error

    return compute_classified


def split_one(compute: Callable[[Any], Found], case: Any, index: int, *, is_list: bool) -> Found:
    """One case's split; where there are several, a fault says whose it is."""
    from core.cases import CaseError

    try:
        return compute(case)
    except CaseError as error:
        if not is_list:
            raise
        raise CaseError(f"case {title_of(case, index)}: {error}") from error


def title_of(case: Any, index: int) -> str:
    """What a case is called: its id, else its place from 1."""
    name = case.get("id") if isinstance(case, dict) else None
    return name if isinstance(name, str) and name else str(index + 1)


# --- For people ---


def print_explanations(cases: list[Any], found: list[Any], language: str) -> None:
    """Prints every step of each split."""
    from core.explain import summary

    for index, (case, one) in enumerate(zip(cases, found, strict=True)):
        print(f"{chr(10) if index else ''}{heading(case, index)}")
        languages = explain.LANGUAGES[language]
        explain.print_steps(explain.told(one, languages), [summary(one.split, name) for name in languages])


def print_tables(cases: list[Any], splits: list[Split]) -> None:
    """Prints a table for each split: what the bill is made of, then who pays it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from gateway.wording import yuan

    console = Console(highlight=False)
    for index, (case, split) in enumerate(zip(cases, splits, strict=True)):
        if index:
            console.print()
        console.print(Text(heading(case, index), style="bold"), soft_wrap=True)
        table = Table("", box=None, pad_edge=False, header_style="dim")
        table.add_column("yuan", justify="right")
        table.add_column("", style="dim")
        for label, field, remark in NATURE_ROWS:
            table.add_row(label, yuan(split[field]), remark)
        table.add_row(Text("the bill", style="bold"), Text(yuan(split["total_fen"]), style="bold"), end_section=True)
        for label, field in PAYER_ROWS:
            if split[field] or field == "cash_fen":
                table.add_row(label, yuan(split[field]), share(split[field], split["total_fen"]))
        paid = yuan(sum(split[field] for _, field in PAYER_ROWS))
        table.add_row(Text("all payers", style="bold"), Text(paid, style="bold"))
        console.print(table)


def heading(case: dict[str, Any], index: int) -> str:
    """A case in one line: its name, and what decides its rule."""
    parts = (case["insured_region"], case["scheme"], case["service"], case["institution"]["level"])
    title = f" {case['title']}" if isinstance(case.get("title"), str) else ""
    return f"{title_of(case, index)}{title} ({', '.join(parts)}, {case['service_date']})"


def share(part_fen: int, total_fen: int) -> str:
    """A part of a total, in per cent."""
    return f"{100 * part_fen / total_fen:.1f} %" if total_fen else ""
