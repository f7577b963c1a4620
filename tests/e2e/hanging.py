"""`medsettle serve` with a part that hangs once a file is there: python -m tests.e2e.hanging PART FILE serve ...

store    a commit does not return
broken   a commit fails as a disk does
loop     the stop blocks the event loop
python   the stop keeps the interpreter's lock
"""

import ctypes
import sys
import time
from pathlib import Path

from gateway import bootstrap
from gateway.cli.main import main
from gateway.stores.base import StoreBroken
from gateway.stores.sqlite_store import SqliteStore

HANG_S = 3_600


def hang(part: str, file: Path) -> None:
    """Plants the fault."""
    commit, stop = SqliteStore.commit, bootstrap.Gateway.stop

    def commit_or_hang(self: SqliteStore) -> None:
        if file.exists():
            file.with_suffix(".hangs").touch()
            if part == "broken":
                raise StoreBroken("the store cannot be used")
            time.sleep(HANG_S)
        commit(self)

    async def hang_in_the_stop(self: bootstrap.Gateway) -> None:
        if file.exists():
            ctypes.PyDLL(None).sleep(HANG_S) if part == "python" else time.sleep(HANG_S)
        await stop(self)

    if part in ("store", "broken"):
        SqliteStore.commit = commit_or_hang  # type: ignore[method-assign]
    else:
        bootstrap.Gateway.stop = hang_in_the_stop  # type: ignore[method-assign]


if __name__ == "__main__":
    hang(sys.argv[1], Path(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
