"""The contract keeps its own rules: style, comments, numbers, money, idempotency, and what a channel may see."""

import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
    MethodOptions,
)
from google.rpc.code_pb2 import Code

from gateway.pb import generate
from gateway.pb.errors_doc import reasons
from gateway.pb.medsettle.v1 import enums_pb2, error_reason_pb2
from gateway.security.roles import ROLES

BUF = Path(sysconfig.get_path("scripts")) / "buf"
PACKAGE = ".medsettle.v1."

# Pinned on purpose: stores and the core keep these numbers for good.
READS = ("Get", "List", "Quote", "Download", "Watch", "Explain", "Assess", "Run")

ENUM_NAMES = {
    "LoginAssurance": "NONE PASSWORD CODE FACE",
    "UserPresence": "PRESENT ABSENT",
    "ProofKind": "CODE FACE PASSWORD",
    "RiskDecision": "APPROVE REVIEW HOLD_SETTLEMENT STEP_UP WAIT DECLINE",
    "ReviewState": "OPEN SECOND DECIDED",
    "ReviewVerdict": "SOUND FRAUD",
    "RiskListKind": "PERSON DEVICE NETWORK INSTITUTION",
    "RiskListEffect": "ALLOW WATCH BLOCK BLOCK_FINAL",
    "RiskPolicyRole": "LIVE CHALLENGER SHADOW",
    "Scheme": "EMPLOYEE RESIDENT",
    "Service": "OUTPATIENT INPATIENT PHARMACY CHRONIC",
    "InstitutionLevel": "COMMUNITY LEVEL1 LEVEL2 LEVEL3 LEVEL3_TOP PHARMACY",
    "PersonStatus": "ACTIVE RETIRED RESIDENT STUDENT ELDER",
    "Referral": "LOCAL FILED TRANSFER EMERGENCY UNFILED",
    "Assistance": "NONE LOW_INCOME DESTITUTE REGISTERED_POOR",
    "ItemClass": "A B C",
    "OrderState": "OPEN AUTHORIZING STEP_UP IN_REVIEW AUTHORIZED PAID PARTIALLY_REFUNDED REFUNDED VOIDED CLOSED "
    "IN_DOUBT NEEDS_REVIEW",
    "LegState": "NONE REQUESTED HELD POSTED VOIDED PARTIALLY_REFUNDED REFUNDED UNKNOWN FAILED CASH_TO_RETURN",
    "OrderKind": "MIXED INSURANCE_ONLY CASH_ONLY",
    "BindingState": "PENDING ACTIVE UNBOUND",
    "FamilyRelation": "SPOUSE PARENT CHILD SIBLING GRANDPARENT GRANDCHILD",
    "FamilyLinkState": "ACTIVE ENDED",
    "RefundState": "CASH_PENDING COMPLETED",
    "RefundKind": "ALL CASH INSURANCE LINES",
    "ReceiptState": "APPLIED TO_RETURN RETURNED",
    "WindowState": "CLOSED PAID_OUT",
    "CreditKind": "OPENING_BALANCE MONTHLY_CREDIT INTEREST CORRECTION",
    "PolicyState": "DRAFT IN_FORCE REPLACED",
    "Role": "CHANNEL INSTITUTION BUREAU MESH",
    "UserAuthentication": "NONE PASSWORD CODE FACE",
    "CredentialKind": "E_VOUCHER ID_CARD SOCIAL_SECURITY_CARD",
    "IdDocumentKind": "ID_CARD HOUSEHOLD_REGISTRATION FOREIGNER_PASSPORT MAINLAND_TRAVEL_PERMIT_FOR_TW "
    "MAINLAND_TRAVEL_PERMIT_FOR_MO MAINLAND_TRAVEL_PERMIT_FOR_HK FOREIGN_PERMANENT_RESIDENT",
    "Scenario": "REGISTRATION DIAGNOSIS COVID_EXAM INPATIENT PHARMACY INSURANCE_PREMIUM INTERNET_REGISTRATION "
    "INTERNET_FOLLOW_UP INTERNET_PRESCRIPTION COVID_ANTIGEN MEDICINE",
    "TenderKind": "POOLED MAJOR CIVIL_SERVANT ASSISTANCE OTHER_FUND HOSPITAL ACCOUNT_CURRENT ACCOUNT_PRIOR "
    "FAMILY_ACCOUNT COMMERCIAL CASH",
    "CashAdditionKind": "DEFAULT FREIGHT OTHER_MEDICAL_EXPENSES",
    "CashReductionKind": "DEFAULT HOSPITAL_REDUCE PHARMACY_DISCOUNT DISCOUNT PRE_PAYMENT DEPOSIT_DEDUCTION",
    "Purse": "CURRENT_YEAR PRIOR_YEARS",
    "Sex": "MALE FEMALE",
    "ClassificationSource": "CATALOGUE INSTITUTION",
}

