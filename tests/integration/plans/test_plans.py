"""Plans over a whole gateway: put, persons enrolled, paid, voided, refunded, confirmed late, restarted, verified."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.ids import id_number
from gateway.pb.medsettle.v1 import enums_pb2, settlement_service_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as pb
from gateway.pb.medsettle.v1 import payment_service_pb2 as pay
from gateway.reasons import Reason
from gateway.works.upkeep import ExpireOrders
from tests.gateway_kit import REGION, TODAY, Kit, over_stores, person, refused, running_gateway
from tests.integration.payments.refund_kit import refund
from tests.verify_kit import findings_in

# A bill of 3,800 yuan: the deductible of the year takes 1,800, the fund pays 1,400 of the rest, 600 are co-pay.
BILL_FEN, COPAY_FEN = 380_000, 60_000
WHOLE = [{"from": 0, "to": None, "ppm": 1_000_000}]


def plan(plan_id: str = "city", tender: str = "commercial", **terms: Any) -> dict[str, Any]:
    """A plan that pays half of the co-pay behind 100 yuan a plan year, up to 500 yuan."""
    half = [{"from": 0, "to": None, "ppm": 500_000}]
    return {
        "plan_id": plan_id,
        "name": plan_id,
        "insurer": "Test Insurer",
        "tender": tender,
        "regions": [REGION],
        "effective_from": "2026-01-01",
        "services": ["outpatient"],
        "parts": [{"counts": ["copay"], "deductible_fen": 10_000, "bands": half, "cap_fen": 50_000}],
    } | terms


async def put(kit: Kit, document: dict[str, Any] | bytes, **values: Any) -> Any:
    text = document if isinstance(document, bytes) else orjson.dumps(document)
    settings = {"request_id": kit.request_id(), "document": text, "file_name": "plan.json"} | values
    return await kit.call("OperatorService/PutPlan", pb.PutPlanRequest(**settings), party="bureau")


def record(person_no: str = "P1", plan_id: str = "city", **values: Any) -> pb.EnrolmentRecord:
    settings = {"region_code": REGION, "person_no": person_no, "plan_id": plan_id, "valid_from": "2026-01-01"} | values
    return pb.EnrolmentRecord(**settings)


async def enrol(kit: Kit, *records: pb.EnrolmentRecord) -> Any:
    request = pb.ImportEnrolmentsRequest(request_id=kit.request_id(), records=records)
    return await kit.call("OperatorService/ImportEnrolments", [request], party="bureau")


async def furnished(kit: Kit, *documents: dict[str, Any]) -> str:
    """A gateway whose person has these plans; gives a binding."""
    await kit.furnish()
    for document in documents or (plan(),):
        await put(kit, document)
        answer = await enrol(kit, record(plan_id=document["plan_id"]))
        assert (answer.counts.created_count, len(answer.errors)) == (1, 0)
    return await kit.bind()


def enrolments(kit: Kit) -> list[tuple[Any, ...]]:
    return kit.store.enrolments([row.person_id for row in kit.store.persons_by_no({(int(REGION), "P1")}).values()])


async def paid(kit: Kit, binding_id: str, fen: int = BILL_FEN, **values: Any) -> Any:
    return await kit.pay(await kit.create_order(fen, binding_id, **values), binding_id)


async def authorized(kit: Kit, binding_id: str) -> Any:
    order_id = await kit.create_order(BILL_FEN, binding_id)
    request = await kit.pay_request(order_id, binding_id)
    request.ClearField("cash_receipt")
    return (await kit.call("PaymentService/Pay", request, party="wallet")).order


async def expire(kit: Kit) -> None:
    kit.clock.advance(86_400_000)
    work: ExpireOrders | None = ExpireOrders()
    while work is not None:
        await kit.pipeline.submit(work)
        work = work.next_page


@over_stores
async def test_a_plan_pays_what_is_left_and_remembers_it(kit: Kit) -> None:
    binding_id = await furnished(kit)
    first = await paid(kit, binding_id)
    # 600 less 100 of the plan's own deductible: 250.
    assert (first.split.commercial_fen, first.split.cash_fen) == (25_000, BILL_FEN - 140_000 - 25_000)
    second = await paid(kit, binding_id, 100_000)  # 300 of co-pay, the deductible is filled
    assert (second.split.pooled_fen, second.split.commercial_fen) == (70_000, 15_000)
    third = await paid(kit, binding_id, 200_000)  # 600 at a half are 300, of which the ceiling leaves 100
    assert third.split.commercial_fen == 10_000
    ((_, plan_id, *_, year_day, c1, _, _, p1, _, _),) = enrolments(kit)
    assert (plan_id, c1, p1) == ("city", COPAY_FEN + 30_000 + 60_000, 50_000)
    assert year_day > 0


@over_stores
async def test_mutual_aid_is_the_bureaus_to_pay_and_insurance_is_not(kit: Kit) -> None:
    aid = plan("aid", "other_fund", parts=[{"counts": ["deductible"], "bands": WHOLE, "cap_fen": 80_000}])
    binding_id = await furnished(kit, plan(), aid)
    order = await paid(kit, binding_id)
    assert (order.split.other_fund_fen, order.split.commercial_fen) == (80_000, 25_000)
    close = settlement_service_pb2.CloseWindowRequest(
        request_id=kit.request_id(), institution_id="H1", period="2026-11"
    )
    window = (await kit.call("SettlementService/CloseWindow", close, party="bureau")).window
    assert window.payable_fen == order.split.pooled_fen + order.split.other_fund_fen


@pytest.mark.parametrize("kind", ["ALL", "INSURANCE", "INSURANCE then ALL"])
@over_stores
async def test_a_refund_restores_the_plan_to_the_byte(kit: Kit, kind: str) -> None:
    binding_id = await furnished(kit)
    await paid(kit, binding_id)
    before = enrolments(kit)
    order = await paid(kit, binding_id, 100_000)
    assert enrolments(kit) != before
    for one in kind.split(" then "):
        await refund(kit, order.order_id, one)
        assert enrolments(kit) == before


@over_stores
async def test_a_refund_in_the_middle_leaves_what_stands(kit: Kit) -> None:
    binding_id = await furnished(kit)
    await paid(kit, binding_id)
    middle = await paid(kit, binding_id, 100_000)
    await paid(kit, binding_id, 50_000)
    await refund(kit, middle.order_id, "ALL")
    ((*_, counted, _, _, paid_fen, _, _),) = enrolments(kit)
    assert (counted, paid_fen) == (COPAY_FEN + 15_000, 25_000 + 7_500)


@over_stores
async def test_a_part_of_what_a_plan_covered_is_not_refunded(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order = await paid(kit, binding_id)
    with refused(Reason.REFUND_KIND_NOT_FITTING):
        await refund(kit, order.order_id, "LINES", returned_lines=[pay.ReturnedLine(line_no="1", amount_fen=1_000)])


@over_stores
async def test_a_void_gives_back_and_a_late_confirmation_takes_again(kit: Kit) -> None:
    binding_id = await furnished(kit)
    before = enrolments(kit)
    order = await authorized(kit, binding_id)
    assert order.split.commercial_fen == 25_000 and enrolments(kit) != before
    await expire(kit)
    ((*_, counted, _, _, paid_fen, _, _),) = enrolments(kit)
    assert (counted, paid_fen) == (0, 0)
    (due_fen,) = (leg.amount_fen for leg in order.legs if leg.kind == enums_pb2.TENDER_KIND_CASH)
    confirm = pay.ConfirmCashRequest(request_id=kit.request_id(), order_id=order.order_id)
    confirm.cash_receipt.receipt_no, confirm.cash_receipt.amount_fen = "late", due_fen
    confirm.cash_receipt.paid_at_ms = kit.clock.now_ms()
    answer = await kit.call("PaymentService/ConfirmCash", confirm, party="wallet")
    assert answer.status == pay.PAY_STATUS_PAID and answer.order.split.commercial_fen == 25_000
    ((*_, counted, _, _, paid_fen, _, _),) = enrolments(kit)
    assert (counted, paid_fen) == (COPAY_FEN, 25_000)


@over_stores
async def test_cash_goes_back_where_the_plan_has_moved_on(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order = await authorized(kit, binding_id)
    await expire(kit)
    await paid(kit, binding_id, 300_000)  # fills deductibles that the expired order had filled
    (due_fen,) = (leg.amount_fen for leg in order.legs if leg.kind == enums_pb2.TENDER_KIND_CASH)
    confirm = pay.ConfirmCashRequest(request_id=kit.request_id(), order_id=order.order_id)
    confirm.cash_receipt.receipt_no, confirm.cash_receipt.amount_fen = "late", due_fen
    confirm.cash_receipt.paid_at_ms = kit.clock.now_ms()
    before = enrolments(kit)
    answer = await kit.call("PaymentService/ConfirmCash", confirm, party="wallet")
    assert answer.status == pay.PAY_STATUS_CASH_TO_RETURN and enrolments(kit) == before


@over_stores
async def test_another_version_between_quote_and_payment_is_another_quote(kit: Kit) -> None:
    binding_id = await furnished(kit)
    order_id = await kit.create_order(BILL_FEN, binding_id)
    request = await kit.pay_request(order_id, binding_id)
    await put(kit, plan(name="the same terms under another name"))
    with refused(Reason.QUOTE_CHANGED):
        request.ClearField("cash_receipt")
        await kit.call("PaymentService/Pay", request, party="wallet")
    paid_order = await kit.pay(order_id, binding_id)
    assert paid_order.split.commercial_fen == 25_000


@over_stores
async def test_a_plan_year_of_its_own(kit: Kit) -> None:
    binding_id = await furnished(kit, plan(plan_year_start="11-06"))
    await paid(kit, binding_id, 280_000, service_date="2026-11-05")  # 300 of co-pay, in the plan year before
    order = await paid(kit, binding_id, 100_000)  # 300 of co-pay again: the plan's deductible begins anew
    assert order.split.commercial_fen == 10_000
    with refused(Reason.BENEFIT_YEAR_CLOSED):
        await paid(kit, binding_id, 1_000, service_date="2026-11-05")
    await kit.refund(order.order_id)
    ((*_, counted, _, _, paid_fen, _, _),) = enrolments(kit)
    assert (counted, paid_fen) == (0, 0)


@over_stores
async def test_days_outside_of_an_enrolment_are_not_covered(kit: Kit) -> None:
    binding_id = await furnished(kit)
    answer = await enrol(kit, record(valid_from="2026-01-01", valid_to="2026-11-05"))
    assert answer.counts.updated_count == 1
    assert (await paid(kit, binding_id)).split.commercial_fen == 0
    order = await paid(kit, binding_id, 100_000, service_date="2026-11-05")
    assert order.split.commercial_fen == 10_000
    answer = await enrol(kit, record(valid_from="2026-01-01", valid_to="2026-11-05"))
    assert answer.counts.unchanged_count == 1


@over_stores
async def test_a_version_for_other_regions_pays_nothing_here(kit: Kit) -> None:
    binding_id = await furnished(kit)
    await put(kit, plan(regions=["420100"], effective_from="2026-06-01"))
    order = await paid(kit, binding_id)
    assert order.split.commercial_fen == 0
    request = pb.ExplainSplitRequest(order_id=order.order_id)
    await kit.call("OperatorService/ExplainSplit", request, party="bureau")
    assert (await paid(kit, binding_id, 100_000, service_date="2026-05-31")).split.commercial_fen == 10_000


@over_stores
async def test_enrolments_that_cannot_be(kit: Kit) -> None:
    await furnished(kit)
    await put(kit, plan("other"))
    await put(kit, plan("away", regions=["420100"]))
    answer = await enrol(
        kit,
        record("nobody"),
        record(plan_id="nothing"),
        record(plan_id="away"),
        record(plan_id="other"),
        record(plan_id="other", valid_from="2026-02-01", valid_to="2026-01-31"),
        record(plan_id=""),
    )
    assert [(error.row_no, Reason(error.reason).name, error.field) for error in answer.errors] == [
        (1, "PERSON_NOT_FOUND", "person_no"),
        (2, "PLAN_NOT_FOUND", "plan_id"),
        (3, "PLAN_NOT_FOR_REGION", "plan_id"),
        (4, "PLANS_OVERLAP", "valid_from"),
        (5, "FIELD_INVALID", "valid_to"),
        (6, "FIELD_INVALID", "plan_id"),
    ]
    assert answer.counts.refused_count == 6 and len(enrolments(kit)) == 1
    # Once the first has ended, the other may begin.
    answer = await enrol(kit, record(valid_to="2026-06-30"), record(plan_id="other", valid_from="2026-07-01"))
    assert (answer.counts.updated_count, answer.counts.created_count) == (1, 1)


@over_stores
async def test_documents_that_are_no_plan(kit: Kit) -> None:
    await furnished(kit)
    for document, rule in (
        (b"{", "document"),
        (plan(rounding="sideways"), "rounding"),
        (plan(tender="other_fund"), "tender"),
        (plan(plan_year_start="07-01", effective_from="2026-06-01"), "plan_year_start"),
        (plan(parts=[{"counts": ["deductible"], "bands": WHOLE}], effective_from="2026-06-01"), "parts"),
        (plan(parts=[{"counts": [name], "bands": WHOLE} for name in ("copay", "class_b")]), "parts"),
    ):
        with refused(Reason.PLAN_INVALID, file="plan.json", rule=rule):
            await put(kit, document)  # type: ignore[arg-type]
    with refused(Reason.FIELD_INVALID, field="document"):
        await put(kit, b"")
    answer = await kit.call("OperatorService/ListPlans", pb.ListPlansRequest(), party="bureau")
    assert [(one.plan_id, one.tender, list(one.region_codes)) for one in answer.plans] == [
        ("city", enums_pb2.TENDER_KIND_COMMERCIAL, [REGION])
    ]
    with refused(Reason.ROLE_FORBIDDEN):
        await kit.call("OperatorService/ListPlans", pb.ListPlansRequest(), party="his")


@over_stores
async def test_a_repeated_request_hears_its_first_answer(kit: Kit) -> None:
    await furnished(kit)
    first = await put(kit, plan(cap_fen=1), request_id="one")
    again = await put(kit, plan(cap_fen=1), request_id="one")
    assert not first.replayed and again.replayed and first.document_digest == again.document_digest
    with refused(Reason.REQUEST_ID_CONFLICT, field="document"):
        await put(kit, plan(cap_fen=2), request_id="one")


@over_stores
async def test_an_order_with_plans_is_explained(kit: Kit) -> None:
    binding_id = await furnished(kit)
    await paid(kit, binding_id)
    order = await paid(kit, binding_id, 100_000)
    await put(kit, plan(cap_fen=0))  # what comes later changes no explanation
    request = pb.ExplainSplitRequest(order_id=order.order_id)
    answer = await kit.call("OperatorService/ExplainSplit", request, party="bureau")
    (step,) = (step for step in answer.steps if step.payer == enums_pb2.TENDER_KIND_COMMERCIAL)
    assert step.paid_fen == 15_000 and step.rule.path == "plan city: parts[0]"
    counted = {one.name: (one.before_fen, one.after_fen) for one in step.accumulators}
    assert counted["plans[0].counted_fen[0]"] == (COPAY_FEN, COPAY_FEN + 30_000)


def test_a_restart_knows_plans_and_what_they_have_paid(tmp_path: Path) -> None:
    path = tmp_path / "store.db"

    async def before() -> str:
        async with running_gateway(str(path)) as kit:
            binding_id = await furnished(kit)
            await paid(kit, binding_id)
            return binding_id

    async def after(binding_id: str) -> None:
        async with running_gateway(str(path)) as kit:
            kit.clock.advance(1_000)
            assert (await paid(kit, binding_id, 100_000)).split.commercial_fen == 15_000
            await paid(kit, binding_id, 50_000, service_date=TODAY)

    binding_id = asyncio.run(before())
    assert findings_in(path) == []
    asyncio.run(after(binding_id))
    assert findings_in(path) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE enrolments SET paid_1_fen = paid_1_fen + 1", "paid_1_fen"),
        ("UPDATE enrolments SET counted_1_fen = 0", "counted_1_fen"),
        ("DELETE FROM enrolments", "no enrolment is there"),
        (
            "UPDATE plans SET document = CAST(replace(CAST(document AS TEXT), '500000', '600000') AS BLOB)",
            "not the one that was put",
        ),
        ("DELETE FROM plans", "is not in the store"),
    ],
)
def test_verify_finds_what_is_wrong_with_plans(statement: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "store.db"

    async def made() -> None:
        async with running_gateway(str(path)) as kit:
            binding_id = await furnished(kit)
            await paid(kit, binding_id)

    asyncio.run(made())
    assert findings_in(path) == []
    db = sqlite3.connect(path)
    db.execute(statement)
    db.commit()
    db.close()
    assert any(told in finding for finding in findings_in(path))


def test_orders_name_the_persons_plans(tmp_path: Path) -> None:
    """Two persons, one with a plan: the other pays as ever, and a batch with both is right for each."""

    async def whole() -> None:
        async with running_gateway("memory:") as kit:
            binding_id = await furnished(kit)
            await kit.import_persons(person(2))
            other = await kit.bind("user-2", 2)
            order_ids = [await kit.create_order(BILL_FEN, one) for one in (binding_id, other)]
            requests = [
                await kit.pay_request(order_id, one)
                for order_id, one in zip(order_ids, (binding_id, other), strict=True)
            ]
            answers = await asyncio.gather(
                *(kit.call("PaymentService/Pay", request, party="wallet") for request in requests)
            )
            assert [answer.order.split.commercial_fen for answer in answers] == [25_000, 0]
            assert kit.ledger.enrolments_of(id_number("p", "p0") or 0) == ()

    asyncio.run(whole())
