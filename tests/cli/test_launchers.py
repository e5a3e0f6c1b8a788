"""Whatever launches the cells, a run comes to the same outcomes, and ends with a report."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
SWEEP = ("template=qa/q_a,qa/q_a_upper,qa/trivia_expert", "shots=0,2", "task.limit=6")


def run(folder: Path, name: str, *more: str) -> Path:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "experiments.cli",
            "run",
            *SWEEP,
            f"name={name}",
            f"store={name}.sqlite",
            *more,
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout
    return folder / "runs" / name


def outcomes(folder: Path) -> pd.DataFrame:
    table = pd.read_parquet(folder / "outcomes.parquet")
    for column in table.select_dtypes("category"):
        table[column] = table[column].astype(str)
    return table.sort_values(["cell", "grader", "item_id"], ignore_index=True)


@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_stock_launchers_come_to_what_the_pooled_one_does(tmp_path: Path, launcher: str) -> None:
    pooled, stock = run(tmp_path, "pooled"), run(tmp_path, launcher, f"hydra/launcher={launcher}")
    pd.testing.assert_frame_equal(outcomes(pooled), outcomes(stock))
    for folder in (pooled, stock):
        assert (folder / "report.html").is_file()
        assert (folder / "3" / ".hydra" / "overrides.yaml").read_text(encoding="utf-8").splitlines()
    manifests = [
        json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in (pooled, stock)
    ]
    for key in ("cells", "asked", "unique", "failed_cells", "sent"):
        assert manifests[0]["counts"][key] == manifests[1]["counts"][key]
    assert [cell["index"] for cell in manifests[1]["cells"]] == list(range(6))


def test_a_failed_cell_fails_alone_and_the_exit_code_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "experiments.cli", "run", "shots=0,1000", "task.limit=6", "name=half"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 1, done.stderr
    folder = tmp_path / "runs" / "half"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert [cell["error"] is None for cell in manifest["cells"]] == [True, False]
    assert "1000 shots" in manifest["cells"][1]["error"]
    assert "1000 shots" in done.stdout + done.stderr
    assert "1000 shots" in (folder / "report.html").read_text(encoding="utf-8")
