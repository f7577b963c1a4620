"""Real processes hurt under load, a few times each; `make faults` does it many times."""

import random
from pathlib import Path

import pytest

from tests.faults.catalogue import FAULTS, Fault
from tests.faults.disks import NoTmpfs


@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_nothing_acknowledged_is_lost_or_doubled(fault: Fault, tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    print(f"again: {fault.again(seed, fault.rounds_test)}")
    try:
        tally = fault.play(tmp_path, seed, fault.rounds_test)
    except NoTmpfs as error:
        pytest.skip(f"{fault.title}: no tmpfs here ({error}); 'enospc' does it through the shim")
    assert tally["bills"] > 0
