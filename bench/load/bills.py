"""The bills of a clinic: at home and away, in emergencies, at pharmacies, and for a registration."""

from random import Random
from typing import NamedTuple

from gateway.demo.people import CITIES
from gateway.pb.medsettle.v1 import enums_pb2 as e
from gateway.pb.medsettle.v1 import types_pb2 as t

_LETTERS = "HDC"  # the demo's first and district hospitals and community centres
_AWAY = (e.REFERRAL_EMERGENCY, e.REFERRAL_EMERGENCY, e.REFERRAL_FILED, e.REFERRAL_TRANSFER, e.REFERRAL_UNFILED)


class Bill(NamedTuple):
    """What a till charges."""

    institution_id: str
    lines: list[t.OrderLine]
    scenario: int = e.SCENARIO_DIAGNOSIS
    referral: int = e.REFERRAL_LOCAL
    kind: int = e.ORDER_KIND_MIXED

    @property
    def total_fen(self) -> int:
        """What the lines add up to."""
        return sum(line.amount_fen for line in self.lines)


def visit(random: Random, region: str) -> Bill:
    """A visit to a doctor; one in ten away from home, emergencies first."""
    letter = random.choices(_LETTERS, (4, 2, 4))[0]
    lines = [_line(random, number) for number in range(1, random.randint(3, 11))]
    if random.random() < 0.1:
        away = random.choice([other for other in CITIES if other != region])
        return Bill(f"{letter}{away}00001", lines, referral=random.choice(_AWAY))
    return Bill(f"{letter}{region}00001", lines)


def registration(random: Random, region: str) -> Bill:
    """The fee for seeing a doctor today."""
    fee = t.OrderLine(
        line_no="1", item_code="REG01", item_name="Registration", item_class=e.ITEM_CLASS_A,
        amount_fen=random.choice((500, 1_500, 5_000, 8_000)),
    )  # fmt: skip
    return Bill(f"{random.choice(_LETTERS)}{region}00001", [fee], e.SCENARIO_REGISTRATION)


def prescription(random: Random, region: str) -> Bill:
    """Drugs on prescription, which a designated pharmacy settles; or some without, for cash."""
    lines = [_line(random, number) for number in range(1, random.randint(2, 5))]
    if random.random() < 0.4:
        return Bill(f"Q{region}00001", lines, e.SCENARIO_PHARMACY, kind=e.ORDER_KIND_CASH_ONLY)
    return Bill(f"P{region}00001", lines, e.SCENARIO_PHARMACY)


def _line(random: Random, number: int) -> t.OrderLine:
    item_class = random.choices((e.ITEM_CLASS_A, e.ITEM_CLASS_B, e.ITEM_CLASS_C), (6, 3, 1))[0]
    line = t.OrderLine(
        line_no=str(number), item_code=f"ITEM{random.randrange(5_000):05d}", item_name=f"Item {number}",
        item_class=item_class, amount_fen=random.randint(300, 30_000),
    )  # fmt: skip
    if item_class == e.ITEM_CLASS_B:
        line.self_pay_ppm = random.choice((50_000, 100_000, 200_000))
    if random.random() < 0.05:
        line.price_limit_fen = line.amount_fen * 4 // 5
    return line
