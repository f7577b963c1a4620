"""What an order costs whom: the split of an order against the account row of its person.

Design
    The caller hands in a copy of the account row; pricing takes the order's part out of it. A payment writes the copy
    back, a quote drops it, so that a quote and the payment after it cannot compute differently. `give_back` is the
    exact inverse of the taking, for a void of all of it and for refunds of a part.

Invariants
    Taking and giving back leave the row as it was when nothing else came between. Money taken from this year's purse
    in a benefit year that has ended comes back to the purse of earlier years; that year's accumulators are gone.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

from core.accounts cimport (
    COUNTS_DEDUCTIBLE, COUNTS_IN_SCOPE, COUNTS_POOLED, USAGE_GROUPS, Account, ServiceUsage, counted_group,
    roll_to_year, usage_group,
)
from core.family.share cimport note_share, offer_share
from core.order cimport Order
from core.benefit.natures cimport Natures
from core.benefit.pooled cimport Insured, Usage
from core.benefit.rule cimport CompiledRule, Rule
from core.plans.enrolment cimport Enrolment, enrolled_on, note_plans, seat_of_bill
from core.plans.plan cimport SEATS, CompiledPlan, PlanSeat
from core.policy cimport RuleBook
from core.split cimport Given, Purses, Split, split_bill
from core.words cimport (
    BENEFIT_YEAR_CLOSED, CASH_REDUCTION_TOO_LARGE, DONE, KIND_CASH_ONLY, SERVICE_INPATIENT,
)
from core.policy import LookupFailed, year_start_day

cdef enum:
    REFERRAL_LOCAL = 1        # of core.policy.REFERRALS

cdef class Pricer:
    """Prices orders by the policies of a rule book."""

    def __init__(self, RuleBook rules):
        self.rules = rules
        self.region_codes = {}

    cdef int price(self, Order order, Account* after, bint use_account, list enrolments, const Account* owner) except -1:
        """Fills the order's split fields and takes its part out of `after`; gives DONE or the reason why not.

        `enrolments` are the person's plans, or None; what the order adds to them is noted on it, and not taken yet.
        So it is with `owner`, the account of the family member who pays for the person, or NULL.
        """
        cdef int reason
        order.use_account = use_account
        order.insured_region = after.region
        if order.kind == KIND_CASH_ONLY:
            order.hospital_fen = order.hospital_borne_fen
            order.cash_fen = order.total_fen - order.hospital_fen
            order.benefit_year_day = after.year_day
        else:
            reason = self.price_by_rule(order, after, use_account, enrolments, owner)
            if reason != DONE:
                return reason
        if order.cash_fen + order.cash_additions_fen < order.cash_reductions_fen:
            return CASH_REDUCTION_TOO_LARGE
        order.quote_digest = digest_of(order)
        return DONE

    cdef int price_by_rule(
            self, Order order, Account* after, bint use_account, list enrolments, const Account* owner) except -1:
        cdef PlanSeat rows[SEATS]
        cdef PlanSeat* seats[SEATS]
        cdef int64_t keys[SEATS]
        cdef int64_t year_days[SEATS]
        cdef Natures natures
        cdef Usage usage
        cdef Purses purses
        cdef Insured insured
        cdef Given given
        cdef Split split
        cdef CompiledRule rule
        cdef int32_t year_day
        cdef int reason
        try:
            # An order that was priced before keeps the version that priced it; for another the service date picks one.
            rule = self.rules.find(
                self.region_code(after.region), self.region_code(order.treatment_region), after.scheme,
                order.service, order.referral, order.service_day, order.policy_id)
            year_day = self.rules.benefit_year_day(
                self.region_code(after.region), order.service_day, order.policy_id)
            purses.family_fen = self.family_fen(order, after.person_id, owner)
        except LookupFailed as failure:
            return failure.reason
        if year_day < after.year_day:
            return BENEFIT_YEAR_CLOSED
        roll_to_year(after, year_day)
        order.usage_groups = packed_groups(rule.rule, <int>order.service)
        natures.total_fen = order.total_fen
        natures.full_self_pay_fen = order.full_self_pay_fen
        natures.over_limit_fen = order.over_limit_fen
        natures.class_b_self_pay_fen = order.class_b_self_pay_fen
        natures.in_scope_fen = order.in_scope_fen
        natures.deductible_base_fen = order.deductible_base_fen
        natures.hospital_fen = order.hospital_borne_fen
        usage.deductible_used_fen = used_by(order, after, COUNTS_DEDUCTIBLE).deductible_used_fen
        usage.in_scope_fen = used_by(order, after, COUNTS_IN_SCOPE).in_scope_fen
        usage.pooled_paid_fen = used_by(order, after, COUNTS_POOLED).pooled_paid_fen
        usage.major_in_scope_fen = after.major_in_scope_fen
        usage.major_paid_fen = after.major_paid_fen
        purses.current_year_fen = after.current_year_fen if use_account else 0
        purses.prior_years_fen = after.prior_years_fen if use_account else 0
        insured.status = after.status
        insured.age = age_on(after.birth_date, order.service_day)
        insured.civil_servant = after.civil_servant
        insured.assistance = after.assistance
        insured.family_doctor = after.family_doctor
        insured.level = <int32_t>order.level
        insured.stay_number = <int32_t>order.stay_number if order.stay_number > 0 else after.stay_count + 1
        given.pooled_fen = -1
        given.major_fen = -1
        if enrolments is not None:
            reason = self.find_plans(order, enrolments, rows, seats, keys, year_days)
            if reason != DONE:
                return reason
        reason = split_bill(
            rule.rule, &natures, &insured, &usage, &purses, &given, NULL if enrolments is None else seats, &split)
        if reason != DONE:
            return reason
        write_split(order, &split)
        note_share(order)
        if enrolments is not None:
            note_plans(order, seats, keys, year_days)
        order.policy_id = rule.policy_id
        write_before(order, after, &insured, &usage)
        order.stay_counted = order.service == SERVICE_INPATIENT and insured.stay_number > after.stay_count
        take(order, after)
        return DONE

    cdef int64_t family_fen(self, Order order, int64_t person_id, const Account* owner) except -1:
        """What a family owner's purses hold for an order; raises LookupFailed for an owner of an unknown region.

        Nobody is their own family: the same money would pay twice.
        """
        if owner == NULL or owner.person_id == person_id:
            return 0
        return offer_share(
            order, owner, self.rules.benefit_year_day(self.region_code(owner.region), order.service_day))

    cdef int find_plans(self, Order order, list enrolments, PlanSeat* rows, PlanSeat** seats, int64_t* keys,
                        int64_t* year_days) except -1:
        """The plans of a person that cover an order; one that was priced before keeps the versions that priced it."""
        cdef Enrolment enrolment
        cdef CompiledPlan plan
        cdef int seat
        for seat in range(SEATS):
            seats[seat] = NULL
            enrolment = enrolled_on(enrolments, seat, order.service_day)
            if enrolment is None:
                continue
            plan = self.rules.plans.kept(order.plan(seat).plan_key)
            if plan is None or plan.plan_id != enrolment.plan_id:
                plan = self.rules.plans.find_on(enrolment.plan_id, order.service_day)
            if plan is None or self.region_code(order.insured_region) not in plan.document["regions"]:
                continue
            if not plan.covers(<int>order.service, <int>order.referral, <int>order.level):
                continue
            keys[seat] = plan.plan_key
            year_days[seat] = year_start_day(plan.year_month, plan.year_day, order.service_day)
            if seat_of_bill(enrolment, plan, order, year_days[seat], &rows[seat]) != 0:
                return BENEFIT_YEAR_CLOSED
            seats[seat] = &rows[seat]
        return DONE

    cdef int split_as_paid(self, Order order, const Natures* natures, const Purses* purses, Split* split) except -1:
        """Splits another bill as a paid order's was: by the version, person and accumulators that it recorded."""
        cdef CompiledRule rule
        cdef Insured insured
        cdef Usage usage
        cdef Given given
        try:
            rule = self.rules.find(
                self.region_code(order.insured_region), self.region_code(order.treatment_region), <int>order.scheme,
                <int>order.service, <int>order.referral, order.service_day, order.policy_id)
        except LookupFailed as failure:
            return failure.reason
        usage.deductible_used_fen = order.deductible_used_before_fen
        usage.in_scope_fen = order.in_scope_before_fen
        usage.pooled_paid_fen = order.pooled_paid_before_fen
        usage.major_in_scope_fen = order.major_in_scope_before_fen
        usage.major_paid_fen = order.major_paid_before_fen
        insured.status, insured.age = <int32_t>order.person_status, <int32_t>order.age
        insured.civil_servant, insured.assistance = <int32_t>order.civil_servant, <int32_t>order.assistance
        insured.family_doctor, insured.level = <int32_t>order.family_doctor, <int32_t>order.level
        insured.stay_number = <int32_t>(order.stay_number if order.stay_number > 0 else order.stays_before + 1)
        given.pooled_fen = given.major_fen = -1
        return split_bill(rule.rule, natures, &insured, &usage, purses, &given, NULL, split)

    cdef int32_t year_day(self, int64_t region, int64_t day) except -1:
        """First day of the benefit year of a region that a day is in; raises LookupFailed for an unknown region."""
        return self.rules.benefit_year_day(self.region_code(region), day)

    cdef int64_t groups_elsewhere(self, const Account* account, int service, int64_t day) except -1:
        """Whose accumulators a person's bill settled elsewhere fills, packed, by the version that prices its day; the
        service's own where the region has no rule for such a bill."""
        cdef CompiledRule rule
        region = self.region_code(account.region)
        try:
            rule = self.rules.find(region, region, account.scheme, service, REFERRAL_LOCAL, day)
        except LookupFailed:
            return 0
        return packed_groups(rule.rule, service)

    cdef int64_t passwordless_limit_fen(self, int64_t region, int64_t service_day) except -1:
        """Up to which total a region lets a scanned payment of a day's bill go without the patient's password."""
        return self.rules.passwordless_limit_fen(self.region_code(region), service_day)

    cdef str region_code(self, int64_t region):
        code = self.region_codes.get(region)
        if code is None:
            code = self.region_codes[region] = f"{region:06d}"
        return code


