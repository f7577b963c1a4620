"""Who lives in the made-up region: persons with habits, and the institutions they go to."""

import random
from typing import NamedTuple

HOME, NEIGHBOUR, FAR = 110100, 130100, 310100
PERSON_ID_BASE, INSTITUTION_ID_BASE = 1_000_000, 5_000
# Micro-degrees: the middle of each region, and how far its places lie from it.
_MIDDLES = {HOME: (39_900_000, 116_400_000), NEIGHBOUR: (38_040_000, 114_510_000), FAR: (31_230_000, 121_470_000)}
_SPREAD_E6 = 180_000
_CHRONIC_SHARE, _FAMILY_SHARE, _TRAVELLER_SHARE, _TWO_CITIES_SHARE = 0.3, 0.25, 0.12, 0.02


class Institution(NamedTuple):
    """Somebody who bills. `level`: InstitutionLevel; pharmacies have 6."""

    institution_id: int
    region: int
    level: int
    latitude_e6: int
    longitude_e6: int

    @property
    def is_pharmacy(self) -> bool:
        return self.level == 6


class Person(NamedTuple):
    """Somebody insured, and how they live."""

    person_id: int
    birth_date: int  # yyyymmdd
    chronic: bool
    latitude_e6: int
    longitude_e6: int
    device: int  # that of the family where one pays for all
    channel: int
    assurance: int  # how they log in, mostly
    uses_account: bool
    account_fen: int
    hospitals: tuple[int, ...]  # indexes of institutions, the usual one first
    pharmacies: tuple[int, ...]
    travels: bool
    second_region: int  # 0: lives in one city
    bound_day: int  # day of the year on which the binding was made; negative: before it


def make_institutions(rng: random.Random, count: int) -> list[Institution]:
    """Two of three are pharmacies and community centres; nine of ten are in the home region."""
    found = []
    for index in range(count):
        region = HOME if index % 10 else (NEIGHBOUR, FAR)[index // 10 % 2]
        level = rng.choices((1, 2, 3, 4, 6), (20, 8, 8, 6, 58))[0]
        found.append(Institution(INSTITUTION_ID_BASE + index, region, level, *_place(rng, region)))
    return found


def make_people(rng: random.Random, count: int, institutions: list[Institution]) -> list[Person]:
    """Persons near the middle of the home region, some of them in families that share a phone."""
    home = [index for index, one in enumerate(institutions) if one.region == HOME]
    hospitals = [index for index in home if not institutions[index].is_pharmacy]
    pharmacies = [index for index in home if institutions[index].is_pharmacy]
    found: list[Person] = []
    for index in range(count):
        latitude, longitude = _place(rng, HOME)
        device, channel = rng.getrandbits(62) | 1, rng.choices((1, 2, 3, 4), (50, 35, 10, 5))[0]
        if found and rng.random() < _FAMILY_SHARE:
            latitude, longitude, device, channel = found[-1][3:7]
        age = min(95, max(1, int(rng.gauss(46, 20))))
        chronic = rng.random() < _CHRONIC_SHARE * (2.2 if age >= 60 else 0.6)
        found.append(
            Person(
                PERSON_ID_BASE + index,
                (2026 - age) * 10_000 + rng.randint(1, 12) * 100 + rng.randint(1, 28),
                chronic,
                latitude,
                longitude,
                device,
                channel,
                rng.choices((1, 2, 3, 4), (15, 50, 20, 15))[0],
                rng.random() < 0.8,
                rng.choice((0, 30_000, 120_000, 300_000, 600_000)),
                tuple(rng.sample(hospitals, 3)),
                tuple(rng.sample(pharmacies, 3)),
                rng.random() < _TRAVELLER_SHARE,
                NEIGHBOUR if rng.random() < _TWO_CITIES_SHARE else 0,
                rng.randint(-400, 300) if rng.random() < 0.2 else -400,
            )
        )
    return found


def _place(rng: random.Random, region: int) -> tuple[int, int]:
    middle = _MIDDLES[region]
    return middle[0] + int(rng.gauss(0, _SPREAD_E6)), middle[1] + int(rng.gauss(0, _SPREAD_E6))
