"""Keyed hashes of a request."""

from libc.stdint cimport uint8_t

cdef void siphash(const uint8_t* key, const uint8_t* text, Py_ssize_t size, uint8_t* digest, int digest_size) \
    noexcept nogil
