"""The book that finds the rule of a bill among the regions' policies.

Design
    A policy document is checked and assembled by core.rules, and compiled by core.benefit.rule when a bill first asks
    for it; what was found is kept by everything that picks it, so that a look-up is one dict access.

Invariants
    A document with a fault is never in the book. What was found is forgotten whenever a document comes in.
"""

import datetime

from libc.stdint cimport int64_t

from core.benefit.rule cimport CompiledRule
from core import rules
from core.benefit.rule import compile_rule
from core.rules.words import PPM

REGION_UNKNOWN = 70
NO_RULE_FOR_BILL = 71

SCHEMES = {1: "employee", 2: "resident"}
SERVICES = {1: "outpatient", 2: "inpatient", 3: "pharmacy", 4: "chronic"}
REFERRALS = {1: "local", 2: "filed", 3: "transfer", 4: "emergency", 5: "unfiled"}

_EPOCH = datetime.date(1970, 1, 1)
_FOUND_MAX = 20_000


class LookupFailed(LookupError):
    """No rule for a bill; `reason` is 70 (unknown region) or 71 (no rule for this scheme, service and date)."""

    def __init__(self, reason, message):
        super().__init__(message)
        self.reason = reason


cdef class RuleBook:
    """The policies in force, by region; finds and compiles the rule of a bill."""

    def __init__(self):
        self.documents = {}
        self.found = {}
        self.year_starts = {}
        self.year_days = {}

    def put(self, dict document, str file=""):
        """Takes in a region's policy document and puts it in force.

        Raises:
            core.rules.PolicyError: the document has a fault; it names file and rule, and the book is as before.
        """
        problems = rules.check(document, file)
        if problems:
            raise rules.PolicyError(*problems[0])
        region = document["region_code"]
        month, day = document.get("benefit_year_start", "01-01").split("-")
        self.documents[region] = document
        self.year_starts[region] = (int(month), int(day))
        self.found.clear()
        self.year_days.clear()

    def regions(self):
        """Codes of the regions that have a policy, ascending."""
        return sorted(self.documents)

    def document(self, str region):
        """The policy document of a region, or None."""
        return self.documents.get(region)

    cpdef CompiledRule find(self, str insured_region, str treatment_region, int scheme, int service, int referral,
                            int64_t service_day):
        """The rule for a bill; one dict look-up when the same was asked before.

        Args:
            service_day: days since 1970-01-01; picks the version.
        Raises:
            LookupFailed: 70 unknown region, 71 no rule for this scheme and service on this day.
        """
        key = (insured_region, treatment_region, scheme, service, referral, service_day)
        found = self.found.get(key)
        if found is None:
            if len(self.found) >= _FOUND_MAX:
                self.found.clear()
            try:
                found = self.compile(insured_region, treatment_region, scheme, service, referral, service_day)
            except LookupFailed as failure:
                found = failure
            self.found[key] = found
        if isinstance(found, CompiledRule):
            return found
        raise LookupFailed(found.reason, str(found))

    def compile(self, insured_region, treatment_region, scheme, service, referral, service_day):
        """Assembles and compiles the rule for a bill."""
        document = self.documents.get(insured_region)
        if document is None:
            raise LookupFailed(REGION_UNKNOWN, f"no policy for region {insured_region}")
        if scheme not in SCHEMES or service not in SERVICES or referral not in REFERRALS:
            raise LookupFailed(NO_RULE_FOR_BILL, "no such scheme, service or referral")
        try:
            date = (_EPOCH + datetime.timedelta(days=service_day)).isoformat()
            assembled = rules.assemble(document, SCHEMES[scheme], SERVICES[service], date)
            return compile_for_bill(
                assembled, insured_region, treatment_region, scheme, service, referral, document.get("version", ""))
        except (rules.NoRule, rules.PolicyError, OverflowError) as error:
            raise LookupFailed(NO_RULE_FOR_BILL, str(error)) from error

    cpdef int64_t benefit_year_day(self, str insured_region, int64_t service_day) except -1:
        """First day (days since 1970-01-01) of the region's benefit year that a day is in.

        Raises:
            LookupFailed: 70 unknown region.
        """
        key = (insured_region, service_day)
        found = self.year_days.get(key)
        if found is None:
            start = self.year_starts.get(insured_region)
            if start is None:
                raise LookupFailed(REGION_UNKNOWN, f"no policy for region {insured_region}")
            if len(self.year_days) >= _FOUND_MAX:
                self.year_days.clear()
            found = self.year_days[key] = year_start_day(start[0], start[1], service_day)
        return found

    def passwordless_limit_fen(self, str region):
        """Up to which total a scanned payment needs no password; 0 where the policy names none."""
        document = self.documents.get(region)
        return 0 if document is None else document.get("payment", {}).get("passwordless_limit_fen", 0)


def year_start_day(month, day, service_day):
    """First day of the year beginning each (month, day) that a day is in."""
    date = _EPOCH + datetime.timedelta(days=service_day)
    start = datetime.date(date.year, month, day)
    if start > date:
        start = datetime.date(date.year - 1, month, day)
    return (start - _EPOCH).days


def compile_for_bill(dict assembled, str insured_region, str treatment_region, int scheme, int service, int referral,
                     str policy_version=""):
    """Compiles an assembled rule with the cross-region change that a bill's regions and referral ask for."""
    points_ppm, multiplier_ppm = 0, PPM
    entry = rules.cross_region_entry(
        assembled, insured_region, treatment_region, REFERRALS[referral], SERVICES[service])
    if entry is not None:
        assembled, points_ppm, multiplier_ppm = rules.apply_cross_region(assembled, entry, REFERRALS[referral])
    cdef CompiledRule compiled = compile_rule(assembled, SERVICES[service], points_ppm, multiplier_ppm)
    compiled.region, compiled.scheme, compiled.service = insured_region, scheme, service
    compiled.policy_version = policy_version
    compiled.version_from = assembled.get("effective_from") or ""
    compiled.document = assembled.get("document")
    return compiled
