"""From cells to requests: what is the same is asked once, what differs is asked apart."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from experiments.grading.registry import GRADERS, GraderError
from experiments.schema import LabConfig, ModelConfig
from experiments.sweep.compose import ComposedCell
from experiments.sweep.plan import Plan, make_plan
from perturb.prompt import Prompt

BASE: dict[str, Any] = {
    "model": {"name": "some-model", "backend": "openai", "form": "completion"},
    "task": {
        "name": "tiny",
        "title": "Tiny",
        "category": "K",
        "answer_type": "short",
        "source": {"reader": "trivia_qa", "split": "test", "local": "tiny/test"},
        "fewshot": {"reader": "trivia_qa", "split": "train", "local": "tiny/train"},
    },
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


class Bytes:
    """Counts a token a byte."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.closed = 0

    def count(self, prompt: Prompt) -> int:
        return len((prompt.text or "").encode())

    def close(self) -> None:
        self.closed += 1


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


def test_samples_are_replicates_within_one_cell(data_dir: Path) -> None:
    warm = {"sampling__temperature": 1}
    planned = plan(
        cell(data_dir, 0, sampling__samples=3, **warm), cell(data_dir, 1, sampling__replicate=2, **warm)
    )
    asked = planned.cells[0].asked
    assert [one.replicate for one in asked[:3]] == [0, 1, 2]
    assert len({one.key for one in asked[:3]}) == 3
    assert asked[2].key == planned.cells[1].asked[0].key
    greedy = plan(cell(data_dir, 0, sampling__samples=3))
    assert len(greedy.models[0].requests) == 6


