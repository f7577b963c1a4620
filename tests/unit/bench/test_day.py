"""The clinic's day, and how a soak is judged."""

from collections import Counter

import pytest

from bench.load import day
from bench.load.figures import spread, yuan
from bench.load.watch import Sample
from bench.soak.judge import JUDGED_S, SLOPE_KIB_MAX, size_of, slope


def test_the_day_has_a_crowd_two_morning_peaks_a_lunch_and_an_afternoon_peak() -> None:
    shares = {stage.name: stage.share for stage in day.STAGES}
    crowd = day.stage_at(7.1)
    assert crowd is not None and crowd.share == max(shares.values()) and "Registration" in crowd.kinds
    assert shares["first morning peak"] > shares["between the peaks"] < shares["second morning peak"]
    assert shares["second morning peak"] > shares["lunch"] < shares["afternoon peak"]
    before, full = day.stage_at(6.6), day.stage_at(7.6)
    assert before is not None and full is not None and full.share <= before.share, "or the crowd would stay all morning"
    hours = [stage.until_h for stage in day.STAGES]
    assert hours == sorted(hours) and hours[-1] == day.CLOSES_H


@pytest.mark.parametrize(
    ("minutes", "passed_s", "clock"), [(4, 0, "06:30"), (4, 120, "12:15"), (0.5, 30, "18:00"), (11.5, 60, "07:30")]
)
def test_minutes_stand_for_hours(minutes: float, passed_s: float, clock: str) -> None:
    assert day.clock(day.hour_at(passed_s, minutes)) == clock


def test_a_day_of_some_seconds_leaves_no_peak_out() -> None:
    seen = [day.stage_between(before, before + 2.0) for before in (6.5, 8.5, 10.5, 12.2, 14.0)]
    assert [stage.name for stage in seen if stage] == [
        "registration opens", "first morning peak", "second morning peak", "early afternoon", "afternoon peak",
    ]  # fmt: skip
    assert day.stage_between(17.9, day.CLOSES_H) is None
    assert day.users_at(day.STAGES[1], 200, 4.0) == (200, 100.0)


def test_the_clinic_closes() -> None:
    assert day.stage_at(day.CLOSES_H) is None


def samples(kib_a_second: float, descriptors_grow: bool, seconds: int = int(JUDGED_S) + 60) -> list[Sample]:
    return [
        Sample(
            1_000.0 + at, 0.5, int(64 * 2**20 + 1_024 * kib_a_second * at), 30 + (at // 10 * descriptors_grow), 20, 0.2
        )
        for at in range(seconds)
    ]


@pytest.mark.parametrize(
    ("kib_a_second", "descriptors_grow", "flat", "kept"),
    [
        (0.0, False, True, True),
        (SLOPE_KIB_MAX / 60 * 0.9, False, True, True),
        (SLOPE_KIB_MAX / 60 * 1.1, False, False, True),
        (0.0, True, True, False),
    ],
)
def test_a_leak_is_told_from_a_steady_size(kib_a_second: float, descriptors_grow: bool, flat: bool, kept: bool) -> None:
    size = size_of(samples(kib_a_second, descriptors_grow))
    assert (size.flat, size.kept) == (flat, kept)
    assert size.slope_kib == pytest.approx(kib_a_second * 60, abs=1)


def test_a_few_seconds_say_nothing_about_memory() -> None:
    assert size_of(samples(1_000.0, False, seconds=9)).flat is None


def test_a_slope_needs_two_points() -> None:
    assert slope([(1.0, 5.0)]) == 0.0
    assert slope([(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]) == 2.0


def test_percentiles_of_counts() -> None:
    assert spread(Counter({100: 50, 200: 45, 900: 5})) == {"p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 9.0, "max_ms": 9.0}
    assert (yuan(123_456), yuan(-5)) == ("1,234.56", "-0.05")
