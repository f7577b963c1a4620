"""Types of core.ledger."""

from core.commands import Command, Result
from core.people.desk import PeopleDesk
from core.policy import RuleBook

class Ledger(PeopleDesk):
    def __init__(self, rules: RuleBook, accounts_max: int = ..., orders_max: int = ..., scores: bool = ...) -> None: ...
    def set_window(self, institution_id: int, window: int) -> None: ...
    def apply(self, batch: int, commands: list[Command]) -> list[Result]: ...
