"""A message sender that delivers into a file, one JSON object a line: the sandbox's and the tests' phones."""

import asyncio
import os
from pathlib import Path

import orjson


class MessagesSimulator:
    """Appends {message_id, phone, text} to a file that only its owner may read."""

    def __init__(self, outbox: Path) -> None:
        self._outbox = outbox
        self._sent: set[str] = set()

    async def send(self, message_id: str, phone: str, text: str) -> None:
        """Delivers a message, once a message id."""
        if message_id in self._sent:
            return
        self._sent.add(message_id)
        line = orjson.dumps({"message_id": message_id, "phone": phone, "text": text}) + b"\n"
        await asyncio.to_thread(self._append, line)

    def _append(self, line: bytes) -> None:
        descriptor = os.open(self._outbox, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
