"""The insured persons of the demo: the named ones of the story, and a generated crowd. All are made up."""

import datetime
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from gateway.clock import SystemClock, china_day, day_text
from gateway.pb.medsettle.v1 import enums_pb2 as e

CITIES = {
    "110100": "Beijing", "310100": "Shanghai", "440300": "Shenzhen",
    "440100": "Guangzhou", "610200": "Tongchuan", "420100": "Wuhan",
}  # fmt: skip
# Where the year's outpatient deductible is at least so much, in fen: use elsewhere stays below it and fills it.
_DEDUCTIBLE_AT_LEAST = {"110100": 130_000, "310100": 30_000, "610200": 20_000}
_FAMILY_NAMES = ("Zhao", "Qian", "Sun", "Li", "Zhou", "Wu", "Zheng", "Wang", "Feng", "Chen", "Chu", "Wei")
_AGES: dict[int, tuple[int, int]] = {
    e.PERSON_STATUS_RETIRED: (61, 88), e.PERSON_STATUS_STUDENT: (7, 17), e.PERSON_STATUS_ELDER: (61, 90),
}  # fmt: skip
_STATUS_WORDS: dict[int, str] = {
    e.PERSON_STATUS_ACTIVE: "employee", e.PERSON_STATUS_RETIRED: "retired", e.PERSON_STATUS_RESIDENT: "resident",
    e.PERSON_STATUS_STUDENT: "student", e.PERSON_STATUS_ELDER: "elderly resident",
}  # fmt: skip
_GIVEN_NAMES = ("Min", "Hua", "Jun", "Fang", "Lei", "Yan", "Tao", "Jing", "Ning", "Bo", "Qing", "Shan")


class Person(NamedTuple):
    """One insured person.

    Attributes:
        number: makes identity number and phone, from 1.
        current_fen: opening credit of this year's purse; prior_fen: of the purse of earlier years.
        used_fen: in-scope outpatient money of this year, settled elsewhere.
        used_deductible_fen: the part of it that filled the deductible.
    """

    number: int
    name: str
    region: str
    scheme: int
    status: int
    birth_date: str
    current_fen: int = 0
    prior_fen: int = 0
    used_fen: int = 0
    used_deductible_fen: int = 0

    @property
    def person_no(self) -> str:
        """The region's number."""
        return f"DEMO{self.number:06d}"

    @property
    def id_number(self) -> str:
        """18 digits like an identity card's; region 0000 exists nowhere."""
        return f"0000{self.birth_date.replace('-', '')}{self.number:06d}"

    @property
    def phone(self) -> str:
        """11 digits; no number of a Chinese phone begins with 100."""
        return f"1000{self.number:07d}"

    @property
    def kind(self) -> str:
        """What the person is, in words."""
        return _STATUS_WORDS[self.status]

    @property
    def label(self) -> str:
        """Name, city and kind."""
        return f"{self.name}, {CITIES[self.region]} {self.kind}"


_EMPLOYEE, _RESIDENT = e.SCHEME_EMPLOYEE, e.SCHEME_RESIDENT
_ACTIVE, _RETIRED, _ELDER = e.PERSON_STATUS_ACTIVE, e.PERSON_STATUS_RETIRED, e.PERSON_STATUS_ELDER

NAMED = {
    person.name: person
    for person in (
        Person(1, "Lin Mei", "440100", _EMPLOYEE, _ACTIVE, "1988-04-12", 30_000, 5_000),
        Person(2, "Sun Lan", "440300", _EMPLOYEE, _RETIRED, "1955-01-20", 20_000, 800_000),
        Person(3, "Zhou Wei", "610200", _EMPLOYEE, _ACTIVE, "1974-05-30", 10_000),
        Person(4, "Qian Hong", "110100", _EMPLOYEE, _ACTIVE, "1979-07-15", 0, 20_000, 160_000, 160_000),
        Person(5, "Wu Shan", "110100", _EMPLOYEE, _RETIRED, "1950-09-09", 0, 200_000),
        Person(6, "Li Qiang", "420100", _EMPLOYEE, _ACTIVE, "1990-11-08", 0, 1_500),
        Person(7, "Zheng Yu", "310100", _RESIDENT, _ELDER, "1948-02-11"),
        Person(8, "Wang Tao", "420100", _EMPLOYEE, _RETIRED, "1958-06-01", 40_000, 60_000),
        Person(9, "Feng Jing", "310100", _EMPLOYEE, _ACTIVE, "1983-12-24", 60_000, 12_345),
        Person(10, "Chen Bo", "440300", _EMPLOYEE, _ACTIVE, "1995-08-18", 8_000),
    )
}


def now_ms() -> int:
    """The time, in Unix milliseconds."""
    return SystemClock().now_ms()


def today() -> str:
    """The date in China."""
    return day_text(china_day(now_ms()))


def make_persons(count: int, seed: int) -> list[Person]:
    """The named persons and so many generated ones, the same for the same arguments."""
    random, date = Random(seed), datetime.date.fromisoformat(today())
    regions = list(CITIES)
    first = len(NAMED) + 1
    generated = [_person(random, index, regions[index % len(regions)], date) for index in range(first, first + count)]
    return [*NAMED.values(), *generated]


def _person(random: Random, index: int, region: str, today: datetime.date) -> Person:
    status = _one_of(
        random,
        (_ACTIVE, _RETIRED, e.PERSON_STATUS_RESIDENT, e.PERSON_STATUS_STUDENT, _ELDER),
        (45, 20, 15, 10, 10),
    )
    age_from, age_to = _AGES.get(status, (20, 58))
    born = today - datetime.timedelta(days=random.randint(age_from * 366, age_to * 365))
    person = Person(
        index, f"{random.choice(_FAMILY_NAMES)} {random.choice(_GIVEN_NAMES)}", region,
        _EMPLOYEE if status in (_ACTIVE, _RETIRED) else _RESIDENT, status, born.isoformat(),
    )  # fmt: skip
    if person.scheme == _RESIDENT:
        return person  # residents have no personal account
    rich = random.random() < 0.8
    person = person._replace(
        current_fen=random.randint(5_000, 300_000) if rich else random.randint(0, 2_000),
        prior_fen=random.randint(0, 800_000) if rich else 0,
    )
    if random.random() < 0.5:
        deductible_fen = _DEDUCTIBLE_AT_LEAST.get(region, 0)
        used_fen = random.randint(1_000, deductible_fen or 60_000)
        person = person._replace(used_fen=used_fen, used_deductible_fen=used_fen if deductible_fen else 0)
    return person


def _one_of(random: Random, values: Sequence[int], weights: Sequence[int]) -> int:
    return random.choices(values, weights)[0]
