"""`medsettle policy put`, `activate` and `versions` against a gateway on a socket: what they print and refuse."""

import asyncio
import copy
import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.bootstrap import running
from gateway.cli import policy
from gateway.cli.policy.publish import TOKEN_VARIABLE
from gateway.config import Config
from tests.unit.policy.documents import good

TOKEN = "mst_policy_clerks_token"


def run(*arguments: str) -> int:
    parser = ArgumentParser()
    policy.register(parser.add_subparsers())
    args = parser.parse_args(["policy", *arguments])
    status: int = args.run(args)
    return status


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with two versions of a policy and a case, and the bureau's token in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    later = copy.deepcopy(good()) | {"version": "later", "effective_from": "2026-07-01"}
    case = {
        "insured_region": "990100", "treatment_region": "990100", "scheme": "employee", "referral": "local",
        "service": "outpatient", "service_date": "2024-08-01", "person": {"status": "active", "age": 40},
        "institution": {"level": "level3"}, "lines": [{"amount_fen": 100_000, "class": "A"}],
    }  # fmt: skip
    for name, content in (("first.json", good()), ("later.json", later), ("cases.json", [case])):
        (tmp_path / name).write_bytes(orjson.dumps(content))
    return tmp_path


def at_a_gateway(folder: Path, steps: list[tuple[list[str], int]]) -> None:
    """Runs commands one after another against one gateway and holds them to their statuses."""

    async def whole() -> None:
        config = Config(listen="127.0.0.1:0", store=f"sqlite:{folder}/store.db", bootstrap_token=TOKEN)
        async with running(config) as gateway:
            for arguments, status in steps:
                address = ["--gateway", f"127.0.0.1:{gateway.port}"] if arguments[0] != "replay" else []
                assert await asyncio.to_thread(run, *arguments, *address) == status, arguments

    asyncio.run(whole())


def test_from_a_draft_to_a_second_version(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = f"sqlite:{folder}/store.db"
    over_cases = ["replay", "later.json", "--store", store, "--cases", "cases.json", "--report", "r.json"]
    at_a_gateway(
        folder,
        [
            (["put", "first.json"], 0),
            (["put", "first.json"], 0),
            (["versions", "990100"], 0),
            (["activate", "first.json"], 0),
            (["put", "later.json"], 0),
            (over_cases, 0),
            (["activate", "later.json", "--report", "r.json", "--cases", "cases.json"], 0),
            (["activate", "later.json", "--report", "r.json", "--cases", "cases.json"], 0),
        ],
    )
    lines = capsys.readouterr().out.splitlines()
    digests = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("first.json", "later.json")]
    draft = f"draft: version 2025-01 of region 990100, document {digests[0]}"
    assert lines[:3] == [
        draft,
        draft,
        f"  2025-01: draft, from its beginning to further notice, document {digests[0][:12]}",
    ]
    in_force = [
        "in force in region 990100:",
        f"  2025-01: in force, from its beginning to 2026-07-01, document {digests[0][:12]}",
        f"  later: in force, from 2026-07-01 to further notice, document {digests[1][:12]}",
    ]
    assert lines[-6:] == in_force * 2


def test_bills_left_without_a_price_are_to_be_seen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without = copy.deepcopy(good()) | {"version": "without", "effective_from": "2026-07-01"}
    for service in ("outpatient", "pharmacy"):  # the second is as the first
        del without["schemes"]["employee"][service]
    (folder / "without.json").write_bytes(orjson.dumps(without))
    over_cases = ["replay", "without.json", "--store", f"sqlite:{folder}/store.db", "--cases", "cases.json"]
    activate = ["activate", "without.json", "--report", "r.json", "--cases", "cases.json"]
    at_a_gateway(
        folder,
        [
            (["put", "first.json"], 0),
            (["activate", "first.json"], 0),
            (["put", "without.json"], 0),
            ([*over_cases, "--report", "r.json"], 0),
            (activate, 1),
            ([*activate, "--accept-unpriced", "-1"], 2),
            ([*activate, "--accept-unpriced", "1"], 0),
        ],
    )
    printed = capsys.readouterr()
    assert "the draft leaves 1 bill without a price: they would be refused (--accept-unpriced)" in printed.out
    refused, unusable = printed.err.splitlines()
    assert "refused: BILLS_LEFT_UNPRICED: the draft has no price for 1 bill of the replay" in refused
    assert unusable.endswith("--accept-unpriced is the number of bills that the report says have no price")


def test_refusals_and_what_cannot_be_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept: dict[str, Any] = {"report_digest": "0" * 64, "report": {"source": {"kind": "cases", "cases_digest": "x"}}}
    (folder / "r.json").write_bytes(orjson.dumps(kept))
    steps = [
        (["activate", "first.json"], 1, "refused: POLICY_NOT_FOUND: region 990100 has no document with this digest"),
        (["put", "none.json"], 2, "none.json: cannot be read"),
        (["activate", "cases.json"], 2, "cases.json: is no policy"),
        (["activate", "first.json", "--report", "cases.json"], 2, "cases.json: is no report"),
        (["activate", "first.json", "--report", "r.json"], 2, "the replay was over cases: name their file"),
        (["versions", "99"], 1, "refused: FIELD_INVALID: region_code"),
    ]
    at_a_gateway(folder, [(arguments, status) for arguments, status, _ in steps])
    printed = capsys.readouterr()
    assert printed.out == ""
    for line, (arguments, _, said) in zip(printed.err.splitlines(), steps, strict=True):
        assert line.startswith(f"medsettle policy {arguments[0]}: ") and said in line, line


def test_without_a_token(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    assert run("put", "first.json") == 2
    assert capsys.readouterr().err == f"medsettle policy put: set {TOKEN_VARIABLE} to the bureau's token\n"
