"""Template means under chance: templates shuffled within items, and items drawn anew."""

import math

import numpy as np

from stats.estimate import FloatArray

# Cells in all draws together; beyond it the normal limit of the shuffles and draws takes their place.
MOST_SHUFFLED = 10_000_000
CHUNK = 1_000_000  # cells shuffled at once


def shuffled_means(grid: FloatArray, *, rng: np.random.Generator, draws: int) -> FloatArray:
    """Template means after shuffling the templates within each item, which makes all templates equal.

    Items that got the same value from every template cannot change and are not shuffled. Where the others
    are so many that more than `MOST_SHUFFLED` cells would be, the means are drawn from the normal
    distribution the shuffles tend to, which has the same mean and covariance.

    Args:
        grid: Shape (items, templates).
        rng: Makes the shuffles.
        draws: How many.

    Returns:
        Shape (draws, templates).
    """
    items, templates = grid.shape
    mean = grid.mean()
    varying = grid[np.ptp(grid, axis=1) > 0]
    deviations = varying - varying.mean(axis=1, keepdims=True)
    if varying.size * draws > MOST_SHUFFLED:
        drawn = rng.standard_normal((draws, templates))
        drawn -= drawn.mean(axis=1, keepdims=True)
        return mean + drawn * math.sqrt(deviations.var(axis=1, ddof=1).sum()) / items
    result = np.full((draws, templates), mean)
    step = max(1, CHUNK // max(varying.size, 1))
    for start in range(0, draws, step):
        chunk = result[start : start + step]
        repeated = np.broadcast_to(deviations, (len(chunk), *deviations.shape))
        chunk += rng.permuted(repeated, axis=2).sum(axis=1) / items
    return result


def spread_p(grid: FloatArray, shuffled: FloatArray) -> float:
    """Share of the shuffles, the table itself among them, with at least the observed spread."""
    null, observed = np.ptp(shuffled, axis=1), float(np.ptp(grid.mean(axis=0)))
    # A shuffle may equal the observed spread but for rounding; it must count.
    return float((1 + (null >= observed - 1e-12 * max(observed, 1.0)).sum()) / (1 + null.size))


def resampled_means(grid: FloatArray, *, rng: np.random.Generator, draws: int) -> FloatArray:
    """Template means over items drawn with replacement, the templates as they are (the bootstrap).

    Deviations from the observed means are widened by sqrt(items / (items - 1)), so that their variance is
    the unbiased one. Where more than `MOST_SHUFFLED` item weights would be drawn, the means come from the
    normal distribution they tend to.

    Args:
        grid: Shape (items, templates), items >= 2.
        rng: Draws the items.
        draws: How many times.

    Returns:
        Shape (draws, templates).
    """
    items, templates = grid.shape
    means = grid.mean(axis=0)
    if items * draws > MOST_SHUFFLED:
        root = np.linalg.cholesky(np.cov(grid.T).reshape(templates, templates) + 1e-15 * np.eye(templates))
        return means + rng.standard_normal((draws, templates)) @ root.T / math.sqrt(items)
    result = np.empty((draws, templates))
    step = max(1, CHUNK // items)
    chances = np.full(items, 1 / items)
    for start in range(0, draws, step):
        chunk = result[start : start + step]
        chunk[:] = rng.multinomial(items, chances, size=len(chunk)) @ (grid - means) / items
    return means + result * math.sqrt(items / (items - 1))
