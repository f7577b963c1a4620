"""Bindings from their first code to their end, pay codes, and what a channel may know of others'."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Refusal
from gateway.ids import id_text
from gateway.pb.medsettle.v1 import account_service_pb2, binding_service_pb2, enums_pb2
from gateway.reasons import Reason
from tests.gateway_kit import (
    NOW_MS,
    POLICY,
    REGION,
    Kit,
    credit,
    over_stores,
    person,
    refused,
    running_gateway,
    start_binding,
)

pb = binding_service_pb2

MINUTE_MS = 60_000


async def start(kit: Kit, *args: Any, party: str = "wallet", **values: Any) -> pb.Binding:
    response = await kit.call("BindingService/StartBinding", start_binding(kit, *args, **values), party=party)
    return response.binding


async def confirm(kit: Kit, binding_id: str, code: str = "", party: str = "wallet", **values: Any) -> Any:
    settings = {"request_id": kit.request_id(), "binding_id": binding_id, "code": code or kit.phones.last_code}
    request = pb.ConfirmBindingRequest(**(settings | values))
    return await kit.call("BindingService/ConfirmBinding", request, party=party)


async def get(kit: Kit, binding_id: str, party: str = "wallet") -> pb.Binding:
    request = pb.GetBindingRequest(binding_id=binding_id)
    return (await kit.call("BindingService/GetBinding", request, party=party)).binding


async def unbind(kit: Kit, binding_id: str, party: str = "wallet") -> pb.Binding:
    request = pb.UnbindRequest(request_id=kit.request_id(), binding_id=binding_id)
    return (await kit.call("BindingService/Unbind", request, party=party)).binding


async def issue(kit: Kit, binding_id: str, party: str = "wallet", **values: Any) -> pb.IssuePayCodeResponse:
    request = pb.IssuePayCodeRequest(**({"request_id": kit.request_id(), "binding_id": binding_id} | values))
    return await kit.call("BindingService/IssuePayCode", request, party=party)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@over_stores
async def test_binding_is_pending_then_active(kit: Kit) -> None:
    await kit.furnish()
    pending = await start(kit)
    assert pending == pb.Binding(
        binding_id=pending.binding_id,
        channel_user_id="user-1",
        state=enums_pb2.BINDING_STATE_PENDING,
        region_code=REGION,
        created_at_ms=NOW_MS,
        code_expires_at_ms=NOW_MS + 5 * MINUTE_MS,
        attempts_left=5,
    )
    (sent,) = kit.phones.messages
    assert (sent.message_id, sent.phone) == (pending.binding_id, person().phone)
    kit.clock.advance(MINUTE_MS)
    active = (await confirm(kit, pending.binding_id)).binding
    assert active == pb.Binding(
        binding_id=pending.binding_id,
        channel_user_id="user-1",
        state=enums_pb2.BINDING_STATE_ACTIVE,
        region_code=REGION,
        created_at_ms=NOW_MS,
        scheme=enums_pb2.SCHEME_EMPLOYEE,
        name_masked="**明",
        confirmed_at_ms=NOW_MS + MINUTE_MS,
    )
    assert await get(kit, pending.binding_id) == active


@pytest.mark.parametrize(
    "values",
    [
        {"id_number": "11010119800517002X"},
        {"name": "王小亮"},
        {"phone": "13900000002"},
        {"region_code": "310000"},
        {"id_document_kind": enums_pb2.ID_DOCUMENT_KIND_FOREIGNER_PASSPORT},
    ],
)
@over_stores
async def test_every_part_must_match_and_none_is_told(kit: Kit, values: dict[str, Any]) -> None:
    await kit.furnish()
    with refused(Reason.PERSON_NOT_MATCHED):
        await start(kit, **values)
    with pytest.raises(Refusal) as caught:
        await start(kit, **values)
    region_code = values.get("region_code", REGION)
    assert caught.value.metadata == {"region_code": region_code}
    assert kit.phones.messages == []


@over_stores
async def test_spelling_of_a_name_does_not_matter(kit: Kit) -> None:
    await kit.furnish()
    await kit.import_persons(person(2, name="Ann  Lee", id_number="ab12"))
    assert (await start(kit, number=2, name="ann lee", id_number=" AB12 ")).attempts_left == 5


@over_stores
async def test_wrong_codes_spend_attempts(kit: Kit) -> None:
    await kit.furnish()
    binding_id = (await start(kit)).binding_id
    code = kit.phones.last_code
    for attempts_left in (4, 3, 2, 1, 0):
        with refused(Reason.CODE_WRONG, attempts_left=attempts_left):
            await confirm(kit, binding_id, wrong(code))
        assert (await get(kit, binding_id)).attempts_left == attempts_left
    with refused(Reason.CODE_ATTEMPTS_EXHAUSTED, binding_id=binding_id):
        await confirm(kit, binding_id, code)


@over_stores
async def test_refused_code_leaves_its_request_id_free(kit: Kit) -> None:
    await kit.furnish()
    binding_id = (await start(kit)).binding_id
    with refused(Reason.CODE_WRONG, attempts_left=4):
        await confirm(kit, binding_id, wrong(kit.phones.last_code), request_id="one")
    right = await confirm(kit, binding_id, request_id="one")
    again = await confirm(kit, binding_id, request_id="one")
    assert (right.replayed, again.replayed, again.binding) == (False, True, right.binding)


@over_stores
async def test_guesses_at_once_cost_an_attempt_each(kit: Kit) -> None:
    await kit.furnish()
    binding_id = (await start(kit)).binding_id
    guess = wrong(kit.phones.last_code)
    answers = await asyncio.gather(*[confirm(kit, binding_id, guess) for _ in range(9)], return_exceptions=True)
    reasons = [answer.reason for answer in answers if isinstance(answer, Refusal)]
    assert reasons == [Reason.CODE_WRONG] * 5 + [Reason.CODE_ATTEMPTS_EXHAUSTED] * 4


def test_spent_attempts_survive_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")

    async def before() -> str:
        async with running_gateway(path) as kit:
            await kit.furnish()
            binding_id = (await start(kit)).binding_id
            with refused(Reason.CODE_WRONG, attempts_left=4):
                await confirm(kit, binding_id, wrong(kit.phones.last_code))
            return binding_id

    async def after(binding_id: str) -> None:
        async with running_gateway(path) as kit:
            assert (await get(kit, binding_id)).attempts_left == 4

    asyncio.run(after(asyncio.run(before())))


@over_stores
async def test_code_expires(kit: Kit) -> None:
    await kit.furnish()
    binding_id = (await start(kit)).binding_id
    kit.clock.advance(5 * MINUTE_MS - 1)
    with refused(Reason.CODE_WRONG):
        await confirm(kit, binding_id, wrong(kit.phones.last_code))
    kit.clock.advance(1)
    with refused(Reason.CODE_EXPIRED, binding_id=binding_id):
        await confirm(kit, binding_id)


@over_stores
async def test_code_is_sent_once_a_binding(kit: Kit) -> None:
    await kit.furnish()
    request = start_binding(kit)
    kit.phones.broken = True
    first = await kit.call("BindingService/StartBinding", request, party="wallet")
    assert kit.phones.messages == []
    kit.phones.broken = False
    for _ in range(3):
        again = await kit.call("BindingService/StartBinding", request, party="wallet")
        assert (again.replayed, again.binding) == (True, first.binding)
        assert len(kit.phones.messages) == 1
    await confirm(kit, first.binding.binding_id)
    kit.phones.messages.clear()
    kit.clock.advance(5 * MINUTE_MS)
    await kit.call("BindingService/StartBinding", request, party="wallet")
    assert kit.phones.messages == []


@over_stores
async def test_user_is_bound_to_a_person_once(kit: Kit) -> None:
    await kit.furnish()
    first = await start(kit)
    first_code = kit.phones.last_code
    second = await start(kit)
    second_code = kit.phones.last_code
    await confirm(kit, first.binding_id, first_code)
    with refused(Reason.BINDING_EXISTS, binding_id=first.binding_id):
        await start(kit)
    with refused(Reason.BINDING_EXISTS, binding_id=first.binding_id):
        await confirm(kit, second.binding_id, second_code)
    with refused(Reason.BINDING_EXISTS, binding_id=first.binding_id):
        await confirm(kit, first.binding_id, second_code)
    # Another user, and the same user once unbound, may.
    await kit.bind("user-2")
    await unbind(kit, first.binding_id)
    assert await kit.bind("user-1") != first.binding_id


@over_stores
async def test_unbound_stays_unbound(kit: Kit) -> None:
    await kit.furnish()
    binding_id = await kit.bind()
    kit.clock.advance(7)
    ended = await unbind(kit, binding_id)
    assert (ended.state, ended.unbound_at_ms) == (enums_pb2.BINDING_STATE_UNBOUND, NOW_MS + 7)
    for call in (unbind, confirm, issue):
        with refused(Reason.BINDING_NOT_ACTIVE, binding_id=binding_id, state="UNBOUND"):
            await call(kit, binding_id)
    pending = await start(kit)
    assert (await unbind(kit, pending.binding_id)).state == enums_pb2.BINDING_STATE_UNBOUND


@over_stores
async def test_other_channels_bindings_are_not_there(kit: Kit) -> None:
    await kit.furnish()
    await kit.put_party("bank", enums_pb2.ROLE_CHANNEL)
    binding_id = await kit.bind()
    for other in (binding_id, id_text("b", 77), "nonsense"):
        for call in (get, unbind, confirm, issue):
            with refused(Reason.BINDING_NOT_FOUND, field="binding_id"):
                await call(kit, other, party="bank")
    assert (
        await kit.call("BindingService/ListBindings", pb.ListBindingsRequest(channel_user_id="user-1"), party="bank")
    ).bindings == []
    with refused(Reason.ROLE_FORBIDDEN):
        await get(kit, binding_id, party="bureau")


@over_stores
async def test_bindings_come_in_pages(kit: Kit) -> None:
    await kit.furnish()
    await kit.import_persons(person(2), person(3))
    made = [await kit.bind(number=number) for number in (1, 2, 3)]
    await unbind(kit, made[0])
    token, seen = "", []
    for _ in range(2):
        request = pb.ListBindingsRequest(channel_user_id="user-1", page_size=2, page_token=token)
        response = await kit.call("BindingService/ListBindings", request, party="wallet")
        seen += [binding.binding_id for binding in response.bindings]
        token = response.next_page_token
    assert (seen, token) == (made, "")
    with refused(Reason.CURSOR_INVALID, field="page_token"):
        request = pb.ListBindingsRequest(channel_user_id="user-1", page_token="w0")
        await kit.call("BindingService/ListBindings", request, party="wallet")


@over_stores
async def test_pay_code_is_the_same_for_a_repeat(kit: Kit) -> None:
    await kit.furnish()
    binding_id = await kit.bind()
    first = await issue(kit, binding_id, request_id="one")
    assert len(first.pay_code) == 28 and first.pay_code.isdigit()
    assert first.expires_at_ms == NOW_MS + MINUTE_MS
    kit.clock.advance(1000)
    again = await issue(kit, binding_id, request_id="one")
    assert (again.replayed, again.pay_code, again.expires_at_ms) == (True, first.pay_code, first.expires_at_ms)
    assert (await issue(kit, binding_id)).pay_code != first.pay_code
    row = kit.store.pay_codes([kit.secrets.code_hash(first.pay_code)])
    assert [(code.expires_at_ms, code.used_at_ms) for code in row.values()] == [(first.expires_at_ms, 0)]
    pending = await start(kit, "user-2")
    with refused(Reason.BINDING_NOT_ACTIVE, state="PENDING"):
        await issue(kit, pending.binding_id)


@over_stores
async def test_nothing_personal_is_stored(kit: Kit) -> None:
    await kit.furnish()
    binding_id = (await start(kit)).binding_id
    code = kit.phones.last_code
    await confirm(kit, binding_id)
    pay_code = (await issue(kit, binding_id)).pay_code
    dump = "\n".join(kit.store._db.iterdump())
    record = person()
    for secret in (record.id_number, record.name, record.phone, pay_code, code):
        for form in (secret, secret.encode().hex().upper(), hashlib.sha256(secret.encode()).hexdigest().upper()):
            assert form not in dump


@over_stores
async def test_account_of_a_binding(kit: Kit) -> None:
    await kit.furnish()
    await kit.post_credits(credit(1, 4_200))
    binding_id = await kit.bind()
    request = account_service_pb2.GetAccountRequest(binding_id=binding_id)
    account = (await kit.call("AccountService/GetAccount", request, party="wallet")).account
    assert (account.person_id, account.person_no, account.current_year_fen) == ("", "", 4_200)
    assert (account.region_code, account.scheme, account.benefit_year_start) == (
        REGION,
        enums_pb2.SCHEME_EMPLOYEE,
        "2026-01-01",
    )
    await kit.put_party("bank", enums_pb2.ROLE_CHANNEL)
    with refused(Reason.BINDING_NOT_FOUND):
        await kit.call("AccountService/GetAccount", request, party="bank")
    with refused(Reason.FIELD_INVALID, field="binding_id"):
        await kit.call("AccountService/GetAccount", request, party="bureau")
    await unbind(kit, binding_id)
    with refused(Reason.BINDING_NOT_ACTIVE):
        await kit.call("AccountService/GetAccount", request, party="wallet")


@over_stores
async def test_account_of_a_person_is_for_the_bureau(kit: Kit) -> None:
    await kit.furnish()
    number = account_service_pb2.PersonNumber(region_code=REGION, person_no="P1")
    by_number = account_service_pb2.GetAccountRequest(person_number=number)
    account = (await kit.call("AccountService/GetAccount", by_number, party="bureau")).account
    assert (account.person_no, account.accumulators) == ("P1", [])
    by_id = account_service_pb2.GetAccountRequest(person_id=account.person_id)
    assert (await kit.call("AccountService/GetAccount", by_id, party="bureau")).account == account
    for request, field in ((by_number, "person_number"), (by_id, "person_id")):
        with refused(Reason.FIELD_INVALID, field=field):
            await kit.call("AccountService/GetAccount", request, party="wallet")
    with refused(Reason.FIELD_INVALID, field="owner"):
        await kit.call("AccountService/GetAccount", account_service_pb2.GetAccountRequest(), party="bureau")
    for person_id in (id_text("p", 5), "p1"):
        with refused(Reason.PERSON_NOT_FOUND, field="person_id"):
            request = account_service_pb2.GetAccountRequest(person_id=person_id)
            await kit.call("AccountService/GetAccount", request, party="bureau")
    number.person_no = "P404"
    with refused(Reason.PERSON_NOT_FOUND, field="person_no"):
        request = account_service_pb2.GetAccountRequest(person_number=number)
        await kit.call("AccountService/GetAccount", request, party="bureau")


@over_stores
async def test_regions_show_what_is_open(kit: Kit) -> None:
    await kit.furnish()
    await kit.put_policy(POLICY | {"region_code": "310000", "name": "上海"})
    await kit.put_institution("H2", "his", scenarios=[enums_pb2.SCENARIO_PHARMACY])
    await kit.put_institution("H3", "his", scenarios=[enums_pb2.SCENARIO_COVID_EXAM], suspended=True)
    response = await kit.call("BindingService/ListRegions", pb.ListRegionsRequest(), party="wallet")
    first, second = response.regions
    assert (first.region_code, first.name, first.passwordless_limit_fen) == (REGION, "北京", 20_000)
    assert [(scheme.scheme, list(scheme.services)) for scheme in first.schemes] == [
        (enums_pb2.SCHEME_EMPLOYEE, [enums_pb2.SERVICE_OUTPATIENT, enums_pb2.SERVICE_INPATIENT]),
        (enums_pb2.SCHEME_RESIDENT, [enums_pb2.SERVICE_OUTPATIENT]),
    ]
    assert list(first.scenarios) == [
        enums_pb2.SCENARIO_DIAGNOSIS,
        enums_pb2.SCENARIO_INPATIENT,
        enums_pb2.SCENARIO_PHARMACY,
    ]
    assert (second.region_code, list(second.scenarios)) == ("310000", [])
