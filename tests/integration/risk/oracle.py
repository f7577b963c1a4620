"""The features of a payment, counted the obvious way: every order that the journal knows, looked at one by one."""

import datetime
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from core.order import Order
from core.words import (
    ORDER_AUTHORIZED,
    ORDER_PAID,
    ORDER_PARTIALLY_REFUNDED,
    ORDER_REFUNDED,
    SERVICE_INPATIENT,
    SERVICE_PHARMACY,
)

MINUTE = 60_000
HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
CHINA = datetime.timezone(datetime.timedelta(hours=8))
ACCOUNTS = ("account_current_fen", "account_prior_fen", "family_account_fen")
PAYERS = (
    *ACCOUNTS, "pooled_fen", "major_fen", "civil_servant_fen", "assistance_fen", "other_fund_fen", "hospital_fen",
    "commercial_fen", "cash_fen",
)  # fmt: skip


class Now(NamedTuple):
    """The payment whose features are wanted."""

    at_ms: int
    order: Order
    channel_id: int
    device: int
    place: tuple[int, int]
    limit_fen: int


def stands(order: Order) -> bool:
    return order.state in (ORDER_AUTHORIZED, ORDER_PAID, ORDER_PARTIALLY_REFUNDED)


def refunded(order: Order) -> bool:
    return order.state in (ORDER_PARTIALLY_REFUNDED, ORDER_REFUNDED)


def left_fen(order: Order) -> int:
    return order.total_fen - sum(getattr(order, f"refunded_{name}") for name in PAYERS)


def from_accounts(order: Order) -> bool:
    return sum(getattr(order, name) for name in ACCOUNTS) == order.total_fen


def at_night(at_ms: int) -> bool:
    return not 6 <= datetime.datetime.fromtimestamp(at_ms / 1000, CHINA).hour < 22


def near(fen: int, limit_fen: int) -> bool:
    return limit_fen * 4 < fen * 5 <= limit_fen * 5


def per_mille(part: int, whole: int) -> int:
    return part * 1000 // whole if whole else 0


def counts(order: Order) -> bool:
    """Whether an order is remembered: a void is as if it had never been."""
    return stands(order) or refunded(order)


def window_features(
    now: Now, person: Sequence[Order], device: Sequence[Order], place: Sequence[Order]
) -> dict[str, int]:
    """Every feature that comes out of a window.

    Args:
        person, device, place: orders of the person, the device and the institution that insurance ever paid, as they
            stand; of device and institution as they were committed.
    """
    found = _counts(now, [one for one in person if now.at_ms - one.authorized_at_ms < 30 * DAY])
    found |= _distinct(now, [one for one in person if stands(one) and now.at_ms - one.authorized_at_ms < 30 * DAY])
    hour = [one for one in device if stands(one) and now.at_ms - one.authorized_at_ms < HOUR]
    day = [one for one in device if stands(one) and now.at_ms - one.authorized_at_ms < DAY]
    me = {now.order.person_id} if now.device else set()
    found |= {
        "device_count_1h": len(hour),
        "device_persons_1h": len({one.person_id for one in hour} | me),
        "device_persons_24h": len({one.person_id for one in day} | me),
    }
    seen = [one for one in place if now.at_ms - one.authorized_at_ms < DAY]
    day = [one for one in seen if stands(one)]
    burst = [one for one in day if now.at_ms - one.authorized_at_ms < 10 * MINUTE]
    found |= {
        "institution_count_10m": len(burst),
        "institution_account_10m": sum(map(from_accounts, burst)),
        "institution_persons_10m": len({one.person_id for one in burst} | {now.order.person_id}),
        "institution_count_1h": sum(now.at_ms - one.authorized_at_ms < HOUR for one in day),
        "institution_account_24h": per_mille(sum(map(from_accounts, day)), len(day)),
        "institution_round_24h": per_mille(sum(one.total_fen % 10_000 == 0 for one in day), len(day)),
        "institution_refunds_24h": per_mille(sum(map(refunded, seen)), len(seen)),
    }
    return found


