"""One benefit rule compiled to flat arrays.

Design
    Every look-up by status, age, level and assistance is folded into a slot when the rule is compiled, so that a split
    finds its slot once and every value is one array access. The cross-region change (points, multiplier) is folded
    into the shares; what a payer counts, and what an account may pay in which order, into bits and short lists.

Invariants
    A compiled rule never changes. Its shares are exact: over 1,000,000, or over its square where a multiplier leaves
    fractions of a ppm. What could overflow the 128-bit integers of the split is refused here.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free

from core import rules
from core.rules.words import ACCUMULATORS, BURDENS, MONEY_MAX_FEN, NATURES, PPM

_EXACT_MAX = 1 << 125

LEVEL_NAMES = ("community", "level1", "level2", "level3", "level3_top", "pharmacy")
STATUS_NAMES = ("active", "retired", "resident", "student", "elder")
ASSISTANCE_NAMES = {1: "none", 2: "low_income", 3: "destitute", 4: "registered_poor"}

_MEASURES = {None: MEASURE_BILL, "stay_in_scope": MEASURE_STAY, "year_in_scope": MEASURE_YEAR,
             "year_pooled_paid": MEASURE_PAID}
_KINDS = {"none": DEDUCTIBLE_NONE, "annual": DEDUCTIBLE_ANNUAL, "per_visit": DEDUCTIBLE_PER_VISIT,
          "per_stay": DEDUCTIBLE_PER_STAY}
_OWNERS = {"self_current_year": OWNER_CURRENT_YEAR, "self": OWNER_PRIOR_YEARS, "family": OWNER_FAMILY}
_WAYS = {"half_up": HALF_UP, "half_even": HALF_EVEN, "down": ROUND_DOWN, "up": ROUND_UP}
_USAGE_GROUPS = {"outpatient": 0, "inpatient": 1, "pharmacy": 0, "chronic": 2}   # as core.accounts keeps them


cdef class CompiledRule:
    """One rule as flat arrays; made by `compile_rule`."""

    def __cinit__(self):
        self.rule = <Rule*>calloc(1, sizeof(Rule))
        if self.rule == NULL:
            raise MemoryError("no memory for a rule")
        self.tables = []

    def __dealloc__(self):
        free(self.rule)

    cdef int64_t* table(self, list values) except NULL:
        """A C array with these values that lives as long as the rule."""
        cdef bytearray memory = bytearray(len(values) * sizeof(int64_t))
        cdef int64_t* numbers = <int64_t*><char*>memory
        cdef Py_ssize_t index
        for index in range(len(values)):
            numbers[index] = values[index]
        self.tables.append(memory)
        return numbers


def compile_rule(dict assembled, str service, points_ppm=0, multiplier_ppm=PPM):
    """Compiles one assembled rule (core.rules.assemble) to flat arrays.

    Args:
        service: which of the second stages count, and whether a pharmacy's account rule holds.
        points_ppm: taken off each band's share, not below 0.
        multiplier_ppm: each band's share times this over 1,000,000.
    """
    cdef CompiledRule compiled = CompiledRule()
    cdef Rule* rule = compiled.rule
    for part in ("deductible", "ratio", "account"):
        if not assembled.get(part):
            raise rules.PolicyError("", part, "is missing: a rule needs deductible, ratio and account")
    reader = TableReader(assembled, service)
    if len(reader.ages) > AGES_MAX:
        raise rules.PolicyError("", "ages", f"at most {AGES_MAX} age thresholds")
    rule.age_count = len(reader.ages)
    for index, age in enumerate(reader.ages):
        rule.ages[index] = age
    rule.slot_count = 2 * STATUSES * rule.age_count * LEVELS
    rule.account_first = assembled.get("order", "standard") == "account_first"
    write_deductible(compiled, assembled["deductible"], reader, service)
    write_ratio(compiled, assembled["ratio"], reader, points_ppm, multiplier_ppm)
    caps = assembled.get("caps") or {}
    rule.capped = caps.get("pooled_paid_fen") is not None
    rule.cap = compiled.table(reader.values(caps.get("pooled_paid_fen")))
    rule.scope_capped = caps.get("in_scope_fen") is not None
    rule.scope_cap = compiled.table(reader.values(caps.get("in_scope_fen")))
    rounding = assembled.get("rounding") or {}
    rule.way = _WAYS[rounding.get("fund", "half_up").partition("_per_")[0]]
    rule.cap_segment_down = rounding.get("cap_segment") == "floor_to_fen"
    write_majors(compiled, assembled.get("major") or [], reader, service)
    write_payers(compiled, assembled, reader)
    write_account(rule, assembled["account"], service)
    write_usage_groups(rule, assembled.get("counts_to") or {}, service)
    return compiled


class TableReader:
    """Reads values by person and level out of a rule, for every slot at once."""

    def __init__(self, assembled, service):
        self.as_level = assembled.get("as_level")
        ages = {0}
        collect_ages(assembled.get("deductible"), ages)
        collect_ages(assembled.get("ratio"), ages)
        collect_ages(assembled.get("caps"), ages)
        collect_ages(assembled.get("major"), ages)
        collect_ages(assembled.get("civil_servant"), ages)
        collect_ages(assembled.get("assistance"), ages)
        for age, _ in (assembled.get("ratio") or {}).get("age_points_ppm") or []:
            ages.add(age)
        self.ages = sorted(ages)

    def slots(self):
        """(assisted, status, age, level) of every slot in its order."""
        for assisted in (False, True):
            for status in STATUS_NAMES:
                for age in self.ages:
                    for level in LEVEL_NAMES:
                        yield assisted, status, age, self.as_level or level

    def values(self, table):
        """One value a slot: NOT_SET where the table has none for such a person or level."""
        return [self.value(table, status, age, level) for _, status, age, level in self.slots()]

    def value(self, table, status, age, level):
        """The value for one kind of person at one level."""
        if isinstance(table, dict):
            table = self.of_person(table, status, age)
        if isinstance(table, list):
            index = LEVEL_NAMES.index(level)
            table = table[index] if index < len(table) else None
        return NOT_SET if table is None else table

    def of_person(self, table, status, age):
        """The entry of a table by status: `status@age` of the highest age reached, `status`, else `resident`'s."""
        for name in (status, "resident") if status in ("student", "elder") else (status,):
            reached = [int(key.partition("@")[2]) for key in table
                       if key.startswith(name + "@") and int(key.partition("@")[2]) <= age]
            if reached:
                return table[f"{name}@{max(reached)}"]
            if name in table:
                return table[name]
        return None


