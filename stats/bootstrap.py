"""Bootstrap intervals, for statistics that have no better: over items, and over items and templates at once.

For a mean use `stats.intervals.score` or `item_mean`: they are closer to nominal, and instant.
"""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from stats.estimate import Estimate, FloatArray, check_level
from stats.tables import cells

# Of values along the last axis.
Statistic = Callable[[FloatArray], FloatArray]
# Of a grid (items, templates), weights (draws, items) and (draws, templates): one number a draw.
GridStatistic = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]

CHUNK = 2_000_000  # numbers drawn at once
MOST_JACKKNIFED = 5_000  # items, of which the jackknife makes as many samples


def item_bootstrap(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    rng: np.random.Generator,
    statistic: Statistic | None = None,
    kind: Literal["bca", "percentile"] = "bca",
    draws: int = 10_000,
    level: float = 0.95,
) -> Estimate:
    """Bootstrap interval of a statistic of item means, items random and everything else as it is.

    Efron's (1987, JASA 82:171) bias-corrected and accelerated interval, or the percentile interval. The
    acceleration of the mean is Σ d³ / (6 (Σ d²)^1.5) of the deviations d; of other statistics it is taken
    from the jackknife.

    Args:
        table: One row an observation; an item's rows are averaged first.
        value: The column of scores.
        item: The column that names the item.
        rng: Draws the samples.
        statistic: From an array to its statistic along the last axis; the mean if None.
        kind: "bca" or "percentile".
        draws: Number of samples.
        level: Nominal coverage.

    Raises:
        ValueError: A column is missing or has gaps, there are fewer than 2 items, or more than 5,000 for the
            jackknife.
    """
    check_level(level)
    folded = cells(table, value=value, factors=(item,))
    values = folded.mean
    if values.size < 2:
        raise ValueError(f"at least 2 levels of {item!r} are needed; got {values.size}")
    if kind not in {"bca", "percentile"} or draws < 1:
        raise ValueError(f"kind is 'bca' or 'percentile' and draws at least 1; got {kind!r} and {draws}")
    of = statistic or _mean
    size = max(CHUNK // values.size, 1)
    found = np.concatenate(
        [
            of(values[rng.integers(values.size, size=(min(size, draws - start), values.size))])
            for start in range(0, draws, size)
        ]
    )
    observed = float(of(values))
    if kind == "percentile":
        low, high = percentile_interval(found, level)
    else:
        acceleration = _acceleration(values - values.mean() if statistic is None else _jackknife(values, of))
        low, high = bca_interval(found, observed, acceleration, level)
    method = f"bootstrap over {item}, {'BCa' if kind == 'bca' else 'percentile'}"
    return Estimate(observed, low, high, level, method, (item,), folded.n, None)


def _mean(values: FloatArray) -> FloatArray:
    return values.mean(axis=-1)


def _jackknife(values: FloatArray, of: Statistic) -> FloatArray:
    """How much each item adds: the mean of the statistics without one item, less that without this item."""
    n = values.size
    if n > MOST_JACKKNIFED:
        raise ValueError(f"the jackknife of {n} items takes {n} samples of them: use kind='percentile'")
    left = np.array([float(of(np.delete(values, index))) for index in range(n)])
    return left.mean() - left


def _acceleration(influence: FloatArray) -> float:
    square = float((influence**2).sum())
    return float((influence**3).sum()) / (6 * square**1.5) if square > 0 else 0.0


def percentile_interval(found: FloatArray, level: float) -> tuple[float, float]:
    """The quantiles (1 - level) / 2 and (1 + level) / 2 of the samples' statistics."""
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bca_interval(
    found: FloatArray, observed: float, acceleration: float, level: float
) -> tuple[float, float]:
    """The quantiles Φ(z0 + (z0 + z) / (1 - a (z0 + z))), Efron 1987, eq. 2.3.

    Args:
        found: The samples' statistics.
        observed: The statistic itself; its rank among them, ties counted half, gives z0.
        acceleration: a.
        level: Nominal coverage.
    """
    below = (float((found < observed).mean()) + float((found <= observed).mean())) / 2
    bias = float(special.ndtri(np.clip(below, 0.5 / found.size, 1 - 0.5 / found.size)))
    shifted = bias + special.ndtri([(1 - level) / 2, (1 + level) / 2])
    low, high = np.quantile(found, special.ndtr(bias + shifted / (1 - acceleration * shifted)))
    return float(low), float(high)


def template_means(grid: FloatArray, items: FloatArray, templates: FloatArray) -> FloatArray:
    """Weighted mean of each template over items, NaN in draws without the template.

    Args:
        grid: Shape (items, templates), NaN in cells without a row.
        items: Weights, shape (draws, items).
        templates: Weights, shape (draws, templates).

    Returns:
        Shape (draws, templates).
    """
    present = np.isfinite(grid)
    sums = items @ np.where(present, grid, 0.0)
    mass = items @ present.astype(np.float64)
    drawn = (templates > 0) & (mass > 0)
    return np.divide(sums, mass, out=np.full(sums.shape, np.nan), where=drawn)


def grid_mean(grid: FloatArray, items: FloatArray, templates: FloatArray) -> FloatArray:
    """Weighted mean of the cells."""
    present = np.isfinite(grid)
    sums = ((items @ np.where(present, grid, 0.0)) * templates).sum(axis=1)
    return sums / ((items @ present.astype(np.float64)) * templates).sum(axis=1)


def grid_min(grid: FloatArray, items: FloatArray, templates: FloatArray) -> FloatArray:
    """The worst template's mean."""
    return np.fmin.reduce(template_means(grid, items, templates), axis=1)


def grid_max(grid: FloatArray, items: FloatArray, templates: FloatArray) -> FloatArray:
    """The best template's mean."""
    return np.fmax.reduce(template_means(grid, items, templates), axis=1)


def grid_spread(grid: FloatArray, items: FloatArray, templates: FloatArray) -> FloatArray:
    """Best minus worst template."""
    means = template_means(grid, items, templates)
    return np.fmax.reduce(means, axis=1) - np.fmin.reduce(means, axis=1)


def crossed_bootstrap(
    table: pd.DataFrame,
    *,
    value: str,
    item: str,
    template: str,
    statistic: GridStatistic = grid_mean,
    rng: np.random.Generator,
    draws: int = 10_000,
    level: float = 0.95,
) -> Estimate:
    """Interval of any statistic of the items × templates grid, both resampled (pigeonhole bootstrap).

    Items and templates are drawn with replacement, each on their own, and a cell counts as often as both
    together (Owen 2007, Annals of Applied Statistics 1:386). As few templates make quantiles too narrow, the
    interval takes those at Φ(± √(T / (T-1)) t) for the t quantile with T - 1 degrees of freedom (Hesterberg
    2015, The American Statistician 69:371, "expanded percentiles").

    No bootstrap is exact for crossed factors: this one counts the interaction about three times, so that it
    is conservative where templates matter little, and it cannot take out the bias of an extreme: the worst of
    few noisy template means is too low, in the sample as in the draws.

    Args:
        table: One row an observation; rows of a cell are averaged, cells may be missing.
        value: The column of scores.
        item: The column that names the item.
        template: The column that names the template.
        statistic: From the grid and weights to one number a draw: `grid_mean`, `grid_min`, `grid_max`,
            `grid_spread`, or your own.
        rng: Draws the samples.
        draws: Number of samples.
        level: Nominal coverage.

    Raises:
        ValueError: A column is missing or has gaps, or there are fewer than 3 templates or 2 items.
    """
    check_level(level)
    folded = cells(table, value=value, factors=(item, template))
    grid = folded.mean
    items, templates = grid.shape
    if templates < 3 or items < 2:
        raise ValueError(
            f"at least 3 levels of {template!r} and 2 of {item!r} are needed; got {templates} and {items}"
        )
    found = crossed_draws(grid, statistic, rng=rng, draws=draws)
    found = found[np.isfinite(found)]
    t = float(special.stdtrit(templates - 1, (1 + level) / 2)) * math.sqrt(templates / (templates - 1))
    low, high = percentile_interval(found, 2 * float(special.ndtr(t)) - 1)
    observed = float(statistic(grid, np.ones((1, items)), np.ones((1, templates)))[0])
    method = "crossed bootstrap, expanded percentiles"
    return Estimate(observed, low, high, level, method, (item, template), folded.n, None)


def crossed_draws(
    grid: FloatArray, statistic: GridStatistic, *, rng: np.random.Generator, draws: int
) -> FloatArray:
    """The statistic in resampled items × templates, shape (draws,); memory does not grow with `draws`.

    Args:
        grid: Shape (items, templates), NaN in cells without a row.
        statistic: As in `crossed_bootstrap`.
        rng: Draws the samples.
        draws: Number of samples.
    """
    items, templates = grid.shape
    size = min(max(CHUNK // max(items, templates), 1), draws)
    found = [
        statistic(grid, _counts(items, count, rng), _counts(templates, count, rng))
        for count in (min(size, draws - start) for start in range(0, draws, size))
    ]
    return np.concatenate(found)


def _counts(size: int, draws: int, rng: np.random.Generator) -> FloatArray:
    """How often each of `size` units occurs in samples of as many, shape (draws, size)."""
    drawn = rng.integers(size, size=(draws, size)) + size * np.arange(draws)[:, np.newaxis]
    return np.bincount(drawn.ravel(), minlength=draws * size).reshape(draws, size).astype(np.float64)


def pigeonhole_variance(grid: FloatArray) -> float:
    """Variance of the mean of a full grid under the crossed bootstrap, exactly, as draws tend to infinity.

    Σ_t (c_t - m)² / T² + Σ_i (r_i - m)² / I² + Σ_it R_it² / (I T)² for row means r, column means c and what
    is left of a cell, R = y - r - c + m.

    Args:
        grid: Shape (items, templates).
    """
    mean, rows, columns = grid.mean(), grid.mean(axis=1), grid.mean(axis=0)
    rest = grid - rows[:, np.newaxis] - columns + mean
    parts = ((columns - mean) ** 2).sum() / columns.size**2 + ((rows - mean) ** 2).sum() / rows.size**2
    return float(parts + (rest**2).sum() / grid.size**2)
