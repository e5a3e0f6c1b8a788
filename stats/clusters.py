"""Items that come in clusters (passages, documents, languages): cluster-robust errors and cluster means."""

from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from stats.estimate import Estimate, FloatArray, check_level
from stats.tables import Cells, IntArray, factor_of, numbers

Correction = Literal["CR0", "CR1"]


def clustered_mean(
    table: pd.DataFrame,
    *,
    value: str,
    cluster: str,
    other: str | None = None,
    correction: Correction = "CR1",
    level: float = 0.95,
) -> Estimate:
    """Mean of all rows with a cluster-robust standard error, one-way or two-way.

    With residuals e, one-way: V = Σ_g (Σ_{i in g} e_i)² / N² (Liang and Zeger 1986), times G / (G - 1) for
    "CR1"; two-way: V_1 + V_2 - V_12, where V_12 takes the combinations of both as clusters (Cameron, Gelbach
    and Miller 2011, JBES 29:238, eq. 2.7). The interval is t with G - 1 degrees of freedom, G the smaller
    number of clusters. Every row counts once, so items with more rows count more.

    It assumes nothing of the scatter within clusters, but needs many of them: below about 30 it covers less
    than it says, and for templates, of which there are few, `stats.intervals.score` is better. V_1 + V_2 -
    V_12 may be negative; then the larger of V_1 and V_2 is used and the note says so.

    Args:
        table: One row an observation.
        value: The column of scores.
        cluster: The column of clusters.
        other: A second column of clusters, crossed with the first.
        correction: "CR1" for the factor G / (G - 1), "CR0" for none.
        level: Nominal coverage.

    Raises:
        ValueError: A column is missing or has gaps, or there is a single cluster.
    """
    check_level(level)
    y = numbers(table, value)
    ways = [factor_of(table, name) for name in (cluster, other) if name is not None]
    n = {way.name: len(way.levels) for way in ways}
    few = min(n.values())
    if few < 2:
        raise ValueError(f"at least 2 levels of {' and '.join(map(repr, n))} are needed; got {n}")
    variance, note = clustered_variance(y, [way.codes for way in ways], correction=correction)
    half = float(special.stdtrit(few - 1, (1 + level) / 2)) * float(np.sqrt(variance))
    mean, method = float(y.mean()), f"{'two-way ' * (len(ways) > 1)}clustered {correction}, t"
    return Estimate(mean, mean - half, mean + half, level, method, tuple(n), n, few - 1.0, note)


def clustered_variance(
    y: FloatArray, codes: list[IntArray], *, correction: Correction = "CR1"
) -> tuple[float, str]:
    """Variance of the mean of `y`, robust to one or two clusterings; O(rows).

    Args:
        y: Shape (rows,).
        codes: One or two arrays of cluster numbers from 0 up, each of shape (rows,).
        correction: As in `clustered_mean`.

    Returns:
        The variance, and a note that is not empty where the two-way variance came out negative.
    """
    if correction not in {"CR0", "CR1"}:
        raise ValueError(f"correction is 'CR0' or 'CR1'; got {correction!r}")
    residual = y - y.mean()

    def one(code: IntArray) -> float:
        sums = np.bincount(code, weights=residual)
        groups = int(np.count_nonzero(np.bincount(code)))
        factor = groups / (groups - 1) if correction == "CR1" else 1.0
        return float(sums @ sums) / y.size**2 * factor

    if len(codes) == 1:
        return one(codes[0]), ""
    first, second = codes
    both = np.unique(first * (int(second.max()) + 1) + second, return_inverse=True)[1]
    single = one(first), one(second)
    variance = sum(single) - one(both)
    if variance > 0:
        return variance, ""
    return max(single), "the two-way variance came out negative: the larger one-way variance is used"


def collapse(grid: FloatArray, parents: IntArray) -> FloatArray:
    """Cluster means in place of items, so that their plain mean is the mean over items.

    Clusters of unequal sizes are replaced by m + (n_c / n̄)(m_c - m), the linear form of the ratio
    Σ n_c m_c / Σ n_c; with equal sizes these are the cluster means m_c.

    Args:
        grid: Shape (items, ...).
        parents: The cluster of each item, from 0 up, every number in use.

    Returns:
        Shape (clusters, ...).
    """
    sizes = np.bincount(parents).astype(np.float64)
    sums = np.zeros((sizes.size, *grid.shape[1:]))
    np.add.at(sums, parents, grid)
    sizes = sizes.reshape((-1,) + (1,) * (grid.ndim - 1))
    mean = grid.mean(axis=0)
    return mean + (sums - sizes * mean) / sizes.mean()


def items_of(folded: Cells) -> tuple[FloatArray, IntArray]:
    """Cells whose first axes are clusters and items within them, as one axis of items and each one's cluster.

    Returns:
        Shape (items, ...), NaN in cells without a row; shape (items,).
    """
    clusters, most, *rest = folded.mean.shape
    count = folded.count.reshape(clusters * most, -1).sum(axis=1)
    return folded.mean.reshape(clusters * most, *rest)[count > 0], np.flatnonzero(count) // most