def collect_ages(part, ages):
    """Adds every age that a `status@age` key of a rule names."""
    if isinstance(part, dict):
        for key, value in part.items():
            if "@" in key:
                ages.add(int(key.partition("@")[2]))
            collect_ages(value, ages)
    elif isinstance(part, list):
        for value in part:
            collect_ages(value, ages)


cdef write_deductible(CompiledRule compiled, dict deductible, reader, str service):
    cdef Rule* rule = compiled.rule
    rule.kind = _KINDS[deductible["kind"]]
    amounts = 0 if rule.kind == DEDUCTIBLE_NONE else deductible.get("amounts")
    rule.deductible = compiled.table(reader.values(amounts))
    rule.family_doctor_fen = (deductible.get("reduced_for") or {}).get("family_doctor", 0)
    # Stays are counted for in-patients only.
    later = deductible.get("later_stays") or [] if service == "inpatient" else []
    later = sorted(later, key=lambda entry: entry["from_stay"])
    if len(later) > LATER_STAYS_MAX:
        raise rules.PolicyError("", "deductible.later_stays", f"at most {LATER_STAYS_MAX} entries")
    rule.later_count = len(later)
    for index, entry in enumerate(later):
        rule.later[index].from_stay = entry["from_stay"]
        rule.later[index].amounts = NULL
        if "amounts" in entry:
            rule.later[index].amounts = compiled.table(reader.values(entry["amounts"]))
        rule.later[index].ppm = NULL
        if "ppm" in entry:
            rule.later[index].ppm = compiled.table(reader.values(entry["ppm"]))
        rule.later[index].step_fen = entry.get("step_fen", 0)
        rule.later[index].step_ppm = entry.get("step_ppm", 0)
        rule.later[index].floor_fen = entry.get("floor", 0)


