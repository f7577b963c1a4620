"""A year of a region by its seed, and the features that a gateway would have seen of each payment."""

import hashlib
import heapq
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from bench.workload.fraud import Scene, planted_visits
from bench.workload.people import HOME, Institution, Person, make_institutions, make_people
from bench.workload.visits import DAY_MS, DAYS, YEAR_BEGAN_MS, Visit, honest_visits
from core.commands import Command, CommandKind
from core.ledger import Ledger
from core.order import Order
from core.policy import RuleBook
from core.risk.features import Signals, unpack_features
from core.risk.policy import RiskPolicy
from core.words import OrderKind, Role, UserAuthentication

PLANTED_SHARE = 0.008
_PARTY, _CHANNELS = 12, 20
_EPOCH_DAY = YEAR_BEGAN_MS // DAY_MS + 1  # the service day of the year's first, by China's clocks
_APPROVE_ALL: dict[str, Any] = {
    "schema": "medsettle.risk/1",
    "name": "approve-all",
    "version": "1",
    "rules": [],
    "scorecard": [],
    "decisions": [{"bands": [{"from": 0, "decision": "APPROVE"}]}],
    "limits": {
        "proof_minutes": 1, "wait_minutes": 1, "unanswered": "APPROVE", "second_reviewer_fen": 0,
        "change_permille": 1000,
    },
}  # fmt: skip


def _rule(deductible_fen: int, ppm: int, cap_fen: int) -> list[dict[str, Any]]:
    return [
        {
            "effective_from": "2020-01-01",
            "effective_to": None,
            "deductible": {"kind": "annual", "amounts": deductible_fen},
            "ratio": {"bands": [{"from": 0, "to": None, "ppm": ppm}]},
            "caps": {"pooled_paid_fen": cap_fen},
        }
    ]


# A made-up region's policy: every service at every kind of institution has a rule, here and elsewhere.
_POLICY: dict[str, Any] = {
    "region_code": "110100",
    "name": "made up",
    "version": "2020-01",
    "benefit_year_start": "01-01",
    "payment": {"passwordless_limit_fen": 20_000},
    "defaults": {
        "account": {
            "pays": ["deductible", "copay", "class_b"],
            "pays_at_pharmacy": ["deductible", "copay", "class_b", "full_self"],
            "owner_order": ["self_current_year", "self", "family"],
        }
    },
    "schemes": {
        "employee": {
            "outpatient": _rule(180_000, 700_000, 2_000_000),
            "pharmacy": _rule(180_000, 700_000, 2_000_000),
            "inpatient": _rule(130_000, 850_000, 10_000_000),
        }
    },
}