# The first number of each run, the gRPC code, and the names that follow on.
REASONS = [
    (1, "UNAUTHENTICATED", "TOKEN_UNKNOWN"),
    (2, "PERMISSION_DENIED", "ROLE_FORBIDDEN PARTY_SUSPENDED"),
    (4, "INVALID_ARGUMENT", "FIELD_INVALID"),
    (5, "ALREADY_EXISTS", "REQUEST_ID_CONFLICT"),
    (6, "RESOURCE_EXHAUSTED", "OVERLOADED"),
    (7, "DEADLINE_EXCEEDED", "EXPIRED_IN_QUEUE"),
    (8, "UNAVAILABLE", "STORE_UNAVAILABLE SHUTTING_DOWN"),
    (10, "INTERNAL", "INTERNAL_FAULT"),
    (20, "NOT_FOUND", "ORDER_NOT_FOUND"),
    (21, "PERMISSION_DENIED", "ORDER_NOT_YOURS"),
    (22, "ALREADY_EXISTS", "ORDER_NO_TAKEN"),
    (23, "FAILED_PRECONDITION", "ORDER_EXPIRED ORDER_CLOSED ORDER_ALREADY_PAID ORDER_NOT_AUTHORIZED ORDER_NOT_PAID"),
    (28, "FAILED_PRECONDITION", "ORDER_ALREADY_REFUNDED ORDER_NOT_CLAIMED"),
    (30, "INVALID_ARGUMENT", "LINES_DO_NOT_ADD_UP"),
    (31, "OUT_OF_RANGE", "AMOUNT_OUT_OF_RANGE"),
    (32, "FAILED_PRECONDITION", "QUOTE_CHANGED CASH_AMOUNT_MISMATCH CASH_NOT_ALLOWED CASH_REDUCTION_TOO_LARGE"),
    (36, "ALREADY_EXISTS", "RECEIPT_NO_TAKEN REFUND_NO_TAKEN"),
    (38, "NOT_FOUND", "REFUND_NOT_FOUND"),
    (39, "FAILED_PRECONDITION", "AUTHENTICATION_REQUIRED ORDER_CLAIMED_BY_ANOTHER NOTHING_TO_RETURN"),
    (42, "FAILED_PRECONDITION", "CASH_AWAITING_RETURN"),
    (50, "NOT_FOUND", "PERSON_NOT_MATCHED BINDING_NOT_FOUND"),
    (52, "FAILED_PRECONDITION", "BINDING_NOT_ACTIVE"),
    (53, "ALREADY_EXISTS", "BINDING_EXISTS"),
    (54, "FAILED_PRECONDITION", "CODE_WRONG CODE_EXPIRED CODE_ATTEMPTS_EXHAUSTED"),
    (57, "NOT_FOUND", "PAY_CODE_UNKNOWN"),
    (58, "FAILED_PRECONDITION", "PAY_CODE_EXPIRED PAY_CODE_USED"),
    (60, "NOT_FOUND", "ORDER_CODE_UNKNOWN"),
    (70, "FAILED_PRECONDITION", "REGION_UNKNOWN NO_RULE_FOR_BILL"),
    (72, "INVALID_ARGUMENT", "POLICY_INVALID"),
    (73, "FAILED_PRECONDITION", "BENEFIT_YEAR_CLOSED"),
    (74, "NOT_FOUND", "PERSON_NOT_FOUND INSTITUTION_NOT_FOUND"),
    (76, "FAILED_PRECONDITION", "INSTITUTION_SUSPENDED"),
    (77, "OUT_OF_RANGE", "BALANCE_OUT_OF_RANGE"),
    (78, "NOT_FOUND", "PARTY_NOT_FOUND"),
    (79, "ALREADY_EXISTS", "CREDIT_NO_TAKEN SETTLEMENT_NO_TAKEN"),
    (81, "PERMISSION_DENIED", "INSTITUTION_NOT_YOURS"),
    (85, "FAILED_PRECONDITION", "NO_POLICY_ON_DATE"),
    (86, "NOT_FOUND", "POLICY_NOT_FOUND"),
    (87, "FAILED_PRECONDITION", "POLICY_DATES_CONFLICT REPLAY_REQUIRED REPLAY_MISMATCH"),
    (90, "NOT_FOUND", "WINDOW_NOT_FOUND"),
    (91, "ALREADY_EXISTS", "WINDOW_EXISTS"),
    (92, "FAILED_PRECONDITION", "PAYOUT_AMOUNT_MISMATCH WINDOW_ALREADY_PAID"),
    (94, "INVALID_ARGUMENT", "CURSOR_INVALID"),
    (100, "FAILED_PRECONDITION", "ITEM_NOT_LISTED CLASSIFICATION_DIFFERS"),
    (102, "NOT_FOUND", "ITEM_NOT_FOUND"),
    (110, "NOT_FOUND", "PLAN_NOT_FOUND"),
    (111, "FAILED_PRECONDITION", "PLAN_NOT_FOR_REGION PLANS_OVERLAP"),
    (113, "INVALID_ARGUMENT", "PLAN_INVALID"),
    (120, "NOT_FOUND", "FAMILY_LINK_NOT_FOUND"),
    (121, "ALREADY_EXISTS", "FAMILY_LINK_EXISTS"),
    (122, "FAILED_PRECONDITION", "FAMILY_LINK_ENDED"),
    (123, "INVALID_ARGUMENT", "FAMILY_OWNER_IS_MEMBER"),
    (124, "FAILED_PRECONDITION", "FAMILY_LINK_NOT_OF_PATIENT TOO_MANY_FAMILY_MEMBERS"),
    (130, "NOT_FOUND", "REFUND_LINE_UNKNOWN"),
    (131, "FAILED_PRECONDITION", "REFUND_LINE_EXCEEDED"),
    (132, "INVALID_ARGUMENT", "REFUND_LINE_INCOMPLETE"),
    (133, "FAILED_PRECONDITION", "NOTHING_TO_REFUND CASH_REFUND_TOO_LARGE TOO_MANY_CASH_REFUNDS"),
    (136, "FAILED_PRECONDITION", "CASH_REFUND_TOO_LATE REFUND_KIND_NOT_FITTING LATER_BILLS_STAND"),
    (139, "INVALID_ARGUMENT", "REFUND_FIELDS_MISMATCH"),
    (140, "FAILED_PRECONDITION", "ORDER_HAS_NO_SPLIT"),
    (141, "INTERNAL", "SPLIT_NOT_EXPLAINED"),
    (150, "FAILED_PRECONDITION", "BILLS_LEFT_UNPRICED"),
    (160, "FAILED_PRECONDITION", "RISK_STEP_UP RISK_IN_REVIEW RISK_DECLINED RISK_PROOF_UNKNOWN RISK_PROOF_EXPIRED"),
    (165, "FAILED_PRECONDITION", "RISK_PROOF_NOT_FITTING SETTLEMENT_HELD"),
    (170, "NOT_FOUND", "ASSESSMENT_NOT_FOUND"),
    (171, "FAILED_PRECONDITION", "REVIEW_NOT_OPEN SECOND_REVIEWER_NEEDED"),
    (173, "NOT_FOUND", "RISK_POLICY_NOT_FOUND"),
    (174, "INVALID_ARGUMENT", "RISK_POLICY_INVALID RISK_MODEL_INVALID"),
    (176, "FAILED_PRECONDITION", "RISK_MODEL_NOT_FOUND RISK_CHANGE_TOO_LARGE"),
    (178, "NOT_FOUND", "LIST_ENTRY_NOT_FOUND"),
    (179, "FAILED_PRECONDITION", "RISK_OFF"),
]