cdef write_ratio(CompiledRule compiled, dict ratio, reader, points_ppm, multiplier_ppm):
    cdef Rule* rule = compiled.rule
    bands = ratio["bands"]
    if len(bands) > BANDS_MAX:
        raise rules.PolicyError("", "ratio.bands", f"at most {BANDS_MAX} bands")
    rule.measure = _MEASURES[ratio.get("measured_on")]
    if ratio.get("measured_from") == "deductible":
        rule.measure = MEASURE_YEAR_BEHIND if rule.measure == MEASURE_YEAR else MEASURE_BILL
    rule.band_count = len(bands)
    shares = [[share_of(ratio, band, slot, reader, points_ppm, multiplier_ppm) for slot in reader.slots()]
              for band in bands]
    exact_ppm = all(share % PPM == 0 for table in shares for share in table if share != NOT_SET)
    rule.share_unit = PPM if exact_ppm else PPM * PPM
    for index, band in enumerate(bands):
        rule.from_fen[index] = band["from"]
        rule.to_fen[index] = NOT_SET if band["to"] is None else band["to"]
        rule.share[index] = compiled.table(
            [share // PPM if exact_ppm and share != NOT_SET else share for share in shares[index]])
    if rule.measure == MEASURE_PAID and MONEY_MAX_FEN * int(rule.share_unit) ** len(bands) > _EXACT_MAX:
        raise rules.PolicyError(
            "", "ratio.bands",
            f"{len(bands)} bands on what the fund has paid cannot be computed exactly with these ratios: "
            "use fewer bands, or ratios of whole ppm")


def share_of(ratio, band, slot, reader, points_ppm, multiplier_ppm):
    """The share of one band for one slot, over the square of 1,000,000."""
    assisted, status, age, level = slot
    ppm = reader.value(band["ppm"], status, age, level)
    if ppm == NOT_SET:
        return NOT_SET
    reached = [points for threshold, points in ratio.get("age_points_ppm") or [] if threshold <= age]
    if reached:
        ppm += reached[len(reached) - 1]
    if assisted:
        ppm += ratio.get("assistance_points_ppm", 0)
    ppm = min(ppm, ratio.get("max_ppm", ppm))
    if ppm > PPM:
        raise rules.PolicyError("", "ratio", "is over 100 %: lower it, or set max_ppm")
    return max(ppm - points_ppm, 0) * multiplier_ppm


cdef write_majors(CompiledRule compiled, list majors, reader, str service):
    cdef Rule* rule = compiled.rule
    cdef int assisted
    counting = [entry for entry in majors if service in entry["services"] and entry.get("when") != "year_end"]
    if len(counting) > MAJORS_MAX:
        raise rules.PolicyError("", "major", f"at most {MAJORS_MAX} second stages for one service")
    rule.major_count = len(counting)
    for index, entry in enumerate(counting):
        patched = rules.merge_patch(entry, entry.get("assistance_patch") or {})
        for assisted, stage in enumerate((entry, patched)):
            write_stage(compiled, &rule.majors[index][assisted], stage, reader)


cdef int write_stage(CompiledRule compiled, Stage* stage, dict entry, reader) except -1:
    threshold = entry.get("threshold_fen", 0)
    from_threshold = entry.get("edges_from", "threshold") == "threshold"
    stage.over_cap = entry["kind"] == "over_cap"
    stage.counts = counted_bits(entry)
    stage.cap_fen = NOT_SET if entry.get("cap_fen") is None else entry["cap_fen"]
    bands = entry["bands"]
    if len(bands) > BANDS_MAX:
        raise rules.PolicyError("", "major.bands", f"at most {BANDS_MAX} bands")
    stage.band_count = len(bands)
    for index, band in enumerate(bands):
        shift = threshold if from_threshold else 0
        stage.from_fen[index] = max(band["from"] + shift, threshold)
        stage.to_fen[index] = NOT_SET if band["to"] is None else band["to"] + shift
        stage.ppm[index] = compiled.table(reader.values(band["ppm"]))
    return 0


cdef write_payers(CompiledRule compiled, dict assembled, reader):
    cdef Rule* rule = compiled.rule
    subsidy = assembled.get("civil_servant") or {}
    rule.civil_servant_ppm = compiled.table(reader.values(subsidy.get("ppm", 0)))
    rule.civil_servant_cap_fen = NOT_SET if subsidy.get("cap_fen") is None else subsidy["cap_fen"]
    rule.civil_servant_counts = counted_bits(subsidy)
    for number, name in ASSISTANCE_NAMES.items():
        kind = (assembled.get("assistance") or {}).get(name) or {}
        rule.assistance_ppm[number] = compiled.table(reader.values(kind.get("ppm", 0)))
        rule.assistance_cap_fen[number] = NOT_SET if kind.get("cap_fen") is None else kind["cap_fen"]
        rule.assistance_counts[number] = counted_bits(kind)


def counted_bits(dict terms):
    """The parts of the personal in-scope money that a payer counts, as Burden bits; all where it names none."""
    return sum([1 << BURDENS.index(name) for name in terms.get("counts") or BURDENS])


cdef write_account(Rule* rule, dict account, str service):
    own = account["pays"]
    if service == "pharmacy":
        own = account.get("pays_at_pharmacy", own)
    family = account.get("family_pays")
    for owner in range(3):
        pays = own if owner != OWNER_FAMILY or family is None else family
        rule.pays_count[owner] = len(pays)
        for index, nature in enumerate(pays):
            rule.pays[owner][index] = NATURES.index(nature)
    for index, owner in enumerate(account["owner_order"]):
        rule.owner_order[index] = _OWNERS[owner]


cdef write_usage_groups(Rule* rule, counts_to, str service):
    if isinstance(counts_to, str):
        counts_to = dict.fromkeys(ACCUMULATORS, counts_to)
    for index, name in enumerate(ACCUMULATORS):
        rule.usage_groups[index] = _USAGE_GROUPS[counts_to.get(name, service)]


cdef int32_t slot_of(const Rule* rule, int status, int age, int level, bint assisted) noexcept nogil:
    """The slot of a person at a level; -1 when status or level is no known number."""
    cdef int32_t age_index = 0
    if not (1 <= status <= STATUSES and 1 <= level <= LEVELS):
        return -1
    while age_index + 1 < rule.age_count and rule.ages[age_index + 1] <= age:
        age_index += 1
    return (((1 if assisted else 0) * STATUSES + status - 1) * rule.age_count + age_index) * LEVELS + level - 1