cdef void note_insured(Order order, const Account* account) noexcept nogil:
    """Notes on an order who insures its person, and how; nothing for nobody."""
    if account != NULL:
        order.insured_region = account.region
        order.scheme = account.scheme


cdef bint can_give_back(Order order, const Split* back, int64_t stays, Account* account) except -1:
    """Whether the accumulators still hold a part of the order: a correction from elsewhere may have taken it out."""
    assert account != NULL, "the account of an order that holds or has paid is loaded with it"
    if order.benefit_year_day != account.year_day or order.kind == KIND_CASH_ONLY:
        return True
    return (
        used_by(order, account, COUNTS_DEDUCTIBLE).deductible_used_fen >= back.deductible_fen
        and used_by(order, account, COUNTS_IN_SCOPE).in_scope_fen >= back.used_in_scope_fen
        and used_by(order, account, COUNTS_POOLED).pooled_paid_fen >= back.pooled_fen
        and account.major_in_scope_fen >= back.major_counted_fen
        and account.major_paid_fen >= back.major_fen and account.stay_count >= stays)


cdef void give_back(Order order, const Split* back, int64_t stays, Account* account) noexcept nogil:
    """Takes a part of an order out of its person's account: its money to the purses, the rest out of the accumulators.

    `back` is the difference between the split that stood and the one that stands now; all of it for a void.
    """
    if order.benefit_year_day != account.year_day:
        account.prior_years_fen += back.account_current_fen + back.account_prior_fen
        return
    account.current_year_fen += back.account_current_fen
    account.prior_years_fen += back.account_prior_fen
    if order.kind == KIND_CASH_ONLY:
        return
    used_by(order, account, COUNTS_DEDUCTIBLE).deductible_used_fen -= back.deductible_fen
    used_by(order, account, COUNTS_IN_SCOPE).in_scope_fen -= back.used_in_scope_fen
    used_by(order, account, COUNTS_POOLED).pooled_paid_fen -= back.pooled_fen
    account.major_in_scope_fen -= back.major_counted_fen
    account.major_paid_fen -= back.major_fen
    account.stay_count -= <int32_t>stays


