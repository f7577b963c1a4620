"""Splits a worked case, a bill written down in full as JSON, with the compiled core.

Design
    `read_case` checks every field of a case and fills in what is left out, so that nothing behind it has to look
    twice; the reference takes the same checked case. A case without an override takes its rule from the book. One
    with an override has its rule assembled, checked as a policy document is, and compiled for this case alone.
    Remarks and unknown fields are let through, unless one is so near to a known name that it must be a slip.

Invariants
    A case is never changed. Whatever the JSON, the answer is a split or a CaseError of one line.
"""

from core.cases.fields import Case as Case
from core.cases.fields import CaseError as CaseError
from core.cases.reading import read_case as read_case
from core.cases.ruling import rule_of as rule_of
from core.cases.settling import Settled as Settled
from core.cases.settling import batch_of as batch_of
from core.cases.settling import compute_case as compute_case
from core.cases.settling import natures_of as natures_of
from core.cases.settling import settle_case as settle_case
from core.cases.settling import settle_cases as settle_cases