class Year(NamedTuple):
    """A region's year. The visits are by time; their labels are for whoever proves a detector."""

    people: list[Person]
    institutions: list[Institution]
    visits: list[Visit]

    def digest(self) -> str:
        """SHA-256 over everything, to tell two years apart."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


class Seen(NamedTuple):
    """A payment as risk saw it."""

    at_ms: int
    features: tuple[int, ...]
    label: str
    total_fen: int


def make_year(seed: int, persons: int = 8_000) -> Year:
    """The year of a seed: the same on every machine."""
    rng = random.Random(f"medsettle-{seed}")
    institutions = make_institutions(rng, max(60, persons // 25))
    people = make_people(rng, persons, institutions)
    honest = honest_visits(rng, people, institutions)
    pharmacies = [index for index, one in enumerate(institutions) if one.is_pharmacy]
    hospitals = [index for index, one in enumerate(institutions) if not one.is_pharmacy]
    planted = planted_visits(Scene(rng, people, institutions, pharmacies, hospitals), PLANTED_SHARE, len(honest))
    end_ms = YEAR_BEGAN_MS + DAYS * DAY_MS
    visits = [one for one in honest + planted if one.at_ms < end_ms]
    visits.sort(key=lambda one: (one.at_ms, one.person, one.institution))
    return Year(people, institutions, visits)


def seen_by_risk(year: Year) -> Iterator[Seen]:
    """Pays every visit in the real ledger, each in a batch of its own, and gives what risk saw."""
    ledger = _ledger(year)
    refunds: list[tuple[int, int]] = []  # when, which order
    batch = 1_000
    for number, visit in enumerate(year.visits, 1):
        while refunds and refunds[0][0] <= visit.at_ms:
            at_ms, order_id = heapq.heappop(refunds)
            batch += 1
            refund = Command(
                CommandKind.REFUND, at_ms, order_id=order_id, caller_id=_PARTY, caller_role=Role.ROLE_INSTITUTION,
                refund_id=batch, refund_kind=1,
            )  # fmt: skip
            ledger.apply(batch, [refund])
            _durable(ledger)
        batch += 2
        seen = _pay(ledger, year, visit, number, batch)
        if seen is None:
            continue
        if visit.refund_after_ms:
            heapq.heappush(refunds, (visit.at_ms + visit.refund_after_ms, number))
        yield seen


def _ledger(year: Year) -> Ledger:
    rules = RuleBook()
    rules.put(_POLICY, "made-up.json", 1)
    ledger = Ledger(rules, 2 * len(year.people), scores=True)
    assert ledger.assessor is not None
    ledger.assessor.set_policies(RiskPolicy(_APPROVE_ALL, 1))
    for start in range(0, len(year.people), 1_000):
        commands = []
        for person in year.people[start : start + 1_000]:
            facts = (HOME, person.birth_date, 1, 2 if person.birth_date < 19_660_101 else 1, 0, 1, 0)
            commands.append(Command(CommandKind.PUT_PERSON, YEAR_BEGAN_MS, person_id=person.person_id, person=facts))
            commands.append(
                Command(
                    CommandKind.CREDIT, YEAR_BEGAN_MS, person_id=person.person_id, amount_fen=person.account_fen,
                    prior_years=True, day=_EPOCH_DAY,
                )
            )  # fmt: skip
        ledger.apply(start // 1_000 + 1, commands)
        _durable(ledger)
    return ledger


def _pay(ledger: Ledger, year: Year, visit: Visit, number: int, batch: int) -> Seen | None:
    """Makes the order, quotes it, pays what was quoted. None for one that the policy does not price."""
    person, place = year.people[visit.person], year.institutions[visit.institution]
    order = Order(
        order_id=number, institution_id=place.institution_id, party_id=_PARTY, created_at_ms=visit.at_ms,
        expires_at_ms=visit.at_ms + DAY_MS, scenario=1, kind=OrderKind.KIND_MIXED, service=visit.service,
        level=place.level, referral=1 if place.region == HOME else 2,
        service_day=_EPOCH_DAY + (visit.at_ms - YEAR_BEGAN_MS) // DAY_MS,
        treatment_region=place.region, total_fen=visit.total_fen, in_scope_fen=visit.in_scope_fen,
        full_self_pay_fen=visit.total_fen - visit.in_scope_fen, deductible_base_fen=visit.in_scope_fen,
        stay_number=0, person_id=person.person_id, binding_id=1, channel_id=_CHANNELS + visit.channel,
    )  # fmt: skip
    asked: dict[str, Any] = {
        "order_id": number, "caller_id": _CHANNELS + visit.channel, "caller_role": Role.ROLE_CHANNEL,
        "person_id": person.person_id, "binding_id": 1, "use_account": visit.use_account,
    }  # fmt: skip
    create = Command(CommandKind.CREATE, visit.at_ms, order=order, caller_id=_PARTY)
    _, quoted = ledger.apply(batch - 1, [create, Command(CommandKind.QUOTE, visit.at_ms, **asked)])
    _durable(ledger)
    if quoted.reason:
        return None
    assert quoted.facts is not None
    priced = Order.unpack(quoted.facts)
    signals = Signals(
        visit.device, 0, visit.latitude_e6, visit.longitude_e6, visit.assurance, visit.user_present, visit.bound_at_ms
    )
    pay = Command(
        CommandKind.PAY, visit.at_ms, **asked, authentication=UserAuthentication.AUTHENTICATION_PASSWORD,
        quote_digest=priced.quote_digest, cash_due_fen=priced.cash_fen, has_receipt=priced.cash_to_collect_fen > 0,
        receipt_fen=priced.cash_to_collect_fen, signals=signals,
    )  # fmt: skip
    (paid,) = ledger.apply(batch, [pay])
    _durable(ledger)
    assert paid.assessment is not None, f"visit {number} was not paid: {paid.reason}"
    return Seen(visit.at_ms, unpack_features(paid.assessment[-1]), visit.label, visit.total_fen)


def _durable(ledger: Ledger) -> None:
    ledger.hand_over()
    ledger.keep()
    if ledger.must_rest:
        ledger.rest()
