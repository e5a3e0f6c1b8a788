"""What the published tables say of shots, chain of thought, access and laboratory."""

import pytest

from experiments.baselines.facts import load
from experiments.baselines.settings import SettingEffect, setting_effects


def points(factor: str) -> dict[tuple[str, str, str], float]:
    return {
        (one.after.model, one.after.task, one.after.setting): round(100 * one.change.points, 1)
        for one in setting_effects(load(), factor)
        if one.after.confidence == "high"
    }


def find(factor: str, model: str, task: str) -> SettingEffect:
    return next(
        one for one in setting_effects(load(), factor) if (one.after.model, one.after.task) == (model, task)
    )


def test_chain_of_thought():
    assert points("cot") == {
        ("gpt-4-0314", "gsm8k", "8-shot CoT"): 46.4,
        ("gpt-3.5-turbo-0613", "mmlu", "5-shot CoT"): -0.3,
        ("gpt-4-0613", "mmlu", "5-shot CoT"): 1.4,
    }
    assert "their prompts differ" in find("cot", "gpt-4-0613", "mmlu").caution


def test_shots_are_compared_with_the_fewest_at_the_same_chain_of_thought():
    found = points("shots")
    assert len(found) == 12
    assert found["gpt-3.5-turbo-0613", "gsm8k", "8-shot CoT"] == 16.1
    assert found["gpt-3.5-turbo-0613", "triviaqa", "5-shot"] == -4.3
    assert found["gpt-4-0314", "arc_c", "25-shot"] == 1.4
    assert all(one.before.cot == one.after.cot for one in setting_effects(load(), "shots"))


def test_cautions_are_of_the_settings_compared():
    assert "drops the line" in find("shots", "gpt-4-0314", "winogrande").caution
    assert find("shots", "gpt-4-0314", "gsm8k").caution == ""
    assert "last number" in find("shots", "gpt-4-0613", "gsm8k").caution


def test_official_scores_stand_beside_those_of_the_same_setting():
    found = points("laboratory")
    assert len(found) == 8
    assert found["GPT-4 (official score)", "mmlu", "5-shot"] == 2.7
    assert found["GPT-4 (official score)", "arc_c", "25-shot"] == -0.7
    apart = [one.after.task for one in setting_effects(load(), "laboratory") if one.change.told_apart()]
    assert apart == ["mmlu", "hellaswag", "drop", "math"]


def test_web_versions_stand_beside_the_api():
    found = points("access")
    assert len(found) == 18
    assert found["Web-version GPT-4", "humaneval", "0-shot"] == 18.4
    assert found["Web-version GPT-3.5", "gsm8k", "0-shot CoT"] == 1.1
    assert find("access", "Web-version GPT-4", "mmlu").before.model == "gpt-4-0613"


def test_p_values_are_adjusted_within_a_factor():
    for one in setting_effects(load(), "access"):
        assert one.change.p_value is not None
        assert one.change.p_adjusted is not None
        assert one.change.p_adjusted >= one.change.p_value


def test_an_unknown_factor_is_refused():
    with pytest.raises(
        ValueError, match="factor is one of template, shots, cot, access, laboratory; got 'shot'"
    ):
        setting_effects(load(), "shot")
