"""PutCatalogue and GetCatalogueItem: what becomes of rows, repeats, changes, and which entry holds on a day."""

from pathlib import Path

import pytest

from gateway.errors import Refusal
from gateway.reasons import Reason
from tests.gateway_kit import Kit, over_stores, refused, running_gateway
from tests.integration.catalogue.catalogue_kit import A, B, C, counts_of, entry, errors_of, item, pb, put


@over_stores
async def test_an_entry_is_created_once_and_put_anew_where_it_says_something_else(kit: Kit) -> None:
    assert counts_of(await put(kit, entry("X1"), entry("X2"))) == (2, 2, 0, 0, 0)
    assert counts_of(await put(kit, entry("X1"), entry("X3"))) == (2, 1, 0, 1, 0)
    changes = [
        {"self_pay_ppm": 50_000},
        {"price_limit_fen": 0},
        {"price_limit_fen": 700},
        {"valid_to": "2026-12-31"},
        {"deductible_exempt": True},
        {"item_name": "新"},
        {"item_class": C, "self_pay_ppm": 1_000_000},
    ]
    for change in changes:
        assert counts_of(await put(kit, entry("X1", **change))) == (1, 0, 1, 0, 0), change
        assert (await item(kit)).entries[0] == entry("X1", **change)
    assert counts_of(await put(kit, entry("X1"))) == (1, 0, 1, 0, 0)  # back to what it was
    assert list((await item(kit)).entries) == [entry("X1")]


@over_stores
async def test_rows_are_refused_one_by_one(kit: Kit) -> None:
    response = await put(
        kit,
        entry("X1"),
        entry("X2", region_code="11010"),
        entry("X3", item_class=0),
        entry("X4", item_class=A),
        entry("X5", item_class=C),
        entry("X6", self_pay_ppm=1_000_001),
        entry("X7", price_limit_fen=-1),
        entry("X8", valid_from="2026-02-30"),
        entry("X9", valid_to="2025-12-30"),
        entry("x" * 51),
        entry("X1", self_pay_ppm=0),
        entry("X1"),
        entry("X10", valid_to="2025-12-31"),
        entry("X11", item_class=A, self_pay_ppm=0, item_name="n" * 129),
    )
    assert counts_of(response) == (14, 2, 0, 1, 11)
    assert errors_of(response) == [
        (2, "FIELD_INVALID", "region_code"),
        (3, "FIELD_INVALID", "item_class"),
        (4, "FIELD_INVALID", "self_pay_ppm"),
        (5, "FIELD_INVALID", "self_pay_ppm"),
        (6, "FIELD_INVALID", "self_pay_ppm"),
        (7, "AMOUNT_OUT_OF_RANGE", "price_limit_fen"),
        (8, "FIELD_INVALID", "valid_from"),
        (9, "FIELD_INVALID", "valid_to"),
        (10, "FIELD_INVALID", "item_code"),
        (11, "FIELD_INVALID", "item_code"),
        (14, "FIELD_INVALID", "item_name"),
    ]
    assert list((await item(kit)).entries) == [entry("X1")]


@over_stores
async def test_a_message_is_answered_again_as_the_first_time(kit: Kit) -> None:
    first = pb.PutCatalogueRequest(request_id="part-1", records=[entry("X1"), entry("X2", region_code="")])
    second = pb.PutCatalogueRequest(request_id="part-2", records=[entry("X3")])
    broken = await kit.call("OperatorService/PutCatalogue", [first], party="bureau")
    assert (broken.replayed, counts_of(broken)) == (False, (2, 1, 0, 0, 1))
    await put(kit, entry("X1", self_pay_ppm=0))
    whole = await kit.call("OperatorService/PutCatalogue", [first, second], party="bureau")
    assert (whole.replayed, counts_of(whole)) == (False, (3, 2, 0, 0, 1))
    again = await kit.call("OperatorService/PutCatalogue", [first, second], party="bureau")
    assert (again.replayed, counts_of(again)) == (True, (3, 2, 0, 0, 1))
    assert (await item(kit)).entries[0].self_pay_ppm == 0  # a replay puts nothing
    with refused(Reason.REQUEST_ID_CONFLICT, field="records"):
        await put(kit, entry("X4"), request_id="part-1")


