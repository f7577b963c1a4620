"""`medsettle` that keeps fewer bills at hand than the 200,000 of the gateway: python -m bench.soak.forgetful 2000 serve

Memory that grows with every new bill until there are 200,000, or until SQLite has 64 MiB of pages, cannot be told from
a leak in some minutes; with fewer bills and 4 MiB of pages it must become flat within the first of them.
"""

import functools
import sys

from gateway import bootstrap
from gateway.cli.main import main
from gateway.engine import pipeline
from gateway.stores import sqlite_store

_PAGES_KIB = 4_096


def keep(bills: int) -> None:
    """From now on gateways of this process keep so many orders and their texts, and few pages of the store."""
    bootstrap.Ledger = functools.partial(bootstrap.Ledger, orders_max=bills)  # type: ignore[assignment,attr-defined]
    pipeline._TEXTS_MAX = bills
    sqlite_store._WRITER_CACHE_KIB = _PAGES_KIB


if __name__ == "__main__":
    keep(int(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
