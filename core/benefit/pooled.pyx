"""The pooled fund: the deductible before it, its exact benefit, and what its ceilings cut off.

Design
    A benefit that is not whole fen is kept as an exact fraction in 128-bit integers until it is rounded, once. The
    segment that a ceiling cuts short is found by walking the bands; where edges lie on what the fund has paid, the cost
    that reaches an edge is a fraction itself, and the segment is found by bisection over the exact benefit instead.

Invariants
    The fund never pays more than what is in scope behind the deductible, and never past a ceiling. The book refuses
    rules whose fractions could leave 128 bits.
"""

from libc.stdint cimport INT64_MAX, int32_t, int64_t

from core.benefit.exact cimport PPM, Exact, compared, half_up_ppm, int128_t, rounded
from core.benefit.rule cimport (
    DEDUCTIBLE_ANNUAL, DEDUCTIBLE_NONE, DEDUCTIBLE_PER_STAY, LaterStay, MEASURE_BILL, MEASURE_PAID, MEASURE_STAY,
    MEASURE_YEAR, NOT_SET, Rule,
)


cdef int64_t deductible_due(const Rule* rule, int32_t slot, const Insured* insured, const Usage* usage) noexcept nogil:
    """The deductible this bill has to fill, before it is held against the bill."""
    cdef int64_t due = rule.deductible[slot]
    cdef const LaterStay* later = later_stay(rule, insured.stay_number)
    if rule.kind == DEDUCTIBLE_NONE:
        return 0
    if later != NULL:
        due = later_amount(later, slot, due, insured.stay_number)
    if insured.family_doctor:
        due = max(due - rule.family_doctor_fen, 0)
    if rule.kind == DEDUCTIBLE_ANNUAL:
        due = max(due - usage.deductible_used_fen, 0)
    return due


cdef const LaterStay* later_stay(const Rule* rule, int32_t stay_number) noexcept nogil:
    """What the rule says of this stay and those after it; NULL where the first stay's amount holds."""
    cdef const LaterStay* later = NULL
    cdef int32_t index
    if rule.kind == DEDUCTIBLE_PER_STAY:
        for index in range(rule.later_count):
            if rule.later[index].from_stay <= stay_number:
                later = &rule.later[index]
    return later


