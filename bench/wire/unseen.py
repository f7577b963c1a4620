"""`medsettle` whose gateway counts no call and tells nobody of any: what seeing costs is measured against it."""

import sys
from typing import Any

from gateway import bootstrap
from gateway.cli.main import main
from gateway.seeing.calls import Calls


class Unseen(Calls):
    """Hears of calls and keeps nothing."""

    def answered(self, began_s: float, caller: Any, request: Any) -> None:
        """Nothing."""

    def failed(self, began_s: float, error: BaseException, caller: Any, request: Any) -> None:
        """Nothing."""


if __name__ == "__main__":
    bootstrap.Calls = Unseen  # type: ignore[misc,attr-defined]
    sys.exit(main())
