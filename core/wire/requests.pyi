"""Types of core.wire.requests."""

Receipt = tuple[str, int, int, str]

class RequestReader:
    def __init__(
        self,
        request_secret: bytes,
        field_secret: bytes,
        *,
        money_max_fen: int,
        at_min_ms: int,
        at_max_ms: int,
        authentication_max: int,
    ) -> None: ...
    def payment(
        self, prefix: bytes, message: bytes
    ) -> tuple[bytes, bytes, int, int, int, int, bool, int, Receipt | None, str] | None: ...
    def cash_confirmation(self, prefix: bytes, message: bytes) -> tuple[bytes, bytes, int, Receipt] | None: ...

def payments_of_batch(message: bytes, count_max: int, size_max: int) -> list[bytes] | None: ...
