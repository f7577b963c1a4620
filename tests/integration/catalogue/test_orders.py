"""Lines of orders classified by the catalogue: the money, the marks, what a policy refuses, what stays as it was."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.catalogue.cache import Catalogue
from gateway.cli.main import main
from gateway.pb.medsettle.v1 import enums_pb2, payment_service_pb2, types_pb2
from gateway.reasons import Reason
from tests.gateway_kit import POLICY, TODAY, Kit, over_stores, refused, running_gateway
from tests.integration.catalogue.catalogue_kit import (
    CATALOGUE,
    INSTITUTION,
    A,
    B,
    C,
    create,
    entry,
    line,
    natures_of,
    put,
)

CLASS_A = {"item_class": A, "self_pay_ppm": 0}
CLASS_C = {"item_class": C, "self_pay_ppm": 1_000_000}
ONE = {"quantity_ten_thousandths": 10_000}

MONEY = [
    # what the catalogue says, what the line says beside 100.00 yuan, then full self-pay, over limit, class B, in scope
    ("class A", CLASS_A, {}, (0, 0, 0, 10_000)),
    ("class B", {}, {}, (0, 0, 1_000, 9_000)),
    ("class C", CLASS_C, {}, (10_000, 0, 0, 0)),
    ("class B wholly", {"self_pay_ppm": 1_000_000}, {}, (10_000, 0, 0, 0)),
    ("at the limit", CLASS_A | {"price_limit_fen": 10_000}, ONE, (0, 0, 0, 10_000)),
    ("over the limit", CLASS_A | {"price_limit_fen": 9_999}, ONE, (0, 1, 0, 9_999)),
    ("limit 0", CLASS_A | {"price_limit_fen": 0}, ONE, (0, 10_000, 0, 0)),
    ("class B over", {"price_limit_fen": 6_000}, ONE, (0, 4_000, 600, 5_400)),
    ("class C over", CLASS_C | {"price_limit_fen": 1}, ONE, (10_000, 0, 0, 0)),
    # 2.5 of 20.01: 50.025, half-up 50.03
    ("limit times quantity", CLASS_A | {"price_limit_fen": 2_001}, {"quantity_ten_thousandths": 25_000},
     (0, 4_997, 0, 5_003)),
    ("a ten-thousandth", CLASS_A | {"price_limit_fen": 5_000}, {"quantity_ten_thousandths": 1}, (0, 9_999, 0, 1)),
    ("under half a fen", CLASS_A | {"price_limit_fen": 4_999}, {"quantity_ten_thousandths": 1}, (0, 10_000, 0, 0)),
    ("the largest numbers", CLASS_A | {"price_limit_fen": 100_000_000_000},
     {"quantity_ten_thousandths": (1 << 63) - 1}, (0, 0, 0, 10_000)),
]  # fmt: skip

SAYS = [
    # what an institution may say of a listed item without changing a fen
    {},
    {"item_class": B, "self_pay_ppm": 990_000},
    {"item_class": C},
    {"item_class": A, "price_limit_fen": 1},
    {"item_class": A, "deductible_exempt": True},
    {"item_class": enums_pb2.ITEM_CLASS_UNSPECIFIED},
]


@pytest.mark.parametrize(("name", "terms", "said", "expected"), MONEY, ids=[row[0] for row in MONEY])
@over_stores
async def test_the_catalogue_sets_the_money_whatever_the_institution_says(
    kit: Kit, name: str, terms: dict[str, Any], said: dict[str, Any], expected: tuple[int, ...]
) -> None:
    await kit.furnish()
    await put(kit, entry(**terms))
    for words in SAYS:
        response = await create(kit, line(**(said | words)))
        assert natures_of(response) == expected, (name, words)
        (told,) = response.detail.line_classifications
        assert (told.source, told.valid_from, told.line_no) == (CATALOGUE, "2026-01-01", "X1")


@over_stores
async def test_what_over_limits_cost_is_the_patients(kit: Kit) -> None:
    await kit.furnish()
    await put(kit, entry(item_class=A, self_pay_ppm=0, price_limit_fen=300_000))
    binding = await kit.bind()
    response = await create(kit, line(amount_fen=500_000, **ONE), binding_id=binding)
    order = await kit.pay(response.order.order_id, binding)
    # in scope 3,000.00, of which the deductible takes 1,800.00 and the fund 70 % of the rest
    assert order.split.pooled_fen == 84_000
    assert order.natures.over_limit_fen == 200_000


DIFFERENCES = [
    # what the catalogue says, what the institution says, whether that is another thing
    (CLASS_A, {}, False),
    (CLASS_A, {"item_class": B}, True),
    ({}, {"item_class": B, "self_pay_ppm": 100_000}, False),
    ({}, {"item_class": B, "self_pay_ppm": 100_001}, True),
    ({}, {"item_class": enums_pb2.ITEM_CLASS_UNSPECIFIED, "self_pay_ppm": 5}, False),
    (CLASS_C, {"item_class": C}, False),
    (CLASS_C, {"item_class": C, "self_pay_ppm": 3, "price_limit_fen": 1, "deductible_exempt": True}, False),
    (CLASS_C, {"item_class": B, "self_pay_ppm": 1_000_000}, True),
    (CLASS_A | {"price_limit_fen": 10_000}, ONE, False),  # a limit that cuts nothing off need not be known
    (CLASS_A | {"price_limit_fen": 9_000}, ONE, True),
    (CLASS_A | {"price_limit_fen": 9_000}, ONE | {"price_limit_fen": 9_000}, False),
    (CLASS_A, {"price_limit_fen": 9_999}, True),
    (CLASS_A, {"price_limit_fen": 10_000}, False),
    (CLASS_A | {"deductible_exempt": True}, {}, True),
    (CLASS_A | {"deductible_exempt": True}, {"deductible_exempt": True}, False),
]


@over_stores
async def test_a_line_is_marked_where_the_institution_differs_and_it_matters(kit: Kit) -> None:
    await kit.furnish()
    for number, (terms, said, differs) in enumerate(DIFFERENCES):
        code = f"D{number}"
        await put(kit, entry(code, **terms))
        (told,) = (await create(kit, line(code, **said))).detail.line_classifications
        assert told.differs == differs, (terms, said)
    await kit.put_policy(POLICY | {"catalogue": {"differing": "refuse"}})
    for number, (_, said, differs) in enumerate(DIFFERENCES):
        code = f"D{number}"
        if differs:
            with refused(Reason.CLASSIFICATION_DIFFERS, line_no=code, region_code="110100", service_date=TODAY):
                await create(kit, line(code, **said))
            await create(kit, line(code, **said), kind=enums_pb2.ORDER_KIND_CASH_ONLY)
        else:
            await create(kit, line(code, **said))
    with refused(Reason.CLASSIFICATION_DIFFERS, field="lines.item_class", line_no="D1"):
        await create(kit, line("D0"), line("D1", item_class=B))
    with refused(Reason.CLASSIFICATION_DIFFERS, field="lines.self_pay_ppm"):
        await create(kit, line("D3", item_class=B, self_pay_ppm=100_001))
    with refused(Reason.CLASSIFICATION_DIFFERS, field="lines.price_limit_fen"):
        await create(kit, line("D11", price_limit_fen=9_999))
    with refused(Reason.CLASSIFICATION_DIFFERS, field="lines.deductible_exempt"):
        await create(kit, line("D13"))


@over_stores
async def test_lines_without_an_entry_are_the_institutions_or_refused(kit: Kit) -> None:
    await kit.furnish()
    await put(kit, entry("X1"), entry("X2", valid_from="2026-11-07"), entry("X3", region_code="310100"))
    said = {"item_class": B, "self_pay_ppm": 200_000, "price_limit_fen": 5_000}
    for code in ("X2", "X3", "X4"):
        response = await create(kit, line("X1"), line(code, **said))
        assert natures_of(response) == (0, 5_000, 2_000, 13_000), code
        listed, marked = response.detail.line_classifications
        assert (listed.source, listed.differs) == (CATALOGUE, True)
        assert marked == types_pb2.LineClassification(line_no=code, source=INSTITUTION)
        with refused(Reason.ITEM_NOT_LISTED, field="lines.item_code", line_no=code):
            await create(kit, line("X1"), line(code, item_class=0))
    await kit.put_policy(POLICY | {"catalogue": {"unlisted": "refuse"}})
    for code in ("X2", "X3", "X4"):
        with refused(Reason.ITEM_NOT_LISTED, line_no=code, region_code="110100", service_date=TODAY):
            await create(kit, line("X1"), line(code, **said))
        response = await create(kit, line(code, **said), kind=enums_pb2.ORDER_KIND_CASH_ONLY)
        assert response.detail.line_classifications[0].source == INSTITUTION
    await create(kit, line("X1"))  # listed, and differing is only marked


@over_stores
async def test_a_price_limit_needs_a_quantity(kit: Kit) -> None:
    await kit.furnish()
    await put(kit, entry("X1", price_limit_fen=500))
    with refused(Reason.FIELD_INVALID, field="lines.quantity_ten_thousandths", line_no="X1"):
        await create(kit, line("X0"), line("X1"))
    await put(kit, entry("X1", item_class=C, self_pay_ppm=1_000_000, price_limit_fen=500))
    wholly = await create(kit, line("X1"))  # wholly self-paid: the limit changes nothing
    assert natures_of(wholly) == (10_000, 0, 0, 0)
    assert not wholly.detail.line_classifications[0].HasField("price_limit_fen")
    assert kit.store.last_batch().seq == kit.pipeline.last_seq


@over_stores
async def test_the_service_date_and_the_treatment_region_pick_the_entry(kit: Kit) -> None:
    await kit.furnish()
    await put(
        kit,
        entry(valid_from="2026-01-01", self_pay_ppm=100_000),
        entry(valid_from="2026-11-01", self_pay_ppm=200_000),
        entry(valid_from="2026-01-01", region_code="310100", self_pay_ppm=300_000),
    )
    for date, share_fen in (("2026-10-31", 1_000), ("2026-11-01", 2_000), (TODAY, 2_000)):
        assert natures_of(await create(kit, line(), service_date=date)) == (0, 0, share_fen, 10_000 - share_fen)


@over_stores
async def test_an_order_keeps_what_classified_it(kit: Kit) -> None:
    await kit.furnish()
    await put(kit, entry(self_pay_ppm=100_000))
    binding = await kit.bind()
    request = {"request_id": "again", "institution_order_no": "AGAIN", "binding_id": binding}
    first = await create(kit, line(), line("X9"), **request)
    await put(kit, entry(self_pay_ppm=500_000))
    await kit.put_policy(POLICY | {"catalogue": {"unlisted": "refuse", "differing": "refuse"}})
    again = await create(kit, line(), line("X9"), **request)  # would be refused today; it is answered as then
    assert again.replayed and (again.order, again.detail) == (first.order, first.detail)
    paid = await kit.pay(first.order.order_id, binding)
    assert paid.natures == first.order.natures
    with refused(Reason.CLASSIFICATION_DIFFERS):
        await create(kit, line())
    assert natures_of(await create(kit, line(item_class=0))) == (0, 0, 5_000, 5_000)


@over_stores
async def test_an_import_counts_from_the_next_batch_on(kit: Kit) -> None:
    await kit.furnish()
    await put(kit, entry(self_pay_ppm=100_000))
    shares = []
    for ppm in (200_000, 300_000, 400_000):
        created, _ = await asyncio.gather(create(kit, line(item_class=0)), put(kit, entry(self_pay_ppm=ppm)))
        shares.append(created.detail.line_classifications[0].self_pay_ppm)
        assert (await create(kit, line(item_class=0))).detail.line_classifications[0].self_pay_ppm == ppm
    assert set(shares) <= {100_000, 200_000, 300_000, 400_000}


@over_stores
async def test_marks_are_for_institution_and_bureau_only(kit: Kit) -> None:
    await kit.furnish()
    await put(kit, entry())
    binding = await kit.bind()
    order_id = (await create(kit, line(), line("X9"), binding_id=binding)).order.order_id
    request = payment_service_pb2.GetOrderRequest(order_id=order_id)
    for party in ("his", "bureau"):
        told = (await kit.call("PaymentService/GetOrder", request, party=party)).detail.line_classifications
        assert [(said.source, said.differs) for said in told] == [(CATALOGUE, True), (INSTITUTION, False)]
    answer = await kit.call("PaymentService/GetOrder", request, party="wallet")
    assert not answer.HasField("detail") and b"X9" not in answer.SerializeToString()


@over_stores
async def test_a_bill_of_many_lines_finds_each_item(kit: Kit) -> None:
    await kit.furnish()
    await put(kit, *(entry(f"M{number}", self_pay_ppm=number * 1_000) for number in range(1_000)))
    lines = [line(f"M{number}", item_class=0) for number in range(1_000)]
    for again in range(2):
        response = await create(kit, *lines)
        told = [said.self_pay_ppm for said in response.detail.line_classifications]
        assert told == [number * 1_000 for number in range(1_000)], again


@pytest.mark.parametrize("items_max", [2, 5, 500_000])
def test_room_for_few_items_gives_the_same(items_max: int, tmp_path: Path) -> None:
    async def whole() -> None:
        async with running_gateway(str(tmp_path / "store.db")) as kit:
            assert kit.catalogue is not None
            kit.catalogue._half_max = items_max // 2
            await kit.furnish()
            await put(kit, *(entry(f"R{number}", self_pay_ppm=number * 10_000) for number in range(8)))
            works = [
                create(kit, *(line(f"R{(start + step) % 10}", item_class=B) for step in range(5)))
                for start in range(30)
            ]
            for start, response in enumerate(await asyncio.gather(*works)):
                numbers = [(start + step) % 10 for step in range(5)]
                told = [said.self_pay_ppm for said in response.detail.line_classifications]
                assert told == [number * 10_000 if number < 8 else 0 for number in numbers]
            assert len(kit.catalogue) <= items_max

    asyncio.run(whole())


def test_verify_finds_orders_and_catalogue_in_agreement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def whole() -> None:
        async with running_gateway(str(tmp_path / "store.db")) as kit:
            await kit.furnish()
            for ppm in (100_000, 200_000, 300_000):
                await put(kit, entry("X1", self_pay_ppm=ppm, price_limit_fen=ppm), entry("X2", valid_from="2026-11-01"))
                await create(kit, line("X1", **ONE), line("X2", item_class=C), line("X3"))
                await create(kit, line("X2"), service_date="2026-10-31")

    asyncio.run(whole())
    assert main(["verify", "--store", f"sqlite:{tmp_path / 'store.db'}"]) == 0
    assert "4 catalogue entries" in capsys.readouterr().out


def test_the_cache_forgets_what_was_not_asked_for_lately() -> None:
    catalogue = Catalogue(items_max=2)
    for code in ("A", "B", "C"):
        catalogue.learn(110100, code, ())
    assert len(catalogue) == 2 and catalogue.known(110100, "ABC").keys() == {"B", "C"}
    assert catalogue.known(310100, "ABC") == {}
    catalogue.forget([(110100, "B"), (110100, "Z")])
    assert catalogue.known(110100, "ABC").keys() == {"C"}
    catalogue = Catalogue(items_max=4)
    for code in "ABCDEFGH":
        catalogue.learn(110100, code, ())
        assert catalogue.known(110100, "A") and len(catalogue) <= 4  # what every bill names stays
    assert catalogue.known(110100, "BCDEF") == {}
