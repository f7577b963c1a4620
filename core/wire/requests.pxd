"""The hot requests, read out of their bytes."""

from libc.stdint cimport int64_t, uint8_t


cdef struct Span:               # a text inside a message
    const uint8_t* start
    Py_ssize_t size


cdef struct ReceiptFields:      # of a CashReceipt
    Span receipt_no
    int64_t amount_fen
    int64_t paid_at_ms
    Span channel_transaction_no


cdef class RequestReader:
    cdef uint8_t request_secret[16]
    cdef uint8_t field_secret[16]
    cdef int64_t money_max_fen
    cdef int64_t at_min_ms
    cdef int64_t at_max_ms
    cdef int64_t authentication_max

    cdef bytes key_of(self, bytes prefix, Span request_id)
    cdef bint read_receipt(self, Span message, ReceiptFields* receipt) noexcept nogil
