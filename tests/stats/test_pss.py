from collections.abc import Callable
from itertools import combinations
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.components import components
from stats.pss import pss

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    template: str


COLUMNS = Columns(value="score", item="item", template="template")


def tidy_of(grid: "np.ndarray") -> pd.DataFrame:
    item, template = np.indices(grid.shape).reshape(2, -1)
    return pd.DataFrame({"item": item, "template": template, "score": grid.ravel()})


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 20), st.integers(2, 8))
def test_for_0_and_1_it_is_twice_the_mean_variance_within_items(seed: int, items: int, templates: int):
    grid = np.random.default_rng(seed).integers(0, 2, (items, templates)).astype(float)
    found = pss(tidy_of(grid), **COLUMNS)
    assert found.pss.raw == pytest.approx(2 * grid.var(axis=1, ddof=1).mean())
    shuffled = tidy_of(grid).sample(frac=1, random_state=2).assign(template=lambda t: -t["template"])
    assert pss(shuffled, **COLUMNS).pss.raw == pytest.approx(found.pss.raw)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(2, 5))
def test_any_scores_by_enumeration(seed: int, items: int, templates: int):
    grid = np.random.default_rng(seed).normal(0, 1, (items, templates))
    expected = [np.mean([abs(a - b) for a, b in combinations(row, 2)]) for row in grid]
    found = pss(tidy_of(grid), **COLUMNS)
    assert found.pss.raw == pytest.approx(np.mean(expected))
    assert np.isnan(found.shift)
    assert np.isnan(found.template)
    assert found.pss.detectable is None


def test_the_parts_are_twice_the_variance_components(reference: Callable[[str], pd.DataFrame]):
    table = reference("crossed_balanced")
    found = pss(table, value="y", item="item", template="template")
    parts = components(table, value="y", factors=("item", "template"))
    assert found.replicate == pytest.approx(2 * parts.get("residual").raw)
    assert found.shift == pytest.approx(2 * parts.get("template").raw)
    assert found.interaction == pytest.approx(2 * parts.get("item × template").raw)
    assert found.replicate + found.shift + found.interaction == pytest.approx(found.pss.raw)
    assert found.pss.floor == found.replicate
    assert found.pss.signed == found.template
    assert found.as_dict()["replicate"] == found.replicate


def test_a_control_arm_replaces_the_replicates(replicated: Tidy):
    rows = np.random.default_rng(3).integers(0, 2, (20, 4, 2)).astype(float)
    table = replicated(rows)
    arm = table[table["template"] == 0][["item", "score"]]
    found = pss(table, control=arm, **COLUMNS)
    assert found.replicate == pytest.approx(np.abs(rows[:, 0, 0] - rows[:, 0, 1]).mean())
    partial = pss(tidy_of(rows[..., 0]), control=arm[arm["item"] < 10], **COLUMNS)
    assert np.isnan(partial.replicate)
    assert "lack pairs of the same prompt" in partial.pss.note


def test_equal_templates_have_a_template_part_of_zero_on_average(replicated: Tidy):
    generator = np.random.default_rng(4)
    found = []
    for _ in range(300):
        chance = np.clip(0.6 + generator.normal(0, 0.2, (60, 1, 1)), 0, 1)
        found.append(pss(replicated((generator.random((60, 6, 2)) < chance).astype(float)), **COLUMNS))
    for name in ("template", "shift", "interaction"):
        values = np.array([getattr(one, name) for one in found])
        assert abs(values.mean()) < 2 * values.std() / np.sqrt(values.size)
    assert np.mean([one.pss.raw for one in found]) > 0.3
    assert np.mean([bool(one.pss.detectable) for one in found]) <= 0.09


def test_templates_that_matter_are_found(replicated: Tidy):
    generator = np.random.default_rng(5)
    chance = 0.5 + generator.choice([-0.4, 0.4], (80, 6, 1))
    found = pss(replicated((generator.random((80, 6, 2)) < chance).astype(float)), **COLUMNS)
    assert found.pss.detectable
    # Half of the pairs have chances .1 and .9: E = ½ (2 × .09) + ½ (.82), less the floor 2 × .09.
    assert found.pss.low < 0.32 < found.pss.high
    assert found.interaction > found.shift


def test_too_small_tables_are_refused():
    with pytest.raises(ValueError, match="at least 2 levels"):
        pss(tidy_of(np.zeros((4, 1))), **COLUMNS)