cdef void take(Order order, Account* account) noexcept nogil:
    """Puts a priced order into its person's account: its money out of the purses, its bill into the accumulators."""
    account.current_year_fen -= order.account_current_fen
    account.prior_years_fen -= order.account_prior_fen
    used_by(order, account, COUNTS_DEDUCTIBLE).deductible_used_fen += order.deductible_fen
    used_by(order, account, COUNTS_IN_SCOPE).in_scope_fen += order.used_in_scope_fen
    used_by(order, account, COUNTS_POOLED).pooled_paid_fen += order.pooled_fen
    account.major_in_scope_fen += order.major_counted_fen
    account.major_paid_fen += order.major_fen
    account.stay_count += <int32_t>order.stay_counted


cdef int64_t packed_groups(const Rule* rule, int service) noexcept nogil:
    """Whose accumulators a rule reads and fills, as an order keeps it; 0 where they are the service's own."""
    cdef int own = usage_group(service)
    cdef int deductible = rule.usage_groups[COUNTS_DEDUCTIBLE], in_scope = rule.usage_groups[COUNTS_IN_SCOPE]
    cdef int pooled = rule.usage_groups[COUNTS_POOLED]
    if deductible == own and in_scope == own and pooled == own:
        return 0
    return 1 + deductible + USAGE_GROUPS * (in_scope + USAGE_GROUPS * pooled)


