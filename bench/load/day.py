"""A clinic's day in a few minutes: how many users there are at which hour, and of which kinds."""

from typing import NamedTuple

OPENS_H, CLOSES_H = 6.5, 18.0


class Stage(NamedTuple):
    """A part of the day.

    Attributes:
        until_h: hour at which it ends, 9.5 for 09:30.
        share: of the users that there are at most.
        kinds: of users that come while it lasts.
    """

    name: str
    until_h: float
    share: float
    kinds: tuple[str, ...]


_EVERYDAY = ("PatientApp", "HospitalTill", "Pharmacy", "BatchChannel")
_FLASH = ("Registration", "PatientApp", "HospitalTill")
STAGES = (
    Stage("before opening", 7.0, 0.10, _EVERYDAY),
    Stage("registration opens", 7.5, 1.00, _FLASH),
    # Locust takes users away last come first, and only with their number: so few, and the crowd is gone.
    Stage("registration is full", 7.75, 0.10, _EVERYDAY),
    Stage("first patients", 8.25, 0.45, _EVERYDAY),
    Stage("first morning peak", 9.5, 0.95, _EVERYDAY),
    Stage("between the peaks", 10.0, 0.55, _EVERYDAY),
    Stage("second morning peak", 11.25, 0.85, _EVERYDAY),
    Stage("end of the morning", 12.0, 0.45, _EVERYDAY),
    Stage("lunch", 13.5, 0.15, _EVERYDAY),
    Stage("early afternoon", 14.25, 0.50, _EVERYDAY),
    Stage("afternoon peak", 15.75, 0.75, _EVERYDAY),
    Stage("late afternoon", 17.0, 0.40, _EVERYDAY),
    Stage("before closing", CLOSES_H, 0.12, _EVERYDAY),
)


def hour_at(passed_s: float, minutes: float) -> float:
    """The hour of the clinic's day when so many seconds of a run of so many minutes have passed."""
    return OPENS_H + (CLOSES_H - OPENS_H) * passed_s / (minutes * 60)


def stage_at(hour: float) -> Stage | None:
    """The stage of an hour; None once the clinic has closed."""
    return next((stage for stage in STAGES if hour < stage.until_h), None)


def stage_between(before: float, hour: float) -> Stage | None:
    """The busiest stage since an hour before, so that a day of some seconds leaves no peak out; None once closed."""
    last = stage_at(hour)
    if last is None:
        return None
    first = stage_at(before) or last
    return max(STAGES[STAGES.index(first) : STAGES.index(last) + 1], key=lambda stage: stage.share)


def users_at(stage: Stage, users: int, minutes: float) -> tuple[int, float]:
    """How many users a stage has, and how many may come or go a second: a flash crowd comes at once."""
    count = max(len(stage.kinds), round(stage.share * users))
    half_hour_s = minutes * 60 / (CLOSES_H - OPENS_H) / 2
    return count, max(1.0, users / min(2.0 if stage.kinds is _FLASH else 4.0, half_hour_s / 2))


def clock(hour: float) -> str:
    """An hour as it is read: 09:30."""
    minutes = round(hour * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
