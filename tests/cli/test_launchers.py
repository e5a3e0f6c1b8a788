"""Whatever launches the cells, a run comes to the same outcomes, and ends with a report."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.cli import main
from tests.launchers import die_and_go_on, same_run

ROOT = Path(__file__).parents[2]
SWEEP = ("model.name=a,b", "template=qa/q_a,qa/q_a_upper,qa/trivia_expert", "task.limit=7")


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


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tmp_path_factory.mktemp("pooled"), "pooled")


@pytest.mark.parametrize(
    "launcher",
    [("basic",), ("joblib", "hydra.sweeper.shards=2"), ("submitit_local", "hydra.sweeper.shards=3")],
)
def test_any_launcher_comes_to_what_the_pooled_one_does(
    tmp_path: Path, pooled: Path, launcher: tuple[str, ...]
) -> None:
    name, *more = launcher
    folder = run(tmp_path, name, f"hydra/launcher={name}", *more)
    same_run(pooled, folder)
    assert (folder / "3" / ".hydra" / "overrides.yaml").read_text(encoding="utf-8").splitlines()
    assert not (folder / "shards").exists()


def test_a_job_whose_process_dies_is_named_and_loses_nothing(tmp_path: Path) -> None:
    die_and_go_on(tmp_path, "hydra/launcher=submitit_local")


def test_a_launcher_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "hydra/launcher=ray"]) == 2
    assert "pip install 'prompt-fathom[ray]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("hydra.sweeper.shards=2",), "hydra.sweeper.shards needs a launcher"),
        (("hydra.sweeper.shards=0", "hydra/launcher=basic"), "hydra.sweeper.shards is 0, expected 1 or more"),
    ],
)
def test_shards_that_cannot_be(
    words: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *words, f"runs_dir={tmp_path}"]) == 2
    assert message in capsys.readouterr().err


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
