"""Imports of persons, credits and settlements: what is booked, what is refused row by row, and repeats."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from core.commands import Result
from gateway.engine.work import Desk, Work
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import account_service_pb2, enums_pb2, operator_service_pb2
from gateway.pb.medsettle.v1.error_reason_pb2 import ErrorReason
from gateway.reasons import Reason
from tests.gateway_kit import NOW_MS, POLICY, REGION, TODAY, Kit, credit, over_stores, person, refused, running_gateway

pb = operator_service_pb2


def counts_of(response: Any) -> tuple[int, int, int, int, int]:
    counts = response.counts
    return (counts.row_count, counts.created_count, counts.updated_count, counts.unchanged_count, counts.refused_count)


def errors_of(response: Any) -> list[tuple[int, str, str]]:
    return [
        (error.row_no, ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_"), error.field)
        for error in response.errors
    ]


async def account_of(kit: Kit, person_no: str = "P1") -> Any:
    number = account_service_pb2.PersonNumber(region_code=REGION, person_no=person_no)
    request = account_service_pb2.GetAccountRequest(person_number=number)
    return (await kit.call("AccountService/GetAccount", request, party="bureau")).account


def elsewhere(number: int = 1, **values: Any) -> pb.ElsewhereRecord:
    settings: dict[str, Any] = {
        "settlement_no": f"S{number}",
        "region_code": REGION,
        "person_no": "P1",
        "service": enums_pb2.SERVICE_INPATIENT,
        "service_date": TODAY,
        "in_scope_fen": 500_000,
        "deductible_fen": 130_000,
        "pooled_fen": 300_000,
        "stays": 1,
    }
    return pb.ElsewhereRecord(**(settings | values))


async def import_settlements(kit: Kit, *records: pb.ElsewhereRecord) -> Any:
    request = pb.ImportSettlementsRequest(request_id=kit.request_id(), records=records)
    return await kit.call("OperatorService/ImportSettlements", [request], party="bureau")


@over_stores
async def test_person_is_created_once_then_updated(kit: Kit) -> None:
    await kit.put_policy(POLICY)
    assert counts_of(await kit.import_persons(person())) == (1, 1, 0, 0, 0)
    assert counts_of(await kit.import_persons(person())) == (1, 0, 0, 1, 0)
    assert counts_of(await kit.post_credits(credit(amount_fen=7_000))) == (1, 1, 0, 0, 0)
    before = await account_of(kit)
    retired = person(status=enums_pb2.PERSON_STATUS_RETIRED, phone="13800000000")
    assert counts_of(await kit.import_persons(retired)) == (1, 0, 1, 0, 0)
    after = await account_of(kit)
    assert (after.person_id, after.current_year_fen) == (before.person_id, 7_000)
    assert (before.status, after.status) == (enums_pb2.PERSON_STATUS_ACTIVE, enums_pb2.PERSON_STATUS_RETIRED)


@over_stores
async def test_person_rows_are_refused_one_by_one(kit: Kit) -> None:
    response = await kit.import_persons(
        person(1),
        person(2, status=enums_pb2.PERSON_STATUS_STUDENT),
        person(3, id_number=person(1).id_number),
        person(4, birth_date="2099-01-01"),
        person(5, phone="none"),
        person(6),
        person(1),
        person(1, name="王大明"),
        person(7, region_code="11010"),
    )
    assert counts_of(response) == (9, 2, 1, 1, 5)
    assert errors_of(response) == [
        (2, "FIELD_INVALID", "status"),
        (3, "FIELD_INVALID", "id_number"),
        (4, "FIELD_INVALID", "birth_date"),
        (5, "FIELD_INVALID", "phone"),
        (9, "FIELD_INVALID", "region_code"),
    ]
    told = str(response)
    assert person(1).id_number not in told and "王" not in told


@over_stores
async def test_documents_may_change_hands_in_one_message(kit: Kit) -> None:
    await kit.import_persons(person(1), person(2))
    first, second = person(1).id_number, person(2).id_number
    response = await kit.import_persons(person(2, id_number="110101198005179991"), person(1, id_number=second))
    assert counts_of(response) == (2, 0, 2, 0, 0)
    assert counts_of(await kit.import_persons(person(3, id_number=first))) == (1, 1, 0, 0, 0)


@over_stores
async def test_same_document_in_two_regions_is_two_persons(kit: Kit) -> None:
    assert counts_of(await kit.import_persons(person(), person(region_code="310000"))) == (2, 2, 0, 0, 0)


@over_stores
async def test_stream_adds_up_and_goes_on_after_a_break(kit: Kit) -> None:
    first = pb.ImportPersonsRequest(request_id="part-1", records=[person(1), person(2, phone="")])
    second = pb.ImportPersonsRequest(request_id="part-2", records=[person(3, phone=""), person(4)])
    broken = await kit.call("OperatorService/ImportPersons", [first], party="bureau")
    assert (broken.replayed, counts_of(broken)) == (False, (2, 1, 0, 0, 1))
    whole = await kit.call("OperatorService/ImportPersons", [first, second], party="bureau")
    assert (whole.replayed, counts_of(whole)) == (False, (4, 2, 0, 0, 2))
    assert [row_no for row_no, *_ in errors_of(whole)] == [2, 3]
    again = await kit.call("OperatorService/ImportPersons", [first, second], party="bureau")
    assert (again.replayed, counts_of(again), again.errors) == (True, counts_of(whole), whole.errors)
    # A part that now stands elsewhere in its stream tells its rows where they now are.
    moved = await kit.call("OperatorService/ImportPersons", [second, first], party="bureau")
    assert [row_no for row_no, *_ in errors_of(moved)] == [1, 4]
    with refused(Reason.REQUEST_ID_CONFLICT, field="records"):
        changed = pb.ImportPersonsRequest(request_id="part-1", records=[person(9)])
        await kit.call("OperatorService/ImportPersons", [changed], party="bureau")


@over_stores
async def test_stream_of_nothing(kit: Kit) -> None:
    response = await kit.call("OperatorService/ImportPersons", [], party="bureau")
    assert (response.replayed, counts_of(response)) == (False, (0, 0, 0, 0, 0))


@over_stores
@pytest.mark.parametrize("row_count", [0, 1001])
async def test_message_size(kit: Kit, row_count: int) -> None:
    with refused(Reason.FIELD_INVALID, field="records"):
        await kit.import_persons(*[person(number) for number in range(row_count)])


@over_stores
async def test_thousand_rows_and_their_errors(kit: Kit) -> None:
    good = pb.ImportPersonsRequest(request_id="good", records=[person(number) for number in range(1000)])
    bad = [pb.ImportPersonsRequest(request_id=f"bad-{part}", records=[person(1, phone="")] * 600) for part in range(2)]
    response = await kit.call("OperatorService/ImportPersons", [good, *bad], party="bureau")
    assert counts_of(response) == (2200, 1000, 0, 0, 1200)
    assert [error.row_no for error in response.errors] == list(range(1001, 2001))


@over_stores
async def test_credits_fill_the_purses(kit: Kit) -> None:
    await kit.furnish()
    response = await kit.post_credits(
        credit(1, 50_000),
        credit(2, 30_000, purse=enums_pb2.PURSE_PRIOR_YEARS),
        credit(3, -1_000, kind=enums_pb2.CREDIT_KIND_CORRECTION),
    )
    assert (counts_of(response), response.posted_fen) == ((3, 3, 0, 0, 0), 79_000)
    account = await account_of(kit)
    assert (account.current_year_fen, account.prior_years_fen) == (49_000, 30_000)
    assert account.benefit_year_start == "2026-01-01"


@over_stores
async def test_credit_of_last_year_goes_to_prior_years(kit: Kit) -> None:
    await kit.furnish()
    await kit.post_credits(credit(1, 500), credit(2, 700, credited_at_ms=NOW_MS - 365 * 86_400_000))
    account = await account_of(kit)
    assert (account.current_year_fen, account.prior_years_fen) == (500, 700)


@over_stores
async def test_new_year_turns_credits_into_prior_years(kit: Kit) -> None:
    await kit.furnish()
    await kit.post_credits(credit(1, 500))
    await import_settlements(kit, elsewhere())
    kit.clock.advance(90 * 86_400_000)
    account = await account_of(kit)
    assert (account.current_year_fen, account.prior_years_fen) == (0, 500)
    assert (account.benefit_year_start, account.stay_count, len(account.accumulators)) == ("2027-01-01", 0, 0)


@over_stores
async def test_credit_numbers_are_unique_for_good(kit: Kit) -> None:
    await kit.furnish()
    await kit.import_persons(person(2))
    await kit.post_credits(credit(1, 50_000))
    response = await kit.post_credits(
        credit(1, 50_000), credit(1, 60_000), credit(1, 50_000, person_no="P2"), credit(2), credit(2), credit(2, 7)
    )
    assert (counts_of(response), response.posted_fen) == ((6, 1, 0, 2, 3), 100_000)
    assert errors_of(response) == [
        (2, "CREDIT_NO_TAKEN", "amount_fen"),
        (3, "CREDIT_NO_TAKEN", "person_no"),
        (6, "CREDIT_NO_TAKEN", "amount_fen"),
    ]
    assert (await account_of(kit)).current_year_fen == 150_000


@over_stores
async def test_credit_rows_are_refused_one_by_one(kit: Kit) -> None:
    await kit.furnish()
    await kit.import_persons(person(8, region_code="310000"))
    correction = {"kind": enums_pb2.CREDIT_KIND_CORRECTION}
    response = await kit.post_credits(
        credit(1, 0),
        credit(2, -5),
        credit(3, -5, **correction),
        credit(4, 0, **correction),
        credit(5, person_no="P9"),
        credit(6, region_code="310000", person_no="P8"),
        credit(7, purse=0),
        credit(8, credited_at_ms=NOW_MS + 2 * 86_400_000),
        credit(9, 1),
        credit(3, -5, **correction),
    )
    assert (counts_of(response), response.posted_fen) == ((10, 1, 0, 0, 9), 1)
    assert errors_of(response) == [
        (1, "AMOUNT_OUT_OF_RANGE", "amount_fen"),
        (2, "AMOUNT_OUT_OF_RANGE", "amount_fen"),
        (3, "BALANCE_OUT_OF_RANGE", "amount_fen"),
        (4, "FIELD_INVALID", "amount_fen"),
        (5, "PERSON_NOT_FOUND", "person_no"),
        (6, "REGION_UNKNOWN", "region_code"),
        (7, "FIELD_INVALID", "purse"),
        (8, "FIELD_INVALID", "credited_at_ms"),
        (10, "BALANCE_OUT_OF_RANGE", "amount_fen"),
    ]
    # A refused number is free.
    assert counts_of(await kit.post_credits(credit(3, 5))) == (1, 1, 0, 0, 0)


@over_stores
async def test_settlements_of_elsewhere_count(kit: Kit) -> None:
    await kit.furnish()
    response = await import_settlements(
        kit,
        elsewhere(1),
        elsewhere(2, service=enums_pb2.SERVICE_PHARMACY, stays=0, deductible_fen=0),
        elsewhere(3, in_scope_fen=-100_000, deductible_fen=0, pooled_fen=-50_000, stays=0),
        elsewhere(1),
        elsewhere(1, pooled_fen=1),
    )
    assert counts_of(response) == (5, 3, 0, 1, 1)
    assert errors_of(response) == [(5, "SETTLEMENT_NO_TAKEN", "pooled_fen")]
    account = await account_of(kit)
    assert account.stay_count == 1
    assert [
        (used.service, used.in_scope_fen, used.deductible_used_fen, used.pooled_paid_fen)
        for used in account.accumulators
    ] == [(enums_pb2.SERVICE_OUTPATIENT, 500_000, 0, 300_000), (enums_pb2.SERVICE_INPATIENT, 400_000, 130_000, 250_000)]


@over_stores
async def test_settlement_rows_are_refused_one_by_one(kit: Kit) -> None:
    await kit.furnish()
    response = await import_settlements(
        kit,
        elsewhere(1),
        elsewhere(2, service_date="2025-12-31"),
        elsewhere(3, in_scope_fen=-600_000),
        elsewhere(4, service_date="2026-11-08"),
        elsewhere(5, stays=-2),
        elsewhere(6, person_no="P9"),
        elsewhere(7, major_fen=1 << 40),
    )
    assert counts_of(response) == (7, 1, 0, 0, 6)
    assert errors_of(response) == [
        (2, "BENEFIT_YEAR_CLOSED", "service_date"),
        (3, "BALANCE_OUT_OF_RANGE", ""),
        (4, "FIELD_INVALID", "service_date"),
        (5, "FIELD_INVALID", "stays"),
        (6, "PERSON_NOT_FOUND", "person_no"),
        (7, "AMOUNT_OUT_OF_RANGE", "major_fen"),
    ]


@over_stores
async def test_only_the_bureau_imports(kit: Kit) -> None:
    await kit.furnish()
    for party in ("wallet", "his"):
        with refused(Reason.ROLE_FORBIDDEN):
            await kit.call("OperatorService/PostCredits", [], party=party)


def test_imports_survive_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")

    async def before() -> Any:
        async with running_gateway(path) as kit:
            await kit.furnish()
            await kit.post_credits(credit(1, 50_000))
            await import_settlements(kit, elsewhere(1))
            return await account_of(kit)

    async def after() -> Any:
        async with running_gateway(path) as kit:
            assert counts_of(await kit.post_credits(credit(1, 50_000))) == (1, 0, 0, 1, 0)
            return await account_of(kit)

    assert asyncio.run(before()) == asyncio.run(after())


class Poison(Work):
    """A work with a defect: it takes its batch down with it."""

    method = "Poison"

    def finish(self, desk: Desk, results: list[Result]) -> None:
        raise RuntimeError("a planted defect")


@over_stores
async def test_neighbour_of_a_defect_is_counted_once(kit: Kit) -> None:
    """A batch that failed is tried again work by work; an import then counts and books anew, not on top."""
    await kit.furnish()
    calls = [kit.pipeline.submit(Poison(1)), kit.post_credits(credit(1, 5), credit(1, 5), credit(2, 0))]
    fault, response = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(fault, Refusal) and fault.reason == Reason.INTERNAL_FAULT
    assert (counts_of(response), response.posted_fen) == ((3, 1, 0, 1, 1), 5)
    assert (await account_of(kit)).current_year_fen == 5
