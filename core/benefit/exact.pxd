"""Exact amounts and how they become whole fen: leaves of the split, inlined where they are used."""

from libc.stdint cimport int64_t

from core.benefit.rule cimport HALF_EVEN, HALF_UP, ROUND_DOWN


cdef extern from *:
    """
    typedef __int128 int128_t;
    """
    ctypedef long long int128_t   # 128 bits in C; never handed to Python


cdef enum:
    PPM = 1_000_000


cdef struct Exact:            # whole + numerator / denominator fen, the fraction not below 0
    int64_t whole
    int128_t numerator
    int128_t denominator


cdef inline int64_t half_up_ppm(int64_t amount_ppm) noexcept nogil:
    """Millionths of a fen, not below 0, to whole fen."""
    return (amount_ppm + PPM // 2) // PPM


cdef inline int64_t rounded_ppm(int64_t amount_ppm, int way) noexcept nogil:
    """The same by a policy's way of rounding."""
    cdef int64_t whole, rest
    if way == HALF_UP:
        return half_up_ppm(amount_ppm)
    whole = amount_ppm // PPM
    rest = amount_ppm - whole * PPM
    if way == ROUND_DOWN:
        return whole
    if way == HALF_EVEN:
        return whole + (2 * rest + (whole & 1) > PPM)   # an exact half goes to the even number
    return whole + (rest > 0)


cdef inline int64_t rounded(const Exact* amount, int way) noexcept nogil:
    """An exact amount in whole fen, by a policy's way of rounding."""
    cdef int128_t whole, twice
    # One fund's benefit over 1,000,000 fits 64 bits (MONEY_MAX_FEN times PPM is 10^17), where division is quick.
    if amount.denominator == PPM and amount.whole == 0:
        return rounded_ppm(<int64_t>amount.numerator, way)
    whole = amount.numerator // amount.denominator
    twice = 2 * (amount.numerator - whole * amount.denominator)
    if way == HALF_UP:
        whole += twice >= amount.denominator
    elif way == HALF_EVEN:
        whole += twice + ((amount.whole + whole) & 1) > amount.denominator
    elif way != ROUND_DOWN:
        whole += twice > 0
    return amount.whole + <int64_t>whole


cdef inline int compared(const Exact* amount, int64_t fen) noexcept nogil:
    """-1, 0 or 1: an exact amount is below, at or above whole fen."""
    cdef int128_t other = (<int128_t>fen - amount.whole) * amount.denominator
    return (amount.numerator > other) - (amount.numerator < other)


cdef inline int64_t take(int64_t* source, int64_t wanted) noexcept nogil:
    """Takes up to an amount off a source; gives how much it took."""
    cdef int64_t taken = min(source[0], wanted)
    source[0] -= taken
    return taken
