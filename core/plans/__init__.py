"""Plans that pay after the statutory funds: a mutual-aid scheme or a commercial insurance, as data.

Design
    A plan is one JSON document: whom and what it covers, and one to three parts, each of which counts some of the
    money left to the patient, leaves a deductible, and pays shares of the rest by bands. `check` names all problems of
    a document; `PlanBook` keeps versions of plans and finds the one of a service date; core.plans.plan computes.

Invariants
    A plan never pays what another payer has paid or an institution bears itself, and never more than it counts. What
    it does changes no statutory payer and none of their accumulators.
"""

from core.plans.book import NoPlan as NoPlan
from core.plans.book import PlanBook as PlanBook
from core.plans.checking import LEFT as LEFT
from core.plans.checking import PARTS_MAX as PARTS_MAX
from core.plans.checking import TENDERS as TENDERS
from core.plans.checking import check as check
from core.plans.plan import CompiledPlan as CompiledPlan
from core.plans.plan import Cover as Cover
