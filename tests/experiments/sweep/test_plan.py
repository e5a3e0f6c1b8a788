"""From cells to requests: what is the same is asked once, what differs is asked apart."""

import json
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from experiments.schema import LabConfig, ModelConfig
from experiments.sweep.compose import ComposedCell
from experiments.sweep.plan import Plan, make_plan

BASE: dict[str, Any] = {
    "model": {"name": "some-model", "backend": "openai", "form": "completion"},
    "task": {"name": "tiny", "title": "Tiny", "category": "K", "answer_type": "short", "reader": "trivia_qa"},
    "template": {
        "name": "qa/q_a",
        "answer_type": "short",
        "question": "Q: {question}",
        "answer": "A:",
        "answer_cot": "A: Let's think.",
    },
    "perturbation": {"name": "none"},
    "sampling": {"name": "greedy"},
    "grader": {"name": "aligned", "short": ["short_exact"]},
    "form": "completion",
    "name": "test",
}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "tiny"
    folder.mkdir(parents=True)
    for split, count in (("test", 6), ("train", 4)):
        rows = [
            {
                "question": f"What is the {split} number {number}?",
                "question_id": f"{split}{number}",
                "answer": {"value": str(number), "aliases": []},
            }
            for number in range(count)
        ]
        (folder / f"{split}.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
        )
    return tmp_path / "data"


def cell(data_dir: Path, index: int, **values: Any) -> ComposedCell:
    config = OmegaConf.merge(OmegaConf.structured(LabConfig), BASE)
    OmegaConf.update(config, "task.data_dir", str(data_dir))
    for key, value in values.items():
        OmegaConf.update(config, key.replace("__", "."), value)
    made = OmegaConf.to_object(config)
    assert isinstance(made, LabConfig)
    return ComposedCell(index, made, (), Path("unused"))


def plan(*cells: ComposedCell) -> Plan:
    return make_plan(cells, lambda config: f"{config.name}@1")


def keys(of: Plan, index: int = 0) -> list[str]:
    return [asked.key for asked in of.cells[index].asked]


def test_cells_that_ask_the_same_share_their_requests(data_dir: Path) -> None:
    planned = plan(cell(data_dir, 0), cell(data_dir, 1, exemplars__seed=7), cell(data_dir, 2, shots=1))
    assert keys(planned, 0) == keys(planned, 1)  # without shots there are no exemplars to differ
    assert not set(keys(planned, 0)) & set(keys(planned, 2))
    assert len(planned.models[0].requests) == 12
    assert planned.asked == 18


@pytest.mark.parametrize(
    "change",
    [
        {"sampling__max_tokens": 5},
        {"sampling__temperature": 0.5},
        {"shots": 2},
        {"cot": True},
        {"form": "chat"},
        {"model__name": "another"},
        {"template__question": "Question: {question}"},
        {"template__separator": "\n", "shots": 1},
    ],
)
def test_whatever_changes_the_answer_changes_the_key(data_dir: Path, change: dict[str, Any]) -> None:
    planned = plan(cell(data_dir, 0), cell(data_dir, 1, **change))
    assert not set(keys(planned, 0)) & set(keys(planned, 1))


@pytest.mark.parametrize(
    "change", [{"sampling__top_p": 0.5}, {"sampling__seed": 3}, {"sampling__replicate": 4}]
)
def test_a_greedy_request_does_not_depend_on_the_sampler(data_dir: Path, change: dict[str, Any]) -> None:
    planned = plan(cell(data_dir, 0), cell(data_dir, 1, **change))
    assert keys(planned, 0) == keys(planned, 1)
    warm = plan(
        cell(data_dir, 0, sampling__temperature=1), cell(data_dir, 1, sampling__temperature=1, **change)
    )
    assert not set(keys(warm, 0)) & set(keys(warm, 1))


def test_engine_noise_asks_every_replicate(data_dir: Path) -> None:
    noisy = {"sampling__engine_noise": True}
    planned = plan(cell(data_dir, 0, **noisy), cell(data_dir, 1, sampling__replicate=1, **noisy))
    assert not set(keys(planned, 0)) & set(keys(planned, 1))
    assert all(request.seed is None for request in planned.models[0].requests)


def test_a_larger_set_of_shots_begins_with_the_smaller(data_dir: Path) -> None:
    planned = plan(cell(data_dir, 0, shots=1), cell(data_dir, 1, shots=3))
    one, three = (planned.cells[index].asked[0].prompt.text for index in (0, 1))
    assert one is not None
    assert three is not None
    assert three.startswith(one.split("Q: What is the test")[0])


def test_a_cell_that_cannot_be_asked_says_why_and_the_others_are_planned(data_dir: Path) -> None:
    planned = plan(cell(data_dir, 0), cell(data_dir, 1, shots=9))
    assert planned.cells[0].error is None
    assert planned.cells[1].asked == ()
    assert "9" in str(planned.cells[1].error)
    assert "4" in str(planned.cells[1].error)


def test_requests_with_the_same_beginning_are_neighbours(data_dir: Path) -> None:
    planned = plan(
        cell(data_dir, 0, shots=2), cell(data_dir, 1), cell(data_dir, 2, shots=2, exemplars__seed=1)
    )
    texts = [request.prompt.text or "" for request in planned.models[0].requests]
    assert texts == sorted(texts)


def test_two_settings_of_one_model_share_its_plan_when_they_answer_alike(data_dir: Path) -> None:
    def identify(config: ModelConfig) -> str:
        return config.name

    cells = [cell(data_dir, 0), cell(data_dir, 1, model__openai__concurrency=1)]
    assert len(make_plan(cells, identify).models) == 1


def test_only_a_simulated_respondent_learns_the_answer(data_dir: Path) -> None:
    real = plan(cell(data_dir, 0)).models[0].requests[0]
    assert real.tags == {}
    simulated = plan(cell(data_dir, 0, model__backend="simulated")).models[0].requests[0]
    assert simulated.tags["gold"] != simulated.tags["wrong"]
    assert simulated.tags["template"] == "qa/q_a"