def subject_rows(split: str, subjects: str) -> str:
    rows = [
        {"question": f"{subject} {split} {number}?", "subject": subject, "choices": ["x", "y"], "answer": 1}
        for subject in subjects
        for number in range(3)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def exam(tmp_path: Path) -> dict[str, Any]:
    folder = tmp_path / "data" / "exam"
    folder.mkdir(parents=True)
    (folder / "test.jsonl").write_text(subject_rows("test", "ab"), encoding="utf-8")
    (folder / "dev.jsonl").write_text(subject_rows("dev", "ab"), encoding="utf-8")
    (folder / "few.jsonl").write_text(subject_rows("dev", "a"), encoding="utf-8")
    return {
        "task__answer_type": "choice",
        "task__source": {"reader": "mmlu", "split": "test", "local": "exam/test"},
        "task__fewshot": {"reader": "mmlu", "split": "dev", "local": "exam/dev"},
        "task__shots_by_subject": True,
        "template__answer_type": "choice",
        "template__question": "Q: {question}\n{options}",
        "template__labels": ["A", "B"],
        "grader__choice": ["choice_letter"],
        "shots": 2,
    }


def test_exemplars_come_from_the_items_own_subject(tmp_path: Path, exam: dict[str, Any]) -> None:
    planned = plan(cell(tmp_path / "data", 0, **exam))
    for asked in planned.cells[0].asked:
        text = asked.prompt.text
        assert text is not None
        assert text.count(f"{asked.item.subject} dev") == 2
    exam["task__fewshot"]["local"] = "exam/few"
    lacking = plan(cell(tmp_path / "data", 0, **exam)).cells[0].error
    assert lacking is not None
    assert "subject 'b'" in lacking
    assert "0 exemplars" in lacking


def test_likelihoods_are_asked_for_only_where_a_grader_compares_them(
    tmp_path: Path, exam: dict[str, Any]
) -> None:
    exam["grader__choice"] = ["choice_likelihood_norm", "choice_likelihood"]
    planned = plan(cell(tmp_path / "data", 0, **exam))
    assert all(request.options == (" x", " y") for request in planned.models[0].requests)
    assert {asked.key for asked in planned.cells[0].asked} == {""}
    exam["grader__choice"] = ["choice_letter", "choice_likelihood"]
    both = plan(cell(tmp_path / "data", 0, **exam))
    assert len(both.models[0].requests) == 2 * len(both.cells[0].asked)
    asked = both.cells[0].asked[0]
    assert asked.key_for("choice_letter") == asked.key
    assert asked.key_for("choice_likelihood") == asked.options_key


def test_a_grader_that_cannot_work_here_stops_the_cell_before_it_is_paid_for(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot() -> None:
        raise GraderError("there is no sandbox")

    broken = dataclasses.replace(GRADERS["short_exact"], check=cannot)
    monkeypatch.setattr("experiments.sweep.plan.GRADERS", {**GRADERS, "short_exact": broken})
    planned = plan(cell(data_dir, 0))
    assert planned.cells[0].error == "there is no sandbox"
    assert sum(len(model.requests) for model in planned.models) == 0


def test_another_language_is_asked_where_the_benchmark_has_it(tmp_path: Path) -> None:
    answers = {"en": (5, 6), "de": (5, 7)}
    for language, numbers in answers.items():
        folder = tmp_path / "mgsm" / language
        folder.mkdir(parents=True)
        rows = [{"question": f"{language} {n}?", "answer_number": number} for n, number in enumerate(numbers)]
        (folder / "test.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    task = {
        "name": "mgsm",
        "answer_type": "number",
        "source": {"reader": "mgsm", "split": "test", "local": "mgsm/{subject}/test"},
        "fewshot": None,
        "subjects": ["en"],
        "parallel": True,
    }
    values = {
        "task": task,
        "template": {"answer_type": "number"},
        "grader": {"number": ["number_last"]},
        "perturbation": {"name": "language", "language": "de", "severity": 1.0},
    }
    (made,) = plan(cell(tmp_path, 0, **values)).cells
    assert made.error is None
    assert [asked.prompt.text for asked in made.asked] == ["Q: de 0?\nA:", "Q: en 1?\nA:"]
    assert [asked.item.language for asked in made.asked] == ["de", ""]
    assert (made.perturbed.changed, made.perturbed.unchanged) == (1, 1)


def test_wordnet_that_is_not_installed(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WNSEARCHDIR", str(data_dir))
    perturbed = {"name": "case", "then": ["synonym_wordnet"], "severity": 1.0}
    (made,) = plan(cell(data_dir, 0, perturbation=perturbed)).cells
    assert made.error is not None
    assert "apt install wordnet-base" in made.error
    files = {
        "data.noun": "00000001 03 n 02 number 0 figure 0 000 | x\n",
        **dict.fromkeys(("data.verb", "data.adj", "data.adv"), ""),
        **dict.fromkeys(("noun.exc", "verb.exc", "adj.exc", "adv.exc"), ""),
    }
    for name, text in files.items():
        (data_dir / name).write_text(text, encoding="utf-8")
    (made,) = plan(cell(data_dir, 0, perturbation={"name": "synonym_wordnet", "severity": 1.0})).cells
    assert made.asked[3].prompt.text == "Q: What is the test figure 3?\nA:"


def test_an_item_too_long_for_the_context_is_the_request_of_a_cell_with_fewer_shots(data_dir: Path) -> None:
    fewer: dict[str, Any] = {"too_long": "fewer_shots", "task__max_tokens": 20}
    counter = Bytes(140)
    planned = make_plan(
        [*(cell(data_dir, shots, shots=shots, **fewer) for shots in range(5)), cell(data_dir, 5, shots=4)],
        lambda config: f"{config.name}@1",
        lambda _: counter,
    )
    assert [one.fewer_shots for one in planned.cells] == [{}, {}, {}, {2: 6}, {2: 6}, {}]
    assert keys(planned, 2) == keys(planned, 3) == keys(planned, 4)
    assert [{one.shots for one in each.asked} for each in planned.cells] == [{0}, {1}, {2}, {2}, {2}, {4}]
    longest = max(planned.cells[3].asked, key=lambda one: len(one.prompt.text or ""))
    assert len(longest.prompt.text or "") <= 120
    assert counter.closed == 1
    again = make_plan([cell(data_dir, 4, shots=4, **fewer)], lambda c: f"{c.name}@1", lambda _: counter)
    assert keys(again) == keys(planned, 4)


def test_an_item_that_does_not_even_fit_alone_is_asked_alone(data_dir: Path) -> None:
    planned = make_plan(
        [cell(data_dir, 0), cell(data_dir, 1, shots=3, too_long="fewer_shots")],
        lambda config: f"{config.name}@1",
        lambda _: Bytes(10),
    )
    assert keys(planned, 0) == keys(planned, 1)
    assert planned.cells[1].fewer_shots == {0: 6}


def test_nothing_is_counted_unless_asked_for(data_dir: Path) -> None:
    def counter_of(config: ModelConfig) -> Bytes:
        raise AssertionError(config.name)

    planned = make_plan([cell(data_dir, 0, shots=4)], lambda config: f"{config.name}@1", counter_of)
    assert planned.cells[0].fewer_shots == {}
