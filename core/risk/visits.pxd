"""Payments as risk remembers them, and the windows of a person, a device and an institution."""

from libc.stdint cimport int32_t, int64_t

from core.order cimport Order


cdef enum:                    # Visit.flags
    VISIT_STANDS = 1          # something of it still counts
    VISIT_REFUNDED = 2        # insurance money went back
    VISIT_ACCOUNT_ONLY = 4    # personal accounts paid all of it
    VISIT_ROUND = 8           # its amount is whole hundreds of yuan
    VISIT_NIGHT = 16          # between 22:00 and 06:00 by China's clocks
    VISIT_PHARMACY = 32
    VISIT_INPATIENT = 64


cdef enum:
    MINUTE_MS = 60000
    HOUR_MS = 3600000
    DAY_MS = 86400000
    CHINA_MS = 28800000       # China's clocks are 8 hours ahead
    VISITS_MAX = 256          # a window remembers its newest; counts stand still from there


cdef struct Visit:            # 88 bytes
    int64_t order_id
    int64_t at_ms             # when it was first paid: the time it counts at, however late it is confirmed
    int64_t person_id
    int64_t institution_id
    int64_t channel_id
    int64_t device            # keyed hash of the channel's device id, 0: not told
    int64_t total_fen         # what of it stands
    int64_t account_fen       # what of that personal accounts pay
    int32_t latitude_e6       # micro-degrees; both 0: not told
    int32_t longitude_e6
    int32_t region            # where it was treated
    int32_t flags


cdef class Visits:
    cdef Visit* items         # by time, then order id
    cdef int count
    cdef int room

    cdef int put(self, const Visit* visit, int64_t keep_ms) except -1
    cdef void remove(self, int64_t order_id) noexcept nogil


cdef class Histories:
    cdef dict by_person       # person id -> Visits
    cdef Visits changed       # by the batch in hand
    cdef Visits committing    # by the batch on its way to the disk
    cdef dict by_device       # device -> Visits
    cdef dict by_institution  # institution id -> Visits
    cdef readonly int64_t watermark
    cdef int64_t newest_ms    # of the shared windows
    cdef Py_ssize_t shared_before # devices and institutions after those of yesterday were last forgotten

    cdef int note(self, Order order) except -1
    cdef int put_of_person(self, const Visit* visit) except -1
    cdef int append(self, const Visit* visit) except -1
    cdef int share(self, const Visit* visit) except -1
    cdef Visits of_person(self, int64_t person_id)
    cdef Visits of_device(self, int64_t device)
    cdef Visits of_institution(self, int64_t institution_id)


cdef bint is_visit(Order order) noexcept nogil
cdef void fill_visit(Visit* visit, Order order) noexcept nogil
