"""The demo: a morning at six cities' clinics, played over the socket against a gateway in its own process."""


class DemoFault(Exception):
    """The demo cannot go on, or its numbers do not agree; the message is the one line for the terminal."""


def demand(holds: bool, message: str) -> None:
    """Stops the demo unless something holds."""
    if not holds:
        raise DemoFault(message)
