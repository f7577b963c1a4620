"""Protobuf wire format read and written without an object a field: hashes of requests, and the payments themselves."""
