"""Weighted sums of the ordered template means: the least, the greatest, the expected worst of k."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from stats.estimate import FloatArray
from stats.grid import Grid
from stats.shuffles import resampled_means


def worst_of_k_weights(count: int, k: int) -> FloatArray:
    """Weights of ascending values whose sum is the mean minimum over all subsets of k.

    The j-th smallest of T values is the least of k in C(T-j, k-1) of the C(T, k) subsets. The weighted sum is
    the U-statistic of the minimum (Hoeffding 1948, Ann. Math. Statist. 19:293): unbiased for the expected
    minimum of k templates drawn like the T seen.

    Args:
        count: T, at least 1.
        k: 1 to T.

    Returns:
        Shape (T,), summing to 1.

    Raises:
        ValueError: k is out of range.

    >>> worst_of_k_weights(4, 2).round(6).tolist()
    [0.5, 0.333333, 0.166667, 0.0]
    """
    if k != int(k) or not 1 <= k <= count:
        raise ValueError(f"k has to be a whole number from 1 to {count}, the number of templates; got {k!r}")
    # w_1 = k / T, and C(T-j-1, k-1) = C(T-j, k-1) (T-j-k+1) / (T-j): no large number ever arises.
    j = np.arange(1, count)
    ratios = np.maximum(count - j - k + 1, 0) / (count - j)
    return np.cumprod(np.concatenate([[k / count], ratios]), dtype=np.float64)


def worst_share_weights(count: int, share: float) -> FloatArray:
    """Weights of ascending values whose sum is the mean of the worst `share` of them.

    Conditional value at risk, or expected shortfall (Rockafellar and Uryasev 2000, J. Risk 2:21), of the
    empirical distribution: where `share` times `count` is not whole, the last value counts in part.

    Args:
        count: T, at least 1.
        share: In (0, 1]; 1 gives the mean, 1 / T or less the least.

    Raises:
        ValueError: `share` is out of range.

    >>> worst_share_weights(4, 0.375).round(6).tolist()
    [0.666667, 0.333333, 0.0, 0.0]
    """
    if not 0 < share <= 1:
        raise ValueError(f"share has to be above 0 and at most 1; got {share!r}")
    size = share * count
    return np.minimum(1.0, np.maximum(size - np.arange(count), 0.0)) / size


@dataclass(frozen=True)
class Ordered:
    """A weighted sum of ordered template means, taken apart.

    Attributes:
        raw: Of the observed means.
        floor: Its mean when all templates are equal.
        corrected: With the winner's curse taken out.
        low: Lower end of the interval of its true value.
        high: Upper end.
    """

    raw: float
    floor: float
    corrected: float
    low: float
    high: float


def ordered(grid: Grid, weights: FloatArray, *, rng: np.random.Generator, centred: bool = False) -> Ordered:
    """A weighted sum of ascending template means, the items random and the templates as they are.

    The least of several noisy means is too low on average (the winner's curse). `corrected` subtracts the
    bias as the bootstrap over items shows it, 2 θ - mean(θ*) (Efron and Tibshirani 1993, ch. 10): most of it
    where templates differ, about half where all are equal. The interval applies the weights to the
    simultaneous bounds m_t ± c se_t of all means, c the quantile of max |t| under the same bootstrap; as the
    sum grows with every mean, its coverage is at least that of the bounds.

    Args:
        grid: The table.
        weights: Of the means in ascending order, shape (templates,), none negative.
        rng: Draws the items.
        centred: Whether each mean counts as its difference from the mean of all templates.
    """
    values = grid.values - grid.values.mean(axis=1, keepdims=True) if centred else grid.values
    null = grid.null - grid.null.mean(axis=1, keepdims=True) if centred else grid.null
    items, means = len(values), values.mean(axis=0)
    drawn = resampled_means(values, rng=rng, draws=len(null))
    se = values.std(axis=0, ddof=1) / math.sqrt(items)
    varying = se > 1e-12
    reach = 0.0
    if varying.any():
        largest = np.abs((drawn - means)[:, varying] / se[varying]).max(axis=1)
        tails = special.stdtrit(items - 1, (1 + grid.level) / 2) / special.ndtri((1 + grid.level) / 2)
        reach = float(np.quantile(largest, grid.level) * tails)  # widened for few items as t is
    raw = float(np.sort(means) @ weights)
    return Ordered(
        raw=raw,
        floor=float((np.sort(null, axis=1) @ weights).mean()),
        corrected=2 * raw - float((np.sort(drawn, axis=1) @ weights).mean()),
        low=float(np.sort(means - reach * se) @ weights),
        high=float(np.sort(means + reach * se) @ weights),
    )