def _counts(now: Now, month: Sequence[Order]) -> dict[str, int]:
    here = now.order.institution_id
    standing = [one for one in month if stands(one)]

    def within(span_ms: int, which: Callable[[Order], bool] = lambda _: True) -> list[Order]:
        return [one for one in standing if now.at_ms - one.authorized_at_ms < span_ms and which(one)]

    def pharmacy(one: Order) -> bool:
        return bool(one.service == SERVICE_PHARMACY)

    found = {}
    for name, span in (("1h", HOUR), ("24h", DAY), ("7d", 7 * DAY), ("30d", 30 * DAY)):
        found[f"person_count_{name}"] = len(within(span))
        found[f"person_amount_{name}_fen"] = sum(map(left_fen, within(span)))
    count, amount = found["person_count_30d"], found["person_amount_30d_fen"]
    found["amount_to_usual"] = now.order.total_fen * count * 100 // amount if amount else 100
    found["pharmacy_count_7d"], found["pharmacy_count_30d"] = (
        len(within(7 * DAY, pharmacy)),
        len(within(30 * DAY, pharmacy)),
    )
    found["equal_amounts_24h"] = len(
        within(DAY, lambda one: one.institution_id == here and left_fen(one) == now.order.total_fen)
    )
    close = within(30 * MINUTE, lambda one: one.institution_id == here)
    found["same_place_30m"] = len(close)
    found["near_limit_30m"] = sum(near(left_fen(one), now.limit_fen) for one in close)
    found["account_only_30d"] = per_mille(sum(map(from_accounts, standing)), count)
    found["round_30d"] = per_mille(sum(one.total_fen % 10_000 == 0 for one in standing), count)
    found["nights_30d"] = sum(at_night(one.authorized_at_ms) for one in standing)
    found["refunds_30d"] = sum(map(refunded, month))
    found["inpatient_7d"] = len(within(7 * DAY, lambda one: one.service == SERVICE_INPATIENT))
    return found


def _distinct(now: Now, standing: Sequence[Order]) -> dict[str, int]:
    def of(name: str, mine: int, span_ms: int) -> int:
        return len({getattr(one, name) for one in standing if now.at_ms - one.authorized_at_ms < span_ms} | {mine})

    order = now.order
    devices = {one.risk_device for one in standing} - {0}
    found = {
        "institutions_24h": of("institution_id", order.institution_id, DAY),
        "institutions_7d": of("institution_id", order.institution_id, 7 * DAY),
        "regions_24h": of("treatment_region", order.treatment_region, DAY),
        "channels_30d": of("channel_id", now.channel_id, 30 * DAY),
        "devices_30d": len(devices | ({now.device} - {0})),
        "new_device": int(bool(now.device and devices and now.device not in devices)),
        "new_institution": int(bool(standing) and all(one.institution_id != order.institution_id for one in standing)),
        "new_region": int(bool(standing) and all(one.treatment_region != order.treatment_region for one in standing)),
    }
    if not standing:
        return found | {"minutes_since_last": 43_200, "km_since_last": 0, "kmh_since_last": 0}
    last = max(standing, key=lambda one: (one.authorized_at_ms, one.order_id))
    there = (last.risk_latitude_e6, last.risk_longitude_e6)
    metres = _metres(there, now.place) if any(there) and any(now.place) else 0
    passed = now.at_ms - last.authorized_at_ms
    return found | {
        "minutes_since_last": passed // MINUTE,
        "km_since_last": int(metres // 1000),
        "kmh_since_last": int(metres * 3600 // max(passed, 10 * MINUTE)),
    }


def _metres(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Haversine on a sphere, against which the core's plane is allowed some parts in a hundred."""
    lat1, lon1, lat2, lon2 = (math.radians(value / 1e6) for value in (*one, *other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_000 * math.asin(math.sqrt(half))
