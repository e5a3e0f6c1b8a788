from dataclasses import replace

import pandas as pd
import pytest

from experiments.versions.settings import setting_changes
from experiments.versions.steps import Version
from stats.compare import paired_effect
from tests.experiments.versions.made import made


def varied(
    chances: dict[int, float], factor: str = "shots", *, seeds: int = 1, templates: int = 1
) -> Version:
    """One model asked at several levels of a factor; with shots, with several draws of exemplars."""
    frames: list[pd.DataFrame] = []
    for level, chance in chances.items():
        for seed in range(seeds if level else 1):
            own = made("m", {"a": chance}, seed=10 * level + seed, templates=templates).side.outcomes
            shift = 100 * len(frames)
            frames.append(own.assign(**{factor: level, "exemplar_seed": seed, "cell": own["cell"] + shift}))
    version = made("m", {"a": 0.5}, templates=templates)
    return replace(version, side=replace(version.side, outcomes=pd.concat(frames, ignore_index=True)))


def test_more_examples_are_compared_with_the_fewest():
    version = varied({0: 0.4, 1: 0.7, 5: 0.72})
    found = setting_changes([version])
    assert [(one.factor, one.before, one.after) for one in found] == [
        ("shots", "0", "1"),
        ("shots", "0", "5"),
    ]
    for one, level in zip(found, (1, 5), strict=True):
        effect = paired_effect(
            version.side.outcomes, value="score", item="item_id", factor="shots", level=level, against=0
        )
        assert one.change.points == pytest.approx(effect.fixed.value)
        assert one.change.p_value == pytest.approx(effect.p_value)
        assert one.change.told_apart()


def test_draws_of_exemplars_are_averaged_and_not_left_out():
    version = varied({0: 0.5, 5: 0.5}, seeds=3)
    (found,) = setting_changes([version])
    outcomes = version.side.outcomes
    assert found.change.after.score == pytest.approx(outcomes[outcomes["shots"] == 5]["score"].mean())


def test_chain_of_thought_is_compared_with_none_over_templates():
    version = varied({0: 0.4, 1: 0.7}, "cot", templates=3)
    outcomes = version.side.outcomes.assign(cot=version.side.outcomes["cot"] == 1)
    (found,) = setting_changes([replace(version, side=replace(version.side, outcomes=outcomes))])
    assert (found.factor, found.before, found.after) == ("cot", "off", "on")
    assert found.change.difference is not None
    assert found.change.difference.random == ("item_id", "template")


def test_nothing_varied_gives_nothing():
    assert setting_changes([made("m", {"a": 0.5})]) == ()
