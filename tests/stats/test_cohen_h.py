from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_effectsize

from stats.cohen_h import cohen_h
from stats.tables import UnbalancedError

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    factor: str


COLUMNS = Columns(value="score", item="item", factor="template")


def test_it_equals_statsmodels_and_unitxts_form_is_over_pi(tidy: Tidy):
    grid = (np.random.default_rng(1).random((100, 2)) < [0.4, 0.7]).astype(float)
    found = cohen_h(tidy(grid), level=1, against=0, **COLUMNS)
    p, q = grid.mean(axis=0)[::-1]
    assert found.h.value == pytest.approx(float(proportion_effectsize(p, q)))
    assert found.normalised.value == pytest.approx(found.h.value / np.pi)
    assert found.h.low < found.h.value < found.h.high
    swapped = cohen_h(tidy(grid), level=0, against=1, **COLUMNS)
    assert swapped.h.value == pytest.approx(-found.h.value)
    assert (swapped.h.low, swapped.h.high) == pytest.approx((-found.h.high, -found.h.low))


def test_always_right_against_never_right(tidy: Tidy):
    grid = np.column_stack([np.zeros(20), np.ones(20)])
    found = cohen_h(tidy(grid), level=1, against=0, **COLUMNS)
    assert found.h.value == found.h.high == pytest.approx(np.pi)
    assert found.normalised.value == pytest.approx(1)
    assert "exactly 0 or 1" in found.h.note


def test_the_interval_holds_the_truth(tidy: Tidy):
    generator, inside = np.random.default_rng(2), []
    for _ in range(400):
        ability = generator.uniform(0, 1, (100, 1))
        # Correlated within items: the same ability decides both.
        grid = (0.5 * ability + 0.5 * generator.uniform(0, 1, (100, 2)) < [0.45, 0.6]).astype(float)
        found = cohen_h(tidy(grid), level=1, against=0, **COLUMNS)
        inside.append((found.h.low, found.h.high))
    # P(½ U + ½ V < c) is 2 c² up to ½ and 1 - 2 (1 - c)² above.
    true = float(proportion_effectsize(1 - 2 * 0.4**2, 2 * 0.45**2))
    assert 0.92 <= np.mean([low <= true <= high for low, high in inside]) <= 0.98


def test_what_cannot_be_paired_is_refused(tidy: Tidy):
    table = tidy(np.eye(4, 2))
    apart = table[(table["item"] < 2) == (table["template"] == 0)]
    with pytest.raises(UnbalancedError, match="no item has both"):
        cohen_h(apart, level=1, against=0, **COLUMNS)
    with pytest.raises(ValueError, match=r"scores in \[0, 1\]"):
        cohen_h(table.assign(score=table["score"] * 2), level=1, against=0, **COLUMNS)
    with pytest.raises(ValueError, match="'template' has no level 9"):
        cohen_h(table, level=9, against=0, **COLUMNS)
