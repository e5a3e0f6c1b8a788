from pathlib import Path

import pytest

from experiments.cli import main
from experiments.compare.sides import CompareError, baseline_of, newcomers, sides_of
from experiments.store.manifest import RunFolderError


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    common = ["run", "task=trivia_mini", "task.limit=4", f"runs_dir={folder}"]
    assert main([*common, "name=one", "model.name=alpha", "shots=0,1", "exemplars.seed=3"]) == 0
    assert main([*common, "name=two", "model=simulated", "model.name=beta,gamma"]) == 0
    return folder


def test_a_run_stands_for_its_models(runs: Path):
    assert [side.model for side in sides_of(f"{runs}/two")] == ["beta", "gamma"]
    (side,) = sides_of(f"{runs}/two:gamma")
    assert side.name == "gamma (two)"
    assert set(side.outcomes["model"]) == {"gamma"}
    assert list(side.tasks) == ["trivia_mini"]


def test_every_outcome_has_the_prompt_that_was_sent(runs: Path):
    (side,) = sides_of(f"{runs}/one")
    assert side.outcomes["prompt"].str.len().min() > 10


def test_factors_that_do_nothing_are_alike(runs: Path):
    (side,) = sides_of(f"{runs}/one")
    seeds = side.outcomes.groupby("shots")["exemplar_seed"].unique()
    assert {shots: list(found) for shots, found in seeds.items()} == {0: [0], 1: [3]}


def test_the_baseline_is_one_model(runs: Path):
    assert baseline_of(f"{runs}/one").model == "alpha"
    with pytest.raises(CompareError, match=f"name one of {runs}/two:beta, {runs}/two:gamma"):
        baseline_of(f"{runs}/two")


def test_a_model_that_a_run_lacks_is_named_with_the_nearest(runs: Path):
    with pytest.raises(CompareError, match="has no model 'gama'; did you mean 'gamma'"):
        sides_of(f"{runs}/two:gama")


def test_the_baseline_is_not_compared_with_itself(runs: Path):
    baseline = baseline_of(f"{runs}/two:beta")
    assert [side.model for side in newcomers([f"{runs}/two", f"{runs}/one"], baseline)] == ["gamma", "alpha"]
    with pytest.raises(CompareError, match="nothing to compare"):
        newcomers([f"{runs}/two:beta"], baseline)


def test_a_folder_that_is_no_run_is_an_error(runs: Path):
    with pytest.raises(RunFolderError, match="is no run folder"):
        sides_of(f"{runs}/three")


def test_a_colon_in_a_folders_name_is_no_model(runs: Path):
    (runs / "odd:name").symlink_to(runs / "one")
    assert [side.model for side in sides_of(f"{runs}/odd:name")] == ["alpha"]
    assert [side.model for side in sides_of(f"{runs}/odd:name:alpha")] == ["alpha"]
