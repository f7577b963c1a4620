"""Types of core.benefit.rule."""

from typing import Any

PPM: int
MONEY_MAX_FEN: int
LEVEL_NAMES: tuple[str, ...]
STATUS_NAMES: tuple[str, ...]
ASSISTANCE_NAMES: dict[int, str]

class CompiledRule:
    region: str
    scheme: int
    service: int
    version_from: str
    policy_version: str
    document: str | None
    policy_id: int

def compile_rule(
    assembled: dict[str, Any], service: str, points_ppm: int = ..., multiplier_ppm: int = ...
) -> CompiledRule: ...
