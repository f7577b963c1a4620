"""docs/rules/policy-versions.md does what it says: its commands are run as they stand, block by block."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules" / "policy-versions.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh( background)?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
# What a block has to print, by a command in it.
PRINTED = {
    "demo --persons": "",
    "python3 -": "",
    "policy check": "beijing-2027.json: ok (Beijing 110100, ",
    "--store sqlite:clinic/gateway.db --orders": "kept in replay.json",
    "policy activate beijing": "2027.01: in force, from 2027-01-01 to further notice",
    "medsettle verify": "clean: every invariant holds",
    "--cases policies/cases/beijing.json": "kept in cases-replay.json",
}


def shell(script: str) -> list[str]:
    """A command line with `medsettle` as a function, so that the tests need no installed command."""
    return ["bash", "-euc", f'medsettle() {{ "{sys.executable}" -m gateway.cli.main "$@"; }}\n{script}']


class Page:
    """The page's terminals: one for its commands, one for the gateway that a block starts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._env = os.environ | {"PYTHONPATH": str(ROOT)}
        self._served: subprocess.Popen[str] | None = None
        self._address = ""

    def run(self, block: str) -> str:
        """Runs a block in the first terminal; gives what it prints."""
        if "medsettle verify" in block:
            self.stop()
        # The page means the gateway's usual address; here it has another.
        calls = rf"\1 --gateway {self._address}"
        script = re.sub(r"^(medsettle policy (?:put|activate|versions)\b)", calls, block, flags=re.MULTILINE)
        done = subprocess.run(
            shell(script), cwd=self._folder, env=self._env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def serve(self, block: str) -> None:
        """Starts a block in the second terminal, on a free port, and waits until it listens."""
        script = block.replace(":50051", ":0").replace("medsettle ", f'exec "{sys.executable}" -m gateway.cli.main ')
        self._served = subprocess.Popen(
            ["bash", "-euc", script], cwd=self._folder, env=self._env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self._served.stdout is not None
        said = next(line for line in self._served.stdout if line.startswith("listening on "))
        self._address = said.split()[-1]

    def stop(self) -> None:
        """Ends the gateway, if one runs."""
        if self._served is not None:
            self._served.terminate()
            self._served.communicate()
            assert self._served.returncode == 0
            self._served = None


@pytest.mark.timeout(180)
def test_the_page_works_as_written(tmp_path: Path) -> None:
    for name in ("policies", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    page, missing = Page(tmp_path), set(PRINTED)
    try:
        for background, block in BLOCKS:
            if background:
                page.serve(block)
                continue
            printed = page.run(block)
            for command in [command for command in missing if command in block]:
                assert PRINTED[command] in printed, f"{block}\n{printed}"
                missing.remove(command)
    finally:
        page.stop()
    assert not missing, f"no block of the page runs {missing}"
