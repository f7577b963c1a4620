"""`medsettle serve` with a part that hangs once a file is there: python -m tests.e2e.hanging PART FILE serve ...

store    a commit does not return
loop     the stop blocks the event loop
python   the stop keeps the interpreter's lock
"""

import ctypes
import sys
import time
from pathlib import Path

from gateway import bootstrap
from gateway.cli.main import main
from gateway.stores.sqlite_store import SqliteStore

HANG_S = 3_600


def hang(part: str, file: Path) -> None:
    """Plants the fault."""
    commit, stop = SqliteStore.commit, bootstrap.Gateway.stop

    def commit_or_hang(self: SqliteStore) -> None:
        if file.exists():
            file.with_suffix(".hangs").touch()
            time.sleep(HANG_S)
        commit(self)

    async def hang_in_the_stop(self: bootstrap.Gateway) -> None:
        if file.exists():
            ctypes.PyDLL(None).sleep(HANG_S) if part == "python" else time.sleep(HANG_S)
        await stop(self)

    if part == "store":
        SqliteStore.commit = commit_or_hang  # type: ignore[method-assign]
    else:
        bootstrap.Gateway.stop = hang_in_the_stop  # type: ignore[method-assign]


if __name__ == "__main__":
    hang(sys.argv[1], Path(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
