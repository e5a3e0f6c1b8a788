import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stats.components import components
from stats.estimate import FloatArray
from stats.kurtosis import excess_kurtosis, main_effect_df, planned_df, tailed_df, trusted
from stats.sensitivity import sensitivity


def table_of(grid: FloatArray) -> pd.DataFrame:
    item, template = np.indices(grid.shape).reshape(2, -1)
    return pd.DataFrame({"item": item, "template": template, "score": grid.ravel()})


def broken(items: int, templates: int, seed: int) -> FloatArray:
    """A grid with one template that is far below the others."""
    rng = np.random.default_rng(seed)
    effects = rng.normal(0, 0.1, templates)
    effects[0] -= 2
    return effects + rng.normal(0, 1, (items, 1)) + rng.normal(0, 0.5, (items, templates))


def test_kurtosis_is_scipys_unbiased_one():
    values = np.random.default_rng(1).exponential(size=14)
    assert excess_kurtosis(values) == pytest.approx(float(stats.kurtosis(values, bias=False)))
    assert excess_kurtosis(np.full(9, 0.1)) == excess_kurtosis(values[:3]) == 0


def test_degrees_of_freedom_give_a_chi_square_the_variance_of_a_sample_variance():
    rng = np.random.default_rng(2)
    variances = rng.exponential(size=(100_000, 12)).var(axis=1, ddof=1)  # excess kurtosis 6, variance 1
    df = tailed_df(12, 6)
    assert float(variances.var()) == pytest.approx(2 / df, rel=0.05)
    assert tailed_df(12, 0) == tailed_df(12, -1) == pytest.approx(11)


def test_a_kurtosis_counts_less_where_levels_are_few_and_more_where_they_hardly_show_it():
    assert main_effect_df(broken(8, 3, 3), 1) == 2  # three values have none
    assert [trusted(levels) for levels in (3, 5, 12, 50)] == pytest.approx([0.375, 0.625, 1.5, 1.5])
    assert trusted(10**6) == pytest.approx(1, abs=1e-4)
    few, more = broken(8, 5, 3), broken(8, 10, 3)
    assert tailed_df(5, excess_kurtosis(few.mean(axis=0))) < main_effect_df(few, 1) < 3
    assert main_effect_df(more, 1) < tailed_df(10, excess_kurtosis(more.mean(axis=0))) < 3


@pytest.mark.parametrize("levels", [5, 8, 20])
def test_the_variance_of_normal_effects_is_held_little_too_often_and_that_of_skewed_ones_more(levels: int):
    def held(effects: FloatArray, df: FloatArray) -> float:
        """Share of the chi-square intervals that hold the variance, which is 1."""
        below = stats.chi2.cdf(df * effects.var(axis=1, ddof=1), df)
        return float(np.mean((below >= 0.025) & (below <= 0.975)))

    def lowered(effects: FloatArray) -> FloatArray:
        return np.array([main_effect_df(means[np.newaxis], 1) for means in effects])

    rng = np.random.default_rng(9)
    normal, skewed = rng.normal(size=(2000, levels)), rng.exponential(size=(2000, levels))
    error = (0.05 * 0.95 / 2000) ** 0.5
    assert 0.95 - 4 * error <= held(normal, lowered(normal)) <= 0.965 + 4 * error
    assert held(skewed, lowered(skewed)) >= held(skewed, np.full(2000, levels - 1.0)) + 0.02


@pytest.mark.parametrize("axis", [0, 1])
def test_missing_cells_leave_out_what_they_hold(axis: int):
    grid = broken(40, 12, 4)
    gaps = grid.copy()
    gaps[np.random.default_rng(5).random(grid.shape) < 0.3] = np.nan
    assert main_effect_df(gaps + 100, axis) == pytest.approx(main_effect_df(grid, axis), rel=0.3)
    # A common level and what all levels of the other axis share do not matter.
    shifts = 10 * np.arange(grid.shape[1 - axis])
    shifted = gaps + (shifts if axis == 0 else shifts[:, None])
    assert main_effect_df(shifted, axis) == pytest.approx(main_effect_df(gaps, axis))


def test_nested_levels_are_averaged_first():
    rng = np.random.default_rng(6)
    passages = rng.exponential(size=12)
    cells = passages[:, None, None] + rng.normal(0, 0.1, (12, 6, 4))
    cells[:6, 2:] = np.nan  # passages of two items and of six
    means = np.array([np.nanmean(passage) for passage in cells])
    assert main_effect_df(cells, 0, [1]) == pytest.approx(
        tailed_df(12, trusted(12) * excess_kurtosis(means)), rel=0.02
    )


def test_a_broken_template_widens_every_interval_of_sigma_alike():
    grid = broken(30, 15, 7)
    table = table_of(grid)
    ends = [
        (row.low, row.high)
        for method in ("ems", "reml")
        for row in [
            components(table, value="score", factors=("item", "template"), method=method).sigma("template")
        ]
    ]
    found = sensitivity(
        table, value="score", item="item", template="template", rng=np.random.default_rng(8), draws=50
    )[0]
    assert ends[0] == pytest.approx(ends[1], rel=1e-3)
    assert ends[0] == pytest.approx((found.low, found.high))
    normal = components(
        table_of(grid - grid.mean(axis=0) + stats.norm.ppf((np.arange(15) + 0.5) / 15)),
        value="score",
        factors=("item", "template"),
    ).sigma("template")
    assert ends[0][1] / ends[0][0] > 3 * normal.high / normal.low


@pytest.mark.parametrize("levels", [4, 5, 8, 12, 20, 40])
def test_planned_degrees_of_freedom_are_those_at_the_mean_kurtosis_of_normal_effects(levels: int):
    effects = np.random.default_rng(3).standard_normal((20_000, levels))
    seen = np.maximum(stats.kurtosis(effects, axis=1, bias=False), 0)
    assert planned_df(levels) == pytest.approx(tailed_df(levels, trusted(levels) * seen.mean()), rel=0.025)


def test_of_three_levels_no_kurtosis_is_planned_for():
    assert planned_df(3) == 2
