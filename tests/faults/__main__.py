"""`python -m tests.faults`: every fault many times over, a line each while it goes on, and a table at the end.

Exit status 0: nothing acknowledged was lost or doubled; 1: something was, with the command that repeats it.
"""

import argparse
import os
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # before grpc is imported: processes are started beside it

from tests.faults.catalogue import FAULTS, Fault
from tests.faults.disks import NoTmpfs

REPORT = Path(__file__).parents[2] / "docs" / "faults.md"
BEGIN, END = "<!-- make faults writes from here -->\n", "<!-- to here -->\n"
_ALWAYS = ("bills", "requests", "attempts without an answer", "replayed")


class Played(NamedTuple):
    """One fault, done."""

    fault: Fault
    seed: int
    rounds: int
    outcome: str
    tally: dict[str, int]
    seconds: float


def main() -> int:
    """Plays what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", metavar="NAME", choices=[fault.name for fault in FAULTS], help="one fault")
    parser.add_argument("--seed", type=int, help="of every choice; a new one by default")
    parser.add_argument("--rounds", type=int, help="how often; each fault has its own number by default")
    parser.add_argument("--report", action="store_true", help="write the table into docs/faults.md")
    args = parser.parse_args()
    seed = random.SystemRandom().randrange(1 << 32) if args.seed is None else args.seed
    played = [play(fault, seed, args.rounds or fault.rounds_all) for fault in FAULTS if args.only in (None, fault.name)]
    table = "\n".join(rows(played))
    print("\n" + table)
    broken = [one for one in played if one.outcome == "BROKEN"]
    for one in broken:
        print(f"again: {one.fault.again(one.seed, one.rounds)}")
    if args.report and not broken:
        before, _, rest = REPORT.read_text().partition(BEGIN)
        REPORT.write_text(f"{before}{BEGIN}\nSeed {seed}.\n\n{table}\n\n{END}{rest.partition(END)[2]}")
    return 1 if broken else 0


def play(fault: Fault, seed: int, rounds: int) -> Played:
    """One fault, with a line of progress."""
    print(f"{fault.title}, {rounds} times (seed {seed}) ...", end=" ", flush=True)
    began_s, tally, outcome = time.monotonic(), {}, "nothing lost"
    with tempfile.TemporaryDirectory(prefix="medsettle-faults-") as folder:
        try:
            tally = fault.play(Path(folder), seed, rounds)
        except NoTmpfs as error:
            outcome = f"not done: {error}"
        except Exception:
            outcome = "BROKEN"
            errors = Path(folder) / "stderr.txt"
            print(f"BROKEN\n{traceback.format_exc()}", file=sys.stderr)
            if errors.exists():
                print(f"the gateway said:\n{errors.read_text()[-4000:]}", file=sys.stderr)
    seconds = time.monotonic() - began_s
    print(f"{outcome} ({seconds:.0f} s)", flush=True)
    return Played(fault, seed, rounds, outcome, tally, seconds)


def rows(played: list[Played]) -> list[str]:
    """A table for the terminal and for Markdown alike."""
    heads = ["fault", "times", "requests", "bills", "no answer", "of it", "outcome", "s"]
    lines = [heads]
    for one in played:
        told = ", ".join(f"{number:,} {name}" for name, number in sorted(one.tally.items()) if name not in _ALWAYS)
        tally = one.tally
        lines.append(
            [one.fault.title, str(one.rounds), f"{tally.get('requests', 0):,}", f"{tally.get('bills', 0):,}",
             f"{tally.get('attempts without an answer', 0):,}", told, one.outcome, f"{one.seconds:.0f}"]
        )  # fmt: skip
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    return [text[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *text[1:]]


if __name__ == "__main__":
    sys.exit(main())
