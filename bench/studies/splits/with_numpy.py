"""The same rules as a spreadsheet would have them: a column an amount, all bills at once, whole numbers of 64 bits."""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from bench.studies.splits.bills import Bill

Column = Any  # a numpy array, one entry a bill
PPM = 1_000_000


class Columns(NamedTuple):
    """Bills by column; lines are a row a bill."""

    amount: Column
    ppm: Column
    limit: Column
    retired: Column
    level: Column
    stay_number: Column
    pooled_paid: Column
    major_in_scope: Column
    major_paid: Column
    current_year: Column
    prior_years: Column


def columns_of(bills: list[Bill]) -> Columns:
    """Bills as columns."""
    lines = np.array([bill.lines for bill in bills], dtype=np.int64)
    wholly = (lines[:, :, 1] == 3) | (lines[:, :, 2] == PPM)
    rest = np.array([bill[1:] for bill in bills], dtype=np.int64)
    limit = np.where((lines[:, :, 3] < 0) | wholly, lines[:, :, 0], lines[:, :, 3])
    return Columns(lines[:, :, 0], np.where(wholly, PPM, lines[:, :, 2]), limit, *rest.T)


# The rules begin here.
DEDUCTIBLE = np.array([130_000, 65_000])  # of the first stay, of later ones
EDGES = np.array([0, 3_000_000, 4_000_000, np.iinfo(np.int64).max])
SHARES = np.array(  # by band, by status, by level
    [
        [[900_000, 900_000, 870_000, 850_000, 850_000], [940_000, 940_000, 922_000, 910_000, 910_000]],
        [[950_000, 950_000, 920_000, 900_000, 900_000], [970_000, 970_000, 952_000, 940_000, 940_000]],
        [[970_000, 970_000, 970_000, 950_000, 950_000], [982_000, 982_000, 982_000, 970_000, 970_000]],
    ]
)
CEILING = 10_000_000
STAGE_SHARE = np.array([850_000, 800_000])
STAGE_CEILING = 40_000_000


def split(bills: Columns) -> Column:
    """Pooled fund, large-amount scheme, both purses and cash; fen, a row a bill."""
    over = np.maximum(bills.amount - bills.limit, 0)
    full = np.where(bills.ppm == PPM, bills.amount, 0).sum(axis=1)
    in_scope = half_up(((bills.amount - over) * (PPM - bills.ppm)).sum(axis=1))
    class_b = bills.amount.sum(axis=1) - full - over.sum(axis=1) - in_scope
    deductible = np.minimum(np.where(bills.stay_number == 1, *DEDUCTIBLE), in_scope)
    shares = SHARES[:, bills.retired, bills.level - 1]
    costs = [np.maximum(np.minimum(in_scope, high) - np.maximum(deductible, low), 0) for low, high in pairwise(EDGES)]
    benefit = sum(cost * share for cost, share in zip(costs, shares, strict=True))
    room = np.maximum(CEILING - bills.pooled_paid, 0)
    pooled = np.minimum(half_up(benefit), room)
    over_cap = np.where(half_up(benefit) > room, in_scope - deductible - cost_reaching(costs, shares, room), 0)
    counted = half_up(
        (bills.major_in_scope + over_cap) * stage_share(bills) - bills.major_in_scope * stage_share(bills)
    )
    major = np.minimum(counted, np.maximum(STAGE_CEILING - bills.major_paid, 0))
    payable = in_scope - pooled - major + class_b
    current = np.minimum(bills.current_year, payable)
    prior = np.minimum(bills.prior_years, payable - current)
    cash = bills.amount.sum(axis=1) - pooled - major - current - prior
    return np.stack([pooled, major, current, prior, cash], axis=1)


def cost_reaching(costs: list[Column], shares: Column, room: Column) -> Column:
    """The least whole cost on which the bands come to the room that a ceiling leaves."""
    missing, cost = room * PPM, np.zeros_like(room)
    for band, share in zip(costs, shares, strict=True):
        taken = np.minimum(band, -(-missing // share))
        cost += taken
        missing = np.maximum(missing - taken * share, 0)
    return cost


def stage_share(bills: Columns) -> Column:
    """The share of the large-amount scheme."""
    return STAGE_SHARE[bills.retired]


def half_up(ppm: Column) -> Column:
    """Millionths of a fen to whole fen."""
    return (ppm + PPM // 2) // PPM


# The rules end here.
