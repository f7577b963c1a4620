"""A model of trees, walked sixteen rows at a time."""

from libc.stdint cimport int32_t, uint32_t


cdef class Forest:
    cdef int32_t feature_count                # that the model reads
    cdef int32_t* features                    # their places in a row of the gateway's
    cdef Py_ssize_t row_width                 # numbers that a row must have
    cdef void* splits                         # Split of forest_walk.h, by feature and threshold
    cdef int32_t* firsts
    cdef int32_t tree_count
    cdef double* leaves                       # TREE_LEAVES a tree, from left to right
    cdef double base
    cdef bint single                          # leaves are added in float, as XGBoost does
    cdef double* cuts                         # margins from which on a point more is given
    cdef int32_t cut_count
    cdef int32_t* columns                     # LANES values a feature
    cdef uint32_t* alive                      # LANES masks a tree

    cdef void margins_of_rows(
        self, const int32_t* rows, Py_ssize_t count, Py_ssize_t stride, double* margins) noexcept nogil
    cdef void points_of_rows(
        self, const int32_t* rows, Py_ssize_t count, Py_ssize_t stride, int32_t* points) noexcept nogil
    cdef int32_t points_of(self, double margin) noexcept nogil
