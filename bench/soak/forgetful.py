"""`medsettle` that keeps fewer bills at hand than the 200,000 of the gateway: python -m bench.soak.forgetful 2000 serve

Memory that grows with every new bill until there are 200,000 cannot be told from a leak in some minutes; with fewer at
hand it must become flat within the first of them.
"""

import functools
import sys

from gateway import bootstrap
from gateway.cli.main import main
from gateway.engine import pipeline


def keep(bills: int) -> None:
    """From now on gateways of this process keep so many orders and their texts."""
    bootstrap.Ledger = functools.partial(bootstrap.Ledger, orders_max=bills)  # type: ignore[assignment,attr-defined]
    pipeline._TEXTS_MAX = bills


if __name__ == "__main__":
    keep(int(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
