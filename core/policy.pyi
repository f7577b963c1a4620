"""Types of core.policy."""

from typing import Any

from core.benefit.rule import CompiledRule
from core.plans import PlanBook
from core.rules.versions import Version

PPM: int
REGION_UNKNOWN: int
NO_RULE_FOR_BILL: int
NO_POLICY_ON_DATE: int
SCHEMES: dict[int, str]
SERVICES: dict[int, str]
REFERRALS: dict[int, str]

class LookupFailed(LookupError):
    reason: int
    def __init__(self, reason: int, message: str) -> None: ...

class RuleBook:
    @property
    def plans(self) -> PlanBook: ...
    def put(self, document: dict[str, Any], file: str = ..., policy_id: int = ...) -> None: ...
    def regions(self) -> list[str]: ...
    def line(self, region: str) -> list[Version]: ...
    def document(self, region: str, service_day: int | None = ...) -> dict[str, Any] | None: ...
    def find(
        self,
        insured_region: str,
        treatment_region: str,
        scheme: int,
        service: int,
        referral: int,
        service_day: int,
        policy_id: int = ...,
    ) -> CompiledRule: ...
    def version(self, region: str, service_day: int, policy_id: int = ...) -> Version: ...
    def benefit_year_day(self, insured_region: str, service_day: int, policy_id: int = ...) -> int: ...
    def passwordless_limit_fen(self, region: str, service_day: int) -> int: ...

def iso_date(service_day: int) -> str: ...
def year_start_day(month: int, day: int, service_day: int) -> int: ...
def compile_for_bill(
    assembled: dict[str, Any],
    insured_region: str,
    treatment_region: str,
    scheme: int,
    service: int,
    referral: int,
    policy_version: str = ...,
) -> CompiledRule: ...
