"""The same rules as OpenFisca-Core has them: variables with formulas, and parameters with their dates.

OpenFisca keeps amounts as 32-bit numbers (`int`: up to 21 million yuan in fen) and computes scales in floating point,
so that an amount just between two fen may fall to the other side: the study counts how often.
"""

from typing import Any

import numpy as np
from openfisca_core import taxbenefitsystems
from openfisca_core.entities import build_entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.variables import Variable

from bench.studies.splits.with_numpy import Columns

PERIOD = "2026-05"
Bill = build_entity(key="bill", plural="bills", label="A stay's bill", is_person=True)

# The rules begin here.
LEVEL_NAMES = ("community", "level1", "level2", "level3", "level3_top")
SHARES = {
    "active": ((0.90, 0.95, 0.97), (0.90, 0.95, 0.97), (0.87, 0.92, 0.97), (0.85, 0.90, 0.95), (0.85, 0.90, 0.95)),
    "retired": (
        (0.94, 0.97, 0.982),
        (0.94, 0.97, 0.982),
        (0.922, 0.952, 0.982),
        (0.91, 0.94, 0.97),
        (0.91, 0.94, 0.97),
    ),
}


def scale(rates: tuple[float, ...]) -> dict[str, Any]:
    """Three bands of the pooled fund."""
    edges = (0, 3_000_000, 4_000_000)
    pairs = zip(edges, rates, strict=True)
    return {
        "brackets": [
            {"threshold": {"2010-01-01": {"value": edge}}, "rate": {"2010-01-01": {"value": rate}}}
            for edge, rate in pairs
        ]
    }


def value(amount: float) -> dict[str, Any]:
    """A parameter since 2010."""
    return {"values": {"2010-01-01": {"value": amount}}}


PARAMETERS = {
    "pooled": {
        status: {name: scale(rates) for name, rates in zip(LEVEL_NAMES, table, strict=True)}
        for status, table in SHARES.items()
    },
    "deductible": {"first_stay": value(130_000), "later_stay": value(65_000)},
    "ceiling": value(10_000_000),
    "stage": {"active": value(0.85), "retired": value(0.80), "ceiling": value(40_000_000)},
}


KNOWN: list[type[Variable]] = []


def of_bills(variable: type[Variable]) -> type[Variable]:
    """Gives a variable what it has in common with all others; OpenFisca looks at a class's own attributes only."""
    for name, value in (("value_type", int), ("entity", Bill), ("definition_period", DateUnit.MONTH)):
        if name not in vars(variable):
            setattr(variable, name, value)
    KNOWN.append(variable)
    return variable


@of_bills
class in_scope(Variable):
    label = "Money in scope"


@of_bills
class class_b(Variable):
    label = "Class B's own share"


@of_bills
class out_of_scope(Variable):
    label = "Wholly self-paid and over limits"


@of_bills
class retired(Variable):
    value_type = bool


@of_bills
class level(Variable):
    label = "Level of the institution, from 1"


@of_bills
class stay_number(Variable):
    label = "Which stay of the year"


@of_bills
class pooled_paid(Variable):
    label = "What the fund paid before"


@of_bills
class major_paid(Variable):
    label = "What the large-amount scheme paid before"


@of_bills
class current_year(Variable):
    label = "This year's purse"


@of_bills
class prior_years(Variable):
    label = "Earlier years' purse"


@of_bills
class deductible(Variable):
    def formula(bill: Any, period: Any, parameters: Any) -> Any:
        amounts = parameters(period).deductible
        first = bill("stay_number", period) == 1
        return np.minimum(np.where(first, amounts.first_stay, amounts.later_stay), bill("in_scope", period))


@of_bills
class benefit(Variable):
    value_type = float

    def formula(bill: Any, period: Any, parameters: Any) -> Any:
        found = np.zeros(bill.count)
        for status, is_retired in (("active", False), ("retired", True)):
            for number, name in enumerate(LEVEL_NAMES, 1):
                which = (bill("retired", period) == is_retired) & (bill("level", period) == number)
                bands = parameters(period).pooled[status][name]
                whole = bands.calc(bill("in_scope", period)) - bands.calc(bill("deductible", period))
                found = np.where(which, whole, found)
        return found


