"""Types of core.people.desk."""

from core.books import Books
from core.policy import RuleBook
from core.pricing import Pricer

class PeopleDesk(Books):
    pricer: Pricer
    def __init__(self, rules: RuleBook, accounts_max: int, orders_max: int, scores: bool) -> None: ...
