"""The verb `risk`, as typed."""

import json
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest

from core.risk.meanings import FEATURES
from gateway.cli.main import main

SHIPPED = Path(__file__).parents[3] / "policies/risk/standard.json"


def test_features_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["risk", "features"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(FEATURES)


def test_policies_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(SHIPPED.read_text().replace("device_persons_24h", "devise"))

    assert main(["risk", "check", str(SHIPPED)]) == 0
    assert main(["risk", "check", str(bad)]) == 1
    assert main(["risk", "check", str(tmp_path / "none.json")]) == 2

    said = capsys.readouterr()
    assert "standard.json: ok" in said.out and 'there is no feature "devise"' in said.out
    assert "cannot be read" in said.err


@pytest.fixture
def model(tmp_path: Path) -> tuple[Path, Path]:
    """A model's file, and rows for it."""
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 50_000, size=(500, 3))
    booster = lightgbm.train(
        {"verbose": -1, "num_threads": 1}, lightgbm.Dataset(rows.astype(float), rows[:, 0] > 25_000), 5
    )
    booster.save_model(tmp_path / "model.txt")
    lines = [",".join(FEATURES[:3]), *(",".join(map(str, row)) for row in rows[:20])]
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "model.txt", tmp_path / "rows.csv"


def bundle(model: Path, rows: Path, out: Path, *more: Any) -> int:
    given = ["risk", "bundle", str(model), "--kind", "lightgbm", "--name", "t", "--rows", str(rows), "--out", str(out)]
    return main([*given, *more])


def test_a_model_becomes_a_bundle(tmp_path: Path, model: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert bundle(*model, tmp_path / "bundle.json") == 0
    document = json.loads((tmp_path / "bundle.json").read_bytes())
    assert len(document["trees"]) == 5 and len(document["samples"]) == 20
    assert "20 samples" in capsys.readouterr().out


def test_rows_and_files_that_do_not_fit(
    tmp_path: Path, model: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file, rows = model
    out = tmp_path / "bundle.json"
    rows.write_text(rows.read_text() + "1,x,3\n")
    assert bundle(file, rows, out) == 1
    assert "line 22: must be whole numbers" in capsys.readouterr().err
    file.write_text("no model")
    rows.write_text(f"{FEATURES[0]}\n1\n")
    assert bundle(file, rows, out) == 1
    assert "cannot be used by lightgbm" in capsys.readouterr().err
    assert bundle(file, tmp_path / "none.csv", out) == 2
    assert not out.exists()
