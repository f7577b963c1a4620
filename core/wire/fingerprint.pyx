"""Keyed hashes of a request: SipHash-2-4, of a text and of each field of a serialised message.

Design
    A message is cut along its wire format, so that a field costs some tens of nanoseconds and no Python object. SipHash
    (Aumasson, Bernstein 2012) is a keyed hash for short inputs: without the key nobody can test guesses of what was in
    a field, or make two requests look alike. The 128-bit form is the reference implementation's.

Invariants
    The same field bytes under the same key give the same entry; fields that are not there have none.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

cdef enum:
    KEY_SIZE = 16
    FIELDS_MAX = 256
    NUMBER_LAST = (1 << (8 * NUMBER_SIZE)) - 1

ENTRY_SIZE = ENTRY_BYTES


def text_hash(bytes key, bytes text):
    """A hash of 16 bytes of a text under a key of 16 bytes."""
    cdef uint8_t digest[16]
    _check_key(key)
    siphash(<const uint8_t*>PyBytes_AS_STRING(key), <const uint8_t*>PyBytes_AS_STRING(text), len(text), digest, 16)
    return PyBytes_FromStringAndSize(<char*>digest, 16)


def field_hashes(bytes key, bytes message, int left_out):
    """An entry for each run of one top-level field of a serialised message: its number in 2 bytes, a hash of 8.

    Every message that protobuf takes has entries, whatever it holds that the contract does not: fields numbered 65,535
    and more count as one, a group's as the message's own, and all from the 256th run on as one run.

    Args:
        key: 16 bytes.
        message: serialised deterministically, so that a field's values stand together.
        left_out: number of a field that gets no entry.

    Raises:
        ValueError: the bytes are no message.
    """
    _check_key(key)
    cdef const uint8_t* key_bytes = <const uint8_t*>PyBytes_AS_STRING(key)
    cdef const uint8_t* data = <const uint8_t*>PyBytes_AS_STRING(message)
    cdef uint8_t entries[FIELDS_MAX * ENTRY_BYTES]
    cdef Py_ssize_t at = 0, size = len(message), run_start = 0, field_start
    cdef uint64_t tag, length, number, run_number = 0
    cdef int count = 0
    while at <= size:
        field_start = at
        number = 0
        if at < size:
            at = read_varint(data, at, size, &tag)
            number = min(tag >> 3, <uint64_t>NUMBER_LAST)
            if number == 0:
                raise ValueError("no message: a field has the number 0")
        if number != run_number and (count < FIELDS_MAX - 1 or number == 0):
            if run_number != 0 and run_number != <uint64_t>left_out:
                put_entry(
                    key_bytes, <int>run_number, data + run_start, field_start - run_start, entries + count * ENTRY_BYTES
                )
                count += 1
            run_number, run_start = number, field_start
        if number == 0:
            break
        if tag & 7 == 0:
            at = read_varint(data, at, size, &length)
        elif tag & 7 == 1:
            at += 8
        elif tag & 7 == 2:
            at = read_varint(data, at, size, &length)
            if length > <uint64_t>(size - at):
                raise ValueError("no message: a field is longer than what is left")
            at += <Py_ssize_t>length
        elif tag & 7 == 5:
            at += 4
        elif tag & 7 > 5:
            raise ValueError("no message: a wire type that there is not")
        if at > size:
            raise ValueError("no message: it ends inside a field")
    return PyBytes_FromStringAndSize(<char*>entries, count * ENTRY_BYTES)


cdef void put_entry(const uint8_t* key, int number, const uint8_t* field, Py_ssize_t size, uint8_t* entry) noexcept nogil:
    """The entry of a field, or of a run of one, that takes so many bytes of the message, its tags included."""
    entry[0] = <uint8_t>(number >> 8)
    entry[1] = <uint8_t>number
    siphash(key, field, size, entry + NUMBER_SIZE, HASH_SIZE)


def _check_key(bytes key):
    if len(key) != KEY_SIZE:
        raise ValueError(f"a key has {KEY_SIZE} bytes, not {len(key)}")


cdef Py_ssize_t read_varint(const uint8_t* data, Py_ssize_t at, Py_ssize_t size, uint64_t* value) except -1:
    cdef int shift = 0
    value[0] = 0
    while True:
        if at == size or shift > 63:
            raise ValueError("no message: it ends inside a number")
        value[0] |= <uint64_t>(data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return at


cdef inline uint64_t rotated(uint64_t value, int count) noexcept nogil:
    return (value << count) | (value >> (64 - count))


cdef inline void mix(uint64_t* v, int rounds) noexcept nogil:
    cdef int _
    for _ in range(rounds):
        v[0] += v[1]; v[1] = rotated(v[1], 13); v[1] ^= v[0]; v[0] = rotated(v[0], 32)
        v[2] += v[3]; v[3] = rotated(v[3], 16); v[3] ^= v[2]
        v[0] += v[3]; v[3] = rotated(v[3], 21); v[3] ^= v[0]
        v[2] += v[1]; v[1] = rotated(v[1], 17); v[1] ^= v[2]; v[2] = rotated(v[2], 32)


cdef void siphash(const uint8_t* key, const uint8_t* text, Py_ssize_t size, uint8_t* digest, int digest_size) \
        noexcept nogil:
    """SipHash-2-4 with a digest of 8 or 16 bytes. Little-endian, as every machine that this is built for."""
    cdef uint64_t v[4]
    cdef uint64_t k[2]
    cdef uint64_t word, last = <uint64_t>size << 56
    cdef Py_ssize_t at = 0
    memcpy(k, key, 16)
    v[0] = k[0] ^ <uint64_t>0x736f6d6570736575
    v[1] = k[1] ^ <uint64_t>0x646f72616e646f6d
    v[2] = k[0] ^ <uint64_t>0x6c7967656e657261
    v[3] = k[1] ^ <uint64_t>0x7465646279746573
    if digest_size == 16:
        v[1] ^= 0xee
    while at + 8 <= size:
        memcpy(&word, text + at, 8)
        v[3] ^= word
        mix(v, 2)
        v[0] ^= word
        at += 8
    memcpy(&last, text + at, size - at)
    v[3] ^= last
    mix(v, 2)
    v[0] ^= last
    v[2] ^= 0xee if digest_size == 16 else 0xff
    mix(v, 4)
    word = v[0] ^ v[1] ^ v[2] ^ v[3]
    memcpy(digest, &word, 8)
    if digest_size == 16:
        v[1] ^= 0xdd
        mix(v, 4)
        word = v[0] ^ v[1] ^ v[2] ^ v[3]
        memcpy(digest + 8, &word, 8)
