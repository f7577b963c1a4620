"""Many bills split in one call, out of and into flat arrays."""

from libc.stdint cimport int64_t

from core.benefit.rule cimport Rule


cdef enum:
    BILL_WIDTH = 20               # columns of a bill, core.batch.BILL_COLUMNS
    LINE_WIDTH = 5                # of a line, LINE_COLUMNS
    SPLIT_WIDTH = 21              # of a split, SPLIT_COLUMNS


cdef bint split_row(const Rule* rule, const int64_t* bill, const int64_t* lines, int64_t* result) noexcept nogil