cdef int group_of(Order order, int accumulator) noexcept nogil:
    """The group of core.accounts in which one of an order's accumulators is kept."""
    return counted_group(order.usage_groups, <int>order.service, accumulator)


cdef ServiceUsage* used_by(Order order, Account* account, int accumulator) noexcept nogil:
    """The row's part in which one of an order's accumulators is kept."""
    return &account.usage[group_of(order, accumulator)]


def usage_groups(Order order):
    """The groups of services (0 out-patient, 1 in-patient, 2 chronic) whose accumulators an order's split filled.

    Returns:
        (deductible, in scope, pooled paid); they differ where the policy shares an accumulator between services.
    """
    return counted_groups(order.usage_groups, order.service)


def counted_groups(int64_t packed, int service):
    """The groups that packed ones stand for, as `usage_groups` gives them; 0 stands for the service's own."""
    return tuple([counted_group(packed, service, accumulator) for accumulator in range(3)])


cdef Split paid_split(Order order) noexcept nogil:
    """The split that an order was held or paid by."""
    cdef Split split
    split.deductible_fen = order.deductible_fen
    split.pooled_fen = order.pooled_fen
    split.major_fen = order.major_fen
    split.civil_servant_fen = order.civil_servant_fen
    split.assistance_fen = order.assistance_fen
    split.other_fund_fen = order.other_fund_fen
    split.hospital_fen = order.hospital_fen
    split.account_current_fen = order.account_current_fen
    split.account_prior_fen = order.account_prior_fen
    split.family_account_fen = order.family_account_fen
    split.commercial_fen = order.commercial_fen
    split.cash_fen = order.cash_fen
    split.used_in_scope_fen = order.used_in_scope_fen
    split.major_counted_fen = order.major_counted_fen
    return split