@of_bills
class pooled(Variable):
    def formula(bill: Any, period: Any, parameters: Any) -> Any:
        room = np.maximum(parameters(period).ceiling - bill("pooled_paid", period), 0)
        return np.minimum(np.floor(bill("benefit", period) + 0.5), room)


@of_bills
class over_cap(Variable):
    def formula(bill: Any, period: Any, parameters: Any) -> Any:
        room = np.maximum(parameters(period).ceiling - bill("pooled_paid", period), 0)
        cost = np.zeros(bill.count)
        for status, is_retired in (("active", False), ("retired", True)):
            for number, name in enumerate(LEVEL_NAMES, 1):
                which = (bill("retired", period) == is_retired) & (bill("level", period) == number)
                bands = parameters(period).pooled[status][name]
                target = room + bands.calc(bill("deductible", period))
                starts = bands.calc(np.array(bands.thresholds, dtype=float))
                band = np.searchsorted(starts, target, side="right") - 1
                reached = np.array(bands.thresholds)[band] + (target - starts[band]) / np.array(bands.rates)[band]
                cost = np.where(which, np.ceil(reached - 1e-6), cost)
        capped = np.floor(bill("benefit", period) + 0.5) > room
        return np.where(capped, bill("in_scope", period) - cost, 0)


@of_bills
class major(Variable):
    def formula(bill: Any, period: Any, parameters: Any) -> Any:
        stage = parameters(period).stage
        share = np.where(bill("retired", period), stage.retired, stage.active)
        room = np.maximum(stage.ceiling - bill("major_paid", period), 0)
        return np.minimum(np.floor(bill("over_cap", period) * share + 0.5), room)


@of_bills
class payable(Variable):
    def formula(bill: Any, period: Any) -> Any:
        return bill("in_scope", period) - bill("pooled", period) - bill("major", period) + bill("class_b", period)


@of_bills
class account_current(Variable):
    def formula(bill: Any, period: Any) -> Any:
        return np.minimum(bill("current_year", period), bill("payable", period))


@of_bills
class account_prior(Variable):
    def formula(bill: Any, period: Any) -> Any:
        return np.minimum(bill("prior_years", period), bill("payable", period) - bill("account_current", period))


@of_bills
class cash(Variable):
    def formula(bill: Any, period: Any) -> Any:
        rest = bill("payable", period) + bill("out_of_scope", period)
        return rest - bill("account_current", period) - bill("account_prior", period)


# The rules end here.
INPUTS = ("retired", "level", "stay_number", "pooled_paid", "major_paid", "current_year", "prior_years")
OUTPUTS = ("pooled", "major", "account_current", "account_prior", "cash")


def system() -> Any:
    """The tax and benefit system of these rules."""
    found = taxbenefitsystems.TaxBenefitSystem([Bill])
    found.add_variables(*KNOWN)
    found.parameters = ParameterNode("", data=PARAMETERS)
    return found


def split(rules: Any, bills: Columns) -> Any:
    """The results, a row a bill; natures are summed up outside, as the engine has no lines of a bill."""
    over = np.maximum(bills.amount - bills.limit, 0)
    full = np.where(bills.ppm == 1_000_000, bills.amount, 0).sum(axis=1)
    scope = (((bills.amount - over) * (1_000_000 - bills.ppm)).sum(axis=1) + 500_000) // 1_000_000
    simulation = SimulationBuilder().build_default_simulation(rules, count=len(scope))
    simulation.set_input("in_scope", PERIOD, scope)
    simulation.set_input("out_of_scope", PERIOD, full + over.sum(axis=1))
    simulation.set_input("class_b", PERIOD, bills.amount.sum(axis=1) - full - over.sum(axis=1) - scope)
    for name in INPUTS:
        simulation.set_input(name, PERIOD, getattr(bills, name))
    return np.stack([simulation.calculate(name, PERIOD) for name in OUTPUTS], axis=1)
