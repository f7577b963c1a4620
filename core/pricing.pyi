"""Types of core.pricing."""

from core.policy import RuleBook

class Pricer:
    rules: RuleBook
    def __init__(self, rules: RuleBook) -> None: ...
