"""What the published tables say of SFT, RLHF and code training."""

import pytest

from experiments.baselines.facts import load
from experiments.baselines.lineage import Contrast, contrasts


@pytest.fixture(scope="module")
def steps() -> dict[str, Contrast]:
    return {one.child: one for one in contrasts(load())}


def tasks(step: Contrast, way: str) -> set[str]:
    return {one.before.task for one in getattr(step.seesaw, way)}


def test_models_without_scores_are_passed_over(steps: dict[str, Contrast]):
    chat = steps["gpt-3.5-turbo-0301"]
    assert chat.parent == "text-davinci-003"
    assert chat.techniques == ("Optimized for chat", "API access")
    assert not chat.series
    larger = steps["gpt-4-0314"]
    assert larger.parent == "gpt-3.5-turbo-0613"
    assert larger.series
    assert "ChatGPT" not in steps
    assert len(steps) == 11


def test_only_what_both_were_scored_on_in_one_setting_is_compared(steps: dict[str, Contrast]):
    assert tasks(steps["code-cushman-001"], "changes") == {"humaneval", "mbpp"}
    tools = steps["Web-version GPT-4 Advanced Data Analysis"]
    assert tasks(tools, "changes") == {"triviaqa", "mmlu", "arc_c", "race_h", "gsm8k", "humaneval"}
    assert len(steps["text-davinci-003"].seesaw.changes) == 24


def test_sft_alone_forgets_and_feedme_brings_back(steps: dict[str, Contrast]):
    assert {"natural_questions", "web_questions", "triviaqa", "lambada"} <= tasks(
        steps["davinci-instruct-beta"], "fell"
    )
    assert {"natural_questions", "web_questions", "triviaqa", "lambada"} <= tasks(
        steps["text-davinci-001"], "rose"
    )
    assert not tasks(steps["text-davinci-001"], "fell")


def test_aligning_the_code_model_costs_on_most_benchmarks_and_ppo_wins_back(steps: dict[str, Contrast]):
    aligned, ppo = steps["text-davinci-002"], steps["text-davinci-003"]
    assert (len(aligned.seesaw.rose), len(aligned.seesaw.fell)) == (3, 14)
    assert (len(ppo.seesaw.rose), len(ppo.seesaw.fell)) == (14, 2)


def test_the_code_model_is_above_the_base_everywhere_but_toxicity(steps: dict[str, Contrast]):
    code = steps["code-davinci-002"]
    assert code.series
    assert len(code.seesaw.rose) == 23
    assert tasks(code, "undecided") == {"real_toxicity_prompts"}
