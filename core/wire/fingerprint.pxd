"""Keyed hashes of a request."""

from libc.stdint cimport uint8_t

cdef enum:
    NUMBER_SIZE = 2
    HASH_SIZE = 8
    ENTRY_BYTES = 10                # of a field's entry: its number, then its hash

cdef void put_entry(const uint8_t* key, int number, const uint8_t* field, Py_ssize_t size, uint8_t* entry) noexcept nogil
cdef void siphash(const uint8_t* key, const uint8_t* text, Py_ssize_t size, uint8_t* digest, int digest_size) \
    noexcept nogil
