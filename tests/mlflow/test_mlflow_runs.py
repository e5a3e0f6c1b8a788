"""`fathom track` into MLflow's own store. `tests/beside.sh mlflow` runs these."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.benchmarks.kills import ROOT

PYTHON = os.environ.get("FATHOM_BESIDE_PYTHON", "")

pytestmark = [
    pytest.mark.mlflow,
    pytest.mark.skipif(not PYTHON, reason="tests/beside.sh mlflow makes the environment and runs these"),
]


def python(folder: Path, *words: str) -> str:
    """Runs Python with MLflow in a folder; gives what it printed."""
    done = subprocess.run(
        [PYTHON, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_run_is_logged_with_its_cells_and_only_once(tmp_path: Path) -> None:
    words = ("model.name=a,b", "shots=0,1", "task.limit=8", "name=logged")
    python(tmp_path, "-m", "experiments.cli", "run", *words)
    run, uri = tmp_path / "runs/logged", f"sqlite:///{tmp_path}/mlflow.db"
    for _ in range(2):
        said = python(tmp_path, "-m", "experiments.cli", "track", str(run), "--mlflow", uri)
        assert "with 4 cells" in said
    told: list[dict[str, Any]] = json.loads(
        python(tmp_path, str(Path(__file__).with_name("logged.py")), uri, "fathom")
    )
    assert len(told) == 5
    (parent,) = (each for each in told if "mlflow.parentRunId" not in each["tags"])
    cells = {each["tags"]["fathom.cell"]: each for each in told if each is not parent}
    assert {each["tags"]["mlflow.parentRunId"] for each in cells.values()} == {parent["id"]}
    assert {"report.html", "outcomes.parquet", "manifest.json"} <= set(parent["artifacts"])
    assert parent["metrics"]["cells"] == 4
    assert {each["status"] for each in told} == {"FINISHED"}

    outcomes = pd.read_parquet(run / "outcomes.parquet").query("primary")
    for cell, rows in outcomes.groupby("cell"):
        logged = cells[str(cell)]
        assert logged["params"]["shots"] == str(rows["shots"].iloc[0])
        assert logged["params"]["model"] == rows["model"].iloc[0]
        assert logged["metrics"]["score"] == pytest.approx(rows["score"].mean())
        low, high = (logged["metrics"][f"score_{end}"] for end in ("low", "high"))
        assert low <= logged["metrics"]["score"] <= high
        assert logged["metrics"]["failed"] == 0
