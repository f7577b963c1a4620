"""What every test shares: how to run the same tests again, and the settings of property tests."""

import os

# Tests start processes while gRPC's threads run; its fork handlers would write warnings into what tests read.
# Set before anything imports grpc.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

import pytest
from hypothesis import settings

# No deadline: machines are shared, and a slow example is not a wrong one. The blob replays a failure elsewhere.
settings.register_profile("medsettle", deadline=None, print_blob=True)
settings.load_profile("medsettle")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Names the seed of a run that failed, also under -q, where pytest-randomly stays silent."""
    seed = config.getoption("randomly_seed", default=None)
    if seed is not None and (terminalreporter.stats.get("failed") or terminalreporter.stats.get("error")):
        terminalreporter.write_line(f"same order and data again: pytest --randomly-seed={seed}")