# What only an institution (and the bureau) may send or read: the rpcs' messages that may reach something clinical.
INSTITUTION_FACING = {
    *("CreateOrderRequest", "CreateOrderResponse", "GetOrderResponse"),
    *("RefundRequest", "RefundResponse", "GetRefundResponse"),
}
# What names items of a catalogue, which are nobody's; only the bureau sends and reads it.
BUREAU_FACING = {"PutCatalogueRequest", "GetCatalogueItemRequest", "GetCatalogueItemResponse"}
CLINICAL_MESSAGES = {
    "OrderLine",
    "ReturnedLine",
    "LineClassification",
    "LineNature",
    "Diagnosis",
    "InstitutionReferences",
    "InstitutionDetail",
}
CLINICAL_WORDS = (
    "line",
    "diagnos",
    "item",
    "prescription",
    "trace_code",
    "department",
    "doctor_code",
    "medical_record",
)
MONEY_WORDS = ("amount", "balance", "price", "fee", "pooled", "cash_due", "deductible", "payable")
# A unit price is finer than a fen, and only carried; the other two are no amounts.
NOT_FEN = {"unit_price_micro_yuan", "deductible_exempt", "amounts", "accept_unpriced_count"}


@pytest.fixture(scope="module")
def contract() -> FileDescriptorSet:
    everything = generate.contract_descriptors()
    return FileDescriptorSet(file=[file for file in everything.file if file.package == "medsettle.v1"])


