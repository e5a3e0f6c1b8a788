"""The control arm: a sample of greedy prompts, each asked again under a key of its own."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.cli import Lab, main
from experiments.schema import ControlConfig
from experiments.sweep.control import with_control
from experiments.sweep.run import run_cells
from tests.experiments.sweep.test_plan import cell, data_dir, plan
from tests.unreported import no_report

__all__ = ["data_dir"]
ARM = ControlConfig(replicates=3, items=4)


def control_keys(of: Any) -> list[str]:
    return [asked.key for cell in of.cells for asked in cell.asked if asked.control]


def test_a_sample_of_the_prompts_is_asked_again_under_other_keys(data_dir: Path) -> None:
    before = plan(cell(data_dir, 0), cell(data_dir, 1, shots=1))
    after = with_control(before, ARM)
    keys = control_keys(after)
    assert len(keys) == len(set(keys)) == 4 * 2
    (model,) = after.models
    assert model.requests[: len(before.models[0].requests)] == before.models[0].requests
    further = model.requests[len(before.models[0].requests) :]
    assert sorted(request.key for request in further) == sorted(keys)
    known = [(one.prompt, one.max_tokens, one.seed) for one in before.models[0].requests]
    assert all((one.prompt, one.max_tokens, one.seed) in known for one in further)
    assert [cell.asked[: len(old.asked)] for cell, old in zip(after.cells, before.cells, strict=True)] == [
        old.asked for old in before.cells
    ]


def test_the_same_sample_is_drawn_every_time_and_in_any_order(data_dir: Path) -> None:
    cells = [cell(data_dir, 0), cell(data_dir, 1, shots=1)]
    keys = {frozenset(control_keys(with_control(plan(*order), ARM))) for order in (cells, cells, cells[::-1])}
    assert len(keys) == 1


def test_a_prompt_that_several_cells_share_is_asked_again_once(data_dir: Path) -> None:
    planned = plan(cell(data_dir, 0), cell(data_dir, 1, exemplars__seed=7))
    assert len(control_keys(with_control(planned, ControlConfig(2, 100)))) == 6


def test_only_temperature_0_is_asked_again(data_dir: Path) -> None:
    planned = plan(cell(data_dir, 0, sampling__temperature=1), cell(data_dir, 1))
    after = with_control(planned, ControlConfig(2, 100))
    assert [sum(asked.control for asked in cell.asked) for cell in after.cells] == [0, 6]


def test_below_two_answers_there_is_no_arm(data_dir: Path) -> None:
    planned = plan(cell(data_dir, 0))
    assert with_control(planned, ControlConfig()) is planned
    assert with_control(planned, ControlConfig(1, 50)) is planned


def test_likelihoods_are_asked_for_again_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    more = ["task=choice_mini", "template=aligned", "grader=likelihood", "task.limit=20", "name=options"]
    arm = ["control.replicates=2", "control.items=7"]
    assert main(["run", *more, *arm], Lab(run_cells=run_cells, finish=no_report)) == 0
    outcomes = pd.read_parquet("runs/options/outcomes.parquet")
    again = outcomes[outcomes["control"]]
    assert len(again) == 7 * again["grader"].nunique()
    assert not set(again["key"]) & set(outcomes[~outcomes["control"]]["key"])


def swept(name: str, *more: str) -> pd.DataFrame:
    words = ["run", "template=qa/q_a,qa/bare_answer", "task.limit=60", f"name={name}", *more]
    assert main(words, Lab(run_cells=run_cells, finish=no_report)) == 0
    return pd.read_parquet(Path("runs") / name / "outcomes.parquet")


@pytest.mark.parametrize(("noise", "differs"), [(0.0, False), (1.0, True)])
def test_outcomes_of_the_arm_are_marked_and_the_others_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noise: float, differs: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    engine = f"model.simulated.engine_noise={noise}"
    plain = swept("plain", engine)
    armed = swept("armed", engine, "control.replicates=3", "control.items=40")
    again = armed[armed["control"]]
    assert not plain["control"].any()
    assert len(again) == 40 * 2 * again["grader"].nunique()
    assert not again["primary"].any()
    pd.testing.assert_frame_equal(armed[~armed["control"]].reset_index(drop=True), plain)
    both = again.merge(armed[~armed["control"]], on=["cell", "item_id", "grader"])
    assert bool((both["extracted_x"] != both["extracted_y"]).any()) == differs


def test_regrading_keeps_the_arm_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = swept("armed", "control.replicates=2", "control.items=10")
    assert main(["regrade", "runs/armed", "aligned"]) == 0
    after = pd.read_parquet("runs/armed/outcomes.parquet")
    order = ["cell", "grader", "control", "item_id"]
    pd.testing.assert_frame_equal(
        before.sort_values(order, ignore_index=True).astype(str),
        after.sort_values(order, ignore_index=True).astype(str),
    )
    assert Path("runs/armed/control.parquet").is_file()
    swept("armed")
    assert main(["report", "runs/armed"]) == 0
    assert not Path("runs/armed/control.parquet").exists()  # it was another sweep's
