"""Shards: every item in one of them, every cap held by all of them, nothing lost on the way."""

import dataclasses
import json
import os
import pickle
from pathlib import Path

import pandas as pd
import pytest
from hydra.core.hydra_config import HydraConfig
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from experiments.cli import Lab, main
from experiments.models.protocol import Completion
from experiments.schema import BudgetConfig
from experiments.store.completions import open_store
from experiments.store.manifest import read_manifest
from experiments.sweep.compose import ComposedCell, Share
from experiments.sweep.launching import prepare
from experiments.sweep.run import run_cells
from experiments.sweep.shards import ShardError, ShardTask, divide
from perturb.item import Item
from tests.launchers import outcomes
from tests.unreported import no_report

SWEEP = ("shots=0,1", "task.limit=6", "progress=json")


class _Kept:
    exit_code = 0


def composed(folder: Path, *words: str) -> list[ComposedCell]:
    """The cells of a command line."""
    kept: list[ComposedCell] = []

    def keep(cells: object, _: Path) -> _Kept:
        kept.extend(cells)  # pyright: ignore[reportArgumentType]
        return _Kept()

    assert main(["run", *words, f"runs_dir={folder / 'kept'}", "dry_run=true"], Lab(keep, no_report)) == 0
    return kept


def fathom(*words: str) -> int:
    return main(["run", *SWEEP, *words], Lab(run_cells, no_report))


@given(st.lists(st.text(), min_size=1), st.integers(1, 7))
def test_every_item_is_in_one_share_and_equal_texts_in_the_same(texts: list[str], of: int) -> None:
    shares = [Share(number, of) for number in range(of)]
    for number, text in enumerate(texts):
        item = Item(str(number), text, ("x",))
        assert [share.holds(item) for share in shares].count(True) == 1
        assert all(
            share.holds(item) == share.holds(dataclasses.replace(item, id="other")) for share in shares
        )


def test_shares_are_about_equally_large() -> None:
    items = [Item(str(number), f"question {number}", ("x",)) for number in range(4000)]
    sizes = [sum(map(Share(number, 4).holds, items)) for number in range(4)]
    assert sum(sizes) == 4000
    assert all(900 < size < 1100 for size in sizes)  # 1000 within 3.6 standard deviations


def test_one_job_a_model_and_share_with_an_equal_part_of_every_cap(tmp_path: Path) -> None:
    cells = composed(
        tmp_path, "shots=0,1", "model.name=a,b", "control.replicates=2", "control.items=5", "name=x",
        "budget.usd=8", "budget.requests=11", "budget.tokens=401",
    )  # fmt: skip
    shards = divide(cells, 2, tmp_path)
    assert [shard.title for shard in shards] == [
        "shard 0 (a, part 1 of 2)",
        "shard 1 (a, part 2 of 2)",
        "shard 2 (b, part 1 of 2)",
        "shard 3 (b, part 2 of 2)",
    ]
    assert [[cell.index for cell in shard.cells] for shard in shards] == [[0, 2], [0, 2], [1, 3], [1, 3]]
    for shard in shards:
        config = shard.cells[0].config
        assert config.budget == BudgetConfig(usd=2.0, tokens=100, requests=2)
        assert config.control.items == 3
        assert config.store == str(tmp_path / "shards" / str(shard.number) / "completions.sqlite")
        assert pickle.loads(pickle.dumps(shard)) == shard
    assert cells[0].config.budget.usd == 8


def test_without_caps_there_are_none(tmp_path: Path) -> None:
    (shard,) = divide(composed(tmp_path, "name=x"), 1, tmp_path)
    assert shard.cells[0].config.budget == BudgetConfig()
    assert shard.title == "shard 0 (simulated)"


def test_what_a_killed_start_left_is_taken_over(tmp_path: Path) -> None:
    left = tmp_path / "run" / "shards" / "7"
    with open_store(left / "completions.sqlite") as store:
        store.put("m", [Completion("ab" * 32, "paid", "stop")])
    (left / "outcomes.parquet").write_text("half")
    shards = divide(composed(tmp_path, "name=x"), 1, tmp_path / "run")
    prepare(shards, tmp_path / "run", tmp_path / "s.sqlite")
    with open_store(tmp_path / "s.sqlite") as store:
        assert store.get(["ab" * 32])["ab" * 32].text == "paid"
    assert [path.name for path in (tmp_path / "run" / "shards").iterdir()] == ["0"]


def test_what_was_left_is_not_paid_for_again_as_one_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fathom("name=x") == 0
    left = Path("runs/x/shards/0")
    left.mkdir(parents=True)
    Path("runs/completions.sqlite").rename(left / "completions.sqlite")
    assert fathom("name=x") == 0
    assert read_manifest(Path("runs/x"))["counts"]["sent"] == 0
    assert not Path("runs/x/shards").exists()


def test_cells_that_no_table_could_tell_apart_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fathom("name=x", "hydra/launcher=basic", "model.simulated.seed=1,2") == 2
    assert "nothing in the tables would tell" in capsys.readouterr().err
    assert not Path("runs").exists()


def test_a_failed_cell_is_named_where_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("run", "name=x", "shots=0,1000", "task.limit=3", "hydra/launcher=joblib")
    assert main(words, Lab(run_cells, no_report)) == 1
    assert "cell 1 failed: name=x shots=1000" in capfd.readouterr().err


def test_every_job_that_failed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fathom("name=x", "hydra/launcher=basic", "model.name=a,b", "budget.requests=4") == 2
    said = capsys.readouterr().err
    for model, number in (("a", 0), ("b", 1)):
        assert f"shard {number} ({model}): the sweep would send 12 requests" in said


def test_a_job_that_starts_after_its_run_has_ended_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        HydraConfig, "get", staticmethod(lambda: OmegaConf.create({"job": {"num": 3}})), raising=True
    )
    task = ShardTask(run_cells, tmp_path)
    for made in (False, True):
        if made:
            (tmp_path / "shards" / "3").mkdir(parents=True)
        with pytest.raises(ShardError, match="its run has ended"):
            task(OmegaConf.create())


def test_more_shares_than_items_and_what_the_store_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fathom("name=whole", "store=whole.sqlite") == 0
    shards = ("hydra/launcher=basic", "hydra.sweeper.shards=20")
    assert fathom("name=parts", *shards) == 0
    pd.testing.assert_frame_equal(outcomes(Path("runs/whole")), outcomes(Path("runs/parts")))
    assert read_manifest(Path("runs/parts"))["counts"]["sent"] == 12
    assert fathom("name=again", "hydra/launcher=basic") == 0  # the run's own store answers
    counts = read_manifest(Path("runs/again"))["counts"]
    assert (counts["sent"], counts["cached"]) == (0, 12)
    assert read_manifest(Path("runs/again"))["store"] == "runs/completions.sqlite"


def test_a_cap_is_held_by_all_jobs_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fathom("name=x", "hydra/launcher=basic", "hydra.sweeper.shards=2", "budget.requests=4") == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "budget.requests is 2, an equal part for each of the jobs" in said
    assert not Path("runs/x/manifest.json").exists()


def test_the_control_arm_is_shared_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arm = ("control.replicates=2", "control.items=4", "hydra/launcher=basic", "hydra.sweeper.shards=2")
    assert fathom("name=x", *arm) == 0
    table = pd.read_parquet("runs/x/outcomes.parquet")
    assert table[table["control"]]["key"].nunique() == 4
    assert json.loads(Path("runs/x/manifest.json").read_text("utf-8"))["control"]["items"] == 4
    assert os.listdir("runs/x/0") == [".hydra"]
