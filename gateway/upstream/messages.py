"""Short messages to people's phones."""

from typing import Protocol


class MessageSender(Protocol):
    """Sends a text to a phone. `message_id` makes it idempotent: the same id is delivered once at most."""

    async def send(self, message_id: str, phone: str, text: str) -> None: ...
