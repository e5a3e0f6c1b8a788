from dataclasses import replace

import pytest

from experiments.baselines.facts import load
from experiments.versions.official import officials, published_name
from experiments.versions.steps import Version
from tests.experiments.versions.made import made

QA = {
    "triviaqa": {"title": "TriviaQA", "metric": "accuracy"},
    "mmlu": {"title": "MMLU", "metric": "accuracy"},
}


def run(name: str, task: str = "triviaqa", shots: int = 1) -> Version:
    version = made(name, {task: 0.8}, records=QA)
    return replace(version, side=replace(version.side, outcomes=version.side.outcomes.assign(shots=shots)))


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("gpt-4-0613", "gpt-4-0613"),
        ("openai/GPT-4-0613", "gpt-4-0613"),
        ("meta-llama/Llama-2-70b-hf", "Llama 2-70B"),
        ("huggyllama/llama-65b", "LLaMA-65B"),
        ("gpt-4o", None),
        ("mine", None),
    ],
)
def test_a_model_is_known_by_its_name_however_it_is_written(name: str, published: str | None):
    assert published_name(run(name), load()) == published


def test_an_alias_is_known_by_what_answered():
    version = run("gpt-4")
    served = [{"name": "gpt-4", "identity": "x", "revisions": ["gpt-4-0613 fp_1"]}]
    side = replace(version.side, manifest=version.side.manifest | {"models": served})
    assert published_name(replace(version, side=side), load()) == "gpt-4-0613"


def test_the_published_score_of_the_same_setting_stands_beside():
    (found,) = officials([run("gpt-4-0613"), run("mine")], load())
    assert found.published == "gpt-4-0613"
    (task,) = found.tasks
    ((row),) = task.beside
    assert row.row.figure.model == "gpt-4-0613"
    assert task.own is not None
    assert row.difference is not None
    assert row.difference.value == pytest.approx(task.own.value - row.row.figure.score)


def test_what_the_makers_report_stands_beside_too():
    (found,) = officials([run("gpt-4-0314", task="mmlu", shots=5)], load())
    (task,) = found.tasks
    assert {row.row.figure.model for row in task.beside} == {"gpt-4-0314", "GPT-4 (official score)"}


def test_another_setting_has_nothing_beside_it():
    assert officials([run("gpt-4-0613", shots=3)], load()) == ()
