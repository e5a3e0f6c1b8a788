"""What a tracker is told of a run."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.cli import main
from experiments.store.manifest import RunFolderError, read_manifest
from experiments.tracking.records import records_of
from stats.intervals import item_mean


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("runs")
    words = ("shots=0,1", "task.limit=10", "model.price.input=2", "model.price.output=4")
    assert main(["run", *words, "name=told", f"runs_dir={runs}"]) == 0
    return runs / "told"


def test_a_cell_is_told_with_factors_score_and_cost(folder: Path) -> None:
    told = records_of(folder)
    outcomes = pd.read_parquet(folder / "outcomes.parquet").query("primary")
    requests = pd.read_parquet(folder / "requests.parquet").set_index("key")
    assert [cell.params["shots"] for cell in told.cells] == ["0", "1"]
    for cell in told.cells:
        rows = outcomes[outcomes["cell"] == int(cell.key)]
        expected = item_mean(rows, value="score", item="item_id", level=0.95)
        assert cell.metrics["score"] == expected.value
        assert (cell.metrics["score_low"], cell.metrics["score_high"]) == (expected.low, expected.high)
        asked = requests.loc[rows["key"]]
        tokens = asked["prompt_tokens"].sum(), asked["completion_tokens"].sum()
        assert (cell.metrics["prompt_tokens"], cell.metrics["completion_tokens"]) == tokens
        assert cell.metrics["usd"] == pytest.approx((2 * tokens[0] + 4 * tokens[1]) / 1e6)
        assert (cell.metrics["outcomes"], cell.metrics["failed"]) == (10, 0)
        assert not cell.failed


def test_the_run_is_told_with_its_counts_and_first_sentences(folder: Path) -> None:
    told = records_of(folder)
    manifest = read_manifest(folder)
    assert told.run.key == f"told {manifest['finished']}"
    assert told.run.metrics["sent"] == manifest["counts"]["sent"]
    assert "score/simulated/trivia_mini" in told.run.metrics
    assert "TriviaMini" in told.run.note
    assert {path.name for path in told.files} >= {"report.html", "report.json", "outcomes.parquet"}


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="is no run folder"):
        records_of(tmp_path)


def test_without_mlflow_the_error_says_what_to_install(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["track", str(folder)]) == 2
    assert "pip install 'prompt-fathom[mlflow]'" in capsys.readouterr().err
