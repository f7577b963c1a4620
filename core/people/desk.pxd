"""What the bureau writes of persons."""

from core.accounts cimport Account
from core.books cimport Books
from core.commands cimport Result
from core.pricing cimport Pricer


cdef class PeopleDesk(Books):
    cdef readonly Pricer pricer

    cdef Result person_changed(self, Account* account, Account* after)
