"""Types of core.pricing."""

from core.policy import RuleBook

class Pricer:
    rules: RuleBook
    policy_ids: dict[int, int]
    def __init__(self, rules: RuleBook) -> None: ...
