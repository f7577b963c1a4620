"""Fraud planted into the year: each typology a function that adds its visits, some of them plain and some subtle."""

import random
from collections.abc import Callable
from typing import NamedTuple

from bench.workload.people import HOME, Institution, Person
from bench.workload.visits import DAYS, HOUR_MS, PHARMACY, YEAR_BEGAN_MS, Visit, moment, one_visit

MINUTE_MS = 60_000
_LIMIT_FEN = 20_000  # what may be paid without a password in the home region
_DAY_MS = 24 * HOUR_MS


class Scene(NamedTuple):
    """What a typology plants into."""

    rng: random.Random
    people: list[Person]
    institutions: list[Institution]
    pharmacies: list[int]
    hospitals: list[int]

    def victim(self) -> int:
        return self.rng.randrange(len(self.people))

    def visit(self, person: int, institution: int, at_ms: int, device: int | None = None) -> Visit:
        phone = self.people[person].device if device is None else device
        return one_visit(self.rng, self.people, self.institutions, person, institution, at_ms, phone)

    def device(self) -> int:
        return self.rng.getrandbits(62) | 1

    def moment(self) -> int:
        return moment(self.rng, self.rng.randrange(5, DAYS - 5))


def borrowed_cards(scene: Scene) -> list[Visit]:
    """One phone pays for many strangers at one pharmacy within a day (T1; device_persons, new_device)."""
    rng, phone, where, at_ms = scene.rng, scene.device(), scene.rng.choice(scene.pharmacies), scene.moment()
    persons = rng.sample(range(len(scene.people)), rng.randint(4, 12))
    return [
        scene.visit(one, where, at_ms + index * rng.randint(2, 50) * MINUTE_MS, phone)
        for index, one in enumerate(persons)
    ]


def account_takeover(scene: Scene) -> list[Visit]:
    """A new phone behind a weak login spends an account, often far away (T2; new_device, assurance, account_left)."""
    rng, person, phone, at_ms = scene.rng, scene.victim(), scene.device(), scene.moment()
    away = rng.random() < 0.5
    places = [one for one in scene.pharmacies if (scene.institutions[one].region != HOME) == away]
    visits = []
    for index in range(rng.randint(1, 4)):
        one = scene.visit(person, rng.choice(places), at_ms + index * rng.randint(10, 200) * MINUTE_MS, phone)
        visits.append(
            one._replace(total_fen=rng.randint(20_000, 90_000), assurance=rng.choice((1, 1, 2)), use_account=True)
        )
    return visits


def cash_out(scene: Scene) -> list[Visit]:
    """Accounts turned into cash at a pharmacy: round amounts, one after another, many persons (T3, T10)."""
    rng, where, at_ms = scene.rng, scene.rng.choice(scene.pharmacies), scene.moment()
    visits = []
    for index in range(rng.randint(3, 14)):
        one = scene.visit(scene.victim(), where, at_ms + index * rng.randint(1, 6) * MINUTE_MS)
        visits.append(one._replace(total_fen=rng.choice((10_000, 20_000, 30_000, 50_000)), use_account=True))
    return visits


def over_supply(scene: Scene) -> list[Visit]:
    """The same person fetches drugs again and again, from pharmacy to pharmacy (T5; pharmacies_7d)."""
    rng, person, at_ms = scene.rng, scene.victim(), scene.moment()
    places = rng.sample(scene.pharmacies, 6)
    return [
        scene.visit(person, rng.choice(places), at_ms + int(index * rng.uniform(0.6, 1.6) * _DAY_MS))
        for index in range(rng.randint(5, 9))
    ]


def resale_ring(scene: Scene) -> list[Visit]:
    """A few persons and two phones buy at many pharmacies for weeks (T11; device_persons, pharmacy_count_30d)."""
    rng, at_ms = scene.rng, scene.moment()
    persons, phones = rng.sample(range(len(scene.people)), 5), (scene.device(), scene.device())
    return [
        scene.visit(
            rng.choice(persons), rng.choice(scene.pharmacies), at_ms + rng.randrange(15 * _DAY_MS), rng.choice(phones)
        )
        for _ in range(rng.randint(15, 30))
    ]


def many_hospitals(scene: Scene) -> list[Visit]:
    """Four or more institutions in one day (T6; institutions_24h)."""
    rng, person, at_ms = scene.rng, scene.victim(), scene.moment()
    places = rng.sample(scene.hospitals, rng.randint(4, 6))
    return [
        scene.visit(person, place, at_ms + index * rng.randint(40, 110) * MINUTE_MS)
        for index, place in enumerate(places)
    ]