@over_stores
async def test_a_message_holds_rows(kit: Kit) -> None:
    for count in (0, 1001):
        with refused(Reason.FIELD_INVALID, field="records"):
            await put(kit, *(entry(f"X{number}") for number in range(count)))
    assert counts_of(await put(kit, *(entry(f"X{number}") for number in range(1000)))) == (1000, 1000, 0, 0, 0)


VERSIONS = (
    # valid_from, valid_to, ratio that tells the entry
    ("2024-01-01", "", 10_000),
    ("2025-01-01", "2025-06-30", 20_000),
    ("2025-03-01", "2025-02-28", 30_000),  # withdrawn: as if it had never been
    ("2026-01-01", "", 40_000),
    ("2026-07-01", "2026-07-01", 50_000),
)


@over_stores
async def test_the_day_picks_the_entry(kit: Kit) -> None:
    for valid_from, valid_to, ppm in reversed(VERSIONS):  # the order in which they are put does not matter
        await put(kit, entry(valid_from=valid_from, valid_to=valid_to, self_pay_ppm=ppm))
    table = {
        "2023-12-31": 0,
        "2024-01-01": 10_000,
        "2024-12-31": 10_000,  # until the next begins
        "2025-01-01": 20_000,
        "2025-03-01": 20_000,
        "2025-06-30": 20_000,
        "2025-07-01": 0,  # what came before does not come back
        "2025-12-31": 0,
        "2026-01-01": 40_000,
        "2026-06-30": 40_000,
        "2026-07-01": 50_000,
        "2026-07-02": 0,
    }
    for date, ppm in table.items():
        response = await item(kit, date=date)
        assert (response.HasField("holding"), response.holding.self_pay_ppm) == (ppm > 0, ppm), date
        assert [found.self_pay_ppm for found in response.entries] == [ppm for *_, ppm in VERSIONS]
    await put(kit, entry(valid_from="2026-11-06", self_pay_ppm=60_000))
    assert (await item(kit)).holding.self_pay_ppm == 60_000  # without a date: today


@over_stores
async def test_an_item_is_named_by_region_and_code(kit: Kit) -> None:
    await put(kit, entry("X1"), entry("X1", region_code="310100", self_pay_ppm=7))
    assert (await item(kit, region_code="310100")).holding.self_pay_ppm == 7
    assert (await item(kit)).holding.self_pay_ppm == 100_000
    with refused(Reason.ITEM_NOT_FOUND, field="item_code", region_code="440100"):
        await item(kit, region_code="440100")
    with refused(Reason.ITEM_NOT_FOUND, field="item_code"):
        await item(kit, "x1")
    with refused(Reason.FIELD_INVALID, field="date"):
        await item(kit, date="today")


@over_stores
async def test_only_the_bureau_puts_and_reads(kit: Kit) -> None:
    await kit.furnish()
    request = pb.PutCatalogueRequest(request_id="r", records=[entry()])
    for party in ("wallet", "his"):
        with refused(Reason.ROLE_FORBIDDEN):
            await kit.call("OperatorService/PutCatalogue", [request], party=party)
        with refused(Reason.ROLE_FORBIDDEN):
            await item(kit, party=party)
    with pytest.raises(Refusal):
        await item(kit)


def test_a_restart_finds_the_same(tmp_path: Path) -> None:
    import asyncio

    async def whole() -> None:
        async with running_gateway(str(tmp_path / "store.db")) as kit:
            await put(kit, entry(item_class=B, price_limit_fen=5), entry(valid_from="2025-01-01"))
            await put(kit, entry(item_class=B, price_limit_fen=6))
            before = await item(kit)
        async with running_gateway(str(tmp_path / "store.db")) as kit:
            kit.clock.advance(1000)
            assert await item(kit) == before
            assert before.holding.price_limit_fen == 6 and len(before.entries) == 2

    asyncio.run(whole())
