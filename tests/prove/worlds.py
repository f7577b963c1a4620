"""Random policies and bills: shipped policies as they are and with every kind of rule in their place."""

import copy
import random
from typing import Any

from tests.prove.plans import held_plans

MONEY_MAX_FEN = 100_000_000_000
CHANGE = "2025-07-01"  # when a made-up rule changes, where it does
LEVELS = ("community", "level1", "level2", "level3", "level3_top")
SERVICES = ("outpatient", "inpatient", "pharmacy", "chronic")
STATUSES = {"employee": ("active", "retired"), "resident": ("resident", "student", "elder")}
REFERRALS = ("filed", "transfer", "emergency", "unfiled")
ASSISTED = ("low_income", "destitute", "registered_poor")
OWNERS = ("self_current_year", "self", "family")
PAYABLE = ("deductible", "copay", "class_b", "over_limit", "full_self")
BURDENS = ("deductible", "copay", "over_cap")
WAYS = tuple(f"{way}_per_settlement_and_payer" for way in ("half_up", "half_even", "down", "up"))
ROUND_PPM = (0, 50_000, 100_000, 200_000, 333_333, 500_000, 700_000, 850_000, 999_999, 1_000_000)

Object = dict[str, Any]


class World:
    """One policy, and the bills of persons under one of its rules."""

    def __init__(self, rng: random.Random, shipped: list[Object]) -> None:
        self.rng = rng
        self.document = copy.deepcopy(rng.choice(shipped))
        self.scheme = rng.choice(list(STATUSES))
        # The compiled core refuses more bands on what the fund has paid where a multiplier makes fractions of a ppm.
        self.paid_bands_max, self.shapes = rng.choice(
            ((2, ("points", "multiplier", "own_table")), (4, ("points", "own_table")))
        )
        rules = self.document["schemes"].setdefault(self.scheme, {})
        ruled = [service for service in SERVICES if service in rules]
        self.service = rng.choice(ruled or SERVICES)
        self.made = not ruled or rng.random() < 0.7  # the rule is made up, not shipped
        if self.made:
            self.service = rng.choice(SERVICES)
            rules[self.service] = [{"effective_from": "2020-01-01", "effective_to": None} | self.terms()]
            if rng.random() < 0.3:
                rules[self.service][0]["effective_to"] = CHANGE
                rules[self.service].append({"effective_from": CHANGE} | self.terms())
            rules["major"] = [self.stage()] if rng.random() < 0.7 else []
            rules["cross_region"] = [self.change() for _ in range(rng.randint(0, 2))]
            self.document["benefit_year_start"] = rng.choice(("01-01", "07-01"))
        self.meant = self.service  # whose rule it is, where a service is as another
        if self.service != "pharmacy" and rng.random() < 0.15:
            self.service = rng.choice([service for service in SERVICES if service != self.meant])
            rules[self.service] = [self.same_as(rules[self.meant][0]["effective_from"])]
            for other in SERVICES:
                if any(version.get("same_as") == self.service for version in rules.get(other, ())):
                    del rules[other]
        self.paid_bands_max = 2  # from here on for overrides, which meet the shipped multipliers
        edges = [version.get(key) for version in rules[self.meant] for key in ("effective_from", "effective_to")]
        edges = [edge for edge in edges if edge is not None and edge >= "2020-01-01"] or [CHANGE]
        self.dates = [rng.choice(("2021-03-31", "2024-06-30", "2025-07-01", "2026-01-01")), rng.choice(edges)]
        self.numbers = sorted(numbers_in([rules.get(self.service), rules.get("major")])) or [0]
        code = self.document["region_code"]
        self.away = (rng.choice((f"{code[:2]}9900", "990000")), rng.choice(REFERRALS))

    def rule(self, date: str) -> Object:
        """The made-up rule that holds for the world's bills on a date."""
        versions = self.document["schemes"][self.scheme]
        version: Object = [one for one in versions[self.meant] if one["effective_from"] <= date][-1]
        return version if self.meant == self.service else version | versions[self.service][-1]

    def stages(self) -> list[Object]:
        """The second stages that count its service."""
        stages = self.document["schemes"][self.scheme].get("major", [])
        return [stage for stage in stages if self.service in stage["services"]]

    # Rules.

    def table(self, low: int, high: int) -> Any:
        """A value by person and level in one of its shapes; now and then one that lacks a status."""
        rng = self.rng
        shape = rng.random()
        if shape < 0.35:
            return self.between(low, high)
        if shape < 0.6:
            return [self.between(low, high) for _ in LEVELS]
        table = {}
        for status in STATUSES[self.scheme]:
            if rng.random() < 0.85 or status in ("active", "resident"):
                table[status] = self.one_or_levels(low, high)
            for age in rng.sample((18, 46, 60, 70), rng.choice((0, 0, 1, 2))):
                table[f"{status}@{age}"] = self.one_or_levels(low, high)
        return table

    def one_or_levels(self, low: int, high: int) -> Any:
        return self.between(low, high) if self.rng.random() < 0.5 else [self.between(low, high) for _ in LEVELS]

    def between(self, low: int, high: int) -> int:
        """A number, round as often as not."""
        if high == 1_000_000 and self.rng.random() < 0.6:
            return self.rng.choice(ROUND_PPM)
        return self.rng.choice((low, high, self.rng.randint(low, high), self.rng.randint(low, high)))

    def bands(self, first: int, count: int, least: int = 0) -> list[Object]:
        edges = [first, *sorted(first + edge for edge in self.rng.sample(range(1, 4_000_000), count - 1))]
        ends: list[int | None] = [*edges[1:], None if self.rng.random() < 0.8 else edges[-1] + 1_000_000]
        return [
            {"from": start, "to": end, "ppm": self.table(least, 1_000_000)}
            for start, end in zip(edges, ends, strict=True)
        ]

    def ratio(self) -> Object:
        rng = self.rng
        measure = rng.choice((None, "stay_in_scope", "year_in_scope", "year_pooled_paid"))
        count = 1 if measure is None else rng.randint(1, self.paid_bands_max if measure == "year_pooled_paid" else 5)
        ratio: Object = {"bands": self.bands(0, count), "max_ppm": rng.choice((1_000_000, 950_000))}
        if measure is not None:
            ratio["measured_on"] = measure
        # Null takes away what a rule underneath has, where this is merged into one.
        ratio["measured_from"] = None
        if measure in ("stay_in_scope", "year_in_scope") and rng.random() < 0.5:
            ratio["measured_from"] = rng.choice(("zero", "deductible"))
        if rng.random() < 0.3:
            ratio["age_points_ppm"] = [[50, 20_000], [60, 40_001], [70, 60_000]]
        if rng.random() < 0.3:
            ratio["assistance_points_ppm"] = rng.choice((50_000, 33_333))
        return ratio

    def deductible(self) -> Object:
        rng = self.rng
        kind = rng.choice(("none", "annual", "per_visit", "per_stay", "per_stay"))
        deductible: Object = {"kind": kind, "amounts": self.table(0, 200_000)}
        if rng.random() < 0.6:
            deductible["later_stays"] = [
                self.later_stay(from_stay) for from_stay in sorted(rng.sample(range(2, 6), rng.randint(1, 2)))
            ]
        if rng.random() < 0.3:
            deductible["reduced_for"] = {"family_doctor": rng.randint(0, 50_000)}
        return deductible

    def later_stay(self, from_stay: int) -> Object:
        rng = self.rng
        ways: tuple[Object, ...] = (
            {"amounts": self.table(0, 100_000)},
            {"ppm": self.between(0, 1_000_000)},
            {"step_fen": rng.randint(-40_000, 20_000), "floor": rng.choice((0, 20_000))},
            {"step_ppm": rng.choice((-250_000, -200_000, -500_000, -333_333, 100_000, 250_000)), "floor": 10_000},
            {"step_ppm": rng.randint(-500_000, 200_000)},
        )
        return {"from_stay": from_stay} | rng.choice(ways)

    def account(self) -> Object:
        rng = self.rng
        account: Object = {
            "pays": rng.sample(PAYABLE, rng.randint(0, 5)),
            "pays_at_pharmacy": rng.sample(PAYABLE, rng.randint(0, 5)),
            "owner_order": rng.sample(OWNERS, 3),
        }
        if rng.random() < 0.5:
            account["family_pays"] = rng.choice((None, rng.sample(PAYABLE, rng.randint(0, 5))))
        return account

    def share_of_rest(self) -> Object:
        """A payer that takes a share of what is left to the person."""
        terms: Object = {"ppm": self.table(0, 1_000_000)}
        if self.rng.random() < 0.5:
            terms["cap_fen"] = self.rng.choice((None, 0, 100_000))
        return terms | self.counts()

    def counts(self) -> Object:
        """Now and then, which parts of the personal in-scope money a payer counts."""
        rng = self.rng
        return {"counts": rng.sample(BURDENS, rng.randint(1, 3))} if rng.random() < 0.4 else {}

    def terms(self) -> Object:
        """A rule of one service."""
        rng = self.rng
        deductible = self.deductible()
        # The check refuses a ceiling below the deductible.
        least = max(numbers_in(deductible["amounts"]))
        cap = self.table(least, 3_000_000) if rng.random() < 0.6 else None
        terms = {"deductible": deductible, "ratio": self.ratio(), "caps": {"pooled_paid_fen": cap}}
        if rng.random() < 0.3:
            terms["caps"]["in_scope_fen"] = self.table(least, 4_000_000)
        if rng.random() < 0.3:
            terms["rounding"] = {"fund": rng.choice(WAYS), "cap_segment": rng.choice(("ceil_to_fen", "floor_to_fen"))}
        if rng.random() < 0.25:
            terms["order"] = "account_first"
        if rng.random() < 0.5:
            # A version may say a part of the account's rule only; the rest is the defaults'.
            account = self.account()
            terms["account"] = account if rng.random() < 0.7 else {"pays": account["pays"]}
        if rng.random() < 0.5:
            terms["civil_servant"] = self.share_of_rest()
        if rng.random() < 0.5:
            terms["assistance"] = {kind: self.share_of_rest() for kind in rng.sample(ASSISTED, 2)}
        return terms

    def same_as(self, start: str) -> Object:
        """A version that is as the world's rule, now and then but for one part."""
        own: tuple[Object, ...] = ({}, {"deductible": {"kind": "none"}}, {"account": self.account()})
        version = {"effective_from": start, "same_as": self.meant, "as_level": self.rng.choice(LEVELS)}
        return version | self.rng.choice(own)

    def stage(self) -> Object:
        """A second stage."""
        rng = self.rng
        threshold, edges_from = rng.choice((0, 1_000_000, 1_520_201)), rng.choice(("threshold", "zero"))
        first = 0 if edges_from == "threshold" else rng.choice((0, threshold))
        stage: Object = {
            "effective_from": "2020-01-01",
            "kind": rng.choice(("over_cap", "over_burden")),
            "services": sorted({self.service, rng.choice(SERVICES)}),
            "threshold_fen": threshold,
            "edges_from": edges_from,
            "bands": self.bands(first, rng.randint(1, 3)),
            "cap_fen": rng.choice((None, rng.randint(0, 3_000_000))),
        }
        if rng.random() < 0.4:
            stage["assistance_patch"] = rng.choice(
                ({"bands": self.bands(first, 2)}, {"cap_fen": None}, {"threshold_fen": threshold + 77})
            )
        if threshold == 0 and rng.random() < 0.5:
            del stage["threshold_fen"], stage["edges_from"]
        if stage["kind"] == "over_burden":
            stage |= self.counts()
        if rng.random() < 0.1:
            stage["when"] = "year_end"
        return stage

    def change(self) -> Object:
        """A cross-region change; some say nothing of some referrals."""
        rng = self.rng
        shape = rng.choice(self.shapes)
        change: Object = {
            "area": rng.choice(("any", "in_province", "out_of_province")),
            "services": rng.choice(("all", [self.service])),
            "shape": shape,
        }
        for referral in REFERRALS:
            if rng.random() < 0.85:
                own = rng.choice(({"ratio": self.ratio()}, {"deductible": self.deductible() | {"later_stays": None}}))
                change[referral] = own if shape == "own_table" else rng.choice((0, 100_000, 333_333, 900_000, 999_999))
        return change

    # Bills.

    def case(self) -> Object:
        """A bill of a person under the world's rule, near its edges as often as not."""
        rng, code = self.rng, self.document["region_code"]
        treatment, referral = self.away
        if rng.random() < 0.5:
            treatment, referral = code, rng.choice(("local", "local", referral))
        case = {
            "insured_region": code,
            "treatment_region": treatment,
            "scheme": self.scheme,
            "service_date": rng.choice(self.dates),
            "referral": referral,
            "person": {
                "status": rng.choice(STATUSES[self.scheme]),
                "age": rng.choice((17, 18, 45, 46, 59, 60, 69, 70, rng.randint(0, 99))),
                "civil_servant": rng.random() < 0.3,
                "assistance": rng.choice(("none", "none", *ASSISTED)),
                "family_doctor": rng.random() < 0.3,
            },
            "institution": {"level": rng.choice(LEVELS) if rng.random() < 0.97 else "pharmacy"},
            "service": self.service,
            "stay_number": rng.choice((1, 2, 2, 3, 4, 7)),
            "accumulators": {
                name: self.amount() if rng.random() < 0.6 else 0
                for name in (
                    *("deductible_used_fen", "in_scope_fen", "pooled_paid_fen"),
                    *("major_in_scope_fen", "major_paid_fen"),
                )
            },
            "accounts": [{"owner": rng.choice(OWNERS), "balance_fen": self.amount()} for _ in range(rng.randint(0, 4))],
        }
        if rng.random() < 0.15:
            case["accumulators"]["as_of"] = rng.choice(("2020-12-31", "2024-01-01", "2025-06-30", "2025-12-31"))
        case |= self.bill()
        if rng.random() < 0.05:
            case["given"] = {name: self.amount() for name in rng.sample(("pooled_fen", "major_fen", "hospital_fen"), 2)}
        if rng.random() < 0.03:
            case["rule_override"] = self.override()
        if rng.random() < 0.25:
            case["plans"] = held_plans(rng, code, self.service, case["service_date"])
        return case

    def override(self) -> Object:
        return self.rng.choice(
            (
                {"civil_servant": self.share_of_rest()},
                {"rounding": {"fund": self.rng.choice(WAYS)}},
                {"major": [self.stage(), self.stage()]},
                {"ratio": {"bands": [{"from": 0, "to": None, "ppm": 0}], "measured_on": None, "measured_from": None}},
                {"deductible": {"kind": "none"}},
                {"caps": None},
                {"version_date": "2025-01-01"},
                self.terms(),
            )
        )

    def bill(self) -> Object:
        rng = self.rng
        if rng.random() < 0.3:
            sums = {
                name: self.amount() if rng.random() < 0.6 else 0
                for name in ("full_self_pay_fen", "over_limit_fen", "class_b_self_pay_fen", "in_scope_fen")
            }
            return {"amounts": {"total_fen": sum(sums.values())} | sums}
        return {"lines": [self.line() for _ in range(rng.randint(1, 4))]}

    def line(self) -> Object:
        rng = self.rng
        amount_fen = self.amount()
        return {
            "amount_fen": amount_fen,
            "class": rng.choice("AABBC"),
            "self_pay_ppm": rng.choice((0, 0, 50_000, 100_000, 333_333, 500_000, 1_000_000, rng.randint(0, 1_000_000))),
            "price_limit_fen": rng.choice((None, None, rng.randint(0, 2 * amount_fen))),
            "deductible_exempt": rng.random() < 0.2,
        }

    def amount(self) -> int:
        """An amount: one of the rule's own numbers or a fen or two beside it, or of any size, now and then huge."""
        rng = self.rng
        if rng.random() < 0.4:
            return max(rng.choice(self.numbers) + rng.randint(-2, 2), 0)
        return int(10 ** rng.uniform(0, 10.9 if rng.random() < 0.02 else 7.5))


def numbers_in(value: Any) -> set[int]:
    """Every amount that a rule names."""
    if isinstance(value, dict):
        return set().union(*(numbers_in(one) for one in value.values()))
    if isinstance(value, list):
        return set().union(*(numbers_in(one) for one in value))
    return {value} if type(value) is int else set()