cdef int64_t later_amount(const LaterStay* later, int32_t slot, int64_t first, int32_t stay_number) noexcept nogil:
    """The deductible of a later stay, out of the first stay's amount."""
    cdef int64_t k = stay_number - later.from_stay + 1, amount
    cdef int128_t exact_ppm
    if later.amounts != NULL:
        return later.amounts[slot]
    if later.ppm != NULL:
        return half_up_ppm(first * later.ppm[slot])
    if first < later.floor_fen:
        return first
    amount = first + k * later.step_fen
    if later.step_ppm != 0:
        exact_ppm = <int128_t>first * (PPM + k * later.step_ppm)
        amount = <int64_t>((exact_ppm + PPM // 2) // PPM) if exact_ppm > 0 else 0
    return max(amount, later.floor_fen)


cdef Pooled pooled_fund(const Rule* rule, int32_t slot, const Usage* usage, int64_t scope_fen,
                        int64_t deductible_fen) noexcept nogil:
    """What the fund pays of a bill's in-scope money, and what of it behind the deductible its ceilings cut off."""
    cdef Pooled pooled
    cdef Exact benefit
    cdef int64_t segment = scope_fen - deductible_fen, room, start
    pooled.over_cap_fen = segment
    if rule.scope_capped:
        room = max(rule.scope_cap[slot] - usage.in_scope_fen, 0)
        segment = max(min(scope_fen, room) - deductible_fen, 0)
    pooled.over_cap_fen -= segment
    start = band_start(rule, usage, deductible_fen)
    benefit = pooled_benefit(rule, slot, usage, start, segment)
    pooled.paid_fen = rounded(&benefit, rule.way)
    if rule.capped:
        room = max(rule.cap[slot] - usage.pooled_paid_fen, 0)
        if pooled.paid_fen > room:
            pooled.paid_fen = room
            pooled.over_cap_fen += segment - capped_segment(rule, slot, usage, start, segment, room)
    return pooled


cdef int64_t band_start(const Rule* rule, const Usage* usage, int64_t deductible_fen) noexcept nogil:
    """Where on the bands' measure the money behind the deductible begins, unless that is what the fund has paid."""
    if rule.measure == MEASURE_BILL or rule.measure == MEASURE_PAID:
        return 0
    if rule.measure == MEASURE_STAY:
        return deductible_fen
    if rule.measure == MEASURE_YEAR:
        return usage.in_scope_fen + deductible_fen
    return max(usage.in_scope_fen - usage.deductible_used_fen, 0)


cdef Exact pooled_benefit(const Rule* rule, int32_t slot, const Usage* usage, int64_t start,
                          int64_t segment) noexcept nogil:
    """What the fund pays on a segment behind the deductible, exactly and without its ceiling."""
    cdef Exact benefit
    cdef int64_t low, high
    cdef int32_t band
    if rule.measure == MEASURE_PAID:
        return benefit_on_paid(rule, slot, usage.pooled_paid_fen, segment)
    benefit.whole = 0
    benefit.numerator = 0
    benefit.denominator = rule.share_unit
    for band in range(rule.band_count):
        low = max(rule.from_fen[band], start)
        high = band_end(rule, band, start + segment)
        if high > low:
            benefit.numerator += <int128_t>(high - low) * rule.share[band][slot]
    return benefit


cdef inline int64_t band_end(const Rule* rule, int32_t band, int64_t end) noexcept nogil:
    return end if rule.to_fen[band] == NOT_SET else min(end, rule.to_fen[band])


cdef Exact benefit_on_paid(const Rule* rule, int32_t slot, int64_t paid, int64_t segment) noexcept nogil:
    """The same where band edges lie on what the fund has paid: the cost that reaches an edge is an exact fraction.

    `cost / scale` is what of the segment is left.
    """
    cdef Exact benefit
    cdef int128_t cost = segment, scale = 1, reach
    cdef int64_t room, share
    cdef int32_t band
    benefit.whole = 0
    benefit.numerator = 0
    benefit.denominator = 1
    for band in range(rule.band_count):
        if rule.to_fen[band] != NOT_SET and paid >= rule.to_fen[band]:
            continue
        share = rule.share[band][slot]
        room = rule.to_fen[band] - paid
        reach = <int128_t>room * rule.share_unit * scale
        if rule.to_fen[band] == NOT_SET or cost * share <= reach:
            benefit.numerator = cost * share
            benefit.denominator = scale * rule.share_unit
            return benefit
        benefit.whole += room
        paid += room
        cost = cost * share - reach
        scale = scale * share
    return benefit


cdef int64_t capped_segment(const Rule* rule, int32_t slot, const Usage* usage, int64_t start, int64_t segment,
                            int64_t room) noexcept nogil:
    """The smallest whole number of fen whose exact benefit reaches a ceiling's room, which the whole segment's does.

    Where the policy cuts downwards it is a fen less, unless that benefit is the room itself.
    """
    cdef int128_t missing = <int128_t>room * rule.share_unit, gain
    cdef int64_t low, high, share
    cdef int32_t band
    if room == 0:
        return 0
    if rule.measure == MEASURE_PAID:
        return capped_segment_on_paid(rule, slot, usage, segment, room)
    for band in range(rule.band_count):
        low = max(rule.from_fen[band], start)
        high = band_end(rule, band, start + segment)
        share = rule.share[band][slot]
        if high <= low:
            continue
        gain = <int128_t>(high - low) * share
        if gain >= missing:
            high = whole_part(missing, share)
            return low - start + high + (0 if rule.cap_segment_down or high * <int128_t>share == missing else 1)
        missing -= gain
    return segment


cdef inline int64_t whole_part(int128_t amount, int64_t divisor) noexcept nogil:
    # Over 1,000,000 an amount fits 64 bits, where division takes a fifth of the time.
    if amount <= <int128_t>INT64_MAX:
        return <int64_t>amount // divisor
    return <int64_t>(amount // divisor)


cdef int64_t capped_segment_on_paid(const Rule* rule, int32_t slot, const Usage* usage, int64_t segment,
                                    int64_t room) noexcept nogil:
    """The same where band edges lie on what the fund has paid, by bisection."""
    cdef int64_t low = 0, high = segment, middle
    cdef Exact benefit
    while low < high:
        middle = (low + high) // 2
        benefit = benefit_on_paid(rule, slot, usage.pooled_paid_fen, middle)
        if compared(&benefit, room) >= 0:
            high = middle
        else:
            low = middle + 1
    benefit = benefit_on_paid(rule, slot, usage.pooled_paid_fen, low)
    return low - 1 if rule.cap_segment_down and compared(&benefit, room) > 0 else low
