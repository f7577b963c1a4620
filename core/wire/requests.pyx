"""The hot requests, read out of their bytes: Pay, ConfirmCash, and a BatchPay cut into its payments.

Design
    A well-made request is read in one pass: each field checked, its hash made, and only what a work needs becomes an
    object. Anything else gives None, and the caller takes the long way (protobuf's own parser, then a check a field),
    which knows what to say about it. So this module only ever has to accept less than the long way does, never more.

Invariants
    A request that is accepted is serialised as protobuf serialises it deterministically: fields in the order of their
    numbers, each once, none with its default value, numbers in the fewest bytes. Its bytes therefore have the hashes
    that the long way gives the same request.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DecodeASCII
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from core.wire.fingerprint cimport ENTRY_BYTES, put_entry, siphash
from core.wire import ID_DIGITS

cdef enum:
    VARINT = 0
    TEXT = 2
    FIELDS_MAX = 16
    TEXT_SIZE_MAX = 64
    ID_DIGIT_COUNT = 13
    KEY_TEXT_MAX = 192

# The values of the 32 digits of ids; 255 for every other byte.
cdef uint8_t _DIGIT_VALUES[256]
memset(_DIGIT_VALUES, 255, 256)
for _value, _digit in enumerate(ID_DIGITS):
    _DIGIT_VALUES[ord(_digit)] = _value


cdef struct Cursor:                 # a walk along a message's fields
    const uint8_t* at
    const uint8_t* end
    uint8_t* entries                # where hashes go, NULL for none
    int count                       # of entries made


cdef class RequestReader:
    """Reads requests of one gateway.

    Args:
        request_secret, field_secret: keys of 16 bytes, of a request's id and of its fields.
        money_max_fen, at_min_ms, at_max_ms, authentication_max: the largest (and smallest) values that are taken.
    """

    def __init__(
        self, bytes request_secret, bytes field_secret, *, int64_t money_max_fen, int64_t at_min_ms, int64_t at_max_ms,
        int64_t authentication_max,
    ):
        if len(request_secret) != 16 or len(field_secret) != 16:
            raise ValueError("a key has 16 bytes")
        memcpy(self.request_secret, PyBytes_AS_STRING(request_secret), 16)
        memcpy(self.field_secret, PyBytes_AS_STRING(field_secret), 16)
        self.money_max_fen = money_max_fen
        self.at_min_ms, self.at_max_ms = at_min_ms, at_max_ms
        self.authentication_max = authentication_max

    def payment(self, bytes prefix, bytes message):
        """A PayRequest by order id; None for one that needs the long way.

        Gives (request key, field hashes, order, binding, quote digest, cash due in fen, whether the account is used,
        authentication, receipt or None, the channel's order number). A receipt is (number, fen, Unix milliseconds,
        the channel's transaction number).

        Args:
            prefix: what stands before the request id in the text that its key is made of.
        """
        cdef uint8_t entries[FIELDS_MAX * ENTRY_BYTES]
        cdef Cursor cursor
        cdef Span request_id, text, channel_order_no, receipt_bytes
        cdef ReceiptFields receipt
        cdef int64_t order_id, binding_id, digest, cash_due_fen, use_account, authentication
        start(&cursor, message, entries)
        if not read_text(self, &cursor, 1, TEXT_SIZE_MAX, &request_id) or request_id.size == 0:
            return None
        if not read_text(self, &cursor, 2, TEXT_SIZE_MAX, &text) or not id_of(text, c"o", &order_id):
            return None
        if not read_text(self, &cursor, 4, TEXT_SIZE_MAX, &text) or not id_of(text, c"b", &binding_id):
            return None
        if not read_text(self, &cursor, 5, TEXT_SIZE_MAX, &text) or not digest_of(text, &digest):
            return None
        if not read_number(self, &cursor, 6, self.money_max_fen, &cash_due_fen):
            return None
        if not read_number(self, &cursor, 7, 1, &use_account):
            return None
        if not read_number(self, &cursor, 8, self.authentication_max, &authentication) or authentication == 0:
            return None
        if not read_bytes(self, &cursor, 9, &receipt_bytes):
            return None
        if receipt_bytes.start != NULL and not self.read_receipt(receipt_bytes, &receipt):
            return None
        if not read_text(self, &cursor, 10, TEXT_SIZE_MAX, &channel_order_no) or cursor.at != cursor.end:
            return None
        return (
            self.key_of(prefix, request_id), PyBytes_FromStringAndSize(<char*>entries, cursor.count * ENTRY_BYTES),
            order_id, binding_id, digest, cash_due_fen, use_account == 1, authentication,
            None if receipt_bytes.start == NULL else receipt_tuple(&receipt), text_of(channel_order_no),
        )

    def cash_confirmation(self, bytes prefix, bytes message):
        """A ConfirmCashRequest as (request key, field hashes, order, receipt); None for one that needs the long way."""
        cdef uint8_t entries[FIELDS_MAX * ENTRY_BYTES]
        cdef Cursor cursor
        cdef Span request_id, text, receipt_bytes
        cdef ReceiptFields receipt
        cdef int64_t order_id
        start(&cursor, message, entries)
        if not read_text(self, &cursor, 1, TEXT_SIZE_MAX, &request_id) or request_id.size == 0:
            return None
        if not read_text(self, &cursor, 2, TEXT_SIZE_MAX, &text) or not id_of(text, c"o", &order_id):
            return None
        if not read_bytes(self, &cursor, 3, &receipt_bytes) or receipt_bytes.start == NULL:
            return None
        if not self.read_receipt(receipt_bytes, &receipt) or cursor.at != cursor.end:
            return None
        return (
            self.key_of(prefix, request_id), PyBytes_FromStringAndSize(<char*>entries, cursor.count * ENTRY_BYTES),
            order_id, receipt_tuple(&receipt),
        )

    cdef bytes key_of(self, bytes prefix, Span request_id):
        cdef uint8_t text[KEY_TEXT_MAX]
        cdef uint8_t digest[16]
        cdef Py_ssize_t size = len(prefix)
        if size + request_id.size > KEY_TEXT_MAX:
            raise ValueError(f"a prefix has at most {KEY_TEXT_MAX - TEXT_SIZE_MAX} bytes")
        memcpy(text, PyBytes_AS_STRING(prefix), size)
        memcpy(text + size, request_id.start, request_id.size)
        siphash(self.request_secret, text, size + request_id.size, digest, 16)
        return PyBytes_FromStringAndSize(<char*>digest, 16)

    cdef bint read_receipt(self, Span message, ReceiptFields* receipt) noexcept nogil:
        cdef Cursor cursor
        cursor.at, cursor.end = message.start, message.start + message.size
        cursor.entries = NULL
        cursor.count = 0
        if not read_text(self, &cursor, 1, TEXT_SIZE_MAX, &receipt.receipt_no) or receipt.receipt_no.size == 0:
            return False
        if not read_number(self, &cursor, 2, self.money_max_fen, &receipt.amount_fen) or receipt.amount_fen == 0:
            return False
        if not read_number(self, &cursor, 3, self.at_max_ms, &receipt.paid_at_ms):
            return False
        if receipt.paid_at_ms < self.at_min_ms:
            return False
        return read_text(self, &cursor, 4, TEXT_SIZE_MAX, &receipt.channel_transaction_no) and cursor.at == cursor.end


def payments_of_batch(bytes message, int count_max, int size_max):
    """The serialised payments of a BatchPayRequest; None for one that needs the long way: none, too many, too large."""
    cdef const uint8_t* at = <const uint8_t*>PyBytes_AS_STRING(message)
    cdef const uint8_t* end = at + len(message)
    cdef int64_t size
    cdef list payments = []
    while at < end:
        if at[0] != (1 << 3 | TEXT) or len(payments) == count_max:
            return None
        at += 1
        if not varint_of(&at, end, &size) or size > size_max or size > end - at:
            return None
        payments.append(PyBytes_FromStringAndSize(<char*>at, size))
        at += size
    return payments or None


cdef void start(Cursor* cursor, bytes message, uint8_t* entries) noexcept:
    cursor.at = <const uint8_t*>PyBytes_AS_STRING(message)
    cursor.end = cursor.at + len(message)
    cursor.entries = entries
    cursor.count = 0


cdef bint varint_of(const uint8_t** at, const uint8_t* end, int64_t* value) noexcept nogil:
    """A number of 0 or more in the fewest bytes."""
    cdef uint64_t number = 0
    cdef int shift = 0
    cdef const uint8_t* place = at[0]
    while place < end and shift < 63:
        number |= <uint64_t>(place[0] & 0x7f) << shift
        if place[0] < 0x80:
            at[0] = place + 1
            value[0] = <int64_t>number
            return shift == 0 or place[0] != 0
        place += 1
        shift += 7
    return False


cdef void note(RequestReader reader, Cursor* cursor, int number, const uint8_t* field) noexcept nogil:
    """Makes the hash of a field that has just been read; the request id, field 1, has none."""
    if cursor.entries == NULL or number == 1:
        return
    put_entry(reader.field_secret, number, field, cursor.at - field, cursor.entries + cursor.count * ENTRY_BYTES)
    cursor.count += 1


cdef bint read_number(RequestReader reader, Cursor* cursor, int number, int64_t maximum, int64_t* value) noexcept nogil:
    """The value of a number's field, 0 when it is not there; False when it is none of 1 to `maximum`."""
    cdef const uint8_t* field = cursor.at
    value[0] = 0
    if field == cursor.end or field[0] != (number << 3 | VARINT):
        return True
    cursor.at += 1
    if not varint_of(&cursor.at, cursor.end, value) or not 0 < value[0] <= maximum:
        return False
    note(reader, cursor, number, field)
    return True


cdef bint read_bytes(RequestReader reader, Cursor* cursor, int number, Span* span) noexcept nogil:
    """The bytes of a field, NULL when it is not there; False when they are cut off."""
    cdef const uint8_t* field = cursor.at
    cdef int64_t size
    span.start, span.size = NULL, 0
    if field == cursor.end or field[0] != (number << 3 | TEXT):
        return True
    cursor.at += 1
    if not varint_of(&cursor.at, cursor.end, &size) or size > cursor.end - cursor.at:
        return False
    span.start, span.size = cursor.at, size
    cursor.at += size
    note(reader, cursor, number, field)
    return True


cdef bint read_text(RequestReader reader, Cursor* cursor, int number, Py_ssize_t size_max, Span* span) noexcept nogil:
    """A text's field of printable ASCII; size 0 when it is not there."""
    cdef Py_ssize_t index
    if not read_bytes(reader, cursor, number, span):
        return False
    if span.start != NULL and not 0 < span.size <= size_max:
        return False
    for index in range(span.size):
        if not 0x20 <= span.start[index] < 0x7f:
            return False
    return True


cdef bint id_of(Span text, char prefix, int64_t* number) noexcept nogil:
    """The number of one of our ids."""
    cdef uint64_t value = 0
    cdef int index
    if text.size != 1 + ID_DIGIT_COUNT or text.start[0] != <uint8_t>prefix or _DIGIT_VALUES[text.start[1]] > 7:
        return False
    for index in range(1, 1 + ID_DIGIT_COUNT):
        if _DIGIT_VALUES[text.start[index]] == 255:
            return False
        value = value << 5 | _DIGIT_VALUES[text.start[index]]
    number[0] = <int64_t>value
    return number[0] > 0


cdef bint digest_of(Span text, int64_t* digest) noexcept nogil:
    """The number of a quote's digest: 16 hexadecimal digits, the first below 8."""
    cdef uint64_t value = 0
    cdef uint8_t letter
    cdef int index
    if text.size != 16 or text.start[0] > c"7":
        return False
    for index in range(16):
        letter = text.start[index]
        if c"0" <= letter <= c"9":
            value = value << 4 | (letter - c"0")
        elif c"a" <= letter <= c"f":
            value = value << 4 | (letter - c"a" + 10)
        else:
            return False
    digest[0] = <int64_t>value
    return True


cdef str text_of(Span text):
    return PyUnicode_DecodeASCII(<const char*>text.start, text.size, NULL) if text.size > 0 else ""


cdef tuple receipt_tuple(const ReceiptFields* receipt):
    return (
        text_of(receipt.receipt_no), receipt.amount_fen, receipt.paid_at_ms, text_of(receipt.channel_transaction_no)
    )
