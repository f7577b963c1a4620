"""The gateway as its own process: started on a free port over a new SQLite file, stopped with SIGTERM by its pid."""

import asyncio
import contextlib
import re
import secrets
import signal
import sys
from pathlib import Path

from gateway.demo import DemoFault, demand

_START_S = 30.0
_STOP_S = 30.0
_GOES_S = 0.5
_LOG_LINES = 3


class GatewayProcess:
    """One `medsettle serve`.

    Attributes:
        address: host:port it listens on, once started.
        bureau_token: the bootstrap token it was given.
        store: path of its SQLite file.
        outbox: file its message sender delivers one-time codes into.
    """

    def __init__(self, folder: Path) -> None:
        self.store = folder / "gateway.db"
        self.outbox = folder / "outbox.jsonl"
        self.bureau_token = "mst_demo_" + secrets.token_hex(16)
        self.address = ""
        self._config = folder / "gateway.toml"
        self._log = folder / "gateway.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Starts it and waits for the line that names its address."""
        # The token goes by a file of the owner's alone: a command line can be read by every user of the machine.
        self._config.touch(mode=0o600)
        self._config.write_text(
            f'listen = "127.0.0.1:0"\nstore = "sqlite:{self.store}"\noutbox = "{self.outbox}"\n'
            f'bootstrap_token = "{self.bureau_token}"\n'
        )
        self.outbox.touch(mode=0o600)
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway.cli.main", "serve", "--config", str(self._config),
                stdout=asyncio.subprocess.PIPE, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            await asyncio.wait_for(self._read_address(), _START_S)
        except TimeoutError:
            raise DemoFault(f"the gateway did not listen within {_START_S:.0f} s") from None

    async def stop(self) -> None:
        """Tells it to finish and waits until it has.

        Raises:
            DemoFault: it ended before it was told to, hung, or gave another status than 0.
        """
        assert self._process is not None
        demand(self._process.returncode is None, f"the gateway ended by itself: {self.last_log()}")
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.communicate(), _STOP_S)
        except TimeoutError:
            raise DemoFault(f"the gateway did not stop within {_STOP_S:.0f} s of SIGTERM") from None
        demand(self._process.returncode == 0, f"the gateway ended with {self._process.returncode}: {self.last_log()}")

    async def kill(self) -> None:
        """Ends it at once, if it still runs: the way out after a fault."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def has_ended(self) -> bool:
        """Whether it is gone, or goes within a moment: its connections break before it can be waited for."""
        if self._process is None:
            return False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _GOES_S)
        return self._process.returncode is not None

    def last_log(self) -> str:
        """The end of what it logged, as one line."""
        return " | ".join(self._log.read_text(errors="replace").splitlines()[-_LOG_LINES:]) or "it logged nothing"

    async def _read_address(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        async for line in self._process.stdout:
            found = re.fullmatch(r"listening on (\S+)\s*", line.decode())
            if found:
                self.address = found[1]
                return
        await self._process.wait()
        raise DemoFault(f"the gateway did not start: {self.last_log()}")


async def verify_store(store: Path) -> str:
    """Runs `medsettle verify` over the store of a stopped gateway; gives the last line it printed.

    Raises:
        DemoFault: it found something wrong.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli.main", "verify", "--store", f"sqlite:{store}",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = (await process.communicate())[0].decode(errors="replace").strip()
    last = output.splitlines()[-1] if output else "it said nothing"
    demand(process.returncode == 0, f"verify is not clean ({process.returncode}): {last}")
    return last