@pytest.fixture(scope="module")
def messages(contract: FileDescriptorSet) -> dict[str, DescriptorProto]:
    return {message.name: message for file in contract.file for message in file.message_type}


@pytest.fixture(scope="module")
def methods(contract: FileDescriptorSet) -> list[MethodDescriptorProto]:
    return [method for file in contract.file for service in file.service for method in service.method]


def local_name(type_name: str) -> str:
    return type_name.removeprefix(PACKAGE)


def fields(messages: dict[str, DescriptorProto]) -> Iterator[tuple[str, FieldDescriptorProto]]:
    for message in messages.values():
        assert not message.nested_type, f"{message.name}: a nested message would escape these checks"
        for field in message.field:
            yield f"{message.name}.{field.name}", field


def reachable(messages: dict[str, DescriptorProto], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        waiting += [
            local_name(f.type_name) for f in messages[name].field if f.type == FieldDescriptorProto.TYPE_MESSAGE
        ]
    return seen


def test_lint_and_comments() -> None:
    """buf checks the style and, by its COMMENTS rules, that every element has a comment."""
    done = subprocess.run([BUF, "lint"], cwd=generate.PROTO_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_comments_are_asked_for() -> None:
    assert "- COMMENTS" in (generate.PROTO_ROOT / "buf.yaml").read_text()


def test_generated_code_and_error_page_are_in_step() -> None:
    assert generate.drifted(generate.REPOSITORY, generate.generated_files()) == []


def test_drift_is_seen_and_mended(tmp_path: Path) -> None:
    files = {generate.PB_ROOT / generate.PACKAGE / name: "x = 1\n" for name in ("a_pb2.py", "b_pb2.pyi")}
    assert generate.write(tmp_path, files) == sorted(files)
    assert generate.drifted(tmp_path, files) == []
    first, second = (tmp_path / path for path in sorted(files))
    first.write_text("x = 2\n")
    second.unlink()
    stray = first.with_name("stray_pb2.py")
    stray.write_text("")
    assert len(generate.drifted(tmp_path, files)) == 3
    generate.write(tmp_path, files)
    assert generate.drifted(tmp_path, files) == [] and not stray.exists()


@pytest.mark.parametrize("name", ENUM_NAMES)
def test_enum_numbers_stand(name: str) -> None:
    prefix = "".join(f"_{c}" if c.isupper() else c.upper() for c in name).removeprefix("_") + "_"
    names = ["UNSPECIFIED", *ENUM_NAMES[name].split()]
    expected = {prefix + value: number for number, value in enumerate(names)}
    assert dict(getattr(enums_pb2, name).items()) == expected


def test_every_enum_is_pinned() -> None:
    assert set(enums_pb2.DESCRIPTOR.enum_types_by_name) == set(ENUM_NAMES)


def test_reason_numbers_and_codes_stand() -> None:
    expected = {name: (first + i, code) for first, code, names in REASONS for i, name in enumerate(names.split())}
    found = {reason.name: (reason.number, reason.grpc_code) for reason in reasons(generate.contract_descriptors())}
    assert found == expected


def test_reasons_have_all_facts() -> None:
    for value in error_reason_pb2.ErrorReason.DESCRIPTOR.values[1:]:
        facts = value.GetOptions().Extensions[error_reason_pb2.reason_facts]
        assert Code.Name(facts.grpc_code) != "OK", value.name
        assert facts.who_acts in {"caller", "channel", "institution", "bureau", "patient", "nobody"}, value.name
        assert facts.mend.endswith("."), value.name
    for reason in reasons(generate.contract_descriptors()):
        assert reason.what.endswith(".") and reason.example, reason.name


def test_changes_carry_a_request_id_and_say_if_replayed(
    methods: list[MethodDescriptorProto], messages: dict[str, DescriptorProto]
) -> None:
    for method in methods:
        request = {field.name: field for field in messages[local_name(method.input_type)].field}
        response = {field.name: field for field in messages[local_name(method.output_type)].field}
        if method.name.startswith("Batch"):  # each of its parts is a request, and has an answer
            request = {field.name: field for field in messages[local_name(request["payments"].type_name)].field}
            response = {field.name: field for field in messages[local_name(response["results"].type_name)].field}
        assert method.options.idempotency_level != MethodOptions.IDEMPOTENCY_UNKNOWN, method.name
        reads = method.options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS
        assert reads == method.name.startswith(READS), method.name
        assert ("request_id" in request) == ("replayed" in response) == (not reads), method.name
        if not reads:
            assert (request["request_id"].number, request["request_id"].type) == (1, FieldDescriptorProto.TYPE_STRING)
            assert (response["replayed"].number, response["replayed"].type) == (1, FieldDescriptorProto.TYPE_BOOL)


def test_units_are_in_the_names(messages: dict[str, DescriptorProto]) -> None:
    for path, field in fields(messages):
        name = field.name
        assert field.type not in {FieldDescriptorProto.TYPE_DOUBLE, FieldDescriptorProto.TYPE_FLOAT}, path
        if name.endswith(("_fen", "_at_ms")):
            assert field.type == FieldDescriptorProto.TYPE_INT64, path
        if field.type == FieldDescriptorProto.TYPE_INT64 and name not in NOT_FEN:
            assert name.endswith(("_fen", "_at_ms", "_after_ms", "_count", "row_no", "_ten_thousandths")), path
        if any(word in name for word in MONEY_WORDS) and name not in NOT_FEN:
            assert name.endswith("_fen"), path
        if name.endswith(("_date", "_start")):
            assert field.type == FieldDescriptorProto.TYPE_STRING, path


def test_nothing_clinical_reaches_a_channel(
    methods: list[MethodDescriptorProto], messages: dict[str, DescriptorProto]
) -> None:
    for method in methods:
        for root in (local_name(method.input_type), local_name(method.output_type)):
            if root in BUREAU_FACING:
                assert ROLES[f"OperatorService/{method.name}"] == {enums_pb2.ROLE_BUREAU}
            if root in INSTITUTION_FACING | BUREAU_FACING:
                continue
            for name in reachable(messages, root):
                assert name not in CLINICAL_MESSAGES, f"{root} reaches {name}"
                for field in messages[name].field:
                    assert not any(word in field.name for word in CLINICAL_WORDS), f"{root} reaches {name}.{field.name}"


def test_detail_is_the_only_clinical_part_of_a_shared_answer(messages: dict[str, DescriptorProto]) -> None:
    """GetOrder and GetRefund answer channels as well, so the one field that they leave out must be the only way."""
    for answer, detail in (("GetOrderResponse", "detail"), ("GetRefundResponse", "returned_lines")):
        ways = [f.name for f in messages[answer].field if CLINICAL_MESSAGES & reached(messages, f)]
        assert ways == [detail]
    assert ROLES["PaymentService/Refund"] == {enums_pb2.ROLE_INSTITUTION}


def reached(messages: dict[str, DescriptorProto], field: FieldDescriptorProto) -> set[str]:
    return (
        reachable(messages, local_name(field.type_name)) if field.type == FieldDescriptorProto.TYPE_MESSAGE else set()
    )
