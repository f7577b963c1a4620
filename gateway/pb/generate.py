"""Makes gateway/pb/medsettle/ and docs/errors.md from proto/, or checks that they have not drifted from it.

    python -m gateway.pb.generate           writes
    python -m gateway.pb.generate --check   writes nothing; names what differs and exits 1

The generated modules import each other as `gateway.pb.medsettle.v1`, not as protoc's `medsettle.v1`, so that they need
no entry on sys.path and cannot meet another package of that name.
"""

import argparse
import importlib.resources
import re
import sys
import tempfile
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc  # type: ignore[import-untyped]  # no stubs are published

from gateway.pb.errors_doc import errors_document

REPOSITORY = Path(__file__).resolve().parents[2]
PROTO_ROOT = REPOSITORY / "proto"
PACKAGE = Path("medsettle/v1")
PB_ROOT = Path("gateway/pb")
ERRORS_DOC = Path("docs/errors.md")
PACKAGE_DOCSTRING = '"""Generated from proto/ by `python -m gateway.pb.generate`."""\n'
PROTOC_IMPORT = re.compile(r"^(from|import) medsettle\.v1\b", re.MULTILINE)
# protobuf takes a plain int for an enum, and an open enum's unknown value is nothing else; protoc's stubs forget it.
ENUM_ARGUMENT = re.compile(r"_Union\[([\w.]+), str\]")


def run_protoc(*options: str) -> None:
    """Runs protoc over every file of the contract; its messages go to stderr, a failure ends the program."""
    includes = (PROTO_ROOT, importlib.resources.files("grpc_tools") / "_proto")
    files = sorted(path.relative_to(PROTO_ROOT).as_posix() for path in (PROTO_ROOT / PACKAGE).glob("*.proto"))
    status = protoc.main(["protoc", *(f"-I{include}" for include in includes), *options, *files])
    if status != 0:
        sys.exit(status)


def contract_descriptors() -> FileDescriptorSet:
    """The contract as descriptors, comments included (the compiled modules drop them)."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "contract.binpb"
        run_protoc("--include_source_info", "--include_imports", f"--descriptor_set_out={path}")
        return FileDescriptorSet.FromString(path.read_bytes())


def generated_files() -> dict[Path, str]:
    """Every generated file by its path in the repository, the same bytes at every run."""
    files: dict[Path, str] = {}
    with tempfile.TemporaryDirectory() as directory:
        run_protoc(*(f"--{kind}_out={directory}" for kind in ("python", "pyi", "grpc_python")))
        for path in sorted(Path(directory, PACKAGE).iterdir()):
            text = PROTOC_IMPORT.sub(r"\1 gateway.pb.medsettle.v1", path.read_text())
            text = ENUM_ARGUMENT.sub(r"_Union[\1, int, str]", text)
            # A file without a service gets a stub module with nothing in it but a version check.
            if path.name.endswith("_pb2_grpc.py") and "class " not in text:
                continue
            files[PB_ROOT / PACKAGE / path.name] = text
    for package in (PACKAGE.parent, PACKAGE):
        files[PB_ROOT / package / "__init__.py"] = PACKAGE_DOCSTRING
    files[ERRORS_DOC] = errors_document(contract_descriptors())
    return files


def drifted(root: Path, files: dict[Path, str]) -> list[Path]:
    """The paths under `root` that are missing, differ, or are there though nothing makes them."""
    modules = (path for path in (root / PB_ROOT / PACKAGE.parts[0]).rglob("*") if path.suffix in {".py", ".pyi"})
    there = {path.relative_to(root) for path in modules}
    wrong = {path for path, text in files.items() if not (root / path).exists() or (root / path).read_text() != text}
    return sorted(wrong | (there - set(files)))


def write(root: Path, files: dict[Path, str]) -> list[Path]:
    """Makes `root` hold exactly `files`; gives the paths that changed."""
    changed = drifted(root, files)
    for path in changed:
        if path not in files:
            (root / path).unlink()
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(files[path])
    return changed


def main(arguments: list[str] | None = None) -> int:
    """The command line; 1 when --check finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m gateway.pb.generate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; name what differs and exit 1")
    check = parser.parse_args(arguments).check
    files = generated_files()
    changed = drifted(REPOSITORY, files) if check else write(REPOSITORY, files)
    for path in changed:
        print(f"{path.as_posix()}: {'differs from proto/; run `make proto`' if check else 'written'}")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
