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
from core import plans, rules
from core.benefit.rule import compile_rule
from core.rules import versions
from core.rules.words import PPM

REGION_UNKNOWN = 70
NO_RULE_FOR_BILL = 71
NO_POLICY_ON_DATE = 85

SCHEMES = {1: "employee", 2: "resident"}
SERVICES = {1: "outpatient", 2: "inpatient", 3: "pharmacy", 4: "chronic"}
REFERRALS = {1: "local", 2: "filed", 3: "transfer", 4: "emergency", 5: "unfiled"}

_EPOCH = datetime.date(1970, 1, 1)
_FOUND_MAX = 20_000


class LookupFailed(LookupError):
    """No rule for a bill; `reason` is 70 (unknown region), 71 (no rule for this scheme, service and date) or 85 (no
    version of the region's policy holds on the date)."""

    def __init__(self, reason, message):
        super().__init__(message)
        self.reason = reason


cdef class RuleBook:
    """The policies in force, by region and service date; finds and compiles the rule of a bill. `plans` are the plans
    that pay after the statutory funds."""

    def __init__(self):
        self.plans = plans.PlanBook()
        self.lines = {}
        self.kept = {}
        self.found = {}
        self.year_days = {}
        self.limits = {}

    def put(self, dict document, str file="", int64_t policy_id=0):
        """Takes in a version of a region's policy and puts it in force, in the place of one with the same beginning.

        Args:
            policy_id: by which orders name it. A version with one is kept for the orders that it has priced, whatever
                takes its place.
        Raises:
            core.rules.PolicyError: the document has a fault; it names file and rule, and the book is as before.
            core.rules.versions.VersionConflict: it does not fit beside the region's other versions; likewise.
        """
        problems = rules.check(document, file)
        if problems:
            raise rules.PolicyError(*problems[0])
        region, version = document["region_code"], versions.version_of(document, policy_id)
        self.lines[region] = versions.placed(self.lines.get(region, ()), version)
        if policy_id:
            self.kept[policy_id] = version
        self.found.clear()
        self.year_days.clear()
        self.limits.clear()

    def regions(self):
        """Codes of the regions that have a policy, ascending."""
        return sorted(self.lines)

    def line(self, str region):
        """The region's versions in force (core.rules.versions.Version), by their beginning."""
        return list(self.lines.get(region, ()))

    def document(self, str region, service_day=None):
        """The policy document of a region that prices a day, or the last one; None where it has none."""
        line = self.lines.get(region)
        if not line:
            return None
        return (line[len(line) - 1] if service_day is None else versions.nearest(line, iso_date(service_day))).document

    cpdef CompiledRule find(self, str insured_region, str treatment_region, int scheme, int service, int referral,
                            int64_t service_day, int64_t policy_id=0):
        """The rule for a bill; one dict look-up when the same was asked before.

        Args:
            service_day: days since 1970-01-01; picks the version.
            policy_id: of the version that has priced the bill before, in force or not; 0: the day picks.
        Raises:
            LookupFailed: 70 unknown region, 85 no version on this day, 71 no rule for this scheme and service then.
        """
        key = (insured_region, treatment_region, scheme, service, referral, service_day, policy_id)
        found = self.found.get(key)
        if found is None:
            if len(self.found) >= _FOUND_MAX:
                self.found.clear()
            try:
                found = self.compile(
                    insured_region, treatment_region, scheme, service, referral, service_day, policy_id)
            except LookupFailed as failure:
                found = failure
            self.found[key] = found
        if isinstance(found, CompiledRule):
            return found
        raise LookupFailed(found.reason, str(found))

    def kept_version(self, region, policy_id):
        """The version of a region that has this id, in force or not; None for no id, or one of another region."""
        kept = self.kept.get(policy_id)
        return kept if kept is not None and kept.document["region_code"] == region else None

    def version(self, region, service_day, policy_id=0):
        """The version that prices a bill of a region's person on a day; arguments and errors as `find` has them."""
        kept = self.kept_version(region, policy_id)
        if kept is not None:
            return kept
        line = self.lines.get(region)
        if line is None:
            raise LookupFailed(REGION_UNKNOWN, f"no policy for region {region}")
        date = iso_date(service_day)
        version = versions.version_on(line, date)
        if version is None:
            since = f"from {line[0].start} on" if date < line[0].start else f"before {line[len(line) - 1].end}"
            raise LookupFailed(NO_POLICY_ON_DATE, f"the policy of region {region} holds {since}, not on {date}")
        return version

    def compile(self, insured_region, treatment_region, scheme, service, referral, service_day, policy_id=0):
        """Assembles and compiles the rule for a bill."""
        version = self.version(insured_region, service_day, policy_id)
        if scheme not in SCHEMES or service not in SERVICES or referral not in REFERRALS:
            raise LookupFailed(NO_RULE_FOR_BILL, "no such scheme, service or referral")
        cdef CompiledRule compiled
        try:
            assembled = rules.assemble(
                version.document, SCHEMES[scheme], SERVICES[service], iso_date(service_day))
            compiled = compile_for_bill(
                assembled, insured_region, treatment_region, scheme, service, referral,
                version.document.get("version", ""))
        except (rules.NoRule, rules.PolicyError, OverflowError) as error:
            raise LookupFailed(NO_RULE_FOR_BILL, str(error)) from error
        compiled.policy_id = version.policy_id
        return compiled

    cpdef int64_t benefit_year_day(self, str insured_region, int64_t service_day, int64_t policy_id=0) except -1:
        """First day (days since 1970-01-01) of the region's benefit year that a day is in.

        A day before or behind all versions has the year of the first or last one.

        Raises:
            LookupFailed: 70 unknown region.
        """
        key = (insured_region, service_day, policy_id)
        found = self.year_days.get(key)
        if found is None:
            line = self.lines.get(insured_region)
            if line is None:
                raise LookupFailed(REGION_UNKNOWN, f"no policy for region {insured_region}")
            version = self.kept_version(insured_region, policy_id) or versions.nearest(line, iso_date(service_day))
            if len(self.year_days) >= _FOUND_MAX:
                self.year_days.clear()
            month, day = version.document.get("benefit_year_start", "01-01").split("-")
            found = self.year_days[key] = year_start_day(int(month), int(day), service_day)
        return found

    def passwordless_limit_fen(self, str region, int64_t service_day):
        """Up to which total a scanned payment of a day's bill needs no password; 0 where the policy names none."""
        found = self.limits.get((region, service_day))
        if found is None:
            document = self.document(region, service_day)
            if len(self.limits) >= _FOUND_MAX:
                self.limits.clear()
            found = 0 if document is None else document.get("payment", {}).get("passwordless_limit_fen", 0)
            self.limits[region, service_day] = found
        return found


def iso_date(service_day):
    """YYYY-MM-DD of days since 1970-01-01."""
    return (_EPOCH + datetime.timedelta(days=service_day)).isoformat()


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
