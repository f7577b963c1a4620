"""Honest visits of a year: chronic refills, illness by season, family phones, journeys, new phones, refunds."""

import math
import random
from typing import NamedTuple

from bench.workload.people import HOME, Institution, Person

YEAR_BEGAN_MS = 1_767_196_800_000  # 2026-01-01 00:00 by China's clocks
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DAYS = 365
OUTPATIENT, INPATIENT, PHARMACY = 1, 2, 3
_HOURS = (0, 0, 0, 0, 0, 0, 1, 4, 12, 16, 14, 8, 4, 5, 9, 9, 7, 5, 3, 2, 2, 1, 1, 0)
_HOLIDAYS = (*range(46, 54), *range(121, 126), *range(273, 281))
_REFUND_SHARE, _NEW_PHONE_SHARE = 0.015, 0.25


class Visit(NamedTuple):
    """One payment as it will be made. `label`: the typology it was planted for, empty for an honest one."""

    at_ms: int
    person: int  # index
    institution: int  # index
    service: int
    total_fen: int
    in_scope_fen: int
    use_account: bool
    device: int  # 0: not told
    channel: int
    latitude_e6: int  # both 0: not told
    longitude_e6: int
    assurance: int
    user_present: int
    bound_at_ms: int
    refund_after_ms: int = 0
    label: str = ""


def honest_visits(rng: random.Random, people: list[Person], institutions: list[Institution]) -> list[Visit]:
    """The year of everybody, in no order."""
    found: list[Visit] = []
    away = [index for index, one in enumerate(institutions) if one.region != HOME]
    for index, person in enumerate(people):
        device, changes_on = person.device, DAYS
        if rng.random() < _NEW_PHONE_SHARE:
            changes_on = rng.randrange(DAYS)
        new_device = rng.getrandbits(62) | 1
        trip = range(0)
        if person.travels:
            begins = rng.choice((*_HOLIDAYS, rng.randrange(DAYS)))
            trip = range(begins, begins + rng.randint(3, 10))
        for day in _days(rng, person):
            where = rng.choice(away) if day in trip else _where(rng, person)
            if person.second_region and rng.random() < 0.3:
                where = rng.choice([one for one in away if institutions[one].region == person.second_region])
            phone = device if day < changes_on else new_device
            found.append(one_visit(rng, people, institutions, index, where, moment(rng, day), phone))
            if institutions[where].level < 6 and rng.random() < 0.35:  # the drugs of the prescription, on the way home
                at_ms = found[-1].at_ms + rng.randint(10, 90) * 60_000
                pharmacy = rng.choice(away) if day in trip else person.pharmacies[0]
                if institutions[pharmacy].is_pharmacy:
                    found.append(one_visit(rng, people, institutions, index, pharmacy, at_ms, phone))
    return found


def one_visit(
    rng: random.Random,
    people: list[Person],
    institutions: list[Institution],
    person: int,
    institution: int,
    at_ms: int,
    device: int,
) -> Visit:
    """A visit as this person would make it there."""
    who, where = people[person], institutions[institution]
    service = PHARMACY if where.is_pharmacy else INPATIENT if where.level >= 3 and rng.random() < 0.03 else OUTPATIENT
    middle = {PHARMACY: 6_500, OUTPATIENT: 4_000 * (1 + where.level), INPATIENT: 900_000}[service]
    total_fen = max(300, int(middle * math.exp(rng.gauss(0, 0.7))))
    if rng.random() < 0.04:
        total_fen = max(10_000, total_fen // 10_000 * 10_000)
    told = rng.random() < 0.92
    return Visit(
        at_ms,
        person,
        institution,
        service,
        total_fen,
        total_fen * rng.randint(70, 100) // 100,
        who.uses_account,
        device if told else 0,
        who.channel,
        where.latitude_e6 + rng.randint(-900, 900) if told else 0,
        where.longitude_e6 + rng.randint(-900, 900) if told else 0,
        who.assurance if rng.random() < 0.85 else rng.randint(1, 4),
        1 if rng.random() < 0.97 else 0,
        YEAR_BEGAN_MS + who.bound_day * DAY_MS if who.bound_day * DAY_MS < at_ms - YEAR_BEGAN_MS else at_ms - HOUR_MS,
        rng.randint(1, 48) * HOUR_MS if rng.random() < _REFUND_SHARE else 0,
    )


def moment(rng: random.Random, day: int) -> int:
    """A time of day when people go."""
    return YEAR_BEGAN_MS + day * DAY_MS + rng.choices(range(24), _HOURS)[0] * HOUR_MS + rng.randrange(HOUR_MS)


def _days(rng: random.Random, person: Person) -> list[int]:
    """The days on which somebody goes: refills every month or so, and illness, more of it in winter."""
    days = []
    if person.chronic:
        day = rng.randrange(30)
        while day < DAYS:
            days.append(day)
            day += rng.randint(26, 34)
    illnesses = rng.choices(range(9), (18, 20, 18, 14, 10, 8, 6, 4, 2))[0]
    for _ in range(illnesses):
        day = rng.randrange(DAYS)
        if rng.random() < 0.3 + 0.7 * abs(math.cos(math.pi * day / DAYS)) and not (
            day in _HOLIDAYS and rng.random() < 0.6
        ):
            days += range(day, min(DAYS, day + rng.choices((1, 2, 3), (70, 20, 10))[0] * 4), 4)
    return days


def _where(rng: random.Random, person: Person) -> int:
    if rng.random() < (0.6 if person.chronic else 0.4):
        return person.pharmacies[rng.choices((0, 1, 2), (70, 20, 10))[0]]
    return person.hospitals[rng.choices((0, 1, 2), (60, 30, 10))[0]]
