"""`serve --sandbox` and the policies that ship: in force on an empty store, drafts where others are in force."""

import asyncio
import importlib.resources
import shutil
from pathlib import Path

import orjson
import pytest

from gateway.bootstrap import Gateway, running
from gateway.config import Config
from gateway.sandbox import fill_sandbox
from gateway.stores.sqlite_store import SqliteStore

BEIJING = 110_100


def start(folder: Path) -> str:
    """One life of a sandbox; gives what it tells a newcomer."""

    async def whole() -> str:
        config = Config(listen="127.0.0.1:0", store=f"sqlite:{folder}/store.db", outbox=f"{folder}/outbox.jsonl")
        async with running(config) as gateway:
            told = await fill_sandbox(gateway)
            assert versions_in_force(gateway) == 1
            return told

    return asyncio.run(whole())


def versions_in_force(gateway: Gateway) -> int:
    """How many versions Beijing has in force."""
    return len(gateway._store.policies_activated(BEIJING))  # type: ignore[attr-defined]


def test_what_ships_is_in_force_at_the_first_start_and_a_draft_after_an_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start(tmp_path)
    assert "is a draft" not in first
    assert [line for line in start(tmp_path).splitlines() if "is a draft" in line] == []
    shipped = tmp_path / "policies"
    shutil.copytree(str(importlib.resources.files("policies")), shipped)
    newer = orjson.loads((shipped / "beijing.json").read_bytes()) | {"version": "2027.01"}
    (shipped / "beijing.json").write_bytes(orjson.dumps(newer))
    monkeypatch.setattr("gateway.sandbox.importlib.resources.files", lambda _: shipped)
    for _ in range(2):
        (waiting,) = [line for line in start(tmp_path).splitlines() if "is a draft" in line]
        assert waiting.startswith("policy beijing.json is a draft")
    store = SqliteStore.open(f"{tmp_path}/store.db")
    assert [row.version for row in store.policies(BEIJING)] == ["2026.11", "2027.01"]
    assert len(store.policies_activated()) == len(list(shipped.glob("*.json")))
    store.close()
