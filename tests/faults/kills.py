"""kill -9 under load: from outside at any moment, from inside at a chosen write or sync, and while it starts.

Half of the kills are power cuts as well: what the process had not synced is taken away again, wholly or in part.
"""

import time
from pathlib import Path

from tests.faults.arena import Arena

_CHECKED_EVERY = 5  # verify reads everything there is


def killed(folder: Path, seed: int, rounds: int) -> dict[str, int]:
    """So many kills; gives what happened."""
    with Arena(folder, seed) as arena:
        arena.open()
        for number in range(rounds):
            _kill(arena)
            arena.cut_power()
            if number % _CHECKED_EVERY == 0:
                arena.check_store()
            if arena.chance.random() < 0.2:
                _kill_at_start(arena)
            arena.come_back()
            arena.replay_some()
        arena.serve(50)
        arena.close()
        arena.tally["kills"] = rounds + arena.tally["while it starts"]
        return dict(arena.tally)


def _kill(arena: Arena) -> None:
    chance = arena.chance
    arena.serve(chance.randint(20, 120))
    if chance.random() < 0.5:
        arena.tally["from outside"] += 1
        time.sleep(chance.uniform(0, 0.02))
        arena.server.kill()
        return
    arena.tally["at a write or sync"] += 1
    arena.shim.kill_at(chance.randint(1, 80), late=chance.random() < 0.5)
    assert arena.server.wait() == -9


def _kill_at_start(arena: Arena) -> None:
    """The start that brings the log into the file is killed on its way; what is left of both must do."""
    arena.tally["while it starts"] += 1
    arena.shim.heal()
    arena.shim.kill_at(arena.chance.randint(1, 12), late=arena.chance.random() < 0.5)
    arena.server.launch()
    if arena.server.listens():
        arena.server.kill()
    else:
        assert arena.server.wait() == -9, arena.server.errors.read_text()
    arena.cut_power()
