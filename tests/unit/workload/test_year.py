"""The made-up year: the same by its seed, planted as it says, and paid through the real ledger."""

from collections import Counter

import pytest

from bench.workload.fraud import TYPOLOGIES
from bench.workload.report import FALSE_ALARMS, detection, score, tables, threshold
from bench.workload.training import MODEL_FEATURES, train
from bench.workload.visits import DAY_MS, DAYS, YEAR_BEGAN_MS
from bench.workload.year import Seen, Year, make_year, seen_by_risk
from core.risk.meanings import FEATURES

PERSONS = 3_000


@pytest.fixture(scope="module")
def year() -> Year:
    return make_year(7, PERSONS)


@pytest.fixture(scope="module")
def rows(year: Year) -> list[Seen]:
    return list(seen_by_risk(year))


def of(rows: list[Seen], label: str, feature: str) -> list[int]:
    return [row.features[FEATURES.index(feature)] for row in rows if row.label == label]


def test_a_seed_is_a_year(year: Year) -> None:
    assert make_year(7, PERSONS).digest() == year.digest() != make_year(8, PERSONS).digest()


def test_visits_are_in_time_and_make_sense(year: Year) -> None:
    times = [one.at_ms for one in year.visits]
    assert times == sorted(times) and times[0] >= YEAR_BEGAN_MS and times[-1] < YEAR_BEGAN_MS + DAYS * DAY_MS
    assert all(0 <= one.in_scope_fen <= one.total_fen and one.total_fen > 0 for one in year.visits)
    assert all(one.bound_at_ms < one.at_ms for one in year.visits)


def test_every_typology_is_planted_at_its_rate(year: Year) -> None:
    counts = Counter(one.label for one in year.visits)
    assert set(counts) == {"", *TYPOLOGIES}
    assert 0.004 < 1 - counts[""] / len(year.visits) < 0.02


def test_every_visit_is_paid_and_seen(year: Year, rows: list[Seen]) -> None:
    assert len(rows) == len(year.visits)
    assert [row.at_ms for row in rows] == [one.at_ms for one in year.visits]


@pytest.mark.parametrize(
    ("label", "feature", "least"),
    [
        ("borrowed_cards", "device_persons_24h", 4),
        ("account_takeover", "new_device", 1),
        ("cash_out", "institution_count_1h", 2),
        ("over_supply", "pharmacy_count_7d", 3),
        ("resale_ring", "device_persons_24h", 2),
        ("many_hospitals", "institutions_24h", 4),
        ("impossible_travel", "kmh_since_last", 150),
        ("split_bills", "near_limit_30m", 2),
        ("refund_to_cash", "institution_refunds_24h", 250),
        ("night_burst", "institution_count_10m", 5),
        ("mix_jump", "institution_count_1h", 3),
    ],
)
def test_a_typology_leaves_its_signature(rows: list[Seen], label: str, feature: str, least: int) -> None:
    assert max(of(rows, label, feature)) >= least


def test_a_fresh_binding_is_seen_as_such(rows: list[Seen]) -> None:
    assert max(of(rows, "binding_drain", "binding_age_hours")) <= 5


def test_a_model_is_trained_and_finds_more_than_chance(rows: list[Seen]) -> None:
    bundle = train(rows)
    scored = score(rows, bundle)

    found = detection(scored, "model", threshold(scored, "model", FALSE_ALARMS[-1]))

    assert [one["name"] for one in bundle["features"]] == list(MODEL_FEATURES)
    assert found["all"] > 0.4
    for scorer in ("rules", "model", "both"):
        at = threshold(scored, scorer, 0.01)
        honest = [one for one in scored if not one.seen.label]
        assert sum(one.points[scorer] >= at for one in honest) <= 0.01 * len(honest)
    text = tables(scored, "a test")
    assert all(f"| {name} |" in text for name in TYPOLOGIES)
