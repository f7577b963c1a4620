"""What every store promises, held against each implementation."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.accounts import ACCOUNT_COLUMNS
from core.order import Order
from core.plans.enrolment import ENROLMENT_COLUMNS
from gateway.stores.base import (
    ActivationRow,
    CatalogueRow,
    EventRow,
    InstitutionRow,
    LastBatch,
    OrderTexts,
    PartyRow,
    PersonRow,
    PlanRow,
    PolicyRow,
    StoreBroken,
    StoreUnusable,
)
from gateway.stores.sqlite_store import SqliteStore


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(None if request.param == "memory" else str(tmp_path / "store.db"))
    yield opened
    opened.close()


def party(key: int = 1) -> PartyRow:
    return PartyRow(key, f"party-{key}", 1, "Party", 0, 1, bytes([key]) * 16, 5, 5)


def institution(key: int = 7) -> InstitutionRow:
    return InstitutionRow(key, f"H{key}", 1, "Hospital", 4, 110100, 0, 1, 5, "1,2", 5)


def order(order_id: int, **values: int) -> tuple[tuple[Any, ...], OrderTexts]:
    fields = {"order_id": order_id, "institution_id": 7, "state": 1, "total_fen": 100, "in_scope_fen": 100}
    fields |= {"expires_at_ms": order_id} | values
    return Order(**fields).stored_row(), OrderTexts(f"NO-{order_id}", None, order_id.to_bytes(8, "big"), b"details", "")


def event(seq: int, order_id: int = 0, request_key: bytes = b"") -> EventRow:
    fields = b"fields" if request_key else b""
    return EventRow(seq, seq, 1000 + seq, 20, "Test", 1, order_id, 0, 3, 7, 0, 0, b"facts", request_key, fields)


POLICY = PolicyRow(11, 110100, "v1", "a.json", b"{}", 5, "d1")


def furnish(store: SqliteStore) -> None:
    """One committed batch with a row of each kind."""
    store.begin()
    store.put_party(party())
    store.put_institution(institution())
    store.insert_policy(POLICY)
    store.put_persons([PersonRow(21, 110100, "P1", b"id", b"name", b"phone")])
    store.insert_orders([order(order_id) for order_id in range(1, 1501)])
    store.write_accounts([tuple((dict.fromkeys(ACCOUNT_COLUMNS, 0) | {"person_id": 21}).values())])
    store.insert_events([event(1, order_id=1, request_key=b"key-1"), *(event(seq, order_id=seq) for seq in (2, 3))])
    store.commit()


def test_an_empty_store_ends_at_zero(store: SqliteStore) -> None:
    assert store.last_batch() == LastBatch(0, 0, 0)
    assert store.parties() == store.institutions() == store.policies_activated() == []


def test_what_was_committed_is_found(store: SqliteStore) -> None:
    furnish(store)
    assert store.last_batch() == LastBatch(3, 3, 1003)
    assert store.parties() == [party()]
    assert store.institutions() == [institution()]
    assert store.policy_version(11) == "v1"
    assert store.persons_by_no([(110100, "P1"), (110100, "P2")]).keys() == {(110100, "P1")}
    assert store.answers([b"key-1", b"key-2"]) == {b"key-1": event(1, order_id=1, request_key=b"key-1")}
    assert store.order_ids_by_no([(7, "NO-5"), (8, "NO-5")]) == {(7, "NO-5"): 5}
    assert store.order_ids_by_code([(9).to_bytes(8, "big")]) == {(9).to_bytes(8, "big"): 9}


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_any_number_of_keys_is_one_query(store: SqliteStore, count: int) -> None:
    furnish(store)
    found = store.orders(range(1, count + 1))
    assert [row.order_id for row, _ in found] == list(range(1, count + 1))
    assert all(texts.details == b"details" for _, texts in found)


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_every_query_by_keys_takes_any_number_of_them(store: SqliteStore, count: int) -> None:
    furnish(store)
    numbers = range(1, count + 1)
    numbered = [(7, f"NO-{number}") for number in numbers]
    hashes = [number.to_bytes(8, "big") for number in numbers]
    assert store.order_ids_by_no(numbered) == dict(zip(numbered, numbers, strict=True))
    assert store.order_ids_by_code(hashes) == dict(zip(hashes, numbers, strict=True))
    queries: list[tuple[Callable[[Any], Any], list[Any]]] = [
        (store.answers, hashes),
        (store.pay_codes, hashes),
        (store.bindings, list(numbers)),
        (store.family_links, list(numbers)),
        (store.order_ids_by_channel_no, numbered),
        (store.receipts, numbered),
        (store.refunds, numbered),
        (store.credits, numbered),
        (store.used_elsewhere, numbered),
        (store.persons_by_no, numbered),
        (store.catalogue, numbered),
    ]
    for query, keys in queries:
        assert query(keys) == {}, query
    assert store.persons_by_id_hash([(110100, key) for key in hashes]) == []
    assert len(store.persons_by_id_hash([(110100, b"id"), (310000, b"id"), *((110100, key) for key in hashes)])) == 1
    assert store.accounts(numbers) == ([] if count < 21 else store.accounts([21]))


def test_of_a_catalogue_entry_the_form_put_last_stands_and_the_others_stay(store: SqliteStore) -> None:
    def form(valid_from: int, batch: int, **values: Any) -> CatalogueRow:
        row = CatalogueRow(110100, "X'1", valid_from, batch, 99_999_999, 2, 100_000, -1, 0, "药")
        return row._replace(**values)

    put = [form(5, 9), form(5, 10, self_pay_ppm=7), form(3, 11), form(5, 9, item_code="x'1"), form(5, 9, region=310100)]
    for row in put:  # one by one: what was put stands whatever comes beside it
        store.begin()
        store.insert_catalogue([row])
        store.commit()
    found = store.catalogue([(110100, "X'1"), (110100, "x'1"), (310100, "X'1"), (310100, "X'2")])
    assert found == {(110100, "X'1"): [put[2], put[1]], (110100, "x'1"): [put[3]], (310100, "X'1"): [put[4]]}
    with contextlib.closing(store.reader()) as reader:
        assert reader.catalogue([(310100, "X'1")]) == {(310100, "X'1"): [put[4]]}
        assert reader._db.execute("SELECT count(*) FROM catalogue").fetchone()[0] == len(put)
    store.begin()
    store.insert_catalogue([form(5, 12, self_pay_ppm=8)])
    assert store.catalogue([(110100, "X'1")])[110100, "X'1"][1].self_pay_ppm == 8  # the batch's own
    store.rollback()
    assert store.catalogue([(110100, "X'1")])[110100, "X'1"] == [put[2], put[1]]


@pytest.mark.parametrize(
    "values",
    [
        {"batch": 1},
        {"batch": 2, "item_class": 4},
        {"batch": 2, "self_pay_ppm": 1_000_001},
        {"batch": 2, "valid_to": 3},
        {"batch": 2, "price_limit_fen": -2},
        {"batch": 2, "deductible_exempt": 2},
    ],
)
def test_a_catalogue_entry_that_cannot_be_is_refused(store: SqliteStore, values: dict[str, int]) -> None:
    good = CatalogueRow(110100, "X1", 5, 1, 4, 1, 0, -1, 0, "")
    store.begin()
    store.insert_catalogue([good])
    with pytest.raises(sqlite3.IntegrityError):
        store.insert_catalogue([good._replace(**values)])
    store.rollback()


def test_the_largest_keys_and_any_text_are_found(store: SqliteStore) -> None:
    furnish(store)
    largest, text = (1 << 63) - 1, "号 'x\" \\ %_ {}"
    row, texts = order(largest, channel_id=largest)
    store.begin()
    store.insert_orders([(row, texts._replace(institution_order_no=text, channel_order_no=text))])
    assert store.order_ids_by_no([(7, text)]) == {(7, text): largest}
    assert store.order_ids_by_channel_no([(largest, text)]) == {(largest, text): largest}
    ((found, found_texts),) = store.orders([largest])
    assert (found.order_id, found_texts.channel_order_no) == (largest, text)
    store.rollback()


def test_a_reader_sees_each_commit_and_only_whose_it_asks_for(store: SqliteStore) -> None:
    furnish(store)
    with contextlib.closing(store.reader()) as reader:
        for seq in range(4, 30):
            store.begin()
            store.insert_events([event(seq, order_id=seq)])
            store.commit()
            assert reader.events_after(seq - 1, 10)[0][0] == event(seq, order_id=seq)
        assert [row.seq for row, _ in reader.events_after(3, 5, channel_id=3, institution_keys=[7])] == [4, 5, 6, 7, 8]
        assert reader.events_after(3, 5, channel_id=3, institution_keys=[8]) == []
        assert len(reader.events_after(3, 5, institution_keys=[8, 7])) == 5


def test_the_journal_of_one_party_is_read_by_an_index(store: SqliteStore) -> None:
    seen: list[str] = []
    with contextlib.closing(store.reader()) as reader:
        reader._db.set_trace_callback(seen.append)
        reader.events_after(5, 10, channel_id=3)
        reader.events_after(5, 10, institution_keys=[7])
        reader._db.set_trace_callback(None)
        plans = [str(reader._db.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()) for query in seen]
    assert "events_of_channel" in plans[0]
    assert "events_of_institution" in plans[1]


def test_a_rolled_back_batch_left_no_trace(store: SqliteStore) -> None:
    furnish(store)
    store.begin()
    assert not store.dirty
    store.put_party(party(2))
    store.insert_events([event(4)])
    assert store.dirty
    store.rollback()
    assert store.last_batch().seq == 3
    assert len(store.parties()) == 1


def test_a_savepoint_is_undone_alone(store: SqliteStore) -> None:
    store.begin()
    store.put_party(party(1))
    with pytest.raises(KeyError), store.savepoint():
        store.put_party(party(2))
        raise KeyError
    with store.savepoint():
        store.put_party(party(3))
    store.commit()
    assert [row.party_key for row in store.parties()] == [1, 3]


def test_orders_that_are_due_come_longest_overdue_first(store: SqliteStore) -> None:
    furnish(store)
    assert store.due_orders(4, (0, 0), 3) == [(1, 1), (2, 2), (3, 3)]
    assert store.due_orders(4, (3, 3), 3) == [(4, 4)]
    assert store.due_orders(4, (3, 2), 3) == [(3, 3), (4, 4)]
    assert store.due_orders(0, (0, 0), 3) == []


def test_requests_are_forgotten_by_age_a_page_at_a_time(store: SqliteStore) -> None:
    furnish(store)
    store.begin()
    keys = [bytes([number]) for number in range(10)]
    store.insert_events([event(4 + number, request_key=key) for number, key in enumerate(keys)])
    # Events 1 to 3 come first; only the first of them answers a request.
    assert store.forget_requests(1_009, 4) == 4
    assert store.forget_requests(1_009, 30) == 4
    assert store.forget_requests(1_009, 30) == 0
    store.commit()
    assert store.answers([b"key-1", *keys]).keys() == set(keys[5:])


def test_to_forget_requests_looks_at_old_events_only(store: SqliteStore) -> None:
    furnish(store)
    store.begin()
    store.insert_events([event(number, request_key=number.to_bytes(8, "big")) for number in range(4, 20_000)])
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    store._db.set_progress_handler(step, 1_000)
    assert store.forget_requests(1_003, 100) == 2
    store._db.set_progress_handler(None, 0)
    assert steps < 10, "thousands of instructions for two old events: it went through the journal"
    store.commit()


def test_an_update_leaves_what_never_changes_of_an_order_alone(store: SqliteStore) -> None:
    furnish(store)
    row, texts = order(
        1, state=6, institution_id=8, pooled_fen=100, version=9, person_id=21, channel_id=5, binding_id=4
    )
    store.begin()
    store.update_orders([(row, texts._replace(channel_order_no="W1", cancel_reason="why", institution_order_no="X"))])
    store.commit()
    ((found, told),) = store.orders([1])
    assert (found.state, found.pooled_fen, found.version) == (6, 100, 9)
    assert store.order_ids_by_no([(7, "NO-1"), (8, "NO-1"), (7, "X")]) == {(7, "NO-1"): 1}
    assert (found.person_id, found.channel_id, found.binding_id) == (21, 5, 4)
    assert (told.channel_order_no, told.cancel_reason, told.institution_order_no) == ("W1", "why", "NO-1")


@pytest.mark.parametrize(
    "values",
    [
        {"state": 6, "pooled_fen": 50, "cash_fen": 49},
        {"state": 6, "pooled_fen": 101, "cash_fen": -1},
        {"state": 6, "in_scope_fen": 40, "pooled_fen": 41, "cash_fen": 59},
    ],
    ids=["payers", "negative", "fund out of scope"],
)
def test_an_order_that_does_not_add_up_is_kept_out(store: SqliteStore, values: dict[str, int]) -> None:
    store.begin()
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        store.insert_orders([order(1, **values)])
    store.rollback()


@pytest.mark.parametrize("column", ["current_year_fen", "held_fen", "outpatient_pooled_fen", "stay_count"])
def test_an_account_below_zero_is_kept_out(store: SqliteStore, column: str) -> None:
    store.begin()
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        store.write_accounts([tuple((dict.fromkeys(ACCOUNT_COLUMNS, 0) | {"person_id": 1, column: -1}).values())])
    store.rollback()


def test_a_number_is_an_institutions_once_and_for_good(store: SqliteStore) -> None:
    furnish(store)
    row, texts = order(9000)
    store.begin()
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        store.insert_orders([(row, texts._replace(institution_order_no="NO-1"))])
    store.rollback()


def test_a_reader_sees_committed_batches_only(tmp_path: Path) -> None:
    store = SqliteStore.open(str(tmp_path / "store.db"))
    furnish(store)
    reader = store.reader()
    store.begin()
    store.insert_events([event(4, order_id=4)])
    assert [row.seq for row, _ in reader.events_after(0, 10, channel_id=3)] == [1, 2, 3]
    store.commit()
    assert [row.seq for row, _ in reader.events_after(1, 2, channel_id=3)] == [2, 3]
    assert [row.seq for row, _ in reader.events_after(3, 10, institution_keys=[7])] == [4]
    assert reader.events_after(0, 10, channel_id=99) == []
    reader.close()
    store.close()


def test_a_file_opened_again_has_everything_and_one_owner(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")
    store = SqliteStore.open(path)
    furnish(store)
    with pytest.raises(StoreUnusable, match="in use by another gateway"):
        SqliteStore.open(path)
    store.close()
    again = SqliteStore.open(path)
    assert again.last_batch() == LastBatch(3, 3, 1003)
    assert len(again.orders(range(1, 1501))) == 1500
    again.close()


@pytest.mark.parametrize(
    "write",
    [
        lambda store: store.put_party(party(2)),
        lambda store: store.set_order_texts(1, order(1)[1]),
        lambda store: store.put_order_lines(1, b"lines"),
        lambda store: store.insert_orders([order(2_000)]),
        lambda store: store.insert_events([event(9)]),
        lambda store: store.forget_requests(9_999, 10),
        lambda store: store.insert_credits([(1, "C", 2, 3, 4, 5, 6, 7)]),
    ],
)
def test_any_write_that_the_disk_refuses_says_so_as_the_store(
    store: SqliteStore, write: Callable[[SqliteStore], Any]
) -> None:
    furnish(store)
    store.begin()
    store._db.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreBroken, match="SQLITE_READONLY"):
        write(store)
    store._db.execute("PRAGMA query_only = OFF")
    store.rollback()


def test_a_damaged_page_says_so_as_the_store(store: SqliteStore) -> None:
    furnish(store)
    store._db.execute("PRAGMA writable_schema = ON")
    store._db.execute("UPDATE sqlite_schema SET rootpage = 1 WHERE name IN ('events', 'requests')")
    with pytest.raises(StoreBroken, match="SQLITE_CORRUPT"):
        store.reader()


def test_a_draft_is_found_by_its_names_and_is_in_force_nowhere(store: SqliteStore) -> None:
    furnish(store)
    newer = PolicyRow(12, 110100, "v1", "b.json", b"[]", 6, "d2")
    store.begin()
    store.insert_policy(newer)
    store.insert_policy(PolicyRow(13, 310100, "v1", "c.json", b"{}", 7, "d1"))
    store.commit()
    assert store.policies(110100) == [POLICY, newer]
    assert store.policy(110100, "v1") == newer
    assert store.policy(110100, "v2") is None
    assert store.policy_by_digest(110100, "d1") == store.policy_by_id(11) == POLICY
    assert store.policy_by_digest(110100, "d3") is None
    assert store.policies_activated() == store.activations(110100) == []
    store.begin()
    store.insert_policy(POLICY._replace(put_at_ms=9, file="other.json"))  # again: only its time is another
    store.commit()
    assert store.policies(110100) == [newer, POLICY._replace(put_at_ms=9)]


def test_activations_are_told_in_their_order_and_seen_by_readers_once_committed(store: SqliteStore) -> None:
    furnish(store)
    other, away = PolicyRow(12, 110100, "v2", "b.json", b"[]", 6, "d2"), PolicyRow(13, 310100, "x", "c", b"1", 6, "d3")
    rows = [
        ActivationRow(110100, batch, policy, batch * 10, f"r{batch}", b"{}") for batch, policy in ((4, 11), (5, 12))
    ]
    store.begin()
    store.insert_policy(other)
    store.insert_policy(away)
    for row in [*rows, ActivationRow(310100, 4, 13, 40, "", b""), ActivationRow(110100, 6, 11, 60, "r6", b"{}")]:
        store.insert_activation(row)
    assert store.activations(110100)[:2] == rows
    store.commit()
    with contextlib.closing(store.reader()) as reader:
        assert reader.policies_activated(110100) == [POLICY, other, POLICY]
        assert reader.policies_activated() == [POLICY, away, other, POLICY]
    store.begin()
    with pytest.raises(sqlite3.IntegrityError):
        store.insert_activation(rows[0])  # one a batch and region
    with pytest.raises(sqlite3.IntegrityError):
        store.insert_policy(PolicyRow(14, 110100, "v3", "d.json", b"[]", 6, "d2"))  # one document, one policy
    store.rollback()


def test_a_reader_pages_the_payments_backwards(store: SqliteStore) -> None:
    furnish(store)
    store.begin()
    store.insert_events([event(seq, order_id=seq)._replace(kind=4 if seq % 2 else 3) for seq in range(4, 12)])
    store.commit()
    with contextlib.closing(store.reader()) as reader:
        assert [seq for seq, _ in reader.paid_orders(12, 2)] == [11, 9]
        assert [seq for seq, _ in reader.paid_orders(9, 10)] == [7, 5]
        assert reader.paid_orders(5, 10) == []
        assert (reader.last_seq(), reader.time_after(10), reader.time_after(11)) == (11, 1011, None)


def test_plans_and_who_has_them(store: SqliteStore) -> None:
    furnish(store)
    first = PlanRow(5, "city", "2026-01-01", "a.json", b"{}", "d1", 1)
    other = first._replace(plan_key=6, digest="d2", batch=2)
    enrolment = (21, "city", 1, *range(1, len(ENROLMENT_COLUMNS) - 2))
    store.begin()
    for row in (first, other, first._replace(batch=3)):
        store.insert_plan(row)
    store.write_enrolments([enrolment])
    store.commit()
    assert store.plans() == [other, first._replace(batch=3)], "the one put last comes last"
    assert store.enrolments([20, 21]) == [enrolment] and store.enrolments([]) == []
    changed = (*enrolment[:-1], 99)
    store.begin()
    store.write_enrolments([changed])
    store.commit()
    assert store.enrolments([21]) == [changed]
    store.begin()
    with pytest.raises((sqlite3.IntegrityError, StoreBroken)):
        store.write_enrolments([(*enrolment[:-1], -1)])
    store.rollback()
