"""Renders docs/errors.md from the descriptors of the contract, so that the page cannot say what the wire does not."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor_pb2 import EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass, GetMessageClassesForFiles
from google.rpc.code_pb2 import Code

REASON_FILE = "medsettle/v1/error_reason.proto"
REASON_PREFIX = "ERROR_REASON_"
# Paths of descriptor.proto: file.enum_type is field 5, enum.value is field 2.
ENUM_TYPE, ENUM_VALUE = 5, 2

HEADER = """\
# Errors

<!-- Generated from proto/medsettle/v1/error_reason.proto by `make proto`; a test holds the two together. -->

A refusal is a gRPC status with exactly one `google.rpc.ErrorInfo`: `domain` is `medsettle.v1`, `reason` is a name from
the table, `metadata` holds every dynamic value of the message. A refused call was not journalled: it moved no money,
and it may be repeated blindly with the same `request_id`. A status without `ErrorInfo` is the gRPC runtime's own and
proves nothing: ask again with the same `request_id`. Where a call was journalled although it was refused (cash that
must be returned, a row of an import), the body of the answer carries the reason.

- *Retry*: the same call may succeed later without anybody mending anything.
- *Money*: the reason proves that an earlier call moved or held money for what this call named.
"""


@dataclass(frozen=True)
class Reason:
    """One reason as the contract describes it."""

    number: int
    name: str
    grpc_code: str
    retryable: bool
    money_moved: bool
    who_acts: str
    mend: str
    what: str
    example: str


def _reason_enum(files: FileDescriptorSet) -> tuple[FileDescriptorProto, int, EnumDescriptorProto]:
    file = next(f for f in files.file if f.name == REASON_FILE)
    index = next(i for i, enum in enumerate(file.enum_type) if enum.name == "ErrorReason")
    return file, index, file.enum_type[index]


def _facts_reader(files: FileDescriptorSet) -> Callable[[bytes], Any]:
    """Reads the ReasonFacts in serialized EnumValueOptions, in a pool of its own: nothing generated is needed."""
    pool = DescriptorPool()
    for file in files.file:
        pool.Add(file)
    GetMessageClassesForFiles([REASON_FILE], pool)
    options: Any = GetMessageClass(pool.FindMessageTypeByName("google.protobuf.EnumValueOptions"))
    extension = pool.FindExtensionByName("medsettle.v1.reason_facts")
    return lambda serialized: options.FromString(serialized).Extensions[extension]


def reasons(files: FileDescriptorSet) -> list[Reason]:
    """Every reason of the contract but the unspecified one, in the order of the file."""
    file, enum_index, enum = _reason_enum(files)
    read_facts = _facts_reader(files)
    comments = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
    found = []
    for index, value in enumerate(enum.value):
        if value.number == 0:
            continue
        comment = " ".join(comments[(ENUM_TYPE, enum_index, ENUM_VALUE, index)].split())
        what, _, example = comment.partition(" Example: ")
        facts = read_facts(value.options.SerializeToString())
        found.append(
            Reason(
                number=value.number,
                name=value.name.removeprefix(REASON_PREFIX),
                grpc_code=Code.Name(facts.grpc_code),
                retryable=facts.retryable,
                money_moved=facts.money_moved,
                who_acts=facts.who_acts,
                mend=facts.mend,
                what=what,
                example=example,
            )
        )
    return found


def _row(reason: Reason) -> str:
    parts = re.fullmatch(r'"(?P<message>.*)"(?: \{(?P<metadata>.*)\})?', reason.example)
    assert parts is not None, f'{reason.name}: an example is "message" {{key=value, ...}}, not {reason.example}'
    example = parts["message"] + (f"<br>`{parts['metadata']}`" if parts["metadata"] else "")
    cells = (
        f"`{reason.name}`<br>{reason.number}",
        reason.grpc_code,
        "yes" if reason.retryable else "no",
        "yes" if reason.money_moved else "no",
        reason.who_acts,
        reason.what,
        reason.mend,
        example,
    )
    assert not any("|" in cell for cell in cells), f"{reason.name}: a bar would break the table"
    return f"| {' | '.join(cells)} |\n"


def errors_document(files: FileDescriptorSet) -> str:
    """docs/errors.md."""
    table = "| reason | gRPC code | retry | money | who acts | what happened | what to do | example |\n"
    table += "|---|---|---|---|---|---|---|---|\n"
    return HEADER + "\n" + table + "".join(_row(reason) for reason in reasons(files))