cdef void write_split(Order order, const Split* split) noexcept nogil:
    order.deductible_fen = split.deductible_fen
    order.pooled_fen = split.pooled_fen
    order.major_fen = split.major_fen
    order.civil_servant_fen = split.civil_servant_fen
    order.assistance_fen = split.assistance_fen
    order.other_fund_fen = split.other_fund_fen
    order.hospital_fen = split.hospital_fen
    order.account_current_fen = split.account_current_fen
    order.account_prior_fen = split.account_prior_fen
    order.family_account_fen = split.family_account_fen
    order.commercial_fen = split.commercial_fen
    order.cash_fen = split.cash_fen
    order.used_in_scope_fen = split.used_in_scope_fen
    order.major_counted_fen = split.major_counted_fen


cdef void write_before(Order order, const Account* account, const Insured* insured, const Usage* usage) noexcept nogil:
    """Records what the split was computed from, so that it can be explained and a part of it taken back later."""
    order.scheme = account.scheme
    order.person_status = insured.status
    order.age = insured.age
    order.civil_servant = insured.civil_servant
    order.assistance = insured.assistance
    order.family_doctor = insured.family_doctor
    order.benefit_year_day = account.year_day
    order.deductible_used_before_fen = usage.deductible_used_fen
    order.in_scope_before_fen = usage.in_scope_fen
    order.pooled_paid_before_fen = usage.pooled_paid_fen
    order.major_in_scope_before_fen = usage.major_in_scope_fen
    order.major_paid_before_fen = usage.major_paid_fen
    order.stays_before = account.stay_count


cdef int32_t age_on(int32_t birth_date, int64_t day) noexcept nogil:
    """Completed years on a day (days since 1970-01-01) of somebody born on yyyymmdd."""
    # Civil date of a day number: H. Hinnant, "chrono-compatible low-level date algorithms", for days >= 0000-03-01.
    cdef int64_t z = day + 719468
    cdef int64_t era = z // 146097
    cdef int64_t doe = z - era * 146097
    cdef int64_t yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    cdef int64_t doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    cdef int64_t mp = (5 * doy + 2) // 153
    cdef int64_t month = mp + 3 if mp < 10 else mp - 9
    cdef int64_t year = yoe + era * 400 + (1 if month <= 2 else 0)
    cdef int64_t date = year * 10000 + month * 100 + doy - (153 * mp + 2) // 5 + 1
    return <int32_t>((date - birth_date) // 10000)


cdef int64_t digest_of(Order order) noexcept nogil:
    """What the patient is shown, as one number: any other split, or another policy behind it, gives another."""
    cdef uint64_t digest = 0
    digest = mixed(digest, order.order_id)
    digest = mixed(digest, order.policy_id)
    digest = mixed(digest, order.aid_plan_key)
    digest = mixed(digest, order.insurance_plan_key)
    digest = mixed(digest, order.use_account)
    digest = mixed(digest, order.family_person_id)
    digest = mixed(digest, order.deductible_fen)
    digest = mixed(digest, order.pooled_fen)
    digest = mixed(digest, order.major_fen)
    digest = mixed(digest, order.civil_servant_fen)
    digest = mixed(digest, order.assistance_fen)
    digest = mixed(digest, order.other_fund_fen)
    digest = mixed(digest, order.hospital_fen)
    digest = mixed(digest, order.account_current_fen)
    digest = mixed(digest, order.account_prior_fen)
    digest = mixed(digest, order.family_account_fen)
    digest = mixed(digest, order.commercial_fen)
    digest = mixed(digest, order.cash_fen)
    digest = mixed(digest, order.cash_additions_fen)
    digest = mixed(digest, order.cash_reductions_fen)
    return <int64_t>(digest >> 1)


cdef uint64_t mixed(uint64_t digest, int64_t value) noexcept nogil:
    # splitmix64's finalizer (Steele, Lea, Flood 2014): every bit of the value reaches every bit of the digest.
    digest = (digest ^ <uint64_t>value) + <uint64_t>0x9E3779B97F4A7C15
    digest = (digest ^ (digest >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    digest = (digest ^ (digest >> 27)) * <uint64_t>0x94D049BB133111EB
    return digest ^ (digest >> 31)