def impossible_travel(scene: Scene) -> list[Visit]:
    """Two cities within an hour or two (T9; kmh_since_last)."""
    rng, person, at_ms = scene.rng, scene.victim(), scene.moment()
    away = [one for one in scene.pharmacies if scene.institutions[one].region != HOME]
    here = scene.visit(person, scene.people[person].pharmacies[0], at_ms)
    there = scene.visit(person, rng.choice(away), at_ms + rng.randint(20, 110) * MINUTE_MS, scene.device())
    return [here, there._replace(assurance=rng.randint(1, 3))]


def split_bills(scene: Scene) -> list[Visit]:
    """One bill cut into pieces just below what needs a password (T15; near_limit_30m)."""
    rng, person, where, at_ms = scene.rng, scene.victim(), scene.rng.choice(scene.pharmacies), scene.moment()
    return [
        scene.visit(person, where, at_ms + index * rng.randint(1, 8) * MINUTE_MS)._replace(
            total_fen=_LIMIT_FEN - rng.randint(1, 3_500), use_account=True
        )
        for index in range(rng.randint(3, 5))
    ]


def refund_to_cash(scene: Scene) -> list[Visit]:
    """An institution that pays and refunds, again and again (T16; institution_refunds_24h, refunds_30d)."""
    rng, where, at_ms, persons = scene.rng, scene.rng.choice(scene.pharmacies), scene.moment(), []
    persons = rng.sample(range(len(scene.people)), 3)
    return [
        scene.visit(rng.choice(persons), where, at_ms + index * rng.randint(8, 40) * MINUTE_MS)._replace(
            refund_after_ms=rng.randint(2, 7) * MINUTE_MS
        )
        for index in range(rng.randint(5, 10))
    ]


def night_burst(scene: Scene) -> list[Visit]:
    """A till that settles one after another at night (T14; night, institution_count_10m)."""
    rng, where = scene.rng, scene.rng.choice(scene.pharmacies)
    at_ms = YEAR_BEGAN_MS + rng.randrange(5, DAYS - 5) * _DAY_MS + rng.randint(60, 240) * MINUTE_MS
    return [
        scene.visit(scene.victim(), where, at_ms + index * rng.randint(20, 100) * 1_000)
        for index in range(rng.randint(6, 14))
    ]


def binding_drain(scene: Scene) -> list[Visit]:
    """Bound minutes ago, and the account is spent at once (T19; binding_age_hours, account_left)."""
    rng, person, at_ms = scene.rng, scene.victim(), scene.moment()
    one = scene.visit(person, rng.choice(scene.pharmacies), at_ms, scene.device())
    bound_at_ms = at_ms - rng.randint(3, 300) * MINUTE_MS
    return [one._replace(bound_at_ms=bound_at_ms, total_fen=rng.randint(40_000, 120_000), use_account=True)]


def mix_jump(scene: Scene) -> list[Visit]:
    """A pharmacy that for a day sells on account alone, far more than it ever did (T4, T17)."""
    rng, where, at_ms = scene.rng, scene.rng.choice(scene.pharmacies), scene.moment()
    return [
        scene.visit(scene.victim(), where, at_ms + rng.randrange(5 * HOUR_MS))._replace(use_account=True)
        for _ in range(rng.randint(15, 30))
    ]


TYPOLOGIES: dict[str, Callable[[Scene], list[Visit]]] = {
    one.__name__: one
    for one in (
        borrowed_cards, account_takeover, cash_out, over_supply, resale_ring, many_hospitals, impossible_travel,
        split_bills, refund_to_cash, night_burst, binding_drain, mix_jump,
    )
}  # fmt: skip


def planted_visits(scene: Scene, share: float, honest_count: int) -> list[Visit]:
    """As many visits of each typology as an equal part of a share of the honest ones, labelled."""
    wanted = max(4, int(honest_count * share / len(TYPOLOGIES)))
    found: list[Visit] = []
    for name, plant in TYPOLOGIES.items():
        visits: list[Visit] = []
        while len(visits) < wanted:
            visits += plant(scene)
        for one in visits:
            service = PHARMACY if scene.institutions[one.institution].is_pharmacy else one.service
            in_scope_fen = min(one.in_scope_fen, one.total_fen)
            found.append(one._replace(label=name, service=service, in_scope_fen=in_scope_fen))
    return found
