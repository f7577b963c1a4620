"""Types of core.risk.features."""

class Signals:
    device: int
    network: int
    latitude_e6: int
    longitude_e6: int
    assurance: int
    user_present: int
    bound_at_ms: int
    listed: int
    watched: int
    proof_of: int
    proof: int
    def __init__(
        self,
        device: int = ...,
        network: int = ...,
        latitude_e6: int = ...,
        longitude_e6: int = ...,
        assurance: int = ...,
        user_present: int = ...,
        bound_at_ms: int = ...,
        listed: int = ...,
        watched: int = ...,
        proof_of: int = ...,
        proof: int = ...,
    ) -> None: ...

def pack_features(row: tuple[int, ...]) -> bytes: ...
def unpack_features(packed: bytes) -> tuple[int, ...]: ...
