"""Types of core.ledger."""

from core.books import Books
from core.commands import Command, Result
from core.policy import RuleBook
from core.pricing import Pricer

class Ledger(Books):
    pricer: Pricer
    def __init__(self, rules: RuleBook, accounts_max: int = ..., orders_max: int = ...) -> None: ...
    def set_window(self, institution_id: int, window: int) -> None: ...
    def apply(self, batch: int, commands: list[Command]) -> list[Result]: ...
