"""Parties, institutions and policies as the bureau puts them: tokens, ownership, documents and pages."""

import asyncio
import copy
import hashlib
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.clock import ManualClock
from gateway.pb.medsettle.v1 import enums_pb2, operator_service_pb2
from gateway.reasons import Reason
from gateway.stores.sqlite_store import SqliteStore
from gateway.works.parties import ensure_bureau
from tests.gateway_kit import NOW_MS, POLICY, REGION, Kit, over_stores, refused, running_gateway

pb = operator_service_pb2


def party_of_token(kit: Kit, token: str) -> str | None:
    row = kit.directory.party_of_token(kit.secrets.token_hash(token))
    return row.party_id if row else None


async def put_party(kit: Kit, party: str = "bureau", **values: Any) -> pb.PutPartyResponse:
    settings = {"request_id": kit.request_id(), "party_id": "wallet", "role": enums_pb2.ROLE_CHANNEL, "name": "Wallet"}
    return await kit.call("OperatorService/PutParty", pb.PutPartyRequest(**(settings | values)), party=party)


@over_stores
async def test_new_party_gets_its_token(kit: Kit) -> None:
    made = await put_party(kit)
    assert (made.replayed, made.party.created_at_ms, made.party.token_created_at_ms) == (False, NOW_MS, NOW_MS)
    assert party_of_token(kit, made.token) == "wallet"
    kit.clock.advance(5)
    changed = await put_party(kit, name="Purse", suspended=True)
    assert (changed.token, changed.party.name, changed.party.suspended) == ("", "Purse", True)
    assert (changed.party.created_at_ms, changed.party.token_created_at_ms) == (NOW_MS, NOW_MS)
    assert party_of_token(kit, made.token) == "wallet"


@over_stores
async def test_rotated_token_ends_the_old_one(kit: Kit) -> None:
    old = await put_party(kit)
    kit.clock.advance(5)
    new = await put_party(kit, rotate_token=True)
    assert new.token not in ("", old.token) and new.party.token_created_at_ms == NOW_MS + 5
    assert (party_of_token(kit, old.token), party_of_token(kit, new.token)) == (None, "wallet")


@over_stores
async def test_repeat_shows_the_token_of_its_own_request(kit: Kit) -> None:
    first = await put_party(kit, request_id="first")
    await put_party(kit, rotate_token=True)
    again = await put_party(kit, request_id="first")
    assert (again.replayed, again.token, again.party) == (True, first.token, first.party)
    assert party_of_token(kit, again.token) is None
    with refused(Reason.REQUEST_ID_CONFLICT, field="name"):
        await put_party(kit, request_id="first", name="other")


@over_stores
async def test_no_token_is_stored(kit: Kit) -> None:
    token = (await put_party(kit)).token
    dump = "\n".join(kit.store._db.iterdump())
    assert "wallet" in dump
    assert token not in dump and token.encode().hex().upper() not in dump


@over_stores
async def test_party_fields(kit: Kit) -> None:
    await put_party(kit)
    for field, values in (
        ("party_id", {"party_id": ""}),
        ("party_id", {"party_id": "x" * 65}),
        ("name", {"name": ""}),
        ("name", {"name": "a\nb"}),
        ("role", {"role": 0}),
        ("role", {"role": 9}),
        ("role", {"role": enums_pb2.ROLE_MESH}),
        ("request_id", {"request_id": ""}),
        ("suspended", {"party_id": "bureau", "role": enums_pb2.ROLE_BUREAU, "suspended": True}),
    ):
        with refused(Reason.FIELD_INVALID, field=field):
            await put_party(kit, **values)
    with refused(Reason.ROLE_FORBIDDEN):
        await put_party(kit, party="wallet")


