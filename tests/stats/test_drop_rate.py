from collections.abc import Callable
from typing import TypedDict

import numpy as np
import pandas as pd
import pytest
from scipy import stats as distributions

from stats.drop_rate import drop_rate, drop_rates
from stats.intervals import fieller
from stats.sensitivity import sensitivity

Tidy = Callable[..., pd.DataFrame]


class Columns(TypedDict):
    value: str
    item: str
    template: str


COLUMNS = Columns(value="score", item="item", template="template")


def grid_of(seed: int = 1) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    return (np.random.default_rng(seed).random((80, 4)) < [0.8, 0.6, 0.7, 0.5]).astype(float)


def test_alone_it_is_what_sensitivity_gives(tidy: Tidy):
    table = tidy(grid_of())
    found = drop_rate(table, rng=np.random.default_rng(0), **COLUMNS)
    assert found == sensitivity(table, rng=np.random.default_rng(0), **COLUMNS)[2]
    grid = grid_of()
    assert found.raw == pytest.approx(1 - grid[:, 1:].mean() / grid[:, 0].mean())
    assert found.signed == pytest.approx(found.raw - found.floor)


def test_every_template_has_a_drop_of_its_own(tidy: Tidy):
    grid = grid_of()
    found = drop_rates(tidy(grid), reference=2, **COLUMNS)
    assert [row.template for row in found.rows] == [0, 1, 3]
    row = found.rows[1]
    assert row.drop == pytest.approx(1 - grid[:, 1].mean() / grid[:, 2].mean())
    low, high = fieller(grid[:, 1], grid[:, 2])
    assert (row.low, row.high) == pytest.approx((1 - high, 1 - low))
    assert row.p_value == pytest.approx(float(distributions.ttest_rel(grid[:, 1], grid[:, 2]).pvalue))
    assert list(found.to_frame()["drop"]) == [one.drop for one in found.rows]
    rows = found.as_dict()["rows"]
    assert isinstance(rows, list)
    assert len(rows) == 3


def test_a_rise_of_errors_is_a_drop(tidy: Tidy):
    errors = 1 - grid_of()
    found = drop_rates(tidy(errors), reference=0, higher_is_better=False, **COLUMNS)
    expected = errors.mean(axis=0)[1:] / errors[:, 0].mean() - 1
    assert [row.drop for row in found.rows] == pytest.approx(expected)
    assert all(row.low < row.drop < row.high for row in found.rows)
    whole = drop_rate(
        tidy(errors), reference=0, higher_is_better=False, rng=np.random.default_rng(0), **COLUMNS
    )
    assert whole.raw == pytest.approx(expected.mean())
    assert whole.low < whole.corrected < whole.high


def test_a_reference_that_is_never_right_has_no_bounds(tidy: Tidy):
    grid = grid_of()
    grid[:, 0] = 0
    grid[:, 1] = 0
    found = drop_rates(tidy(grid), **COLUMNS)
    assert found.reference == 0
    assert [row.drop for row in found.rows] == [0, -np.inf, -np.inf]
    assert all((row.low, row.high) == (-np.inf, np.inf) for row in found.rows)
    assert found.to_frame().shape == (3, 7)
    with pytest.raises(ValueError, match="'template' has no level 9"):
        drop_rates(tidy(grid), reference=9, **COLUMNS)
