"""Putting a version in force: drafts, replays, dates, and what each refusal says."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.cases.fields import day_of
from gateway.errors import Refusal
from gateway.pb.medsettle.v1 import enums_pb2
from gateway.pb.medsettle.v1 import operator_service_pb2 as op
from gateway.reasons import Reason
from gateway.replay.bills import Draft, in_force
from gateway.replay.proof import replay_cases
from gateway.replay.report import digest_of
from gateway.stores.base import PolicyRow
from tests.gateway_kit import POLICY, REGION, Kit, over_stores, refused, running_gateway
from tests.integration.policies.versions_kit import BILL_FEN, POOLED_FEN, quoted, version, versions_of

DRAFT, IN_FORCE, REPLACED = (
    enums_pb2.POLICY_STATE_DRAFT,
    enums_pb2.POLICY_STATE_IN_FORCE,
    enums_pb2.POLICY_STATE_REPLACED,
)
CASE = {
    "id": "one",
    "insured_region": REGION,
    "treatment_region": REGION,
    "scheme": "employee",
    "service_date": "2026-10-01",
    "referral": "local",
    "service": "outpatient",
    "person": {"status": "active", "age": 46},
    "institution": {"level": "level3"},
    "lines": [{"amount_fen": BILL_FEN, "class": "A"}],
}


async def paid_orders(kit: Kit, count: int, **values: Any) -> list[str]:
    """So many paid bills of one person; gives their ids."""
    binding_id = await kit.bind(user=kit.request_id())
    orders = [await kit.create_order(BILL_FEN, binding_id, **values) for _ in range(count)]
    for order_id in orders:
        await kit.pay(order_id, binding_id)
    return orders


@over_stores
async def test_the_first_version_of_a_region_needs_no_replay(kit: Kit) -> None:
    await kit.put_draft(POLICY)
    assert await versions_of(kit) == [("2026-01", DRAFT, "", "")]
    response = await kit.activate(POLICY, replay=None)
    assert [one.policy_version for one in response.versions] == ["2026-01"]
    assert await versions_of(kit) == [("2026-01", IN_FORCE, "", "")]


@over_stores
async def test_a_draft_prices_nothing_until_it_is_activated(kit: Kit) -> None:
    await kit.furnish()
    binding_id = await kit.bind()
    order_id = await kit.create_order(BILL_FEN, binding_id)
    new = version("2026-02", "2026-11-06")
    await kit.put_draft(new)
    assert await quoted(kit, order_id, binding_id) == ("2026-01", POOLED_FEN["2026-01"])
    assert await versions_of(kit) == [("2026-01", IN_FORCE, "", ""), ("2026-02", DRAFT, "2026-11-06", "")]
    response = await kit.activate(new)
    assert [(one.policy_version, one.effective_to) for one in response.versions] == [
        ("2026-01", "2026-11-06"),
        ("2026-02", ""),
    ]
    assert response.versions[1].activated_at_ms == kit.clock.now_ms()
    assert response.versions[1].report_digest == kit.store.activations(int(REGION))[1].replay_digest != ""
    assert await quoted(kit, order_id, binding_id) == ("2026-02", POOLED_FEN["2026-02"])


@over_stores
async def test_what_is_not_there_or_not_replayed_is_not_activated(kit: Kit) -> None:
    await kit.furnish()
    await paid_orders(kit, 3)
    new = version("2026-02", "2026-11-06")
    with refused(Reason.POLICY_NOT_FOUND, region_code=REGION, field="document_digest"):
        await kit.activate(new)
    await kit.put_draft(new)
    with refused(Reason.REPLAY_REQUIRED, region_code=REGION):
        await kit.activate(new, replay=None)
    with refused(Reason.REPLAY_REQUIRED, region_code=REGION, orders_min=100):
        await kit.activate(new, replay=kit.replay(new, order_count=2))
    other = version("2026-03", "2026-11-06")
    with refused(Reason.REPLAY_MISMATCH, field="replay.report_digest"):
        await kit.activate(new, replay=kit.replay(other))
    ahead = kit.replay(new)
    ahead.event_count += 1
    with refused(Reason.REPLAY_MISMATCH):
        await kit.activate(new, replay=ahead)
    assert kit.store.activations(int(REGION))[1:] == []
    # All there are is enough, however few.
    await kit.activate(new, replay=kit.replay(new, order_count=3))
    (_, activation) = kit.store.activations(int(REGION))
    report = orjson.loads(activation.replay_report)
    assert (
        report["bill_count"] == 3 and hashlib.sha256(activation.replay_report).hexdigest() == activation.replay_digest
    )


@over_stores
async def test_payments_after_a_replay_do_not_spoil_it_but_a_day_does(kit: Kit) -> None:
    await kit.furnish()
    await paid_orders(kit, 1)
    new = version("2026-02", "2026-11-06")
    await kit.put_draft(new)
    replay = kit.replay(new)
    await paid_orders(kit, 1)
    kit.clock.advance(86_400_001)
    with refused(Reason.REPLAY_REQUIRED):
        await kit.activate(new, replay=replay)
    # Where nothing has happened since, it is as fresh as ever.
    replay = kit.replay(new)
    kit.clock.advance(86_400_001)
    await kit.activate(new, replay=replay)


@over_stores
async def test_a_replay_against_other_versions_is_another_replay(kit: Kit) -> None:
    await kit.furnish()
    second, third = version("2026-02", "2026-11-06"), version("2026-03", "2027-01-01")
    await kit.put_draft(second)
    await kit.put_draft(third)
    before = kit.replay(third)
    await kit.activate(second)
    with refused(Reason.REPLAY_MISMATCH):
        await kit.activate(third, replay=before)
    await kit.activate(third)
    assert await versions_of(kit) == [
        ("2026-01", IN_FORCE, "", "2026-11-06"),
        ("2026-02", IN_FORCE, "2026-11-06", "2027-01-01"),
        ("2026-03", IN_FORCE, "2027-01-01", ""),
    ]


@over_stores
async def test_an_activation_that_meets_another_one_is_refused(kit: Kit) -> None:
    await kit.furnish()
    second, third = version("2026-02", "2026-11-06"), version("2026-03", "2027-01-01")
    await kit.put_draft(second)
    await kit.put_draft(third)
    # Both replays are right when the gateway makes its own, and only one activation can be first.
    done = await asyncio.gather(kit.activate(second), kit.activate(third), return_exceptions=True)
    failed = [one for one in done if isinstance(one, BaseException)]
    assert len(failed) <= 1
    for failure in failed:
        with refused(Reason.REPLAY_MISMATCH):
            raise failure
    assert len(kit.store.activations(int(REGION))) == 3 - len(failed)


@pytest.mark.parametrize(
    ("dates", "beside", "date", "said"),
    [
        (("2026-06-01", "2027-02-01"), "2026-02", "2027-01-01", "both would hold from 2027-01-01 on"),
        (("2026-06-01", "2026-12-01"), "2026-02", "2026-12-01", "no version would hold from 2026-12-01 on"),
    ],
    ids=["overlap", "gap"],
)
@over_stores
async def test_versions_that_do_not_meet_are_refused(
    kit: Kit, dates: tuple[str, str], beside: str, date: str, said: str
) -> None:
    await kit.furnish()
    await kit.put_policy(version("2026-02", "2027-01-01"))
    between = version("2026-03", *dates)
    await kit.put_draft(between)
    with refused(Reason.POLICY_DATES_CONFLICT, region_code=REGION, policy_version=beside, date=date):
        await kit.activate(between)
    with pytest.raises(Refusal, match=said):
        await kit.activate(between)
    await kit.put_policy(version("2026-03", dates[0], "2027-01-01"))
    assert [one[2:] for one in await versions_of(kit) if one[1] == IN_FORCE] == [
        ("", "2026-06-01"),
        ("2026-06-01", "2027-01-01"),
        ("2027-01-01", ""),
    ]


@over_stores
async def test_a_benefit_year_does_not_go_back(kit: Kit) -> None:
    await kit.furnish()
    wrong = version("2026-02", "2027-03-01", benefit_year_start="07-01")
    await kit.put_draft(wrong)
    with refused(Reason.POLICY_DATES_CONFLICT, date="2027-03-01", policy_version="2026-01"):
        await kit.activate(wrong)
    await kit.put_policy(version("2026-02", "2027-07-01", benefit_year_start="07-01"))
    for date, year in (("2027-06-30", "2027-01-01"), ("2027-07-01", "2027-07-01"), ("2028-01-01", "2027-07-01")):
        assert kit.rules.benefit_year_day(REGION, day_of(date)) == day_of(year)


@over_stores
async def test_a_mended_version_takes_the_place_of_the_one_with_its_beginning(kit: Kit) -> None:
    await kit.furnish()
    await kit.put_policy(version("2026-02", "2026-11-06"))
    await kit.put_policy(version("2026-03", "2026-11-06"))
    assert await versions_of(kit) == [
        ("2026-01", IN_FORCE, "", "2026-11-06"),
        ("2026-03", IN_FORCE, "2026-11-06", ""),
        ("2026-02", REPLACED, "2026-11-06", ""),
    ]
    # And back again: what was replaced can be put in force as any other.
    await kit.activate(version("2026-02", "2026-11-06"))
    assert [one[:2] for one in await versions_of(kit)] == [
        ("2026-01", IN_FORCE),
        ("2026-02", IN_FORCE),
        ("2026-03", REPLACED),
    ]


@over_stores
async def test_what_is_in_force_already_stays_so(kit: Kit) -> None:
    await kit.furnish()
    before = kit.store.activations(int(REGION))
    response = await kit.activate(POLICY, replay=None)
    assert [one.policy_version for one in response.versions] == ["2026-01"] and not response.replayed
    assert kit.store.activations(int(REGION)) == before


@over_stores
async def test_cases_do_instead_of_orders(kit: Kit) -> None:
    await kit.furnish()
    await paid_orders(kit, 1)
    new = version("2026-02", "2026-11-06")
    await kit.put_draft(new)

    def replay(cases: Any) -> op.PolicyReplay:
        text = orjson.dumps(cases)
        held = in_force(kit.store.policies_activated(int(REGION)), int(REGION))
        report = replay_cases(held, Draft(new, orjson.dumps(new)), text)
        return op.PolicyReplay(report_digest=digest_of(report), cases=text)

    with refused(Reason.REPLAY_REQUIRED):
        await kit.activate(new, replay=replay([CASE | {"insured_region": "310000"}]))
    with refused(Reason.REPLAY_REQUIRED):
        await kit.activate(new, replay=op.PolicyReplay(report_digest="0" * 64, cases=b'[{"id": "bad"}]'))
    good = replay([CASE])
    with refused(Reason.REPLAY_MISMATCH):
        await kit.activate(new, replay=op.PolicyReplay(report_digest="0" * 64, cases=good.cases))
    await kit.activate(new, replay=good)
    report = orjson.loads(kit.store.activations(int(REGION))[1].replay_report)
    assert report["source"]["kind"] == "cases"
    change_fen = report["person"]["before_fen"] - report["person"]["after_fen"]
    assert change_fen == POOLED_FEN["2026-02"] - POOLED_FEN["2026-01"] > 0


@over_stores
async def test_a_draft_that_leaves_bills_without_a_price_needs_somebody_who_has_seen_them(kit: Kit) -> None:
    await kit.furnish()
    await paid_orders(kit, 2)
    await paid_orders(kit, 1, service=enums_pb2.SERVICE_INPATIENT, scenario=enums_pb2.SCENARIO_INPATIENT)
    new = version("2026-02", "2026-11-06")
    del new["schemes"]["employee"]["outpatient"]
    await kit.put_draft(new)
    said = {"region_code": REGION, "field": "accept_unpriced_count", "unpriced_count": 2}
    for count in (0, 1, 3):
        with refused(Reason.BILLS_LEFT_UNPRICED, **said):
            await kit.activate(new, accept_unpriced_count=count)
    # Of another report the number says nothing.
    with refused(Reason.REPLAY_MISMATCH):
        other = op.PolicyReplay(report_digest="0" * 64, order_count=100, event_count=kit.replay(new).event_count)
        await kit.activate(new, accept_unpriced_count=2, replay=other)
    assert len(kit.store.activations(int(REGION))) == 1
    await kit.activate(new, accept_unpriced_count=2)
    (_, activation) = kit.store.activations(int(REGION))
    assert orjson.loads(activation.replay_report)["unpriced_count"] == 2


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("request_id", {"request_id": ""}),
        (
            "accept_unpriced_count",
            {"accept_unpriced_count": -1, "replay": op.PolicyReplay(report_digest="0" * 64, order_count=1)},
        ),
        ("region_code", {"region_code": "1101"}),
        ("document_digest", {"document_digest": "AB" * 32}),
        ("replay.report_digest", {"replay": op.PolicyReplay(order_count=1)}),
        ("replay.order_count", {"replay": op.PolicyReplay(report_digest="0" * 64)}),
        ("replay.order_count", {"replay": op.PolicyReplay(report_digest="0" * 64, order_count=1, cases=b"[]")}),
        ("replay.order_count", {"replay": op.PolicyReplay(report_digest="0" * 64, order_count=100_001)}),
        ("replay.order_count", {"replay": op.PolicyReplay(report_digest="0" * 64, order_count=-1)}),
        ("replay.event_count", {"replay": op.PolicyReplay(report_digest="0" * 64, order_count=1, event_count=-1)}),
        ("replay.cases", {"replay": op.PolicyReplay(report_digest="0" * 64, cases=b" " * ((1 << 20) + 1))}),
    ],
)
@over_stores
async def test_fields(kit: Kit, field: str, values: dict[str, Any]) -> None:
    await kit.put_draft(POLICY)
    with refused(Reason.FIELD_INVALID, field=field):
        await kit.activate(POLICY, **values)


def test_an_activation_is_answered_again_also_after_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")
    new = version("2026-02", "2026-11-06")

    async def before() -> Any:
        async with running_gateway(path) as kit:
            await kit.furnish()
            await paid_orders(kit, 2)
            await kit.put_draft(new)
            replay = kit.replay(new)
            first = await kit.activate(new, request_id="A", replay=replay)
            again = await kit.activate(new, request_id="A", replay=replay)
            assert again.replayed and again.versions == first.versions
            with refused(Reason.REQUEST_ID_CONFLICT, field="replay"):
                await kit.activate(new, request_id="A", replay=kit.replay(new, order_count=5))
            return replay, first

    async def after(replay: op.PolicyReplay, first: Any) -> None:
        async with running_gateway(path) as kit:
            assert [one[:2] for one in await versions_of(kit)] == [("2026-01", IN_FORCE), ("2026-02", IN_FORCE)]
            again = await kit.activate(new, request_id="A", replay=replay)
            assert again.replayed and again.versions == first.versions
            assert len(kit.store.activations(int(REGION))) == 2
            request = op.GetPolicyRequest(region_code=REGION)
            today = await kit.call("OperatorService/GetPolicy", request, party="bureau")
            assert (today.policy_version, today.document) == ("2026-02", orjson.dumps(new))

    asyncio.run(after(*asyncio.run(before())))


@over_stores
async def test_a_draft_that_today_would_not_be_stored_is_not_activated(kit: Kit) -> None:
    """A document is checked again: it may have been put under an older gateway's rules."""
    document = version("2026-02", "2026-11-06", region_name="unknown key")
    text = orjson.dumps(document)
    digest = hashlib.sha256(text).hexdigest()
    await kit.furnish()
    kit.store.begin()
    kit.store.insert_policy(PolicyRow(5, int(REGION), "2026-02", "old.json", text, 1, digest))
    kit.store.commit()
    for replay in (None, op.PolicyReplay(report_digest="0" * 64, order_count=1)):
        with refused(Reason.POLICY_INVALID, file="old.json", rule="region_name"):
            await kit.activate(document, replay=replay)
    assert kit.rules.regions() == [REGION] and len(kit.rules.line(REGION)) == 1


@over_stores
async def test_only_the_bureau_activates(kit: Kit) -> None:
    await kit.furnish()
    for party in ("wallet", "his"):
        request = op.ActivatePolicyRequest(request_id=kit.request_id(), region_code=REGION, document_digest="0" * 64)
        with refused(Reason.ROLE_FORBIDDEN):
            await kit.call("OperatorService/ActivatePolicy", request, party=party)
        with refused(Reason.ROLE_FORBIDDEN):
            await kit.call("OperatorService/ListPolicies", op.ListPoliciesRequest(region_code=REGION), party=party)