@over_stores
async def test_parties_come_in_pages(kit: Kit) -> None:
    for party_id in ("c", "a", "d", "b"):
        await kit.put_party(party_id, enums_pb2.ROLE_MESH)
    token, pages = "", []
    while not pages or token:
        request = pb.ListPartiesRequest(page_size=2, page_token=token)
        response = await kit.call("OperatorService/ListParties", request, party="bureau")
        pages.append([party.party_id for party in response.parties])
        token = response.next_page_token
    assert pages == [["a", "b"], ["bureau", "c"], ["d"]]
    for page_token in ("zz", "ff"):
        with refused(Reason.CURSOR_INVALID, field="page_token"):
            await kit.call("OperatorService/ListParties", pb.ListPartiesRequest(page_token=page_token), party="bureau")
    with refused(Reason.FIELD_INVALID, field="page_size"):
        await kit.call("OperatorService/ListParties", pb.ListPartiesRequest(page_size=1001), party="bureau")


@over_stores
async def test_institution_belongs_to_an_institution_party(kit: Kit) -> None:
    await kit.put_party("his", enums_pb2.ROLE_INSTITUTION)
    await kit.put_party("wallet", enums_pb2.ROLE_CHANNEL)
    made = (await kit.put_institution("H1", "his")).institution
    assert (made.party_id, made.treatment_region_code, made.created_at_ms) == ("his", REGION, NOW_MS)
    assert list(made.scenarios) == [enums_pb2.SCENARIO_DIAGNOSIS, enums_pb2.SCENARIO_INPATIENT]
    changed = (await kit.put_institution("H1", "his", name="New name", suspended=True, scenarios=[])).institution
    assert (changed.name, changed.suspended, list(changed.scenarios)) == ("New name", True, [])
    with refused(Reason.PARTY_NOT_FOUND, field="party_id"):
        await kit.put_institution("H2", "nobody")
    await kit.put_party("his-2", enums_pb2.ROLE_INSTITUTION)
    with refused(Reason.FIELD_INVALID, field="party_id"):  # its orders would be nobody's to refund
        await kit.put_institution("H1", "his-2")
    for field, values in (
        ("party_id", {"party_id": "wallet"}),
        ("level", {"level": 0}),
        ("scenarios", {"scenarios": [2, 2]}),
        ("scenarios", {"scenarios": [99]}),
        ("treatment_region_code", {"treatment_region_code": "1101"}),
    ):
        with refused(Reason.FIELD_INVALID, field=field):
            await kit.put_institution("H2", **({"party_id": "his"} | values))


@over_stores
async def test_institutions_of_a_party(kit: Kit) -> None:
    for party_id, institution_id in (("his-1", "H2"), ("his-2", "H3"), ("his-1", "H1")):
        await kit.put_party(party_id, enums_pb2.ROLE_INSTITUTION)
        await kit.put_institution(institution_id, party_id)

    async def listed(party_id: str) -> list[str]:
        request = pb.ListInstitutionsRequest(party_id=party_id)
        response = await kit.call("OperatorService/ListInstitutions", request, party="bureau")
        return [institution.institution_id for institution in response.institutions]

    assert (await listed(""), await listed("his-1")) == (["H1", "H2", "H3"], ["H1", "H2"])
    with refused(Reason.PARTY_NOT_FOUND, field="party_id"):
        await listed("nobody")


async def put_policy(kit: Kit, document: bytes, **values: Any) -> pb.PutPolicyResponse:
    settings = {"request_id": kit.request_id(), "document": document, "file_name": "110100.json"}
    return await kit.call("OperatorService/PutPolicy", pb.PutPolicyRequest(**(settings | values)), party="bureau")


async def get_policy(kit: Kit, version: str = "") -> pb.GetPolicyResponse:
    request = pb.GetPolicyRequest(region_code=REGION, policy_version=version)
    return await kit.call("OperatorService/GetPolicy", request, party="bureau")


def policy_text(**values: Any) -> bytes:
    return orjson.dumps(POLICY | values, option=orjson.OPT_INDENT_2)


@over_stores
async def test_a_draft_is_read_by_its_version(kit: Kit) -> None:
    with refused(Reason.REGION_UNKNOWN, region_code=REGION):
        await get_policy(kit)
    response = await put_policy(kit, policy_text())
    assert (response.region_code, response.policy_version, list(response.problems)) == (REGION, "2026-01", [])
    assert response.document_digest == hashlib.sha256(policy_text()).hexdigest()
    assert kit.rules.regions() == []
    with refused(Reason.REGION_UNKNOWN, region_code=REGION):
        await get_policy(kit)
    draft = await get_policy(kit, "2026-01")
    assert (draft.document, draft.file_name) == (policy_text(), "110100.json")
    assert draft.document_digest == response.document_digest
    with refused(Reason.REGION_UNKNOWN, field="policy_version"):
        await get_policy(kit, "2020-01")


