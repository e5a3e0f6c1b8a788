import json
from typing import Any

import numpy as np
import pytest

from experiments.baselines.facts import load
from experiments.compare.published import CAUTION, beside_published, is_published
from experiments.compare.published_pages import SideBeside, sentences, to_html, to_json, to_markdown
from experiments.compare.sides import CompareError, Side
from tests.experiments.compare.sides import side


def run(items: int = 200, templates: int = 5, mean: float = 0.85, **fields: Any) -> Side:
    rng = np.random.default_rng(1)
    rows = [
        {
            "item_id": f"i{item}",
            "template": f"qa/{template}",
            "score": float(rng.random() < mean),
            "cell": template,
            **{"task": "triviaqa", "shots": 1, **fields},
        }
        for template in range(templates)
        for item in range(items)
    ]
    return side("mine", rows, title="TriviaQA", metric="exact match")


def test_gpt_means_the_published_scores():
    assert is_published("gpt")
    assert is_published("gpt:gpt-4-0613")
    assert not is_published("runs/gpt")


def test_a_run_stands_beside_every_gpt_model_of_its_own_setting():
    (task,) = beside_published(run(), "gpt", 0.95)
    assert task.own is not None
    assert task.own.random == ("item_id", "template")
    families = {load().models[one.row.figure.model].family for one in task.beside}
    assert families == {"GPT-3", "GPT-3.5", "GPT-4"}
    assert {(one.row.figure.shots, one.row.figure.cot) for one in task.beside} == {(1, False)}
    named = {one.row.figure.model: one for one in task.beside}
    davinci, gpt4 = named["davinci"], named["gpt-4-0613"]
    assert davinci.difference is not None
    assert gpt4.difference is not None
    assert davinci.difference.value == pytest.approx(task.own.value - 0.615)
    assert davinci.apart
    assert gpt4.apart
    assert not named["gpt-3.5-turbo-0613"].apart  # .849


def test_the_interval_of_a_difference_is_wider_than_either_of_its_parts():
    (task,) = beside_published(run(), "gpt:gpt-4-0613", 0.95)
    (one,) = task.beside
    assert task.own is not None
    assert one.difference is not None
    assert one.row.interval is not None
    width = one.difference.high - one.difference.low
    assert width > task.own.high - task.own.low
    assert width > one.row.interval.high - one.row.interval.low


def test_another_setting_is_named_and_nothing_is_put_beside_it():
    (task,) = beside_published(run(shots=0), "gpt", 0.95)
    assert task.own is None
    assert task.refusal.startswith("asked 0-shot, and what was published is 1-shot, 5-shot")


def test_a_task_without_published_scores_says_so():
    (task,) = beside_published(run(task="trivia_mini"), "gpt", 0.95)
    assert "nothing was published" in task.refusal


def test_the_named_example_stands_beside_the_run_s_own_templates():
    rng = np.random.default_rng(5)
    chances = {"qa/good": 0.8, "qa/fair": 0.7, "qa/bad": 0.5}
    rows = [
        {"item_id": f"i{item}", "template": name, "score": float(rng.random() < chance), "cell": place}
        | {"task": "triviaqa", "shots": 1}
        for place, (name, chance) in enumerate(chances.items())
        for item in range(300)
    ]
    mine = side("mine", rows, title="TriviaQA", metric="exact match")
    (task,) = beside_published(mine, "gpt:davinci", 0.95)
    example = task.example
    assert example is not None
    assert (example.best[0], example.worst[0], example.templates) == ("qa/good", "qa/bad", 3)
    assert example.spread.raw == pytest.approx(example.best[1].value - example.worst[1].value)
    assert example.spread.floor < 0.06 < 0.2 < example.spread.corrected
    assert example.relative == pytest.approx(example.worst[1].value / example.best[1].value - 1)
    found = SideBeside(mine, (task,), 0.95)
    said = sentences(found)[-2]
    assert "took Llama 2-70B from 74.0\xa0% to 55.5\xa0%, −18.5\xa0points" in said
    assert "−25.0\xa0% of it" in said
    page = to_html([found], "fathom compare runs/mine --baseline gpt:davinci")
    assert "The published example, and this model" in page
    assert page.count(">Llama 2-70B, optimised</text>") == 1  # in the chart
    (kept,) = json.loads(to_json([found]))["beside"][0]["tasks"]
    assert kept["example"]["published"]["points"] == pytest.approx(-0.185)
    assert kept["example"]["spread"]["raw"] == pytest.approx(example.spread.raw)
    assert "took Llama 2-70B" in to_markdown([found])


def test_one_template_or_another_setting_is_no_example():
    (one,) = beside_published(run(templates=1), "gpt", 0.95)
    assert one.own is not None
    assert one.example is None
    (other,) = beside_published(run(shots=5), "gpt", 0.95)
    assert other.own is not None
    assert other.example is None


def test_perturbed_cells_do_not_count():
    (task,) = beside_published(run(mean=0.85), "gpt:davinci", 0.95)
    perturbed = run(mean=0.2, perturbation="keyboard_typo", severity=0.5)
    assert beside_published(perturbed, "gpt:davinci", 0.95) == ()
    assert task.beside


def test_an_unknown_model_is_named_with_the_nearest():
    with pytest.raises(
        CompareError, match=r"no published figures of 'gpt-4-0631'; did you mean .*gpt-4-0613"
    ):
        beside_published(run(), "gpt:gpt-4-0631", 0.95)


def test_what_is_not_alike_is_said():
    (task,) = beside_published(run(), "gpt", 0.95)
    assert task.notes[0] == "200 items here, 17,944 there"
    assert "GPT-Fathom's own matcher" in task.notes[-1]


def test_sentences_page_and_json_hold_the_same():
    mine = run()
    found = SideBeside(mine, beside_published(mine, "gpt", 0.95), 0.95)
    texts = sentences(found)
    assert texts[0].startswith("mine scores 8")
    assert texts[-1] == CAUTION
    page = to_html([found], "fathom compare runs/mine --baseline gpt")
    assert "<script" not in page
    assert all(text in page for text in texts)
    (task,) = json.loads(to_json([found]))["beside"][0]["tasks"]
    assert [one["apart"] for one in task["published"]] == [one.apart for one in found.tasks[0].beside]
