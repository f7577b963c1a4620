"""Explains a split: every step with its rule, the money it moved and the accumulators, in numbers and in words.

Design
    The steps are those of the exact twin (core.reference), whose functions compute them one by one; what a step did is
    noted between two of them. The words stand in one table, core.explain.words, in Chinese and in English.

Invariants
    An explanation adds up to the twin's split, payer by payer, and to what the bill adds to the accumulators; what is
    left after a step is what the next one begins with, and the last leaves nothing. One that does not is never given.
"""

from core.explain.steps import LEFT as LEFT
from core.explain.steps import PAYERS as PAYERS
from core.explain.steps import Explanation as Explanation
from core.explain.steps import ExplanationWrong as ExplanationWrong
from core.explain.steps import Step as Step
from core.explain.steps import explain as explain
from core.explain.words import LANGUAGES as LANGUAGES
from core.explain.words import sentence as sentence
from core.explain.words import summary as summary
