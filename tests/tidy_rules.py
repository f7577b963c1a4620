"""The rules of tests/test_tidy.py: each reads one source file and gives a line for each breach of house style."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

FILE_LINES_MAX = 499
PROTO_LINES_MAX = 999  # a service is one file, however many rpcs it grows, and half of it is comments
FUNCTION_LINES_MAX = 69
FOLDER_MODULES_MAX = 12
FOLDER_DEPTH_MAX = 3

GENERATED = "gateway/pb/medsettle/"
CYTHON = (".pyx", ".pxd")
CODE = (".py", ".pyi", ".proto", *CYTHON)

OUTSIDE_WORLD = ("asyncio", "google", "grpc", "random", "secrets", "socket", "sqlite3", "threading", "time", "uuid")
# Who may not import what: a package and all below it, on both sides.
FORBIDDEN_IMPORTS = {
    "core": ("gateway", "bench", "tests", *OUTSIDE_WORLD),
    "gateway.servicers": ("gateway.stores", "gateway.fronts", "gateway.bootstrap", "gateway.cli"),
    "gateway.engine": ("gateway.servicers", "gateway.fronts", "gateway.bootstrap", "gateway.cli"),
    "gateway.stores": (
        "gateway.servicers",
        "gateway.fronts",
        "gateway.engine",
        "gateway.bootstrap",
        "gateway.cli",
    ),
    "gateway.upstream": (
        "gateway.servicers",
        "gateway.fronts",
        "gateway.engine",
        "gateway.bootstrap",
        "gateway.cli",
    ),
    "gateway.fronts": ("gateway.stores", "gateway.bootstrap", "gateway.cli"),
    # What a caller installs: the contract and its reasons, nothing of what serves them.
    "gateway.client": (
        "core",
        "gateway.servicers",
        "gateway.works",
        "gateway.engine",
        "gateway.stores",
        "gateway.fronts",
        "gateway.bootstrap",
        "gateway.cli",
    ),
    "gateway": ("tests", "bench"),
}
# Only the composition root, the command and what measures them may name an implementation.
KNOWS_IMPLEMENTATIONS = ("gateway/bootstrap.py", "gateway/cli/", "tests/", "bench/")
IMPLEMENTATION = re.compile(
    r"gateway\.(?:stores\.\w+_store|fronts\.\w+|upstream\.\w+_(?:adapter|client|simulator))(?:\.|$)"
)

# A model's leaves are binary fractions, and their sum has to be the library's to the bit; no money comes near them.
CALCULATES_AS_LIBRARIES_DO = ("core/risk/forest.", "core/risk/bundle.py")

# Written so that no pattern matches its own line.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home)/")
LEFT_OVER = re.compile(r"\b(?:TOD[O]|FIXM[E])\b")


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the repository: its path from the root, with forward slashes, and its text."""

    path: str
    text: str

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.path).suffix

    @property
    def module(self) -> str:
        """The dotted name the file is imported by."""
        return ".".join(PurePosixPath(self.path).with_suffix("").parts).removesuffix(".__init__")

    @property
    def written_by_hand(self) -> bool:
        return not self.path.startswith(GENERATED)


