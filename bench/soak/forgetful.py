"""`medsettle` that keeps less at hand than the gateway does: python -m bench.soak.forgetful 2000 serve ...

Memory that grows with every new bill until there are 200,000 of them, and 64 MiB of the store's pages, cannot be told
from a leak in some minutes; with fewer of both it must become flat within the first of them.
"""

import functools
import sys

from gateway import bootstrap
from gateway.cli.main import main
from gateway.engine import pipeline
from gateway.stores import sqlite_store

_PAGES_KIB = 2_048


def keep(bills: int) -> None:
    """From now on gateways of this process keep so many orders and their texts, and few pages."""
    bootstrap.Ledger = functools.partial(bootstrap.Ledger, orders_max=bills)  # type: ignore[assignment,attr-defined]
    pipeline._TEXTS_MAX = bills
    sqlite_store._WRITER_CACHE_KIB = _PAGES_KIB


if __name__ == "__main__":
    keep(int(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
