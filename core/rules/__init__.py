"""Reads a region's policy document: checks it, and assembles the rule for a scheme, a service and a date.

Design
    A document is one JSON object a region: its `schemes` list versions of each service's rule, of second stages and of
    cross-region changes; `defaults` holds what every version starts from. `check` names all problems at once, with
    file, path and advice; the parts of a rule are checked in core.rules.checks. `assemble` gives a plain dict that
    core.policy compiles. What changes a rule by a patch (cross-region tables, second stages under assistance) is
    checked as the rule that it makes.

Invariants
    A document is never changed; what `assemble` gives shares its lists. No check raises, whatever the JSON.
    A document without problems assembles for each date that one of its versions is in force on (where it takes over
    another service's rule: while that is in force too).
"""

from core.rules.assembling import NoRule as NoRule
from core.rules.assembling import apply_cross_region as apply_cross_region
from core.rules.assembling import assemble as assemble
from core.rules.assembling import cross_region_entry as cross_region_entry
from core.rules.assembling import is_in_force as is_in_force
from core.rules.assembling import merge_patch as merge_patch
from core.rules.checker import Problem as Problem
from core.rules.documents import PROBLEMS_MAX as PROBLEMS_MAX
from core.rules.documents import PolicyError as PolicyError
from core.rules.documents import check as check
from core.rules.words import SCHEMES as SCHEMES
from core.rules.words import SERVICES as SERVICES