def is_below(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def code_only(text: str) -> str:
    """Gives Cython text without its strings and comments, line for line."""
    return re.sub(
        r'"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|#[^\n]*',
        lambda found: ('""' if found[0][0] != "#" else "") + "\n" * found[0].count("\n"),
        text,
        flags=re.DOTALL,
    )


def imported_modules(source: Source) -> Iterator[str]:
    """Gives the dotted name of everything a file imports; `from a import b` gives a and a.b."""
    if source.suffix in CYTHON:
        for origin, names in re.findall(
            r"^\s*(?:from\s+([\w.]+)\s+)?c?import\s+([^\n]+)", code_only(source.text), re.MULTILINE
        ):
            imported = [name.split(" as ")[0].strip(" ()") for name in names.split(",")]
            yield from ([origin] if origin else []) + [f"{origin}.{name}" if origin else name for name in imported]
        return
    parts = source.module.split(".")
    is_package = source.path.endswith("/__init__.py")
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            kept = len(parts) - node.level + is_package
            origin = ".".join([*(parts[:kept] if node.level else []), *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def check_import_direction(source: Source) -> Iterator[str]:
    """Imports point one way: gateway to core; servicers to pipeline to stores; implementations only from bootstrap."""
    if source.suffix not in (".py", ".pyi", *CYTHON) or not source.written_by_hand:
        return
    own_room = source.path.startswith(("gateway/stores/", "gateway/fronts/", "gateway/upstream/"))
    for imported in sorted(set(imported_modules(source))):
        for package, forbidden in FORBIDDEN_IMPORTS.items():
            if is_below(source.module, package) and any(is_below(imported, name) for name in forbidden):
                yield f"{package} may not import {imported}"
        if not own_room and IMPLEMENTATION.match(imported) and not source.path.startswith(KNOWS_IMPLEMENTATIONS):
            yield f"only gateway/bootstrap.py and gateway/cli may import {imported}"


def check_exact_arithmetic(source: Source) -> Iterator[str]:
    """Money is integer fen: core/ has no float; true division only where a Fraction makes it exact."""
    if not source.path.startswith("core/") or source.suffix not in (".py", ".pyi", *CYTHON):
        return
    if source.path.startswith(CALCULATES_AS_LIBRARIES_DO):
        return
    if source.suffix == ".py":
        exact = "Fraction" in source.text
        for node in ast.walk(ast.parse(source.text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
                yield f"line {node.lineno}: float constant {node.value}"
            elif isinstance(node, ast.Name) and node.id == "float":
                yield f"line {node.lineno}: float"
            elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div) and not exact:
                yield f"line {node.lineno}: true division; write //"
        return
    for number, line in enumerate(code_only(source.text).splitlines(), 1):
        if re.search(r"\b(?:float|double)\b|\b\d+\.\d|\b\d+e-?\d", line):
            yield f"line {number}: float"
        if re.search(r"(?<!/)/(?!/)", line):
            yield f"line {number}: true division; write //"


def check_clock(source: Source) -> Iterator[str]:
    """The time comes inside a batch: nothing in core/ asks for it."""
    if source.path.startswith("core/") and re.search(r"\.(?:now|utcnow|today)\(", source.text):
        yield "asks for the time of day"


def check_lengths(source: Source) -> Iterator[str]:
    """A file fits in one reading and a function on one screen."""
    if source.suffix not in CODE or not source.written_by_hand:
        return
    lines = source.text.count("\n")
    lines_max = PROTO_LINES_MAX if source.suffix == ".proto" else FILE_LINES_MAX
    if lines > lines_max:
        yield f"{lines} lines, {lines_max} allowed"
    lengths = cython_function_lengths if source.suffix in CYTHON else python_function_lengths
    if source.suffix != ".proto":
        for name, length in lengths(source.text):
            if length > FUNCTION_LINES_MAX:
                yield f"{name}: {length} lines, {FUNCTION_LINES_MAX} allowed"


def python_function_lengths(text: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def cython_function_lengths(text: str) -> Iterator[tuple[str, int]]:
    """Counts from a def, cdef or cpdef line that opens a block to the last line that is indented deeper."""
    lines = code_only(text).splitlines()
    for start, line in enumerate(lines):
        found = re.match(r"( *)(?:async )?c?p?def\s(?!class\b)[^=]*?(\w+)\s*\(", line)
        if not found:
            continue
        last = start
        for index in range(start + 1, len(lines)):
            if not lines[index].strip() or re.match(r" *\)", lines[index]):
                continue  # an empty line, or the line that closes a long list of arguments
            if len(lines[index]) - len(lines[index].lstrip()) <= len(found[1]):
                break
            last = index
        yield found[2], last - start + 1


def check_docstring(source: Source) -> Iterator[str]:
    """A module opens with one line of purpose; in core/ a .pyx then says Design and Invariants."""
    if not source.written_by_hand:
        return
    if source.suffix == ".py" and not ast.get_docstring(ast.parse(source.text)):
        yield "no module docstring"
    if source.suffix == ".pyx" and not re.match(r'(?:\s*#[^\n]*\n)*\s*r?"""\s*\S', source.text):
        yield "no module docstring"


def check_left_overs(source: Source) -> Iterator[str]:
    """A limit is stated as a fact, not as a note to oneself, and nothing names a folder of one machine."""
    if not source.written_by_hand:
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        if MACHINE_PATH.search(line):
            yield f"line {number}: path of one machine"
        if LEFT_OVER.search(line):
            yield f"line {number}: left-over note"


def check_folders(paths: list[str]) -> Iterator[str]:
    """A folder holds at most a dozen modules (a .pyx, .pxd and .pyi are one; a region's policy is none), three deep."""
    modules: dict[str, set[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if not path.startswith(GENERATED) and not (path.startswith("policies/") and path.endswith(".json")):
            modules.setdefault(folder, set()).add(name.rpartition(".")[0] or name)
    for folder, names in sorted(modules.items()):
        if len(names) > FOLDER_MODULES_MAX:
            yield f"{folder or 'the root'}: {len(names)} modules, {FOLDER_MODULES_MAX} allowed"
        if folder.count("/") + 1 > FOLDER_DEPTH_MAX:
            yield f"{folder}: deeper than {FOLDER_DEPTH_MAX} folders"


def check_cython_trios(paths: list[str]) -> Iterator[str]:
    """Every .pyx has a .pxd to read as its header and a .pyi for its Python callers."""
    for path in paths:
        stem, dot, suffix = path.rpartition(".")
        if suffix == "pyx":
            yield from (f"{path}: has no .{beside}" for beside in ("pxd", "pyi") if stem + dot + beside not in paths)


def check_build_products(paths: list[str]) -> Iterator[str]:
    """What a command can make again is not in git (the generated gateway/pb is: callers read it)."""
    for path in paths:
        translated = path.endswith(".c") and f"{path[:-2]}.pyx" in paths  # another .c is written by hand
        made = translated or path.endswith((".so", ".o", ".pyc", ".whl"))
        if made or "__pycache__" in path or path.startswith("build/"):
            yield f"{path}: a build product"


SOURCE_RULES = (
    check_import_direction,
    check_exact_arithmetic,
    check_clock,
    check_lengths,
    check_docstring,
    check_left_overs,
)
FOLDER_RULES = (check_folders, check_cython_trios, check_build_products)
