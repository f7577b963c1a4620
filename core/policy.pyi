"""Types of core.policy."""

from typing import Any

from core.rules.versions import Version

PPM: int
MONEY_MAX_FEN: int
REGION_UNKNOWN: int
NO_RULE_FOR_BILL: int
NO_POLICY_ON_DATE: int
SCHEMES: dict[int, str]
SERVICES: dict[int, str]
REFERRALS: dict[int, str]
ASSISTANCE_NAMES: dict[int, str]
LEVEL_NAMES: tuple[str, ...]
STATUS_NAMES: tuple[str, ...]

class LookupFailed(LookupError):
    reason: int
    def __init__(self, reason: int, message: str) -> None: ...

class CompiledRule:
    region: str
    scheme: int
    service: int
    version_from: str
    policy_version: str
    document: str | None
    policy_id: int

class RuleBook:
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
def compile_rule(
    assembled: dict[str, Any], service: str, points_ppm: int = ..., multiplier_ppm: int = ...
) -> CompiledRule: ...
