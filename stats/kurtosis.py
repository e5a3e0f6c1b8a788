"""What heavy tails of a factor's effects cost its mean square in degrees of freedom."""

import math
from collections.abc import Collection

import numpy as np

from stats.estimate import FloatArray

FEW_LEVELS = 8  # of fewer a kurtosis is mostly noise, and counts for less than it is
SHORTFALL = 25  # over the number of levels: by what share that of many falls short of the true one


def excess_kurtosis(values: FloatArray) -> float:
    """Fisher's unbiased excess kurtosis (G2), 0 below 4 values or where all are equal."""
    n = values.size
    deviations = values - values.mean()
    square = float(np.mean(deviations**2))
    if n < 4 or square <= (1e-12 * float(np.abs(values).max())) ** 2:
        return 0.0
    raw = float(np.mean(deviations**4)) / square**2 - 3
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * raw + 6)


def tailed_df(levels: int, kurtosis: float) -> float:
    """Degrees of freedom of the variance of so many values, 2 / (2 / (n - 1) + κ / n).

    With them a chi-square has the relative variance that a sample variance has under the excess kurtosis κ
    (after Shoemaker 2003, The American Statistician 57:105). With κ of 0 or below they are n - 1.
    """
    return 2 / (2 / (levels - 1) + max(kurtosis, 0.0) / levels)


def trusted(levels: int) -> float:
    """By how much the excess kurtosis of so many values is multiplied before it lowers degrees of freedom.

    min(n / 8, 1 + 25 / n). The sample's kurtosis strays by 2 for five normal values, which left as it is
    would widen the intervals of normal effects. That of many values is too low where tails are heavy, by a
    share that falls as they become more. Both constants are chosen on simulated sweeps such that intervals of
    nominal 95 % hold σ of normal template effects in hardly more than 96.5 % of them and that of exponential
    ones in 93.5 % or more (`tests/benchmarks/coverage_alternatives.py`).
    """
    return min(levels / FEW_LEVELS, 1 + SHORTFALL / levels)


def planned_df(levels: int) -> float:
    """Degrees of freedom that `main_effect_df` has for normal effects, at the kurtosis to be expected.

    Of n normal values the excess kurtosis G2 has mean 0 and variance 24 n (n - 1)² / ((n - 3) (n - 2) (n + 3)
    (n + 5)) (Joanes and Gill 1998, The Statistician 47:183); were it normal itself, its mean would be
    sqrt(variance / 2π) with what is below 0 counted as 0. That is right within 8 %.
    """
    n = levels
    if n < 4:
        return n - 1.0
    variance = 24 * n * (n - 1) ** 2 / ((n - 3) * (n - 2) * (n + 3) * (n + 5))
    return tailed_df(n, trusted(n) * math.sqrt(variance / (2 * math.pi)))


def main_effect_df(cells: FloatArray, axis: int, nested: Collection[int] = ()) -> float:
    """Degrees of freedom of the mean square of one axis, lowered by the kurtosis of its levels' means.

    The kurtosis counts as much as can be trusted (`trusted`); below 4 levels there is none. Where cells are
    missing a level's mean is that of its deviations from the mean along the axis of all levels that have the
    same others.

    Args:
        cells: One value a cell, NaN in those that are missing; every level has a value.
        axis: Which.
        nested: Axes nested in it: their levels are averaged first, as those of different levels have nothing
            in common.
    """
    levels = cells.shape[axis]
    folded = _mean(cells, tuple(nested))
    deviations = folded - _mean(folded, (axis,))
    others = tuple(other for other in range(cells.ndim) if other != axis)
    return tailed_df(levels, trusted(levels) * excess_kurtosis(_mean(deviations, others).ravel()))


def _mean(cells: FloatArray, axes: tuple[int, ...]) -> FloatArray:
    """The mean over axes, which are kept, of the cells that are there; NaN where none is."""
    present = np.isfinite(cells)
    count = present.sum(axis=axes, keepdims=True)
    total = np.where(present, cells, 0.0).sum(axis=axes, keepdims=True)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