@over_stores
async def test_bad_policy_is_named_by_file_and_rule(kit: Kit) -> None:
    bad = copy.deepcopy(POLICY)
    bad["schemes"]["employee"]["outpatient"][0]["ratio"]["bands"][0]["ppm"] = 1_000_001
    del bad["name"]
    with refused(Reason.POLICY_INVALID, file="110100.json"):
        await put_policy(kit, orjson.dumps(bad))
    dry = await put_policy(kit, orjson.dumps(bad), dry_run=True)
    assert (dry.region_code, dry.policy_version, len(dry.problems)) == (REGION, "", 2)
    assert all(problem.file_name == "110100.json" and problem.rule and problem.message for problem in dry.problems)
    assert REGION not in kit.rules.regions()
    with refused(Reason.REGION_UNKNOWN):
        await get_policy(kit)


@pytest.mark.parametrize("document", [b"{", b"[]", b"{}", b"\xff", b"null", b'{"region_code": 7}', b"[" * 5000])
@over_stores
async def test_what_is_no_policy(kit: Kit, document: bytes) -> None:
    with refused(Reason.POLICY_INVALID, file="110100.json"):
        await put_policy(kit, document)
    dry = await put_policy(kit, document, dry_run=True)
    assert dry.problems and not dry.region_code


@over_stores
async def test_dry_run_publishes_nothing(kit: Kit) -> None:
    dry = await put_policy(kit, policy_text(), dry_run=True, request_id="one")
    assert (dry.region_code, dry.policy_version, list(dry.problems)) == (REGION, "2026-01", [])
    assert kit.rules.regions() == []
    # Nothing was journalled, so the request id is still free.
    assert not (await put_policy(kit, policy_text(), request_id="one")).replayed
    assert (await put_policy(kit, policy_text(), request_id="one")).replayed


@over_stores
async def test_policy_without_a_version_is_called_by_its_hash(kit: Kit) -> None:
    document = {key: value for key, value in POLICY.items() if key != "version"}
    version = (await put_policy(kit, orjson.dumps(document))).policy_version
    assert len(version) == 16
    assert (await get_policy(kit, version)).document == orjson.dumps(document)


@over_stores
async def test_policy_size(kit: Kit) -> None:
    for field, values in (
        ("document", {"document": b""}),
        ("document", {"document": b" " * ((1 << 20) + 1)}),
        ("file_name", {"file_name": ""}),
    ):
        with refused(Reason.FIELD_INVALID, field=field):
            await put_policy(kit, **({"document": policy_text()} | values))


def test_what_was_put_is_there_after_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")

    async def before() -> str:
        async with running_gateway(path) as kit:
            await kit.furnish()
            return (await kit.put_party("other", enums_pb2.ROLE_CHANNEL)).token

    async def after(token: str) -> None:
        async with running_gateway(path) as kit:
            assert kit.bureau_token is None
            assert party_of_token(kit, token) == "other"
            assert kit.rules.regions() == [REGION]
            assert [row.institution_id for row in kit.directory.institutions()] == ["H1"]

    asyncio.run(after(asyncio.run(before())))


def test_bureau_is_admitted_once() -> None:
    async def run() -> None:
        async with running_gateway() as kit:
            assert party_of_token(kit, kit.bureau_token or "") == "bureau"
            assert ensure_bureau(kit.store, kit.secrets, kit.clock) is None

    asyncio.run(run())


def test_bureau_with_a_given_token() -> None:
    store = SqliteStore.open(None)
    kit = Kit(store, ManualClock(NOW_MS))
    store.close()
    other = SqliteStore.open(None)
    assert ensure_bureau(other, kit.secrets, kit.clock, "a token of sixteen") == "a token of sixteen"
    (row,) = other.parties()
    assert row.token_hash == kit.secrets.token_hash("a token of sixteen")
    other.close()
