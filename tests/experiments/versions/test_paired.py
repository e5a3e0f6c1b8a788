from typing import Any

import numpy as np
import pytest

from experiments.compare.pairing import BASELINE, NEW, pair
from experiments.versions.paired import paired_seesaw, with_enough
from experiments.versions.steps import Version
from stats.compare import paired_effect
from tests.experiments.versions.made import made

TASKS = {"up": 0.4, "down": 0.7, "same": 0.5}


def both(**fields: Any) -> tuple[Version, Version]:
    moved = {"up": 0.65, "down": 0.45, "same": 0.5}
    return made("old", TASKS, seed=1, **fields), made("new", moved, seed=2, **fields)


def test_what_rose_and_what_fell_is_found_and_nothing_else():
    old, new = both()
    found = paired_seesaw(pair(new.side, old.side), "old", "new")
    assert [one.before.task for one in found.rose] == ["up"]
    assert [one.before.task for one in found.fell] == ["down"]
    assert [one.before.task for one in found.undecided] == ["same"]
    assert found.missing == ()


def test_a_change_is_the_paired_effect_of_its_task():
    old, new = both(templates=4)
    paired = pair(new.side, old.side)
    found = paired_seesaw(paired, "old", "new")
    for one, change in zip(paired, found.changes, strict=True):
        effect = paired_effect(
            one.rows,
            value="score",
            item="item_id",
            factor="side",
            level=NEW,
            against=BASELINE,
            template="template",
        )
        assert change.difference == effect.crossed
        assert change.p_value == effect.p_value
        assert (change.before.score, change.after.score) == (effect.value_against, effect.value_level)
        assert change.p_adjusted is not None
        assert change.p_value is not None
        assert change.p_adjusted >= change.p_value


def test_where_lower_is_better_a_higher_score_falls():
    old, new = both(higher_is_better=False)
    found = paired_seesaw(pair(new.side, old.side), "old", "new")
    assert [one.before.task for one in found.fell] == ["up"]
    assert [one.before.task for one in found.rose] == ["down"]


def test_two_draws_of_one_model_seldom_differ():
    chances = {f"t{place}": 0.3 + 0.1 * place for place in range(5)}
    old = made("old", chances, seed=100, items=60)
    found = [
        paired_seesaw(pair(made("new", chances, seed=seed, items=60).side, old.side), "old", "new")
        for seed in range(10)
    ]
    wrong = sum(bool(one.rose or one.fell) for one in found)
    assert wrong <= 3  # of 10 families, each with a chance of 5 %: 4 or more come in 0.1 % of cases


def test_what_only_one_was_asked_is_missing():
    old, new = made("old", {"a": 0.5, "b": 0.5}), made("new", {"b": 0.9, "c": 0.5}, seed=2)
    found = paired_seesaw(tuple(map(with_enough, pair(new.side, old.side))), "old", "new")
    assert [one.before.task for one in found.changes] == ["b"]
    assert set(found.missing) == {"a", "c"}


def test_too_little_to_compare_is_refused_and_said():
    old, new = made("old", {"a": 0.5}, items=1), made("new", {"a": 0.5}, items=1)
    (one,) = map(with_enough, pair(new.side, old.side))
    assert "one item" in one.refusal
    old, new = made("old", {"a": 0.5}, templates=2, items=2), made("new", {"a": 0.5}, templates=2, items=2)
    rows = old.side.outcomes
    rows.loc[(rows["item_id"] == "a-0") & (rows["template"] == "qa/0"), "score"] = np.nan
    rows.loc[(rows["item_id"] == "a-1") & (rows["template"] == "qa/1"), "score"] = np.nan
    (one,) = map(with_enough, pair(new.side, old.side))
    assert "every template they share" in one.refusal
    assert paired_seesaw([one], "old", "new").changes == ()


@pytest.mark.parametrize("level", [0.9, 0.99])
def test_intervals_have_the_level_asked_for(level: float):
    old, new = both()
    found = paired_seesaw(pair(new.side, old.side), "old", "new", level)
    assert {one.difference and one.difference.level for one in found.changes} == {level}
