from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats as distributions

from stats.bootstrap import (
    GridStatistic,
    bca_interval,
    crossed_bootstrap,
    crossed_draws,
    grid_max,
    grid_mean,
    grid_min,
    grid_spread,
    item_bootstrap,
    percentile_interval,
    pigeonhole_variance,
)
from stats.estimate import FloatArray

Read = Callable[[str], pd.DataFrame]
Tidy = Callable[..., pd.DataFrame]


def row_means(sample: FloatArray) -> FloatArray:
    return sample.mean(axis=-1)


def column_means(grid: FloatArray) -> FloatArray:
    return np.nanmean(grid, axis=0)


def test_city_with_the_acceleration_given(reference: Read):
    # R's boot.ci of the ratio: percentile (1.251, 2.114), BCa (1.256, 2.137) with this acceleration.
    city = reference("city").to_numpy(dtype=float)
    draws = np.random.default_rng(3).integers(10, size=(60_000, 10))
    ratios = city[draws, 1].sum(axis=1) / city[draws, 0].sum(axis=1)
    observed = city[:, 1].sum() / city[:, 0].sum()
    assert observed == pytest.approx(1.5203125)
    assert percentile_interval(ratios, 0.95) == pytest.approx((1.251, 2.114), abs=0.03)
    assert bca_interval(ratios, observed, 0.00222908368651785, 0.95) == pytest.approx(
        (1.256, 2.137), abs=0.03
    )
    # With the jackknife's, as scipy takes it: (1.2466, 2.0906).
    assert bca_interval(ratios, observed, -0.011203193960233625, 0.95) == pytest.approx(
        (1.2466, 2.0906), abs=0.03
    )


@pytest.mark.parametrize("kind", ["bca", "percentile"])
def test_the_mean_agrees_with_scipy(kind: str):
    values = np.random.default_rng(5).exponential(size=40)
    table = pd.DataFrame({"item": np.arange(40), "score": values})
    method = "BCa" if kind == "bca" else "percentile"
    expected = distributions.bootstrap(
        (values,), np.mean, n_resamples=20_000, method=method, random_state=np.random.default_rng(1)
    ).confidence_interval
    for statistic in (None, row_means):
        found = item_bootstrap(
            table,
            value="score",
            item="item",
            kind="bca" if kind == "bca" else "percentile",
            statistic=statistic,
            draws=20_000,
            rng=np.random.default_rng(2),
        )
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.02)
        assert found.value == pytest.approx(values.mean())


def test_the_acceleration_of_the_mean_is_the_jackknifes():
    table = pd.DataFrame({"item": np.arange(30), "score": np.random.default_rng(5).exponential(size=30) ** 2})
    found = [
        item_bootstrap(
            table, value="score", item="item", statistic=statistic, draws=500, rng=np.random.default_rng(2)
        )
        for statistic in (None, row_means)
    ]
    assert (found[0].low, found[0].high) == pytest.approx((found[1].low, found[1].high))


def test_constant_items_give_an_interval_without_width():
    table = pd.DataFrame({"item": np.arange(5), "score": 0.5})
    found = item_bootstrap(table, value="score", item="item", rng=np.random.default_rng(2), draws=50)
    assert (found.low, found.high) == (0.5, 0.5)


def test_the_jackknife_has_a_limit():
    table = pd.DataFrame({"item": np.arange(5001), "score": np.arange(5001.0)})
    with pytest.raises(ValueError, match="use kind='percentile'"):
        item_bootstrap(
            table,
            value="score",
            item="item",
            statistic=lambda sample: np.median(sample, axis=-1),
            draws=2,
            rng=np.random.default_rng(2),
        )


def test_pigeonhole_variance_is_that_of_the_draws(reference: Read):
    table = reference("crossed_balanced")
    grid = table.groupby(["item", "template"])["y"].mean().unstack().to_numpy()
    exact = pigeonhole_variance(grid)
    assert exact == pytest.approx(0.00189308984910837, rel=1e-12)
    draws = crossed_draws(grid, grid_mean, rng=np.random.default_rng(8), draws=20_000)
    # The standard error of a variance from 20,000 draws is 1 % of it.
    assert draws.var() == pytest.approx(exact, rel=0.04)


def plain(grid: FloatArray, of: Callable[[FloatArray], float], rng: np.random.Generator) -> FloatArray:
    """Resampled one draw after the other, rows and columns copied."""
    items, templates = grid.shape
    return np.array(
        [
            of(
                column_means(
                    grid[rng.integers(items, size=items)][:, rng.integers(templates, size=templates)]
                )
            )
            for _ in range(3000)
        ]
    )


@pytest.mark.parametrize(
    ("statistic", "of"), [(grid_min, np.nanmin), (grid_max, np.nanmax), (grid_spread, np.ptp)]
)
@pytest.mark.parametrize("gaps", [False, True])
def test_weights_do_what_copies_do(statistic: GridStatistic, of: Callable[[FloatArray], float], gaps: bool):
    rng = np.random.default_rng(4)
    grid = rng.random((30, 6)) + np.linspace(0, 0.5, 6)
    if gaps:
        grid[rng.random(grid.shape) < 0.2] = np.nan
    fast = crossed_draws(grid, statistic, rng=rng, draws=6000)
    slow = plain(grid, of, rng)
    assert fast.mean() == pytest.approx(slow.mean(), abs=6 * slow.std() / 3000**0.5)
    assert fast.std() == pytest.approx(slow.std(), rel=0.08)


def test_the_weighted_mean_leaves_missing_cells_out():
    grid = np.array([[1.0, np.nan], [2.0, 4.0], [6.0, 0.0]])
    items, templates = np.array([[2.0, 1.0, 0.0], [1, 1, 1]]), np.array([[1.0, 1.0], [0, 2]])
    assert grid_mean(grid, items, templates) == pytest.approx([(1 * 2 + 2 + 4) / 4, 2.0])


def test_crossed_bootstrap_of_the_reference(reference: Read):
    table = reference("crossed_balanced")
    rng = np.random.default_rng(4)
    found = crossed_bootstrap(table, value="y", item="item", template="template", rng=rng, draws=4000)
    assert found.value == pytest.approx(table["y"].mean())
    # About ± 2.82 standard errors of the exact .0435: t with 5 df times √(6/5).
    assert found.high - found.low == pytest.approx(2 * 2.816 * 0.00189308984910837**0.5, rel=0.06)
    assert found.random == ("item", "template")
    worst = crossed_bootstrap(
        table.sample(frac=0.7, random_state=1),
        value="y",
        item="item",
        template="template",
        statistic=grid_min,
        rng=rng,
        draws=500,
    )
    assert worst.low < worst.value < worst.high


def test_too_few_templates_are_refused(tidy: Tidy):
    with pytest.raises(ValueError, match="at least 3 levels of 'template' and 2 of 'item'"):
        crossed_bootstrap(
            tidy(np.eye(5)[:, :2]),
            value="score",
            item="item",
            template="template",
            rng=np.random.default_rng(1),
        )
