"""Protobuf wire format read and written without an object a field: hashes of requests, and the payments themselves."""

# Crockford's base 32: what ids are written in.
ID_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
